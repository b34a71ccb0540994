-- Which catalogs hold objects that did not come with the server: relations, types and routines by their kind. A query
-- whose beginning says `Where any: …` is not sent when there are none of those. Server 12 and newer.
select 'pg_class ' || c.relkind::text as present from pg_catalog.pg_class c where c.oid >= 16384 group by c.relkind
union all select 'pg_type ' || t.typtype::text from pg_catalog.pg_type t
  where t.oid >= 16384 and t.typinput <> 'pg_catalog.array_in'::pg_catalog.regproc group by t.typtype
union all select 'pg_proc ' || p.prokind::text from pg_catalog.pg_proc p where p.oid >= 16384 group by p.prokind
union all select 'pg_am' where exists (select 1 from pg_catalog.pg_am o where o.oid >= 16384)
union all select 'pg_cast' where exists (select 1 from pg_catalog.pg_cast o where o.oid >= 16384)
union all select 'pg_collation' where exists (select 1 from pg_catalog.pg_collation o where o.oid >= 16384)
union all select 'pg_conversion' where exists (select 1 from pg_catalog.pg_conversion o where o.oid >= 16384)
union all select 'pg_default_acl' where exists (select 1 from pg_catalog.pg_default_acl o where o.oid >= 16384)
union all select 'pg_event_trigger' where exists (select 1 from pg_catalog.pg_event_trigger o where o.oid >= 16384)
union all select 'pg_foreign_data_wrapper' where exists (select 1 from pg_catalog.pg_foreign_data_wrapper o where o.oid >= 16384)
union all select 'pg_foreign_server' where exists (select 1 from pg_catalog.pg_foreign_server o where o.oid >= 16384)
union all select 'pg_opclass' where exists (select 1 from pg_catalog.pg_opclass o where o.oid >= 16384)
union all select 'pg_operator' where exists (select 1 from pg_catalog.pg_operator o where o.oid >= 16384)
union all select 'pg_opfamily' where exists (select 1 from pg_catalog.pg_opfamily o where o.oid >= 16384)
union all select 'pg_policy' where exists (select 1 from pg_catalog.pg_policy o where o.oid >= 16384)
union all select 'pg_publication' where exists (select 1 from pg_catalog.pg_publication o where o.oid >= 16384)
union all select 'pg_rewrite' where exists (select 1 from pg_catalog.pg_rewrite o where o.oid >= 16384)
union all select 'pg_statistic_ext' where exists (select 1 from pg_catalog.pg_statistic_ext o where o.oid >= 16384)
union all select 'pg_transform' where exists (select 1 from pg_catalog.pg_transform o where o.oid >= 16384)
union all select 'pg_trigger' where exists (select 1 from pg_catalog.pg_trigger o where o.oid >= 16384)
union all select 'pg_ts_config' where exists (select 1 from pg_catalog.pg_ts_config o where o.oid >= 16384)
union all select 'pg_ts_dict' where exists (select 1 from pg_catalog.pg_ts_dict o where o.oid >= 16384)
union all select 'pg_ts_parser' where exists (select 1 from pg_catalog.pg_ts_parser o where o.oid >= 16384)
union all select 'pg_ts_template' where exists (select 1 from pg_catalog.pg_ts_template o where o.oid >= 16384)
-- Sequences other than those of identity columns.
union all select 'pg_class own S' where exists (
  select 1 from pg_catalog.pg_sequence s
  where not exists (
    select 1 from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = s.seqrelid and d.deptype = 'i'))
-- Something that has other privileges than it came with; what extensions brought is looked through when there are any.
-- A list of grants may become empty, and is never taken away again.
union all select 'pg_init_privs' where exists (select 1 from pg_catalog.pg_extension o where o.oid >= 16384) or exists (
  select 1
  from (
    select p.tableoid as class, p.oid, 0 as subid, p.proacl as acl from pg_catalog.pg_proc p where p.proacl is not null
    union all select c.tableoid, c.oid, 0, c.relacl from pg_catalog.pg_class c
      where c.relnamespace = 11 and c.relacl is not null
    union all select 'pg_catalog.pg_class'::pg_catalog.regclass, a.attrelid, a.attnum, a.attacl
      from pg_catalog.pg_attribute a where a.attrelid < 16384 and a.attacl is not null
    union all select t.tableoid, t.oid, 0, t.typacl from pg_catalog.pg_type t where t.typacl is not null
    union all select l.tableoid, l.oid, 0, l.lanacl from pg_catalog.pg_language l where l.lanacl is not null
    union all select n.tableoid, n.oid, 0, n.nspacl from pg_catalog.pg_namespace n
      where n.nspname = 'pg_catalog' and n.nspacl is not null) o
  left join pg_catalog.pg_init_privs i on i.classoid = o.class and i.objoid = o.oid and i.objsubid = o.subid
  where o.oid < 16384 and o.acl is distinct from i.initprivs)
