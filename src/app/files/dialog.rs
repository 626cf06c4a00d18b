//! Where a file is: the dialog of the desktop where there is one, else one of our own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui;
use eframe::egui::{Align2, Context, Key, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::work::{Dialog, Done, name_of};
use crate::app::theme::Theme;
use crate::app::widgets::{button, warning_ui};
use crate::words::{msg, said, t};

/// What a file or a text is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Open,
    SaveScenario,
    SaveSession,
    /// A place for an export with one of these endings; with none, for a folder of pictures.
    Export(&'static [&'static str]),
    /// Not a file: the code of a run.
    Code,
}

impl Purpose {
    /// Title, what the field is called, the word of the button and what it is called.
    const fn words(self) -> [&'static str; 4] {
        match self {
            Self::Open => [
                msg!("Open a scenario or a session"),
                msg!("Path"),
                msg!("Open"),
                msg!("Open this"),
            ],
            Self::SaveScenario => [msg!("Save the scenario"), msg!("Path"), msg!("Save"), msg!("Save this")],
            Self::SaveSession => [msg!("Save the session"), msg!("Path"), msg!("Save"), msg!("Save this")],
            Self::Export([]) => [
                msg!("A folder for the pictures"),
                msg!("Path"),
                msg!("Choose"),
                msg!("Choose this"),
            ],
            Self::Export(_) => [
                msg!("A file for the export"),
                msg!("Path"),
                msg!("Choose"),
                msg!("Choose this"),
            ],
            Self::Code => [
                msg!("Open the code of a run"),
                msg!("Code"),
                msg!("Open"),
                msg!("Open this"),
            ],
        }
    }

    /// Endings of the files.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Open => &["ron", "wfr"],
            Self::SaveScenario => &["ron"],
            Self::SaveSession => &["wfr"],
            Self::Export(endings) => endings,
            Self::Code => &[],
        }
    }

    const fn saves(self) -> bool {
        matches!(self, Self::SaveScenario | Self::SaveSession | Self::Export(_))
    }

    /// The path of what is saved, with its ending where that is missing.
    pub(super) fn complete(self, path: PathBuf) -> PathBuf {
        let Some(ending) = self.endings().first().filter(|_| self.saves()) else {
            return path;
        };
        let is_folder = path.as_os_str().to_string_lossy().ends_with('/') || path.file_name().is_none();
        if is_folder || path.exists() {
            return path;
        }
        let complete = match self {
            // A picture is of the kind that was asked for, whatever is typed; and a model time in a name is no ending.
            Self::Export(_) => path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending)),
            _ => path.extension().is_some(),
        };
        if complete {
            return path;
        }
        let mut whole = path.into_os_string();
        whole.push(".");
        whole.push(ending);
        whole.into()
    }
}

/// Whether the desktop may have dialogs: a portal that the session bus can start, or zenity. Elsewhere (no Linux) there always are.
pub(super) fn desktop_has_dialogs() -> bool {
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        return true;
    }
    let zenity = || listed_in("PATH", "").any(|folder| folder.join("zenity").is_file());
    has_portal() || zenity()
}

/// Whether the session bus can start a portal.
fn has_portal() -> bool {
    const SERVICE: &str = "dbus-1/services/org.freedesktop.portal.Desktop.service";
    let has_bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|value| !value.is_empty());
    has_bus && listed_in("XDG_DATA_DIRS", "/usr/local/share:/usr/share").any(|folder| folder.join(SERVICE).is_file())
}

/// The folders that a variable of the environment lists.
fn listed_in(variable: &str, usual: &str) -> impl Iterator<Item = PathBuf> {
    let list = std::env::var_os(variable).filter(|list| !list.is_empty());
    let list = list.unwrap_or_else(|| usual.into());
    std::env::split_paths(&list).collect::<Vec<_>>().into_iter()
}

