-- Sequences other than those of identity columns. Server 12 and newer.
-- Where any: pg_class own S
select c.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  pg_catalog.format_type(s.seqtypid, null) as type,
  s.seqstart as start,
  s.seqincrement as increment,
  s.seqmin as minimum,
  s.seqmax as maximum,
  s.seqcache as cache,
  case when s.seqcycle then 'yes' end as cycle,
  case when c.relpersistence = 'u' then 'yes' end as unlogged,
  d.refobjid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname) as owned_by
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_sequence s on s.seqrelid = c.oid
left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
  and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i')
left join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where c.relkind = 'S' and coalesce(d.deptype, 'a') <> 'i' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
