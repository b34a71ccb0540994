//! What migrations say: their statements and the locks that those take.

use super::escape::{code, cut, text};
use super::{Context, link};
use crate::model::outline::{LockOutline, MigrationOutline, StatementOutline};
use crate::model::statement::TransactionMode;
use crate::render::answer::transaction;
use crate::render::estimate::work;
use crate::render::verdict::counted;

/// Migrations that are shown; the rest is counted.
const MIGRATIONS: usize = 30;
/// Statements that are shown of one.
const STATEMENTS: usize = 60;
/// Characters of a statement.
const WIDTH: usize = 120;

/// Which statements would run, in order, with what each locks.
#[must_use]
pub fn plan(migrations: &[MigrationOutline], context: &Context) -> String {
    if migrations.is_empty() {
        return "### Plan: no migration is pending\n\nEverything that is here is in the base as well."
            .to_owned();
    }
    let statements: usize = migrations.iter().map(|one| one.statements.len()).sum();
    let mut lines = vec![format!(
        "### Plan: {} with {}\n\nRead from the files; nothing was run.",
        counted(migrations.len(), "pending migration"),
        counted(statements, "statement")
    )];
    lines.extend(migrations.iter().take(MIGRATIONS).map(|one| migration_part(one, context)));
    let more = migrations.len().saturating_sub(MIGRATIONS);
    lines.extend((more > 0).then(|| format!("… and {} more.", counted(more, "migration"))));
    lines.join("\n\n")
}

/// What one migration does.
#[must_use]
pub fn migration(one: &MigrationOutline, context: &Context) -> String {
    let state = if one.pending { "It is pending" } else { "It is in the base already" };
    let back = if one.has_down { "it has a way back" } else { "it has no down file, so no way back" };
    format!(
        "### Migration {}\n\n{state}; {back}.\n\n{}",
        text(&cut(&one.label(), WIDTH)),
        migration_part(one, context)
    )
}

fn migration_part(one: &MigrationOutline, context: &Context) -> String {
    let name = link(&cut(&one.label(), 200), &one.path, None, context);
    let mut lines = vec![format!("**{name}** · {}", transaction(one.transaction))];
    if one.statements.is_empty() {
        lines.push("\nIt holds no statement.".to_owned());
        return lines.join("\n");
    }
    lines.push("\n| line | statement | locks |\n|--:|---|---|".to_owned());
    lines.extend(one.statements.iter().take(STATEMENTS).map(statement));
    let more = one.statements.len().saturating_sub(STATEMENTS);
    lines.extend((more > 0).then(|| format!("\n… and {} more.", counted(more, "statement"))));
    if one.transaction == TransactionMode::Single && one.statements.len() > 1 {
        lines.push("\nWhat one of them locks stays locked until the last has run.".to_owned());
    }
    lines.join("\n")
}

fn statement(one: &StatementOutline) -> String {
    let locks: Vec<String> = one.locks.iter().map(lock).collect();
    let locks = if locks.is_empty() { "no table".to_owned() } else { locks.join("<br>") };
    format!("| {} | {} | {locks} |", one.line, code(&cut(&one.text, WIDTH)))
}

fn lock(one: &LockOutline) -> String {
    let mode = one.lock.to_string().replace('_', " ");
    let table = code(&cut(&one.table, WIDTH));
    if one.is_new {
        return format!("{mode} on {table}, which is new");
    }
    let waits = one.lock.blocks().map_or_else(String::new, |what| format!("; {what} wait"));
    format!("{mode} on {table}: {}{waits}", work(one.work))
}

#[cfg(test)]
mod tests {
    use super::{migration, plan};
    use crate::model::estimate::Work;
    use crate::model::migration::Version;
    use crate::model::outline::{LockOutline, MigrationOutline, StatementOutline};
    use crate::model::plan::LockMode;
    use crate::model::statement::TransactionMode;
    use crate::render::markdown::Context;

    fn outline(text: &str) -> MigrationOutline {
        let lock = LockOutline {
            table: "users".to_owned(),
            lock: LockMode::AccessExclusive,
            work: Work::Rewrite,
            is_new: false,
        };
        let new = LockOutline { table: "tags".to_owned(), is_new: true, ..lock.clone() };
        let one = |line, locks| StatementOutline { line, text: text.to_owned(), locks };
        MigrationOutline {
            version: Version::new("002"),
            name: "bio".to_owned(),
            path: "db/migrations/002_bio.up.sql".into(),
            pending: true,
            has_down: false,
            transaction: TransactionMode::Single,
            statements: vec![one(1, vec![lock]), one(4, vec![new]), one(6, Vec::new())],
        }
    }

    #[test]
    fn a_plan_is_a_table_of_statements_with_who_waits_for_each() {
        insta::assert_snapshot!(plan(&[outline("alter table users alter id type bigint")], &Context::default()), @r#"
        ### Plan: 1 pending migration with 3 statements

        Read from the files; nothing was run.

        **`002_bio`** · one transaction

        | line | statement | locks |
        |--:|---|---|
        | 1 | `alter table users alter id type bigint` | ACCESS EXCLUSIVE on `users`: writes every row anew; reads and writes wait |
        | 4 | `alter table users alter id type bigint` | ACCESS EXCLUSIVE on `tags`, which is new |
        | 6 | `alter table users alter id type bigint` | no table |

        What one of them locks stays locked until the last has run.
        "#);
        insta::assert_snapshot!(plan(&[], &Context::default()), @r"
        ### Plan: no migration is pending

        Everything that is here is in the base as well.
        ");
    }

    #[test]
    fn one_migration_says_whether_it_is_pending_and_has_a_way_back() {
        let page = migration(&outline("select '|@team`'"), &Context::default());
        insta::assert_snapshot!(page.lines().take(9).collect::<Vec<_>>().join("\n"), @r#"
        ### Migration 002\_bio

        It is pending; it has no down file, so no way back.

        **`002_bio`** · one transaction

        | line | statement | locks |
        |--:|---|---|
        | 1 | <code>select &#39;&#124;&#64;team&#96;&#39;</code> | ACCESS EXCLUSIVE on `users`: writes every row anew; reads and writes wait |
        "#);
    }
}
