-- How many objects there are of each kind that no other query here reads. Server 12 and newer.
-- Objects below oid 16384 came with the server.
select k.kind as name, k.number::text as number
from (
  select 'rules' as kind, count(*) as number from pg_catalog.pg_rewrite r where r.rulename <> '_RETURN' and r.oid >= 16384
  union all select 'foreign servers', count(*) from pg_catalog.pg_foreign_server
  union all select 'event triggers', count(*) from pg_catalog.pg_event_trigger
  union all select 'publications', count(*) from pg_catalog.pg_publication
  union all select 'extended statistics', count(*) from pg_catalog.pg_statistic_ext s where s.oid >= 16384
  union all select 'text search configurations', count(*) from pg_catalog.pg_ts_config c where c.oid >= 16384
  union all select 'text search dictionaries', count(*) from pg_catalog.pg_ts_dict d where d.oid >= 16384
    and not exists (select 1 from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass
      and e.objid = d.oid and e.deptype = 'e')
  -- On a throwaway server everybody may create in the schemas that the owner makes: that is ours.
  union all select 'default privileges', count(*) from pg_catalog.pg_default_acl a where not (a.defaclobjtype = 'n'
    and a.defaclrole = (select d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
  union all select 'relations and functions with grants',
    (select count(*) from pg_catalog.pg_class c where c.relacl is not null and c.oid >= 16384)
    + (select count(*) from pg_catalog.pg_proc p where p.proacl is not null and p.oid >= 16384)
) k
where k.number > 0
