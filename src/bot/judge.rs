//! What is to become of a delivery: jobs, or nothing and why. Reads nothing but the delivery.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::engine::command::{self, Command};
use crate::gateway::github::PullNumber;
use crate::gateway::github::payload::{
    ButtonEvent, CommentEvent, Envelope, MergeGroupEvent, PullRequestEvent, PushEvent,
};
use crate::gateway::store::{Moment, NewJob, Received, Verdict};

/// How the full name of a branch begins.
const HEADS: &str = "refs/heads/";

/// What jobs do.
pub(super) mod kind {
    /// Checks a commit.
    pub(in crate::bot) const PREFLIGHT: &str = "preflight";
    /// Obeys a command.
    pub(in crate::bot) const COMMAND: &str = "command";
    /// Does what a button on a check says.
    pub(in crate::bot) const BUTTON: &str = "button";
    /// Tries the pull requests to a branch against each other.
    pub(in crate::bot) const CONFLICTS: &str = "conflicts";
    /// Tries the pull requests of a merge group one after the other.
    pub(in crate::bot) const GROUP: &str = "group";
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
    let Some(known) = reader(&received.event, action) else {
        let dot = if action.is_empty() { "" } else { "." };
        return Err(format!("{}{dot}{action} is not used", received.event));
    };
    let repository = envelope.repository.and_then(|repository| repository.name());
    let (Some(repository), Some(installation)) = (repository, envelope.installation) else {
        return Err("it names no repository, or no installation of the App".to_owned());
    };
    let subject =
        Subject { repository: repository.to_string().to_lowercase(), installation: installation.id };
    known(received, action, &subject)
}

/// What reads a delivery of a kind that is used.
type Reader = fn(&Received, &str, &Subject) -> Result<Verdict, String>;

fn reader(event: &str, action: &str) -> Option<Reader> {
    Some(match (event, action) {
        (
            "pull_request",
            "opened" | "synchronize" | "reopened" | "ready_for_review" | "edited" | "closed",
        ) => of_pull_request,
        ("merge_group", "checks_requested" | "destroyed") => of_merge_group,
        ("push", _) => of_push,
        ("issue_comment", "created") => of_comment,
        ("check_run" | "check_suite", "rerequested") => of_check,
        ("check_run", "requested_action") => of_button,
        _ => return None,
    })
}

/// Whether anything can become of deliveries of this kind.
pub(super) fn concerns(event: &str, action: Option<&str>) -> bool {
    reader(event, action.unwrap_or_default()).is_some()
}

/// The job that checks a pull request at its newest commit.
pub(super) fn check_of_pull(
    repository: String,
    installation: u64,
    pull: PullNumber,
    head: &str,
    base: &str,
) -> NewJob {
    // On another base it is another job.
    let input = json!({ "pull": pull.0, "onto": base });
    let subject = Subject { repository, installation };
    subject.job(format!("pull/{pull}"), kind::PREFLIGHT, Some(head.to_owned()), input)
}

/// Which repository a job is for, and as which installation.
struct Subject {
    repository: String,
    installation: u64,
}

impl Subject {
    /// The pull requests to a branch are to be tried against each other.
    fn conflicts(&self, branch: String, mut input: Value) -> NewJob {
        let name = format!("conflicts/{branch}");
        input["branch"] = Value::String(branch);
        self.job(name, kind::CONFLICTS, None, input)
    }

    fn job(&self, name: String, kind: &str, head: Option<String>, mut input: Value) -> NewJob {
        input["installation"] = json!(self.installation);
        NewJob { repository: self.repository.clone(), subject: name, kind: kind.to_owned(), head, input }
    }
}

fn of_pull_request(received: &Received, action: &str, subject: &Subject) -> Result<Verdict, String> {
    let event: PullRequestEvent = read(received)?;
    let pull = event.pull_request;
    let before = event.changes.and_then(|changes| changes.base);
    if action == "edited" && before.is_none() {
        return Err("neither its commits nor its base changed".to_owned());
    }
    let name = format!("pull/{}", pull.number);
    let before = before.and_then(|base| base.branch).map(|branch| branch.from);
    let branches = pull.base.branch.into_iter().chain(before).filter(|_| action != "ready_for_review");
    let conflicts = branches.map(|branch| subject.conflicts(branch, json!({})));
    let moment = pull.updated_at.map(|at| Moment {
        repository: subject.repository.clone(),
        subject: name.clone(),
        at,
    });
    let verdict = if action == "closed" {
        let (repository, then) = (subject.repository.clone(), conflicts.collect());
        Verdict::Over { repository, subjects: vec![name], then }
    } else {
        let (repository, head, base) = (subject.repository.clone(), &pull.head.sha, &pull.base.sha);
        let preflight = check_of_pull(repository, subject.installation, pull.number, head, base);
        Verdict::Work([preflight].into_iter().chain(conflicts).collect())
    };
    Ok(match moment {
        Some(moment) => Verdict::Dated(moment, Box::new(verdict)),
        None => verdict,
    })
}

fn of_push(received: &Received, _: &str, subject: &Subject) -> Result<Verdict, String> {
    let push: PushEvent = read(received)?;
    match push.reference.strip_prefix(HEADS) {
        Some(branch) if !push.deleted => {
            // Few branches are pull requests' bases: which ones, the job knows.
            Ok(Verdict::Work(vec![subject.conflicts(branch.to_owned(), json!({ "pushed": true }))]))
        }
        Some(_) => Err("the branch is gone".to_owned()),
        None => Err("it is no branch".to_owned()),
    }
}

fn of_merge_group(received: &Received, action: &str, subject: &Subject) -> Result<Verdict, String> {
    let group = read::<MergeGroupEvent>(received)?.merge_group;
    let (alone, together) = (format!("group/{}", group.head_ref), format!("conflicts/{}", group.head_ref));
    if action == "destroyed" {
        let (repository, subjects) = (subject.repository.clone(), vec![alone, together]);
        return Ok(Verdict::Over { repository, subjects, then: Vec::new() });
    }
    let input = json!({ "base": group.base_sha });
    let preflight = subject.job(alone, kind::PREFLIGHT, Some(group.head_sha.clone()), input);
    let branch = group.base_ref.strip_prefix(HEADS).unwrap_or_default();
    let input = json!({ "branch": branch, "group": group.head_ref });
    let conflicts = subject.job(together, kind::GROUP, Some(group.head_sha), input);
    Ok(Verdict::Work(vec![preflight, conflicts]))
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
    let input = json!({ "app": check["app"]["id"], "name": check["name"] });
    Ok(Verdict::Work(vec![subject.job(name, kind::RECHECK, Some(head), input)]))
}

fn read<T: DeserializeOwned>(received: &Received) -> Result<T, String> {
    serde_json::from_slice(&received.payload).map_err(|error| format!("its payload cannot be read: {error}"))
}
