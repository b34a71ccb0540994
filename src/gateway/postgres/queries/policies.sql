-- Row-level security policies. Server 12 and newer.
-- Where any: pg_policy
select p.oid,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as parent,
  pg_catalog.quote_ident(p.polname) as name,
  case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end
    as command,
  case when not p.polpermissive then 'yes' end as restrictive,
  (select pg_catalog.string_agg(case when r.id = 0 then 'public' else pg_catalog.quote_ident(o.rolname) end, ', '
     order by o.rolname)
   from pg_catalog.unnest(p.polroles) r(id) left join pg_catalog.pg_roles o on o.oid = r.id) as roles,
  pg_catalog.pg_get_expr(p.polqual, p.polrelid) as "using",
  pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as with_check
from pg_catalog.pg_policy p
join pg_catalog.pg_class c on c.oid = p.polrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
