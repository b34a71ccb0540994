//! `action.yml` names what the code reads and sets.

use confiture::action::{INPUT_NAMES, OUTPUT_NAMES};

fn names(section: &str) -> Vec<String> {
    let text = include_str!("../../action.yml");
    let manifest: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
    let entries = manifest[section].as_mapping().unwrap();
    for (name, entry) in entries {
        assert!(entry["description"].as_str().is_some_and(|text| !text.is_empty()), "{name:?}");
    }
    entries.keys().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn inputs_and_outputs_are_the_ones_that_the_code_knows() {
    assert_eq!(names("inputs"), INPUT_NAMES);
    assert_eq!(names("outputs"), OUTPUT_NAMES);
}

#[test]
fn the_image_is_built_from_the_repository_and_runs_the_action() {
    let manifest: serde_yaml::Value = serde_yaml::from_str(include_str!("../../action.yml")).unwrap();
    assert_eq!(manifest["runs"]["using"], "docker");
    assert_eq!(manifest["runs"]["image"], "Dockerfile");
    assert_eq!(manifest["runs"]["args"][0], "action");
}
