-- Publications; their tables and schemas are parts of them. Server 12 and newer.
-- Where any: pg_publication
select p.oid,
  '' as parent,
  pg_catalog.quote_ident(p.pubname) as name,
  case when p.puballtables then 'yes' end as all_tables,
  pg_catalog.concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
    case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end) as publish,
  case p.pubgencols when 's' then 'stored' end as generated_columns, -- since 18
  case when p.pubviaroot then 'yes' end as via_root
from pg_catalog.pg_publication p
