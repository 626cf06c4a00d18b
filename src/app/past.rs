//! What can be done with time: checkpoints, running to a time, pausing on a condition, the memory of the past; and the way out of
//! a step that takes too long ([`anew`]).

mod anew;

use std::sync::mpsc::Receiver;

use eframe::egui;
use eframe::egui::style::StyleModifier;
use eframe::egui::{
    DragValue, Popup, PopupCloseBehavior, ProgressBar, RectAlign, Response, RichText, TextEdit, Ui, vec2,
};

use super::App;
use super::actions::Action;
use super::mixture::place;
use super::theme::{Theme, size};
use super::typed::plain;
use super::widgets::{button, grouped, named_tick_ui, note_ui, release, sentence, short};
use crate::engine::{Control, Engine, Status};
use crate::timeline::Condition;
use crate::words::t;

/// A step longer than this is too long (seconds).
const PATIENCE: f64 = 3.0;
/// Bytes in a MiB.
const MIB: f64 = 1_048_576.0;

/// What the window remembers of time.
#[derive(Debug)]
pub(super) struct Past {
    /// Conditions that were told of.
    pub(super) met: u64,
    /// The time under the pointer while the rail is dragged.
    pub(super) dragged: Option<f64>,
    /// The checkpoint that a reset returns to.
    pub(super) armed: Option<u64>,
    /// The time to run to, and whether it is on its way there, from which time.
    run_to: f64,
    running_to: Option<(f64, f64)>,
    conditions: Vec<String>,
    limit: f64,
    /// Until when a step that takes long is waited for.
    patience: f64,
    /// Where an engine that starts anew comes from.
    anew: Option<Receiver<std::io::Result<Engine>>>,
}

impl Default for Past {
    fn default() -> Self {
        Self {
            met: 0,
            dragged: None,
            armed: None,
            run_to: 10.0,
            running_to: None,
            conditions: Vec::new(),
            limit: crate::timeline::LIMIT as f64 / MIB,
            patience: PATIENCE,
            anew: None,
        }
    }
}

/// Of the texts of conditions, those that are some, or what is wrong with each.
fn read(conditions: &[String]) -> Vec<Result<Condition, String>> {
    let written = conditions.iter().filter(|text| !text.trim().is_empty());
    written
        .map(|text| {
            text.parse()
                .map_err(|error: crate::timeline::ConditionError| error.to_string())
        })
        .collect()
}

/// What opens above a button of the bar: fields and buttons that look like what they are, as nowhere in a menu of words.
fn popup(opener: &Response) -> Popup<'_> {
    Popup::menu(opener)
        .style(StyleModifier::default())
        .align(RectAlign::TOP_START)
        .gap(4.0)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
}

/// A time worth running to from another: the next ten.
fn ahead_of(now: f64) -> f64 {
    10.0 * ((now / 10.0).floor() + 1.0)
}

