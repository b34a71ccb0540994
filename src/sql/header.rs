//! What the comments before a migration's first statement ask for: `-- confiture: no-transaction`.

use super::directive::{of_comment, table_and_column};
use super::split;
use crate::model::duration;
use crate::model::ident::{Ident, QualifiedName};
use crate::model::likeness::nearest;
use crate::model::migration::Version;

/// The directives that stand before the first statement. `destructive` is the Python tool's mark.
const KNOWN: [&str; 7] =
    ["no-transaction", "lock-timeout", "statement-timeout", "requires", "batched", "run-on", "destructive"];

/// How `batched` is written.
const BATCHED: &str = "batched(table, key, size), of which size may be left out";

/// The directive that stands anywhere.
const ANYWHERE: &str = "rename";

/// What a file asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives {
    /// No transaction of ours.
    pub no_transaction: bool,
    /// `lock_timeout` while it runs.
    pub lock_timeout: Option<String>,
    /// `statement_timeout` while it runs.
    pub statement_timeout: Option<String>,
    /// Versions that have to be applied before it.
    pub requires: Vec<Version>,
    /// Its one statement runs part by part.
    pub batched: Option<Batches>,
    /// It runs when the replicas have replayed everything before it.
    pub replica_safe: bool,
}

/// Into which parts a statement is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batches {
    /// The table whose rows it changes.
    pub table: QualifiedName,
    /// The column by whose ranges it is gone through.
    pub key: Ident,
    /// How many rows of the table a part has; absent, as the settings say.
    pub size: Option<u64>,
}

/// A directive that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadDirective {
    /// Byte of the comment in the text.
    pub offset: usize,
    /// What is wrong, one sentence.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Reads the directives of a file whose first statement begins at byte `first`.
///
/// ```
/// let text = "-- confiture: lock-timeout=5s requires=004\ncreate table t (a int);";
/// let found = confiture::sql::directives(text, 43).unwrap();
/// assert_eq!(found.lock_timeout.as_deref(), Some("5s"));
/// assert!(confiture::sql::directives("-- confiture: no-transactoin\n", 29).is_err());
/// ```
pub fn directives(text: &str, first: usize) -> Result<Directives, BadDirective> {
    let mut found = Directives::default();
    // Most texts have none, and some are long.
    if !text.contains("confiture:") {
        return Ok(found);
    }
    for span in split::comments(text) {
        let offset = span.start;
        let Some(said) = of_comment(&text[span]) else { continue };
        let words = words(said);
        if words.first() == Some(&ANYWHERE) {
            continue;
        }
        let refused = |(message, help)| BadDirective { offset, message, help };
        for word in words {
            found.take(word).map_err(refused)?;
        }
        if offset > first {
            return Err(refused((
                format!("the directive `{said}` stands after the first statement, where it does nothing"),
                Some("move the comment to the beginning of the file".to_owned()),
            )));
        }
    }
    Ok(found)
}

impl Directives {
    fn take(&mut self, word: &str) -> Result<(), (String, Option<String>)> {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        match (name, value) {
            ("no-transaction", None) => self.no_transaction = true,
            ("destructive", None) => {}
            ("lock-timeout", Some(time)) => self.lock_timeout = Some(a_time(name, time)?),
            ("statement-timeout", Some(time)) => self.statement_timeout = Some(a_time(name, time)?),
            ("requires", Some(version)) if !version.is_empty() => self.requires.push(Version::new(version)),
            ("run-on", Some("replica-safe")) => self.replica_safe = true,
            ("run-on", Some(place)) => {
                let help = Some("write run-on=replica-safe, or leave it out".to_owned());
                return Err((format!("run-on={place}: there is no such place"), help));
            }
            _ if name.starts_with("batched(") => self.batched = Some(batches(word)?),
            _ => return Err(unknown(name)),
        }
        Ok(())
    }
}

/// What stands between spaces and commas; what is in parentheses, or in double quotes, stays together.
fn words(said: &str) -> Vec<&str> {
    let (mut depth, mut quoted) = (0_usize, false);
    let is_between = |character: char| {
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && !quoted && matches!(character, ' ' | '\t' | ',')
    };
    said.split(is_between).filter(|word| !word.is_empty()).collect()
}

fn batches(word: &str) -> Result<Batches, (String, Option<String>)> {
    let inside = word.strip_prefix("batched(").and_then(|rest| rest.strip_suffix(')'));
    let parts: Vec<&str> = inside.unwrap_or_default().split(',').collect();
    let found = match parts.as_slice() {
        [table, key] => table_and_column(table, key).zip(Some(None)),
        [table, key, size] => table_and_column(table, key).zip(size.trim().parse().ok().map(Some)),
        _ => None,
    };
    match found {
        Some(((table, key), size @ (None | Some(1..)))) => Ok(Batches { table, key, size }),
        _ => Err((
            format!("{word}: this is not {BATCHED}"),
            Some("as in batched(app.orders, id, 5000)".to_owned()),
        )),
    }
}

fn a_time(name: &str, text: &str) -> Result<String, (String, Option<String>)> {
    match duration::milliseconds(text) {
        Some(_) => Ok(text.to_owned()),
        None => {
            Err((format!("{name}={text}: this is no time"), Some("write it as 500ms, 5s or 2min".to_owned())))
        }
    }
}

fn unknown(name: &str) -> (String, Option<String>) {
    match KNOWN.iter().find(|known| **known == name) {
        Some(known @ &("no-transaction" | "destructive")) => {
            (format!("the directive {known} takes no value"), None)
        }
        Some(&"batched") => (format!("the directive batched is written {BATCHED}"), None),
        Some(known) => (format!("the directive {known} needs a value: {known}=…"), None),
        None => {
            let known: Vec<&str> = KNOWN.iter().copied().chain([ANYWHERE]).collect();
            let help = match nearest(name, &known) {
                Some(like) => format!("did you mean {like}?"),
                None => format!("there are {}", known.join(", ")),
            };
            (format!("unknown directive {name}"), Some(help))
        }
    }
}
