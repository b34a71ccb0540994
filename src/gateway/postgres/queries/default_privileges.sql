-- Default privileges: what objects that a role makes start with, of one type, everywhere or in one schema. Those of the
-- database's owner name no role. What everybody may do on a throwaway server is left out. Server 12 and newer.
-- Where any: pg_default_acl
with base as (
  select d.datdba as owner from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
), given as (
  select t.oid,
    e.usual,
    {grantee} as who,
    pg_catalog.string_agg(e.privilege_type || case when e.is_grantable then '*' else '' end, ', ' order by e.privilege_type) as what,
    pg_catalog.count(*) as number, pg_catalog.bool_or(e.is_grantable) as some, pg_catalog.bool_and(e.is_grantable) as every,
    (select pg_catalog.count(*) from pg_catalog.aclexplode(pg_catalog.acldefault(k.kind, t.owner)) d
     where d.grantee = t.owner) as whole
  from (select a.*, a.defaclrole as owner from pg_catalog.pg_default_acl a) t
  cross join base b
  cross join lateral (select (case t.defaclobjtype when 'S' then 's' else t.defaclobjtype end)::"char" as kind) k
  cross join lateral (
    select false as usual, g.* from pg_catalog.aclexplode(t.defaclacl) g
    union all
    select true, g.* from pg_catalog.aclexplode(pg_catalog.acldefault(k.kind, t.owner)) g where t.defaclnamespace = 0) e
  where pg_catalog.pg_get_userbyid(e.grantee) <> 'confiture_creators'
  group by t.oid, e.usual, who, k.kind, t.owner
), listed as (
  select g.oid, g.usual,
    pg_catalog.string_agg(g.who || ': ' || case when g.number = g.whole and g.every then 'ALL*'
      when g.number = g.whole and not g.some then 'ALL' else g.what end, '; ' order by g.who) as list
  from given g group by g.oid, g.usual
)
select a.oid,
  '' as parent,
  t.name || case when a.defaclrole <> b.owner
      then ' for role ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.defaclrole)) else '' end
    || case when n.oid is not null then ' in schema ' || pg_catalog.quote_ident(n.nspname) else '' end as name,
  t.name as type,
  case when a.defaclrole <> b.owner then pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.defaclrole)) end as role,
  pg_catalog.quote_ident(n.nspname) as schema,
  coalesce(g.list, 'none') as privileges
from pg_catalog.pg_default_acl a
cross join base b
cross join lateral (
  select case a.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
    when 'T' then 'types' when 'n' then 'schemas' when 'L' then 'large objects' end as name) t
left join pg_catalog.pg_namespace n on n.oid = a.defaclnamespace
left join listed g on g.oid = a.oid and not g.usual
left join listed u on u.oid = a.oid and u.usual
where t.name is not null and g.list is distinct from u.list