impl App {
    /// The row above the bar: checkpoints, the rail, and three menus.
    pub(super) fn past_ui(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            self.checkpoints_ui(ui);
            let menus = 268.0;
            let rail = (ui.available_width() - menus).max(60.0);
            ui.allocate_ui(vec2(rail, ui.available_height()), |ui| {
                if !self.way_ui(ui) {
                    self.scrubber_ui(ui);
                }
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                self.memory_ui(ui);
                self.conditions_ui(ui);
                self.run_to_ui(ui);
            });
        });
    }

    fn checkpoints_ui(&mut self, ui: &mut Ui) {
        let marks = self
            .report
            .as_ref()
            .map(|report| report.strip.marks.clone())
            .unwrap_or_default();
        if !marks.iter().any(|mark| Some(mark.step) == self.past.armed) {
            self.past.armed = None;
        }
        let text = if marks.is_empty() {
            t!("Checkpoints").to_owned()
        } else {
            t!("Checkpoints {count}", count = marks.len())
        };
        let opener =
            button(ui, &text, t!("Checkpoints")).on_hover_text(t!("Places in time to come back to (K sets one)"));
        let menu = popup(&opener);
        menu.show(|ui| {
            if button(ui, t!("Set one here (K)"), t!("Set a checkpoint")).clicked() {
                self.queue.push(Action::Mark);
            }
            let scenario = self
                .report
                .as_ref()
                .map(|report| std::sync::Arc::clone(&report.snapshot.scenario));
            for mark in marks {
                let name = scenario
                    .as_ref()
                    .map_or_else(String::new, |scenario| place(scenario, mark.time));
                ui.horizontal(|ui| {
                    if button(ui, &name, &t!("Go to {place}", place = name)).clicked() {
                        self.queue.push(Action::GoTo(mark.step));
                    }
                    // On the way from noise to data settings are not taken over, and there is nothing to come back for.
                    let flows = !self.draft.is_reverse();
                    let mut armed = self.past.armed == Some(mark.step);
                    let help = t!("A reset comes back here, with the settings as they are then, instead of t = 0.");
                    let accessible = t!("Reset returns to {place}", place = name);
                    if flows && named_tick_ui(ui, &mut armed, (t!("reset returns here"), &accessible), help) {
                        self.past.armed = armed.then_some(mark.step);
                    }
                    if button(ui, "×", &t!("Delete the checkpoint at {place}", place = name)).clicked() {
                        self.drive.send(Control::Unmark(mark.step));
                    }
                });
            }
        });
    }

    /// In place of the rail: a way that is long, with a button to stay where it has led. Whether there is one.
    fn way_ui(&mut self, ui: &mut Ui) -> bool {
        let Some(report) = self.report.clone() else {
            return false;
        };
        let tokens = Theme::of(ui).tokens();
        let (text, part) = if let Some(travel) = report.travel.filter(|_| self.past.dragged.is_none()) {
            let (from, to, now) = (travel.from as f64, travel.to as f64, report.snapshot.step as f64);
            let text = t!("Going to step {step}", step = grouped(travel.to as i64));
            (text, (now - from) / (to - from).max(1.0))
        } else if let Some((from, to)) = self.past.running_to.filter(|_| report.status == Status::Running) {
            let text = match report.snapshot.scenario.is_reverse() {
                true => t!("Running to {place}", place = place(&report.snapshot.scenario, to)),
                false => t!("Running to t = {time}", time = short(to)),
            };
            (text, (report.snapshot.time - from) / (to - from).max(1e-9))
        } else {
            self.past.running_to = None;
            return false;
        };
        ui.horizontal_centered(|ui| {
            ui.label(RichText::new(text).size(size::SMALL).color(tokens.text));
            let room = (ui.available_width() - 70.0).max(30.0);
            ui.add(
                ProgressBar::new(part.clamp(0.0, 1.0) as f32)
                    .desired_width(room)
                    .desired_height(8.0),
            );
            if button(ui, t!("Cancel"), t!("Cancel the way"))
                .on_hover_text(t!("Stay where it has come to (Esc)"))
                .clicked()
            {
                self.cancel_way();
            }
        });
        true
    }

    /// Stays where a way through time has led; whether there was one.
    pub(super) fn cancel_way(&mut self) -> bool {
        let running = self.past.running_to.take().is_some() && self.running();
        let travels = self.report.as_ref().is_some_and(|report| report.travel.is_some());
        if running {
            self.forget_return();
            self.drive.send(Control::Pause);
        }
        if travels {
            self.drive.send(Control::Cancel);
        }
        running || travels
    }

    fn run_to_ui(&mut self, ui: &mut Ui) {
        let opener =
            button(ui, t!("Run to…"), t!("Run to")).on_hover_text(t!("Run as fast as possible to a time, then pause"));
        let now = self.report.as_ref().map_or(0.0, |report| report.snapshot.time);
        // From noise to data the time of the diffusion goes down.
        let mixture = self
            .report
            .as_ref()
            .map(|report| std::sync::Arc::clone(&report.snapshot.scenario));
        let mixture = mixture.filter(|scenario| scenario.is_reverse());
        let wanted = |time: f64| match &mixture {
            Some(scenario) => scenario.model_time(time).unwrap_or(time),
            None => time,
        };
        if opener.clicked() && (wanted(self.past.run_to) <= now || mixture.is_some()) {
            self.past.run_to = if mixture.is_some() { 0.0 } else { ahead_of(now) };
        }
        let menu = popup(&opener);
        menu.show(|ui| {
            ui.horizontal(|ui| {
                ui.label("t =");
                let field = DragValue::new(&mut self.past.run_to)
                    .range(0.0..=if mixture.is_some() { 1.0 } else { 1e9 })
                    .speed(if mixture.is_some() { 0.005 } else { 0.1 })
                    .max_decimals(4);
                ui.add(field).accessible_name(t!("Time to run to"));
                let to = wanted(self.past.run_to);
                let ahead = to > now;
                let go = ui.add_enabled(ahead, egui::Button::new(t!("Run")));
                let hover = t!("As fast as possible; the pictures follow as they can");
                if release(go)
                    .on_hover_text(hover)
                    .on_disabled_hover_text(t!("That time is past"))
                    .clicked()
                {
                    self.forget_return();
                    self.past.running_to = Some((now, to));
                    self.drive.send(Control::RunUntil(to));
                    ui.close();
                }
            });
        });
    }

    fn conditions_ui(&mut self, ui: &mut Ui) {
        let active = read(&self.past.conditions).iter().filter(|c| c.is_ok()).count();
        let text = if active == 0 {
            t!("Pause when…").to_owned()
        } else {
            t!("Pause when ({count})", count = active)
        };
        let opener =
            button(ui, &text, t!("Pause when")).on_hover_text(t!("Pause by itself when something is measured"));
        if opener.clicked() && self.past.conditions.is_empty() {
            self.past.conditions.push(String::new());
        }
        let menu = popup(&opener);
        menu.show(|ui| {
            ui.set_min_width(250.0);
            note_ui(
                ui,
                t!("One condition a line: kl < 0.01, WFR.ess < 0.2, t >= 5, mass(1) < 0.5, l1, energy, mmd, missed."),
            );
            let tokens = Theme::of(ui).tokens();
            let mut changed = false;
            let mut gone = None;
            for (i, text) in self.past.conditions.iter_mut().enumerate() {
                ui.horizontal(|ui| {
                    let field = TextEdit::singleline(text)
                        .hint_text("WFR.kl < 0.01")
                        .desired_width(200.0);
                    let response = ui.add(field).on_hover_text(t!("Condition {number}", number = i + 1));
                    changed |= response.changed();
                    if !text.trim().is_empty() && text.parse::<Condition>().is_err() {
                        let line = response.rect.x_range();
                        ui.painter()
                            .hline(line, response.rect.bottom(), egui::Stroke::new(2.0, tokens.error));
                    }
                    if button(ui, "×", &t!("Delete condition {number}", number = i + 1)).clicked() {
                        gone = Some(i);
                    }
                });
                if let Some(Err(error)) = read(std::slice::from_ref(text)).pop() {
                    ui.label(RichText::new(sentence(&error)).size(size::SMALL).color(tokens.error));
                }
            }
            if let Some(i) = gone {
                self.past.conditions.remove(i);
                changed = true;
            }
            if button(ui, t!("Add a condition"), t!("Add a condition")).clicked() {
                self.past.conditions.push(String::new());
            }
            if changed {
                self.send_conditions();
            }
        });
    }

    fn send_conditions(&mut self) {
        let conditions = read(&self.past.conditions).into_iter().flatten().collect();
        self.drive.send(Control::PauseWhen(conditions));
    }

    fn memory_ui(&mut self, ui: &mut Ui) {
        let Some(report) = self.report.clone() else { return };
        let strip = &report.strip;
        let mib = |bytes: usize| (bytes as f64 / MIB).round();
        let opener =
            button(ui, &format!("{} MiB", mib(strip.bytes)), t!("History")).on_hover_text(t!("Memory of the past"));
        let menu = popup(&opener);
        menu.show(|ui| {
            let text = t!(
                "History {held} of {most} MiB, every {interval}",
                held = mib(strip.bytes),
                most = mib(strip.limit),
                interval = short(strip.interval)
            );
            ui.label(text);
            ui.horizontal(|ui| {
                ui.label(t!("at most"));
                let field = DragValue::new(&mut self.past.limit)
                    .range(1.0..=1e6)
                    .suffix(" MiB")
                    .max_decimals(0);
                // Nothing is thinned out while a longer number is typed.
                if ui.add(plain(ui.ctx(), field)).changed() {
                    self.drive.send(Control::HistoryLimit((self.past.limit * MIB) as usize));
                }
            });
            note_ui(
                ui,
                t!(
                    "From a kept state the steps after it are repeated, to the last bit. Where memory is short \
                     fewer are kept."
                ),
            );
        });
    }
}
