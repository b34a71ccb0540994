//! The report as SARIF 2.1.0, for code scanning.
//!
//! Written with `serde_json` directly: the part of the format that is used is small, and a test reads it into the
//! types that are generated from the standard's schema.

use serde_json::{Value, json};
use strum::IntoEnumIterator as _;

use super::verdict;
use crate::model::finding::{Finding, Ignored, Rule, Severity};
use crate::model::place::Place;
use crate::model::report::{Change, ChangeKind, Report};

/// The rule under which a refused statement is reported.
const FAILURE: &str = "preflight-failure";
/// The rule under which drift is reported.
const DRIFT: &str = "schema-drift";

/// The report as one SARIF document. `prefix` is the project directory relative to the repository's root.
#[must_use]
pub fn report(report: &Report, prefix: &str) -> String {
    let mut results = Vec::new();
    if let Some(failure) = &report.failure {
        results.push(result(FAILURE, "error", &failure.message, failure.place.as_ref(), prefix));
    }
    results.extend(report.findings.iter().map(|finding| of_finding(finding, prefix)));
    for Ignored { finding, by, because } in &report.ignored {
        let mut found = of_finding(finding, prefix);
        found["suppressions"] = json!([{ "kind": "external", "justification": format!("{by}: {because}") }]);
        results.push(found);
    }
    for change in report.drift.iter().flat_map(|drift| &drift.changes) {
        let place = change.to_source.as_ref().or(change.from_source.as_ref());
        results.push(result(DRIFT, "error", &drift_message(change), place, prefix));
    }
    super::json::document(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "confiture",
                "version": report.tool_version,
                "informationUri": "https://github.com/fraiseql/confiture-action",
                "rules": rules(),
            }},
            "invocations": [{
                "executionSuccessful": report.failure.is_none(),
                "exitCode": report.exit_code,
                "exitCodeDescription": verdict::sentence(report),
            }],
            "results": results,
        }],
    }))
}

fn rules() -> Vec<Value> {
    let own =
        [(FAILURE, "a migration or the schema is refused"), (DRIFT, "migrations and db/schema/ differ")];
    let own = own.map(|(id, text)| rule(id, text, "error"));
    own.into_iter()
        .chain(Rule::iter().map(|found| rule(found.into(), found.title(), level(found.severity()))))
        .collect()
}

fn rule(id: &str, text: &str, level: &str) -> Value {
    json!({ "id": id, "shortDescription": { "text": text }, "defaultConfiguration": { "level": level } })
}

fn of_finding(finding: &Finding, prefix: &str) -> Value {
    let rule: &str = finding.rule.into();
    result(rule, level(finding.severity), &finding.message, finding.place.as_ref(), prefix)
}

fn result(rule: &str, level: &str, message: &str, place: Option<&Place>, prefix: &str) -> Value {
    let mut result = json!({ "ruleId": rule, "level": level, "message": { "text": message } });
    if let Some(place) = place {
        let path =
            if prefix.is_empty() { place.path.to_string() } else { format!("{prefix}/{}", place.path) };
        result["locations"] = json!([{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&path) },
            "region": { "startLine": place.line, "startColumn": place.column },
        }}]);
    }
    result
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn drift_message(change: &Change) -> String {
    let object = &change.object;
    let of = if object.parent.is_empty() { String::new() } else { format!(" of {}", object.parent) };
    let name = format!("{} {}{of}", object.kind.label(), object.name);
    match change.change {
        ChangeKind::Added => format!("{name} is declared in db/schema/, but no migration makes it"),
        ChangeKind::Dropped => format!("{name} is made by the migrations, but not declared in db/schema/"),
        ChangeKind::Renamed => format!("{name} has another name in the migrations than in db/schema/"),
        ChangeKind::Changed => {
            let names: Vec<&str> = change.properties.iter().map(|property| property.name.as_str()).collect();
            format!("{name} differs between the migrations and db/schema/ in {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ignored, Rule, report, uri};
    use crate::render::samples;

    #[test]
    fn results_point_at_lines_of_the_repository() {
        let text = report(&samples::refused(), "services/app");
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let result = &document["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], "preflight-failure");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "services/app/db/migrations/003_index_orders.up.sql");
        assert_eq!(place["region"]["startLine"], 4);
    }

    #[test]
    fn every_result_names_a_described_rule() {
        for sample in [samples::refused(), samples::drifted()] {
            let document: serde_json::Value = serde_json::from_str(&report(&sample, "")).unwrap();
            let run = &document["runs"][0];
            let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
            let results = run["results"].as_array().unwrap();
            assert!(!results.is_empty());
            assert!(results.iter().all(|result| rules.iter().any(|rule| rule["id"] == result["ruleId"])));
        }
    }

    #[test]
    fn what_is_written_is_sarif_and_loses_nothing_in_its_own_types() {
        for sample in [samples::passed(), samples::refused(), samples::drifted()] {
            let text = report(&sample, "app");
            let typed: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
            let again = serde_json::to_value(&typed).unwrap();
            assert_eq!(again, serde_json::from_str::<serde_json::Value>(&text).unwrap());
        }
    }

    #[test]
    fn what_was_let_pass_is_a_suppressed_result() {
        let mut sample = samples::passed();
        let finding = samples::finding(Rule::OrphanDown, "db/migrations/001_x.down.sql", "it has no up file");
        let (by, because) = ("octocat".to_owned(), "it is kept".to_owned());
        sample.ignored.push(Ignored { finding, by, because });
        let text = report(&sample, "");
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let [result] = &document["runs"][0]["results"].as_array().unwrap()[..] else { panic!("{text}") };
        let suppressed = serde_json::json!([{ "kind": "external", "justification": "octocat: it is kept" }]);
        assert_eq!((&result["ruleId"], &result["suppressions"]), (&"orphan-down".into(), &suppressed));
        serde_json::from_str::<serde_sarif::sarif::Sarif>(&text).unwrap();
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("db/a b#é.sql"), "db/a%20b%23%C3%A9.sql");
    }
}
