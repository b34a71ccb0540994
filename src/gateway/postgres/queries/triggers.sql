-- Triggers and constraint triggers as declared. Those that partitions have from their whole are listed where their
-- state is another one than there, with the state of the whole's. Server 13 and newer (tgparentid).
-- Where any: pg_trigger
select g.oid,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as parent,
  pg_catalog.quote_ident(g.tgname) as name,
  case when g.tgparentid = 0 then pg_catalog.pg_get_triggerdef(g.oid) end as definition,
  case g.tgenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end as enabled,
  case p.tgenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' when 'O' then 'origin'
    end as enabled_of_whole,
  case when g.tgconstraint <> 0 then pg_catalog.obj_description(g.tgconstraint, 'pg_constraint') end as constraint_comment
from pg_catalog.pg_trigger g
join pg_catalog.pg_class c on c.oid = g.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_trigger p on p.oid = g.tgparentid
where not g.tgisinternal and (g.tgparentid = 0 or g.tgenabled <> p.tgenabled)
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
