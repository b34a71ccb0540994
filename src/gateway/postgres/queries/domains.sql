-- Domains; their check constraints are among the constraints. Server 12 and newer.
-- Where any: pg_type d
select t.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, t.typname) as name,
  pg_catalog.format_type(t.typbasetype, t.typtypmod) as type,
  case when t.typnotnull then 'yes' end as not_null,
  case when k.conname <> t.typname || '_not_null' then pg_catalog.quote_ident(k.conname) end as not_null_name, -- since 17
  coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), pg_catalog.quote_literal(t.typdefault)) as "default",
  case when t.typcollation <> b.typcollation then t.typcollation::pg_catalog.regcollation::text end as collation
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
join pg_catalog.pg_type b on b.oid = t.typbasetype
left join pg_catalog.pg_constraint k on k.contype = 'n' and k.contypid = t.oid -- since 17
where t.typtype = 'd' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
