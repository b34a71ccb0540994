//! `migrate estimate`.

use serde_json::{Value, json};

use super::support::{Production, Project};

const THERE: &str = "create table users (id int, name varchar(9)); \
    insert into users select i, 'n' from generate_series(1, 5000) i; analyze users; \
    create schema s; create table s.\"Parts\" (i int) partition by list (i); \
    create table s.one partition of s.\"Parts\" for values in (1); \
    insert into s.\"Parts\" select 1 from generate_series(1, 700); analyze s.\"Parts\"";

#[tokio::test(flavor = "multi_thread")]
async fn locks_work_and_sizes_of_what_is_pending_are_said_and_nothing_is_done() {
    let project = Project::new().file("db/migrations/001_a.up.sql", "create table a (i int);\n").file(
        "db/migrations/002_b.up.sql",
        "alter table users alter name type text;\ncreate table b (i int);\nalter table b add j int;\n\
             create index on s.\"Parts\" (i);\n",
    );
    let production = Production::start().await;
    production.database("app", THERE).await;
    let estimate = || project.migrate("estimate", &production.url("app"));
    let answer = estimate().with(&["--format", "json"]).ends_with(0).json();
    let statements = &answer["migrations"][1]["statements"];
    let users = &statements[0]["tables"][0];
    let seen = (&users["table"], &users["lock"], &users["work"], &users["perhaps"], &users["size"]["rows"]);
    assert_eq!(
        seen,
        (&json!("public.users"), &json!("access_exclusive"), &json!("rewrite"), &json!(true), &json!(5000))
    );
    assert_eq!((&users["blocks"], &statements[0]["line"]), (&json!("reads and writes"), &json!(1)));
    let new = &statements[2]["tables"][0];
    assert_eq!((&new["table"], &new["size"], &new["blocks"]), (&json!("b"), &Value::Null, &Value::Null));
    let parts = &statements[3]["tables"][0];
    assert_eq!((&parts["table"], &parts["size"]["rows"]), (&json!("s.\"Parts\""), &json!(700)));
    assert!(parts["size"]["table_bytes"].as_u64().unwrap() > 8192);
    let span = |value: &Value| (value["low"].as_f64().unwrap(), value["high"].as_f64().unwrap());
    let (low, high) = span(&statements[0]["duration_ms"]);
    assert!(low < 1.0 && high > 50.0, "{low} {high}");
    assert_eq!(answer["strongest_lock"], "access_exclusive");
    assert!(!answer["assumptions"].as_array().unwrap().is_empty());
    estimate().ends_with(0).says(&[
        "ACCESS EXCLUSIVE on public.users (5000 rows, ",
        "perhaps writes every row anew; reads and writes wait",
        "ACCESS EXCLUSIVE on b (new): changes the catalog alone",
        "▸ assumed: nobody is waited for",
        "2 pending migrations: ",
    ]);
    let total = &answer["total_duration_ms"]["low"];
    assert!(total.to_string().len() < 7, "{total}");
    let said = estimate().ends_with(0).out;
    assert_eq!(said.matches("▸ assumed: nobody is waited for").count(), 1, "{said}");
    assert_eq!(production.rows("app", "select to_regclass('tb_confiture') is null").await, ["t"]);
    project.migrate("up", &production.url("app")).ends_with(0);
    estimate().ends_with(0).says(&["no migration is pending"]);
    production.stop().await;
}
