use camino::Utf8Path;

use super::{BotSettings, Connection, Settings, Unresolved, Variables, resolve};
use crate::model::hook::{OnFailure, Phase};
use crate::model::layout::Tool;

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
    for (text, wanted) in [
        (
            "migration: {lock_timeout: 5 parsecs}",
            "migration.lock_timeout: this is no time: write it as 500ms, 5s or 2min",
        ),
        ("database_url: [1]", "database_url: invalid type: sequence, expected a string"),
        (
            "migration: {tracking_table: ''}",
            "migration.tracking_table: this is no table: write it as name or schema.name",
        ),
        (
            "migration: {tracking_table: '${T}'}",
            "migration.tracking_table: this is no table: write it as name or schema.name",
        ),
        (
            "migration: {tracking_table: a.b.c}",
            "migration.tracking_table: this is no table: write it as name or schema.name",
        ),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!((error.message.as_str(), error.position.map(|(line, _)| line)), (wanted, Some(1)));
    }
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
fn an_alias_bomb_is_refused_where_it_is_read() {
    let mut bomb = String::from("lint:\n- &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (next, last) in ('b'..='p').zip('a'..='o') {
        let list = vec![format!("*{last}"); 10].join(", ");
        bomb.push_str(&format!("- &{next} [{list}]\n"));
    }
    assert!(parse(&format!("{bomb}acls: *p\n")).is_ok(), "nobody reads it");
    let error = parse(&format!("{bomb}include_dirs: *p\n")).unwrap_err();
    assert_eq!(error.message, "include_dirs has aliases of aliases, which stand for more than is read");
    assert_eq!(error.position, None);
    for (key, value) in [("hooks", "{on_failure: *p}"), ("database", "{port: *p}"), ("exclude_dirs", "*p")] {
        let error = parse(&format!("{bomb}{key}: {value}\n")).unwrap_err();
        assert!(error.message.starts_with(key), "{error:?}");
    }
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
        ("a$b $${HOST} $", "a$b ${HOST} $"),
    ] {
        assert_eq!(resolve(text, &variables).unwrap(), wanted);
    }
    for (text, wanted) in [
        ("${DB_URL}", Unresolved::Unset("DB_URL".to_owned())),
        ("pa${HOST", Unresolved::Open),
        ("${}", Unresolved::NoName),
        ("${a b:-x}", Unresolved::NoName),
        ("${1A}", Unresolved::NoName),
    ] {
        assert_eq!(resolve(text, &variables).unwrap_err(), wanted);
    }
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

