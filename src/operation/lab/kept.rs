//! A base that is made of migrations: replayed once, and kept for later runs.

use super::{Builder, LAYOUT};
use crate::config::PreflightSettings;
use crate::engine::chain;
use crate::gateway::postgres::{Ledger, Target};
use crate::model::migration::Migration;
use crate::model::report::{Failure, Stage};
use crate::operation::script::Step;

/// The database that migrations are replayed in.
pub(crate) const REPLAY: &str = "confiture_preflight";

/// Names the state that replaying these migrations leads to, whatever it is that could change it.
pub(crate) fn key(
    migrations: &[Migration],
    ledger: &Ledger,
    settings: &PreflightSettings,
    superuser: bool,
) -> String {
    let (table, extensions) = (ledger.table().display(), settings.extensions.join(","));
    let rights = superuser.to_string();
    chain::digest(migrations, &[env!("CARGO_PKG_VERSION"), LAYOUT, &rights, &table, &extensions])
}

impl Builder<'_> {
    /// Lays a base of migrations, or takes the one that was kept under the key that the server was started with. Says
    /// whether it was kept. Without a key it is laid anew, and not kept.
    pub(crate) async fn lay(
        &mut self,
        migrations: &[Migration],
        key: &str,
        tell: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<(Target, bool), Failure> {
        let steps = migrations.iter().map(|migration| Step::read(migration, Stage::Base));
        let steps = steps.collect::<Result<Vec<_>, _>>()?;
        let lab = self.lab()?;
        if lab.is_restored() {
            lab.recall_roles(steps.iter().flat_map(Step::roles));
            return Ok((lab.target(REPLAY), true));
        }
        let target = self.database(REPLAY, None).await?;
        self.replay(&target, &steps, Stage::Base, &|done| tell(done, steps.len())).await?;
        if !key.is_empty() {
            self.keep(key).await?;
        }
        Ok((target, false))
    }
}
