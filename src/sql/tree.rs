//! Parse trees compared: what two texts mean, apart from where it stands in them.

use serde_json::Value;

/// Keys of a tree that say where something stands, beside those that end with `location`.
const PLACES: [&str; 5] = ["stmt_len", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end"];

fn is_place(key: &str) -> bool {
    key.ends_with("location") || PLACES.contains(&key)
}

/// The tree of a text without places and without the keys in `besides`; `None` when the parser refuses the text.
pub(super) fn normalised(text: &str, besides: &[&str]) -> Option<Value> {
    let tree = pg_query::parse(text, 0).ok()?;
    let mut value = serde_json::to_value(&tree.protobuf).ok()?;
    strip(&mut value, besides);
    Some(value)
}

fn strip(value: &mut Value, besides: &[&str]) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !is_place(key) && !besides.contains(&key.as_str()));
            map.values_mut().for_each(|value| strip(value, besides));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| strip(value, besides)),
        _ => {}
    }
}

/// The version of PostgreSQL whose grammar the parser has.
pub const PARSER_MAJOR: u32 = 18;

/// Why the parser refuses a text, in its own words.
#[must_use]
pub fn fault(text: &str) -> Option<String> {
    match pg_query::parse(text, 0) {
        Ok(_) => None,
        Err(pg_query::Error::Parse(message)) => Some(message),
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{fault, normalised};

    #[test]
    fn spelling_and_place_are_no_part_of_what_a_text_means() {
        let tree = |text| normalised(text, &[]).unwrap();
        assert_eq!(tree("SELECT  a FROM t"), tree("select a\n  from T"));
        assert_ne!(tree("select a from t"), tree("select b from t"));
        assert_ne!(tree("select 1"), tree("select 2"));
        assert_eq!(normalised("selec 1", &[]), None);
    }

    #[test]
    fn a_fault_is_told_in_the_parsers_words() {
        assert_eq!(fault("create tabel t ()").as_deref(), Some("syntax error at or near \"tabel\""));
        assert_eq!(fault("create table t ()"), None);
    }
}
