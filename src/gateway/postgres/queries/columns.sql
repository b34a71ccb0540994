-- Columns of tables and foreign tables with all their properties, and of views and materialized views those that
-- have a comment, a default, grants or a setting. Of the columns that the server makes by itself those with grants,
-- which are written as in access.sql. The position is information, no property. Server 12 and newer.
with base as (
  select d.datdba as owner from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
)
select c.oid,
  a.attnum as subid,
  c.parent,
  pg_catalog.quote_ident(a.attname) as name,
  a.attnum as position,
  case when c.relkind in ('r', 'p', 'f') and a.attnum > 0 then pg_catalog.format_type(a.atttypid, a.atttypmod) end as type,
  case when c.relkind in ('r', 'p', 'f') and a.attcollation <> t.typcollation
    then a.attcollation::pg_catalog.regcollation::text end as collation,
  case when not a.attislocal then 'yes' end as inherited,
  case when a.attnotnull and a.attnum > 0 then 'yes'
    || case when k.connoinherit then ' no inherit' else '' end || case when not k.convalidated then ' not valid' else '' end -- since 18
    end as not_null,
  case when k.conname <> c.relname || '_' || a.attname || '_not_null' and (k.conislocal or c.relispartition) then pg_catalog.quote_ident(k.conname) end as not_null_name, -- since 18
  case when not k.conislocal and not c.relispartition then 'yes' end as not_null_inherited, -- since 18
  -- A default names no column; told of no table, the server does not open each for it.
  case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, 0) end as "default",
  case a.attgenerated
    when 's' then 'stored: ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
    when 'v' then 'virtual: ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as generated,
  case when not c.relispartition then a.sequence[1] end as identity,
  case when not c.relispartition then c.schema || '.' || a.sequence[2] end as identity_sequence,
  case when not c.relispartition and a.sequence[3] <> c.relpersistence
    then case c.relpersistence when 'u' then 'logged' else 'unlogged' end end as identity_persistence,
  case when c.relkind in ('r', 'p', 'f', 'm') and a.attstorage <> t.typstorage
    then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' when 'x' then 'extended' end
    end as storage,
  case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end as compression, -- since 14
  case when a.attstattarget >= 0 and a.attnum > 0 then a.attstattarget::text end as statistics_target,
  pg_catalog.array_to_string(a.attoptions, ', ') as options,
  case when a.attfdwoptions is not null then (
    select pg_catalog.string_agg(pg_catalog.format('%I %L', f.option_name, f.option_value), ', ' order by f.option_name)
    from pg_catalog.pg_options_to_table(a.attfdwoptions) f) end as foreign_options,
  -- All columns are looked through here, and not once more for those few.
  case when a.attacl is not null then coalesce((
    select pg_catalog.string_agg(g.who || ': ' || g.what, '; ' order by g.who)
    from (
      select {grantee} as who,
        pg_catalog.string_agg(e.privilege_type || case when e.is_grantable then '*' else '' end, ', ' order by e.privilege_type) as what
      from base b
      cross join (select c.relowner as owner) t
      cross join lateral pg_catalog.aclexplode(a.attacl) e
      where pg_catalog.pg_get_userbyid(e.grantee) <> 'confiture_creators'
      group by who) g), 'none') end as grants
from (
  select f.*, case when f.attidentity <> '' then (
    select array[
      case f.attidentity when 'a' then 'always' when 'd' then 'by default' end
        || pg_catalog.format(' (start %s increment %s minimum %s maximum %s cache %s%s)',
             s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, case when s.seqcycle then ' cycle' end),
      pg_catalog.quote_ident(w.relname),
      w.relpersistence::text]
    from pg_catalog.pg_depend i
    join pg_catalog.pg_sequence s on s.seqrelid = i.objid
    join pg_catalog.pg_class w on w.oid = i.objid
    where i.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.refobjid = f.attrelid and i.refobjsubid = f.attnum
      and i.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.deptype = 'i') end as sequence
  from pg_catalog.pg_attribute f
  -- Below are the columns of what came with the server, the most of them.
  where f.attrelid >= 16384 and (f.attnum > 0 or f.attacl is not null) and not f.attisdropped
  offset 0) a -- the sequence is looked up once for an identity column; it stands in the table's schema
join (
  select r.oid, r.relkind, r.relname, r.relowner, r.relispartition, r.relpersistence, pg_catalog.quote_ident(n.nspname) as schema,
    pg_catalog.format('%I.%I', n.nspname, r.relname) as parent
  from pg_catalog.pg_class r
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
  where r.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  offset 0) c on c.oid = a.attrelid -- the name is put together once for a table
join pg_catalog.pg_type t on t.oid = a.atttypid
-- Read once from end to end, and not looked up for each column.
left join (select f.oid, f.adrelid, f.adnum, f.adbin from pg_catalog.pg_attrdef f offset 0) d
  on d.adrelid = a.attrelid and d.adnum = a.attnum
left join pg_catalog.pg_constraint k on k.contype = 'n' and k.conrelid = a.attrelid and k.conkey = array[a.attnum] -- since 18
where (c.relkind in ('r', 'p', 'f')
    or (c.relkind in ('v', 'm') and (d.oid is not null or a.attstattarget >= 0 or a.attacl is not null
      or (c.relkind = 'm' and a.attstorage <> t.typstorage)
      or exists (select 1 from pg_catalog.pg_description s
        where s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and s.objoid = c.oid and s.objsubid = a.attnum))))
