//! The statements that a server was sent by somebody else, from the log that it writes of them.
//!
//! The server writes rows of comma-separated values, which it is then asked to read back itself: no second reader of
//! its format, and a log in a container is as near as one here.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{DatabaseError, Session, SessionSettings, Target};
use crate::model::ident::{Ident, Literal};

/// What a server has to be started with to write such a log.
pub const LOGGING: [&str; 7] = [
    "logging_collector=on",
    "log_destination=csvlog",
    "log_directory=log",
    "log_filename=statements.log",
    "log_rotation_age=0",
    "log_rotation_size=0",
    "lc_messages=C",
];

/// How often, and how long each time, what was written last is waited for.
const LOOKS: u32 = 1000;
const PAUSE: Duration = Duration::from_millis(10);

/// What a session is told that was still there when its command had ended: we have ended it.
const ENDED_BY_US: &str = "57P01";

/// How many rows of a log are read: who sends more than that is not read by anybody.
const MOST_ROWS: usize = 200_000;

/// A statement that a server was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedStatement {
    /// Its text as it was sent, which may be several.
    pub text: String,
    /// What was sent for its parameters, as the server writes it down.
    pub parameters: Option<String>,
    /// How long it took, in milliseconds; absent, it did not end well.
    pub milliseconds: Option<f64>,
    /// Why it was refused.
    pub error: Option<DatabaseError>,
}

/// A log of what one role sends to one database.
#[derive(Debug)]
pub struct StatementLog {
    session: Session,
    role: String,
    database: String,
    begin: String,
}

impl StatementLog {
    /// Begins to have everything written down that `role` sends. `admin` is a superuser of the server, which was
    /// started with [`LOGGING`]; `mark` is a word that nobody else says.
    pub async fn begin(
        admin: &Target,
        role: &str,
        database: &str,
        mark: &str,
    ) -> Result<Self, DatabaseError> {
        let session = Session::open(admin, &SessionSettings::administering("confiture log")).await?;
        let name = Ident::new(role);
        let begin = format!("{mark} begins");
        let sql = format!(
            "alter role {name} set log_statement = 'all'; alter role {name} set log_duration = on; {}",
            say(&begin)
        );
        session.run(&sql).await?;
        Ok(Self { session, role: role.to_owned(), database: database.to_owned(), begin })
    }

    /// Ends every session of the role and reads what was written down of them, in order.
    pub async fn end(self) -> Result<Vec<LoggedStatement>, DatabaseError> {
        let name = Ident::new(self.role.as_str());
        let reset = format!("alter role {name} reset log_statement; alter role {name} reset log_duration");
        self.session.run(&reset).await?;
        self.end_sessions().await?;
        let end = self.begin.replace(" begins", " ends");
        self.session.run(&say(&end)).await?;
        let file = self.written(&end).await?;
        let rows = self.read(&file).await;
        self.session.close().await;
        rows
    }

    /// What was left running has nothing more to do here.
    async fn end_sessions(&self) -> Result<(), DatabaseError> {
        let sql = format!(
            "select pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid)) from pg_catalog.pg_stat_activity a \
             where a.usename = {}",
            Literal::new(self.role.as_str())
        );
        self.until(&sql, "0", "sessions of the command that do not end").await
    }

    /// Waits until the log's file has its last line, and says where it is.
    async fn written(&self, end: &str) -> Result<String, DatabaseError> {
        let file = "select pg_catalog.current_setting('data_directory') || '/' || \
             pg_catalog.pg_current_logfile('csvlog')";
        let missing = || DatabaseError::plain("the server writes no log of statements");
        let file = self.session.value(file).await?.ok_or_else(missing)?;
        let path = Literal::new(file.as_str());
        let sql = format!(
            "select (pg_catalog.strpos(pg_catalog.convert_from(pg_catalog.pg_read_binary_file({path}, \
               greatest((pg_catalog.pg_stat_file({path})).size - 2000, 0), 2000), 'SQL_ASCII'), {}) > 0)::text",
            Literal::new(end)
        );
        self.until(&sql, "true", "a log of statements that is not written").await?;
        Ok(file)
    }

