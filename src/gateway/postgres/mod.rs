//! PostgreSQL: connecting, sessions, running statements, the ledger, the catalog.
//!
//! Only this room imports `tokio_postgres`, and none of its types leave the gateway.

mod admin;
mod beside;
mod blockers;
mod catalog;
mod error;
mod journal;
mod keys;
mod ledger;
mod lock;
mod notices;
mod pool;
mod replicas;
mod rows;
mod session;
mod sizes;
mod stamp;
mod statement_log;
mod target;
mod tls;
mod traces;

pub use admin::Admin;
pub(crate) use beside::beside_sessions;
pub use blockers::blockers;
pub use catalog::{Prepared, properties_between, read_schema, read_schema_within};
pub use error::DatabaseError;
pub use journal::{Entry, Journal, StatementState};
pub use keys::{Key, keys};
pub use ledger::{Ledger, LedgerFault, NewRow};
pub use lock::{LockError, LockHolder, LockProof};
pub use pool::pool;
pub use replicas::{end_of_log, replicas_behind, sees_replicas};
pub use rows::takes_copy;
pub use session::{Answer, Column, Session, SessionSettings};
pub use sizes::{table_size, table_sizes};
pub use stamp::{Contents, contents, stamp_sql};
pub use statement_log::{LOGGING, LoggedStatement, StatementLog};
pub use target::{Target, UrlError};
pub use traces::{AS_NEW, FORGET_PREPARED, Traces};
