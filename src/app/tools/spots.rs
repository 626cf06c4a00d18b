//! Handles on the screen: where they are, how much room each has to be hit in, how they look and what they say.

use eframe::egui;
use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2, vec2};

use super::super::App;
use super::super::panel::Place;
use super::super::theme::{Tokens, size};
use super::super::widgets::short;
use super::Tool;
use super::brush::within;
use super::hands::screen;
use super::oval::oval;
use super::things::{self, Thing};
use crate::render::camera::Projection;
use crate::scenario::Scenario;
use crate::snapshot::Plane;
use crate::space::Point;
use crate::target::{Grip, Handle};
use crate::words::{said, t};

/// Points of the screen for one kT of a handle that stands for an energy.
pub(super) const KT: f64 = 8.0;
/// Half of the edge of the area in which a handle is hit, where others leave the room.
const HIT: f32 = 13.0;

/// A handle on the screen.
pub(super) struct Spot {
    pub(super) thing: Thing,
    pub(super) index: usize,
    pub(super) handle: Handle,
    pub(super) at: Pos2,
}
impl App {
    /// The handles in a picture: the middle of everything, and all of what is selected.
    pub(super) fn spots(&self, place: Place<'_>, on: &Projection) -> Vec<Spot> {
        let kt = KT / on.camera.scale;
        let selected = self.select.thing(&self.draft);
        let grabbed = self.select.grab.filter(|g| g.panel == place.index).map(|g| g.pressed);
        let mut spots = Vec::new();
        for thing in things::things(&self.draft) {
            for (index, handle) in things::handles(&self.draft, thing, kt).into_iter().enumerate() {
                let at = screen(on, handle.at);
                // What is dragged stays a widget wherever it goes.
                let shown = index == 0 || selected == Some(thing);
                let inside = place.picture.shrink(2.0).contains(at);
                if (shown && inside) || grabbed == Some((thing, index)) {
                    spots.push(Spot {
                        thing,
                        index,
                        handle,
                        at,
                    });
                }
            }
        }
        spots
    }

    /// Where marks are drawn that figures should not cover.
    pub(in crate::app) fn marks(&self, place: Place<'_>, on: &Projection) -> Vec<Rect> {
        let flat = place.panel().plane == Plane::Positions;
        if self.figure || self.view.tool != Tool::Select || !flat {
            return Vec::new();
        }
        let spots = self.spots(place, on).into_iter();
        spots
            .map(|spot| Rect::from_center_size(spot.at, Vec2::splat(16.0)))
            .collect()
    }

    /// Marks of everything, handles of what is selected.
    pub(super) fn paint_selection(&self, painter: &Painter, place: Place<'_>, on: &Projection, tokens: &Tokens) {
        if place.panel().plane != Plane::Positions {
            return;
        }
        let kt = KT / on.camera.scale;
        let selected = self.select.thing(&self.draft);
        if let Some(thing) = selected {
            self.paint_outline(painter, thing, on, tokens);
        }
        let spots = self.spots(place, on);
        for spot in spots
            .iter()
            .filter(|spot| spot.index == 0 && selected != Some(spot.thing))
        {
            paint_spot(painter, spot, (self.is_hot(place, spot), false), tokens);
        }
        for spot in spots.iter().filter(|spot| selected == Some(spot.thing)) {
            let foot = screen(on, spot.handle.foot);
            if spot.handle.foot != spot.handle.at {
                if spot.handle.grip == Grip::Level
                    && matches!(spot.thing, Thing::Well(_) | Thing::Component(_) | Thing::Start(_))
                {
                    // A tick where the energy is zero.
                    let tick = Stroke::new(1.5, tokens.accent);
                    painter.hline(foot.x - 5.0..=foot.x + 5.0, foot.y, tick);
                }
                halo(painter, [foot, spot.at], 1.5, tokens);
            }
        }
        for spot in spots.iter().filter(|spot| selected == Some(spot.thing)) {
            paint_spot(painter, spot, (self.is_hot(place, spot), true), tokens);
        }
        if let Some(spot) = spots.iter().find(|spot| self.is_hot(place, spot)) {
            paint_reading(
                painter,
                (place.picture, &spots),
                spot,
                &reading(&self.draft, spot, kt),
                tokens,
            );
        }
    }

