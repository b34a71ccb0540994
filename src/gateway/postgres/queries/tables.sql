-- Tables, partitioned tables and partitions. Server 12 and newer.
select '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  case when c.relpersistence = 'u' then 'yes' end as unlogged,
  pg_catalog.pg_get_partkeydef(c.oid) as partition_key,
  pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_bound,
  (select pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::text, ', ' order by i.inhseqno)
   from pg_catalog.pg_inherits i where i.inhrelid = c.oid) as inherits,
  case when c.reloftype <> 0 then pg_catalog.format_type(c.reloftype, null) end as of_type,
  case when m.amname <> 'heap' then m.amname end as access_method,
  pg_catalog.array_to_string(c.reloptions, ', ') as options,
  (select pg_catalog.array_to_string(o.reloptions, ', ') from pg_catalog.pg_class o where o.oid = c.reltoastrelid)
    as toast_options,
  case when c.relrowsecurity then 'yes' end as row_security,
  case when c.relforcerowsecurity then 'yes' end as force_row_security,
  case c.relreplident when 'f' then 'full' when 'n' then 'nothing' when 'i' then 'index' end as replica_identity,
  pg_catalog.obj_description(c.oid, 'pg_class') as comment
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_am m on m.oid = c.relam
where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
    select 1 from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objid = c.oid and e.deptype = 'e')
