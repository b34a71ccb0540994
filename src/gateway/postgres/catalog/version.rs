//! Queries that differ between servers and readers in a line, and what they need to be there.

/// How queries write who was granted something by whom (`e`, of an object `t` in the base `b`).
const GRANTEE: &str = include_str!("../queries/parts/grantee.sql");

/// The query for a server: lines marked `-- since 14` stand from that major version on, `-- before 14` below it, and
/// those marked `-- for superusers` or `-- for others` stand where they say; `{grantee}` is what it stands for.
pub(super) fn for_server(sql: &str, server_version: u32, superuser: bool) -> String {
    let unfit = if superuser { "-- for others" } else { "-- for superusers" };
    let major = server_version / 10_000;
    let stands = |line: &&str| {
        let bound = |mark: &str| {
            let (_, number) = line.rsplit_once(mark)?;
            number.split_whitespace().next()?.parse::<u32>().ok()
        };
        bound("-- since ").is_none_or(|since| major >= since)
            && bound("-- before ").is_none_or(|before| major < before)
            && !line.contains(unfit)
    };
    let lines: Vec<&str> = sql.lines().filter(stands).collect();
    lines.join("\n").replace("{grantee}", GRANTEE.trim_end())
}

/// Of what there must be any for a query to return something, where it says so.
pub(super) fn needed(sql: &'static str) -> Option<impl Iterator<Item = &'static str>> {
    let list = sql.lines().find_map(|line| line.strip_prefix("-- Where any: "))?;
    Some(list.split(", "))
}

/// The properties that a query returns from some major version on, with that version: lines that end with a name and
/// that have no other form below it.
pub(super) fn properties_since(sql: &'static str) -> impl Iterator<Item = (&'static str, u32)> {
    let named = |line: &'static str| {
        let (text, major) = line.split_once(" -- since ")?;
        let (_, name) = text.trim_end().trim_end_matches(',').rsplit_once(" as ")?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_name.then_some((name, major.trim().parse().ok()?))
    };
    let told_before = move |name: &str| {
        sql.lines().any(|line| line.contains(&format!(" as {name}, -- before ")))
            || sql.lines().any(|line| line.contains(&format!(" as {name} -- before ")))
    };
    sql.lines().filter_map(named).filter(move |(name, _)| !told_before(name))
}

#[cfg(test)]
mod tests {
    use super::{for_server, properties_since};

    #[test]
    fn a_property_that_older_servers_tell_in_another_form_is_not_new() {
        let sql = "select a as always,\n  b as rules, -- since 16\n  c as locale, -- since 17\n  d as locale, \
                   -- before 17\n  e as half, -- since 15 -- before 17\nfrom x as y -- since 18";
        let found: Vec<(&str, u32)> = properties_since(sql).collect();
        assert_eq!(found, [("rules", 16), ("y", 18)]);
    }

    #[test]
    fn a_marked_line_stands_only_where_its_mark_says() {
        let sql = "select a,\n  b, -- since 14\n  c, -- before 14\n  d";
        assert_eq!(for_server(sql, 130_004, true), "select a,\n  c, -- before 14\n  d");
        assert_eq!(for_server(sql, 140_000, true), "select a,\n  b, -- since 14\n  d");
        let sql = "a\nb -- for superusers\nc -- for others\nd -- for others -- since 15";
        assert_eq!(for_server(sql, 140_000, true), "a\nb -- for superusers");
        assert_eq!(for_server(sql, 140_000, false), "a\nc -- for others");
        let both = "a -- since 15 -- before 17";
        let stands =
            [140_000, 150_000, 160_000, 170_000].map(|version| !for_server(both, version, true).is_empty());
        assert_eq!(stands, [false, true, true, false]);
    }
}
