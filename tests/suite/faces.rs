//! What every command says when all is well and when it is not, as its reader sees it.
//!
//! The commands are those of the man pages, which are made from the one tree of arguments: a command without two
//! pictures here is a failing test.

use std::collections::BTreeSet;

use super::support::{MAJOR, Production, Project};

/// A command, how it is called well, and how it is called so that it fails. `URL` is a database that was deployed, `NEW`
/// an empty one, `DIR` a directory of the test's.
struct Face {
    command: &'static str,
    happy: &'static str,
    failing: &'static str,
    code: i32,
}

const fn face(command: &'static str, happy: &'static str, failing: &'static str, code: i32) -> Face {
    Face { command, happy, failing, code }
}

const FACES: [Face; 35] = [
    face("preflight", "--postgres MAJOR", "--base-ref nowhere", 2),
    face("init", "fresh", ".", 2),
    face("build", "--show-hash -d NEW", "-d URL", 2),
    face("diff", "URL URL", "nowhere.sql", 2),
    face(
        "drift",
        "--postgres MAJOR --database-url URL",
        "--database-url postgresql://nobody@127.0.0.1:1/x",
        3,
    ),
    face("introspect", "-d URL", "-d URL --schema nope", 2),
    face("schema dump", "URL --format sql", "nowhere", 2),
    face("schema fmt", "", "--check db/schema/nowhere", 2),
    face("seed apply", "-d URL", "-d URL --profile larg", 2),
    face("seed validate", "", "--env broken -c db/environments/local.yaml", 4),
    face("migrate preflight", "--postgres MAJOR", "--snapshot nowhere.sql", 2),
    face("migrate up", "-d NEW", "-d URL --target 009", 2),
    face("migrate down", "-d URL", "-d URL --steps 3", 8),
    face("migrate status", "-d URL", "-d NEW", 2),
    face("migrate history", "-d URL", "-d NEW", 2),
    face("migrate verify", "-d URL", "-d NEW", 2),
    face("migrate generate", "add_more --dry-run", "../more", 2),
    face("migrate baseline", "-d NEW --through 002", "-d NEW --through 7", 2),
    face("migrate wizard", "--answers answers.yaml --postgres MAJOR", "--postgres MAJOR", 2),
    face("migrate rebuild", "-d URL --yes", "-d URL", 2),
    face("migrate reinit", "-d URL --yes", "-d URL", 2),
    face("migrate repair", "-d URL", "-d NEW", 2),
    face("migrate estimate", "-d NEW", "-d postgresql://nobody@127.0.0.1:1/x", 3),
    face("migrate validate", "", "--idempotent --fail-on warning", 4),
    face("migrate fix", "--idempotent --dry-run -d NEW", "--naming -c nowhere.yaml", 2),
    face("migrate convert", "--dry-run", "009", 2),
    face("migrate diff", "URL URL", "nowhere.sql", 2),
    face("migrate drift", "--postgres MAJOR --database-url URL", "-C nowhere", 2),
    face("action", "", "", 2),
    face("bot", "", "--config nowhere.yaml", 2),
    face("bot jobs list", "", "--config nowhere.yaml", 2),
    face("bot jobs retry", "", "", 2),
    face("bot setup", "", "--org acme/shop", 2),
    face("completions", "fish", "basic", 2),
    face("man", "man1", "db/schema/a.sql/man1", 2),
];

fn project() -> Project {
    Project::new()
        .file("db/migrations/001_users.up.sql", "create table users (id int primary key, name text);\n")
        .file(
            "db/migrations/002_orders.up.sql",
            "create table orders (id int, user_id int references users);\n",
        )
        .file("db/migrations/002_orders.down.sql", "drop table orders;\n")
        .file("db/schema/a.sql", "create table users (id int primary key, name text);\n")
        .file("db/schema/b.sql", "create table orders (id int, user_id int references users);\n")
        .file("db/seeds/common/1.sql", "insert into users values (1, 'Ada') on conflict do nothing;\n")
        .file("db/seeds/broken/2.sql", "insert into orders values (1), (1, 2);\n")
        .file(
            "answers.yaml",
            "{change: add-column, table: users, new_column: email, type: text, strategy: plain}\n",
        )
        .file("db/environments/local.yaml", "seed: {profiles: {large: {include: ['*']}}}\n")
}

