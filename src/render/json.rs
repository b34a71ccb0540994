//! The report as JSON, and the schema of that JSON.

use crate::model::report::Report;

/// The report as one JSON document with a final newline.
#[must_use]
pub fn report(report: &Report) -> String {
    document(report)
}

/// The JSON schema of the report, as it is published in `docs/report.schema.json`.
#[must_use]
pub fn schema() -> String {
    document(&schemars::schema_for!(Report))
}

/// Any answer as one JSON document with a final newline.
#[must_use]
pub fn document(value: &impl serde::Serialize) -> String {
    // Our own types have string keys and no failing derives, so there is nothing to report.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
