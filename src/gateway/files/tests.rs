use camino::{Utf8Path, Utf8PathBuf};

use super::{FileError, Project, assemble, natural_order, sql_file};
use crate::config::Settings;

fn project(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
    for (path, bytes) in files {
        fs_err::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs_err::write(root.join(path), bytes).unwrap();
    }
    let project = Project::open(&root).unwrap();
    (dir, project)
}

#[test]
fn schema_files_come_in_natural_order_and_seeds_are_left_out() {
    let (_dir, project) = project(&[
        ("db/schema/10_tables/2_b.sql", b""),
        ("db/schema/10_tables/10_a.sql", b""),
        ("db/schema/0x02_types/a.sql", b""),
        ("db/schema/9_common.sql", b""),
        ("db/schema/views.sql", b""),
        ("db/schema/seeds/rows.sql", b""),
        ("db/schema/README.md", b""),
    ]);
    let files = project.schema(&Settings::default()).unwrap();
    let order: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        order,
        [
            "db/schema/0x02_types/a.sql",
            "db/schema/9_common.sql",
            "db/schema/10_tables/2_b.sql",
            "db/schema/10_tables/10_a.sql",
            "db/schema/views.sql"
        ]
    );
    assert!(natural_order(Utf8Path::new("a/9"), Utf8Path::new("a/10")).is_lt());
}

fn paths(files: &[crate::model::migration::SqlFile]) -> Vec<&str> {
    files.iter().map(|file| file.path.as_str()).collect()
}

fn settings(text: &str) -> Settings {
    Settings::parse(Utf8Path::new("local.yaml"), text).unwrap()
}

#[test]
fn listed_directories_have_globs_and_an_order() {
    let (_dir, project) = project(&[
        ("db/schema/10_a.sql", b""),
        ("db/schema/9_b.sql", b""),
        ("db/schema/old/a.sql", b""),
        ("db/schema/b.draft.sql", b""),
        ("db/first/a.sql", b""),
    ]);
    let listed = "include_dirs:\n- {path: db/schema, exclude: ['*.draft.sql', 'old/**']}\n- {path: db/first, order: 1}\n\
        - {path: db/none, auto_discover: true}\n";
    let files = project.schema(&settings(listed)).unwrap();
    assert_eq!(paths(&files), ["db/first/a.sql", "db/schema/9_b.sql", "db/schema/10_a.sql"]);
    let only = project.schema(&settings("include_dirs: [{path: db/schema, include: ['9_*']}]")).unwrap();
    assert_eq!(paths(&only), ["db/schema/9_b.sql"]);
    let flat = project.schema(&settings("include_dirs: [{path: db/schema, recursive: false}]")).unwrap();
    assert_eq!(flat.len(), 3);
    let error = project.schema(&settings("include_dirs: [db/none]")).unwrap_err();
    assert!(matches!(error, FileError::NoIncludeDir(_)));
}

#[test]
fn bare_hexadecimal_numbers_are_read_when_that_is_said() {
    let (_dir, project) = project(&[
        ("db/schema/00A_c.sql", b""),
        ("db/schema/9_b.sql", b""),
        ("db/schema/10_d.sql", b""),
        ("db/schema/address.sql", b""),
    ]);
    let files = project.schema(&settings("build: {sort_mode: hex}")).unwrap();
    assert_eq!(
        paths(&files),
        ["db/schema/9_b.sql", "db/schema/00A_c.sql", "db/schema/10_d.sql", "db/schema/address.sql"]
    );
}

