//! What a comparison of two structures found: the one truth that every face of `diff` shows, and its public JSON.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Serialize;
use strum::Display;

use super::exit::ExitCode;
use super::migration::Version;
use super::plan::{Plan, Refusal, Step};
use super::report::{Drift, Failure, Note, ServerInfo};
use super::schema::ObjectId;

/// The version of the JSON's shape. Within one version it only grows.
pub const SCHEMA_VERSION: u32 = 1;

/// What a comparison of two structures found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DiffAnswer {
    /// The version of this document's shape.
    pub schema_version: u32,
    /// The version of Confiture that wrote it.
    pub tool_version: String,
    /// The command that was asked for.
    pub command: String,
    /// True only with exit code 0.
    pub ok: bool,
    /// 0 when the sides are the same, 7 when they differ.
    pub exit_code: ExitCode,
    /// The exit code's symbolic name.
    pub code: String,
    /// The throwaway server that was worked on; absent when none was needed.
    pub server: Option<ServerInfo>,
    /// The side that is led away from.
    pub from: Side,
    /// The side that is led to.
    pub to: Side,
    /// How they differ; absent when they were not compared.
    pub drift: Option<Drift>,
    /// What looks like a rename that nobody said. It is not taken for one.
    pub hints: Vec<RenameHint>,
    /// The statements that lead from one to the other; absent when nobody asked, or when there is no way.
    pub plan: Option<Plan>,
    /// The statements that lead back.
    pub down: Option<Plan>,
    /// How far the plan was tried.
    pub proof: Proof,
    /// Why there is no plan.
    pub refusal: Option<Refusal>,
    /// Why there is no way back.
    pub down_refusal: Option<Refusal>,
    /// What still differs after the plan was carried out, when the proof failed by that.
    pub remaining: Option<Drift>,
    /// What a second plan would do, when nothing differs after the first and yet there is something to do.
    pub second: Option<Plan>,
    /// The files that were written.
    #[schemars(with = "Vec<String>")]
    pub written: Vec<Utf8PathBuf>,
    /// What ended the comparison early.
    pub failure: Option<Failure>,
    /// What one should know besides.
    pub notes: Vec<Note>,
    /// Wall-clock time in milliseconds.
    pub duration_ms: f64,
}

impl DiffAnswer {
    /// The answer of a comparison that has not begun.
    #[must_use]
    pub fn new(command: &str, from: Side, to: Side) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.to_owned(),
            ok: false,
            exit_code: ExitCode::Pending,
            code: String::new(),
            server: None,
            from,
            to,
            drift: None,
            hints: Vec::new(),
            plan: None,
            down: None,
            proof: Proof::NotAsked,
            refusal: None,
            down_refusal: None,
            remaining: None,
            second: None,
            written: Vec::new(),
            failure: None,
            notes: Vec::new(),
            duration_ms: 0.0,
        }
    }

    /// Sets exit code and `ok` from what is in the answer: a failure outranks a difference, and a difference whose
    /// proved migration was asked for and written is none any more.
    pub fn conclude(&mut self) {
        let equal = self.drift.as_ref().is_some_and(|drift| drift.equal);
        let settled = self.proof == Proof::Proved && !self.written.is_empty();
        self.exit_code = match &self.failure {
            Some(failure) => failure.exit_code,
            None if equal || settled => ExitCode::Success,
            None => ExitCode::Drift,
        };
        self.ok = self.exit_code == ExitCode::Success;
        self.exit_code.symbol().clone_into(&mut self.code);
    }
}

/// How a live database compares with what it should be.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DriftAnswer {
    /// The version of this document's shape.
    pub schema_version: u32,
    /// The version of Confiture that wrote it.
    pub tool_version: String,
    /// The command that was asked for.
    pub command: String,
    /// True only with exit code 0.
    pub ok: bool,
    /// 0 when nothing differs, 7 when something does.
    pub exit_code: ExitCode,
    /// The exit code's symbolic name.
    pub code: String,
    /// The database, password hidden, once it is known.
    pub database: Option<String>,
    /// The newest version that its ledger holds.
    pub version: Option<Version>,
    /// The database with what is declared, then with what its deployed migrations build; `plan` makes the database
    /// like that, `down` is the other way: what would have to be declared.
    pub comparisons: Vec<DiffAnswer>,
    /// What ended the command early.
    pub failure: Option<Failure>,
    /// What one should know besides.
    pub notes: Vec<Note>,
    /// Wall-clock time in milliseconds.
    pub duration_ms: f64,
}

impl DriftAnswer {
    /// The answer of a command that has not begun.
    #[must_use]
    pub fn new(command: &str) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.to_owned(),
            ok: false,
            exit_code: ExitCode::Pending,
            code: String::new(),
            database: None,
            version: None,
            comparisons: Vec::new(),
            failure: None,
            notes: Vec::new(),
            duration_ms: 0.0,
        }
    }

    /// Sets exit code and `ok`. That a repair could not be proved changes nothing about the drift.
    pub fn conclude(&mut self) {
        let equal = |answer: &DiffAnswer| answer.drift.as_ref().is_some_and(|drift| drift.equal);
        self.exit_code = match &self.failure {
            Some(failure) => failure.exit_code,
            None if self.comparisons.iter().all(equal) => ExitCode::Success,
            None => ExitCode::Drift,
        };
        self.ok = self.exit_code == ExitCode::Success;
        self.exit_code.symbol().clone_into(&mut self.code);
    }
}

/// One of the two structures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Side {
    /// The side as it was given, a password hidden.
    pub name: String,
    /// What it turned out to be; absent when that was not found out.
    pub kind: Option<SideKind>,
    /// The version of the server that its structure was read on.
    pub server_version: Option<String>,
}

impl Side {
    /// A side of which nothing but its name is known.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: None, server_version: None }
    }
}

/// What a side may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SideKind {
    /// A database, only read.
    Database,
    /// A file of SQL.
    File,
    /// A directory of SQL files.
    Directory,
    /// A file or directory at a git revision.
    Revision,
    /// The project's migrations, replayed.
    Migrations,
    /// The project's declared schema, built.
    Schema,
    /// A structure that was saved earlier.
    Snapshot,
}

/// Something dropped and something added that may be one thing with another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RenameHint {
    /// The object that has the old name, or a part with it.
    #[serde(flatten)]
    pub object: ObjectId,
    /// The word for what may have been renamed.
    pub what: String,
    /// Its old name, as SQL writes it.
    pub old: String,
    /// Its new name.
    pub new: String,
    /// What would say so: for `--rename`, and in a comment after `-- confiture: rename`.
    pub rename: String,
}

/// How far a plan was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// There was nothing to prove.
    NotAsked,
    /// It was left out, as asked.
    LeftOut,
    /// The plan was carried out on a copy and led to the other side, and its inverse led back.
    Proved,
    /// It was carried out, and did not lead there, or its inverse did not lead back.
    Failed,
    /// It could not be tried: no copy of the first side could be made.
    NoCopy,
}

/// A generated migration, before it is a pair of files.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The side that is led away from, as given.
    pub from: &'a str,
    /// The side that is led to.
    pub to: &'a str,
    /// How far it was tried.
    pub proof: Proof,
    /// The statements that lead forward.
    pub up: &'a [Step],
    /// The statements that lead back, or why there are none.
    pub down: Result<&'a [Step], &'a Refusal>,
}
