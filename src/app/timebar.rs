//! The bar at the bottom: the strip of time, clock, play, pace, and reset far away from play.

use eframe::egui;
use eframe::egui::{Align, Context, Layout, Panel, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::mixture::{noise, place};
use super::theme::{Theme, Tokens, size};
use super::widgets::{Effect, focus_ring, grouped, icon_button, number_ui, release, short, tick_ui};
use crate::engine::{Control, Report, Status};
use crate::scenario::SPEED;
use crate::words::{msg, t};

/// Height of the bar, and of the strip of time above it.
const HEIGHT: f32 = 54.0;
const STRIP: f32 = 30.0;

/// Frames per second, counted only while something moves.
#[derive(Debug, Default)]
pub(super) struct FrameRate {
    last: Option<f64>,
    /// Seconds from frame to frame, smoothed.
    interval: f64,
}

impl FrameRate {
    /// Counts a frame.
    pub(super) fn count(&mut self, ctx: &Context, running: bool) {
        let now = ctx.input(|i| i.time);
        if running && let Some(last) = self.last {
            // Rates of single frames leap; their durations add up to the time that they took.
            let interval = now - last;
            self.interval += if self.interval == 0.0 {
                interval
            } else {
                0.05 * (interval - self.interval)
            };
        }
        self.last = running.then_some(now);
    }

    fn per_second(&self) -> f64 {
        if self.interval > 0.0 { 1.0 / self.interval } else { 0.0 }
    }
}

impl App {
    /// Draws the bar.
    pub(super) fn time_bar_ui(&mut self, ui: &mut Ui) {
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new()
            .fill(tokens.panel)
            .inner_margin(egui::Margin::symmetric(12, 6));
        Panel::bottom("time")
            .exact_size(HEIGHT + STRIP)
            .frame(frame)
            .show(ui, |ui| {
                ui.allocate_ui(vec2(ui.available_width(), STRIP), |ui| self.past_ui(ui));
                let bar = ui.available_rect_before_wrap();
                // Three zones; the middle one has its play button in the middle of the window.
                let middle = 190.0_f32.min(0.34 * bar.width());
                let left = Rect::from_min_max(bar.min, egui::pos2(bar.center().x - 0.5 * middle, bar.max.y));
                let center = Rect::from_center_size(bar.center(), vec2(middle, bar.height()));
                let right = Rect::from_min_max(egui::pos2(bar.center().x + 0.5 * middle, bar.min.y), bar.max);
                let zone = |ui: &mut Ui, rect: Rect, layout: Layout, salt: &str, add: &mut dyn FnMut(&mut Ui)| {
                    let mut zone =
                        ui.new_child(UiBuilder::new().max_rect(rect).layout(layout).id_salt(salt.to_owned()));
                    zone.set_clip_rect(rect.intersect(ui.clip_rect()));
                    add(&mut zone);
                };
                zone(ui, left, Layout::left_to_right(Align::Center), "clock", &mut |ui| {
                    self.clock_ui(ui, tokens);
                });
                zone(ui, center, Layout::left_to_right(Align::Center), "play", &mut |ui| {
                    self.play_ui(ui, tokens);
                });
                zone(ui, right, Layout::right_to_left(Align::Center), "pace", &mut |ui| {
                    self.pace_ui(ui, tokens);
                });
            });
    }

    fn clock_ui(&self, ui: &mut Ui, tokens: &Tokens) {
        let Some(report) = &self.report else { return };
        let (status, seconds) = self.place_in_time(report);
        let status = match self.shortfall(report) {
            Some(pace) if seconds.is_none() => {
                t!(
                    "{status} at {pace} of {wanted} time/s",
                    status,
                    pace = short(pace),
                    wanted = short(self.draft.speed)
                )
            }
            _ => status.to_owned(),
        };
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let scenario = &report.snapshot.scenario;
            let (clock, help) = match noise(scenario, report.snapshot.time) {
                None => (place(scenario, report.snapshot.time), t!("Model time")),
                Some(noise) => (
                    format!("{} · {noise}", place(scenario, report.snapshot.time)),
                    t!(
                        "t is the time of the diffusion: 1 at the noise, 0 at the data. The noise is its share s² of the variance: what is left of the data is √(1 − s²)."
                    ),
                ),
            };
            ui.set_min_width(140.0);
            ui.label(RichText::new(clock).size(size::CLOCK)).on_hover_text(help);
            let step = grouped(report.snapshot.step as i64);
            let seed = scenario.seed;
            let text = if scenario.is_reverse() {
                let steps = grouped(scenario.steps() as i64);
                t!("step {step} of {steps}    seed {seed}", step, steps, seed)
            } else {
                t!("step {step}    seed {seed}", step, seed)
            };
            ui.label(RichText::new(text).color(tokens.text_weak))
                .on_hover_text(t!("The seed can be set under Start: the same seed gives the same run."));
        });
        // A long seed ends right before.
        ui.add_space(8.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let color = if report.status == Status::Running {
                tokens.accent
            } else {
                tokens.text
            };
            ui.add_space(5.0);
            ui.label(RichText::new(status).color(color));
            let hint = if let Some(seconds) = seconds {
                t!("for {seconds} s", seconds = format_args!("{seconds:.0}"))
            } else if report.strip.now.step < report.strip.last.step {
                let scenario = &report.snapshot.scenario;
                t!("live end: {place}", place = place(scenario, report.strip.last.time))
            } else if self.is_at_data() {
                t!("At the data. Play begins again in the noise.").to_owned()
            } else if report.snapshot.step == 0 && report.status == Status::Paused {
                t!("Press Space or Play to start.").to_owned()
            } else if report.status == Status::Running {
                let per_second = |rate: f64| grouped(rate.round() as i64);
                t!(
                    "{steps} steps/s    {frames} frames/s",
                    steps = per_second(report.steps_per_second),
                    frames = per_second(self.frames.per_second())
                )
            } else {
                String::new()
            };
            ui.add(egui::Label::new(RichText::new(hint).color(tokens.text_weak)).truncate())
                .on_hover_text(t!(
                    "Simulation steps and drawn pictures per second of the clock on the wall"
                ));
        });
    }

    /// The pace (model time per second) of a run that cannot keep the one asked for.
    fn shortfall(&self, report: &Report) -> Option<f64> {
        let pace = report.steps_per_second * report.snapshot.scenario.dt;
        let short = report.status == Status::Running && !self.flat_out && pace > 0.0 && pace < 0.8 * self.draft.speed;
        short.then_some(pace)
    }

    fn play_ui(&mut self, ui: &mut Ui, tokens: &Tokens) {
        let (edge, diameter) = (28.0, 40.0);
        let gap = ui.spacing().item_spacing.x;
        let all = 3.0 * edge + diameter + 3.0 * gap;
        // The play button stands in the middle of the window.
        ui.add_space(
            (0.5 * (ui.available_width() - diameter) - edge - gap)
                .max(0.0)
                .min((ui.available_width() - all).max(0.0)),
        );
        if icon_button(
            ui,
            Icon::Back,
            t!("Step back"),
            t!("One step back; Shift and , takes ten (,)"),
            edge,
        )
        .clicked()
        {
            self.queue.push(Action::StepBack(1));
        }
        let (icon, name, help) = if self.running() {
            (Icon::Pause, t!("Pause"), t!("Pause (Space)"))
        } else if self.is_at_data() {
            (
                Icon::Play,
                t!("Play"),
                t!("Play: the data are reached, so it begins again in the noise (Space)"),
            )
        } else {
            (Icon::Play, t!("Play"), t!("Play (Space)"))
        };
        let (rect, response) = ui.allocate_exact_size(vec2(diameter, diameter), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        let fill = if response.hovered() {
            tokens.accent.gamma_multiply(0.85)
        } else {
            tokens.accent
        };
        ui.painter().circle_filled(rect.center(), 0.5 * diameter, fill);
        focus_ring(ui, &response, rect, 0.5 * diameter);
        icon.paint(
            ui.painter(),
            Rect::from_center_size(rect.center(), vec2(20.0, 20.0)),
            tokens.on_accent,
        );
        if release(response).on_hover_text(help).clicked() {
            self.queue.push(Action::TogglePlay);
        }
        if icon_button(
            ui,
            Icon::Step,
            t!("Step"),
            t!("One step; Shift and . takes ten (.)"),
            edge,
        )
        .clicked()
        {
            self.queue.push(Action::Step(1));
        }
        let behind = self
            .report
            .as_ref()
            .is_some_and(|r| r.strip.now.step < r.strip.last.step);
        ui.add_enabled_ui(behind, |ui| {
            if icon_button(
                ui,
                Icon::ToEnd,
                t!("Live end"),
                t!("As far as the run has come (End)"),
                edge,
            )
            .clicked()
            {
                self.queue.push(Action::GoTo(u64::MAX));
            }
        });
    }

    /// From the right: reset, then the pace.
    fn pace_ui(&mut self, ui: &mut Ui, tokens: &Tokens) {
        let waiting = self.waiting();
        let armed = self.past.armed.and_then(|step| {
            let marks = &self.report.as_ref()?.strip.marks;
            let mark = marks.iter().find(|mark| mark.step == step)?;
            Some(place(&self.report.as_ref()?.snapshot.scenario, mark.time))
        });
        let (text, fill, color) = match &armed {
            Some(place) => (t!("Back to {place}", place), tokens.control, tokens.text),
            None if waiting => (t!("Reset to apply").to_owned(), tokens.notice, tokens.on_notice),
            None => (t!("Reset").to_owned(), tokens.control, tokens.text),
        };
        let help = match &armed {
            Some(_) => t!("Back to the checkpoint, with the settings as they are now (R)."),
            None if self.draft.is_reverse() => {
                t!("Begin again in the noise with the same seed (R). The same seed gives the same run.")
            }
            None => t!("Start again from t = 0 with the same seed (R). The same seed gives the same run."),
        };
        let button = egui::Button::new(RichText::new(text).color(color))
            .fill(fill)
            .min_size(vec2(76.0, 34.0));
        let button = release(ui.add(button)).on_hover_text(help);
        if button.clicked() {
            self.queue.push(Action::Reset);
        }
        ui.add_space(18.0);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(12.0);
            let room = ui.available_width();
            let wide = room > 330.0;
            ui.allocate_ui_with_layout(
                vec2(room.min(330.0), 30.0),
                Layout::left_to_right(Align::Center),
                |ui| {
                    number_ui(
                        ui,
                        t!("Speed"),
                        msg!("Speed"),
                        &mut self.draft.speed,
                        (&SPEED, Effect::Live),
                    );
                },
            );
            if wide
                && tick_ui(
                    ui,
                    &mut self.flat_out,
                    msg!("flat out"),
                    t!("As fast as the machine allows, whatever the speed says"),
                )
            {
                self.drive.send(Control::FlatOut(self.flat_out));
            }
        });
    }
}
