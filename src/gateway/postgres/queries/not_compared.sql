-- How many objects there are of each kind that no other query here reads. Server 12 and newer.
-- Objects below oid 16384 came with the server.
select k.kind as name, k.number::text as number
from (
  select 'foreign servers' as kind, count(*) as number from pg_catalog.pg_foreign_server
  union all select 'event triggers', count(*) from pg_catalog.pg_event_trigger
  union all select 'publications', count(*) from pg_catalog.pg_publication
  union all select 'extended statistics', count(*) from pg_catalog.pg_statistic_ext s where s.oid >= 16384
  union all select 'text search configurations', count(*) from pg_catalog.pg_ts_config c where c.oid >= 16384
  union all select 'text search dictionaries', count(*) from pg_catalog.pg_ts_dict d where d.oid >= 16384
    and not exists (select 1 from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass
      and e.objid = d.oid and e.deptype = 'e')
) k
where k.number > 0
