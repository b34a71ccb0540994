-- Casts. Those between a range type and its multirange type come with them. Server 12 and newer.
-- Where any: pg_cast
select c.oid,
  '' as parent,
  pg_catalog.format('%s as %s', pg_catalog.format_type(c.castsource, null), pg_catalog.format_type(c.casttarget, null))
    as name,
  case c.castmethod when 'f' then 'with function ' || c.castfunc::pg_catalog.regprocedure::text
    when 'i' then 'with inout' else 'without function' end as method,
  case c.castcontext when 'i' then 'implicit' when 'a' then 'assignment' end as context
from pg_catalog.pg_cast c
where c.oid >= 16384
  and not exists (
    select 1 from pg_catalog.pg_depend i
    where i.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass and i.objid = c.oid and i.deptype = 'i')
