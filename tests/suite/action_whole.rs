//! The main job in one piece: the program as an Action, from a pull request's event to the published answer.

use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::fake_github::{FakeGitHub, PULL, REPOSITORY, TOKEN};

/// The blog with a pull request that gives its users a website.
struct PullRequest {
    keep: tempfile::TempDir,
    base: String,
}

impl PullRequest {
    fn open(declared: &str) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let pull = Self { base: String::new(), keep };
        let blog = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blog");
        run("cp", &["-r", blog.as_str(), pull.workspace().as_str()], pull.root());
        pull.git(&["init", "--quiet", "--initial-branch=main"]);
        let base = pull.commit();
        let pull = Self { base, ..pull };
        pull.write("db/migrations/006_website.up.sql", "alter table users add column website text;\n");
        pull.write("db/migrations/006_website.down.sql", "alter table users drop column website;\n");
        pull.declare(declared);
        pull
    }

    /// Pushes a commit that says of what type the column is to be.
    fn declare(&self, kind: &str) {
        let sql = format!("alter table users add column website {kind};\n");
        self.write("db/schema/90_website.sql", &sql);
        self.commit();
    }

    fn root(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.keep.path()).unwrap().to_owned()
    }

    fn workspace(&self) -> Utf8PathBuf {
        self.root().join("workspace")
    }

    fn write(&self, path: &str, text: &str) {
        fs_err::write(self.workspace().join(path), text).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> String {
        let fixed = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        run("git", &[&fixed, arguments].concat(), self.workspace())
    }

    fn commit(&self) -> String {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "-m", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs the program as the runner runs the container's entry point.
    async fn act(&self, github: &FakeGitHub) -> Output {
        let head = self.git(&["rev-parse", "HEAD"]);
        github.state().point(&self.base, &head);
        let pull = json!({ "number": PULL, "head": { "sha": head }, "base": { "sha": self.base } });
        let event = json!({ "action": "synchronize", "pull_request": pull });
        fs_err::write(self.root().join("event.json"), event.to_string()).unwrap();
        let mut command = program(env!("CARGO_BIN_EXE_confiture"));
        command.arg("action").current_dir(self.workspace());
        for (name, value) in [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", REPOSITORY),
            ("GITHUB_API_URL", &github.url()),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_WORKSPACE", self.workspace().as_str()),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", self.root().join("event.json").as_str()),
            ("GITHUB_OUTPUT", self.root().join("output").as_str()),
            ("GITHUB_STEP_SUMMARY", self.root().join("summary").as_str()),
            ("INPUT_GITHUB-TOKEN", TOKEN),
            ("INPUT_WORKING-DIRECTORY", "."),
            ("INPUT_BASE-REF", ""),
        ] {
            command.env(name, value);
        }
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        // The runner takes away what the step wrote for it.
        fs_err::remove_file(self.workspace().join("confiture-report.json")).unwrap();
        output
    }

    fn written(&self, name: &str) -> String {
        fs_err::read_to_string(self.root().join(name)).unwrap_or_default()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test of the program, with git beside it")]
fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    let kept = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        matches!(name.as_ref(), "PATH" | "HOME" | "TMPDIR") || name.starts_with("CONFITURE_CACHE")
    });
    command.env_clear().envs(kept.collect::<Vec<_>>());
    command
}

fn run(name: &str, arguments: &[&str], directory: Utf8PathBuf) -> String {
    let output = program(name).args(arguments).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_told_on_the_line_in_the_summary_and_in_one_comment_that_the_next_push_turns_green() {
    let github = FakeGitHub::start().await;
    let pull = PullRequest::open("varchar(200)");

    let drifted = pull.act(&github).await;
    assert_eq!(drifted.status.code(), Some(7), "{}", said(&drifted));
    assert!(said(&drifted).contains("::error file=db/schema/90_website.sql,line=1"), "{}", said(&drifted));
    assert!(pull.written("summary").contains("character varying(200)"));
    assert!(pull.written("output").contains("\ndrift\n"), "{}", pull.written("output"));
    let first = github.state().comments[0].body.clone();
    assert!(first.contains("### ✗") && first.contains("character varying(200)"), "{first}");

    pull.declare("text");
    let passed = pull.act(&github).await;
    assert_eq!(passed.status.code(), Some(0), "{}", said(&passed));
    let state = github.state();
    assert_eq!(state.comments.len(), 1, "the comment is edited, not followed by another");
    assert!(state.comments[0].body.contains("### ✓ Preflight passed: 1 pending migration"));
    let log = said(&passed);
    let shown = log.lines().filter(|line| line.contains(TOKEN) && !line.starts_with("::add-mask::"));
    assert_eq!(shown.count(), 0, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forks_token_leaves_summary_and_annotations_and_the_exit_code_of_the_findings() {
    let github = FakeGitHub::start().await;
    github.state().read_only = true;
    let pull = PullRequest::open("varchar(200)");
    let drifted = pull.act(&github).await;
    assert_eq!(drifted.status.code(), Some(7), "{}", said(&drifted));
    assert!(github.state().comments.is_empty());
    assert!(said(&drifted).contains("::notice"), "{}", said(&drifted));
    assert!(said(&drifted).contains("::error file="), "{}", said(&drifted));

    pull.declare("text");
    let passed = pull.act(&github).await;
    assert_eq!(passed.status.code(), Some(0), "{}", said(&passed));
    assert!(pull.written("summary").contains("Preflight passed"));
}
