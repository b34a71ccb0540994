-- Text search configurations with the dictionaries of each sort of token. Server 12 and newer.
-- Where any: pg_ts_config
select s.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, s.cfgname) as name,
  pg_catalog.format('%I.%I', pn.nspname, p.prsname) as parser,
  (select pg_catalog.string_agg(g.token || ': ' || g.dictionaries, '; ' order by g.token)
   from (
     select pg_catalog.quote_ident(k.alias) as token,
       pg_catalog.string_agg(pg_catalog.format('%I.%I', dn.nspname, d.dictname), ', ' order by m.mapseqno) as dictionaries
     from pg_catalog.pg_ts_config_map m
     join pg_catalog.ts_token_type(s.cfgparser) k on k.tokid = m.maptokentype
     join pg_catalog.pg_ts_dict d on d.oid = m.mapdict
     join pg_catalog.pg_namespace dn on dn.oid = d.dictnamespace
     where m.mapcfg = s.oid
     group by k.alias) g) as mappings
from pg_catalog.pg_ts_config s
join pg_catalog.pg_namespace n on n.oid = s.cfgnamespace
join pg_catalog.pg_ts_parser p on p.oid = s.cfgparser
join pg_catalog.pg_namespace pn on pn.oid = p.prsnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
