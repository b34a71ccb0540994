//! `status`: what is deployed, by the ledgers of the environments that the bot's file names.

use secrecy::SecretString;

use super::super::job::JobError;
use super::super::trees::Trees;
use super::rights::Asker;
use super::{Errand, Outcome};
use crate::model::likeness::nearest;
use crate::operation::migrate::{self, Scope};
use crate::operation::outline::{Which, outline};
use crate::render::markdown;

pub(super) async fn answer(errand: &Errand<'_>, env: Option<&str>) -> Result<Outcome, JobError> {
    let environments = &errand.settings.environments;
    if let Some(env) = env.filter(|env| !environments.contains_key(*env)) {
        return Ok(Outcome::Refused(unknown(
            env,
            &environments.keys().map(String::as_str).collect::<Vec<_>>(),
        )));
    }
    let trees = errand.trees().await?;
    if environments.is_empty() {
        return pending(errand, &trees).await;
    }
    let (tools, input, github) = (errand.tools, &errand.input, &errand.github);
    let asker = Asker { tools, input, github, repo: &errand.repo, login: &errand.login };
    let mut parts = Vec::new();
    for (name, url) in environments.iter().filter(|(name, _)| env.is_none_or(|env| env == *name)) {
        parts.push(if asker.may_see(name).await? {
            of(errand, &trees, name, url).await
        } else {
            format!("### {} is its teams' business", markdown::name(name))
        });
    }
    Ok(Outcome::Said(parts.join("\n\n")))
}

/// What an environment's ledger says. The database is only read.
async fn of(errand: &Errand<'_>, trees: &Trees, env: &str, url: &str) -> String {
    let mut project = errand.project(trees);
    env.clone_into(&mut project.env);
    let answer = migrate::status(&Scope { project, url: Some(SecretString::from(url)) }).await;
    if let Some(failure) = &answer.head.error {
        tracing::warn!(env, why = failure.message, "an environment's ledger is not read");
    }
    markdown::status(env, &answer)
}

async fn pending(errand: &Errand<'_>, trees: &Trees) -> Result<Outcome, JobError> {
    let base = &trees.base_commit[..7.min(trees.base_commit.len())];
    Ok(match outline(&errand.project(trees), &trees.base, Which::Pending).await {
        Ok(found) => Outcome::Said(markdown::pending(&found, base)),
        Err(failure) => Outcome::Failed(markdown::stopped(
            "What is pending is not known",
            &failure,
            &errand.context(trees),
        )),
    })
}

fn unknown(env: &str, known: &[&str]) -> String {
    let meant = match (nearest(env, known), known) {
        (Some(like), _) => format!("did you mean {}?", markdown::name(like)),
        (None, []) => "the bot's file names no database for this repository".to_owned(),
        (None, known) => {
            let names: Vec<String> = known.iter().map(|name| markdown::name(name)).collect();
            format!("there are {}", names.join(", "))
        }
    };
    format!("the bot knows no environment {}: {meant}", markdown::name(env))
}
