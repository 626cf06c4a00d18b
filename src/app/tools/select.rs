//! The tool Select: wells, components, the landscape and the start are dragged by their handles, with the pointer or with the keys.
//!
//! Every handle is a widget of its own: Tab goes from one to the next, arrows move the one that has the keyboard, and a screen reader
//! says what it is and where. Edits go to the draft, as those of the sliders do, and are live.

use eframe::egui;
use eframe::egui::{CursorIcon, Id, Key, Modifiers, PointerButton, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::super::App;
use super::super::panel::Place;
use super::arrows;
use super::hands::world;
use super::spots::{KT, Spot, areas, saying};
use super::things::{self, Thing};
use crate::render::camera::{Projection, nice_step};
use crate::scenario::Scenario;
use crate::snapshot::Plane;
use crate::space::Point;
use crate::target::Grip;
use crate::words::t;

/// What an arrow key moves a handle by, in points of the screen before rounding, and in kT.
const NUDGE: (f64, f64) = (4.0, 0.1);
/// What + and − change a depth by (kT).
const DEEPER: f64 = 0.5;

/// What is selected, and what a hand is doing with it.
#[derive(Debug, Default)]
pub(in crate::app) struct Selection {
    pub(super) thing: Option<Thing>,
    pub(super) grab: Option<Grab>,
    /// What the pointer or the keyboard is at, in which panel.
    pub(super) hot: Option<(usize, Thing, usize)>,
    /// What is to get the keyboard when it is drawn next.
    pub(super) focus: Option<(Thing, usize)>,
    /// The handle that has the keyboard.
    pub(in crate::app) keyboard: Option<Id>,
    /// When an edit of a drag was last sent (seconds).
    sent: f64,
    /// Whether the sliders of tilt and shift are shown.
    pub(super) tilts: bool,
    /// Where a menu was opened.
    pub(super) menu: Point,
    /// Whether the view was fixed so that it holds still under a drag.
    pub(in crate::app) holds_view: bool,
}

/// A drag that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grab {
    pub(super) panel: usize,
    /// The handle that was pressed, and the one that it has become: of two axes the first is the one nearer to x.
    pub(super) pressed: (Thing, usize),
    now: usize,
    /// From the pointer to the handle (points).
    offset: Vec2,
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

    /// Nothing is selected any more.
    pub(super) fn let_go(&mut self) {
        (self.thing, self.focus) = (None, None);
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
        for (spot, area) in spots.iter().zip(areas(&spots)) {
            // Only in one panel do handles take the keyboard: in the others they are the same ones.
            let sense = if chosen {
                Sense::click_and_drag()
            } else {
                Sense::CLICK | Sense::DRAG
            };
            let id = picture.id.with((spot.thing, spot.index));
            let response = ui.interact(area, id, sense);
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
            self.select.keyboard = Some(response.id);
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
            self.notices.hint(ui.ctx(), t!("The start applies on reset (R)"));
        }
    }

    /// Arrows move the handle that has the keyboard; + and − change the depth.
    fn keys_ui(&mut self, ui: &Ui, id: Id, (thing, handle): (Thing, usize), kt: f64) {
        arrows::keep(ui, id);
        let pressed: Vec<(Key, Modifiers)> = ui.input(|input| {
            let events = input.events.iter().filter_map(|event| match event {
                egui::Event::Key {
                    key,
                    pressed: true,
                    modifiers,
                    ..
                } => Some((*key, *modifiers)),
                _ => None,
            });
            events.collect()
        });
        for (key, held) in pressed {
            let Some(way) = arrows::way(key) else {
                // With Ctrl these zoom the interface.
                match key {
                    Key::Plus | Key::Equals if !held.command => self.deepen(thing, kt, DEEPER),
                    Key::Minus if !held.command => self.deepen(thing, kt, -DEEPER),
                    _ => {}
                }
                continue;
            };
            let Some(present) = things::handles(&self.draft, thing, kt).get(handle).copied() else {
                return;
            };
            self.hold_view((thing, handle));
            let step = match present.grip {
                Grip::Level => NUDGE.1 * kt,
                _ => nice_step(NUDGE.0 * kt / KT),
            };
            let now = things::drag(
                &mut self.draft,
                (thing, handle),
                present.at + (arrows::steps(held) * step) * way,
                kt,
            );
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
}
