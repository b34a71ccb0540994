//! Numbers of things in words.

use std::fmt::Display;

/// `1 table`, `2 tables`.
#[must_use]
pub fn counted<N: Copy + Display + From<u8> + PartialEq>(count: N, noun: &str) -> String {
    let end = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{end}")
}
