//! Constraints of tables and domains, NOT NULL aside.

use super::lineage::{self, Lineage};
use super::{Change, Context, Kind, This, index, online, relation_beside};
use crate::engine::plan::step::{Said as _, step};
use crate::model::ident::Literal;
use crate::model::plan::{Hazard, LockMode, Step};
use crate::model::schema::{ObjectId, ObjectKind};

pub(super) struct Constraints;

/// The sort of a constraint, told from how the server writes it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Check,
    ForeignKey,
    /// With an index: primary key, unique, exclusion.
    Indexed,
}

fn sort(this: This<'_>) -> Sort {
    let definition = this.text("definition");
    if definition.starts_with("FOREIGN KEY") {
        Sort::ForeignKey
    } else if definition.starts_with("CHECK") {
        Sort::Check
    } else {
        Sort::Indexed
    }
}

impl Kind for Constraints {
    fn address(&self, this: This<'_>, context: &Context<'_>) -> String {
        let domain = if is_of_domain(this, context) { "domain " } else { "" };
        format!("constraint {} on {domain}{}", this.id.name, this.id.parent)
    }

    fn create(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let whole = &this.id.parent;
        let sql = format!("add constraint {} {}", this.id.name, this.text("definition"));
        let there = !context.is_new(whole);
        if is_of_domain(this, context) {
            let checked = there && !is_not_valid(this);
            let add = step(this.id, format!("alter domain {whole} {sql}"));
            return vec![add.hazard(Hazard::FullScan, checked).hazard(Hazard::MayFail, checked)];
        }
        let add = |only: &str| step(this.id, format!("alter table {only}{whole} {sql}"));
        let checked = there && !is_not_valid(this);
        let waits_not = context.online && checked && !context.is_partitioned(whole);
        let mut steps = match sort(this) {
            Sort::Check | Sort::ForeignKey if waits_not => return online::constraint(this),
            Sort::Check => vec![
                add("")
                    .lock(LockMode::AccessExclusive, whole)
                    .hazard(Hazard::FullScan, checked)
                    .hazard(Hazard::MayFail, checked),
            ],
            Sort::ForeignKey => vec![
                add("")
                    .lock(LockMode::ShareRowExclusive, whole)
                    .hazard(Hazard::FullScan, checked)
                    .hazard(Hazard::MayFail, checked),
            ],
            // The server cannot tell that two of them are alike, so those of partitions come with the whole's.
            Sort::Indexed if is_exclusion(this) && is_attached(this, context) => return Vec::new(),
            Sort::Indexed if waits_not && let Some(steps) = online::over_index(this) => steps,
            Sort::Indexed => vec![
                add(if is_exclusion(this) { "" } else { "only " })
                    .lock(LockMode::AccessExclusive, whole)
                    .hazard(Hazard::BlocksWrites, there)
                    .hazard(Hazard::MayFail, there),
            ],
        };
        if sort(this) == Sort::Indexed {
            steps.extend(index::options(this, None));
            steps.extend(index::settings(this, None, context));
            steps.extend(index_comment(this, None));
        }
        steps
    }

    fn drop(&self, this: This<'_>, context: &Context<'_>) -> Vec<Step> {
        let relation = if is_of_domain(this, context) { "domain" } else { "table" };
        let only = context.only_above(this.id);
        let sql = format!("alter {relation} {only}{} drop constraint {}", this.id.parent, this.id.name);
        vec![step(this.id, sql).lock(LockMode::AccessExclusive, &this.id.parent)]
    }

    fn change(&self, from: This<'_>, to: This<'_>, context: &Context<'_>) -> Change {
        let mut steps = match lineage::between(from, to, context) {
            Lineage::Kept | Lineage::Own => Vec::new(),
            Lineage::Inherited => return Change::Replace,
            Lineage::InheritedFromOld => {
                let reason = "what its table declares cannot become something that is only inherited";
                return Change::Refused(reason.to_owned());
            }
            // The server merges it with the inherited one.
            Lineage::OwnAsWell => self.create(to, context),
        };
        if to.differs(&from, "definition") {
            let (old, new) = (from.text("definition"), to.text("definition"));
            if old.strip_suffix(" NOT VALID") == Some(new) {
                let relation = if is_of_domain(to, context) { "domain" } else { "table" };
                let sql = format!("alter {relation} {} validate constraint {}", to.id.parent, to.id.name);
                let validate = step(to.id, sql).lock(LockMode::ShareUpdateExclusive, &to.id.parent);
                // Tables with a domain's values are read under a lock that blocks writes.
                let scans = is_of_domain(to, context);
                steps.push(validate.hazard(Hazard::FullScan, scans).hazards(&[Hazard::MayFail]));
            } else if sort(to) == Sort::ForeignKey && before_deferral(old) == before_deferral(new) {
                let when = new[before_deferral(new).len()..].trim();
                let when = if when.is_empty() { "not deferrable" } else { when };
                let sql = format!("alter table {} alter constraint {} {when}", to.id.parent, to.id.name);
                steps.push(step(to.id, sql).lock(LockMode::AccessExclusive, &to.id.parent));
            } else {
                return Change::Replace;
            }
        }
        if sort(to) == Sort::Indexed {
            steps.extend(index::settings(to, Some(from), context));
            steps.extend(index_comment(to, Some(from)));
        }
        Change::InPlace(steps)
    }

    fn names(&self, this: This<'_>) -> Vec<(&'static str, String)> {
        if sort(this) == Sort::Indexed { vec![("relation", relation_beside(this.id))] } else { Vec::new() }
    }

    fn survives_retyping(&self, this: This<'_>, related: bool) -> bool {
        // Both ends of a foreign key change one after the other, and between the two no operator may fit.
        related || sort(this) != Sort::ForeignKey
    }
}

fn is_of_domain(this: This<'_>, context: &Context<'_>) -> bool {
    let whole = context.to.whole(&this.id.parent).or_else(|| context.from.whole(&this.id.parent));
    whole.is_some_and(|id| id.kind == ObjectKind::Domain)
}

/// A foreign key's definition up to when it is checked, which can be changed in place.
fn before_deferral(definition: &str) -> &str {
    let end = definition.len();
    let at =
        definition.rfind(" DEFERRABLE").or_else(|| definition.rfind(" INITIALLY DEFERRED")).unwrap_or(end);
    // NOT VALID stands behind it and cannot be changed with it.
    if definition.ends_with(" NOT VALID") { definition } else { &definition[..at] }
}

fn is_exclusion(this: This<'_>) -> bool {
    this.text("definition").starts_with("EXCLUDE")
}

fn is_attached(this: This<'_>, context: &Context<'_>) -> bool {
    context.to.objects.contains_key(&ObjectId { kind: ObjectKind::Attachment, ..this.id.clone() })
}

pub(super) fn is_not_valid(this: This<'_>) -> bool {
    let definition = this.text("definition");
    definition.ends_with(" NOT VALID") || definition.ends_with(" NOT ENFORCED")
}

fn index_comment(to: This<'_>, from: Option<This<'_>>) -> Option<Step> {
    let old = from.and_then(|from| from.get("index_comment"));
    let new = to.get("index_comment");
    let text = new.map_or_else(|| "null".to_owned(), |text| Literal::new(text).to_string());
    (old != new).then(|| step(to.id, format!("comment on index {} is {text}", relation_beside(to.id))))
}
