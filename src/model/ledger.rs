//! The ledger: which migrations a database has, as its tracking table says.

use schemars::JsonSchema;
use serde::Serialize;

use super::ident::QualifiedName;
use super::migration::Version;

/// The tracking table when configuration names no other.
pub const DEFAULT_TABLE: &str = "tb_confiture";

/// Tables of migration tools: those that they keep beside a ledger, and the ledgers themselves, which stay in a database
/// whose migrations another tool has taken over. No structure of the project's.
pub const COMPANION_TABLES: [&str; 13] = [
    "confiture_lock_holder",
    "confiture_audit_log",
    "ar_internal_metadata",
    "knex_migrations_lock",
    "schema_migrations",
    "flyway_schema_history",
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "refinery_schema_history",
    "goose_db_version",
    "gorp_migrations",
    "pgmigrations",
    "_prisma_migrations",
];

/// The schema of helper functions that the Python tool installs in its target.
pub const COMPANION_SCHEMA: &str = "confiture";

/// Schemas that tools make for their ledger alone, each with the ledger's name.
pub const LEDGER_SCHEMAS: [(&str, &str); 6] = [
    ("graphile_migrate", "migrations"),
    ("supabase_migrations", "schema_migrations"),
    ("atlas_schema_revisions", "atlas_schema_revisions"),
    ("drizzle", "__drizzle_migrations"),
    ("reshape", "migrations"),
    ("pgroll", "migrations"),
];

/// One row of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LedgerRow {
    /// The migration's version.
    pub version: Version,
    /// The migration's name.
    pub name: String,
    /// SHA-256 of the up file in hexadecimal, when the row has one.
    pub checksum: Option<String>,
    /// When it was applied, RFC 3339 in UTC.
    pub applied_at: Option<String>,
    /// How long it took, in milliseconds.
    pub execution_time_ms: Option<u64>,
    /// As whom it was applied.
    pub applied_by: Option<String>,
    /// Whether another tool's ledger says that it stopped half-way.
    #[serde(skip)]
    pub half_done: bool,
    /// Whether another tool's row stands for everything before it as well, so that it need not be about a file.
    #[serde(skip)]
    pub through: bool,
}

/// The name of the table that holds the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerTable(QualifiedName);

impl LedgerTable {
    /// Reads `table` or `schema.table`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(QualifiedName::from_dotted(name))
    }

    /// The name as SQL.
    #[must_use]
    pub fn name(&self) -> &QualifiedName {
        &self.0
    }

    /// The name without quotes and without a schema.
    #[must_use]
    pub fn unqualified(&self) -> &str {
        self.0.name.as_str()
    }

    /// The name without quotes, `public` filled in, as messages and JSON show it.
    #[must_use]
    pub fn display(&self) -> String {
        let schema = self.0.schema.as_ref().map_or("public", |schema| schema.as_str());
        format!("{schema}.{}", self.0.name.as_str())
    }
}

impl Default for LedgerTable {
    fn default() -> Self {
        Self::new(DEFAULT_TABLE)
    }
}
