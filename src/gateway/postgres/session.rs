//! One session on a database, opened with its limits set.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{Stream, TryReadyChunksError};
use futures_util::{SinkExt as _, TryFutureExt as _, TryStreamExt as _, pin_mut};
use serde::Serialize;
use tokio::task::JoinHandle;
use tokio_postgres::types::Kind;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::notices::Notices;
use super::{DatabaseError, Target, tls};
use crate::model::ident::{Ident, Literal};
use crate::model::notice::Notice;

/// Has the server see, while it works for a session, that nobody is there any more. Without it a statement of a process
/// that was killed runs to its end and keeps its locks, the migration lock among them.
const LOOK_FOR_US: &str = "set client_connection_check_interval = '1s';";

/// The first major version that knows it.
const LOOKS_SINCE: u32 = 14;

/// How much of `COPY` data goes into one message.
const COPY_CHUNK: usize = 1 << 18;

/// How many rows are taken in at once. As many as a processor keeps at hand.
const ROWS: usize = 256;

/// What every session sets before anything else runs. Times are in PostgreSQL's own notation.
#[derive(Debug, Clone)]
pub struct SessionSettings {
    /// `application_name`, by which an operator knows it.
    pub application_name: String,
    /// `lock_timeout`.
    pub lock_timeout: String,
    /// `statement_timeout`.
    pub statement_timeout: String,
    /// `search_path` as SQL text; absent, what the database says.
    pub search_path: Option<&'static str>,
    /// The role that the session acts as.
    pub role: Option<Ident>,
}

impl SessionSettings {
    /// For sessions that only look: short limits, and names always written in full.
    #[must_use]
    pub fn reading() -> Self {
        Self {
            application_name: "confiture read".to_owned(),
            lock_timeout: "10s".to_owned(),
            statement_timeout: "60s".to_owned(),
            search_path: Some("pg_catalog"),
            role: None,
        }
    }

    /// For sessions that make databases and roles, known by a name.
    #[must_use]
    pub fn administering(application_name: &str) -> Self {
        Self {
            application_name: application_name.to_owned(),
            statement_timeout: "10min".to_owned(),
            ..Self::reading()
        }
    }

    /// For sessions that run the project's SQL.
    #[must_use]
    pub fn migrating(statement_timeout: &str) -> Self {
        Self {
            application_name: "confiture migrate".to_owned(),
            lock_timeout: "30s".to_owned(),
            statement_timeout: statement_timeout.to_owned(),
            search_path: None,
            role: None,
        }
    }

    /// SQL that makes the session, until its transaction ends, act as the one it was opened as.
    #[must_use]
    pub fn act_as_opened_sql(&self) -> String {
        let role = self.role.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
        format!("set local session authorization default; set local role {role};")
    }

    pub(super) fn sql(&self) -> String {
        let set = |name: &str, value: &str| format!("set {name} = {};", Literal::new(value));
        let mut sql = set("application_name", &self.application_name);
        sql += &set("lock_timeout", &self.lock_timeout);
        sql += &set("statement_timeout", &self.statement_timeout);
        sql += &set("idle_in_transaction_session_timeout", "10min");
        sql += &match self.search_path {
            Some(path) => format!("set search_path = {path};"),
            None => "set search_path to default;".to_owned(),
        };
        if let Some(role) = &self.role {
            sql += &format!("set role {role};");
        }
        sql
    }
}

