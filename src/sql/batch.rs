//! An `UPDATE` or `DELETE` that can be carried out part by part, by ranges of a key.

use pg_query::protobuf::{BoolExpr, BoolExprType, Node, ParseResult, RangeVar};
use pg_query::{DeparseOptions, NodeEnum};
use serde_json::Value;

use crate::model::ident::{Ident, Literal, QualifiedName};

/// Whether a statement is an `UPDATE` or `DELETE`.
#[must_use]
pub fn changes_rows(statement: &str) -> bool {
    let tree = pg_query::parse(statement, 0).ok();
    let found = tree.as_ref().and_then(|tree| node(&tree.protobuf));
    matches!(found, Some(NodeEnum::UpdateStmt(_) | NodeEnum::DeleteStmt(_)))
}

/// Whether a statement returns rows to whoever runs it.
#[must_use]
pub fn returns_rows(statement: &str) -> bool {
    use NodeEnum::{
        CallStmt, DeleteStmt, ExecuteStmt, ExplainStmt, FetchStmt, InsertStmt, MergeStmt, SelectStmt,
        UpdateStmt, VariableShowStmt,
    };
    let tree = pg_query::parse(statement, 0).ok();
    match tree.as_ref().and_then(|tree| node(&tree.protobuf)) {
        Some(SelectStmt(select)) => select.into_clause.is_none(),
        Some(InsertStmt(insert)) => insert.returning_clause.is_some(),
        Some(UpdateStmt(update)) => update.returning_clause.is_some(),
        Some(DeleteStmt(delete)) => delete.returning_clause.is_some(),
        Some(MergeStmt(merge)) => merge.returning_clause.is_some(),
        Some(CallStmt(_) | ExecuteStmt(_) | ExplainStmt(_) | FetchStmt(_) | VariableShowStmt(_)) => true,
        _ => false,
    }
}

/// Whether a statement is a `COPY` that sends what it reads to whoever asked.
#[must_use]
pub fn copies_out(statement: &str) -> bool {
    copies(statement) == Some(false)
}

/// Whether a statement is a `COPY` that takes what whoever asked sends.
#[must_use]
pub fn copies_in(statement: &str) -> bool {
    copies(statement) == Some(true)
}

/// Whether a `COPY` takes what it is sent, when it is one that talks with whoever asked.
fn copies(statement: &str) -> Option<bool> {
    // Most statements are none, and some are long.
    if !statement.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("copy")) {
        return None;
    }
    let tree = pg_query::parse(statement, 0).ok();
    match tree.as_ref().and_then(|tree| node(&tree.protobuf)) {
        Some(NodeEnum::CopyStmt(copy)) if !copy.is_program && copy.filename.is_empty() => Some(copy.is_from),
        _ => None,
    }
}

/// A statement that does to each row of one table what it does, whichever rows are done before.
#[derive(Debug, Clone)]
pub struct Batch {
    tree: ParseResult,
    /// The table.
    pub table: QualifiedName,
    /// What the statement calls it.
    alias: Ident,
    /// The columns that it writes.
    writes: Vec<String>,
}

/// Why a statement cannot be carried out part by part, one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotBatchable(String);

fn no<T>(why: impl Into<String>) -> Result<T, NotBatchable> {
    Err(NotBatchable(why.into()))
}

impl Batch {
    /// Reads a statement.
    ///
    /// ```
    /// use confiture::sql::Batch;
    ///
    /// let batch = Batch::read("update app.t set a = 1 where a is null").unwrap();
    /// assert_eq!(batch.table.to_string(), "\"app\".\"t\"");
    /// assert!(Batch::read("update t set a = 1 returning a").is_err());
    /// ```
    pub fn read(statement: &str) -> Result<Self, NotBatchable> {
        let Ok(parsed) = pg_query::parse(statement, 0) else { return no("the parser cannot read it") };
        let tree = parsed.protobuf;
        let (relation, writes, returns, with) = match node(&tree) {
            Some(NodeEnum::UpdateStmt(update)) => {
                let writes = update.target_list.iter().filter_map(written).collect();
                (&update.relation, writes, update.returning_clause.is_some(), update.with_clause.is_some())
            }
            Some(NodeEnum::DeleteStmt(delete)) => (
                &delete.relation,
                Vec::new(),
                delete.returning_clause.is_some(),
                delete.with_clause.is_some(),
            ),
            _ => return no("it is neither UPDATE nor DELETE"),
        };
        let Some(relation) = relation else { return no("it names no table") };
        if returns {
            return no("it has RETURNING, whose rows nobody would read");
        }
        if with {
            return no("it has WITH, which would be carried out anew for each batch");
        }
        let named = serde_json::to_value(&tree).map(|tree| mentions(&tree, &relation.relname));
        if named.unwrap_or(usize::MAX) > 1 {
            return no(format!(
                "it reads {} a second time, where the batches before have left their traces",
                relation.relname
            ));
        }
        if serde_json::to_value(&tree).is_ok_and(|tree| has_key(&tree, "CurrentOfExpr")) {
            return no("it is about the row of a cursor");
        }
        let (table, alias) = names(relation);
        Ok(Self { tree, table, alias, writes })
    }

    /// Whether the statement writes a column.
    #[must_use]
    pub fn writes(&self, column: &Ident) -> bool {
        self.writes.iter().any(|written| written == column.as_str())
    }

