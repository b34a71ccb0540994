//! A comparison as Markdown.

use askama::Template as _;

use super::escape::{code, cut, fence};
use super::{Context, Refusal, STEPS, drift, notes_of, refusal, server};
use crate::model::difference::{DiffAnswer, DriftAnswer, RenameHint, Side};
use crate::model::plan::Plan;
use crate::model::report::Drift;
use crate::render::difference::{TO_DECLARE, TO_REPAIR, drift_sentence, plan_sentence, refusals, sentence};
use crate::render::{hint, sql};

/// Lines of a difference that are shown.
const DRIFT_LINES: usize = 2_000;

#[derive(askama::Template)]
#[template(path = "difference.md")]
struct Page {
    mark: char,
    verdict: String,
    done: String,
    failure: Option<Refusal>,
    diff: Option<String>,
    plan: Option<Statements>,
    remaining: Option<String>,
    notes: Vec<String>,
    foot: String,
}

struct Statements {
    sentence: String,
    sql: String,
}

#[derive(askama::Template)]
#[template(path = "drift.md")]
struct DriftPage {
    mark: char,
    verdict: String,
    done: String,
    failure: Option<Refusal>,
    standards: Vec<Standard>,
    notes: Vec<String>,
    foot: String,
}

/// What a database should be like, and how it differs.
struct Standard {
    name: String,
    diff: String,
    ways: Vec<Way>,
}

struct Way {
    what: &'static str,
    sentence: String,
    sql: String,
}

/// How a live database compares with what it should be, as a page.
#[must_use]
pub fn drifted(answer: &DriftAnswer) -> String {
    let detail = STEPS[0];
    let database = answer.database.as_deref().unwrap_or("the database");
    let failure = answer.failure.as_ref();
    let notes = answer.comparisons.iter().flat_map(refusals);
    let page = DriftPage {
        mark: if answer.ok { '✓' } else { '✗' },
        verdict: cut(drift_sentence(answer).trim_end_matches('.'), 300),
        done: format!("`-` is {}, `+` is what it should be", code(&cut(database, 200))),
        failure: failure.map(|failure| refusal(failure, &Context::default(), detail)),
        standards: answer.comparisons.iter().filter_map(standard).collect(),
        notes: notes.chain(notes_of(&answer.notes, None, detail)).collect(),
        foot: format!("confiture {}", answer.tool_version),
    };
    page.render().unwrap_or_default()
}

fn standard(comparison: &DiffAnswer) -> Option<Standard> {
    let ways = [(TO_REPAIR, &comparison.plan), (TO_DECLARE, &comparison.down)];
    let way = |(what, plan): (&'static str, &Option<Plan>)| {
        let plan = plan.as_ref().filter(|plan| !plan.steps.is_empty())?;
        let sql = fence("sql", &sql::plan(plan));
        Some(Way { what, sentence: plan_sentence(plan, comparison.proof), sql })
    };
    Some(Standard {
        name: code(&cut(&comparison.to.name, 200)),
        diff: comparison.drift.as_ref().and_then(block)?,
        ways: ways.into_iter().filter_map(way).collect(),
    })
}

/// The comparison as a page.
#[must_use]
pub fn comparison(answer: &DiffAnswer) -> String {
    page(answer, if answer.ok { '✓' } else { '✗' })
}

/// The same of two structures that need not be equal.
#[must_use]
pub fn changed(answer: &DiffAnswer) -> String {
    page(answer, if answer.failure.is_none() { '±' } else { '✗' })
}

fn page(answer: &DiffAnswer, mark: char) -> String {
    let detail = STEPS[0];
    let plan = answer.plan.as_ref().filter(|plan| !plan.steps.is_empty());
    let failure = answer.failure.as_ref();
    let page = Page {
        mark,
        verdict: cut(sentence(answer).trim_end_matches('.'), 300),
        done: done(answer),
        failure: failure.map(|failure| refusal(failure, &Context::default(), detail)),
        diff: answer.drift.as_ref().and_then(block),
        plan: plan.map(|plan| Statements {
            sentence: plan_sentence(plan, answer.proof),
            sql: fence("sql", &sql::plan(plan)),
        }),
        remaining: answer.remaining.as_ref().and_then(block),
        notes: refusals(answer)
            .chain(answer.hints.iter().map(hinted))
            .chain(notes_of(&answer.notes, answer.drift.as_ref(), detail))
            .collect(),
        foot: format!("confiture {}", answer.tool_version),
    };
    // Rendering writes to a String and runs no fallible filter.
    page.render().unwrap_or_default()
}

/// The words of a hint, in which names are not markup; what is to be copied is code.
fn hinted(hint: &RenameHint) -> String {
    cut(&hint::sentence(hint), 1_000)
}

fn block(drift: &Drift) -> Option<String> {
    let lines = drift::lines(drift);
    let shown = lines.len().min(DRIFT_LINES);
    (!lines.is_empty()).then(|| fence("diff", &lines[..shown].join("\n")))
}

fn done(answer: &DiffAnswer) -> String {
    let side = |side: &Side| code(&cut(&side.name, 200));
    format!("`-` is {}, `+` is {}{}", side(&answer.from), side(&answer.to), server(answer.server.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::comparison;
    use crate::render::samples;

    #[test]
    fn the_difference_the_plan_and_the_notes_are_one_page() {
        insta::assert_snapshot!(comparison(&samples::different()), @r#"
        ### ✓ A proved migration was written: 3 objects differ in 4 places: 1 added, 1 dropped, 2 changed

        `-` is `migrations`, `+` is `db/schema` (PostgreSQL 17.2, embedded)

        ```diff
          table public.users
        -   column bio  type text    -- db/migrations/002_add_user_bio.up.sql:1
        +   column bio  type character varying(500)    -- db/schema/10_tables/users.sql:14
        -   constraint users_bio_check  definition CHECK (bio <> '')    -- db/migrations/002_add_user_bio.up.sql:1
        + view public.active_users    -- db/schema/10_tables/users.sql:14
          function public.bump()  definition    -- db/schema/10_tables/users.sql:14
              a := 1;
              b := 2;
        -     c := a;
        +     c := b;
              RETURN c;
            END
        ```

        <details open><summary><b>Plan</b>: 2 statements, hazards: rewrite, may fail, proved on a copy, there and back</summary>

        ```sql
        -- column bio of public.users
        -- lock: ACCESS EXCLUSIVE on public.users
        -- hazard: rewrite
        -- hazard: may fail
        alter table public.users alter column bio type character varying(500);

        -- view public.active_users
        create view public.active_users as
          select 1;
        ```
        </details>

        <details><summary><b>Notes</b>: 1</summary>

        - roles that the SQL names were made on the throwaway server, without login: app
        </details>

        ---
        <sub>confiture 0.1.0</sub>
        "#);
    }

    #[test]
    fn a_refused_side_is_a_page_with_its_place() {
        insta::assert_snapshot!(comparison(&samples::unbuilt()), @r#"
        ### ✗ The two sides were not compared: db/migrations/003\_index\_orders.up.sql:4:42 is refused: column "regon" does not exist

        `-` is `migrations`, `+` is `db/schema` (PostgreSQL 17.2, embedded)

        **`db/migrations/003_index_orders.up.sql:4:42`**

        ```
        3 │ -- for the dashboard
        4 │ create index orders_region on orders (id, regon);
          │                                           ^
        ```

        **column "regon" does not exist**<br>
        Hint: Perhaps you meant to reference the column "orders.region".<br>
        SQLSTATE: 42703

        ---
        <sub>confiture 0.1.0</sub>
        "#);
    }
}
