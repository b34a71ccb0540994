create table comments (
    id bigint generated always as identity primary key,
    post_id bigint not null references posts on delete cascade,
    author_id bigint not null references users on delete cascade,
    body text not null check (body <> ''),
    approved boolean not null default false,
    created_at timestamptz not null default now()
);

create index comments_post_id_idx on comments (post_id, created_at);

-- Unapproved comments are seen by their authors only.
alter table comments enable row level security;

create policy comments_visible on comments
    for select
    using (approved or author_id = current_setting('blog.user_id', true)::bigint);
