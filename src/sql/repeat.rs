//! Which statements fail when they are run again, and what makes them repeatable.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType, ConstrType, DropStmt, IndexStmt, Node, ObjectType, Token,
};

use super::tree;
use crate::model::tidy::Pattern;

/// What a repeatable statement says beside one that is not.
const FLAGS: [&str; 4] = ["if_not_exists", "missing_ok", "replace", "skip_if_new_val_exists"];

/// Bytes of a statement that is looked at; what is longer is data or a body of code.
const LIMIT: usize = 1 << 20;

/// A part of a statement that fails when it is run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// What it is.
    pub pattern: Pattern,
    /// What it makes, when it is something that may have been dropped before.
    pub name: Option<String>,
    /// The words that make it repeatable, and the byte before which they have to stand.
    pub edit: Option<(usize, &'static str)>,
}

/// What of a statement fails when it is run again.
#[must_use]
pub fn unrepeatable(statement: &str) -> Vec<Repeat> {
    if statement.len() > LIMIT {
        return Vec::new();
    }
    let tree = pg_query::parse(statement, 0).ok();
    let Some(node) = tree.and_then(|tree| tree.protobuf.stmts.into_iter().next()?.stmt?.node) else {
        return Vec::new();
    };
    let Some(words) = Words::of(statement) else { return Vec::new() };
    let mut found = found(&node, &words);
    for one in &mut found {
        one.edit = one.edit.take().filter(|edit| is_same_but_repeatable(statement, edit));
    }
    found
}

/// The names of what a statement drops if it is there.
#[must_use]
pub fn dropped_if_there(statement: &str) -> Vec<String> {
    let tree = if statement.len() > LIMIT { None } else { pg_query::parse(statement, 0).ok() };
    match tree.and_then(|tree| tree.protobuf.stmts.into_iter().next()?.stmt?.node) {
        Some(NodeEnum::DropStmt(drop)) if drop.missing_ok => {
            drop.objects.iter().filter_map(last_name).collect()
        }
        Some(NodeEnum::AlterTableStmt(alter)) => commands(&alter)
            .filter(|one| one.subtype() == AlterTableType::AtDropConstraint && one.missing_ok)
            .map(|one| one.name.clone())
            .collect(),
        _ => Vec::new(),
    }
}

