//! A failure with the lines around its place.

use super::style::{Paint, clean};
use crate::model::report::{Excerpt, Failure};

/// The failure as the terminal shows it.
pub(super) fn lines(failure: &Failure, paint: Paint) -> Vec<String> {
    let code = failure.sqlstate.as_deref().map(|code| format!(" [{code}]")).unwrap_or_default();
    let mut lines =
        vec![format!("{}{}", paint.bad(&format!("error{code}: ")), paint.strong(&failure.message))];
    if let Some(place) = &failure.place {
        lines.push(format!("  {} {}", paint.faint("-->"), clean(&place.to_string())));
    }
    if let Some(excerpt) = &failure.excerpt {
        lines.extend(marked(excerpt, paint));
    }
    let more = [
        ("detail", &failure.detail),
        ("hint", &failure.hint),
        ("context", &failure.context),
        ("help", &failure.help),
    ];
    for (name, text) in more.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
        lines.push(format!("   {} {name}: {}", paint.faint("="), clean(text)));
    }
    lines.extend(failure.log.iter().map(|line| format!("   {} {}", paint.faint("│ server:"), clean(line))));
    lines
}

fn marked(excerpt: &Excerpt, paint: Paint) -> Vec<String> {
    let last = excerpt.first_line + excerpt.lines.len().saturating_sub(1);
    let width = last.to_string().len();
    let mut lines = Vec::new();
    for (number, line) in (excerpt.first_line..).zip(&excerpt.lines) {
        lines.push(format!("{} {}", paint.faint(&format!(" {number:>width$} │")), clean(line)));
        if number == excerpt.marked_line {
            let before: String = line.chars().take(excerpt.marked_column.saturating_sub(1)).collect();
            let indent = " ".repeat(clean(&before).chars().count());
            lines.push(format!("{} {indent}{}", paint.faint(&format!(" {:>width$} │", "")), paint.bad("^")));
        }
    }
    lines
}
