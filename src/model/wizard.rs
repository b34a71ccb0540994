//! What the wizard asks for and what it wrote.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Serialize;
use strum::{EnumIter, EnumString, IntoStaticStr};

use super::answer::Head;
use super::difference::Proof;
use super::place::Place;
use super::plan::Plan;

/// How a change is brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Strategy {
    /// In as few statements as there can be.
    Plain,
    /// By statements that keep nobody waiting for long.
    Online,
    /// What is new is added beside what is old, which goes with a later deploy.
    Expand,
}

impl Strategy {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A way to bring a change about, and what it costs.
#[derive(Debug, Clone, Serialize)]
pub struct Offer {
    /// The way.
    pub strategy: Strategy,
    /// Its statements.
    pub plan: Plan,
    /// Whether statements lead back.
    pub leads_back: bool,
    /// What has to follow, a step each.
    pub then: Vec<String>,
}

/// What is written when it is wanted: all of it, or nothing.
#[derive(Debug, Clone)]
pub struct Ready {
    /// New files, by their paths.
    pub files: Vec<(Utf8PathBuf, String)>,
    /// Files of the declared schema with what they are to say.
    pub declared: Vec<Edited>,
    /// Why the declared schema is left as it is, when it is.
    pub undeclared: Option<String>,
    /// Where it says what changes, when that is left to be written.
    pub declared_at: Option<Place>,
    /// What has to be declared, when that is left to be written.
    pub declare: Option<String>,
    /// How far the statements were tried.
    pub proof: Proof,
    /// What has to follow, a step each.
    pub then: Vec<String>,
}

/// A file as it is and as it is to be.
#[derive(Debug, Clone)]
pub struct Edited {
    /// Which file.
    pub path: Utf8PathBuf,
    /// As it is.
    pub before: String,
    /// As it is to be.
    pub after: String,
}

/// What the wizard did.
#[derive(Debug, Clone, Serialize)]
pub struct WizardAnswer {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything that was asked for is done.
    pub success: bool,
    /// What was answered, by the questions' keys.
    pub answers: BTreeMap<&'static str, String>,
    /// The way that was chosen.
    pub chosen: Option<Offer>,
    /// How far its statements were tried.
    pub proof: Proof,
    /// The files that were written.
    pub written: Vec<Utf8PathBuf>,
    /// The files of the declared schema that say it now, too.
    pub declared: Vec<Utf8PathBuf>,
    /// Why the declared schema was left as it is, when it was.
    pub undeclared: Option<String>,
    /// Where the declared schema says what changes, when that is left to be written.
    pub declared_at: Option<Place>,
    /// What has to be declared there.
    pub declare: Option<String>,
    /// What has to follow, a step each.
    pub then: Vec<String>,
    /// What a preflight of all migrations came to: the symbol of its exit code.
    pub preflight: Option<String>,
    /// What it said, when it ended early.
    pub preflight_failure: Option<String>,
}
