//! The order of files in `db/schema`.

use std::cmp::Ordering;

use camino::Utf8Path;

use crate::config::SortMode;

/// Compares two paths part by part: numbered parts by number, decimal or `0x` hexadecimal, before others.
pub fn natural_order(left: &Utf8Path, right: &Utf8Path) -> Ordering {
    order(SortMode::Alphabetical, left, right)
}

/// The same, with the numbers read as a mode says.
pub(super) fn order(mode: SortMode, left: &Utf8Path, right: &Utf8Path) -> Ordering {
    let mut left_parts = left.components();
    let mut right_parts = right.components();
    loop {
        match (left_parts.next(), right_parts.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match compare_part(mode, a.as_str(), b.as_str()) {
                Ordering::Equal => {}
                other => return other,
            },
        }
    }
}

fn compare_part(mode: SortMode, left: &str, right: &str) -> Ordering {
    match (number(mode, left), number(mode, right)) {
        (Some(a), Some(b)) => a.cmp(&b).then_with(|| left.cmp(right)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// The number that a part begins with: `10_tables` is 10, `0x0A_tables` is 10; in hexadecimal `10_tables` is 16.
fn number(mode: SortMode, part: &str) -> Option<u128> {
    let marked = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
    let (digits, radix) = match (marked, mode) {
        (Some(hex), _) => (hex, 16),
        (None, SortMode::Hex) => (part, 16),
        (None, SortMode::Alphabetical) => (part, 10),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    // Bare hexadecimal digits may be the beginning of a word: `add_users` is numbered, `address` is not.
    let word = mode == SortMode::Hex && digits[end..].starts_with(char::is_alphanumeric);
    if word { None } else { u128::from_str_radix(&digits[..end], radix).ok() }
}
