//! The tool Select: wells, components, the landscape and the start are dragged by their handles, with the pointer or with the keys.
//!
//! Every handle is a widget of its own: Tab goes from one to the next, arrows move the one that has the keyboard, and a screen reader
//! says what it is and where. Edits go to the draft, as those of the sliders do, and are live.

use eframe::egui;
use eframe::egui::{
    Align2, Color32, CursorIcon, EventFilter, FontId, Id, Key, Painter, PointerButton, Pos2, Rect, Response, Role,
    Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::super::App;
use super::super::actions::Action;
use super::super::panel::Place;
use super::super::theme::{Tokens, size};
use super::super::widgets::{entry, short};
use super::things::{self, Thing};
use crate::landscape::Relief;
use crate::render::camera::{Projection, nice_step};
use crate::scenario::Scenario;
use crate::snapshot::Plane;
use crate::space::Point;
use crate::target::{Component, Grip, Handle, Shape};

/// Points of the screen for one kT of a handle that stands for an energy.
const KT: f64 = 8.0;
/// Half of the edge of the area in which a handle is hit, where others leave the room.
const HIT: f32 = 13.0;
/// What an arrow key moves a handle by, in points of the screen before rounding, and in kT.
const NUDGE: (f64, f64) = (4.0, 0.1);
/// What + and − change a depth by (kT).
const DEEPER: f64 = 0.5;

/// What can be done with what is selected, or without.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::app) enum Deed {
    /// A new well, there or in the middle of the picture.
    AddWell(Option<Point>),
    /// A new component of a mixture, there or in the middle of the picture.
    AddComponent(Option<Point>),
    /// A copy of what is selected, beside it.
    Duplicate,
    /// What is selected goes.
    Delete,
    /// Select the next thing, and give it the keyboard.
    Next,
    /// Select the thing before.
    Previous,
    /// No shift, no tilt, no wells.
    ClearRelief,
}

/// What is selected, and what a hand is doing with it.
#[derive(Debug, Default)]
pub(in crate::app) struct Selection {
    thing: Option<Thing>,
    grab: Option<Grab>,
    /// What the pointer or the keyboard is at, in which panel.
    hot: Option<(usize, Thing, usize)>,
    /// What is to get the keyboard when it is drawn next.
    focus: Option<(Thing, usize)>,
    /// When an edit of a drag was last sent (seconds).
    sent: f64,
    /// Whether the sliders of tilt and shift are shown.
    pub(super) tilts: bool,
    /// Where a menu was opened.
    menu: Point,
    /// Whether the view was fixed so that it holds still under a drag.
    pub(in crate::app) holds_view: bool,
}

/// A drag that goes on.
#[derive(Clone, Copy, Debug)]
struct Grab {
    panel: usize,
    /// The handle that was pressed, and the one that it has become: of two axes the first is the one nearer to x.
    pressed: (Thing, usize),
    now: usize,
    /// From the pointer to the handle (points).
    offset: Vec2,
}

/// A handle on the screen.
struct Spot {
    thing: Thing,
    index: usize,
    handle: Handle,
    at: Pos2,
}

impl Selection {
    /// Whether an edit is one of a drag and comes too soon after the last: each makes the run measure another landscape and the exact
    /// solution move to it. The last one of a drag is always sent.
    pub(in crate::app) fn waits_to_send(&mut self, ctx: &egui::Context) -> bool {
        /// Seconds between edits: five hundredths look smooth.
        const PACE: f64 = 0.05;
        let now = ctx.input(|i| i.time);
        let early = self.grab.is_some() && now - self.sent < PACE;
        if early {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(PACE));
        } else {
            self.sent = now;
        }
        early
    }

    /// What is selected, if it is still there.
    pub(in crate::app) fn thing(&self, scenario: &Scenario) -> Option<Thing> {
        self.thing.filter(|thing| things::things(scenario).contains(thing))
    }
}

