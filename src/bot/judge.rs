//! What is to become of a delivery: jobs, or nothing and why. Reads nothing but the delivery.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::engine::command::{self, Command};
use crate::gateway::github::payload::{
    ButtonEvent, CommentEvent, Envelope, MergeGroupEvent, PullRequestEvent,
};
use crate::gateway::store::{NewJob, Received, Verdict};

/// What jobs do.
pub(super) mod kind {
    /// Checks a commit.
    pub(in crate::bot) const PREFLIGHT: &str = "preflight";
    /// Obeys a command.
    pub(in crate::bot) const COMMAND: &str = "command";
    /// Does what a button on a check says.
    pub(in crate::bot) const BUTTON: &str = "button";
    /// Finds out which pull requests a commit belongs to, and has it checked again.
    pub(in crate::bot) const RECHECK: &str = "recheck";
}

/// Says what is to become of a delivery.
pub(super) fn judge(received: &Received) -> Verdict {
    decide(received).unwrap_or_else(Verdict::Ignored)
}

fn decide(received: &Received) -> Result<Verdict, String> {
    let envelope: Envelope = read(received)?;
    let action = envelope.action.as_deref().unwrap_or_default();
    let known = match (received.event.as_str(), action) {
        (
            "pull_request",
            "opened" | "synchronize" | "reopened" | "ready_for_review" | "edited" | "closed",
        ) => of_pull_request,
        ("merge_group", "checks_requested") => of_merge_group,
        ("issue_comment", "created") => of_comment,
        ("check_run" | "check_suite", "rerequested") => of_check,
        ("check_run", "requested_action") => of_button,
        (event, "") => return Err(format!("{event} is not used")),
        (event, action) => return Err(format!("{event}.{action} is not used")),
    };
    let repository = envelope.repository.and_then(|repository| repository.name());
    let (Some(repository), Some(installation)) = (repository, envelope.installation) else {
        return Err("it names no repository, or no installation of the App".to_owned());
    };
    let subject =
        Subject { repository: repository.to_string().to_lowercase(), installation: installation.id };
    known(received, action, &subject)
}

/// Which repository a job is for, and as which installation.
struct Subject {
    repository: String,
    installation: u64,
}

impl Subject {
    fn job(&self, name: String, kind: &str, head: Option<String>, mut input: Value) -> NewJob {
        input["installation"] = json!(self.installation);
        NewJob { repository: self.repository.clone(), subject: name, kind: kind.to_owned(), head, input }
    }
}

fn of_pull_request(received: &Received, action: &str, subject: &Subject) -> Result<Verdict, String> {
    let event: PullRequestEvent = read(received)?;
    let pull = event.pull_request;
    if action == "edited" && event.changes.and_then(|changes| changes.base).is_none() {
        return Err("neither its commits nor its base changed".to_owned());
    }
    let name = format!("pull/{}", pull.number);
    if action == "closed" {
        return Ok(Verdict::Over { repository: subject.repository.clone(), subject: name });
    }
    // On another base it is another job.
    let input = json!({ "pull": pull.number.0, "onto": pull.base.sha });
    Ok(Verdict::Work(vec![subject.job(name, kind::PREFLIGHT, Some(pull.head.sha), input)]))
}

fn of_merge_group(received: &Received, _: &str, subject: &Subject) -> Result<Verdict, String> {
    let group = read::<MergeGroupEvent>(received)?.merge_group;
    let input = json!({ "base": group.base_sha });
    let name = format!("group/{}", group.head_ref);
    Ok(Verdict::Work(vec![subject.job(name, kind::PREFLIGHT, Some(group.head_sha), input)]))
}

fn of_comment(received: &Received, _: &str, subject: &Subject) -> Result<Verdict, String> {
    let comment = read::<CommentEvent>(received)?.into_comment()?;
    let Some(command) = command::find(&comment.body) else {
        return Err("the comment holds no command".to_owned());
    };
    // What ends the others does not wait for them.
    let is_cancel = matches!(command, Ok(Command::Cancel));
    let input = json!({
        "pull": comment.pull.0, "comment": comment.id.0, "author": comment.author, "body": comment.body,
    });
    let name = format!("pull/{}/{}", comment.pull, if is_cancel { "cancel" } else { "commands" });
    Ok(Verdict::Work(vec![subject.job(name, kind::COMMAND, None, input)]))
}

fn of_button(received: &Received, _: &str, subject: &Subject) -> Result<Verdict, String> {
    let event: ButtonEvent = read(received)?;
    let check = event.check_run;
    let input = json!({
        "app": check.app.map(|app| app.id), "run": check.external_id, "head": check.head_sha, "check": check.id,
        "button": event.requested_action.identifier, "author": event.sender.login,
    });
    Ok(Verdict::Work(vec![subject.job(format!("check/{}", check.id), kind::BUTTON, None, input)]))
}

fn of_check(received: &Received, _: &str, subject: &Subject) -> Result<Verdict, String> {
    let payload: Value = read(received)?;
    let check = &payload[received.event.as_str()];
    let head = check["head_sha"].as_str().ok_or("it names no commit")?.to_owned();
    let name = format!("commit/{head}");
    let input = json!({ "app": check["app"]["id"] });
    Ok(Verdict::Work(vec![subject.job(name, kind::RECHECK, Some(head), input)]))
}

fn read<T: DeserializeOwned>(received: &Received) -> Result<T, String> {
    serde_json::from_slice(&received.payload).map_err(|error| format!("its payload cannot be read: {error}"))
}
