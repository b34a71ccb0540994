//! What a call ended with, when it is no answer.

use camino::Utf8Path;

use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};

/// Why there is no answer: a variant per exit code, each with everything that is known.
///
/// ```
/// # fn example(error: &confiture::Error) {
/// if let confiture::Error::Locked(failure) = error {
///     assert_eq!(error.exit_code().number(), 6);
///     assert_eq!(error.to_string(), failure.message);
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Settings, files or arguments are not as they have to be.
    #[error("{}", .0.message)]
    Configuration(Box<Failure>),
    /// The database refused: the connection or the SQL.
    #[error("{}", .0.message)]
    Database(Box<Failure>),
    /// Findings at or above the threshold.
    #[error("{}", .0.message)]
    Findings(Box<Failure>),
    /// Ledger and files disagree.
    #[error("{}", .0.message)]
    Ledger(Box<Failure>),
    /// Another session holds the lock.
    #[error("{}", .0.message)]
    Locked(Box<Failure>),
    /// Two structures differ.
    #[error("{}", .0.message)]
    Drift(Box<Failure>),
    /// There is no way back.
    #[error("{}", .0.message)]
    Irreversible(Box<Failure>),
    /// A fault of Confiture's own.
    #[error("{}", .0.message)]
    Internal(Box<Failure>),
}

impl Error {
    /// What went wrong, with its place, the server's words and what to do.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        match self {
            Self::Configuration(failure)
            | Self::Database(failure)
            | Self::Findings(failure)
            | Self::Ledger(failure)
            | Self::Locked(failure)
            | Self::Drift(failure)
            | Self::Irreversible(failure)
            | Self::Internal(failure) => failure,
        }
    }

    /// The exit code that the command would end with.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        self.failure().exit_code
    }

    pub(super) fn no_settings(file: &Utf8Path) -> Self {
        let message =
            format!("{file} is no settings file of a project: it is not there, or no db/ is above it");
        Self::from(Failure::new(Stage::Project, ExitCode::Configuration, message))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let variant = match failure.exit_code {
            ExitCode::Configuration => Self::Configuration,
            ExitCode::Database => Self::Database,
            ExitCode::Findings => Self::Findings,
            ExitCode::Ledger => Self::Ledger,
            ExitCode::Locked => Self::Locked,
            ExitCode::Drift => Self::Drift,
            ExitCode::Irreversible => Self::Irreversible,
            ExitCode::Success | ExitCode::Pending => Self::Internal,
        };
        variant(Box::new(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::Error;
    use crate::model::exit::ExitCode;
    use crate::model::report::{Failure, Stage};

    #[test]
    fn an_error_keeps_the_exit_code_and_the_sentence() {
        for code in ExitCode::all() {
            let error = Error::from(Failure::new(Stage::Project, code, "it is so"));
            assert_eq!((error.exit_code(), error.to_string().as_str()), (code, "it is so"));
        }
    }
}
