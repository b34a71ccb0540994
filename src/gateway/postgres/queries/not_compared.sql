-- How many objects there are of each kind that no other query here reads. Server 12 and newer.
-- Objects below oid 16384 came with the server.
select k.kind as name, k.number::text as number
from (
  select 'security labels' as kind, count(*) as number from pg_catalog.pg_seclabel
  union all select 'user mappings', count(*) from pg_catalog.pg_user_mappings -- for others
  union all select 'subscriptions', count(s.oid) from pg_catalog.pg_subscription s -- for others
    where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) -- for others
  union all select 'objects of your own in pg_catalog and information_schema', count(*)
    from (
      select c.oid, c.tableoid from pg_catalog.pg_class c
        where c.relkind <> 't' and c.relnamespace in (11, 'information_schema'::pg_catalog.regnamespace)
      union all select p.oid, p.tableoid from pg_catalog.pg_proc p
        where p.pronamespace in (11, 'information_schema'::pg_catalog.regnamespace)
      union all select t.oid, t.tableoid from pg_catalog.pg_type t
        where t.typrelid = 0 and t.typelem = 0 and t.typnamespace in (11, 'information_schema'::pg_catalog.regnamespace)) own
    where own.oid >= 16384 and not exists (
      select 1 from pg_catalog.pg_depend e
      where e.classid = own.tableoid and e.objid = own.oid and e.deptype in ('e', 'i'))
  union all select 'comments on NOT NULL constraints that are only inherited', count(*) -- since 18
    from pg_catalog.pg_description d -- since 18
    join pg_catalog.pg_constraint o on o.oid = d.objoid and o.contype = 'n' and not o.conislocal -- since 18
    join pg_catalog.pg_class c on c.oid = o.conrelid and not c.relispartition -- since 18
    where d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass -- since 18
  union all select 'large objects', count(*) from pg_catalog.pg_largeobject_metadata
  -- Of the catalogs that things stand in the next is looked up after each, so that not all that depends is read.
  union all select 'objects in ' || k.relname, (
      select count(distinct d.objid) from pg_catalog.pg_depend d where d.classid = k.oid and d.objid >= 16384)
    from (
      with recursive o as (
        select pg_catalog.min(d.classid) as class from pg_catalog.pg_depend d
        union all
        select (select pg_catalog.min(d.classid) from pg_catalog.pg_depend d where d.classid > o.class) from o where o.class is not null)
      select o.class from o where o.class is not null) o
    join pg_catalog.pg_class k on k.oid = o.class
    where k.relname <> all (array[
      'pg_am', 'pg_amop', 'pg_amproc', 'pg_attrdef', 'pg_cast', 'pg_class', 'pg_collation', 'pg_constraint', 'pg_conversion',
      'pg_default_acl', 'pg_event_trigger', 'pg_extension', 'pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_language',
      'pg_namespace', 'pg_opclass', 'pg_operator', 'pg_opfamily', 'pg_policy', 'pg_proc', 'pg_publication',
      'pg_publication_namespace', 'pg_publication_rel', 'pg_rewrite', 'pg_statistic_ext', 'pg_subscription', 'pg_transform',
      'pg_trigger', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template', 'pg_type', 'pg_user_mapping'])
) k
where k.number > 0
