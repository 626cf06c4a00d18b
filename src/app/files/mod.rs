//! Files: scenarios and sessions opened and saved, codes copied and pasted, and what is exported.
//!
//! Reading, writing and asking for a path are done on threads of their own ([`work`]), so that the drawing never waits for a disk.
//! What is opened becomes a jump of the run: undo brings back what was there.

mod dialog;
mod look;
mod menu;
mod restore;
mod save;
mod store;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{Context, ViewportCommand};

use super::App;
use super::background::Place;
use crate::engine::Control;
use crate::lecture::Lecture;
use crate::scenario::Scenario;
use crate::share::{Code, PROGRAM, Session};
use crate::timeline::Journal;
use crate::words::t;
use dialog::{Answer, OwnDialog, Purpose};
pub(crate) use store::Folders;
use work::{Dialog, Done, Opened, Task, name_of};

/// What somebody gave to the window as it was opened.
#[derive(Debug)]
pub enum Shared {
    /// A scenario from this file: it is what the window shows already.
    Scenario(PathBuf),
    /// A session from this file, with what is wrong with its state.
    Session(PathBuf, Box<Session>, Option<String>),
    /// A run to repeat.
    Code(Box<Code>),
    /// A lecture, by its name or path, and the card on which it opens (from 0).
    Lecture(String, Box<Lecture>, usize),
}

/// What the window knows of files.
#[derive(Default)]
pub(super) struct Files {
    /// Where settings and sessions are kept; nowhere for pictures.
    folders: Option<Folders>,
    recent: Vec<PathBuf>,
    /// The file that is open, and what it holds.
    open: Option<(PathBuf, Held)>,
    own: Option<OwnDialog>,
    /// A dialog of the desktop that is open: there is one at a time.
    asking: Option<Task>,
    tasks: Vec<Task>,
    /// A session whose state is damaged: it can be repeated.
    damaged: Option<(Option<PathBuf>, Box<Session>, String)>,
    title: String,
    restore: restore::Restore,
}

/// What the open file holds.
#[derive(Clone, Debug, PartialEq)]
struct Held {
    draft: Arc<Scenario>,
    /// The step, for a session.
    step: Option<u64>,
}

impl App {
    /// Keeps the list of files and the session in this folder. Without it nothing is kept.
    pub fn keep_files_in(&mut self, ctx: &Context, folder: &Path) {
        self.keep_files(ctx, Folders::under(folder));
    }

    /// Keeps the list of files and the session.
    pub(crate) fn keep_files(&mut self, ctx: &Context, folders: Folders) {
        self.files.recent = folders.read_recent();
        self.hall.left = folders.read_lectures();
        self.remember(ctx, folders.read_settings());
        self.files.folders = Some(folders);
        self.begin_keeping(ctx);
    }

    /// Goes on with what was given on the command line.
    pub fn open_shared(&mut self, ctx: &Context, shared: Shared) {
        match shared {
            Shared::Scenario(path) => {
                self.note_recent(&path, true);
                let held = Held {
                    draft: Arc::new(self.draft.clone()),
                    step: None,
                };
                self.files.open = Some((path, held));
            }
            Shared::Session(path, session, damage) => self.take_up(ctx, Some(path), Opened::Session(*session, damage)),
            Shared::Code(code) => self.take_up(ctx, None, Opened::Code(*code)),
            Shared::Lecture(key, lecture, card) => self.open_lecture(ctx, &key, *lecture, card),
        }
    }

    /// Remembers where a lecture was left, or forgets it.
    pub(super) fn keep_lecture(&mut self, key: &str, card: Option<usize>) {
        self.hall.left = match &self.files.folders {
            Some(folders) => folders.note_lecture(key, card),
            None => {
                let mut left = std::mem::take(&mut self.hall.left);
                store::note(&mut left, key, card);
                left
            }
        };
    }

    /// Everything of files that is not a button; called once a frame.
    pub(super) fn files_ui(&mut self, ctx: &Context) {
        self.collect_tasks(ctx);
        self.dropped_ui(ctx);
        self.damaged_ui(ctx);
        self.restore_ui(ctx);
        self.keep_session(ctx);
        if let Some(mut own) = self.files.own.take() {
            match own.ui(ctx) {
                None => self.files.own = Some(own),
                Some(Answer::Left) => {}
                Some(Answer::Path(path)) => self.chosen(ctx, own.purpose, path),
                Some(Answer::Text(text)) => match Code::read(&text) {
                    Ok(code) => self.take_up(ctx, None, Opened::Code(code)),
                    Err(error) => {
                        own.error = Some(super::widgets::sentence(&error.to_string()));
                        self.files.own = Some(own);
                    }
                },
            }
        }
        self.name_window(ctx);
    }

