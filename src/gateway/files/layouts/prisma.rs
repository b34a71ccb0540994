//! Prisma: a directory for each, with `migration.sql`; its ledger has SHA-256 of the bytes.
//! <https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories>

use super::sight::{Sight, Sign, certain};
use super::{Content, Layout, LayoutOptions, migration, numbered};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Prisma, depth: 1, is_file, sign, read };

fn is_file(name: &str) -> bool {
    name == "migration.sql"
}

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, path) =
        sight.nested(&["prisma/migrations", "migrations", "db/migrations"], "migration.sql")?;
    Some(certain(directory, format!("{path} is there")))
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    for file in files {
        let directory = file.directory().to_owned();
        // Its ledger has the names of directories: one without a number is as good.
        let (version, name) = numbered(&directory).unwrap_or((&directory, ""));
        let up = file.sql()?;
        let recorded = Some(up.raw_checksum.clone());
        found
            .migrations
            .push(crate::model::migration::Migration { recorded, ..migration(version, name, up, None) });
    }
    Ok(found)
}
