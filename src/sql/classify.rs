//! What running a statement needs, read from its parse tree.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableType, ObjectType, ReindexObjectType, RoleSpec, RoleSpecType, TransactionStmtKind,
    VariableSetKind,
};

use super::touch;
use crate::model::statement::{StatementKind, Touch};

/// Statements beyond this many bytes are not parsed: what is that long is data or a body of code.
const PARSE_LIMIT: usize = 1 << 20;

/// First words of statements that never need a look at their tree.
const DATA_WORDS: [&str; 9] =
    ["insert", "update", "delete", "select", "with", "values", "do", "call", "copy"];

/// What a parse tree tells.
pub(super) struct Facts {
    pub(super) kind: StatementKind,
    pub(super) roles: Vec<String>,
    pub(super) touches: Vec<Touch>,
}

/// Reads the facts of one statement that begins at byte `base` of its file.
pub(super) fn facts(statement: &str, base: usize) -> Facts {
    let nothing = Facts { kind: StatementKind::Plain, roles: Vec::new(), touches: Vec::new() };
    let first = statement.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if statement.len() > PARSE_LIMIT || DATA_WORDS.iter().any(|word| first.eq_ignore_ascii_case(word)) {
        return nothing;
    }
    // What the parser refuses, the server judges: it may be newer than the parser.
    let Ok(tree) = pg_query::parse(statement, 0) else { return nothing };
    let Some(node) =
        tree.protobuf.stmts.into_iter().next().and_then(|raw| raw.stmt).and_then(|node| node.node)
    else {
        return nothing;
    };
    Facts { kind: kind(&node), roles: roles(&node), touches: touch::touches(&node, base) }
}

fn kind(node: &NodeEnum) -> StatementKind {
    match node {
        NodeEnum::TransactionStmt(statement) => transaction(statement.kind()),
        NodeEnum::VariableSetStmt(statement) if statement.kind() == VariableSetKind::VarSetValue => {
            StatementKind::Set
        }
        NodeEnum::CreateExtensionStmt(statement) => StatementKind::Extension(statement.extname.clone()),
        NodeEnum::CommentStmt(statement) if statement.objtype() == ObjectType::ObjectExtension => {
            StatementKind::Extension(
                statement.object.as_deref().and_then(string_constant).unwrap_or_default(),
            )
        }
        NodeEnum::CreateRoleStmt(_)
        | NodeEnum::AlterRoleStmt(_)
        | NodeEnum::AlterRoleSetStmt(_)
        | NodeEnum::DropRoleStmt(_) => StatementKind::Role,
        NodeEnum::AlterOwnerStmt(_) => StatementKind::Owner,
        NodeEnum::AlterTableStmt(statement) if statement.cmds.iter().all(changes_owner) => {
            StatementKind::Owner
        }
        node if refuses_transaction_block(node) => StatementKind::NonTransactional,
        _ => StatementKind::Plain,
    }
}

fn transaction(kind: TransactionStmtKind) -> StatementKind {
    match kind {
        TransactionStmtKind::TransStmtBegin | TransactionStmtKind::TransStmtStart => StatementKind::Begin,
        TransactionStmtKind::TransStmtCommit => StatementKind::Commit,
        TransactionStmtKind::TransStmtRollback | TransactionStmtKind::TransStmtPrepare => {
            StatementKind::Rollback
        }
        TransactionStmtKind::TransStmtCommitPrepared | TransactionStmtKind::TransStmtRollbackPrepared => {
            StatementKind::NonTransactional
        }
        _ => StatementKind::Plain,
    }
}

/// The statements that call `PreventInTransactionBlock` in the server's source.
fn refuses_transaction_block(node: &NodeEnum) -> bool {
    match node {
        NodeEnum::IndexStmt(statement) => statement.concurrent,
        NodeEnum::DropStmt(statement) => statement.concurrent,
        NodeEnum::ReindexStmt(statement) => {
            has_option(&statement.params, "concurrently")
                || !matches!(
                    statement.kind(),
                    ReindexObjectType::ReindexObjectIndex | ReindexObjectType::ReindexObjectTable
                )
        }
        NodeEnum::VacuumStmt(statement) => statement.is_vacuumcmd,
        NodeEnum::ClusterStmt(statement) => statement.relation.is_none(),
        NodeEnum::AlterTableStmt(statement) => statement.cmds.iter().any(detaches_concurrently),
        NodeEnum::CreateSubscriptionStmt(statement) => {
            !is_off(&statement.options, "connect") && !is_off(&statement.options, "create_slot")
        }
        NodeEnum::DiscardStmt(statement) => statement.target() == pg_query::protobuf::DiscardMode::DiscardAll,
        NodeEnum::CreatedbStmt(_)
        | NodeEnum::DropdbStmt(_)
        | NodeEnum::CreateTableSpaceStmt(_)
        | NodeEnum::DropTableSpaceStmt(_)
        | NodeEnum::AlterSystemStmt(_)
        | NodeEnum::DropSubscriptionStmt(_) => true,
        _ => false,
    }
}

