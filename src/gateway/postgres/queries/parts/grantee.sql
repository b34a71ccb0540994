case when e.grantee = 0 then 'public' when e.grantee = t.owner then '(owner)'
      when e.grantee = b.owner then 'current_user' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) end
      || case when e.grantor = t.owner then '' when e.grantor = b.owner then ' by current_user'
        else ' by ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantor)) end
