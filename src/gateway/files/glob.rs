//! Which files a glob means.

use camino::Utf8Path;

/// Whether a path is meant: `**` stands for any directories, `*` and `?` for characters of one name.
///
/// A glob without a directory is about the name of the file, wherever it lies.
pub(super) fn matches(glob: &str, path: &Utf8Path) -> bool {
    let names: Vec<&str> = path.components().map(|part| part.as_str()).collect();
    if glob.contains('/') {
        parts_match(&glob.split('/').collect::<Vec<_>>(), &names)
    } else {
        names.last().is_some_and(|name| name_matches(glob.as_bytes(), name.as_bytes()))
    }
}

fn parts_match(globs: &[&str], names: &[&str]) -> bool {
    match (globs.split_first(), names.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            parts_match(rest, names) || (!names.is_empty() && parts_match(globs, &names[1..]))
        }
        (Some((glob, globs)), Some((name, names))) => {
            name_matches(glob.as_bytes(), name.as_bytes()) && parts_match(globs, names)
        }
        _ => false,
    }
}

/// Goes back to the last star only, so that no pattern costs more than the product of the two lengths.
fn name_matches(glob: &[u8], name: &[u8]) -> bool {
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < name.len() {
        match glob.get(at) {
            Some(b'*') => {
                star = Some((at + 1, seen));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[seen] => (at, seen) = (at + 1, seen + 1),
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    (at, seen) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    glob[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::matches;

    #[test]
    fn stars_stand_for_names_and_two_for_directories() {
        for (glob, path, wanted) in [
            ("**/*.sql", "a.sql", true),
            ("**/*.sql", "a/b/c.sql", true),
            ("*/c.sql", "a/b/c.sql", false),
            ("*.draft.sql", "a/b/c.draft.sql", true),
            ("views/**", "views/a/b.sql", true),
            ("views/**", "tables/a.sql", false),
            ("?_*.sql", "1_a.sql", true),
            ("?_*.sql", "10_a.sql", false),
            ("*a*b*.sql", "xaxxbx.sql", true),
        ] {
            assert_eq!(matches(glob, Utf8Path::new(path)), wanted, "{glob} {path}");
        }
    }
}
