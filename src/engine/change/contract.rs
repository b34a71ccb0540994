//! The second half of a change in two deploys: what is old goes, once nobody needs it.

use super::statements::{new_column, new_name, said};
use super::{Answers, Change, NAME, of};
use crate::model::ident::{Ident, Literal, unquoted};

/// A change with its answers, its name among them.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The change.
    pub change: &'static Change,
    /// What was answered of it.
    pub answers: Answers,
}

/// The migrations that take away what is old, in order, where a change has been brought about by adding.
#[must_use]
pub fn contract(change: &Change, answers: &Answers, name: &str) -> Vec<Piece> {
    let Some(expand) = &change.expand else { return Vec::new() };
    let found = (expand.contract)(answers).into_iter().zip(["contract", "contract_name"]);
    let pieces = found.filter_map(|((key, mut answers), end)| {
        answers.insert(NAME.key, format!("{name}_{end}"));
        Some(Piece { change: of(key)?, answers })
    });
    pieces.collect()
}

impl Piece {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        said(&self.answers, NAME.key)
    }

    /// The command that writes it.
    #[must_use]
    pub fn command(&self) -> String {
        let all = std::iter::once(("change", self.change.key))
            .chain(self.answers.iter().map(|(key, answer)| (*key, answer.as_str())));
        // JSON is YAML, and without a single quote it is one word of a shell.
        let said = all.map(|(key, answer)| format!("{key}: {}", serde_json::Value::from(answer)));
        let said = said.collect::<Vec<_>>().join(", ").replace('\'', "\\u0027");
        format!("printf %s '{{{said}}}' | confiture migrate wizard --answers /dev/stdin")
    }
}

/// The old column goes.
pub(super) fn of_rename(answers: &Answers) -> Vec<(&'static str, Answers)> {
    vec![("drop-column", gone(answers, shown(&new_name(answers, "to"))))]
}

/// The old column goes, and the new one gets its name.
pub(super) fn of_retype(answers: &Answers) -> Vec<(&'static str, Answers)> {
    let (old, new) = (said(answers, "column"), new_column(answers));
    let named = [
        ("table", said(answers, "table").to_owned()),
        ("column", shown(&new)),
        ("to", unquoted(old)),
        ("strategy", "plain".to_owned()),
    ];
    vec![("drop-column", gone(answers, shown(&new))), ("rename-column", Answers::from(named))]
}

/// A name as SQL writes it, with quotes where it needs them.
pub(super) fn shown(name: &Ident) -> String {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if name.as_str().bytes().all(fits) { name.as_str().to_owned() } else { name.to_string() }
}

fn gone(answers: &Answers, kept_in: String) -> Answers {
    let own = |key: &str| said(answers, key).to_owned();
    Answers::from([("table", own("table")), ("column", own("column")), ("kept_in", kept_in)])
}

/// What refuses to take away a column while rows have values in it that the other one has not.
pub(super) fn guard(answers: &Answers) -> Option<String> {
    let (table, old, new) = (said(answers, "table"), said(answers, "column"), said(answers, "kept_in"));
    if new.is_empty() {
        return None;
    }
    let new = Ident::new(unquoted(new));
    let called = shown(&new);
    let message = Literal::new(
        format!("rows of {table} have a value in {old} and none in {called}").replace('%', "%%"),
    );
    let hint = Literal::new(format!("fill {called} first; nothing was changed"));
    let body = format!(
        "begin\n  if exists (select from {table} where {old} is not null and {new} is null) then\n    raise exception \
         {message} using hint = {hint};\n  end if;\nend"
    );
    let body =
        if body.contains('$') { Literal::new(body).to_string() } else { format!("$guard$\n{body}\n$guard$") };
    Some(format!("-- Runs just before the migration, in its transaction.\ndo {body};\n"))
}
