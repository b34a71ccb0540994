//! The server that checks on one base go on with, one after the other.

use std::sync::Arc;

use super::field::Field;
use super::ground::interrupted;
use super::request::Base;
use crate::gateway::postgres::Target;
use crate::model::migration::Migration;
use crate::model::report::Failure;
use crate::model::schema::Schema;
use crate::operation::apply::Skips;
use crate::operation::lab::{self, Builder, Lab};
use crate::operation::project::Opened;

/// A throwaway server with the base on it, and copies of the base in which nothing is left of any branch.
pub(super) struct Stand {
    pub(super) lab: Lab,
    pub(super) base: Target,
    pub(super) skips: Skips,
    pub(super) fields: Vec<Field>,
    /// How many copies were made.
    pub(super) copies: usize,
    pub(super) schema: Option<Arc<Schema>>,
}

impl Stand {
    /// Starts a server and lays the base, or takes the state of one that was kept.
    pub(super) async fn lay(
        request: &Base,
        opened: &Opened,
        deployed: &[Migration],
        key: &str,
    ) -> Result<Self, Failure> {
        let settings = &opened.settings.preflight;
        let (wanted, variables) = (request.postgres.as_deref(), &request.project.variables);
        let purpose = lab::Purpose::Replay;
        let server =
            lab::start(wanted, request.download_postgres, purpose, settings, variables, Some(key)).await?;
        let lab = Lab::enter(server, None, settings.superuser).await?;
        let mut builder = Builder::new(lab, settings, &opened.ledger, &opened.python);
        let laid = builder.lay(deployed, key, &|_, _| ()).await;
        let skips = builder.skips.clone();
        let Some(lab) = builder.into_lab() else {
            return Err(laid.err().unwrap_or_else(interrupted));
        };
        match laid {
            Ok((base, _)) => Ok(Self { lab, base, skips, fields: Vec::new(), copies: 0, schema: None }),
            Err(failure) => {
                lab.close().await;
                Err(failure)
            }
        }
    }

    /// Whether the server is there.
    pub(super) async fn answers(&self) -> bool {
        self.lab.roles().await.is_ok()
    }

    pub(super) async fn close(self) {
        self.lab.close().await;
    }
}
