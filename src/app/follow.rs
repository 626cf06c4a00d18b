//! One particle in every panel: under the pointer, or pinned by a click or by its number.
//!
//! A slot keeps its noise in all panels, so what becomes of it differs by nothing but the flows. Hairlines tie its discs together.

use std::time::Duration;

use eframe::egui;
use eframe::egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::App;
use super::layers::well_name;
use super::panel::{Place, drawn};
use super::theme::{Theme, Tokens, size};
use super::tools::Tool;
use super::widgets::{named_tick_ui, short};
use crate::render::camera::Projection;
use crate::snapshot::{Dot, Plane};
use crate::space::Point;
use crate::words::{msg, t};

/// A disc this near to the pointer is meant (points), and stays so a little farther off.
const REACH: (f32, f32) = (10.0, 14.0);
/// Smallest radius of a ring (points).
const RING: f32 = 6.0;

/// A particle, and the panel in which it was pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pin {
    panel: usize,
    slot: usize,
}

/// The particles that are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Follow {
    hovered: Option<Pin>,
    pinned: Option<Pin>,
}

impl Follow {
    /// Lets the pinned particle go; whether there was one.
    pub(super) const fn unpin(&mut self) -> bool {
        self.pinned.take().is_some()
    }

    /// Forgets what was pointed at in a panel that is no more.
    pub(super) fn forget(&mut self, panel: usize) {
        self.hovered = None;
        if let Some(pin) = &mut self.pinned {
            pin.panel -= usize::from(pin.panel > panel);
        }
    }
}

/// So long (seconds) a pointer at rest is one that is in use.
const REST: f32 = 4.0;

/// A disc of the followed particle on the screen.
struct Seen {
    panel: usize,
    at: Pos2,
    ring: f32,
}

impl App {
    /// Whether the pointer lies about while cards are shown: whoever speaks has put it down, and nothing is to be told of what is beneath it.
    pub(super) fn pointer_rests(&self, ctx: &egui::Context) -> bool {
        if self.hall.on.is_none() {
            return false;
        }
        let since = ctx.input(|i| i.pointer.time_since_last_movement());
        if since < REST {
            ctx.request_repaint_after(Duration::from_secs_f32(REST - since));
        }
        since >= REST
    }

    /// What the pointer follows where the tool in hand leaves it alone: the disc beneath it, pinned by a click.
    pub(super) fn follow_pointer(&mut self, place: Place<'_>, on: &Projection, response: &Response) {
        let panel = place.index;
        let pointer = response.hover_pos().filter(|_| !self.pointer_rests(&response.ctx));
        if self.view.follow.hovered.is_some_and(|pin| pin.panel == panel) && pointer.is_none() {
            self.view.follow.hovered = None;
        }
        let able = self.view.tool == Tool::Select && self.view.layers.discs && !response.dragged();
        let Some(pointer) = pointer.filter(|_| able) else {
            // Another tool has its own to say where the pointer is.
            if self.view.tool != Tool::Select {
                self.view.follow.hovered = None;
            }
            return;
        };
        let held = self.view.follow.hovered.filter(|pin| pin.panel == panel);
        let found = self.disc_at(place, on, pointer, held.map(|pin| pin.slot));
        let follow = &mut self.view.follow;
        follow.hovered = found.map(|slot| Pin { panel, slot });
        if let Some(pin) = follow.hovered.filter(|_| response.clicked()) {
            let same = follow.pinned.is_some_and(|pinned| pinned.slot == pin.slot);
            follow.pinned = (!same).then_some(pin);
        }
    }

