-- What pages show, and who may see them.

alter table confiture_bot.runs
  -- What its page shows beside the report: the pull request's title, where its files are, what statements lock.
  add column shown jsonb,
  -- The report's verdict, one sentence.
  add column verdict text;

-- What a run is doing, line for line, by whichever process works on it.
create table confiture_bot.progress (
  run uuid not null references confiture_bot.runs on delete cascade,
  line integer not null,
  at timestamptz not null default now(),
  text text not null,
  primary key (run, line)
);

-- Keys that every process of the bot signs with.
create table confiture_bot.keys (
  name text primary key,
  key bytea not null
);

create table confiture_bot.sessions (
  -- The hash of what the browser has: whoever reads this table cannot be somebody else.
  session bytea primary key,
  person bigint not null,
  login text not null,
  ends timestamptz not null
);

-- Who may read what, as GitHub said a few minutes ago.
create table confiture_bot.readers (
  person bigint not null,
  repository text not null,
  may_read boolean not null,
  asked timestamptz not null default now(),
  primary key (person, repository)
);

-- The open pull requests of a repository, as GitHub said a moment ago.
create table confiture_bot.open_pulls (
  repository text primary key,
  pulls jsonb not null,
  asked timestamptz not null default now()
);
