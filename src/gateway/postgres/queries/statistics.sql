-- Extended statistics. Columns are in the order of their names: the server does not keep another. Server 14 and newer.
-- Where any: pg_statistic_ext
select x.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, x.stxname) as name,
  pg_catalog.format('%I.%I', tn.nspname, c.relname) as on_table,
  (select pg_catalog.string_agg(case k.kind when 'd' then 'ndistinct' when 'f' then 'dependencies' when 'm' then 'mcv' end,
     ', ' order by k.kind) from pg_catalog.unnest(x.stxkind) k(kind) where k.kind <> 'e') as kinds,
  (select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attname)
   from pg_catalog.pg_attribute a where a.attrelid = x.stxrelid and a.attnum = any (x.stxkeys)) as columns,
  (select pg_catalog.string_agg('(' || e.text || ')', ', ' order by e.place)
   from pg_catalog.unnest(pg_catalog.pg_get_statisticsobjdef_expressions(x.oid)) with ordinality e(text, place)) as expressions,
  case when x.stxstattarget >= 0 then x.stxstattarget::text end as target
from pg_catalog.pg_statistic_ext x
join pg_catalog.pg_namespace n on n.oid = x.stxnamespace
join pg_catalog.pg_class c on c.oid = x.stxrelid
join pg_catalog.pg_namespace tn on tn.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
