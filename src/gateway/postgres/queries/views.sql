-- Views. Server 12 and newer.
select '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  pg_catalog.pg_get_viewdef(c.oid) as definition,
  pg_catalog.array_to_string(c.reloptions, ', ') as options,
  pg_catalog.obj_description(c.oid, 'pg_class') as comment
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'v' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
    select 1 from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objid = c.oid and e.deptype = 'e')
