-- User mappings, which only a superuser can read. Of an option that looks like a secret, the hash stands for the value.
-- The database's owner is written current_user. Server 12 and newer.
-- Where any: pg_foreign_server
select u.oid,
  '' as parent,
  case when u.umuser = 0 then 'public' when u.umuser = b.datdba then 'current_user'
    else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(u.umuser)) end || ' server ' || pg_catalog.quote_ident(s.srvname) as name,
  (select pg_catalog.string_agg(pg_catalog.quote_ident(o.option_name) || ' '
     || case when o.option_name ~* '(pass|pwd|secret|token|credential|private|key)' and o.option_name !~* 'required$'
          then 'sha256 ' || pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(o.option_value, 'UTF8')), 'hex')
        else pg_catalog.quote_literal(o.option_value) end, ', ' order by o.option_name)
   from pg_catalog.pg_options_to_table(u.umoptions) o) as options
from pg_catalog.pg_user_mapping u -- for superusers
from (select 0::oid as oid, 0::oid as umuser, 0::oid as umserver, null::text[] as umoptions where false) u -- for others
join pg_catalog.pg_foreign_server s on s.oid = u.umserver
cross join (select d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) b
