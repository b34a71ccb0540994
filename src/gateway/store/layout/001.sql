-- What the bot keeps: deliveries as they came in, jobs made of them, and runs of preflights.

create table confiture_bot.deliveries (
  number bigint generated always as identity primary key,
  -- X-GitHub-Delivery: the same when GitHub delivers again.
  delivery text not null unique,
  event text not null,
  -- As it was signed. Not jsonb, which cannot hold all that JSON can.
  payload bytea not null,
  received timestamptz not null default now(),
  state text not null default 'waiting' check (state in ('waiting', 'ignored', 'taken')),
  -- Why it was ignored.
  reason text
);
create index deliveries_waiting on confiture_bot.deliveries (number) where state = 'waiting';
create index deliveries_received on confiture_bot.deliveries (received);

create table confiture_bot.jobs (
  job bigint generated always as identity primary key,
  delivery text,
  repository text not null,
  -- What runs one after the other: a pull request, a merge group.
  subject text not null,
  kind text not null,
  -- The commit that it is about. A job of the same subject and kind with another commit takes its place.
  head text,
  input jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'superseded')),
  attempts integer not null default 0,
  due timestamptz not null default now(),
  -- Who works on it, and until when that is believed without a sign of life.
  worker text,
  leased_until timestamptz,
  error text,
  made timestamptz not null default now(),
  ended timestamptz
);
create index jobs_open on confiture_bot.jobs (repository, subject, job) where state in ('waiting', 'running');

create table confiture_bot.runs (
  run uuid primary key default gen_random_uuid(),
  job bigint not null unique references confiture_bot.jobs on delete cascade,
  repository text not null,
  pull bigint,
  head text not null,
  report jsonb,
  begun timestamptz not null default now(),
  ended timestamptz
);
create index runs_by_pull on confiture_bot.runs (repository, pull, begun);
