-- Tables in publications, with the columns and rows that are published. Server 12 and newer.
-- Where any: pg_publication
select r.oid,
  pg_catalog.quote_ident(p.pubname) as parent,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  (select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attname) -- since 15
   from pg_catalog.pg_attribute a where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)) as columns, -- since 15
  pg_catalog.pg_get_expr(r.prqual, r.prrelid) as filter, -- since 15
  'yes' as published
from pg_catalog.pg_publication_rel r
join pg_catalog.pg_publication p on p.oid = r.prpubid
join pg_catalog.pg_class c on c.oid = r.prrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
