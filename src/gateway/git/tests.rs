//! Against real temporary repositories.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use secrecy::SecretString;

use super::{Git, GitError, basic, command};

/// A repository with two commits on `main`, the second of which is what `HEAD` means.
struct Repository {
    _keep: tempfile::TempDir,
    dir: Utf8PathBuf,
}

impl Repository {
    fn new() -> Self {
        let keep = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(keep.path().to_path_buf()).unwrap();
        let repository = Self { _keep: keep, dir };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        repository.write("db/migrations/001_a.up.sql", "create table a ();\n");
        repository.write("db/migrations/a b.sql", "-- é\n");
        repository.commit("one");
        repository.write("db/migrations/002_b.up.sql", "create table b ();");
        repository.commit("two");
        repository
    }

    fn git(&self, arguments: &[&str]) -> String {
        #[expect(clippy::disallowed_methods, reason = "the test's own setting up")]
        let output = std::process::Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .current_dir(&self.dir)
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.dir.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    fn open(&self) -> Git {
        Git::open(&self.dir, &variables())
    }

    /// A clone of the newest commit only, over a real transport.
    fn shallow_clone(&self) -> Self {
        let clone = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(clone.path().join("clone")).unwrap();
        self.git(&["clone", "--quiet", "--depth=1", &format!("file://{}", self.dir), dir.as_str()]);
        Self { _keep: clone, dir }
    }
}

#[expect(clippy::disallowed_methods, reason = "the test's own environment")]
fn variables() -> BTreeMap<String, String> {
    std::env::vars().collect()
}

#[tokio::test]
async fn a_revision_resolves_to_a_commit_or_to_nothing() {
    let repository = Repository::new();
    let git = repository.open();
    assert_eq!(git.resolve("main").await.unwrap(), Some(repository.git(&["rev-parse", "HEAD"])));
    assert_eq!(git.resolve("no-such-branch").await.unwrap(), None);
    assert_eq!(git.resolve(&"1".repeat(40)).await.unwrap(), None);
}

#[tokio::test]
async fn a_revision_is_never_read_as_an_option() {
    let git = Repository::new().open();
    for revision in ["--help", "-n", "", "main\nHEAD"] {
        let error = git.resolve(revision).await.unwrap_err();
        assert!(matches!(error, GitError::Revision(_)), "{revision}: {error}");
    }
}

#[tokio::test]
async fn a_directory_that_is_no_repository_says_so() {
    let empty = tempfile::tempdir().unwrap();
    let git = Git::open(Utf8Path::from_path(empty.path()).unwrap(), &variables());
    let error = git.resolve("HEAD").await.unwrap_err().to_string();
    assert!(error.contains("not a git repository"), "{error}");
}

#[tokio::test]
async fn files_of_a_revision_are_listed_and_read_relative_to_the_directory() {
    let repository = Repository::new();
    let git = Git::open(&repository.dir.join("db"), &variables());
    let before = git.list_files("HEAD~1", Utf8Path::new("migrations")).await.unwrap();
    assert_eq!(before, ["migrations/001_a.up.sql", "migrations/a b.sql"]);
    assert!(git.list_files("HEAD", Utf8Path::new("nowhere")).await.unwrap().is_empty());
    let mut wanted = before;
    wanted.insert(1, "migrations/none.sql missing".into());
    let held = git.read_files("HEAD", &wanted).await.unwrap();
    assert_eq!(held, [Some(b"create table a ();\n".to_vec()), None, Some("-- é\n".as_bytes().to_vec())]);
    let directory = git.read_file("HEAD", Utf8Path::new("migrations")).await.unwrap();
    assert_eq!(directory, None);
}

#[tokio::test]
async fn many_and_large_files_are_read_in_one_run() {
    let repository = Repository::new();
    let large = "x".repeat(300_000);
    for number in 0..50 {
        repository.write(&format!("many/{number:02}.sql"), &format!("{number}{large}"));
    }
    repository.commit("many");
    let git = repository.open();
    let files = git.list_files("HEAD", Utf8Path::new("many")).await.unwrap();
    let held = git.read_files("HEAD", &files).await.unwrap();
    assert_eq!(held.len(), 50);
    assert_eq!(held[49].as_deref(), Some(format!("49{large}").as_bytes()));
}

#[tokio::test]
async fn a_shallow_checkout_fetches_what_it_lacks() {
    let origin = Repository::new();
    let first = origin.git(&["rev-parse", "HEAD~1"]);
    let clone = origin.shallow_clone();
    let git = clone.open();
    assert!(git.is_shallow().await.unwrap());
    assert_eq!(git.resolve(&first).await.unwrap(), None);
    git.fetch(&first, true).await.unwrap();
    assert_eq!(git.resolve(&first).await.unwrap(), Some(first.clone()));
    assert_eq!(git.merge_base(&first, "HEAD").await.unwrap(), None);
    let error = git.fetch("no-such-branch", true).await.unwrap_err();
    assert!(error.help().unwrap().contains("fetch-depth: 0"), "{error}");
}

#[tokio::test]
async fn histories_part_where_they_part() {
    let repository = Repository::new();
    let parted = repository.git(&["rev-parse", "HEAD~1"]);
    repository.git(&["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    repository.write("side.txt", "side");
    repository.commit("side");
    assert_eq!(repository.open().merge_base("main", "side").await.unwrap(), Some(parted));
}

#[tokio::test]
async fn a_worktree_holds_the_commit_and_runs_no_hook() {
    let repository = Repository::new();
    repository.write(".git/hooks/post-checkout", "#!/bin/sh\ntouch hook-ran\n");
    repository.git(&["config", "core.hooksPath", ".git/hooks"]);
    let hook = repository.dir.join(".git/hooks/post-checkout");
    let runnable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(&hook, runnable).unwrap();
    let beside = tempfile::tempdir().unwrap();
    let directory = Utf8PathBuf::from_path_buf(beside.path().join("tree")).unwrap();
    let git = repository.open();
    git.add_worktree("HEAD~1", &directory).await.unwrap();
    assert!(directory.join("db/migrations/001_a.up.sql").exists());
    assert!(!directory.join("db/migrations/002_b.up.sql").exists());
    assert!(!directory.join("hook-ran").exists());
    git.remove_worktree(&directory).await.unwrap();
    assert!(!directory.exists());
}

#[test]
fn a_token_goes_through_the_environment_and_replaces_what_the_checkout_left() {
    let given = BTreeMap::from([
        ("GIT_CONFIG_COUNT".to_owned(), "1".to_owned()),
        ("GIT_CONFIG_KEY_0".to_owned(), "user.name".to_owned()),
        ("GIT_DIR".to_owned(), "/elsewhere".to_owned()),
        ("GITHUB_ACTIONS".to_owned(), "true".to_owned()),
    ]);
    let git = Git::open(Utf8Path::new("."), &given)
        .with_token("https://github.com/", &SecretString::from("s3cret".to_owned()));
    let environment = command::environment(&git.variables, &git.settings());
    let values: Vec<(&str, &str)> = environment
        .iter()
        .filter_map(|(name, key)| Some((key.as_str(), name.strip_prefix("GIT_CONFIG_KEY_")?)))
        .map(|(key, place)| (key, environment.get(&format!("GIT_CONFIG_VALUE_{place}")).map_or("", |v| v)))
        .collect();
    let headers: Vec<&str> = values
        .iter()
        .filter(|(key, _)| *key == "http.https://github.com/.extraheader")
        .map(|(_, value)| *value)
        .collect();
    assert_eq!(headers, ["", "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46czNjcmV0"]);
    assert!(values.contains(&("safe.directory", "*")));
    assert!(values.contains(&("user.name", "")), "settings of the caller's own are kept");
    assert!(!environment.contains_key("GIT_DIR"));
    assert!(!format!("{git:?}").contains("s3cret"));
}

#[test]
fn basic_credentials_are_padded() {
    assert_eq!(basic(""), "eC1hY2Nlc3MtdG9rZW46");
    assert_eq!(basic("a"), "eC1hY2Nlc3MtdG9rZW46YQ==");
    assert_eq!(basic("ab"), "eC1hY2Nlc3MtdG9rZW46YWI=");
}
