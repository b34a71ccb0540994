//! What the other open branches do to one, as a part of its comment, and what a merge group comes to.

use super::escape::{code, cut, text};
use crate::model::conflict::{Branch, Combination, Matrix, Pair, Verdict, What, Why};
use crate::model::report::Failure;
use crate::render::conflict::{Words, combined, evidence, instead, refusal, sentence, tally, why};

/// Characters that rows of the table may take: the rest is counted. Three quarters of a comment stay for the others.
const ROOM: usize = 16_000;
/// Conflicts that a row tells of.
const TOLD: usize = 3;
/// Characters of somebody else's text.
const WIDTH: usize = 300;

const ESCAPED: Words = Words { code: |name| code(&cut(name, WIDTH)), text: |words| text(&cut(words, WIDTH)) };

/// What is said to whoever asks before anything was tried, or of a pull request without migrations.
pub const NOTHING_BETWEEN: &str =
    "Nothing is known of this pull request beside the others: it adds no migration, or was not tried yet.";

/// The other branches as one of them sees them: folded, a row for each that is not independent.
#[must_use]
pub fn others(matrix: &Matrix, of: &str) -> String {
    let mut pairs: Vec<&Pair> = matrix.of(of).collect();
    let summary = format!("<b>Other pull requests</b>: {}", tally(&pairs));
    let own = matrix.branch(of).and_then(own).unwrap_or_default();
    pairs.retain(|pair| pair.verdict != Verdict::Independent && !is_its_own(pair, of));
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.verdict));
    if pairs.is_empty() {
        return format!("{own}{summary}\n");
    }
    let mut page =
        format!("{own}<details><summary>{summary}</summary>\n\n| with | what | shown by |\n|---|---|---|\n");
    let mut left = pairs.len();
    let mut room = ROOM;
    for pair in pairs {
        let row = row(pair, matrix.branch(pair.other(of)), pair.other(of));
        let length = row.chars().count();
        if length > room {
            break;
        }
        (room, left) = (room - length, left - 1);
        page += &row;
    }
    if left > 0 {
        page += &format!("\nand {left} more\n");
    }
    page + "\n</details>\n"
}

/// Why a branch does not apply to its base as it is now.
fn own(branch: &Branch) -> Option<String> {
    let why = match branch.fails.as_ref()? {
        Why::Refused(refused) => refusal(refused, &ESCAPED),
        other => why(&branch.id, other, &ESCAPED),
    };
    let take = instead("free is", &branch.renumber, &ESCAPED);
    Some(format!("**On its base as it is now it does not apply**: {why}{take}\n\n"))
}

/// Whether there is nothing to say of two but what is said of the one anyway.
fn is_its_own(pair: &Pair, of: &str) -> bool {
    let own = |what: &What| matches!(what, What::NotReplayed { branch, .. } if branch == of);
    pair.verdict == Verdict::Unknown && pair.conflicts.iter().all(|one| own(&one.what))
}

/// A branch as people find it.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// What it is called.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Where it can be read.
    pub url: &'a str,
}

impl<'a> From<&'a Branch> for Named<'a> {
    fn from(branch: &'a Branch) -> Self {
        Self { id: &branch.id, title: &branch.title, url: &branch.url }
    }
}

