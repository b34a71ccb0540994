-- Indexes that no constraint owns and no partitioned index brings. Server 12 and newer.
select pg_catalog.format('%I.%I', n.nspname, c.relname) as parent,
  pg_catalog.quote_ident(x.relname) as name,
  pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
  case when not i.indisvalid then 'yes' end as invalid,
  case when i.indisclustered then 'yes' end as clustered,
  case when i.indisreplident then 'yes' end as replica_identity,
  pg_catalog.obj_description(x.oid, 'pg_class') as comment
from pg_catalog.pg_index i
join pg_catalog.pg_class x on x.oid = i.indexrelid
join pg_catalog.pg_class c on c.oid = i.indrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and not x.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
    select 1 from pg_catalog.pg_constraint o where o.conindid = i.indexrelid and o.contype in ('p', 'u', 'x'))
  and not exists (
    select 1 from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objid = c.oid and e.deptype = 'e')
