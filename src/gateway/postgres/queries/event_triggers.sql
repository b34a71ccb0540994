-- Event triggers. Server 12 and newer.
-- Where any: pg_event_trigger
select e.oid,
  '' as parent,
  pg_catalog.quote_ident(e.evtname) as name,
  e.evtevent as event,
  (select pg_catalog.string_agg(pg_catalog.quote_literal(g.tag), ', ' order by g.place)
   from pg_catalog.unnest(e.evttags) with ordinality g(tag, place)) as tags,
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = e.evtfoid) as function,
  case e.evtenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end as enabled
from pg_catalog.pg_event_trigger e
