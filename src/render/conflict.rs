//! What open branches do to each other, in words.

use super::verdict::counted;
use crate::model::conflict::{
    Combination, CombinationVerdict, Conflict, Evidence, Matrix, Pair, Refused, Renumber, Verdict, What, Why,
};
use crate::model::report::Change;
use crate::model::schema::ObjectId;

/// Objects, properties and numbers that one sentence names.
const NAMED: usize = 4;

/// Who takes another version.
const LATER: &str = "the later one takes";

/// How words that are not ours are written: as they are on a terminal, escaped in Markdown.
pub(super) struct Words {
    /// A name, a path, a version.
    pub(super) code: fn(&str) -> String,
    /// Any other text.
    pub(super) text: fn(&str) -> String,
}

pub(super) const PLAIN: Words = Words { code: visible, text: visible };

/// On one line, and with nothing in it that a terminal obeys.
fn visible(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// All pairs as plain text: what is not independent, and a line that counts.
#[must_use]
pub fn text(matrix: &Matrix) -> String {
    let mut lines = vec![tally(&matrix.pairs.iter().collect::<Vec<_>>())];
    for pair in matrix.pairs.iter().filter(|pair| pair.verdict != Verdict::Independent) {
        lines.push(format!("{} and {}: {}", visible(&pair.a), visible(&pair.b), verdict(pair.verdict)));
        lines.extend(pair.conflicts.iter().map(|one| format!("  {}", line(one, &PLAIN))));
        lines.extend((pair.more > 0).then(|| format!("  and {} more", pair.more)));
    }
    lines.join("\n") + "\n"
}

/// A merge group as plain text.
#[must_use]
pub fn combination(found: &Combination) -> String {
    let order = found.order.iter().map(|id| visible(id)).collect::<Vec<_>>().join(", ");
    let mut lines = vec![format!("{order}: {}", combined(found.verdict))];
    lines.extend(found.conflicts.iter().map(|one| format!("  {}", line(one, &PLAIN))));
    lines.join("\n") + "\n"
}

/// The verdict on a merge group.
#[must_use]
pub fn combined(verdict: CombinationVerdict) -> &'static str {
    match verdict {
        CombinationVerdict::Works => "all of them apply in this order",
        CombinationVerdict::Collides => "two of them take one version or file name",
        CombinationVerdict::Fails => "one of them does not apply in this order",
        CombinationVerdict::Unknown => "it could not be found out whether they apply",
    }
}

/// How one branch gets on with the others, in one line.
#[must_use]
pub fn headline(matrix: &Matrix, of: &str) -> String {
    match matrix.branch(of).and_then(|branch| branch.fails.as_ref()) {
        Some(Why::Refused(_)) => "It does not apply to its base as it is now".to_owned(),
        Some(Why::TimedOut { .. } | Why::NotReached { .. }) => {
            "There was no time to find out whether it applies".to_owned()
        }
        None => tally(&matrix.of(of).collect::<Vec<_>>()),
    }
}

fn line(conflict: &Conflict, words: &Words) -> String {
    format!("{} ({})", sentence(conflict, words), evidence(conflict))
}

/// `1 collides, 2 in one order only, 3 independent`.
pub(super) fn tally(pairs: &[&Pair]) -> String {
    let all = [Verdict::Collides, Verdict::OrderMatters, Verdict::Unknown, Verdict::Independent];
    let count = |verdict: Verdict| pairs.iter().filter(|pair| pair.verdict == verdict).count();
    let said = all.into_iter().map(|one| (count(one), one)).filter(|(count, _)| *count > 0);
    let said: Vec<String> = said
        .map(|(count, one)| match one {
            Verdict::Collides => format!("{count} {}", if count == 1 { "collides" } else { "collide" }),
            Verdict::OrderMatters => format!("{count} where the order matters"),
            Verdict::Unknown => format!("{count} not known"),
            Verdict::Independent => format!("{count} independent"),
        })
        .collect();
    if said.is_empty() { "no other branch is open".to_owned() } else { said.join(", ") }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Independent => "independent",
        Verdict::Unknown => "not known",
        Verdict::OrderMatters => "the order matters",
        Verdict::Collides => "they collide",
    }
}

/// How a conflict is known, in a few words.
pub(super) fn evidence(conflict: &Conflict) -> &'static str {
    match (conflict.evidence, &conflict.what) {
        (Evidence::Names, _) => "names",
        (Evidence::Catalogs, _) => "catalogs compared",
        (Evidence::Replayed, What::NotReplayed { why: Why::Refused(_), .. }) => "replayed",
        (Evidence::Replayed, What::NotReplayed { .. }) => "not replayed to its end",
        (Evidence::Replayed, _) => "replayed in both orders",
    }
}

