//! Queries that differ between server versions in a line.

/// The query for a server: lines marked `-- since 14` stand from that major version on, `-- before 14` below it; a line may
/// have both marks.
pub(super) fn for_server(sql: &str, server_version: u32) -> String {
    let major = server_version / 10_000;
    let stands = |line: &&str| {
        let bound = |mark: &str| {
            let (_, number) = line.rsplit_once(mark)?;
            number.split_whitespace().next()?.parse::<u32>().ok()
        };
        bound("-- since ").is_none_or(|since| major >= since)
            && bound("-- before ").is_none_or(|before| major < before)
    };
    sql.lines().filter(stands).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::for_server;

    #[test]
    fn a_marked_line_stands_only_where_its_mark_says() {
        let sql = "select a,\n  b, -- since 14\n  c, -- before 14\n  d";
        assert_eq!(for_server(sql, 130_004), "select a,\n  c, -- before 14\n  d");
        assert_eq!(for_server(sql, 140_000), "select a,\n  b, -- since 14\n  d");
        let both = "a -- since 15 -- before 17";
        let stands =
            [140_000, 150_000, 160_000, 170_000].map(|version| !for_server(both, version).is_empty());
        assert_eq!(stands, [false, true, true, false]);
    }
}
