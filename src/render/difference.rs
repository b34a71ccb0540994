//! The text face of a comparison.

use super::changes::{self, Wording};
use super::sql::hazard_name;
use super::style::{Paint, clean};
use super::verdict::counted;
use super::{hint, note, snippet};
use crate::model::difference::{DiffAnswer, DriftAnswer, Proof, Side};
use crate::model::plan::{Plan, Step};
use crate::model::report::{ChangeKind, Drift};

/// What differs, the plan when one was asked for, and a summary at the end.
#[must_use]
pub fn text(answer: &DiffAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = vec![format!("▸ Comparing {} with {} …", side(&answer.from), side(&answer.to))];
    if let Some(drift) = &answer.drift {
        lines.extend(tree(drift, answer, paint));
        lines.extend(changes::remarks(drift, paint));
    }
    lines.extend(answer.hints.iter().map(|hint| paint.warning(&format!("▸ hint: {}", hint::sentence(hint)))));
    if let Some(plan) = answer.plan.as_ref().filter(|plan| !plan.steps.is_empty()) {
        lines.push(format!("▸ Plan: {}", plan_sentence(plan, answer.proof)));
        lines.extend(plan.steps.iter().map(|step| statement(step, paint)));
    }
    if let Some(remaining) = &answer.remaining {
        let what = match answer.proof {
            Proof::NoCopy => "no copy of the first side could be made, this differs in it",
            _ => "carried out on a copy, the plan leaves this different",
        };
        lines.push(paint.bad(&format!("✗ Not proved: {what}:")));
        lines.extend(tree(remaining, answer, paint));
    }
    if let Some(second) = &answer.second {
        lines.push(paint.bad(
            "✗ Not proved: carried out on a copy, the plan leads there, and a second one is not empty:",
        ));
        lines.extend(second.steps.iter().map(|step| statement(step, paint)));
    }
    lines.extend(refusals(answer).map(|sentence| paint.warning(&format!("⚠ {sentence}"))));
    lines.extend(answer.notes.iter().map(|note| paint.faint(&format!("▸ note: {}", note::sentence(note)))));
    lines.extend(answer.failure.iter().flat_map(|failure| snippet::lines(failure, paint)));
    lines.extend(
        answer.written.iter().map(|path| format!("{} wrote {}", paint.good("✓"), clean(path.as_str()))),
    );
    let said = sentence(answer);
    lines.push(if answer.ok {
        paint.good(&format!("✓ {said}"))
    } else {
        paint.bad(&format!("✗ {said}"))
    });
    lines.push(String::new());
    lines.join("\n")
}

/// What the statements do that lead a live database to what it should be.
pub(super) const TO_REPAIR: &str = "To make the database like that";
/// What those do that lead the other way.
pub(super) const TO_DECLARE: &str = "Or, to declare what the database has";

/// How a live database compares with what it should be.
#[must_use]
pub fn drift(answer: &DriftAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let database = answer.database.as_deref().unwrap_or("the database");
    let mut lines = vec![format!("▸ Looking at {} …", clean(database))];
    for comparison in &answer.comparisons {
        lines.push(format!("▸ Comparing it with {} …", clean(&comparison.to.name)));
        lines.extend(drift_lines(comparison, paint));
    }
    lines.extend(answer.notes.iter().map(|note| paint.faint(&format!("▸ note: {}", note::sentence(note)))));
    lines.extend(answer.failure.iter().flat_map(|failure| snippet::lines(failure, paint)));
    let said = drift_sentence(answer);
    lines.push(if answer.ok {
        paint.good(&format!("✓ {said}"))
    } else {
        paint.bad(&format!("✗ {said}"))
    });
    lines.push(String::new());
    lines.join("\n")
}

fn drift_lines(comparison: &DiffAnswer, paint: Paint) -> Vec<String> {
    let Some(drift) = &comparison.drift else { return Vec::new() };
    let wording = Wording {
        direction: "(the database → what it should be)",
        added: "missing in the database",
        dropped: "only in the database",
    };
    let mut lines = changes::lines(drift, &wording, paint);
    lines.extend(changes::remarks(drift, paint));
    let ways = [(TO_REPAIR, &comparison.plan), (TO_DECLARE, &comparison.down)];
    for (what, plan) in ways {
        let Some(plan) = plan.as_ref().filter(|plan| !plan.steps.is_empty()) else { continue };
        lines.push(format!("▸ {what}: {}", plan_sentence(plan, comparison.proof)));
        lines.extend(plan.steps.iter().map(|step| statement(step, paint)));
    }
    lines.extend(refusals(comparison).map(|sentence| paint.warning(&format!("⚠ {sentence}"))));
    if let Some(failure) = &comparison.failure {
        lines
            .push(paint.warning(&format!("⚠ what would repair it could not be proved: {}", failure.message)));
    }
    lines
}

