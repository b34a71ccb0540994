//! The sentences of hints.

use crate::model::difference::RenameHint;

/// A hint as one sentence, without final stop: what to say, ready to be copied, and what it is for.
pub(super) fn sentence(hint: &RenameHint) -> String {
    let RenameHint { what, old, new, rename, .. } = hint;
    let of = match what.as_str() {
        "column" | "constraint" => format!(" of {}", hint.object.parent),
        "value" | "attribute" => format!(" of {}", hint.object.name),
        _ => String::new(),
    };
    let lost = match what.as_str() {
        "schema" => "what is in it is lost",
        "table" => "its rows are lost",
        "column" | "attribute" => "its values are lost",
        "sequence" => "its position is lost",
        "value" => "rows that have it are refused or changed",
        _ => "it is made anew",
    };
    format!(
        "is {what} {old}{of} now {new}? Say so with --rename {}, or in the SQL of the second side with \
         -- confiture: rename {rename}; else {lost}",
        argument(rename)
    )
}

/// A text as one argument of a shell.
fn argument(text: &str) -> String {
    let is_plain = !text.contains(['"', '\\', '$', '`', '!']);
    if is_plain { format!("\"{text}\"") } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::{argument, sentence};
    use crate::render::samples;

    #[test]
    fn a_hint_can_be_copied() {
        insta::assert_snapshot!(sentence(&samples::hint()), @r#"is table users now accounts? Say so with --rename "table public.users accounts", or in the SQL of the second side with -- confiture: rename table public.users accounts; else its rows are lost"#);
        assert_eq!(argument("value m.'a' 'b'"), "\"value m.'a' 'b'\"");
        assert_eq!(argument("table \"it's\" b"), "'table \"it'\\''s\" b'");
    }
}
