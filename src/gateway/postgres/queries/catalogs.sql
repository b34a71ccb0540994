-- The system catalogs by oid, as which other queries name them. Server 12 and newer.
select k.oid, k.relname as class
from pg_catalog.pg_class k
where k.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and k.relkind = 'r'