/// The schema is for editors: what it marks has to be what is refused, and the other way round.
#[test]
fn the_schema_accepts_what_is_read_and_nothing_else() {
    let schema = serde_json::to_value(super::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (text, is_good) in [
        ("database_url: ${URL}", true),
        ("database: {port: 5432, user: me}", true),
        ("database: {port: '${PORT}', password: 0.5}", true),
        ("database: {prot: 5432}", false),
        ("include_dirs: [db/a, {path: db/b, recursive: false, order: 1}]", true),
        ("includes: [db/a]", true),
        ("include_dirs: [{recursive: false}]", false),
        ("preflight: {postgres: 17, fail_on: warning, extensions: [postgis]}", true),
        ("preflight: {fail_on: errors}", false),
        ("preflight: {superuser: 'no'}", false),
        ("migration: {versions: timestamp, tracking_table: a.b, backfill: {batch_size: 1}}", true),
        ("migration: {tracking_tabel: x}", false),
        ("migration: {backfill: {batch_size: 0}}", false),
        ("migration: {backfill: {batchsize: 1}}", false),
        ("hooks: {dir: ops/hooks, timeout: 90s, on_failure: warn}", true),
        ("hooks: {on_failure: {before_ddl: warn, cleanup: fail}, timeout: 5000}", true),
        ("hooks: {on_failure: ignore}", false),
        ("hooks: {on_failure: {before_dll: warn}}", false),
        ("hooks: {on_failure: {before_ddl: 1}}", false),
        ("drift: {ignore: {schemas: ['tmp*']}}", true),
        ("drift: {ignore: {tables: []}}", false),
        ("lint: {rules: [1]}", true),
        ("acls: [1, two]", true),
        ("name:", true),
        ("nonsense: 1", false),
    ] {
        let read = Settings::parse(Utf8Path::new("x.yaml"), text);
        assert_eq!(read.is_ok(), is_good, "read: {text}");
        let value: serde_json::Value = serde_yaml::from_str(text).unwrap();
        assert_eq!(validator.is_valid(&value), is_good, "schema: {text}");
    }
}

#[test]
fn what_a_hook_that_fails_means_is_said_for_all_phases_or_for_each() {
    let of = |text: &str, phase| parse(text).unwrap().hooks.on_failure.of(phase);
    for (text, before_ddl, cleanup) in [
        ("", OnFailure::Fail, OnFailure::Warn),
        ("hooks: {on_failure: fail}", OnFailure::Fail, OnFailure::Fail),
        ("hooks: {on_failure: warn}", OnFailure::Warn, OnFailure::Warn),
        ("hooks: {on_failure: {before_ddl: warn}}", OnFailure::Warn, OnFailure::Warn),
        ("hooks: {on_failure: {cleanup: fail}}", OnFailure::Fail, OnFailure::Fail),
    ] {
        assert_eq!((of(text, Phase::BeforeDdl), of(text, Phase::Cleanup)), (before_ddl, cleanup), "{text}");
    }
    let wrong = parse("hooks:\n  on_failure:\n    before_dll: warn\n").unwrap_err();
    assert!(wrong.message.contains("before_dll"), "{wrong:?}");
    assert!(wrong.help.as_deref().is_some_and(|help| help.contains("before_ddl")), "{wrong:?}");
}

#[test]
fn what_the_bot_is_told_of_its_pages_has_to_fit_together() {
    let parse = |github: &str, more: &str| {
        let text = format!("github: {{app_id: 1, private_key: k, webhook_secrets: [s]{github}}}\n{more}");
        let variables = [("SECRET".to_owned(), "s3cret".to_owned())].into();
        BotSettings::parse(Utf8Path::new("confiture.bot.yaml"), &text, &variables)
    };
    let sign_in = ", client_id: i, client_secret: '${SECRET}'";
    let settings = parse(sign_in, "public_url: https://x.example/confiture/").unwrap();
    assert_eq!(settings.github.client_secret.as_deref(), Some("s3cret"));
    // A path is put behind it.
    assert_eq!(settings.public_url.as_deref(), Some("https://x.example/confiture"));
    assert_eq!((settings.links.signed, settings.links.days), (true, 30));
    assert!(!format!("{settings:?}").contains("s3cret"));
    for (github, more, wanted) in [
        (sign_in, "", "and public_url is not"),
        (", client_id: i", "public_url: https://x", "both are wanted, or neither"),
        (", client_secret: i", "", "both are wanted, or neither"),
        ("", "public_url: x.example", "must begin with https:// or http://"),
        ("", "links: {days: 0}", "leads nowhere"),
        ("", "links: {sign: false}", "unknown key links.sign"),
    ] {
        let error = parse(github, more).unwrap_err();
        assert!(error.message.contains(wanted) && error.help.is_some(), "{more}: {error:?}");
    }
}

#[test]
fn the_schema_of_the_bot_s_file_marks_what_is_misspelt() {
    let schema = serde_json::to_value(super::bot_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (more, is_good) in [
        ("links: {signed: false}", true),
        ("repositories: {a/b: {env: production}}", true),
        ("links: {sign: false}", false),
        ("limits: {job: 1}", false),
    ] {
        let text = format!("github: {{app_id: 1, private_key: k, webhook_secrets: [s]}}\n{more}");
        let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(validator.is_valid(&value), is_good, "{more}");
    }
}

#[test]
fn a_command_goes_with_tools_that_are_run_by_one() {
    let layout = |text: &str| Settings::parse("c.yaml".into(), &format!("layout: {text}\n"));
    let alone = layout("{command: bin/migrate up, timeout: 90s, roles: [app], environment: {A: b}}").unwrap();
    let alone = alone.layout.unwrap();
    let command = alone.command.unwrap();
    assert_eq!((alone.tool, command.line.as_str()), (Tool::Command, "bin/migrate up"));
    assert_eq!((command.timeout.as_deref(), command.environment["A"].as_str()), (Some("90s"), "b"));
    assert!(layout("{tool: alembic, command: alembic upgrade head}").is_ok());
    // What is found of it may be told without a command.
    assert!(layout("alembic").is_ok());
    for (text, wanted) in [
        ("command", "wants a `command:`"),
        ("{directory: x}", "tool"),
        ("{tool: dbmate, command: dbmate up}", "read from their files"),
        ("{tool: alembic, command: ' '}", "is empty"),
        ("{tool: alembic, command: a, execute: native}", "leave `execute: native` out"),
        ("{tool: reshape, execute: native}", "only Reshape can run its migrations"),
        ("{tool: dbmate, roles: [app]}", "are about a `command:`"),
        ("{command: a, timeout: soon}", "this is no time"),
        ("{tool: alembic, missing: allow}", "are about files that are read"),
        ("{tool: golang-migrate, out_of_order: apply}", "never applies what comes late"),
        ("{tool: goose, out_of_order: later}", "later"),
    ] {
        let error = layout(text).unwrap_err();
        assert!(error.message.contains(wanted), "{text}: {error:?}");
    }
}
