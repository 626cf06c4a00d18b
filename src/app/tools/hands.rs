//! What brush, pencil and probe share: the place they are at, by pointer or by keys; their size; how a drag becomes dabs.

use eframe::egui;
use eframe::egui::{Context, Key, Painter, PointerButton, Pos2, Response, Stroke, Ui, Vec2, pos2, vec2};

use super::super::App;
use super::super::panel::Place;
use super::super::theme::Tokens;
use super::{Tool, arrows};
use crate::params::Number;
use crate::render::camera::Projection;
use crate::scenario::{Disc, RADIUS, Start};
use crate::snapshot::Plane;
use crate::space::Point;
use crate::words::msg;

/// Radius of a brush that nobody has changed, in widths of the view.
const RADIUS_OF_VIEW: f64 = 0.05;
/// Dabs of a drag are this far apart, in radii.
const SPACING: f64 = 1.0 / 3.0;
/// Dabs that one frame makes of a drag at most: a jump of the pointer over the whole picture with the smallest brush is no line.
const MOST_DABS: usize = 200;
/// By what an arrow key moves the crosshair, in widths of the view.
const NUDGE: f64 = 0.01;

/// What a touch does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Mode {
    /// Puts in.
    #[default]
    Add,
    /// Takes out.
    Erase,
}

impl Mode {
    const fn other(self) -> Self {
        match self {
            Self::Add => Self::Erase,
            Self::Erase => Self::Add,
        }
    }
}

/// The state of brush, pencil and probe.
#[derive(Clone, Debug)]
pub(in super::super) struct Hands {
    /// Radius of brush and pencil (length); that of the view until it is changed.
    radius: Option<f64>,
    /// Particles per dab.
    pub(super) count: f64,
    /// Weight of a dab of the pencil.
    pub(super) strength: f64,
    /// What the left button does, and Enter.
    pub(super) mode: Mode,
    /// Where the pointer is over a picture; taken anew in every frame.
    hovered: Option<Point>,
    hovering: Option<Point>,
    /// The crosshair of the keys.
    pub(super) cross: Option<Point>,
    /// The picture that has the focus.
    focused: Option<usize>,
    /// Where the last dab of a drag was, and what it did.
    drag: Option<(Point, Mode)>,
    /// Touches that keys have asked for.
    pub(super) asked: Option<Mode>,
    /// The drawing while a stroke of it is made.
    pub(super) drawing: Option<Vec<Disc>>,
    /// What the start was before it was drawn.
    pub(super) undrawn: Option<Start>,
    /// Where the probe stays.
    pub(super) pinned: Option<Point>,
    /// Refusals of the run that have been shown.
    pub(in super::super) refusals: u64,
    /// When the wheel was last turned for the tool (seconds).
    wheeled: f64,
}

impl Hands {
    /// Lets go of the plane, where there is none.
    pub(in super::super) const fn rest(&mut self) {
        (self.hovering, self.cross, self.focused) = (None, None, None);
    }
}

impl Default for Hands {
    fn default() -> Self {
        Self {
            radius: None,
            count: PER_DAB.default,
            strength: 1.0,
            mode: Mode::Add,
            hovered: None,
            hovering: None,
            cross: None,
            focused: None,
            drag: None,
            asked: None,
            drawing: None,
            undrawn: None,
            pinned: None,
            refusals: 0,
            wheeled: f64::NEG_INFINITY,
        }
    }
}

/// Particles that a dab puts in, as the window offers them.
pub(super) const PER_DAB: Number = Number {
    scale: crate::params::Scale::Whole,
    ..Number::log(
        1.0,
        1e4,
        50.0,
        "",
        msg!("particles that one dab puts in; Shift and wheel over a panel changes it"),
    )
};

/// Touches of one frame: places, and what they do.
pub(super) struct Touches {
    pub(super) places: Vec<Point>,
    pub(super) mode: Mode,
    /// Whether the stroke ends here.
    pub(super) ends: bool,
}

impl App {
    /// The radius of brush and pencil (length).
    pub(super) fn radius(&self) -> f64 {
        let usual = RADIUS_OF_VIEW * self.draft.view().width();
        self.hands.radius.unwrap_or(usual).clamp(RADIUS.min, RADIUS.max)
    }

    pub(super) fn set_radius(&mut self, radius: f64) {
        let view = self.draft.view();
        let largest = view.width().max(view.height());
        self.hands.radius = Some(radius.clamp(1e-3 * largest, largest).clamp(RADIUS.min, RADIUS.max));
    }

    /// Where the tool in hand is.
    pub(super) fn at(&self) -> Option<Point> {
        self.hands.cross.or(self.hands.hovered)
    }

    /// Where every panel is to be read.
    pub(in super::super) fn probed_at(&self, plane: Plane) -> Option<Point> {
        let at = self.hands.pinned.or_else(|| self.at());
        at.filter(|_| self.view.tool == Tool::Probe && plane == Plane::Positions)
    }

