//! Preflight: replay the pending migrations on a throwaway server and compare with the declared schema.

mod request;

pub use request::{BaseRequest, Event, Observer, Request, Silent};

use crate::model::report::Report;

/// Carries a preflight out. Never fails as such: what went wrong is in the report.
pub async fn run(request: &Request, observer: &dyn Observer) -> Report {
    let _ = (request, observer);
    unreachable!("under construction")
}
