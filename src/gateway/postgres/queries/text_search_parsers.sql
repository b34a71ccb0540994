-- Text search parsers. Server 12 and newer.
-- Where any: pg_ts_parser
select s.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, s.prsname) as name,
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = s.prsstart) as start,
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = s.prstoken) as gettoken,
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = s.prsend) as "end",
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = s.prslextype) as lextypes,
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = s.prsheadline) as headline
from pg_catalog.pg_ts_parser s
join pg_catalog.pg_namespace n on n.oid = s.prsnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
