//! `seed validate`: what can be told of files of rows without a database.

use std::collections::{BTreeMap, BTreeSet};

use super::files;
use crate::model::answer::Head;
use crate::model::exit::ExitCode;
use crate::model::finding::Severity;
use crate::model::migration::SqlFile;
use crate::model::place::Place;
use crate::model::report::{Failure, Stage};
use crate::model::seed::{Pattern, SeedValidateAnswer, Violation};
use crate::operation::failure;
use crate::operation::project::{Opened, ProjectOptions};
use crate::operation::script::Script;
use crate::sql::{self, Insert, SeedStatement, TableName};

/// Reads the files of an environment. Connects to nothing.
pub async fn validate(project: &ProjectOptions) -> SeedValidateAnswer {
    let mut answer = SeedValidateAnswer {
        head: Head::new("seed validate"),
        env: project.env.clone(),
        files_scanned: 0,
        has_violations: false,
        violation_count: 0,
        violations: Vec::new(),
    };
    let result = carry_out(project, &mut answer).await;
    answer.head.conclude(result);
    answer
}

async fn carry_out(project: &ProjectOptions, answer: &mut SeedValidateAnswer) -> Result<ExitCode, Failure> {
    let opened = Opened::open(project).await?;
    let files = files(&opened, &project.env, None)?;
    let mut found = Found::default();
    for file in &files {
        match Script::read(file, Stage::Project) {
            Ok(script) => found.read(&script),
            Err(failure) => found.unreadable(file, failure),
        }
    }
    found.check_order(&foreign_keys(&opened)?);
    answer.files_scanned = files.len();
    answer.violations = found.violations;
    let rank = |one: &Violation| files.iter().position(|file| file.path == one.place.path);
    answer.violations.sort_by_key(|one| (rank(one), one.place.line, one.place.column));
    answer.violation_count = answer.violations.len();
    answer.has_violations = answer.violation_count > 0;
    let grave = answer.violations.iter().any(|one| one.severity == Severity::Error);
    Ok(if grave { ExitCode::Findings } else { ExitCode::Success })
}

/// Which table's rows need which others', as the declared schema says.
fn foreign_keys(opened: &Opened) -> Result<BTreeMap<TableName, BTreeSet<TableName>>, Failure> {
    let mut keys: BTreeMap<TableName, BTreeSet<TableName>> = BTreeMap::new();
    for file in opened.project.schema(&opened.settings).map_err(|error| failure::file(&error))? {
        let script = Script::read(&file, Stage::Schema)?;
        for statement in &script.statements {
            for (from, to) in sql::foreign_keys(script.text(statement)) {
                keys.entry(in_public(from)).or_default().insert(in_public(to));
            }
        }
    }
    Ok(keys)
}

/// A table without a schema is taken for one of `public`.
fn in_public((schema, name): TableName) -> TableName {
    (if schema.is_empty() { "public".to_owned() } else { schema }, name)
}

#[derive(Default)]
struct Found {
    violations: Vec<Violation>,
    /// Where rows are put in, in the order in which they are.
    filled: Vec<(TableName, Place)>,
}

impl Found {
    fn add(&mut self, pattern: Pattern, severity: Severity, place: Place, message: String) {
        let help = match pattern {
            Pattern::MissingOnConflict => Some("say on conflict do nothing, so that it can be run again"),
            Pattern::NonInsertStatement => Some("put structure into db/schema/ and changes into a migration"),
            Pattern::ForeignKeyOrder => {
                Some("number the files so that the rows that are pointed at come first")
            }
            Pattern::DoubleSemicolon => Some("remove it"),
            Pattern::SeedUnparseable | Pattern::ColumnValueMismatch => None,
        };
        self.violations.push(Violation { pattern, severity, place, message, help });
    }

    fn unreadable(&mut self, file: &SqlFile, failure: Failure) {
        let place = failure.place.unwrap_or_else(|| file.place(0));
        self.add(Pattern::SeedUnparseable, Severity::Error, place, failure.message);
    }

    fn read(&mut self, script: &Script<'_>) {
        let place = |offset| {
            let (line, column) = script.position(offset);
            Place { path: script.file.path.clone(), line, column }
        };
        for offset in sql::idle_semicolons(&script.file.text, &script.statements) {
            let message = "a semicolon without a statement".to_owned();
            self.add(Pattern::DoubleSemicolon, Severity::Warning, place(offset), message);
        }
        for statement in &script.statements {
            let place = place(statement.span.start);
            let not_rows = Pattern::NonInsertStatement;
            match sql::seed_statement(script.text(statement)) {
                SeedStatement::Unreadable(why) => {
                    self.add(Pattern::SeedUnparseable, Severity::Error, place, why);
                }
                SeedStatement::Structure => {
                    self.add(not_rows, Severity::Error, place, "this makes or drops objects".to_owned());
                }
                SeedStatement::Changes => {
                    self.add(
                        not_rows,
                        Severity::Warning,
                        place,
                        "this changes rows that are there".to_owned(),
                    );
                }
                SeedStatement::Insert(insert) => self.insert(&insert, place),
                SeedStatement::Copy(table) => self.filled.push((in_public(table), place)),
                SeedStatement::Allowed => {}
            }
        }
    }

    fn insert(&mut self, insert: &Insert, place: Place) {
        // Without names the table decides how many there are, but its rows have to be alike.
        let wanted = insert.columns.or_else(|| insert.widths.first().copied());
        let odd = insert.widths.iter().position(|width| Some(*width) != wanted);
        if let (Some(row), Some(wanted)) = (odd, wanted) {
            let message = format!("row {} has {} values for {wanted} columns", row + 1, insert.widths[row]);
            self.add(Pattern::ColumnValueMismatch, Severity::Error, place.clone(), message);
        }
        if !insert.on_conflict {
            let message = format!("the rows of {} are refused or doubled in a second run", insert.table.1);
            self.add(Pattern::MissingOnConflict, Severity::Warning, place.clone(), message);
        }
        self.filled.push((in_public(insert.table.clone()), place));
    }

    /// Rows that point at a table whose first rows come later.
    fn check_order(&mut self, keys: &BTreeMap<TableName, BTreeSet<TableName>>) {
        let filled = std::mem::take(&mut self.filled);
        let first = |table: &TableName| filled.iter().position(|(other, _)| other == table);
        for (table, needed) in keys {
            let Some(at) = first(table) else { continue };
            for other in needed {
                if let Some(later) = first(other).filter(|later| *later > at) {
                    let message = format!(
                        "{} points at {}, whose first rows come later, in {}",
                        table.1, other.1, filled[later].1
                    );
                    self.add(Pattern::ForeignKeyOrder, Severity::Error, filled[at].1.clone(), message);
                }
            }
        }
    }
}
