//! Projects that are not as they should be, and some that only look so.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::support::{Production, Project, note, rules};

#[test]
fn a_directory_without_db_is_no_project() {
    let ended = Project::bare().preflight().ends_with(2);
    ended.says(&["has no db/ directory", "--project-dir"]);
    let gone = Project::bare().preflight().with(&["-C", "nowhere"]).ends_with(2);
    gone.says(&["there is no directory nowhere"]);
}

#[test]
fn no_migrations_are_noted_and_no_failure() {
    let report = Project::new().preflight().report(0);
    note(&report, "no_migrations");
    note(&report, "no_declared_schema");
    let only_schema = Project::bare().file("db/schema/t.sql", "create table t (i int);");
    let report = only_schema.preflight().report(7);
    note(&report, "no_migrations");
    assert_eq!(report["drift"]["changes"][0]["change"], "added");
    Project::with_migration("").preflight().report(0);
    Project::with_migration("-- nothing but words\n").preflight().report(0);
}

#[test]
fn two_files_with_one_version_are_both_named() {
    let project = Project::new()
        .file("db/migrations/001_a.up.sql", "select 1;")
        .file("db/migrations/001_b.sql", "select 1;");
    let ended = project.preflight().ends_with(4);
    ended.says(&["001_a.up.sql", "001_b.sql", "version 001"]);
    let ended = project.migrate("up", "postgresql://nobody@127.0.0.1:9/x").ends_with(5);
    ended.says(&["001_a.up.sql", "001_b.sql"]);
}

#[test]
fn a_gap_a_missing_down_file_and_strays_are_findings() {
    let project = Project::new()
        .file("db/migrations/001_a.up.sql", "select 1;")
        .file("db/migrations/001_a.down.sql", "select 1;")
        .file("db/migrations/003_c.up.sql", "select 1;")
        .file("db/migrations/002_b.down.sql", "select 1;")
        .file("db/migrations/notes.sql", "select 1;");
    let report = project.preflight().report(0);
    let mut found = rules(&report);
    found.sort_unstable();
    assert_eq!(found, ["file-without-version", "missing-down", "orphan-down", "version-gap"]);
    assert_eq!(report["applied_count"], 2);
    assert_eq!(project.preflight().with(&["--fail-on", "warning"]).report(4)["code"], "FINDINGS");
}

