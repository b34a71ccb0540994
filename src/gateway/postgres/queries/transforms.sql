-- Transforms between types and languages. Server 12 and newer.
-- Where any: pg_transform
select t.oid,
  '' as parent,
  pg_catalog.format('%s language %I', pg_catalog.format_type(t.trftype, null), l.lanname) as name,
  nullif(t.trffromsql::pg_catalog.oid, 0)::pg_catalog.regprocedure::text as from_sql,
  nullif(t.trftosql::pg_catalog.oid, 0)::pg_catalog.regprocedure::text as to_sql
from pg_catalog.pg_transform t
join pg_catalog.pg_language l on l.oid = t.trflang
where t.oid >= 16384
