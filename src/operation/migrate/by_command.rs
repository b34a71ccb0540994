//! The state of a database whose migrations are run by their tool's own command: its ledger beside what files tell.

use std::collections::{BTreeMap, BTreeSet};

use super::Site;
use crate::engine::chain;
use crate::model::answer::{StatusAnswer, StatusLine, StatusSummary};
use crate::model::layout::{Revision, Tool};
use crate::model::ledger::LedgerRow;
use crate::model::migration::Version;
use crate::model::report::Failure;
use crate::operation::failure;

/// Compares the ledger with the files, as far as these tell of themselves.
pub(super) fn fill(answer: &mut StatusAnswer, site: &Site, rows: &[LedgerRow]) -> Result<(), Failure> {
    let (revisions, silent) = site.opened.project.revisions().map_err(|error| failure::file(&error))?;
    let recorded: Vec<Version> = rows.iter().map(|row| row.version.clone()).collect();
    let applied = chain::applied(&revisions, &recorded);
    let ordered = chain::in_order(&revisions);
    let times: BTreeMap<&Version, &LedgerRow> = rows.iter().map(|row| (&row.version, row)).collect();
    let known: BTreeSet<&Version> = revisions.iter().map(|one| &one.version).collect();
    let is_foreign = |version: &&Version| !known.contains(*version);
    answer.migrations = applied
        .iter()
        .filter(is_foreign)
        .map(|version| line(version, "", true, &times))
        .chain(
            ordered.iter().map(|one| line(&one.version, &one.name, applied.contains(&one.version), &times)),
        )
        .collect();
    let versions = |status: &str| {
        let lines = answer.migrations.iter().filter(|line| line.status == status);
        lines.map(|line| line.version.clone()).collect::<Vec<_>>()
    };
    (answer.applied, answer.pending) = (versions("applied"), versions("pending"));
    answer.current = answer.applied.last().cloned();
    let (applied_count, pending) = (answer.applied.len(), answer.pending.len());
    answer.total = applied_count + pending;
    answer.summary = StatusSummary { applied: applied_count, pending, total: answer.total };
    answer.hints.extend(hints(site.tool(), &revisions, applied.iter().filter(is_foreign)));
    answer.hints.extend(
        silent.iter().map(|path| {
            format!("{path} does not say in plain words which migration it is: it is not counted")
        }),
    );
    Ok(())
}

fn line(
    version: &Version,
    name: &str,
    is_applied: bool,
    times: &BTreeMap<&Version, &LedgerRow>,
) -> StatusLine {
    StatusLine {
        version: version.clone(),
        name: name.to_owned(),
        status: if is_applied { "applied" } else { "pending" },
        applied_at: times.get(version).and_then(|row| row.applied_at.clone()),
    }
}

/// What one should know of a comparison that is less than the tool's own.
fn hints<'a>(tool: Tool, revisions: &[Revision], foreign: impl Iterator<Item = &'a Version>) -> Vec<String> {
    if revisions.is_empty() {
        let title = tool.title();
        return vec![format!(
            "no file tells which migrations there are: what is pending, only {title} knows"
        )];
    }
    // What Django is made of itself has migrations that are no files of the project's.
    let foreign = foreign.filter(|_| tool != Tool::Django);
    foreign.map(|version| format!("the ledger has {version}, which no file is")).collect()
}