pub(super) fn drift_sentence(answer: &DriftAnswer) -> String {
    if let Some(failure) = &answer.failure {
        return format!("No drift was looked for: {}.", failure.message.lines().next().unwrap_or_default());
    }
    let said: Vec<String> = answer
        .comparisons
        .iter()
        .filter_map(|comparison| Some((comparison, comparison.drift.as_ref()?)))
        .map(|(comparison, drift)| {
            let name = &comparison.to.name;
            if drift.equal {
                format!("nothing differs from {name}")
            } else {
                format!("from {name} {}", counts(drift))
            }
        })
        .collect();
    match (answer.ok, said.is_empty()) {
        (_, true) => "There was nothing to compare the database with.".to_owned(),
        (true, false) => format!("No drift: {}.", said.join(", and ")),
        (false, false) => format!("The database has drifted: {}.", said.join("; ")),
    }
}

/// The repairs of a drift as SQL: what makes the database like each of the things that it should be like.
#[must_use]
pub fn drift_sql(answer: &DriftAnswer) -> String {
    let head = super::sql::comment(&drift_sentence(answer)) + "\n";
    let repairs = answer.comparisons.iter().filter(|comparison| comparison.plan.is_some());
    std::iter::once(head).chain(repairs.map(sql)).collect::<Vec<_>>().join("\n")
}

/// The statements that lead from one side to the other; without them, why there are none, as comments.
#[must_use]
pub fn sql(answer: &DiffAnswer) -> String {
    let head = format!("{} → {}: {}", answer.from.name, answer.to.name, sentence(answer));
    let hints = answer.hints.iter().map(|hint| format!("hint: {}", hint::sentence(hint)));
    let said = std::iter::once(head).chain(refusals(answer)).chain(hints);
    let mut lines: Vec<String> = said.map(|line| super::sql::comment(&line)).collect();
    lines.push(String::new());
    if let Some(plan) = answer.plan.as_ref().filter(|plan| !plan.steps.is_empty()) {
        lines.push(super::sql::plan(plan));
    }
    lines.join("\n")
}

/// The outcome, one sentence with its final stop.
#[must_use]
pub fn sentence(answer: &DiffAnswer) -> String {
    if let Some(failure) = &answer.failure {
        let why = failure.message.lines().next().unwrap_or_default();
        return match (&answer.drift, &failure.place) {
            (Some(_), _) => format!("The way from one side to the other could not be proved: {why}."),
            (None, Some(place)) => format!("The two sides were not compared: {place} is refused: {why}."),
            (None, None) => format!("The two sides were not compared: {why}."),
        };
    }
    match &answer.drift {
        Some(drift) if drift.equal => "The two sides are the same.".to_owned(),
        Some(drift) if answer.ok => format!("A proved migration was written: {}.", counts(drift)),
        Some(drift) => format!("{}.", counts(drift)),
        None => "The two sides were not compared.".to_owned(),
    }
}

