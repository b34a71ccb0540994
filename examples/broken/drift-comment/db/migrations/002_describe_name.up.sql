comment on column users.name is 'Shown on the profile.';
