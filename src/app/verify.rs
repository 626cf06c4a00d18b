//! The page of identities: each recomputed on a thread of its own, with what was computed and what was expected.

use std::time::Duration;

use eframe::egui;
use eframe::egui::{Align, CentralPanel, Layout, Panel, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::identities::{Columns, LINE, Line, State, details_ui};
use super::theme::{Theme, size};
use super::widgets::{button, icon_button};
use crate::verify::{self, Check, Finished, Job, checks};
use crate::words::{said, t};

/// What the page knows.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Whether it is shown instead of the lab.
    pub(super) open: bool,
    job: Option<Job>,
    /// One per check of the list, once there is one.
    results: Vec<Option<Finished>>,
    /// Checks of which every comparison is shown.
    opened: Vec<&'static str>,
}

impl Page {
    fn result(&self, index: usize) -> Option<&Finished> {
        self.results.get(index).and_then(Option::as_ref)
    }

    fn state(&self, index: usize) -> State {
        let current = self.job.as_ref().and_then(Job::current);
        match self.result(index) {
            Some(finished) if finished.holds() => State::Holds,
            Some(_) => State::Fails,
            None if current.is_some_and(|c| c.name == checks()[index].name) => State::Running,
            None => State::NotRun,
        }
    }

    /// Starts these checks; what was known of them is forgotten.
    fn start(&mut self, ctx: &egui::Context, wanted: Vec<&'static Check>) -> std::io::Result<()> {
        self.results.resize(checks().len(), None);
        for (slot, check) in self.results.iter_mut().zip(checks()) {
            if wanted.iter().any(|w| w.name == check.name) {
                *slot = None;
            }
        }
        let ctx = ctx.clone();
        self.job = Some(Job::spawn(wanted, move || ctx.request_repaint())?);
        Ok(())
    }

    /// Takes over what has been finished.
    fn watch(&mut self, ctx: &egui::Context) {
        let Some(job) = &self.job else { return };
        let over = job.is_over();
        for finished in job.take() {
            let index = checks().iter().position(|c| c.name == finished.check.name);
            if let Some(slot) = index.and_then(|i| self.results.get_mut(i)) {
                *slot = Some(finished);
            }
        }
        if over {
            self.job = None;
        } else {
            ctx.request_repaint_after(Duration::from_millis(100));
        }
    }

    fn finished(&self) -> Vec<Finished> {
        self.results.iter().flatten().cloned().collect()
    }
}

