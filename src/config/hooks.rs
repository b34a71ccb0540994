//! The `hooks:` block of an environment file.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::settings::{Scalar, time};
use crate::model::hook::{OnFailure, Phase};

/// The `hooks:` block.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HookSettings {
    /// The directory with a directory per phase, relative to the project directory; absent, `db/hooks`.
    pub dir: Option<String>,
    /// How long a statement of a hook, or a program, may take; absent, five minutes.
    #[serde(deserialize_with = "time")]
    #[schemars(with = "Option<Scalar>")]
    pub timeout: Option<String>,
    /// What a hook that fails means: `fail` or `warn`, for all phases or for each.
    pub on_failure: HookFailures,
}

/// What hooks that fail mean.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(untagged)]
pub enum HookFailures {
    /// The same for all phases.
    All(OnFailure),
    /// Phase by phase.
    Each(PhaseFailures),
}

/// What a hook that fails means, phase by phase; absent, `fail`, and `warn` for `on_error` and `cleanup`.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each is called as its phase is")]
pub struct PhaseFailures {
    pub before_validation: Option<OnFailure>,
    pub before_ddl: Option<OnFailure>,
    pub after_ddl: Option<OnFailure>,
    pub after_validation: Option<OnFailure>,
    pub on_error: Option<OnFailure>,
    pub cleanup: Option<OnFailure>,
}

impl HookFailures {
    /// What a hook of a phase that fails means. A migration's own hooks are a part of it and always count.
    #[must_use]
    pub fn of(&self, phase: Phase) -> OnFailure {
        let said = match self {
            Self::All(all) => Some(*all),
            Self::Each(each) => match phase {
                Phase::BeforeValidation => each.before_validation,
                Phase::BeforeDdl => each.before_ddl,
                Phase::AfterDdl => each.after_ddl,
                Phase::AfterValidation => each.after_validation,
                Phase::OnError => each.on_error,
                Phase::Cleanup => each.cleanup,
                Phase::BeforeMigration | Phase::AfterMigration => None,
            },
        };
        said.unwrap_or_else(|| phase.on_failure())
    }
}

impl Default for HookFailures {
    fn default() -> Self {
        Self::Each(PhaseFailures::default())
    }
}

/// A word is for all phases, a block for each. What is wrong is told of the one that was meant.
impl<'de> Deserialize<'de> for HookFailures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = HookFailures;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`fail`, `warn`, or a block with a phase per key")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Self::Value, E> {
                OnFailure::deserialize(word.into_deserializer()).map(HookFailures::All)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                PhaseFailures::deserialize(MapAccessDeserializer::new(map)).map(HookFailures::Each)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
