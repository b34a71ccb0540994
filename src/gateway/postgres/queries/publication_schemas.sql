-- Schemas whose tables are in publications. Server 12 and newer; there are none before 15.
-- Where any: pg_publication
select r.oid,
  pg_catalog.quote_ident(p.pubname) as parent,
  pg_catalog.quote_ident(n.nspname) as name,
  'yes' as published
from pg_catalog.pg_publication_namespace r -- since 15
from (select 0::oid as oid, 0::oid as pnpubid, 0::oid as pnnspid where false) r -- before 15
join pg_catalog.pg_publication p on p.oid = r.pnpubid
join pg_catalog.pg_namespace n on n.oid = r.pnnspid
