//! A server on loopback, in a thread of its own, whose answers can break off or stand still.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

/// A request.
pub(super) struct Asked {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub authorization: Option<String>,
    pub accept: Option<String>,
    pub body: Bytes,
}

/// An answer.
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub sending: Sending,
}

/// How the body of an answer is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sending {
    /// As it should be.
    #[default]
    Whole,
    /// After so many bytes the connection is cut.
    CutAfter(usize),
    /// After so many bytes nothing comes any more.
    StallAfter(usize),
    /// In so many pieces, with a pause before each.
    Slowly(usize, Duration),
}

pub(super) type Answering = Arc<dyn Fn(Asked) -> Reply + Send + Sync>;

/// The running server, until it is dropped.
pub(super) struct Server {
    pub url: String,
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub(super) fn start(answering: Answering) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        // Tests wait for programs without letting their own runtime go on.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, answering) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, _stop: stop }
    }
}

async fn serve(listener: std::net::TcpListener, answering: Answering) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let answering = answering.clone();
        let service = service_fn(move |request| answer(answering.clone(), request));
        let connection =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // An answer that is cut ends in an error here, which is as it should be.
        tokio::spawn(async move { drop(connection.await) });
    }
}

async fn answer(
    answering: Answering,
    request: Request<Incoming>,
) -> Result<Response<UnsyncBoxBody<Bytes, io::Error>>, Infallible> {
    let (parts, body) = request.into_parts();
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let header = |name| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (authorization, accept) = (header("authorization"), header("accept"));
    let asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: query.into_owned().collect(),
        authorization,
        accept,
        // A client that was killed sends no more.
        body: body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default(),
    };
    let reply = answering(asked);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    Ok(response.body(body_of(reply.body, reply.sending)).unwrap())
}

fn body_of(body: Vec<u8>, sending: Sending) -> UnsyncBoxBody<Bytes, io::Error> {
    let body = Bytes::from(body);
    let first = |bytes: usize| body.slice(..bytes.min(body.len()));
    let pieces = match sending {
        Sending::Whole => stream::iter([Ok(body)]).boxed(),
        Sending::CutAfter(bytes) => {
            let cut = io::Error::from(io::ErrorKind::ConnectionReset);
            // What was sent before the cut is to arrive before it.
            let pause = async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(cut)
            };
            stream::iter([Ok(first(bytes))]).chain(stream::once(pause)).boxed()
        }
        Sending::StallAfter(bytes) => stream::iter([Ok(first(bytes))]).chain(stream::pending()).boxed(),
        Sending::Slowly(pieces, pause) => {
            let size = body.len().div_ceil(pieces).max(1);
            let pieces: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
            let slowly = move |piece| async move {
                tokio::time::sleep(pause).await;
                Ok(piece)
            };
            stream::iter(pieces).then(slowly).boxed()
        }
    };
    StreamBody::new(pieces.map(|piece: io::Result<Bytes>| piece.map(Frame::data))).boxed_unsync()
}
