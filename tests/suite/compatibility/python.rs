//! Migrations in Python, of which one tool applies a half and the other the rest.

use super::{Bench, Original, Ours};

/// What `confiture migrate generate` and `diff --generate` of the original write, and what people make of it.
const FILES: [(&str, &str); 4] = [
    (
        "001_a.py",
        "\"\"\"Migration: a\n\nVersion: 001\n\"\"\"\n\nfrom confiture.models.migration import Migration\n\n\nclass A(Migration):\n    \
         \"\"\"Migration: a.\"\"\"\n\n    version = \"001\"\n    name = \"a\"\n\n    def up(self) -> None:\n        \
         \"\"\"Apply migration.\"\"\"\n        self.execute(\"CREATE TABLE a (i int primary key)\")\n\n    \
         def down(self) -> None:\n        \"\"\"Rollback migration.\"\"\"\n        self.execute(\"DROP TABLE a\")\n",
    ),
    (
        "002_b.py",
        "from psycopg import sql\n\nfrom confiture.core.preconditions import TableExists\nfrom confiture.models.migration import Migration\n\n\n\
         class B(Migration):\n    version = \"002\"\n    name = \"b\"\n    up_preconditions = [TableExists(\"a\")]\n\n    \
         def up(self) -> None:\n        for name in (\"b1\", \"b2\"):\n            \
         self.execute(sql.SQL(\"create table {} (i int)\").format(sql.Identifier(name)))\n        \
         with self.connection.cursor() as cursor:\n            cursor.execute(\"insert into a values (%s), (%s)\", (1, 2))\n            \
         cursor.execute(\"select count(*) from a\")\n            count = cursor.fetchone()[0]\n        \
         self.execute(\"insert into b1 values (%s)\", (count,))\n\n    \
         def down(self) -> None:\n        self.execute(\"drop table b1; drop table b2\")\n        self.execute(\"delete from a\")\n",
    ),
    (
        "003_c.py",
        "from confiture.models.migration import SQLMigration\n\n\nclass C(SQLMigration):\n    version = \"003\"\n    name = \"c\"\n    \
         transactional = False\n    up_sql = \"create index concurrently c on a (i)\"\n    \
         down_sql = \"drop index concurrently c\"\n",
    ),
    (
        "004_d.py",
        "from confiture.models.migration import Migration\n\n\nclass D(Migration):\n    version = \"004\"\n    name = \"d\"\n\n    \
         def up(self) -> None:\n        self.execute_file(\"db/sql/d.sql\")\n\n    def down(self) -> None:\n        \
         self.execute(\"drop table d\")\n",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn python_migrations_go_on_where_the_other_tool_stopped_and_back() {
    let bench = Bench::start().await;
    for (name, text) in FILES {
        let stem = name.trim_end_matches(".py");
        for ending in [".up.sql", ".down.sql"] {
            fs_err::remove_file(bench.project.path(&format!("db/migrations/{stem}{ending}"))).unwrap();
        }
        bench.project.write(&format!("db/migrations/{name}"), text);
    }
    bench.project.write("db/sql/d.sql", "create table d (i int);\n");
    let state = "select concat_ws(' ', (select string_agg(tablename, ',' order by tablename) from pg_tables
            where schemaname = 'public' and tablename ~ '^[a-d][0-9]?$'), to_regclass('c') is not null,
        (select string_agg(concat_ws(':', version, name, checksum), ',' order by version) from tb_confiture))";
    let mut states = Vec::new();
    for (database, tools) in [
        ("python_original", [Original, Original]),
        ("python_first", [Original, Ours]),
        ("python_last", [Ours, Original]),
    ] {
        bench.database(database).await;
        let mut seen = Vec::new();
        for (tool, command) in [
            (tools[0], "migrate up --target 002"),
            (tools[1], "migrate up"),
            (tools[0], "migrate down --steps 2"),
            (tools[1], "migrate down --steps 1"),
            (tools[0], "migrate up"),
        ] {
            let ended = bench.run(tool, database, command);
            assert_eq!(ended.code, 0, "{database} {tool:?} {command}: {}{}", ended.out, ended.err);
            seen.push(bench.production.rows(database, state).await);
        }
        let verified = bench.run(tools[1], database, "migrate status");
        assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
        states.push(seen);
    }
    bench.production.stop().await;
    assert_eq!(states[0], states[1]);
    assert_eq!(states[0], states[2]);
    assert!(states[0][1][0].starts_with("a,b1,b2,d t 001:a:"), "{:?}", states[0]);
}

