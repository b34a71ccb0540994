//! The sentences of notes.

use super::verdict::counted;
use crate::model::layout::LayoutFound;
use crate::model::migration::Version;
use crate::model::report::{Drift, Note};

/// A note as one sentence, without final stop.
#[must_use]
pub fn sentence(note: &Note) -> String {
    match note {
        Note::RolesCreated { roles } => {
            format!(
                "roles that the SQL names were made on the throwaway server, without login: {}",
                roles.join(", ")
            )
        }
        Note::ExtensionsPrepared { extensions } => {
            format!(
                "extensions installed beforehand, as preflight.extensions allows: {}",
                extensions.join(", ")
            )
        }
        Note::PythonRead { migrations, because } => {
            format!("read, and not run by Python: {}: {because}", migrations.join(", "))
        }
        Note::VersionDiffers { base, server } => {
            format!("the base comes from PostgreSQL {base}, this ran on PostgreSQL {server}")
        }
        Note::MajorsDiffer { from, to, not_compared } => {
            let left = if not_compared.is_empty() { "nothing".to_owned() } else { not_compared.join(", ") };
            format!(
                "the two sides come from PostgreSQL {from} and {to}: text that a server writes, such as a view's, may \
                 differ for that alone; what only the newer one tells is not compared: {left}"
            )
        }
        Note::BranchesNotSeen { reason } => {
            format!("the version is free here; whether it is taken on another branch is not known: {reason}")
        }
        Note::NoChain { table } => {
            format!("the database has no ledger {table}, so it was compared with no migrations")
        }
        Note::Ignored { objects } => {
            format!("left alone, as drift.ignore says: {}", counted(*objects, "object"))
        }
        Note::ChainNotReplayed { versions } => {
            let versions: Vec<&str> = versions.iter().map(Version::as_str).collect();
            format!(
                "not compared with the deployed migrations, for the files of these are gone: {}",
                versions.join(", ")
            )
        }
        Note::LaidOut { layout } => {
            let LayoutFound { tool, directory, because } = layout;
            let place =
                if directory.as_str().is_empty() { "the project directory" } else { directory.as_str() };
            format!("taken for migrations of {}, in {place}: {because}", tool.title())
        }
        Note::NoDeclaredSchema { directory } => {
            format!(
                "no declared schema in {directory}: compared with nothing; \
                 `confiture schema dump DATABASE_URL --format sql` writes down what a database has"
            )
        }
        Note::NotReplayed { tool } => {
            format!(
                "not compared with the deployed migrations: those of {} are run by its own command",
                tool.title()
            )
        }
        Note::NoMigrations { directory } => format!("{directory} holds no migrations"),
        Note::CopiedWithoutData => {
            "the given database was copied without its data: what depends on rows was not tried".to_owned()
        }
        Note::NoLedger { table } => {
            format!("the base has no ledger {table}: every migration counts as pending")
        }
        Note::SettingsSkipped { settings } => {
            format!(
                "settings of the snapshot that this server does not know were left out: {}",
                settings.join("; ")
            )
        }
        Note::RanAsSuperuser => "migrations ran with a superuser's rights, as asked".to_owned(),
    }
}

/// What is to be said besides, with what a comparison passed over.
#[must_use]
pub(super) fn all(notes: &[Note], drift: Option<&Drift>) -> Vec<String> {
    let mut notes: Vec<String> = notes.iter().map(sentence).collect();
    if let Some(drift) = drift {
        let tables = drift.column_order.len();
        if tables > 0 {
            let names: Vec<&str> = drift.column_order.iter().map(|one| one.table.as_str()).collect();
            notes.push(format!(
                "columns stand in another order in {}, which is no drift: {}",
                counted(tables, "table"),
                names.join(", ")
            ));
        }
        let kinds: Vec<String> =
            drift.not_compared.iter().map(|one| format!("{} {}", one.count, one.kind)).collect();
        if !kinds.is_empty() {
            notes.push(format!("not compared yet: {}", kinds.join(", ")));
        }
    }
    notes
}
