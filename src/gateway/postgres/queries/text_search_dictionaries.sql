-- Text search dictionaries. Server 12 and newer.
-- Where any: pg_ts_dict
select s.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, s.dictname) as name,
  pg_catalog.format('%I.%I', tn.nspname, t.tmplname) as template,
  s.dictinitoption as options
from pg_catalog.pg_ts_dict s
join pg_catalog.pg_namespace n on n.oid = s.dictnamespace
join pg_catalog.pg_ts_template t on t.oid = s.dicttemplate
join pg_catalog.pg_namespace tn on tn.oid = t.tmplnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
