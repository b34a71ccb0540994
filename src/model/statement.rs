//! One SQL statement of a file.

use std::ops::Range;

/// A statement: where it stands in its file, and what running it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Bytes of the statement in the file's text, without the final `;` and without leading comments.
    pub span: Range<usize>,
    /// Bytes of the `COPY … FROM stdin` data that follows, without the closing `\.` line.
    pub copy_data: Option<Range<usize>>,
    /// What kind of statement it is, as far as running it goes.
    pub kind: StatementKind,
    /// Roles that it names, as the catalog would store them.
    pub roles: Vec<String>,
    /// Objects that it makes or changes, as far as the parse tree tells.
    pub touches: Vec<Touch>,
}

/// First words of statements that ask, or keep others together.
const ASIDE: [&str; 12] = [
    "select",
    "show",
    "set",
    "reset",
    "begin",
    "start",
    "commit",
    "rollback",
    "savepoint",
    "release",
    "discard",
    "deallocate",
];

/// Whether a statement by its first word asks, or keeps others together: of many, those are the ones that a reader
/// may do without.
#[must_use]
pub fn is_aside(text: &str) -> bool {
    let first = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ASIDE.iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// An object that a statement makes or changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The table that it is a part of, schema and name, the schema empty when it is not said.
    pub parent: Option<(String, String)>,
    /// Schema, empty when it is not said or when a parent has it.
    pub schema: String,
    /// Name as the catalog stores it.
    pub name: String,
    /// Whether the statement makes it, rather than changes what is there.
    pub makes: bool,
    /// Byte in the file's text where the statement speaks of it.
    pub offset: usize,
}

/// How a statement has to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// May run inside a transaction block.
    Plain,
    /// The server refuses it inside a transaction block.
    NonTransactional,
    /// `BEGIN` or `START TRANSACTION`.
    Begin,
    /// `COMMIT` or `END`.
    Commit,
    /// `ROLLBACK`, or `PREPARE TRANSACTION`, which both leave the block without committing it here.
    Rollback,
    /// `COPY … FROM stdin` whose data stands in the file.
    CopyFromStdin,
    /// `SET` of a setting; a dump may name one that the server does not know.
    Set,
    /// `ALTER … OWNER TO` and nothing else.
    Owner,
    /// `CREATE`, `ALTER` or `DROP` of a role: it changes the cluster, not the database.
    Role,
    /// `CREATE EXTENSION` or `COMMENT ON EXTENSION`, with the extension's name.
    Extension(String),
}

/// How the statements of one file are grouped into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionMode {
    /// The whole file in one transaction together with its ledger row.
    Single,
    /// Each statement on its own, because one of them cannot run in a transaction block.
    None,
    /// As the file's own `BEGIN … COMMIT` says, with the ledger row inside the last one.
    Own,
}
