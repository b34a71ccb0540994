//! The exit codes, one contract for every command.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoEnumIterator};

/// Why the process ended, as the number that the shell sees and a stable name for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything asked for was done, and it was fine.
    Success = 0,
    /// `status`: migrations are pending. Elsewhere: a fault of Confiture's own.
    Pending = 1,
    /// Configuration or usage; `status`: the database has no ledger.
    Configuration = 2,
    /// The database refused: the connection or the SQL.
    Database = 3,
    /// Findings at or above the threshold.
    Findings = 4,
    /// Ledger and files disagree.
    Ledger = 5,
    /// Another session holds the lock.
    Locked = 6,
    /// Two structures differ.
    Drift = 7,
    /// There is no way back.
    Irreversible = 8,
}

impl ExitCode {
    /// The number for the shell.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The stable symbolic name, `code` in JSON.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Pending => "PENDING",
            Self::Configuration => "CONFIGURATION",
            Self::Database => "DATABASE",
            Self::Findings => "FINDINGS",
            Self::Ledger => "LEDGER",
            Self::Locked => "LOCKED",
            Self::Drift => "DRIFT",
            Self::Irreversible => "IRREVERSIBLE",
        }
    }

    /// One line that says when this code is used.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Pending => {
                "status: migrations are pending; elsewhere: an unexpected failure of confiture's own"
            }
            Self::Configuration => "configuration or usage error; status: the database has no ledger",
            Self::Database => "the database refused: connection or SQL",
            Self::Findings => "findings at or above the threshold",
            Self::Ledger => "ledger and files disagree",
            Self::Locked => "the lock is held by another session",
            Self::Drift => "structural drift or difference",
            Self::Irreversible => "irreversible",
        }
    }

    /// Every code in numerical order.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }
}

impl Serialize for ExitCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for ExitCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        let unknown = || serde::de::Error::custom(format!("{number} is no exit code"));
        Self::all().find(|code| code.number() == number).ok_or_else(unknown)
    }
}

impl schemars::JsonSchema for ExitCode {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ExitCode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": 0, "maximum": 8 })
    }
}
