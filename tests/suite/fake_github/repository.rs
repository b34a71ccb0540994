//! Branches, and where commits have parted.

use serde_json::json;

use super::answer::Answer;
use super::routes::{Call, Needs, Route};

pub(super) const ROUTES: &[Route] = &[
    ("GET", "/repos/{owner}/{repo}/branches/{branch}", Needs::Token(&[("contents", "read")]), branch),
    ("GET", "/repos/{owner}/{repo}/compare/{basehead}", Needs::Token(&[("contents", "read")]), compare),
];

fn branch(call: &mut Call<'_>) -> Answer {
    let (name, branch) = (call.repository(), call.part(5));
    let Some(commit) = call.state.repository(&name).branches.get(&branch).cloned() else {
        return Answer::error(404, "Branch not found");
    };
    let mut shown = call.operation.example(200);
    shown["name"] = json!(branch);
    shown["commit"]["sha"] = json!(commit);
    Answer::new(200, shown)
}

/// Commits have no parents here: a branch is taken to come from the base that it is compared with, unless a test says
/// where they have parted.
fn compare(call: &mut Call<'_>) -> Answer {
    let both = call.part(5);
    let (base, _) = both.split_once("...").unwrap_or_default();
    let base = call.state.parted.get(&call.repository()).map_or(base, String::as_str);
    let mut shown = call.operation.example(200);
    shown["merge_base_commit"]["sha"] = json!(base);
    Answer::new(200, shown)
}