#[test]
fn text_that_is_no_utf8_is_told_with_its_line() {
    let project =
        Project::with_migration("").file("db/migrations/001_first.up.sql", b"select 1;\nselect '\xe9';\n");
    let ended = project.preflight().ends_with(2);
    ended.says(&[
        "001_first.up.sql is not UTF-8: byte 0xe9 on line 2",
        "001_first.up.sql:2:1",
        "save the file as UTF-8",
    ]);
    let project = Project::with_migration("select 1;\nselect '\0';");
    project.preflight().ends_with(2).says(&["contains a zero byte on line 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_ends_and_a_byte_order_mark_change_nothing() {
    let text = "create function f() returns text language sql as $$\n  select 'é'\n$$;\n";
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let project = Project::with_migration(&windows).file("db/schema/f.sql", text);
    project.preflight().report(0);
    let production = Production::start().await;
    production.database("app", "").await;
    project.migrate("up", &production.url("app")).ends_with(0);
    let wanted =
        Sha256::digest(text.as_bytes()).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    assert_eq!(production.rows("app", "select checksum from tb_confiture").await, [wanted]);
    project.write("db/migrations/001_first.up.sql", text);
    project.migrate("up", &production.url("app")).ends_with(0);
    production.stop().await;
}

#[test]
fn a_hundred_megabytes_of_rows_are_loaded() {
    use std::fmt::Write as _;
    let mut sql = String::with_capacity(105 << 20);
    sql += "create unlogged table t (i int, t text);\ncopy t from stdin;\n";
    let filler = "é".repeat(490);
    for row in 0..105_000 {
        writeln!(sql, "{row}\t{filler}\\n").unwrap();
    }
    sql += "\\.\ninsert into t values ";
    for row in 0..20_000 {
        write!(sql, "({row}, 'one; two'),").unwrap();
    }
    sql +=
        "(0, '');\ndo $$ begin assert (select count(*) = 125001 and max(length(t)) = 491 from t); end $$;\n";
    assert!(sql.len() > 98 << 20);
    let report = Project::with_migration(&sql).preflight().report(0);
    assert_eq!(report["migrations"][0]["statement_count"], 4);
}

#[test]
fn copy_data_in_a_migration_is_loaded_and_a_bad_row_is_told_with_its_line() {
    let sql = "create table t (i int, t text);\ncopy t (i, t) from stdin;\n1\ta;b\n2\t\\N\n\\.\n\
        do $$ begin assert (select count(*) = 2 from t); end $$;\n";
    Project::with_migration(sql).preflight().report(0);
    let report = Project::with_migration(&sql.replace("2\t", "two\t")).preflight().report(3);
    let failure = &report["failure"];
    assert_eq!((&failure["sqlstate"], &failure["line"]), (&json!("22P02"), &json!(2)));
    assert!(failure["context"].as_str().unwrap().contains("line 2"));
}

#[test]
fn an_extension_that_is_not_there_is_named_with_what_to_do() {
    let ended = Project::with_migration("create extension postgis;").preflight().ends_with(3);
    ended.says(&[
        "extension \"postgis\" is not available",
        "install the extension's package",
        "--postgres docker:",
    ]);
}

#[test]
fn lines_for_psql_are_named_and_those_of_a_guarded_dump_are_fine() {
    let ended = Project::with_migration("select 1;\n\n  \\echo hello\n").preflight().ends_with(2);
    ended.says(&["`\\echo` is a command of psql, not SQL", "001_first.up.sql:3:3", "remove the line"]);
    let project = Project::with_migration("\\restrict x1\ncreate table t (i int);\n\\unrestrict x1\n")
        .file("db/schema/t.sql", "\\restrict x1\ncreate table t (i int);\n\\unrestrict x1\n");
    project.preflight().report(0);
    let project = project.file("db/schema/u.sql", "\\set x 1\n");
    project.preflight().ends_with(2).says(&["`\\set`", "db/schema/u.sql:1:1"]);
}

/// What preflight says of an environment file.
fn settings(text: &str) -> String {
    let project = Project::with_migration("select 1;").file("db/environments/local.yaml", text);
    let ended = project.preflight().ends_with(2);
    let report = project.preflight().report(2);
    assert_eq!((&report["failure"]["stage"], &report["verdict"]), (&json!("project"), &json!("error")));
    assert_eq!(report["server"], Value::Null, "no server is started for a file that cannot be read");
    ended.out
}

#[test]
fn a_key_that_is_not_known_is_told_with_its_path_its_line_and_the_nearest_name() {
    let said = settings("# ours\npreflight:\n  superuser: false\n  statment_timeout: 1s\n");
    for wanted in
        ["unknown key preflight.statment_timeout", "local.yaml:4:3", "did you mean statement_timeout?"]
    {
        assert!(said.contains(wanted), "{wanted} in {said}");
    }
    let said = settings("datebase_url: postgresql://h/d\n");
    for wanted in ["unknown key datebase_url", "local.yaml:1:1", "did you mean database_url?"] {
        assert!(said.contains(wanted), "{wanted} in {said}");
    }
    assert!(settings("zzz: 1\n").contains("unknown key zzz"));
}

#[test]
fn a_value_of_the_wrong_type_is_told_with_its_place() {
    let said = settings("preflight:\n  superuser: perhaps\n");
    assert!(said.contains("preflight.superuser: ") && said.contains("local.yaml:2:"), "{said}");
    let said = settings("preflight: [1]\n");
    assert!(said.contains("preflight: ") && said.contains("local.yaml:1:"), "{said}");
    assert!(settings("preflight:\n  fail_on: sometimes\n").contains("preflight.fail_on"));
    assert!(settings("preflight:\n  - : }\n").contains("local.yaml:2:"));
    assert!(settings("just words\n").contains("local.yaml"));
}

#[test]
fn an_alias_bomb_is_refused_at_once() {
    let mut bomb = "lint:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        bomb += &format!("  a{level}: &a{level} [{below}]\n");
    }
    bomb += "include_dirs: *a11\n";
    let said = settings(&bomb);
    assert!(said.contains("include_dirs has aliases of aliases") && said.contains("local.yaml"), "{said}");
}

#[test]
fn a_variable_that_is_not_set_is_named_where_it_is_needed_and_only_there() {
    let project = Project::with_migration("select 1;")
        .file("db/environments/local.yaml", "database_url: postgresql://app:${DB_PASSWORD}@db/app\n");
    project.preflight().report(0);
    let ended = project.run(&["migrate", "up"]).ends_with(2);
    ended.says(&[
        "database_url names the environment variable DB_PASSWORD, which is not set",
        "local.yaml",
        "${DB_PASSWORD:-value}",
    ]);
    project.preflight().with(&["-c", "db/none.yaml"]).ends_with(2).says(&["db/none.yaml is not there"]);
}

#[test]
fn a_link_that_leads_out_of_the_project_is_not_read() {
    let outside = Project::bare().file("secret.sql", "select 'a secret of the machine';");
    let project = Project::new();
    symlink(outside.path("secret.sql"), project.path("db/migrations/001_a.up.sql")).unwrap();
    let ended = project.preflight().ends_with(2);
    ended.says(&["001_a.up.sql leads out of the project directory; it was left alone"]);
    assert!(!ended.out.contains("a secret"));
    let project = Project::with_migration("select 1;");
    fs_err::create_dir_all(project.path("db/environments")).unwrap();
    symlink(outside.path("secret.sql"), project.path("db/environments/local.yaml")).unwrap();
    project.preflight().ends_with(2).says(&["local.yaml leads out of the project"]);
    let project = Project::with_migration("select 1;");
    fs_err::create_dir_all(project.path("db/schema")).unwrap();
    symlink("/etc", project.path("db/schema/etc")).unwrap();
    symlink("nowhere", project.path("db/schema/x.sql")).unwrap();
    project.preflight().ends_with(2).says(&["db/schema/x.sql cannot be read"]);
}

#[test]
fn an_error_is_marked_under_its_character_not_its_byte() {
    let sql = "-- é\n\tselect 'ééé', wrong_one from pg_class;\n";
    let report = Project::with_migration(sql).preflight().report(3);
    assert_eq!((&report["failure"]["line"], &report["failure"]["column"]), (&json!(2), &json!(16)));
    let ended = Project::with_migration(sql).preflight().ends_with(3);
    let lines: Vec<&str> = ended.out.lines().collect();
    let at = lines.iter().position(|line| line.contains("select 'ééé', wrong_one")).unwrap();
    let column = |line: &str, wanted: &str| line[..line.find(wanted).unwrap()].chars().count();
    assert_eq!(column(lines[at], "wrong_one"), column(lines[at + 1], "^"));
}

#[test]
fn of_a_line_as_long_as_a_file_the_part_around_the_mark_is_shown() {
    let sql = format!("select {}wrong_one{};", "1, ".repeat(5000), ", 1".repeat(5000));
    let report = Project::with_migration(&sql).preflight().report(3);
    let line = report["failure"]["excerpt"]["lines"][0].as_str().unwrap();
    assert!(line.len() <= 200 && line.contains("wrong_one"), "{line}");
    let ended = Project::with_migration(&sql).preflight().ends_with(3);
    assert!(ended.out.lines().all(|line| line.len() < 1000), "{}", ended.out);
}

#[test]
fn names_cannot_move_the_readers_cursor() {
    let bytes = ["\u{1b}[2J", "\u{202e}", "\u{7}", "\r"];
    let sql = format!("create table \"a{}\" (i int);", bytes.concat());
    let project = Project::with_migration(&sql).file("db/schema/x.sql", "create table b (i int);");
    let ended = project.preflight().ends_with(7);
    let wrong = sql.replace("(i int)", "(i nothing)");
    let project = Project::new().file("db/migrations/001_\u{1b}[2Jx.up.sql", wrong);
    let failed = project.preflight().ends_with(3);
    for text in [&ended.out, &failed.out] {
        assert!(bytes.iter().all(|byte| !text.contains(byte)), "{text:?}");
    }
    let raised = "do $$ begin raise exception E'\\x1b[31mred\\n::error::injected'; end $$;";
    let ended = Project::with_migration(raised).preflight().ends_with(3);
    assert!(
        !ended.out.contains('\u{1b}') && !ended.out.lines().any(|line| line.starts_with("::")),
        "{}",
        ended.out
    );
}

#[test]
fn arguments_that_are_wrong_are_told_and_output_goes_where_it_is_asked() {
    let project = Project::with_migration("select 1;");
    for wrong in ["--format=xml", "--in-place", "--through=1", "--nothing"] {
        let ended = project.preflight().with(&[wrong]).ends_with(2);
        assert!(ended.out.is_empty() && !ended.err.is_empty(), "{}{}", ended.out, ended.err);
    }
    project.run(&["preflight", "--postgres", "newest"]).ends_with(2).says(&["`newest` names no server"]);
    let ended = project.preflight().with(&["--output", "out.json", "--format", "json"]).ends_with(0);
    assert!(ended.out.is_empty() && ended.err.is_empty());
    let report: Value = serde_json::from_slice(&fs_err::read(project.path("out.json")).unwrap()).unwrap();
    assert_eq!(report["ok"], true);
    let ended = project.preflight().with(&["--output", "no/such/place"]).ends_with(2);
    assert!(ended.err.contains("the answer cannot be written"), "{}", ended.err);
    project.preflight().with(&["--format", "markdown"]).ends_with(0).says(&["|"]);
    project.preflight().with(&["--format", "sarif"]).ends_with(0).json();
}
