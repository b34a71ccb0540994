//! Why there is no server.

/// Why a server could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No server binaries were found.
    #[error("no PostgreSQL server binaries were found{}", wanted(*.major))]
    NotInstalled {
        /// The major version that was asked for.
        major: Option<u32>,
        /// The major versions that are there.
        found: Vec<u32>,
    },
    /// The server program ended, or never answered.
    #[error("the PostgreSQL server did not start: {reason}")]
    DidNotStart {
        /// What was seen.
        reason: String,
        /// The last lines of its log.
        log: Vec<String>,
    },
    /// A file or process operation failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done, as a gerund phrase with the path.
        what: String,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// There is no container engine, or it refused.
    #[error("the container engine could not start {image}: {reason}")]
    Docker {
        /// The image.
        image: String,
        /// What the engine said.
        reason: String,
    },
    /// There is no `pg_dump` that could read the server.
    #[error("no pg_dump was found that can read{}", server(*.major))]
    NoDumper {
        /// The server's major version.
        major: Option<u32>,
    },
    /// `pg_dump` refused.
    #[error("pg_dump could not read {database}: {reason}")]
    Dump {
        /// The database, password hidden.
        database: String,
        /// What it said.
        reason: String,
    },
    /// Fetching server binaries failed.
    #[error("downloading PostgreSQL failed: {0}")]
    Download(String),
    /// The setting that picks a server cannot be read.
    #[error("`{0}` names no server: write a major version such as 17, or docker:17, or docker:IMAGE")]
    Choice(String),
    /// The memory that a server may have cannot be read.
    #[error("CONFITURE_SCRATCH_MEMORY_MB: a number of megabytes is wanted, at least 256, not `{0}`")]
    Memory(String),
}

fn wanted(major: Option<u32>) -> String {
    major.map_or_else(String::new, |major| format!(" for PostgreSQL {major}"))
}

fn server(major: Option<u32>) -> String {
    major.map_or_else(|| " the server".to_owned(), |major| format!(" a server of PostgreSQL {major}"))
}

impl ServerError {
    pub(super) fn io(what: String, source: std::io::Error) -> Self {
        Self::Io { what, source }
    }

    /// What to do about it, one sentence.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NotInstalled { major, found } => {
                let package =
                    major.map_or_else(|| "postgresql".to_owned(), |major| format!("postgresql-{major}"));
                let others = match found.as_slice() {
                    [] => String::new(),
                    found => format!(
                        " (found here: {})",
                        found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                    ),
                };
                Some(format!(
                    "install them (Debian, Ubuntu: apt-get install {package}; macOS: brew install {}), \
                     or allow --download-postgres, or use a container with --postgres docker:{}{others}",
                    major.map_or_else(|| "postgresql".to_owned(), |major| format!("postgresql@{major}")),
                    major.unwrap_or(17),
                ))
            }
            Self::NoDumper { major } => Some(format!(
                "install the client programs (Debian, Ubuntu: apt-get install postgresql-client{}), or make a copy \
                 possible on the server itself: nobody connected to the database, and a user who may create databases",
                major.map_or_else(String::new, |major| format!("-{major}")),
            )),
            Self::Docker { .. } => Some(
                "see that the engine answers to `docker info` and that the image can be pulled".to_owned(),
            ),
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => Some(
                "the disk is full: free space, or name a roomier directory in CONFITURE_CACHE_DIR and TMPDIR"
                    .to_owned(),
            ),
            Self::DidNotStart { .. }
            | Self::Dump { .. }
            | Self::Io { .. }
            | Self::Download(_)
            | Self::Choice(_)
            | Self::Memory(_) => None,
        }
    }
}
