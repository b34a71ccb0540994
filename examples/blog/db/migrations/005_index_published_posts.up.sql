-- CONCURRENTLY keeps the table writable meanwhile, and cannot run in a transaction.
create index concurrently posts_published_at_idx on posts (published_at desc) where status = 'published';
