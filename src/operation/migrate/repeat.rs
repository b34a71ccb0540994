//! Statements of a file that fail when they are run again.

use std::collections::BTreeSet;

use crate::model::finding::Severity;
use crate::model::migration::SqlFile;
use crate::model::report::Stage;
use crate::model::tidy::Unrepeatable;
use crate::operation::apply::one_line;
use crate::operation::script::Script;
use crate::sql::{self, Repeat};

/// What of a file fails when it is run again; what it drops before if it is there does not.
pub(super) fn violations(file: &SqlFile) -> Vec<Unrepeatable> {
    found(file).into_iter().map(|(violation, _)| violation).collect()
}

/// The file's text made repeatable as far as that can be, with what was changed; and what only its author can change.
pub(super) fn fixed(file: &SqlFile) -> (String, Vec<Unrepeatable>, Vec<Unrepeatable>) {
    let (fixed, left): (Vec<_>, Vec<_>) = found(file).into_iter().partition(|(_, edit)| edit.is_some());
    let edits = fixed.iter().filter_map(|(_, edit)| *edit).collect();
    let only = |list: Vec<(Unrepeatable, _)>| list.into_iter().map(|(one, _)| one).collect();
    (sql::with_edits(&file.text, edits), only(fixed), only(left))
}

type Edit = Option<(usize, &'static str)>;

fn found(file: &SqlFile) -> Vec<(Unrepeatable, Edit)> {
    // Whoever runs the file says what is wrong with it.
    let Ok(script) = Script::read(file, Stage::Project) else { return Vec::new() };
    let mut dropped = BTreeSet::new();
    let mut found = Vec::new();
    for statement in &script.statements {
        let text = script.text(statement);
        for one in sql::unrepeatable(text) {
            if one.name.as_ref().is_some_and(|name| dropped.contains(name)) {
                continue;
            }
            let edit = one.edit.map(|(at, words)| (statement.span.start + at, words));
            found.push((violation(&script, statement.span.start, text, &one), edit));
        }
        dropped.extend(sql::dropped_if_there(text));
    }
    found
}

fn violation(script: &Script<'_>, offset: usize, text: &str, one: &Repeat) -> Unrepeatable {
    let (line_number, column) = script.position(offset);
    Unrepeatable {
        pattern: one.pattern,
        severity: Severity::Error,
        file_path: script.file.path.clone(),
        line_number,
        column,
        sql_snippet: one_line(text),
        suggestion: one.pattern.suggestion(one.edit.is_some()),
        fix_available: one.edit.is_some(),
    }
}
