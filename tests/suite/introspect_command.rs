//! `introspect`.

use serde_json::{Value, json};

use super::support::{Production, Project};

const THERE: &str = "
    create schema \"Other\"; create table \"Other\".t (a int, b int, primary key (a, b));
    create table tb_users (pk_user bigint generated always as identity primary key, id uuid not null unique,
      name varchar(50) default 'x', lower_name text generated always as (lower(name)) stored);
    comment on column tb_users.name is 'of a person'; comment on table tb_users is 'people';
    create index users_by_name on tb_users (name);
    create table \"Order\" (fk_user bigint references tb_users, a int, b int, foreign key (a, b) references \"Other\".t);
    create table tb_confiture (version text);
    insert into tb_users (id) select gen_random_uuid() from generate_series(1, 30); analyze tb_users";

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_told_with_columns_keys_and_sizes() {
    let production = Production::start().await;
    production.database("app", THERE).await;
    let url = production.url("app");
    // No project is needed.
    let bare = Project::bare();
    let introspect = || bare.run(&["introspect", "--db", &url]);
    let answer = introspect().with(&["--format", "json"]).ends_with(0).json();
    let tables = answer["tables"].as_array().unwrap();
    let names: Vec<&Value> = tables.iter().map(|table| &table["name"]).collect();
    assert_eq!(names, ["Order", "tb_users"]);
    let (order, users) = (&tables[0], &tables[1]);
    assert_eq!(
        users["columns"][0],
        json!({
            "name": "pk_user", "pg_type": "bigint", "nullable": false, "is_primary_key": true, "default": null,
            "generated": users["columns"][0]["generated"], "comment": null
        })
    );
    assert_eq!(
        (&users["columns"][2]["pg_type"], &users["columns"][2]["comment"]),
        (&json!("character varying(50)"), &json!("of a person"))
    );
    assert_eq!(users["columns"][3]["generated"], "stored: lower((name)::text)");
    assert_eq!(
        (&users["hints"]["surrogate_pk"], &users["hints"]["natural_id"]),
        (&json!("pk_user"), &json!("id"))
    );
    assert_eq!((&users["size"]["rows"], &users["comment"]), (&json!(30), &json!("people")));
    assert_eq!(users["indexes"][0]["name"], "users_by_name");
    assert_eq!(users["constraints"].as_array().unwrap().len(), 2);
    let key = |from: Value, to: Value, via: &str, on: &str| json!({"from_table": from, "to_table": to, "via_column": via, "on_column": on});
    assert_eq!(users["inbound_fks"], json!([key(json!("Order"), Value::Null, "fk_user", "pk_user")]));
    let outbound = json!([
        key(Value::Null, json!("Other.t"), "a", "a"),
        key(Value::Null, json!("Other.t"), "b", "b"),
        key(Value::Null, json!("tb_users"), "fk_user", "pk_user"),
    ]);
    assert_eq!((&order["outbound_fks"], &order["hints"]), (&outbound, &Value::Null));
    introspect().ends_with(0).says(&[
        "tb_users    30 rows, ",
        "    name        character varying(50)  default 'x'::character varying, -- of a person",
        "    ← Order.fk_user points at pk_user",
        "2 tables in public",
    ]);
    let other =
        introspect().with(&["--schema", "Other", "--no-hints", "--format", "json"]).ends_with(0).json();
    assert_eq!(other["tables"][0]["inbound_fks"][0]["from_table"], "public.Order");
    introspect().with(&["--schema", "nope"]).ends_with(2).says(&["the database has no schema nope"]);
    bare.run(&["introspect"]).ends_with(2).says(&["no database is named"]);
    bare.run(&["introspect"]).env("DATABASE_URL", &url).ends_with(0);
    production.stop().await;
}