fn changes_owner(command: &pg_query::protobuf::Node) -> bool {
    matches!(&command.node, Some(NodeEnum::AlterTableCmd(command)) if command.subtype() == AlterTableType::AtChangeOwner)
}

fn detaches_concurrently(command: &pg_query::protobuf::Node) -> bool {
    let Some(NodeEnum::AlterTableCmd(command)) = &command.node else { return false };
    let partition = command.def.as_ref().and_then(|def| def.node.as_ref());
    command.subtype() == AlterTableType::AtDetachPartition
        && matches!(partition, Some(NodeEnum::PartitionCmd(partition)) if partition.concurrent)
}

fn options<'a>(
    nodes: &'a [pg_query::protobuf::Node],
    name: &'a str,
) -> impl Iterator<Item = &'a pg_query::protobuf::DefElem> {
    nodes.iter().filter_map(move |node| match &node.node {
        Some(NodeEnum::DefElem(option)) if option.defname == name => Some(option.as_ref()),
        _ => None,
    })
}

pub(super) fn has_option(nodes: &[pg_query::protobuf::Node], name: &str) -> bool {
    options(nodes, name).next().is_some()
}

fn is_off(nodes: &[pg_query::protobuf::Node], name: &str) -> bool {
    options(nodes, name).any(|option| match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
        Some(NodeEnum::String(text)) => {
            matches!(text.sval.to_ascii_lowercase().as_str(), "false" | "off" | "0")
        }
        Some(NodeEnum::Boolean(value)) => !value.boolval,
        _ => false,
    })
}

/// The roles that a statement needs to exist: owners, grantees, members, those of policies.
fn roles(node: &NodeEnum) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut take = |role: &RoleSpec| {
        if role.roletype() == RoleSpecType::RolespecCstring && !role.rolename.starts_with("pg_") {
            found.push(role.rolename.clone());
        }
    };
    match node {
        NodeEnum::GrantStmt(statement) => each_role(&statement.grantees, &mut take),
        NodeEnum::GrantRoleStmt(statement) => {
            each_role(&statement.grantee_roles, &mut take);
            found.extend(statement.granted_roles.iter().filter_map(granted_role));
        }
        NodeEnum::AlterOwnerStmt(statement) => statement.newowner.iter().for_each(take),
        NodeEnum::CreateSchemaStmt(statement) => statement.authrole.iter().for_each(take),
        NodeEnum::CreatePolicyStmt(statement) => each_role(&statement.roles, &mut take),
        NodeEnum::AlterPolicyStmt(statement) => each_role(&statement.roles, &mut take),
        NodeEnum::ReassignOwnedStmt(statement) => {
            each_role(&statement.roles, &mut take);
            statement.newrole.iter().for_each(take);
        }
        NodeEnum::AlterTableStmt(statement) => {
            for command in &statement.cmds {
                if let Some(NodeEnum::AlterTableCmd(command)) = &command.node {
                    command.newowner.iter().for_each(&mut take);
                }
            }
        }
        NodeEnum::AlterDefaultPrivilegesStmt(statement) => {
            if let Some(action) = &statement.action {
                each_role(&action.grantees, &mut take);
            }
            for option in options(&statement.options, "roles") {
                if let Some(NodeEnum::List(list)) = option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                    each_role(&list.items, &mut take);
                }
            }
        }
        NodeEnum::VariableSetStmt(statement)
            if matches!(statement.name.as_str(), "role" | "session_authorization") =>
        {
            found.extend(statement.args.iter().filter_map(string_constant).filter(|name| name != "none"));
        }
        NodeEnum::CommentStmt(statement) if statement.objtype() == ObjectType::ObjectRole => {
            found.extend(statement.object.iter().filter_map(|object| string_constant(object)));
        }
        NodeEnum::CreateRoleStmt(statement) => found.push(statement.role.clone()),
        NodeEnum::AlterRoleStmt(statement) => statement.role.iter().for_each(take),
        NodeEnum::AlterRoleSetStmt(statement) => statement.role.iter().for_each(take),
        _ => {}
    }
    found
}

fn each_role(nodes: &[pg_query::protobuf::Node], take: &mut impl FnMut(&RoleSpec)) {
    for node in nodes {
        if let Some(NodeEnum::RoleSpec(role)) = &node.node {
            take(role);
        }
    }
}

fn granted_role(node: &pg_query::protobuf::Node) -> Option<String> {
    match &node.node {
        Some(NodeEnum::AccessPriv(role)) if !role.priv_name.starts_with("pg_") => {
            Some(role.priv_name.clone())
        }
        _ => None,
    }
}

fn string_constant(node: &pg_query::protobuf::Node) -> Option<String> {
    match &node.node {
        Some(NodeEnum::String(text)) => Some(text.sval.clone()),
        Some(NodeEnum::AConst(constant)) => match &constant.val {
            Some(pg_query::protobuf::a_const::Val::Sval(text)) => Some(text.sval.clone()),
            _ => None,
        },
        _ => None,
    }
}
