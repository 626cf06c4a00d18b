//! What the lab keeps for itself between two starts: the files last used, and the session as it was a moment ago.
//!
//! Every window keeps its session in a file of its own and holds a lock beside it. A lock that nobody holds any more is that of a
//! window that came to a bad end: its session is offered to the next.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::app::settings::Settings;
use crate::export::file;
use crate::share::Session;
use crate::words::t;

/// Files in the list.
const MOST_RECENT: usize = 10;
/// The largest state that is kept (bytes of memory); beyond it only what was done is, and the run is repeated.
const LARGEST: usize = 200 << 20;

/// Where everything is kept.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    config: PathBuf,
    sessions: PathBuf,
}

impl Folders {
    /// Where the system wants it, or everything under `WFR_LAB_DIR`. Nothing where there is no home.
    pub(crate) fn usual() -> Option<Self> {
        if let Some(folder) = std::env::var_os("WFR_LAB_DIR").filter(|folder| !folder.is_empty()) {
            return Some(Self::under(Path::new(&folder)));
        }
        let usual = directories::ProjectDirs::from("", "", "wfr-lab")?;
        Some(Self {
            config: usual.config_dir().to_owned(),
            sessions: usual.data_dir().join("sessions"),
        })
    }

    /// Everything under this folder.
    pub(crate) fn under(folder: &Path) -> Self {
        Self {
            config: folder.to_owned(),
            sessions: folder.join("sessions"),
        }
    }

    fn recent(&self) -> PathBuf {
        self.config.join("recent.ron")
    }

    fn settings(&self) -> PathBuf {
        self.config.join("settings.ron")
    }

    /// What was set the last time; what is usual where nothing was, or where it cannot be read.
    pub(super) fn read_settings(&self) -> Settings {
        let text = fs::read_to_string(self.settings()).unwrap_or_default();
        ron::from_str(&text).unwrap_or_default()
    }

    /// Keeps what was set.
    pub(super) fn keep_settings(&self, settings: &Settings) {
        // Settings that cannot be kept are no reason to stop anybody.
        if fs::create_dir_all(&self.config).is_ok()
            && let Ok(text) = ron::to_string(settings)
        {
            let _ = file::write(&self.settings(), text.as_bytes());
        }
    }

    /// The files last used, the latest first.
    pub(super) fn read_recent(&self) -> Vec<PathBuf> {
        let text = fs::read_to_string(self.recent()).unwrap_or_default();
        let mut list: Vec<PathBuf> = ron::from_str(&text).unwrap_or_default();
        list.truncate(MOST_RECENT);
        list
    }

    fn lectures(&self) -> PathBuf {
        self.config.join("lectures.ron")
    }

    /// The lectures that were left, each with its card (from 0), the latest first.
    pub(super) fn read_lectures(&self) -> Vec<(String, usize)> {
        let text = fs::read_to_string(self.lectures()).unwrap_or_default();
        let mut list: Vec<(String, usize)> = ron::from_str(&text).unwrap_or_default();
        list.truncate(MOST_RECENT);
        list
    }

    /// Notes where a lecture was left, or forgets it. Another window may have changed the list meanwhile.
    pub(super) fn note_lecture(&self, key: &str, card: Option<usize>) -> Vec<(String, usize)> {
        let mut list = self.read_lectures();
        let before = list.clone();
        note(&mut list, key, card);
        if list != before
            && fs::create_dir_all(&self.config).is_ok()
            && let Ok(text) = ron::to_string(&list)
        {
            let _ = file::write(&self.lectures(), text.as_bytes());
        }
        list
    }

    /// Puts a file at the head of the list, or takes it off. Another window may have changed it meanwhile.
    pub(super) fn note_recent(&self, path: &Path, keep: bool) -> Vec<PathBuf> {
        let mut list = self.read_recent();
        list.retain(|other| other != path);
        if keep {
            list.insert(0, path.to_owned());
            list.truncate(MOST_RECENT);
        }
        // A list that cannot be kept is no reason to stop anybody.
        if fs::create_dir_all(&self.config).is_ok()
            && let Ok(text) = ron::to_string(&list)
        {
            let _ = file::write(&self.recent(), text.as_bytes());
        }
        list
    }
}

