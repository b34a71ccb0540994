use camino::Utf8Path;

use super::{Connection, Settings, Variables, resolve};

fn parse(text: &str) -> Result<Settings, super::ConfigError> {
    Settings::parse(Utf8Path::new("db/environments/local.yaml"), text)
}

#[test]
fn an_unknown_key_is_refused_with_its_path_its_line_and_the_nearest_name() {
    let error = parse("name: local\nmigration:\n  trackng_table: x\n").unwrap_err();
    assert_eq!(error.message, "unknown key migration.trackng_table");
    assert_eq!(error.help.as_deref(), Some("did you mean tracking_table?"));
    assert_eq!(error.position.map(|(line, _)| line), Some(3));
    let error = parse("databse_url: x\n").unwrap_err();
    assert_eq!(error.message, "unknown key databse_url");
    assert_eq!(error.help.as_deref(), Some("did you mean database_url?"));
}

#[test]
fn what_is_ignored_as_drift_is_read_and_its_keys_are_checked() {
    let text = "drift:\n  ignore_column_order: true\n  ignore: {schemas: [audit], objects: [\"tmp_*\"], owners: [m]}\n";
    let ignore = parse(text).unwrap().drift.ignore;
    assert_eq!(
        (&ignore.schemas[0], &ignore.objects[0], &ignore.owners[0]),
        (&"audit".to_owned(), &"tmp_*".to_owned(), &"m".to_owned())
    );
    let error = parse("drift:\n  ignore:\n    schema: [audit]\n").unwrap_err();
    assert_eq!(error.message, "unknown key drift.ignore.schema");
    assert_eq!(error.help.as_deref(), Some("did you mean schemas?"));
}

#[test]
fn a_key_given_twice_is_refused() {
    assert!(parse("database_url: a\ndatabase_url: b\n").unwrap_err().message.contains("duplicate"));
}

#[test]
fn a_value_of_another_type_is_refused_with_its_key() {
    let error = parse("preflight:\n  superuser: perhaps\n").unwrap_err();
    assert!(error.message.starts_with("preflight.superuser: "), "{}", error.message);
}

#[test]
fn a_file_of_comments_sets_nothing() {
    assert!(parse("# nothing\n\n").unwrap().database_url.is_none());
}

#[test]
fn every_key_of_the_python_tools_environment_files_is_accepted() {
    let text = "name: production\ninclude_dirs:\n  - db/schema\n  - {path: db/views, recursive: false, order: 2}\n\
                exclude_dirs: [db/old]\nbuild: {sort_mode: hex}\nmigration: {strict_mode: true, locking: {enabled: true}}\n\
                seed: {execution_mode: sequential}\nssh_tunnel: {host: h}\nacls: []\nlint: {}\n";
    let settings = parse(text).unwrap();
    let dirs = settings.include_dirs.unwrap();
    assert_eq!(
        dirs.iter().map(|dir| (dir.path.as_str(), dir.recursive)).collect::<Vec<_>>(),
        [("db/schema", true), ("db/views", false)]
    );
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (next, last) in ('b'..='j').zip('a'..='i') {
        let list = vec![format!("*{last}"); 10].join(", ");
        bomb.push_str(&format!("{next}: &{next} [{list}]\n"));
    }
    bomb.push_str("acls: *j\n");
    assert!(parse(&bomb).is_err());
}

#[test]
fn variables_are_put_in_once_and_an_unset_one_is_named() {
    let variables: Variables =
        [("HOST", "db"), ("EMPTY", ""), ("SLY", "${HOST}")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    for (text, wanted) in [
        ("postgresql://${HOST}/x", "postgresql://db/x"),
        ("${PORT:-5432}", "5432"),
        ("${EMPTY:-a}${EMPTY}", "a"),
        ("${SLY}", "${HOST}"),
        ("a$b $${HOST} ${open", "a$b ${HOST} ${open"),
    ] {
        assert_eq!(resolve(text, &variables).unwrap(), wanted);
    }
    assert_eq!(resolve("${DB_URL}", &variables).unwrap_err(), "DB_URL");
}

#[test]
fn an_unset_variable_counts_only_where_the_connection_is_wanted() {
    let path = Utf8Path::new("db/environments/production.yaml");
    let settings = parse("database:\n  host: ${DB_HOST}\n  port: 5432\n  password: 0123\n").unwrap();
    let error = settings.database(path, &Variables::new()).err().unwrap();
    assert_eq!(error.message, "database.host names the environment variable DB_HOST, which is not set");
    let variables = [("DB_HOST".to_owned(), "h".to_owned())].into();
    let connection = settings.database(path, &variables).unwrap();
    assert!(matches!(connection, Some(Connection::Parts { port: Some(port), .. }) if port == "5432"));
}
