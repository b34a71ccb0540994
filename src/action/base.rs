//! What a pull request's migrations are replayed on, when no input says it.

use super::event::Event;

/// The revision that counts as deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Base {
    /// None: everything is pending.
    Empty,
    /// A commit.
    Commit(String),
    /// A branch of the repository on GitHub.
    Branch(String),
}

/// The base that goes with an event.
#[must_use]
pub(super) fn of_event(event: &Event) -> Base {
    match event {
        Event::PullRequest { base, .. } | Event::MergeGroup { base, .. } => Base::Commit(base.clone()),
        Event::Push { before, default_branch, .. } => pushed(before, default_branch.as_deref()),
        Event::WorkflowDispatch | Event::Comment(_) | Event::Nothing(_) => Base::Empty,
    }
}

/// A new branch has no commit before it: it is compared with the default branch, when it is another one.
fn pushed(before: &str, default_branch: Option<&str>) -> Base {
    if before.bytes().any(|byte| byte != b'0') {
        return Base::Commit(before.to_owned());
    }
    default_branch.map_or(Base::Empty, |branch| Base::Branch(branch.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Base, of_event};
    use crate::action::event::Event;
    use crate::gateway::github::PullNumber;

    #[test]
    fn each_event_has_its_base() {
        let push = |before: &str, default_branch: Option<&str>| Event::Push {
            before: before.to_owned(),
            deleted: false,
            default_branch: default_branch.map(ToOwned::to_owned),
        };
        let zeros = "0".repeat(40);
        assert_eq!(of_event(&push("abc", Some("main"))), Base::Commit("abc".to_owned()));
        assert_eq!(of_event(&push(&zeros, Some("main"))), Base::Branch("main".to_owned()));
        assert_eq!(of_event(&push(&zeros, None)), Base::Empty);
        assert_eq!(of_event(&Event::WorkflowDispatch), Base::Empty);
        let (head, base) = ("h".to_owned(), "b".to_owned());
        let group = Event::MergeGroup { head: head.clone(), base: base.clone() };
        assert_eq!(of_event(&group), Base::Commit("b".to_owned()));
        let pull = Event::PullRequest { pull: PullNumber(1), head, base, fork: false };
        assert_eq!(of_event(&pull), Base::Commit("b".to_owned()));
    }
}
