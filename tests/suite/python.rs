//! Migrations in Python, run by the Python at hand into our session, or read where there is none.

use serde_json::json;

use super::support::{Ended, Production, Project, Run, json_of};

const HEAD: &str = "from confiture.models.migration import Migration\n\n\n";

/// A file with a class of this version, whose ways hold these lines.
fn class(version: &str, up: &str, down: &str) -> String {
    let body = |lines: &str| lines.lines().fold(String::new(), |body, line| body + "        " + line + "\n");
    format!(
        "{HEAD}class M(Migration):\n    version = \"{version}\"\n    name = \"m\"\n\n    def up(self):\n{}\n    \
         def down(self):\n{}",
        body(up),
        body(down)
    )
}

/// A project with one migration in Python.
fn one(up: &str) -> Project {
    Project::new().file("db/migrations/001_m.py", class("001", up, "self.execute('drop table t')"))
}

async fn production() -> Production {
    let production = Production::start().await;
    production.database("app", "").await;
    production
}

fn up(project: &Project, production: &Production) -> Run {
    project.migrate("up", &production.url("app"))
}

/// What a run says, without what is different each time.
fn check(name: &str, ended: &Ended) {
    insta::with_settings!({ filters => vec![
        (r"(under )?\d+(\.\d+)? (ms|µs|s)\b", "[time]"),
        (r"postgresql://\S+", "[database]"),
        (r"PostgreSQL \d+\.\d+ \(embedded\)", "[server]"),
    ] }, { insta::assert_snapshot!(name, ended.out) });
}

