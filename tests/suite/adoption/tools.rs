//! The tools that are driven: what a project of each looks like, and what each is called with.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha1::{Digest as _, Sha1};

use crate::support::{Production, Project};

/// A tool, and a project of migrations for it: each makes a table, and the way back drops it.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// The paths and the texts of a migration's files; the first is the one that leads forward.
    pub(super) files: fn(usize) -> Vec<(String, String)>,
    /// Whether its files lead back.
    pub(super) leads_back: bool,
    /// What the tool is called with to apply everything.
    pub(super) up: fn(&At<'_>) -> Command,
    /// What it is called with to say what is applied and whether that is as the files are, and whether that is everything.
    pub(super) status: fn(&At<'_>) -> Command,
    pub(super) is_up_to_date: fn(&str) -> bool,
    /// Its ledger, and the columns of it that are another in each database.
    pub(super) ledger: &'static str,
    pub(super) times: &'static [&'static str],
}

/// Every tool that is driven here.
pub(super) const TOOLS: [Tool; 8] =
    [DBMATE, DIESEL, GRAPHILE_MIGRATE, NODE_PG_MIGRATE, PRISMA, REFINERY, SQL_MIGRATE, SQLX];

/// Where a tool works.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) project: &'a Project,
    pub(crate) production: &'a Production,
    pub(crate) database: &'a str,
}

impl At<'_> {
    pub(crate) fn command(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        command.args(arguments).current_dir(self.project.path(""));
        command.env("DATABASE_URL", self.url());
        command.env("PGHOST", self.production.socket()).env("PGPORT", "5432");
        command.env("PGUSER", "confiture_superuser").env("PGDATABASE", self.database);
        command
    }

    pub(crate) fn url(&self) -> String {
        self.production.url(self.database)
    }

    pub(crate) fn socket(&self) -> String {
        self.production.socket().to_str().unwrap().to_owned()
    }
}

/// What `scripts/test` has fetched.
pub(crate) fn fetched(name: &str) -> PathBuf {
    let found = std::env::var_os("CONFITURE_TEST_TOOLS").map(PathBuf::from);
    let found = found
        .unwrap_or_else(|| panic!("CONFITURE_TEST_TOOLS is not set: run scripts/test, which fetches them"));
    found.join(name)
}

/// How a command ended, and all that it said.
pub(super) fn run(mut command: Command) -> (bool, String) {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; run scripts/test"));
    let said = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).join("\n");
    (status.success(), said)
}

fn time_stamp(number: usize) -> String {
    format!("202401{number:02}000000")
}

const DBMATE: Tool = Tool {
    name: "dbmate",
    settings: &[],
    files: |number| {
        let text = format!(
            "-- migrate:up\ncreate table t{number} (i int);\n\n-- migrate:down\ndrop table t{number};\n"
        );
        vec![(format!("db/migrations/{}_t{number}.sql", time_stamp(number)), text)]
    },
    leads_back: true,
    up: |at| dbmate(at, &["--no-dump-schema", "up"]),
    status: |at| dbmate(at, &["status"]),
    is_up_to_date: |said| said.contains("Pending: 0"),
    ledger: "schema_migrations",
    times: &[],
};

fn dbmate(at: &At<'_>, arguments: &[&str]) -> Command {
    let url = format!("postgres://confiture_superuser@/{}?host={}&sslmode=disable", at.database, at.socket());
    at.command(fetched("dbmate"), &[&["--url", &url], arguments].concat())
}

const DIESEL: Tool = Tool {
    name: "diesel",
    settings: &[("diesel.toml", "")],
    files: |number| {
        let directory = format!("migrations/2024-01-{number:02}-000000_t{number}");
        vec![
            (format!("{directory}/up.sql"), format!("\ncreate table t{number} (i int);\n")),
            (format!("{directory}/down.sql"), format!("drop table t{number};\n")),
        ]
    },
    leads_back: true,
    up: |at| at.command(fetched("diesel"), &["migration", "run"]),
    status: |at| at.command(fetched("diesel"), &["migration", "pending"]),
    is_up_to_date: |said| said.trim() == "false",
    ledger: "__diesel_schema_migrations",
    times: &["run_on"],
};

