//! What may be asked of each method beside the plain thing.

use crate::model::migration::Version;
use crate::operation::migrate::{
    BaselineRequest, DownRequest, Effect, Extent, Lock, OnChanged, ReinitRequest, Scope, UpRequest,
    VerifyRequest,
};

/// As long as the command line waits for the migration lock.
const LOCK_TIMEOUT: &str = "30s";

fn default_lock() -> Lock {
    Lock::Within(LOCK_TIMEOUT.to_owned())
}

/// What [`Migrator::up`](crate::Migrator::up) is to do; by default everything that is pending.
///
/// ```
/// use confiture::{Effect, Lock, UpOptions};
///
/// let options = UpOptions::default().steps(2).effect(Effect::Rehearse).lock(Lock::Within("5s".into()));
/// assert_eq!(options.steps, Some(2));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use]
pub struct UpOptions {
    /// Stop after this version.
    pub target: Option<Version>,
    /// Apply so many at the most.
    pub steps: Option<usize>,
    /// How much of it is meant.
    pub effect: Effect,
    /// The migration lock.
    pub lock: Lock,
    /// How long, in all, to try again when locks are not to be had; absent, what the settings say.
    pub retry_for: Option<String>,
    /// What a deployed file that has changed since means.
    pub on_changed: OnChanged,
}

impl Default for UpOptions {
    fn default() -> Self {
        let (effect, on_changed) = (Effect::Apply, OnChanged::Fail);
        Self { target: None, steps: None, effect, lock: default_lock(), retry_for: None, on_changed }
    }
}

impl UpOptions {
    /// Stop after this version.
    pub fn target(mut self, version: impl Into<String>) -> Self {
        self.target = Some(Version::new(version));
        self
    }

    /// Apply so many at the most.
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = Some(steps);
        self
    }

    /// How much of it is meant: all, a look, or a rehearsal that is rolled back.
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// How the migration lock is taken.
    pub fn lock(mut self, lock: Lock) -> Self {
        self.lock = lock;
        self
    }

    /// How long, in all, to try again when locks are not to be had, in PostgreSQL's notation.
    pub fn retry_for(mut self, time: impl Into<String>) -> Self {
        self.retry_for = Some(time.into());
        self
    }

    /// What a deployed file that has changed since means.
    pub fn on_changed(mut self, on_changed: OnChanged) -> Self {
        self.on_changed = on_changed;
        self
    }

    pub(super) fn request(self, scope: Scope) -> UpRequest {
        let Self { target, steps, effect, lock, retry_for, on_changed } = self;
        UpRequest { scope, target, steps, effect, lock, on_changed, retry_for }
    }
}

/// What [`Migrator::down`](crate::Migrator::down) is to do; by default one migration is taken back.
///
/// ```
/// let options = confiture::DownOptions::default().to("003").dry_run(true);
/// assert!(options.dry_run);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use]
pub struct DownOptions {
    /// How far to go back.
    pub extent: Extent,
    /// Only say what would be run.
    pub dry_run: bool,
    /// The migration lock.
    pub lock: Lock,
    /// How long, in all, to try again when locks are not to be had; absent, what the settings say.
    pub retry_for: Option<String>,
}

impl Default for DownOptions {
    fn default() -> Self {
        Self { extent: Extent::Steps(1), dry_run: false, lock: default_lock(), retry_for: None }
    }
}

impl DownOptions {
    /// Take so many migrations back.
    pub fn steps(mut self, steps: usize) -> Self {
        self.extent = Extent::Steps(steps);
        self
    }

    /// Take everything back that came after this version.
    pub fn to(mut self, version: impl Into<String>) -> Self {
        self.extent = Extent::To(Version::new(version));
        self
    }

    /// Only say what would be run.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// How the migration lock is taken.
    pub fn lock(mut self, lock: Lock) -> Self {
        self.lock = lock;
        self
    }

    /// How long, in all, to try again when locks are not to be had, in PostgreSQL's notation.
    pub fn retry_for(mut self, time: impl Into<String>) -> Self {
        self.retry_for = Some(time.into());
        self
    }

    pub(super) fn request(self, scope: Scope) -> DownRequest {
        let Self { extent, dry_run, lock, retry_for } = self;
        DownRequest { scope, extent, dry_run, lock, retry_for }
    }
}

/// What [`Migrator::baseline`](crate::Migrator::baseline) is to mark.
///
/// ```
/// let options = confiture::BaselineOptions::through("003").dry_run(true);
/// assert_eq!(options.through.as_str(), "003");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use]
pub struct BaselineOptions {
    /// The newest version that the database already has.
    pub through: Version,
    /// Only say what would be marked.
    pub dry_run: bool,
}

impl BaselineOptions {
    /// Everything up to this version, which the database already has.
    pub fn through(version: impl Into<String>) -> Self {
        Self { through: Version::new(version), dry_run: false }
    }

    /// Only say what would be marked.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    pub(super) fn request(self, scope: Scope) -> BaselineRequest {
        let Self { through, dry_run } = self;
        BaselineRequest { scope, through, dry_run }
    }
}

/// What [`Migrator::reinit`](crate::Migrator::reinit) is to write; by default every migration is marked.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use]
pub struct ReinitOptions {
    /// The newest version to be marked; absent, all are.
    pub through: Option<Version>,
    /// Only say what would be written.
    pub dry_run: bool,
    /// The migration lock.
    pub lock: Lock,
}

impl Default for ReinitOptions {
    fn default() -> Self {
        Self { through: None, dry_run: false, lock: default_lock() }
    }
}

impl ReinitOptions {
    /// Mark everything up to this version, and nothing after it.
    pub fn through(mut self, version: impl Into<String>) -> Self {
        self.through = Some(Version::new(version));
        self
    }

    /// Only say what would be written.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// How the migration lock is taken.
    pub fn lock(mut self, lock: Lock) -> Self {
        self.lock = lock;
        self
    }

    pub(super) fn request(self, scope: Scope) -> ReinitRequest {
        let Self { through, dry_run, lock } = self;
        ReinitRequest { scope, through, dry_run, confirmed: true, lock }
    }
}

/// What [`Migrator::verify`](crate::Migrator::verify) is to look at; by default the checks of every migration.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
#[must_use]
pub struct VerifyOptions {
    /// The checks of this version alone.
    pub version: Option<Version>,
}

impl VerifyOptions {
    /// The checks of this version alone.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(Version::new(version));
        self
    }

    pub(super) fn request(self, scope: Scope) -> VerifyRequest {
        VerifyRequest { scope, version: self.version }
    }
}
