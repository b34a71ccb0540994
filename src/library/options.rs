//! What may be asked of each method beside the plain thing.

use std::sync::Arc;

use crate::model::migration::Version;
use crate::operation::migrate::{
    BaselineRequest, Conduct, DownRequest, Effect, Event, Extent, Lock, OnChanged, ReinitRequest, Scope,
    UpRequest, VerifyRequest,
};

/// As long as the command line waits for the migration lock.
const LOCK_TIMEOUT: &str = "30s";

fn default_lock() -> Lock {
    Lock::Within(LOCK_TIMEOUT.to_owned())
}

/// Who is told of what happens while it happens, on the task that migrates.
#[derive(Clone)]
pub(super) struct Listener(Arc<dyn Fn(&Event) + Send + Sync>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

impl Listener {
    pub(super) fn tell(&self, event: &Event) {
        (self.0)(event);
    }
}

impl Default for Listener {
    fn default() -> Self {
        Self(Arc::new(|_| ()))
    }
}

fn default_conduct() -> Conduct {
    Conduct { lock: default_lock(), retry_for: None, hooks: true }
}

/// What may be asked of `up` and `down` alike.
macro_rules! conduct_of {
    ($options:ty) => {
        impl $options {
            /// How the migration lock is taken.
            pub fn lock(mut self, lock: Lock) -> Self {
                self.conduct.lock = lock;
                self
            }

            /// How long, in all, to try again when locks are not to be had, in PostgreSQL's notation.
            pub fn retry_for(mut self, time: impl Into<String>) -> Self {
                self.conduct.retry_for = Some(time.into());
                self
            }

            /// Whether the hooks of `db/hooks/` are run, as they are by default.
            pub fn hooks(mut self, wanted: bool) -> Self {
                self.conduct.hooks = wanted;
                self
            }

            /// Tells of what happens as it happens: migrations begun, batches committed, locks waited for.
            ///
            /// It is called on the task that migrates, which waits for it.
            pub fn on_event(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
                self.listener = Listener(Arc::new(listener));
                self
            }
        }
    };
}

conduct_of!(UpOptions);
conduct_of!(DownOptions);

/// What [`Migrator::up`](crate::Migrator::up) is to do; by default everything that is pending.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use confiture::{Effect, Event, Lock, UpOptions};
///
/// let begun = Arc::new(Mutex::new(Vec::new()));
/// let told = begun.clone();
/// let options = UpOptions::default()
///     .steps(2)
///     .effect(Effect::Rehearse)
///     .lock(Lock::Within("5s".into()))
///     .on_event(move |event| {
///         if let Event::Begun { version, done, count, .. } = event {
///             told.lock().unwrap().push(format!("{version}: {done} of {count}"));
///         }
///     });
/// assert_eq!(options.steps, Some(2));
/// # assert!(begun.lock().unwrap().is_empty());
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
    /// What a deployed file that has changed since means.
    pub on_changed: OnChanged,
    /// Run what is deployed already as well.
    pub force: bool,
    /// Cut every `UPDATE` or `DELETE` that is alone in its file into parts.
    pub batched: bool,
    /// How many rows such a part has, and one of `batched(…)` without a size; absent, as the settings say.
    pub batch_size: Option<u64>,
    /// How to go about it.
    pub conduct: Conduct,
    pub(super) listener: Listener,
}

impl Default for UpOptions {
    fn default() -> Self {
        Self {
            target: None,
            steps: None,
            effect: Effect::Apply,
            on_changed: OnChanged::Fail,
            force: false,
            batched: false,
            batch_size: None,
            conduct: default_conduct(),
            listener: Listener::default(),
        }
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

    /// What a deployed file that has changed since means.
    pub fn on_changed(mut self, on_changed: OnChanged) -> Self {
        self.on_changed = on_changed;
        self
    }

    /// Run what is deployed already as well, and do not look at checksums.
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Run every `UPDATE` or `DELETE` that is alone in its file in parts of so many rows, by its table's primary key.
    pub fn batched(mut self, size: u64) -> Self {
        self.batched = true;
        self.batch_size = Some(size.max(1));
        self
    }

    pub(super) fn request(self, scope: Scope) -> (UpRequest, Listener) {
        let Self { target, steps, effect, on_changed, force, batched, batch_size, conduct, listener } = self;
        (
            UpRequest { scope, target, steps, effect, on_changed, force, batched, batch_size, conduct },
            listener,
        )
    }
}

/// What [`Migrator::down`](crate::Migrator::down) is to do; by default one migration is taken back.
///
/// ```
/// let options = confiture::DownOptions::default().to("003").dry_run(true).hooks(false);
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
    /// How to go about it.
    pub conduct: Conduct,
    pub(super) listener: Listener,
}

impl Default for DownOptions {
    fn default() -> Self {
        let (extent, listener) = (Extent::Steps(1), Listener::default());
        Self { extent, dry_run: false, conduct: default_conduct(), listener }
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

    pub(super) fn request(self, scope: Scope) -> (DownRequest, Listener) {
        let Self { extent, dry_run, conduct, listener } = self;
        (DownRequest { scope, extent, dry_run, conduct }, listener)
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