    /// Called once before the pictures are drawn.
    pub(in super::super) fn begin_tools(&mut self) {
        self.hands.hovered = self.hands.hovering.take();
    }

    /// Takes the keys that a picture with the focus has a use for. Called before any other keys are read.
    pub(in super::super) fn tool_keys(&mut self, ctx: &Context) {
        if self.hands.focused.is_none() || self.view.tool == Tool::Select || egui::Popup::is_any_open(ctx) {
            return;
        }
        let view = self.draft.view();
        let mut radius = self.radius();
        let Self { hands, .. } = self;
        ctx.input_mut(|input| {
            input.events.retain(|event| {
                let egui::Event::Key {
                    key,
                    pressed: true,
                    modifiers,
                    ..
                } = event
                else {
                    return true;
                };
                if let Some(way) = arrows::way(*key) {
                    let at = hands.cross.or(hands.hovered).unwrap_or(view.center());
                    hands.cross = Some(at + arrows::steps(*modifiers) * NUDGE * view.width() * way);
                    return false;
                }
                match key {
                    Key::Enter => hands.asked = Some(hands.mode),
                    Key::Delete | Key::Backspace => hands.asked = Some(Mode::Erase),
                    // With Ctrl these zoom the interface.
                    Key::Plus | Key::Equals if !modifiers.command => radius *= 1.15,
                    Key::Minus if !modifiers.command => radius /= 1.15,
                    _ => return true,
                }
                false
            });
        });
        if radius != self.radius() {
            self.set_radius(radius);
        }
    }

    /// What pointer and keys do over a picture with brush, pencil or probe in hand.
    pub(super) fn follow_hand(&mut self, ui: &Ui, (index, on): (usize, &Projection), response: &Response) {
        if response.gained_focus() {
            self.hands.cross.get_or_insert(on.camera.center);
        }
        if response.has_focus() {
            self.hands.focused = Some(index);
            self.view.selected = index;
            arrows::keep(ui, response.id);
        } else if self.hands.focused == Some(index) {
            self.hands.focused = None;
            self.hands.cross = None;
        }
        if let Some(cross) = &mut self.hands.cross {
            let visible = on.visible();
            *cross = Point::new(
                cross.x.clamp(visible.min.x, visible.max.x),
                cross.y.clamp(visible.min.y, visible.max.y),
            );
        }
        let Some(pointer) = response.hover_pos().or(response.interact_pointer_pos()) else {
            return;
        };
        if ui.input(|i| i.pointer.delta() != Vec2::ZERO || i.pointer.any_pressed()) {
            self.hands.cross = None;
        }
        if self.hands.cross.is_none() {
            self.hands.hovering = Some(world(on, pointer));
        }
        if response.hovered() {
            self.turn_wheel(ui);
        }
    }

    /// The wheel changes the tool instead of the view: with Ctrl the radius, with Shift the amount.
    fn turn_wheel(&mut self, ui: &Ui) {
        if !matches!(self.view.tool, Tool::Brush | Tool::Draw) {
            return;
        }
        // As it was turned, not smoothed: the keys may be released before the smoothing ends.
        let (turned, time) = ui.input(|i| {
            let turned = i.events.iter().filter_map(|event| match event {
                egui::Event::MouseWheel {
                    unit, delta, modifiers, ..
                } => {
                    let notches = match unit {
                        egui::MouseWheelUnit::Point => 0.02,
                        egui::MouseWheelUnit::Line => 1.0,
                        egui::MouseWheelUnit::Page => 10.0,
                    };
                    Some((f64::from(notches * (delta.x + delta.y)), *modifiers))
                }
                _ => None,
            });
            (turned.collect::<Vec<_>>(), i.time)
        });
        for (notches, held) in turned {
            let factor = (0.12 * notches).exp();
            if held.command || held.ctrl {
                self.set_radius(self.radius() * factor);
            } else if held.shift && self.view.tool == Tool::Brush {
                self.hands.count = (self.hands.count * factor).clamp(PER_DAB.min, PER_DAB.max);
            } else if held.shift {
                self.hands.strength = (self.hands.strength * factor).clamp(0.1, 10.0);
            } else {
                // Turned for the view again.
                self.hands.wheeled = f64::NEG_INFINITY;
                continue;
            }
            self.hands.wheeled = time;
        }
    }

    /// Whether the wheel has just been turned for the tool, so that the view must not follow.
    pub(in super::super) fn tool_takes_wheel(&self, ui: &Ui) -> bool {
        const SMOOTHING: f64 = 2.0;
        ui.input(|i| i.time) < self.hands.wheeled + SMOOTHING
    }