/// Puts a lecture at the head of a list with its card, or takes it off.
pub(super) fn note(list: &mut Vec<(String, usize)>, key: &str, card: Option<usize>) {
    list.retain(|(other, _)| other != key);
    if let Some(card) = card {
        list.insert(0, (key.to_owned(), card));
        list.truncate(MOST_RECENT);
    }
}

/// The place where this window keeps its session, while it lives.
#[derive(Debug)]
pub(super) struct Berth {
    file: PathBuf,
    lock: PathBuf,
    _held: File,
}

impl Berth {
    /// A place of its own; nothing where nothing can be written.
    pub(super) fn new(folders: &Folders) -> Option<Self> {
        fs::create_dir_all(&folders.sessions).ok()?;
        let born = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let name = format!("{}-{}", std::process::id(), born.as_nanos());
        let lock = folders.sessions.join(format!("{name}.lock"));
        let held = File::create_new(&lock).ok()?;
        held.try_lock().ok()?;
        Some(Self {
            file: folders.sessions.join(format!("{name}.wfr")),
            lock,
            _held: held,
        })
    }

    /// Where the session goes.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for Berth {
    /// A window that is closed leaves nothing behind.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
        let _ = fs::remove_file(&self.lock);
    }
}

/// A session that a window left behind. As long as this is held no other window offers it.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) session: Session,
    pub(super) damage: Option<String>,
    /// How long ago it was kept (seconds).
    pub(super) age: f64,
    file: PathBuf,
    lock: PathBuf,
    _held: File,
}

impl Offer {
    /// The latest session left behind that can be opened. What cannot be is removed.
    pub(super) fn find(folders: &Folders) -> Option<Self> {
        let mut left: Vec<(f64, PathBuf)> = fs::read_dir(&folders.sessions)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "lock"))
            .map(|lock| (age(&lock.with_extension("wfr")), lock))
            .collect();
        left.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        left.into_iter().find_map(|(age, lock)| {
            let held = File::open(&lock).ok()?;
            held.try_lock().ok()?;
            let file = lock.with_extension("wfr");
            match Session::open(&file) {
                Ok((session, damage)) => Some(Self {
                    session,
                    damage,
                    age,
                    file,
                    lock,
                    _held: held,
                }),
                Err(_) => {
                    let _ = fs::remove_file(&file);
                    let _ = fs::remove_file(&lock);
                    None
                }
            }
        })
    }

    /// Takes it off the disk: it was restored or is not wanted.
    pub(super) fn remove(self) {
        let _ = fs::remove_file(&self.file);
        let _ = fs::remove_file(&self.lock);
    }

    /// "3 minutes ago".
    pub(super) fn when(&self) -> String {
        let count = |unit: f64| format!("{:.0}", self.age / unit);
        match self.age {
            age if age < 90.0 => t!("a moment ago").to_owned(),
            age if age < 5400.0 => t!("{count} minutes ago", count = count(60.0)),
            age if age < 129_600.0 => t!("{count} hours ago", count = count(3600.0)),
            _ => t!("{count} days ago", count = count(86_400.0)),
        }
    }
}

/// How long ago a file was written (seconds); for ever if it is not there.
fn age(path: &Path) -> f64 {
    let written = fs::metadata(path).and_then(|about| about.modified());
    let since = written
        .ok()
        .and_then(|written| SystemTime::now().duration_since(written).ok());
    since.map_or(f64::INFINITY, |since| since.as_secs_f64())
}

/// Keeps a session for the next start.
pub(super) fn keep(file: &Path, mut session: Session) -> Result<(), String> {
    if session.frame.as_ref().is_some_and(|frame| frame.bytes() > LARGEST) {
        session.frame = None;
    }
    session.save(file).map_err(|error| error.to_string())
}
