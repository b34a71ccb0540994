//! The Action's inputs, as `action.yml` names them.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use secrecy::SecretString;

use super::error::ActionError;
use crate::model::finding::Severity;
use crate::operation::project::DEFAULT_ENVIRONMENT;

/// Every input that is read, in the order of `action.yml`.
pub const NAMES: [&str; 10] = [
    "command",
    "env",
    "working-directory",
    "base-ref",
    "against",
    "snapshot",
    "postgres-version",
    "fail-on",
    "comment",
    "github-token",
];

/// The inputs, checked. An empty input is an absent one.
#[derive(Debug, Clone)]
pub(super) struct Inputs {
    /// The environment.
    pub env: String,
    /// The project directory, relative to the repository's root.
    pub working_directory: Utf8PathBuf,
    /// What the pending migrations are replayed on, when an input says it.
    pub base: Option<BaseInput>,
    /// The server's major version, or an image.
    pub postgres_version: Option<String>,
    /// The lowest severity that fails; absent, what the settings say.
    #[expect(clippy::option_option, reason = "said nothing, said `none`, said a severity")]
    pub fail_on: Option<Option<Severity>>,
    /// Whether the pull request gets a comment.
    pub comment: bool,
    /// The token for GitHub's API.
    pub token: Option<SecretString>,
}

/// A base that was chosen by an input.
#[derive(Debug, Clone)]
pub(super) enum BaseInput {
    /// A git revision.
    Ref(String),
    /// A database's URL.
    Against(SecretString),
    /// A `pg_dump` file, relative to the project directory.
    Snapshot(Utf8PathBuf),
}

impl Inputs {
    /// Reads the inputs from the process's variables.
    pub(super) fn read(variables: &BTreeMap<String, String>) -> Result<Self, ActionError> {
        let input = |name: &'static str| value(variables, name);
        if let Some(command) = input("command").filter(|command| *command != "preflight") {
            return Err(unknown("command", command, "preflight"));
        }
        Ok(Self {
            env: input("env").unwrap_or(DEFAULT_ENVIRONMENT).to_owned(),
            working_directory: inside("working-directory", input("working-directory").unwrap_or(""))?,
            base: base(variables)?,
            postgres_version: input("postgres-version").map(ToOwned::to_owned),
            fail_on: input("fail-on").map(fail_on).transpose()?,
            comment: match input("comment") {
                None | Some("true") => true,
                Some("false") => false,
                Some(other) => return Err(unknown("comment", other, "true or false")),
            },
            token: input("github-token").map(|token| SecretString::from(token.to_owned())),
        })
    }
}

/// The runner's variable for an input: upper case, hyphens kept.
#[must_use]
pub(super) fn variable(name: &str) -> String {
    format!("INPUT_{}", name.to_uppercase().replace(' ', "_"))
}

/// An input's value, absent when it is empty.
#[must_use]
pub(super) fn value<'a>(variables: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    variables.get(&variable(name)).map(|value| value.trim()).filter(|value| !value.is_empty())
}

fn base(variables: &BTreeMap<String, String>) -> Result<Option<BaseInput>, ActionError> {
    let against =
        value(variables, "against").map(|url| BaseInput::Against(SecretString::from(url.to_owned())));
    let snapshot = match value(variables, "snapshot") {
        Some(path) => Some(BaseInput::Snapshot(inside("snapshot", path)?)),
        None => None,
    };
    let base_ref = value(variables, "base-ref").map(|revision| BaseInput::Ref(revision.to_owned()));
    let mut given: Vec<BaseInput> = [against, snapshot, base_ref].into_iter().flatten().collect();
    if given.len() > 1 {
        let reason = "there is one base: give one of `against`, `snapshot` and `base-ref`".to_owned();
        return Err(ActionError::Input { name: "base-ref", reason });
    }
    Ok(given.pop())
}

fn fail_on(text: &str) -> Result<Option<Severity>, ActionError> {
    match text {
        "none" => Ok(None),
        text => text.parse().map(Some).map_err(|_| unknown("fail-on", text, "error, warning, info or none")),
    }
}

/// A path that cannot lead out of the repository.
fn inside(name: &'static str, text: &str) -> Result<Utf8PathBuf, ActionError> {
    let parts: Vec<Utf8Component<'_>> =
        Utf8Path::new(text).components().filter(|part| *part != Utf8Component::CurDir).collect();
    if parts.iter().all(|part| matches!(part, Utf8Component::Normal(_))) {
        return Ok(parts.iter().map(Utf8Component::as_str).collect());
    }
    Err(ActionError::Input { name, reason: format!("`{text}` is not a path inside the repository") })
}

fn unknown(name: &'static str, found: &str, wanted: &str) -> ActionError {
    ActionError::Input { name, reason: format!("`{found}` is not known: {wanted} is wanted") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{BaseInput, Inputs, variable};
    use crate::model::finding::Severity;

    fn read(inputs: &[(&str, &str)]) -> Result<Inputs, String> {
        let variables: BTreeMap<String, String> =
            inputs.iter().map(|(name, value)| (variable(name), (*value).to_owned())).collect();
        Inputs::read(&variables).map_err(|error| error.to_string())
    }

    #[test]
    fn hyphens_stay_in_the_runner_s_variables() {
        assert_eq!(variable("working-directory"), "INPUT_WORKING-DIRECTORY");
    }

    #[test]
    fn an_empty_input_is_an_absent_one() {
        let inputs = read(&[("env", ""), ("base-ref", " "), ("github-token", ""), ("comment", "")]).unwrap();
        assert_eq!(inputs.env, "local");
        assert!(inputs.base.is_none() && inputs.token.is_none() && inputs.comment);
        assert_eq!(inputs.fail_on, None);
    }

    #[test]
    fn given_inputs_are_read() {
        let inputs = read(&[("fail-on", "warning"), ("against", "postgresql://h/d"), ("comment", "false")]);
        let inputs = inputs.unwrap();
        assert_eq!(inputs.fail_on, Some(Some(Severity::Warning)));
        assert!(matches!(inputs.base, Some(BaseInput::Against(_))) && !inputs.comment);
        assert_eq!(read(&[("working-directory", "./a//b/")]).unwrap().working_directory, "a/b");
        assert_eq!(read(&[("fail-on", "none")]).unwrap().fail_on, Some(None));
    }

    #[test]
    fn what_is_not_known_is_said_with_what_is_wanted() {
        for (name, value, said) in [
            ("command", "deploy", "input `command`: `deploy` is not known: preflight is wanted"),
            (
                "fail-on",
                "grave",
                "input `fail-on`: `grave` is not known: error, warning, info or none is wanted",
            ),
            ("comment", "yes", "input `comment`: `yes` is not known: true or false is wanted"),
            (
                "working-directory",
                "../x",
                "input `working-directory`: `../x` is not a path inside the repository",
            ),
        ] {
            assert_eq!(read(&[(name, value)]).unwrap_err(), said);
        }
        assert!(read(&[("against", "x"), ("base-ref", "y")]).unwrap_err().contains("there is one base"));
    }
}
