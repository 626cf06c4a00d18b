//! Where things stand on a strip: two bands over one axis, and between them that of the errors, where that is on show.

use eframe::egui::{Align2, FontId, Painter, Pos2, Rect, Stroke, pos2};

use super::super::phase::Canvas;
use super::super::theme::{Tokens, size};
use super::Scale;
use super::errors::levels;
use crate::observe::{Axis, Profile};
use crate::render::camera::{Projection, ticks};
use crate::snapshot::Plane;
use crate::space::{Point, Rect as World};
use crate::words::t;

/// Share of the density in the height of a strip.
const DENSITY: f32 = 0.55;
/// The same, and that of the errors, where they are on show.
const WITH_ERRORS: [f32; 2] = [0.36, 0.3];
/// Between two bands (points).
pub(super) const GAP: f32 = 22.0;
/// Beneath the potential (points).
const FOOT: f32 = 6.0;

/// A strip on the screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Board {
    pub(super) picture: Rect,
    /// The band of the density; it stands on the lower edge.
    pub(super) density: Rect,
    /// The band of the errors, where they are on show.
    pub(super) errors: Option<Rect>,
    /// The band of the potential.
    pub(super) potential: Rect,
    pub(super) scale: Scale,
    pub(super) axis: Axis,
    on: Projection,
    canvas: Canvas,
}

/// The coordinate along an axis of a place in the plane of the camera.
pub(super) fn along(axis: Axis, view: World, at: Point) -> f64 {
    canvas(axis, view).plane_from_world(at).x
}

/// A strip lies in the view as a phase portrait does: its axis from the left to the right.
const fn canvas(axis: Axis, view: World) -> Canvas {
    let plane = match axis {
        Axis::X => Plane::PhaseX,
        Axis::Y => Plane::PhaseY,
    };
    Canvas::new(plane, view)
}

impl Board {
    /// A strip in a picture, beneath a head of so many points.
    pub(super) fn new(
        picture: Rect,
        (on, view): (Projection, World),
        axis: Axis,
        (scale, head, errors): (Scale, f32, bool),
    ) -> Self {
        let gaps = if errors { 2.0 } else { 1.0 };
        let room = (picture.height() - head - gaps * GAP - FOOT).max(2.0);
        let [density, error] = if errors { WITH_ERRORS } else { [DENSITY, 0.0] };
        let end = picture.top() + head + density * room;
        let band = Rect::from_min_max(
            pos2(picture.left(), end + GAP),
            pos2(picture.right(), end + GAP + error * room),
        );
        let base = if errors { band.bottom() } else { end };
        Self {
            picture,
            density: Rect::from_min_max(pos2(picture.left(), picture.top() + head), pos2(picture.right(), end)),
            errors: errors.then_some(band),
            potential: Rect::from_min_max(
                pos2(picture.left(), base + GAP),
                pos2(picture.right(), picture.bottom() - FOOT),
            ),
            scale,
            axis,
            on,
            canvas: canvas(axis, view),
        }
    }