    fn is_hot(&self, place: Place<'_>, spot: &Spot) -> bool {
        self.select.hot == Some((place.index, spot.thing, spot.index))
    }

    /// One standard deviation of what is selected.
    fn paint_outline(&self, painter: &Painter, thing: Thing, on: &Projection, tokens: &Tokens) {
        const CORNERS: usize = 64;
        let Some(oval) = oval(&self.draft, thing) else {
            return;
        };
        let (sin, cos) = oval.angle.to_radians().sin_cos();
        let (first, second) = (Point::new(cos, sin), Point::new(-sin, cos));
        let corner = |k: usize| {
            let (sin, cos) = (std::f64::consts::TAU * k as f64 / CORNERS as f64).sin_cos();
            screen(
                on,
                oval.center + (oval.widths.0 * cos) * first + (oval.widths.1 * sin) * second,
            )
        };
        let line: Vec<Pos2> = (0..CORNERS).map(corner).collect();
        painter.add(egui::Shape::closed_line(line.clone(), Stroke::new(3.5, tokens.plate)));
        painter.add(egui::Shape::closed_line(line, Stroke::new(1.5, tokens.accent)));
    }
}

/// A line that can be seen on any ground.
fn halo(painter: &Painter, ends: [Pos2; 2], width: f32, tokens: &Tokens) {
    painter.line_segment(ends, Stroke::new(width + 2.0, tokens.plate));
    painter.line_segment(ends, Stroke::new(width, tokens.accent));
}

/// Where each handle is hit: all around it, and between two that are close to each other up to the middle.
pub(super) fn areas(spots: &[Spot]) -> Vec<Rect> {
    /// What is left to each where two lie on each other.
    const LEAST: f32 = 3.0;
    let area = |(k, spot): (usize, &Spot)| {
        let mut area = Rect::from_center_size(spot.at, Vec2::splat(2.0 * HIT));
        for (_, other) in spots.iter().enumerate().filter(|(other, _)| *other != k) {
            let to = other.at - spot.at;
            let reach = (0.5 * to.abs().max_elem()).max(LEAST);
            // Both are cut along the same line, since both see the other as far along the same side.
            let (side, from) = if to.x.abs() >= to.y.abs() {
                (if to.x > 0.0 { &mut area.max.x } else { &mut area.min.x }, spot.at.x)
            } else {
                (if to.y > 0.0 { &mut area.max.y } else { &mut area.min.y }, spot.at.y)
            };
            if (*side - from).abs() > reach {
                *side = from + reach.copysign(*side - from);
            }
        }
        area
    };
    spots.iter().enumerate().map(area).collect()
}

/// What a screen reader says of a handle.
pub(super) fn saying(scenario: &Scenario, spot: &Spot, kt: f64) -> String {
    let thing = spot.thing.name(scenario);
    let waits = spot.thing.waits();
    match spot.handle.grip {
        Grip::Level => {
            let reading = reading(scenario, spot, kt);
            if waits {
                t!("{thing} {reading}, applies on reset", thing, reading)
            } else {
                t!("{thing} {reading}", thing, reading)
            }
        }
        Grip::Center | Grip::Axis => {
            let (handle, at) = (said(spot.handle.name), spot.handle.at);
            let (x, y) = (format!("{:.2}", at.x), format!("{:.2}", at.y));
            if waits {
                t!("{thing} {handle} at ({x}, {y}), applies on reset", thing, handle, x, y)
            } else {
                t!("{thing} {handle} at ({x}, {y})", thing, handle, x, y)
            }
        }
    }
}

