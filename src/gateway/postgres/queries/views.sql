-- Views. Server 12 and newer.
-- Where any: pg_class v
select c.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  pg_catalog.pg_get_viewdef(c.oid) as definition,
  v.columns,
  (select pg_catalog.string_agg(r.option, ', ' order by r.option) from pg_catalog.unnest(c.reloptions) r(option)) as options
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
    || case when a.attcollation <> t.typcollation
         then ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text else '' end, ', ' order by a.attnum) as columns
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_type t on t.oid = a.atttypid
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) v
where c.relkind = 'v' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
