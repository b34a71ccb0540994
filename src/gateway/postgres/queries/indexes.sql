-- Indexes that no constraint owns. One on a partition names the index of the whole that it is a part of.
-- Server 12 and newer.
select x.oid,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as parent,
  pg_catalog.quote_ident(x.relname) as name,
  -- Without its options, whose order means nothing.
  pg_catalog.replace(pg_catalog.pg_get_indexdef(i.indexrelid), case when x.reloptions is null then '' else (
    select ' WITH (' || pg_catalog.string_agg(pg_catalog.quote_ident(o.option_name) || '='
      || case when pg_catalog.quote_ident(o.option_value) = o.option_value then o.option_value
         else pg_catalog.quote_literal(o.option_value) end, ', ') || ')'
    from pg_catalog.pg_options_to_table(x.reloptions) o) end, '') as definition,
  case when p.oid is not null then pg_catalog.format('%I.%I', n.nspname, p.relname) end as attached_to,
  case when not i.indisvalid and x.relkind = 'i' then 'yes' end as invalid,
  case when i.indisclustered then 'yes' end as clustered,
  case when i.indisreplident then 'yes' end as replica_identity,
  pg_catalog.quote_ident(s.spcname) as tablespace,
  case when x.reloptions is not null then (
    select pg_catalog.string_agg(r.option, ', ' order by r.option) from pg_catalog.unnest(x.reloptions) r(option)) end as options,
  -- Only a column that is an expression has one of its own.
  case when i.indexprs is not null then (
    select pg_catalog.string_agg(pg_catalog.format('%s %s', a.attnum, a.attstattarget), ', ' order by a.attnum)
    from pg_catalog.pg_attribute a where a.attrelid = x.oid and a.attstattarget >= 0) end as statistics_targets
from pg_catalog.pg_index i
join pg_catalog.pg_class x on x.oid = i.indexrelid
join pg_catalog.pg_class c on c.oid = i.indrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_inherits h on h.inhrelid = x.oid
left join pg_catalog.pg_class p on p.oid = h.inhparent
left join pg_catalog.pg_tablespace s on s.oid = x.reltablespace
where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
    select 1 from pg_catalog.pg_constraint o where o.conindid = i.indexrelid and o.contype in ('p', 'u', 'x'))
