//! Waiting until replicas have replayed what was done, for migrations that ask for it.

use std::time::{Duration, Instant};

use super::apply::Applier;
use super::failure;
use super::script::Step;
use crate::gateway::postgres::{DatabaseError, end_of_log, replicas_behind, sees_replicas};
use crate::model::event::Event;
use crate::model::exit::ExitCode;
use crate::model::replica::Replica;
use crate::model::report::Failure;

/// How often the replicas are looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

impl Applier<'_> {
    /// Waits, as long as locks are waited for, until every replica has replayed what is written now.
    ///
    /// A throwaway server has none, and nobody who has patience with it.
    pub(crate) async fn wait_for_replicas(&self, step: &Step<'_>) -> Result<(), Failure> {
        let Some(patience) = self.patience.filter(|_| step.asked.replica_safe) else { return Ok(()) };
        let refused = |error: DatabaseError| failure::database(self.runner.stage, &error);
        let session = self.runner.session;
        let place = end_of_log(session).await.map_err(refused)?;
        let since = Instant::now();
        let mut told = Vec::new();
        loop {
            let behind = replicas_behind(session, &place).await.map_err(refused)?;
            if behind.is_empty() {
                return Ok(());
            }
            if !sees_replicas(session).await.map_err(refused)? {
                return Err(self.blind(step));
            }
            if since.elapsed() >= patience.limit() {
                return Err(self.too_late(step, &behind));
            }
            let names = behind.iter().map(|replica| replica.name.clone()).collect();
            if told != names {
                told = names;
                let (version, name) = (step.migration.version.clone(), step.migration.name.clone());
                (self.tell)(&Event::Waiting { version, name, replicas: behind });
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    fn blind(&self, step: &Step<'_>) -> Failure {
        let message = format!(
            "{} is to run when the replicas are ready, and this role cannot see them",
            step.migration.label()
        );
        let mut failure = Failure::new(self.runner.stage, ExitCode::Database, message);
        failure.help = Some("as a superuser: grant pg_monitor to the role".to_owned());
        failure
    }

    fn too_late(&self, step: &Step<'_>, behind: &[Replica]) -> Failure {
        let who: Vec<String> = behind.iter().map(Replica::to_string).collect();
        let message = format!("{} waits for replicas in vain: {}", step.migration.label(), who.join(", "));
        let mut failure = Failure::new(self.runner.stage, ExitCode::Database, message);
        failure.help = Some(
            "see why they do not follow (a slot that nobody uses is dropped), or wait longer with --retry-for".to_owned(),
        );
        failure
    }
}
