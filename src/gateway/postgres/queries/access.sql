-- Owners, where it is not the database's owner, and grants, where they are not what an object of its kind starts with:
-- catalog, oid, column number (0 for the whole), owner, grants, and of an identity column those of its sequence. Grants
-- are a list of `role: PRIVILEGE, …`, the owner written (owner), the grantor named when it is another, a grant option
-- marked with *, all that there are as ALL. The database's owner is written current_user. Server 12 and newer.
with base as (
  select d.datdba as owner from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
), target as (
  select 'pg_class' as class, c.oid, 0 as subid, false as of_sequence, c.relowner as owner, c.relacl as acl,
    (case c.relkind when 'S' then 's' else 'r' end)::"char" as kind, null::text as standard
  from pg_catalog.pg_class c
  where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace
  union all
  select 'pg_class', i.refobjid, i.refobjsubid, true, c.relowner, c.relacl, 's', null
  from pg_catalog.pg_class c
  join pg_catalog.pg_depend i on i.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.objid = c.oid
    and i.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.deptype = 'i'
  where c.relkind = 'S' and c.relacl is not null
  union all
  select 'pg_namespace', n.oid, 0, false, n.nspowner, n.nspacl, 'n',
    case when n.nspname = 'public' then '(owner): ALL; public: USAGE' end -- since 15
    case when n.nspname = 'public' then '(owner): ALL; public: ALL' end -- before 15
  from pg_catalog.pg_namespace n where n.oid >= 16384 or n.nspname = 'public'
  union all
  select 'pg_proc', p.oid, 0, false, p.proowner, p.proacl, 'f', null from pg_catalog.pg_proc p where p.oid >= 16384
  union all
  select 'pg_type', t.oid, 0, false, t.typowner, t.typacl, 'T', null from pg_catalog.pg_type t
  left join pg_catalog.pg_class c on c.oid = t.typrelid
  where t.oid >= 16384 and t.typcategory <> 'A' and (c.oid is null or c.relkind = 'c')
  union all
  select 'pg_language', l.oid, 0, false, l.lanowner, l.lanacl, 'l', null from pg_catalog.pg_language l where l.oid >= 16384
  union all
  select 'pg_foreign_data_wrapper', w.oid, 0, false, w.fdwowner, w.fdwacl, 'F', null from pg_catalog.pg_foreign_data_wrapper w
  union all
  select 'pg_foreign_server', s.oid, 0, false, s.srvowner, s.srvacl, 'S', null from pg_catalog.pg_foreign_server s
  union all
  select 'pg_operator', o.oid, 0, false, o.oprowner, null, null, null from pg_catalog.pg_operator o where o.oid >= 16384
  union all
  select 'pg_opclass', o.oid, 0, false, o.opcowner, null, null, null from pg_catalog.pg_opclass o where o.oid >= 16384
  union all
  select 'pg_opfamily', o.oid, 0, false, o.opfowner, null, null, null from pg_catalog.pg_opfamily o where o.oid >= 16384
  union all
  select 'pg_collation', c.oid, 0, false, c.collowner, null, null, null from pg_catalog.pg_collation c where c.oid >= 16384
  union all
  select 'pg_conversion', c.oid, 0, false, c.conowner, null, null, null from pg_catalog.pg_conversion c where c.oid >= 16384
  union all
  select 'pg_ts_config', c.oid, 0, false, c.cfgowner, null, null, null from pg_catalog.pg_ts_config c where c.oid >= 16384
  union all
  select 'pg_ts_dict', d.oid, 0, false, d.dictowner, null, null, null from pg_catalog.pg_ts_dict d where d.oid >= 16384
  union all
  select 'pg_publication', p.oid, 0, false, p.pubowner, null, null, null from pg_catalog.pg_publication p
  union all
  select 'pg_subscription', s.oid, 0, false, s.subowner, null, null, null from pg_catalog.pg_subscription s -- for superusers
  where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) -- for superusers
  union all -- for superusers
  select 'pg_event_trigger', e.oid, 0, false, e.evtowner, null, null, null from pg_catalog.pg_event_trigger e
  union all
  select 'pg_statistic_ext', s.oid, 0, false, s.stxowner, null, null, null from pg_catalog.pg_statistic_ext s
), given as (
  select t.class, t.oid, t.subid, t.of_sequence,
    {grantee} as who,
    e.usual,
    pg_catalog.string_agg(e.privilege_type || case when e.is_grantable then '*' else '' end, ', ' order by e.privilege_type) as what,
    pg_catalog.count(*) as number, pg_catalog.bool_or(e.is_grantable) as some, pg_catalog.bool_and(e.is_grantable) as every,
    (select pg_catalog.count(*) from pg_catalog.aclexplode(pg_catalog.acldefault(t.kind, t.owner)) d where d.grantee = t.owner) as whole
  from target t
  cross join base b
  cross join lateral (
    select false as usual, g.* from pg_catalog.aclexplode(t.acl) g
    union all
    select true, g.* from pg_catalog.aclexplode(pg_catalog.acldefault(t.kind, t.owner)) g where t.standard is null) e
  where t.acl is not null
    and pg_catalog.pg_get_userbyid(e.grantee) <> 'confiture_creators'
  group by t.class, t.oid, t.subid, t.of_sequence, t.kind, t.owner, who, e.usual
), listed as (
  select g.class, g.oid, g.subid, g.of_sequence, g.usual,
    pg_catalog.string_agg(g.who || ': ' || case when g.number = g.whole and g.every then 'ALL*'
      when g.number = g.whole and not g.some then 'ALL' else g.what end, '; ' order by g.who) as list
  from given g group by g.class, g.oid, g.subid, g.of_sequence, g.usual
)
select f.class, f.oid, f.subid, f.owner,
  case when not f.of_sequence then f.grants end as grants,
  case when f.of_sequence then f.grants end as sequence_grants
from (
  select t.class, t.oid, t.subid, t.of_sequence,
    case when t.subid <> 0 or t.of_sequence then null
      when t.class = 'pg_namespace' and t.standard is not null then -- since 15
        case t.owner when 6171 then null when b.owner then 'current_user' -- since 15
          else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.owner)) end -- since 15
      when t.owner = b.owner or (t.class = 'pg_namespace' and t.standard is not null and t.owner = 10) then null
      else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.owner)) end as owner,
    case when t.acl is not null and g.list is distinct from coalesce(t.standard, u.list) then coalesce(g.list, 'none') end
      as grants
  from target t
  cross join base b
  left join listed g on g.class = t.class and g.oid = t.oid and g.subid = t.subid and g.of_sequence = t.of_sequence
    and not g.usual
  left join listed u on u.class = t.class and u.oid = t.oid and u.subid = t.subid and u.of_sequence = t.of_sequence
    and u.usual
  where t.acl is not null or t.owner <> b.owner or t.standard is not null) f
where f.owner is not null or f.grants is not null
