//! `GET /metrics`, in Prometheus' text format: what a watcher has to know to sleep well.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::job::Tools;
use crate::gateway::github::Traffic;
use crate::gateway::store::Counts;

/// A quick job takes a second, the longest are bound by `limits.job_seconds`.
const BUCKETS: [f64; 10] = [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// How long jobs took in this process.
#[derive(Debug, Clone)]
pub(super) struct Durations(Family<JobLabels, Histogram, fn() -> Histogram>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    kind: String,
    end: &'static str,
}

impl Default for Durations {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(BUCKETS)))
    }
}

impl Durations {
    /// An attempt at a job of this kind ended so, after so long.
    pub(super) fn observe(&self, kind: &str, end: &'static str, took: Duration) {
        let labels = JobLabels { kind: kind.to_owned(), end };
        self.0.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

/// `GET /metrics`.
pub(super) async fn metrics(State(tools): State<Tools>) -> Response {
    let counts = match tools.store.counts().await {
        Ok(counts) => counts,
        Err(error) => {
            tracing::warn!(%error, "nothing can be counted");
            return (StatusCode::SERVICE_UNAVAILABLE, "the state database does not answer\n").into_response();
        }
    };
    let mut out = String::new();
    // Writing into memory fails for nothing.
    let _ = text::encode(&mut out, &registry(&counts, &tools.app.traffic(), &tools.durations));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], out).into_response()
}

fn registry(counts: &Counts, traffic: &Traffic, durations: &Durations) -> Registry {
    let mut registry = Registry::with_prefix("confiture");
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The version that runs", build);
    let deliveries = Family::<Vec<(&str, String)>, Gauge>::default();
    for (state, count) in &counts.deliveries {
        deliveries.get_or_create(&vec![("state", state.clone())]).set(*count);
    }
    registry.register("deliveries", "Deliveries that are kept, by state", deliveries);
    let jobs = Family::<Vec<(&str, String)>, Gauge>::default();
    for (kind, state, count) in &counts.jobs {
        jobs.get_or_create(&vec![("kind", kind.clone()), ("state", state.clone())]).set(*count);
    }
    registry.register("jobs", "Jobs that are kept, by kind and state", jobs);
    let oldest = ConstGauge::new(counts.oldest_job_seconds);
    registry.register("oldest_job_seconds", "How long the oldest job that waits is due", oldest);
    let oldest = ConstGauge::new(counts.oldest_delivery_seconds);
    registry.register(
        "oldest_delivery_seconds",
        "How long the oldest delivery waits to be worked off",
        oldest,
    );
    registry.register("job_seconds", "How long attempts at jobs took in this process", durations.0.clone());
    github(&mut registry, traffic);
    registry
}

fn github(registry: &mut Registry, traffic: &Traffic) {
    let answers = Family::<Vec<(&str, String)>, Counter>::default();
    for (status, count) in &traffic.answers {
        let status = if *status == 0 { "none".to_owned() } else { status.to_string() };
        answers.get_or_create(&vec![("status", status)]).inc_by(*count);
    }
    let what = "Requests to GitHub by this process, by the status of the answer";
    registry.register("github_requests", what, answers);
    if let Some(left) = traffic.left {
        let left = ConstGauge::new(i64::try_from(left).unwrap_or(i64::MAX));
        registry.register("github_requests_left", "Requests that GitHub's limit still allows", left);
    }
}
