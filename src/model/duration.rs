//! Lengths of time as PostgreSQL's settings write them.

/// The units with their milliseconds.
const UNITS: [(&str, f64); 6] =
    [("us", 1e-3), ("ms", 1.0), ("s", 1e3), ("min", 6e4), ("h", 3.6e6), ("d", 8.64e7)];

/// The longest time that the server's settings take, in milliseconds.
const LONGEST: f64 = 2_147_483_647.0;

/// Reads `500ms`, `5s`, `1.5 min`; a number without unit is milliseconds.
///
/// ```
/// use confiture::model::duration::milliseconds;
///
/// assert_eq!(milliseconds("5s"), Some(5_000));
/// assert_eq!(milliseconds("1.5 min"), Some(90_000));
/// assert_eq!(milliseconds("250"), Some(250));
/// assert_eq!(milliseconds("5 m"), None);
/// ```
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 0 and the longest"
)]
pub fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start();
    let factor = match unit {
        "" => 1.0,
        unit => UNITS.iter().find(|(name, _)| *name == unit)?.1,
    };
    let time = (number.parse::<f64>().ok()? * factor).round();
    (0.0..=LONGEST).contains(&time).then_some(time as u64)
}
