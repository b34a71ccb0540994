create table posts (
    id bigint generated always as identity primary key,
    author_id bigint not null references users on delete cascade,
    title text not null,
    body text not null default '',
    status post_status not null default 'draft',
    published_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint posts_published_at_check check (status <> 'published' or published_at is not null)
);

create index posts_author_id_idx on posts (author_id);
create index posts_published_at_idx on posts (published_at desc) where status = 'published';