const GRAPHILE_MIGRATE: Tool = Tool {
    name: "graphile-migrate",
    settings: &[(".gmrc", "{}")],
    files: |number| {
        let (hash, text) = committed(number, &format!("create table t{number} (i int);"));
        let previous = (1..number).last().map_or_else(|| "-".to_owned(), committed_hash);
        let text = format!("--! Previous: {previous}\n--! Hash: {hash}\n\n{text}\n");
        vec![(format!("migrations/committed/{number:06}-t{number}.sql"), text)]
    },
    leads_back: false,
    up: graphile_migrate,
    status: graphile_migrate,
    is_up_to_date: |said| said.contains("Already up to date"),
    ledger: "graphile_migrate.migrations",
    times: &["date"],
};

/// The hash and the text of a migration that comes after those with smaller numbers.
fn committed(number: usize, text: &str) -> (String, String) {
    let previous = if number > 1 { committed_hash(number - 1) } else { String::new() };
    let hashed = format!("{}\n", format!("{previous}\n{text}").trim());
    let hash = Sha1::digest(hashed).iter().fold("sha1:".to_owned(), |hash, byte| format!("{hash}{byte:02x}"));
    (hash, text.to_owned())
}

fn committed_hash(number: usize) -> String {
    committed(number, &format!("create table t{number} (i int);")).0
}

fn graphile_migrate(at: &At<'_>) -> Command {
    let mut command = at.command(fetched("graphile-migrate"), &["migrate"]);
    command.env("SHADOW_DATABASE_URL", at.production.url("shadow"));
    command.env("ROOT_DATABASE_URL", at.production.url("postgres"));
    command
}

