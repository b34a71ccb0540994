//! The report for terminals and logs.

use super::verdict;
use crate::model::report::Report;

/// The report as plain lines, with colour when asked for.
#[must_use]
pub fn report(report: &Report, colour: bool) -> String {
    let _ = colour;
    format!("{}\n", verdict::sentence(report))
}
