//! What the other open branches do to one, as a part of its comment.

use super::escape::{code, cut, text};
use crate::model::conflict::{Branch, Matrix, Pair, Verdict};
use crate::render::conflict::{Words, evidence, sentence, tally};

/// Rows of the table; the rest is counted.
const ROWS: usize = 50;
/// Conflicts that a row tells of.
const TOLD: usize = 3;
/// Characters of somebody else's text.
const WIDTH: usize = 300;

const ESCAPED: Words = Words { code: |name| code(&cut(name, WIDTH)), text: |words| text(&cut(words, WIDTH)) };

/// The other branches as one of them sees them: folded, a row for each that is not independent.
#[must_use]
pub fn others(matrix: &Matrix, of: &str) -> String {
    let mut pairs: Vec<&Pair> = matrix.of(of).collect();
    let summary = format!("<b>Other pull requests</b>: {}", tally(&pairs));
    pairs.retain(|pair| pair.verdict != Verdict::Independent);
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.verdict));
    if pairs.is_empty() {
        return format!("{summary}\n");
    }
    let mut lines = vec![
        format!("<details><summary>{summary}</summary>\n"),
        "| with | what | shown by |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    lines
        .extend(pairs.iter().take(ROWS).map(|pair| row(pair, matrix.branch(pair.other(of)), pair.other(of))));
    let more = pairs.len().saturating_sub(ROWS);
    lines.extend((more > 0).then(|| format!("\nand {more} more")));
    lines.join("\n") + "\n\n</details>\n"
}

fn row(pair: &Pair, branch: Option<&Branch>, id: &str) -> String {
    let told: Vec<_> = pair.conflicts.iter().take(TOLD).collect();
    let mut what: Vec<String> = told.iter().map(|one| sentence(one, &ESCAPED)).collect();
    let more = pair.conflicts.len() - told.len() + pair.more;
    what.extend((more > 0).then(|| format!("and {more} more")));
    let mut shown: Vec<&str> = told.iter().map(|one| evidence(one)).collect();
    shown.dedup();
    format!("| {} | {} | {} |", link(branch, id), what.join("<br>"), shown.join("<br>"))
}

/// Its name, linked where its address is one, with its title.
fn link(branch: Option<&Branch>, id: &str) -> String {
    let name = text(&cut(id, WIDTH));
    let Some(branch) = branch else { return name };
    let is_address = |url: &str| {
        url.starts_with("https://")
            && url.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/?=&%+#".contains(c))
    };
    let name = if is_address(&branch.url) { format!("[{name}]({})", branch.url) } else { name };
    format!("{name} {}", text(&cut(&branch.title, WIDTH))).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::others;
    use crate::render::samples::conflicts;

    #[test]
    fn the_other_branches_are_a_folded_table_gravest_first() {
        insta::assert_snapshot!(others(&conflicts(), "#240"));
    }

    #[test]
    fn where_all_are_independent_it_is_one_line() {
        let mut matrix = conflicts();
        matrix.pairs.retain(|pair| pair.conflicts.is_empty());
        assert_eq!(others(&matrix, "#240"), "<b>Other pull requests</b>: 1 independent\n");
        assert_eq!(others(&matrix, "#999"), "<b>Other pull requests</b>: no other branch is open\n");
    }

    #[test]
    fn what_a_branch_is_called_is_no_markup_and_links_nowhere_else() {
        let mut matrix = conflicts();
        let branch = matrix.branches.iter_mut().find(|branch| branch.id == "#241").unwrap();
        branch.title = "a | b @team <img src=x> </details> [x](y)\n# big".to_owned();
        branch.url = "https://example.org/) | javascript:".to_owned();
        let page = others(&matrix, "#240");
        let row = page.lines().find(|line| line.contains("241")).unwrap();
        let wanted =
            "| #&#8203;241 a \\| b @&#8203;team &lt;img src=x&gt; &lt;/details&gt; \\[x\\](y) #&#8203; big |";
        assert!(row.starts_with(wanted), "{row}");
    }
}
