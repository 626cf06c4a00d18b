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
/// How far apart two handles of a thing are at least, sideways or upwards (points).
const ROOM: f64 = 2.0 * HIT as f64;

/// A handle on the screen.
pub(super) struct Spot {
    pub(super) thing: Thing,
    pub(super) index: usize,
    pub(super) handle: Handle,
    /// Where it is drawn and hit: beside its place where others are too near.
    pub(super) at: Pos2,
    /// Where its line begins.
    foot: Pos2,
}

impl Spot {
    /// From a place of the pointer to the place of the handle, which need not be where it is drawn.
    pub(super) fn offset(&self, on: &Projection, pointer: Pos2) -> Vec2 {
        screen(on, self.handle.at) - pointer
    }
}

/// All handles of a thing: ends of axes no nearer to the middle than there is room for both to be hit, and the rail of an energy beside
/// them. However small the thing is on the screen, each has its place.
fn placed(scenario: &Scenario, thing: Thing, on: &Projection) -> Vec<Spot> {
    let spot = |(index, handle): (usize, Handle)| {
        let foot = screen(on, handle.foot);
        let to = handle.at - handle.foot;
        let near = to.x.abs().max(to.y.abs());
        let at = if handle.grip == Grip::Axis && near > 0.0 && on.camera.scale * near < ROOM {
            let pushed = (ROOM / near) * to;
            foot + vec2(pushed.x as f32, -pushed.y as f32)
        } else {
            screen(on, handle.at)
        };
        Spot {
            thing,
            index,
            handle,
            at,
            foot,
        }
    };
    let all = things::handles(scenario, thing, KT / on.camera.scale);
    let mut spots: Vec<Spot> = all.into_iter().enumerate().map(spot).collect();
    // The rails of a landscape stand where its wells and barriers are.
    if thing != Thing::Landscape {
        let ends: Vec<f32> = spots
            .iter()
            .filter(|s| s.handle.grip == Grip::Axis)
            .map(|s| s.at.x)
            .collect();
        for rail in spots.iter_mut().filter(|s| s.handle.grip == Grip::Level) {
            let near = |x: f32| {
                ends.iter()
                    .copied()
                    .filter(move |end| (end - x).abs() < ROOM as f32 - 0.01)
            };
            let mut x = rail.at.x;
            while let Some(end) = near(x).reduce(f32::min) {
                x = end - ROOM as f32;
            }
            (rail.at.x, rail.foot.x) = (x, x);
        }
    }
    spots
}

