-- What holds when a worker dies, when GitHub's events come late or out of order, and when a delivery is poison.

-- A delivery that cannot be written down as jobs is refused, with the reason, and the others go on.
alter table confiture_bot.deliveries
  drop constraint deliveries_state_check,
  add constraint deliveries_state_check check (state in ('waiting', 'ignored', 'taken', 'refused'));

alter table confiture_bot.jobs
  drop constraint jobs_state_check,
  add constraint jobs_state_check
    check (state in ('waiting', 'running', 'done', 'failed', 'superseded', 'retried')),
  -- Whether GitHub was told how it ended. Who worked on it tells; when that one died, somebody else does.
  add column told boolean not null default true;
create index jobs_untold on confiture_bot.jobs (leased_until) where not told;

-- The latest event of a pull request that was worked off, by GitHub's clock: an older one says nothing any more.
create table confiture_bot.subjects (
  repository text not null,
  subject text not null,
  latest timestamptz not null,
  primary key (repository, subject)
);

-- How far the sweeps have come.
create table confiture_bot.sweeps (
  sweep text primary key,
  -- What GitHub sent until then was looked at, by GitHub's clock.
  upto timestamptz,
  ended timestamptz not null default now()
);
