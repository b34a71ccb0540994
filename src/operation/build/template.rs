//! A database that is kept on the server, so that a fresh copy costs one statement.

use super::Plan;
use super::database::{admin, enter, fill};
use crate::gateway::postgres::{Admin, DatabaseError, Target};
use crate::model::build::{Built, BuiltStatus};
use crate::model::exit::ExitCode;
use crate::model::report::{Failure, Stage};
use crate::operation::failure;

/// How templates are called, before a part of the hash.
const KEPT: &str = "confiture_template_";
/// How they are called while they are being built, before what names the run.
pub(super) const BUILDING: &str = "confiture_building_";
/// Characters of the hash in a name.
const SHORT: usize = 16;

/// Names this run on the server: what it leaves when it is killed, the next one drops.
pub(super) fn run_name() -> String {
    format!("{BUILDING}{}_", std::process::id())
}

/// Makes a database as a copy of the template, which is built first when it is not there.
pub(super) async fn copy(plan: &Plan<'_>, target: &Target, built: &mut Built) -> Result<Vec<usize>, Failure> {
    let name = format!("{KEPT}{}", &plan.hash[..SHORT]);
    let admin = admin(target).await?;
    let result = async {
        let refused = |error: DatabaseError| failure::database(Stage::Server, &error);
        let mut order = Vec::new();
        if !admin.has_database(&name).await.map_err(refused)? {
            order = keep(plan, target, &admin, &name).await?;
        }
        admin.create_database(target.database(), None, Some(&name)).await.map_err(refused)?;
        Ok(order)
    };
    let result = result.await;
    admin.close().await;
    built.status =
        if result.as_ref().is_ok_and(Vec::is_empty) { BuiltStatus::Copied } else { BuiltStatus::Built };
    built.created = true;
    built.template = Some(name);
    result
}

/// Builds the template under another name first: a half of one is never copied.
async fn keep(plan: &Plan<'_>, target: &Target, admin: &Admin, name: &str) -> Result<Vec<usize>, Failure> {
    let refused = |error: DatabaseError| failure::database(Stage::Server, &error);
    admin.sweep_databases(BUILDING).await.map_err(refused)?;
    let building = target.with_database(&format!("{}{}", run_name(), &plan.hash[..SHORT]));
    admin.create_database(building.database(), None, None).await.map_err(refused)?;
    let gone =
        || Failure::new(Stage::Server, ExitCode::Database, "the template that was being built is gone");
    let opened = enter(&building).await?.ok_or_else(gone)?;
    let made = Built { status: BuiltStatus::Built, created: true, template: None };
    let order = fill(plan, &building, opened, &made).await?;
    match admin.rename_database(building.database(), name).await {
        Ok(()) => Ok(order),
        // Somebody else was faster, with the same files.
        Err(error) if error.is("42P04") => {
            admin.drop_database(building.database()).await.map_err(refused)?;
            Ok(order)
        }
        Err(error) => Err(refused(error)),
    }
}
