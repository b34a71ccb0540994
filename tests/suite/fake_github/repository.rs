//! Branches, and where commits have parted.

use serde_json::json;

use super::answer::Answer;
use super::routes::{Call, Needs, Route};

pub(super) const ROUTES: &[Route] = &[
    ("GET", "/repos/{owner}/{repo}/branches/{branch}", Needs::Token(&[("contents", "read")]), branch),
    (
        "GET",
        "/repos/{owner}/{repo}/git/matching-refs/{ref}",
        Needs::Token(&[("contents", "read")]),
        matching_refs,
    ),
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

/// The branches whose names begin like this, encoded as they are in an address.
fn matching_refs(call: &mut Call<'_>) -> Answer {
    let name = call.repository();
    let prefix = percent_encoding::percent_decode_str(&call.part(6)).decode_utf8_lossy().into_owned();
    let prefix = prefix.strip_prefix("heads/").unwrap_or_default().to_owned();
    let template = call.operation.example(200)[0].clone();
    let branches = call.state.repository(&name).branches.iter();
    let shown = branches.filter(|(branch, _)| branch.starts_with(&prefix)).map(|(branch, commit)| {
        let mut shown = template.clone();
        shown["ref"] = json!(format!("refs/heads/{branch}"));
        shown["object"]["sha"] = json!(commit);
        shown
    });
    Answer::new(200, shown.collect())
}

/// Commits have no parents here: a branch is taken to come from the base that it is compared with, unless it is said
/// where it does.
fn compare(call: &mut Call<'_>) -> Answer {
    let (name, both) = (call.repository(), call.part(5));
    let (base, head) = both.split_once("...").unwrap_or_default();
    let parted = call.state.repository(&name).merge_bases.get(head).cloned();
    let parted = parted.or_else(|| call.state.parted.get(&name).cloned());
    let mut shown = call.operation.example(200);
    shown["merge_base_commit"]["sha"] = json!(parted.unwrap_or_else(|| base.to_owned()));
    Answer::new(200, shown)
}
