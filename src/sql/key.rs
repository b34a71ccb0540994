//! Keys as the server writes them down.

use pg_query::NodeEnum;
use pg_query::protobuf::{ConstrType, Node};

use super::TableName;

/// A key of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The primary key, with its columns.
    Primary(Vec<String>),
    /// A foreign key.
    Foreign {
        /// Its columns.
        columns: Vec<String>,
        /// The table that it points at.
        table: TableName,
        /// The columns there; none means those of its primary key.
        referenced: Vec<String>,
    },
}

/// Reads the definition of a constraint, as `pg_get_constraintdef` writes it; `None` when it is no key.
#[must_use]
pub fn key(definition: &str) -> Option<Key> {
    let tree = pg_query::parse(&format!("alter table t add {definition}"), 0).ok()?;
    let NodeEnum::AlterTableStmt(alter) = tree.protobuf.stmts.into_iter().next()?.stmt?.node? else {
        return None;
    };
    let NodeEnum::AlterTableCmd(command) = alter.cmds.into_iter().next()?.node? else { return None };
    let NodeEnum::Constraint(constraint) = command.def?.node? else { return None };
    match constraint.contype() {
        ConstrType::ConstrPrimary => Some(Key::Primary(names(&constraint.keys))),
        ConstrType::ConstrForeign => {
            let table = constraint.pktable.as_ref()?;
            Some(Key::Foreign {
                columns: names(&constraint.fk_attrs),
                table: (table.schemaname.clone(), table.relname.clone()),
                referenced: names(&constraint.pk_attrs),
            })
        }
        _ => None,
    }
}

fn names(nodes: &[Node]) -> Vec<String> {
    let texts = nodes.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::String(text)) => Some(text.sval.clone()),
        _ => None,
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::{Key, key};

    #[test]
    fn keys_are_read_with_their_columns() {
        assert_eq!(key("PRIMARY KEY (a, \"B\")"), Some(Key::Primary(vec!["a".to_owned(), "B".to_owned()])));
        let foreign = key("FOREIGN KEY (a) REFERENCES s.\"T\"(b) ON DELETE CASCADE NOT VALID");
        let Some(Key::Foreign { columns, table, referenced }) = foreign else { panic!("no key") };
        assert_eq!((columns, referenced), (vec!["a".to_owned()], vec!["b".to_owned()]));
        assert_eq!(table, ("s".to_owned(), "T".to_owned()));
        assert_eq!(key("CHECK ((a > 0))"), None);
    }
}
