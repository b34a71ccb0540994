//! A proxy in front of a server that counts what a client says, and cuts its connection at one message.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use confiture::gateway::scratch::SUPERUSER;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, UnixStream, tcp};
use tokio::sync::Notify;

use super::support::Production;

/// A proxy that lets a client say so much and no more.
pub(super) struct Proxy {
    port: u16,
    cut: Arc<Cut>,
}

/// Where messages are counted, those of all connections together.
struct Cut {
    said: AtomicUsize,
    at: usize,
    reached: Notify,
    let_go: Notify,
}

impl Proxy {
    /// The server carries out the `at`-th message, but its answer is lost, and the connection with it when it is let
    /// go.
    pub(super) async fn start(production: &Production, at: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut =
            Arc::new(Cut { said: AtomicUsize::new(0), at, reached: Notify::new(), let_go: Notify::new() });
        let (server, of_all) = (production.socket().join(".s.PGSQL.5432"), cut.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server.clone(), of_all.clone()));
            }
        });
        Self { port, cut }
    }

    pub(super) fn url(&self, database: &str) -> String {
        format!("postgresql://{SUPERUSER}@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// Waits until the message was carried out at which the connection is cut.
    pub(super) async fn is_cut(&self) {
        self.cut.reached.notified().await;
    }

    /// Lets the connection go that is cut.
    pub(super) fn let_go(&self) {
        self.cut.let_go.notify_one();
    }

    /// How many messages have been said.
    pub(super) fn said(&self) -> usize {
        self.cut.said.load(SeqCst)
    }
}

/// How far one connection has come.
#[derive(Default)]
struct Connection {
    /// What the server has not answered yet.
    unanswered: AtomicUsize,
    /// Whether its answers are lost.
    is_cut: AtomicBool,
}

/// Passes everything on until one side is gone or the connection is cut.
async fn pass(client: TcpStream, server: PathBuf, cut: Arc<Cut>) {
    // Else every answer would wait for the client's kernel to confirm the one before.
    client.set_nodelay(true).unwrap();
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = UnixStream::connect(server).await.unwrap().into_split();
    let connection = Connection::default();
    let back = back(&mut from_server, &mut to_client, &connection);
    tokio::pin!(back);
    tokio::select! {
        () = forward(from_client, &mut to_server, &cut, &connection) => {}
        () = &mut back => return,
    }
    if connection.is_cut.load(SeqCst) {
        if connection.unanswered.load(SeqCst) > 0 {
            back.await;
        }
        cut.reached.notify_one();
        cut.let_go.notified().await;
    }
}

/// Passes on what the client says, until it is gone or has said what it is cut at.
async fn forward(
    mut client: tcp::OwnedReadHalf,
    server: &mut OwnedWriteHalf,
    cut: &Cut,
    connection: &Connection,
) {
    let mut type_bytes = 0;
    while let Some(said) = message(&mut client, type_bytes).await {
        // The server says once that it is ready for each start, simple query and sync.
        let wants_answer = type_bytes == 0 || b"QS".contains(&said[0]);
        connection.unanswered.fetch_add(usize::from(wants_answer), SeqCst);
        type_bytes = 1;
        let is_last = cut.said.fetch_add(1, SeqCst) + 1 == cut.at;
        connection.is_cut.store(is_last, SeqCst);
        if server.write_all(&said).await.is_err() || is_last {
            return;
        }
    }
}

/// Passes on what the server says, until it is gone or has answered everything that was said before the cut.
async fn back(server: &mut OwnedReadHalf, client: &mut tcp::OwnedWriteHalf, connection: &Connection) {
    while let Some(said) = message(server, 1).await {
        // It is ready, or ready for data: the sync that asked for them is never answered.
        if b"ZG".contains(&said[0]) {
            connection.unanswered.fetch_sub(1, SeqCst);
        }
        if !connection.is_cut.load(SeqCst) {
            if client.write_all(&said).await.is_err() {
                return;
            }
        } else if connection.unanswered.load(SeqCst) == 0 {
            return;
        }
    }
}

/// A message of the protocol, with its type when it has one, or nothing when the other side is gone.
async fn message(from: &mut (impl AsyncRead + Unpin), type_bytes: usize) -> Option<Vec<u8>> {
    let mut head = vec![0; type_bytes + 4];
    from.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes(head[type_bytes..].try_into().unwrap()) as usize;
    let mut body = vec![0; length - 4];
    from.read_exact(&mut body).await.ok()?;
    head.extend(body);
    Some(head)
}
