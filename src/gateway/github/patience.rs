//! How long to keep asking.

use std::time::Duration;

use super::GitHubError;

/// How long to keep asking.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How often to ask in all.
    pub attempts: u32,
    /// The wait before the second attempt; doubled for each further one.
    pub first_wait: Duration,
    /// A longer wait than this is not worth it: the request is given up.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 4, first_wait: Duration::from_secs(1), longest_wait: Duration::from_mins(1) }
    }
}

impl Patience {
    /// Does something until it succeeds, is refused for good, or patience ends.
    // `AsyncFnMut` would say the same, but its futures may not move between threads.
    pub(super) async fn keep<T, F: Future<Output = Result<T, GitHubError>>>(
        &self,
        mut ask: impl FnMut() -> F,
    ) -> Result<T, GitHubError> {
        let mut attempt = 1;
        loop {
            let failure = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let Some(wait) = self.wait(&failure, attempt) else { return Err(failure) };
            tracing::debug!(%failure, ?wait, "asking GitHub again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// How long to wait after a failure; `None` when it is not worth asking again.
    fn wait(&self, failure: &GitHubError, attempt: u32) -> Option<Duration> {
        if !failure.is_transient() || attempt >= self.attempts {
            return None;
        }
        let wait = match failure {
            GitHubError::RateLimited { retry_after: Some(wait), .. } => *wait,
            // Without a time of GitHub's own its rule is a minute, doubled each time.
            GitHubError::RateLimited { .. } => self.longest_wait * 2_u32.pow(attempt - 1),
            _ => self.first_wait * 2_u32.pow(attempt - 1),
        };
        (wait <= self.longest_wait).then(|| scattered(wait))
    }
}

/// Somewhat longer: those who were refused together do not come back together.
pub fn scattered(wait: Duration) -> Duration {
    wait.mul_f64(1.0 + fastrand::f64() / 4.0)
}
