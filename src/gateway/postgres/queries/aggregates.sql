-- Aggregates of every sort, with the clauses of their definition in the manual's order. Server 12 and newer.
-- Where any: pg_proc a
select p.oid,
  '' as parent,
  pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) as name,
  case a.aggkind when 'n' then 'normal' when 'o' then 'ordered-set' else 'hypothetical-set' end as kind,
  a.aggnumdirectargs as direct_arguments,
  coalesce(nullif(pg_catalog.pg_get_function_arguments(p.oid), ''), '*') as arguments,
  pg_catalog.format_type(p.prorettype, null) as result,
  pg_catalog.concat_ws(', ',
    'sfunc = ' || a.aggtransfn::pg_catalog.regproc::text,
    'stype = ' || pg_catalog.format_type(a.aggtranstype, null),
    'sspace = ' || nullif(a.aggtransspace, 0),
    'finalfunc = ' || nullif(a.aggfinalfn, 0)::pg_catalog.regproc::text,
    case when a.aggfinalextra then 'finalfunc_extra' end,
    case when a.aggfinalmodify <> u.modify then 'finalfunc_modify = ' || m.word end,
    'combinefunc = ' || nullif(a.aggcombinefn, 0)::pg_catalog.regproc::text,
    'serialfunc = ' || nullif(a.aggserialfn, 0)::pg_catalog.regproc::text,
    'deserialfunc = ' || nullif(a.aggdeserialfn, 0)::pg_catalog.regproc::text,
    'initcond = ' || pg_catalog.quote_literal(a.agginitval),
    'msfunc = ' || nullif(a.aggmtransfn, 0)::pg_catalog.regproc::text,
    'minvfunc = ' || nullif(a.aggminvtransfn, 0)::pg_catalog.regproc::text,
    'mstype = ' || case when a.aggmtranstype <> 0 then pg_catalog.format_type(a.aggmtranstype, null) end,
    'msspace = ' || nullif(a.aggmtransspace, 0),
    'mfinalfunc = ' || nullif(a.aggmfinalfn, 0)::pg_catalog.regproc::text,
    case when a.aggmfinalextra then 'mfinalfunc_extra' end,
    case when a.aggmtransfn <> 0 and a.aggmfinalmodify <> u.modify then 'mfinalfunc_modify = ' || mm.word end,
    'minitcond = ' || pg_catalog.quote_literal(a.aggminitval),
    'sortop = operator(' || pg_catalog.quote_ident(o.nspname) || '.' || o.oprname || ')',
    case p.proparallel when 's' then 'parallel = safe' when 'r' then 'parallel = restricted' end,
    case when a.aggkind = 'h' then 'hypothetical' end) as definition
from pg_catalog.pg_aggregate a
join pg_catalog.pg_proc p on p.oid = a.aggfnoid
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
cross join lateral (select (case a.aggkind when 'n' then 'r' else 'w' end)::"char" as modify) u
join (values ('r'::"char", 'read_only'), ('s', 'shareable'), ('w', 'read_write')) m(modify, word)
  on m.modify = a.aggfinalmodify
join (values ('r'::"char", 'read_only'), ('s', 'shareable'), ('w', 'read_write')) mm(modify, word)
  on mm.modify = a.aggmfinalmodify
left join (
  select s.oid, s.oprname, sn.nspname
  from pg_catalog.pg_operator s join pg_catalog.pg_namespace sn on sn.oid = s.oprnamespace) o
  on o.oid = a.aggsortop
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
