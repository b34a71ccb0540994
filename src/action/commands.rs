//! What is printed for the runner: workflow commands, and text in which it must not look for any.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write};

use super::inputs;
use crate::render::annotations::data;

/// Where the runner reads.
pub type Output<'a> = &'a mut (dyn Write + Send);

/// Hides the secrets that the inputs hold from the log from here on.
pub(super) fn mask(out: Output<'_>, variables: &BTreeMap<String, String>) -> io::Result<()> {
    let mut secrets: Vec<String> =
        inputs::value(variables, "github-token").into_iter().map(ToOwned::to_owned).collect();
    if let Some(url) = inputs::value(variables, "against") {
        secrets.extend(passwords(url));
    }
    for secret in secrets.iter().flat_map(|secret| secret.lines()).filter(|line| !line.is_empty()) {
        writeln!(out, "::add-mask::{}", data(secret))?;
    }
    Ok(())
}

/// Prints text in which the runner finds no commands, whatever it holds.
pub(super) fn plain(out: Output<'_>, text: &str) -> io::Result<()> {
    let token = unguessable();
    writeln!(out, "::stop-commands::{token}\n{}\n::{token}::", text.trim_end_matches('\n'))
}

/// Prints an error that belongs to no file.
pub(super) fn error(out: Output<'_>, text: &str) -> io::Result<()> {
    writeln!(out, "::error title=Confiture::{}", data(text))
}

/// Prints a remark.
pub(super) fn notice(out: Output<'_>, text: &str) -> io::Result<()> {
    writeln!(out, "::notice title=Confiture::{}", data(text))
}

/// Text that nobody could have written before: the standard library seeds its hash keys at random.
#[must_use]
pub(super) fn unguessable() -> String {
    let number = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("confiture-{:016x}{:016x}", number(), number())
}

/// The passwords in a database URL, as written and decoded.
fn passwords(url: &str) -> Vec<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let in_user = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let in_query = query.split('&').filter_map(|pair| pair.strip_prefix("password="));
    let written: Vec<&str> = in_user.map(|(_, password)| password).into_iter().chain(in_query).collect();
    let mut all: Vec<String> = written.iter().map(|password| (*password).to_owned()).collect();
    all.extend(written.iter().map(|password| percent_decoded(password)));
    all.sort();
    all.dedup();
    all
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let decoded = code.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{mask, passwords, plain};

    fn printed(write: impl FnOnce(super::Output<'_>) -> std::io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_password_is_masked_as_written_and_as_meant() {
        let variables = BTreeMap::from([
            ("INPUT_AGAINST".to_owned(), "postgresql://app:p%40ss%25w@h:5432/d".to_owned()),
            ("INPUT_GITHUB-TOKEN".to_owned(), "ghs_1".to_owned()),
        ]);
        let printed = printed(|out| mask(out, &variables));
        assert_eq!(printed, "::add-mask::ghs_1\n::add-mask::p%2540ss%2525w\n::add-mask::p@ss%25w\n");
    }

    #[test]
    fn passwords_are_found_wherever_a_url_holds_them() {
        assert_eq!(passwords("postgresql://u:a@b@h/d?password=c&x=1"), ["a@b", "c"]);
        assert!(passwords("postgresql://u@h/d").is_empty());
        assert_eq!(passwords("postgresql://u:100%@h/d"), ["100%"]);
    }

    #[test]
    fn commands_in_plain_text_stay_text() {
        let printed = printed(|out| plain(out, "NOTICE:\n::set-output name=x::y\n"));
        let lines: Vec<&str> = printed.lines().collect();
        let token = lines[0].strip_prefix("::stop-commands::").unwrap();
        assert_eq!(lines[1..], ["NOTICE:", "::set-output name=x::y", &format!("::{token}::")]);
        assert!(token.len() > 30);
    }
}
