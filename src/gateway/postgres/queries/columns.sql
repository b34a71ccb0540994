-- Columns of tables with all their properties, and those columns of views that carry a comment or a default.
-- The position is information, no property. Server 14 and newer (attcompression).
select pg_catalog.format('%I.%I', n.nspname, c.relname) as parent,
  pg_catalog.quote_ident(a.attname) as name,
  a.attnum::text as position,
  case when c.relkind in ('r', 'p') then pg_catalog.format_type(a.atttypid, a.atttypmod) end as type,
  case when c.relkind in ('r', 'p') and a.attcollation <> t.typcollation
    then a.attcollation::pg_catalog.regcollation::text end as collation,
  case when a.attnotnull then 'yes' end as not_null,
  case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as "default",
  case a.attgenerated
    when 's' then 'stored: ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
    when 'v' then 'virtual: ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as generated,
  case a.attidentity when 'a' then 'always' when 'd' then 'by default' end
    || (select pg_catalog.format(' (start %s increment %s minimum %s maximum %s cache %s%s)',
          s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, case when s.seqcycle then ' cycle' end)
        from pg_catalog.pg_depend i
        join pg_catalog.pg_sequence s on s.seqrelid = i.objid
        where i.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
          and i.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          and i.refobjid = c.oid and i.refobjsubid = a.attnum and i.deptype = 'i') as identity,
  case when c.relkind in ('r', 'p') and a.attstorage <> t.typstorage
    then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' when 'x' then 'extended' end
    end as storage,
  case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end as compression,
  case when a.attstattarget >= 0 then a.attstattarget::text end as statistics_target,
  pg_catalog.array_to_string(a.attoptions, ', ') as options,
  pg_catalog.col_description(c.oid, a.attnum) as comment
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attnum > 0 and not a.attisdropped and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and (c.relkind in ('r', 'p')
    or (c.relkind in ('v', 'm') and (d.oid is not null or pg_catalog.col_description(c.oid, a.attnum) is not null)))
  and not exists (
    select 1 from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objid = c.oid and e.deptype = 'e')
