//! The menu of everything that has to do with files, what is dropped onto the window, and the question about a damaged session.

use std::path::Path;

use eframe::egui;
use eframe::egui::{Align2, Button, Context, FontId, Id, LayerId, Order, Popup, Response, RichText, Ui};

use super::dialog::Purpose;
use super::work::name_of;
use crate::app::App;
use crate::app::actions::Action;
use crate::app::icons::Icon;
use crate::app::theme::{Profile, size};
use crate::app::widgets::{button, icon_button, release};
use crate::words::t;

impl App {
    /// The menu.
    pub(in crate::app) fn file_menu_ui(&mut self, ui: &mut Ui, edge: f32) {
        let button = icon_button(ui, Icon::File, t!("File"), t!("Open, save, share, export"), edge);
        Popup::menu(&button).show(|ui| {
            ui.set_min_width(230.0);
            self.open_and_save_ui(ui);
            ui.separator();
            self.exports_menu_ui(ui);
        });
    }

    /// Scenario and session.
    fn open_and_save_ui(&mut self, ui: &mut Ui) {
        if item(
            ui,
            t!("Open…"),
            "Ctrl+O",
            t!("A scenario or a lecture (.ron), or a session (.wfr)"),
        )
        .clicked()
        {
            self.queue.push(Action::Open);
        }
        self.recent_ui(ui);
        ui.menu_button(t!("Lectures…"), |ui| self.lectures_ui(ui));
        ui.separator();
        let help = t!("Everything the run depends on, as a text to read and change; not what has happened since");
        if item(ui, t!("Save scenario"), "Ctrl+S", help).clicked() {
            self.queue.push(Action::SaveScenario);
        }
        if item(ui, t!("Save scenario as…"), "", help).clicked() {
            self.ask_where(ui.ctx(), Purpose::SaveScenario);
        }
        let help =
            t!("The run as it stands, what was done to it, and how it is looked at: it goes on to the same bits");
        if item(ui, t!("Save session"), "Ctrl+Shift+S", help).clicked() {
            self.queue.push(Action::SaveSession);
        }
        if item(ui, t!("Save session as…"), "", help).clicked() {
            self.ask_where(ui.ctx(), Purpose::SaveSession);
        }
        ui.separator();
        let help = t!("One line that reopens exactly this run, in a message or on a slide");
        if item(ui, t!("Copy code"), "L", help).clicked() {
            self.queue.push(Action::CopyCode);
        }
        if item(
            ui,
            t!("Open code…"),
            "Ctrl+V",
            t!("Opens a run from its line; Ctrl+V opens the one that was copied"),
        )
        .clicked()
        {
            self.ask_where(ui.ctx(), Purpose::Code);
        }
    }

    fn recent_ui(&mut self, ui: &mut Ui) {
        let recent = self.files.recent.clone();
        ui.add_enabled_ui(!recent.is_empty(), |ui| {
            ui.menu_button(t!("Open recent"), |ui| {
                for path in &recent {
                    let there = path.is_file();
                    let text = RichText::new(name_of(path));
                    let text = if there { text } else { text.strikethrough().weak() };
                    let about = if there {
                        path.display().to_string()
                    } else {
                        t!("{file} is not there any more", file = path.display())
                    };
                    if release(
                        ui.button(text)
                            .accessible_name(t!("Recent {file}", file = name_of(path))),
                    )
                    .on_hover_text(about)
                    .clicked()
                    {
                        ui.close();
                        self.open_recent(ui.ctx(), path);
                    }
                }
            });
        });
    }

    /// Opens a file of the list, or says that it has gone and takes it off.
    fn open_recent(&mut self, ctx: &Context, path: &Path) {
        if path.is_file() {
            self.open_path(ctx, path.to_owned());
        } else {
            let sentence = t!(
                "{file} is not there any more: it is off the list now",
                file = path.display()
            );
            self.notices.error(ctx, &sentence);
            self.note_recent(path, false);
        }
    }