/// A statement with words put in, the later ones first.
#[must_use]
pub fn with_edits(statement: &str, mut edits: Vec<(usize, &'static str)>) -> String {
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut text = statement.to_owned();
    for (at, words) in edits {
        let before = &statement[..at];
        let shouts = before.split_whitespace().next_back().is_some_and(|word| {
            word.chars().any(char::is_alphabetic) && !word.chars().any(char::is_lowercase)
        });
        let words = if shouts { words.to_uppercase() } else { words.to_owned() };
        text.insert_str(at, &format!("{words} "));
    }
    text
}

/// Nothing but the words that are meant to be put in may be different.
fn is_same_but_repeatable(statement: &str, edit: &(usize, &'static str)) -> bool {
    let edited = with_edits(statement, vec![*edit]);
    let before = tree::normalised(statement, &FLAGS);
    before.is_some()
        && before == tree::normalised(&edited, &FLAGS)
        && tree::normalised(statement, &[]) != tree::normalised(&edited, &[])
}

fn found(node: &NodeEnum, words: &Words) -> Vec<Repeat> {
    let one = |pattern, edit| vec![Repeat { pattern, name: None, edit }];
    let named = |pattern, name: Option<String>| vec![Repeat { pattern, name, edit: None }];
    let not_there = |word| words.after(&[word]).map(|at| (at, "if not exists"));
    let replace = || words.after(&[Token::Create]).map(|at| (at, "or replace"));
    match node {
        NodeEnum::CreateStmt(create) if !create.if_not_exists => {
            one(Pattern::CreateTable, not_there(Token::Table))
        }
        NodeEnum::CreateTableAsStmt(create) if !create.if_not_exists => match create.objtype() {
            ObjectType::ObjectMatview => one(Pattern::CreateMaterializedView, not_there(Token::View)),
            _ => one(Pattern::CreateTable, not_there(Token::Table)),
        },
        NodeEnum::IndexStmt(index) if !index.if_not_exists => vec![self::index(index, words)],
        NodeEnum::CreateFunctionStmt(create) if !create.replace => {
            let function =
                if create.is_procedure { Pattern::CreateProcedure } else { Pattern::CreateFunction };
            one(function, replace())
        }
        NodeEnum::ViewStmt(view) if !view.replace => one(Pattern::CreateView, replace()),
        NodeEnum::CreateTrigStmt(trigger) if !trigger.replace => {
            // A constraint trigger cannot be replaced; the edit is refused then.
            vec![Repeat {
                name: Some(trigger.trigname.clone()),
                ..one(Pattern::CreateTrigger, replace()).remove(0)
            }]
        }
        NodeEnum::CreateExtensionStmt(create) if !create.if_not_exists => {
            one(Pattern::CreateExtension, not_there(Token::Extension))
        }
        NodeEnum::CreateSchemaStmt(create) if !create.if_not_exists => {
            one(Pattern::CreateSchema, not_there(Token::Schema))
        }
        NodeEnum::CreateSeqStmt(create) if !create.if_not_exists => {
            one(Pattern::CreateSequence, not_there(Token::Sequence))
        }
        NodeEnum::CreateEnumStmt(create) => named(Pattern::CreateType, last_of(&create.type_name)),
        NodeEnum::CreateRangeStmt(create) => named(Pattern::CreateType, last_of(&create.type_name)),
        NodeEnum::CompositeTypeStmt(create) => {
            named(Pattern::CreateType, create.typevar.as_ref().map(|name| name.relname.clone()))
        }
        NodeEnum::CreateDomainStmt(create) => named(Pattern::CreateDomain, last_of(&create.domainname)),
        NodeEnum::CreatePolicyStmt(create) => named(Pattern::CreatePolicy, Some(create.policy_name.clone())),
        NodeEnum::AlterEnumStmt(alter) if alter.old_val.is_empty() && !alter.skip_if_new_val_exists => {
            one(Pattern::AlterTypeAddValue, not_there(Token::ValueP))
        }
        NodeEnum::RenameStmt(rename) if rename.rename_type() == ObjectType::ObjectColumn => {
            one(Pattern::AlterTableRenameColumn, None)
        }
        NodeEnum::DropStmt(drop) if !drop.missing_ok => vec![dropped(drop, words)],
        NodeEnum::AlterTableStmt(alter) => altered(alter, words),
        _ => Vec::new(),
    }
}

fn index(index: &IndexStmt, words: &Words) -> Repeat {
    let pattern = if index.unique { Pattern::CreateUniqueIndex } else { Pattern::CreateIndex };
    let last = if index.concurrent { Token::Concurrently } else { Token::Index };
    // Without a name the server would make another one of the same kind.
    let at = if index.idxname.is_empty() { None } else { words.after(&[last]) };
    Repeat { pattern, name: None, edit: at.map(|at| (at, "if not exists")) }
}

fn dropped(drop: &DropStmt, words: &Words) -> Repeat {
    let pattern = match drop.remove_type() {
        ObjectType::ObjectTable => Pattern::DropTable,
        ObjectType::ObjectIndex => Pattern::DropIndex,
        ObjectType::ObjectFunction | ObjectType::ObjectProcedure | ObjectType::ObjectRoutine => {
            Pattern::DropFunction
        }
        ObjectType::ObjectView | ObjectType::ObjectMatview => Pattern::DropView,
        ObjectType::ObjectType | ObjectType::ObjectDomain => Pattern::DropType,
        ObjectType::ObjectSchema => Pattern::DropSchema,
        ObjectType::ObjectSequence => Pattern::DropSequence,
        _ => Pattern::DropOther,
    };
    let count = match drop.remove_type() {
        ObjectType::ObjectMatview
        | ObjectType::ObjectForeignTable
        | ObjectType::ObjectEventTrigger
        | ObjectType::ObjectAccessMethod
        | ObjectType::ObjectOpclass
        | ObjectType::ObjectOpfamily => 3,
        ObjectType::ObjectTsparser
        | ObjectType::ObjectTsdictionary
        | ObjectType::ObjectTstemplate
        | ObjectType::ObjectTsconfiguration
        | ObjectType::ObjectFdw => 4,
        _ => 2,
    };
    let at = words.start_of(count + usize::from(drop.concurrent));
    Repeat { pattern, name: None, edit: at.map(|at| (at, "if exists")) }
}

fn altered(alter: &AlterTableStmt, words: &Words) -> Vec<Repeat> {
    let mut found = Vec::new();
    for (place, command) in commands(alter).enumerate() {
        let definition = command.def.as_ref().and_then(|node| node.node.as_ref());
        let (pattern, name, edit) = match (command.subtype(), definition) {
            (AlterTableType::AtAddColumn, Some(NodeEnum::ColumnDef(column))) if !command.missing_ok => {
                let at = usize::try_from(column.location).ok();
                (Pattern::AlterTableAddColumn, None, at.map(|at| (at, "if not exists")))
            }
            (AlterTableType::AtDropColumn, _) if !command.missing_ok => {
                (Pattern::AlterTableDropColumn, None, words.dropped_part(place).map(|at| (at, "if exists")))
            }
            (AlterTableType::AtDropConstraint, _) if !command.missing_ok => (
                Pattern::AlterTableDropConstraint,
                None,
                words.dropped_part(place).map(|at| (at, "if exists")),
            ),
            (AlterTableType::AtAddConstraint, Some(NodeEnum::Constraint(constraint))) => {
                let pattern = match constraint.contype() {
                    ConstrType::ConstrPrimary => Pattern::AlterTableAddConstraintPrimaryKey,
                    ConstrType::ConstrUnique => Pattern::AlterTableAddConstraintUnique,
                    ConstrType::ConstrForeign => Pattern::AlterTableAddConstraintForeignKey,
                    _ => Pattern::AlterTableAddConstraintCheck,
                };
                (pattern, Some(constraint.conname.clone()), None)
            }
            _ => continue,
        };
        found.push(Repeat { pattern, name, edit });
    }
    found
}

pub(super) fn commands(alter: &AlterTableStmt) -> impl Iterator<Item = &AlterTableCmd> {
    alter.cmds.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::AlterTableCmd(command)) => Some(command.as_ref()),
        _ => None,
    })
}

