drop index concurrently posts_published_at_idx;
