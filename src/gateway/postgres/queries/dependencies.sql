-- What depends on what, by catalog, oid and column number, among the objects that did not come with the server.
-- Server 12 and newer.
select d.classid::pg_catalog.regclass::text as class, d.objid as oid, d.objsubid as subid,
  d.refclassid::pg_catalog.regclass::text as of_class, d.refobjid as of_oid, d.refobjsubid as of_subid, d.deptype as type
from pg_catalog.pg_depend d
where d.objid >= 16384 and d.deptype in ('n', 'a', 'i', 'e', 'x', 'P', 'S')
  and (d.refobjid >= 16384 or d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