/// What takes long, in parts, and rows by `COPY`.
const LONG: [(&str, &str); 2] = [
    (
        "001_a.py",
        r#"from confiture.core.large_tables import BatchConfig, BatchedMigration
from confiture.models.migration import Migration


class A(Migration):
    version = "001"
    name = "a"
    transactional = False

    def up(self) -> None:
        cursor = self.connection.cursor()
        cursor.execute("create table a (i int primary key, s text)")
        cursor.execute("create table told (t text)")
        cursor.execute("insert into a select i, 'x' || i from generate_series(1, 2500) i")
        told = []
        config = BatchConfig(batch_size=1000, sleep_between_batches=0, progress_callback=lambda *done: told.append(done))
        batched = BatchedMigration(self.connection, config)
        first = batched.add_column_with_default("a", "state", "text", "'new'")
        second = batched.backfill_column("public.a", "s", "upper(s)", "i % 2 = 0")
        third = batched.delete_in_batches("a", "i > 2000")
        cursor.execute("create table b (i int, s text, state text)")
        fourth = batched.copy_to_new_table("a", "b", transform={"s": "lower(s)"})
        empty = batched.delete_in_batches("a", "false")
        for progress in (first, second, third, fourth, empty):
            progress.elapsed_seconds = 0
            cursor.execute("insert into told values (%s)", (str(sorted(progress.to_dict().items())),))
        cursor.execute("insert into told values (%s)", (str(told),))

    def down(self) -> None:
        self.execute("drop table a; drop table b; drop table told")
"#,
    ),
    (
        "002_b.py",
        r#"from confiture.models.migration import Migration


class B(Migration):
    version = "002"
    name = "b"

    def up(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("create table c (i int, s text, at date, tags text[], ok bool)")
            with cursor.copy("COPY c (i, s, tags, ok) FROM STDIN") as copy:
                for i in range(300):
                    copy.write_row((i, "tab\t and \\N and é" if i % 3 else None, ["a", "b,c", 'q"'], i % 2 == 0))
            with cursor.copy("COPY c (i, s) FROM STDIN (FORMAT csv)") as copy:
                copy.write("1000,\"a,b\"\n")
            with cursor.copy("COPY c (i) TO STDOUT") as copy:
                rows = [row for row in copy.rows()]
            cursor.execute("insert into told values (%s)", (f"{cursor.rowcount} {rows[-1]}",))
            with cursor.copy("COPY c (i, ok) TO STDOUT") as copy:
                copy.set_types(["int4", "bool"])
                cursor2 = str([row for row in copy.rows()][:3])
            cursor.execute("insert into told values (%s)", (cursor2,))

    def down(self) -> None:
        self.execute("drop table c")
"#,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_copied_and_done_in_batches_comes_to_the_same() {
    let bench = Bench::start().await;
    for entry in bench.project.path("db/migrations").read_dir().unwrap() {
        fs_err::remove_file(entry.unwrap().path()).unwrap();
    }
    for (name, text) in LONG {
        bench.project.write(&format!("db/migrations/{name}"), text);
    }
    let state = "select concat_ws(' ', (select md5(string_agg(a::text, ',' order by a.i)) from a),
        (select md5(string_agg(b::text, ',' order by b.i)) from b),
        (select md5(string_agg(c::text, ',' order by c.i)) from c),
        (select column_default from information_schema.columns where table_name = 'a' and column_name = 'state'),
        (select string_agg(t, E'\\n') from told),
        (select string_agg(concat_ws(':', version, name, checksum), ',' order by version) from tb_confiture))";
    let mut states = Vec::new();
    for (database, tool) in [("long_original", Original), ("long_ours", Ours)] {
        bench.database(database).await;
        let ended = bench.run(tool, database, "migrate up");
        assert_eq!(ended.code, 0, "{database}: {}{}", ended.out, ended.err);
        states.push(bench.production.rows(database, state).await);
    }
    bench.production.stop().await;
    assert_eq!(states[0], states[1]);
}
