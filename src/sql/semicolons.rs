//! Semicolons that end nothing.

use crate::model::statement::Statement;

/// The bytes at which there is a semicolon without a statement before it.
#[must_use]
pub fn idle_semicolons(text: &str, statements: &[Statement]) -> Vec<usize> {
    let end =
        |statement: &Statement| statement.copy_data.as_ref().map_or(statement.span.end, |data| data.end);
    let starts = std::iter::once(0).chain(statements.iter().map(end));
    let ends = statements.iter().map(|statement| statement.span.start).chain([text.len()]);
    let mut found = Vec::new();
    for (index, (start, end)) in starts.zip(ends).enumerate() {
        let semicolons = outside_comments(&text[start..end]).into_iter().map(|at| start + at);
        // The first one ends the statement before it; the one of `COPY` stands before its data.
        let own = usize::from(index > 0 && statements[index - 1].copy_data.is_none());
        found.extend(semicolons.skip(own));
    }
    found
}

fn outside_comments(text: &str) -> Vec<usize> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(byte) = text.as_bytes().get(at) {
        let rest = &text.as_bytes()[at..];
        let comment_end =
            |end: &str| text[at..].find(end).map_or(text.len(), |length| at + length + end.len());
        if rest.starts_with(b"--") {
            at = comment_end("\n");
        } else if rest.starts_with(b"/*") {
            at = comment_end("*/");
        } else {
            found.extend((*byte == b';').then_some(at));
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::idle_semicolons;

    #[test]
    fn a_semicolon_that_ends_nothing_is_found() {
        let text = "select 1;\n;-- ;\nselect ';;'; /* ; */;\ncopy t from stdin;\n;;\n\\.\nselect 2";
        let statements = crate::sql::statements(text).unwrap();
        assert_eq!(idle_semicolons(text, &statements), [10, 36]);
    }
}
