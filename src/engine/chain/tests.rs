use super::{check, duplicates, pending, strays};
use crate::model::finding::Rule;
use crate::model::layout::Tool;
use crate::model::ledger::LedgerRow;
use crate::model::migration::{Down, Migration, SqlFile, Version};
use crate::model::policy::Policy;

fn migration(version: &str, down: bool) -> Migration {
    let path = format!("db/migrations/{version}_m.up.sql");
    Migration {
        version: Version::new(version),
        name: "m".to_owned(),
        script: format!("{version}_m.up.sql").into(),
        up: SqlFile {
            path: path.into(),
            text: String::new(),
            checksum: format!("sum-{version}"),
            raw_checksum: format!("raw-{version}"),
            no_transaction: false,
            within: None,
        },
        down: down.then(|| Down::File(format!("db/migrations/{version}_m.down.sql").into())),
        before: None,
        after: None,
        recorded: None,
        repeatable: false,
        python: None,
        entry: None,
    }
}

fn row(version: &str, checksum: Option<&str>) -> LedgerRow {
    LedgerRow {
        version: Version::new(version),
        name: "m".to_owned(),
        checksum: checksum.map(str::to_owned),
        ..LedgerRow::default()
    }
}

fn rules(findings: &[crate::model::finding::Finding]) -> Vec<Rule> {
    findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn what_the_ledger_lacks_is_pending_in_order_of_version() {
    let migrations = ["001", "002", "010"].map(|version| migration(version, true));
    let versions: Vec<&str> = pending(Policy::of(Tool::Confiture), &migrations, &[row("002", None)])
        .iter()
        .map(|found| found.version.as_str())
        .collect();
    assert_eq!(versions, ["001", "010"]);
}

#[test]
fn two_files_with_one_version_name_each_other() {
    let mut twice = vec![migration("003", true), migration("003", true)];
    twice[1].up.path = "db/migrations/003_other.up.sql".into();
    let found = duplicates(&twice);
    assert_eq!(rules(&found), [Rule::DuplicateVersion]);
    assert!(found[0].message.contains("003_m.up.sql") && found[0].message.contains("003_other.up.sql"));
}

#[test]
fn either_checksum_of_a_deployed_file_is_accepted_and_any_other_is_a_finding() {
    let migrations = ["1", "2", "3"].map(|version| migration(version, true));
    let deployed = [row("1", Some("sum-1")), row("2", Some("raw-2")), row("3", Some("other"))];
    assert_eq!(
        rules(&check(Policy::of(Tool::Confiture), &migrations, &deployed)),
        [Rule::DeployedFileChanged]
    );
}

#[test]
fn a_deployed_migration_without_file_is_a_finding() {
    assert_eq!(
        rules(&check(Policy::of(Tool::Confiture), &[], &[row("1", None)])),
        [Rule::DeployedFileMissing]
    );
}

#[test]
fn gaps_missing_downs_and_late_versions_are_said_of_pending_migrations_only() {
    let migrations = [("1", false), ("3", false), ("4", true), ("6", false)].map(|(v, d)| migration(v, d));
    let found =
        check(Policy::of(Tool::Confiture), &migrations, &[row("1", None), row("3", None), row("5", None)]);
    assert_eq!(
        rules(&found),
        [Rule::DeployedFileMissing, Rule::OutOfOrder, Rule::VersionGap, Rule::MissingDown]
    );
    let stamps = ["20260101000000", "20260301000000"].map(|version| migration(version, true));
    assert!(check(Policy::of(Tool::Confiture), &stamps, &[]).is_empty());
}

#[test]
fn files_that_are_no_migration_are_said() {
    let found = strays(&["a/1.down.sql".into()], &["a/notes.sql".into()]);
    assert_eq!(rules(&found), [Rule::OrphanDown, Rule::FileWithoutVersion]);
}