    /// Pictures, films and tables.
    fn exports_menu_ui(&mut self, ui: &mut Ui) {
        if item(ui, t!("Export…"), "E", t!("Pictures, films and tables")).clicked() {
            self.queue.push(Action::ToggleExports);
        }
    }

    /// What is held over the window or dropped onto it.
    pub(super) fn dropped_ui(&mut self, ctx: &Context) {
        let (hovered, dropped) = ctx.input(|i| {
            let hovered = i.raw.hovered_files.first().map(|file| file.path.clone());
            let dropped = i.raw.dropped_files.first().map(|file| file.path().to_owned());
            (hovered, dropped)
        });
        if let Some(path) = dropped {
            self.open_path(ctx, path);
        } else if let Some(path) = hovered {
            let ends_in = |path: &Path, ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
            let sentence = match path.as_deref() {
                Some(path) if ends_in(path, "ron") => {
                    t!("Drop to open {file}", file = name_of(path))
                }
                Some(path) if ends_in(path, "wfr") => {
                    t!("Drop to open the session {file}", file = name_of(path))
                }
                Some(path) => t!(
                    "{file} is neither a scenario or lecture (.ron) nor a session (.wfr)",
                    file = name_of(path)
                ),
                None => t!("Drop a scenario or lecture (.ron) or a session (.wfr)").to_owned(),
            };
            let tokens = Profile::of(ctx).tokens();
            let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("dropping")));
            let all = ctx.content_rect();
            painter.rect_filled(all, 0.0, tokens.window.gamma_multiply(0.85));
            painter.text(
                all.center(),
                Align2::CENTER_CENTER,
                sentence,
                FontId::proportional(size::MASS),
                tokens.text,
            );
        }
    }

    /// Asks what to do about a session whose state is damaged.
    pub(super) fn damaged_ui(&mut self, ctx: &Context) {
        let Some((path, session, damage)) = self.files.damaged.take() else {
            return;
        };
        let name = path.as_deref().map_or_else(|| t!("The session").to_owned(), name_of);
        let sentence = t!(
            "{name}: {damage}. What was done to it is whole: the run can be repeated, {steps} steps, to the same bits.",
            name,
            damage,
            steps = session.step
        );
        match bar_ui(ctx, "damaged", &sentence, [t!("Repeat the run"), t!("Leave it")]) {
            None => self.files.damaged = Some((path, session, damage)),
            Some(true) => {
                let session = crate::share::Session {
                    frame: None,
                    ..*session
                };
                self.take_up(ctx, path, super::Opened::Session(session, None));
            }
            Some(false) => {}
        }
    }
}

/// A question at the top of the window with two answers; whether the first was chosen, once one was.
pub(super) fn bar_ui(ctx: &Context, id: &'static str, sentence: &str, [yes, no]: [&str; 2]) -> Option<bool> {
    let tokens = Profile::of(ctx).tokens();
    let mut answer = None;
    egui::Area::new(Id::unique(id))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_TOP, [0.0, 52.0])
        .show(ctx, |ui| {
            let frame = egui::Frame::new().fill(tokens.notice).corner_radius(6).inner_margin(10);
            frame.show(ui, |ui| {
                ui.set_max_width(620.0);
                ui.label(RichText::new(sentence).size(size::BODY).color(tokens.on_notice));
                ui.horizontal(|ui| {
                    if button(ui, yes, yes).clicked() {
                        answer = Some(true);
                    }
                    if button(ui, no, no).clicked() {
                        answer = Some(false);
                    }
                });
            });
        });
    answer
}

/// A row of the menu; it closes the menu.
fn item(ui: &mut Ui, text: &str, keys: &str, help: &str) -> Response {
    let button = Button::new(text).shortcut_text(keys);
    let response = release(ui.add_sized([ui.available_width(), 0.0], button).accessible_name(text)).on_hover_text(help);
    if response.clicked() {
        ui.close();
    }
    response
}
