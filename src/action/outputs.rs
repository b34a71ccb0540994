//! The Action's outputs and the job summary.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use super::commands::unguessable;
use crate::model::exit::ExitCode;
use crate::model::report::Report;

/// Every output that is set, in the order of `action.yml`.
pub const NAMES: [&str; 9] = [
    "exit-code",
    "verdict",
    "pending-count",
    "plan-digest",
    "applied-count",
    "drift-detected",
    "changed-object-count",
    "report-path",
    "comment-url",
];

/// What later steps of the job can read.
#[derive(Debug, Clone, Default)]
pub(super) struct Outputs {
    values: BTreeMap<&'static str, String>,
}

impl Outputs {
    /// The outputs of a run without a report: `skipped` or `error`.
    #[must_use]
    pub(super) fn without_report(verdict: &str, code: ExitCode) -> Self {
        let values = BTreeMap::from([
            ("exit-code", code.number().to_string()),
            ("verdict", verdict.to_owned()),
            ("pending-count", "0".to_owned()),
            ("applied-count", "0".to_owned()),
            ("drift-detected", "false".to_owned()),
            ("changed-object-count", "0".to_owned()),
        ]);
        Self { values }
    }

    /// The outputs of a report.
    #[must_use]
    pub(super) fn of(report: &Report) -> Self {
        let drift = report.drift.as_ref();
        let mut outputs = Self::without_report(&report.verdict.to_string(), report.exit_code);
        outputs.set("pending-count", report.pending_count.to_string());
        outputs.set("plan-digest", report.plan_digest.clone().unwrap_or_default());
        outputs.set("applied-count", report.applied_count.to_string());
        outputs.set("drift-detected", drift.is_some_and(|drift| !drift.equal).to_string());
        outputs.set("changed-object-count", drift.map_or(0, |drift| drift.object_count).to_string());
        outputs
    }

    /// Sets one of [`NAMES`].
    pub(super) fn set(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }

    /// Appends them to the file that the runner reads, when it names one.
    pub(super) fn write(&self, variables: &BTreeMap<String, String>) -> io::Result<()> {
        let text: String =
            NAMES.iter().map(|name| entry(name, self.values.get(name).map_or("", String::as_str))).collect();
        append(variables, "GITHUB_OUTPUT", &text)
    }
}

/// Appends Markdown to the job summary, when the runner names a file for it.
pub(super) fn write_summary(variables: &BTreeMap<String, String>, markdown: &str) -> io::Result<()> {
    append(variables, "GITHUB_STEP_SUMMARY", &format!("{markdown}\n"))
}

/// One output between delimiters that its value does not hold.
fn entry(name: &str, value: &str) -> String {
    let mut delimiter = unguessable();
    while value.contains(&delimiter) {
        delimiter = unguessable();
    }
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

fn append(variables: &BTreeMap<String, String>, variable: &str, text: &str) -> io::Result<()> {
    let Some(path) = variables.get(variable).filter(|path| !path.is_empty()) else { return Ok(()) };
    let mut file = fs_err::OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn a_value_of_many_lines_reads_back_as_it_was() {
        let value = "a\nexit-code<<x\n0\nx\n";
        let written = entry("verdict", value);
        let (head, rest) = written.split_once('\n').unwrap();
        let delimiter = head.strip_prefix("verdict<<").unwrap();
        assert_eq!(rest.strip_suffix(&format!("\n{delimiter}\n")), Some(value));
    }
}
