//! The ledger table.

use std::collections::BTreeMap;

use super::{DatabaseError, LockProof, Session};
use crate::model::ident::{Ident, Literal};
use crate::model::ledger::{LedgerRow, LedgerTable};
use crate::model::migration::{Migration, Version};

/// The ledger of the database that a session is on.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    table: LedgerTable,
}

/// A row to be written.
#[derive(Debug, Clone)]
pub struct NewRow<'a> {
    /// The migration's version.
    pub version: &'a Version,
    /// The migration's name.
    pub name: &'a str,
    /// SHA-256 of the up file in hexadecimal.
    pub checksum: &'a str,
    /// How long it took, in milliseconds.
    pub execution_time_ms: u64,
    /// Why it was not applied but only marked, such as `baseline`.
    pub reason: Option<&'a str>,
}

impl<'a> NewRow<'a> {
    /// The row of a migration that is not run, and why.
    #[must_use]
    pub fn marked(migration: &'a Migration, reason: &'a str) -> Self {
        Self {
            version: &migration.version,
            name: &migration.name,
            checksum: &migration.up.checksum,
            execution_time_ms: 0,
            reason: Some(reason),
        }
    }
}

/// What keeps a table from being a ledger that a role can write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerFault {
    /// It lacks these columns, so that it is another table.
    Shape(String),
    /// The role lacks these rights on it.
    Rights(String),
}

