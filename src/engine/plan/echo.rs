//! What the server wrote, so that it reads it as it meant it.
//!
//! The parser makes one condition of `(a AND b) AND c`, but keeps two where it read `x BETWEEN a AND b AND c`, and
//! the server writes both alike. It also casts the elements of what it wrote as the cast of a whole array, which it
//! makes itself of `name IN ('a', 'b')`. A cast that does nothing keeps such things apart and leaves no trace.

mod labels;

use crate::model::ident::split_outside_quotes;

/// The cast of a condition.
const CONDITION: &str = "::boolean";

/// A parenthesis that is open.
#[derive(Default)]
struct Group {
    start: usize,
    joined_by: Option<&'static str>,
    /// The parenthesis that it begins with: where that ends, and what joins it.
    first: Option<(usize, &'static str)>,
}

/// A statement that says again what the server wrote in it.
pub(super) fn kept(sql: &str) -> String {
    let mut places = Vec::new();
    let mut open = vec![Group { start: usize::MAX, ..Group::default() }];
    let mut at = 0;
    while at < sql.len() {
        at += match sql.as_bytes()[at] {
            b'\'' | b'"' | b'$' => quoted(&sql[at..]),
            b'(' => {
                open.push(Group { start: at, ..Group::default() });
                1
            }
            b')' => {
                let start = open.last().map_or(0, |group| group.start.wrapping_add(1));
                places.extend(cast_of_array(sql, start, at).map(|cast| (at, cast)));
                places.extend(close(&mut open, at).map(|end| (end, CONDITION.to_owned())));
                1
            }
            b' ' => {
                note(&mut open, &sql[at..], at);
                1
            }
            _ => 1,
        };
    }
    places.extend(labels::missing(sql).into_iter().map(|end| (end, labels::NAME.to_owned())));
    places.sort_unstable();
    write(sql, &places)
}

/// Notes by what the innermost group is joined.
fn note(open: &mut [Group], rest: &str, at: usize) {
    let word = [" AND ", " OR "].into_iter().find(|word| rest.starts_with(word));
    if let Some(group) = open.last_mut().filter(|group| group.joined_by.is_none() && word.is_some()) {
        group.joined_by = word;
        group.first = group.first.filter(|(end, _)| *end == at);
    }
}

/// Ends a group; where it begins with one that is joined in the same way, that one's end is returned.
fn close(open: &mut Vec<Group>, end: usize) -> Option<usize> {
    let group = open.pop().filter(|_| !open.is_empty())?;
    let whole = open.last_mut()?;
    if let Some(word) = group.joined_by
        && whole.start.checked_add(1) == Some(group.start)
    {
        whole.first = Some((end + 1, word));
    }
    group.first.filter(|(_, word)| group.joined_by == Some(word)).map(|(end, _)| end)
}

/// How far a quoted piece goes, to the end when nothing ends it; a dollar that quotes nothing is one character.
fn quoted(rest: &str) -> usize {
    let mark = match rest.as_bytes().first() {
        Some(b'$') => {
            let tag = rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').map(|end| &rest[..end + 2]);
            match tag.filter(|tag| tag.ends_with('$')) {
                Some(tag) => tag,
                None => return 1,
            }
        }
        _ => &rest[..1],
    };
    rest[mark.len()..].find(mark).map_or(rest.len(), |end| end + 2 * mark.len())
}

/// The cast that an array has by itself, where another one is written behind its parenthesis.
fn cast_of_array(sql: &str, start: usize, end: usize) -> Option<String> {
    let elements = sql.get(start..end)?.strip_prefix("ARRAY[")?.strip_suffix(']')?;
    let (_, behind) = sql.split_at_checked(end + 1)?;
    behind
        .strip_prefix("::")
        .filter(|cast| cast.split(')').next().is_some_and(|cast| cast.contains("[]")))?;
    split_outside_quotes(elements, ", ").into_iter().find_map(own_type).map(|kind| format!("::{kind}[]"))
}

/// The type that stands behind a constant, without its length.
fn own_type(element: &str) -> Option<&str> {
    let (_, kind) = element.rsplit_once("::")?;
    let kind = kind.trim_end_matches(']');
    let bare = kind.split('(').next().unwrap_or(kind);
    (!bare.contains(['\'', ')', '['])).then_some(bare)
}

fn write(sql: &str, places: &[(usize, String)]) -> String {
    let mut written = String::with_capacity(sql.len());
    let mut from = 0;
    for (place, cast) in places {
        written += &sql[from..*place];
        written += cast;
        from = *place;
    }
    written + &sql[from..]
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn a_condition_that_begins_with_one_of_its_own_sort_keeps_it() {
        let twice = "check ((((a >= 1) AND (a <= 2)) AND (b = 3)))";
        assert_eq!(kept(twice), "check ((((a >= 1) AND (a <= 2))::boolean AND (b = 3)))");
        let deep = "((((a OR b) OR c) OR d) AND ((a OR b) OR c))";
        assert_eq!(kept(deep), "((((a OR b)::boolean OR c)::boolean OR d) AND ((a OR b)::boolean OR c))");
    }

    #[test]
    fn an_array_that_is_cast_as_a_whole_stays_so() {
        assert_eq!(
            kept("(s = ANY ((ARRAY['a''::b'::character varying(3), 'c'::character varying])::text[]))"),
            "(s = ANY ((ARRAY['a''::b'::character varying(3), 'c'::character varying]::character varying[])::text[]))"
        );
        assert_eq!(
            kept("(ARRAY[now(), 'a'::\"T\".x])::text[]"),
            "(ARRAY[now(), 'a'::\"T\".x]::\"T\".x[])::text[]"
        );
    }

    #[test]
    fn everything_else_stays() {
        for sql in [
            "((a AND b) OR c)",
            "(c AND (a AND b))",
            "(((a AND b))::text AND c)",
            "((a AND b)::text ~ 'x' AND c)",
            "'((a AND b) AND c)'",
            "as $f$((a AND b) AND c)$f$",
            "\"((a AND b) AND c)",
            "count(*) over (order by a rows BETWEEN 1 PRECEDING AND 2 FOLLOWING) $1 é)",
            "a) AND b) AND ((",
            "(ARRAY['a'::text, 'b'::text])",
            "(s = ANY (ARRAY['a'::text]))::text",
            "(ARRAY[1, a])::text[]",
        ] {
            assert_eq!(kept(sql), sql);
        }
    }
}
