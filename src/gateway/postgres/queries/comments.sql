-- Comments on everything: catalog, oid, column number (0 for the whole), text. Server 12 and newer.
select d.classoid::pg_catalog.regclass::text as class, d.objoid as oid, d.objsubid as subid, d.description as comment
from pg_catalog.pg_description d
where (d.objoid >= 16384
    or (d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
      and d.objoid = (select n.oid from pg_catalog.pg_namespace n where n.nspname = 'public')
      and d.description <> 'standard public schema'))
  and not exists (
    select 1 from pg_catalog.pg_depend e where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e')
