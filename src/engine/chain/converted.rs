//! What another tool's migrations are called as ours.

use crate::model::migration::{Migration, Version};

/// Version and name of a migration of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The version.
    pub version: Version,
    /// The name, of letters, digits, `_` and `-`.
    pub name: String,
}

/// What migrations, in the order in which their tool runs them, are called as ours. Versions stay that are numbers; what
/// has none gets the numbers after all others, in its order. `None` where numbers end.
#[must_use]
pub fn called(migrations: &[Migration]) -> Option<Vec<Called>> {
    let keeps = |migration: &Migration| !migration.repeatable && migration.version.is_ordered();
    let kept = migrations.iter().filter(|migration| keeps(migration)).map(|migration| &migration.version);
    let width =
        kept.clone().filter(|version| version.number().is_some()).map(|version| version.as_str().len());
    let width = width.max().unwrap_or(3);
    let mut newest = kept.max().map_or(Some(0), Version::leading)?;
    let name = |migration: &Migration| {
        if keeps(migration) {
            return Some(Called { version: migration.version.clone(), name: fitting(&migration.name) });
        }
        newest = newest.checked_add(1)?;
        let version = Version::new(format!("{newest:0width$}"));
        let said = if migration.name.is_empty() { migration.version.as_str() } else { &migration.name };
        Some(Called { version, name: fitting(said.trim_start_matches("R__")) })
    };
    migrations.iter().map(name).collect()
}

/// A name made of what a migration's name may be made of.
fn fitting(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    let name: String = name.trim().chars().map(fits).collect();
    let name = name.trim_matches('_');
    if name.is_empty() { "migration".to_owned() } else { name.to_owned() }
}
