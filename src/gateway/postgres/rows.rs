//! Whether rows may be put into a table another way than it is written.

use super::{DatabaseError, Session};
use crate::model::ident::Literal;

/// Whether `COPY` does to a table what `INSERT` does: it knows no rules and no row security, and overrides columns that
/// are always generated.
pub async fn takes_copy(session: &Session, table: &str) -> Result<bool, DatabaseError> {
    let sql = format!(
        "select c.relkind in ('r', 'p') and not c.relhasrules and not c.relrowsecurity and not exists ( \
           select 1 from pg_catalog.pg_attribute a \
           where a.attrelid = c.oid and (a.attidentity = 'a' or a.attgenerated <> '')) \
         from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass({})",
        Literal::new(table)
    );
    Ok(session.value(&sql).await?.as_deref() == Some("t"))
}