impl App {
    /// The handles in a picture: the middle of everything, and all of what is selected.
    pub(super) fn spots(&self, place: Place<'_>, on: &Projection) -> Vec<Spot> {
        let selected = self.select.thing(&self.draft);
        let grabbed = self.select.grab.filter(|g| g.panel == place.index).map(|g| g.pressed);
        let mut spots = Vec::new();
        for thing in things::things(&self.draft) {
            for spot in placed(&self.draft, thing, on) {
                // What is dragged stays a widget wherever it goes.
                let shown = spot.index == 0 || selected == Some(thing);
                let inside = place.picture.shrink(2.0).contains(spot.at);
                if (shown && inside) || grabbed == Some((thing, spot.index)) {
                    spots.push(spot);
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
            let foot = spot.foot;
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

/// Where each handle is hit: all around it, and between two that are close to each other up to the middle. No place belongs to two:
/// where one lies on another it has no room of its own but on its far side, be it the one that is not `selected`, or the smaller part of
/// its thing.
pub(super) fn areas(spots: &[Spot], selected: Option<Thing>) -> Vec<Rect> {
    /// What is left to the first of two that lie on each other.
    const LEAST: f32 = 6.0;
    let rank = |k: usize| (selected != Some(spots[k].thing), spots[k].index, k);
    let area = |k: usize| {
        let at = spots[k].at;
        let mut area = Rect::from_center_size(at, Vec2::splat(2.0 * HIT));
        for other in (0..spots.len()).filter(|other| *other != k) {
            let first = rank(k) < rank(other);
            let mut to = spots[other].at - at;
            if to == Vec2::ZERO {
                to.x = if first { f32::MIN_POSITIVE } else { -f32::MIN_POSITIVE };
            }
            let half = 0.5 * to.abs().max_elem();
            // Both are cut along the same line, since both see the other as far along the same side.
            let reach = match (half < LEAST, first) {
                (false, _) => half,
                (true, true) => LEAST,
                (true, false) => 2.0 * half - LEAST,
            };
            let (sides, from, toward) = if to.x.abs() >= to.y.abs() {
                ((&mut area.min.x, &mut area.max.x), at.x, to.x)
            } else {
                ((&mut area.min.y, &mut area.max.y), at.y, to.y)
            };
            let line = from + reach * toward.signum();
            if toward > 0.0 {
                *sides.1 = sides.1.min(line);
            } else {
                *sides.0 = sides.0.max(line);
            }
        }
        // One that is shut in from all sides has no room at all.
        area.max = area.max.max(area.min);
        area
    };
    (0..spots.len()).map(area).collect()
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
    use super::super::oval::{Oval, set_oval};
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
            foot: middle,
        };
        places.enumerate().map(spot).collect()
    }

    /// That no two have a place in common.
    fn nobody_takes_the_room_of_another(areas: &[Rect], what: &str) {
        for (k, area) in areas.iter().enumerate() {
            for (other, theirs) in areas[..k].iter().enumerate() {
                let both = area.intersect(*theirs);
                assert!(
                    both.width() < 1e-3 || both.height() < 1e-3,
                    "{other} and {k} of {what}: {both:?}"
                );
            }
        }
    }

    #[test]
    fn handles_are_hit_within_24_points_and_none_takes_the_room_of_another() {
        for (wide, high) in [
            (60.0, 30.0),
            (15.0, 15.0),
            (14.0, 9.0),
            (30.0, 7.0),
            (39.0, 24.0),
            (4.0, 1.0),
        ] {
            let spots = crowd(wide, high);
            let areas = areas(&spots, None);
            nobody_takes_the_room_of_another(&areas, &format!("{wide} x {high}"));
            assert!(areas[0].contains(spots[0].at), "the middle comes first");
            if wide > 26.0 && high > 26.0 {
                assert!(areas.iter().all(|area| area.size().min_elem() >= 24.0), "{areas:?}");
            }
            // Outwards nobody is in the way.
            assert!((areas[1].right() - spots[1].at.x - HIT).abs() < 1e-3);
        }
    }

    #[test]
    fn every_handle_of_a_thing_has_its_room_whatever_its_size_and_the_zoom() {
        use crate::render::camera::Camera;
        use crate::scenario::Start;
        use crate::space::{self, Symmetric};
        use crate::target::Component;
        let (mut scenario, mut most) = (things::full(), 0);
        scenario.start = Start::Mixture(vec![
            Component::new(
                2.0,
                Point::new(1.0, 0.0),
                Symmetric::new(0.3, 0.1, 0.2)
            );
            2
        ]);
        for scale in [1e-3, 0.5, 3.0, 12.0, 40.0, 117.0, 400.0, 3e3, 1e5] {
            let camera = Camera {
                center: Point::new(0.4, 1.1),
                scale,
            };
            let on = camera.on(space::Rect::new(0.0, 640.0, 0.0, 480.0));
            for (a, b) in [(0.02, 0.02), (0.5, 0.2), (0.05, 3.0), (20.0, 20.0), (2.0, 0.02)] {
                for (angle, depth) in [(0.0, 3.0), (20.0, 0.0), (45.0, -4.0), (90.0, 0.1), (-63.0, 50.0)] {
                    let well = &mut scenario.relief.wells[0];
                    (well.widths, well.angle, well.depth) = ((a, b), angle, depth);
                    let component = Thing::Component(0);
                    let oval = Oval {
                        widths: (a, b),
                        angle,
                        ..oval(&scenario, component).unwrap()
                    };
                    set_oval(&mut scenario, component, oval);
                    for thing in [Thing::Well(0), component, Thing::Start(1)] {
                        let spots = placed(&scenario, thing, &on);
                        let areas = areas(&spots, Some(thing));
                        let what = format!("{thing:?} of {a} x {b}, {angle}°, {depth} kT at {scale}");
                        nobody_takes_the_room_of_another(&areas, &what);
                        for (spot, area) in spots.iter().zip(&areas) {
                            let far = spot.at.to_vec2().abs().max_elem() > 1e5;
                            // Single precision ends there, far outside of every screen.
                            let least = if far { 0.0 } else { 2.0 * HIT - 0.1 };
                            assert!(area.size().min_elem() >= least, "{what}: {} has {area:?}", spot.index);
                            most = most.max(spot.index);
                        }
                        // What is large enough stands where it is.
                        let exact = spots.iter().filter(|spot| spot.offset(&on, spot.at).length() < 1e-2);
                        assert!(exact.count() >= if scale * a.min(b) > ROOM { 5 } else { 1 }, "{what}");
                    }
                }
            }
        }
        assert_eq!(most, 5);
    }

    #[test]
    fn of_two_that_lie_on_each_other_the_selected_one_is_hit() {
        let mut spots = crowd(60.0, 60.0);
        spots.truncate(1);
        for by in [0.0, 2.0, 5.0, 9.0] {
            spots.truncate(1);
            let (thing, at) = (Thing::Well(1), spots[0].at + vec2(by, 0.0));
            spots.push(Spot {
                thing,
                at,
                ..crowd(60.0, 60.0).remove(0)
            });
            for k in [0, 1] {
                let areas = areas(&spots, Some(Thing::Well(k)));
                nobody_takes_the_room_of_another(&areas, "two");
                assert!(areas[k].shrink(2.0).contains(spots[k].at), "{by}: {areas:?}");
                assert!(areas[1 - k].width() >= 7.0, "the other is not out of reach");
            }
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
