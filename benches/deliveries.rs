//! How many signed deliveries the bot keeps, and how long each waits: `cargo bench --bench deliveries`.
//!
//! The receiver, its PostgreSQL and who delivers share this machine. Needs PostgreSQL's server binaries. Says what was
//! measured; judges nothing, since a busy machine is no fault.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program for developers, which starts the program that it measures"
)]

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const CONFITURE: &str = env!("CARGO_BIN_EXE_confiture");
/// Nobody is asked anything with it here.
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/github/app-key.pem");
const SECRET: &str = "a secret of the bench";
/// As many as GitHub may have under way at a time.
const SENDERS: usize = 64;
/// A pull request's payload has some twenty kilobytes.
const FILLING: usize = 20_000;

fn main() {
    let all = std::env::args().any(|argument| argument == "all");
    let number = if all { 100_000 } else { 20_000 };
    let work = tempfile::Builder::new().prefix("cb").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(work.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
    let settings = format!(
        "github:\n  app_id: 1\n  private_key_file: {KEY}\n  webhook_secrets: [\"{SECRET}\"]\nlisten: 127.0.0.1:0\n\
         sweeps: {{deliveries_minutes: 0, pulls_minutes: 0}}\ndata_dir: {}\n",
        work.path().join("state").display()
    );
    let file = work.path().join("confiture.bot.yaml");
    std::fs::write(&file, settings).unwrap();
    let mut command = Command::new(CONFITURE);
    let mut bot = command.arg("bot").arg("-c").arg(&file).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(bot.stderr.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    let address = first.trim().rsplit(' ').next().unwrap().to_owned();
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(send(&address, 2_000, "warm"));
    let before = memory(&bot);
    let begun = Instant::now();
    let mut waits = runtime.block_on(send(&address, number, "d"));
    let took = begun.elapsed();
    waits.sort_unstable();
    let at = |part: usize| waits[(waits.len() * part / 1_000).min(waits.len() - 1)].as_secs_f64() * 1_000.0;
    println!("{number} deliveries of {FILLING} bytes by {SENDERS} senders in {:.1} s", took.as_secs_f64());
    let rate = f64::from(u32::try_from(waits.len()).unwrap()) / took.as_secs_f64();
    println!("accepted and on disk: {rate:.0} a second (wanted at least 1,000)");
    println!(
        "waited: median {:.1} ms, p99 {:.1} ms (wanted at most 100 ms), longest {:.1} ms",
        at(500),
        at(990),
        at(1_000)
    );
    println!("lost: {} (wanted 0)", number - waits.len());
    println!("memory of the bot: {before} MB before, {} MB after", memory(&bot));
    beside_preflights(&runtime, &address, work.path());
    let _ = bot.kill();
    let _ = bot.wait();
}

/// How long deliveries wait while ten preflights run on this machine, one after the other at each of ten places.
/// They come as on a busy day, not as fast as they can.
fn beside_preflights(runtime: &tokio::runtime::Runtime, address: &str, work: &std::path::Path) {
    let project = work.join("project");
    let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(quiet(Command::new(CONFITURE).arg("init").arg(&project)).success());
    let over = Arc::new(AtomicBool::new(false));
    let places: Vec<_> = (0..10)
        .map(|_| {
            let (over, project) = (Arc::clone(&over), project.clone());
            std::thread::spawn(move || {
                let mut done = 0_usize;
                while !over.load(Ordering::Relaxed) {
                    let mut command = Command::new(CONFITURE);
                    let status = quiet(command.arg("preflight").arg("-C").arg(&project));
                    done += usize::from(status.success());
                }
                done
            })
        })
        .collect();
    let begun = Instant::now();
    let mut waits = Vec::new();
    while begun.elapsed() < Duration::from_secs(20) {
        let name: &'static str = format!("p{}", begun.elapsed().as_millis()).leak();
        waits.extend(runtime.block_on(send(address, 50, name)));
    }
    over.store(true, Ordering::Relaxed);
    let done: usize = places.into_iter().map(|place| place.join().unwrap()).sum();
    waits.sort_unstable();
    let p99 = waits[(waits.len() * 99 / 100).min(waits.len() - 1)].as_secs_f64() * 1_000.0;
    println!(
        "beside ten preflights at a time ({done} passed): {} deliveries, p99 {p99:.1} ms (wanted at most 200 ms)",
        waits.len()
    );
}

/// Sends so many deliveries and returns how long each that was accepted waited.
async fn send(address: &str, number: usize, prefix: &'static str) -> Vec<Duration> {
    let next = Arc::new(AtomicUsize::new(0));
    let body = Arc::new(format!("{{\"action\":\"none\",\"filling\":\"{}\"}}", "x".repeat(FILLING)));
    let signature = signed(&body);
    let senders = (0..SENDERS).map(|_| {
        let (next, body, signature) = (Arc::clone(&next), Arc::clone(&body), signature.clone());
        let (client, url) = (reqwest::Client::new(), format!("{address}/webhooks"));
        tokio::spawn(async move {
            let mut waits = Vec::new();
            loop {
                let this = next.fetch_add(1, Ordering::Relaxed);
                if this >= number {
                    return waits;
                }
                let request = client
                    .post(&url)
                    .header("x-github-event", "pull_request")
                    .header("x-github-delivery", format!("{prefix}-{this}"))
                    .header("x-hub-signature-256", &signature)
                    .header("content-type", "application/json")
                    .body(body.to_string());
                let begun = Instant::now();
                if request.send().await.is_ok_and(|answer| answer.status().as_u16() == 202) {
                    waits.push(begun.elapsed());
                }
            }
        })
    });
    let mut all = Vec::new();
    for sender in senders.collect::<Vec<_>>() {
        all.extend(sender.await.unwrap());
    }
    all
}

fn signed(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let code = mac.finalize().into_bytes();
    code.iter().fold("sha256=".to_owned(), |signature, byte| signature + &format!("{byte:02x}"))
}

/// Megabytes that a process has in memory.
fn memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) / 1024
}
