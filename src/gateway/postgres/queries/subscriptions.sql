-- Subscriptions of this database, which only a superuser can read. Of a connection with a secret, its hash is told.
-- Server 12 and newer.
select s.oid,
  '' as parent,
  pg_catalog.quote_ident(s.subname) as name,
  case when s.subconninfo ~* '(pass\w*|secret|token)\s*=|://[^/@]*:[^/@]*@'
    then 'sha256 ' || pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(s.subconninfo, 'UTF8')), 'hex')
    else pg_catalog.quote_literal(s.subconninfo) end as connection,
  (select pg_catalog.string_agg(pg_catalog.quote_ident(u.name), ', ' order by u.place)
   from pg_catalog.unnest(s.subpublications) with ordinality u(name, place)) as publications,
  case when s.subenabled then 'yes' end as enabled,
  case when s.subslotname is null then 'none' else pg_catalog.quote_literal(s.subslotname) end as slot_name,
  s.subsynccommit as synchronous_commit,
  s.subbinary::text as binary,
  case when s.substream then 'on' else 'off' end as streaming, -- before 16
  case s.substream when 't' then 'on' when 'p' then 'parallel' else 'off' end as streaming, -- since 16
  case when s.subtwophasestate = 'd' then 'false' else 'true' end as two_phase, -- since 15
  s.subdisableonerr::text as disable_on_error, -- since 15
  s.suborigin as origin, -- since 16
  s.subpasswordrequired::text as password_required, -- since 16
  s.subrunasowner::text as run_as_owner, -- since 16
  s.subfailover::text as failover, -- since 17
  null as end_of_options
from pg_catalog.pg_subscription s -- for superusers
from (select 0::oid as oid, 0::oid as subdbid, false as subenabled, '' as subname, '' as subconninfo, '{}'::text[] as subpublications, '' as subslotname, '' as subsynccommit, false as subbinary, -- for others
  false as substream, -- for others -- before 16
  ''::text as substream, -- for others -- since 16
  '' as suborigin, false as subpasswordrequired, false as subrunasowner, false as subfailover, -- for others
  '' as subtwophasestate, false as subdisableonerr where false) s -- for others
where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
