-- How many objects there are of each kind that no other query here reads. Server 12 and newer.
-- Objects below oid 16384 came with the server.
select k.kind as name, k.number::text as number
from (
  select 'aggregates' as kind, count(*) as number from pg_catalog.pg_proc p where p.prokind = 'a' and p.oid >= 16384
    and not exists (select 1 from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      and e.objid = p.oid and e.deptype = 'e')
  union all select 'range and base types', count(*) from pg_catalog.pg_type t
    where (t.typtype = 'r' or (t.typtype = 'b' and t.typelem = 0)) and t.oid >= 16384
    and not exists (select 1 from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
      and e.objid = t.oid and e.deptype = 'e')
  union all select 'casts', count(*) from pg_catalog.pg_cast c where c.oid >= 16384
    and not exists (select 1 from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
      and e.objid = c.oid and e.deptype in ('e', 'i'))
  union all select 'operators', count(*) from pg_catalog.pg_operator o where o.oid >= 16384
    and not exists (select 1 from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
      and e.objid = o.oid and e.deptype = 'e')
  union all select 'collations', count(*) from pg_catalog.pg_collation c where c.oid >= 16384
    and not exists (select 1 from pg_catalog.pg_namespace n where n.oid = c.collnamespace and n.nspname = 'pg_catalog')
  union all select 'user mappings', count(*) from pg_catalog.pg_user_mappings -- for others
  union all select 'subscriptions', count(s.oid) from pg_catalog.pg_subscription s -- for others
    where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) -- for others
  union all select 'security labels', count(*) from pg_catalog.pg_seclabel
  union all select 'large objects', count(*) from pg_catalog.pg_largeobject_metadata
  union all select 'objects in ' || d.classid::pg_catalog.regclass::text, count(distinct d.objid) from pg_catalog.pg_depend d
    where d.objid >= 16384 and d.classid::pg_catalog.regclass::text <> all (array[
      'pg_am', 'pg_amop', 'pg_amproc', 'pg_attrdef', 'pg_cast', 'pg_class', 'pg_collation', 'pg_constraint', 'pg_conversion',
      'pg_default_acl', 'pg_event_trigger', 'pg_extension', 'pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_language',
      'pg_namespace', 'pg_opclass', 'pg_operator', 'pg_opfamily', 'pg_policy', 'pg_proc', 'pg_publication',
      'pg_publication_namespace', 'pg_publication_rel', 'pg_rewrite', 'pg_statistic_ext', 'pg_subscription', 'pg_transform',
      'pg_trigger', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template', 'pg_type', 'pg_user_mapping'])
    group by d.classid
) k
where k.number > 0
