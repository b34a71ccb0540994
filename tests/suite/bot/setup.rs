//! `confiture bot setup`: a page, a click, and the files that make a bot.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;

use reqwest::Client;
use serde_json::Value;

use crate::fake_github::{APP, FakeGitHub};
use crate::support::Project;

/// A setup that waits for its click.
struct Waiting {
    process: std::process::Child,
    errors: BufReader<std::process::ChildStderr>,
    page: String,
    http: Client,
}

impl Waiting {
    fn start(project: &Project, github: &FakeGitHub, more: &[&str]) -> Self {
        let api = github.url();
        let arguments =
            [&["bot", "setup", "--github", "https://github.example.org", "--api", api.as_str()], more]
                .concat();
        let mut process = project.run(&arguments).start();
        let mut errors = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        errors.read_line(&mut line).unwrap();
        let page = line.trim().strip_prefix("confiture: open ").and_then(|rest| rest.split(' ').next());
        let page = page.unwrap_or_else(|| panic!("there is no page: {line}")).to_owned();
        Self { process, errors, page, http: Client::new() }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.http.get(format!("{}{path}", self.page)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// What the form sends where.
    async fn form(&self) -> (String, Value) {
        let (status, html) = self.get("/").await;
        assert_eq!(status, 200);
        let between = |from: &str| html.split(from).nth(1).unwrap().split('"').next().unwrap().to_owned();
        let manifest = between("name=\"manifest\" value=\"").replace("&quot;", "\"");
        (between("<form action=\""), serde_json::from_str(&manifest).unwrap())
    }

    /// How it ended, and what it said.
    fn end(mut self) -> (i32, String) {
        let mut said = String::new();
        self.process.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        self.errors.read_to_string(&mut said).unwrap();
        (self.process.wait().unwrap().code().unwrap_or(-1), said)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_registered_with_one_click_and_its_secrets_are_for_its_owner() {
    let github = FakeGitHub::start().await;
    github.state().app_codes.push("c0de".to_owned());
    let project = Project::bare();
    let setup =
        Waiting::start(&project, &github, &["--org", "acme", "--public-url", "https://bot.example.org/"]);
    let (action, manifest) = setup.form().await;
    let (place, state) = action.split_once("?state=").unwrap();
    assert_eq!(place, "https://github.example.org/organizations/acme/settings/apps/new");
    assert_eq!(manifest["hook_attributes"]["url"], "https://bot.example.org/webhooks");
    assert_eq!(manifest["redirect_url"], format!("{}/registered", setup.page));
    let mut shown = manifest.clone();
    shown["redirect_url"] = "PAGE/registered".into();
    insta::assert_json_snapshot!("manifest", shown);

    // Who does not know the state brings nothing, and whoever is led here by another name sees nothing.
    let (status, _) = setup.get("/registered?code=c0de&state=guessed").await;
    assert_eq!(status, 403);
    let foreign = setup.http.get(&setup.page).header("host", "evil.example.org").send().await.unwrap();
    assert_eq!(foreign.status().as_u16(), 403);
    assert_eq!(github.state().app_codes.len(), 1);

    let (status, html) = setup.get(&format!("/registered?code=c0de&state={state}")).await;
    assert_eq!(status, 200, "{html}");
    let (code, said) = setup.end();
    assert_eq!(code, 0, "{said}");
    insta::assert_snapshot!("registered", said);
    for file in ["confiture.bot.yaml", "confiture.bot.pem"] {
        let mode = fs_err::metadata(project.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert!(
        !said.contains("secret\n") && !said.contains("a webhook secret") && !said.contains("PRIVATE KEY"),
        "{said}"
    );

    // What was written is a bot's file.
    let text = fs_err::read_to_string(project.path("confiture.bot.yaml")).unwrap();
    assert!(text.contains(&format!("app_id: {APP}")) && text.contains("a webhook secret"), "{text}");
    project.write("confiture.bot.yaml", format!("{text}state_url: postgresql://nobody@127.0.0.1:1/x\n"));
    let ended = project.run(&["bot"]).ends_with(2);
    assert!(ended.err.contains("the state database"), "it has all but that: {}", ended.err);

    // And is not overwritten.
    let ended = project.run(&["bot", "setup"]).ends_with(2);
    assert!(ended.err.contains("confiture.bot.yaml is there already"), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_github_does_not_take_writes_nothing() {
    let github = FakeGitHub::start().await;
    let project = Project::bare();
    let setup = Waiting::start(&project, &github, &[]);
    let (action, manifest) = setup.form().await;
    assert_eq!(manifest["hook_attributes"]["active"], false);
    let state = action.split_once("?state=").unwrap().1.to_owned();
    let (status, _) = setup.get(&format!("/registered?code=old&state={state}")).await;
    assert_eq!(status, 502);
    let (code, said) = setup.end();
    assert!(code == 2 && said.contains("the App was not handed out: GitHub does not find it"), "{said}");
    assert!(!project.path("confiture.bot.yaml").exists() && !project.path("confiture.bot.pem").exists());
}

#[test]
fn what_cannot_be_an_app_s_is_refused_before_anything_is_registered() {
    let project = Project::bare();
    for (flag, value, wanted) in [
        ("--org", "acme/../x", "--org: `acme/../x` is not an organization's name"),
        ("--public-url", "bot.example.org", "--public-url: `bot.example.org` is not an address"),
        ("--github", "javascript:alert(1)", "is not an address"),
        ("--config", "nowhere/bot.yaml", "is not in a directory that is there"),
    ] {
        let ended = project.run(&["bot", "setup", flag, value]).ends_with(2);
        assert!(ended.err.contains(wanted), "{flag}: {}", ended.err);
    }
}
