-- Indexes that no constraint owns. One on a partition names the index of the whole that it is a part of.
-- Server 12 and newer.
select x.oid,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as parent,
  pg_catalog.quote_ident(x.relname) as name,
  -- What has no more to it than columns is put together here: the server would open each table for it. It does where
  -- a predicate may be written otherwise, in lines. Without its options, whose order means nothing.
  case when d.oid is not null and (i.indpred is null or pg_catalog.strpos(w.predicate, E'\n') = 0)
    then 'CREATE ' || case when i.indisunique then 'UNIQUE ' else '' end || 'INDEX ' || pg_catalog.quote_ident(x.relname)
      || ' ON ' || case x.relkind when 'I' then 'ONLY ' else '' end || pg_catalog.format('%I.%I', n.nspname, c.relname)
      || ' USING ' || m.amname || ' (' || pg_catalog.quote_ident(a.attname)
      || case i.indoption[0] when 0 then '' when 1 then ' DESC NULLS LAST' when 2 then ' NULLS FIRST' else ' DESC' end || ')'
      || case when i.indnullsnotdistinct then ' NULLS NOT DISTINCT' else '' end -- since 15
      || coalesce(' WHERE ' || w.predicate, '')
    else pg_catalog.replace(pg_catalog.pg_get_indexdef(i.indexrelid), case when x.reloptions is null then '' else (
      select ' WITH (' || pg_catalog.string_agg(pg_catalog.quote_ident(o.option_name) || '='
        || case when pg_catalog.quote_ident(o.option_value) = o.option_value then o.option_value
           else pg_catalog.quote_literal(o.option_value) end, ', ') || ')'
      from pg_catalog.pg_options_to_table(x.reloptions) o) end, '') end as definition,
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
join pg_catalog.pg_am m on m.oid = x.relam
-- The column of an index of one, of the server's own methods, with the operator class that its type has anyway.
left join pg_catalog.pg_attribute a on i.indnatts = 1 and m.amname in ('btree', 'hash')
  and a.attrelid = i.indrelid and a.attnum = i.indkey[0] and i.indcollation[0] in (0, a.attcollation)
left join pg_catalog.pg_opclass d on d.oid = i.indclass[0] and d.oid < 16384 and d.opcdefault
  and (d.opcintype = a.atttypid or (d.opcintype = 25 and a.atttypid = 1043))
cross join lateral (
  select case when i.indpred is not null then pg_catalog.pg_get_expr(i.indpred, i.indrelid) end as predicate offset 0) w
left join pg_catalog.pg_inherits h on h.inhrelid = x.oid
left join pg_catalog.pg_class p on p.oid = h.inhparent
left join pg_catalog.pg_tablespace s on s.oid = x.reltablespace
where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
    select 1 from pg_catalog.pg_constraint o where o.conindid = i.indexrelid and o.contype in ('p', 'u', 'x'))
