//! The settings file of a project whose migrations are ours from now on.

use camino::Utf8PathBuf;

use crate::config::Settings;
use crate::gateway::files::{ENVIRONMENTS, SCHEMA, SETTINGS};
use crate::model::exit::ExitCode;
use crate::model::layout::Tool;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;
use crate::operation::project::Opened;

/// What the files alone would be taken for may still be the other tool's, by a settings file of that tool's.
const LINE: &str = "layout: confiture\n";

/// The settings file and its text, where it has to say something else than it does.
pub(super) fn ours(opened: &Opened) -> Result<Option<(Utf8PathBuf, String)>, Failure> {
    let project = &opened.project;
    let path = &opened.settings_path;
    let text = project.settings_text(path).map_err(|error| failure::file(&error))?;
    let Some(text) = text else {
        let is_there = |path: &str| project.directory().join(path).is_dir();
        // These say already that the project is ours.
        let is_plain = is_there(SCHEMA) || is_there(ENVIRONMENTS);
        return Ok((!is_plain).then(|| (SETTINGS.into(), LINE.to_owned())));
    };
    let written = replaced(&text);
    if is_all_else_the_same(opened, &text, &written) {
        return Ok((written != text).then(|| (path.clone(), written)));
    }
    let message = format!("{path} says `layout:` in a way that cannot be changed here");
    let mut failure = Failure::new(Stage::Project, ExitCode::Configuration, message);
    failure.help = Some("write it on lines of its own, beginning with `layout:`".to_owned());
    Err(failure)
}

/// The text with its `layout:` ours, or with one more line.
fn replaced(text: &str) -> String {
    let (mut written, mut is_inside, mut is_done) = (String::new(), false, false);
    for line in text.split_inclusive('\n') {
        let begins = line.starts_with("layout:");
        // What is below it is indented; so is the rest of a list in braces.
        is_inside = begins || (is_inside && line.starts_with([' ', '\t', '}', ']']));
        match (begins, is_inside) {
            (true, _) => written += LINE,
            (false, true) => {}
            (false, false) => written += line,
        }
        is_done |= begins;
    }
    if !is_done {
        let end = if written.is_empty() || written.ends_with('\n') { "" } else { "\n" };
        written = format!("{written}{end}{LINE}");
    }
    written
}

fn is_all_else_the_same(opened: &Opened, before: &str, after: &str) -> bool {
    let read = |text: &str| Settings::parse(&opened.settings_path, text).ok();
    let (Some(mut before), Some(mut after)) = (read(before), read(after)) else { return false };
    let is_ours = after.layout.as_ref().is_some_and(|layout| layout.tool == Tool::Confiture);
    (before.layout, after.layout) = (None, None);
    // What is shown hides passwords of both alike, and those are not touched.
    is_ours && format!("{before:?}") == format!("{after:?}")
}
