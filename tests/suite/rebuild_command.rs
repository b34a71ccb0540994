//! `migrate rebuild`, and `migrate baseline --from-db` and `--generate`.

use serde_json::json;

use super::support::{Production, Project, json_of};

fn project() -> Project {
    Project::new()
        .file("db/migrations/001_a.up.sql", "create table a (i int);\n")
        .file("db/migrations/002_b.up.sql", "create table b (i int);\n")
        .file("db/schema/a.sql", "create table a (i int);\n")
        .file("db/schema/b.sql", "create table b (i int);\n")
        .file("db/seeds/common/1.sql", "insert into a values (1);\n")
}

const RELATIONS: &str =
    "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1";
const ROWS: &str = "select version, slug like '%\\_rebuild' from tb_confiture order by version";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_dropped_and_built_anew_with_its_whole_ledger() {
    let project = project();
    let production = Production::start().await;
    production.database("app", "create role keeper; alter database app owner to keeper").await;
    let url = production.url("app");
    project.migrate("up", &url).with(&["--target", "001"]).ends_with(0);
    production.sql("app", "create table by_hand (i int); insert into a values (7)").await;
    let rebuild = || project.migrate("rebuild", &url);
    rebuild().ends_with(2).says(&["this drops", "with 3 tables", "--dry-run", "--yes"]);
    let dry = json_of(rebuild().with(&["--dry-run", "--seed"]), 0);
    let seen = (&dry["tables_dropped"], &dry["files_processed"], &dry["seeds_applied"]);
    assert_eq!(seen, (&json!(3), &json!(3), &json!(1)));
    assert_eq!((&dry["marked"], &dry["previous"][0]["version"]), (&json!(["001", "002"]), &json!("001")));
    assert_eq!(production.rows("app", "select i from a").await, ["7"]);
    let done = json_of(rebuild().with(&["--yes", "--seed"]), 0);
    assert_eq!((&done["success"], &done["dry_run"]), (&json!(true), &json!(false)));
    assert_eq!(production.rows("app", RELATIONS).await, ["a", "b", "tb_confiture"]);
    assert_eq!(production.rows("app", ROWS).await, ["001|t", "002|t"]);
    assert_eq!(production.rows("app", "select i from a").await, ["1"]);
    let owner = "select pg_get_userbyid(datdba) from pg_database where datname = 'app'";
    assert_eq!(production.rows("postgres", owner).await, ["keeper"]);
    project.migrate("status", &url).ends_with(0);
    rebuild().with(&["--yes"]).ends_with(0).says(&["3 tables dropped, 2 files built, 2 migrations marked"]);
    assert_eq!(production.rows("app", "select count(*) from a").await, ["0"]);
    production.stop().await;
}

