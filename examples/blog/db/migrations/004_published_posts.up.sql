alter table posts add column published_at timestamptz;

update posts set published_at = created_at where status = 'published';

alter table posts
    add constraint posts_published_at_check
    check (status <> 'published' or published_at is not null);

create view published_posts as
    select posts.id, posts.title, posts.body, posts.published_at, users.name as author
    from posts
    join users on users.id = posts.author_id
    where posts.status = 'published';
