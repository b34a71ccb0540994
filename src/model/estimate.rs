//! What pending migrations will take: locks, work, and how long that is, guessed from sizes.

use std::borrow::Cow;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize, Serializer};

use super::answer::Head;
use super::migration::Version;
use super::plan::LockMode;
use super::statement::TransactionMode;

/// What `migrate estimate` says.
#[derive(Debug, Clone, Serialize)]
pub struct EstimateAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The pending migrations.
    pub migrations: Vec<MigrationEstimate>,
    /// All of them together.
    pub total_duration_ms: Span,
    /// The strongest lock on a table that is there already.
    pub strongest_lock: Option<LockMode>,
    /// What the guess rests on, a sentence each.
    pub assumptions: Vec<String>,
}

/// One pending migration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MigrationEstimate {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Its up file.
    pub path: Utf8PathBuf,
    /// How its statements are grouped into transactions.
    pub transaction: TransactionMode,
    /// How long it takes.
    pub duration_ms: Span,
    /// Its statements.
    pub statements: Vec<StatementEstimate>,
}

/// One statement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StatementEstimate {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The statement's beginning.
    pub text: String,
    /// The tables that it takes locks on.
    pub tables: Vec<TableEstimate>,
    /// How long it takes.
    pub duration_ms: Span,
}

/// What a statement does to one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEstimate {
    /// The table, as the statement names it or else with its schema.
    pub table: String,
    /// The lock that it takes.
    pub lock: LockMode,
    /// What waits for it: `reads and writes`, `writes`, or nothing.
    pub blocks: Option<Cow<'static, str>>,
    /// What is done.
    pub work: Work,
    /// Whether the server may find that there is nothing to do.
    pub perhaps: bool,
    /// Its size; absent, it is not there yet.
    pub size: Option<TableSize>,
}

/// The size of a table as the catalog tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableSize {
    /// Rows, as the last `ANALYZE` counted them; absent, nobody has.
    pub rows: Option<u64>,
    /// Bytes, `TOAST` included and indexes left out.
    pub table_bytes: u64,
    /// Bytes of its indexes.
    pub index_bytes: u64,
}

/// What a statement does to the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Work {
    /// Nothing: the catalog alone is changed.
    Catalog,
    /// Rows are put in; how many, the statement says.
    Insert,
    /// All are read.
    Scan,
    /// All are read and sorted into an index.
    IndexBuild,
    /// Rows are changed, some or all.
    Update,
    /// All are written anew, and the indexes with them.
    Rewrite,
}

/// A shortest and a longest time, in milliseconds; written to a thousandth of one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Span {
    /// The shortest.
    #[serde(serialize_with = "rounded")]
    pub low: f64,
    /// The longest.
    #[serde(serialize_with = "rounded")]
    pub high: f64,
}

impl Span {
    /// One after the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { low: self.low + other.low, high: self.high + other.high }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn rounded<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 1e3).round() / 1e3)
}

/// How long a change of the catalog alone takes, in milliseconds.
const CATALOG: Span = Span { low: 0.2, high: 50.0 };
/// Megabytes a second, on a slow disk and out of memory: reading, building an index, writing anew.
const SCAN_SPEED: (f64, f64) = (100.0, 2000.0);
const INDEX_SPEED: (f64, f64) = (20.0, 250.0);
const REWRITE_SPEED: (f64, f64) = (15.0, 200.0);

impl Work {
    /// How long it takes on a table of a size.
    #[must_use]
    pub fn duration(self, size: TableSize, perhaps: bool) -> Span {
        let (table, all) = (size.table_bytes, size.table_bytes + size.index_bytes);
        let work = match self {
            Self::Catalog | Self::Insert => Span::default(),
            Self::Scan => passing(table, SCAN_SPEED),
            Self::IndexBuild => passing(table, INDEX_SPEED),
            // One row, or every one and its place in every index.
            Self::Update => Span { low: 0.0, high: passing(all, REWRITE_SPEED).high },
            Self::Rewrite => passing(all, REWRITE_SPEED),
        };
        let low = if perhaps { 0.0 } else { work.low };
        CATALOG.and(Span { low, high: work.high })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a guess has fewer digits than that")]
fn passing(bytes: u64, (slow, fast): (f64, f64)) -> Span {
    let megabytes = bytes as f64 / 1e6;
    Span { low: megabytes / fast * 1e3, high: megabytes / slow * 1e3 }
}

/// What every guess rests on.
#[must_use]
pub fn assumptions() -> Vec<String> {
    let speed = |what: &str, (slow, fast): (f64, f64)| format!("{what} at {slow} to {fast} MB a second");
    vec![
        [
            speed("tables are read", SCAN_SPEED),
            speed("indexes are built", INDEX_SPEED),
            speed("rows are written anew", REWRITE_SPEED),
        ]
        .join(", "),
        format!("a change of the catalog alone takes {} to {} ms", CATALOG.low, CATALOG.high),
        "nobody is waited for: a lock that somebody holds is waited for on top of this".to_owned(),
        "sizes are those of now, rows those of the last ANALYZE; rows that a statement puts in are not counted"
            .to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::{Span, TableSize, Work};

    #[test]
    fn more_work_takes_longer_and_perhaps_may_be_nothing() {
        let size = TableSize { rows: None, table_bytes: 1_000_000_000, index_bytes: 500_000_000 };
        let scan = Work::Scan.duration(size, false);
        assert_eq!((scan.low.round(), scan.high.round()), (500.0, 10_050.0));
        let order = [Work::Catalog, Work::Scan, Work::IndexBuild, Work::Rewrite];
        for pair in order.windows(2) {
            assert!(pair[0].duration(size, false).high < pair[1].duration(size, false).high, "{pair:?}");
        }
        let perhaps = Work::Rewrite.duration(size, true);
        assert_eq!(Span { high: 50.0, ..perhaps }, Work::Catalog.duration(size, false));
        assert_eq!(Work::Rewrite.duration(TableSize::default(), false), Work::Catalog.duration(size, false));
    }
}
