//! Sessions that are kept and lent out, for a service that has work all the time.

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};

use super::{DatabaseError, SessionSettings, Target, tls};

/// How long somebody waits for a session before giving up.
const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_secs(10);

/// A pool of at most so many sessions on a database, each opened with its limits set. Connects when first asked.
pub fn pool(target: &Target, settings: &SessionSettings, size: usize) -> Result<Pool, DatabaseError> {
    let mut config = target.config.clone();
    config.connect_timeout(LONGEST_WAIT);
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(config, tls::connector(target.verify_tls)?, recycling);
    let sql = settings.sql();
    let prepare = Hook::async_fn(move |client, _| {
        let sql = sql.clone();
        Box::pin(async move { client.batch_execute(&sql).await.map_err(HookError::Backend) })
    });
    Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(LONGEST_WAIT))
        .create_timeout(Some(LONGEST_WAIT))
        .post_create(prepare)
        .build()
        .map_err(|error| DatabaseError::plain(error.to_string()))
}
