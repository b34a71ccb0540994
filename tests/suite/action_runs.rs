//! The Action as the runner starts it, with a stand-in for the preflight itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use confiture::action::run_with;
use confiture::model::exit::ExitCode;
use confiture::model::python::Trust;
use confiture::model::report::{Base, BaseKind, Drift, Failure, Note, Report, Stage, Verdict};
use confiture::operation::preflight::{BaseRequest, Request, Silent};
use confiture::operation::project::SettingsFrom;
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};

use super::fake_github::{FakeGitHub, PULL, REPOSITORY, TOKEN, patience};
use super::support::{MAJOR, cache};

/// A repository on "GitHub" with two commits, and its shallow checkout as actions/checkout makes it.
struct Job {
    keep: tempfile::TempDir,
    base: String,
    head: String,
    variables: BTreeMap<String, String>,
}

/// How one run of the Action ended.
struct Ended {
    code: ExitCode,
    log: String,
    outputs: BTreeMap<String, String>,
    summary: String,
    requests: Vec<Request>,
    /// What the migrations' directory held when the preflight ran.
    files: Vec<String>,
}

impl Job {
    fn new(github: &FakeGitHub, event: &str, payload: &Value) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(keep.path()).unwrap().to_owned();
        let origin = root.join("origin");
        fs_err::create_dir_all(&origin).unwrap();
        git(&origin, &["init", "--quiet", "--initial-branch=main"]);
        git(&origin, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let base = commit(&origin, "db/migrations/001_a.up.sql");
        git(&origin, &["checkout", "--quiet", "-b", "topic"]);
        let head = commit(&origin, "db/migrations/002_b.up.sql");
        let workspace = root.join("workspace");
        git(&root, &["clone", "--quiet", "--depth=1", &format!("file://{origin}"), workspace.as_str()]);
        fs_err::write(root.join("event.json"), payload.to_string()).unwrap();
        github.state().point(&base, &head);
        let mut job = Self { keep, base, head, variables: variables() };
        for (name, value) in [
            ("GITHUB_REPOSITORY", REPOSITORY),
            ("GITHUB_API_URL", &github.url()),
            ("GITHUB_WORKSPACE", workspace.as_str()),
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_EVENT_PATH", root.join("event.json").as_str()),
            ("GITHUB_OUTPUT", root.join("output").as_str()),
            ("GITHUB_STEP_SUMMARY", root.join("summary").as_str()),
            ("INPUT_GITHUB-TOKEN", TOKEN),
            ("GITHUB_TOKEN", TOKEN),
            ("ACTIONS_RUNTIME_TOKEN", "secret"),
        ] {
            job.set(name, value);
        }
        job
    }

    /// A pull request; its file can name the commits only when they are there.
    fn pull_request(github: &FakeGitHub) -> Self {
        let job = Self::new(github, "pull_request", &Value::Null);
        let pull = json!({ "number": PULL, "head": { "sha": job.head }, "base": { "sha": job.base } });
        job.event(&json!({ "action": "opened", "pull_request": pull }))
    }

    /// A comment, by its body and its author.
    fn comment(github: &FakeGitHub, author: &str, body: &str) -> Self {
        Self::new(github, "issue_comment", &commented(author, body))
    }

    fn event(self, payload: &Value) -> Self {
        fs_err::write(self.root().join("event.json"), payload.to_string()).unwrap();
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    fn root(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.keep.path()).unwrap().to_owned()
    }

    fn workspace(&self) -> Utf8PathBuf {
        self.root().join("workspace")
    }

    async fn run(&self, report: Report) -> Ended {
        let asked = RefCell::new((Vec::new(), Vec::new()));
        let preflight = |request: Request| -> LocalBoxFuture<'static, Report> {
            let (requests, files) = &mut *asked.borrow_mut();
            files.extend(listed(&request.project.directory.join("db/migrations")));
            requests.push(request);
            let report = report.clone();
            Box::pin(async move { report })
        };
        let mut log = Vec::new();
        let code = run_with(&self.variables, &mut log, &preflight, patience()).await;
        let read = |name: &str| fs_err::read_to_string(self.root().join(name)).unwrap_or_default();
        let (outputs, summary) = (parsed(&read("output")), read("summary"));
        let (requests, files) = asked.into_inner();
        Ended { code, log: String::from_utf8(log).unwrap(), outputs, summary, requests, files }
    }
}

