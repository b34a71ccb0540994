//! Short answers to commands in comments.

use camino::Utf8Path;

use super::escape::{code, cut, fence, text};
use super::{Context, STEPS, item, linked};
use crate::model::answer::StatusAnswer;
use crate::model::finding::{Finding, Severity};
use crate::model::migration::label;
use crate::model::outline::MigrationOutline;
use crate::model::place::Place;
use crate::model::report::Failure;
use crate::model::tidy::{Rename, Unrepeatable, ValidateAnswer};
use crate::render::facts::short;
use crate::render::verdict::counted;

/// Things that are listed; the rest is counted.
const LISTED: usize = 100;

/// A name of somebody else's, which stays one.
#[must_use]
pub fn name(name: &str) -> String {
    code(&cut(name, 100))
}

/// That a commit changes nothing that a database is made of.
#[must_use]
pub fn nothing(head: &str) -> String {
    format!(
        "### ✓ Nothing concerns the database\n\nThis changes neither `db/` nor any other SQL, so nothing was tried. · {}",
        code(short(head))
    )
}

/// What was asked for was given up.
#[must_use]
pub fn given_up(sentence: &str) -> String {
    format!("✗ This could not be carried out: {}.", text(&cut(sentence.trim_end_matches('.'), STEPS[0].text)))
}

/// What ended a command early, under its headline.
#[must_use]
pub fn stopped(headline: &str, failure: &Failure, context: &Context) -> String {
    let place =
        failure.place.as_ref().map_or_else(String::new, |place| format!("**{}**: ", linked(place, context)));
    let said = text(&cut(&failure.message, STEPS[0].text));
    let help =
        failure.help.as_deref().map(|help| format!("<br>\nWhat to do: {}", text(&cut(help, STEPS[0].text))));
    format!("### ✗ {headline}\n\n{place}{said}{}", help.unwrap_or_default())
}

/// What the rules find.
#[must_use]
pub fn lint(answer: &ValidateAnswer, context: &Context) -> String {
    if let Some(failure) = &answer.head.error {
        return stopped("The rules were not applied", failure, context);
    }
    let checked = counted(answer.migrations_checked, "migration");
    if answer.findings.is_empty() && answer.violations.is_empty() {
        return format!("### ✓ The rules find nothing in {checked}");
    }
    let count = |severity: Severity| {
        let findings = answer.findings.iter().map(|one| one.severity);
        findings
            .chain(answer.violations.iter().map(|one| one.severity))
            .filter(|one| *one == severity)
            .count()
    };
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "remark")];
    let counts =
        kinds.into_iter().map(|(severity, noun)| (count(severity), noun)).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, noun)| counted(count, noun)).collect();
    let mark = if answer.head.ok { '✓' } else { '✗' };
    let mut lines = vec![format!("### {mark} The rules find {} in {checked}\n", counts.join(", "))];
    let findings = answer.findings.iter().map(|one| finding(one, context));
    let all: Vec<String> =
        findings.chain(answer.violations.iter().map(|one| unrepeatable(one, context))).collect();
    lines.extend(all.iter().take(LISTED).cloned());
    let more = all.len().saturating_sub(LISTED);
    lines.extend((more > 0).then(|| format!("- … and {more} more")));
    lines.join("\n")
}

fn finding(one: &Finding, context: &Context) -> String {
    let item = item(one, context, STEPS[2]);
    let help = item.help.map_or_else(String::new, |help| format!("; {}", text(&help)));
    let place = if item.place.is_empty() { String::new() } else { format!(" {}", item.place) };
    format!("- {} `{}`{place}: {}{help}", item.severity, item.rule, text(&item.message))
}

fn unrepeatable(one: &Unrepeatable, context: &Context) -> String {
    let place = Place { path: one.file_path.clone(), line: one.line_number, column: one.column };
    let (place, snippet) = (linked(&place, context), code(&cut(&one.sql_snippet, 120)));
    format!(
        "- {} `{}` {place}: {snippet} cannot be run twice; {}",
        one.severity,
        one.pattern,
        text(one.suggestion)
    )
}

/// The commands that give migrations other versions; `prefix` is the project's directory in the repository.
#[must_use]
pub fn renumber(renames: &[Rename], prefix: &Utf8Path) -> String {
    if renames.is_empty() {
        return "### ✓ Nothing to rename\n\nNo version of this pull request is taken where it goes to."
            .to_owned();
    }
    let line = |one: &Rename| {
        format!(
            "git mv {} {}",
            shell_word(prefix.join(&one.from).as_str()),
            shell_word(prefix.join(&one.to).as_str())
        )
    };
    let lines: Vec<String> = renames.iter().map(line).collect();
    format!(
        "### Rename {}\n\nVersions of this pull request are taken by now. In its branch:\n\n{}",
        counted(renames.len(), "file"),
        fence("sh", &lines.join("\n"))
    )
}

