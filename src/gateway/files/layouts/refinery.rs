//! refinery: `V1__name.sql`; its ledger has a `SipHash` of name, version and text.
//! <https://docs.rs/refinery/latest/refinery/>

use std::hash::{Hash as _, Hasher as _};

use siphasher::sip::SipHasher13;

use super::sight::{Sight, Sign, USUAL, certain};
use super::{Content, Layout, LayoutOptions, is_sql, migration};
use crate::gateway::files::{FileError, MigrationFiles};
use crate::model::layout::Tool;
use crate::model::migration::Migration;

pub(super) const LAYOUT: Layout = Layout { tool: Tool::Refinery, depth: 8, is_file: is_sql, sign, read };

fn sign(sight: &Sight<'_>) -> Option<Sign> {
    let because = if sight.has("refinery.toml") {
        "refinery.toml is there"
    } else if sight.holds("Cargo.toml", "refinery") {
        "Cargo.toml names refinery"
    } else {
        return None;
    };
    let mut directories = USUAL.to_vec();
    directories.push("src/migrations");
    let (directory, _) = sight.named(&directories, |name| parts(name).is_some())?;
    Some(certain(directory, because.to_owned()))
}

/// Version and name of `V1__name.sql` or `U1__name.sql`.
fn parts(file: &str) -> Option<(&str, &str)> {
    let (version, name) = file.strip_suffix(".sql")?.strip_prefix(['V', 'U'])?.split_once("__")?;
    let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((version, name))
}

fn read(files: Vec<Content>, _: &LayoutOptions) -> Result<MigrationFiles, FileError> {
    let mut found = MigrationFiles::default();
    for file in files {
        let name = file.name().to_owned();
        match parts(&name) {
            Some((version, name)) => {
                let up = file.sql()?;
                let recorded = checksum(version, name, &up.text);
                found.migrations.push(Migration { recorded, ..migration(version, name, up, None) });
            }
            None => found.unversioned.push(file.path),
        }
    }
    Ok(found)
}

/// What the tool makes of name, version and text, as it writes it down.
fn checksum(version: &str, name: &str, text: &str) -> Option<String> {
    let mut hash = SipHasher13::new();
    name.hash(&mut hash);
    // A number of that size only the tool that was built for such numbers takes.
    match version.parse::<i32>() {
        Ok(version) => version.hash(&mut hash),
        Err(_) => version.parse::<i64>().ok()?.hash(&mut hash),
    }
    text.hash(&mut hash);
    Some(hash.finish().to_string())
}
