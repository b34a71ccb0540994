//! The ledger table: ours, or another tool's.

mod books;

use std::collections::BTreeMap;

use strum::IntoEnumIterator as _;

use self::books::{Book, beside, book};
use super::{DatabaseError, LockProof, Session};
use crate::model::entry::Entry;
use crate::model::ident::{Ident, Literal};
use crate::model::layout::Tool;
use crate::model::ledger::{LedgerRow, LedgerTable};
use crate::model::migration::{Migration, Version};

/// The ledger of the database that a session is on.
#[derive(Debug, Clone)]
pub struct Ledger {
    table: LedgerTable,
    book: &'static Book,
    /// The migrations that there are, in order: a row may stand for all up to its own.
    order: Vec<Known>,
}

/// What is known of a migration whose row may be met.
#[derive(Debug, Clone)]
struct Known {
    version: Version,
    /// What its row is told by.
    key: String,
    entry: Option<Box<Entry>>,
}

impl Known {
    fn of(migration: &Migration, book: &Book) -> Self {
        let (version, entry) = (migration.version.clone(), migration.entry.clone());
        let key = match &entry {
            Some(entry) => entry.key().to_owned(),
            // Zeros before a number are not written down.
            None if book.numbers => version.number().map_or_else(|| version.to_string(), |it| it.to_string()),
            None => version.to_string(),
        };
        Self { version, key, entry }
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self::of(Tool::Confiture, None)
    }
}

/// A row to be written.
#[derive(Debug, Clone)]
pub struct NewRow<'a> {
    /// The migration's version.
    pub version: &'a Version,
    /// The migration's name.
    pub name: &'a str,
    /// The checksum of the up file, as the ledger's tool makes it.
    pub checksum: &'a str,
    /// The up file's path in the directory of the migrations.
    pub script: &'a str,
    /// How long it took, in milliseconds.
    pub execution_time_ms: u64,
    /// Why it was not applied but only marked, such as `baseline`.
    pub reason: Option<&'a str>,
    /// What else its own tool's ledger has of it.
    pub entry: Option<&'a Entry>,
}

impl<'a> NewRow<'a> {
    /// The row of a migration that is not run, and why.
    #[must_use]
    pub fn marked(migration: &'a Migration, reason: &'a str) -> Self {
        Self {
            version: &migration.version,
            name: &migration.name,
            checksum: migration.ledger_checksum(),
            script: migration.script.as_str(),
            execution_time_ms: 0,
            reason: Some(reason),
            entry: migration.entry.as_deref(),
        }
    }

    /// The row of which nothing but the version is known.
    fn bare(version: &'a Version) -> Self {
        let (name, checksum, script) = ("", "", "");
        Self { version, name, checksum, script, execution_time_ms: 0, reason: None, entry: None }
    }

    /// How long it took, as it fits into a ledger.
    fn milliseconds(&self) -> u64 {
        self.execution_time_ms.min(2_147_483_647)
    }
}

/// What keeps a table from being a ledger that a role can write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerFault {
    /// It lacks these columns, so that it is another table.
    Shape(String),
    /// The role lacks these rights on it.
    Rights(String),
    /// It wants a value for these columns, of which nothing is known: a newer version of its tool has made it.
    Newer(String),
}

impl std::fmt::Display for LedgerFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shape(columns) => write!(f, "it lacks {columns}"),
            Self::Rights(rights) => write!(f, "this role lacks {rights} on it"),
            Self::Newer(columns) => {
                write!(f, "it wants a value for {columns}, as another version of its tool made it")
            }
        }
    }
}

impl Ledger {
    /// Our own ledger in this table.
    #[must_use]
    pub fn new(table: LedgerTable) -> Self {
        Self::of(Tool::Confiture, Some(table))
    }

    /// A tool's ledger, in its usual table or another one.
    #[must_use]
    pub fn of(tool: Tool, table: Option<LedgerTable>) -> Self {
        let book = book(tool);
        Self { table: table.unwrap_or_else(|| LedgerTable::new(book.table)), book, order: Vec::new() }
    }

