//! Queries that differ between servers and readers in a line.

/// The query for a server: lines marked `-- since 14` stand from that major version on, `-- before 14` below it, and
/// those marked `-- for superusers` or `-- for others` stand where they say.
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
    sql.lines().filter(stands).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::for_server;

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
