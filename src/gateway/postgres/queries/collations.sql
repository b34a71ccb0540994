-- Collations with what they order by; the version of the library's data is never compared. Server 12 and newer.
-- Where any: pg_collation
select c.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, c.collname) as name,
  case c.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' else 'default' end as provider,
  case when not c.collisdeterministic then 'no' end as deterministic,
  c.collicurules as rules, -- since 16
  c.colllocale as locale, -- since 17
  c.colliculocale as locale, -- since 15 -- before 17
  c.collcollate as lc_collate,
  c.collctype as lc_ctype
from pg_catalog.pg_collation c
join pg_catalog.pg_namespace n on n.oid = c.collnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and c.collencoding in (-1, (select d.encoding from pg_catalog.pg_database d
    where d.datname = pg_catalog.current_database()))
