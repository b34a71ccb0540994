//! A throwaway server in a container: without network, reached through a Unix socket in a bind mount.
//!
//! The socket is why the engine has to run on this machine: one in a virtual machine or on another host
//! shares files, but no sockets.

use std::collections::{HashMap, VecDeque};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use testcontainers::bollard::models::HostConfig;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::error::{ClientError, TestcontainersError, WaitContainerError};
use testcontainers::core::logs::{LogFrame, WaitLogError};
use testcontainers::core::{Mount, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt};
use tokio::time::{Instant, sleep};

use super::embedded::run_dir::RunDir;
use super::{SUPERUSER, Server, ServerError};
use crate::gateway::postgres::{LOGGING, Session, SessionSettings, Target};
use crate::model::report::Provider;

/// The label that names the process that a container belongs to.
const RUN_LABEL: &str = "org.confiture.run";
/// The label that names the machine, or the container, where that process's number means something.
const HOST_LABEL: &str = "org.confiture.host";
/// The label that names the socket's directory here, which is one container's alone.
const SOCKET_LABEL: &str = "org.confiture.socket";
/// Where the socket's directory is mounted in the container.
const SOCKET_DIRECTORY: &str = "/confiture-socket";
/// Where the data lies, in memory: not in the image's volume, whose place differs from major to major.
const DATA_DIRECTORY: &str = "/confiture-data";
const PORT: u16 = 5432;
const PROCESSES: i64 = 512;
const START_TIMEOUT: Duration = Duration::from_mins(2);
/// How long a server that is set up may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
const LOG_LINES_KEPT: usize = 200;

/// A running container with a server in it.
///
/// [`Server::stop`] removes the container, and so does dropping it inside a tokio runtime; what a killed
/// process leaves behind goes when the next server is started.
pub struct DockerServer {
    container: Option<ContainerAsync<GenericImage>>,
    admin: Target,
    socket_directory: PathBuf,
    log: Log,
    /// What the socket's directory lies in, when it is ours; it goes with the server.
    house: Option<RunDir>,
}

/// Starts a server from the image that `choice`, the text after `docker:`, names: a tag of `postgres`
/// such as `17` or `17-trixie`, or any image that keeps the contract of that one.
///
/// `run_directory` holds the socket, which lets anybody in as a superuser: it should be the user's alone,
/// and its path short, for a socket's path has at most 107 bytes. `memory` is in bytes.
pub async fn start(
    choice: &str,
    run_directory: &Path,
    memory: u64,
    logged: bool,
) -> Result<DockerServer, ServerError> {
    let (name, tag) = image_of(choice).ok_or_else(|| ServerError::Choice(format!("docker:{choice}")))?;
    let image = format!("{name}:{tag}");
    let owner = Owner::this_process();
    sweep(owner.as_ref()).await;

    // From here on dropping the server cleans up, whichever way this ends.
    let mut server = DockerServer {
        container: None,
        admin: Target::unix_socket(&run_directory.join("socket"), PORT, SUPERUSER, "postgres"),
        socket_directory: make_socket_directory(run_directory)?,
        log: Log::default(),
        house: None,
    };
    let request = request(&name, &tag, &server.socket_directory, owner.as_ref(), &server.log, logged)
        .with_host_config_modifier(move |host| confine(host, memory));
    match request.start().await {
        Ok(container) => server.container = Some(container),
        Err(error) => {
            // A container that was made and could not be started is nobody's: the crate leaves it.
            let socket = server.socket_directory.display().to_string();
            remove_where(SOCKET_LABEL, &socket, |_| true).await;
            return Err(explain(image, error, &server.log));
        }
    }

    let answers = if logged { answers(&server.admin).await } else { Ok(()) };
    if !server.socket_directory.join(format!(".s.PGSQL.{PORT}")).exists() {
        let reason = "its socket does not appear here, so the engine is not on this machine".to_owned();
        return Err(ServerError::Docker { image, reason });
    }
    answers.map_err(|reason| ServerError::Docker { image, reason })?;
    Ok(server)
}