    /// The ledger with the versions that there are, in order.
    #[must_use]
    pub fn knowing(self, migrations: &[Migration]) -> Self {
        Self { order: migrations.iter().map(|one| Known::of(one, self.book)).collect(), ..self }
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
        let Book { version, name, checksum, applied_at, milliseconds, applied_by, counts, .. } = self.book;
        let Book { through, half_done, .. } = self.book;
        let sql = self.filled(&format!(
            "select {version}, {name}, {checksum}, \
               pg_catalog.to_char({applied_at} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
               {milliseconds}, {applied_by}, {through}, {half_done} \
             from {{table}} l where {counts}"
        ));
        let rows = session.rows(&sql).await?;
        let mut found = Vec::new();
        for row in &rows {
            let (key, name) = (row.at(0).unwrap_or_default(), row.at(1).unwrap_or_default());
            let (version, known) = self.version_of(key, name);
            let entry = known.and_then(|known| known.entry.as_deref());
            // Whose row is told by another key was written as something else than what is there.
            let is_another = known.is_none() && self.book.booking.is_some();
            let checksum = if is_another { Some(key) } else { row.at(2) };
            let newest = LedgerRow {
                name: if self.book.booking.is_some() { String::new() } else { name.to_owned() },
                checksum: entry.map_or(checksum, |entry| entry.comparable(checksum)).map(str::to_owned),
                version,
                applied_at: row.at(3).map(str::to_owned),
                execution_time_ms: row.at(4).and_then(|time| time.parse().ok()),
                applied_by: row.at(5).map(str::to_owned),
                half_done: row.at(7) == Some("t"),
                through: row.at(6) == Some("t"),
            };
            if newest.through {
                found.extend(self.up_to(&newest.version));
            }
            found.push(newest);
        }
        found.sort_by(|left, right| left.version.cmp(&right.version));
        // What one row stands for may have a row of its own.
        found.dedup_by(|next, before| next.version == before.version);
        Ok(found)
    }

    /// The version that a row is about, and the migration that its key says; else it is the one of its name.
    fn version_of(&self, key: &str, name: &str) -> (Version, Option<&Known>) {
        let known = self.order.iter().find(|known| known.key == key);
        let version = match (known, &self.book.booking) {
            (Some(known), _) => known.version.clone(),
            (None, None) => Version::new(key),
            (None, Some(_)) => Version::new(name).among(self.order.iter().map(|known| &known.version)),
        };
        (version, known)
    }

    /// Who holds the lock of the ledger's own tool, and since when.
    pub async fn held(&self, session: &Session) -> Result<Option<String>, DatabaseError> {
        let Some(held) = self.book.held else { return Ok(None) };
        let lock = Literal::new(beside(&self.qualified(), "lock"));
        if session.value(&format!("select pg_catalog.to_regclass({lock})::text")).await?.is_none() {
            return Ok(None);
        }
        session.value(&self.filled(held)).await
    }

    /// What the ledger's own tool has started and not completed, in the order of the files. It does not count as deployed.
    pub async fn started(&self, session: &Session) -> Result<Vec<Version>, DatabaseError> {
        let Some((_, sql)) = self.book.started else { return Ok(Vec::new()) };
        if self.started_table(session).await?.is_none() {
            return Ok(Vec::new());
        }
        let rows = session.rows(&self.filled(sql)).await?;
        let mut found: Vec<Version> =
            rows.iter().filter_map(|row| Some(self.version_of(row.at(0)?, "").0)).collect();
        found.sort();
        Ok(found)
    }

    /// The table that is there once the ledger's tool has run.
    async fn started_table(&self, session: &Session) -> Result<Option<String>, DatabaseError> {
        let Some((table, _)) = self.book.started else { return Ok(None) };
        let table = Literal::new(self.filled(table));
        session.value(&format!("select pg_catalog.to_regclass({table})::text")).await
    }

    /// The ledger that a table is by its schema, where a tool has one for its ledger alone.
    pub(super) fn by_schema(table: &LedgerTable) -> Option<Self> {
        let schema = table.name().schema.as_ref()?;
        let tool = Tool::iter().find(|tool| {
            let usual = Self::of(*tool, None);
            usual.book.versions.is_some() && usual.table.name().schema.as_ref() == Some(schema)
        })?;
        Some(Self::of(tool, Some(table.clone())))
    }

    /// The schemas of views that the ledger's tool has made for versions of a schema. One that is on a throwaway server
    /// has none, nor anything that tells of them.
    pub async fn versions(&self, session: &Session) -> Result<Vec<String>, DatabaseError> {
        let Some(sql) = self.book.versions else { return Ok(Vec::new()) };
        if self.started_table(session).await?.is_none() {
            return Ok(Vec::new());
        }
        let rows = session.rows(&self.filled(sql)).await?;
        Ok(rows.iter().filter_map(|row| row.at(0)).map(str::to_owned).collect())
    }

