-- What open pull requests change, what they do to each other, and what was said of that.

create table confiture_bot.changes (
  repository text not null,
  pull bigint not null,
  -- The branch that it goes to.
  branch text not null,
  head text not null,
  -- The commit of that branch that it was held against, and the one that both come from.
  base text not null,
  merge_base text not null,
  -- The migrations that it adds. Not jsonb, which cannot hold all that a file can.
  content bytea not null,
  primary key (repository, pull)
);
create index changes_by_branch on confiture_bot.changes (repository, branch);

create table confiture_bot.matrices (
  repository text not null,
  branch text not null,
  matrix jsonb not null,
  made timestamptz not null default now(),
  primary key (repository, branch)
);

create table confiture_bot.conflict_checks (
  repository text not null,
  pull bigint not null,
  head text not null,
  -- By which the check is known again on GitHub: a new one for each commit.
  id uuid not null default gen_random_uuid(),
  -- A digest of what it says; absent while it runs.
  said text,
  primary key (repository, pull)
);

-- The reports of a pull request, of which its comment shows the newest.
create index runs_with_report on confiture_bot.runs (repository, pull, ended) where report is not null;
