//! Which system calls a server is refused.
//!
//! A server reads and writes files, starts processes of its own kind, and listens on one socket. What is refused
//! reaches others in ways that rules about files do not see: sockets, queues, and what belongs to a user as a whole.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// A system call's number with the rules of which one has to be met; none means always.
type Call = (libc::c_long, Vec<SeccompRule>);

/// Refused with EACCES.
const REFUSED: &[libc::c_long] = &[
    // Reaching another socket.
    libc::SYS_connect,
    // Its requests pass by this filter.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // What processes of one user share beside files.
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // What a user may change of any process of the same user.
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    // What the rules about files do not see.
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    SETXATTRAT,
    REMOVEXATTRAT,
    FILE_SETATTR,
    // Ways to more of the kernel than a server needs.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_unshare,
    libc::SYS_setns,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
];

/// The machines that this module is built for.
const MACHINE: TargetArch =
    if cfg!(target_arch = "x86_64") { TargetArch::x86_64 } else { TargetArch::aarch64 };

/// Numbers that are the same everywhere and too new for all C libraries to name them.
const FCHMODAT2: libc::c_long = 452;
const SETXATTRAT: libc::c_long = 463;
const REMOVEXATTRAT: libc::c_long = 466;
const FILE_SETATTR: libc::c_long = 469;

/// Said to have been done, and not done: a server insists on changing its socket's mode, whose directory is closed
/// to everybody else anyway.
const PRETENDED: &[libc::c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
];

/// The filters, each with an answer of its own.
pub(super) fn filters() -> Result<Vec<BpfProgram>, BackendError> {
    let always = |calls: &[libc::c_long]| calls.iter().map(|call| (*call, Vec::new())).collect::<Vec<Call>>();
    let refused = always(REFUSED).into_iter().chain(conditional()?);
    let refused = filter(refused, libc::EACCES.cast_unsigned())?;
    Ok(vec![refused, filter(always(PRETENDED), 0)?])
}

/// What is refused with some arguments only.
fn conditional() -> Result<Vec<Call>, BackendError> {
    let rule = |argument, operator, value: libc::c_int| {
        let value = u64::from(value.cast_unsigned());
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
        SeccompRule::new(vec![condition])
    };
    // All families but one; of that one, datagrams, which are sent without connecting.
    let sockets = vec![
        rule(0, SeccompCmpOp::Ne, libc::AF_UNIX)?,
        rule(1, SeccompCmpOp::MaskedEq(0xf), libc::SOCK_DGRAM)?,
        rule(1, SeccompCmpOp::MaskedEq(0xf), libc::SOCK_RAW)?,
    ];
    Ok(vec![
        (libc::SYS_socket, sockets.clone()),
        (libc::SYS_socketpair, sockets),
        // The limits of other processes.
        (libc::SYS_prlimit64, vec![rule(0, SeccompCmpOp::Ne, 0)?]),
    ])
}

fn filter(calls: impl IntoIterator<Item = Call>, answer: u32) -> Result<BpfProgram, BackendError> {
    /// On x86-64 many calls have a second number, for programs with short pointers.
    const SHORT_POINTERS: libc::c_long = 0x4000_0000;
    let calls =
        calls.into_iter().flat_map(|(call, rules)| [(call, rules.clone()), (call | SHORT_POINTERS, rules)]);
    let calls: BTreeMap<_, _> = calls.collect();
    SeccompFilter::new(calls, SeccompAction::Allow, SeccompAction::Errno(answer), MACHINE)?.try_into()
}
