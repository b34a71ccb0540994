//! What SQL from a pull request may do on the throwaway server, and what it may not.

use serde_json::json;

use super::support::{Project, note};

#[test]
fn what_only_a_superuser_may_do_is_refused_with_the_way_out() {
    for sql in [
        "copy (select 1) to program 'true';",
        "copy (select 1) to '/tmp/confiture-escaped';",
        "create table t as select pg_read_file('/etc/passwd');",
        "create extension dblink;",
        "create function f() returns int language c as 'libc', 'system';",
        "create extension file_fdw;",
        "alter system set fsync = on;",
        "create role boss superuser; alter role confiture_owner superuser; alter table pg_authid add column x int;",
        "set session authorization confiture_superuser;",
        "set role confiture_superuser;",
    ] {
        let report = Project::with_migration(sql).preflight().report(3);
        let code = report["failure"]["sqlstate"].as_str().unwrap();
        assert_eq!(code, "42501", "{sql}: {report:#}");
        assert!(report["failure"]["help"].as_str().unwrap().contains("--superuser"), "{sql}");
        assert_eq!(report["verdict"], "failed");
    }
}

#[test]
fn trusted_extensions_work_and_are_compared() {
    let project = Project::with_migration(
        "create extension pgcrypto;\ncreate extension citext;\ncreate table t (c citext);",
    )
    .file(
        "db/schema/t.sql",
        "create extension citext; create extension pgcrypto; create table t (c citext);",
    );
    project.preflight().report(0);
    project.write("db/schema/t.sql", "create extension citext; create table t (c citext);");
    let report = project.preflight().report(7);
    assert_eq!(report["drift"]["changes"][0]["name"], "pgcrypto");
}

#[test]
fn an_extension_that_the_settings_list_is_installed_beforehand() {
    let project = Project::with_migration(
        "create extension if not exists dblink;\ncomment on extension dblink is 'x';",
    )
    .file("db/environments/local.yaml", "preflight:\n  extensions: [dblink]\n")
    .file("db/schema/x.sql", "create extension dblink;");
    let report = project.preflight().report(0);
    assert_eq!(note(&report, "extensions_prepared")["extensions"], json!(["dblink"]));
}

#[test]
fn a_listed_extension_that_is_not_there_is_named_with_what_to_do() {
    let project = Project::with_migration("select 1;")
        .file("db/environments/local.yaml", "preflight:\n  extensions: [postgis]\n");
    project.preflight().ends_with(3).says(&["postgis", "--postgres docker:"]);
}

#[test]
fn trusted_code_may_run_as_superuser_and_that_is_noted() {
    let project =
        Project::with_migration("create extension file_fdw;\ncopy (select 1) to program 'cat >/dev/null';");
    project.preflight().report(3);
    let report = project.preflight().with(&["--superuser"]).report(0);
    note(&report, "ran_as_superuser");
    let project = project.file("db/environments/local.yaml", "preflight:\n  superuser: true\n");
    note(&project.preflight().report(0), "ran_as_superuser");
}

#[test]
fn the_server_knows_nothing_of_the_environment() {
    let sql = "create table seen (line text);\ncopy seen from program 'env';\ndo $$ begin\n\
        if not exists (select from seen where line like 'PATH=%') then raise exception 'nothing was seen'; end if;\n\
        if exists (select from seen where line like '%PLANTED%') then raise exception 'a secret was seen'; end if;\n\
        end $$;\n";
    let project = Project::with_migration(sql);
    let run = project.preflight().with(&["--superuser"]).env("PLANTED_TOKEN", "PLANTED");
    run.env("PGOPTIONS", "-c work_mem=PLANTED").env("PGUSER", "PLANTED").report(0);
}

#[test]
fn roles_that_the_sql_names_are_made_without_login_and_noted() {
    let sql = "create table t (i int);\n\
        create function f() returns int language sql as 'select 1';\n\
        create schema s authorization schema_owner;\n\
        alter table t owner to table_owner;\n\
        alter function f() owner to \"Function Owner\";\n\
        grant select on t to grantee, public;\n\
        alter table t enable row level security;\n\
        create policy p on t to policy_role using (true);\n\
        alter default privileges for role table_owner grant select on tables to by_default;\n\
        do $$ begin if exists (select from pg_roles where rolname in ('grantee', 'table_owner') and rolcanlogin) \
          then raise exception 'may log in'; end if; end $$;";
    let project = Project::with_migration(sql).file("db/schema/all.sql", sql);
    let report = project.preflight().report(0);
    let roles = ["Function Owner", "by_default", "grantee", "policy_role", "schema_owner", "table_owner"];
    assert_eq!(note(&report, "roles_created")["roles"], json!(roles));
}

#[test]
fn roles_that_both_sides_make_are_in_nobodys_way() {
    let sql = "create role reader nologin;\nalter role reader set work_mem = '8MB';\ncreate table t (i int);\n\
        grant select on t to reader;\n";
    let project = Project::with_migration(sql).file("db/schema/t.sql", sql);
    project.preflight().report(0);
    let dynamic =
        "do $$ begin create role reader2; exception when others then null; end $$;\ncreate table t (i int);";
    let project = Project::with_migration(dynamic).file("db/schema/t.sql", dynamic);
    project.preflight().report(0);
}

#[test]
fn an_enum_value_cannot_be_used_where_it_is_added() {
    let project =
        Project::new().file("db/migrations/001_a.up.sql", "create type mood as enum ('sad');").file(
            "db/migrations/002_b.up.sql",
            "alter type mood add value 'ok';\ncreate table t (m mood default 'ok');",
        );
    let report = project.preflight().report(3);
    assert_eq!((&report["failure"]["sqlstate"], &report["failure"]["line"]), (&json!("55P04"), &json!(2)));
    assert!(report["failure"]["help"].as_str().unwrap().contains("two migrations"));
}

#[test]
fn a_statement_that_takes_too_long_is_cancelled() {
    let project = Project::with_migration("select pg_sleep(600);")
        .file("db/environments/local.yaml", "preflight:\n  statement_timeout: 100ms\n");
    let report = project.preflight().report(3);
    assert_eq!(report["failure"]["sqlstate"], "57014");
    assert!(report["failure"]["help"].as_str().unwrap().contains("preflight.statement_timeout"));
    project.write("db/environments/local.yaml", "preflight:\n  statement_timeout: soon\n");
    project.preflight().ends_with(2).says(&["preflight.statement_timeout", "soon"]);
}

#[test]
fn objects_can_be_given_to_a_role_in_any_schema_that_a_migration_makes() {
    let sql = "create schema app; create table app.t (a int); alter table app.t owner to app_owner; \
               create schema theirs authorization app_owner; create table theirs.u (a int);";
    let report = Project::with_migration(sql).file("db/schema/all.sql", sql).preflight().report(0);
    assert_eq!(note(&report, "roles_created")["roles"], json!(["app_owner"]));
    let owned = json!([{ "kind": "objects with an owner of their own", "count": 2 }]);
    assert_eq!(report["drift"]["not_compared"], owned, "what we grant ourselves is not the project's");
}
