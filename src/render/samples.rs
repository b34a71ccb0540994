//! Reports to render in tests.

use crate::model::conflict::Verdict as PairVerdict;
use crate::model::conflict::{
    Branch, Conflict, ConflictKind, Effect, Evidence, Matrix, Pair, Refused, Renumber, What, Why,
};
use crate::model::difference::{DiffAnswer, Proof, RenameHint, Side, SideKind};
use crate::model::exit::ExitCode;
use crate::model::finding::{Finding, Rule, Severity};
use crate::model::migration::Version;
use crate::model::place::Place;
use crate::model::plan::{Hazard, LockMode, Plan, Step, StepTransaction, TableLock, Timeouts};
use crate::model::report::{
    Base, BaseKind, Change, ChangeKind, Drift, Excerpt, Failure, MigrationOutcome, MigrationStatus, Note,
    PropertyChange, Provider, Report, ServerInfo, Stage, StatementOutcome, Verdict,
};
use crate::model::schema::{ObjectId, ObjectKind};
use crate::model::statement::TransactionMode;

/// Two migrations that apply and lead to the declared schema.
pub(crate) fn passed() -> Report {
    let mut report = Report {
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
            version: Some(Version::new("001")),
            deployed_count: 1,
            git_ref: Some("main".to_owned()),
            commit: Some("abc1234def".to_owned()),
            source: None,
            server_version: None,
            copy: None,
            cached: false,
        },
        pending_count: 2,
        plan_digest: Some("0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned()),
        applied_count: 2,
        migrations: vec![migration("002", "add_user_bio"), migration("003", "index_orders")],
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
        notes: Vec::new(),
        duration_ms: 1_312.4,
    };
    report.conclude(Some(Severity::Error));
    report
}

/// A column with another type, a constraint that only the migrations make, a view that is only declared.
pub(crate) fn drifted() -> Report {
    let mut report = passed();
    let change = |parent: &str, kind, name: &str, change| Change {
        object: ObjectId { parent: parent.to_owned(), kind, name: name.to_owned() },
        parent_kind: (!parent.is_empty()).then_some(ObjectKind::Table),
        change,
        properties: Vec::new(),
        from_source: Some(place("db/migrations/002_add_user_bio.up.sql", 1, 1)),
        to_source: Some(place("db/schema/10_tables/users.sql", 14, 5)),
    };
    let property = |name: &str, from: &str, to: &str| PropertyChange {
        name: name.to_owned(),
        from: Some(from.to_owned()),
        to: Some(to.to_owned()),
    };
    let mut column = change("public.users", ObjectKind::Column, "bio", ChangeKind::Changed);
    column.properties.push(property("type", "text", "character varying(500)"));
    let mut dropped = change("public.users", ObjectKind::Constraint, "users_bio_check", ChangeKind::Dropped);
    dropped.properties.push(PropertyChange {
        name: "definition".to_owned(),
        from: Some("CHECK (bio <> '')".to_owned()),
        to: None,
    });
    let added = change("", ObjectKind::View, "public.active_users", ChangeKind::Added);
    let mut function = change("", ObjectKind::Function, "public.bump()", ChangeKind::Changed);
    let body = |line: &str| format!("BEGIN\n  a := 1;\n  b := 2;\n  {line}\n  RETURN c;\nEND");
    function.properties.push(property("definition", &body("c := a;"), &body("c := b;")));
    if let Some(drift) = report.drift.as_mut() {
        drift.equal = false;
        drift.object_count = 3;
        drift.changes = vec![column, dropped, added, function];
    }
    report.conclude(Some(Severity::Error));
    report
}

/// The second migration is refused.
pub(crate) fn refused() -> Report {
    let mut report = passed();
    report.applied_count = 1;
    report.migrations[1].status = MigrationStatus::Failed;
    report.drift = None;
    let mut failure = Failure::new(Stage::Migration, ExitCode::Database, "column \"regon\" does not exist");
    failure.sqlstate = Some("42703".to_owned());
    failure.hint = Some("Perhaps you meant to reference the column \"orders.region\".".to_owned());
    failure.place = Some(place("db/migrations/003_index_orders.up.sql", 4, 42));
    failure.excerpt = Some(Excerpt {
        first_line: 3,
        lines: vec![
            "-- for the dashboard".to_owned(),
            "create index orders_region on orders (id, regon);".to_owned(),
        ],
        marked_line: 4,
        marked_column: 43,
    });
    report.failure = Some(failure);
    report.conclude(Some(Severity::Error));
    report
}

/// A finding of a rule's own severity.
pub(crate) fn finding(rule: Rule, path: &str, message: &str) -> Finding {
    Finding {
        rule,
        severity: rule.severity(),
        place: Some(place(path, 1, 1)),
        message: message.to_owned(),
        help: None,
    }
}

pub(crate) fn place(path: &str, line: usize, column: usize) -> Place {
    Place { path: path.into(), line, column }
}

pub(crate) fn migration(version: &str, name: &str) -> MigrationOutcome {
    MigrationOutcome {
        version: Version::new(version),
        name: name.to_owned(),
        path: format!("db/migrations/{version}_{name}.up.sql").into(),
        status: MigrationStatus::Applied,
        duration_ms: 24.0,
        transaction: TransactionMode::Single,
        statement_count: 1,
        statements: vec![StatementOutcome {
            line: 1,
            column: 1,
            text: "alter table users".to_owned(),
            duration_ms: 23.0,
            locks: Vec::new(),
        }],
        hooks: Vec::new(),
        batches: None,
        python: None,
    }
}

