-- Primary key, unique, foreign key, check and exclusion constraints of tables and domains. Of a partition
-- and of a child those that it inherits as well: it has them before it is attached, and keeps them afterwards. NOT NULL is a property of the column.
-- Server 12 and newer.
select o.oid,
  case when c.oid is not null then pg_catalog.format('%I.%I', tn.nspname, c.relname)
    else pg_catalog.format('%I.%I', dn.nspname, t.typname) end as parent,
  pg_catalog.quote_ident(o.conname) as name,
  pg_catalog.pg_get_constraintdef(o.oid) as definition,
  case when o.contype in ('p', 'u', 'x') then pg_catalog.quote_ident(xn.nspname) end as index_schema,
  case when not o.conislocal then 'yes' end as inherited,
  case when xp.oid is not null then pg_catalog.format('%I.%I', xn.nspname, xp.relname) end as attached_to,
  case when x.indisclustered then 'yes' end as clustered,
  case when x.indisreplident then 'yes' end as replica_identity,
  pg_catalog.quote_ident(s.spcname) as tablespace,
  case when xc.reloptions is not null then (
    select pg_catalog.string_agg(r.option, ', ' order by r.option) from pg_catalog.unnest(xc.reloptions) r(option)) end as options,
  xd.description as index_comment
from pg_catalog.pg_constraint o
join pg_catalog.pg_namespace n on n.oid = o.connamespace
left join pg_catalog.pg_class c on c.oid = o.conrelid
left join pg_catalog.pg_namespace tn on tn.oid = c.relnamespace
left join pg_catalog.pg_type t on t.oid = o.contypid
left join pg_catalog.pg_namespace dn on dn.oid = t.typnamespace
left join pg_catalog.pg_class xc on xc.oid = o.conindid and o.contype in ('p', 'u', 'x')
left join pg_catalog.pg_namespace xn on xn.oid = xc.relnamespace
left join pg_catalog.pg_index x on x.indexrelid = xc.oid
left join pg_catalog.pg_inherits xi on xi.inhrelid = xc.oid
left join pg_catalog.pg_class xp on xp.oid = xi.inhparent
left join pg_catalog.pg_tablespace s on s.oid = xc.reltablespace
left join pg_catalog.pg_description xd
  on xd.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and xd.objoid = xc.oid and xd.objsubid = 0
where (o.contype in ('p', 'u', 'x') or (o.contype = 'f' and o.conparentid = 0 and o.conislocal)
    or o.contype = 'c')
  and (c.oid is null or c.relkind in ('r', 'p', 'f')) and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