fn last_of(names: &[Node]) -> Option<String> {
    names.last().and_then(last_name)
}

/// The last part of a name, however deep the tree holds it.
pub(super) fn last_name(node: &Node) -> Option<String> {
    match node.node.as_ref()? {
        NodeEnum::String(text) => Some(text.sval.clone()),
        NodeEnum::List(list) => last_of(&list.items),
        NodeEnum::TypeName(name) => last_of(&name.names),
        NodeEnum::ObjectWithArgs(name) => last_of(&name.objname),
        _ => None,
    }
}

/// The tokens of a statement that are no comment, with their places.
struct Words(Vec<(Token, usize)>);

impl Words {
    fn of(statement: &str) -> Option<Self> {
        let scanned = pg_query::scan(statement).ok()?;
        let words = scanned.tokens.iter().filter(|token| !super::tokens::is_comment(token));
        Some(Self(
            words.filter_map(|token| Some((token.token(), usize::try_from(token.start).ok()?))).collect(),
        ))
    }

    /// The byte at which the token stands that follows the first of these.
    fn after(&self, wanted: &[Token]) -> Option<usize> {
        let at = self.0.iter().position(|(token, _)| wanted.contains(token))?;
        self.start_of(at + 1)
    }

    fn start_of(&self, index: usize) -> Option<usize> {
        self.0.get(index).map(|(_, start)| *start)
    }