/// A merge group, with each of its pull requests linked.
#[must_use]
pub fn group(found: &Combination, branches: &[Named<'_>]) -> String {
    let named = found.order.iter().map(|id| {
        let branch = branches.iter().find(|branch| branch.id == id).copied();
        format!("1. {}\n", link(branch, id))
    });
    let told = found.conflicts.iter().map(|one| format!("- {}\n", sentence(one, &ESCAPED)));
    let (named, told): (String, String) = (named.collect(), told.collect());
    let told = if told.is_empty() { told } else { format!("\n{told}") };
    format!("**{}**\n\n{named}{told}", combined(found.verdict))
}

/// Why nothing could be found out.
#[must_use]
pub fn not_found_out(failure: &Failure) -> String {
    let place =
        failure.place.as_ref().map_or_else(String::new, |place| format!("{}: ", code(&place.to_string())));
    let help =
        failure.help.as_deref().map_or_else(String::new, |help| format!("; {}", text(&cut(help, WIDTH))));
    format!("**It could not be found out**: {place}{}{help}\n", text(&cut(&failure.message, WIDTH)))
}

/// Why there will be no answer, one sentence.
#[must_use]
pub fn untold(why: &str) -> String {
    format!("### ✗ The pull requests were not tried against each other\n\n{}", text(&cut(why, 2_000)))
}

fn row(pair: &Pair, branch: Option<&Branch>, id: &str) -> String {
    let told: Vec<_> = pair.conflicts.iter().take(TOLD).collect();
    let mut what: Vec<String> = told.iter().map(|one| sentence(one, &ESCAPED)).collect();
    let more = pair.conflicts.len() - told.len() + pair.more;
    what.extend((more > 0).then(|| format!("and {more} more")));
    let mut shown: Vec<&str> = told.iter().map(|one| evidence(one)).collect();
    shown.dedup();
    format!("| {} | {} | {} |\n", link(branch.map(Named::from), id), what.join("<br>"), shown.join("<br>"))
}

/// Its name, linked where its address is one, with its title.
fn link(branch: Option<Named<'_>>, id: &str) -> String {
    let name = text(&cut(id, WIDTH));
    let Some(branch) = branch else { return name };
    let is_address = |url: &str| {
        url.starts_with("https://")
            && url.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/?=&%+#".contains(c))
    };
    let name = if is_address(branch.url) { format!("[{name}]({})", branch.url) } else { name };
    format!("{name} {}", text(&cut(branch.title, WIDTH))).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Named, ROOM, group, not_found_out, others};
    use crate::model::conflict::{Combination, CombinationVerdict, Renumber, What, Why};
    use crate::model::exit::ExitCode;
    use crate::model::migration::Version;
    use crate::model::report::{Failure, Stage};
    use crate::render::samples::{conflict_refused, conflicts, place};

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

    #[test]
    fn a_branch_that_does_not_apply_to_its_base_says_so_once_and_which_number_is_free() {
        let mut matrix = conflicts();
        let What::NotReplayed { why: Why::Refused(refused), .. } = conflict_refused().what else { return };
        let branch = matrix.branches.iter_mut().find(|branch| branch.id == "#240").unwrap();
        branch.fails = Some(Why::Refused(refused.clone()));
        let path = "db/migrations/004_a.up.sql".into();
        branch.renumber = vec![Renumber { path, version: Version::new("004"), take: Version::new("007") }];
        for pair in &mut matrix.pairs {
            let what = What::NotReplayed { branch: "#240".to_owned(), why: Why::Refused(refused.clone()) };
            pair.verdict = crate::model::conflict::Verdict::Unknown;
            pair.conflicts = vec![crate::model::conflict::Conflict { what, ..conflict_refused() }];
        }
        insta::assert_snapshot!(others(&matrix, "#240"));
    }

    #[test]
    fn however_many_others_there_are_the_table_stays_in_its_room_and_counts_the_rest() {
        let mut matrix = conflicts();
        let pair = matrix.pairs.iter().find(|pair| !pair.conflicts.is_empty()).unwrap().clone();
        matrix.pairs = vec![pair; 1_000];
        let page = others(&matrix, "#240");
        assert!(page.chars().count() < ROOM + 1_000, "{}", page.len());
        let rows = page.lines().filter(|line| line.starts_with("| [")).count();
        assert!(rows > 20 && page.contains(&format!("\nand {} more\n\n</details>", 1_000 - rows)), "{page}");
    }

    #[test]
    fn a_merge_group_is_a_list_in_its_order_with_what_stopped_it() {
        let order = vec!["#241".to_owned(), "#238".to_owned()];
        let found =
            Combination { order, verdict: CombinationVerdict::Fails, conflicts: vec![conflict_refused()] };
        let one = Named { id: "#241", title: "Orders | @team", url: "https://github.com/acme/shop/pull/241" };
        insta::assert_snapshot!(group(&found, &[one]));
    }

    #[test]
    fn what_could_not_be_found_out_says_why_where_and_what_to_do() {
        let mut failure = Failure::new(Stage::Base, ExitCode::Database, "relation <b> is not there");
        failure.place = Some(place("db/migrations/001_a.up.sql", 3, 7));
        failure.help = Some("repair @main".to_owned());
        let wanted = "**It could not be found out**: `db/migrations/001_a.up.sql:3:7`: relation &lt;b&gt; is not there; \
                      repair @&#8203;main\n";
        assert_eq!(not_found_out(&failure), wanted);
    }
}
