//! Repositories and what stands in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use confiture::model::hex;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::answer::Answer;
use super::routes::{Call, Needs, Route};

const READ: Needs = Needs::Token(&[("contents", "read")]);

pub(super) const ROUTES: &[Route] = &[
    ("GET", "/repos/{owner}/{repo}", Needs::Token(&[]), repository),
    ("GET", "/repos/{owner}/{repo}/tarball/{ref}", READ, archive),
    ("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", READ, tree),
];

fn repository(call: &mut Call<'_>) -> Answer {
    let name = call.repository();
    let here = &call.state.repositories[&name];
    let mut shown = call.operation.example(200);
    shown["id"] = json!(here.id);
    shown["name"] = json!(name.split('/').nth(1));
    shown["full_name"] = json!(name);
    shown["default_branch"] = json!(here.default_branch);
    shown["html_url"] = json!(format!("https://github.com/{name}"));
    shown["private"] = json!(here.private);
    shown["archived"] = json!(here.archived);
    // GitHub's example lacks what GitHub's schema wants.
    shown["language"] = Value::Null;
    shown["source"]["language"] = Value::Null;
    Answer::new(200, shown)
}

/// Sends elsewhere for the archive, with a key in the address, as GitHub does.
fn archive(call: &mut Call<'_>) -> Answer {
    let (name, commit) = (call.repository(), call.part(5));
    let here = &call.state.repositories[&name];
    if !here.trees.contains_key(&commit) && !here.archives.contains_key(&commit) {
        return Answer::not_found();
    }
    let place = format!("{}/{name}/legacy.tar.gz/{commit}?token=ARCHIVEKEY", call.archives);
    Answer::new(302, Value::Null).with("location", place)
}

fn tree(call: &mut Call<'_>) -> Answer {
    let (name, commit) = (call.repository(), call.part(6));
    let here = &call.state.repositories[&name];
    // Of an archive that is no commit's nothing can be listed.
    let nothing = Arc::default();
    let files = here.trees.get(&commit).or(here.archives.get(&commit).map(|_| &nothing));
    let Some(files) = files else { return Answer::not_found() };
    let mut directories = BTreeSet::new();
    for path in files.keys() {
        let ends = path.match_indices('/').map(|(end, _)| &path[..end]);
        directories.extend(ends);
    }
    let sha = "7c258a9869f33c1e1e1f74fbb32f07c86cb5a75b";
    let url = format!("https://api.github.com/repos/{name}/git/blobs/{sha}");
    let directories = directories
        .iter()
        .map(|path| json!({ "path": path, "mode": "040000", "type": "tree", "sha": sha, "url": url }));
    let blobs = files.iter().map(|(path, content)| {
        let size = content.len();
        let sha = hex(&Sha1::new().chain_update(format!("blob {size}\0")).chain_update(content).finalize());
        json!({ "path": path, "mode": "100644", "type": "blob", "size": size, "sha": sha, "url": url })
    });
    let mut entries: Vec<Value> = directories.chain(blobs).collect();
    if call.query("recursive").is_none() {
        entries.retain(|entry| !entry["path"].as_str().unwrap_or_default().contains('/'));
    }
    Answer::new(200, json!({ "sha": commit, "url": url, "truncated": here.truncated, "tree": entries }))
}
