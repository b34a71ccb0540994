//! The versions of migrations that are to be written next.

use crate::model::migration::{Migration, Version};

/// Digits of a version that is a time stamp, `YYYYMMDDHHMMSS`.
const STAMP: usize = 14;
/// Digits of a version that is counted, at the least.
const COUNTER: usize = 3;

/// The next versions in the style that the chain has: time stamps unless most of it is counted.
///
/// `now` is in seconds since 1970, UTC.
#[must_use]
pub fn next_versions(migrations: &[Migration], count: usize, now: u64) -> Vec<Version> {
    let stamps = migrations.iter().filter(|migration| is_stamp(&migration.version)).count();
    let newest = migrations.iter().filter_map(|migration| migration.version.number()).max();
    let (first, width) = if stamps * 2 >= migrations.len() {
        let now = time_stamp(now);
        (newest.map_or(now, |newest| now.max(newest + 1)), STAMP)
    } else {
        let width = migrations.iter().map(|migration| migration.version.as_str().len()).max();
        (newest.map_or(1, |newest| newest + 1), width.unwrap_or(COUNTER).max(COUNTER))
    };
    (first..).take(count).map(|number| Version::new(format!("{number:0width$}"))).collect()
}

fn is_stamp(version: &Version) -> bool {
    version.as_str().len() == STAMP && version.number().is_some()
}

/// `YYYYMMDDHHMMSS` as a number.
fn time_stamp(seconds: u64) -> u64 {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let clock = second / 3600 * 10_000 + second / 60 % 60 * 100 + second % 60;
    (year * 10_000 + month * 100 + day) * 1_000_000 + clock
}

/// Year, month and day of a day counted from 1970-01-01 (H. Hinnant, `civil_from_days`): years begin in March, so
/// that the leap day is the last of its year.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::next_versions;
    use crate::model::migration::{Migration, SqlFile, Version};

    const NOW: u64 = 1_795_257_600; // 2026-11-21 10:40:00

    fn chain(versions: &[&str]) -> Vec<Migration> {
        let file = SqlFile {
            path: "x".into(),
            text: String::new(),
            checksum: String::new(),
            raw_checksum: String::new(),
        };
        let one = |version: &&str| Migration {
            version: Version::new(*version),
            name: "x".to_owned(),
            up: file.clone(),
            down: None,
        };
        versions.iter().map(one).collect()
    }

    #[track_caller]
    fn check(versions: &[&str], count: usize, wanted: &[&str]) {
        let found = next_versions(&chain(versions), count, NOW);
        assert_eq!(found.iter().map(Version::as_str).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn the_next_version_is_written_as_the_chain_writes_its_own() {
        check(&[], 1, &["20261121104000"]);
        check(&["001", "002"], 2, &["003", "004"]);
        check(&["0001", "0009"], 1, &["0010"]);
        check(&["1", "2"], 1, &["003"]);
        check(&["001", "20260520143015", "20260521143015"], 2, &["20261121104000", "20261121104001"]);
    }

    #[test]
    fn it_comes_after_the_newest_whatever_the_clock_says() {
        check(&["20270101000000"], 1, &["20270101000001"]);
    }
}