    /// Whether a dialog of our own is open: keys belong to it.
    pub(super) const fn asks_for_a_path(&self) -> bool {
        self.files.own.is_some()
    }

    /// Keeps the settings for the next start.
    pub(super) fn keep_settings(&self) {
        if let Some(folders) = &self.files.folders {
            folders.keep_settings(&self.settings);
        }
    }

    fn start(&mut self, ctx: &Context, work: impl FnOnce() -> Done + Send + 'static) {
        let task = Task::start(self.drive.place(), ctx, work);
        self.files.tasks.push(task);
    }

    /// Takes over what is done.
    fn collect_tasks(&mut self, ctx: &Context) {
        if let Some(task) = self.files.asking.take() {
            match task.finished() {
                Err(task) => self.files.asking = Some(task),
                Ok(done) => self.take_over(ctx, done),
            }
        }
        for task in std::mem::take(&mut self.files.tasks) {
            match task.finished() {
                Err(task) => self.files.tasks.push(task),
                Ok(done) => self.take_over(ctx, done),
            }
        }
    }

    fn take_over(&mut self, ctx: &Context, done: Done) {
        match done {
            Done::Saved(path) => self.saved(ctx, &path),
            Done::Opened(path, opened) => self.take_up(ctx, path, *opened),
            Done::Code(Ok(line)) => {
                let sentence = t!(
                    "This run is copied as a code of {count} characters: paste it into any window",
                    count = line.len()
                );
                ctx.copy_text(line);
                self.notices.hint(ctx, &sentence);
            }
            Done::Code(Err(error)) => self.notices.error(ctx, &super::widgets::sentence(&error.to_string())),
            Done::Chosen(purpose, Some(path), _) => self.chosen(ctx, purpose, path),
            Done::Chosen(purpose, None, Dialog::Missing) => self.ask_ourselves(purpose),
            Done::Chosen(_, None, Dialog::Shown) => {}
            Done::Kept(result) => self.kept(ctx, result),
            Done::Offered(offer) => self.files.restore.offer = offer,
            Done::Failed(sentence) => self.notices.error(ctx, &sentence),
        }
    }

    /// Asks where a file is.
    fn ask_where(&mut self, ctx: &Context, purpose: Purpose) {
        if self.drive.place() == Place::Here || purpose == Purpose::Code || !dialog::desktop_has_dialogs() {
            self.ask_ourselves(purpose);
        } else if self.files.asking.is_none() {
            let suggested = self.suggested(purpose);
            let ask = move || dialog::ask_desktop(purpose, &suggested);
            self.files.asking = Some(Task::start(self.drive.place(), ctx, ask));
        }
    }

    pub(super) fn ask_to_open(&mut self, ctx: &Context) {
        self.ask_where(ctx, Purpose::Open);
    }

