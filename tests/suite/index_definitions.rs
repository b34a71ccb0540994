//! What is said of an index is what the server itself says, also where it is put together here.

use std::collections::BTreeMap;

use super::support::{MAJOR, Production, Project, binaries_of};

const NEWER: [u32; 3] = [16, 17, 18];

/// Indexes of all kinds that a definition could be put together wrongly for.
const INDEXES: &str = r#"
create schema "Odd ""one";
create domain positive as int check (value > 0);
create type mood as enum ('sad', 'ok');
create table t (a int, "B c" text, v varchar(20), p char(3), d positive, m mood, l int[], r int4range, n numeric,
  s text collate "C", j jsonb, u uuid);
create table "Odd ""one"."T t" (like t);
create table whole (a int, b text) partition by list (a);
create table part partition of whole for values in (1);
create materialized view mv as select 1 as a, 'x'::text as b;
create index plain on t (a);
create unique index "Uniq ue" on t ("B c");
create unique index none_twice on t (a) nulls not distinct;
create index descending on t (a desc);
create index descending_last on t (a desc nulls last);
create index ascending_first on t (a nulls first);
create index of_varchar on t (v);
create index of_char on t (p);
create index of_domain on t (d);
create index of_enum on t (m);
create index of_array on t (l);
create index of_range on t (r);
create index of_numeric on t (n desc);
create index of_uuid on t using hash (u);
create index of_json on t using gin (j);
create index of_json_paths on t using gin (j jsonb_path_ops);
create index of_range_gist on t using gist (r);
create index brin on t using brin (a) with (pages_per_range = 4);
create index pattern on t ("B c" text_pattern_ops);
create index varchar_pattern on t (v varchar_pattern_ops);
create index varchar_own on t (v varchar_ops);
create index own_collation on t (s);
create index other_collation on t (s collate "POSIX");
create index collated on t ("B c" collate "C");
create index with_options on t (a) with (fillfactor = 70, deduplicate_items = off);
create index with_more on t (a) include ("B c", n);
create index of_two on t (a, "B c" desc);
create index of_expression on t ((a + 1));
create index of_function on t (lower("B c"));
create index where_true on t (a) where "B c" is not null;
create index where_case on t (a) where case when a > 1 then "B c" = 'x' else "B c" = 'y' end;
create index where_text on t (a) where "B c" = E'two\nlines';
create index where_many on t (a) where a in (1, 2) and (n > 1.5 or v like 'a%') and not (m = 'sad');
create index where_row on t (a) where row(a, n) > row(1, 2);
create index same_place on "Odd ""one"."T t" (a) where "B c" > 'q';
create index of_whole on whole (a);
create index only_whole on only whole (b);
create index of_part on part (b);
alter index only_whole attach partition of_part;
create index of_view on mv (a);
create operator class own_ints for type int using btree as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int, int);
create index by_own on t (a own_ints);
alter table t rename "B c" to renamed;
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_told_as_the_server_tells_it_on_every_major_version() {
    for major in [MAJOR].into_iter().chain(NEWER) {
        let production = match major {
            MAJOR => Production::start().await,
            newer => Production::of_major(newer, &[binaries_of(newer)]).await,
        };
        production.database("app", INDEXES).await;
        let project = Project::bare();
        let ours = definitions(&project, &production.url("app"));
        let client = production.connect("app").await;
        client.batch_execute("set search_path = pg_catalog").await.unwrap();
        let rows = client
            .query(
                "select quote_ident(c.relname), regexp_replace(pg_get_indexdef(c.oid), ' WITH \\([^)]*\\)', '') \
                 from pg_class c where c.relkind in ('i', 'I') and c.oid >= 16384 \
                   and c.relnamespace::regnamespace::text !~ '^pg_'",
                &[],
            )
            .await
            .unwrap();
        let theirs: BTreeMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert!(theirs.len() > 40);
        assert_eq!(ours, theirs, "PostgreSQL {major}");
        production.stop().await;
    }
}

/// The definitions of all indexes, by name.
fn definitions(project: &Project, url: &str) -> BTreeMap<String, String> {
    let dump = project.run(&["schema", "dump", url, "--format", "json"]).ends_with(0).json();
    let objects = dump["objects"].as_array().unwrap().iter().filter(|object| object["kind"] == "index");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    objects.map(|object| (text(&object["name"]), text(&object["properties"]["definition"]))).collect()
}
