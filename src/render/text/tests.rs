use super::report;
use crate::render::samples;

#[test]
fn the_face_of_a_passed_preflight_is_short() {
    insta::assert_snapshot!(report(&samples::passed(), false), @"");
}

#[test]
fn drift_is_told_object_by_object_from_old_to_new() {
    insta::assert_snapshot!(report(&samples::drifted(), false), @"");
}

#[test]
fn a_refused_statement_is_shown_with_a_caret_and_the_servers_words() {
    insta::assert_snapshot!(report(&samples::refused(), false), @"");
}

#[test]
fn hostile_text_cannot_write_to_the_terminal() {
    let mut refused = samples::refused();
    refused.failure.as_mut().unwrap().message = "\u{1b}[2J\u{202e}gone\r".to_owned();
    refused.migrations[0].name = "x\u{1b}]0;title\u{7}".to_owned();
    let text = report(&refused, false);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn colour_is_there_only_when_asked_for() {
    assert!(report(&samples::drifted(), true).contains("\u{1b}["));
    assert!(!report(&samples::drifted(), false).contains('\u{1b}'));
}
