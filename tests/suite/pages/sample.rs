//! Pages as full as they get, with names that fit nowhere.

use confiture::model::estimate::{
    MigrationEstimate, Span, StatementEstimate, TableEstimate, TableSize, Work,
};
use confiture::model::exit::ExitCode;
use confiture::model::finding::{Finding, Rule, Severity};
use confiture::model::migration::Version;
use confiture::model::place::Place;
use confiture::model::plan::LockMode;
use confiture::model::report::{
    Base, BaseKind, Change, ChangeKind, Drift, Excerpt, Failure, MigrationOutcome, MigrationStatus, Note,
    PropertyChange, Provider, Report, ServerInfo, Stage, StatementOutcome, Verdict,
};
use confiture::model::schema::{ObjectId, ObjectKind};
use confiture::model::statement::TransactionMode;
use confiture::render::markdown::Context;
use confiture::render::page::{
    Cell, Ending, HomePage, LastRun, LastState, Matrix, OpenPull, Progress, Pull, Repository, RunPage,
    RunState, Visitor,
};

/// A name as long as PostgreSQL takes them, without a place to break it.
const LONG: &str = "a_name_that_is_as_long_as_postgresql_takes_them_and_has_no_break";

/// A statement: its line, its text, how long it took, and what it locks for which work.
type Ran = (usize, &'static str, f64, LockMode, Work);

const MIGRATIONS: [(&str, &str, &[Ran]); 3] = [
    (
        "20260520143015",
        "add_user_bio",
        &[(1, "alter table users add column bio text", 23.0, LockMode::AccessExclusive, Work::Catalog)],
    ),
    (
        "20260520143016",
        "index_orders",
        &[
            (1, "create index orders_region on orders (region)", 1_104.0, LockMode::Share, Work::IndexBuild),
            (
                2,
                "comment on index orders_region is 'for the dashboard'",
                2.0,
                LockMode::ShareUpdateExclusive,
                Work::Catalog,
            ),
        ],
    ),
    (
        "20260520143017",
        LONG,
        &[
            (
                3,
                "insert into regions (name) values ('north'), ('south')",
                9.0,
                LockMode::RowExclusive,
                Work::Insert,
            ),
            (
                5,
                "update orders set region = coalesce(region, 'north') where region is null and created_at > '2020-01-01'",
                640.0,
                LockMode::RowExclusive,
                Work::Update,
            ),
        ],
    ),
];

/// A run that ended with drift and findings.
pub(super) fn drifted() -> RunPage {
    let mut report = report();
    report.findings = vec![
        finding(
            Rule::MissingDown,
            "db/migrations/20260520143015_add_user_bio.up.sql",
            "20260520143015_add_user_bio has no down file: it cannot be rolled back",
        ),
        finding(
            Rule::OrphanDown,
            "db/migrations/20260101000000_gone.down.sql",
            "this down file has no up file",
        ),
    ];
    report.drift = Some(drift());
    report.conclude(Some(Severity::Error));
    page(RunState::Reported(Box::new(report)))
}

/// A run whose second migration is refused.
pub(super) fn refused() -> RunPage {
    let mut report = report();
    report.applied_count = 1;
    report.migrations[1].status = MigrationStatus::Failed;
    report.migrations[1].statements.truncate(1);
    report.migrations[1].statement_count = 1;
    report.migrations[2].status = MigrationStatus::NotRun;
    report.migrations[2].statements.clear();
    report.migrations[2].statement_count = 0;
    let mut failure = Failure::new(Stage::Migration, ExitCode::Database, "column \"regon\" does not exist");
    failure.sqlstate = Some("42703".to_owned());
    failure.hint = Some("Perhaps you meant to reference the column \"orders.region\".".to_owned());
    failure.place = Some(place("db/migrations/20260520143016_index_orders.up.sql", 2, 43));
    failure.excerpt = Some(Excerpt {
        first_line: 1,
        lines: vec![
            "-- for the dashboard".to_owned(),
            "create index orders_region on orders (id, regon);".to_owned(),
        ],
        marked_line: 2,
        marked_column: 43,
    });
    failure.log = vec![format!("ERROR:  column \"regon\" does not exist at character 43 {LONG}{LONG}")];
    report.failure = Some(failure);
    report.conclude(Some(Severity::Error));
    page(RunState::Reported(Box::new(report)))
}

/// A run that all is well with.
pub(super) fn passed() -> RunPage {
    let mut report = report();
    report.conclude(Some(Severity::Error));
    page(RunState::Reported(Box::new(report)))
}

/// A run that is under way.
pub(super) fn running() -> RunPage {
    RunPage { ended: None, estimates: Vec::new(), ..page(RunState::Running) }
}

fn page(state: RunState) -> RunPage {
    let progress = [
        "fetching a1b2c3d",
        "starting PostgreSQL 17.2",
        "laying the base: main",
        "replaying 3 pending migrations",
    ];
    RunPage {
        id: "42".to_owned(),
        repository: "acme/shop".to_owned(),
        pull: Some(pull(12, "Users have a biography, and orders a region")),
        context: Context {
            head: Some("a1b2c3d4e5f6".to_owned()),
            repository_url: Some("https://github.com/acme/shop".to_owned()),
            ..Context::default()
        },
        state,
        started: "2026-05-20 14:30:17 UTC".to_owned(),
        ended: Some("2026-05-20 14:30:20 UTC".to_owned()),
        estimates: MIGRATIONS
            .iter()
            .map(|(version, name, statements)| estimate(version, name, statements))
            .collect(),
        progress: (17..)
            .zip(progress)
            .map(|(second, text)| Progress { at: format!("14:30:{second}"), text: text.to_owned() })
            .collect(),
    }
}

fn report() -> Report {
    Report {
        schema_version: 1,
        tool_version: "0.1.0".to_owned(),
        command: "preflight".to_owned(),
        ok: true,
        verdict: Verdict::Passed,
        exit_code: ExitCode::Success,
        code: String::new(),
        env: "local".to_owned(),
        server: Some(ServerInfo { version: "17.2".to_owned(), provider: Provider::Embedded }),
        base: Base {
            kind: BaseKind::Ref,
            version: Some(Version::new("20260512090000")),
            deployed_count: 214,
            git_ref: Some("main".to_owned()),
            commit: Some("99e1d4c0aa".to_owned()),
            source: None,
            server_version: None,
            copy: None,
            cached: true,
        },
        pending_count: 3,
        plan_digest: Some("0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned()),
        applied_count: 3,
        migrations: MIGRATIONS
            .iter()
            .map(|(version, name, statements)| migration(version, name, statements))
            .collect(),
        drift: Some(Drift {
            equal: true,
            object_count: 0,
            changes: Vec::new(),
            column_order: Vec::new(),
            not_compared: Vec::new(),
        }),
        findings: Vec::new(),
        ignored: Vec::new(),
        ran: None,
        tables: Vec::new(),
        failure: None,
        notes: vec![Note::RolesCreated { roles: vec!["app_reader".to_owned(), "app_writer".to_owned()] }],
        duration_ms: 2_912.4,
    }
}

fn path(version: &str, name: &str) -> camino::Utf8PathBuf {
    format!("db/migrations/{version}_{name}.up.sql").into()
}

fn migration(version: &str, name: &str, statements: &[Ran]) -> MigrationOutcome {
    let ran = statements.iter().map(|(line, text, duration_ms, _, _)| StatementOutcome {
        line: *line,
        column: 1,
        text: (*text).to_owned(),
        duration_ms: *duration_ms,
        locks: Vec::new(),
    });
    MigrationOutcome {
        version: Version::new(version),
        name: name.to_owned(),
        path: path(version, name),
        status: MigrationStatus::Applied,
        duration_ms: statements.iter().map(|one| one.2).sum(),
        transaction: TransactionMode::Single,
        statement_count: statements.len(),
        statements: ran.collect(),
        hooks: Vec::new(),
        batches: None,
        python: None,
    }
}

fn estimate(version: &str, name: &str, statements: &[Ran]) -> MigrationEstimate {
    let size = TableSize { rows: Some(81_000_000), table_bytes: 14 << 30, index_bytes: 3 << 30 };
    let estimated = statements.iter().map(|(line, text, _, lock, work)| StatementEstimate {
        line: *line,
        column: 1,
        text: (*text).to_owned(),
        tables: vec![TableEstimate {
            table: if text.contains("users") { "public.users" } else { "public.orders" }.to_owned(),
            lock: *lock,
            blocks: lock.blocks().map(Into::into),
            work: *work,
            perhaps: false,
            size: Some(size),
        }],
        duration_ms: Span::default(),
    });
    MigrationEstimate {
        version: Version::new(version),
        name: name.to_owned(),
        path: path(version, name),
        transaction: TransactionMode::Single,
        duration_ms: Span::default(),
        statements: estimated.collect(),
    }
}

fn drift() -> Drift {
    let change = |parent: &str, kind, name: &str, change| Change {
        object: ObjectId { parent: parent.to_owned(), kind, name: name.to_owned() },
        parent_kind: (!parent.is_empty()).then_some(ObjectKind::Table),
        change,
        properties: Vec::new(),
        from_source: Some(place("db/migrations/20260520143015_add_user_bio.up.sql", 1, 1)),
        to_source: Some(place("db/schema/10_tables/users.sql", 14, 5)),
    };
    let property = |name: &str, from: &str, to: &str| PropertyChange {
        name: name.to_owned(),
        from: Some(from.to_owned()),
        to: Some(to.to_owned()),
    };
    let mut column = change("public.users", ObjectKind::Column, "bio", ChangeKind::Changed);
    column.properties.push(property("type", "text", "character varying(500)"));
    let added = change("", ObjectKind::View, &format!("public.{LONG}"), ChangeKind::Added);
    let mut function = change("", ObjectKind::Function, "public.bump()", ChangeKind::Changed);
    let body = |line: &str| format!("BEGIN\n  a := 1;\n  b := 2;\n  {line}\n  RETURN c;\nEND");
    function.properties.push(property("definition", &body("c := a;"), &body("c := b;")));
    let changes = vec![column, added, function];
    Drift { equal: false, object_count: 3, changes, column_order: Vec::new(), not_compared: Vec::new() }
}

fn finding(rule: Rule, path: &str, message: &str) -> Finding {
    let help =
        Some("write the .down.sql beside the up file".to_owned()).filter(|_| rule == Rule::MissingDown);
    Finding {
        rule,
        severity: rule.severity(),
        place: Some(place(path, 1, 1)),
        message: message.to_owned(),
        help,
    }
}

fn place(path: &str, line: usize, column: usize) -> Place {
    Place { path: path.into(), line, column }
}

fn pull(number: u64, title: &str) -> Pull {
    Pull { number, title: title.to_owned(), url: format!("https://github.com/acme/shop/pull/{number}") }
}

/// Two repositories, one with two dozen open pull requests.
pub(super) fn home() -> HomePage {
    let numbers: Vec<u64> = (201..225).collect();
    let last = |number: u64| match number % 5 {
        0 => None,
        1 => Some(LastState::Running),
        2 => Some(LastState::Reported {
            ok: false,
            said: "Preflight failed: the migrations do not lead to db/schema/.".to_owned(),
        }),
        3 => Some(LastState::Ended(Ending::Superseded)),
        _ => Some(LastState::Reported {
            ok: true,
            said: "Preflight passed: 1 pending migration applies and leads to db/schema/.".to_owned(),
        }),
    };
    let open = |number: &u64| OpenPull {
        pull: pull(*number, if number.is_multiple_of(7) { LONG } else { "Orders have a region" }),
        author: "ada".to_owned(),
        last: last(*number).map(|state| LastRun { id: number.to_string(), state }),
    };
    let cell = |row: usize, column: usize| match (row.min(column), row.max(column)) {
        (one, other) if one == other => Cell::Itself,
        (2, 5) => {
            Cell::Order("#203 must go first: it makes public.orders.region, which #206 uses".to_owned())
        }
        (1, 9) => Cell::Collides("both take version 20260520143017".to_owned()),
        (_, 23) => Cell::Unknown,
        _ => Cell::Independent,
    };
    let size = numbers.len();
    let cells = (0..size).map(|row| (0..size).map(|column| cell(row, column)).collect()).collect();
    let shop = Repository {
        name: "acme/shop".to_owned(),
        url: "https://github.com/acme/shop".to_owned(),
        pulls: numbers.iter().map(open).collect(),
        matrix: Some(Matrix { pulls: numbers, cells }),
    };
    let quiet = Repository {
        name: format!("acme/{LONG}"),
        url: "https://github.com/acme/x".to_owned(),
        pulls: Vec::new(),
        matrix: None,
    };
    HomePage {
        visitor: Visitor::Person { login: "ada".to_owned(), token: "token".to_owned() },
        links_open: true,
        repositories: vec![shop, quiet],
        unasked: 0,
    }
}
