//! The report as JSON, and the schema of that JSON.

use crate::model::difference::{DiffAnswer, DriftAnswer};
use crate::model::job::{JobsAnswer, RetriedAnswer};
use crate::model::report::Report;
use crate::model::schema::document::Document;

/// The report as one JSON document with a final newline.
#[must_use]
pub fn report(report: &Report) -> String {
    document(report)
}

/// The JSON schema of the report, as it is published in `docs/report.schema.json`.
#[must_use]
pub fn schema() -> String {
    schema_of::<Report>()
}

/// A published schema: the file in `docs/`, and what writes what it has to hold.
pub type Published = (&'static str, fn() -> String);

/// Every document with a published schema.
pub const PUBLISHED: [Published; 6] = [
    ("report.schema.json", schema),
    ("diff.schema.json", schema_of::<DiffAnswer>),
    ("drift.schema.json", schema_of::<DriftAnswer>),
    ("structure.schema.json", schema_of::<Document>),
    ("jobs.schema.json", schema_of::<JobsAnswer>),
    ("jobs_retried.schema.json", schema_of::<RetriedAnswer>),
];

fn schema_of<T: schemars::JsonSchema>() -> String {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    document(&settings.into_generator().into_root_schema_for::<T>())
}

/// Any answer as one JSON document with a final newline.
#[must_use]
pub fn document(value: &impl serde::Serialize) -> String {
    // Our own types have string keys and no failing derives, so there is nothing to report.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::{PUBLISHED, Published, document, report, schema, schema_of};
    use crate::model::difference::DiffAnswer;
    use crate::model::report::Report;
    use crate::render::samples;

    #[test]
    fn the_published_schema_is_the_one_that_is_written() {
        #[expect(clippy::disallowed_methods, reason = "a switch for whoever changes an answer")]
        let update = std::env::var("UPDATE_DOCS").is_ok();
        // What is read is no answer, so it is published beside them.
        let settings: [Published; 2] = [
            ("settings.schema.json", || document(&crate::config::schema())),
            ("bot.schema.json", || document(&crate::config::bot_schema())),
        ];
        for (name, schema) in PUBLISHED.into_iter().chain(settings) {
            let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
            if update {
                fs_err::write(&path, schema()).unwrap();
            }
            let published = fs_err::read_to_string(&path).unwrap_or_default();
            let what_to_do = "run UPDATE_DOCS=1 cargo test published_schema and read what changed";
            assert_eq!(published, schema(), "{name}: {what_to_do}");
        }
    }

    #[test]
    fn every_kind_of_comparison_is_valid_against_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(&schema_of::<DiffAnswer>()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for sample in [samples::same(), samples::different(), samples::unbuilt()] {
            let document: serde_json::Value = serde_json::from_str(&document(&sample)).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }

    #[test]
    fn every_kind_of_report_is_valid_against_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for sample in [samples::passed(), samples::drifted(), samples::refused()] {
            let document: serde_json::Value = serde_json::from_str(&report(&sample)).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }

    #[test]
    fn a_report_that_was_written_down_is_read_as_it_was() {
        for sample in [samples::passed(), samples::drifted(), samples::refused()] {
            let read: Report = serde_json::from_str(&report(&sample)).unwrap();
            assert_eq!(read, sample);
        }
    }

    #[test]
    fn the_schema_refuses_a_report_without_verdict() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
        let mut document: serde_json::Value = serde_json::from_str(&report(&samples::passed())).unwrap();
        document.as_object_mut().unwrap().remove("verdict");
        assert!(!jsonschema::is_valid(&schema, &document));
    }
}
