//! An archive unpacked, whoever filled it. What git archives may hold anything that a commit may.

use std::cell::Cell;
use std::io::{self, Read, Write as _};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use flate2::read::GzDecoder;
use tar::{Archive, Entry, EntryType};

use super::error::{GitHubError, innermost};
use super::tree::{Tree, TreeLimits};

/// What a name, a link's target and the like may take of an archive before a file. They are held in memory.
const HEADERS: u64 = 1 << 20;

/// What of a tree was left out, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Links, symbolic and hard.
    pub links: usize,
    /// Files whose name is not UTF-8.
    pub names: usize,
    /// What is neither a file, a directory nor a link, and whatever lies in a `.git`.
    pub others: usize,
}

/// Unpacks an archive as GitHub makes it, with one directory around everything, which is left away.
pub(super) fn unpack(
    reader: impl Read,
    commit: &str,
    into: &Utf8Path,
    limits: &TreeLimits,
) -> Result<Tree, GitHubError> {
    let room = Rc::new(Room { whole: Cell::new(limits.archive_bytes), ahead: Cell::new(HEADERS) });
    let mut archive = Archive::new(Metered { reader: GzDecoder::new(reader), room: room.clone() });
    let unpacking = Unpacking { commit, into, limits, room: &room };
    let mut tree = Tree::default();
    let mut entries = archive.entries().map_err(|error| unpacking.unreadable(&error))?;
    loop {
        room.ahead.set(HEADERS);
        let Some(entry) = entries.next() else { break };
        let mut entry = entry.map_err(|error| unpacking.unreadable(&error))?;
        room.ahead.set(u64::MAX);
        unpacking.take(&mut entry, &mut tree)?;
        // Read to its end here, where its length is bound by the whole archive's.
        io::copy(&mut entry, &mut io::sink()).map_err(|error| unpacking.unreadable(&error))?;
    }
    // The checksum stands at the very end.
    room.ahead.set(HEADERS);
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|error| unpacking.unreadable(&error))?;
    Ok(tree)
}

/// That a file or directory cannot be written.
pub(super) fn disk(path: &Utf8Path, error: &io::Error) -> GitHubError {
    GitHubError::Disk { path: path.to_owned(), reason: innermost(error) }
}

struct Unpacking<'a> {
    commit: &'a str,
    into: &'a Utf8Path,
    limits: &'a TreeLimits,
    room: &'a Room,
}

impl Unpacking<'_> {
    fn take<R: Read>(&self, entry: &mut Entry<'_, R>, tree: &mut Tree) -> Result<(), GitHubError> {
        let kind = entry.header().entry_type();
        // The commit's id, and a directory, which is made when a file needs it.
        if kind == EntryType::XGlobalHeader || kind.is_dir() {
            return Ok(());
        }
        let name = entry.path_bytes();
        let Ok(name) = std::str::from_utf8(&name) else {
            tree.skipped.names += 1;
            return Ok(());
        };
        let Some(path) = self.inner(name)? else { return Ok(()) };
        let in_git = path.components().any(|part| part.as_str().eq_ignore_ascii_case(".git"));
        match kind {
            EntryType::Symlink | EntryType::Link => tree.skipped.links += 1,
            EntryType::Regular if !in_git => self.write(&path, entry, tree)?,
            _ => tree.skipped.others += 1,
        }
        Ok(())
    }

    /// The path below the directory that is around everything; none for what is not wanted.
    fn inner(&self, name: &str) -> Result<Option<Utf8PathBuf>, GitHubError> {
        let parts: Vec<&str> = name.trim_end_matches('/').split('/').collect();
        if parts.iter().any(|part| matches!(*part, "" | "." | "..")) || name.contains('\0') {
            return Err(self.fault(format!("`{}` is no path below its top", name.escape_debug())));
        }
        let path: Utf8PathBuf = parts[1..].iter().collect();
        Ok(Some(path).filter(|path| !path.as_str().is_empty() && self.limits.want(path)))
    }

    fn write<R: Read>(
        &self,
        path: &Utf8Path,
        entry: &mut Entry<'_, R>,
        tree: &mut Tree,
    ) -> Result<(), GitHubError> {
        tree.files += 1;
        tree.bytes = tree.bytes.saturating_add(entry.size());
        if tree.files > self.limits.files {
            return Err(self.too_large(format!("{} files", self.limits.files)));
        }
        if tree.bytes > self.limits.bytes {
            return Err(self.too_large(format!("{} bytes in its files", self.limits.bytes)));
        }
        let path = self.into.join(path);
        let at_path = |error: io::Error| disk(&path, &error);
        fs_err::create_dir_all(path.parent().unwrap_or(self.into)).map_err(at_path)?;
        // A second file of the same name would take the place of the first, and nobody could tell which is meant.
        let mut file = fs_err::File::create_new(&path).map_err(at_path)?;
        let mut chunk = vec![0; 64 << 10];
        let mut left = entry.size();
        while left > 0 {
            let read = entry.read(&mut chunk).map_err(|error| self.unreadable(&error))?;
            if read == 0 {
                return Err(self.unreadable(&io::ErrorKind::UnexpectedEof.into()));
            }
            file.write_all(&chunk[..read]).map_err(at_path)?;
            left -= read as u64;
        }
        Ok(())
    }

    /// That the archive ended early, is damaged, or came to a limit.
    fn unreadable(&self, error: &io::Error) -> GitHubError {
        if self.room.whole.get() == 0 {
            return self.too_large(format!("{} bytes in its archive", self.limits.archive_bytes));
        }
        if self.room.ahead.get() == 0 {
            return self.fault(format!("a name or a link in it is longer than {HEADERS} bytes"));
        }
        GitHubError::Transport(format!(
            "the archive of commit {} broke off: {}",
            self.commit,
            innermost(error)
        ))
    }

    fn too_large(&self, limit: String) -> GitHubError {
        GitHubError::TooLarge { commit: self.commit.to_owned(), limit }
    }

    fn fault(&self, fault: String) -> GitHubError {
        GitHubError::Archive { commit: self.commit.to_owned(), fault }
    }
}

/// How many bytes may still come: of all, and before the next file.
struct Room {
    whole: Cell<u64>,
    ahead: Cell<u64>,
}

/// A reader that ends with an error where there is no more room: a few bytes unpack to as many as one likes.
struct Metered<R> {
    reader: R,
    room: Rc<Room>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = self.room.whole.get().min(self.room.ahead.get());
        if room == 0 && !buffer.is_empty() {
            return Err(io::Error::other("no more room"));
        }
        let most = usize::try_from(room).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.reader.read(&mut buffer[..most])?;
        let spent = read as u64;
        self.room.whole.set(self.room.whole.get() - spent);
        self.room.ahead.set(self.room.ahead.get().saturating_sub(spent));
        Ok(read)
    }
}
