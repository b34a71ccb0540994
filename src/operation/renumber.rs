//! New versions for migrations whose version is taken by now.

use camino::{Utf8Path, Utf8PathBuf};

use super::project::{Opened, ProjectOptions, migrations_in};
use crate::engine::conflict::{Claims, is_same};
use crate::model::conflict::Renumber;
use crate::model::exit::ExitCode;
use crate::model::migration::Migration;
use crate::model::report::{Failure, Stage};
use crate::model::tidy::Rename;
use crate::operation::failure;

/// How the files of a project are to be called so that no version is taken twice. `base` holds the project as it was
/// when the branch parted, `newest` as it is by now where it goes to. Writes nothing.
pub async fn renumber(
    project: &ProjectOptions,
    base: &Utf8Path,
    newest: &Utf8Path,
) -> Result<Vec<Rename>, Failure> {
    let Some(opened) = Opened::open_if_there(project).await? else { return Ok(Vec::new()) };
    let at = |directory: &Utf8Path| {
        migrations_in(directory, opened.project.layout()).map(|found| found.migrations)
    };
    let (before, there) = (at(base)?, at(newest)?);
    // A file that was there before may have changed, and is no new one all the same.
    let known = |one: &Migration| {
        before.iter().any(|other| other.up.path == one.up.path)
            || there.iter().any(|other| is_same(other, one))
    };
    let mut mine = opened.migrations()?.migrations;
    mine.retain(|one| !known(one));
    let claims = Claims::settle(&there, &[&mine], opened.settings.migration.versions);
    let mut renames = Vec::new();
    for (claim, migration) in claims
        .of(0)
        .iter()
        .filter_map(|claim| Some((claim, mine.iter().find(|one| one.up.path == claim.path)?)))
    {
        let files = files_of(migration, &opened)?;
        let found: Vec<Rename> = files.into_iter().filter_map(|from| renamed(&from, claim)).collect();
        if found.is_empty() {
            return Err(by_hand(claim));
        }
        renames.extend(found);
    }
    renames.dedup();
    Ok(renames)
}

/// All files that belong to a migration, each once.
fn files_of(migration: &Migration, opened: &Opened) -> Result<Vec<Utf8PathBuf>, Failure> {
    let checks = opened.project.checks().map_err(|error| failure::file(&error))?;
    let beside = checks.into_iter().map(|(_, file)| file.path).filter(|path| {
        let rest = path.file_name().and_then(|name| name.strip_prefix(&migration.label()));
        rest.is_some_and(|rest| rest.starts_with('.'))
    });
    let own = migration.forward().map(|file| file.path.clone());
    let mut files: Vec<Utf8PathBuf> =
        own.chain(migration.down.as_ref().map(|down| down.path().to_owned())).chain(beside).collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// What is called by the version: the file, or the directory that it lies in.
fn renamed(from: &Utf8Path, claim: &Renumber) -> Option<Rename> {
    let called = |path: &Utf8Path| {
        let to = path.with_file_name(under_another_version(path.file_name()?, claim)?);
        Some(Rename { from: path.to_owned(), to })
    };
    called(from).or_else(|| called(from.parent()?))
}

/// A name that begins with the version, perhaps after the letter that some tools want there, under another one. Some
/// tools write signs between a version's digits that are no part of it.
fn under_another_version(name: &str, claim: &Renumber) -> Option<String> {
    let letter = usize::from(name.starts_with(['V', 'U']));
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let version = plain(claim.version.as_str());
    let ends = name.char_indices().map(|(at, character)| at + character.len_utf8());
    let end = ends.filter(|end| *end > letter).find(|end| plain(&name[letter..*end]) == version)?;
    let goes_on = name[end..].starts_with(|next: char| next.is_ascii_alphanumeric());
    let width = if name[letter..].starts_with('0') { end - letter } else { 0 };
    (!goes_on).then(|| format!("{}{:0>width$}{}", &name[..letter], claim.take.as_str(), &name[end..]))
}

fn by_hand(claim: &Renumber) -> Failure {
    let message = format!("version {} is taken, and stands in no file's name", claim.version);
    let mut failure = Failure::new(Stage::Project, ExitCode::Findings, message);
    failure.help = Some(format!("give {} version {} where its tool keeps it", claim.path, claim.take));
    failure
}

#[cfg(test)]
mod tests {
    use super::{Renumber, renamed};
    use crate::model::migration::Version;

    #[test]
    fn a_version_is_replaced_wherever_the_tool_writes_it() {
        let to = |from: &str, version: &str, take: &str| {
            let claim =
                Renumber { path: from.into(), version: Version::new(version), take: Version::new(take) };
            renamed(from.as_ref(), &claim).map(|rename| format!("{} -> {}", rename.from, rename.to))
        };
        let cases = [
            (
                "db/migrations/002_a.up.sql",
                "002",
                "003",
                "db/migrations/002_a.up.sql -> db/migrations/003_a.up.sql",
            ),
            ("sql/V2__a.sql", "2", "3", "sql/V2__a.sql -> sql/V3__a.sql"),
            ("sql/000002_a.up.sql", "000002", "3", "sql/000002_a.up.sql -> sql/000003_a.up.sql"),
            ("sql/V1_2__a.sql", "1.2", "1.3", "sql/V1_2__a.sql -> sql/V1.3__a.sql"),
            (
                "m/2024-01-02-000000_a/up.sql",
                "20240102000000",
                "20240102000001",
                "m/2024-01-02-000000_a -> m/20240102000001_a",
            ),
            (
                "prisma/migrations/20240102_a/migration.sql",
                "20240102",
                "20240103",
                "prisma/migrations/20240102_a -> prisma/migrations/20240103_a",
            ),
        ];
        for (from, version, take, wanted) in cases {
            assert_eq!(to(from, version, take).as_deref(), Some(wanted));
        }
        assert_eq!(to("deploy/users.sql", "users@v1", "x"), None);
        assert_eq!(to("m/12_a.sql", "1", "3"), None);
    }
}
