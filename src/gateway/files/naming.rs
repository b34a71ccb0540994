//! What files of migrations are to be called.

use camino::{Utf8Path, Utf8PathBuf};

/// The path that the naming rule asks for, when the file has another one: `VERSION_name.up.sql`, the name of letters,
/// digits, `_` and `-`. A file without a version has no proper name.
#[must_use]
pub fn proper_name(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let name = path.file_name()?.strip_suffix(".sql")?;
    let parts = [".up", ".down", ".verify"];
    let part = parts.into_iter().find(|part| name.ends_with(part));
    let stem = name.strip_suffix(part.unwrap_or_default())?;
    let mut digits = numbers(stem);
    // A version may be numbers with dots between.
    while let Some(more) = stem[digits..].strip_prefix('.').map(numbers).filter(|more| *more > 0) {
        digits += 1 + more;
    }
    if digits == 0 {
        return None;
    }
    let (version, rest) = match stem[digits..].chars().next() {
        // What begins with digits and goes on with letters is a version of its own kind, such as 0x0A.
        Some(next) if next.is_alphanumeric() => stem.split_once('_').unwrap_or((stem, "")),
        _ => (&stem[..digits], stem[digits..].trim_start_matches(|c: char| !c.is_alphanumeric())),
    };
    let fits = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    let rest: String = rest.trim().chars().map(fits).collect();
    let underscore = if rest.is_empty() { "" } else { "_" };
    let proper = format!("{version}{underscore}{rest}{}.sql", part.unwrap_or(".up"));
    (path.file_name() != Some(&proper)).then(|| path.with_file_name(proper))
}

/// How many digits a text begins with.
fn numbers(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::proper_name;

    #[test]
    fn a_name_that_can_be_put_right_is() {
        for (name, wanted) in [
            ("001_add_bio.up.sql", None),
            ("001_add-bio.down.sql", None),
            ("001.up.sql", None),
            ("0x0A_views.up.sql", None),
            ("1.2.10_views.up.sql", None),
            ("1.2 views.sql", Some("1.2_views.up.sql")),
            ("notes.sql", None),
            ("001_add_bio.sql", Some("001_add_bio.up.sql")),
            ("001-add bio.up.sql", Some("001_add_bio.up.sql")),
            ("001 añadir.down.sql", Some("001_a_adir.down.sql")),
            ("20260101120000__x.up.sql", Some("20260101120000_x.up.sql")),
        ] {
            let proper = proper_name(&Utf8Path::new("db/migrations").join(name));
            assert_eq!(proper.as_deref().and_then(Utf8Path::file_name), wanted, "{name}");
        }
    }
}
