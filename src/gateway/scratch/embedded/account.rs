//! The user that servers run as.

use std::os::unix::fs::chown;
use std::path::Path;

use nix::unistd::{Uid, User, geteuid};
use tokio::process::Command;

use crate::gateway::scratch::ServerError;

/// The user that servers run as: this process's own, or an unprivileged one when that is root.
#[derive(Debug, Clone, Copy)]
pub(in crate::gateway::scratch) struct Account {
    /// User and group to change to; none when it is this process's own user.
    drop_to: Option<(u32, u32)>,
}

impl Account {
    /// This process's own user, whoever that is.
    pub(in crate::gateway::scratch) fn this_user() -> Self {
        Self { drop_to: None }
    }

    /// `postgres` when there is such a user, else `nobody`; `PostgreSQL` refuses to run as root.
    pub(in crate::gateway::scratch) fn for_servers() -> Self {
        if !geteuid().is_root() {
            return Self { drop_to: None };
        }
        let user = ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten());
        let drop_to = user
            .filter(|user| user.uid != Uid::from_raw(0))
            .map_or((65534, 65534), |user| (user.uid.as_raw(), user.gid.as_raw()));
        Self { drop_to: Some(drop_to) }
    }

    /// Makes a command run as this user, with none of our groups.
    pub(in crate::gateway::scratch) fn apply(self, command: &mut Command) {
        if let Some((user, group)) = self.drop_to {
            command.uid(user).gid(group);
        }
    }

    /// Gives a file or directory to this user.
    pub(in crate::gateway::scratch) fn own(self, path: &Path) -> Result<(), ServerError> {
        let Some((user, group)) = self.drop_to else { return Ok(()) };
        chown(path, Some(user), Some(group)).map_err(|source| {
            ServerError::io(format!("giving {} to the server's user", path.display()), source)
        })
    }
}
