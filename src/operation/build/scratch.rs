//! Building on a throwaway server, to prove that it builds.

use tokio_util::sync::CancellationToken;

use super::Plan;
use crate::model::build::{BuildAnswer, Built, BuiltStatus};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::apply::Runner;
use crate::operation::script::Script;
use crate::operation::structure::{Bench, Grounds, Wishes};

/// Builds, and leaves nothing. Returns the order in which the files were run.
pub(super) async fn build(
    plan: &Plan<'_>,
    grounds: &Grounds,
    wishes: &Wishes,
    cancel: &CancellationToken,
    answer: &mut BuildAnswer,
) -> Result<Vec<usize>, Failure> {
    let mut bench = Bench::new(grounds, wishes.clone());
    let mut result = tokio::select! {
        built = on_bench(plan, &mut bench) => built,
        () = cancel.cancelled() => {
            Err(Failure::new(Stage::Server, ExitCode::Pending, "the build was interrupted"))
        }
    };
    answer.server = bench.info();
    answer.notes = bench.close(&mut result).await;
    if result.is_ok() {
        answer.built = Some(Built { status: BuiltStatus::Built, created: true, template: None });
    }
    result
}

async fn on_bench(plan: &Plan<'_>, bench: &mut Bench<'_>) -> Result<Vec<usize>, Failure> {
    let builder = bench.server().await?;
    builder.lab()?.ensure_roles(plan.scripts.iter().flat_map(Script::roles)).await?;
    let target = builder.database("confiture_build", None).await?;
    let work = builder.work(&target).await?;
    let runner = Runner {
        session: &work.session,
        settings: &work.settings,
        skips: &builder.skips,
        stage: Stage::Schema,
    };
    let order = plan.run(&runner).await?;
    work.session.close().await;
    Ok(order)
}