    /// The same with other scales.
    pub(super) const fn scaled(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// Points of the screen per unit of length along the axis.
    pub(super) fn per_length(&self) -> f64 {
        f64::from(self.x(1.0) - self.x(0.0))
    }

    /// Where a coordinate along the axis stands.
    pub(super) fn x(&self, along: f64) -> f32 {
        let world = self.canvas.world_from_plane(Point::new(along, 0.0));
        self.on.screen_from_world(world).x as f32
    }

    /// The height of a density.
    pub(super) fn rho(&self, density: f64) -> f32 {
        self.density.bottom() - self.density.height() * (density / self.scale.density) as f32
    }

    /// The height of an error in its band.
    pub(super) fn excess(&self, band: Rect, density: f64) -> f32 {
        band.center().y - 0.5 * band.height() * (density / self.scale.excess).clamp(-1.1, 1.1) as f32
    }

    /// The height of a potential (kT). What is higher than the band stands above it, where it is not seen.
    pub(super) fn kt(&self, potential: f64) -> f32 {
        let share = (potential / self.scale.potential).min(1.2) as f32;
        self.potential.bottom() - self.potential.height() * share
    }

    /// The place on the curve of the potential at a coordinate.
    pub(super) fn on_potential(&self, profile: &Profile, along: f64) -> Pos2 {
        let target = &profile.target;
        let last = target.len() - 1;
        let k = ((along - target.first) / target.spacing)
            .round()
            .clamp(0.0, last as f64) as usize;
        let y = self.kt(target.potential[k]);
        pos2(self.x(along), y.max(self.potential.top()))
    }

    /// The coordinates at both ends.
    pub(super) fn ends(&self) -> (f64, f64) {
        let seen = self.on.visible();
        let at = |p: Point| self.canvas.plane_from_world(p).x;
        (at(seen.min), at(seen.max))
    }

    /// A place of the screen in the plane of the camera.
    pub(super) fn world(&self, x: f32, y: f32) -> Point {
        self.on.world_from_screen(Point::new(f64::from(x), f64::from(y)))
    }

    pub(super) const fn projection(&self) -> &Projection {
        &self.on
    }

    /// Levels of the potential that have a number (kT).
    pub(super) fn levels(&self) -> Vec<(f64, String)> {
        ticks(0.0, self.scale.potential, (self.potential.height() / 34.0) as usize)
    }

    /// The potential down to the lower edge of the picture.
    pub(super) fn lower(&self) -> Rect {
        Rect::from_min_max(pos2(self.picture.left(), self.potential.top()), self.picture.max)
    }

    /// Ticks and numbers around the picture.
    pub(super) fn numbers(&self, painter: &Painter, at_left: bool, tokens: &Tokens) {
        let font = FontId::proportional(size::SMALL);
        let stroke = Stroke::new(tokens.bold, tokens.text_weak);
        let picture = self.picture;
        let (low, high) = self.ends();
        for (along, text) in ticks(low, high, (picture.width() / 56.0) as usize) {
            let at = self.x(along);
            painter.line_segment([pos2(at, picture.bottom()), pos2(at, picture.bottom() + 4.0)], stroke);
            // A number at the very edge would be cut off.
            let at = at.clamp(picture.left() + 8.0, picture.right() - 8.0);
            let place = pos2(at, picture.bottom() + 4.0);
            painter.text(place, Align2::CENTER_TOP, text, font.clone(), tokens.text_weak);
        }
        let densities = ticks(0.0, self.scale.density, (self.density.height() / 40.0) as usize);
        let marks = densities
            .into_iter()
            .map(|(p, text)| (self.rho(p), text))
            .chain(self.levels().into_iter().map(|(v, text)| (self.kt(v), text)))
            .chain(levels(self));
        for (at, text) in marks {
            painter.line_segment([pos2(picture.left() - 4.0, at), pos2(picture.left(), at)], stroke);
            if at_left {
                let place = pos2(
                    picture.left() - 6.0,
                    at.clamp(picture.top() + 6.0, picture.bottom() - 6.0),
                );
                painter.text(place, Align2::RIGHT_CENTER, text, font.clone(), tokens.text_weak);
            }
        }
    }

    /// What the lower band and the axis are called, between the bands. Of what is no sum, a potential along the axis is a free energy.
    pub(super) fn names(&self, painter: &Painter, sum: bool, tokens: &Tokens) {
        let font = FontId::proportional(size::BODY);
        let axis = self.axis.name();
        let between = self.potential.top() - 0.5 * GAP;
        let name = if sum {
            t!("potential V({axis}) in kT", axis)
        } else {
            t!("free energy F({axis}) in kT", axis)
        };
        for (place, anchor, text) in [
            (pos2(self.picture.left() + 8.0, between), Align2::LEFT_CENTER, name),
            (
                pos2(self.picture.right() - 8.0, between),
                Align2::RIGHT_CENTER,
                axis.to_owned(),
            ),
        ] {
            let galley = painter.layout_no_wrap(text, font.clone(), tokens.text);
            let rect = anchor.anchor_size(place, galley.size());
            painter.galley(rect.min, galley, tokens.text);
        }
    }
}