fn counts(drift: &Drift) -> String {
    let count = |kind| drift.changes.iter().filter(|change| change.change == kind).count();
    let kinds = [
        (ChangeKind::Added, "added"),
        (ChangeKind::Dropped, "dropped"),
        (ChangeKind::Changed, "changed"),
        (ChangeKind::Renamed, "renamed"),
    ];
    let said: Vec<String> = kinds
        .into_iter()
        .map(|(kind, word)| (count(kind), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let differ = if drift.object_count == 1 { "differs" } else { "differ" };
    // A table whose columns differ is one object that differs in several places.
    let places = match drift.changes.len() {
        places if places == drift.object_count => String::new(),
        places => format!(" in {}", counted(places, "place")),
    };
    format!("{} {differ}{places}: {}", counted(drift.object_count, "object"), said.join(", "))
}

/// What is to be said of a plan: how long it is, what can go wrong, how it is known.
#[must_use]
pub fn plan_sentence(plan: &Plan, proof: Proof) -> String {
    let hazards: Vec<String> = plan.hazards().into_iter().map(hazard_name).collect();
    let hazards = match hazards.as_slice() {
        [] => "no hazards".to_owned(),
        some => format!("hazards: {}", some.join(", ")),
    };
    let known = match proof {
        Proof::Proved => ", proved on a copy, there and back",
        Proof::Failed => ", and the proof failed",
        Proof::NoCopy => ", not proved, for no copy of the first side could be made",
        Proof::LeftOut | Proof::NotAsked => ", not proved",
    };
    format!("{}, {hazards}{known}", counted(plan.steps.len(), "statement"))
}

/// What cannot be done, a sentence each.
pub(super) fn refusals(answer: &DiffAnswer) -> impl Iterator<Item = String> {
    let up = answer.refusal.iter().map(|refusal| format!("there is no plan: {refusal}"));
    let second = answer.second.iter().map(|second| {
        let sql: Vec<&str> = second.steps.iter().map(|step| step.sql.as_str()).collect();
        format!("the plan leads there, and yet a second plan is not empty: {}", sql.join("; "))
    });
    up.chain(second)
        .chain(answer.down_refusal.iter().map(|refusal| format!("there is no way back: {refusal}")))
}

fn side(side: &Side) -> String {
    let version =
        side.server_version.as_deref().map(|version| format!(" (PostgreSQL {version})")).unwrap_or_default();
    clean(&format!("{}{version}", side.name))
}

fn tree(drift: &Drift, answer: &DiffAnswer, paint: Paint) -> Vec<String> {
    let direction = format!("({} → {})", answer.from.name, answer.to.name);
    let wording = Wording { direction: &direction, added: "added", dropped: "dropped" };
    changes::lines(drift, &wording, paint)
}

fn statement(step: &Step, paint: Paint) -> String {
    let hazards: Vec<String> = step.hazards.iter().copied().map(hazard_name).collect();
    let hazards = if hazards.is_empty() { String::new() } else { format!("   ⚠ {}", hazards.join(", ")) };
    format!("    {};{}", clean(step.sql.trim_end()), paint.warning(&hazards))
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::render::samples;

    #[test]
    fn two_sides_that_are_the_same_take_two_lines() {
        insta::assert_snapshot!(text(&samples::same(), false), @r#"
        ▸ Comparing migrations (PostgreSQL 17.2) with db/schema (PostgreSQL 17.2) …
        ✓ The two sides are the same.
        "#);
    }

    #[test]
    fn what_was_added_dropped_and_changed_is_a_tree_with_its_plan_and_its_counts() {
        insta::assert_snapshot!(text(&samples::different(), false), @r#"
        ▸ Comparing migrations (PostgreSQL 17.2) with db/schema (PostgreSQL 17.2) …
            table public.users
              column bio   text → character varying(500)   (migrations → db/schema)
                at db/schema/10_tables/users.sql:14:5
              constraint users_bio_check   CHECK (bio <> '')   dropped   db/schema/10_tables/users.sql:14:5
            view public.active_users   added   db/schema/10_tables/users.sql:14:5
            function public.bump()
              definition
                      b := 2;
                  -   c := a;
                  +   c := b;
                      RETURN c;
                at db/schema/10_tables/users.sql:14:5
        ▸ Plan: 2 statements, hazards: rewrite, may fail, proved on a copy, there and back
            alter table public.users alter column bio type character varying(500);   ⚠ rewrite, may fail
            create view public.active_users as
                select 1;
        ▸ note: roles that the SQL names were made on the throwaway server, without login: app
        ✓ wrote db/migrations/004_add_bio.up.sql
        ✓ A proved migration was written: 3 objects differ in 4 places: 1 added, 1 dropped, 2 changed.
        "#);
    }

    #[test]
    fn a_side_that_cannot_be_built_is_told_with_its_place() {
        insta::assert_snapshot!(text(&samples::unbuilt(), false), @r#"
        ▸ Comparing migrations (PostgreSQL 17.2) with db/schema (PostgreSQL 17.2) …
        error [42703]: column "regon" does not exist
          --> db/migrations/003_index_orders.up.sql:4:42
         3 │ -- for the dashboard
         4 │ create index orders_region on orders (id, regon);
           │                                           ^
           = hint: Perhaps you meant to reference the column "orders.region".
        ✗ The two sides were not compared: db/migrations/003_index_orders.up.sql:4:42 is refused: column "regon" does not exist.
        "#);
    }
}