impl Ledger {
    /// The ledger in this table.
    #[must_use]
    pub fn new(table: LedgerTable) -> Self {
        Self { table }
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &LedgerTable {
        &self.table
    }

    /// Whether the table is there. Writes nothing.
    pub async fn exists(&self, session: &Session) -> Result<bool, DatabaseError> {
        let name = Literal::new(self.qualified());
        let found = session.value(&format!("select pg_catalog.to_regclass({name})::text")).await?;
        Ok(found.is_some())
    }

    /// The rows in order of version; none when there is no table. Writes nothing.
    ///
    /// Rows that were folded into a later baseline are history and left out.
    pub async fn rows(&self, session: &Session) -> Result<Vec<LedgerRow>, DatabaseError> {
        if !self.exists(session).await? {
            return Ok(Vec::new());
        }
        let sql = format!(
            "select l.version, l.name, l.checksum, \
               pg_catalog.to_char(l.applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
               pg_catalog.to_jsonb(l) ->> 'execution_time_ms', pg_catalog.to_jsonb(l) ->> 'applied_by' \
             from {} l where (pg_catalog.to_jsonb(l) ->> 'archived_into') is null",
            self.qualified()
        );
        let rows = session.rows(&sql).await?;
        let mut rows: Vec<LedgerRow> = rows
            .iter()
            .map(|row| LedgerRow {
                version: Version::new(row.at(0).unwrap_or_default()),
                name: row.at(1).unwrap_or_default().to_owned(),
                checksum: row.at(2).map(str::to_owned),
                applied_at: row.at(3).map(str::to_owned),
                execution_time_ms: row.at(4).and_then(|time| time.parse().ok()),
                applied_by: row.at(5).map(str::to_owned),
            })
            .collect();
        rows.sort_by(|left, right| left.version.cmp(&right.version));
        Ok(rows)
    }

    /// The rows as they are written, by version: what another ledger takes as it is.
    pub async fn rows_as_written(
        &self,
        session: &Session,
    ) -> Result<BTreeMap<Version, String>, DatabaseError> {
        let sql = format!("select l.version, pg_catalog.to_jsonb(l) from {} l", self.qualified());
        let rows = session.rows(&sql).await?;
        let written = rows.iter().filter_map(|row| Some((Version::new(row.at(0)?), row.at(1)?.to_owned())));
        Ok(written.collect())
    }

    /// The statement that writes a row as another ledger has it.
    #[must_use]
    pub fn insert_as_written(&self, row: &str, _: &LockProof) -> String {
        const COLUMNS: &str = "slug, version, name, applied_at, execution_time_ms, checksum, applied_by";
        format!(
            "insert into {} ({COLUMNS}) select {COLUMNS} from pg_catalog.jsonb_to_record({}::pg_catalog.jsonb) \
             r(slug text, version text, name text, applied_at timestamptz, execution_time_ms integer, \
               checksum text, applied_by text)",
            self.qualified(),
            Literal::new(row)
        )
    }

    /// What keeps the role from using the table with these rights, when it is there.
    pub async fn fault(
        &self,
        session: &Session,
        rights: &[&str],
    ) -> Result<Option<LedgerFault>, DatabaseError> {
        let rights: Vec<String> = rights.iter().map(|right| Literal::new(*right).to_string()).collect();
        let rows = session
            .rows(&format!(
                "select pg_catalog.array_to_string(array( \
                     select w from pg_catalog.unnest(array['slug', 'version', 'name', 'applied_at', 'checksum', \
                       'execution_time_ms']) w \
                     where not exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid \
                       and a.attname = w and a.attnum > 0 and not a.attisdropped)), ', '), \
                   pg_catalog.array_to_string(array( \
                     select p from pg_catalog.unnest(array[{}]) p \
                     where not pg_catalog.has_table_privilege(c.oid, p)), ', ') \
                 from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass({})",
                rights.join(", "),
                Literal::new(self.qualified())
            ))
            .await?;
        let lacks = |at: usize| {
            let text = rows.first().and_then(|row| row.at(at)).filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        Ok(lacks(0).map(LedgerFault::Shape).or_else(|| lacks(1).map(LedgerFault::Rights)))
    }

    /// Makes the table, or the columns that an older one lacks. Takes ACCESS EXCLUSIVE on it when it adds any.
    pub async fn ensure(&self, session: &Session, _: &LockProof) -> Result<(), DatabaseError> {
        let table = self.qualified();
        if self.exists(session).await? {
            return self.add_missing_columns(session).await;
        }
        let base = self.table.name().name.as_str();
        let index = |column: &str| Ident::new(format!("idx_{base}_{column}"));
        session
            .run(&format!(
                "begin; \
                 create table {table} ( \
                   id uuid primary key default pg_catalog.gen_random_uuid(), \
                   pk_confiture bigint generated always as identity unique, \
                   slug text not null unique, \
                   version varchar(255) not null unique, \
                   name varchar(255) not null, \
                   applied_at timestamptz not null default pg_catalog.now(), \
                   execution_time_ms integer, \
                   checksum varchar(64), \
                   applied_by text, \
                   archived_into varchar(255)); \
                 create index {} on {table} (pk_confiture); \
                 create index {} on {table} (slug); \
                 create index {} on {table} (version); \
                 create index {} on {table} (applied_at desc); \
                 commit",
                index("pk_confiture"),
                index("slug"),
                index("version"),
                index("applied_at"),
            ))
            .await
    }

    async fn add_missing_columns(&self, session: &Session) -> Result<(), DatabaseError> {
        let table = self.qualified();
        let sql = format!(
            "select count(*) from pg_catalog.pg_attribute a where a.attrelid = {}::pg_catalog.regclass \
             and a.attname in ('applied_by', 'archived_into') and not a.attisdropped",
            Literal::new(table.as_str())
        );
        if session.value(&sql).await?.as_deref() == Some("2") {
            return Ok(());
        }
        session
            .run(&format!(
                "alter table {table} add column if not exists applied_by text, \
                 add column if not exists archived_into varchar(255)"
            ))
            .await
    }

    /// The statement that writes one row.
    #[must_use]
    pub fn insert(&self, row: &NewRow<'_>, _: &LockProof) -> String {
        let reason = row.reason.map(|reason| format!("_{reason}")).unwrap_or_default();
        format!(
            "insert into {} (slug, version, name, execution_time_ms, checksum, applied_by) values \
             ({} || '_' || {version} || '_' || pg_catalog.to_char(pg_catalog.now(), 'YYYYMMDD_HH24MISS') || {}, \
              {version}, {}, {}, {}, current_user)",
            self.qualified(),
            Literal::new(row.name),
            Literal::new(reason),
            Literal::new(row.name),
            row.execution_time_ms.min(2_147_483_647),
            Literal::new(row.checksum),
            version = Literal::new(row.version.as_str()),
        )
    }

    /// Writes the rows of migrations that are not run, all or none, and why.
    pub async fn mark(
        &self,
        session: &Session,
        migrations: impl IntoIterator<Item = &Migration>,
        reason: &str,
        lock: &LockProof,
    ) -> Result<(), DatabaseError> {
        let rows = migrations.into_iter().map(|migration| NewRow::marked(migration, reason));
        session.run_as_one(rows.map(|row| self.insert(&row, lock))).await
    }

    /// The statement that removes the row of a version.
    #[must_use]
    pub fn delete(&self, version: &Version, _: &LockProof) -> String {
        format!("delete from {} where version = {}", self.qualified(), Literal::new(version.as_str()))
    }

    /// The statement that removes every row.
    #[must_use]
    pub fn clear(&self, _: &LockProof) -> String {
        format!("delete from {}", self.qualified())
    }

    /// The statement that writes the checksum of a version's file anew.
    #[must_use]
    pub fn set_checksum(&self, version: &Version, checksum: &str, _: &LockProof) -> String {
        let (checksum, version) = (Literal::new(checksum), Literal::new(version.as_str()));
        format!("update {} set checksum = {checksum} where version = {version}", self.qualified())
    }

    /// The table's name as SQL, always with a schema: a migration may have left any `search_path`.
    fn qualified(&self) -> String {
        let name = self.table.name();
        match &name.schema {
            Some(_) => name.to_string(),
            None => format!("public.{name}"),
        }
    }
}
