-- Base types with the clauses of their definition, and types that are only declared. Server 12 and newer.
-- Where any: pg_type b, pg_type p
select t.oid,
  '' as parent,
  pg_catalog.format('%I.%I', n.nspname, t.typname) as name,
  case when not t.typisdefined then 'yes' end as only_declared,
  t.typinput::pg_catalog.regproc::text as input,
  t.typoutput::pg_catalog.regproc::text as output,
  nullif(t.typreceive::pg_catalog.oid, 0)::pg_catalog.regproc::text as receive,
  nullif(t.typsend::pg_catalog.oid, 0)::pg_catalog.regproc::text as send,
  nullif(t.typmodin::pg_catalog.oid, 0)::pg_catalog.regproc::text as typmod_in,
  nullif(t.typmodout::pg_catalog.oid, 0)::pg_catalog.regproc::text as typmod_out,
  nullif(t.typanalyze::pg_catalog.oid, 0)::pg_catalog.regproc::text as analyze,
  nullif(t.typsubscript::pg_catalog.oid, 0)::pg_catalog.regproc::text as subscript, -- since 14
  case t.typstorage when 'p' then 'plain' when 'e' then 'external' when 'x' then 'extended' else 'main' end as storage,
  pg_catalog.concat_ws(', ',
    'internallength = ' || case when t.typlen < 0 then 'variable' else t.typlen::text end,
    case when t.typbyval then 'passedbyvalue' end,
    'alignment = ' || case t.typalign when 'c' then 'char' when 's' then 'int2' when 'i' then 'int4' else 'double' end,
    'category = ' || pg_catalog.quote_literal(t.typcategory::text),
    case when t.typispreferred then 'preferred = true' end,
    'default = ' || pg_catalog.quote_literal(t.typdefault),
    'element = ' || case when t.typelem <> 0 then pg_catalog.format_type(t.typelem, null) end,
    'delimiter = ' || pg_catalog.quote_literal(t.typdelim::text),
    case when t.typcollation <> 0 then 'collatable = true' end) as definition
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
where (t.typtype = 'b' or (t.typtype = 'p' and not t.typisdefined))
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  -- The array type of another one comes with that.
  and not exists (select 1 from pg_catalog.pg_type e where e.typarray = t.oid)
