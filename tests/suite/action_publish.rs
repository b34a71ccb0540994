//! The pull-request comment: one, ours, edited in place.

use confiture::gateway::github::{CommentKey, GitHubError, How, Published, PullNumber, RepoName};

use super::fake_github::{Failure, FakeGitHub, PULL, REPOSITORY, TOKEN};

fn key() -> CommentKey {
    CommentKey::of(&["", "local"])
}

async fn publish(github: &FakeGitHub, text: &str) -> Result<Published, GitHubError> {
    let repository: RepoName = REPOSITORY.parse().unwrap();
    github.client().publish(&repository, PullNumber(PULL), &key(), text).await
}

#[tokio::test]
async fn the_comment_is_written_once_and_then_edited_in_place_on_page_three() {
    let github = FakeGitHub::start().await;
    for number in 0..250 {
        github.state().comment("somebody", "User", format!("talk {number}"));
    }
    let first = publish(&github, "one").await.unwrap();
    assert_eq!(first.how, How::Created);
    for number in 0..20 {
        github.state().comment("somebody", "User", format!("more talk {number}"));
    }
    let second = publish(&github, "two").await.unwrap();
    assert_eq!((second.how, &second.url), (How::Updated, &first.url));
    let state = github.state();
    let ours: Vec<_> = state.comments.iter().filter(|comment| comment.kind == "Bot").collect();
    assert_eq!(ours.len(), 1);
    assert!(ours[0].body.starts_with("<!-- confiture:preflight key=") && ours[0].body.ends_with("-->\ntwo"));
}

#[tokio::test]
async fn a_comment_that_says_the_same_is_not_written_again() {
    let github = FakeGitHub::start().await;
    publish(&github, "same").await.unwrap();
    let again = publish(&github, "same").await.unwrap();
    assert_eq!(again.how, How::Unchanged);
    assert_eq!(github.state().writes().len(), 1);
}

#[tokio::test]
async fn somebody_else_s_marker_and_another_key_s_comment_are_not_ours() {
    let github = FakeGitHub::start().await;
    publish(&github, "one").await.unwrap();
    let stolen = github.state().comments[0].body.clone();
    let other_key = stolen.replacen("key=", "key=0", 1);
    github.state().comments.clear();
    github.state().comment("mallory", "User", stolen.clone());
    github.state().comment("github-actions[bot]", "Bot", other_key);
    github.state().comment("github-actions[bot]", "Bot", format!("> {stolen}"));
    assert_eq!(publish(&github, "one").await.unwrap().how, How::Created);
    assert_eq!(github.state().comments.len(), 4);
}

#[tokio::test]
async fn a_user_s_token_knows_its_own_comments() {
    let github = FakeGitHub::start().await;
    github.state().user = Some("robot-account".to_owned());
    publish(&github, "one").await.unwrap();
    assert_eq!(publish(&github, "two").await.unwrap().how, How::Updated);
    let ours = github.state().comments[0].body.clone();
    github.state().comments.clear();
    github.state().comment("github-actions[bot]", "Bot", ours);
    assert_eq!(publish(&github, "two").await.unwrap().how, How::Created);
}

#[tokio::test]
async fn a_failing_server_is_asked_again_and_never_leaves_two_comments() {
    let github = FakeGitHub::start().await;
    github.state().failures.extend([Failure::status("GET", 502), Failure::status("GET", 500)]);
    github.state().failures.push_back(Failure::status("POST", 500).but_done());
    let published = publish(&github, "one").await.unwrap();
    assert_eq!(published.how, How::Unchanged, "the failed answer hid that the comment was written");
    assert_eq!(github.state().comments.len(), 1);
}

#[tokio::test]
async fn a_server_that_keeps_failing_is_given_up() {
    let github = FakeGitHub::start().await;
    github.state().failures.extend((0..40).map(|_| Failure::status("GET", 503)));
    assert!(matches!(publish(&github, "one").await, Err(GitHubError::Server(503))));
}

#[tokio::test]
async fn a_limit_is_waited_for_as_long_as_github_says_and_no_longer_than_is_sensible() {
    let github = FakeGitHub::start().await;
    let limited = |seconds| Failure::status("POST", 403).with("retry-after", seconds);
    github.state().failures.push_back(limited("1"));
    let started = std::time::Instant::now();
    publish(&github, "one").await.unwrap();
    assert!(started.elapsed() >= std::time::Duration::from_secs(1));
    github.state().comments.clear();
    github.state().failures.push_back(limited("3600"));
    let error = publish(&github, "one").await.unwrap_err();
    assert!(matches!(error, GitHubError::RateLimited { .. }), "{error}");
}

#[tokio::test]
async fn a_token_that_may_only_read_is_told_apart_and_never_shown() {
    let github = FakeGitHub::start().await;
    github.state().read_only = true;
    let error = publish(&github, "one").await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert!(!format!("{error} {error:?}").contains(TOKEN));
    assert!(!format!("{:?}", github.client()).contains(TOKEN));
}
