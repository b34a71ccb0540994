create type post_status as enum ('draft', 'published', 'archived');