    /// The byte of the name in the `place`-th command of an `ALTER TABLE`, which is a `DROP`.
    fn dropped_part(&self, place: usize) -> Option<usize> {
        let (mut depth, mut command, mut drop) = (0_usize, 0, None);
        for (index, (token, _)) in self.0.iter().enumerate() {
            match token {
                Token::Ascii40 => depth += 1,
                Token::Ascii41 => depth = depth.saturating_sub(1),
                Token::Ascii44 if depth == 0 => command += 1,
                Token::Drop if command == place => drop = Some(index),
                _ => {}
            }
        }
        let next = drop? + 1;
        let is_kind = matches!(self.0.get(next)?.0, Token::Column | Token::Constraint);
        self.start_of(next + usize::from(is_kind))
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, dropped_if_there, unrepeatable, with_edits};

    fn fixed(statement: &str) -> String {
        let edits = unrepeatable(statement).into_iter().filter_map(|one| one.edit).collect();
        with_edits(statement, edits)
    }

    #[test]
    fn what_can_be_said_in_a_repeatable_way_is_and_nothing_else_changes() {
        for (before, after) in [
            ("create table t (a int)", "create table if not exists t (a int)"),
            ("CREATE /* x */ UNLOGGED TABLE s.t ()", "CREATE /* x */ UNLOGGED TABLE IF NOT EXISTS s.t ()"),
            ("create temp table t as select 1", "create temp table if not exists t as select 1"),
            (
                "create unique index concurrently i on t (a)",
                "create unique index concurrently if not exists i on t (a)",
            ),
            ("create index on t (a)", "create index on t (a)"),
            (
                "create function f() returns int language sql return 1",
                "create or replace function f() returns int language sql return 1",
            ),
            ("create temp view v as select 1", "create or replace temp view v as select 1"),
            (
                "create materialized view v as select 1",
                "create materialized view if not exists v as select 1",
            ),
            (
                "create trigger g before insert on t for each row execute function f()",
                "create or replace trigger g before insert on t for each row execute function f()",
            ),
            ("create schema authorization me", "create schema if not exists authorization me"),
            ("create sequence s", "create sequence if not exists s"),
            ("create extension hstore", "create extension if not exists hstore"),
            ("alter type e add value 'x'", "alter type e add value if not exists 'x'"),
            (
                "alter table t add column a int, add b int, drop column c, drop constraint d cascade",
                "alter table t add column if not exists a int, add if not exists b int, drop column if exists c, drop constraint if exists d cascade",
            ),
            (
                "alter table t add check (a in (1, 2)), drop a",
                "alter table t add check (a in (1, 2)), drop if exists a",
            ),
            ("drop table a, b", "drop table if exists a, b"),
            ("drop materialized view v", "drop materialized view if exists v"),
            ("drop index concurrently i", "drop index concurrently if exists i"),
            ("DROP TRIGGER g ON t", "DROP TRIGGER IF EXISTS g ON t"),
            ("drop text search configuration c", "drop text search configuration if exists c"),
            ("create type e as enum ('a')", "create type e as enum ('a')"),
            ("create table if not exists t ()", "create table if not exists t ()"),
        ] {
            assert_eq!(fixed(before), after);
            assert!(unrepeatable(after).iter().all(|one| one.edit.is_none()), "{after}");
        }
    }

    #[test]
    fn what_only_its_author_can_change_is_told_with_its_name() {
        let found = unrepeatable("alter table t add constraint c check (a > 0)");
        assert_eq!(
            (found[0].pattern, found[0].name.as_deref()),
            (Pattern::AlterTableAddConstraintCheck, Some("c"))
        );
        assert_eq!(dropped_if_there("alter table t drop constraint if exists c"), ["c"]);
        assert_eq!(dropped_if_there("drop type if exists s.e, f"), ["e", "f"]);
        assert_eq!(dropped_if_there("drop type e"), Vec::<String>::new());
        assert_eq!(unrepeatable("alter table t drop column drop")[0].edit, None);
    }
}
