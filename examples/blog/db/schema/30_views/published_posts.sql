create view published_posts as
    select posts.id, posts.title, posts.body, posts.published_at, users.name as author
    from posts
    join users on users.id = posts.author_id
    where posts.status = 'published';
