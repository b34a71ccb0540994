//! Whether a database can be migrated at all, seen before the lock is taken and anything is written.

use std::time::Duration;

use super::Site;
use crate::gateway::postgres::{DatabaseError, LedgerFault, Session, SessionSettings};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;

/// How long a second connection is waited for; a pool may have one only.
const SECOND_CONNECTION: Duration = Duration::from_secs(3);

/// What a server says when columns have other types than those that are known: no such operator, another type, no such
/// cast, and texts that are no value of the type.
const OTHER_TYPES: [&str; 5] = ["42883", "42804", "42846", "22P02", "22007"];

impl Site {
    /// Refuses what cannot be migrated, by name.
    pub(super) async fn is_fit(&self, session: &Session) -> Result<(), Failure> {
        self.takes_writes(session).await?;
        if self.lends_its_sessions(session).await? {
            return Err(self.refusal(
                ExitCode::Configuration,
                "is a pooler that lends a session for one transaction: the migration lock does not hold there",
                "connect to PostgreSQL itself, or through a pool in session mode",
            ));
        }
        let fault = self.opened.ledger.fault(session, &["select", "insert", "update", "delete"]).await;
        let fault = fault.map_err(|error| self.ledger_refused(&error))?;
        fault.map_or(Ok(()), |fault| Err(self.unfit_ledger(&fault)))
    }

    async fn takes_writes(&self, session: &Session) -> Result<(), Failure> {
        let sql = "select pg_catalog.pg_is_in_recovery(), \
            pg_catalog.current_setting('default_transaction_read_only')";
        let rows = session.rows(sql).await.map_err(|error| failure::database(Stage::Server, &error))?;
        let said = |at| rows.first().and_then(|row| row.at(at));
        if said(0) == Some("t") {
            let (what, help) = ("is a standby: it takes no writes", "name the primary server");
            return Err(self.refusal(ExitCode::Database, what, help));
        }
        if said(1) == Some("on") {
            let what = "is read-only, as default_transaction_read_only says";
            return Err(self.refusal(ExitCode::Database, what, "set it to off for this role or database"));
        }
        Ok(())
    }

    /// Whether a session of ours is somebody else's between two transactions. While another connection has a
    /// transaction open, a pooler either gives it our server process or gives us another one.
    async fn lends_its_sessions(&self, session: &Session) -> Result<bool, Failure> {
        let settings = SessionSettings::reading();
        let opening = tokio::time::timeout(SECOND_CONNECTION, Session::open(&self.target, &settings)).await;
        // Without a second connection nothing can be told.
        let Ok(Ok(other)) = opening else { return Ok(false) };
        let look = async {
            let before = process(session).await?;
            other.run("begin").await?;
            let theirs = process(&other).await?;
            let after = process(session).await?;
            other.run("rollback").await?;
            Ok(theirs == before || after != before)
        };
        let lent = look.await.map_err(|error: DatabaseError| failure::database(Stage::Server, &error));
        other.close().await;
        lent
    }

    /// Why the ledger cannot be read.
    pub(super) async fn unreadable(&self, session: &Session, error: &DatabaseError) -> Failure {
        match self.opened.ledger.fault(session, &["select"]).await {
            Ok(Some(fault)) => self.unfit_ledger(&fault),
            _ if OTHER_TYPES.iter().any(|code| error.is(code)) => {
                let (table, title) = (self.opened.ledger.table().display(), self.tool().title());
                let message = format!("the ledger {table} is not as those of {title} are: {}", error.message);
                let mut failure = Failure::new(Stage::Server, ExitCode::Configuration, message);
                failure.help =
                    Some(format!("apply them with {title}, of which another version has made the ledger"));
                failure
            }
            _ => failure::in_use(failure::database(Stage::Server, error)),
        }
    }

    fn unfit_ledger(&self, fault: &LedgerFault) -> Failure {
        let table = self.opened.ledger.table().display();
        match fault {
            LedgerFault::Shape(columns) => {
                let message = format!("the table {table} is no ledger: it lacks {columns}");
                let mut failure = Failure::new(Stage::Server, ExitCode::Configuration, message);
                failure.help =
                    Some("name another table as migration.tracking_table, or rename this one".to_owned());
                failure
            }
            LedgerFault::Newer(columns) => {
                let message = format!(
                    "the ledger {table} wants a value for {columns}, of which nothing is known here: nothing was run"
                );
                let mut failure = Failure::new(Stage::Server, ExitCode::Configuration, message);
                let title = self.tool().title();
                failure.help =
                    Some(format!("apply them with {title}, of which a newer version has made the ledger"));
                failure
            }
            LedgerFault::Rights(rights) => {
                let message = format!("this role may not use the ledger {table}: it lacks {rights}");
                let mut failure = Failure::new(Stage::Server, ExitCode::Database, message);
                failure.help = Some(format!("as its owner: grant {rights} on {table} to the role"));
                failure
            }
        }
    }

    /// The database refused something about the ledger.
    pub(super) fn ledger_refused(&self, error: &DatabaseError) -> Failure {
        let mut failure = failure::database(Stage::Server, error);
        if error.is("42501") {
            let table = self.opened.ledger.table().display();
            failure.message = format!("this role may not make or use the ledger {table}: {}", error.message);
            failure.help =
                Some("grant it create on the schema, or run this once as a role that has it".to_owned());
        } else if error.is("3F000") {
            let table = self.opened.ledger.table().display();
            failure.message = format!("the ledger {table} cannot be made: {}", error.message);
            failure.help =
                Some("create the schema, or name another table as migration.tracking_table".to_owned());
        }
        failure
    }

    fn refusal(&self, code: ExitCode, what: &str, help: &str) -> Failure {
        let mut failure = Failure::new(Stage::Server, code, format!("{} {what}", self.target));
        failure.help = Some(help.to_owned());
        failure
    }
}

async fn process(session: &Session) -> Result<Option<String>, DatabaseError> {
    session.value("select pg_catalog.pg_backend_pid()").await
}
