use super::super::tests::read;

/// The SQL that leads forward, and that which leads back, of the newest of these files.
fn expanded(files: &[(&str, &str)]) -> (String, Option<String>) {
    let found = read(files).unwrap().migrations.pop().unwrap();
    let down = found.down.map(|down| match down {
        crate::model::migration::Down::Section(file) => file.text,
        crate::model::migration::Down::File(path) => panic!("{path}"),
    });
    (found.up.text, down)
}

/// Where a file is at fault, and why.
fn fault(path: &str, text: &str) -> (usize, usize, String) {
    let error = read(&[("confiture.yaml", ""), (path, text)]).unwrap_err();
    let place = error.place().unwrap_or_else(|| panic!("{error}"));
    assert!(error.help().unwrap().contains("layout: {tool: command, table: "), "{error}");
    (place.line, place.column, error.to_string())
}

const TABLE: &str = r#"{"type": "create_table", "name": "t", "primary_key": ["id"], "columns": [{"name": "id", "type": "int"}, {"name": "n", "type": "int", "generated": "always as (m) stored"}, {"name": "m", "type": "int"}]}"#;

#[test]
fn what_is_wrong_with_a_step_is_told_where_it_stands() {
    let toml = "[[actions]]\ntype = \"custom\"\n\n[[actions]]\n";
    let faults = [
        ("m/1.toml", "[[actions]\n".to_owned(), (1, 11), "it is no TOML"),
        ("m/1.toml", format!("{toml}type = \"make_tea\"\n"), (5, 9), "unknown variant `make_tea`"),
        ("m/1.toml", format!("{toml}type = \"custom\"\nbegin = \"x\"\n"), (6, 1), "unknown field `begin`"),
        ("m/1.toml", format!("{toml}type = \"remove_table\"\n"), (4, 1), "missing field `table`"),
        ("m/1.toml", format!("{toml}type = \"remove_table\"\ntable = 1\n"), (4, 1), "expected a string"),
        ("m/1.toml", format!("titel = \"x\"\n{toml}type = \"custom\"\n"), (1, 1), "unknown field `titel`"),
        (
            "m/1.json",
            "{\"actions\": [\n  {\"type\": \"custom\"},\n  {\"type\": \"x\"}]}".to_owned(),
            (3, 13),
            "unknown variant `x`",
        ),
        ("m/1.json", "{\"actions\": [{\"type\"}]}".to_owned(), (1, 21), "it is no JSON"),
        ("m/1.json", "{\"actions\": {\"type\": 1}}".to_owned(), (1, 3), "`actions` is no list"),
        (
            "m/1.yaml",
            "operations:\n  - sql:\n      up: a\n  - make_tea: {}\n".to_owned(),
            (4, 5),
            "unknown variant `make_tea`",
        ),
        (
            "m/1.yaml",
            "operations:\n  - drop_table: {name: t, cascade: true}\n".to_owned(),
            (2, 27),
            "unknown field `cascade`",
        ),
        ("m/1.yaml", "operations:\n  - sql: [\n".to_owned(), (3, 1), "it is no YAML"),
        (
            "m/1.yaml",
            "operations:\n  - drop_table: {name: t}\n    drop_index: {name: i}\n".to_owned(),
            (2, 5),
            "single key",
        ),
    ];
    for (path, text, (line, column), message) in faults {
        let whose = if path.ends_with("yaml") { "pgroll" } else { "reshape" };
        let settings = format!("layout: {{tool: {whose}, directory: m}}\n");
        let error = super::super::tests::read_as(&settings, &[(path, &text)]).unwrap_err();
        let place = error.place().unwrap_or_else(|| panic!("{text}: {error}"));
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert_eq!((place.line, place.column), (line, column), "{text}: {error}");
    }
}