    /// Asks where an export with one of these endings goes; without any, which folder.
    pub(super) fn ask_for_export(&mut self, ctx: &Context, endings: &'static [&'static str]) {
        self.ask_where(ctx, Purpose::Export(endings));
    }

    fn ask_ourselves(&mut self, purpose: Purpose) {
        let suggested = self.suggested(purpose);
        self.files.own = Some(OwnDialog::new(purpose, &suggested));
    }

    /// A path that may be meant.
    fn suggested(&self, purpose: Purpose) -> PathBuf {
        let last = self
            .files
            .open
            .as_ref()
            .map(|(path, _)| path)
            .or(self.files.recent.first());
        let folder = last.and_then(|path| path.parent()).map(Path::to_owned);
        let folder = folder
            .filter(|folder| folder.is_dir())
            .or_else(|| std::env::current_dir().ok())
            .unwrap_or_default();
        let plain = |c: char| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        let title = self.draft.title.split(':').next().unwrap_or_default();
        let name: String = title.trim().chars().take(40).map(plain).collect();
        match purpose {
            Purpose::Open | Purpose::Code => folder.join(""),
            Purpose::SaveScenario => folder.join(format!("{name}.ron")),
            Purpose::SaveSession => folder.join(format!("{name}.wfr")),
            // A field left empty is no path.
            Purpose::Export(_) => std::path::absolute(self.exports.form.path()).unwrap_or_else(|_| folder.join("")),
        }
    }

    fn chosen(&mut self, ctx: &Context, purpose: Purpose, path: PathBuf) {
        let path = purpose.complete(path);
        match purpose {
            Purpose::Open | Purpose::Code => self.open_path(ctx, path),
            Purpose::SaveScenario => self.save_scenario_to(ctx, path),
            Purpose::SaveSession => self.save_session_to(ctx, path),
            Purpose::Export(_) => self.exports.form.choose(&path),
        }
    }

    /// Opens a file, whatever it is.
    pub(super) fn open_path(&mut self, ctx: &Context, path: PathBuf) {
        self.start(ctx, move || match work::open(&path) {
            Ok(opened) => Done::Opened(Some(path), Box::new(opened)),
            Err(sentence) => Done::Failed(sentence),
        });
    }

    /// Opens a code that was pasted.
    pub(super) fn open_code(&mut self, ctx: &Context, text: &str) {
        if !Code::looks_like_one(text) {
            self.notices
                .hint(ctx, t!("What was pasted is no code of a run: those begin with wfr1:"));
            return;
        }
        match Code::read(text) {
            Ok(code) => self.take_up(ctx, None, Opened::Code(code)),
            Err(error) => self.notices.error(ctx, &super::widgets::sentence(&error.to_string())),
        }
    }

    fn note_recent(&mut self, path: &Path, keep: bool) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if let Some(folders) = &self.files.folders {
            self.files.recent = folders.note_recent(&path, keep);
        }
    }

    /// Goes on with what was opened, as a jump that can be undone.
    fn take_up(&mut self, ctx: &Context, path: Option<PathBuf>, opened: Opened) {
        self.files.own = None;
        self.verify.open = false;
        if let Some(path) = &path {
            self.note_recent(path, true);
        }
        let name = path.as_deref().map_or_else(|| t!("a code").to_owned(), name_of);
        let (held, program) = match opened {
            Opened::Lecture(lecture) => {
                let key = path.as_deref().map_or(name, |path| path.display().to_string());
                let card = self.left_at(&key).unwrap_or(0);
                self.open_lecture(ctx, &key, lecture, card);
                return;
            }
            Opened::Scenario(scenario) => {
                self.settle_edits(ctx);
                self.load(scenario);
                self.note_jump(ctx, &t!("opening {name}", name));
                (None, PROGRAM.to_owned())
            }
            Opened::Code(code) => {
                let step = code.step;
                self.repeat(ctx, code.journal, step, &name);
                (None, code.program)
            }
            Opened::Session(session, Some(damage)) => {
                self.files.damaged = Some((path, Box::new(session), damage));
                return;
            }
            Opened::Session(session, None) => {
                let (view, program, step) = (session.view.clone(), session.program.clone(), session.step);
                match session.state() {
                    Some(state) => {
                        self.settle_edits(ctx);
                        let edited = (**state.frame.edited()).clone();
                        self.stand(&session.journal.scenario, edited);
                        self.drive.send(Control::Pause);
                        self.drive.send(Control::TakeUp(Box::new(state)));
                        self.note_jump(ctx, &t!("opening {name}", name));
                    }
                    None => self.repeat(ctx, session.journal, step, &name),
                }
                self.look_as(ctx, &view);
                (Some(step), program)
            }
        };
        if program == PROGRAM {
            self.notices.hint(ctx, &t!("Opened: {name}", name));
        } else {
            let sentence = t!(
                "{name} was made by wfr-lab {program}: in this version, {present}, the run may go another way",
                name,
                program,
                present = PROGRAM
            );
            self.notices.error(ctx, &sentence);
        }
        self.files.open = path.map(|path| {
            let held = Held {
                draft: Arc::new(self.draft.clone()),
                step: held,
            };
            (path, held)
        });
    }

    /// Repeats a run up to a step; the engine goes there while the window lives on.
    fn repeat(&mut self, ctx: &Context, journal: Journal, step: u64, name: &str) {
        self.settle_edits(ctx);
        let last = journal.commands.iter().rev().find_map(|(_, command)| match &**command {
            crate::sim::Command::Edit(scenario) => Some((**scenario).clone()),
            _ => None,
        });
        let edited = last.unwrap_or_else(|| (*journal.scenario).clone());
        self.stand(&journal.scenario, edited);
        self.drive.send(Control::Pause);
        self.drive.send(Control::Replay(Box::new(journal), step));
        self.note_jump(ctx, &t!("opening {name}", name));
    }

    /// Another run is on show; the engine has its own copy.
    fn stand(&mut self, loaded: &Scenario, edited: Scenario) {
        self.show_from_the_start();
        self.loaded = loaded.clone();
        self.sent = edited.clone();
        self.draft = edited;
    }

    /// What is on show came from no file.
    pub(super) fn forget_file(&mut self) {
        self.files.open = None;
    }

    /// The title of the window: the file, and whether it holds what is on show.
    fn name_window(&mut self, ctx: &Context) {
        let title = match &self.files.open {
            None => "wfr-lab".to_owned(),
            Some((path, held)) => {
                let moved = self
                    .report
                    .as_ref()
                    .is_some_and(|r| held.step.is_some_and(|step| step != r.snapshot.step));
                let mark = if moved || *held.draft != self.draft { "*" } else { "" };
                format!("{}{mark} – wfr-lab", name_of(path))
            }
        };
        if title != self.files.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.files.title = title;
        }
    }
}
