//! Liquibase's `databasechangelog`, and the lock beside it.

use super::{Book, Booking, beside, text};
use crate::gateway::postgres::ledger::NewRow;
use crate::model::entry::Entry;
use crate::model::layout::Tool;

pub(super) const BOOK: Book = Book {
    tools: &[Tool::Liquibase],
    table: "databasechangelog",
    columns: &["id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum"],
    version: KEY,
    name: KEY,
    checksum: "l.md5sum",
    applied_at: "l.dateexecuted::timestamptz",
    set_checksum: Some(
        "md5sum = {checksum}, exectype = 'RERAN', dateexecuted = pg_catalog.clock_timestamp(), \
         orderexecuted = (select pg_catalog.max(n.orderexecuted) + 1 from {table} n)",
    ),
    booking: Some(Booking { make, insert, delete }),
    held: Some(
        "select coalesce(h.lockedby, 'somebody') || coalesce(' since ' || pg_catalog.to_char(h.lockgranted, \
           'YYYY-MM-DD HH24:MI:SS'), '') from {lock} h where h.locked limit 1",
    ),
    ..Book::PLAIN
};

/// What tells a change set from others. Where to look for a file is no part of its name.
const KEY: &str = "l.id || '::' || l.author || '::' || \
    pg_catalog.regexp_replace(l.filename, '^(classpath[*]?:)?/*([.]/)?', '')";

fn make(table: &str) -> String {
    let lock = beside(table, "lock");
    format!(
        "create table {table} (id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null, \
           dateexecuted timestamp without time zone not null, orderexecuted integer not null, \
           exectype varchar(10) not null, md5sum varchar(35), description varchar(255), comments varchar(255), \
           tag varchar(255), liquibase varchar(20), contexts varchar(255), labels varchar(255), \
           deployment_id varchar(10)); \
         create table if not exists {lock} (id integer not null, locked boolean not null, \
           lockgranted timestamp without time zone, lockedby varchar(255), \
           constraint databasechangeloglock_pkey primary key (id)); \
         insert into {lock} (id, locked) values (1, false) on conflict do nothing"
    )
}

fn insert(row: &NewRow<'_>, entry: &Entry, table: &str) -> String {
    let Entry::Liquibase(set) = entry else { return String::new() };
    let maybe =
        |value: &Option<String>| value.as_deref().map_or("null".to_owned(), |value| text(value).to_string());
    let kind = if row.reason.is_some() { "MARK_RAN" } else { "EXECUTED" };
    format!(
        "insert into {table} (id, author, filename, dateexecuted, orderexecuted, exectype, md5sum, description, comments, \
           liquibase, contexts, labels, deployment_id) \
         select {}, {}, {}, pg_catalog.clock_timestamp(), coalesce(pg_catalog.max(l.orderexecuted), 0) + 1, {}, {}, 'sql', \
           {}, 'confiture', {}, {}, pg_catalog.right((extract(epoch from pg_catalog.now()) * 1000)::bigint::text, 10) \
         from {table} l",
        text(&set.id),
        text(&set.author),
        text(&set.filename),
        text(kind),
        text(row.checksum),
        text(&set.comments),
        maybe(&set.contexts),
        maybe(&set.labels),
    )
}

fn delete(entry: &Entry, table: &str) -> String {
    let key = text(entry.key());
    format!("delete from {table} l where {KEY} = {key}")
}
