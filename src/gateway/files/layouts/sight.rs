//! What can be seen of a project without reading it all.

use std::cell::RefCell;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::is_sql;

/// Where migrations usually lie, the likeliest first.
pub(super) const USUAL: [&str; 7] =
    ["migrations", "db/migrations", "db/migration", "database/migrations", "sql/migrations", "sql", "db"];
/// How many files of a directory are read to see a tool's mark.
const READ: usize = 3;

/// The files of a project, and what stands in some of them.
pub(in crate::gateway::files) struct Sight<'a> {
    paths: Vec<Utf8PathBuf>,
    read: &'a dyn Fn(&Utf8Path) -> Option<String>,
    texts: RefCell<BTreeMap<Utf8PathBuf, Option<String>>>,
}

/// What speaks for a tool.
#[derive(Debug)]
pub(super) struct Sign {
    pub(super) directory: Utf8PathBuf,
    pub(super) because: String,
    /// Whether no other tool's files look so.
    pub(super) certain: bool,
}

impl<'a> Sight<'a> {
    /// Sees files by their paths, and their texts through `read`.
    pub(in crate::gateway::files) fn new(
        mut paths: Vec<Utf8PathBuf>,
        read: &'a dyn Fn(&Utf8Path) -> Option<String>,
    ) -> Self {
        paths.sort();
        Self { paths, read, texts: RefCell::default() }
    }

    /// Whether a file is there.
    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|known| known == path)
    }

    /// The first file that fits.
    pub(super) fn find(&self, fits: impl Fn(&Utf8Path) -> bool) -> Option<&Utf8Path> {
        self.paths.iter().map(Utf8PathBuf::as_path).find(|path| fits(path))
    }

    /// The first of these files that is there.
    pub(super) fn any(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.has(name))
    }

    /// Whether a file is there and holds a text.
    pub(super) fn holds(&self, path: &str, text: &str) -> bool {
        self.text(Utf8Path::new(path)).is_some_and(|found| found.contains(text))
    }

    /// What stands in a file, when it is there.
    pub(super) fn text(&self, path: &Utf8Path) -> Option<String> {
        if !self.has(path.as_str()) {
            return None;
        }
        let mut texts = self.texts.borrow_mut();
        texts.entry(path.to_owned()).or_insert_with(|| (self.read)(path)).clone()
    }

    /// The files right in a directory, by name.
    pub(super) fn names<'s>(&'s self, directory: &'s str) -> impl Iterator<Item = &'s str> {
        let here = self.paths.iter().filter(move |path| path.parent() == Some(Utf8Path::new(directory)));
        here.filter_map(|path| path.file_name())
    }

    /// The first of these directories with a file whose name fits, and that file.
    pub(super) fn named(
        &self,
        directories: &[&str],
        fits: impl Fn(&str) -> bool,
    ) -> Option<(Utf8PathBuf, String)> {
        directories.iter().find_map(|directory| {
            let name = self.names(directory).find(|name| fits(name))?;
            Some((Utf8PathBuf::from(*directory), name.to_owned()))
        })
    }

    /// The first of these directories with a directory in it that holds a file of this name, and that file.
    pub(super) fn nested(&self, directories: &[&str], file: &str) -> Option<(Utf8PathBuf, Utf8PathBuf)> {
        directories.iter().find_map(|directory| {
            let above = |path: &&Utf8PathBuf| {
                path.file_name() == Some(file)
                    && path.parent().and_then(Utf8Path::parent) == Some(Utf8Path::new(directory))
            };
            Some((Utf8PathBuf::from(*directory), self.paths.iter().find(above)?.clone()))
        })
    }

    /// The first of these directories with a file of which a line is a tool's mark, and that file.
    pub(super) fn marked(
        &self,
        directories: &[&str],
        is_mark: impl Fn(&str) -> bool,
    ) -> Option<(Utf8PathBuf, Utf8PathBuf)> {
        self.holding(directories, is_sql, |text| text.lines().any(&is_mark))
    }

    /// The first of these directories with a file, among its first of this kind, whose text fits, and that file.
    pub(super) fn holding(
        &self,
        directories: &[&str],
        is_file: impl Fn(&str) -> bool,
        fits: impl Fn(&str) -> bool,
    ) -> Option<(Utf8PathBuf, Utf8PathBuf)> {
        directories.iter().find_map(|directory| {
            let files = self.names(directory).filter(|name| is_file(name)).take(READ);
            let mut paths = files.map(|name| Utf8Path::new(directory).join(name));
            let found = paths.find(|path| self.text(path).is_some_and(|text| fits(&text)))?;
            Some((Utf8PathBuf::from(*directory), found))
        })
    }
}

/// Certain: the file is the tool's own.
pub(super) fn certain(directory: impl Into<Utf8PathBuf>, because: String) -> Sign {
    Sign { directory: directory.into(), because, certain: true }
}

/// Likely: other tools' files look the same.
pub(super) fn likely(directory: impl Into<Utf8PathBuf>, because: String) -> Sign {
    Sign { directory: directory.into(), because, certain: false }
}
