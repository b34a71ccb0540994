//! A rename as somebody said it: `rename column users.name full_name`.

use super::schema::ObjectKind;

/// That an object of the old structure is the one of another name in the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// What is renamed.
    pub what: &'static Renameable,
    /// The old name, outermost part first, as the catalog stores its parts. What is left out in front may be any.
    pub path: Vec<String>,
    /// The types of a function's arguments as they were written, without spaces, when they were.
    pub arguments: Option<String>,
    /// The new name, its last part alone.
    pub to: String,
    /// Where it was said.
    pub occasion: Occasion,
}

/// Where a rename was said, which tells what it may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// In the text of the side that is led away from: perhaps about what is no more.
    Before,
    /// In the text of the side that is led to, where it stays: perhaps about what is long done.
    InText,
    /// On the command line, for this once.
    Now,
}

/// What can be renamed by saying so.
#[derive(Debug, PartialEq, Eq)]
pub struct Renameable {
    /// The word for it, before the names.
    pub word: &'static str,
    /// The kinds of objects that it may be.
    pub kinds: &'static [ObjectKind],
    /// How many parts its full name has.
    pub depth: usize,
    /// How `ALTER` says it.
    pub form: RenameForm,
}

/// How `ALTER` says a rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenameForm {
    /// `alter table t rename to u`, `alter trigger g on t rename to h`.
    Itself,
    /// `alter table t rename column a to b`, with the word for what is renamed.
    Within,
}

impl Renameable {
    const fn new(word: &'static str, kinds: &'static [ObjectKind], depth: usize, form: RenameForm) -> Self {
        Self { word, kinds, depth, form }
    }

    /// Whether its own name is a value, in single quotes.
    #[must_use]
    pub fn is_value(&self) -> bool {
        self.word == "value"
    }

    /// How a rename of it is written.
    #[must_use]
    pub fn usage(&self) -> String {
        let names = match (self.depth, self.is_value(), self.word == "attribute") {
            (3, true, _) => "TYPE.'OLD' 'NEW'",
            (3, _, true) => "TYPE.OLD NEW",
            (3, ..) => "TABLE.OLD NEW",
            _ => "OLD NEW",
        };
        format!("rename {} {names}", self.word)
    }

    /// Whether other things are named by its name: what it is called is said before they are looked for.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.form == RenameForm::Itself
            && self.depth == 2
            && self.kinds.iter().any(|kind| kind.has_parts() || kind.is_type())
    }

    /// The word for an object of a kind.
    #[must_use]
    pub fn of(kind: ObjectKind) -> Option<&'static Self> {
        RENAMEABLE.iter().find(|one| one.kinds.contains(&kind))
    }
}

/// Everything that can be renamed, in the order in which it has to be: a whole before its parts, a type before the
/// functions that name it.
pub static RENAMEABLE: [Renameable; 32] = {
    use ObjectKind as K;
    use RenameForm::{Itself, Within};
    const fn whole(word: &'static str, kinds: &'static [ObjectKind], depth: usize) -> Renameable {
        Renameable::new(word, kinds, depth, Itself)
    }
    [
        whole("schema", &[K::Schema], 1),
        whole("language", &[K::Language], 1),
        whole("collation", &[K::Collation], 2),
        whole("domain", &[K::Domain], 2),
        whole("type", &K::TYPES, 2),
        whole("foreign table", &[K::ForeignTable], 2),
        whole("materialized view", &[K::MaterializedView], 2),
        whole("table", &[K::Table, K::ForeignTable], 2),
        whole("view", &[K::View], 2),
        whole("sequence", &[K::Sequence], 2),
        whole("index", &[K::Index], 2),
        whole("function", &[K::Function], 2),
        whole("procedure", &[K::Function], 2),
        whole("aggregate", &[K::Aggregate], 2),
        whole("conversion", &[K::Conversion], 2),
        whole("statistics", &[K::Statistics], 2),
        whole("text search parser", &[K::TextSearchParser], 2),
        whole("text search template", &[K::TextSearchTemplate], 2),
        whole("text search dictionary", &[K::TextSearchDictionary], 2),
        whole("text search configuration", &[K::TextSearchConfiguration], 2),
        whole("event trigger", &[K::EventTrigger], 1),
        whole("foreign data wrapper", &[K::ForeignDataWrapper], 1),
        whole("server", &[K::ForeignServer], 1),
        whole("publication", &[K::Publication], 1),
        whole("subscription", &[K::Subscription], 1),
        whole("trigger", &[K::Trigger], 3),
        whole("policy", &[K::Policy], 3),
        whole("rule", &[K::Rule], 3),
        Renameable::new("column", &[K::Column], 3, Within),
        Renameable::new("constraint", &[K::Constraint], 3, Within),
        Renameable::new("attribute", &[K::CompositeType], 3, Within),
        Renameable::new("value", &[K::Enum], 3, Within),
    ]
};
