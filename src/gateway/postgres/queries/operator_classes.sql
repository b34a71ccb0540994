-- Operator classes with their members. Server 12 and newer.
-- Where any: pg_opclass
select c.oid,
  '' as parent,
  pg_catalog.format('%I.%I using %I', n.nspname, c.opcname, m.amname) as name,
  case when c.opcdefault then 'yes' end as "default",
  pg_catalog.format_type(c.opcintype, null) as type,
  pg_catalog.format('%I.%I', fn.nspname, f.opfname) as family,
  case when c.opckeytype <> 0 then pg_catalog.format_type(c.opckeytype, null) end as storage,
  (select pg_catalog.string_agg(p.member, ', ' order by p.member collate pg_catalog."C")
   from (
     select pg_catalog.format('operator %s %I.%s (%s, %s)', o.amopstrategy, rn.nspname, r.oprname,
         pg_catalog.format_type(o.amoplefttype, null), pg_catalog.format_type(o.amoprighttype, null))
         || coalesce(' for order by ' || pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(s.opfname), '') as member
     from pg_catalog.pg_amop o
     join pg_catalog.pg_operator r on r.oid = o.amopopr
     join pg_catalog.pg_namespace rn on rn.oid = r.oprnamespace
     join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass and d.objid = o.oid
       and d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass and d.refobjid = c.oid
     left join pg_catalog.pg_opfamily s on s.oid = o.amopsortfamily
     left join pg_catalog.pg_namespace sn on sn.oid = s.opfnamespace
     union all
     select pg_catalog.format('function %s (%s, %s) %s', a.amprocnum, pg_catalog.format_type(a.amproclefttype, null),
         pg_catalog.format_type(a.amprocrighttype, null), a.amproc::pg_catalog.regprocedure)
     from pg_catalog.pg_amproc a
     join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass and d.objid = a.oid
       and d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass and d.refobjid = c.oid) p) as members
from pg_catalog.pg_opclass c
join pg_catalog.pg_namespace n on n.oid = c.opcnamespace
join pg_catalog.pg_am m on m.oid = c.opcmethod
join pg_catalog.pg_opfamily f on f.oid = c.opcfamily
join pg_catalog.pg_namespace fn on fn.oid = f.opfnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
