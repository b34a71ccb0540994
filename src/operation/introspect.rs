//! `introspect`: a live database, told table by table.

use super::failure;
use super::migrate::{self, Scope};
use crate::engine::introspect;
use crate::gateway::postgres::{Ledger, Session, SessionSettings, read_schema, table_sizes};
use crate::model::answer::Head;
use crate::model::exit::ExitCode;
use crate::model::introspection::IntrospectAnswer;
use crate::model::ledger::LedgerTable;
use crate::model::report::{Failure, Stage};
use crate::model::schema::ObjectKind;

/// What `introspect` is asked to read.
#[derive(Debug, Clone)]
pub struct IntrospectRequest {
    /// Database, and the project whose settings name it, if there is one.
    pub scope: Scope,
    /// The schema, as the catalog has it.
    pub schema: String,
    /// Whether it is told what names hint at.
    pub hints: bool,
}

/// Reads tables, columns, keys and sizes; the ledger and its companions are left out. Writes nothing.
pub async fn introspect(request: &IntrospectRequest) -> IntrospectAnswer {
    let mut answer = IntrospectAnswer {
        head: Head::new("introspect"),
        schema: request.schema.clone(),
        introspected_at: None,
        tables: Vec::new(),
    };
    let result = carry_out(request, &mut answer).await;
    answer.head.conclude(result.map(|()| ExitCode::Success));
    answer
}

const NOW: &str =
    "select pg_catalog.to_char(pg_catalog.now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";

async fn carry_out(request: &IntrospectRequest, answer: &mut IntrospectAnswer) -> Result<(), Failure> {
    let (target, opened) = migrate::target_anywhere(&request.scope).await?;
    answer.head.database = Some(target.to_string());
    let session = Session::open(&target, &SessionSettings::reading()).await;
    let session = session.map_err(|error| failure::connection(Stage::Server, &target, &error))?;
    let ledger = opened.map_or_else(|| Ledger::new(LedgerTable::default()), |opened| opened.ledger);
    let refused = |error| failure::database(Stage::Server, &error);
    let structure = read_schema(&target, ledger.table()).await.map_err(refused)?;
    let sizes = table_sizes(&session, &request.schema).await.map_err(refused)?;
    answer.introspected_at = session.value(NOW).await.map_err(refused)?;
    session.close().await;
    let is_it = |name: &str| crate::model::ident::unquoted(name) == request.schema;
    if !structure.objects.keys().any(|id| id.kind == ObjectKind::Schema && is_it(&id.name)) {
        return Err(no_schema(&request.schema));
    }
    answer.tables = introspect::tables(&structure, &request.schema, &sizes, request.hints);
    Ok(())
}

fn no_schema(name: &str) -> Failure {
    let message = format!("the database has no schema {name}");
    Failure::new(Stage::Server, ExitCode::Configuration, message)
}