const NODE_PG_MIGRATE: Tool = Tool {
    name: "node-pg-migrate",
    settings: &[("package.json", r#"{"devDependencies": {"node-pg-migrate": "8"}}"#)],
    files: |number| {
        let text = format!(
            "-- Up Migration\ncreate table t{number} (i int);\n\n-- Down Migration\ndrop table t{number};\n"
        );
        vec![(format!("migrations/170406720000{number}_t{number}.sql"), text)]
    },
    leads_back: true,
    up: |at| at.command(fetched("node-pg-migrate"), &["up", "-m", "migrations"]),
    status: |at| at.command(fetched("node-pg-migrate"), &["up", "-m", "migrations", "--dry-run"]),
    is_up_to_date: |said| said.contains("No migrations to run!"),
    ledger: "pgmigrations",
    times: &["run_on"],
};

const PRISMA: Tool = Tool {
    name: "prisma",
    settings: &[
        (
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n  url = \"postgresql://adapter\"\n}\n",
        ),
        ("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n"),
        ("prisma.config.mjs", PRISMA_CONFIG),
    ],
    files: |number| {
        let path = format!("prisma/migrations/{}_t{number}/migration.sql", time_stamp(number));
        vec![(path, format!("\ncreate table t{number} (i int);\n"))]
    },
    leads_back: false,
    up: |at| prisma(at, "deploy"),
    status: |at| prisma(at, "status"),
    is_up_to_date: |said| said.contains("Database schema is up to date!"),
    ledger: "_prisma_migrations",
    times: &["id", "started_at", "finished_at"],
};

/// Its schema engine, compiled to WebAssembly, reaches the database through an adapter in JavaScript. The adapter knows
/// no columns of type `name`, which the engine asks for: they are as good as `text`. It is to end when it is done.
const PRISMA_CONFIG: &str = r"
import { createRequire } from 'node:module'
const from = createRequire(process.env.TOOLS + '/package.json')
const { PrismaPg } = from('@prisma/adapter-pg')
const Result = from('pg/lib/result.js')
const { addFields } = Result.prototype
Result.prototype.addFields = function (fields) {
  for (const field of fields) if (field.dataTypeID === 19) field.dataTypeID = 25
  return addFields.call(this, fields)
}
const { PGHOST: host, PGUSER: user, PGDATABASE: database } = process.env
export default {
  engine: 'js',
  experimental: { adapter: true },
  schema: 'prisma/schema.prisma',
  adapter: async () => new PrismaPg({ host, user, database, idleTimeoutMillis: 100 }),
}
";

fn prisma(at: &At<'_>, command: &str) -> Command {
    let mut command = at.command(fetched("prisma"), &["migrate", command, "--config", "prisma.config.mjs"]);
    command.env("TOOLS", fetched("")).env("CHECKPOINT_DISABLE", "1").env("PRISMA_HIDE_UPDATE_MESSAGE", "1");
    // Engines that would have to be downloaded, and that nothing here runs.
    for engine in ["PRISMA_QUERY_ENGINE_LIBRARY", "PRISMA_SCHEMA_ENGINE_BINARY"] {
        command.env(engine, "/bin/false");
    }
    command
}

const REFINERY: Tool = Tool {
    name: "refinery",
    settings: &[("refinery.toml", "")],
    files: |number| {
        let text = format!("\ncreate table t{number} (i int);\n");
        vec![(format!("migrations/V0{number}__t{number}.sql"), text)]
    },
    leads_back: false,
    up: refinery,
    status: refinery,
    is_up_to_date: |said| said.contains("no migrations to apply"),
    ledger: "refinery_schema_history",
    times: &["applied_on"],
};

/// With what its library does unless it is told otherwise: what is another or gone ends it.
fn refinery(at: &At<'_>) -> Command {
    at.command(fetched("refinery"), &["migrate", "-d", "-m", "-e", "DATABASE_URL"])
}

const SQL_MIGRATE: Tool = Tool {
    name: "sql-migrate",
    settings: &[],
    files: |number| {
        let text = format!(
            "-- +migrate Up\ncreate table t{number} (i int);\n\n-- +migrate Down\ndrop table t{number};\n"
        );
        vec![(format!("migrations/{}-t{number}.sql", time_stamp(number)), text)]
    },
    leads_back: true,
    up: sql_migrate,
    status: sql_migrate,
    is_up_to_date: |said| said.contains("Applied 0 migrations"),
    ledger: "gorp_migrations",
    times: &["applied_at"],
};

fn sql_migrate(at: &At<'_>) -> Command {
    let settings = format!(
        "development:\n  dialect: postgres\n  datasource: host={} dbname={} user=confiture_superuser sslmode=disable\n  \
         dir: migrations\n",
        at.socket(),
        at.database
    );
    at.project.write("dbconfig.yml", settings);
    at.command("sql-migrate", &["up"])
}

const SQLX: Tool = Tool {
    name: "sqlx",
    settings: &[("Cargo.toml", "[dependencies]\nsqlx = \"0.9\"\n")],
    files: |number| {
        // Zeros before a number are not in its ledger.
        let stem = format!("migrations/000{number}_t{number}_of_sqlx");
        vec![
            (format!("{stem}.up.sql"), format!("\ncreate table t{number} (i int);\n")),
            (format!("{stem}.down.sql"), format!("drop table t{number};\n")),
        ]
    },
    leads_back: true,
    up: |at| at.command(fetched("sqlx"), &["migrate", "run"]),
    status: |at| at.command(fetched("sqlx"), &["migrate", "info"]),
    is_up_to_date: |said| {
        said.contains("/installed") && !said.contains("pending") && !said.contains("checksum")
    },
    ledger: "_sqlx_migrations",
    times: &["installed_on", "execution_time"],
};
