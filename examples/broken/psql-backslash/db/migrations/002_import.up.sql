-- Was run by hand so far.
\i users.sql
