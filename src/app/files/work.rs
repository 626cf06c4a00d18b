//! Reading and writing beside the drawing: what takes long has a thread of its own, and comes back as [`Done`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use eframe::egui::Context;

use super::dialog::Purpose;
use super::store::Offer;
use crate::app::background::Place;
use crate::lecture::Lecture;
use crate::scenario::Scenario;
use crate::share::{Code, CodeError, Session};
use crate::words::t;

/// What a task came to.
pub(super) enum Done {
    /// A file was written.
    Saved(PathBuf),
    /// A file or a code was read.
    Opened(Option<PathBuf>, Box<Opened>),
    /// The code of the run.
    Code(Result<String, CodeError>),
    /// What was chosen in a dialog of the desktop; nothing if it was left, or if there was none.
    Chosen(Purpose, Option<PathBuf>, Dialog),
    /// The session was kept, so many seconds after it was asked for.
    Kept(Result<(), String>),
    /// A session that was left behind.
    Offered(Option<Box<Offer>>),
    /// It failed, and why.
    Failed(String),
}

/// Whether the desktop had a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialog {
    Shown,
    Missing,
}

/// What can be opened.
pub(super) enum Opened {
    Scenario(Scenario),
    /// With what is wrong with its state, if anything.
    Session(Session, Option<String>),
    Code(Code),
    Lecture(Lecture),
}

/// Something under way.
pub(super) struct Task(Receiver<Done>);

impl Task {
    /// Begins something; where there is no clock it is done at once.
    pub(super) fn start(place: Place, ctx: &Context, work: impl FnOnce() -> Done + Send + 'static) -> Self {
        let (send, receive) = channel();
        let waker = ctx.clone();
        let work = move || {
            // Nobody listens any more where the window was closed.
            let _ = send.send(work());
            waker.request_repaint();
        };
        if place == Place::Here {
            work();
        } else if let Err(error) = std::thread::Builder::new().name("wfr-lab files".to_owned()).spawn(work) {
            let (send, receive) = channel();
            let _ = send.send(Done::Failed(t!("No thread can be started: {error}", error)));
            return Self(receive);
        }
        Self(receive)
    }

    /// What it came to, once it has; `Err` while it goes on.
    pub(super) fn finished(self) -> Result<Done, Self> {
        match self.0.try_recv() {
            Ok(done) => Ok(done),
            Err(TryRecvError::Empty) => Err(self),
            Err(TryRecvError::Disconnected) => Ok(Done::Failed(t!("Something broke down; the lab goes on").to_owned())),
        }
    }
}

/// Reads a scenario, a session or a code from a file.
pub(super) fn open(path: &Path) -> Result<Opened, String> {
    /// Nobody writes a longer scenario.
    const LONGEST: u64 = 64 << 20;
    let name = name_of(path);
    let about = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => t!("{file} is not there any more", file = name),
        std::io::ErrorKind::PermissionDenied => t!("{file} may not be read", file = name),
        _ => t!("{file} cannot be read: {error}", file = name, error),
    })?;
    if about.is_dir() {
        return Err(t!(
            "{file} is a folder: expected a scenario or lecture (.ron) or a session (.wfr)",
            file = name
        ));
    }
    let is_session = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("wfr"));
    if is_session {
        let (session, damage) =
            Session::open(path).map_err(|error| t!("{file} cannot be opened: {error}", file = name, error))?;
        return Ok(Opened::Session(session, damage));
    }
    if !about.is_file() || about.len() > LONGEST {
        return Err(t!("{file} is no scenario: it is too long", file = name));
    }
    let bytes = fs::read(path).map_err(|error| t!("{file} cannot be read: {error}", file = name, error))?;
    let text = String::from_utf8(bytes).map_err(|_| t!("{file} is no scenario: it is not UTF-8 text", file = name))?;
    if Code::looks_like_one(&text) {
        return Code::read(&text)
            .map(Opened::Code)
            .map_err(|error| format!("{name}: {error}"));
    }
    if Lecture::looks_like_one(&text) {
        let lecture = Lecture::from_ron(&text, &name).map(Opened::Lecture);
        return lecture.map_err(|error| error.to_string());
    }
    Scenario::from_ron(&text, &name)
        .map(Opened::Scenario)
        .map_err(|error| error.to_string())
}

/// The last part of a path.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
