//! Where to connect and as whom.

use std::path::Path;
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// A database to connect to. `Debug` and `Display` never show the password.
#[derive(Clone)]
pub struct Target {
    pub(super) config: Config,
    /// `sslmode=verify-full` was asked for; the driver itself knows no such mode.
    pub(super) verify_tls: bool,
}

/// Where the server is when nobody says.
const DEFAULT_HOST: &str = "localhost";
/// Parameters of URLs that libpq knows, as far as anybody may write them here.
const PARAMETERS: [&str; 22] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "load_balance_hosts",
    "options",
    "passfile",
    "port",
    "service",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// What the driver has against a URL. Of its words those alone are taken that name a parameter: a password with a `&`
/// in it would be quoted as one.
fn reason(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match PARAMETERS.iter().find(|name| cause.contains(&format!("`{name}`"))) {
        Some(name) => format!("{name} is not known, or has a value that is not"),
        None => error.to_string(),
    }
}

/// A connection URL that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// Not a URL of PostgreSQL's.
    #[error("the database URL must begin with postgresql:// or postgres://")]
    Scheme,
    /// It does not parse. The driver's own words, which quote no password.
    #[error("the database URL cannot be read: {0}")]
    Syntax(String),
    /// A password would be taken for a part of the host or of the database, and be shown.
    #[error(
        "the database URL has an @ or a / that stands for itself: in a password write %40 for @ and %2F for /"
    )]
    Password,
    /// The port is no port.
    #[error("`{0}` is not a port")]
    Port(String),
    /// The parts of a connection name no database.
    #[error("the block `database:` names no database: write database.database")]
    NoDatabasePart,
    /// The URL names no database.
    #[error("the database URL names no database: write postgresql://user@host:port/DATABASE")]
    NoDatabase,
}

impl Target {
    /// Reads a `postgresql://` URL.
    pub fn from_url(url: &str) -> Result<Self, UrlError> {
        if !url.starts_with("postgresql://") && !url.starts_with("postgres://") {
            return Err(UrlError::Scheme);
        }
        if is_cut_wrong(url) {
            return Err(UrlError::Password);
        }
        // The driver knows disable, prefer and require; libpq's two verifying modes are ours.
        let verify_tls =
            ["verify-full", "verify-ca"].iter().any(|mode| url.contains(&format!("sslmode={mode}")));
        let known = url
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        let mut config = Config::from_str(&known).map_err(|error| UrlError::Syntax(reason(&error)))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host(DEFAULT_HOST);
        }
        if config.get_dbname().is_none() {
            return Err(UrlError::NoDatabase);
        }
        Ok(Self { config, verify_tls })
    }

    /// A server of ours that listens on a Unix socket in `directory`.
    pub fn unix_socket(directory: &Path, port: u16, user: &str, database: &str) -> Self {
        let mut config = Config::new();
        config.host_path(directory).port(port).user(user).dbname(database).ssl_mode(SslMode::Disable);
        Self { config, verify_tls: false }
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        let mut target = self.clone();
        target.config.dbname(database);
        target
    }

    /// The same server and database, another user.
    #[must_use]
    pub fn with_user(&self, user: &str) -> Self {
        let mut target = self.clone();
        target.config.user(user);
        target
    }

    /// A server that is named by its parts; what is absent is as libpq has it.
    pub fn from_parts(
        host: Option<&str>,
        port: Option<&str>,
        database: Option<&str>,
        user: Option<&str>,
        password: Option<&str>,
    ) -> Result<Self, UrlError> {
        let mut config = Config::new();
        config.host(host.unwrap_or(DEFAULT_HOST)).dbname(database.ok_or(UrlError::NoDatabasePart)?);
        if let Some(port) = port {
            config.port(port.parse().map_err(|_| UrlError::Port(port.to_owned()))?);
        }
        user.map(|user| config.user(user));
        password.map(|password| config.password(password));
        Ok(Self { config, verify_tls: false })
    }

    /// The variables by which PostgreSQL's own programs reach the same database.
    pub fn libpq_environment(&self) -> Vec<(&'static str, String)> {
        let mut variables =
            vec![("PGDATABASE", self.database().to_owned()), ("PGUSER", self.user().to_owned())];
        if let Some(password) = self.config.get_password() {
            variables.push(("PGPASSWORD", String::from_utf8_lossy(password).into_owned()));
        }
        variables.push(("PGHOST", self.host()));
        variables.push(("PGPORT", self.port().to_string()));
        let mode = match self.config.get_ssl_mode() {
            SslMode::Disable => "disable",
            _ if self.verify_tls => "verify-full",
            SslMode::Require => "require",
            _ => "prefer",
        };
        variables.push(("PGSSLMODE", mode.to_owned()));
        variables
    }

    /// The URL that other programs reach the same database by, its password in it. A socket's directory is a parameter,
    /// which every driver reads that can use one.
    pub fn url(&self) -> String {
        let (user, database) = (encoded(self.user()), encoded(self.database()));
        let password = self.config.get_password().map(String::from_utf8_lossy);
        let password = password.map(|word| format!(":{}", encoded(&word))).unwrap_or_default();
        let (host, port) = (self.host(), self.port());
        if host.starts_with('/') {
            // In a parameter a `/` stands for itself, and not every driver decodes it.
            let host = encoded(&host).replace("%2F", "/");
            return format!("postgresql://{user}{password}@/{database}?host={host}&port={port}");
        }
        format!("postgresql://{user}{password}@{host}:{port}/{database}")
    }

    /// A text without the password, wherever it stands in it.
    pub fn hide_password(&self, text: &str) -> String {
        match self.config.get_password().map(String::from_utf8_lossy) {
            Some(password) if !password.is_empty() => text.replace(password.as_ref(), "***"),
            _ => text.to_owned(),
        }
    }

    fn host(&self) -> String {
        match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => DEFAULT_HOST.to_owned(),
        }
    }

    fn port(&self) -> u16 {
        self.config.get_ports().first().copied().unwrap_or(5432)
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }
}