impl Ended {
    /// That nothing was done, and that later steps can tell.
    fn is_skipped(&self) {
        assert_eq!(self.code, ExitCode::Success);
        assert_eq!(self.outputs["verdict"], "skipped");
        assert!(self.requests.is_empty());
    }
}

#[expect(clippy::disallowed_methods, reason = "the test's own environment, for git")]
fn variables() -> BTreeMap<String, String> {
    std::env::vars().filter(|(name, _)| matches!(name.as_str(), "PATH" | "HOME")).collect()
}

fn git(directory: &Utf8Path, arguments: &[&str]) -> String {
    #[expect(clippy::disallowed_methods, reason = "the test's own setting up")]
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(arguments)
        .current_dir(directory)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(directory: &Utf8Path, file: &str) -> String {
    let path = directory.join(file);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, "select 1;").unwrap();
    git(directory, &["add", "."]);
    git(directory, &["commit", "--quiet", "-m", file]);
    git(directory, &["rev-parse", "HEAD"])
}

fn listed(directory: &Utf8Path) -> Vec<String> {
    let entries = fs_err::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The output file as the runner reads it.
fn parsed(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some((name, delimiter)) = lines.next().and_then(|line| line.split_once("<<")) {
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        outputs.insert(name.to_owned(), value.join("\n"));
    }
    outputs
}

fn commented(author: &str, body: &str) -> Value {
    json!({
        "action": "created",
        "issue": { "number": PULL, "pull_request": { "url": "…" } },
        "comment": {
            "id": 1_000,
            "body": body,
            "user": { "login": author, "type": "User" },
            "author_association": "OWNER",
        },
    })
}

fn passed() -> Report {
    Report {
        schema_version: 1,
        tool_version: "0.1.0".to_owned(),
        command: "preflight".to_owned(),
        ok: true,
        verdict: Verdict::Passed,
        exit_code: ExitCode::Success,
        code: "SUCCESS".to_owned(),
        env: "local".to_owned(),
        server: None,
        base: Base {
            kind: BaseKind::Empty,
            version: None,
            deployed_count: 0,
            git_ref: None,
            commit: None,
            source: None,
            server_version: None,
            copy: None,
            cached: false,
        },
        pending_count: 2,
        plan_digest: Some("0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned()),
        applied_count: 2,
        migrations: Vec::new(),
        drift: None,
        findings: Vec::new(),
        ignored: Vec::new(),
        ran: None,
        tables: Vec::new(),
        failure: None,
        notes: Vec::new(),
        duration_ms: 12.0,
    }
}

fn drifted() -> Report {
    let drift =
        Drift { equal: false, object_count: 3, changes: vec![], column_order: vec![], not_compared: vec![] };
    let mut report = Report { drift: Some(drift), ..passed() };
    report.conclude(None);
    report
}

#[tokio::test]
async fn a_pull_request_is_answered_with_a_comment_a_summary_a_report_and_outputs() {
    let github = FakeGitHub::start().await;
    let job = Job::pull_request(&github);
    let ended = job.run(drifted()).await;
    assert_eq!(ended.code, ExitCode::Drift);
    let expected = [
        ("applied-count", "2"),
        ("changed-object-count", "3"),
        ("comment-url", "https://github.com/acme/shop/pull/7#issuecomment-1000"),
        ("drift-detected", "true"),
        ("exit-code", "7"),
        ("pending-count", "2"),
        ("plan-digest", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
        ("report-path", "confiture-report.json"),
        ("verdict", "drift"),
    ];
    assert_eq!(ended.outputs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert!(ended.summary.starts_with("### ✗ Preflight failed"), "{}", ended.summary);
    assert!(github.state().comments[0].body.ends_with(ended.summary.trim_end()));
    let written = fs_err::read_to_string(job.workspace().join("confiture-report.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap()["verdict"], "drift");
}

#[tokio::test]
async fn a_pull_request_s_base_is_fetched_and_policies_come_from_it() {
    let github = FakeGitHub::start().await;
    let job = Job::pull_request(&github);
    let ended = job.run(passed()).await;
    let request = &ended.requests[0];
    assert!(matches!(&request.base, BaseRequest::Ref { revision } if *revision == job.base));
    assert_eq!(request.project.settings_from, SettingsFrom::Revision(job.base.clone()));
    assert!(request.commands, "a pull request's own command runs where its event brings no secrets");
    assert_eq!(request.project.directory, job.workspace());
    git(&job.workspace(), &["cat-file", "-e", &job.base]);
}

/// A migration in Python that does this.
fn python(lines: &str) -> String {
    format!(
        "from confiture.models.migration import Migration\n\n\nclass P(Migration):\n    version = '003'\n    \
         name = 'p'\n\n    def up(self):\n{lines}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_reads_the_python_of_a_fork_and_runs_none() {
    let github = FakeGitHub::start().await;
    github.state().permissions.insert("maintainer".to_owned(), "write".to_owned());
    github.state().create("mallory/shop");
    github.state().pull(REPOSITORY, PULL).head_repository = "mallory/shop".to_owned();
    for (first, verdict) in [("", "passed"), ("        open('RAN', 'w').close()\n", "error")] {
        let job = Job::comment(&github, "maintainer", "/confiture preflight");
        let (origin, ran) = (job.root().join("origin"), job.root().join("ran"));
        let first = first.replace("RAN", ran.as_str());
        let text = python(&format!("{first}        self.execute('create table p (i int)')\n"));
        fs_err::write(origin.join("db/migrations/003_p.py"), text).unwrap();
        git(&origin, &["add", "."]);
        git(&origin, &["commit", "--quiet", "-m", "python"]);
        github.state().point(&job.base, &git(&origin, &["rev-parse", "HEAD"]));
        let preflight = |mut request: Request| -> LocalBoxFuture<'static, Report> {
            let cache = cache().to_str().unwrap().to_owned();
            request.project.variables.insert("CONFITURE_CACHE_DIR".to_owned(), cache);
            request.postgres = Some(MAJOR.to_string());
            Box::pin(async move { confiture::operation::preflight::run(&request, &Silent).await })
        };
        let mut log = Vec::new();
        run_with(&job.variables, &mut log, &preflight, patience()).await;
        assert!(!ran.exists(), "it was run");
        let outputs = parsed(&fs_err::read_to_string(job.root().join("output")).unwrap());
        let log = String::from_utf8(log).unwrap();
        assert_eq!(outputs["verdict"], verdict, "{log}");
        let said = github.state().comments.last().unwrap().body.clone();
        assert!(said.contains("Python of a fork is not run"), "{said}{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_of_a_fork_is_read_and_never_run() {
    let plain = python("        self.execute('create table p (i int)')\n");
    let writes = python("        open('ran', 'w').close()\n        self.execute('create table p (i int)')\n");
    let github = FakeGitHub::start().await;
    for (head, text, trust, code) in [
        (json!({ "full_name": "mallory/shop" }), &plain, Trust::Fork, ExitCode::Success),
        (json!({ "full_name": "mallory/shop" }), &writes, Trust::Fork, ExitCode::Configuration),
        (Value::Null, &writes, Trust::Fork, ExitCode::Configuration),
        (json!({ "full_name": "acme/shop" }), &writes, Trust::Run, ExitCode::Success),
    ] {
        let job = Job::pull_request(&github);
        let from = json!({ "sha": job.head, "repo": head });
        let to = json!({ "sha": job.base, "repo": { "full_name": "acme/shop" } });
        let job = job.event(&json!({ "pull_request": { "number": PULL, "head": from, "base": to } }));
        fs_err::write(job.workspace().join("db/migrations/003_p.py"), text).unwrap();
        let mut request = job.run(passed()).await.requests.remove(0);
        assert_eq!(request.project.trust, trust);
        request.postgres = Some(MAJOR.to_string());
        request
            .project
            .variables
            .insert("CONFITURE_CACHE_DIR".to_owned(), cache().to_str().unwrap().to_owned());
        let report = confiture::operation::preflight::run(&request, &Silent).await;
        assert_eq!(report.exit_code, code, "{:?}", report.failure);
        assert_eq!(job.workspace().join("ran").exists(), trust == Trust::Run);
        let why =
            match (&report.failure, report.notes.iter().find(|note| matches!(note, Note::PythonRead { .. })))
            {
                (Some(failure), _) => failure.message.clone(),
                (None, Some(note)) => confiture::render::note::sentence(note),
                (None, None) => String::new(),
            };
        assert_eq!(why.contains("Python of a fork is not run"), trust == Trust::Fork, "{why}");
    }
}

#[tokio::test]
async fn no_secret_reaches_the_preflight_or_the_log() {
    let github = FakeGitHub::start().await;
    let url = "postgresql://app:p%40ss@db/shop";
    let job = Job::pull_request(&github).with("INPUT_AGAINST", url);
    let ended = job.run(passed()).await;
    let seen = format!("{:?}", ended.requests[0].project.variables);
    assert!(!seen.contains(TOKEN) && !seen.contains("p%40ss") && !seen.contains("ACTIONS_"), "{seen}");
    assert!(matches!(ended.requests[0].base, BaseRequest::Against { in_place: false, .. }));
    let mut lines = ended.log.lines();
    let masks: Vec<&str> = lines.by_ref().take(3).collect();
    assert_eq!(masks, [&format!("::add-mask::{TOKEN}"), "::add-mask::p%2540ss", "::add-mask::p@ss"]);
    let rest: String = lines.collect();
    assert!(!rest.contains(TOKEN) && !rest.contains("p%40ss") && !rest.contains("p@ss"), "{rest}");
}

#[tokio::test]
async fn a_token_that_may_only_read_costs_the_comment_and_not_the_verdict() {
    let github = FakeGitHub::start().await;
    github.state().read_only = true;
    for (report, code) in [(passed(), ExitCode::Success), (drifted(), ExitCode::Drift)] {
        let ended = Job::pull_request(&github).run(report).await;
        assert_eq!(ended.code, code);
        assert_eq!(ended.outputs["comment-url"], "");
        assert!(ended.log.contains("::notice title=Confiture::No comment was written: the token may not"));
        assert!(!ended.summary.is_empty());
    }
}

#[tokio::test]
async fn without_a_token_or_when_none_is_wanted_there_is_no_comment() {
    let github = FakeGitHub::start().await;
    let ended = Job::pull_request(&github).with("INPUT_GITHUB-TOKEN", "").run(passed()).await;
    assert_eq!(ended.code, ExitCode::Success);
    assert!(ended.log.contains("there is no github-token"), "{}", ended.log);
    let ended = Job::pull_request(&github).with("INPUT_COMMENT", "false").run(passed()).await;
    assert!(!ended.log.contains("No comment"), "{}", ended.log);
    assert!(github.state().requests.is_empty());
}

#[tokio::test]
async fn what_migrations_print_is_not_read_as_commands() {
    let github = FakeGitHub::start().await;
    let mut report = passed();
    report.failure = Some(Failure::new(Stage::Migration, ExitCode::Database, "x\n::error::forged"));
    report.conclude(None);
    let ended = Job::pull_request(&github).run(report).await;
    let lines: Vec<&str> = ended.log.lines().collect();
    let stop = lines.iter().position(|line| line.starts_with("::stop-commands::")).unwrap();
    let end = format!("::{}::", lines[stop].trim_start_matches("::stop-commands::"));
    let resume = lines.iter().position(|line| *line == end).unwrap();
    let forged = lines.iter().position(|line| line.starts_with("::error::forged"));
    assert!(forged.is_none_or(|at| stop < at && at < resume), "{}", ended.log);
    assert!(lines[resume..].iter().any(|line| line.contains("x%0A::error::forged")), "{}", ended.log);
}

#[tokio::test]
async fn a_link_in_place_of_the_report_is_not_written_through() {
    let github = FakeGitHub::start().await;
    let job = Job::pull_request(&github);
    let victim = job.root().join("victim");
    fs_err::write(&victim, "mine").unwrap();
    std::os::unix::fs::symlink(&victim, job.workspace().join("confiture-report.json")).unwrap();
    assert_eq!(job.run(passed()).await.outputs["report-path"], "confiture-report.json");
    assert_eq!(fs_err::read_to_string(&victim).unwrap(), "mine");
}

#[tokio::test]
async fn an_outsider_s_command_is_refused_with_one_quiet_reaction() {
    let github = FakeGitHub::start().await;
    github.state().permissions.insert("outsider".to_owned(), "read".to_owned());
    for author in ["outsider", "stranger"] {
        let ended = Job::comment(&github, author, "/confiture preflight").run(passed()).await;
        ended.is_skipped();
    }
    assert_eq!(github.state().reactions, [(1_000, "-1".to_owned()), (1_000, "-1".to_owned())]);
    assert!(github.state().comments.is_empty());
}

#[tokio::test]
async fn quoted_edited_and_bots_commands_are_ignored_without_a_word() {
    let github = FakeGitHub::start().await;
    github.state().permissions.insert("owner".to_owned(), "admin".to_owned());
    for body in ["> /confiture preflight", "```\n/confiture preflight\n```", "see /confiture preflight", "hi"]
    {
        Job::comment(&github, "owner", body).run(passed()).await.is_skipped();
    }
    let changed = |pointer: &str, value: Value| {
        let mut event = commented("owner", "/confiture preflight");
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    for event in [
        changed("/action", json!("edited")),
        changed("/issue/pull_request", Value::Null),
        changed("/comment/user/type", json!("Bot")),
        changed("/comment/user/login", json!("github-actions[bot]")),
        changed("/comment/user", Value::Null),
    ] {
        Job::new(&github, "issue_comment", &event).run(passed()).await.is_skipped();
    }
    assert!(github.state().requests.is_empty());
}

#[tokio::test]
async fn a_maintainer_s_command_checks_the_pull_request_s_commit_beside_the_trusted_tree() {
    let github = FakeGitHub::start().await;
    github.state().permissions.insert("maintainer".to_owned(), "write".to_owned());
    let job = Job::comment(&github, "maintainer", "Please\n\n/confiture preflight");
    let ended = job.run(passed()).await;
    assert_eq!(ended.code, ExitCode::Success, "{}", ended.log);
    assert_eq!(ended.files, ["001_a.up.sql", "002_b.up.sql"]);
    let request = &ended.requests[0];
    assert_ne!(request.project.directory, job.workspace());
    assert!(!request.project.directory.exists(), "the other tree is gone afterwards");
    assert!(!request.commands, "a comment's workflow has the repository's secrets");
    assert_eq!(request.project.settings_from, SettingsFrom::Revision(job.base.clone()));
    assert!(matches!(&request.base, BaseRequest::Ref { revision } if *revision == job.base));
    assert_eq!(github.state().reactions, [(1_000, "eyes".to_owned()), (1_000, "rocket".to_owned())]);
    assert!(github.state().comments[0].body.contains(&job.head[..7]), "the checked commit is named");
}

#[tokio::test]
async fn a_command_for_another_commit_than_the_newest_is_refused() {
    let github = FakeGitHub::start().await;
    github.state().permissions.insert("maintainer".to_owned(), "write".to_owned());
    let ended = Job::comment(&github, "maintainer", "/confiture preflight 0000000").run(passed()).await;
    assert_eq!(ended.code, ExitCode::Configuration);
    assert!(ended.log.contains("the pull request has moved on"), "{}", ended.log);
    assert!(ended.requests.is_empty());
    assert_eq!(github.state().reactions.last().unwrap().1, "-1");
}

#[tokio::test]
async fn a_mistaken_command_is_answered_with_what_may_have_been_meant() {
    let github = FakeGitHub::start().await;
    github.state().permissions.insert("maintainer".to_owned(), "admin".to_owned());
    let ended = Job::comment(&github, "maintainer", "/confiture prefligth").run(passed()).await;
    assert_eq!((ended.code, ended.outputs["verdict"].as_str()), (ExitCode::Configuration, "error"));
    assert!(github.state().comments[0].body.contains("did you mean `preflight`?"));
    Job::comment(&github, "maintainer", "/confiture help").run(passed()).await.is_skipped();
    assert_eq!(github.state().comments.len(), 1, "the answer is edited in place");
    let reactions: Vec<String> =
        github.state().reactions.iter().map(|(_, content)| content.clone()).collect();
    assert_eq!(reactions, ["eyes", "-1", "eyes", "rocket"]);
}

#[tokio::test]
async fn each_event_finds_its_base() {
    let github = FakeGitHub::start().await;
    let zeros = "0".repeat(40);
    let push = |before: &str, branch: &str| {
        let repository = json!({ "default_branch": "main" });
        json!({ "ref": format!("refs/heads/{branch}"), "before": before, "repository": repository })
    };
    let job = Job::new(&github, "push", &push(&zeros, "topic"));
    let ended = job.run(passed()).await;
    assert!(matches!(&ended.requests[0].base, BaseRequest::Ref { revision } if *revision == job.base));
    let job = Job::new(&github, "push", &push(&zeros, "main"));
    assert!(matches!(job.run(passed()).await.requests[0].base, BaseRequest::Empty));
    let job = Job::new(&github, "workflow_dispatch", &json!({}));
    assert!(matches!(job.run(passed()).await.requests[0].base, BaseRequest::Empty));
    let job = Job::new(&github, "merge_group", &Value::Null);
    let group = json!({ "merge_group": { "head_sha": job.head, "base_sha": job.base } });
    let job = job.event(&group).with("INPUT_BASE-REF", "topic");
    let ended = job.run(passed()).await;
    assert!(matches!(&ended.requests[0].base, BaseRequest::Ref { revision } if *revision == job.head));
    assert!(github.state().requests.is_empty());
}

#[tokio::test]
async fn a_base_that_cannot_be_had_says_fetch_depth() {
    let github = FakeGitHub::start().await;
    let payload = json!({ "ref": "refs/heads/x", "before": "1".repeat(40), "repository": {} });
    let ended = Job::new(&github, "push", &payload).run(passed()).await;
    assert_eq!((ended.code, ended.outputs["exit-code"].as_str()), (ExitCode::Configuration, "2"));
    assert!(ended.log.contains("set fetch-depth: 0"), "{}", ended.log);
    assert!(ended.summary.contains("fetch-depth: 0"), "{}", ended.summary);
}

#[tokio::test]
async fn what_cannot_be_used_is_one_sentence_and_exit_code_two() {
    let github = FakeGitHub::start().await;
    for (name, value, said) in [
        ("INPUT_FAIL-ON", "grave", "input `fail-on`: `grave` is not known"),
        ("GITHUB_EVENT_NAME", "schedule", "nothing is done for the event `schedule`"),
        ("GITHUB_REPOSITORY", "", "GITHUB_REPOSITORY is not set"),
        ("GITHUB_WORKSPACE", "/nowhere", "run actions/checkout in a step before this one"),
        ("GITHUB_EVENT_PATH", "/nowhere", "/nowhere"),
    ] {
        let ended = Job::pull_request(&github).with(name, value).run(passed()).await;
        assert_eq!(ended.code, ExitCode::Configuration, "{name}");
        assert_eq!(ended.outputs["verdict"], "error", "{name}");
        assert!(ended.log.contains("::error title=Confiture::") && ended.log.contains(said), "{}", ended.log);
    }
}

#[tokio::test]
async fn a_command_that_is_not_the_action_s_is_answered_with_whose_it_is() {
    let github = FakeGitHub::start().await;
    github.state().permissions.insert("maintainer".to_owned(), "write".to_owned());
    for (command, said) in [
        ("/confiture conflicts", "`/confiture conflicts` is a command of the bot's"),
        ("/confiture deploy production", "`/confiture deploy` comes with a later version"),
    ] {
        let ended = Job::comment(&github, "maintainer", command).run(passed()).await;
        assert_eq!(ended.code, ExitCode::Configuration);
        assert!(ended.requests.is_empty());
        let answer = github.state().comments[0].body.clone();
        assert!(answer.contains(said), "{answer}");
        assert_eq!(github.state().reactions.last().unwrap().1, "-1");
    }
    let answer = github.state().comments[0].body.clone();
    let (_, said) = answer.split_once('\n').unwrap();
    insta::assert_snapshot!(said);
}
