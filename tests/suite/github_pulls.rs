//! Pull requests, alone and all that are open.

use confiture::gateway::github::{GitHubError, PullNumber, RepoName};

use super::fake_github::{Failure, FakeGitHub, Files, PULL, REPOSITORY};

fn repository() -> RepoName {
    REPOSITORY.parse().unwrap()
}

#[tokio::test]
async fn all_open_pull_requests_are_found_oldest_first_and_closed_ones_are_not() {
    let github = FakeGitHub::start().await;
    for number in 0..230 {
        github.state().open_pull(REPOSITORY, &format!("branch-{number}"), Files::new());
    }
    github.state().close(REPOSITORY, 9);
    github.state().merge(REPOSITORY, 11);
    github.state().failures.push_back(Failure::status("GET", 503));
    let open = github.client().open_pulls(&repository()).await.unwrap();
    let numbers: Vec<u64> = open.iter().map(|pull| pull.number.0).collect();
    let wanted: Vec<u64> = (PULL..PULL + 231).filter(|number| ![9, 11].contains(number)).collect();
    assert_eq!(numbers, wanted);
    assert!(open.iter().all(|pull| pull.open && !pull.merged));
}

#[tokio::test]
async fn a_pull_request_tells_where_it_comes_from_and_where_it_goes() {
    let github = FakeGitHub::start().await;
    github.state().create("mallory/shop");
    let number = github.state().open_pull_from("mallory/shop", REPOSITORY, "main", Files::new());
    github.state().pull(REPOSITORY, number).draft = true;
    let client = github.client();
    let fork = client.pull_request(&repository(), PullNumber(number)).await.unwrap();
    assert_eq!((fork.from_fork, fork.draft, fork.open, fork.merged), (true, true, true, false));
    assert_eq!(fork.head_repo.as_ref().map(ToString::to_string).as_deref(), Some("mallory/shop"));
    assert_eq!((fork.head_branch.as_str(), fork.base_branch.as_str()), ("main", "main"));
    assert_eq!((fork.title.as_str(), fork.author.as_str()), ("Merge main", "octocat"));
    assert_eq!(fork.url, format!("https://github.com/{REPOSITORY}/pull/{number}"));
    let ours = client.pull_request(&repository(), PullNumber(PULL)).await.unwrap();
    assert!(!ours.from_fork && ours.head_repo == Some(repository()));
    assert_eq!(client.open_pulls(&repository()).await.unwrap(), [ours, fork]);
}

#[tokio::test]
async fn a_push_moves_the_head_and_a_merge_moves_the_base() {
    let github = FakeGitHub::start().await;
    let client = github.client();
    let before = client.pull_request(&repository(), PullNumber(PULL)).await.unwrap();
    let files = |name: &str| Files::from([(name.to_owned(), b"select 1;".to_vec())]);
    let pushed = github.state().push(REPOSITORY, "change", files("a.sql"));
    let other = github.state().open_pull(REPOSITORY, "other", files("b.sql"));
    let merged = github.state().merge(REPOSITORY, PULL);
    let now = client.pull_request(&repository(), PullNumber(PULL)).await.unwrap();
    assert_eq!((now.head.as_str(), now.open, now.merged), (pushed.as_str(), false, true));
    assert_ne!(now.head, before.head);
    let rest = client.pull_request(&repository(), PullNumber(other)).await.unwrap();
    assert_eq!(rest.base, merged);
    assert!(github.state().tree(REPOSITORY, "main").contains_key("a.sql"));
}

#[tokio::test]
async fn a_pull_request_or_a_repository_that_is_not_there_is_not_found() {
    let github = FakeGitHub::start().await;
    let missing = github.client().pull_request(&repository(), PullNumber(999)).await;
    assert!(matches!(missing, Err(GitHubError::NotFound(_))));
    let elsewhere = github.client().open_pulls(&"acme/nothing".parse().unwrap()).await;
    assert!(matches!(elsewhere, Err(GitHubError::NotFound(_))));
}
