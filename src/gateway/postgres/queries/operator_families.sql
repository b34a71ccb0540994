-- Operator families with the members that belong to no class. Server 12 and newer.
-- Where any: pg_opfamily
select f.oid,
  '' as parent,
  pg_catalog.format('%I.%I using %I', n.nspname, f.opfname, m.amname) as name,
  (select pg_catalog.string_agg(p.member, ', ' order by p.member collate pg_catalog."C")
   from (
     select pg_catalog.format('operator %s %I.%s (%s, %s)', o.amopstrategy, rn.nspname, r.oprname,
         pg_catalog.format_type(o.amoplefttype, null), pg_catalog.format_type(o.amoprighttype, null))
         || coalesce(' for order by ' || pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(s.opfname), '') as member
     from pg_catalog.pg_amop o
     join pg_catalog.pg_operator r on r.oid = o.amopopr
     join pg_catalog.pg_namespace rn on rn.oid = r.oprnamespace
     join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass and d.objid = o.oid
       and d.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass and d.refobjid = f.oid
     left join pg_catalog.pg_opfamily s on s.oid = o.amopsortfamily
     left join pg_catalog.pg_namespace sn on sn.oid = s.opfnamespace
     where o.amopfamily = f.oid
     union all
     select pg_catalog.format('function %s (%s, %s) %s', a.amprocnum, pg_catalog.format_type(a.amproclefttype, null),
         pg_catalog.format_type(a.amprocrighttype, null), a.amproc::pg_catalog.regprocedure)
     from pg_catalog.pg_amproc a
     join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass and d.objid = a.oid
       and d.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass and d.refobjid = f.oid
     where a.amprocfamily = f.oid) p) as members
from pg_catalog.pg_opfamily f
join pg_catalog.pg_namespace n on n.oid = f.opfnamespace
join pg_catalog.pg_am m on m.oid = f.opfmethod
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
