//! The files that a build is made of.

use sha2::{Digest as _, Sha256};

use crate::gateway::files::SCHEMA;
use crate::model::build::{Bundle, Part};
use crate::model::exit::ExitCode;
use crate::model::hex;
use crate::model::migration::SqlFile;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;
use crate::operation::project::Opened;
use crate::operation::script::Script;
use crate::operation::seed;

/// The files of an environment, seeds last.
pub(super) struct Input {
    pub(super) files: Vec<SqlFile>,
    /// How many of them hold rows.
    pub(super) seeds: usize,
    /// SHA-256 over their paths and texts.
    pub(super) hash: String,
}

impl Input {
    /// Reads the declared schema, and the seeds unless there are to be none: all of them, or those of a profile.
    pub(super) fn read(
        opened: &Opened,
        environment: &str,
        schema_only: bool,
        profile: Option<&str>,
    ) -> Result<Self, Failure> {
        let refused = |error| failure::file(&error);
        let mut files = opened.project.schema(&opened.settings).map_err(refused)?;
        if files.is_empty() {
            let mut failure = Failure::new(
                Stage::Project,
                ExitCode::Configuration,
                "there is nothing to build: the project declares no schema",
            );
            failure.help =
                Some(format!("write .sql files into {SCHEMA}, or name directories in include_dirs"));
            return Err(failure);
        }
        let mut seeds = Vec::new();
        if !schema_only {
            seeds = seed::read(opened, environment, profile)?;
        }
        let count = seeds.len();
        files.append(&mut seeds);
        Ok(Self { hash: hash(&files), files, seeds: count })
    }

    pub(super) fn scripts(&self) -> Result<Vec<Script<'_>>, Failure> {
        self.files.iter().map(|file| Script::read(file, Stage::Schema)).collect()
    }

    /// What the concatenated file is made of, in an order that was found or else in the files' own.
    pub(super) fn bundle<'a>(
        &'a self,
        scripts: &[Script<'a>],
        order: &[usize],
        environment: &'a str,
    ) -> Bundle<'a> {
        let part = |script: &Script<'a>| Part {
            path: &script.file.path,
            text: &script.file.text,
            closing: closing(script),
        };
        let parts = match order {
            [] => scripts.iter().map(part).collect(),
            order => order.iter().map(|file| part(&scripts[*file])).collect(),
        };
        Bundle { environment, hash: &self.hash, parts }
    }
}

/// Paths count: the same statements in other files are run in another order.
fn hash(files: &[SqlFile]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(format!("{}\0{}\n", file.path, file.checksum));
    }
    hex(&hasher.finalize())
}

fn closing(script: &Script<'_>) -> &'static str {
    let text = &script.file.text;
    match script.statements.last() {
        Some(last) if last.copy_data.as_ref().is_some_and(|data| data.end == text.len()) => "\\.\n",
        Some(last) if last.copy_data.is_none() && !text[last.span.end..].trim_start().starts_with(';') => {
            ";\n"
        }
        _ => "",
    }
}
