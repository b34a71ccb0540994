//! What `ALTER TABLE` asks of tables, command by command.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, ConstrType, Constraint, Node, RangeVar,
};

use super::{Demand, name, on, referenced};
use crate::model::estimate::Work;
use crate::model::plan::LockMode;
use crate::sql::TableName;

/// Functions whose value is one for the whole statement, so that the server stores it once.
const STABLE: [&str; 6] =
    ["now", "transaction_timestamp", "statement_timestamp", "current_setting", "current_schema", "to_char"];

/// Types that are a column with a sequence of its own.
const SERIAL: [&str; 6] = ["serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"];

pub(super) fn demands(alter: &AlterTableStmt) -> Vec<Demand> {
    let Some(relation) = alter.relation.as_ref() else { return Vec::new() };
    let commands = alter.cmds.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::AlterTableCmd(command)) => Some(command.as_ref()),
        _ => None,
    });
    commands.flat_map(|command| one(relation, command)).collect()
}

fn one(relation: &RangeVar, command: &AlterTableCmd) -> Vec<Demand> {
    use AlterTableType as Kind;
    use LockMode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
    let table = || name(relation);
    let this = |lock, work| vec![Demand::of(table(), lock, work)];
    let perhaps = |work| vec![Demand { perhaps: true, ..Demand::of(table(), AccessExclusive, work) }];
    let definition = command.def.as_ref().and_then(|node| node.node.as_ref());
    match (command.subtype(), definition) {
        (Kind::AtAddColumn, Some(NodeEnum::ColumnDef(column))) => added(table(), column),
        (Kind::AtAddConstraint, Some(NodeEnum::Constraint(constraint))) => constrained(table(), constraint),
        (Kind::AtAlterColumnType, _) => perhaps(Work::Rewrite),
        (Kind::AtSetNotNull, _) => perhaps(Work::Scan),
        (
            Kind::AtSetTableSpace
            | Kind::AtSetLogged
            | Kind::AtSetUnLogged
            | Kind::AtSetAccessMethod
            | Kind::AtSetExpression,
            _,
        ) => this(AccessExclusive, Work::Rewrite),
        (Kind::AtValidateConstraint, _) => this(ShareUpdateExclusive, Work::Scan),
        (
            Kind::AtSetStatistics
            | Kind::AtSetRelOptions
            | Kind::AtResetRelOptions
            | Kind::AtSetOptions
            | Kind::AtResetOptions
            | Kind::AtClusterOn
            | Kind::AtDropCluster,
            _,
        ) => this(ShareUpdateExclusive, Work::Catalog),
        (
            Kind::AtEnableTrig
            | Kind::AtEnableAlwaysTrig
            | Kind::AtEnableReplicaTrig
            | Kind::AtDisableTrig
            | Kind::AtEnableTrigAll
            | Kind::AtDisableTrigAll
            | Kind::AtEnableTrigUser
            | Kind::AtDisableTrigUser,
            _,
        ) => this(ShareRowExclusive, Work::Catalog),
        (Kind::AtAttachPartition, Some(NodeEnum::PartitionCmd(partition))) => {
            let mut found = this(ShareUpdateExclusive, Work::Catalog);
            let part = on(partition.name.as_ref(), AccessExclusive, Work::Scan);
            found.extend(part.into_iter().map(|one| Demand { perhaps: true, ..one }));
            found
        }
        (Kind::AtDetachPartition, Some(NodeEnum::PartitionCmd(partition))) => {
            let lock = if partition.concurrent { ShareUpdateExclusive } else { AccessExclusive };
            let mut found = this(lock, Work::Catalog);
            found.extend(on(partition.name.as_ref(), AccessExclusive, Work::Catalog));
            found
        }
        _ => this(AccessExclusive, Work::Catalog),
    }
}

/// A new column: a value that differs from row to row has to be written into each.
fn added(table: TableName, column: &ColumnDef) -> Vec<Demand> {
    let constraints = || {
        column.constraints.iter().filter_map(|node| match &node.node {
            Some(NodeEnum::Constraint(constraint)) => Some(constraint.as_ref()),
            _ => None,
        })
    };
    let has = |wanted: &[ConstrType]| constraints().any(|one| wanted.contains(&one.contype()));
    let stored =
        constraints().any(|one| one.contype() == ConstrType::ConstrGenerated && one.generated_kind != "v");
    let varies = constraints()
        .filter(|one| one.contype() == ConstrType::ConstrDefault)
        .any(|one| one.raw_expr.as_ref().is_some_and(|node| varies(node)));
    let work = if stored || varies || is_serial(column) || has(&[ConstrType::ConstrIdentity]) {
        Work::Rewrite
    } else if has(&[ConstrType::ConstrUnique, ConstrType::ConstrPrimary]) {
        Work::IndexBuild
    } else if has(&[ConstrType::ConstrCheck]) {
        Work::Scan
    } else {
        Work::Catalog
    };
    let mut found = vec![Demand::of(table, LockMode::AccessExclusive, work)];
    found.extend(column.constraints.iter().flat_map(referenced));
    found
}

fn is_serial(column: &ColumnDef) -> bool {
    let last =
        column.type_name.as_ref().and_then(|name| name.names.last()).and_then(|node| node.node.as_ref());
    matches!(last, Some(NodeEnum::String(name)) if SERIAL.contains(&name.sval.as_str()))
}

/// Whether an expression may have another value for each row: whether it calls a function that is not known to be
/// stable, which the parse tree does not tell.
fn varies(expression: &Node) -> bool {
    let Some(node) = expression.node.as_ref() else { return false };
    node.nodes().iter().any(|(node, ..)| match node {
        pg_query::NodeRef::FuncCall(call) => {
            let last = call.funcname.last().and_then(|node| node.node.as_ref());
            !matches!(last, Some(NodeEnum::String(name)) if STABLE.contains(&name.sval.as_str()))
        }
        _ => false,
    })
}

fn constrained(table: TableName, constraint: &Constraint) -> Vec<Demand> {
    let foreign = constraint.contype() == ConstrType::ConstrForeign;
    let lock = if foreign { LockMode::ShareRowExclusive } else { LockMode::AccessExclusive };
    let over_index = !constraint.indexname.is_empty();
    let (work, perhaps) = match constraint.contype() {
        // The columns of a primary key have to be NOT NULL, and the server looks when they are not yet.
        ConstrType::ConstrPrimary if over_index => (Work::Scan, true),
        ConstrType::ConstrUnique if over_index => (Work::Catalog, false),
        ConstrType::ConstrPrimary | ConstrType::ConstrUnique | ConstrType::ConstrExclusion => {
            (Work::IndexBuild, false)
        }
        _ if constraint.skip_validation => (Work::Catalog, false),
        _ => (Work::Scan, false),
    };
    let mut found = vec![Demand { perhaps, ..Demand::of(table, lock, work) }];
    found.extend(on(constraint.pktable.as_ref(), LockMode::ShareRowExclusive, Work::Catalog));
    found
}
