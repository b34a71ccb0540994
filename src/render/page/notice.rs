//! A page that says one thing, and what to do about it.

use super::Notice;

#[derive(askama::Template)]
#[template(path = "page/notice.html")]
pub(super) struct NoticeView<'a> {
    heading: &'static str,
    said: &'static str,
    can_sign_in: bool,
    run: Option<&'a str>,
    version: &'static str,
}

pub(super) fn view(notice: Notice, run: Option<&str>) -> NoticeView<'_> {
    let (heading, said) = match notice {
        Notice::NoRun => (
            "There is no such run",
            "It is not kept any more, or its repository is one that you cannot read.",
        ),
        Notice::NotSigned(_) => (
            "This page is not open to everybody",
            "Follow the link “View more details” of its check on GitHub: that one opens it for a while.",
        ),
        Notice::SignInFirst(true) => ("This page is not open to everybody", "Links do not open pages here."),
        Notice::SignInFirst(false) => {
            ("This page is not open to everybody", "Links do not open pages here, and nobody can sign in.")
        }
        Notice::Expired(_) => (
            "This link has expired",
            "Have the commit checked again on GitHub: its new check has a new link.",
        ),
        Notice::NotSignedIn => {
            ("You are not signed in", "GitHub and this browser did not go through with it. Begin again.")
        }
        Notice::Stale => {
            ("Nothing was done", "The button was on a page that is too old. Go back and load it again.")
        }
        Notice::Trouble => (
            "This cannot be shown now",
            "GitHub or the bot's own database does not answer. Try again in a while.",
        ),
    };
    let can_sign_in = matches!(
        notice,
        Notice::NotSigned(true) | Notice::SignInFirst(true) | Notice::Expired(true) | Notice::NotSignedIn
    );
    NoticeView { heading, said, can_sign_in, run, version: env!("CARGO_PKG_VERSION") }
}
