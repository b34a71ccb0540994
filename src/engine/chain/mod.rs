//! The chain of migrations against what is deployed: which are pending, and what is wrong with the chain.

mod converted;
mod lineage;
mod mixed;
mod next;

use std::collections::BTreeMap;

use camino::Utf8Path;
use sha2::{Digest as _, Sha256};

use crate::model::finding::{Finding, Rule};
use crate::model::hex;
use crate::model::layout::Tool;
use crate::model::ledger::LedgerRow;
use crate::model::migration::{Migration, Version, label};
use crate::model::place::Place;

pub use converted::{Called, called};
pub use lineage::{applied, in_order};
pub use mixed::mixed;
pub use next::next_versions;

/// Versions below this are counted up one by one; those above are time stamps.
const LARGEST_COUNTER: u64 = 99_999;

/// Two files that claim one version: nothing can be replayed before that is settled.
#[must_use]
pub fn duplicates(migrations: &[Migration]) -> Vec<Finding> {
    let mut first: BTreeMap<&Version, &Utf8Path> = BTreeMap::new();
    let mut findings = Vec::new();
    for migration in migrations {
        let path = migration.up.path.as_path();
        match first.get(&migration.version) {
            None => {
                first.insert(&migration.version, path);
            }
            Some(other) => findings.push(finding(
                Rule::DuplicateVersion,
                path,
                format!("version {} is claimed by {other} and by {path}", migration.version),
                "give one of them the next free version",
            )),
        }
    }
    findings
}

/// Names what migrations run, in order, together with whatever else the result hangs on.
#[must_use]
pub fn digest<'a>(migrations: impl IntoIterator<Item = &'a Migration>, conditions: &[&str]) -> String {
    let mut hash = Sha256::new();
    let mut feed = |part: &str| {
        hash.update(part.as_bytes());
        hash.update([0]);
    };
    conditions.iter().copied().for_each(&mut feed);
    for migration in migrations {
        feed(&migration.label());
        feed(&migration.up.checksum);
        for hook in [&migration.before, &migration.after] {
            feed(hook.as_ref().map_or("", |hook| &hook.checksum));
        }
    }
    hex(&hash.finalize())[..32].to_owned()
}

/// The migrations that the ledger does not have, in order, and those that are run again because they have changed.
#[must_use]
pub fn pending<'a>(migrations: &'a [Migration], deployed: &[LedgerRow]) -> Vec<&'a Migration> {
    let applied: BTreeMap<&Version, Option<&str>> =
        deployed.iter().map(|row| (&row.version, row.checksum.as_deref())).collect();
    let is_pending = |migration: &&Migration| match applied.get(&migration.version) {
        None => true,
        Some(checksum) => {
            migration.repeatable && !checksum.is_some_and(|checksum| migration.matches_checksum(checksum))
        }
    };
    migrations.iter().filter(is_pending).collect()
}

/// What is wrong with a chain whose versions are unique, seen from what is deployed. Whether numbers have gaps and every
/// migration leads back is nothing that other tools ask for.
#[must_use]
pub fn check(tool: Tool, migrations: &[Migration], deployed: &[LedgerRow]) -> Vec<Finding> {
    let pending = pending(migrations, deployed);
    let mut findings = changed_or_gone(migrations, deployed);
    findings.extend(out_of_order(migrations, &pending, deployed));
    if tool == Tool::Confiture {
        findings.extend(gaps(migrations, &pending));
        findings.extend(missing_downs(&pending));
    }
    findings
}

/// Files of `db/migrations` that are no migration.
#[must_use]
pub fn strays(orphan_downs: &[camino::Utf8PathBuf], unversioned: &[camino::Utf8PathBuf]) -> Vec<Finding> {
    let orphans = orphan_downs.iter().map(|path| {
        let message = format!("{path} has no up file beside it");
        finding(Rule::OrphanDown, path, message, "restore the .up.sql, or remove this file")
    });
    let unversioned = unversioned.iter().map(|path| {
        let message = format!("{path} has no version in its name and is not run");
        finding(Rule::FileWithoutVersion, path, message, "call it VERSION_name.up.sql, or move it elsewhere")
    });
    orphans.chain(unversioned).collect()
}

