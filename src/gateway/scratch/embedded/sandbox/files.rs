//! Which files a server may touch, and that it may signal nobody but itself.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreated, RulesetCreatedAttr as _, RulesetError, Scope, path_beneath_rules,
};

/// The first version that knows signals (Linux 6.12). With an older one a server could end this user's processes,
/// so it is all or nothing.
const VERSION: ABI = ABI::V6;

/// What belongs to the system and is nobody's secret: libraries, time zones, locales, dictionaries.
const SYSTEM: [&str; 10] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share",
    "/var/cache/postgresql/dicts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/dev/urandom",
];

/// The dynamic loader, which the kernel executes before any program.
const LOADERS: [&str; 4] = [
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
];

/// Rules that allow nothing; an error where the kernel does not have them.
pub(super) fn closed() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(VERSION))?
        .handle_access(AccessNet::from_all(VERSION))?
        .scope(Scope::from_all(VERSION))?
        .create()
}

/// The rules for a server's program and its cluster.
pub(super) fn rules(program: &Path, data: &Path) -> Result<RulesetCreated, RulesetError> {
    let all = AccessFs::from_all(VERSION);
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let execute = AccessFs::ReadFile | AccessFs::Execute;
    closed()?
        .add_rules(path_beneath_rules(SYSTEM, read))?
        .add_rules(path_beneath_rules(installation(program), read))?
        .add_rules(path_beneath_rules(LOADERS, execute))?
        .add_rules(path_beneath_rules([program], execute))?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::ReadFile | AccessFs::WriteFile))?
        .add_rules(path_beneath_rules([data], all & !BitFlags::from(AccessFs::Execute)))
}

/// The directories that a server finds by its own place. Not the one above them: that may be somebody's home.
fn installation(program: &Path) -> Vec<PathBuf> {
    let program = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    let Some(prefix) = program.parent().and_then(Path::parent) else { return Vec::new() };
    ["lib", "lib64", "share"].iter().map(|name| prefix.join(name)).collect()
}
