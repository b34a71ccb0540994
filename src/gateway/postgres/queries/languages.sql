-- Languages that did not come with the server. Server 12 and newer.
select l.oid,
  '' as parent,
  pg_catalog.quote_ident(l.lanname) as name,
  case when l.lanpltrusted then 'yes' end as trusted,
  nullif(l.lanplcallfoid, 0)::pg_catalog.regproc::text as handler,
  nullif(l.laninline, 0)::pg_catalog.regproc::text as inline,
  nullif(l.lanvalidator, 0)::pg_catalog.regproc::text as validator
from pg_catalog.pg_language l
where l.oid >= 16384 and l.lanispl
