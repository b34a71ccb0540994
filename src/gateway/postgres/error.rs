//! What the database refused.

use serde::{Deserialize, Serialize};
use tokio_postgres::error::ErrorPosition;

/// What the database, or the way to it, refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct DatabaseError {
    /// The server's primary message, or what the driver says when no server answered.
    pub message: String,
    /// The five-character error code, when it is the server that speaks.
    pub sqlstate: Option<String>,
    /// The server's detail.
    pub detail: Option<String>,
    /// The server's hint.
    pub hint: Option<String>,
    /// The server's context.
    pub context: Option<String>,
    /// Character of the statement that the server points at, counted from 1.
    pub position: Option<usize>,
}

impl DatabaseError {
    /// An error without a server behind it.
    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            sqlstate: None,
            detail: None,
            hint: None,
            context: None,
            position: None,
        }
    }

    /// Whether the server's code is this one.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.sqlstate.as_deref() == Some(code)
    }

    /// Whether the connection, rather than a statement, failed.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.sqlstate.as_deref().is_none_or(|code| code.starts_with("08") || code.starts_with("57P"))
    }

    /// What to do about it on a database that is in use, where there is neither a sandbox nor a preflight's settings.
    #[must_use]
    pub fn help_in_use(&self) -> Option<&'static str> {
        match self.sqlstate.as_deref()? {
            "42501" => Some("grant the right to the role, or name a role that has it in the database's URL"),
            "0A000" | "58P01" if self.is_missing_extension() => {
                Some("install the extension's package on the machine of the database server")
            }
            "53100" => Some("the disk of the database server is full: free space there"),
            "57014" => Some(
                "somebody cancelled it, or it took longer than it may: `-- confiture: statement-timeout=…` says how \
                 long in a migration, hooks.timeout in hooks",
            ),
            _ => self.help(),
        }
    }

    /// What to do about it, for the codes where the reader is better served by more than the server says.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self.sqlstate.as_deref()? {
            "42501" => Some(
                "in a database of yours, grant the right to the role, or name another one; where the server is a \
                 throwaway one, SQL runs as the database's owner or in a sandbox: list an extension under \
                 preflight.extensions, or run code that you trust with --superuser",
            ),
            "25001" | "2D000" => Some(
                "begin the file with the comment `-- confiture: no-transaction` to run it outside a transaction",
            ),
            "55P04" => Some(
                "put the new enum value and its first use into two migrations: the first must be committed",
            ),
            "0A000" | "58P01" if self.is_missing_extension() => Some(
                "install the extension's package on the machine that runs the preflight, or use an image that has it \
                 with --postgres docker:IMAGE (postgis/postgis:17-3.5, for example)",
            ),
            "53100" => Some(
                "the disk is full: free space, or name a roomier directory in CONFITURE_CACHE_DIR and TMPDIR",
            ),
            "57014" => Some("raise preflight.statement_timeout if the statement is meant to take that long"),
            _ => None,
        }
    }

    /// The server has no code of its own for a missing control file; its detail names the file's ending.
    fn is_missing_extension(&self) -> bool {
        self.detail.as_deref().is_some_and(|detail| detail.contains(".control"))
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(error) => Self {
                message: error.message().to_owned(),
                sqlstate: Some(error.code().code().to_owned()),
                detail: error.detail().map(str::to_owned),
                hint: error.hint().map(str::to_owned),
                context: error.where_().map(str::to_owned),
                position: match error.position() {
                    Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
                    // A position in a query that the statement made itself says nothing about the file.
                    Some(ErrorPosition::Internal { .. }) | None => None,
                },
            },
            None => Self::plain(with_causes(&error)),
        }
    }
}

/// The driver's own errors say little without their causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = next.source();
    }
    text
}
