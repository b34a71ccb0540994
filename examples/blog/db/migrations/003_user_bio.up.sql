alter table users add column bio character varying(500);

comment on column users.bio is 'Shown on the profile page.';