/// A session. Dropping it closes the connection, some time after; [`Session::close`] waits for that.
pub struct Session {
    client: Client,
    connection: JoinHandle<()>,
    notices: Arc<Notices>,
    /// What is set beside the limits: [`LOOK_FOR_US`] where the server can.
    beside: &'static str,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    /// Connects and sets the session's limits.
    pub async fn open(target: &Target, settings: &SessionSettings) -> Result<Self, DatabaseError> {
        let mut config = target.config.clone();
        config.connect_timeout(std::time::Duration::from_secs(10));
        let (client, connection) = config.connect(tls::connector(target.verify_tls)?).await?;
        let looks = connection.parameter("server_version").is_some_and(looks_for_us);
        let notices = Arc::new(Notices::default());
        let connection = tokio::spawn(Arc::clone(&notices).drive(connection));
        let beside = if looks { LOOK_FOR_US } else { "" };
        let mut session = Self { client, connection, notices, beside };
        let limits = settings.sql();
        let (limited, looks) = session.run_both(&limits, beside).await;
        limited?;
        // Some operating systems cannot tell the server.
        if looks.is_err() {
            session.beside = "";
        }
        Ok(session)
    }

    /// Waits until the server has something to say beside its answers, and takes it.
    pub async fn noticed(&self) -> Vec<Notice> {
        self.notices.next().await
    }

    /// Forgets what the server has said beside its answers so far.
    pub fn forget_notices(&self) {
        self.notices.take();
    }

    /// SQL that puts the session back to how it was opened.
    #[must_use]
    pub fn reset_sql(&self, settings: &SessionSettings) -> String {
        let (limits, beside) = (settings.sql(), self.beside);
        format!("reset session authorization; reset role; reset all;{limits}{beside}")
    }

    /// Closes the session and waits until it is closed, so that its database can be copied or dropped.
    pub async fn close(self) {
        let Self { client, connection, .. } = self;
        // The driver says goodbye when the client goes.
        drop(client);
        let _ = connection.await;
    }

    /// Runs SQL and forgets what it returns.
    pub async fn run(&self, sql: &str) -> Result<(), DatabaseError> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Runs statements in one transaction, which is one message: of them all is kept or nothing.
    pub async fn run_as_one(
        &self,
        statements: impl IntoIterator<Item = String>,
    ) -> Result<(), DatabaseError> {
        let mut sql = "begin; ".to_owned();
        for statement in statements {
            sql += &statement;
            sql += "; ";
        }
        self.run(&(sql + "commit")).await
    }

