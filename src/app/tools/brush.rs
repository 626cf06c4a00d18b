//! The brush: particles put in and taken out while the run goes on.

use eframe::egui::{Align2, FontId, Painter, Response, RichText, Ui, vec2};

use super::super::App;
use super::super::actions::Action;
use super::super::panel::Place;
use super::super::theme::{Tokens, size};
use super::super::widgets::grouped;
use super::hands::{Mode, PER_DAB, screen, usable};
use super::options::{mode_ui, number};
use crate::render::camera::Projection;
use crate::sim::{Dab, Stroke};
use crate::snapshot::PanelSnapshot;
use crate::space::Point;
use crate::words::t;

impl App {
    /// What the pointer does with the brush; whether the view is left alone.
    pub(super) fn brush_pointer(&mut self, ui: &Ui, place: Place<'_>, on: &Projection, response: &Response) -> bool {
        let touches = self.touches(ui, (place.index, on), response);
        let stroke = match touches.mode {
            Mode::Add => Stroke::Add(self.hands.count.round() as u32),
            Mode::Erase => Stroke::Erase,
        };
        for center in touches.places {
            self.queue.push(Action::Brush(Dab {
                center,
                radius: self.radius(),
                stroke,
            }));
        }
        true
    }

    /// The options of the brush.
    pub(super) fn brush_options_ui(&mut self, ui: &mut Ui) {
        self.radius_ui(ui);
        number(
            ui,
            (t!("per dab"), t!("Particles per dab")),
            &mut self.hands.count,
            &PER_DAB,
        );
        mode_ui(
            ui,
            &mut self.hands.mode,
            [
                (
                    t!("put in"),
                    t!("Brush puts in"),
                    t!("The left button puts particles in, the right one takes them out."),
                ),
                (
                    t!("take out"),
                    t!("Brush takes out"),
                    t!("The left button takes particles out, the right one puts them in."),
                ),
            ],
        );
    }

    /// The ring, and what is under it.
    pub(super) fn paint_brush(&self, painter: &Painter, place: Place<'_>, on: &Projection, tokens: &Tokens) {
        let Some(at) = self.at().filter(|_| usable(place)) else {
            return;
        };
        self.paint_ring(painter, on, tokens);
        let below = screen(on, at) + vec2(0.0, (self.radius() * on.camera.scale) as f32 + 6.0);
        let text = Under::of(place.panel(), at, self.radius()).text();
        let galley = painter.layout_no_wrap(text, FontId::proportional(size::SMALL), tokens.text);
        let rect = Align2::CENTER_TOP.anchor_size(below, galley.size());
        let rect = within(rect.expand2(vec2(4.0, 1.0)), place.picture);
        painter.rect_filled(rect, 4.0, tokens.plate);
        painter.galley(rect.min + vec2(4.0, 1.0), galley, tokens.text);
    }
}

/// A plate moved so that all of it is in the picture.
pub(super) fn within(plate: eframe::egui::Rect, picture: eframe::egui::Rect) -> eframe::egui::Rect {
    let room = picture.shrink(3.0);
    let push = |low: f32, high: f32, from: f32, to: f32| (from - low).max(0.0) - (high - to).max(0.0);
    plate.translate(vec2(
        push(plate.left(), plate.right(), room.left(), room.right()),
        push(plate.top(), plate.bottom(), room.top(), room.bottom()),
    ))
}

/// What is under the ring.
struct Under {
    particles: usize,
    /// Part of the mass.
    mass: f64,
    /// Whether not all particles have been looked at.
    sampled: bool,
}

impl Under {
    fn of(panel: &PanelSnapshot, at: Point, radius: f64) -> Self {
        let inside = |x: f32, y: f32| (Point::new(f64::from(x), f64::from(y)) - at).norm() <= radius;
        let (mut particles, mut mass, mut all) = (0, 0.0, 0.0);
        for dot in panel.dots.iter().filter(|dot| dot.weight > 0.0) {
            all += f64::from(dot.weight);
            if inside(dot.x, dot.y) {
                particles += 1;
                mass += f64::from(dot.weight);
            }
        }
        Self {
            particles,
            mass: if all > 0.0 { mass / all } else { 0.0 },
            sampled: panel.particles > panel.dots.len(),
        }
    }

    fn text(&self) -> String {
        let number = grouped(self.particles as i64);
        let percent = format!("{:.1}", 100.0 * self.mass);
        if self.sampled {
            t!("{number} of those drawn, {percent} %", number, percent)
        } else {
            format!("{number}, {percent} %")
        }
    }
}

/// A word for the options of a tool.
pub(super) fn word(ui: &mut Ui, text: &str, tokens: &Tokens) {
    ui.label(RichText::new(text).color(tokens.text_weak));
}
