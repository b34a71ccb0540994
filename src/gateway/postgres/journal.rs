//! The journal beside the ledger: how far a migration has come that runs outside a transaction.

use super::{DatabaseError, Ledger, LockProof, Session};
use crate::model::ident::{Ident, Literal, QualifiedName};
use crate::model::migration::Version;
use crate::sql::LeftBehind;

/// What the journal's table is called, after the ledger's name.
const SUFFIX: &str = "_steps";

/// The journal of a ledger.
#[derive(Debug, Clone)]
pub struct Journal {
    table: QualifiedName,
}

/// How far one statement has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum StatementState {
    /// It was begun, and nobody has written how it ended.
    Running,
    /// The database refused it.
    Failed,
    /// It was carried out.
    Done,
}

/// One statement in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The migration's version.
    pub version: Version,
    /// `up` or `down`, or `before` for what runs before the file that goes forward.
    pub stage: String,
    /// The statement, counted from 0.
    pub index: usize,
    /// How far it has come.
    pub state: StatementState,
    /// SHA-256 of its file in hexadecimal.
    pub checksum: String,
    /// The key of the last row that is done, of a statement that runs part by part.
    pub cursor: Option<String>,
    /// How many rows such a statement has changed.
    pub rows_done: u64,
}

impl Entry {
    /// The command that goes on with it, `up` or `down`.
    #[must_use]
    pub fn command(&self) -> &str {
        if self.stage == "down" { "down" } else { "up" }
    }
}

impl Journal {
    /// The journal that stands beside a ledger.
    #[must_use]
    pub fn beside(ledger: &Ledger) -> Self {
        let name = ledger.table().name();
        let schema = name.schema.clone().unwrap_or_else(|| Ident::new("public"));
        let table = Ident::new(format!("{}{SUFFIX}", name.name.as_str()));
        Self { table: QualifiedName { schema: Some(schema), name: table } }
    }

    /// What it says; nothing when there is no table. Writes nothing.
    pub async fn entries(&self, session: &Session) -> Result<Vec<Entry>, DatabaseError> {
        let name = Literal::new(self.table.to_string());
        let there = session.value(&format!("select pg_catalog.to_regclass({name})::text")).await?;
        if there.is_none() {
            return Ok(Vec::new());
        }
        // A table of the Python tool's has no checksum, and other stages.
        let sql = format!(
            "select j.migration, j.stage, j.plan_index, j.state, pg_catalog.to_jsonb(j) ->> 'checksum', \
               j.batch_cursor, j.rows_done \
             from {} j where j.stage in ('up', 'down', 'before') order by j.plan_index",
            self.table
        );
        let rows = session.rows(&sql).await?;
        let entries = rows.iter().filter_map(|row| {
            Some(Entry {
                version: Version::new(row.at(0)?),
                stage: row.at(1)?.to_owned(),
                index: row.at(2)?.parse().ok()?,
                state: row.at(3)?.parse().ok()?,
                checksum: row.at(4)?.to_owned(),
                cursor: row.at(5).map(str::to_owned),
                rows_done: row.at(6)?.parse().ok()?,
            })
        });
        Ok(entries.collect())
    }

    /// Makes the table, or the column that one of the Python tool's lacks.
    pub async fn ensure(&self, session: &Session, _: &LockProof) -> Result<(), DatabaseError> {
        let table = &self.table;
        let name = Literal::new(table.to_string());
        let there = session
            .value(&format!(
                "select pg_catalog.bool_or(a.attname = 'checksum') from pg_catalog.pg_attribute a \
                 where a.attrelid = pg_catalog.to_regclass({name}) and a.attnum > 0 and not a.attisdropped"
            ))
            .await?;
        match there.as_deref() {
            Some("t") => Ok(()),
            Some(_) => session.run(&format!("alter table {table} add column checksum varchar(64)")).await,
            None => {
                session
                    .run(&format!(
                        "create table {table} ( \
                           migration text not null, \
                           plan_index integer not null, \
                           stage text not null, \
                           state text not null, \
                           batch_cursor text, \
                           rows_done bigint not null default 0, \
                           updated_at timestamptz not null default pg_catalog.now(), \
                           checksum varchar(64), \
                           primary key (migration, plan_index, stage))"
                    ))
                    .await
            }
        }
    }

    /// The statement that writes one entry, whether or not it is there.
    #[must_use]
    pub fn write(&self, entry: &Entry, _: &LockProof) -> String {
        format!(
            "insert into {} as j (migration, plan_index, stage, state, checksum, batch_cursor, rows_done, updated_at) \
             values ({}, {}, {}, {}, {}, {}, {}, pg_catalog.now()) \
             on conflict (migration, plan_index, stage) do update \
             set state = excluded.state, checksum = excluded.checksum, batch_cursor = excluded.batch_cursor, \
               rows_done = excluded.rows_done, updated_at = excluded.updated_at",
            self.table,
            Literal::new(entry.version.as_str()),
            entry.index,
            Literal::new(entry.stage.as_str()),
            Literal::new(entry.state.to_string()),
            Literal::new(entry.checksum.as_str()),
            entry.cursor.as_deref().map_or_else(|| "null".to_owned(), |key| Literal::new(key).to_string()),
            entry.rows_done,
        )
    }

    /// Statements that forget what it says of migrations that are marked as applied; none where it says nothing.
    pub async fn forget_marked(
        &self,
        session: &Session,
        marked: &[&Version],
    ) -> Result<Vec<String>, DatabaseError> {
        let entries = self.entries(session).await?;
        let is_known = |version: &Version| entries.iter().any(|entry| entry.version == *version);
        let known = marked.iter().filter(|version| is_known(version));
        Ok(known.map(|version| self.forget(version)).collect())
    }

    /// The statement that forgets a migration.
    #[must_use]
    pub fn forget(&self, version: &Version) -> String {
        format!("delete from {} where migration = {}", self.table, Literal::new(version.as_str()))
    }

    /// Drops what an interrupted statement has left, as far as it is not valid. Names are looked up as the session
    /// would.
    pub async fn drop_invalid(
        &self,
        session: &Session,
        left: &LeftBehind,
        _: &LockProof,
    ) -> Result<(), DatabaseError> {
        let condition = match left {
            LeftBehind::Index(table, index) => format!(
                "i.indrelid = pg_catalog.to_regclass({}) and c.relname = {}",
                Literal::new(table.to_string()),
                Literal::new(index.as_str()),
            ),
            LeftBehind::Rebuilt(relation) => {
                let relation = Literal::new(relation.to_string());
                format!(
                    "c.relname ~ '_cc(new|old)[0-9]*$' and i.indrelid in ( \
                       select pg_catalog.to_regclass({relation})::oid union all \
                       select x.indrelid from pg_catalog.pg_index x \
                       where x.indexrelid = pg_catalog.to_regclass({relation}))"
                )
            }
        };
        let rows = session
            .rows(&format!(
                "select pg_catalog.format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_index i \
                 join pg_catalog.pg_class c on c.oid = i.indexrelid \
                 join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                 where {condition} and not i.indisvalid"
            ))
            .await?;
        for index in rows.iter().filter_map(|row| row.at(0)) {
            session.run(&format!("drop index concurrently {index}")).await?;
        }
        Ok(())
    }
}