impl App {
    /// What the pointer and the keys do over a picture; false where they leave it to the view.
    pub(super) fn select_pointer_ui(&mut self, ui: &Ui, place: Place<'_>, on: &Projection, picture: &Response) -> bool {
        if self.select.hot.is_some_and(|(panel, ..)| panel == place.index) {
            self.select.hot = None;
        }
        if place.panel().plane != Plane::Positions {
            return false;
        }
        let kt = KT / on.camera.scale;
        let spots = self.spots(place, on);
        let chosen = self.view.selected == place.index;
        for (k, spot) in spots.iter().enumerate() {
            let nearest = spots.iter().enumerate().filter(|(other, _)| *other != k);
            let nearest = nearest
                .map(|(_, other)| (other.at - spot.at).abs().max_elem())
                .fold(f32::INFINITY, f32::min);
            let half = (0.5 * nearest).clamp(3.0, HIT);
            // Only in one panel do handles take the keyboard: in the others they are the same ones.
            let sense = if chosen {
                Sense::click_and_drag()
            } else {
                Sense::CLICK | Sense::DRAG
            };
            let id = picture.id.with((spot.thing, spot.index));
            let response = ui.interact(Rect::from_center_size(spot.at, Vec2::splat(2.0 * half)), id, sense);
            self.spot_ui(ui, (place, on), spot, &response);
        }
        if picture.clicked() {
            self.select.thing = None;
        }
        if picture.secondary_clicked()
            && let Some(at) = picture.interact_pointer_pos()
        {
            self.select.menu = world(on, at);
        }
        picture.context_menu(|ui| self.ground_menu_ui(ui));
        if picture.has_focus()
            && let Some(thing) = self.select.thing(&self.draft)
        {
            self.keys_ui(ui, picture.id, (thing, 0), kt);
        }
        false
    }

    /// The handles in a picture: the middle of everything, and all of what is selected.
    fn spots(&self, place: Place<'_>, on: &Projection) -> Vec<Spot> {
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

    fn spot_ui(&mut self, ui: &Ui, (place, on): (Place<'_>, &Projection), spot: &Spot, response: &Response) {
        let kt = KT / on.camera.scale;
        let (thing, index) = (spot.thing, spot.index);
        let chosen = self.view.selected == place.index;
        if chosen {
            let says = saying(&self.draft, spot, kt);
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, self.select.thing == Some(thing), &says));
        }
        if chosen && self.select.focus == Some((thing, index)) {
            self.select.focus = None;
            response.request_focus();
        }
        if response.hovered() || response.has_focus() {
            self.select.hot = Some((place.index, thing, index));
        }
        if response.hovered() {
            ui.set_cursor_icon(CursorIcon::Grab);
        }
        if response.clicked() || response.secondary_clicked() || response.gained_focus() {
            self.select.thing = Some(thing);
            self.view.selected = place.index;
        }
        if response.clicked() {
            // So that arrows move what was clicked.
            response.request_focus();
        }
        if response.drag_started_by(PointerButton::Primary) {
            let pressed = ui.input(|i| i.pointer.press_origin()).unwrap_or(spot.at);
            self.select.thing = Some(thing);
            self.view.selected = place.index;
            self.hold_view((thing, index));
            self.select.grab = Some(Grab {
                panel: place.index,
                pressed: (thing, index),
                now: index,
                offset: spot.at - pressed,
            });
        }
        if let Some(grab) = self.select.grab
            && (grab.panel, grab.pressed) == (place.index, (thing, index))
        {
            if response.dragged_by(PointerButton::Primary)
                && let Some(pointer) = response.interact_pointer_pos()
            {
                ui.set_cursor_icon(CursorIcon::Grabbing);
                let to = world(on, pointer + grab.offset);
                let now = things::drag(&mut self.draft, (thing, grab.now), to, kt);
                self.select.grab = Some(Grab { now, ..grab });
                self.select.hot = Some((place.index, thing, now));
            } else {
                self.select.grab = None;
                self.say_that_it_waits(ui, thing);
            }
        }
        if response.has_focus() {
            self.keys_ui(ui, response.id, (thing, index), kt);
        }
        response.context_menu(|ui| self.thing_menu_ui(ui, thing));
    }

    /// A view that follows a component would run away from under a drag of it.
    pub(super) fn hold_view(&mut self, (thing, handle): (Thing, usize)) {
        let moves = matches!(thing, Thing::Component(_)) || (thing == Thing::Landscape && handle > 0);
        if moves && self.draft.view.is_none() {
            let view = self.draft.view();
            self.draft.view = Some(((view.min.x, view.max.x), (view.min.y, view.max.y)));
            self.select.holds_view = true;
        }
    }

    fn say_that_it_waits(&mut self, ui: &Ui, thing: Thing) {
        if thing.waits() && self.waiting() {
            self.notices.hint(ui.ctx(), "The start applies on reset (R)");
        }
    }