/// Waits until a server answers that says nothing on its standard error.
async fn answers(admin: &Target) -> Result<(), String> {
    let deadline = Instant::now() + ANSWER_TIMEOUT;
    loop {
        match Session::open(admin, &SessionSettings::reading()).await {
            Ok(session) => {
                session.close().await;
                return Ok(());
            }
            Err(error) if Instant::now() > deadline => return Err(error.to_string()),
            Err(_) => sleep(POLL).await,
        }
    }
}

impl Server for DockerServer {
    fn provider(&self) -> Provider {
        Provider::Docker
    }

    fn admin(&self) -> &Target {
        &self.admin
    }

    fn log_tail(&self, lines: usize) -> Vec<String> {
        self.log.tail(lines)
    }

    fn stop(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if let Some(container) = self.container.take()
                && let Err(error) = container.rm().await
            {
                tracing::warn!(%error, "the container could not be removed");
            }
            self.remove_socket_directory();
            self.house = None;
        })
    }
}

impl DockerServer {
    /// Gives the server the directory that its socket's lies in, to be removed with it.
    pub(super) fn housed_in(mut self, house: RunDir) -> Self {
        self.house = Some(house);
        self
    }

    fn remove_socket_directory(&self) {
        if let Err(error) = fs_err::remove_dir_all(&self.socket_directory)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the socket's directory could not be removed");
        }
    }
}

impl Drop for DockerServer {
    fn drop(&mut self) {
        // Dropping a container talks to the engine, which takes a runtime; without one it would panic.
        if tokio::runtime::Handle::try_current().is_err() {
            std::mem::forget(self.container.take());
        }
        drop(self.container.take());
        self.remove_socket_directory();
    }
}

/// Name and tag (or digest) of the image that a choice means; none when it names nothing.
fn image_of(choice: &str) -> Option<(String, String)> {
    let named = |name: &str, tag: &str| Some((name.to_owned(), tag.to_owned()));
    if choice.is_empty() || choice.contains(char::is_whitespace) {
        return None;
    }
    if choice.starts_with(|first: char| first.is_ascii_digit()) && !choice.contains(['/', ':']) {
        return named("postgres", choice);
    }
    match choice.rsplit_once(':') {
        Some((name, tag)) if name.is_empty() || tag.is_empty() => None,
        // A colon before the last slash belongs to the registry's port.
        Some((name, tag)) if !tag.contains('/') => named(name, tag),
        _ => named(choice, "latest"),
    }
}

/// A fresh directory for the socket. Everybody may write to it, because the server's user in the container
/// is a stranger here.
fn make_socket_directory(run_directory: &Path) -> Result<PathBuf, ServerError> {
    let directory = run_directory.join("socket");
    fs_err::create_dir(&directory)
        .and_then(|()| fs_err::set_permissions(&directory, PermissionsExt::from_mode(0o777)))
        .map_err(|source| ServerError::Io {
            what: format!("making the socket's directory {}", directory.display()),
            source,
        })?;
    Ok(directory)
}

