-- Unapproved comments are seen by their authors only.
alter table comments enable row level security;

create policy comments_visible on comments
    for select
    using (approved or author_id = current_setting('blog.user_id', true)::bigint);
