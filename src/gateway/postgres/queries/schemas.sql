-- Schemas. One row each: the catalog's oid, parent, name, then properties. Server 12 and newer.
select n.oid,
  '' as parent,
  pg_catalog.quote_ident(n.nspname) as name
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