    async fn until(&self, sql: &str, wanted: &str, what: &str) -> Result<(), DatabaseError> {
        for _ in 0..LOOKS {
            if self.session.value(sql).await?.as_deref() == Some(wanted) {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(DatabaseError::plain(format!("waited in vain: {what}")))
    }

    async fn read(&self, file: &str) -> Result<Vec<LoggedStatement>, DatabaseError> {
        let version = self.session.value("select current_setting('server_version_num')").await?;
        let major = version.and_then(|text| text.parse::<u32>().ok()).unwrap_or_default() / 10_000;
        // What the log has of a statement comes first; newer servers add to its end.
        let columns: Vec<String> = (1..=if major < 14 { 24 } else { 26 }).map(|n| format!("c{n}")).collect();
        let typed: Vec<String> = columns.iter().map(|column| format!("{column} text")).collect();
        let table = "pg_temp.confiture_log";
        self.session
            .run(&format!(
                "create temp table confiture_log (n bigint generated always as identity, {}); \
                 copy {table} ({}) from {} with (format csv)",
                typed.join(", "),
                columns.join(", "),
                Literal::new(file)
            ))
            .await?;
        let sql = format!(
            "select c6, c12, c13, c14, c15, c16, c19, c20, c21 from {table} \
             where c2 = {} and c3 = {} and n > (select max(n) from {table} where c14 = {}) \
             order by n limit {MOST_ROWS}",
            Literal::new(self.role.as_str()),
            Literal::new(self.database.as_str()),
            Literal::new(self.begin.as_str())
        );
        let mut heard = Heard::default();
        for row in &self.session.rows(&sql).await? {
            let [session, severity, code, message, detail, hint, context, query, position] =
                std::array::from_fn(|at| row.at(at));
            let text = |text: Option<&str>| text.map(str::to_owned);
            let session = session.unwrap_or_default();
            if code == Some(ENDED_BY_US) {
                continue;
            }
            if severity == Some("LOG") {
                heard.log(session, message.unwrap_or_default(), detail);
            } else if matches!(severity, Some("ERROR" | "FATAL" | "PANIC")) {
                let error = DatabaseError {
                    message: message.unwrap_or_default().to_owned(),
                    sqlstate: text(code),
                    detail: text(detail),
                    hint: text(hint),
                    context: text(context),
                    position: position.and_then(|at| at.parse().ok()),
                };
                heard.error(session, query, error);
            }
        }
        Ok(heard.statements)
    }
}

/// Has the server write a line into its log.
fn say(text: &str) -> String {
    let said = format!("begin raise log using message = {}; end", Literal::new(text));
    format!("do {}", Literal::new(said))
}

/// What was heard so far.
#[derive(Debug, Default)]
struct Heard {
    statements: Vec<LoggedStatement>,
    /// The last statement of each session.
    last: BTreeMap<String, usize>,
}

impl Heard {
    fn log(&mut self, session: &str, message: &str, detail: Option<&str>) {
        if let Some(time) = message.strip_prefix("duration: ").and_then(|rest| rest.strip_suffix(" ms")) {
            if let Some(last) = self.last(session).filter(|last| last.error.is_none()) {
                last.milliseconds = last.milliseconds.or(time.parse().ok());
            }
        } else if let Some(text) = sent(message) {
            self.add(session, text, detail);
        }
    }

    fn error(&mut self, session: &str, query: Option<&str>, error: DatabaseError) {
        let is_known = |last: &&mut LoggedStatement| query.is_none_or(|query| query == last.text);
        match self.last(session).filter(is_known) {
            Some(last) if last.error.is_none() => last.error = Some(error),
            // What is no SQL is refused before it is written down as a statement.
            _ => self.add(session, query.unwrap_or_default(), None).error = Some(error),
        }
    }

    fn last(&mut self, session: &str) -> Option<&mut LoggedStatement> {
        self.statements.get_mut(*self.last.get(session)?)
    }

    fn add(&mut self, session: &str, text: &str, detail: Option<&str>) -> &mut LoggedStatement {
        let at = self.statements.len();
        self.last.insert(session.to_owned(), at);
        let (text, parameters) = (text.to_owned(), detail.map(str::to_owned));
        self.statements.push(LoggedStatement { text, parameters, milliseconds: None, error: None });
        &mut self.statements[at]
    }
}

/// The text of a statement as the server says that it was sent: by itself, or prepared under a name.
fn sent(message: &str) -> Option<&str> {
    match message.strip_prefix("statement: ") {
        Some(text) => Some(text),
        None => message.strip_prefix("execute ")?.split_once(": ").map(|(_, text)| text),
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseError, Heard};

    #[test]
    fn a_statement_is_told_with_its_time_and_its_error_whichever_session_speaks_between() {
        let mut heard = Heard::default();
        heard.log("a", "statement: create table t (i int)", None);
        heard.log("b", "execute s1: insert into t values ($1)", Some("parameters: $1 = '7'"));
        heard.log("a", "duration: 1.5 ms", None);
        heard.error("b", Some("insert into t values ($1)"), DatabaseError::plain("no"));
        heard.log("b", "duration: 9 ms", None);
        heard.error("a", Some("selekt"), DatabaseError::plain("what?"));
        let told: Vec<_> = heard
            .statements
            .iter()
            .map(|one| {
                (one.text.as_str(), one.milliseconds, one.error.as_ref().map(|why| why.message.as_str()))
            })
            .collect();
        assert_eq!(
            told,
            [
                ("create table t (i int)", Some(1.5), None),
                ("insert into t values ($1)", None, Some("no")),
                ("selekt", None, Some("what?")),
            ]
        );
        assert_eq!(heard.statements[1].parameters.as_deref(), Some("parameters: $1 = '7'"));
    }
}
