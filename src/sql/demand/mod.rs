//! Which tables a statement locks how, and what it does to their rows: PostgreSQL's manual, 13.3.1 and `ALTER TABLE`.

mod alter;

use std::cmp::Ordering;

use pg_query::NodeEnum;
use pg_query::protobuf::{ConstrType, Node, ObjectType, RangeVar};

use super::TableName;
use crate::model::estimate::Work;
use crate::model::plan::LockMode;

/// Bytes of a statement that is looked at; what is longer is data or a body of code.
const LIMIT: usize = 1 << 20;

/// What a statement asks of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The table, view or index, as the statement names it.
    pub table: TableName,
    /// The lock that it takes.
    pub lock: LockMode,
    /// What is done to the rows.
    pub work: Work,
    /// Whether the server may find that there is nothing to do to them.
    pub perhaps: bool,
}

impl Demand {
    fn of(table: TableName, lock: LockMode, work: Work) -> Self {
        Self { table, lock, work, perhaps: false }
    }
}

/// What a statement asks of tables, each table once with the strongest lock and the most work.
#[must_use]
pub fn demands(statement: &str) -> Vec<Demand> {
    if statement.len() > LIMIT {
        return Vec::new();
    }
    let tree = pg_query::parse(statement, 0).ok();
    let Some(node) = tree.and_then(|tree| tree.protobuf.stmts.into_iter().next()?.stmt?.node) else {
        return Vec::new();
    };
    let mut merged: Vec<Demand> = Vec::new();
    for demand in read(&node) {
        match merged.iter_mut().find(|one| one.table == demand.table) {
            None => merged.push(demand),
            Some(one) => {
                one.perhaps = match one.work.cmp(&demand.work) {
                    Ordering::Less => demand.perhaps,
                    Ordering::Equal => one.perhaps && demand.perhaps,
                    Ordering::Greater => one.perhaps,
                };
                one.lock = one.lock.max(demand.lock);
                one.work = one.work.max(demand.work);
            }
        }
    }
    merged
}

fn read(node: &NodeEnum) -> Vec<Demand> {
    use LockMode::{
        AccessExclusive, Exclusive, RowExclusive, Share, ShareRowExclusive, ShareUpdateExclusive,
    };
    match node {
        NodeEnum::AlterTableStmt(alter) => alter::demands(alter),
        NodeEnum::CreateStmt(create) => created(create),
        NodeEnum::IndexStmt(index) => {
            let lock = if index.concurrent { ShareUpdateExclusive } else { Share };
            on(index.relation.as_ref(), lock, Work::IndexBuild)
        }
        NodeEnum::CreateTrigStmt(trigger) => on(trigger.relation.as_ref(), ShareRowExclusive, Work::Catalog),
        NodeEnum::RuleStmt(rule) => on(rule.relation.as_ref(), AccessExclusive, Work::Catalog),
        NodeEnum::CreatePolicyStmt(policy) => on(policy.table.as_ref(), AccessExclusive, Work::Catalog),
        NodeEnum::AlterPolicyStmt(policy) => on(policy.table.as_ref(), AccessExclusive, Work::Catalog),
        NodeEnum::RenameStmt(rename) => {
            let is_index = rename.rename_type() == ObjectType::ObjectIndex;
            let lock = if is_index { ShareUpdateExclusive } else { AccessExclusive };
            on(rename.relation.as_ref(), lock, Work::Catalog)
        }
        NodeEnum::DropStmt(drop) => dropped(drop),
        NodeEnum::TruncateStmt(truncate) => several(&truncate.relations, AccessExclusive, Work::Catalog),
        NodeEnum::LockStmt(lock) => several(&lock.relations, mode(lock.mode), Work::Catalog),
        NodeEnum::ClusterStmt(cluster) => on(cluster.relation.as_ref(), AccessExclusive, Work::Rewrite),
        NodeEnum::ReindexStmt(reindex) => on(reindex.relation.as_ref(), Share, Work::IndexBuild),
        NodeEnum::RefreshMatViewStmt(refresh) => {
            let lock = if refresh.concurrent { Exclusive } else { AccessExclusive };
            on(refresh.relation.as_ref(), lock, Work::Rewrite)
        }
        NodeEnum::VacuumStmt(vacuum) => vacuumed(vacuum),
        NodeEnum::InsertStmt(insert) => on(insert.relation.as_ref(), RowExclusive, Work::Insert),
        NodeEnum::CopyStmt(copy) if copy.is_from => on(copy.relation.as_ref(), RowExclusive, Work::Insert),
        NodeEnum::UpdateStmt(update) => on(update.relation.as_ref(), RowExclusive, Work::Update),
        NodeEnum::DeleteStmt(delete) => on(delete.relation.as_ref(), RowExclusive, Work::Update),
        NodeEnum::MergeStmt(merge) => on(merge.relation.as_ref(), RowExclusive, Work::Update),
        _ => Vec::new(),
    }
}

