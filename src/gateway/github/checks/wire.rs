//! The fields of check runs that are read.

use serde::Deserialize;

use super::{Check, CheckId};

#[derive(Debug, Deserialize)]
pub(super) struct ChecksAnswer {
    pub(super) total_count: usize,
    pub(super) check_runs: Vec<CheckAnswer>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckAnswer {
    id: CheckId,
    name: String,
    external_id: Option<String>,
    html_url: Option<String>,
    status: String,
    conclusion: Option<String>,
    output: Output,
    app: Option<Owner>,
}

#[derive(Debug, Deserialize)]
struct Output {
    annotations_count: usize,
}

#[derive(Debug, Deserialize)]
struct Owner {
    id: u64,
}

impl CheckAnswer {
    pub(super) fn is(&self, name: &str, external_id: &str) -> bool {
        self.name == name && self.external_id.as_deref() == Some(external_id)
    }

    pub(super) fn is_concluded(&self, name: &str) -> bool {
        self.name == name && self.status == "completed"
    }

    /// Whether it is this App's; of an App that is not known any check is.
    pub(super) fn is_of(&self, app: Option<u64>) -> bool {
        app.is_none_or(|app| self.app.as_ref().is_some_and(|owner| owner.id == app))
    }
}

impl From<CheckAnswer> for Check {
    fn from(answer: CheckAnswer) -> Self {
        Self {
            id: answer.id,
            conclusion: answer.conclusion.and_then(|conclusion| conclusion.parse().ok()),
            completed: answer.status == "completed",
            annotations: answer.output.annotations_count,
            url: answer.html_url.unwrap_or_default(),
        }
    }
}