    /// The nearest disc within reach of the pointer. One that is held is let go of a little later, so that a run beneath a pointer at rest
    /// does not make it jump from disc to disc.
    fn disc_at(&self, place: Place<'_>, on: &Projection, pointer: Pos2, held: Option<usize>) -> Option<usize> {
        let canvas = place.canvas(self.draft.view());
        let all = drawn(place.panel());
        let moved = (canvas.plane != Plane::Positions).then(|| canvas.dots(all));
        let dots = moved.as_deref().unwrap_or(all);
        let far = |dot: &Dot| (on_screen(dot, on) - pointer).length();
        if let Some(slot) =
            held.filter(|&slot| dots.get(slot).is_some_and(|dot| dot.weight > 0.0 && far(dot) < REACH.1))
        {
            return Some(slot);
        }
        let near = dots.iter().enumerate().filter(|(_, dot)| dot.weight > 0.0);
        let near = near
            .map(|(slot, dot)| (slot, far(dot)))
            .filter(|(_, far)| *far < REACH.0);
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(slot, _)| slot)
    }

    /// Rings round the discs of the followed particle, hairlines between the panels, and what is known of it in each.
    pub(super) fn follow_ui(&self, ui: &Ui, places: &[(Place<'_>, Projection)]) {
        let Some(pin) = self.view.follow.hovered.or(self.view.follow.pinned) else {
            return;
        };
        let tokens = Theme::of(ui).tokens();
        let painter = ui.painter();
        let mut seen: Vec<(Seen, Rect, String)> = Vec::new();
        for (place, on) in places {
            let Some(dot) = place.panel().dots.get(pin.slot) else {
                continue;
            };
            let canvas = place.canvas(self.draft.view());
            let [moved] = canvas.dots(&[*dot])[..] else { continue };
            let at = on_screen(if canvas.plane == Plane::Positions { dot } else { &moved }, on);
            if place.picture.contains(at) {
                let sizes = self.sizes(*place);
                let ring = (sizes.radius(dot.weight) + 3.0).max(RING);
                // Of a part of all particles only the place among those is known.
                let all = place.panel().dots.len() == place.panel().particles;
                let text = words(all.then_some(pin.slot), dot, place.wells());
                let panel = place.index;
                seen.push((Seen { panel, at, ring }, place.picture, text));
            }
        }
        let first = seen.iter().position(|(s, ..)| s.panel == pin.panel).unwrap_or(0);
        let Some((anchor, ..)) = seen.get(first) else { return };
        for (k, (other, ..)) in seen.iter().enumerate() {
            if k != first {
                hairline(painter, anchor, other, tokens);
            }
        }
        for (disc, picture, text) in &seen {
            for (width, color) in [(4.0, tokens.plate), (1.6, tokens.text)] {
                painter.circle_stroke(disc.at, disc.ring, Stroke::new(width * tokens.bold, color));
            }
            let plate = plate(painter, disc, *picture, text, tokens);
            // Nothing to press: only its words for those who cannot see it.
            let id = ui.scope_id().with(("followed", disc.panel));
            let response = ui.interact(Rect::from_min_size(plate.min, vec2(0.0, 0.0)), id, Sense::hover());
            let label = t!(
                "Panel {number}: {text}",
                number = disc.panel + 1,
                text = text.replace('\n', ", ")
            );
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &label));
        }
    }

    /// A particle by its number.
    pub(super) fn follow_row_ui(&mut self, ui: &mut Ui) {
        let Some(report) = &self.report else { return };
        let slots = report.snapshot.panels.iter().map(|p| p.dots.len()).max().unwrap_or(0);
        let mut on = self.view.follow.pinned.is_some();
        let help = t!(
            "The same particle in all panels, ringed and tied together. A click on a disc pins it, too; Esc lets it go."
        );
        if named_tick_ui(ui, &mut on, (t!("follow"), msg!("Follow a particle")), help) {
            let (panel, slot) = (self.view.selected, 0);
            self.view.follow.pinned = on.then_some(Pin { panel, slot });
        }
        if let Some(pin) = &mut self.view.follow.pinned {
            let number = egui::DragValue::new(&mut pin.slot)
                .range(0..=slots.saturating_sub(1))
                .speed(0.2);
            ui.add(number)
                .on_hover_text(t!("Its number: arrow keys step through the particles"))
                .accessible_name(t!("Followed particle"));
        }
    }
}

