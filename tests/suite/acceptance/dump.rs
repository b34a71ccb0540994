//! What `pg_dump` says of a database, as a sorted list of statements: their order is not part of what is said.

use similar::TextDiff;

/// The statements of a dump, in normal form and sorted.
pub(super) fn statements(dump: &str) -> Vec<String> {
    let text = dump.lines().filter(|line| !is_restrict(line)).collect::<Vec<_>>().join("\n");
    let mut access_method = String::new();
    let mut statements = Vec::new();
    for statement in confiture::sql::statements(&text).unwrap() {
        let sql = text[statement.span].trim();
        if let Some(method) = sql.strip_prefix("SET default_table_access_method = ") {
            method.clone_into(&mut access_method);
        } else if !is_setting(sql) {
            statements.push(normal_form(sql, &access_method));
        }
    }
    statements.sort();
    statements
}

/// Since the minor versions of August 2025: a key that is different each time.
fn is_restrict(line: &str) -> bool {
    line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ")
}

fn is_setting(sql: &str) -> bool {
    sql.starts_with("SET ") || sql.starts_with("SELECT pg_catalog.set_config(")
}

/// A table with its access method, which a dump sets before it, and with its columns sorted: their order may
/// differ, and is told as information.
fn normal_form(sql: &str, access_method: &str) -> String {
    let sorted = sort_options(sql);
    let sql = sorted.as_str();
    let is = |starts: &[&str]| starts.iter().any(|start| sql.starts_with(start));
    if is(&["CREATE MATERIALIZED VIEW "]) {
        return format!("{sql}\nUSING {access_method}");
    }
    let lines: Vec<&str> = sql.lines().collect();
    let begin = lines.iter().position(|line| *line == "(" || line.ends_with(" ("));
    let end = lines.iter().position(|line| line.starts_with(')'));
    let is_table = is(&["CREATE TABLE ", "CREATE UNLOGGED TABLE ", "CREATE FOREIGN TABLE "]);
    match (is_table, begin, end) {
        (true, Some(begin), Some(end)) if begin < end => {
            let mut columns: Vec<&str> =
                lines[begin + 1..end].iter().map(|line| line.trim_end_matches(',').trim()).collect();
            columns.sort_unstable();
            let sorted = [&lines[..=begin], &columns, &lines[end..]].concat().join("\n");
            format!("{sorted}\nUSING {access_method}")
        }
        _ => sql.to_owned(),
    }
}

/// Storage parameters in one order, which means nothing: `WITH (a='1', b='2')`.
fn sort_options(sql: &str) -> String {
    let Some((before, rest)) = sql.split_once("WITH (") else {
        return sql.to_owned();
    };
    let Some((options, after)) = rest.split_once(')') else {
        return sql.to_owned();
    };
    let mut options: Vec<&str> = options.split(", ").collect();
    options.sort_unstable();
    format!("{before}WITH ({}){after}", options.join(", "))
}

/// How two dumps differ, statement by statement.
pub(super) fn difference(wanted: &[String], found: &[String]) -> String {
    let (wanted, found) = (wanted.join(";\n"), found.join(";\n"));
    TextDiff::from_lines(&wanted, &found)
        .unified_diff()
        .context_radius(2)
        .header("wanted", "found")
        .to_string()
}

#[test]
fn a_dump_is_its_statements_in_no_order() {
    let one = "\\restrict a\nSET x = 1;\nSET default_table_access_method = heap;\n\nCREATE TABLE t (\n    b integer,\n    a text\n);\n\nCREATE VIEW v AS\n SELECT 1;\n";
    let two = "\\restrict b\nSET default_table_access_method = heap;\nCREATE VIEW v AS\n SELECT 1;\n-- x\nCREATE TABLE t (\n    a text,\n    b integer\n);\n";
    assert_eq!(statements(one), statements(two));
    assert_eq!(statements(one).len(), 2);
    assert!(difference(&statements(one), &statements("")).contains("-CREATE TABLE t ("));
}
