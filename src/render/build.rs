//! What `confiture build` says, and the file that it writes.

use super::answer::{end, head};
use super::sql::comment;
use super::style::{Paint, clean};
use super::text::duration;
use super::verdict::counted;
use super::{note, seed};
use crate::model::build::{BuildAnswer, Built, BuiltStatus, Bundle, ListAnswer, ListedFile};

/// What `build` did. `show_hash` asks for the hash.
#[must_use]
pub fn text(answer: &BuildAnswer, show_hash: bool, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = head(&answer.head);
    lines.extend(answer.server.iter().map(|server| format!("▸ PostgreSQL {}", clean(&server.version))));
    lines.extend(answer.notes.iter().map(|one| paint.faint(&format!("▸ note: {}", note::sentence(one)))));
    if answer.head.ok {
        let took = duration(answer.execution_time_ms);
        lines.extend(answer.built.iter().map(|one| format!("{} {}", paint.good("✓"), built(one, &took))));
    }
    if !answer.order.is_empty() {
        lines.push("· in this order:".to_owned());
        lines.extend(answer.order.iter().map(|path| format!("    {}", clean(path.as_str()))));
    }
    let size = counted(answer.schema_size_bytes, "byte");
    let path = answer.output_path.iter().map(|path| clean(path.as_str()));
    lines.extend(path.map(|path| format!("{} {path}    {size} written", paint.good("✓"))));
    lines.extend(answer.hash.iter().filter(|_| show_hash).map(|hash| format!("  hash {hash}")));
    lines.extend(seed::files(&answer.seed_files, paint));
    lines.extend(answer.warnings.iter().map(|one| paint.warning(&format!("⚠ {}", clean(one)))));
    let counts =
        format!("{}, {} of them seeds", counted(answer.files_processed, "file"), answer.seed_files_applied);
    end(lines, &answer.head, &counts, paint)
}

/// What `build --list-files` found.
#[must_use]
pub fn list(answer: &ListAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let width = answer.files.iter().map(|file| file.path.as_str().chars().count()).max().unwrap_or(0);
    let line = |file: &ListedFile| {
        let why = format!("{} of {}", clean(&file.pattern), clean(&file.entry));
        format!("{:<width$}    {}", clean(file.path.as_str()), paint.faint(&why))
    };
    let seeds = answer.files.iter().filter(|file| file.seed).count();
    let counts = format!("{}, {seeds} of them seeds", counted(answer.total, "file"));
    end(answer.files.iter().map(line).collect(), &answer.head, &counts, paint)
}

fn built(built: &Built, took: &str) -> String {
    let what = match built.status {
        BuiltStatus::Unchanged => "unchanged, nothing done".to_owned(),
        BuiltStatus::Built => format!("built in {took}"),
        BuiltStatus::Copied => format!("copied in {took}"),
    };
    let template = built.template.iter().map(|name| format!(", template {}", clean(name)));
    std::iter::once(what).chain(template).collect()
}

/// The concatenated file. No time is in it: the same files make the same text.
#[must_use]
pub fn concatenated(bundle: &Bundle<'_>) -> String {
    let mut text = format!(
        "-- Written by confiture build; changes are lost.\n-- environment: {}\n-- files: {}\n-- hash: {}\n",
        clean(bundle.environment),
        bundle.parts.len(),
        bundle.hash
    );
    for part in &bundle.parts {
        let head = comment(&format!("---- {} ----", clean(part.path.as_str())));
        text += &format!("\n{head}\n\n{}", part.text);
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text += part.closing;
    }
    text
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::concatenated;
    use crate::model::build::{Bundle, Part};

    #[test]
    fn a_file_that_ends_without_a_semicolon_does_not_run_into_the_next() {
        let part = |path, text, closing| Part { path: Utf8Path::new(path), text, closing };
        let parts = vec![part("a.sql", "select 1", ";\n"), part("b.sql", "select 2;\n", "")];
        let text = concatenated(&Bundle { environment: "local", hash: "abc", parts });
        let (_, body) = text.split_once("-- hash: abc\n").unwrap();
        assert_eq!(body, "\n-- ---- a.sql ----\n\nselect 1\n;\n\n-- ---- b.sql ----\n\nselect 2;\n");
    }
    #[test]
    fn nothing_in_the_name_of_a_file_becomes_sql() {
        let path = Utf8Path::new("a\ndrop table users; --\r.sql");
        let parts = vec![Part { path, text: "select 1;\n", closing: "" }];
        let text = concatenated(&Bundle { environment: "local", hash: "abc", parts });
        let sql = text.lines().filter(|line| !line.is_empty() && !line.starts_with("--"));
        assert_eq!(sql.collect::<Vec<_>>(), ["select 1;"], "{text}");
    }
}
