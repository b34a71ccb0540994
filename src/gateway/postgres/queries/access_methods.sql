-- Access methods for tables and indexes that did not come with the server. Server 12 and newer.
-- Where any: pg_am
select m.oid,
  '' as parent,
  pg_catalog.quote_ident(m.amname) as name,
  case m.amtype when 'i' then 'index' else 'table' end as type,
  m.amhandler::pg_catalog.regproc::text as handler
from pg_catalog.pg_am m
where m.oid >= 16384
