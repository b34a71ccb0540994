-- Comments on everything: catalog, oid, column number (0 for the whole), text. Server 12 and newer.
select d.classoid::pg_catalog.regclass::text as class, d.objoid as oid, d.objsubid as subid, d.description as comment
from pg_catalog.pg_description d
left join pg_catalog.pg_namespace n
  on n.oid = d.objoid and d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and n.nspname = 'public'
where (d.objoid >= 16384 or n.oid is not null)
  and (n.oid is null or d.description <> 'standard public schema')
  and not exists (
    select 1 from pg_catalog.pg_depend e where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e')
