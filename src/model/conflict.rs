//! What open branches do to each other: the public JSON of a conflict check, and what its caller keeps between two.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Severity;
use super::migration::Version;
use super::place::Place;
use super::report::{Change, ChangeKind};
use super::schema::ObjectId;

/// Everything that is known of the branches on one base. The next check takes from it what still holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Matrix {
    /// The version of this document's shape.
    pub schema_version: u32,
    /// The version of Confiture that wrote it.
    pub tool_version: String,
    /// Names the base: its migrations, and whatever else the result of a replay hangs on.
    pub base: String,
    /// The version of the server that was replayed on.
    pub server_version: Option<String>,
    /// The branches, in the order in which they were given.
    pub branches: Vec<Branch>,
    /// One entry for each two of them, the earlier one first.
    pub pairs: Vec<Pair>,
    /// How many pairs this check has judged anew; the others are as they were.
    pub judged: usize,
}

impl Matrix {
    /// The pairs that a branch is one side of.
    pub fn of<'a>(&'a self, branch: &'a str) -> impl Iterator<Item = &'a Pair> {
        self.pairs.iter().filter(move |pair| pair.a == branch || pair.b == branch)
    }

    /// A branch by what it is called.
    #[must_use]
    pub fn branch(&self, id: &str) -> Option<&Branch> {
        self.branches.iter().find(|branch| branch.id == id)
    }
}

/// A branch, and what became of it on the base alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Branch {
    /// What it is called, such as `#12`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it can be read.
    pub url: String,
    /// Names what its migrations run.
    pub fingerprint: String,
    /// Its migrations as `VERSION_name`, in order.
    pub migrations: Vec<String>,
    /// The versions to take where its own are taken by the base or by an earlier branch.
    pub renumber: Vec<Renumber>,
    /// Why it does not apply to the base alone; absent when it does.
    pub fails: Option<Why>,
    /// Whether it was replayed in a database of its own, because a rollback does not take all of it back.
    pub own_database: bool,
    /// What it does to the base.
    pub effect: Effect,
}

/// A migration and the version that is free for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renumber {
    /// The migration's file.
    #[schemars(with = "String")]
    pub path: Utf8PathBuf,
    /// Its version now.
    pub version: Version,
    /// A version that neither the base nor any branch has, in the project's own numbering.
    pub take: Version,
}

/// What a branch does to the base.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// The objects that it makes, drops or changes.
    pub touches: Vec<Touched>,
    /// What objects that it makes or changes need of the base.
    pub uses: Vec<Use>,
}

/// An object that a branch makes, drops or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Touched {
    /// Which object.
    pub object: ObjectId,
    /// What becomes of it.
    pub change: ChangeKind,
    /// The properties that become others, each with a digest of what it becomes; empty where it goes.
    pub properties: BTreeMap<String, String>,
}

/// An object that needs another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Use {
    /// The one that needs.
    pub user: ObjectId,
    /// The one that is needed.
    pub used: ObjectId,
}

/// What is known of two branches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pair {
    /// The branch that was given earlier.
    pub a: String,
    /// The other one.
    pub b: String,
    /// The verdict in one word.
    pub verdict: Verdict,
    /// What was found, gravest first.
    pub conflicts: Vec<Conflict>,
    /// How many more there are than are listed.
    #[serde(default)]
    pub more: usize,
}

impl Pair {
    /// The other side.
    #[must_use]
    pub fn other(&self, branch: &str) -> &str {
        if self.a == branch { &self.b } else { &self.a }
    }
}

/// The verdict on two branches in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Both orders were replayed, and both lead to the same catalog.
    Independent,
    /// It could not be found out.
    Unknown,
    /// One order works and the other does not, or both work and lead to different catalogs.
    OrderMatters,
    /// They take the same version or file name, or neither order works.
    Collides,
}

/// One thing that stands between two branches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// What sort of thing.
    pub kind: ConflictKind,
    /// How grave it is. What both orders have proved harmless is `info`.
    pub severity: Severity,
    /// The object that it is about, where it is about one.
    pub object: Option<ObjectId>,
    /// What it is.
    #[serde(flatten)]
    pub what: What,
    /// How it is known.
    pub evidence: Evidence,
}

