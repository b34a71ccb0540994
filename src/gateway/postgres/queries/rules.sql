-- Rewrite rules of tables and views; the rule that a view consists of is the view. Server 12 and newer.
-- Where any: pg_rewrite
select r.oid,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as parent,
  pg_catalog.quote_ident(r.rulename) as name,
  pg_catalog.pg_get_ruledef(r.oid) as definition,
  case r.ev_enabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end as enabled
from pg_catalog.pg_rewrite r
join pg_catalog.pg_class c on c.oid = r.ev_class
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where r.ev_type <> '1' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
