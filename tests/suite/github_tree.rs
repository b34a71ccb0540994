//! A commit's files, from whoever made the commit.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use confiture::gateway::github::{GitHubError, RepoName, Skipped, Tree, TreeLimits};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::fake_github::{Failure, FakeGitHub, Files, REPOSITORY, Sending};

const COMMIT: &str = "ce587453ced02b1526dfb4cb910479d431683101";

fn repository() -> RepoName {
    REPOSITORY.parse().unwrap()
}

/// A directory in which trees come to lie.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn tree(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.0.path()).unwrap().join("tree")
    }

    /// Everything that came, and nothing may have come elsewhere.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut directories = vec![self.0.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs_err::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() {
                    directories.push(path);
                } else {
                    found.push(path.strip_prefix(self.0.path()).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }
}

/// One entry of an archive that git would not make.
struct Odd<'a> {
    kind: EntryType,
    name: &'a [u8],
    link: &'a str,
    content: &'a [u8],
}

fn file<'a>(name: &'a [u8], content: &'a [u8]) -> Odd<'a> {
    Odd { kind: EntryType::Regular, name, link: "", content }
}

fn link(kind: EntryType, name: &'static [u8], link: &'static str) -> Odd<'static> {
    Odd { kind, name, link, content: b"" }
}