    /// Arrows move the handle that has the keyboard; + and − change the depth.
    fn keys_ui(&mut self, ui: &Ui, id: Id, (thing, handle): (Thing, usize), kt: f64) {
        let arrows = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
        let pressed: Vec<(Key, f64, bool)> = ui.input(|input| {
            let events = input.events.iter().filter_map(|event| match event {
                egui::Event::Key {
                    key,
                    pressed: true,
                    modifiers,
                    ..
                } => {
                    let factor = if modifiers.shift { 10.0 } else { 1.0 } * if modifiers.command { 0.1 } else { 1.0 };
                    Some((*key, factor, modifiers.command))
                }
                _ => None,
            });
            events.collect()
        });
        for (key, factor, command) in pressed {
            let way = match key {
                Key::ArrowLeft => Point::new(-1.0, 0.0),
                Key::ArrowRight => Point::new(1.0, 0.0),
                Key::ArrowUp => Point::new(0.0, 1.0),
                Key::ArrowDown => Point::new(0.0, -1.0),
                // With Ctrl these zoom the interface.
                Key::Plus | Key::Equals if !command => {
                    self.deepen(thing, kt, DEEPER);
                    continue;
                }
                Key::Minus if !command => {
                    self.deepen(thing, kt, -DEEPER);
                    continue;
                }
                _ => continue,
            };
            let Some(present) = things::handles(&self.draft, thing, kt).get(handle).copied() else {
                return;
            };
            self.hold_view((thing, handle));
            let step = match present.grip {
                Grip::Level => NUDGE.1 * kt,
                _ => nice_step(NUDGE.0 * kt / KT),
            };
            let now = things::drag(&mut self.draft, (thing, handle), present.at + (factor * step) * way, kt);
            if now != handle {
                self.select.focus = Some((thing, now));
            }
            self.say_that_it_waits(ui, thing);
        }
    }

    /// Makes a well deeper, a component heavier, the energies of a landscape higher.
    fn deepen(&mut self, thing: Thing, kt: f64, by: f64) {
        let handles = things::handles(&self.draft, thing, kt);
        let Some(level) = handles.iter().position(|h| h.grip == Grip::Level) else {
            return;
        };
        let up = if thing == Thing::Landscape { by } else { -by };
        self.hold_view((thing, level));
        let to = handles[level].at + Point::new(0.0, up * kt);
        things::drag(&mut self.draft, (thing, level), to, kt);
    }

    fn thing_menu_ui(&mut self, ui: &mut Ui, thing: Thing) {
        ui.label(thing.name(&self.draft));
        ui.separator();
        if thing != Thing::Landscape {
            if entry(ui, false, "Duplicate").clicked() {
                self.select.thing = Some(thing);
                self.queue.push(Action::Hand(Deed::Duplicate));
            }
            if entry(ui, false, "Delete").clicked() {
                self.select.thing = Some(thing);
                self.queue.push(Action::Hand(Deed::Delete));
            }
        }
        self.reset_entry_ui(ui);
    }

    fn ground_menu_ui(&mut self, ui: &mut Ui) {
        let at = self.select.menu;
        if entry(ui, false, "Add a well here").clicked() {
            self.queue.push(Action::Hand(Deed::AddWell(Some(at))));
        }
        if matches!(self.draft.target, Shape::Mixture(_)) && entry(ui, false, "Add a component here").clicked() {
            self.queue.push(Action::Hand(Deed::AddComponent(Some(at))));
        }
        self.reset_entry_ui(ui);
    }

    fn reset_entry_ui(&mut self, ui: &mut Ui) {
        if !self.draft.relief.is_nothing() && entry(ui, false, "Remove wells, tilt and shift").clicked() {
            self.queue.push(Action::Hand(Deed::ClearRelief));
        }
    }

    /// Does what keys, menus and buttons ask for.
    pub(in crate::app) fn do_by_hand(&mut self, ctx: &egui::Context, deed: Deed) {
        let selected = self.select.thing(&self.draft);
        let view = self.draft.view();
        let middle = self.view.camera.map_or(view.center(), |camera| camera.center);
        let by = 0.1 * view.width();
        let nothing = "Nothing is selected: click a well, a component or the start first.".to_owned();
        let done = match deed {
            Deed::AddWell(at) => things::add_well(&mut self.draft, at.unwrap_or(middle), view.width()).map(Some),
            Deed::AddComponent(at) => self.add_component(at.unwrap_or(middle), by).map(Some),
            Deed::Duplicate => selected.ok_or(nothing).and_then(|thing| {
                self.hold_view((thing, 0));
                things::duplicate(&mut self.draft, thing, Point::new(by, -by)).map(Some)
            }),
            Deed::Delete => selected.ok_or(nothing).and_then(|thing| {
                self.hold_view((thing, 0));
                things::delete(&mut self.draft, thing).map(|()| None)
            }),
            Deed::Next | Deed::Previous => {
                let all = things::things(&self.draft);
                let last = all.len() - 1;
                let present = selected.and_then(|thing| all.iter().position(|other| *other == thing));
                let next = match (present, deed) {
                    (Some(k), Deed::Next) => (k + 1) % all.len(),
                    (Some(k), _) => k.checked_sub(1).unwrap_or(last),
                    (None, Deed::Next) => 0,
                    (None, _) => last,
                };
                Ok(Some(all[next]))
            }
            Deed::ClearRelief => {
                self.draft.relief = Relief::default();
                Ok(selected)
            }
        };
        match done {
            Ok(thing) => {
                self.select.thing = thing;
                self.select.focus = thing.filter(|_| deed != Deed::ClearRelief).map(|thing| (thing, 0));
            }
            Err(sentence) => self.notices.hint(ctx, &sentence),
        }
    }

