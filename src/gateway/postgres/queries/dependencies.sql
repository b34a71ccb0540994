-- What depends on what, by catalog, oid and column number, among the objects that did not come with the server.
-- Server 12 and newer.
select k.relname as class, d.objid as oid, d.objsubid as subid,
  f.relname as of_class, d.refobjid as of_oid, d.refobjsubid as of_subid, d.deptype as type
from pg_catalog.pg_depend d
join pg_catalog.pg_class k on k.oid = d.classid
join pg_catalog.pg_class f on f.oid = d.refclassid
where d.objid >= 16384 and d.deptype in ('n', 'a', 'i', 'e', 'x', 'P', 'S')
  and (d.refobjid >= 16384 or d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
