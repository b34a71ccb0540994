-- What depends on what, by the oid of its catalog, its oid and column number, among the objects that did not come with
-- the server. Nothing needs the triggers that enforce foreign keys, nor the tables that keep long values: those bonds, a
-- fifth of all, are left out. Server 12 and newer.
select d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype
from pg_catalog.pg_depend d
where d.objid >= 16384 and d.deptype in ('n', 'a', 'i', 'e', 'x', 'P', 'S')
  and (d.refobjid >= 16384 or d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
  and (d.deptype <> 'i' or (d.classid <> 'pg_catalog.pg_trigger'::pg_catalog.regclass and (d.refobjsubid <> 0
    or d.classid <> d.refclassid or d.classid <> 'pg_catalog.pg_class'::pg_catalog.regclass)))