/// Which tables a statement makes.
#[must_use]
pub fn made(statement: &str) -> Option<TableName> {
    let tree = if statement.len() > LIMIT { None } else { pg_query::parse(statement, 0).ok() };
    match tree?.protobuf.stmts.into_iter().next()?.stmt?.node? {
        NodeEnum::CreateStmt(create) => create.relation.as_ref().map(name),
        NodeEnum::CreateTableAsStmt(create) => create.into?.rel.as_ref().map(name),
        NodeEnum::ViewStmt(view) => view.view.as_ref().map(name),
        _ => None,
    }
}

fn name(relation: &RangeVar) -> TableName {
    (relation.schemaname.clone(), relation.relname.clone())
}

fn on(relation: Option<&RangeVar>, lock: LockMode, work: Work) -> Vec<Demand> {
    relation.map(|relation| Demand::of(name(relation), lock, work)).into_iter().collect()
}

fn several(relations: &[Node], lock: LockMode, work: Work) -> Vec<Demand> {
    let relations = relations.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::RangeVar(relation)) => Some(relation),
        _ => None,
    });
    relations.flat_map(|relation| on(Some(relation), lock, work)).collect()
}

/// A new table locks those that it points at, descends from or is a partition of.
fn created(create: &pg_query::protobuf::CreateStmt) -> Vec<Demand> {
    let parent =
        if create.partbound.is_some() { LockMode::AccessExclusive } else { LockMode::ShareUpdateExclusive };
    let mut found = several(&create.inh_relations, parent, Work::Catalog);
    for element in &create.table_elts {
        found.extend(referenced(element));
    }
    found
}

/// The tables that foreign keys within an element of a table point at.
fn referenced(element: &Node) -> Vec<Demand> {
    match &element.node {
        Some(NodeEnum::ColumnDef(column)) => column.constraints.iter().flat_map(referenced).collect(),
        Some(NodeEnum::Constraint(constraint)) if constraint.contype() == ConstrType::ConstrForeign => {
            on(constraint.pktable.as_ref(), LockMode::ShareRowExclusive, Work::Catalog)
        }
        _ => Vec::new(),
    }
}

fn dropped(drop: &pg_query::protobuf::DropStmt) -> Vec<Demand> {
    let of_table = matches!(
        drop.remove_type(),
        ObjectType::ObjectTrigger | ObjectType::ObjectPolicy | ObjectType::ObjectRule
    );
    let relation = matches!(
        drop.remove_type(),
        ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectIndex
    );
    let lock = if drop.concurrent { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
    let names = drop.objects.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::List(list)) => Some(strings(&list.items)),
        _ => None,
    });
    let tables = names.filter_map(|mut names| {
        // The last name is the trigger's or policy's own.
        if of_table {
            names.pop();
        }
        let table = names.pop().filter(|_| of_table || relation)?;
        Some((names.pop().unwrap_or_default(), table))
    });
    tables.map(|table| Demand::of(table, lock, Work::Catalog)).collect()
}

fn strings(nodes: &[Node]) -> Vec<String> {
    let texts = nodes.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::String(text)) => Some(text.sval.clone()),
        _ => None,
    });
    texts.collect()
}

fn vacuumed(vacuum: &pg_query::protobuf::VacuumStmt) -> Vec<Demand> {
    let full = super::classify::has_option(&vacuum.options, "full");
    let (lock, work) = match (full, vacuum.is_vacuumcmd) {
        (true, _) => (LockMode::AccessExclusive, Work::Rewrite),
        (false, true) => (LockMode::ShareUpdateExclusive, Work::Scan),
        (false, false) => (LockMode::ShareUpdateExclusive, Work::Catalog),
    };
    let relations = vacuum.rels.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::VacuumRelation(one)) => one.relation.as_ref(),
        _ => None,
    });
    relations.flat_map(|relation| on(Some(relation), lock, work)).collect()
}