const DATABASES: &str = "select datname from pg_database where datname like '%confiture\\_building%'";

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_built_or_is_not_its_own_is_left_as_it_was() {
    let project = project();
    let production = Production::start().await;
    production.database("app", "").await;
    production.database("somebodys", "create table theirs (i int)").await;
    let other = project.migrate("rebuild", &production.url("somebodys")).with(&["--yes"]).ends_with(2);
    other.says(&["is not this project's: it has no ledger public.tb_confiture"]);
    let url = production.url("app");
    project.migrate("up", &url).ends_with(0);
    project.write("db/schema/c.sql", "create table c (i nothing);\n");
    let refused = project.migrate("rebuild", &url).with(&["--yes"]).ends_with(3);
    refused.says(&["type \"nothing\" does not exist", "db/schema/c.sql:1:", "not rebuilt"]);
    assert_eq!(production.rows("app", RELATIONS).await, ["a", "b", "tb_confiture"]);
    let client = production.connect("app").await;
    let lock = "select pg_advisory_lock(classid::int, objid::int) from \
        (select 1751936052 as classid, (('x' || encode(substr(sha256(convert_to('app', 'utf8')), 1, 4), 'hex'))::bit(32)::int & 2147483647) as objid) k";
    client.batch_execute(lock).await.unwrap();
    let held = project.migrate("rebuild", &url).with(&["--yes", "--lock-timeout", "50ms"]).ends_with(6);
    held.says(&["not rebuilt"]);
    assert!(production.rows("postgres", DATABASES).await.is_empty());
    drop(client);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_databases_history_is_copied_as_it_is() {
    let project = project();
    let production = Production::start().await;
    for name in ["app", "copy", "named"] {
        production.database(name, "").await;
    }
    project.migrate("up", &production.url("app")).ends_with(0);
    production.sql("app", "update tb_confiture set applied_at = '2020-02-03 04:05:06+00', applied_by = 'ada' where version = '001'").await;
    production.sql("app", "create table old_ledger as select * from tb_confiture").await;
    let copy = |database: &str| {
        project.migrate("baseline", &production.url(database)).with(&["--from-db", &production.url("app")])
    };
    let dry = json_of(copy("copy").with(&["--dry-run", "--through", "001"]), 0);
    assert_eq!(
        (&dry["mode"], &dry["copied"][0]["version"], &dry["copied_count"]),
        (&json!("from_db"), &json!("001"), &json!(1))
    );
    assert_eq!(production.rows("copy", "select to_regclass('tb_confiture') is null").await, ["t"]);
    copy("copy").with(&["--through", "001"]).ends_with(0).says(&["1 row copied from postgresql://"]);
    copy("copy").ends_with(0).says(&["✓ 002_b    copied", "1 row copied", "1 there already"]);
    let rows = "select version, slug, name, applied_at, execution_time_ms, checksum, applied_by from tb_confiture order by 1";
    assert_eq!(production.rows("copy", rows).await, production.rows("app", rows).await);
    copy("named").with(&["--source-table", "old_ledger"]).ends_with(0);
    assert_eq!(production.rows("named", rows).await, production.rows("app", rows).await);
    copy("named").with(&["--source-table", "none"]).ends_with(2).says(&["has no ledger public.none"]);
    copy("named").with(&["--through", "9"]).ends_with(2).says(&["has no migration of that version"]);
    project.migrate("baseline", &production.url("app")).ends_with(2);
    let nowhere = project.migrate("baseline", &production.url("app")).with(&["--from-db", "mysql://x/y"]);
    nowhere.ends_with(2).says(&["✗ 0 rows copied, 0 there already"]);
    production.stop().await;
}

const LIVE: &str = "create type mood as enum ('ok'); \
    create table users (id bigint generated always as identity primary key, name text not null, mood mood); \
    create index on users (name); create view names as select name from users; \
    comment on table users is 'it''s people'";

#[tokio::test(flavor = "multi_thread")]
async fn a_live_database_becomes_the_first_migration() {
    let project = Project::new();
    let production = Production::start().await;
    production.database("app", LIVE).await;
    production.database("fresh", "").await;
    let (live, fresh) = (production.url("app"), production.url("fresh"));
    let adopt = || project.migrate("baseline", &live).with(&["--generate", "initial"]);
    let dry = json_of(adopt().with(&["--dry-run"]), 0);
    assert_eq!(
        (&dry["mode"], &dry["written"]),
        (&json!("generate"), &json!(["db/migrations/001_initial.up.sql"]))
    );
    assert!(!project.path("db/migrations/001_initial.up.sql").exists());
    adopt()
        .ends_with(0)
        .says(&["001_initial    marked as applied", "db/migrations/001_initial.up.sql    written"]);
    project.migrate("status", &live).ends_with(0);
    project.migrate("up", &fresh).ends_with(0);
    project.run(&["diff", &live, &fresh]).ends_with(0);
    adopt().ends_with(2).says(&["the project has migrations already, 001_initial is the first", "--through"]);
    fs_err::remove_file(project.path("db/migrations/001_initial.up.sql")).unwrap();
    adopt().ends_with(5).says(&["the ledger has 1 row,"]);
    production.stop().await;
}
