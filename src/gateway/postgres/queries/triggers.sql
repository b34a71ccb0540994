-- Triggers and constraint triggers as declared, without those that partitions inherit. Server 13 and newer (tgparentid).
select g.oid,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as parent,
  pg_catalog.quote_ident(g.tgname) as name,
  pg_catalog.pg_get_triggerdef(g.oid) as definition,
  case g.tgenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end as enabled
from pg_catalog.pg_trigger g
join pg_catalog.pg_class c on c.oid = g.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where not g.tgisinternal and g.tgparentid = 0 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
