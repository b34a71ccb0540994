//! What steps are expanded to.

use crate::model::migration::SqlFile;
use crate::model::python::{Part, Within};

/// SQL, statement by statement, each with the place of the step that it comes from.
#[derive(Debug, Default)]
pub(in super::super) struct Script {
    text: String,
    parts: Vec<Part>,
}

impl Script {
    /// Adds statements that were made here.
    pub(in super::super) fn push_all(&mut self, at: (usize, usize), statements: &[String]) {
        for statement in statements {
            self.add(at, &format!("{statement};\n"));
        }
    }

    /// Adds SQL that somebody has written: it may end in a comment.
    pub(in super::super) fn push_raw(&mut self, at: (usize, usize), sql: &str) {
        self.add(at, &format!("{}\n;\n", sql.trim_end().trim_end_matches(';')));
    }

    fn add(&mut self, at: (usize, usize), text: &str) {
        let line = self.text.matches('\n').count() + 1;
        self.parts.push(Part { line, at, verbatim: false });
        self.text += text;
    }

    /// Adds all of another one.
    fn append(&mut self, other: Self) {
        let before = self.text.matches('\n').count();
        self.parts.extend(other.parts.into_iter().map(|part| Part { line: part.line + before, ..part }));
        self.text += &other.text;
    }

    /// The SQL as what a file holds. It asks for no transaction where a statement of it can be in none.
    fn file(self, whole: &SqlFile) -> SqlFile {
        let no_transaction = self.text.contains("index concurrently ");
        let within = Some(Box::new(Within { text: whole.text.clone(), parts: self.parts }));
        SqlFile { text: self.text, no_transaction, within, ..whole.clone() }
    }
}

/// What leads forward and what leads back.
#[derive(Debug)]
pub(in super::super) struct Ways {
    /// What is there when the migration is started.
    pub(in super::super) start: Script,
    /// What waits for its completion.
    pub(in super::super) complete: Script,
    /// What takes each step back, the last one first; absent once there is one that nothing takes back.
    back: Option<Vec<Script>>,
}

impl Ways {
    pub(in super::super) fn new() -> Self {
        Self { start: Script::default(), complete: Script::default(), back: Some(Vec::new()) }
    }

    /// Adds what takes the newest step back.
    pub(in super::super) fn undo(&mut self, step: Option<Script>) {
        self.back = self.back.take().zip(step).map(|(mut steps, step)| {
            steps.insert(0, step);
            steps
        });
    }

    /// Both as what a file holds.
    pub(in super::super) fn files(mut self, whole: &SqlFile) -> (SqlFile, Option<SqlFile>) {
        self.start.append(self.complete);
        let back = self.back.map(|steps| {
            let mut script = Script::default();
            for step in steps {
                script.append(step);
            }
            script.file(whole)
        });
        (self.start.file(whole), back)
    }
}
