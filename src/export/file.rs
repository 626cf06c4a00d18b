//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file could not be written: where, why, and what can be done about it.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be written: {}", path.display(), advice(source))]
pub struct Failure {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl Failure {
    /// The failure at a path, ready for `map_err`.
    pub fn at(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self {
            path: path.clone(),
            source,
        }
    }
}

fn advice(source: &io::Error) -> String {
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            "its folder is not there; make it first, or choose another".to_owned()
        }
        ErrorKind::PermissionDenied => "its folder may not be written to; choose another".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "that disk can only be read; choose another".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "there is no room left; free some, or choose another disk".to_owned()
        }
        ErrorKind::FileTooLarge => "it is too large for this disk; choose another".to_owned(),
        ErrorKind::IsADirectory => "it is a folder; give the file a name".to_owned(),
        ErrorKind::DirectoryNotEmpty => "the folder is not empty; choose a new one".to_owned(),
        ErrorKind::AlreadyExists => "it is a file; choose another name".to_owned(),
        _ => source.to_string(),
    }
}

/// A file that is being written beside its place. Dropped before [`Draft::finish`] it leaves nothing, and what stood in its place
/// before is still there, after a full disk or a lost current too. A link stays a link, and a file keeps its permissions. What is no
/// plain file, such as a device or a pipe, is written to at once.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    target: BufWriter<Target>,
    bytes: u64,
}

#[derive(Debug)]
enum Target {
    /// A file beside, and the place that it takes in the end.
    Beside(NamedTempFile, PathBuf),
    Straight(File),
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside(file, _) => file.write(bytes),
            Self::Straight(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Beside(file, _) => file.flush(),
            Self::Straight(file) => file.flush(),
        }
    }
}

impl Draft {
    /// Begins a file. What can be known to go wrong is said here, before any work is done.
    pub fn new(path: &Path) -> Result<Self, Failure> {
        let target = Target::at(path).map_err(Failure::at(path))?;
        Ok(Self {
            path: path.to_owned(),
            target: BufWriter::new(target),
            bytes: 0,
        })
    }

    /// Bytes written so far.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where the file will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the file in its place; how many bytes it has.
    pub fn finish(self) -> Result<u64, Failure> {
        let failed = Failure::at(&self.path);
        let target = self.target.into_inner().map_err(|error| failed(error.into_error()))?;
        if let Target::Beside(file, place) = target {
            file.as_file().sync_all().map_err(&failed)?;
            file.persist(&place).map_err(|error| failed(error.error))?;
            // The new name itself is on the disk only when its folder is. Where folders cannot be opened, nothing can be done.
            if let Ok(folder) = File::open(folder_of(&place)) {
                let _ = folder.sync_all();
            }
        }
        Ok(self.bytes)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.target.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

impl Target {
    fn at(path: &Path) -> io::Result<Self> {
        // A link is followed, so that the file takes the place of what it leads to.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut beside = tempfile::Builder::new();
        beside.prefix(".wfr-lab-").suffix(".part");
        match fs::metadata(&place) {
            Ok(there) if there.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            Ok(there) if !there.is_file() => return Ok(Self::Straight(File::options().write(true).open(&place)?)),
            // Not behind the back of who said so.
            Ok(there) if there.permissions().readonly() => {
                return Err(io::Error::other(
                    "the file there is write-protected; choose another name",
                ));
            }
            Ok(there) => {
                beside.permissions(there.permissions());
            }
            // As any new file, and not only for its owner as temporary files are: the umask takes away what the user does not want.
            #[cfg(unix)]
            Err(_) => {
                beside.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            }
            #[cfg(not(unix))]
            Err(_) => {}
        }
        Ok(Self::Beside(beside.tempfile_in(folder_of(&place))?, place))
    }
}

/// The folder that a path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Writes a whole file; how many bytes it has.
pub fn write(path: &Path, bytes: &[u8]) -> Result<u64, Failure> {
    let mut draft = Draft::new(path)?;
    draft.write_all(bytes).map_err(Failure::at(path))?;
    draft.finish()
}