/// Nothing of a migration that failed is there, and the ledger has not heard of it.
async fn nothing_stays(production: &Production) {
    let left = "select count(*) from pg_tables where schemaname = 'public' and tablename <> 'tb_confiture'";
    assert_eq!(production.rows("app", left).await, ["0"]);
    assert_eq!(production.rows("app", "select count(*) from tb_confiture").await, ["0"]);
    let open = "select count(*) from pg_stat_activity where state like 'idle in%'";
    assert_eq!(production.rows("app", open).await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_runs_in_the_migrations_transaction_and_goes_back() {
    let production = production().await;
    let project = one("self.execute('create table t (i int, s text)')\n\
                       for i in range(3):\n    \
                           self.execute('insert into t values (%s, %s)', (i, \"it's 100% \\\\ true\"))\n\
                       print('three rows')");
    let project = project.file("db/migrations/001_m.after.sql", "update t set i = i + 1;\n");
    let ended = up(&project, &production).ends_with(0);
    check("python_up", &ended);
    let rows = production.rows("app", "select i || s from t order by i").await;
    assert_eq!(rows, ["1it's 100% \\ true", "2it's 100% \\ true", "3it's 100% \\ true"]);
    let ledger = "select concat_ws(' ', version, name, length(checksum)) from tb_confiture";
    assert_eq!(production.rows("app", ledger).await, ["001 m 64"]);
    project.migrate("status", &production.url("app")).ends_with(0);
    project.migrate("verify", &production.url("app")).ends_with(0);
    let down = json_of(project.migrate("down", &production.url("app")), 0);
    assert_eq!(down["rolled_back"], json!(["001"]));
    nothing_stays(&production).await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_are_told_with_the_line_that_sent_them() {
    let production = production().await;
    let project = one("self.execute('create table t (i int)')\n\
                       for i in (1, 2):\n    \
                           self.execute(f'insert into t values ({i}); select 1')");
    let answer = json_of(up(&project, &production), 0);
    let migration = &answer["migrations"][0];
    let told: Vec<_> =
        migration["statements"].as_array().unwrap().iter().map(|one| (&one["line"], &one["text"])).collect();
    let (nine, eleven) = (json!(9), json!(11));
    assert_eq!(told.len(), 5, "{told:?}");
    assert_eq!(told[0], (&nine, &json!("create table t (i int)")));
    assert_eq!(told[3], (&eleven, &json!("insert into t values (2)")));
    assert_eq!(migration["python"], json!({ "read_because": null, "output": null }));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_answers_has_pythons_types() {
    let production = production().await;
    let project = one(r#"import datetime, decimal, uuid
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
cursor = self.connection.cursor()
cursor.execute("select 1, true, 1.50::numeric, null, '{\"a\": [1]}'::jsonb, date '2026-01-02', array[1, 2], array['a,\"b', null], 2.5::float8, '\\x6162'::bytea")
assert cursor.fetchone() == (1, True, decimal.Decimal('1.50'), None, {'a': [1]}, datetime.date(2026, 1, 2), [1, 2], ['a,"b', None], 2.5, b'ab')
assert cursor.fetchone() is None
values = [7, 2**40, 1.5, decimal.Decimal('2.50'), 'x\'y', b'\x00\xff', datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc), uuid.UUID(int=5), [1, 70000], ['a"b', None], True, datetime.timedelta(hours=1)]
for value in values[:-1]:
    cast = ', '.join(['%s'])
    back = self.connection.execute(f'select {cast}', (value,)).fetchone()[0]
    assert back == value, (back, value)
assert self.connection.execute("select %s = interval '1 hour'", values[-1:]).fetchone() == (True,)
self.execute(sql.SQL('create table {} ({} int)').format(sql.Identifier('t'), sql.Identifier('we"ird')))
self.connection.execute(sql.SQL('insert into {} values ({})').format(sql.Identifier('public', 't'), sql.Literal(3)))
cursor = self.connection.cursor(row_factory=dict_row)
assert cursor.execute('select * from t').fetchall() == [{'we"ird': 3}]
assert sql.Identifier('we"ird').as_string(None) == '"we""ird"'
cursor.execute('update t set "we""ird" = 4')
assert cursor.rowcount == 1
cursor.execute('select %(a)s::jsonb, %(b)s', {'a': Jsonb({'k': 1}), 'b': 'five % of'})
assert cursor.fetchone() == {'jsonb': {'k': 1}, '?column?': 'five % of'}
"#);
    up(&project, &production).ends_with(0);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_carries_rows_both_ways() {
    let production = production().await;
    let project = one(r#"import psycopg, psycopg.sql
cursor = self.connection.cursor()
cursor.execute('create table t (i int primary key, s text, tags text[])')
with cursor.copy('copy t (i, s) from stdin') as copy:
    for row in [(1, 'one'), (2, None), (3, 'tab\t, line\n, back\\ and \\N é')]:
        copy.write_row(row)
assert cursor.rowcount == 3
with cursor.copy(psycopg.sql.SQL('copy {} from stdin (format csv)').format(psycopg.sql.Identifier('t'))) as copy:
    copy.write('4,"a,b",{}\n')
    copy.write(b'5,\xc3\xa9,"{x,y}"\n')
with cursor.copy('copy (select i, s, tags from t order by i) to stdout') as copy:
    copy.set_types(['int4', 'text'])
    rows = list(copy.rows())
assert rows[:3] == [(1, 'one'), (2, None), (3, 'tab\t, line\n, back\\ and \\N é')], rows
with cursor.copy("copy t to stdout (format csv)") as copy:
    assert b''.join(copy).endswith(b'5,\xc3\xa9,"{x,y}"\n')
with cursor.copy("copy (select 1) to stdout (format binary)") as copy:
    whole = b''.join(copy)
assert whole.startswith(b'PGCOPY\n\xff\r\n\0'), whole
with cursor.copy('copy t (i) from stdin') as copy:
    try:
        cursor.execute('select 1')
        raise AssertionError('two at once')
    except psycopg.OperationalError:
        pass
for wrong in ('select 1', "copy t to '/tmp/never'"):
    try:
        with self.connection.transaction(), cursor.copy(wrong) as copy:
            raise AssertionError(wrong)
    except psycopg.ProgrammingError as error:
        assert 'COPY ... TO STDOUT' in str(error), error
try:
    with self.connection.transaction():
        with cursor.copy('copy t (i) from stdin') as copy:
            copy.write_row((1,))
    raise AssertionError('twice')
except psycopg.errors.UniqueViolation:
    pass
"#);
    up(&project, &production).ends_with(0);
    assert_eq!(production.rows("app", "select count(*) from t").await, ["5"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_left_half_way_ends_the_transaction() {
    let production = production().await;
    let project = one("cursor = self.connection.cursor()\n\
                       cursor.execute('create table t (i int)')\n\
                       try:\n    \
                           with cursor.copy('copy t from stdin') as copy:\n        \
                               copy.write_row((1,))\n        \
                               raise ValueError('no more')\n\
                       except ValueError:\n    \
                           pass\n\
                       cursor.execute('select 1')");
    let ended = up(&project, &production).ends_with(3);
    check("python_copy_left", &ended);
    nothing_stays(&production).await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_may_be_caught_as_with_psycopg() {
    let production = production().await;
    let caught = "import psycopg\n\
                  from psycopg import errors\n\
                  self.execute('create table t (i int primary key)')\n\
                  try:\n    \
                      with self.connection.transaction():\n        \
                          self.connection.execute('insert into t values (1), (1)')\n\
                  except errors.UniqueViolation as error:\n    \
                      assert error.sqlstate == '23505' and isinstance(error, psycopg.IntegrityError)\n    \
                      assert error.diag.message_detail == 'Key (i)=(1) already exists.'\n\
                  self.execute('insert into t values (2)')";
    up(&one(caught), &production).ends_with(0);
    assert_eq!(production.rows("app", "select i::text from t").await, ["2"]);
    one(caught).migrate("down", &production.url("app")).ends_with(0);
    // Without a savepoint the transaction is at its end, whatever is made of the error.
    let swallowed = "self.execute('create table t (i int)')\n\
                     try:\n    \
                         self.execute('select * from nowhere')\n\
                     except Exception:\n    \
                         pass";
    let ended = up(&one(swallowed), &production).ends_with(3);
    check("python_error_swallowed", &ended);
    nothing_stays(&production).await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_refuses_is_told_at_the_line_of_the_program() {
    let production = production().await;
    let project = one(
        "self.execute('create table t (i int)')\nself.execute(\n    'insert into nowhere values (%s)', (1,)\n)",
    );
    let ended = up(&project, &production).ends_with(3);
    check("python_refused", &ended);
    nothing_stays(&production).await;
    let project = one("self.execute_file('db/sql/f.sql')")
        .file("db/sql/f.sql", "create table t (i int);\nselect nope;\n");
    let answer = json_of(up(&project, &production), 3);
    assert_eq!((&answer["error"]["line"], &answer["error"]["sqlstate"]), (&json!(9), &json!("42703")));
    assert_eq!(answer["error"]["context"], "db/sql/f.sql:2:8");
    nothing_stays(&production).await;
    production.stop().await;
}

/// Each ends with one sentence, is taken back, and leaves nobody running.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_ends_otherwise_than_by_returning_leaves_nothing() {
    let production = production().await;
    let begin = "self.execute('create table t (i int)')\n";
    for (name, lines, code) in [
        ("raises", "raise ValueError('no rows in tariff')", 3),
        ("exits", "import sys\nsys.exit(0)", 3),
        ("exits_hard", "import os\nos._exit(0)", 3),
        ("is_killed", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", 3),
        ("commits", "self.connection.commit()", 3),
        ("commits_in_sql", "self.execute('commit')", 3),
        ("imports_what_is_not_there", "from confiture.core.linting import Linter", 3),
    ] {
        let ended = up(&one(&format!("{begin}{lines}")), &production).ends_with(code);
        check(&format!("python_that_{name}"), &ended);
        nothing_stays(&production).await;
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_hangs_is_ended_with_everything_that_it_started() {
    let production = production().await;
    let hangs = "self.execute('create table t (i int)')\nimport subprocess, time\n\
                 subprocess.Popen(['sleep', '4242'])\ntime.sleep(4242)";
    let settings = "migration: {python_timeout: 2s}\n";
    let project = one(hangs).file("confiture.yaml", settings);
    let ended = up(&project, &production).ends_with(3);
    check("python_that_hangs", &ended);
    nothing_stays(&production).await;
    assert!(!sleeps(), "a process of the migration's is left");
    production.stop().await;
}

/// Whether a process is there that only the test above starts.
fn sleeps() -> bool {
    let all = std::path::Path::new("/proc").read_dir().unwrap().filter_map(Result::ok);
    all.into_iter()
        .any(|one| std::fs::read(one.path().join("cmdline")).is_ok_and(|line| line == b"sleep\x004242\x00"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_and_who_is_forked_does_not_disturb_the_line() {
    let production = production().await;
    let project = one("import os, sys, subprocess\n\
                       print('{\"do\": \"done\"}')\n\
                       os.write(0, b'x') if False else None\n\
                       print('x' * 100000)\n\
                       subprocess.run(['sh', '-c', 'echo from a child; echo lost >&0 || true; cat'])\n\
                       if os.fork() == 0:\n    \
                           try:\n        \
                               self.execute('create table forked (i int)')\n    \
                           except RuntimeError as error:\n        \
                               print(error)\n    \
                           print('the child goes on')\n\
                       else:\n    \
                           os.wait()\n    \
                           self.execute('create table t (i int)')\n\
                           print(sys.stdin.read(), end='')");
    let project = project.file("db/migrations/001_m.before.sql", "select 1;\n");
    let answer = json_of(up(&project, &production), 0);
    let output = answer["migrations"][0]["python"]["output"].as_str().unwrap();
    assert!(output.len() < 10_000 && output.starts_with('…'), "{}", output.len());
    for said in ["from a child", "only the process that was started", "the child goes on"] {
        assert!(output.contains(said), "{said} is not in {}", &output[output.len() - 400..]);
    }
    assert_eq!(
        production.rows("app", "select to_regclass('forked') is null and to_regclass('t') is not null").await,
        ["t"]
    );
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_holds_no_migration_is_told_where() {
    let production = production().await;
    let two = format!(
        "{}\n\nclass N(Migration):\n    version = '001'\n    name = 'n'\n\n    def up(self):\n        pass\n",
        class("001", "pass", "pass")
    );
    for (name, text) in [
        ("no_class", "x = 1\n".to_owned()),
        ("two_classes", two),
        ("a_syntax_error", class("001", "self.execute('create table t (i int)'", "pass")),
        ("another_version", class("002", "pass", "pass")),
    ] {
        let project = Project::new().file("db/migrations/001_m.py", text);
        let ended = up(&project, &production).ends_with(2);
        check(&format!("python_with_{name}"), &ended);
        nothing_stays(&production).await;
    }
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preconditions_are_asked_before_anything_runs() {
    let production = production().await;
    let text = class("001", "self.execute('create table t (i int)')", "self.execute('drop table t')");
    let lists = "    up_preconditions = [TableNotExists('t'), TableExists('users'), CustomSQL('select 1 = 2', 'one is two')]\n";
    let imports = "from confiture.core.preconditions import CustomSQL, TableExists, TableNotExists\n";
    let text =
        imports.to_owned() + &text.replace("    name = \"m\"\n", &format!("    name = \"m\"\n{lists}"));
    let project = Project::new().file("db/migrations/001_m.py", text);
    let ended = up(&project, &production).ends_with(4);
    check("python_precondition", &ended);
    // What they ask is not passed over where nobody can ask it.
    no_python(up(&project, &production), &project).ends_with(2).says(&["`up_preconditions` needs Python"]);
    nothing_stays(&production).await;
    production.sql("app", "create table users (i int)").await;
    let message = json_of(up(&project, &production), 4)["error"]["message"].clone();
    assert!(!message.as_str().unwrap().contains("users"), "{message}");
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_a_transaction_statements_stay_and_a_failure_says_so() {
    let production = production().await;
    let head = "    name = \"m\"\n";
    let text = |up| {
        class("001", up, "self.execute('drop index concurrently i')")
            .replace(head, "    name = \"m\"\n    transactional = False\n")
    };
    production.sql("app", "create table t (i int)").await;
    let project = Project::new().file(
        "db/migrations/001_m.py",
        text("self.execute('create index concurrently i on t (i)')\nself.execute('select 1/0')"),
    );
    let ended = up(&project, &production).ends_with(3);
    check("python_outside_a_transaction", &ended);
    production.sql("app", "drop index i").await;
    project.write(
        "db/migrations/001_m.py",
        text("import os\nself.execute('create index concurrently i on t (i)')\nself.connection.commit()"),
    );
    up(&project, &production).ends_with(0);
    project.migrate("down", &production.url("app")).ends_with(0);
    assert_eq!(production.rows("app", "select to_regclass('i') is null").await, ["t"]);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_runs_the_program_and_takes_it_back() {
    let production = production().await;
    let project = one("import os\nself.execute('create table t (i int)')");
    let answer = json_of(up(&project, &production).with(&["--dry-run-execute"]), 0);
    assert_eq!(answer["migrations"][0]["statements"][0]["text"], "create table t (i int)");
    let made = "select to_regclass('t') is null";
    assert_eq!(production.rows("app", made).await, ["t"]);
    // One that only looks runs nothing; what the text tells is told.
    let plain = one("self.execute('create table t (i int)')");
    let answer = json_of(up(&plain, &production).with(&["--dry-run"]), 0);
    assert_eq!(answer["migrations"][0]["statements"][0]["line"], 9);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_runs_programs_on_its_own_server() {
    let project = one("import os\nself.execute('create table t (i int)')\n\
                       self.execute('create role auditor')\nself.execute('grant select on t to auditor')\n\
                       assert self.connection.execute('select count(*) from t').fetchone() == (0,)");
    let project = project.file(
        "db/schema/t.sql",
        "create role auditor;\ncreate table t (i int);\ngrant select on t to auditor;\n",
    );
    let report = project.preflight().report(0);
    let statements = &report["migrations"][0]["statements"];
    assert_eq!(
        (&statements[0]["line"], &statements[0]["text"]),
        (&json!(10), &json!("create table t (i int)"))
    );
    let wrong = one("import os\nself.execute('create table t (i int)')\nself.execute('select nope')");
    let ended = wrong.preflight().ends_with(3);
    check("python_preflight_refused", &ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stood_at_the_base_runs_as_it_stood_there() {
    let project = one("import os\nself.execute('create table t (i int)')");
    project.commit();
    project.write(
        "db/migrations/001_m.py",
        class("001", "import os\nself.execute('create table u (i int)')", "pass"),
    );
    project.write("db/migrations/002_n.up.sql", "alter table t add j int;\n");
    let report = project.preflight().with(&["--base-ref", "HEAD"]).report(4);
    assert_eq!(report["applied_count"], 1);
}

/// A directory without any program, as the `PATH`.
fn no_python(run: Run, project: &Project) -> Run {
    let empty = project.path("no-programs");
    fs_err::create_dir_all(&empty).unwrap();
    run.env("PATH", &empty)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_python_what_stands_there_plainly_is_read_and_the_rest_is_named() {
    let production = production().await;
    let project =
        one("self.execute('''create table t (\n  i int\n)''')\nself.execute('insert into t values (1)')");
    let ended = no_python(up(&project, &production), &project).ends_with(0);
    check("python_read", &ended);
    assert_eq!(production.rows("app", "select i::text from t").await, ["1"]);
    no_python(project.migrate("down", &production.url("app")), &project).ends_with(0);
    nothing_stays(&production).await;
    let project = one("for i in range(3):\n    self.execute(f'create table t{i} (i int)')");
    let ended = no_python(up(&project, &production), &project).ends_with(2);
    check("python_not_run", &ended);
    nothing_stays(&production).await;
    let project = one("self.execute('''create table t (\n  i nope\n)''')");
    let answer = json_of(no_python(up(&project, &production), &project), 3);
    assert_eq!((&answer["error"]["line"], &answer["error"]["column"]), (&json!(10), &json!(13)));
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_not_told_the_password_and_shows_none() {
    let production = production().await;
    let project = one(
        "import os\nprint(os.environ['PGPASSWORD'], 'postgresql://a:' + 's3' + 'cret@h/d')\nraise ValueError(os.environ['PGPASSWORD'])",
    );
    let ended =
        up(&project, &production).env("PGPASSWORD", "hunter22").with(&["--format", "json"]).ends_with(3);
    assert!(!ended.out.contains("hunter22") && !ended.out.contains("s3cret"), "{}", ended.out);
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_becomes_the_sql_that_it_sends() {
    let project =
        one("self.execute(\"\"\"create table t (\n  i int\n)\"\"\")\nself.execute('select 1 -- one')");
    let loops = "for name in ('a', 'b'):\n    self.execute('create table ' + name + ' (s text default %s)', (\"it's\",))";
    let back = "for name in ('a', 'b'):\n    self.execute('drop table ' + name)";
    let text = class("002", loops, back)
        .replace("    name = \"m\"\n", "    name = \"m\"\n    after_ddl_hooks = [object()]\n");
    let project = project.file("db/migrations/002_m.py", text);
    let said = project.run(&["migrate", "convert", "--dry-run"]).ends_with(0);
    check("python_convert_dry_run", &said);
    assert!(project.path("db/migrations/001_m.py").exists());
    check("python_convert", &project.run(&["migrate", "convert"]).ends_with(0));
    let read = |name: &str| fs_err::read_to_string(project.path(&format!("db/migrations/{name}"))).unwrap();
    let files = ["001_m.up.sql", "001_m.down.sql", "002_m.up.sql", "002_m.down.sql"].map(read);
    insta::assert_snapshot!("python_converted_files", files.join("----\n"));
    assert!(!project.path("db/migrations/001_m.py").exists());
    // The two lead to the same, there and back.
    let production = production().await;
    up(&project, &production).ends_with(0);
    assert_eq!(production.rows("app", "insert into b default values returning s").await, ["it's"]);
    project.migrate("down", &production.url("app")).with(&["--steps", "2"]).ends_with(0);
    nothing_stays(&production).await;
    production.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_when_one_program_cannot_be_converted() {
    let project = one("self.execute('create table t (i int)')");
    let project = project.file("db/migrations/002_m.py", class("002", "raise ValueError('no')", "pass"));
    check("python_convert_refused", &project.run(&["migrate", "convert"]).ends_with(3));
    project.run(&["migrate", "convert", "009"]).ends_with(2).says(&["009"]);
    let left = project.path("db/migrations").read_dir().unwrap().count();
    assert_eq!(left, 2);
    project.write("db/migrations/001_m.up.sql", "select 1;\n");
    project.run(&["migrate", "convert", "001"]).ends_with(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployed_program_that_became_sql_is_told_to_the_ledger() {
    let production = production().await;
    let project = one("self.execute('create table t (i int)')");
    up(&project, &production).ends_with(0);
    project.run(&["migrate", "convert"]).ends_with(0);
    up(&project, &production).ends_with(5);
    project.migrate("repair", &production.url("app")).ends_with(0);
    up(&project, &production).ends_with(0);
    project.migrate("down", &production.url("app")).ends_with(0);
    nothing_stays(&production).await;
    production.stop().await;
}
