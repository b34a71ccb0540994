-- Foreign servers. Server 12 and newer.
-- Where any: pg_foreign_server
select s.oid,
  '' as parent,
  pg_catalog.quote_ident(s.srvname) as name,
  pg_catalog.quote_ident(w.fdwname) as wrapper,
  s.srvtype as type,
  s.srvversion as version,
  (select pg_catalog.string_agg(pg_catalog.format('%I %L', o.option_name, o.option_value), ', ' order by o.option_name)
   from pg_catalog.pg_options_to_table(s.srvoptions) o) as options
from pg_catalog.pg_foreign_server s
join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
