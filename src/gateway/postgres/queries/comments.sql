-- Comments on everything: catalog, oid, column number (0 for the whole), text, of an identity column that of its
-- sequence, and of a column or a domain that of its NOT NULL. The schema public has none told when it is the usual one,
-- and '' when there is none. Server 12 and newer.
select k.relname as class, d.objoid as oid, d.objsubid as subid, d.description as comment,
  null as sequence_comment, null as not_null_comment
from pg_catalog.pg_description d
join pg_catalog.pg_class k on k.oid = d.classoid
left join pg_catalog.pg_namespace n
  on n.oid = d.objoid and d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and n.nspname = 'public'
where d.objoid >= 16384 and n.oid is null
union all
select 'pg_namespace', n.oid, 0, coalesce(d.description, ''), null, null
from pg_catalog.pg_namespace n
left join pg_catalog.pg_description d on d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.objoid = n.oid
where n.nspname = 'public' and d.description is distinct from 'standard public schema'
union all
select 'pg_class', i.refobjid, i.refobjsubid, null, d.description, null
from pg_catalog.pg_description d
join pg_catalog.pg_depend i on i.classid = d.classoid and i.objid = d.objoid and i.deptype = 'i'
  and i.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.refobjsubid > 0
where d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
union all
select case o.contypid when 0 then 'pg_class' else 'pg_type' end, case o.contypid when 0 then o.conrelid else o.contypid end,
  case o.contypid when 0 then o.conkey[1] else 0 end, null, null, d.description
from pg_catalog.pg_description d
join pg_catalog.pg_constraint o on o.oid = d.objoid and o.contype = 'n'
left join pg_catalog.pg_class c on c.oid = o.conrelid
where d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and (c.oid is null or o.conislocal or c.relispartition)