    /// Runs one statement and counts the rows that it changed.
    pub async fn count(&self, sql: &str) -> Result<u64, DatabaseError> {
        let messages = self.client.simple_query(sql).await?;
        let counts = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::CommandComplete(rows) => Some(rows),
            _ => None,
        });
        Ok(counts.sum())
    }

    /// Runs two pieces of SQL without waiting for the first before sending the second.
    pub async fn run_both(
        &self,
        first: &str,
        second: &str,
    ) -> (Result<(), DatabaseError>, Result<(), DatabaseError>) {
        futures_util::future::join(self.run(first), self.run(second)).await
    }

    /// Runs statements that are sent together. The error comes with how many of them had run by then.
    pub async fn run_together(&self, sql: &str) -> Result<(), (usize, DatabaseError)> {
        let mut done = 0;
        let messages = self.client.simple_query_raw(sql).await.map_err(|error| (done, error.into()))?;
        pin_mut!(messages);
        loop {
            match messages.try_next().await {
                Ok(Some(SimpleQueryMessage::CommandComplete(_))) => done += 1,
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                Err(error) => return Err((done, error.into())),
            }
        }
    }

    /// Runs one `COPY … FROM stdin` with its data.
    pub async fn copy_in(&self, statement: &str, data: &[u8]) -> Result<u64, DatabaseError> {
        let sink = self.client.copy_in::<_, Bytes>(statement).await?;
        pin_mut!(sink);
        for chunk in data.chunks(COPY_CHUNK) {
            sink.send(Bytes::copy_from_slice(chunk)).await?;
        }
        Ok(sink.finish().await?)
    }

    /// Runs one `COPY … TO stdout` and forgets what it sends.
    pub async fn copy_out(&self, statement: &str) -> Result<(), DatabaseError> {
        let sent = self.client.copy_out(statement).await?;
        Ok(sent.try_for_each(|_| std::future::ready(Ok(()))).await?)
    }

    /// Runs one `COPY … TO stdout` for what it sends: a character for each byte.
    pub async fn copied(&self, statement: &str) -> Result<Answer, DatabaseError> {
        let sent = self.client.copy_out(statement).await?;
        let text = |bytes: Bytes| bytes.iter().map(|byte| char::from(*byte)).collect();
        let copied: Vec<String> = sent.map_ok(text).try_collect().await?;
        Ok(Answer { copied, ..Answer::default() })
    }

    /// The rows of a query, every value as text.
    pub async fn rows(&self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        self.rows_as_they_come(sql.to_owned()).try_concat().await
    }

    /// The rows of a query as they come, some at a time.
    pub fn rows_as_they_come(
        &self,
        sql: String,
    ) -> impl Stream<Item = Result<Vec<Row>, DatabaseError>> + Send + '_ {
        let messages = async move { self.client.simple_query_raw(&sql).await }.try_flatten_stream();
        let rows = messages.try_filter_map(async |message| match message {
            SimpleQueryMessage::Row(row) => Ok(Some(Row(row))),
            _ => Ok(None),
        });
        rows.try_ready_chunks(ROWS).map_err(|TryReadyChunksError(_, error)| error.into())
    }

    /// Runs one statement for what it answers. A statement that returns rows is looked at first, for the types of its
    /// columns.
    pub async fn answer(&self, sql: &str, returns_rows: bool) -> Result<Answer, DatabaseError> {
        let columns = if returns_rows {
            self.client.prepare(sql).await?.columns().iter().map(Column::of).collect()
        } else {
            Vec::new()
        };
        let mut answer = Answer { columns: (!columns.is_empty()).then_some(columns), ..Answer::default() };
        for message in self.client.simple_query(sql).await? {
            match message {
                SimpleQueryMessage::Row(row) => {
                    answer.rows.push((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect());
                }
                SimpleQueryMessage::CommandComplete(count) => answer.count = count,
                _ => {}
            }
        }
        Ok(answer)
    }

    /// The first value of the first row, when there is one.
    pub async fn value(&self, sql: &str) -> Result<Option<String>, DatabaseError> {
        Ok(self.rows(sql).await?.first().and_then(|row| row.at(0)).map(str::to_owned))
    }
}

/// Whether a server of this version can look for whom it works for.
fn looks_for_us(version: &str) -> bool {
    let digits = version.split(|character: char| !character.is_ascii_digit()).next();
    digits.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= LOOKS_SINCE)
}

/// A row whose values are text.
pub struct Row(SimpleQueryRow);

impl Row {
    /// The value of a column by its place.
    pub fn at(&self, index: usize) -> Option<&str> {
        self.0.try_get(index).ok().flatten()
    }

    /// The value of a column by its name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.try_get(name).ok().flatten()
    }

    /// The columns by name, in order, with their values.
    pub fn columns(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.columns().iter().enumerate().map(|(index, column)| (column.name(), self.at(index)))
    }
}

/// What a statement answers, every value as text.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Answer {
    /// The columns of the rows; absent, it returns none.
    pub columns: Option<Vec<Column>>,
    /// The rows.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows it returned or changed.
    pub count: u64,
    /// What a `COPY` sent, piece by piece.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copied: Vec<String>,
}

/// A column of an answer.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The server's number of its type; of a domain that of the type below.
    #[serde(rename = "type")]
    pub kind: u32,
    /// The same of its elements, when it is an array.
    pub of: Option<u32>,
}

impl Column {
    fn of(column: &tokio_postgres::Column) -> Self {
        let kind = match column.type_().kind() {
            Kind::Domain(below) => below,
            _ => column.type_(),
        };
        let of = if let Kind::Array(element) = kind.kind() { Some(element.oid()) } else { None };
        Self { name: column.name().to_owned(), kind: kind.oid(), of }
    }
}
