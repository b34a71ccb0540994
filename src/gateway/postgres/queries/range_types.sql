-- Range types. The multirange type and the constructors come with them. Server 12 and newer.
-- Where any: pg_type r
select t.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, t.typname) as name,
  pg_catalog.format_type(r.rngsubtype, null) as subtype,
  case when not oc.opcdefault then pg_catalog.format('%I.%I', ocn.nspname, oc.opcname) end as subtype_operator_class,
  case when r.rngcollation <> s.typcollation then r.rngcollation::pg_catalog.regcollation::text end as collation,
  nullif(r.rngcanonical::pg_catalog.oid, 0)::pg_catalog.regproc::text as canonical,
  nullif(r.rngsubdiff::pg_catalog.oid, 0)::pg_catalog.regproc::text as subtype_diff,
  pg_catalog.quote_ident(mn.nspname) || '.' || pg_catalog.quote_ident(m.typname) as multirange -- since 14
  null as multirange -- before 14
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
join pg_catalog.pg_range r on r.rngtypid = t.oid
join pg_catalog.pg_type s on s.oid = r.rngsubtype
join pg_catalog.pg_opclass oc on oc.oid = r.rngsubopc
join pg_catalog.pg_namespace ocn on ocn.oid = oc.opcnamespace
left join pg_catalog.pg_type m on m.oid = r.rngmultitypid -- since 14
left join pg_catalog.pg_namespace mn on mn.oid = m.typnamespace -- since 14
where t.typtype = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
