-- What commands in comments need: the commit that was the newest when one came in, and what they let pass.

-- Of a command: the newest commit of its pull request that was known when it came in.
alter table confiture_bot.jobs add column pinned text;

create table confiture_bot.ignores (
  repository text not null,
  pull bigint not null,
  rule text not null,
  -- Whoever answers for it, by login, and why.
  author text not null,
  because text not null,
  said timestamptz not null default now(),
  primary key (repository, pull, rule)
);