/// Asks with the dialog of the desktop; waits for the answer.
pub(super) fn ask_desktop(purpose: Purpose, suggested: &Path) -> Done {
    /// Nobody leaves a dialog so soon: there was none.
    const SOON: Duration = Duration::from_millis(400);
    let started = now();
    let mut dialog = rfd::FileDialog::new().set_title(said(purpose.words()[0]));
    // The parent of `folder/` is not that folder.
    let inside = if suggested.is_dir() {
        Some(suggested)
    } else {
        suggested.parent()
    };
    let folder = inside.filter(|folder| folder.is_dir());
    let elsewhere = cfg!(any(target_os = "windows", target_os = "macos"));
    let mut name = name_of(suggested);
    if let Some(folder) = folder {
        dialog = dialog.set_directory(folder);
        // Without a portal this is zenity, to which rfd says the folder only as a part of the name.
        if !elsewhere && !has_portal() {
            name = suggested.display().to_string();
            dialog = dialog.set_file_name(folder_text(folder));
        }
    }
    dialog = match purpose {
        Purpose::Open | Purpose::Code => dialog.add_filter(t!("Scenarios and sessions"), purpose.endings()),
        Purpose::SaveScenario => dialog.add_filter(t!("Scenario"), purpose.endings()),
        Purpose::SaveSession => dialog.add_filter(t!("Session"), purpose.endings()),
        Purpose::Export([]) => dialog,
        Purpose::Export([ending, ..]) => dialog.add_filter(ending.to_uppercase(), purpose.endings()),
    };
    let chosen = if purpose == Purpose::Export(&[]) {
        dialog.pick_folder().map(|folder| unused(folder, suggested))
    } else if purpose.saves() {
        dialog.set_file_name(name).save_file()
    } else {
        dialog.pick_file()
    };
    let missing = chosen.is_none() && now() - started < SOON;
    Done::Chosen(purpose, chosen, if missing { Dialog::Missing } else { Dialog::Shown })
}

/// The folder that was chosen if it is empty, else one inside it with the name that was suggested.
fn unused(folder: PathBuf, suggested: &Path) -> PathBuf {
    let empty = fs::read_dir(&folder).is_ok_and(|mut inside| inside.next().is_none());
    match suggested.file_name() {
        Some(name) if !empty => folder.join(name),
        _ => folder,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether a dialog was there is told by how long it stayed"
)]
fn now() -> Instant {
    Instant::now()
}

/// What a dialog came to.
pub(super) enum Answer {
    Path(PathBuf),
    Text(String),
    Left,
}

/// A field for a path with what is in its folder, or a field for a code.
#[derive(Debug)]
pub(super) struct OwnDialog {
    pub(super) purpose: Purpose,
    pub(super) text: String,
    /// Why the last answer was not taken.
    pub(super) error: Option<String>,
    /// The folder that is listed, and what is in it.
    listed: Option<(PathBuf, Vec<(String, bool)>)>,
    fresh: bool,
}

impl OwnDialog {
    pub(super) fn new(purpose: Purpose, suggested: &Path) -> Self {
        let text = match purpose {
            Purpose::Code => String::new(),
            _ => suggested.display().to_string(),
        };
        Self {
            purpose,
            text,
            error: None,
            listed: None,
            fresh: true,
        }
    }

