-- Tables, partitioned tables and partitions. Server 12 and newer.
select c.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  case when c.relpersistence = 'u' then 'yes' end as unlogged,
  pg_catalog.pg_get_partkeydef(c.oid) as partition_key,
  case when c.relispartition then i.parents end as partition_of,
  pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_bound,
  case when not c.relispartition then i.parents end as inherits,
  case when c.reloftype <> 0 then pg_catalog.format_type(c.reloftype, null) end as of_type,
  case when m.amname <> 'heap' then pg_catalog.quote_ident(m.amname) end as access_method,
  pg_catalog.quote_ident(s.spcname) as tablespace,
  case when c.reloptions is not null then (
    select pg_catalog.string_agg(r.option, ', ' order by r.option) from pg_catalog.unnest(c.reloptions) r(option)) end as options,
  case when o.reloptions is not null then (
    select pg_catalog.string_agg(r.option, ', ' order by r.option) from pg_catalog.unnest(o.reloptions) r(option)) end as toast_options,
  case when c.relrowsecurity then 'yes' end as row_security,
  case when c.relforcerowsecurity then 'yes' end as force_row_security,
  case c.relreplident when 'f' then 'full' when 'n' then 'nothing' when 'i' then 'index' end as replica_identity
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_am m on m.oid = c.relam
left join pg_catalog.pg_tablespace s on s.oid = c.reltablespace
left join pg_catalog.pg_class o on o.oid = c.reltoastrelid
left join (
  select h.inhrelid, pg_catalog.string_agg(h.inhparent::pg_catalog.regclass::text, ', ' order by h.inhseqno) as parents
  from pg_catalog.pg_inherits h group by h.inhrelid) i on i.inhrelid = c.oid
where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
