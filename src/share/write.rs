//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Why a file could not be saved: one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{} was not saved: {}", path.display(), reason(source))]
pub struct SaveError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Writes a file under a name of its own, brings it to the disk, and only then lets it take the place of what was there: a full
/// disk or a lost current leaves the old file as it was. A link stays a link; what is no file (a device, a pipe) is written to.
///
/// # Errors
///
/// [`SaveError`], a sentence for people. Nothing is left behind.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SaveError> {
    replace(path, bytes).map_err(|source| SaveError {
        path: path.to_owned(),
        source,
    })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Where a link points to: a rename would put a file in the place of the link.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(&place);
    if let Ok(there) = &before
        && !there.is_file()
    {
        if there.is_dir() {
            return Err(io::Error::other("it is a folder"));
        }
        return File::options().write(true).open(&place)?.write_all(bytes);
    }
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut new = tempfile::Builder::new();
    new.prefix(".wfr-lab-");
    match before.as_ref().map(fs::Metadata::permissions) {
        // A file that nobody may write is not replaced behind the back of who said so.
        Ok(permissions) if permissions.readonly() => return Err(ErrorKind::PermissionDenied.into()),
        Ok(permissions) => {
            new.permissions(permissions);
        }
        // As any new file: the umask takes away what the user does not want.
        #[cfg(unix)]
        Err(_) => {
            new.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        #[cfg(not(unix))]
        Err(_) => {}
    }
    let mut file = new.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&place).map_err(|error| error.error)?;
    // The new name itself is on the disk only when its folder is. Where folders cannot be opened, nothing can be done.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// What went wrong, in words that say what to do.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        ErrorKind::FileTooLarge => "it is too large for this disk".to_owned(),
        ErrorKind::PermissionDenied => "it may not be written there".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "that disk can only be read".to_owned(),
        ErrorKind::NotFound => "its folder does not exist".to_owned(),
        ErrorKind::NotADirectory => "a part of its path is no folder".to_owned(),
        _ => error.to_string(),
    }
}
