//! `schema fmt`, on small files and on all the SQL that the tests have.

use std::path::{Path, PathBuf};

use confiture::sql::{KeyWords, NotFormatted, format, names};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::Project;

fn written(project: &Project, path: &str) -> String {
    fs_err::read_to_string(project.path(path)).unwrap()
}

const MESSY: &str = "-- Users.\r\nCREATE TABLE users (\r\n\tid INT,   \r\n    name TEXT -- of a person\r\n)  ;\r\n\r\n\r\n\r\n";
const TIDY: &str = "-- Users.\r\ncreate table users (\r\n  id int,\r\n  name text -- of a person\r\n);\r\n";

#[test]
fn files_are_laid_out_and_checked_and_line_ends_stay() {
    let project = Project::new()
        .file("db/schema/1_users.sql", MESSY)
        .file("db/schema/2_more/a.sql", "SELECT 1")
        .file("db/schema/3_good.sql", "select 1;\n");
    let fmt = |arguments: &[&str]| project.run(&["schema", "fmt", "--format", "json"]).with(arguments);
    let check = fmt(&["--check"]).ends_with(4).json();
    assert_eq!(check["changed"], json!(["db/schema/1_users.sql", "db/schema/2_more/a.sql"]));
    assert_eq!(written(&project, "db/schema/1_users.sql"), MESSY);
    let one = fmt(&["db/schema/2_more"]).ends_with(0).json();
    assert_eq!((&one["files_checked"], &one["changed"]), (&json!(1), &json!(["db/schema/2_more/a.sql"])));
    let whole = project.path("db/schema/2_more/a.sql");
    assert_eq!(fmt(&[whole.to_str().unwrap()]).ends_with(0).json()["files_checked"], 1);
    for nothing in ["", "/", "/db/schema"] {
        fmt(&[nothing]).ends_with(2).says(&["is no file or directory of the declared schema"]);
    }
    fmt(&["db/schema/9"]).ends_with(2).says(&["db/schema/9 is no file or directory of the declared schema"]);
    project
        .run(&["schema", "fmt"])
        .ends_with(0)
        .says(&["✓ db/schema/1_users.sql    laid out anew", "3 files: 1"]);
    assert_eq!(written(&project, "db/schema/1_users.sql"), TIDY);
    assert_eq!(fmt(&["--check"]).ends_with(0).json()["changed"], json!([]));
    let keep = project.file("db/schema/4.sql", "SELECT 1;\n");
    keep.run(&["schema", "fmt", "--check", "--key-words", "keep"]).ends_with(0);
}

#[test]
fn a_file_that_is_no_sql_throughout_is_left_alone_and_the_rest_goes_on() {
    let project = Project::new()
        .file("db/schema/1.sql", "SELECT 1;\n\nCREATE TABEL x ();\n")
        .file("db/schema/2.sql", "SELECT 1;\n");
    let answer = project.run(&["schema", "fmt", "--format", "json"]).ends_with(2).json();
    let refused = &answer["refused"][0];
    let place = (&refused["path"], &refused["line"]);
    assert_eq!(place, (&json!("db/schema/1.sql"), &json!(3)));
    assert!(refused["message"].as_str().unwrap().contains("syntax error at or near \"TABEL\""));
    assert_eq!((&answer["changed"], &answer["success"]), (&json!(["db/schema/2.sql"]), &Value::from(false)));
    assert!(written(&project, "db/schema/1.sql").starts_with("SELECT"));
}

fn sql_below(directory: &Path) -> Vec<PathBuf> {
    let entries = directory.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let (below, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "sql"));
    files.chain(below.iter().flat_map(|path| sql_below(path))).collect()
}

/// All the SQL that the tests have: catalog queries, and two projects of other people's.
fn corpus() -> Vec<(PathBuf, String)> {
    let mut paths = sql_below(Path::new("src"));
    for variable in ["CONFITURE_TEST_PROCRASTINATE", "CONFITURE_TEST_GRAPHILE_WORKER"] {
        let directory =
            std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} is not set: run scripts/test"));
        paths.extend(sql_below(Path::new(&directory)));
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text =
            fs_err::read_to_string(&path).unwrap().replace(":GRAPHILE_WORKER_SCHEMA", "graphile_worker");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The comments of a text, as far as a line begins with one.
fn comments(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_start).filter(|line| line.starts_with("--")).collect()
}

#[test]
fn laying_out_twice_is_laying_out_once_and_names_and_comments_stay() {
    let corpus = corpus();
    let mut formatted = 0;
    for (path, text) in &corpus {
        match format(text, KeyWords::Lower) {
            Ok(once) => {
                assert_eq!(format(&once, KeyWords::Lower).as_ref(), Ok(&once), "{}", path.display());
                assert_eq!(
                    (names(&once), comments(&once)),
                    (names(text), comments(text)),
                    "{}",
                    path.display()
                );
                formatted += 1;
            }
            Err(NotFormatted::NotTheSame) => panic!("{} is not proved", path.display()),
            // A query with a placeholder is no SQL.
            Err(_) => {}
        }
    }
    assert!(formatted > 100 && formatted * 10 > corpus.len() * 9, "{formatted} of {}", corpus.len());
}

#[test]
fn a_large_schema_is_laid_out_at_once() {
    let table = |number: usize| {
        format!(
            "CREATE TABLE  t{number} (\n\tid BIGINT GENERATED ALWAYS AS IDENTITY,\n      name TEXT NOT NULL, -- n\n\
             CHECK (\n\t(name <> '')\n)\n) ;\n\n\nCOMMENT ON TABLE t{number} IS 'It''s  {number}';\n"
        )
    };
    let text: String = (0..500).map(table).collect();
    let once = format(&text, KeyWords::Lower).unwrap();
    assert!(once.starts_with("create table  t0 (\n  id bigint generated always as identity,\n  name text not null, -- n\n  check (\n    (name <> '')\n  )\n);\n"));
    assert_eq!(format(&once, KeyWords::Lower).unwrap(), once);
}

proptest! {
    /// White space and the case of key words are all that laying out may change, so they change nothing of it.
    #[test]
    fn what_differs_in_white_space_alone_means_the_same_after(
        spaces in prop::collection::vec("[ \t]{1,3}|\n|\n\n\n|  \n\t| -- é\n|/[*] a\n [*] b [*]/ ", 12),
        shout in any::<bool>(),
    ) {
        let words = [
            "create", "table", "s.\"T\"", "(", "a", "int", "default", "'x  y'::int", ",", "b", "text", ")",
        ];
        let mut text = words.iter().zip(&spaces).flat_map(|(word, space)| [*word, space.as_str()]).collect::<String>();
        text += "; select $$ -- \n $$ ;";
        if shout {
            text = text.replace("create", "CREATE").replace("default", "Default");
        }
        let once = format(&text, KeyWords::Lower).unwrap();
        prop_assert_eq!(&format(&once, KeyWords::Lower).unwrap(), &once);
        prop_assert_eq!(once.matches(" é\n").count(), text.matches(" é\n").count());
        prop_assert!(once.contains("'x  y'") && once.contains("$$ -- \n $$") && !once.contains("CREATE"));
    }
}