    fn add_component(&mut self, at: Point, width: f64) -> Result<Thing, String> {
        self.hold_view((Thing::Component(0), 0));
        let variance = 0.5 * width * width;
        let covariance = crate::space::Symmetric::new(variance, 0.0, variance);
        let at = at - self.draft.relief.shift;
        things::add_component(&mut self.draft, Component::new(1.0, at, covariance))
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
            paint_reading(painter, place.picture, spot, &reading(&self.draft, spot, kt), tokens);
        }
    }

    fn is_hot(&self, place: Place<'_>, spot: &Spot) -> bool {
        self.select.hot == Some((place.index, spot.thing, spot.index))
    }

    /// One standard deviation of what is selected.
    fn paint_outline(&self, painter: &Painter, thing: Thing, on: &Projection, tokens: &Tokens) {
        const CORNERS: usize = 64;
        let Some(oval) = things::oval(&self.draft, thing) else {
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

fn screen(on: &Projection, p: Point) -> Pos2 {
    let s = on.screen_from_world(p);
    pos2(s.x as f32, s.y as f32)
}

fn world(on: &Projection, p: Pos2) -> Point {
    on.world_from_screen(Point::new(f64::from(p.x), f64::from(p.y)))
}

/// What a screen reader says of a handle.
fn saying(scenario: &Scenario, spot: &Spot, kt: f64) -> String {
    let thing = spot.thing.name(scenario);
    let waits = if spot.thing.waits() { ", applies on reset" } else { "" };
    match spot.handle.grip {
        Grip::Level => format!("{thing} {}{waits}", reading(scenario, spot, kt)),
        Grip::Center | Grip::Axis => {
            let at = spot.handle.at;
            format!("{thing} {} at ({:.2}, {:.2}){waits}", spot.handle.name, at.x, at.y)
        }
    }
}

/// The number that a handle stands for.
fn reading(scenario: &Scenario, spot: &Spot, kt: f64) -> String {
    let handle = spot.handle;
    let oval = things::oval(scenario, spot.thing);
    match (handle.grip, oval) {
        (Grip::Level, Some(oval)) => match (spot.thing, oval.strength) {
            (Thing::Well(_), Some(depth)) => format!("depth {depth:.1} kT"),
            (_, Some(weight)) => format!("weight {}", short(weight)),
            _ => handle.name.to_owned(),
        },
        (Grip::Level, None) => format!("{} {:.1} kT", handle.name, (handle.at.y - handle.foot.y) / kt),
        (Grip::Axis, Some(oval)) => format!(
            "{} × {}, {:.0}°",
            short(oval.widths.0),
            short(oval.widths.1),
            oval.angle
        ),
        (Grip::Axis, None) => handle.name.to_owned(),
        (Grip::Center, _) if spot.thing == Thing::Landscape => {
            let shift = scenario.relief.shift;
            format!("landscape moved by ({:.2}, {:.2})", shift.x, shift.y)
        }
        (Grip::Center, _) => {
            let name = spot.thing.name(scenario).to_lowercase();
            let waits = if spot.thing.waits() { ", on reset" } else { "" };
            format!("{name} ({:.2}, {:.2}){waits}", handle.at.x, handle.at.y)
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

/// The number of a handle, beside it and inside the picture.
fn paint_reading(painter: &Painter, picture: Rect, spot: &Spot, text: &str, tokens: &Tokens) {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(size::SMALL), tokens.text);
    let wanted = Align2::LEFT_BOTTOM
        .anchor_size(spot.at + vec2(12.0, -10.0), galley.size())
        .expand2(vec2(5.0, 2.0));
    let room = picture.shrink(2.0);
    let by = vec2(
        (room.max.x - wanted.max.x).min(0.0),
        (room.min.y - wanted.min.y).max(0.0),
    );
    let rect = wanted.translate(by);
    painter.rect(
        rect,
        4.0,
        tokens.panel,
        Stroke::new(1.0, tokens.line),
        StrokeKind::Inside,
    );
    painter.galley(rect.min + vec2(5.0, 2.0), galley, tokens.text);
}