fn on_screen(dot: &Dot, on: &Projection) -> Pos2 {
    let p = on.screen_from_world(Point::new(f64::from(dot.x), f64::from(dot.y)));
    pos2(p.x as f32, p.y as f32)
}

/// What is known of a particle in one panel, with its number if that is known.
fn words(slot: Option<usize>, dot: &Dot, wells: usize) -> String {
    let (ancestor, well) = (dot.ancestor, well_name(usize::from(dot.origin), wells));
    let began = match (slot == Some(ancestor as usize), wells) {
        (true, 0 | 1) => t!("began here").to_owned(),
        (true, 2 | 3) => t!("began in the {well} well", well),
        (true, _) => t!("began in {well}", well),
        (false, 0 | 1) => t!("began as {ancestor}", ancestor),
        (false, 2 | 3) => t!("began as {ancestor} in the {well} well", ancestor, well),
        (false, _) => t!("began as {ancestor} in {well}", ancestor, well),
    };
    let weight = short(f64::from(dot.weight));
    let particle = match slot {
        Some(slot) => t!("particle {slot}, weight {weight}", slot, weight),
        None => t!("a particle, weight {weight}", weight),
    };
    format!("{particle}\n{began}")
}

/// A thin line from ring to ring, on a rim that keeps it legible over anything.
fn hairline(painter: &Painter, from: &Seen, to: &Seen, tokens: &Tokens) {
    let way = to.at - from.at;
    if way.length() <= from.ring + to.ring {
        return;
    }
    let along = way.normalized();
    let ends = [from.at + from.ring * along, to.at - to.ring * along];
    for (width, color) in [(3.4, tokens.plate), (1.2, tokens.text)] {
        painter.line_segment(ends, Stroke::new(width * tokens.bold, color));
    }
}

/// The words beside a ring, where there is room for them within the picture.
fn plate(painter: &Painter, disc: &Seen, picture: Rect, text: &str, tokens: &Tokens) -> Rect {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(size::SMALL), tokens.text);
    let (extent, gap) = (galley.size() + vec2(10.0, 4.0), disc.ring + 5.0);
    let right = disc.at.x + gap + extent.x < picture.right();
    let above = disc.at.y - gap - extent.y > picture.top();
    let corner = match (right, above) {
        (true, true) => Align2::LEFT_BOTTOM,
        (true, false) => Align2::LEFT_TOP,
        (false, true) => Align2::RIGHT_BOTTOM,
        (false, false) => Align2::RIGHT_TOP,
    };
    let side = |positive: bool| if positive { 0.7 * gap } else { -0.7 * gap };
    let rect = corner.anchor_size(disc.at + vec2(side(right), side(!above)), extent);
    // A narrow picture holds as much of it as it can.
    let over = (picture.left() - rect.left()).max(0.0);
    let rect = rect.translate(vec2(over, 0.0));
    painter.rect(
        rect,
        4.0,
        tokens.plate,
        Stroke::new(1.0, tokens.line),
        egui::StrokeKind::Outside,
    );
    painter.galley(rect.min + vec2(5.0, 2.0), galley, Color32::PLACEHOLDER);
    rect
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_where_a_particle_began() {
        let dot = |ancestor, origin| Dot {
            x: 0.0,
            y: 0.0,
            weight: 1.25,
            origin,
            growth: 0.0,
            ancestor,
        };
        assert_eq!(
            words(Some(7), &dot(7, 1), 2),
            "particle 7, weight 1.25\nbegan in the right well"
        );
        assert_eq!(
            words(Some(7), &dot(3, 4), 9),
            "particle 7, weight 1.25\nbegan as 3 in well 5"
        );
        assert_eq!(words(Some(7), &dot(7, 0), 1), "particle 7, weight 1.25\nbegan here");
        // Where not all are drawn.
        assert_eq!(
            words(None, &dot(7, 1), 2),
            "a particle, weight 1.25\nbegan as 7 in the right well"
        );
    }
}
