//! sqlx: `VERSION_name.sql`, or `.up.sql` with `.down.sql`; its ledger has SHA-384 of the bytes.
//! <https://docs.rs/sqlx/latest/sqlx/macro.migrate.html>

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use sha2::{Digest as _, Sha384};

use super::sight::{Sight, Sign, USUAL, certain, likely};
use super::{Content, Layout, LayoutOptions, is_sql, numbered};
use crate::gateway::files::{FileError, MigrationFiles, assemble};
use crate::model::hex;
use crate::model::layout::Tool;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Sqlx, depth: 0, is_file: is_sql, sign, read };

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let (directory, name) = sight.named(&USUAL, |name| numbered(name).is_some() && is_sql(name))?;
    if sight.holds("Cargo.toml", "sqlx") {
        return Some(certain(directory, "Cargo.toml names sqlx".to_owned()));
    }
    let is_pair = name.ends_with(".up.sql") || name.ends_with(".down.sql");
    is_pair.then(|| likely(&*directory, format!("{directory}/{name} is called as sqlx calls files")))
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let sums: BTreeMap<Utf8PathBuf, String> =
        files.iter().map(|file| (file.path.clone(), hex(&Sha384::digest(&file.bytes)))).collect();
    let mut found = assemble(files.into_iter().map(|file| (file.path, file.bytes)).collect())?;
    for migration in &mut found.migrations {
        migration.recorded = sums.get(&migration.up.path).cloned();
        migration.up.no_transaction = migration.up.text.starts_with("-- no-transaction");
    }
    Ok(found)
}
