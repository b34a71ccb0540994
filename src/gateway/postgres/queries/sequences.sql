-- Sequences other than those of identity columns. Server 12 and newer.
select '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  pg_catalog.format_type(s.seqtypid, null) as type,
  s.seqstart::text as start,
  s.seqincrement::text as increment,
  s.seqmin::text as minimum,
  s.seqmax::text as maximum,
  s.seqcache::text as cache,
  case when s.seqcycle then 'yes' end as cycle,
  case when c.relpersistence = 'u' then 'yes' end as unlogged,
  (select pg_catalog.format('%s.%I', d.refobjid::pg_catalog.regclass::text, a.attname)
   from pg_catalog.pg_depend d
   join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
   where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
     and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype = 'a') as owned_by,
  pg_catalog.obj_description(c.oid, 'pg_class') as comment
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_sequence s on s.seqrelid = c.oid
where c.relkind = 'S' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
    select 1 from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'i')
  and not exists (
    select 1 from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objid = c.oid and e.deptype = 'e')
