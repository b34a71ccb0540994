//! The pages as the real binary serves them: who gets to see what, and how a run is followed while it goes on.

use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::StreamExt as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use sha2::Sha256;

use super::conversation::{BIO, SCHEMA_WITH_BIO, Setup, USERS, World, tree};
use super::{Running, STATE};
use crate::fake_github::{CLIENT_ID, CLIENT_SECRET, Failure, PULL, REPOSITORY, Subject};
use crate::support::until;

/// Where people are told that the pages are.
const PUBLIC: &str = "https://pages.test";

/// A bot whose links lead somewhere.
fn public() -> Setup {
    Setup { more: format!("public_url: {PUBLIC}/\n"), ..Setup::default() }
}

/// One that people can sign in at, too.
fn with_sign_in() -> Setup {
    Setup { github: sign_in_settings(), ..public() }
}

/// What a bot has to know for people to sign in.
pub(super) fn sign_in_settings() -> String {
    format!("  client_id: {CLIENT_ID}\n  client_secret: {CLIENT_SECRET}\n")
}

/// What somebody's browser does: it keeps cookies, and follows no redirect by itself.
struct Browser {
    http: Client,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn new() -> Self {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { http, cookies: Vec::new() }
    }

    async fn get(&mut self, url: &str) -> Response {
        let request = self.http.get(url).header(COOKIE, self.jar());
        self.keep(request.send().await.unwrap())
    }

    async fn post(&mut self, url: &str, form: &str) -> Response {
        let request = self.http.post(url).header(COOKIE, self.jar()).body(form.to_owned());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.keep(request.send().await.unwrap())
    }

    fn jar(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, response: Response) -> Response {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            for wanted in ["__Host-", "Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
                assert!(text.contains(wanted), "{text}");
            }
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !text.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        response
    }

    /// Signs in, from a page of the bot's to GitHub's and back; gives the last answer.
    async fn sign_in(&mut self, world: &World, from: &str) -> Response {
        let off = self.get(&format!("{}{from}", world.bot.address)).await;
        let there = self.get(&location(&off)).await;
        let back = location(&there).replace(PUBLIC, &world.bot.address);
        self.get(&back).await
    }
}

fn location(response: &Response) -> String {
    response.headers()[LOCATION].to_str().unwrap().to_owned()
}

impl World {
    /// A pull request is opened and checked; gives where its check leads.
    async fn checked(&self) -> String {
        let head = self.github.state().push(REPOSITORY, "change", tree(&[USERS, BIO, SCHEMA_WITH_BIO]));
        self.tell("pull_request", "opened", Subject::Pull(PULL)).await;
        let check = self.check(&head).await;
        self.quiet().await;
        check.details_url.unwrap_or_default()
    }

    async fn rows(&self, sql: &str) -> Vec<String> {
        self.state.rows(STATE, sql).await
    }

    /// A link as the bot makes them, good until some second.
    async fn link(&self, run: &str, until: u64) -> String {
        let key =
            self.rows("select encode(key, 'base64') from confiture_bot.keys where name = 'links'").await;
        let key = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &key[0]).unwrap();
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let mac = mac.chain_update(format!("run {run} until {until}")).finalize().into_bytes();
        format!("/runs/{run}?until={until}&signature={}", confiture::model::hex(&mac))
    }
}

/// The status and the text of a page.
async fn page(bot: &Running, path: &str) -> (u16, String) {
    read(bot.get(path).await).await
}