#[test]
fn seeds_are_the_listed_ones_or_the_common_and_the_environments_own() {
    let (_dir, project) = project(&[
        ("db/seeds/common/1.sql", b""),
        ("db/seeds/test/1.sql", b""),
        ("db/seeds/local/1.sql", b""),
        ("db/seeds/extra/1.sql", b""),
        ("db/schema/a.sql", b""),
    ]);
    let files = project.seeds(&Settings::default(), "test").unwrap();
    assert_eq!(paths(&files), ["db/seeds/common/1.sql", "db/seeds/test/1.sql"]);
    let listed = settings("include_dirs: [db/schema, db/seeds/extra]");
    assert_eq!(paths(&project.seeds(&listed, "test").unwrap()), ["db/seeds/extra/1.sql"]);
    assert_eq!(paths(&project.schema(&listed).unwrap()), ["db/schema/a.sql"]);
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_change_the_checksum() {
    let plain = sql_file("a.sql".into(), b"select 1;\nselect 2;\n".to_vec()).unwrap();
    let windows = sql_file("a.sql".into(), b"\xef\xbb\xbfselect 1;\r\nselect 2;\r\n".to_vec()).unwrap();
    assert_eq!(plain.checksum, windows.checksum);
    assert_eq!(plain.text, windows.text);
    assert_ne!(plain.raw_checksum, windows.raw_checksum);
}

#[test]
fn a_file_that_is_not_utf8_is_named_with_its_line() {
    let error = sql_file("db/migrations/001_a.sql".into(), b"select 1;\n-- caf\xe9\n".to_vec()).unwrap_err();
    assert_eq!(error.to_string(), "db/migrations/001_a.sql is not UTF-8: byte 0xe9 on line 2");
}

#[test]
fn a_link_that_leads_out_of_the_project_is_not_read() {
    let (secret_dir, _) = project(&[("db/x", b"")]);
    let secret = secret_dir.path().join("secret.sql");
    fs_err::write(&secret, "token").unwrap();
    let (dir, project) = project(&[("db/migrations/001_a.sql", b"")]);
    std::os::unix::fs::symlink(&secret, dir.path().join("db/migrations/002_b.sql")).unwrap();
    assert!(
        matches!(project.migrations().unwrap_err(), FileError::Outside(path) if path.ends_with("002_b.sql"))
    );
}

#[test]
fn up_and_down_files_of_one_stem_make_one_migration() {
    let file = |name: &str| (Utf8PathBuf::from(format!("db/migrations/{name}")), Vec::new());
    let found = assemble(vec![
        file("010_c.sql"),
        file("002_b.up.sql"),
        file("002_b.down.sql"),
        file("002_b.verify.sql"),
        file("003_gone.down.sql"),
        file("notes.sql"),
    ])
    .unwrap();
    let labels: Vec<String> =
        found.migrations.iter().map(crate::model::migration::Migration::label).collect();
    assert_eq!(labels, ["002_b", "010_c"]);
    assert_eq!(
        found.migrations[0].down.as_ref().map(|down| down.path().as_str()),
        Some("db/migrations/002_b.down.sql")
    );
    assert_eq!(found.orphan_downs, ["db/migrations/003_gone.down.sql"]);
    assert_eq!(found.unversioned, ["db/migrations/notes.sql"]);
}

#[test]
fn a_directory_without_db_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let error = Project::open(Utf8Path::from_path(dir.path()).unwrap()).unwrap_err();
    assert!(error.to_string().ends_with("has no db/ directory"));
    assert!(error.help().unwrap().contains("--project-dir"));
}