    /// Draws it; what it came to, once it has.
    pub(super) fn ui(&mut self, ctx: &Context) -> Option<Answer> {
        let title = said(self.purpose.words()[0]);
        let (mut answer, mut open) = (None, true);
        egui::Window::new(title)
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
            .show(ctx, |ui| {
                ui.set_width(520.0);
                // Nothing else is to be done until it has its answer.
                ui.memory_mut(|memory| memory.set_modal_layer(ui.layer_id()));
                answer = self.body_ui(ui);
            });
        if !open || ctx.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Escape)) {
            answer = Some(Answer::Left);
        }
        answer
    }

    fn body_ui(&mut self, ui: &mut Ui) -> Option<Answer> {
        let [_, name, act, acts] = self.purpose.words().map(said);
        let mut answer = None;
        let hint = if self.purpose == Purpose::Code {
            "wfr1:…"
        } else {
            t!("/path/to/a/file")
        };
        let field = TextEdit::singleline(&mut self.text)
            .hint_text(hint)
            .background_color(Theme::of(ui).tokens().window)
            .desired_width(f32::INFINITY);
        let field = ui.add(field);
        field.clone().accessible_name(name);
        if std::mem::take(&mut self.fresh) {
            field.request_focus();
        }
        if field.changed() {
            self.error = None;
        }
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        if self.purpose != Purpose::Code {
            self.list_ui(ui);
        }
        let path = self.path();
        if let Some(error) = &self.error {
            warning_ui(ui, error);
        } else if self.purpose.saves() && path.is_file() {
            // Who exports is asked before anything is replaced.
            let name = name_of(&path);
            let warning = if matches!(self.purpose, Purpose::Export(_)) {
                t!("{name} is there already", name)
            } else {
                t!("{name} is there already and will be replaced", name)
            };
            warning_ui(ui, &warning);
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            if button(ui, act, acts).clicked() || entered {
                answer = self.answer(path);
            }
            if button(ui, t!("Cancel"), t!("Cancel")).clicked() {
                answer = Some(Answer::Left);
            }
        });
        answer
    }

    /// The path in the field, with the ending of what is saved.
    fn path(&self) -> PathBuf {
        let text = self.text.trim();
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let path = match (text.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        };
        self.purpose.complete(path)
    }

    fn answer(&mut self, path: PathBuf) -> Option<Answer> {
        if self.purpose == Purpose::Code {
            return Some(Answer::Text(self.text.clone()));
        }
        let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        self.error = if self.text.trim().is_empty() {
            Some(t!("Type the path of a file").to_owned())
        } else if path.is_dir() {
            // Enter on a folder goes into it.
            self.text = format!("{}/", self.text.trim().trim_end_matches('/'));
            self.fresh = true;
            return None;
        } else if parent.is_some_and(|folder| !folder.is_dir()) {
            Some(t!("There is no such folder").to_owned())
        } else if !self.purpose.saves() && !path.exists() {
            Some(t!("There is no such file").to_owned())
        } else {
            return Some(Answer::Path(path));
        };
        self.fresh = true;
        None
    }

    /// What is in the folder: a click takes it.
    fn list_ui(&mut self, ui: &mut Ui) {
        let (folder, begun) = split(self.text.trim());
        if self.listed.as_ref().is_none_or(|(listed, _)| *listed != folder) {
            let entries = entries(&folder, self.purpose);
            self.listed = Some((folder.clone(), entries));
        }
        let tokens = Theme::of(ui).tokens();
        let Some((_, entries)) = &self.listed else { return };
        let fits = |name: &str| name.to_lowercase().starts_with(&begun.to_lowercase());
        let whole = entries.iter().any(|(name, _)| *name == begun);
        // What is saved has a name of its own, which goes along to another folder.
        let all = whole || self.purpose.saves();
        let is_folder = entries.iter().any(|(name, is_folder)| *is_folder && *name == begun);
        let name = if self.purpose.saves() && !is_folder {
            begun.as_str()
        } else {
            ""
        };
        let mut taken = None;
        ScrollArea::vertical()
            .max_height(220.0)
            .min_scrolled_height(220.0)
            .auto_shrink([false, false])
            .show(ui, |ui| {
                ui.set_min_size(vec2(500.0, 0.0));
                if folder.parent().is_some()
                    && ui
                        .selectable_label(false, "../")
                        .accessible_name(t!("Folder above"))
                        .clicked()
                {
                    taken = folder.parent().map(|above| folder_text(above) + name);
                }
                for (entry, is_folder) in entries.iter().filter(|(entry, _)| all || fits(entry)) {
                    let shown = if *is_folder { format!("{entry}/") } else { entry.clone() };
                    if ui.selectable_label(*entry == begun, &shown).clicked() {
                        let name = if *is_folder { name } else { "" };
                        taken = Some(format!("{}{shown}{name}", folder_text(&folder)));
                    }
                }
                if entries.is_empty() {
                    let text = match self.purpose.endings() {
                        [] => t!("no folders here").to_owned(),
                        endings => t!(
                            "no folders and no files of this kind here: .{kinds}",
                            kinds = endings.join(", .")
                        ),
                    };
                    ui.label(RichText::new(text).color(tokens.text_weak));
                }
            });
        if let Some(text) = taken {
            self.text = text;
            self.error = None;
            self.fresh = true;
        }
    }
}

/// A folder with the stroke that a name follows.
fn folder_text(folder: &Path) -> String {
    let text = folder.display().to_string();
    if text.ends_with('/') { text } else { format!("{text}/") }
}

/// The folder of what is being typed, and the name that was begun.
fn split(text: &str) -> (PathBuf, String) {
    let (folder, name) = text.rsplit_once('/').map_or((".", text), |(folder, name)| {
        (if folder.is_empty() { "/" } else { folder }, name)
    });
    (PathBuf::from(folder), name.to_owned())
}

/// Folders and files of the right kind, in order; hidden ones are left out.
fn entries(folder: &Path, purpose: Purpose) -> Vec<(String, bool)> {
    /// More are no help.
    const MOST: usize = 1000;
    let wanted = |path: &Path| {
        path.extension()
            .is_some_and(|e| purpose.endings().iter().any(|ending| e.eq_ignore_ascii_case(ending)))
    };
    let Ok(inside) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut all: Vec<(String, bool)> = inside
        .flatten()
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .filter(|(name, _)| !name.starts_with('.'))
        .map(|(name, path)| (name, path.is_dir(), path))
        .filter(|(_, is_folder, path)| *is_folder || wanted(path))
        .map(|(name, is_folder, _)| (name, is_folder))
        .take(MOST)
        .collect();
    all.sort_by(|(a, a_folder), (b, b_folder)| b_folder.cmp(a_folder).then_with(|| a.cmp(b)));
    all
}