/// A file that is not called as the naming rule says.
#[must_use]
pub fn name(path: &Utf8Path, proper: &Utf8Path) -> Option<Finding> {
    let wanted = proper.file_name()?;
    let message = format!("{path} is not called as migrations are: VERSION_name.up.sql or .down.sql");
    Some(finding(Rule::FileName, path, message, &format!("call it {wanted}; migrate fix --naming does")))
}

fn changed_or_gone(migrations: &[Migration], deployed: &[LedgerRow]) -> Vec<Finding> {
    let files: BTreeMap<&Version, &Migration> = migrations.iter().map(|file| (&file.version, file)).collect();
    let mut findings = Vec::new();
    for row in deployed {
        match (files.get(&row.version), &row.checksum) {
            (None, _) => findings.push(Finding {
                rule: Rule::DeployedFileMissing,
                severity: Rule::DeployedFileMissing.severity(),
                place: None,
                message: format!("{} is deployed, but its file is gone", label(&row.version, &row.name)),
                help: Some("restore the file: what is deployed is history".to_owned()),
            }),
            (Some(file), Some(checksum)) if !file.repeatable && !file.matches_checksum(checksum) => findings
                .push(finding(
                    Rule::DeployedFileChanged,
                    &file.up.path,
                    format!("{} is deployed, and its file has changed since", file.label()),
                    "restore the file and write the change as a new migration",
                )),
            _ => {}
        }
    }
    findings
}

fn out_of_order(migrations: &[Migration], pending: &[&Migration], deployed: &[LedgerRow]) -> Vec<Finding> {
    // What is run again and again comes after everything else, and is late for nothing.
    let is_again = |version: &Version| migrations.iter().any(|one| one.repeatable && one.version == *version);
    let ordered = deployed.iter().map(|row| &row.version).filter(|version| !is_again(version));
    let Some(newest) = ordered.max() else { return Vec::new() };
    let late = pending.iter().filter(|migration| !migration.repeatable && migration.version < *newest);
    late.map(|migration| {
        finding(
            Rule::OutOfOrder,
            &migration.up.path,
            format!("{} is older than {newest}, which is deployed already", migration.label()),
            "give it a version after the newest deployed one",
        )
    })
    .collect()
}

/// One finding for all of them: a project that writes no down files has decided so, and knows.
fn missing_downs(pending: &[&Migration]) -> Option<Finding> {
    let without: Vec<&&Migration> = pending.iter().filter(|migration| migration.down.is_none()).collect();
    let message = match without.as_slice() {
        [] => return None,
        [one] => format!("{} has no down file: it cannot be rolled back", one.label()),
        [first, .., last] => format!(
            "{} pending migrations have no down file, {} to {}: they cannot be rolled back",
            without.len(),
            first.label(),
            last.label()
        ),
    };
    Some(finding(Rule::MissingDown, &without[0].up.path, message, "write the .down.sql beside the up file"))
}

/// A skipped number just before a pending migration. Time stamps have no gaps.
fn gaps(migrations: &[Migration], pending: &[&Migration]) -> Vec<Finding> {
    let counter =
        |migration: &Migration| migration.version.number().filter(|number| *number <= LARGEST_COUNTER);
    let pairs = migrations.windows(2).filter_map(|pair| {
        let (before, after) = (counter(&pair[0])?, counter(&pair[1])?);
        let is_pending = pending.iter().any(|migration| migration.version == pair[1].version);
        (after > before + 1 && is_pending).then_some(pair)
    });
    pairs
        .map(|pair| {
            let message = format!("there is no version between {} and {}", pair[0].version, pair[1].version);
            finding(Rule::VersionGap, &pair[1].up.path, message, "number migrations without gaps")
        })
        .collect()
}

fn finding(rule: Rule, path: &Utf8Path, message: String, help: &str) -> Finding {
    let place = Some(Place { path: path.to_owned(), line: 1, column: 1 });
    Finding { rule, severity: rule.severity(), place, message, help: Some(help.to_owned()) }
}

#[cfg(test)]
mod tests;