#[test]
fn nothing_is_written_through_a_link_that_leads_out_of_the_project() {
    let (other_dir, _) = project(&[("db/x", b"theirs")]);
    let theirs = other_dir.path().join("db/x");
    let (dir, project) = project(&[("db/schema/a.sql", b"")]);
    let link = |to: &std::path::Path, at: &str| std::os::unix::fs::symlink(to, dir.path().join(at)).unwrap();
    link(other_dir.path(), "db/generated");
    link(other_dir.path(), "db/migrations");
    link(&theirs, "db/file.sql");
    link(&other_dir.path().join("nowhere"), "db/dangling.sql");
    let new = |path: &str| project.write_new(&[(path.into(), "ours".to_owned())]);
    for refused in [
        project.write("db/generated/all.sql".into(), "ours"),
        project.write("db/generated/new/all.sql".into(), "ours"),
        project.write("db/file.sql".into(), "ours"),
        project.rewrite("db/file.sql".into(), "ours"),
        project.rename("db/schema/a.sql".into(), "db/migrations/a.sql".into()),
        new("db/migrations/001_a.up.sql"),
    ] {
        assert!(matches!(refused, Err(FileError::Outside(_))), "{refused:?}");
    }
    assert!(project.write("db/dangling.sql".into(), "ours").is_err());
    assert_eq!(fs_err::read_to_string(&theirs).unwrap(), "theirs");
    assert_eq!(fs_err::read_dir(other_dir.path()).unwrap().count(), 1);
    link(&dir.path().join("db/schema"), "db/inside");
    project.write("db/inside/b.sql".into(), "ours").unwrap();
    assert!(dir.path().join("db/schema/b.sql").exists());
}

#[test]
fn a_name_that_is_not_utf8_is_named_where_it_counts() {
    use std::os::unix::ffi::OsStrExt as _;
    let (dir, project) = project(&[("db/migrations/001_a.up.sql", b"")]);
    let odd = |name: &[u8]| dir.path().join("db/migrations").join(std::ffi::OsStr::from_bytes(name));
    fs_err::write(odd(b"caf\xe9.txt"), "").unwrap();
    assert_eq!(project.migrations().unwrap().migrations.len(), 1);
    fs_err::write(odd(b"002_caf\xe9.up.sql"), "").unwrap();
    let error = project.migrations().unwrap_err().to_string();
    assert_eq!(error, "db/migrations holds `002_caf\u{fffd}.up.sql`, whose name is not UTF-8");
}

#[test]
fn directories_of_settings_mean_the_same_with_and_without_a_dot_before_them() {
    let (_dir, project) = project(&[("db/schema/a.sql", b""), ("db/schema/old/b.sql", b"")]);
    for text in [
        "include_dirs: [./db/schema]\nexclude_dirs: [db/schema/old]",
        "include_dirs: [db/schema]\nexclude_dirs: [./db/schema/old/]",
        "include_dirs: [{path: ./db/schema/, include: ['*.sql'], exclude: ['old/*']}]",
    ] {
        assert_eq!(paths(&project.schema(&settings(text)).unwrap()), ["db/schema/a.sql"], "{text}");
    }
}

#[test]
fn files_are_written_together_or_not_at_all() {
    let (dir, project) =
        project(&[("db/schema/a.sql", b"\xef\xbb\xbfselect 1;\r\n"), ("db/schema/b.sql", b"")]);
    let edited = |before: &str| {
        let (before, after) = (before.to_owned(), "select 2;\n".to_owned());
        [crate::model::wizard::Edited { path: "db/schema/a.sql".into(), before, after }]
    };
    let new =
        |path: &str| [("db/migrations/001_a.up.sql".into(), String::new()), (path.into(), "ours".to_owned())];
    let there = project.write_together(&new("db/schema/b.sql"), &edited("select 1;\n"));
    assert!(matches!(there, Err(FileError::Exists(_))), "{there:?}");
    let stale = project.write_together(&new("db/c.sql"), &edited("select 3;\n"));
    assert!(matches!(stale, Err(FileError::Changed(_))), "{stale:?}");
    let read = |path: &str| fs_err::read(dir.path().join(path)).ok();
    assert_eq!(read("db/schema/a.sql").unwrap(), b"\xef\xbb\xbfselect 1;\r\n");
    assert_eq!((read("db/migrations/001_a.up.sql"), read("db/c.sql")), (None, None));
    project.write_together(&new("db/c.sql"), &edited("select 1;\n")).unwrap();
    assert_eq!(read("db/schema/a.sql").unwrap(), b"\xef\xbb\xbfselect 2;\r\n");
    assert_eq!(read("db/c.sql").unwrap(), b"ours");
}
