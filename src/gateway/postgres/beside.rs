//! Work that waits for many answers.

use tokio_util::task::AbortOnDropHandle;

/// Does work beside the tasks that bring it its answers, on the threads that they run on: to wake another thread for
/// each answer takes longer than to take it in. It ends when it is no longer waited for.
pub(crate) async fn beside_sessions<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match AbortOnDropHandle::new(tokio::spawn(work)).await {
        Ok(done) => done,
        Err(ended) => std::panic::resume_unwind(ended.into_panic()),
    }
}
