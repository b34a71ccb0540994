-- Enumerated types with their labels in order. Server 12 and newer.
-- Where any: pg_type e
select t.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, t.typname) as name,
  (select pg_catalog.string_agg(pg_catalog.quote_literal(l.enumlabel), ', ' order by l.enumsortorder)
   from pg_catalog.pg_enum l where l.enumtypid = t.oid) as labels
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
where t.typtype = 'e' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