/// An archive of entries as they are, whatever they say.
fn archive(entries: &[Odd<'_>]) -> Vec<u8> {
    let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    for entry in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..entry.name.len()].copy_from_slice(entry.name);
        header.as_old_mut().linkname[..entry.link.len()].copy_from_slice(entry.link.as_bytes());
        header.set_entry_type(entry.kind);
        header.set_size(entry.content.len() as u64);
        header.set_cksum();
        archive.append(&header, entry.content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// Downloads an archive instead of a commit's.
async fn download(entries: &[Odd<'_>], limits: &TreeLimits) -> (Place, Result<Tree, GitHubError>) {
    let github = FakeGitHub::start().await;
    let place = Place::new();
    github.state().repository(REPOSITORY).archives.insert(COMMIT.to_owned(), archive(entries));
    let tree = github.client().download_tree(&repository(), COMMIT, &place.tree(), limits).await;
    (place, tree)
}

/// Waits for something that comes to pass in another thread.
async fn until(so: impl Fn() -> bool) {
    while !so() {
        tokio::task::yield_now().await;
    }
}

fn files(paths: &[&str]) -> Files {
    paths.iter().map(|path| ((*path).to_owned(), format!("-- {path}\n").into_bytes())).collect()
}

#[tokio::test]
async fn a_commit_s_files_are_written_without_the_directory_around_them() {
    let github = FakeGitHub::start().await;
    let deep = format!("db/schema/{}/x.sql", "long".repeat(40));
    let commit =
        github.state().push(REPOSITORY, "change", files(&["db/migrations/001_a.up.sql", "README.md", &deep]));
    let place = Place::new();
    let limits = TreeLimits::default();
    let tree = github.client().download_tree(&repository(), &commit, &place.tree(), &limits).await.unwrap();
    assert_eq!((tree.files, tree.skipped), (3, Skipped::default()));
    assert_eq!(place.files(), ["tree/README.md", "tree/db/migrations/001_a.up.sql", &format!("tree/{deep}")]);
    let read = fs_err::read_to_string(place.tree().join("README.md")).unwrap();
    assert_eq!(read, "-- README.md\n");
    let again = github.client().download_tree(&repository(), &commit, &place.tree(), &limits).await;
    assert!(matches!(again, Err(GitHubError::Disk { .. })), "the directory is there already: {again:?}");
    assert_eq!(place.files().len(), 3);
}

#[tokio::test]
async fn only_what_is_wanted_is_written() {
    let github = FakeGitHub::start().await;
    let paths = ["billing/db/001.sql", "billing-old/db/001.sql", "shop/db/001.sql", "confiture.yaml"];
    let commit = github.state().push(REPOSITORY, "change", files(&paths));
    let place = Place::new();
    let only = vec!["billing".into(), "confiture.yaml".into()];
    // What is not wanted counts for nothing.
    let limits = TreeLimits { only, files: 2, ..TreeLimits::default() };
    github.client().download_tree(&repository(), &commit, &place.tree(), &limits).await.unwrap();
    assert_eq!(place.files(), ["tree/billing/db/001.sql", "tree/confiture.yaml"]);
}

#[tokio::test]
async fn what_a_commit_has_and_its_archive_has_not_is_told() {
    let github = FakeGitHub::start().await;
    let paths = ["db/migrations/001_a.up.sql", "db/migrations/002_b.up.sql", ".gitattributes", "docs/a.md"];
    let commit = github.state().push(REPOSITORY, "change", files(&paths));
    // As git does it when .gitattributes marks two of them export-ignore.
    let entries = [file(b"top/db/migrations/001_a.up.sql", b"select 1;"), file(b"top/.gitattributes", b"")];
    github.state().repository(REPOSITORY).archives.insert(commit.clone(), archive(&entries));
    let fetch = async |limits: &TreeLimits| {
        let place = Place::new();
        github.client().download_tree(&repository(), &commit, &place.tree(), limits).await.unwrap()
    };
    let tree = fetch(&TreeLimits::default()).await;
    assert_eq!(tree.withheld, ["db/migrations/002_b.up.sql", "docs/a.md"]);
    assert!(tree.all_listed);
    let wanted = TreeLimits { only: vec!["db".into()], ..TreeLimits::default() };
    assert_eq!(fetch(&wanted).await.withheld, ["db/migrations/002_b.up.sql"]);
    github.state().repository(REPOSITORY).truncated = true;
    assert!(!fetch(&wanted).await.all_listed);
    let place = Place::new();
    github.state().failures.push_back(Failure::status("GET", 404).at("/git/trees/"));
    github.state().failures.push_front(Failure::sending("GET", Sending::Whole));
    let failed = github.client().download_tree(&repository(), &commit, &place.tree(), &wanted).await;
    assert!(matches!(failed, Err(GitHubError::NotFound(_))), "{failed:?}");
    assert!(!place.tree().exists());
}

#[tokio::test]
async fn what_an_archive_has_otherwise_than_the_commit_is_told() {
    let github = FakeGitHub::start().await;
    let paths = [".gitattributes", "db/migrations/001_a.up.sql", "db/migrations/002_b.up.sql"];
    let commit = github.state().push(REPOSITORY, "change", files(&paths));
    let written = github.state().tree(REPOSITORY, "change");
    let whole = |path: &str| written[path].clone();
    // As git does it when .gitattributes marks one of them export-subst, and asks for other line ends in another.
    let crlf = String::from_utf8(whole(paths[2])).unwrap().replace('\n', "\r\n");
    let attributes = whole(paths[0]);
    let entries = [
        file(b"top/.gitattributes", &attributes),
        file(b"top/db/migrations/001_a.up.sql", b"drop table users; -- 0b989ba4"),
        file(b"top/db/migrations/002_b.up.sql", crlf.as_bytes()),
    ];
    github.state().repository(REPOSITORY).archives.insert(commit.clone(), archive(&entries));
    let place = Place::new();
    let limits = TreeLimits::default();
    let tree = github.client().download_tree(&repository(), &commit, &place.tree(), &limits).await.unwrap();
    assert_eq!(tree.altered, ["db/migrations/001_a.up.sql"]);
    assert_eq!(tree.withheld, [""; 0]);
}

#[tokio::test]
async fn the_host_of_archives_never_sees_the_token() {
    // The fake holds it against who shows it, and its two servers are two hosts.
    let github = FakeGitHub::start().await;
    let commit = github.state().push(REPOSITORY, "change", files(&["a.sql"]));
    let place = Place::new();
    let limits = TreeLimits::default();
    github.client().download_tree(&repository(), &commit, &place.tree(), &limits).await.unwrap();
    let asked = github.state().requests.clone();
    assert_eq!(asked[0], format!("GET /repos/{REPOSITORY}/tarball/{commit}"));
    assert!(asked[1].starts_with("GET archive /"), "{asked:?}");
}

#[tokio::test]
async fn links_devices_and_what_is_git_s_own_are_left_out_and_counted() {
    let entries = [
        file(b"top/a.sql", b"select 1;"),
        link(EntryType::Symlink, b"top/db", "/etc"),
        file(b"top/db/passwd", b"mine"),
        link(EntryType::Link, b"top/hard", "top/a.sql"),
        link(EntryType::Char, b"top/null", ""),
        link(EntryType::Fifo, b"top/pipe", ""),
        file(b"top/.git/hooks/post-checkout", b"#!/bin/sh"),
        file(b"top/sub/.GIT/config", b"[core]"),
        file(b"top/\xff\xfe.sql", b"select 1;"),
        file(b"top/.gitignore", b"x"),
    ];
    let (place, tree) = download(&entries, &TreeLimits::default()).await;
    let skipped = Skipped { links: 2, names: 1, others: 4 };
    let tree = tree.unwrap();
    assert_eq!((tree.files, tree.bytes, tree.skipped), (3, 14, skipped));
    // Where the link would have stood is a directory of ours.
    assert_eq!(place.files(), ["tree/.gitignore", "tree/a.sql", "tree/db/passwd"]);
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_ends_it_and_leaves_nothing() {
    let names: [&[u8]; 7] =
        [b"/etc/passwd", b"top/../../out", b"../out", b"top/./a", b"top//a", b"top/a/..", b"/top/a.sql"];
    for name in names {
        let entries = [file(b"top/a.sql", b"select 1;"), file(name, b"out")];
        let (place, tree) = download(&entries, &TreeLimits::default()).await;
        let error = tree.unwrap_err();
        assert!(matches!(error, GitHubError::Archive { .. }) && !error.is_transient(), "{error}");
        assert!(error.to_string().contains("is no path below its top"), "{error}");
        assert_eq!(place.files(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_same_name_twice_is_refused() {
    let entries = [file(b"top/a.sql", b"select 1;"), file(b"top/a.sql", b"drop table users;")];
    let (place, tree) = download(&entries, &TreeLimits::default()).await;
    assert!(matches!(tree, Err(GitHubError::Disk { .. })), "{tree:?}");
    assert_eq!(place.files(), Vec::<String>::new());
}

#[tokio::test]
async fn a_tree_is_taken_up_to_its_limits_and_no_further() {
    let entries =
        [file(b"top/a", b"12345"), file(b"top/b", b"12345"), link(EntryType::Directory, b"top/c/", "")];
    let within = TreeLimits { files: 2, bytes: 10, ..TreeLimits::default() };
    assert_eq!(download(&entries, &within).await.1.unwrap().bytes, 10);
    for (limits, said) in [
        (TreeLimits { files: 1, ..within.clone() }, "more than 1 files"),
        (TreeLimits { bytes: 9, ..within.clone() }, "more than 9 bytes in its files"),
        (TreeLimits { archive_bytes: 2_000, ..within }, "more than 2000 bytes in its archive"),
    ] {
        let (place, tree) = download(&entries, &limits).await;
        let error = tree.unwrap_err();
        assert!(matches!(error, GitHubError::TooLarge { .. }) && !error.is_transient(), "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(place.files(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_bomb_ends_at_the_limit() {
    let zeros = vec![0; 32 << 20];
    // Wanted it would be too large; not wanted it is too long; as a name it would be held in memory.
    let limits = TreeLimits { bytes: 1 << 20, archive_bytes: 8 << 20, ..TreeLimits::default() };
    let unwanted = TreeLimits { only: vec!["db".into()], ..limits.clone() };
    let (_, wanted) = download(&[file(b"top/zeros", &zeros)], &limits).await;
    assert!(matches!(wanted, Err(GitHubError::TooLarge { .. })), "{wanted:?}");
    let (_, passed) = download(&[file(b"top/zeros", &zeros)], &unwanted).await;
    assert!(matches!(passed, Err(GitHubError::TooLarge { .. })), "{passed:?}");
    let name = Odd { kind: EntryType::GNULongName, name: b"././@LongLink", link: "", content: &zeros };
    let (place, named) = download(&[name, file(b"top/a", b"")], &TreeLimits::default()).await;
    let error = named.unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
    assert_eq!(place.files(), Vec::<String>::new());
}

#[tokio::test]
async fn a_body_that_breaks_off_is_fetched_again_and_leaves_nothing() {
    let github = FakeGitHub::start().await;
    let noise: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let commit = github.state().push(REPOSITORY, "change", Files::from([("a.bin".to_owned(), noise)]));
    let place = Place::new();
    let limits = TreeLimits::default();
    let fetch =
        || async { github.client().download_tree(&repository(), &commit, &place.tree(), &limits).await };
    let cut = |bytes| Failure::sending("ARCHIVE", Sending::CutAfter(bytes));
    for bytes in [0, 10, 4_000, 400_000] {
        github.state().failures.extend((0..4).map(|_| cut(bytes)));
        let error = fetch().await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        assert!(github.state().failures.is_empty(), "it is asked for four times");
        assert_eq!(place.files(), Vec::<String>::new());
    }
    github.state().failures.extend([cut(100), cut(300_000)]);
    assert_eq!(fetch().await.unwrap().bytes, 800_000);
}

#[tokio::test]
async fn a_body_that_stands_still_is_given_up_in_time() {
    let github = FakeGitHub::start().await;
    let commit = github.state().push(REPOSITORY, "change", files(&["a.sql", "b.sql"]));
    let place = Place::new();
    let still = || Failure::sending("ARCHIVE", Sending::StallAfter(60));
    github.state().failures.extend((0..4).map(|_| still()));
    let limits = TreeLimits { time: Duration::from_millis(500), ..TreeLimits::default() };
    let error =
        github.client().download_tree(&repository(), &commit, &place.tree(), &limits).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("in time"), "{error}");
    assert_eq!(place.files(), Vec::<String>::new());
}

#[tokio::test]
async fn who_waits_no_longer_leaves_nothing_behind() {
    let github = FakeGitHub::start().await;
    let commit = github.state().push(REPOSITORY, "change", files(&["a.sql", "b.sql"]));
    let place = Place::new();
    github.state().failures.push_back(Failure::sending("ARCHIVE", Sending::StallAfter(60)));
    let (client, into) = (github.client(), place.tree());
    let waiting = tokio::spawn(async move {
        client.download_tree(&repository(), &commit, &into, &TreeLimits::default()).await.map(drop)
    });
    until(|| place.tree().exists()).await;
    waiting.abort();
    until(|| !place.tree().exists()).await;
}

#[tokio::test]
async fn a_commit_that_is_none_is_not_asked_for_and_one_that_is_gone_is_not_found() {
    let github = FakeGitHub::start().await;
    let place = Place::new();
    let limits = TreeLimits::default();
    for odd in ["main", "..", &"g".repeat(40), "ce587453ced02b1526dfb4cb910479d431683101?x=", ""] {
        let refused = github.client().download_tree(&repository(), odd, &place.tree(), &limits).await;
        assert!(matches!(refused, Err(GitHubError::Request(_))), "{odd}: {refused:?}");
    }
    assert!(github.state().requests.is_empty());
    let gone = github.client().download_tree(&repository(), COMMIT, &place.tree(), &limits).await;
    assert!(matches!(gone, Err(GitHubError::NotFound(_))), "{gone:?}");
    assert!(!place.tree().exists());
}
