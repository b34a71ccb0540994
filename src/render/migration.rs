//! A generated migration as the text of its two files.

use super::sql::{self, comment};
use crate::model::difference::{Draft, Proof};
use crate::model::ident::Literal;
use crate::model::plan::{Refusal, Step, StepTransaction};

/// What asks for a file to be run outside a transaction.
const NO_TRANSACTION: &str = "-- confiture: no-transaction";

/// The file that leads forward.
#[must_use]
pub fn up(draft: &Draft<'_>) -> String {
    file(draft, &format!("From {} to {}", draft.from, draft.to), draft.up)
}

/// The file that leads back; when there is no way back, it says so and refuses to run.
#[must_use]
pub fn down(draft: &Draft<'_>) -> String {
    match draft.down {
        Ok(steps) => file(draft, &format!("Back from {} to {}", draft.to, draft.from), steps),
        Err(refusal) => no_way_back(refusal),
    }
}

fn file(draft: &Draft<'_>, way: &str, steps: &[Step]) -> String {
    let apart = steps.iter().any(|step| step.transaction == StepTransaction::Outside);
    let mut lines = Vec::new();
    if apart {
        lines.push(NO_TRANSACTION.to_owned());
    }
    lines.push(comment(&format!("{way}, {}.", known(draft.proof))));
    lines.push(String::new());
    if sql::needs_unchecked_bodies(steps) {
        let scope = if apart { "" } else { "local " };
        lines.push(format!("set {scope}{};", sql::UNCHECKED_BODIES));
        lines.push(String::new());
    }
    // Outside a transaction, giving up would leave an invalid index behind.
    if let Some(limit) = steps.iter().find_map(|step| step.timeouts.lock.as_ref()).filter(|_| !apart) {
        lines.push(format!("set local lock_timeout = {};", Literal::new(limit)));
        lines.push(String::new());
    }
    lines.push(steps.iter().map(sql::step).collect::<Vec<_>>().join("\n"));
    lines.join("\n")
}

/// What the up file of a new migration begins with; `label` is its version and name.
#[must_use]
pub fn blank_up(label: &str) -> String {
    format!("-- {label}: runs in one transaction with its ledger row.\n\n")
}

/// What the down file of a new migration begins with.
#[must_use]
pub fn blank_down(label: &str) -> String {
    format!("-- Takes {label} back. Remove this file if there is no way back.\n\n")
}

fn known(proof: Proof) -> &'static str {
    match proof {
        Proof::Proved => "proved on a copy",
        Proof::Failed => "NOT PROVED: on a copy it led elsewhere",
        Proof::NoCopy | Proof::LeftOut | Proof::NotAsked => "NOT PROVED",
    }
}

fn no_way_back(refusal: &Refusal) -> String {
    let message = format!("there is no way back: {refusal}");
    let literal = Literal::new(&message);
    // The message may hold two dollar signs.
    format!(
        "{}\n\ndo $no_way_back$\nbegin\n  raise exception using message = {literal};\nend\n$no_way_back$;\n",
        comment(&message)
    )
}

#[cfg(test)]
mod tests {
    use super::{down, up};
    use crate::model::difference::{Draft, Proof};
    use crate::model::plan::{Refusal, StepTransaction};
    use crate::render::samples;

    #[test]
    fn a_file_says_where_it_leads_and_what_can_go_wrong_with_each_statement() {
        let plan = samples::plan();
        let draft = Draft {
            from: "migrations",
            to: "schema",
            proof: Proof::Proved,
            up: &plan.steps,
            down: Ok(&plan.steps[..1]),
        };
        insta::assert_snapshot!(up(&draft), @r#"
        -- From migrations to schema, proved on a copy.

        set local lock_timeout = '3s';

        -- column bio of public.users
        -- lock: ACCESS EXCLUSIVE on public.users
        -- hazard: rewrite
        -- hazard: may fail
        alter table public.users alter column bio type character varying(500);

        -- view public.active_users
        create view public.active_users as
          select 1;
        "#);
        insta::assert_snapshot!(down(&draft), @r#"
        -- Back from schema to migrations, proved on a copy.

        set local lock_timeout = '3s';

        -- column bio of public.users
        -- lock: ACCESS EXCLUSIVE on public.users
        -- hazard: rewrite
        -- hazard: may fail
        alter table public.users alter column bio type character varying(500);
        "#);
    }

    #[test]
    fn where_there_is_no_way_back_the_file_says_so_and_refuses() {
        let plan = samples::plan();
        let refusal = Refusal { object: plan.steps[0].object.clone(), reason: "it's gone".to_owned() };
        let draft = Draft { from: "a", to: "b", proof: Proof::Proved, up: &plan.steps, down: Err(&refusal) };
        insta::assert_snapshot!(down(&draft), @r#"
        -- there is no way back: column bio of public.users cannot be brought from one definition to the other: it's gone

        do $no_way_back$
        begin
          raise exception using message = 'there is no way back: column bio of public.users cannot be brought from one definition to the other: it''s gone';
        end
        $no_way_back$;
        "#);
    }

    #[test]
    fn what_may_not_stand_in_a_transaction_is_asked_to_be_run_without() {
        let mut plan = samples::plan();
        plan.steps[0].transaction = StepTransaction::Outside;
        let draft = Draft { from: "a", to: "b", proof: Proof::LeftOut, up: &plan.steps, down: Ok(&[]) };
        assert!(up(&draft).starts_with("-- confiture: no-transaction\n-- From a to b, NOT PROVED.\n"));
    }
}
