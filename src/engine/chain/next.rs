//! The versions of migrations that are to be written next.

use crate::config::VersionStyle;
use crate::model::migration::Version;

/// Digits of a version that is a time stamp, `YYYYMMDDHHMMSS`.
const STAMP: usize = 14;
/// Digits of a version that is counted, at the least.
const COUNTER: usize = 3;

/// The next versions in the style asked for, else in that of the newest one there is; the first is counted. Fewer than
/// `count` where numbers end.
///
/// `versions` are in order; `now` is in seconds since 1970, UTC.
#[must_use]
pub fn next_versions(
    versions: &[Version],
    style: Option<VersionStyle>,
    count: usize,
    now: u64,
) -> Vec<Version> {
    let numbered: Vec<&Version> = versions.iter().filter(|version| version.leading().is_some()).collect();
    let newest = numbered.last().copied();
    let has = if newest.is_some_and(is_stamp) { VersionStyle::Timestamp } else { VersionStyle::Sequential };
    // The newest may be the greatest number that there is.
    let Some(after) = newest.and_then(Version::leading).map_or(Some(1), |newest| newest.checked_add(1))
    else {
        return Vec::new();
    };
    let (first, width) = match style.unwrap_or(has) {
        VersionStyle::Timestamp => (time_stamp(now).max(after), STAMP),
        VersionStyle::Sequential => {
            let plain = numbered.iter().filter(|version| version.number().is_some());
            let width = plain.map(|version| version.as_str().len()).max();
            (after, width.unwrap_or(COUNTER).max(COUNTER))
        }
    };
    (first..=u64::MAX).take(count).map(|number| Version::new(format!("{number:0width$}"))).collect()
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
    use crate::config::VersionStyle;
    use crate::model::migration::Version;

    const NOW: u64 = 1_795_257_600; // 2026-11-21 10:40:00

    #[track_caller]
    fn check(versions: &[&str], style: Option<VersionStyle>, count: usize, wanted: &[&str]) {
        let versions: Vec<Version> = versions.iter().map(|version| Version::new(*version)).collect();
        let found = next_versions(&versions, style, count, NOW);
        assert_eq!(found.iter().map(Version::as_str).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn the_next_version_is_written_as_the_newest_is() {
        check(&[], None, 1, &["001"]);
        check(&["001", "002"], None, 2, &["003", "004"]);
        check(&["0001", "0009"], None, 1, &["0010"]);
        check(&["1", "2"], None, 1, &["003"]);
        check(&["1", "1.2.10"], None, 1, &["002"]);
        check(&["001", "20260520143015", "x"], None, 2, &["20261121104000", "20261121104001"]);
    }

    #[test]
    fn the_settings_may_ask_for_another_style() {
        check(&[], Some(VersionStyle::Timestamp), 1, &["20261121104000"]);
        check(&["001"], Some(VersionStyle::Timestamp), 1, &["20261121104000"]);
        check(&["20260520143015"], Some(VersionStyle::Sequential), 1, &["20260520143016"]);
    }

    #[test]
    fn it_comes_after_the_newest_whatever_the_clock_says() {
        check(&["20270101000000"], None, 1, &["20270101000001"]);
    }

    #[test]
    fn after_the_greatest_number_there_is_none() {
        check(&["18446744073709551614"], None, 2, &["18446744073709551615"]);
        check(&["18446744073709551615"], None, 1, &[]);
    }
}
