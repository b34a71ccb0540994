//! Archives, which another host hands out to who has the right address.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::server::{Asked, Reply, Sending};
use super::state::{Files, State};

/// Answers for the host that hands out archives. A token has no business there.
pub(super) fn answer(state: &mut State, asked: &Asked) -> Reply {
    state.requests.push(format!("{} archive {}", asked.method, asked.path));
    if asked.authorization.is_some() {
        state.faults.push("the host of archives was shown a token".to_owned());
    }
    let mut parts = asked.path.splitn(5, '/').skip(1);
    let name = format!("{}/{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let commit = parts.nth(1).unwrap_or_default();
    let body = state.repositories.get(&name).and_then(|repository| {
        let given = repository.archives.get(commit).cloned();
        given.or_else(|| repository.trees.get(commit).map(|files| tarball(&name, commit, files)))
    });
    let failure = state.failure("ARCHIVE", &asked.path);
    let mut headers = vec![("content-type".to_owned(), "application/x-gzip".to_owned())];
    let given = failure.iter().flat_map(|failure| &failure.headers);
    headers.extend(given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let (status, sending) =
        failure.map_or((None, Sending::Whole), |failure| (failure.status, failure.sending));
    let status = status.unwrap_or(if body.is_some() { 200 } else { 404 });
    let body = body.filter(|_| status == 200).unwrap_or_default();
    Reply { status, headers, body, sending }
}

/// A tree as GitHub archives it: the commit's id first, then everything in one directory.
pub(super) fn tarball(repository: &str, commit: &str, files: &Files) -> Vec<u8> {
    let top = format!("{}-{}", repository.replace('/', "-"), &commit[..7]);
    let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let comment = format!("52 comment={commit}\n");
    let mut header = header_of(EntryType::XGlobalHeader, comment.len() as u64);
    archive.append_data(&mut header, "pax_global_header", comment.as_bytes()).unwrap();
    let mut header = header_of(EntryType::Directory, 0);
    archive.append_data(&mut header, format!("{top}/"), &[] as &[u8]).unwrap();
    for (path, content) in files {
        let mut header = header_of(EntryType::Regular, content.len() as u64);
        archive.append_data(&mut header, format!("{top}/{path}"), content.as_slice()).unwrap();
    }
    let mut compressed = archive.into_inner().unwrap();
    compressed.flush().unwrap();
    compressed.finish().unwrap()
}

fn header_of(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header
}