/// The sorts of conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Two files take one version.
    Version,
    /// Two different files have one name.
    FileName,
    /// What came of replaying both orders.
    Order,
    /// Both have to do with one object.
    Overlap,
}

/// How a conflict is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// By the names of the files.
    Names,
    /// By the catalogs of the base with each branch alone.
    Catalogs,
    /// By replaying, which ended as it says.
    Replayed,
}

/// What stands between two branches. Branches are named as they are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Both take one version.
    SameVersion {
        /// The version.
        version: Version,
        /// The earlier branch's file.
        #[schemars(with = "String")]
        a: Utf8PathBuf,
        /// The later branch's file.
        #[schemars(with = "String")]
        b: Utf8PathBuf,
        /// What the later branch can take instead.
        take: Vec<Renumber>,
    },
    /// Both add one file with different text.
    SameFileName {
        /// The file.
        #[schemars(with = "String")]
        path: Utf8PathBuf,
        /// What the later branch can take instead.
        take: Vec<Renumber>,
    },
    /// Both make the object.
    BothAdd {
        /// Whether they make it alike.
        alike: bool,
    },
    /// Both drop the object.
    BothDrop,
    /// Both change the same properties of the object, to different ends.
    BothChange {
        /// Those properties.
        properties: Vec<String>,
    },
    /// One drops the object, and the other changes it.
    DropsWhatOtherChanges {
        /// The branch that drops it.
        drops: String,
        /// What the other one changes of it.
        properties: Vec<String>,
    },
    /// One drops the object, and something that the other makes or changes needs it.
    DropsWhatOtherUses {
        /// The branch that drops it.
        drops: String,
        /// What needs it.
        user: ObjectId,
    },
    /// One changes the object, and something that the other makes or changes needs it.
    ChangesWhatOtherUses {
        /// The branch that changes it.
        changes: String,
        /// What it changes of it.
        properties: Vec<String>,
        /// What needs it.
        user: ObjectId,
    },
    /// Only one order works.
    OnlyInOrder {
        /// The branch that has to go first.
        first: String,
        /// What was refused in the other order.
        refused: Refused,
    },
    /// Each works alone, and neither works after the other.
    NeitherOrder {
        /// What was refused of the later branch after the earlier one.
        after_a: Refused,
        /// What was refused of the earlier branch after the later one.
        after_b: Refused,
    },
    /// Both orders work, and lead to different catalogs.
    ResultsDiffer {
        /// How the later branch last (`to`) differs from the earlier one last (`from`), the first of it.
        changes: Vec<Change>,
        /// How many objects differ, parts counted with the object that they belong to.
        objects: usize,
    },
    /// It was not found out.
    NotReplayed {
        /// The branch that it is for.
        branch: String,
        /// Why.
        why: Why,
    },
}

/// Why something was not found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// The branch does not apply.
    Refused(Refused),
    /// The branch took longer than it may.
    TimedOut {
        /// How long it may take, in milliseconds.
        limit_ms: u64,
    },
    /// The whole check took longer than it may, and this was not come to.
    NotReached {
        /// How long the check may take, in milliseconds.
        limit_ms: u64,
    },
}

/// A statement, or a file, that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// The branch whose it is.
    pub branch: String,
    /// What went wrong, one sentence.
    pub message: String,
    /// The server's five-character error code.
    pub sqlstate: Option<String>,
    /// The server's detail.
    pub detail: Option<String>,
    /// The server's hint, else what to do.
    pub help: Option<String>,
    /// Where.
    pub place: Option<Place>,
}

/// What came of replaying branches one after the other, as a merge group is merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Combination {
    /// The branches in their order.
    pub order: Vec<String>,
    /// The verdict in one word.
    pub verdict: CombinationVerdict,
    /// What was found.
    pub conflicts: Vec<Conflict>,
}

/// The verdict on a combination in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CombinationVerdict {
    /// All of them were replayed in this order.
    Works,
    /// Two of them take the same version or file name; nothing was replayed.
    Collides,
    /// One of them was refused where it stands.
    Fails,
    /// It could not be found out.
    Unknown,
}
