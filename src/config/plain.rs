//! YAML and JSON of other tools', which is nobody's settings.

use serde_json::Value;

/// A text of YAML, or of JSON, which is YAML as well; where it cannot be read, the line, counted from 1, and why.
pub fn plain_yaml(text: &str) -> Result<Value, (usize, String)> {
    serde_yaml::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |at| at.line());
        (line, error.to_string())
    })
}