/// The number that a handle stands for.
fn reading(scenario: &Scenario, spot: &Spot, kt: f64) -> String {
    let handle = spot.handle;
    let oval = oval(scenario, spot.thing);
    match (handle.grip, oval) {
        (Grip::Level, Some(oval)) => match (spot.thing, oval.strength) {
            (Thing::Well(_), Some(depth)) => t!("depth {depth} kT", depth = format_args!("{depth:.1}")),
            (_, Some(weight)) => t!("weight {weight}", weight = short(weight)),
            _ => said(handle.name).to_owned(),
        },
        (Grip::Level, None) => {
            let energy = (handle.at.y - handle.foot.y) / kt;
            format!("{} {energy:.1} kT", said(handle.name))
        }
        (Grip::Axis, Some(oval)) => format!(
            "{} × {}, {:.0}°",
            short(oval.widths.0),
            short(oval.widths.1),
            oval.angle
        ),
        (Grip::Axis, None) => said(handle.name).to_owned(),
        (Grip::Center, _) if spot.thing == Thing::Landscape => {
            let shift = scenario.relief.shift;
            t!(
                "landscape moved by ({x}, {y})",
                x = format_args!("{:.2}", shift.x),
                y = format_args!("{:.2}", shift.y)
            )
        }
        (Grip::Center, _) => {
            let name = spot.thing.name(scenario).to_lowercase();
            let (x, y) = (format!("{:.2}", handle.at.x), format!("{:.2}", handle.at.y));
            if spot.thing.waits() {
                t!("{thing} ({x}, {y}), on reset", thing = name, x, y)
            } else {
                format!("{name} ({x}, {y})")
            }
        }
    }
}

/// A handle: small, larger under the pointer, filled when it belongs to what is selected.
fn paint_spot(painter: &Painter, spot: &Spot, (hot, selected): (bool, bool), tokens: &Tokens) {
    let grow = if hot { 1.5 } else { 1.0 };
    let (fill, line) = if selected {
        (tokens.accent, tokens.on_accent)
    } else {
        (tokens.plate, tokens.text)
    };
    let stroke = Stroke::new(if hot { 2.0 } else { 1.5 }, line);
    let at = spot.at;
    let boxed = |size: Vec2, radius: f32| {
        let rect = Rect::from_center_size(at, size * grow);
        painter.rect(rect, radius, fill, stroke, StrokeKind::Outside);
    };
    match (spot.handle.grip, spot.thing) {
        (Grip::Level, _) => boxed(vec2(15.0, 6.0), 3.0),
        (Grip::Axis, _) => boxed(vec2(8.0, 8.0), 1.0),
        (Grip::Center, Thing::Start(_)) => {
            boxed(vec2(9.0, 9.0), 0.0);
            dot(painter, at, 1.5 * grow, line);
        }
        (Grip::Center, Thing::Landscape) => {
            painter.circle(at, 6.0 * grow, fill, stroke);
            let arm = 3.5 * grow;
            painter.hline(at.x - arm..=at.x + arm, at.y, stroke);
            painter.vline(at.x, at.y - arm..=at.y + arm, stroke);
        }
        (Grip::Center, _) => {
            painter.circle(at, 5.0 * grow, fill, stroke);
            dot(painter, at, 1.5 * grow, line);
        }
    }
}

fn dot(painter: &Painter, at: Pos2, radius: f32, color: Color32) {
    painter.circle_filled(at, radius, color);
}

/// The number of a handle, beside it: inside the picture and, if there is such a place, on no other handle.
fn paint_reading(painter: &Painter, (picture, spots): (Rect, &[Spot]), spot: &Spot, text: &str, tokens: &Tokens) {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(size::SMALL), tokens.text);
    let plate = room_for(galley.size() + vec2(10.0, 4.0), (picture, spots), spot.at);
    let line = Stroke::new(1.0, tokens.line);
    painter.rect(plate, 4.0, tokens.panel, line, StrokeKind::Inside);
    painter.galley(plate.min + vec2(5.0, 2.0), galley, tokens.text);
}