fn request(
    name: &str,
    tag: &str,
    socket_directory: &Path,
    owner: Option<&Owner>,
    log: &Log,
    logged: bool,
) -> ContainerRequest<GenericImage> {
    let settings = [
        // The image's own directory stays: its entry point speaks to the server there.
        format!("unix_socket_directories=/var/run/postgresql,{SOCKET_DIRECTORY}"),
        "listen_addresses=".to_owned(),
        // Nothing here outlives the run.
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
    ];
    // The entry point first starts a server of its own to set up with, which reports ready as well, but through
    // `pg_ctl`, whose output is stdout.
    let (settings_of_log, ready) = if logged {
        (&LOGGING[..], WaitFor::message_on_stdout("PostgreSQL init process complete"))
    } else {
        let ready = WaitFor::message_on_stderr("database system is ready to accept connections");
        (&["logging_collector=off", "log_destination=stderr"][..], ready)
    };
    let settings = settings.into_iter().chain(settings_of_log.iter().map(ToString::to_string));
    let command =
        std::iter::once("postgres".to_owned()).chain(settings.flat_map(|setting| ["-c".to_owned(), setting]));
    let log = log.clone();

    GenericImage::new(name, tag)
        .with_wait_for(ready)
        .with_cmd(command)
        .with_startup_timeout(START_TIMEOUT)
        .with_env_var("PGDATA", DATA_DIRECTORY)
        .with_env_var("POSTGRES_USER", SUPERUSER)
        .with_env_var("POSTGRES_DB", "postgres")
        .with_env_var("POSTGRES_HOST_AUTH_METHOD", "trust")
        .with_env_var("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --no-sync")
        .with_mount(Mount::bind_mount(socket_directory.display().to_string(), SOCKET_DIRECTORY))
        .with_label(SOCKET_LABEL, socket_directory.display().to_string())
        .with_labels(owner.map(Owner::labels).unwrap_or_default())
        .with_log_consumer(move |frame: &LogFrame| log.add(&String::from_utf8_lossy(frame.bytes())))
}

/// What the container may not do: the SQL that runs in it is somebody else's.
fn confine(host: &mut HostConfig, memory: u64) {
    host.network_mode = Some("none".to_owned());
    host.publish_all_ports = Some(false);
    host.memory = Some(i64::try_from(memory).unwrap_or(i64::MAX));
    host.pids_limit = Some(PROCESSES);
    host.tmpfs = Some(HashMap::from([(DATA_DIRECTORY.to_owned(), "rw,mode=0700".to_owned())]));
    host.security_opt = Some(vec!["no-new-privileges".to_owned()]);
    host.cap_drop = Some(vec!["ALL".to_owned()]);
    // The entry point takes these to give its directories to `postgres` and to become it.
    let needed = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];
    host.cap_add = Some(needed.map(str::to_owned).to_vec());
}

/// Tells what the engine would not do from what the server in the container would not.
fn explain(image: String, error: TestcontainersError, log: &Log) -> ServerError {
    let lines = |text: &[bytes::Bytes]| {
        let text = String::from_utf8_lossy(&text.concat()).into_owned();
        text.lines().map(str::to_owned).collect()
    };
    match error {
        TestcontainersError::WaitContainer(WaitContainerError::WaitLog(WaitLogError::EndOfStream(said))) => {
            let reason = format!("the container of {image} ended");
            ServerError::DidNotStart { reason, log: lines(&said) }
        }
        TestcontainersError::WaitContainer(WaitContainerError::StartupTimeout) => {
            let reason = format!("{image} was not ready within {} s", START_TIMEOUT.as_secs());
            ServerError::DidNotStart { reason, log: log.tail(LOG_LINES_KEPT) }
        }
        // These hold the engine's answer without naming it as their cause.
        TestcontainersError::Client(
            ClientError::CreateContainer(answer)
            | ClientError::StartContainer(answer)
            | ClientError::PullImage { err: answer, .. },
        ) => ServerError::Docker { image, reason: chain(&answer) },
        other => ServerError::Docker { image, reason: chain(&other) },
    }
}

/// An error with its causes, without those that the sentence before has already told.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// Removes containers of processes that are gone.
async fn sweep(owner: Option<&Owner>) {
    if let Some(owner) = owner {
        remove_where(HOST_LABEL, &owner.host, |run| !is_alive(run)).await;
    }
}

