//! Which objects a statement makes or changes, and where in it they are named.
//!
//! Only a help for showing places: an object that is missed here is reported without one.

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, ObjectType, RangeVar};

use crate::model::statement::Touch;

/// The objects of a statement that begins at byte `base` of its file.
pub(super) fn touches(node: &NodeEnum, base: usize) -> Vec<Touch> {
    let mut found = Touches { base, makes: makes(node), list: Vec::new() };
    found.read(node);
    found.list
}

/// Whether a statement makes what it names.
fn makes(node: &NodeEnum) -> bool {
    !matches!(
        node,
        NodeEnum::AlterTableStmt(_)
            | NodeEnum::AlterSeqStmt(_)
            | NodeEnum::AlterPolicyStmt(_)
            | NodeEnum::AlterEnumStmt(_)
            | NodeEnum::AlterDomainStmt(_)
            | NodeEnum::CommentStmt(_)
    )
}

struct Touches {
    base: usize,
    makes: bool,
    list: Vec<Touch>,
}

impl Touches {
    fn read(&mut self, node: &NodeEnum) {
        match node {
            NodeEnum::CreateStmt(statement) => self.table(statement.relation.as_ref(), &statement.table_elts),
            NodeEnum::AlterTableStmt(statement) => self.table(statement.relation.as_ref(), &statement.cmds),
            NodeEnum::ViewStmt(statement) => self.relation(statement.view.as_ref()),
            NodeEnum::CreateTableAsStmt(statement) => {
                self.relation(statement.into.as_ref().and_then(|into| into.rel.as_ref()));
            }
            NodeEnum::CreateSeqStmt(statement) => self.relation(statement.sequence.as_ref()),
            NodeEnum::AlterSeqStmt(statement) => self.relation(statement.sequence.as_ref()),
            NodeEnum::CompositeTypeStmt(statement) => self.relation(statement.typevar.as_ref()),
            NodeEnum::IndexStmt(statement) => self.part(statement.relation.as_ref(), &statement.idxname, 0),
            NodeEnum::CreateTrigStmt(statement) => {
                self.part(statement.relation.as_ref(), &statement.trigname, 0);
            }
            NodeEnum::CreatePolicyStmt(statement) => {
                self.part(statement.table.as_ref(), &statement.policy_name, 0);
            }
            NodeEnum::AlterPolicyStmt(statement) => {
                self.part(statement.table.as_ref(), &statement.policy_name, 0);
            }
            NodeEnum::RenameStmt(statement) => self.renamed(statement),
            NodeEnum::CreateFunctionStmt(statement) => self.names(&statement.funcname),
            NodeEnum::CreateEnumStmt(statement) => self.names(&statement.type_name),
            NodeEnum::AlterEnumStmt(statement) => self.names(&statement.type_name),
            NodeEnum::CreateDomainStmt(statement) => self.names(&statement.domainname),
            NodeEnum::AlterDomainStmt(statement) => self.names(&statement.type_name),
            NodeEnum::CreateRangeStmt(statement) => self.names(&statement.type_name),
            NodeEnum::DefineStmt(statement) => self.names(&statement.defnames),
            NodeEnum::CreateForeignTableStmt(statement) => {
                if let Some(base) = &statement.base_stmt {
                    self.table(base.relation.as_ref(), &base.table_elts);
                }
            }
            NodeEnum::CreateForeignServerStmt(statement) => self.push(None, "", &statement.servername, 0),
            NodeEnum::CreateSchemaStmt(statement) => self.push(None, "", &statement.schemaname, 0),
            NodeEnum::CreateExtensionStmt(statement) => self.push(None, "", &statement.extname, 0),
            NodeEnum::CommentStmt(statement) => self.commented(statement),
            _ => {}
        }
    }

    fn push(&mut self, parent: Option<(String, String)>, schema: &str, name: &str, offset: usize) {
        if !name.is_empty() {
            let offset = self.base + offset;
            self.list.push(Touch {
                parent,
                schema: schema.to_owned(),
                name: name.to_owned(),
                makes: self.makes,
                offset,
            });
        }
    }

    fn relation(&mut self, relation: Option<&RangeVar>) {
        if let Some(relation) = relation {
            self.push(None, &relation.schemaname, &relation.relname, 0);
        }
    }

    fn part(&mut self, relation: Option<&RangeVar>, name: &str, offset: usize) {
        if let Some(relation) = relation {
            self.push(Some((relation.schemaname.clone(), relation.relname.clone())), "", name, offset);
        }
    }

    /// A table with what its elements or `ALTER TABLE` commands name.
    fn table(&mut self, relation: Option<&RangeVar>, elements: &[Node]) {
        self.relation(relation);
        for element in elements.iter().filter_map(|element| element.node.as_ref()) {
            match element {
                NodeEnum::AlterTableCmd(command) => {
                    match command.def.as_ref().and_then(|def| def.node.as_ref()) {
                        Some(def @ (NodeEnum::ColumnDef(_) | NodeEnum::Constraint(_)))
                            if command.name.is_empty() =>
                        {
                            self.element(relation, def);
                        }
                        _ => self.part(relation, &command.name, 0),
                    }
                }
                element => self.element(relation, element),
            }
        }
    }

    fn element(&mut self, relation: Option<&RangeVar>, element: &NodeEnum) {
        match element {
            NodeEnum::ColumnDef(column) => {
                self.part(relation, &column.colname, position(column.location));
                for constraint in column.constraints.iter().filter_map(|node| node.node.as_ref()) {
                    self.element(relation, constraint);
                }
            }
            NodeEnum::Constraint(constraint) => {
                self.part(relation, &constraint.conname, position(constraint.location));
            }
            _ => {}
        }
    }

    fn renamed(&mut self, statement: &pg_query::protobuf::RenameStmt) {
        let relation = statement.relation.as_ref();
        match (statement.rename_type(), relation) {
            (ObjectType::ObjectColumn | ObjectType::ObjectTabconstraint | ObjectType::ObjectTrigger, _) => {
                self.part(relation, &statement.newname, 0);
            }
            (_, Some(relation)) => self.push(None, &relation.schemaname, &statement.newname, 0),
            (_, None) => {}
        }
    }

    fn commented(&mut self, statement: &pg_query::protobuf::CommentStmt) {
        let Some(NodeEnum::List(list)) = statement.object.as_ref().and_then(|object| object.node.as_ref())
        else {
            return;
        };
        let names: Vec<&str> = strings(&list.items);
        match (statement.objtype(), names.as_slice()) {
            (ObjectType::ObjectColumn, [.., schema, table, column]) => {
                self.push(Some(((*schema).to_owned(), (*table).to_owned())), "", column, 0);
            }
            (ObjectType::ObjectColumn, [table, column]) => {
                self.push(Some((String::new(), (*table).to_owned())), "", column, 0);
            }
            (_, [.., schema, name]) => self.push(None, schema, name, 0),
            (_, [name]) => self.push(None, "", name, 0),
            (_, []) => {}
        }
    }

    fn names(&mut self, nodes: &[Node]) {
        match strings(nodes).as_slice() {
            [.., schema, name] => self.push(None, schema, name, 0),
            [name] => self.push(None, "", name, 0),
            [] => {}
        }
    }
}

fn strings(nodes: &[Node]) -> Vec<&str> {
    nodes
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::String(text)) => Some(text.sval.as_str()),
            _ => None,
        })
        .collect()
}

fn position(location: i32) -> usize {
    usize::try_from(location).unwrap_or(0)
}