async fn read(response: Response) -> (u16, String) {
    (response.status().as_u16(), response.text().await.unwrap())
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The path of a link, without where the pages are said to be.
fn path(link: &str) -> String {
    link.strip_prefix(PUBLIC).unwrap_or_else(|| panic!("{link:?} leads elsewhere")).to_owned()
}

fn run_of(path: &str) -> String {
    path.trim_start_matches("/runs/").split('?').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_leads_to_the_page_of_its_run_with_all_that_was_found() {
    let world = World::start_as(&public()).await;
    "Users <script>alert(1)</script> \u{202e}have a bio"
        .clone_into(&mut world.github.state().pull(REPOSITORY, PULL).title);
    let link = path(&world.checked().await);
    let response = world.bot.get(&link).await;
    let headers = response.headers().clone();
    let (status, html) = read(response).await;
    assert_eq!(status, 200);
    for wanted in
        ["Preflight passed", "002_bio", "alter table users add column bio text", "ACCESS EXCLUSIVE on users"]
    {
        assert!(html.contains(wanted), "{wanted:?} is not in {html}");
    }
    assert!(
        html.contains("Users &lt;script&gt;") && !html.contains("<script>") && !html.contains('\u{202e}')
    );
    assert!(html.contains("fetching") && html.contains("replaying 1 of 1: 002_bio"), "its log: {html}");
    guards(&headers);
    assert_eq!(headers["cache-control"], "private, no-store");
    for (asset, kind) in [("page.css", "text/css"), ("live.js", "text/javascript")] {
        let response = world.bot.get(&format!("/assets/{asset}")).await;
        guards(response.headers());
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(kind));
        assert!(response.headers()["cache-control"].to_str().unwrap().starts_with("public"));
    }
    world.stop().await;
}

/// Asserts what every answer has to tell a browser.
#[track_caller]
fn guards(headers: &HeaderMap) {
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["referrer-policy"], "no-referrer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_its_own_run_until_it_expires_and_nothing_else_does() {
    let world = World::start_as(&public()).await;
    let link = path(&world.checked().await);
    let run = run_of(&link);
    // The scheme is the one that links are made by, and they last for thirty days.
    assert_eq!(page(&world.bot, &world.link(&run, now() + 60).await).await.0, 200);
    let until: u64 = link.split("until=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
    assert!((now() + 30 * 86_400 - until) < 600, "{link}");

    let expired = world.link(&run, now() - 1).await;
    let (status, html) = page(&world.bot, &expired).await;
    assert!(status == 403 && html.contains("This link has expired"), "{status} {html}");
    let other = "0b989ba4-242f-11e5-81e1-000000000042";
    let later = link.replace(&format!("until={until}"), &format!("until={}", until + 1));
    let cut = link[..link.len() - 2].to_owned();
    let bare = format!("/runs/{run}");
    let foreign = link.replace(&run, other);
    let mut answers = Vec::new();
    for wrong in [later, cut, format!("{link}0"), bare, foreign, format!("/runs/{other}")] {
        let (status, html) = page(&world.bot, &wrong).await;
        assert!(status == 403 && !html.contains("002_bio"), "{wrong}: {status} {html}");
        answers.push(html);
        assert_eq!(world.bot.get(&wrong.replace('?', "/events?")).await.status(), 403, "{wrong}");
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "nobody learns by the answer which runs there are");
    // Ours, and yet no run.
    assert_eq!(page(&world.bot, &world.link(other, now() + 60).await).await.0, 404);
    assert_eq!(page(&world.bot, "/runs/x?until=soon").await.0, 400);
    let (status, home) = page(&world.bot, "/").await;
    assert!(
        status == 200 && home.contains("Nobody can sign in here") && !home.contains(REPOSITORY),
        "{home}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_links_are_switched_off_none_opens_anything_and_without_an_address_there_is_none() {
    let world = {
        let setup = public();
        World::start_as(&Setup { more: format!("links: {{signed: false}}\n{}", setup.more), ..setup }).await
    };
    let link = path(&world.checked().await);
    assert!(!link.contains('?'), "{link}");
    let (status, html) = page(&world.bot, &link).await;
    assert!(status == 403 && html.contains("Links do not open pages here"), "{html}");
    let signed = world.link(&run_of(&link), now() + 60).await;
    assert_eq!(page(&world.bot, &signed).await.0, 403);
    world.stop().await;

    let world = World::start_as(&Setup::default()).await;
    assert_eq!(world.checked().await, "");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_sees_what_they_can_read_and_stays_in_until_they_sign_out() {
    let world = World::start_as(&with_sign_in()).await;
    let run = run_of(&path(&world.checked().await));
    world.github.state().browser = Some("ada".to_owned());
    world.github.state().permissions.insert("ada".to_owned(), "read".to_owned());
    let mut ada = Browser::new();
    let address = world.bot.address.clone();
    let at = |path: &str| format!("{address}{path}");
    let (status, html) = read(ada.get(&at(&format!("/runs/{run}"))).await).await;
    assert!(status == 403 && html.contains(&format!("../sign-in?run={run}")), "{html}");

    let back = ada.sign_in(&world, &format!("/sign-in?run={run}")).await;
    assert_eq!((back.status().as_u16(), location(&back)), (303, format!("{PUBLIC}/runs/{run}")));
    assert_eq!(ada.cookies.len(), 1, "the cookie of the way is gone: {:?}", ada.cookies);
    let (status, html) = read(ada.get(&at(&format!("/runs/{run}"))).await).await;
    assert!(status == 200 && html.contains("Preflight passed"), "{html}");
    let (_, home) = read(ada.get(&at("/")).await).await;
    for wanted in ["ada", REPOSITORY, "Merge change", "Preflight passed", &format!("runs/{run}")] {
        assert!(home.contains(wanted), "{wanted:?} is not in {home}");
    }
    let kept =
        world.rows("select coalesce(string_agg(s::text, ' '), '') from confiture_bot.sessions s").await;
    assert!(!kept[0].contains(&ada.cookies[0].1) && !kept[0].contains("ghu_"), "{kept:?}");

    let (status, html) = read(ada.post(&at("/sign-out"), "token=guessed").await).await;
    assert!(status == 403 && html.contains("Nothing was done"), "{html}");
    let token = home.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let cookie = ada.cookies.clone();
    assert_eq!(ada.post(&at("/sign-out"), &format!("token={token}")).await.status(), 303);
    assert!(ada.cookies.is_empty());
    // The cookie that was is worth nothing any more.
    ada.cookies = cookie;
    assert!(read(ada.get(&at("/")).await).await.1.contains("Sign in with GitHub"));

    ada.sign_in(&world, "/sign-in").await;
    assert!(read(ada.get(&at("/")).await).await.1.contains(REPOSITORY));
    world.state.sql(STATE, "update confiture_bot.sessions set ends = now()").await;
    assert!(!read(ada.get(&at("/")).await).await.1.contains(REPOSITORY), "sessions end");
    assert!(!world.bot.log().contains("ghu_") && !world.bot.log().contains(CLIENT_SECRET));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_one_cannot_read_is_as_if_there_were_none() {
    let world = World::start_as(&with_sign_in()).await;
    let run = run_of(&path(&world.checked().await));
    let eve = ("eve".to_owned(), "write".to_owned());
    world.github.state().permissions.extend([eve]);
    world.github.state().hidden.insert((REPOSITORY.to_owned(), "eve".to_owned()));
    world.github.state().browser = Some("eve".to_owned());
    let mut eve = Browser::new();
    eve.sign_in(&world, "/sign-in").await;
    let at = |path: &str| format!("{}{path}", world.bot.address);
    let there = read(eve.get(&at(&format!("/runs/{run}"))).await).await;
    let nowhere = read(eve.get(&at("/runs/0b989ba4-242f-11e5-81e1-000000000042")).await).await;
    assert_eq!((there.0, &there), (404, &nowhere));
    assert_eq!(eve.get(&at(&format!("/runs/{run}/events"))).await.status(), 404);
    let (_, home) = read(eve.get(&at("/")).await).await;
    assert!(home.contains("There is no repository here that you can read") && !home.contains(REPOSITORY));

    // GitHub is asked anew after a while, and whoever has taken over a login is somebody else.
    world.github.state().hidden.clear();
    assert_eq!(eve.get(&at(&format!("/runs/{run}"))).await.status(), 404, "it was asked a moment ago");
    let old = "update confiture_bot.readers set asked = asked - interval '5 minutes'";
    world.state.sql(STATE, old).await;
    assert_eq!(eve.get(&at(&format!("/runs/{run}"))).await.status(), 200);
    world.github.state().accounts.insert("eve".to_owned(), 1);
    world.state.sql(STATE, old).await;
    assert_eq!(eve.get(&at(&format!("/runs/{run}"))).await.status(), 404);

    // What GitHub does not answer is no answer, and where the App is gone nobody can be asked about.
    world.state.sql(STATE, old).await;
    let failing = || Failure::status("POST", 500).at("access_tokens");
    world.github.state().failures.extend([failing(), failing()]);
    let (status, html) = read(eve.get(&at(&format!("/runs/{run}"))).await).await;
    assert!(status == 503 && html.contains("Try again in a while"), "{status} {html}");
    world.github.state().failures.extend([failing(), failing()]);
    let (status, home) = read(eve.get(&at("/")).await).await;
    assert!(status == 200 && home.contains("1 of the repositories are left out"), "{home}");
    world.github.state().installations[0].repositories.clear();
    assert_eq!(eve.get(&at(&format!("/runs/{run}"))).await.status(), 404);
    assert_eq!(eve.get(&at("/")).await.status(), 200);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_in_by_an_answer_that_is_not_to_their_own_question() {
    let world = World::start_as(&with_sign_in()).await;
    world.github.state().browser = Some("mallory".to_owned());
    let at = |path: &str| format!("{}{path}", world.bot.address);
    let mut mallory = Browser::new();
    let off = mallory.get(&at("/sign-in")).await;
    let back = location(&mallory.get(&location(&off)).await).replace(PUBLIC, &world.bot.address);
    // Mallory's answer in the browser of somebody who asked nothing, and of somebody who asked something else.
    let mut ada = Browser::new();
    assert_eq!(ada.get(&back).await.status(), 403);
    ada.get(&at("/sign-in")).await;
    let (status, html) = read(ada.get(&back).await).await;
    assert!(status == 403 && html.contains("You are not signed in"), "{html}");
    // In Mallory's own it works once.
    let way = mallory.cookies.clone();
    assert_eq!(mallory.get(&back).await.status(), 303);
    mallory.cookies = way;
    assert_eq!(mallory.get(&back).await.status(), 403);
    // Whoever says no to GitHub is told so.
    world.github.state().browser = None;
    assert_eq!(Browser::new().sign_in(&world, "/sign-in").await.status(), 403);
    // And nobody is led elsewhere afterwards.
    let off = ada.get(&at("/sign-in?run=//evil.example/x")).await;
    assert!(!ada.jar().contains("evil") && location(&off).starts_with(&world.github.url()));
    world.stop().await;
}

/// A migration that takes its time.
const SLOW: (&str, &str) =
    ("db/migrations/002_bio.up.sql", "select pg_sleep(7);\nalter table users add column bio text;\n");

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_followed_live_to_its_end_in_any_process_and_on_its_check() {
    let world = World::start_as(&public()).await;
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, SLOW, SCHEMA_WITH_BIO]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    until("it is replayed", async || {
        !world
            .rows("select 1 from confiture_bot.progress where text like 'replaying 1 of 1%'")
            .await
            .is_empty()
    })
    .await;
    // A process that had nothing to do with the job shows it.
    let other = World::bot(&world.github, &world.state, &public());
    let link = path(world.checks(&head)[0].details_url.as_ref().unwrap());
    let (_, html) = page(&other, &link).await;
    assert!(
        html.contains("The preflight is running.") && html.contains("replaying 1 of 1: 002_bio"),
        "{html}"
    );
    let events = other.get(&link.replace('?', "/events?")).await;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let mut events = events.bytes_stream();
    assert_eq!(&events.next().await.unwrap().unwrap()[..], b"data: changed\n\n");
    assert!(page(&other, &link).await.1.contains("data-events"), "it still runs");
    until("the check says what is being done", async || {
        world.checks(&head)[0].title == "Replaying 1 of 1: 002\\_bio"
            || world.checks(&head)[0].title == "Replaying 1 of 1: 002_bio"
    })
    .await;
    let check = world.checks(&head).remove(0);
    assert!(
        check.status == "in_progress" && check.summary.contains("- starting PostgreSQL\n"),
        "{}",
        check.summary
    );

    // The stream ends by itself, and not before there is a report.
    let rest = events.fold(Vec::new(), async |all, piece| [all, piece.unwrap().to_vec()].concat()).await;
    assert!(String::from_utf8(rest).unwrap().ends_with("data: changed\n\n"));
    let (_, html) = page(&other, &link).await;
    assert!(html.contains("Preflight passed") && !html.contains("data-events"), "{html}");
    assert!(html.contains("comparing"), "the last step is not lost: {html}");
    assert_eq!(world.check(&head).await.conclusion.as_deref(), Some("success"));
    // Whoever comes when it is over hears so at once.
    let late = other.get(&link.replace('?', "/events?")).await.text().await.unwrap();
    assert_eq!(late, "data: changed\n\n");
    assert_eq!(other.ask_to_end(), 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_lets_nobody_wait_and_a_run_that_was_overtaken_says_so() {
    let world = World::start_as(&public()).await;
    let slow = ("db/migrations/002_bio.up.sql", "select pg_sleep(600);\n");
    let head = world.github.state().push(REPOSITORY, "change", tree(&[USERS, slow]));
    world.tell("pull_request", "opened", Subject::Pull(PULL)).await;
    until("it runs", async || !world.checks(&head).is_empty()).await;
    let link = path(world.checks(&head)[0].details_url.as_ref().unwrap());
    // What the other one took, it would have to finish or hand back before it ends.
    let open = "select (select count(*) from confiture_bot.deliveries where state = 'waiting') + \
                (select count(*) from confiture_bot.jobs where state = 'waiting')";
    until("all work is taken", async || world.state.rows(STATE, open).await == ["0"]).await;
    let other = World::bot(&world.github, &world.state, &public());
    let mut events = other.get(&link.replace('?', "/events?")).await.bytes_stream();
    events.next().await.unwrap().unwrap();
    // More than so many watch nowhere at once; the others are asked to come again.
    let mut watching = Vec::new();
    for _ in 1..128 {
        watching.push(other.get(&link.replace('?', "/events?")).await);
    }
    assert!(watching.iter().all(|response| response.status() == 200));
    let refused = other.get(&link.replace('?', "/events?")).await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"5".parse().unwrap()));
    let begun = SystemTime::now();
    assert_eq!(other.ask_to_end(), 0);
    assert!(begun.elapsed().unwrap().as_secs() < 15, "it waited for whoever watches");

    world.github.state().close(REPOSITORY, PULL);
    world.tell("pull_request", "closed", Subject::Pull(PULL)).await;
    world.quiet().await;
    let (_, html) = page(&world.bot, &link).await;
    assert!(html.contains("the pull request was closed") && !html.contains("data-events"), "{html}");
    world.stop().await;
}
