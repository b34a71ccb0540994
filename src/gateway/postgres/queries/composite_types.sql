-- Stand-alone composite types with their attributes in order, and the comments on those. Server 12 and newer.
-- Where any: pg_class c
select c.reltype as oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  v.attributes,
  v.attribute_comments
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join lateral (
  select pg_catalog.string_agg(
      pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
        || case when a.attcollation <> t.typcollation
             then ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text else '' end,
      ', ' order by a.attnum) as attributes,
    pg_catalog.string_agg(pg_catalog.format('%I %L', a.attname, d.description), ', ' order by a.attnum)
      filter (where d.description is not null) as attribute_comments
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and d.objoid = a.attrelid and d.objsubid = a.attnum
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) v on true
where c.relkind = 'c' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
