//! Confiture proves a change to a PostgreSQL schema by running it.
//!
//! Data flows down this list, floor by floor; a floor imports only floors above it in the list:
//!
//! 1. [`model`]: what things are. Plain data; its serde derives are the public JSON.
//! 2. [`sql`]: text into statements. [`python`]: what a migration in Python sends. [`config`]: YAML into settings.
//! 3. [`engine`]: pure thinking: which migrations are pending, how two structures differ.
//! 4. [`gateway`]: the world: files, git, PostgreSQL, throwaway servers, GitHub.
//! 5. [`operation`]: what a user asks for.
//! 6. [`render`]: how it is said.
//!
//! [`cli`], [`action`], [`bot`] and [`library`] are the front doors.
//! For programs the last one is all there is to know: [`Project`] and [`Migrator`].

pub mod action;
pub mod bot;
pub mod cli;
pub mod config;
pub mod engine;
pub mod gateway;
pub mod library;
pub mod model;
pub mod operation;
pub mod python;
pub mod render;
pub mod sql;
pub mod telemetry;

pub use library::{
    BaselineOptions, DownOptions, Error, Migrator, Preflight, Project, ReinitOptions, UpOptions,
    VerifyOptions,
};
pub use model::exit::ExitCode;
pub use operation::migrate::{Conduct, Effect, Event, Extent, Lock, OnChanged};
