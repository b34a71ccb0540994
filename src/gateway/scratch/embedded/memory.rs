//! A place in memory for small clusters: making and removing a cluster's thousand files is several times faster there.

use std::path::PathBuf;

const DIRECTORY: &str = "/dev/shm";
/// An empty cluster takes fifty megabytes, which is nearly all that containers are usually given.
const LEAST: u64 = 1 << 30;

/// The system's directory in memory, where it may be written and has room to spare.
#[cfg(target_os = "linux")]
pub(super) fn directory() -> Option<PathBuf> {
    use nix::sys::statfs::{TMPFS_MAGIC, statfs};
    use nix::unistd::{AccessFlags, access};

    let found = statfs(DIRECTORY).ok()?;
    let free = found.blocks_available().saturating_mul(u64::try_from(found.block_size()).ok()?);
    let roomy = free >= LEAST && available()? >= LEAST && limit().is_none_or(|limit| limit >= 2 * LEAST);
    let ours = found.filesystem_type() == TMPFS_MAGIC && access(DIRECTORY, AccessFlags::W_OK).is_ok();
    (roomy && ours).then(|| PathBuf::from(DIRECTORY))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn directory() -> Option<PathBuf> {
    None
}

/// The memory that the system can give, in bytes.
#[cfg(target_os = "linux")]
fn available() -> Option<u64> {
    let text = fs_err::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// What the container may have of it, in bytes, when that is limited.
#[cfg(target_os = "linux")]
fn limit() -> Option<u64> {
    fs_err::read_to_string("/sys/fs/cgroup/memory.max").ok()?.trim().parse().ok()
}
