//! The chain of migrations against what is deployed: which are pending, and what is wrong with the chain.

mod converted;
mod lineage;
mod mixed;
mod next;

use std::collections::HashMap;

use camino::Utf8Path;
use sha2::{Digest as _, Sha256};

use crate::model::finding::{Finding, Rule, Severity};
use crate::model::hex;
use crate::model::layout::Tool;
use crate::model::ledger::LedgerRow;
use crate::model::migration::{Migration, Version, label};
use crate::model::place::Place;
use crate::model::policy::{Late, Missing, Policy};

pub use converted::{Called, called};
pub use lineage::{applied, in_order};
pub use mixed::mixed;
pub use next::next_versions;

/// Versions below this are counted up one by one; those above are time stamps.
const LARGEST_COUNTER: u64 = 99_999;

/// Two files that claim one version: nothing can be replayed before that is settled.
#[must_use]
pub fn duplicates(migrations: &[Migration]) -> Vec<Finding> {
    let mut first: HashMap<&Version, &Utf8Path> = HashMap::new();
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

/// The migrations that are to be run, in order: those that the ledger does not have, and those that are run again
/// because they have changed.
#[must_use]
pub fn pending<'a>(
    policy: Policy,
    migrations: &'a [Migration],
    deployed: &[LedgerRow],
) -> Vec<&'a Migration> {
    let mut found = not_deployed(migrations, deployed);
    if let (Late::Skip, Some(newest)) = (policy.late, newest(migrations, deployed)) {
        found.retain(|migration| !is_late(migration, newest));
    }
    found
}

fn not_deployed<'a>(migrations: &'a [Migration], deployed: &[LedgerRow]) -> Vec<&'a Migration> {
    let applied: HashMap<&Version, Option<&str>> =
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
pub fn check(policy: Policy, migrations: &[Migration], deployed: &[LedgerRow]) -> Vec<Finding> {
    let pending = not_deployed(migrations, deployed);
    let mut findings = changed_or_gone(policy, migrations, deployed);
    findings.extend(out_of_order(policy, migrations, &pending, deployed));
    if policy.tool == Tool::Confiture {
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

fn changed_or_gone(policy: Policy, migrations: &[Migration], deployed: &[LedgerRow]) -> Vec<Finding> {
    let files: HashMap<&Version, &Migration> = migrations.iter().map(|file| (&file.version, file)).collect();
    let mut findings = Vec::new();
    for row in deployed {
        match (files.get(&row.version), &row.checksum) {
            (None, _) => findings.push(gone(policy, row)),
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

fn gone(policy: Policy, row: &LedgerRow) -> Finding {
    let mut message = format!("{} is deployed, but its file is gone", label(&row.version, &row.name));
    let mut help = "restore the file: what is deployed is history".to_owned();
    if policy.missing == Missing::Refuse {
        message += &refuses(policy);
        help += &unless_told(policy, policy.asks_to_allow_missing(), "missing: allow");
    }
    let rule = Rule::DeployedFileMissing;
    Finding { rule, severity: rule.severity(), place: None, message, help: Some(help) }
}

/// The newest version that is deployed. What is run again and again comes after everything else, and nothing is late for
/// it.
fn newest<'a>(migrations: &[Migration], deployed: &'a [LedgerRow]) -> Option<&'a Version> {
    let is_again = |version: &Version| migrations.iter().any(|one| one.repeatable && one.version == *version);
    // What no plan has any more comes after everything that one has.
    let by_plan = is_by_plan(migrations);
    let ordered = deployed.iter().map(|row| &row.version);
    ordered.filter(|version| !is_again(version) && version.is_planned() == by_plan).max()
}

/// Whether a plan says what comes after what.
fn is_by_plan(migrations: &[Migration]) -> bool {
    migrations.iter().any(|one| one.version.is_planned())
}

fn is_late(migration: &Migration, newest: &Version) -> bool {
    !migration.repeatable && migration.version < *newest
}

fn out_of_order(
    policy: Policy,
    migrations: &[Migration],
    pending: &[&Migration],
    deployed: &[LedgerRow],
) -> Vec<Finding> {
    let Some(newest) = newest(migrations, deployed) else { return Vec::new() };
    let late = pending.iter().filter(|migration| is_late(migration, newest));
    late.map(|migration| {
        let mut message = format!("{} is older than {newest}, which is deployed already", migration.label());
        let mut help = if is_by_plan(migrations) {
            "put it at the end".to_owned()
        } else {
            "give it a version after the newest deployed one".to_owned()
        };
        match policy.late {
            Late::Apply => {}
            Late::Skip => message += &format!(": {} never runs it", policy.tool.title()),
            Late::Refuse => {
                message += &refuses(policy);
                help += &unless_told(policy, policy.asks_to_apply_late(), "out_of_order: apply");
            }
        }
        let found = finding(Rule::OutOfOrder, &migration.up.path, message, &help);
        let severity = if policy.late == Late::Apply { found.severity } else { Severity::Error };
        Finding { severity, ..found }
    })
    .collect()
}

fn refuses(policy: Policy) -> String {
    format!(", and {} applies nothing then", policy.tool.title())
}

/// What the settings say where the tool is told otherwise.
fn unless_told(policy: Policy, flag: Option<&str>, key: &str) -> String {
    let said = format!("`layout: {{tool: {}, {key}}}`", policy.tool.name());
    match flag {
        Some(flag) => format!("; where {} is run with `{flag}`, say {said}", policy.tool.title()),
        None => format!("; or say {said}"),
    }
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
