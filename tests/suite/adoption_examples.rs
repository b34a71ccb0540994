//! The examples of other tools' projects: each is one that its page describes, and works as it stands.

use std::path::{Path, PathBuf};

use confiture::model::layout::Tool;
use serde_json::json;

use super::by_command::copy;
use super::support::{Project, note};

/// The workflow that each example has: it is the same for all.
const WORKFLOW: &str = ".github/workflows/preflight.yml";

fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The tools whose files are read, by the names that settings have for them.
fn read() -> impl Iterator<Item = &'static str> {
    use strum::IntoEnumIterator as _;
    Tool::iter().filter(|tool| *tool != Tool::Confiture && !tool.is_run_by_command()).map(Tool::name)
}

#[test]
fn every_layout_has_an_example_that_is_preflighted_without_a_setting() {
    for tool in read() {
        let example = place(&format!("examples/adopt/{tool}"));
        assert!(!example.join("confiture.yaml").exists(), "{tool} needs no setting");
        let project = Project::bare();
        copy(&example, &project, "");
        let report = project.run(&["preflight", "--postgres", "15"]).report(0);
        assert_eq!(note(&report, "laid_out")["tool"], json!(tool));
        let wanted = if tool == "flyway" { 3 } else { 2 };
        assert_eq!(report["pending_count"], json!(wanted), "{tool}");
        assert_eq!(report["findings"].as_array().map(Vec::len), Some(0), "{tool}: {}", report["findings"]);
    }
}

#[test]
fn every_layout_has_a_page_that_leads_to_its_example_and_one_workflow() {
    let workflow = fs_err::read_to_string(place("examples/adopt/dbmate").join(WORKFLOW)).unwrap();
    assert!(workflow.contains("uses: fraiseql/confiture-action@v0"));
    for tool in read() {
        let page = fs_err::read_to_string(place(&format!("docs/adopt/{tool}.md"))).unwrap();
        assert!(page.contains(&format!("(../../examples/adopt/{tool})")), "{tool}");
        let own = fs_err::read_to_string(place(&format!("examples/adopt/{tool}")).join(WORKFLOW)).unwrap();
        assert_eq!(own, workflow, "{tool}");
    }
    let list = fs_err::read_to_string(place("docs/adopt.md")).unwrap();
    for tool in read() {
        assert!(
            list.contains(&format!("[`{tool}`](adopt/{tool}.md)")),
            "{tool} is in docs/adopt.md with its page"
        );
    }
}