#[test]
fn what_reshape_would_do_otherwise_than_it_looks_is_refused_by_name() {
    let refused = [
        (
            r#"{"type": "alter_column", "table": "t", "column": "id", "changes": {"type": "bigint"}}"#,
            "`id`, which is of the primary key",
        ),
        (
            r#"{"type": "alter_column", "table": "t", "column": "n", "changes": {"type": "bigint"}}"#,
            "`n` makes its values itself",
        ),
        (
            r#"{"type": "alter_column", "table": "t", "column": "m", "changes": {"nullable": true}}"#,
            "`n` is made of `m`",
        ),
        (
            r#"{"type": "alter_column", "table": "t", "column": "aB", "changes": {"nullable": true}}"#,
            "`aB` without quotes",
        ),
        (r#"{"type": "remove_column", "table": "t", "column": "id"}"#, "cannot remove `id`"),
        (r#"{"type": "remove_enum", "enum": "Mood"}"#, "`Mood` without quotes"),
        (r#"{"type": "create_enum", "name": "e", "values": ["it's"]}"#, "`it's` as it is"),
        (r#"{"type": "remove_foreign_key", "table": "order", "foreign_key": "k"}"#, "`order` without quotes"),
        (
            r#"{"type": "add_foreign_key", "table": "a b", "foreign_key": {"columns": ["m"], "referenced_table": "t", "referenced_columns": ["id"]}}"#,
            "`a b` without quotes",
        ),
    ];
    for (action, wanted) in refused {
        let text = format!("{{\"actions\": [\n{TABLE},\n{action}]}}");
        let (line, column, message) = fault("migrations/1.json", &text);
        assert!(message.contains(wanted), "{action}: {message}");
        assert_eq!((line, column), (3, 1), "{action}");
    }
    // By another name it is the same column.
    let renamed = r#"{"type": "alter_column", "table": "t", "column": "id", "changes": {"name": "key"}}"#;
    let (up, down) = expanded(&[("migrations/1.json", &format!("{{\"actions\": [{renamed}]}}"))]);
    assert_eq!(up, "alter table \"t\" rename column \"id\" to \"key\";\n");
    assert_eq!(down.unwrap(), "alter table \"t\" rename column \"key\" to \"id\";\n");
}

#[test]
fn what_pgroll_cannot_do_is_refused_by_name() {
    let table = r#"{"create_table": {"name": "t", "columns": [{"name": "n", "type": "int", "generated": {"expression": "1"}}]}}"#;
    let refused = [
        (
            r#"{"add_column": {"table": "t", "column": {"name": "a", "type": "int", "pk": true}}}"#,
            "of the primary key",
        ),
        (
            r#"{"add_column": {"table": "t", "column": {"name": "a", "type": "int", "generated": {"expression": "1"}}}}"#,
            "that is generated",
        ),
        (
            r#"{"alter_column": {"table": "t", "column": "n", "nullable": true, "up": "n", "down": "n"}}"#,
            "`n` is generated",
        ),
        (
            r#"{"drop_constraint": {"table": "t", "name": "c", "up": "n + 1", "down": "n"}}"#,
            "which column `c` is about",
        ),
        (
            r#"{"create_constraint": {"table": "t", "name": "c", "type": "exclude", "up": {}, "down": {}}}"#,
            "type `exclude`",
        ),
        (
            r#"{"create_constraint": {"table": "t", "name": "c", "type": "check", "up": {}, "down": {}}}"#,
            "missing field `check`",
        ),
        (
            r#"{"create_constraint": {"table": "t", "name": "c", "type": "unique", "index_parameters": {}, "up": {}, "down": {}}}"#,
            "`index_parameters`",
        ),
    ];
    for (operation, wanted) in refused {
        let text = format!("{{\"operations\": [\n{table},\n{operation}]}}");
        let (line, column, message) = fault("migrations/1.json", &text);
        assert!(message.contains(wanted), "{operation}: {message}");
        assert_eq!((line, column), (3, 1), "{operation}");
    }
}

#[test]
fn whatever_a_name_is_it_stays_a_name() {
    let hostile = r#"t\"; drop table x; --"#;
    let action =
        format!(r#"{{"actions": [{{"type": "rename_table", "table": "{hostile}", "new_name": "a'b"}}]}}"#);
    let (up, down) = expanded(&[("migrations/1.json", &action)]);
    assert_eq!(up, "alter table \"t\"\"; drop table x; --\" rename to \"a'b\";\n");
    assert_eq!(down.unwrap(), "alter table \"a'b\" rename to \"t\"\"; drop table x; --\";\n");
    let operation =
        format!(r#"{{"operations": [{{"drop_column": {{"table": "{hostile}", "column": "\"x\""}}}}]}}"#);
    let (up, down) = expanded(&[("migrations/1.json", &operation)]);
    assert_eq!(up, "alter table \"t\"\"; drop table x; --\" drop column \"\"\"x\"\"\";\n");
    assert_eq!(down, None, "what was in the column nobody knows");
}

#[test]
fn sql_of_the_author_s_finds_what_it_finds_with_reshape() {
    let add = "[[actions]]\ntype = 'add_column'\ntable = 't'\ncolumn = { name = 'c', type = 'int' }\n";
    let custom = "[[actions]]\ntype = 'custom'\nstart = 'select 1 -- at once'\ncomplete = 'select 2;'\n";
    let index = "[[actions]]\ntype = 'add_index'\ntable = 't'\nindex = { name = 'i', columns = ['c'] }\n";
    let (up, down) = expanded(&[("migrations/1.toml", &format!("{add}{index}{custom}"))]);
    let wanted = "select 1 -- at once\n;\nalter table \"t\" add column \"c\" int;\n\
        create index concurrently \"i\" on \"t\" (\"c\");\nselect 2\n;\n";
    assert_eq!(up, wanted);
    assert_eq!(down, None, "nothing takes back what was done at the completion");
}

#[test]
fn files_come_in_the_order_in_which_their_tools_take_them() {
    let names = |ending: &str, text: &str| {
        let files = ["10_b", "9_a", "010_c", "9_B"].map(|name| format!("migrations/{name}.{ending}"));
        let files: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), text)).collect();
        let found = read(&files).unwrap().migrations;
        found.into_iter().map(|one| one.version.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names("toml", "[[actions]]\ntype = 'custom'\n"), ["9_B", "9_a", "10_b", "010_c"]);
    assert_eq!(names("yaml", "operations: []\n"), ["010_c", "10_b", "9_B", "9_a"]);
}
