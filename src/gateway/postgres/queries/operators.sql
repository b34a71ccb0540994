-- Operators that have a function; one that is only named by another is none yet. Server 12 and newer.
-- Where any: pg_operator
select o.oid,
  '' as parent,
  pg_catalog.format('%I.%s (%s, %s)', n.nspname, o.oprname,
    case when o.oprleft = 0 then 'none' else pg_catalog.format_type(o.oprleft, null) end,
    case when o.oprright = 0 then 'none' else pg_catalog.format_type(o.oprright, null) end) as name,
  o.oprcode::pg_catalog.regproc::text as function,
  pg_catalog.quote_ident(cn.nspname) || pg_catalog.format('.%s (%s, %s)', c.oprname,
    case when c.oprleft = 0 then 'none' else pg_catalog.format_type(c.oprleft, null) end,
    case when c.oprright = 0 then 'none' else pg_catalog.format_type(c.oprright, null) end) as commutator,
  pg_catalog.quote_ident(gn.nspname) || pg_catalog.format('.%s (%s, %s)', g.oprname,
    case when g.oprleft = 0 then 'none' else pg_catalog.format_type(g.oprleft, null) end,
    case when g.oprright = 0 then 'none' else pg_catalog.format_type(g.oprright, null) end) as negator,
  nullif(o.oprrest::pg_catalog.oid, 0)::pg_catalog.regproc::text as restrict,
  nullif(o.oprjoin::pg_catalog.oid, 0)::pg_catalog.regproc::text as "join",
  case when o.oprcanhash then 'yes' end as hashes,
  case when o.oprcanmerge then 'yes' end as merges
from pg_catalog.pg_operator o
join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
left join pg_catalog.pg_operator c on c.oid = o.oprcom
left join pg_catalog.pg_namespace cn on cn.oid = c.oprnamespace
left join pg_catalog.pg_operator g on g.oid = o.oprnegate
left join pg_catalog.pg_namespace gn on gn.oid = g.oprnamespace
where o.oprcode <> 0 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
