-- Foreign data wrappers. Server 12 and newer.
-- Where any: pg_foreign_data_wrapper
select w.oid,
  '' as parent,
  pg_catalog.quote_ident(w.fdwname) as name,
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = w.fdwhandler) as handler,
  (select pg_catalog.format('%I.%I', m.nspname, p.proname) from pg_catalog.pg_proc p
   join pg_catalog.pg_namespace m on m.oid = p.pronamespace where p.oid = w.fdwvalidator) as validator,
  (select pg_catalog.string_agg(pg_catalog.format('%I %L', o.option_name, o.option_value), ', ' order by o.option_name)
   from pg_catalog.pg_options_to_table(w.fdwoptions) o) as options
from pg_catalog.pg_foreign_data_wrapper w
