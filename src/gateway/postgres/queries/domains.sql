-- Domains; their check constraints are among the constraints. Server 12 and newer.
select t.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, t.typname) as name,
  pg_catalog.format_type(t.typbasetype, t.typtypmod) as type,
  case when t.typnotnull then 'yes' end as not_null,
  t.typdefault as "default",
  case when t.typcollation <> b.typcollation then t.typcollation::pg_catalog.regcollation::text end as collation
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
join pg_catalog.pg_type b on b.oid = t.typbasetype
where t.typtype = 'd' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