/// A word that a shell reads as it stands.
fn shell_word(word: &str) -> String {
    let plain = |one: char| one.is_ascii_alphanumeric() || "/._-+=:,@%".contains(one);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    let safe = if word.starts_with('-') { format!("./{word}") } else { word.to_owned() };
    format!("'{}'", safe.replace('\'', r"'\''"))
}

/// What is deployed in an environment, seen from the files of a pull request.
#[must_use]
pub fn status(env: &str, answer: &StatusAnswer) -> String {
    let env = code(&cut(env, 100));
    if let Some(failure) = &answer.head.error {
        // Where the database is, is nobody's business here.
        let said = failure
            .sqlstate
            .as_ref()
            .map_or_else(String::new, |state| format!(" (SQLSTATE {})", text(state)));
        return format!(
            "### ✗ {env} was not read\n\nThe ledger of its database cannot be read{said}; the bot's log says more."
        );
    }
    let summary = &answer.summary;
    let mut lines = vec![format!("### {env}: {} applied, {} pending\n", summary.applied, summary.pending)];
    lines.push(answer.current.as_ref().map_or_else(
        || "Nothing is deployed.".to_owned(),
        |current| format!("The newest that is deployed is {}.", code(&cut(current.as_str(), 100))),
    ));
    let pending: Vec<String> = answer
        .migrations
        .iter()
        .filter(|one| one.status == "pending")
        .map(|one| format!("- pending: {}", code(&cut(&label(&one.version, &one.name), 200))))
        .collect();
    lines.extend(listed(&pending));
    let hints: Vec<String> =
        answer.hints.iter().map(|hint| format!("- ⚠ {}", text(&cut(hint, STEPS[2].text)))).collect();
    lines.extend(listed(&hints));
    lines.join("\n")
}

/// What is pending against the base, where no database is known.
#[must_use]
pub fn pending(migrations: &[MigrationOutline], base: &str) -> String {
    let of: Vec<String> =
        migrations.iter().map(|one| format!("- pending: {}", code(&cut(&one.label(), 200)))).collect();
    let mut lines = vec![format!(
        "### {} against the base {}\n",
        counted(migrations.len(), "pending migration"),
        code(base)
    )];
    lines.push(
        "No database is named for this repository, so what stands in the base counts as deployed.".to_owned(),
    );
    lines.extend(listed(&of));
    lines.join("\n")
}

fn listed(items: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = items.iter().take(LISTED).cloned().collect();
    let more = items.len().saturating_sub(LISTED);
    lines.extend((more > 0).then(|| format!("- … and {more} more")));
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

/// Files that would lead to the declared schema, to be copied; `prefix` is the project's directory.
#[must_use]
pub fn written(files: &[(String, String)], proved: &str, prefix: &Utf8Path) -> String {
    let mut lines = vec![format!(
        "### The migration that is missing\n\nIt leads from what the migrations build to what `db/schema/` declares; {proved}. \
         Read it, then write {} into the branch:",
        counted(files.len(), "file")
    )];
    for (path, content) in files {
        lines.push(format!("{}\n\n{}", code(prefix.join(path).as_str()), fence("sql", content)));
    }
    let directory = if prefix.as_str().is_empty() {
        String::new()
    } else {
        format!(" -C {}", shell_word(prefix.as_str()))
    };
    lines.push(format!(
        "Or let Confiture write the same where the branch is checked out:\n\n{}",
        fence("sh", &format!("confiture diff{directory} migrations schema --generate --name catch_up"))
    ));
    lines.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::{renumber, shell_word};
    use crate::model::tidy::Rename;

    #[test]
    fn a_name_is_one_word_to_the_shell_whatever_it_holds() {
        assert_eq!(shell_word("db/migrations/002_bio.up.sql"), "db/migrations/002_bio.up.sql");
        assert_eq!(shell_word("a b; rm -rf $(x)`'"), r"'a b; rm -rf $(x)`'\'''");
        assert_eq!(shell_word("-f"), "'./-f'");
    }

    #[test]
    fn renames_are_lines_to_copy() {
        let one =
            Rename { from: "db/migrations/002_bio.up.sql".into(), to: "db/migrations/003_bio.up.sql".into() };
        insta::assert_snapshot!(renumber(&[one], "services/shop".into()), @r#"
        ### Rename 1 file

        Versions of this pull request are taken by now. In its branch:

        ```sh
        git mv services/shop/db/migrations/002_bio.up.sql services/shop/db/migrations/003_bio.up.sql
        ```
        "#);
        insta::assert_snapshot!(renumber(&[], "".into()), @r"
        ### ✓ Nothing to rename

        No version of this pull request is taken where it goes to.
        ");
    }
}
