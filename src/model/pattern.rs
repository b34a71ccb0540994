//! Patterns of names and of paths. The only place that knows how they are matched; no pattern costs more than the
//! length of what it is held against allows.

use camino::Utf8Path;
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// A pattern that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern `{pattern}` cannot be read: {reason}")]
pub struct BadPattern {
    /// The pattern.
    pub pattern: String,
    /// Why, in the reader's words.
    pub reason: String,
}

/// Patterns of files: `**` stands for any directories, `*` and `?` for characters of one name, `[ab]` and `{a,b}` for
/// one of several. One without a directory is about the name of the file, wherever it lies.
#[derive(Debug, Clone)]
pub struct Paths {
    set: GlobSet,
    patterns: Vec<String>,
}

impl Paths {
    /// Reads patterns.
    pub fn new(patterns: &[String]) -> Result<Self, BadPattern> {
        let whole =
            |pattern: &String| if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
        let mut builder = GlobSetBuilder::new();
        for pattern in patterns {
            let glob =
                GlobBuilder::new(&whole(pattern)).literal_separator(true).backslash_escape(true).build();
            builder.add(glob.map_err(|error| bad(pattern, &error))?);
        }
        let set = builder.build().map_err(|error| bad(&patterns.join(", "), &error))?;
        Ok(Self { set, patterns: patterns.to_vec() })
    }

    /// The first pattern that means a path.
    #[must_use]
    pub fn find(&self, path: &Utf8Path) -> Option<&str> {
        self.set.matches(path.as_str()).into_iter().min().map(|index| self.patterns[index].as_str())
    }

    /// Whether any pattern means a path.
    #[must_use]
    pub fn mean(&self, path: &Utf8Path) -> bool {
        self.set.is_match(path.as_str())
    }
}

/// Patterns of names: a `*` stands for any characters, and nothing else for anything but itself.
#[derive(Debug, Clone)]
pub struct Names(GlobSet);

impl Names {
    /// Reads patterns.
    #[must_use]
    pub fn new(patterns: &[String]) -> Self {
        let globs = patterns.iter().filter_map(|pattern| glob_of_name(pattern));
        let set = globs.fold(GlobSetBuilder::new(), |mut builder, glob| {
            builder.add(glob);
            builder
        });
        // What is escaped is always a pattern; a set that is too large means nothing.
        Self(set.build().unwrap_or_else(|_| GlobSet::empty()))
    }

    /// Whether any pattern means a name.
    #[must_use]
    pub fn mean(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

fn glob_of_name(pattern: &str) -> Option<Glob> {
    let mut parts: Vec<String> = pattern.split('*').map(globset::escape).collect();
    // Stars side by side say no more than one, and would mean directories.
    let last = parts.len() - 1;
    let mut index = 0;
    parts.retain(|part| {
        index += 1;
        !part.is_empty() || index == 1 || index == last + 1
    });
    GlobBuilder::new(&parts.join("*")).literal_separator(false).backslash_escape(false).build().ok()
}

fn bad(pattern: &str, error: &globset::Error) -> BadPattern {
    BadPattern { pattern: pattern.to_owned(), reason: error.kind().to_string() }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::{Names, Paths};

    fn paths(pattern: &str) -> Paths {
        Paths::new(&[pattern.to_owned()]).unwrap()
    }

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
            ("[12]_*.{sql,ddl}", "2_a.sql", true),
        ] {
            assert_eq!(paths(glob).mean(Utf8Path::new(path)), wanted, "{glob} {path}");
        }
        let two = Paths::new(&["b*".to_owned(), "*.sql".to_owned()]).unwrap();
        assert_eq!(
            (two.find(Utf8Path::new("x/b.sql")), two.find(Utf8Path::new("a.sql"))),
            (Some("b*"), Some("*.sql"))
        );
        let error = Paths::new(&["a[".to_owned()]).unwrap_err();
        assert!(error.to_string().starts_with("the pattern `a[` cannot be read: "), "{error}");
    }

    #[test]
    fn in_a_name_a_star_stands_for_any_characters_and_nothing_else_does() {
        for (pattern, text, wanted) in [
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("*", "", true),
            ("**", "a/b.c", true),
            ("a*b*c", "a.b.x.c", true),
            ("a***c", "a/b/c", true),
            ("a*c", "abcd", false),
            ("abc", "abcd", false),
            ("[ab]", "a", false),
            ("f{a,b}?", "f{a,b}?", true),
            ("f\\*", "f\\x", true),
        ] {
            assert_eq!(Names::new(&[pattern.to_owned()]).mean(text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_one() {
        let (stars, text) = ("*a".repeat(400), "a".repeat(399) + "b");
        assert!(!Names::new(&[stars]).mean(&text));
        let (stars, path) = ("**/a/".repeat(60) + "x", "a/".repeat(200) + "b");
        assert!(!paths(&stars).mean(Utf8Path::new(&path)));
    }
}
