-- Columns of tables and foreign tables with all their properties, and of views and materialized views those that
-- have a comment, a default, grants or a setting. Of the server's own those with grants. The position is information, no property. Server 12 and newer.
select c.oid,
  a.attnum as subid,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as parent,
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
  case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as "default",
  case a.attgenerated
    when 's' then 'stored: ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
    when 'v' then 'virtual: ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as generated,
  case case when not c.relispartition then a.attidentity end when 'a' then 'always' when 'd' then 'by default' end
    || pg_catalog.format(' (start %s increment %s minimum %s maximum %s cache %s%s)',
         q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, case when q.seqcycle then ' cycle' end) as identity,
  case when a.attidentity <> '' and not c.relispartition then q.seqrelid::pg_catalog.regclass::text end as identity_sequence,
  case when a.attidentity <> '' and not c.relispartition and (
      select w.relpersistence from pg_catalog.pg_class w where w.oid = q.seqrelid) <> c.relpersistence
    then case c.relpersistence when 'u' then 'logged' else 'unlogged' end end as identity_persistence,
  case when c.relkind in ('r', 'p', 'f', 'm') and a.attstorage <> t.typstorage
    then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' when 'x' then 'extended' end
    end as storage,
  case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end as compression, -- since 14
  case when a.attstattarget >= 0 and a.attnum > 0 then a.attstattarget::text end as statistics_target,
  pg_catalog.array_to_string(a.attoptions, ', ') as options,
  (select pg_catalog.string_agg(pg_catalog.format('%I %L', f.option_name, f.option_value), ', ' order by f.option_name)
   from pg_catalog.pg_options_to_table(a.attfdwoptions) f) as foreign_options
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
left join pg_catalog.pg_constraint k on k.contype = 'n' and k.conrelid = a.attrelid and k.conkey = array[a.attnum] -- since 18
left join (
  select i.refobjid, i.refobjsubid, s.*
  from pg_catalog.pg_depend i
  join pg_catalog.pg_sequence s on s.seqrelid = i.objid
  where i.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and i.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.deptype = 'i') q
  on q.refobjid = a.attrelid and q.refobjsubid = a.attnum
where (a.attnum > 0 or a.attacl is not null) and not a.attisdropped and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and (c.relkind in ('r', 'p', 'f')
    or (c.relkind in ('v', 'm') and (d.oid is not null or a.attstattarget >= 0 or a.attacl is not null
      or (c.relkind = 'm' and a.attstorage <> t.typstorage)
      or exists (select 1 from pg_catalog.pg_description s
        where s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and s.objoid = c.oid and s.objsubid = a.attnum))))