impl App {
    /// Draws the page over the whole window.
    pub(super) fn verify_ui(&mut self, ui: &mut Ui) {
        self.verify.watch(ui.ctx());
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new()
            .fill(tokens.panel)
            .inner_margin(egui::Margin::symmetric(14, 8));
        let mut wanted: Option<Vec<&'static Check>> = None;
        Panel::top("identities")
            .frame(frame)
            .show(ui, |ui| self.identities_head_ui(ui, &mut wanted));
        let frame = egui::Frame::new()
            .fill(tokens.window)
            .inner_margin(egui::Margin::symmetric(14, 4));
        CentralPanel::default().frame(frame).show(ui, |ui| {
            let columns = Columns::of(ui.available_width());
            columns.titles_ui(ui, tokens);
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                self.identities_ui(ui, &columns, &mut wanted);
                ui.add_space(LINE);
            });
        });
        if let Some(wanted) = wanted
            && let Err(error) = self.verify.start(ui.ctx(), wanted)
        {
            let sentence = t!("The checks cannot be started: {error}.", error);
            self.notices.error(ui.ctx(), &sentence);
        }
    }

    /// Title, buttons, progress.
    fn identities_head_ui(&mut self, ui: &mut Ui, wanted: &mut Option<Vec<&'static Check>>) {
        let tokens = Theme::of(ui).tokens();
        let finished = self.verify.finished();
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), 28.0),
            Layout::right_to_left(Align::Center),
            |ui| {
                if icon_button(ui, Icon::Close, t!("Back to the lab"), t!("V or Esc"), 26.0).clicked() {
                    self.queue.push(Action::ToggleVerify);
                }
                if icon_button(ui, Icon::Keys, t!("Keys"), t!("The list of keys (F1)"), 26.0).clicked() {
                    self.queue.push(Action::ToggleKeys);
                }
                let look = match self.options.theme {
                    Theme::Light => t!("Dark theme"),
                    Theme::Dark => t!("Light theme"),
                };
                if icon_button(ui, Icon::Theme, look, "", 26.0).clicked() {
                    self.queue.push(Action::SwitchTheme);
                }
                ui.separator();
                ui.add_enabled_ui(!finished.is_empty(), |ui| {
                    if button(ui, t!("Copy as text"), t!("Copy as text")).clicked() {
                        ui.copy_text(verify::report(&finished));
                        self.notices.hint(ui.ctx(), t!("The results are on the clipboard."));
                    }
                });
                if let Some(job) = &self.verify.job {
                    if button(ui, t!("Cancel"), t!("Cancel the checks")).clicked() {
                        job.cancel();
                    }
                } else {
                    let word = if finished.is_empty() {
                        t!("Run all")
                    } else {
                        t!("Run all again")
                    };
                    if button(ui, word, t!("Run all checks")).clicked() {
                        *wanted = Some(checks().iter().collect());
                    }
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.label(RichText::new(t!("Identities")).size(size::HEADING).strong());
                    let about = t!("What the lab rests on, recomputed now: each side by a route of its own.");
                    ui.add(egui::Label::new(RichText::new(about).color(tokens.text_weak)).truncate());
                });
            },
        );
        self.progress_ui(ui, &finished);
    }

    /// A bar while something is computed, and in words how it stands.
    fn progress_ui(&self, ui: &mut Ui, finished: &[Finished]) {
        let tokens = Theme::of(ui).tokens();
        let failed = finished.iter().filter(|f| !f.holds()).count();
        ui.horizontal(|ui| {
            ui.set_min_height(22.0);
            let seconds: f64 = finished.iter().map(|f| f.seconds).sum();
            let summary = if finished.is_empty() {
                t!("{number} identities, none computed yet", number = checks().len())
            } else {
                t!(
                    "{held} of {all} identities hold ({seconds} s)",
                    held = finished.len() - failed,
                    all = finished.len(),
                    seconds = format_args!("{seconds:.1}")
                )
            };
            let color = match (failed, finished.is_empty()) {
                (_, true) => tokens.text_weak,
                (0, _) => tokens.good,
                _ => tokens.error,
            };
            ui.label(RichText::new(summary).color(color).strong());
            if let Some(job) = &self.verify.job {
                let share = job.share();
                let percent = format!("{:.0}", 100.0 * share);
                ui.add_space(8.0);
                let (rect, response) = ui.allocate_exact_size(vec2(220.0, 8.0), Sense::hover());
                let done = Rect::from_min_size(rect.min, vec2(share as f32 * rect.width(), rect.height()));
                ui.painter().rect_filled(rect, 4.0, tokens.control);
                ui.painter().rect_filled(done, 4.0, tokens.accent);
                response.widget_info(|| {
                    WidgetInfo::labeled(Role::ProgressIndicator, true, t!("{percent} % done", percent))
                });
                let name = job.current().map_or("", |c| c.name);
                let text = format!("{percent} %  {name}");
                ui.label(RichText::new(text).color(tokens.text_weak));
            }
        });
    }

    /// The table.
    fn identities_ui(&mut self, ui: &mut Ui, columns: &Columns, wanted: &mut Option<Vec<&'static Check>>) {
        let tokens = Theme::of(ui).tokens();
        let mut group = "";
        for (index, check) in checks().iter().enumerate() {
            if check.group != group {
                group = check.group;
                if let Some(all) = group_ui(ui, &self.verify, group) {
                    *wanted = Some(all);
                }
            }
            let opened = self.verify.opened.contains(&check.name);
            let line = Line {
                check,
                state: self.verify.state(index),
                result: self.verify.result(index),
                opened,
                idle: self.verify.job.is_none(),
            };
            let (toggled, run) = line.ui(ui, columns, tokens);
            if opened && let Some(finished) = line.result {
                details_ui(ui, columns, tokens, finished);
            }
            if toggled {
                if opened {
                    self.verify.opened.retain(|name| *name != check.name);
                } else {
                    self.verify.opened.push(check.name);
                }
            }
            if run {
                *wanted = Some(vec![check]);
            }
        }
    }
}

/// The heading of a group. All of its checks, if they are to be run.
fn group_ui(ui: &mut Ui, page: &Page, group: &'static str) -> Option<Vec<&'static Check>> {
    let tokens = Theme::of(ui).tokens();
    ui.add_space(8.0);
    let states = checks().iter().enumerate().filter(|(_, c)| c.group == group);
    let (all, held) = states.fold((0, 0), |(all, held), (k, _)| {
        (all + 1, held + usize::from(page.state(k) == State::Holds))
    });
    let mut wanted = None;
    ui.horizontal(|ui| {
        ui.set_min_height(LINE);
        ui.label(RichText::new(said(group)).size(size::BODY + 1.5).strong());
        ui.label(RichText::new(t!("{held} of {all}", held, all)).color(tokens.text_weak));
        let name = t!("Run {name}", name = said(group));
        // One thing at a time: while something is computed there is nothing to start.
        if page.job.is_none() && icon_button(ui, Icon::Play, &name, t!("All checks of this group"), 20.0).clicked() {
            wanted = Some(checks().iter().filter(|c| c.group == group).collect());
        }
    });
    wanted
}
