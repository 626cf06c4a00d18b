//! The pencil: the law that particles start from, drawn over the pictures.

use eframe::egui::{Painter, Response, Stroke, Ui};

use super::super::App;
use super::super::actions::Action;
use super::super::panel::Place;
use super::super::theme::{Theme, Tokens};
use super::super::widgets::{button, on_reset_badge};
use super::brush::word;
use super::hands::{Mode, screen, usable};
use super::options::{mode_ui, number};
use crate::engine::Status;
use crate::params::Number;
use crate::render::camera::Projection;
use crate::scenario::{Disc, MOST_DABS, Start};
use crate::space::Point;
use crate::words::{msg, t};

/// Weight of a dab of the pencil, as the window offers it.
const STRENGTH: Number = Number::log(
    0.1,
    10.0,
    1.0,
    "",
    msg!("how much mass a dab gets, beside the others; Shift and wheel over a panel changes it"),
);

impl App {
    /// The drawing: as it is while a stroke is made, else that of the start.
    fn drawing(&self) -> &[Disc] {
        match (&self.hands.drawing, &self.draft.start) {
            (Some(discs), _) | (None, Start::Painted(discs)) => discs,
            _ => &[],
        }
    }

    /// What the pointer does with the pencil; whether the view is left alone.
    pub(super) fn draw_pointer(&mut self, ui: &Ui, place: Place<'_>, on: &Projection, response: &Response) -> bool {
        let touches = self.touches(ui, (place.index, on), response);
        if !touches.places.is_empty() {
            let mut discs = match self.hands.drawing.take() {
                Some(discs) => discs,
                None => self.drawing().to_vec(),
            };
            let radius = self.radius();
            for center in touches.places {
                match touches.mode {
                    Mode::Add => discs.push(self.disc(center)),
                    Mode::Erase => discs.retain(|d| (d.center - center).norm() > radius),
                }
            }
            if discs.len() > MOST_DABS {
                discs.truncate(MOST_DABS);
                let sentence = t!(
                    "The drawing is full: it holds {most} dabs. Use a larger pencil.",
                    most = MOST_DABS
                );
                self.notices.error(ui.ctx(), &sentence);
            }
            self.hands.drawing = Some(discs);
        }
        if touches.ends {
            self.end_stroke();
        }
        true
    }

    /// A dab of the pencil, with no more digits than can be seen.
    fn disc(&self, center: Point) -> Disc {
        let digits = (4.0 - self.draft.view().width().log10().floor()).clamp(0.0, 12.0) as i32;
        let rounded = |v: f64| (v * 10f64.powi(digits)).round() / 10f64.powi(digits);
        Disc {
            center: Point::new(rounded(center.x), rounded(center.y)),
            radius: rounded(self.radius()).max(self.radius().min(10f64.powi(-digits))),
            weight: (self.hands.strength * 100.0).round() / 100.0,
        }
    }

    /// The stroke becomes a part of the scenario: one edit, that waits for a reset. Of a run that has not begun nothing is lost by beginning it anew.
    fn end_stroke(&mut self) {
        let Some(discs) = self.hands.drawing.take() else { return };
        if discs.is_empty() {
            self.clear_drawing();
        } else {
            if !matches!(self.draft.start, Start::Painted(_)) {
                self.hands.undrawn = Some(self.draft.start.clone());
            }
            self.draft.start = Start::Painted(discs);
        }
        if self.is_untouched() {
            self.queue.push(Action::Reset);
        }
    }

    /// Gives the start back that was there before the drawing.
    fn clear_drawing(&mut self) {
        if !matches!(self.draft.start, Start::Painted(_)) {
            return;
        }
        let before = self.hands.undrawn.take();
        let loaded = Some(self.loaded.start.clone()).filter(|start| !matches!(start, Start::Painted(_)));
        let view = self.draft.view();
        let even = Start::Uniform((view.min.x, view.max.x), (view.min.y, view.max.y));
        self.draft.start = before.or(loaded).unwrap_or(even);
    }

    /// Whether the run stands at its start, with the particles of its start.
    fn is_untouched(&self) -> bool {
        self.report.as_ref().is_some_and(|report| {
            let snapshot = &report.snapshot;
            let n = snapshot.scenario.particles;
            let fresh = |p: &crate::snapshot::PanelSnapshot| p.particles == n && p.alive == n;
            report.status == Status::Paused && snapshot.step == 0 && snapshot.panels.iter().all(fresh)
        })
    }

    /// The options of the pencil.
    pub(super) fn draw_options_ui(&mut self, ui: &mut Ui) {
        self.radius_ui(ui);
        number(
            ui,
            (t!("weight"), t!("Weight of a dab")),
            &mut self.hands.strength,
            &STRENGTH,
        );
        mode_ui(
            ui,
            &mut self.hands.mode,
            [
                (
                    t!("draw"),
                    t!("Pencil draws"),
                    t!("The left button draws, the right one rubs out."),
                ),
                (
                    t!("rub out"),
                    t!("Pencil rubs out"),
                    t!("The left button rubs out, the right one draws."),
                ),
            ],
        );
        ui.separator();
        let tokens = Theme::of(ui).tokens();
        let drawn = matches!(self.draft.start, Start::Painted(_));
        let running = self.report.as_ref().map(|r| &r.snapshot.scenario.start);
        let waiting = running.is_some_and(|start| *start != self.draft.start);
        on_reset_badge(ui, t!("The drawing"), waiting);
        if waiting && drawn {
            let start = button(ui, t!("Start from the drawing"), t!("Start from the drawing"));
            if start
                .on_hover_text(t!("Begin again at time 0, with the particles where you have drawn"))
                .clicked()
            {
                self.queue.push(Action::Reset);
            }
        } else {
            word(ui, t!("applies on reset"), tokens);
        }
        ui.add_enabled_ui(drawn, |ui| {
            if button(ui, t!("Clear"), t!("Clear the drawing"))
                .on_hover_text(t!("Back to the start that was there before"))
                .clicked()
            {
                self.clear_drawing();
                if self.is_untouched() {
                    self.queue.push(Action::Reset);
                }
            }
        });
    }

    /// The drawing, and the ring.
    pub(super) fn paint_drawing(&self, painter: &Painter, place: Place<'_>, on: &Projection, tokens: &Tokens) {
        if !usable(place) {
            return;
        }
        let discs = self.drawing();
        let heaviest = discs
            .iter()
            .fold(0.0, |m: f64, d| m.max(d.weight / (d.radius * d.radius)));
        for disc in discs {
            let thick = (disc.weight / (disc.radius * disc.radius) / heaviest) as f32;
            let radius = ((disc.radius * on.camera.scale) as f32).max(1.5);
            let fill = tokens.accent.gamma_multiply(0.03 + 0.07 * thick);
            painter.circle(screen(on, disc.center), radius, fill, Stroke::NONE);
        }
        self.paint_ring(painter, on, tokens);
    }
}