/// What differs from run to run: places, times, versions, hashes.
fn filters() -> Vec<(&'static str, &'static str)> {
    vec![
        (r"postgresql://confiture_superuser@[^ ]*?:5432/", "postgresql://production/"),
        (r"under 1 ms|\d+(\.\d)? (ms|s)\b", "[time]"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "[when]"),
        (r"PostgreSQL \d+\.\d+", "PostgreSQL [version]"),
        (r"[0-9a-f]{64}", "[hash]"),
        (r"/tmp/cp[A-Za-z0-9]{6}", "[project]"),
        // What took less than a millisecond has no time in the ledger.
        (r"(by \w+) in \[time\]", "$1"),
    ]
}

async fn picture(
    production: &Production,
    face: &Face,
    arguments: &str,
    code: i32,
    name: &str,
) -> Option<String> {
    let project = project();
    for database in ["app", "fresh"] {
        production.sql("postgres", &format!("drop database if exists {database} with (force)")).await;
        production.database(database, "").await;
    }
    let (url, fresh) = (production.url("app"), production.url("fresh"));
    project.migrate("up", &url).ends_with(0);
    let arguments =
        arguments.replace("URL", &url).replace("NEW", &fresh).replace("MAJOR", &MAJOR.to_string());
    let words: Vec<&str> = face.command.split(' ').chain(arguments.split_whitespace()).collect();
    let ended = project.run(&words).env("COLUMNS", "100").end();
    let surprise = (ended.code != code)
        .then(|| format!("{words:?} ended with {}: {}{}", ended.code, ended.out, ended.err));
    // A completion script tells of all commands, and changes with each of them.
    let out =
        if ended.out.len() > 6000 { format!("{} …", ended.out.lines().next().unwrap()) } else { ended.out };
    let said = format!("exit {}\n{out}{}", ended.code, ended.err);
    insta::with_settings!({ filters => filters(), prepend_module_to_snapshot => false, snapshot_path => "snapshots/faces" }, {
        insta::assert_snapshot!(format!("{}_{name}", face.command.replace(' ', "_")), said);
    });
    surprise
}

async fn pictures(of: impl Fn(usize) -> bool) {
    let production = Production::start().await;
    let mut surprises = Vec::new();
    for (_, face) in FACES.iter().enumerate().filter(|(index, _)| of(*index)) {
        // The Action and the bot have their own tests of what goes well: they need events, and GitHub.
        if face.command.split(' ').next() != Some("bot") && face.command != "action" {
            surprises.extend(picture(&production, face, face.happy, 0, "happy").await);
        }
        surprises.extend(picture(&production, face, face.failing, face.code, "failing").await);
    }
    production.stop().await;
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_says_what_it_did_and_why_it_did_not() {
    pictures(|index| index % 2 == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_command_does_so_too() {
    pictures(|index| index % 2 == 1).await;
}

#[test]
fn every_command_has_its_pictures() {
    let project = Project::bare();
    project.run(&["man", "pages"]).ends_with(0);
    let pages = project.path("pages").read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    let pages: BTreeSet<String> = pages.map(|name| name.into_string().unwrap()).collect();
    let stems: BTreeSet<&str> = pages.iter().filter_map(|name| name.strip_suffix(".1")).collect();
    let has_below = |stem: &str| stems.iter().any(|other| other.starts_with(&format!("{stem}-")));
    let leaves = stems.iter().filter(|stem| !has_below(stem));
    let commands: BTreeSet<String> =
        leaves.map(|stem| stem.trim_start_matches("confiture-").replace('-', " ")).collect();
    let faces: BTreeSet<String> = FACES.iter().map(|face| face.command.to_owned()).collect();
    let without: Vec<&String> = commands.difference(&faces).collect();
    assert!(without.is_empty(), "no pictures of {without:?}: add a line to FACES");
    // What runs by itself may have commands below it.
    let all: BTreeSet<String> =
        stems.iter().map(|stem| stem.trim_start_matches("confiture-").replace('-', " ")).collect();
    let gone: Vec<&String> = faces.difference(&all).filter(|name| *name != "man").collect();
    assert!(gone.is_empty(), "there are no commands {gone:?}");
}
