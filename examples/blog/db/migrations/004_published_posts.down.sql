drop view published_posts;

alter table posts drop column published_at;