    /// The statement for the rows whose key is greater than one value, when there is one, and not greater than
    /// another.
    pub fn within(&self, key: &Ident, after: Option<&str>, up_to: &str) -> Result<String, NotBatchable> {
        let column = format!("{}.{key}", self.alias);
        let lower = after.map(|after| format!("{column} > {} and ", Literal::new(after)));
        let range = format!("select where {}{column} <= {}", lower.unwrap_or_default(), Literal::new(up_to));
        let mut tree = self.tree.clone();
        let (Some(range), Some(place)) = (condition(&range), where_clause(&mut tree)) else {
            return no("its key cannot be compared");
        };
        *place = Some(match place.take() {
            None => range,
            Some(said) => and(said, range),
        });
        pg_query::deparse(&tree, DeparseOptions::default()).or_else(|error| no(error.to_string()))
    }

    /// The query for the last key of the next batch, as text that the server reads back.
    #[must_use]
    pub fn next(&self, key: &Ident, after: Option<&str>, size: u64) -> String {
        let lower = after.map(|after| format!("where {key} > {}", Literal::new(after))).unwrap_or_default();
        format!(
            "select pg_catalog.to_json(b.k) #>> '{{}}' from \
             (select {key} as k from {} {lower} order by {key} limit {size}) b order by b.k desc limit 1",
            self.table
        )
    }
}

fn node(tree: &ParseResult) -> Option<&NodeEnum> {
    tree.stmts.first()?.stmt.as_ref()?.node.as_ref()
}

fn where_clause(tree: &mut ParseResult) -> Option<&mut Option<Box<Node>>> {
    match tree.stmts.first_mut()?.stmt.as_mut()?.node.as_mut()? {
        NodeEnum::UpdateStmt(update) => Some(&mut update.where_clause),
        NodeEnum::DeleteStmt(delete) => Some(&mut delete.where_clause),
        _ => None,
    }
}

/// The condition of a query of ours.
fn condition(query: &str) -> Option<Box<Node>> {
    let parsed = pg_query::parse(query, 0).ok()?;
    match node(&parsed.protobuf)? {
        NodeEnum::SelectStmt(select) => select.where_clause.clone(),
        _ => None,
    }
}

fn and(left: Box<Node>, right: Box<Node>) -> Box<Node> {
    let both =
        BoolExpr { boolop: BoolExprType::AndExpr as i32, args: vec![*left, *right], ..BoolExpr::default() };
    Box::new(Node { node: Some(NodeEnum::BoolExpr(Box::new(both))) })
}

fn names(relation: &RangeVar) -> (QualifiedName, Ident) {
    let schema = (!relation.schemaname.is_empty()).then(|| Ident::new(relation.schemaname.clone()));
    let name = Ident::new(relation.relname.clone());
    let alias = relation.alias.as_ref().map(|alias| Ident::new(alias.aliasname.clone()));
    (QualifiedName { schema, name: name.clone() }, alias.unwrap_or(name))
}

/// The column that a part of a `SET` writes.
fn written(target: &Node) -> Option<String> {
    match &target.node {
        Some(NodeEnum::ResTarget(target)) => Some(target.name.clone()),
        _ => None,
    }
}

/// How often a tree names a table, whatever its schema: an unqualified name may mean any.
fn mentions(tree: &Value, table: &str) -> usize {
    match tree {
        Value::Object(fields) => {
            let here = fields.get("relname").is_some_and(|name| name == table);
            usize::from(here) + fields.values().map(|value| mentions(value, table)).sum::<usize>()
        }
        Value::Array(values) => values.iter().map(|value| mentions(value, table)).sum(),
        _ => 0,
    }
}

fn has_key(tree: &Value, wanted: &str) -> bool {
    match tree {
        Value::Object(fields) => {
            fields.contains_key(wanted) || fields.values().any(|value| has_key(value, wanted))
        }
        Value::Array(values) => values.iter().any(|value| has_key(value, wanted)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Batch;
    use crate::model::ident::Ident;

    fn refusal(statement: &str) -> String {
        Batch::read(statement).map(|batch| format!("{batch:?}")).unwrap_err().to_string()
    }

    #[test]
    fn what_hangs_on_more_than_each_row_itself_is_refused() {
        for (statement, wanted) in [
            ("insert into t values (1)", "neither UPDATE nor DELETE"),
            ("update t set a = 1 returning a", "RETURNING"),
            ("with x as (select 1) delete from t", "WITH"),
            ("update t set a = (select max(a) from t)", "a second time"),
            ("update t set a = case when exists (select from s.t) then 1 end", "a second time"),
            ("delete from t using t as u where t.i > u.i", "a second time"),
            ("delete from t where current of c", "cursor"),
            ("update t set", "cannot read it"),
        ] {
            let said = refusal(statement);
            assert!(said.contains(wanted), "{statement}: {said}");
        }
    }

    #[test]
    fn the_range_is_joined_to_whatever_condition_there_is() {
        let key = Ident::new("i'd");
        let within =
            |statement: &str| Batch::read(statement).unwrap().within(&key, Some("1"), "it's").unwrap();
        assert_eq!(within("delete from t"), r#"DELETE FROM t WHERE t."i'd" > '1' AND t."i'd" <= 'it''s'"#);
        assert_eq!(
            within("update only s.t as x set a = o.b from o where o.i = x.i or x.a is null"),
            r#"UPDATE ONLY s.t x SET a = o.b FROM o WHERE (o.i = x.i OR x.a IS NULL) AND (x."i'd" > '1' AND x."i'd" <= 'it''s')"#
        );
        assert!(Batch::read("update t set (a, b) = (1, 2)").unwrap().writes(&Ident::new("b")));
    }
}