/// A conflict as one sentence without final stop.
pub(super) fn sentence(conflict: &Conflict, words: &Words) -> String {
    let object = conflict.object.as_ref().map(|object| named(object, words)).unwrap_or_default();
    let (code, text) = (words.code, words.text);
    match &conflict.what {
        What::SameVersion { version, a, b, take } => {
            let files = format!("{} and {}", code(a.as_str()), code(b.as_str()));
            format!("both take version {}: {files}{}", code(version.as_str()), instead(LATER, take, words))
        }
        What::SameFileName { path, take } => {
            format!("both add {} with different text{}", code(path.as_str()), instead(LATER, take, words))
        }
        What::BothAdd { alike: true } => format!("both make {object}, and make it alike"),
        What::BothAdd { alike: false } => format!("both make {object}, each another one"),
        What::BothDrop => format!("both drop {object}"),
        What::BothChange { properties } => {
            format!("both change {object} ({}), to different ends", some(properties, text))
        }
        What::DropsWhatOtherChanges { drops, .. } => {
            format!("{} drops {object}, which the other changes", text(drops))
        }
        What::DropsWhatOtherUses { drops, user } => {
            format!("{} drops {object}, which {} of the other needs", text(drops), named(user, words))
        }
        What::ChangesWhatOtherUses { changes, properties, user } => {
            let (what, user) = (some(properties, text), named(user, words));
            format!("{} changes {object} ({what}), which {user} of the other needs", text(changes))
        }
        What::OnlyInOrder { first, refused } => {
            format!("{} has to go first; otherwise {}", text(first), refusal(refused, words))
        }
        What::NeitherOrder { after_a, after_b } => {
            let [one, other] = [after_a, after_b].map(|refused| refusal(refused, words));
            format!("each applies alone, and neither after the other: {one}; {other}")
        }
        What::ResultsDiffer { changes, objects } => format!(
            "both orders work, and lead to different catalogs: {} differ{}: {}",
            counted(*objects, "object"),
            if *objects == 1 { "s" } else { "" },
            differing(changes, words)
        ),
        What::NotReplayed { branch, why: reason } => why(branch, reason, words),
    }
}

/// Why a branch was not replayed to its end.
pub(super) fn why(branch: &str, why: &Why, words: &Words) -> String {
    let branch = (words.text)(branch);
    match why {
        Why::Refused(refused) => format!("{branch} does not apply: {}", refusal(refused, words)),
        Why::TimedOut { limit_ms } => format!("{branch} took longer than {}", seconds(*limit_ms)),
        Why::NotReached { limit_ms } => format!("{branch} was not come to within {}", seconds(*limit_ms)),
    }
}

/// The versions that are free, after what else there is to say.
pub(super) fn instead(lead: &str, take: &[Renumber], words: &Words) -> String {
    let each: Vec<String> = take
        .iter()
        .map(|one| format!("{} for {}", (words.code)(one.take.as_str()), (words.code)(one.path.as_str())))
        .collect();
    if each.is_empty() { String::new() } else { format!("; {lead} {}", some(&each, str::to_owned)) }
}

/// A statement that was refused, with its place.
pub(super) fn refusal(refused: &Refused, words: &Words) -> String {
    let message = (words.text)(&refused.message);
    match &refused.place {
        Some(place) => format!("{} is refused: {message}", (words.code)(&place.to_string())),
        None => format!("{} is refused: {message}", (words.text)(&refused.branch)),
    }
}

fn differing(changes: &[Change], words: &Words) -> String {
    let names: Vec<String> = changes.iter().map(|change| named(&change.object, words)).collect();
    some(&names, str::to_owned)
}

fn named(object: &ObjectId, words: &Words) -> String {
    format!("{} {}", object.kind.label(), (words.code)(&object.full_name()))
}

fn some(all: &[String], write: impl Fn(&str) -> String) -> String {
    let shown: Vec<String> = all.iter().take(NAMED).map(|one| write(one)).collect();
    let more = all.len().saturating_sub(NAMED);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::{combination, text};
    use crate::model::conflict::{Combination, CombinationVerdict};
    use crate::render::samples::{conflict_refused, conflicts};

    #[test]
    fn a_matrix_says_of_each_two_what_stands_between_them_and_how_that_is_known() {
        insta::assert_snapshot!(text(&conflicts()));
    }

    #[test]
    fn a_merge_group_says_which_branch_does_not_apply() {
        let order = vec!["#241".to_owned(), "#238".to_owned()];
        let works = Combination { order, verdict: CombinationVerdict::Works, conflicts: Vec::new() };
        assert_eq!(combination(&works), "#241, #238: all of them apply in this order\n");
        let fails =
            Combination { verdict: CombinationVerdict::Fails, conflicts: vec![conflict_refused()], ..works };
        insta::assert_snapshot!(combination(&fails));
    }

    #[test]
    fn text_of_others_stays_on_its_line() {
        let mut matrix = conflicts();
        matrix.pairs[0].a = "\u{1b}[31m#1\nall is well".to_owned();
        assert!(text(&matrix).contains(" [31m#1 all is well and "), "{}", text(&matrix));
    }
}
