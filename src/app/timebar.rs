//! The bar at the bottom: clock, play, pace, and reset far away from play.

use eframe::egui;
use eframe::egui::{Align, Context, Layout, Panel, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::theme::{Theme, Tokens, size};
use super::widgets::{Effect, grouped, icon_button, number_ui, release};
use crate::engine::{Control, Status};
use crate::scenario::SPEED;

/// Height of the bar.
const HEIGHT: f32 = 64.0;

/// Frames per second, counted only while something moves.
#[derive(Debug, Default)]
pub(super) struct FrameRate {
    last: Option<f64>,
    smoothed: f64,
}

impl FrameRate {
    /// Counts a frame.
    pub(super) fn count(&mut self, ctx: &Context, running: bool) {
        let now = ctx.input(|i| i.time);
        if running && let Some(last) = self.last {
            let rate = 1.0 / (now - last).max(1e-4);
            self.smoothed += if self.smoothed == 0.0 {
                rate
            } else {
                0.05 * (rate - self.smoothed)
            };
        }
        self.last = running.then_some(now);
    }
}

impl App {
    /// Draws the bar.
    pub(super) fn time_bar_ui(&mut self, ui: &mut Ui) {
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new()
            .fill(tokens.panel)
            .inner_margin(egui::Margin::symmetric(12, 6));
        Panel::bottom("time").exact_size(HEIGHT).frame(frame).show(ui, |ui| {
            let bar = ui.available_rect_before_wrap();
            // Three zones; the middle one has its play button in the middle of the window.
            let middle = 150.0_f32.min(0.34 * bar.width());
            let left = Rect::from_min_max(bar.min, egui::pos2(bar.center().x - 0.5 * middle, bar.max.y));
            let center = Rect::from_center_size(bar.center(), vec2(middle, bar.height()));
            let right = Rect::from_min_max(egui::pos2(bar.center().x + 0.5 * middle, bar.min.y), bar.max);
            let zone = |ui: &mut Ui, rect: Rect, layout: Layout, salt: &str, add: &mut dyn FnMut(&mut Ui)| {
                let mut zone = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout).id_salt(salt.to_owned()));
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
        let status = match &report.status {
            Status::Paused => "Paused",
            Status::Running => "Running",
            Status::Stopped(_) => "Stopped",
        };
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let clock = format!("t = {:.3}", report.snapshot.time);
            ui.set_min_width(128.0);
            ui.label(RichText::new(clock).size(size::CLOCK))
                .on_hover_text("Model time");
            ui.label(RichText::new(format!("step {}", grouped(report.snapshot.step as i64))).color(tokens.text_weak));
        });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let color = if report.status == Status::Running {
                tokens.accent
            } else {
                tokens.text
            };
            ui.add_space(5.0);
            ui.label(RichText::new(status).color(color));
            let hint = if report.snapshot.step == 0 && report.status == Status::Paused {
                "Press Space or Play to start.".to_owned()
            } else if report.status == Status::Running {
                let per_second = |rate: f64| grouped(rate.round() as i64);
                format!(
                    "{} steps/s    {} frames/s",
                    per_second(report.steps_per_second),
                    per_second(self.frames.smoothed)
                )
            } else {
                String::new()
            };
            ui.add(egui::Label::new(RichText::new(hint).color(tokens.text_weak)).truncate())
                .on_hover_text("Simulation steps and drawn pictures per second of the clock on the wall");
        });
    }

    fn play_ui(&mut self, ui: &mut Ui, tokens: &Tokens) {
        let edge = 34.0;
        if icon_button(ui, Icon::Step, "Step", "One step; Shift and . takes ten (.)", edge).clicked() {
            self.queue.push(Action::Step(1));
        }
        let room = ui.available_width();
        let diameter = 50.0;
        ui.add_space(((room - edge - diameter) / 2.0 - ui.spacing().item_spacing.x).max(0.0));
        let (icon, name) = if self.running() {
            (Icon::Pause, "Pause")
        } else {
            (Icon::Play, "Play")
        };
        let (rect, response) = ui.allocate_exact_size(vec2(diameter, diameter), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        let fill = if response.hovered() {
            tokens.accent.gamma_multiply(0.85)
        } else {
            tokens.accent
        };
        ui.painter().circle_filled(rect.center(), 0.5 * diameter, fill);
        icon.paint(
            ui.painter(),
            Rect::from_center_size(rect.center(), vec2(20.0, 20.0)),
            tokens.on_accent,
        );
        if release(response).on_hover_text(format!("{name} (Space)")).clicked() {
            self.queue.push(Action::TogglePlay);
        }
    }

    /// From the right: reset, then the pace.
    fn pace_ui(&mut self, ui: &mut Ui, tokens: &Tokens) {
        let waiting = self.waiting();
        let (text, fill, color) = if waiting {
            ("Reset to apply", tokens.notice, tokens.on_notice)
        } else {
            ("Reset", tokens.control, tokens.text)
        };
        let button = egui::Button::new(RichText::new(text).color(color))
            .fill(fill)
            .min_size(vec2(76.0, 34.0));
        let button = release(ui.add(button))
            .on_hover_text("Start again from t = 0 with the same seed (R). The same seed gives the same run.");
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
                    number_ui(ui, "Speed", "Speed", &mut self.draft.speed, (&SPEED, Effect::Live));
                },
            );
            if wide
                && release(ui.checkbox(&mut self.flat_out, "flat out"))
                    .on_hover_text("As fast as the machine allows, whatever the speed says")
                    .changed()
            {
                self.drive.send(Control::FlatOut(self.flat_out));
            }
        });
    }
}
