//! The container provider against a real engine.
//!
//! `CONFITURE_TEST_SKIP_DOCKER=1` leaves these out, for systems whose engine cannot share a Unix socket.

use std::collections::HashMap;

use confiture::gateway::scratch::docker::{self, DockerServer};
use confiture::gateway::scratch::{SUPERUSER, Server, ServerError};
use testcontainers::bollard::Docker;
use testcontainers::bollard::models::{ContainerCreateBody, ContainerSummary};
use testcontainers::bollard::query_parameters::{
    CreateContainerOptions, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;
use tokio_postgres::NoTls;

pub(super) const TAG: &str = "17-trixie";
const IMAGE: &str = "postgres:17-trixie";

pub(super) fn skipped() -> bool {
    let skip = std::env::var_os("CONFITURE_TEST_SKIP_DOCKER").is_some();
    if skip {
        println!("skipped, as CONFITURE_TEST_SKIP_DOCKER asks");
    }
    skip
}

async fn engine() -> Docker {
    let engine = docker_client_instance().await.unwrap();
    engine.ping().await.expect("a Docker engine is needed: start one, or set CONFITURE_TEST_SKIP_DOCKER=1");
    engine
}

async fn containers(engine: &Docker) -> Vec<ContainerSummary> {
    let filter = HashMap::from([("label", vec!["org.confiture.socket"])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filter).build();
    engine.list_containers(Some(options)).await.unwrap()
}

/// The container whose socket lies below `directory`.
async fn container_of(engine: &Docker, directory: &std::path::Path) -> Option<ContainerSummary> {
    containers(engine).await.into_iter().find(|container| {
        container.mounts.iter().flatten().any(|mount| {
            mount.source.as_ref().is_some_and(|source| std::path::Path::new(source).starts_with(directory))
        })
    })
}

async fn query(directory: &std::path::Path, sql: &str) -> Vec<String> {
    let socket = directory.join("socket");
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(&socket)
        .user(SUPERUSER)
        .dbname("postgres")
        .connect(NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let rows = client.simple_query(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    rows.into_iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        })
        .collect()
}

async fn started(directory: &std::path::Path) -> DockerServer {
    docker::start(TAG, directory, 1 << 30, false).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_answers_sql_has_no_network_and_leaves_nothing() {
    if skipped() {
        return;
    }
    let engine = engine().await;
    let directory = tempfile::tempdir().unwrap();
    let mut server = started(directory.path()).await;

    assert_eq!(query(directory.path(), "show server_version_num").await[0][..2], *"17");
    let interfaces = query(
        directory.path(),
        "create temp table interface (name text); \
         copy interface from program 'ls /sys/class/net'; \
         select name from interface where name <> 'bonding_masters'",
    );
    assert_eq!(interfaces.await, ["lo"]);
    let log = server.log_tail(50).join("\n");
    assert!(log.contains("ready to accept connections"), "{log}");

    assert!(container_of(&engine, directory.path()).await.is_some());
    server.stop().await;
    assert!(container_of(&engine, directory.path()).await.is_none());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "the socket's directory is left");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_container_is_removed() {
    if skipped() {
        return;
    }
    let engine = engine().await;
    let directory = tempfile::tempdir().unwrap();
    drop(started(directory.path()).await);
    assert!(container_of(&engine, directory.path()).await.is_none());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "the socket's directory is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_left_goes_at_the_next_start() {
    if skipped() {
        return;
    }
    let engine = engine().await;
    let directory = tempfile::tempdir().unwrap();
    let mut first = started(directory.path()).await;
    let mut labels = container_of(&engine, directory.path()).await.unwrap().labels.unwrap();
    labels.insert("org.confiture.run".to_owned(), "4294967295-1".to_owned());
    let body =
        ContainerCreateBody { image: Some(IMAGE.to_owned()), labels: Some(labels), ..Default::default() };
    let stale = engine.create_container(None::<CreateContainerOptions>, body).await.unwrap().id;

    let second_directory = tempfile::tempdir().unwrap();
    let mut second = started(second_directory.path()).await;
    let left = containers(&engine).await;
    let swept = left.iter().all(|container| container.id.as_ref() != Some(&stale));
    if !swept {
        let options = RemoveContainerOptionsBuilder::new().force(true).build();
        engine.remove_container(&stale, Some(options)).await.unwrap();
    }
    assert!(swept, "the stale container is still there");
    assert!(container_of(&engine, directory.path()).await.is_some(), "the living one was taken, too");
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_cannot_be_had_is_named_with_the_engines_reason() {
    if skipped() {
        return;
    }
    engine().await;
    let directory = tempfile::tempdir().unwrap();
    let error =
        docker::start("registry.invalid/none:1", directory.path(), 1 << 30, false).await.err().unwrap();
    let ServerError::Docker { image, reason } = &error else { panic!("{error}") };
    assert_eq!(image, "registry.invalid/none:1");
    assert!(reason.contains("registry.invalid"), "{reason}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "the socket's directory is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_without_a_server_is_told_with_what_it_said() {
    if skipped() {
        return;
    }
    let engine = engine().await;
    let directory = tempfile::tempdir().unwrap();
    let error = docker::start("debian:trixie-slim", directory.path(), 1 << 30, false).await.err().unwrap();
    assert!(error.to_string().contains("debian:trixie-slim"), "{error}");
    assert!(error.to_string().contains("postgres"), "{error}");
    assert!(container_of(&engine, directory.path()).await.is_none(), "the container is left");
}
