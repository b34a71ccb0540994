//! The order of files in `db/schema`.

use std::cmp::Ordering;

use camino::Utf8Path;

/// Compares two paths part by part: numbered parts by number, decimal or `0x` hexadecimal, before others.
pub fn natural_order(left: &Utf8Path, right: &Utf8Path) -> Ordering {
    let mut left_parts = left.components();
    let mut right_parts = right.components();
    loop {
        match (left_parts.next(), right_parts.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match compare_part(a.as_str(), b.as_str()) {
                Ordering::Equal => {}
                other => return other,
            },
        }
    }
}

fn compare_part(left: &str, right: &str) -> Ordering {
    match (number(left), number(right)) {
        (Some(a), Some(b)) => a.cmp(&b).then_with(|| left.cmp(right)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// The number that a part begins with: `10_tables` is 10, `0x0A_tables` is 10.
fn number(part: &str) -> Option<u128> {
    if let Some(hex) = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
        let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
        return u128::from_str_radix(&hex[..end], 16).ok();
    }
    let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
    part[..end].parse().ok()
}