    /// Removes these schemas, as the tool does when it completes what comes next: views keep a column's type as it is.
    pub async fn drop_versions(&self, session: &Session, _: &LockProof) -> Result<(), DatabaseError> {
        let versions = self.versions(session).await?;
        if versions.is_empty() {
            return Ok(());
        }
        let drop = |name: String| format!("drop schema if exists {} cascade", Ident::new(name));
        session.run_as_one(versions.into_iter().map(drop)).await
    }

    /// The rows of all versions before one that stands for them as well.
    fn up_to(&self, newest: &Version) -> impl Iterator<Item = LedgerRow> {
        let versions = self.order.iter().map(|known| &known.version);
        let before = versions
            .filter(move |version| *version < newest && (version.is_ordered() || version.is_planned()));
        before.map(|version| LedgerRow { version: version.clone(), ..LedgerRow::default() })
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

    /// The statement that writes what another tool's ledger tells, with the times that are known.
    #[must_use]
    pub fn insert_taken_over(&self, row: &LedgerRow, _: &LockProof) -> String {
        let text = |text: &str| Literal::new(text).to_string();
        let known = |value: Option<&str>| value.map_or("null".to_owned(), text);
        let (version, name) = (text(row.version.as_str()), text(&row.name));
        format!(
            "insert into {} (slug, version, name, applied_at, execution_time_ms, checksum, applied_by) \
             select {name} || '_' || {version} || '_' || pg_catalog.to_char(t.at, 'YYYYMMDD_HH24MISS') || '_baseline', \
               {version}, {name}, t.at, {}, {}, {} \
             from (select coalesce({}::timestamptz, pg_catalog.now()) as at) t",
            self.qualified(),
            row.execution_time_ms.map_or("null".to_owned(), |time| time.min(2_147_483_647).to_string()),
            known(row.checksum.as_deref()),
            known(row.applied_by.as_deref()),
            known(row.applied_at.as_deref()),
        )
    }

    /// The tools whose ledgers a database has in their usual tables. Where one table could be the ledger of several, it is
    /// taken for that of the tool that knows most of its columns.
    pub async fn found(session: &Session) -> Result<Vec<Tool>, DatabaseError> {
        let mut found: Vec<(Tool, &'static Book)> = Vec::new();
        for tool in Tool::iter().filter(|tool| !tool.is_run_by_command()) {
            let ledger = Self::of(tool, None);
            let known = found.iter().position(|(_, other)| other.table == ledger.book.table);
            let is_there = !ledger.is_ours() && ledger.exists(session).await?;
            if !is_there || ledger.fault(session, &[]).await?.is_some() {
                continue;
            }
            match known {
                Some(at) if found[at].1.columns.len() >= ledger.book.columns.len() => {}
                Some(at) => found[at] = (tool, ledger.book),
                None => found.push((tool, ledger.book)),
            }
        }
        Ok(found.into_iter().map(|(tool, _)| tool).collect())
    }

    /// What keeps the role from using the table with these rights, when it is there.
    pub async fn fault(
        &self,
        session: &Session,
        rights: &[&str],
    ) -> Result<Option<LedgerFault>, DatabaseError> {
        let list =
            |texts: &[&str]| texts.iter().map(|text| Literal::new(*text).to_string()).collect::<Vec<_>>();
        let create = self.create();
        let known: Vec<&str> = create.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let writes = rights.contains(&"insert") && !self.is_ours();
        let (columns, rights, known) = (list(self.book.columns), list(rights), list(&known));
        let rows = session
            .rows(&format!(
                "select pg_catalog.array_to_string(array( \
                     select w from pg_catalog.unnest(array[{}]::text[]) w \
                     where not exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid \
                       and a.attname = w and a.attnum > 0 and not a.attisdropped)), ', '), \
                   pg_catalog.array_to_string(array( \
                     select p from pg_catalog.unnest(array[{}]::text[]) p \
                     where not pg_catalog.has_table_privilege(c.oid, p)), ', '), \
                   pg_catalog.array_to_string(array( \
                     select a.attname from pg_catalog.pg_attribute a where {writes} and a.attrelid = c.oid \
                       and a.attnum > 0 and not a.attisdropped and a.attnotnull and not a.atthasdef \
                       and a.attidentity = '' and a.attname <> all (array[{}])), ', ') \
                 from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass({})",
                columns.join(", "),
                rights.join(", "),
                known.join(", "),
                Literal::new(self.qualified())
            ))
            .await?;
        let lacks = |at: usize| {
            let text = rows.first().and_then(|row| row.at(at)).filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        let fault = lacks(0).map(LedgerFault::Shape).or_else(|| lacks(1).map(LedgerFault::Rights));
        Ok(fault.or_else(|| lacks(2).map(LedgerFault::Newer)))
    }

    /// Makes the table, or the columns that an older one lacks. Takes ACCESS EXCLUSIVE on it when it adds any.
    pub async fn ensure(&self, session: &Session, _: &LockProof) -> Result<(), DatabaseError> {
        if self.exists(session).await? {
            return if self.is_ours() { self.add_missing_columns(session).await } else { Ok(()) };
        }
        session.run(&format!("begin; {}; commit", self.create())).await
    }

    /// Whether what is run whenever it has changed has a row for each time.
    #[must_use]
    pub const fn has_each_run(&self) -> bool {
        self.book.each_run
    }

    /// What makes it.
    fn create(&self) -> String {
        match &self.book.booking {
            Some(booking) => (booking.make)(&self.qualified()),
            None => self.filled(self.book.create),
        }
    }

    /// Whether it is the one that we made up.
    fn is_ours(&self) -> bool {
        std::ptr::eq(self.book, book(Tool::Confiture))
    }

    /// A statement with the table's name, names made of it, and whose rows are meant, put in.
    fn filled(&self, sql: &str) -> String {
        let base = self.table.name().name.as_str();
        let scope = self.order.iter().find_map(|known| known.entry.as_ref()?.scope());
        let scope = scope.map_or("null".to_owned(), |scope| Literal::new(scope).to_string());
        let mut filled = sql.replace("{table}", &self.qualified()).replace("{scope}", &scope);
        filled = filled.replace("{lock}", &beside(&self.qualified(), "lock"));
        for (mark, name) in [("{index:", format!("idx_{base}_")), ("{name:", format!("{base}_"))] {
            while let Some(begin) = filled.find(mark) {
                let rest = &filled[begin + mark.len()..];
                let Some((part, _)) = rest.split_once('}') else { break };
                let (part, end) = (Ident::new(format!("{name}{part}")), begin + mark.len() + part.len() + 1);
                filled.replace_range(begin..end, &part.to_string());
            }
        }
        filled
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
        match (&self.book.booking, row.entry) {
            (Some(booking), Some(entry)) => (booking.insert)(row, entry, &self.qualified()),
            _ => (self.book.insert)(row, &self.qualified()),
        }
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
        let table = self.qualified();
        let own = self.order.iter().find(|known| known.version == *version);
        if let (Some(booking), Some(entry)) = (&self.book.booking, own.and_then(|known| known.entry.as_ref()))
        {
            return (booking.delete)(entry, &table);
        }
        let before = self.order.iter().rev().map(|known| &known.version).find(|before| *before < version);
        if let Some(before) = before.filter(|_| self.book.through == "true") {
            // The one row tells of the one before from now on.
            return (self.book.insert)(&NewRow::bare(before), &table);
        }
        format!("delete from {table} l where {} = {}", self.book.version, self.key(version))
    }

    /// What the row of a version is told by.
    fn key(&self, version: &Version) -> Literal {
        let known = self.order.iter().find(|known| known.version == *version);
        Literal::new(known.map_or(version.as_str(), |known| &known.key))
    }

    /// The statement that removes every row.
    #[must_use]
    pub fn clear(&self, _: &LockProof) -> String {
        format!("delete from {}", self.qualified())
    }

    /// The statement that writes the checksum of a version's file anew.
    #[must_use]
    pub fn set_checksum(&self, version: &Version, checksum: &str, _: &LockProof) -> String {
        let Some(set) = self.book.set_checksum else { return String::new() };
        let set = self.filled(set).replace("{checksum}", &Literal::new(checksum).to_string());
        format!("update {} l set {set} where {} = {}", self.qualified(), self.book.version, self.key(version))
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
