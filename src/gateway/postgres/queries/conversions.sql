-- Conversions between encodings. Server 12 and newer.
-- Where any: pg_conversion
select c.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.conname) as name,
  case when c.condefault then 'yes' end as "default",
  pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.conforencoding)) as source,
  pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.contoencoding)) as target,
  c.conproc::pg_catalog.regproc::text as function
from pg_catalog.pg_conversion c
join pg_catalog.pg_namespace n on n.oid = c.connamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