/// The mode by its number in the server's source, 1 to 8.
fn mode(number: i32) -> LockMode {
    use strum::IntoEnumIterator as _;
    let index = usize::try_from(number).unwrap_or(8).saturating_sub(1);
    LockMode::iter().nth(index).unwrap_or(LockMode::AccessExclusive)
}

#[cfg(test)]
mod tests {
    use super::{demands, made};

    /// Each demand on one line.
    fn said(statement: &str) -> Vec<String> {
        let demands = demands(statement).into_iter().map(|one| {
            let perhaps = if one.perhaps { " perhaps" } else { "" };
            format!("{} {} {}{perhaps}", one.table.1, one.lock, one.work)
        });
        demands.collect()
    }

    #[test]
    fn locks_and_work_are_those_of_the_manual() {
        for (statement, wanted) in [
            ("alter table t add a int", "t ACCESS_EXCLUSIVE catalog"),
            ("alter table t add a int not null default 7", "t ACCESS_EXCLUSIVE catalog"),
            ("alter table t add a timestamptz default now()", "t ACCESS_EXCLUSIVE catalog"),
            ("alter table t add a uuid default gen_random_uuid()", "t ACCESS_EXCLUSIVE rewrite"),
            ("alter table t add a serial", "t ACCESS_EXCLUSIVE rewrite"),
            ("alter table t add a int generated always as (b) stored", "t ACCESS_EXCLUSIVE rewrite"),
            ("alter table t add a int unique", "t ACCESS_EXCLUSIVE index_build"),
            ("alter table t drop a, alter b type bigint", "t ACCESS_EXCLUSIVE rewrite perhaps"),
            ("alter table t alter a set not null", "t ACCESS_EXCLUSIVE scan perhaps"),
            ("alter table t add check (a > 0)", "t ACCESS_EXCLUSIVE scan"),
            ("alter table t add check (a > 0) not valid", "t ACCESS_EXCLUSIVE catalog"),
            ("alter table t validate constraint c", "t SHARE_UPDATE_EXCLUSIVE scan"),
            ("alter table t add primary key (a)", "t ACCESS_EXCLUSIVE index_build"),
            ("alter table t add primary key using index i", "t ACCESS_EXCLUSIVE scan perhaps"),
            ("alter table t set unlogged", "t ACCESS_EXCLUSIVE rewrite"),
            ("alter table t alter a set statistics 5", "t SHARE_UPDATE_EXCLUSIVE catalog"),
            ("alter table t disable trigger g", "t SHARE_ROW_EXCLUSIVE catalog"),
            (
                "alter table t detach partition p concurrently",
                "t SHARE_UPDATE_EXCLUSIVE catalog, p ACCESS_EXCLUSIVE catalog",
            ),
            (
                "alter table t attach partition p default",
                "t SHARE_UPDATE_EXCLUSIVE catalog, p ACCESS_EXCLUSIVE scan perhaps",
            ),
            (
                "alter table t add foreign key (a) references u",
                "t SHARE_ROW_EXCLUSIVE scan, u SHARE_ROW_EXCLUSIVE catalog",
            ),
            ("create table n (a int references u)", "u SHARE_ROW_EXCLUSIVE catalog"),
            ("create index on t (a)", "t SHARE index_build"),
            ("create index concurrently i on t (a)", "t SHARE_UPDATE_EXCLUSIVE index_build"),
            ("drop table s.t, u", "t ACCESS_EXCLUSIVE catalog, u ACCESS_EXCLUSIVE catalog"),
            ("drop trigger g on s.t", "t ACCESS_EXCLUSIVE catalog"),
            ("drop function f()", ""),
            ("lock table t in share mode", "t SHARE catalog"),
            ("vacuum full t", "t ACCESS_EXCLUSIVE rewrite"),
            ("vacuum t", "t SHARE_UPDATE_EXCLUSIVE scan"),
            ("refresh materialized view concurrently v", "v EXCLUSIVE rewrite"),
            ("update t set a = 1", "t ROW_EXCLUSIVE update"),
            ("insert into t values (1)", "t ROW_EXCLUSIVE insert"),
            ("alter table t rename to u", "t ACCESS_EXCLUSIVE catalog"),
            ("select 1", ""),
            ("no sql", ""),
        ] {
            assert_eq!(said(statement).join(", "), wanted, "{statement}");
        }
        assert_eq!(made("create table s.n ()"), Some(("s".to_owned(), "n".to_owned())));
    }
}
