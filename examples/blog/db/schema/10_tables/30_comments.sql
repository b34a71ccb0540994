create table comments (
    id bigint generated always as identity primary key,
    post_id bigint not null references posts on delete cascade,
    author_id bigint not null references users on delete cascade,
    body text not null check (body <> ''),
    approved boolean not null default false,
    created_at timestamptz not null default now()
);

create index comments_post_id_idx on comments (post_id, created_at);
