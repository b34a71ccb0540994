-- Foreign tables; their columns are among the columns. Server 12 and newer.
-- Where any: pg_class f
select c.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
  pg_catalog.quote_ident(s.srvname) as server,
  (select pg_catalog.string_agg(pg_catalog.format('%I %L', o.option_name, o.option_value), ', ' order by o.option_name)
   from pg_catalog.pg_options_to_table(f.ftoptions) o) as options,
  case when c.relispartition then i.parents end as partition_of,
  pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_bound,
  case when not c.relispartition then i.parents end as inherits
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid
join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
left join (
  select h.inhrelid, pg_catalog.string_agg(h.inhparent::pg_catalog.regclass::text, ', ' order by h.inhseqno) as parents
  from pg_catalog.pg_inherits h group by h.inhrelid) i on i.inhrelid = c.oid
where c.relkind = 'f' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