/// Two sides without a difference.
pub(crate) fn same() -> DiffAnswer {
    let side = |name: &str, kind| Side {
        name: name.to_owned(),
        kind: Some(kind),
        server_version: Some("17.2".to_owned()),
    };
    let from = side("migrations", SideKind::Migrations);
    let mut answer = DiffAnswer::new("migrate diff", from, side("db/schema", SideKind::Directory));
    answer.drift = passed().drift;
    answer.server = passed().server;
    answer.conclude();
    answer
}

/// Two sides that differ, with a proved plan.
pub(crate) fn different() -> DiffAnswer {
    let mut answer = same();
    answer.drift = drifted().drift;
    answer.plan = Some(plan());
    answer.down = Some(plan());
    answer.proof = Proof::Proved;
    answer.notes.push(Note::RolesCreated { roles: vec!["app".to_owned()] });
    answer.written.push("db/migrations/004_add_bio.up.sql".into());
    answer.conclude();
    answer
}

/// What looks like a renamed table.
pub(crate) fn hint() -> RenameHint {
    RenameHint {
        object: ObjectId { parent: String::new(), kind: ObjectKind::Table, name: "public.users".to_owned() },
        what: "table".to_owned(),
        old: "users".to_owned(),
        new: "accounts".to_owned(),
        rename: "table public.users accounts".to_owned(),
    }
}

/// A side whose SQL is refused.
pub(crate) fn unbuilt() -> DiffAnswer {
    let mut answer = same();
    answer.drift = None;
    answer.failure = refused().failure;
    answer.conclude();
    answer
}

/// Two statements, one of them with what can go wrong.
pub(crate) fn plan() -> Plan {
    let step = |parent: &str, kind, name: &str, sql: &str, hazards: &[Hazard]| Step {
        object: ObjectId { parent: parent.to_owned(), kind, name: name.to_owned() },
        sql: sql.to_owned(),
        hazards: hazards.iter().copied().collect(),
        lock: None,
        timeouts: Timeouts::default(),
        transaction: StepTransaction::Shared,
    };
    let alter = "alter table public.users alter column bio type character varying(500)";
    let view = "create view public.active_users as\n  select 1";
    let mut alter =
        step("public.users", ObjectKind::Column, "bio", alter, &[Hazard::Rewrite, Hazard::MayFail]);
    alter.lock = Some(TableLock { mode: LockMode::AccessExclusive, on: "public.users".to_owned() });
    alter.set_timeouts();
    Plan { steps: vec![alter, step("", ObjectKind::View, "public.active_users", view, &[])] }
}

/// Five branches: `#240` has to do with three of the others, and one is independent.
pub(crate) fn conflicts() -> Matrix {
    let object =
        |kind, parent: &str, name: &str| ObjectId { parent: parent.to_owned(), kind, name: name.to_owned() };
    let branch = |id: &str, title: &str| Branch {
        id: id.to_owned(),
        title: title.to_owned(),
        url: format!("https://github.com/acme/shop/pull/{}", &id[1..]),
        fingerprint: String::new(),
        migrations: Vec::new(),
        renumber: Vec::new(),
        fails: None,
        own_database: false,
        effect: Effect::default(),
    };
    let pair = |b: &str, verdict, conflicts| Pair {
        a: "#240".to_owned(),
        b: b.to_owned(),
        verdict,
        conflicts,
        more: 0,
    };
    let region = object(ObjectKind::Column, "public.orders", "region");
    let overlap = Conflict {
        kind: ConflictKind::Overlap,
        severity: Severity::Error,
        object: Some(region),
        what: What::DropsWhatOtherUses {
            drops: "#240".to_owned(),
            user: object(ObjectKind::Index, "public.orders", "orders_region"),
        },
        evidence: Evidence::Catalogs,
    };
    let order = |what| Conflict {
        kind: ConflictKind::Order,
        object: None,
        what,
        evidence: Evidence::Replayed,
        ..overlap.clone()
    };
    let take = Renumber {
        path: "db/migrations/20260520143017_b.up.sql".into(),
        version: Version::new("20260520143017"),
        take: Version::new("20260520143018"),
    };
    let version = Conflict {
        kind: ConflictKind::Version,
        evidence: Evidence::Names,
        ..order(What::SameVersion {
            version: Version::new("20260520143017"),
            a: "db/migrations/20260520143017_a.up.sql".into(),
            b: "db/migrations/20260520143017_b.up.sql".into(),
            take: vec![take],
        })
    };
    let first = order(What::OnlyInOrder { first: "#241".to_owned(), refused: refused_by("#241") });
    Matrix {
        branches: vec![
            branch("#240", "Drop the region"),
            branch("#241", "Index orders by region"),
            branch("#242", "Orders get a note"),
            branch("#243", "Wrong"),
            branch("#244", "Users get a bio"),
        ],
        pairs: vec![
            pair("#241", PairVerdict::OrderMatters, vec![first, overlap.clone()]),
            pair("#242", PairVerdict::Collides, vec![version]),
            pair(
                "#243",
                PairVerdict::Unknown,
                vec![Conflict { severity: Severity::Warning, ..conflict_refused() }],
            ),
            pair("#244", PairVerdict::Independent, Vec::new()),
        ],
        ..Matrix::default()
    }
}

/// A branch that does not apply.
pub(crate) fn conflict_refused() -> Conflict {
    Conflict {
        kind: ConflictKind::Order,
        severity: Severity::Error,
        object: None,
        what: What::NotReplayed { branch: "#243".to_owned(), why: Why::Refused(refused_by("#243")) },
        evidence: Evidence::Replayed,
    }
}

fn refused_by(branch: &str) -> Refused {
    Refused {
        branch: branch.to_owned(),
        message: "column \"region\" does not exist".to_owned(),
        sqlstate: Some("42703".to_owned()),
        detail: None,
        help: None,
        place: Some(place("db/migrations/20260520143016_index_orders.up.sql", 3, 36)),
    }
}
