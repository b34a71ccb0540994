//! The way from one side to the other: planned, proved, written.

use camino::Utf8PathBuf;

use super::Generate;
use super::prove::{Proved, prove};
use super::renames::Renamed;
use super::walk::Stop;
use crate::engine::plan::{self, Options};
use crate::model::difference::{DiffAnswer, Proof};
use crate::model::plan::{Plan, Refusal};
use crate::model::report::Failure;
use crate::model::schema::Schema;
use crate::operation::structure::{Bench, Grounds, Taken};

/// Which way is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// The one that does not block.
    pub(super) online: bool,
    /// Proved, or only thought out.
    pub(super) prove: bool,
}

/// Plans the way and, unless that is not wanted, proves it. What came of it is in the answer; what was carried out,
/// or would be, is returned.
pub(super) async fn find(
    bench: &mut Bench<'_>,
    (from, renamed): (&Taken, &Renamed),
    to: &Schema,
    wish: Wish,
    answer: &mut DiffAnswer,
) -> Result<Option<Proved>, Failure> {
    if !wish.prove {
        answer.proof = Proof::LeftOut;
        return Ok(untried((from, renamed), to, wish, answer));
    }
    let proof = prove(bench.server().await?, from, renamed, to, wish.online).await;
    match proof {
        Ok(proved) => {
            answer.proof = Proof::Proved;
            say(&proved, answer);
            Ok(Some(proved))
        }
        Err(Stop::NoWay(refusal)) => {
            answer.refusal = Some(refusal);
            Ok(None)
        }
        Err(stop) => {
            let (tried, failure) = failed(stop, answer);
            let plan = tried.map(|plan| Proved::untried(plan, inverse(from, to, wish)).after(renamed));
            let shown = match plan {
                Some(proved) => {
                    say(&proved, answer);
                    Some(proved)
                }
                None => untried((from, renamed), to, wish, answer),
            };
            // What the server refused is the answer, unless the files are wanted all the same.
            answer.failure = failure;
            Ok(shown)
        }
    }
}

/// The plan as files of migrations, where that is asked for and allowed.
pub(super) async fn files(
    proved: Option<&Proved>,
    generate: &Generate,
    grounds: &Grounds,
    answer: &mut DiffAnswer,
) -> Result<Vec<(Utf8PathBuf, String)>, Failure> {
    match proved {
        Some(proved) if answer.proof == Proof::Proved || generate.unproved => {
            generate.files(proved, grounds, answer).await
        }
        _ => Ok(Vec::new()),
    }
}

/// Puts into the answer why a proof failed. Returns what was carried out, if anything could be.
fn failed(stop: Stop, answer: &mut DiffAnswer) -> (Option<Plan>, Option<Failure>) {
    answer.proof = Proof::Failed;
    match stop {
        Stop::NoWay(refusal) => {
            answer.refusal = Some(refusal);
            (None, None)
        }
        Stop::Astray { plan, remaining } => {
            answer.remaining = Some(*remaining);
            (Some(plan), None)
        }
        Stop::Restless { plan, next } => {
            answer.second = Some(next);
            (Some(plan), None)
        }
        Stop::Broken { plan, failure } => (Some(plan), Some(*failure)),
        Stop::NoCopy(stop) => {
            let (_, failure) = failed(*stop, answer);
            answer.proof = Proof::NoCopy;
            (None, failure)
        }
    }
}

fn untried(
    (from, renamed): (&Taken, &Renamed),
    to: &Schema,
    wish: Wish,
    answer: &mut DiffAnswer,
) -> Option<Proved> {
    match plan::plan(&from.schema, to, &options(wish)) {
        Ok(plan) => {
            let planned = Proved::untried(plan, inverse(from, to, wish)).after(renamed);
            say(&planned, answer);
            Some(planned)
        }
        Err(refusal) => {
            answer.refusal = Some(refusal);
            None
        }
    }
}

fn inverse(from: &Taken, to: &Schema, wish: Wish) -> Result<Plan, Refusal> {
    plan::plan(to, &from.schema, &options(wish))
}

fn options(wish: Wish) -> Options {
    Options { online: wish.online, ..Options::default() }
}

fn say(proved: &Proved, answer: &mut DiffAnswer) {
    answer.plan = Some(proved.up());
    match proved.down() {
        Ok(down) => answer.down = Some(down),
        Err(refusal) => answer.down_refusal = Some(refusal),
    }
}
