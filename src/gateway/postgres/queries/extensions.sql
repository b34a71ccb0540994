-- Extensions; what belongs to one is never listed by itself. Server 12 and newer.
select x.oid,
  '' as parent,
  pg_catalog.quote_ident(x.extname) as name,
  x.extversion as version,
  pg_catalog.quote_ident(n.nspname) as schema
from pg_catalog.pg_extension x
join pg_catalog.pg_namespace n on n.oid = x.extnamespace
where x.extname <> 'plpgsql' or x.oid >= 16384