/// Removes the containers that carry a label and whose run is to be removed.
/// What fails here is for the next start to try again.
async fn remove_where(label: &str, value: &str, unwanted: impl Fn(&str) -> bool) {
    let Ok(engine) = docker_client_instance().await else { return };
    let filter = HashMap::from([("label", vec![format!("{label}={value}")])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filter).build();
    for container in engine.list_containers(Some(options)).await.unwrap_or_default() {
        let run = container.labels.unwrap_or_default().remove(RUN_LABEL).unwrap_or_default();
        let Some(id) = container.id.filter(|_| unwanted(&run)) else { continue };
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match engine.remove_container(&id, Some(options)).await {
            Ok(()) => tracing::info!(%id, %run, "removed a container that nobody waits for"),
            Err(error) => tracing::debug!(%id, %error, "a container could not be removed"),
        }
    }
}

/// The process that a container belongs to.
struct Owner {
    /// Host name and process number space: within it, a process number means one process.
    host: String,
    /// Process number and start time, as numbers are used again.
    run: String,
}

impl Owner {
    /// This process. None where there is no `/proc`: containers are then not labelled and never swept.
    fn this_process() -> Option<Self> {
        let host = fs_err::read_to_string("/proc/sys/kernel/hostname").ok()?;
        let numbers = fs_err::read_link("/proc/self/ns/pid").ok()?;
        let process = std::process::id();
        Some(Self {
            host: format!("{} {}", host.trim(), numbers.display()),
            run: format!("{process}-{}", start_time(process)?),
        })
    }

    fn labels(&self) -> Vec<(&str, &str)> {
        vec![(HOST_LABEL, &self.host), (RUN_LABEL, &self.run)]
    }
}

/// Whether the process of a run label is still there; a label that cannot be read counts as alive.
fn is_alive(run: &str) -> bool {
    let Some((process, started)) = run.split_once('-') else { return true };
    let Ok(process) = process.parse() else { return true };
    start_time(process).is_some_and(|now| now == started)
}

/// When a process started, in clock ticks since boot: field 22 of `/proc/PID/stat`, the 20th after the
/// program's name, which stands in parentheses and may hold anything.
fn start_time(process: u32) -> Option<String> {
    let stat = fs_err::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(19).map(str::to_owned)
}

/// The last lines that the container wrote.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<VecDeque<String>>>);

impl Log {
    fn add(&self, text: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend(text.lines().map(str::to_owned));
        let surplus = lines.len().saturating_sub(LOG_LINES_KEPT);
        lines.drain(..surplus);
    }

    fn tail(&self, lines: usize) -> Vec<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().skip(kept.len().saturating_sub(lines)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Log, image_of, is_alive, start_time};

    #[test]
    fn a_choice_is_a_tag_of_postgres_or_an_image() {
        for (choice, name, tag) in [
            ("17", "postgres", "17"),
            ("17-trixie", "postgres", "17-trixie"),
            ("postgis/postgis:17-3.5", "postgis/postgis", "17-3.5"),
            ("pgvector/pgvector", "pgvector/pgvector", "latest"),
            ("localhost:5000/pg", "localhost:5000/pg", "latest"),
            ("localhost:5000/pg:17", "localhost:5000/pg", "17"),
            ("postgres@sha256:0123abcd", "postgres@sha256", "0123abcd"),
        ] {
            assert_eq!(image_of(choice), Some((name.to_owned(), tag.to_owned())), "{choice}");
        }
        for choice in ["", "17 ", "postgres:", ":17"] {
            assert_eq!(image_of(choice), None, "{choice:?}");
        }
    }

    #[test]
    fn a_process_is_told_from_a_later_one_of_the_same_number() {
        let process = std::process::id();
        let Some(started) = start_time(process) else { return }; // no /proc on this system
        assert!(is_alive(&format!("{process}-{started}")));
        assert!(!is_alive(&format!("{process}-1")));
        assert!(!is_alive("4294967295-1"));
        assert!(is_alive("not a label of ours"));
    }

    #[test]
    fn the_log_keeps_its_last_lines() {
        let log = Log::default();
        for line in 0..300 {
            log.add(&format!("{line}\n"));
        }
        assert_eq!(log.tail(2), ["298", "299"]);
        assert_eq!(log.tail(1000).len(), 200);
    }
}
