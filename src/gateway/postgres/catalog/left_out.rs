//! What a database holds for the tool's own sake.

use std::borrow::Cow;

use crate::model::ledger::{COMPANION_SCHEMA, COMPANION_TABLES, LEDGER_SCHEMAS, LedgerTable};
use crate::model::schema::{Object, ObjectId, ObjectKind};

/// The ledger and the objects that tools keep beside it.
pub(super) struct LeftOut {
    tables: Vec<String>,
    /// Schemas that are there for tools only.
    schemas: Vec<String>,
}

impl LeftOut {
    pub(super) fn new(ledger: &LedgerTable, versions: Vec<String>) -> Self {
        let ledger = ledger.display();
        let public = COMPANION_TABLES.iter().map(|table| format!("public.{table}"));
        let tables = [ledger.clone(), format!("{ledger}_steps")].into_iter().chain(public).collect();
        let of_ledger = ledger.split_once('.').map(|(schema, _)| schema);
        let of_ledger = of_ledger.filter(|schema| LEDGER_SCHEMAS.iter().any(|(tools, _)| tools == schema));
        let schemas =
            [COMPANION_SCHEMA].into_iter().chain(of_ledger).map(str::to_owned).chain(versions).collect();
        Self { tables, schemas }
    }

    /// And the schemas of tools whose ledger is among these tables: it stays in a database whose migrations another tool
    /// has taken over.
    pub(super) fn and_ledgers_among<'a>(mut self, tables: impl Iterator<Item = &'a str>) -> Self {
        let is_ledger = |table: &str| {
            let (schema, name) = table.split_once('.')?;
            LEDGER_SCHEMAS.contains(&(schema, name)).then(|| schema.to_owned())
        };
        self.schemas.extend(tables.filter_map(is_ledger));
        self
    }

    pub(super) fn contains(&self, id: &ObjectId, object: &Object) -> bool {
        let whole = if id.parent.is_empty() { &id.name } else { &id.parent };
        let owner = object.properties.get("owned_by").and_then(|column| column.rsplit_once('.'));
        // A tool that listens to what others change does so by a function of its own.
        let listens =
            (id.kind == ObjectKind::EventTrigger).then(|| object.properties.get("function")).flatten();
        self.is_ours(whole)
            || listens.is_some_and(|function| self.is_ours(function))
            || owner.is_some_and(|(table, _)| self.is_ours(table))
            || (id.kind == ObjectKind::Schema && self.schemas.contains(&id.name.replace('"', "")))
    }

    /// The settings name the ledger without quotes, the catalog's names have them where SQL needs them.
    fn is_ours(&self, name: &str) -> bool {
        let bare = if name.contains('"') { Cow::from(name.replace('"', "")) } else { Cow::from(name) };
        let schema = bare.split_once('.').map(|(schema, _)| schema);
        self.tables.iter().any(|table| *table == bare)
            || self.schemas.iter().any(|ours| Some(ours.as_str()) == schema)
    }
}
