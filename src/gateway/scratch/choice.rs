//! Which server is wanted, and starting it.

use super::allowance::memory;
use super::embedded::account::Account;
use super::embedded::run_dir::{self, RunDir};
use super::{EmbeddedOptions, EmbeddedServer, Server, ServerError, docker};

/// Which server is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerChoice {
    /// Server binaries of this machine, of a major version or the newest.
    Embedded(Option<u32>),
    /// A container: a tag of the image `postgres`, or an image.
    Docker(String),
}

impl ServerChoice {
    /// Reads `17`, `17.2`, `docker:17` or `docker:IMAGE`; nothing means the newest of this machine.
    pub fn parse(text: Option<&str>) -> Result<Self, ServerError> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Self::Embedded(None));
        };
        match text.strip_prefix("docker:") {
            Some("") => Err(ServerError::Choice(text.to_owned())),
            Some(image) => Ok(Self::Docker(image.to_owned())),
            None => {
                let major = text.split('.').next().unwrap_or_default();
                major
                    .parse()
                    .map(|major| Self::Embedded(Some(major)))
                    .map_err(|_| ServerError::Choice(text.to_owned()))
            }
        }
    }
}

/// Starts a server. `key` names a state that an earlier run may have kept with [`Server::keep`].
pub async fn start(
    choice: &ServerChoice,
    options: &EmbeddedOptions,
    key: Option<&str>,
) -> Result<Box<dyn Server>, ServerError> {
    match choice {
        ServerChoice::Embedded(major) => {
            let options = EmbeddedOptions { major: *major, ..options.clone() };
            Ok(Box::new(EmbeddedServer::start(&options, key).await?))
        }
        ServerChoice::Docker(image) => {
            let base = run_dir::base(&options.variables, false);
            let house = RunDir::create(&base, Account::this_user())?;
            let server =
                docker::start(image, house.path(), memory(&options.variables)?, options.logged).await?;
            Ok(Box::new(server.housed_in(house)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ServerChoice;

    #[test]
    fn a_server_is_named_by_its_major_version_or_by_an_image() {
        let parse = |text| ServerChoice::parse(Some(text)).unwrap();
        assert_eq!(ServerChoice::parse(None).unwrap(), ServerChoice::Embedded(None));
        assert_eq!(parse("16"), ServerChoice::Embedded(Some(16)));
        assert_eq!(parse("17.2"), ServerChoice::Embedded(Some(17)));
        assert_eq!(parse("docker:17-trixie"), ServerChoice::Docker("17-trixie".to_owned()));
        for wrong in ["docker:", "newest", "v17"] {
            assert!(ServerChoice::parse(Some(wrong)).unwrap_err().to_string().contains(wrong));
        }
    }
}
