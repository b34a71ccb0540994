//! Plans as SQL.

use crate::model::plan::{Hazard, LockMode, Plan, Step};
use crate::model::report::TableLock;
use crate::model::schema::ObjectKind;

/// The statements of a plan, each with the object that it is about and a comment per hazard.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    let setting = needs_unchecked_bodies(&plan.steps).then(|| format!("set {UNCHECKED_BODIES};\n"));
    setting.into_iter().chain(plan.steps.iter().map(step)).collect::<Vec<_>>().join("\n")
}

/// The setting under which a function is made whose body names what a later statement makes.
pub(super) const UNCHECKED_BODIES: &str = "check_function_bodies = off";

pub(super) fn needs_unchecked_bodies(steps: &[Step]) -> bool {
    steps.iter().any(|step| step.object.kind == ObjectKind::Function)
}

/// One statement with its comments: the lock when it blocks others, and hazards. It is ended by a semicolon and a line end.
#[must_use]
pub fn step(step: &Step) -> String {
    let object = format!("{} {}", step.object.kind.label(), step.object.full_name());
    let mut lines = vec![comment(&object)];
    let lock = step.lock.as_ref().filter(|lock| lock.mode >= LockMode::Share);
    lines.extend(lock.map(|lock| comment(&format!("lock: {} on {}", lock_name(lock.mode), lock.on))));
    lines.extend(step.hazards.iter().map(|hazard| comment(&format!("hazard: {}", hazard_name(*hazard)))));
    lines.push(terminated(&step.sql));
    lines.push(String::new());
    lines.join("\n")
}

/// A statement that ends in a comment would take a semicolon on its last line for a part of it.
fn terminated(sql: &str) -> String {
    let sql = sql.trim_end();
    let last = sql.lines().next_back().unwrap_or_default();
    if last.contains("--") { format!("{sql}\n;") } else { format!("{sql};") }
}

/// A comment on a line of its own, whatever line ends a name in it holds.
pub(super) fn comment(text: &str) -> String {
    format!("-- {}", text.replace(['\n', '\r'], " "))
}

/// A lock mode as PostgreSQL's manual writes it.
fn lock_name(mode: LockMode) -> String {
    mode.to_string().replace('_', " ")
}

/// The locks on tables that others wait for, in words; none where nobody waits.
pub(super) fn locks(locks: &[TableLock]) -> Option<String> {
    let named = locks.iter().filter(|one| one.lock >= LockMode::Share);
    let named: Vec<String> = named.map(|one| format!("{} on {}", lock_name(one.lock), one.table)).collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// A hazard in words.
pub(super) fn hazard_name(hazard: Hazard) -> String {
    hazard.to_string().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::plan;
    use crate::render::samples;

    #[test]
    fn statements_stand_below_what_they_are_about_and_what_can_go_wrong() {
        insta::assert_snapshot!(plan(&samples::plan()), @r#"
        -- column bio of public.users
        -- lock: ACCESS EXCLUSIVE on public.users
        -- hazard: rewrite
        -- hazard: may fail
        alter table public.users alter column bio type character varying(500);

        -- view public.active_users
        create view public.active_users as
          select 1;
        "#);
    }

    #[test]
    fn no_name_leaves_its_comment_and_no_comment_swallows_the_semicolon() {
        let mut sample = samples::plan();
        sample.steps.truncate(1);
        sample.steps[0].object.name = "a\n; drop table x".to_owned();
        sample.steps[0].sql = "select 1 -- one".to_owned();
        let text = plan(&sample);
        assert!(text.starts_with("-- column a ; drop table x of public.users\n"), "{text}");
        assert!(text.ends_with("select 1 -- one\n;\n"), "{text}");
    }
}
