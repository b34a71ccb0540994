-- Text search templates. Server 12 and newer.
-- Where any: pg_ts_template
select s.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, s.tmplname) as name,
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = s.tmplinit) as init,
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = s.tmpllexize) as lexize
from pg_catalog.pg_ts_template s
join pg_catalog.pg_namespace n on n.oid = s.tmplnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
