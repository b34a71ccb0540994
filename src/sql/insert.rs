//! What a statement of a seed file puts where, read from its parse tree.

use pg_query::NodeEnum;
use pg_query::protobuf::{ConstrType, Constraint, Node, RangeVar};

/// A table as a statement names it: schema, which may be empty, and name.
pub type TableName = (String, String);

/// A statement as a reader of seeds sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeedStatement {
    /// The parser refuses it, in its own words.
    Unreadable(String),
    /// Rows.
    Insert(Insert),
    /// Rows in the form of `COPY`.
    Copy(TableName),
    /// A setting, a transaction, or a query such as one that sets a sequence.
    Allowed,
    /// It changes rows that are there.
    Changes,
    /// It makes or drops objects.
    Structure,
}

/// An `INSERT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    /// Where to.
    pub table: TableName,
    /// How many columns it names, when it names any.
    pub columns: Option<usize>,
    /// How many values each row has, when it has rows of values.
    pub widths: Vec<usize>,
    /// Whether it says what happens when a row is there already.
    pub on_conflict: bool,
}

/// Reads one statement.
#[must_use]
pub fn seed_statement(statement: &str) -> SeedStatement {
    let tree = match pg_query::parse(statement, 0) {
        Ok(tree) => tree,
        Err(error) => return SeedStatement::Unreadable(error.to_string()),
    };
    match node(tree) {
        Some(NodeEnum::InsertStmt(statement)) => SeedStatement::Insert(insert(&statement)),
        Some(NodeEnum::CopyStmt(statement)) if statement.is_from => {
            SeedStatement::Copy(statement.relation.as_ref().map(name).unwrap_or_default())
        }
        Some(
            NodeEnum::SelectStmt(_)
            | NodeEnum::VariableSetStmt(_)
            | NodeEnum::TransactionStmt(_)
            | NodeEnum::ConstraintsSetStmt(_),
        )
        | None => SeedStatement::Allowed,
        Some(
            NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::TruncateStmt(_)
            | NodeEnum::MergeStmt(_)
            | NodeEnum::CallStmt(_)
            | NodeEnum::DoStmt(_),
        ) => SeedStatement::Changes,
        Some(_) => SeedStatement::Structure,
    }
}

fn node(tree: pg_query::ParseResult) -> Option<NodeEnum> {
    tree.protobuf.stmts.into_iter().next()?.stmt?.node
}

fn insert(statement: &pg_query::protobuf::InsertStmt) -> Insert {
    let source = statement.select_stmt.as_ref().and_then(|node| node.node.as_ref());
    let lists = match source {
        Some(NodeEnum::SelectStmt(select)) => select.values_lists.as_slice(),
        _ => &[],
    };
    let width = |list: &Node| match &list.node {
        Some(NodeEnum::List(list)) => list.items.len(),
        _ => 0,
    };
    Insert {
        table: statement.relation.as_ref().map(name).unwrap_or_default(),
        columns: (!statement.cols.is_empty()).then_some(statement.cols.len()),
        widths: lists.iter().map(width).collect(),
        on_conflict: statement.on_conflict_clause.is_some(),
    }
}

fn name(relation: &RangeVar) -> TableName {
    (relation.schemaname.clone(), relation.relname.clone())
}

/// The tables that a table needs rows of: each pair is a foreign key's own table and the one that it points at.
///
/// A key that is checked at the end of the transaction asks for no order.
#[must_use]
pub fn foreign_keys(statement: &str) -> Vec<(TableName, TableName)> {
    let Some(node) = pg_query::parse(statement, 0).ok().and_then(node) else { return Vec::new() };
    let (relation, elements) = match &node {
        NodeEnum::CreateStmt(statement) => (&statement.relation, &statement.table_elts),
        NodeEnum::AlterTableStmt(statement) => (&statement.relation, &statement.cmds),
        _ => return Vec::new(),
    };
    let Some(from) = relation.as_ref().map(name) else { return Vec::new() };
    let mut found = Vec::new();
    for element in elements {
        collect(element, &from, &mut found);
    }
    found
}

fn collect(element: &Node, from: &TableName, found: &mut Vec<(TableName, TableName)>) {
    match &element.node {
        Some(NodeEnum::ColumnDef(column)) => {
            column.constraints.iter().for_each(|constraint| collect(constraint, from, found));
        }
        Some(NodeEnum::AlterTableCmd(command)) => {
            command.def.iter().for_each(|definition| collect(definition, from, found));
        }
        Some(NodeEnum::Constraint(constraint)) if is_checked_at_once(constraint) => {
            found.extend(constraint.pktable.as_ref().map(|to| (from.clone(), name(to))));
        }
        _ => {}
    }
}

fn is_checked_at_once(constraint: &Constraint) -> bool {
    constraint.contype() == ConstrType::ConstrForeign && !constraint.initdeferred
}

#[cfg(test)]
mod tests {
    use super::{SeedStatement, foreign_keys, seed_statement};

    #[test]
    fn inserts_are_told_from_what_belongs_elsewhere() {
        let SeedStatement::Insert(found) = seed_statement("insert into s.t (a, b) values (1, 2), (3)") else {
            panic!("no insert")
        };
        assert_eq!(
            (found.columns, found.widths.as_slice(), found.on_conflict),
            (Some(2), &[2, 1][..], false)
        );
        assert_eq!(seed_statement("update t set a = 1"), SeedStatement::Changes);
        assert_eq!(seed_statement("create table t (a int)"), SeedStatement::Structure);
        assert_eq!(seed_statement("select setval('s', 9)"), SeedStatement::Allowed);
        assert!(matches!(seed_statement("insert int t"), SeedStatement::Unreadable(_)));
    }

    #[test]
    fn foreign_keys_are_found_wherever_they_stand() {
        let name = |table: &str| (String::new(), table.to_owned());
        let create = "create table a (b int references b, c int, foreign key (c) references c deferrable initially deferred)";
        assert_eq!(foreign_keys(create), [(name("a"), name("b"))]);
        let alter = "alter table a add constraint x foreign key (b) references s.b";
        assert_eq!(foreign_keys(alter), [(name("a"), ("s".to_owned(), "b".to_owned()))]);
    }
}