/// Where a plate beside a handle covers the fewest handles; of such places the nearest one, above and to the right if it may be.
fn room_for(extent: Vec2, (picture, spots): (Rect, &[Spot]), at: Pos2) -> Rect {
    /// From the handle to the plate, and what others need.
    const AWAY: [f32; 4] = [10.0, 24.0, 40.0, 60.0];
    const MARGIN: f32 = 6.0;
    let sides = [
        (Align2::LEFT_BOTTOM, vec2(1.2, -1.0)),
        (Align2::LEFT_TOP, vec2(1.2, 1.0)),
        (Align2::RIGHT_BOTTOM, vec2(-1.2, -1.0)),
        (Align2::RIGHT_TOP, vec2(-1.2, 1.0)),
    ];
    let places = AWAY
        .iter()
        .flat_map(|away| sides.map(|(align, to)| within(align.anchor_size(at + *away * to, extent), picture)));
    let covered = |plate: &Rect| {
        let plate = plate.expand(MARGIN);
        spots.iter().filter(|other| plate.contains(other.at)).count()
    };
    // The first of those that cover as little as any.
    places.min_by_key(covered).unwrap_or(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::pos2;

    /// The handles of something as wide and as high as this (points), and the handle for its energy.
    fn crowd(wide: f32, high: f32) -> Vec<Spot> {
        let middle = pos2(200.0, 200.0);
        let ends = [vec2(wide, 0.0), vec2(0.0, -high), vec2(-wide, 0.0), vec2(0.0, high)];
        let places = [vec2(0.0, 0.0)].into_iter().chain(ends).chain([vec2(-40.0, 24.0)]);
        let spot = |(index, by): (usize, Vec2)| Spot {
            thing: Thing::Well(0),
            index,
            handle: Handle::center("centre", Point::default()),
            at: middle + by,
        };
        places.enumerate().map(spot).collect()
    }

    #[test]
    fn handles_are_hit_within_24_points_and_none_takes_the_room_of_another() {
        for (wide, high) in [(60.0, 30.0), (15.0, 15.0), (14.0, 9.0), (30.0, 7.0), (39.0, 24.0)] {
            let spots = crowd(wide, high);
            let areas = areas(&spots);
            for (k, (spot, area)) in spots.iter().zip(&areas).enumerate() {
                assert!(area.contains(spot.at), "{k} of {wide} x {high}");
                for other in &areas[..k] {
                    let both = area.intersect(*other);
                    assert!(both.width() < 1e-3 || both.height() < 1e-3, "{k} of {wide} x {high}");
                }
            }
            if wide > 26.0 && high > 26.0 {
                assert!(areas.iter().all(|area| area.size().min_elem() >= 24.0), "{areas:?}");
            }
            // Outwards nobody is in the way.
            assert!((areas[1].right() - spots[1].at.x - HIT).abs() < 1e-3);
        }
    }

    #[test]
    fn a_reading_covers_no_handle() {
        let picture = Rect::from_min_max(pos2(0.0, 0.0), pos2(400.0, 400.0));
        for (wide, high) in [(60.0, 30.0), (15.0, 15.0), (14.0, 9.0), (90.0, 12.0)] {
            let spots = crowd(wide, high);
            for spot in &spots {
                let plate = room_for(vec2(130.0, 18.0), (picture, &spots), spot.at);
                assert!(picture.contains_rect(plate));
                let covers = spots.iter().any(|other| plate.contains(other.at));
                assert!(!covers, "{} of {wide} x {high}: {plate:?}", spot.index);
            }
        }
        // Alone it is where it always was.
        let spots = &crowd(60.0, 60.0)[..1];
        let plate = room_for(vec2(50.0, 18.0), (picture, spots), spots[0].at);
        assert_eq!(plate.left_bottom(), spots[0].at + vec2(12.0, -10.0));
    }
}
