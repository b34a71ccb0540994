//! Rules explained.

use crate::model::finding::Rule;

/// What a rule is about, why, and what to do.
#[must_use]
pub fn rule(rule: Rule) -> String {
    let (why, what) = explained(rule);
    let severity = rule.severity();
    format!("### `{rule}`: {}\n\n*{severity}* · {why}\n\n**What to do:** {what}", rule.title())
}

const fn explained(rule: Rule) -> (&'static str, &'static str) {
    match rule {
        Rule::DuplicateVersion => (
            "Which of the two is meant nobody can tell, and the ledger has one row for both.",
            "Give one of them the next free version; `/confiture renumber` says how.",
        ),
        Rule::VersionGap => (
            "A number before a pending migration is skipped. A file may have been left out of the commit, or sit in another branch that will come too late.",
            "Add what is missing, or number without gaps. Time stamps have no gaps.",
        ),
        Rule::MissingDown => (
            "Without a down file a deploy can only be taken back by restoring a backup.",
            "Write the `.down.sql` beside the up file, or decide that there is no way back and let the rule pass.",
        ),
        Rule::OrphanDown => (
            "A down file without its up file leads back from where nobody can get to.",
            "Restore the `.up.sql`, or remove the down file.",
        ),
        Rule::FileWithoutVersion => (
            "A file among the migrations that has no version in its name is never run, which looks as if it were.",
            "Call it `VERSION_name.up.sql`, or move it elsewhere.",
        ),
        Rule::DeployedFileChanged => (
            "What is deployed is history: databases that have run the old text do not get the new one, new databases do, and from then on they differ.",
            "Restore the file, and write the change as a new migration.",
        ),
        Rule::DeployedFileMissing => (
            "The ledger names a migration whose file is gone, so no new database can be brought to where the others are.",
            "Restore the file.",
        ),
        Rule::OutOfOrder => (
            "A pending migration is older than the newest deployed one: it runs after what was written later, and in another order than on a new database.",
            "Give it a version after the newest deployed one.",
        ),
        Rule::MixedTransactions => (
            "Statements that no transaction takes stand in one file with others. When one fails, what ran before it stays.",
            "Give each such statement a file of its own, or write `-- confiture: no-transaction` at the head of the file.",
        ),
        Rule::FileName => (
            "A file that is not called as migrations are is overlooked by people and by other tools.",
            "Call it `VERSION_name.up.sql` or `VERSION_name.down.sql`; `confiture migrate fix --naming` does.",
        ),
        Rule::Unparseable => (
            "PostgreSQL's own parser does not take the text.",
            "Look at the place that is named; a psql command or another dialect is the usual reason.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::rule;
    use crate::model::finding::Rule;

    #[test]
    fn a_rule_says_why_it_is_there_and_what_to_do() {
        insta::assert_snapshot!(rule(Rule::MissingDown), @r#"
        ### `missing-down`: no down file

        *warning* · Without a down file a deploy can only be taken back by restoring a backup.

        **What to do:** Write the `.down.sql` beside the up file, or decide that there is no way back and let the rule pass.
        "#);
    }
}
