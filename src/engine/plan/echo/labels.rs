//! Columns without a name.
//!
//! The server leaves the name out where it is `?column?`, and gives a value with a cast the name of the type when it
//! reads that.

use super::quoted;

/// The name that is meant.
pub(super) const NAME: &str = " AS \"?column?\"";

/// What ends a list of columns.
const ENDS: [&str; 14] = [
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "INTO",
];

/// Where in a statement of the server's the name is missing.
pub(super) fn missing(sql: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 0;
    while at < sql.len() {
        at += match sql.as_bytes()[at] {
            b'\'' | b'"' | b'$' => quoted(&sql[at..]),
            b'S' if sql[at..].starts_with("SELECT ") => {
                let start = at + "SELECT ".len();
                let ends = items(&sql[start..]).into_iter().map(|end| start + end);
                places.extend(ends);
                "SELECT".len()
            }
            _ => 1,
        };
    }
    places
}

/// The ends of the columns in a list that want the name.
fn items(list: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let (mut at, mut depth, mut start) = (0, 0_u32, 0);
    while at < list.len() {
        let byte = list.as_bytes()[at];
        let is_last = depth == 0 && (matches!(byte, b')' | b';') || is_end(list, at));
        if is_last || (depth == 0 && byte == b',') {
            ends.extend(wants_name(&list[start..at]).then(|| list[..at].trim_end().len()));
            start = at + 1;
        }
        if is_last {
            return ends;
        }
        depth = match byte {
            b'(' | b'[' => depth + 1,
            b')' | b']' => depth.saturating_sub(1),
            _ => depth,
        };
        at += if matches!(byte, b'\'' | b'"' | b'$') { quoted(&list[at..]) } else { 1 };
    }
    ends.extend(wants_name(&list[start.min(list.len())..]).then(|| list.trim_end().len()));
    ends
}

fn is_end(list: &str, at: usize) -> bool {
    let is_space = list.as_bytes()[at].is_ascii_whitespace();
    is_space && {
        let word = list[at..].split_ascii_whitespace().next().unwrap_or_default();
        ENDS.contains(&word)
    }
}

/// Whether a column is a constant with its type and nothing more.
fn wants_name(item: &str) -> bool {
    let item = item.trim();
    let item = item.strip_prefix("DISTINCT ").unwrap_or(item);
    let mut rest = item.strip_prefix('E').unwrap_or(item);
    let is_constant = rest.starts_with('\'');
    // A quote within is doubled.
    while rest.starts_with('\'') {
        rest = &rest[quoted(rest)..];
    }
    let kind = rest.strip_prefix("::").filter(|_| is_constant);
    kind.is_some_and(|kind| !kind.contains(" AS ") && !kind.contains("::"))
}

#[cfg(test)]
mod tests {
    use super::super::kept;

    #[test]
    fn a_constant_without_a_name_keeps_none() {
        assert_eq!(
            kept("EXISTS ( SELECT 'it''s, FROM'::text\n   FROM t)"),
            "EXISTS ( SELECT 'it''s, FROM'::text AS \"?column?\"\n   FROM t)"
        );
        assert_eq!(
            kept(" SELECT 1 AS n\nUNION\n SELECT 'a'::numeric(3,1), x, '-1'::integer"),
            " SELECT 1 AS n\nUNION\n SELECT 'a'::numeric(3,1) AS \"?column?\", x, '-1'::integer AS \"?column?\""
        );
    }

    #[test]
    fn everything_else_has_its_name() {
        for sql in [
            "SELECT 'a'::text AS k,\n 'b'::text AS \"AS\" FROM t",
            "SELECT ('a'::text || b), f('x'::text), a FROM t WHERE b = 'x'::text",
            "SELECT 1, t.a, 'SELECT ''x''::text' AS z",
            "' SELECT 'é",
        ] {
            assert_eq!(kept(sql), sql);
        }
    }
}
