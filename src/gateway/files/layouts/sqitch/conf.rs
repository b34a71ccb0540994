//! `sqitch.conf`: where the plan and the scripts lie. It is written as git's configuration is.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

/// The settings of a project of sqitch's.
#[derive(Debug, Default)]
pub(super) struct Conf {
    values: BTreeMap<String, String>,
}

impl Conf {
    /// Reads `[section "part"]` and `key = value`.
    pub(super) fn read(text: &str) -> Self {
        let mut section = String::new();
        let mut values = BTreeMap::new();
        for line in text.lines().map(str::trim) {
            if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                section = head
                    .0
                    .split_whitespace()
                    .map(|part| part.trim_matches('"'))
                    .collect::<Vec<_>>()
                    .join(".");
            } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with(['#', ';']))
            {
                values.insert(format!("{section}.{}", key.trim()), plain(value));
            }
        }
        Self { values }
    }

    /// What is said of the target, else of the engine, else of all.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let target = self.value("core.target").or_else(|| self.value("engine.pg.target"));
        let of_target = target.and_then(|target| self.value(&format!("target.{target}.{key}")));
        of_target
            .or_else(|| self.value(&format!("engine.pg.{key}")))
            .or_else(|| self.value(&format!("core.{key}")))
    }

    /// The database that it is for.
    pub(super) fn engine(&self) -> Option<&str> {
        self.value("core.engine")
    }

    /// The directory below which everything lies that nothing else is said of.
    pub(super) fn top(&self) -> Utf8PathBuf {
        below(Utf8Path::new(""), self.get("top_dir").unwrap_or("."))
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }
}

/// A value without its quotes, or without the comment after it.
fn plain(value: &str) -> String {
    let value = value.trim();
    match value.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((quoted, _)) => quoted.to_owned(),
        None => value.split(['#', ';']).next().unwrap_or_default().trim().to_owned(),
    }
}

/// A path below another one, without the dots that it may begin with.
pub(super) fn below(top: &Utf8Path, path: &str) -> Utf8PathBuf {
    let parts = Utf8Path::new(path).components().filter(|part| part.as_str() != ".");
    top.join(parts.map(|part| part.as_str()).collect::<Utf8PathBuf>())
}
