//! `confiture schema dump`.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::arguments::structure::{DumpFormat, DumpOptions};
use super::diff::wishes;
use super::output;
use super::preflight::project;
use super::progress::Spinner;
use crate::model::exit::ExitCode;
use crate::operation::dump::{self, Request};
use crate::render;

pub(super) async fn dump(
    options: DumpOptions,
    variables: BTreeMap<String, String>,
    cancel: CancellationToken,
) -> u8 {
    let watched = output::is_watched(&variables);
    let request = Request {
        project: project(&options.project, variables),
        side: SecretString::from(options.side),
        wishes: wishes(&options.build),
        cancel,
    };
    let work = async {
        match options.format {
            DumpFormat::Json => {
                dump::document(&request).await.map(|document| render::json::document(&document))
            }
            DumpFormat::Sql => dump::statements(&request).await.map(|plan| render::sql::plan(&plan)),
        }
    };
    let said = Spinner::during(watched, "reading the structure", Box::pin(work)).await;
    match said {
        Ok(text) => output::write(&text, options.output.as_deref(), ExitCode::Success),
        Err(failure) => output::failure(&failure),
    }
}
