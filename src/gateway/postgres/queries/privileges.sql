-- Privileges on what came with the server or with an extension, where they are others than those that it came with.
-- Grants are written as those of other objects. Server 12 and newer.
-- Where any: pg_init_privs
with base as (
  select d.datdba as owner from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
), born as (
  -- What was granted when the database or the extension was made.
  select k.relname as class, i.objoid, i.objsubid, i.initprivs
  from pg_catalog.pg_init_privs i
  join pg_catalog.pg_class k on k.oid = i.classoid
), target as (
  select 'pg_proc' as class, p.oid, 0 as subid, p.proowner as owner, p.proacl as acl, 'f'::"char" as kind, n.nspname,
    case p.prokind when 'p' then 'procedure ' else 'function ' end
      || pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) as name
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.proacl is not null or p.oid in (select b.objoid from born b)
  union all
  select 'pg_class', c.oid, 0, c.relowner, c.relacl, (case c.relkind when 'S' then 's' else 'r' end)::"char", n.nspname,
    case c.relkind when 'S' then 'sequence ' else 'table ' end || pg_catalog.format('%I.%I', n.nspname, c.relname)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and (c.relacl is not null or c.oid in (select b.objoid from born b))
  union all
  select 'pg_class', c.oid, a.attnum, c.relowner, a.attacl, 'c', n.nspname,
    'table ' || pg_catalog.format('%I.%I', n.nspname, c.relname) || pg_catalog.format(' (%I)', a.attname)
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where a.attrelid < 16384
    and (a.attacl is not null or (a.attrelid, a.attnum) in (select b.objoid, b.objsubid from born b))
  union all
  select 'pg_class', c.oid, a.attnum, c.relowner, a.attacl, 'c', n.nspname,
    'table ' || pg_catalog.format('%I.%I', n.nspname, c.relname) || pg_catalog.format(' (%I)', a.attname)
  from pg_catalog.pg_depend m
  join pg_catalog.pg_attribute a on a.attrelid = m.objid
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and m.deptype = 'e'
    and (a.attacl is not null or (a.attrelid, a.attnum) in (select b.objoid, b.objsubid from born b))
  union all
  select 'pg_type', t.oid, 0, t.typowner, t.typacl, 'T', n.nspname, 'type ' || pg_catalog.format('%I.%I', n.nspname, t.typname)
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where t.typacl is not null or t.oid in (select b.objoid from born b)
  union all
  select 'pg_language', l.oid, 0, l.lanowner, l.lanacl, 'l', 'pg_catalog', 'language ' || pg_catalog.quote_ident(l.lanname)
  from pg_catalog.pg_language l where l.lanpltrusted
  union all
  select 'pg_foreign_data_wrapper', w.oid, 0, w.fdwowner, w.fdwacl, 'F', null,
    'foreign data wrapper ' || pg_catalog.quote_ident(w.fdwname)
  from pg_catalog.pg_foreign_data_wrapper w
  union all
  select 'pg_namespace', n.oid, 0, n.nspowner, n.nspacl, 'n', n.nspname, 'schema ' || pg_catalog.quote_ident(n.nspname)
  from pg_catalog.pg_namespace n where n.nspname <> 'public'
), changed as (
  select t.*, x.extname, i.initprivs
  from target t
  left join born i on i.class = t.class and i.objoid = t.oid and i.objsubid = t.subid
  left join (
    select k.relname as class, d.objid, d.refobjid
    from pg_catalog.pg_depend d
    join pg_catalog.pg_class k on k.oid = d.classid
    where d.deptype = 'e') e on e.class = t.class and e.objid = t.oid
  left join pg_catalog.pg_extension x on x.oid = e.refobjid
  where t.acl is distinct from i.initprivs and (x.oid is not null or (t.oid < 16384 and t.nspname = 'pg_catalog'))
), given as (
  select t.class, t.oid, t.subid,
    e.initially,
    {grantee} as who,
    pg_catalog.string_agg(e.privilege_type || case when e.is_grantable then '*' else '' end, ', ' order by e.privilege_type) as what,
    pg_catalog.count(*) as number, pg_catalog.bool_or(e.is_grantable) as some, pg_catalog.bool_and(e.is_grantable) as every,
    (select pg_catalog.count(*) from pg_catalog.aclexplode(pg_catalog.acldefault(t.kind, t.owner)) d where d.grantee = t.owner) as whole
  from changed t
  cross join base b
  cross join lateral (
    select false as initially, a.* from pg_catalog.aclexplode(coalesce(t.acl, pg_catalog.acldefault(t.kind, t.owner))) a
    union all
    select true, a.* from pg_catalog.aclexplode(coalesce(t.initprivs, pg_catalog.acldefault(t.kind, t.owner))) a) e
  group by t.class, t.oid, t.subid, t.kind, t.owner, e.initially, who
), listed as (
  select g.class, g.oid, g.subid, g.initially,
    pg_catalog.string_agg(g.who || ': ' || case when g.number = g.whole and g.every then 'ALL*'
      when g.number = g.whole and not g.some then 'ALL' else g.what end, '; ' order by g.who) as list
  from given g group by g.class, g.oid, g.subid, g.initially
)
select 'pg_init_privs of ' || t.class as class, t.oid, t.subid,
  '' as parent,
  t.name,
  pg_catalog.quote_ident(t.extname) as extension,
  coalesce(u.list, 'none') as initial,
  coalesce(g.list, 'none') as privileges
from changed t
left join listed g on g.class = t.class and g.oid = t.oid and g.subid = t.subid and not g.initially
left join listed u on u.class = t.class and u.oid = t.oid and u.subid = t.subid and u.initially
where g.list is distinct from u.list