    /// The touches of this frame on a picture: those of a drag, a third of a radius apart; those of keys.
    pub(super) fn touches(&mut self, ui: &Ui, (index, on): (usize, &Projection), response: &Response) -> Touches {
        let mut touches = Touches {
            places: Vec::new(),
            mode: self.hands.mode,
            ends: false,
        };
        if self.hands.focused == Some(index)
            && let Some(mode) = self.hands.asked.take()
        {
            touches.mode = mode;
            touches.ends = true;
            touches.places.extend(self.at());
            return touches;
        }
        let pressed = |button| ui.input(|i| i.pointer.button_down(button));
        let (left, right) = (pressed(PointerButton::Primary), pressed(PointerButton::Secondary));
        let held = response.is_pointer_button_down_on() && (left || right);
        // A click that came and went within a frame is a touch too.
        let clicked = response.interact_pointer_pos().is_some() && (response.clicked() || response.secondary_clicked());
        if held || (clicked && self.hands.drag.is_none()) {
            let other = right || response.secondary_clicked();
            let mode = if other {
                self.hands.mode.other()
            } else {
                self.hands.mode
            };
            if let Some(pointer) = response.interact_pointer_pos() {
                let to = world(on, pointer);
                let inside = |p: &Point| on.visible().contains(*p);
                match self.hands.drag {
                    None => touches.places.push(to),
                    Some((from, _)) => touches.places = line(from, to, SPACING * self.radius()),
                }
                touches.mode = self.hands.drag.map_or(mode, |(_, mode)| mode);
                if let Some(last) = touches.places.last() {
                    self.hands.drag = Some((*last, touches.mode));
                }
                touches.places.retain(inside);
            }
        }
        if !held && response.hovered() | response.drag_stopped() | clicked && self.hands.drag.is_some() {
            touches.ends = true;
            touches.mode = self.hands.drag.map_or(touches.mode, |(_, mode)| mode);
            self.hands.drag = None;
        }
        touches
    }

    /// The ring that shows the radius, with a cross where keys are meant.
    pub(super) fn paint_ring(&self, painter: &Painter, on: &Projection, tokens: &Tokens) {
        let Some(at) = self.at() else { return };
        let (center, radius) = (screen(on, at), (self.radius() * on.camera.scale) as f32);
        // Dark on light and light on dark, whatever lies beneath.
        painter.circle_stroke(center, radius, Stroke::new(3.0, tokens.plate));
        painter.circle_stroke(center, radius, Stroke::new(1.5, tokens.text));
        if self.hands.cross.is_some() {
            cross(painter, center, tokens);
        }
    }
}

/// Places from one to another, so far apart; the first is not among them.
fn line(from: Point, to: Point, spacing: f64) -> Vec<Point> {
    let way = to - from;
    let steps = (way.norm() / spacing).floor();
    let steps = if steps.is_finite() { steps as usize } else { 0 };
    let unit = (spacing / way.norm().max(1e-300)) * way;
    // A line of too many dabs is thinned out.
    let stride = steps.div_ceil(MOST_DABS).max(1);
    (stride..=steps)
        .step_by(stride)
        .map(|k| from + k as f64 * unit)
        .collect()
}

/// How far the arms of a cross reach (points).
pub(super) const ARM: f32 = 15.0;

/// A cross that leaves its middle free, on a halo that keeps it legible over anything.
pub(super) fn cross(painter: &Painter, at: Pos2, tokens: &Tokens) {
    let arms = [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)];
    // All of the halo first: arms of one cross do not cut each other.
    for (width, color, over) in [(6.0, tokens.field, 2.0), (2.2, tokens.text, 0.0)] {
        for direction in arms {
            let ends = [at + (5.0 - over) * direction, at + (ARM - 2.0 + over) * direction];
            painter.line_segment(ends, Stroke::new(width, color));
        }
    }
}

/// The point of the plane under a place of the screen.
pub(super) fn world(on: &Projection, at: Pos2) -> Point {
    on.world_from_screen(Point::new(f64::from(at.x), f64::from(at.y)))
}

/// Where a point of the plane appears.
pub(super) fn screen(on: &Projection, p: Point) -> Pos2 {
    let at = on.screen_from_world(p);
    pos2(at.x as f32, at.y as f32)
}

/// Whether a tool can be used on this picture: in a phase portrait a place is no position.
pub(super) fn usable(place: Place<'_>) -> bool {
    place.panel().plane == Plane::Positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_is_dabs_at_even_distances() {
        let places = line(Point::new(1.0, 0.0), Point::new(2.05, 0.0), 0.1);
        assert_eq!(places.len(), 10);
        assert!((places[9].x - 2.0).abs() < 1e-12 && (places[0].x - 1.1).abs() < 1e-12);
        assert!(line(Point::default(), Point::new(0.05, 0.0), 0.1).is_empty());
        assert!(line(Point::default(), Point::default(), 0.1).is_empty());
        let many = line(Point::default(), Point::new(1e9, 0.0), 1e-3).len();
        assert!(many <= MOST_DABS && many > MOST_DABS / 2, "{many}");
    }
}