/// A part of a URL.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&crate::model::hex(&[byte]).to_uppercase());
        }
    }
    encoded
}

/// Whether an `@` is left over, when the first one ends user and password: those have one of their own, or a `/`.
fn is_cut_wrong(url: &str) -> bool {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let (before, after) = rest.split_once('@').unwrap_or(("", rest));
    let address = after.split('?').next().unwrap_or_default();
    before.contains('/') && !before.contains('?') || address.contains('@')
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let password = if self.config.get_password().is_some() { ":***" } else { "" };
        let user = format!("{}{password}", self.user());
        let at = if user.is_empty() { "" } else { "@" };
        write!(f, "postgresql://{user}{at}{}:{}/{}", self.host(), self.port(), self.database())
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn the_password_is_never_shown() {
        let target =
            Target::from_url("postgresql://app:s3cret@db.example:6432/prod?sslmode=verify-full").unwrap();
        let shown = format!("{target} {target:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert_eq!(target.to_string(), "postgresql://app:***@db.example:6432/prod");
    }

    #[test]
    fn a_url_that_cannot_be_read_says_what_is_wrong_with_it() {
        for (url, wanted) in [
            ("mysql://x/y", "begin with postgresql://"),
            ("postgresql://h", "names no database"),
            ("postgresql://a:s3cret@h:99999/x", "port is not known"),
            ("postgresql://a:s3cret@h/x?sslmode=s3cret", "sslmode is not known"),
            ("postgresql://h/x?sslrootcert=ca", "sslrootcert is not known"),
            ("postgresql://a:b@s3cret@h/x", "%40 for @"),
            ("postgresql://a:5/s3cret@h/x", "%2F for /"),
            ("postgresql://a@h/x?password=p&s3cret=x", "cannot be read"),
            ("postgresql://a:s3cret@[::1/x", "host"),
        ] {
            let error = Target::from_url(url).unwrap_err().to_string();
            assert!(error.contains(wanted), "{url}: {error}");
            assert!(!error.contains("s3c"), "{url}: {error}");
        }
    }

    #[test]
    fn other_programs_get_a_url_that_leads_to_the_same_database() {
        for url in ["postgresql://a%40b:p%2F%20w@h:6432/d%3Fb", "postgresql://app@%2Ftmp%2Fa%20b:5433/d"] {
            let target = Target::from_url(url).unwrap();
            let again = Target::from_url(&target.url()).unwrap();
            assert_eq!(again.config, target.config, "{}", target.url());
        }
        let socket = Target::unix_socket(std::path::Path::new("/tmp/x"), 5432, "app", "d");
        assert_eq!(socket.url(), "postgresql://app@/d?host=/tmp/x&port=5432");
    }

    #[test]
    fn what_a_url_leaves_out_is_as_it_is_shown() {
        let target = Target::from_url("postgresql:///app").unwrap();
        assert_eq!(target.to_string(), "postgresql://localhost:5432/app");
        assert_eq!(target.config.get_hosts().len(), 1);
    }
}
