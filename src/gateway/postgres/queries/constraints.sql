-- Primary key, unique, foreign key, check and exclusion constraints of tables and domains, each where it was
-- declared: not what partitions and children inherit. NOT NULL is a property of the column. Server 12 and newer.
select case when c.oid is not null then pg_catalog.format('%I.%I', tn.nspname, c.relname)
    else pg_catalog.format('%I.%I', dn.nspname, t.typname) end as parent,
  pg_catalog.quote_ident(o.conname) as name,
  pg_catalog.pg_get_constraintdef(o.oid) as definition,
  pg_catalog.obj_description(o.oid, 'pg_constraint') as comment
from pg_catalog.pg_constraint o
join pg_catalog.pg_namespace n on n.oid = o.connamespace
left join pg_catalog.pg_class c on c.oid = o.conrelid
left join pg_catalog.pg_namespace tn on tn.oid = c.relnamespace
left join pg_catalog.pg_type t on t.oid = o.contypid
left join pg_catalog.pg_namespace dn on dn.oid = t.typnamespace
where o.contype in ('p', 'u', 'f', 'c', 'x') and o.conparentid = 0 and o.conislocal
  and (c.oid is null or c.relkind in ('r', 'p')) and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
    select 1 from pg_catalog.pg_depend e
    where e.deptype = 'e'
      and ((e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and e.objid = o.conrelid)
        or (e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and e.objid = o.contypid)))
