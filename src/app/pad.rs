//! The pad of two rates: one puck between frozen, Langevin, Fisher–Rao and WFR, to be moved while the run goes on.

use eframe::egui;
use eframe::egui::{
    Align2, FontId, PointerButton, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::App;
use super::fits;
use super::flow_cards::LEAST_ALPHA;
use super::looks::{Kind, looks};
use super::theme::{Theme, Tokens, size};
use super::tools::arrows;
use super::widgets::{focus_ring, note_ui, short};
use crate::flow::{ALPHA, BETA};
use crate::words::{said, t};

/// The square (points).
const EDGE: f32 = 168.0;
/// What of an edge the rates up to 1 have; those beyond share the rest.
const UNIT: f32 = 0.64;
/// Rates this near to 0 or 1 (points) are meant to be that.
const SNAP: f32 = 5.0;
/// What an arrow key moves a rate by.
const NUDGE: f64 = 0.1;
/// The corners of the pad.
const CORNERS: [Kind; 4] = [Kind::Frozen, Kind::Langevin, Kind::FisherRao, Kind::Wfr];

/// Where a rate stands along an edge, from 0 to 1.
fn place(rate: f64, most: f64) -> f32 {
    let rate = rate.clamp(0.0, most);
    if rate <= 1.0 {
        UNIT * rate as f32
    } else {
        UNIT + (1.0 - UNIT) * ((rate - 1.0) / (most - 1.0)) as f32
    }
}

/// The rate at a place along an edge; to the hundredth, and 0 and 1 where `near` (a part of the edge) reaches them.
fn rate(place: f32, most: f64, near: f32) -> f64 {
    let place = place.clamp(0.0, 1.0);
    if place < near {
        0.0
    } else if (place - UNIT).abs() < near {
        1.0
    } else if place < UNIT {
        (f64::from(place / UNIT) * 100.0).round() / 100.0
    } else {
        let beyond = f64::from((place - UNIT) / (1.0 - UNIT));
        ((1.0 + beyond * (most - 1.0)) * 100.0).round() / 100.0
    }
}

/// The corner nearest to some rates.
fn nearest((alpha, beta): (f64, f64)) -> Kind {
    match (alpha >= 0.5, beta >= 0.5) {
        (false, false) => Kind::Frozen,
        (true, false) => Kind::Langevin,
        (false, true) => Kind::FisherRao,
        (true, true) => Kind::Wfr,
    }
}

/// Where a puck of these rates stands in the pad.
fn spot(pad: Rect, (alpha, beta): (f64, f64)) -> Pos2 {
    pos2(
        pad.left() + place(alpha, ALPHA.max) * pad.width(),
        pad.bottom() - place(beta, BETA.max) * pad.height(),
    )
}

impl App {
    /// Draws the pad of the selected panel.
    pub(super) fn pad_ui(&mut self, ui: &mut Ui) {
        let panel = self.view.selected.min(self.draft.panels.len().saturating_sub(1));
        let Some(flow) = self.draft.panels.get(panel) else {
            return;
        };
        let (name, rates, kind) = (flow.name.clone(), (flow.alpha, flow.beta), Kind::of(flow));
        self.view.last_rates.note(panel, rates);
        let tokens = Theme::of(ui).tokens();
        ui.horizontal_top(|ui| {
            let left = 16.0;
            let (rect, _) = ui.allocate_exact_size(vec2(EDGE + left, EDGE + 18.0), Sense::hover());
            let pad = Rect::from_min_size(rect.min + vec2(left, 0.0), vec2(EDGE, EDGE));
            let response = ui.interact(pad, ui.scope_id().with("pad"), Sense::click_and_drag());
            let says = t!(
                "Rate pad, panel {number}: α {alpha}, β {beta}, {kind}",
                number = panel + 1,
                alpha = short(rates.0),
                beta = short(rates.1),
                kind = said(kind.name())
            );
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &says));
            let wanted = if response.double_clicked() {
                Some(nearest(rates).rates())
            } else if response.dragged_by(PointerButton::Primary) || response.clicked() {
                let free = ui.input(|i| i.modifiers.command || i.modifiers.ctrl);
                let near = if free { 0.0 } else { SNAP / EDGE };
                response.interact_pointer_pos().map(|at| {
                    let (x, y) = ((at.x - pad.left()) / EDGE, (pad.bottom() - at.y) / EDGE);
                    (rate(x, ALPHA.max, near), rate(y, BETA.max, near))
                })
            } else if response.has_focus() {
                arrows::keep(ui, response.id);
                pushed(ui, rates)
            } else {
                None
            };
            if response.clicked() || response.drag_started() {
                // So that arrows move the puck that was touched.
                response.request_focus();
            }
            paint(ui, pad, (self, panel), tokens);
            focus_ring(ui, &response, pad, 3.0);
            let response = response.on_hover_text_at_pointer(t!(
                "Drag the puck: to the right particles walk faster, upwards weights flow faster. A double-click goes to the nearest corner; \
                 arrow keys move by 0.1, with Shift by 1, with Ctrl by 0.01. Rates beyond 1 are drawn closer together."
            ));
            if response.hovered() || response.dragged() {
                ui.set_cursor_icon(egui::CursorIcon::Crosshair);
            }
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let look = looks(&self.draft.panels)[panel];
                ui.add(egui::Label::new(egui::RichText::new(&name).color(look.color(tokens))).truncate());
                ui.label(format!("α = {}", short(rates.0)));
                ui.label(format!("β = {}", short(rates.1)));
                note_ui(ui, said(kind.motto()));
            });
            if let Some(wanted) = wanted.filter(|wanted| *wanted != rates) {
                self.move_puck(ui.ctx(), panel, wanted);
            }
        });
        ui.add_space(4.0);
    }

    /// Gives a panel the rates of its puck. Where it needs particles that walk, the puck stops before the edge.
    fn move_puck(&mut self, ctx: &egui::Context, panel: usize, (alpha, beta): (f64, f64)) {
        let estimator = self.draft.estimator(panel);
        let stops = |flow: &crate::flow::Flow| {
            alpha == 0.0
                && fits::new_conflict(flow, &estimator, |flow, _| (flow.alpha, flow.beta) = (alpha, beta)).is_some()
        };
        let stopped = self.draft.panels.get(panel).is_some_and(stops);
        self.set_panel_rates(ctx, panel, (if stopped { LEAST_ALPHA } else { alpha }, beta));
    }
}

/// Where the arrow keys push a puck.
fn pushed(ui: &Ui, (mut alpha, mut beta): (f64, f64)) -> Option<(f64, f64)> {
    let mut moved = false;
    ui.input(|input| {
        for event in &input.events {
            let egui::Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } = event
            else {
                continue;
            };
            let Some(way) = arrows::way(*key) else { continue };
            let step = NUDGE * arrows::steps(*modifiers);
            let tidy = |rate: f64, most: f64| ((rate * 1e6).round() / 1e6).clamp(0.0, most);
            alpha = tidy(alpha + step * way.x, ALPHA.max);
            beta = tidy(beta + step * way.y, BETA.max);
            moved = true;
        }
    });
    moved.then_some((alpha, beta))
}

fn paint(ui: &Ui, pad: Rect, (app, panel): (&App, usize), tokens: &Tokens) {
    let painter = ui.painter();
    let font = FontId::proportional(size::SMALL);
    let unit = Rect::from_two_pos(pad.left_bottom(), spot(pad, (1.0, 1.0)));
    painter.rect(
        pad,
        3.0,
        tokens.control,
        Stroke::new(tokens.bold, tokens.text_weak),
        StrokeKind::Inside,
    );
    painter.rect_filled(unit, 0.0, tokens.field);
    painter.rect_stroke(pad, 3.0, Stroke::new(tokens.bold, tokens.text_weak), StrokeKind::Inside);
    let edge = Stroke::new(tokens.bold, tokens.text_weak);
    painter.line_segment([unit.left_top(), unit.right_top()], edge);
    painter.line_segment([unit.right_top(), unit.right_bottom()], edge);
    for beyond in [2.0, 3.0] {
        let faint = Stroke::new(1.0, tokens.line);
        let at = spot(pad, (beyond, beyond));
        painter.vline(at.x, pad.y_range().shrink(1.0), faint);
        painter.hline(pad.x_range().shrink(1.0), at.y, faint);
    }
    for corner in CORNERS {
        let at = spot(pad, corner.rates());
        painter.circle(at, 3.0, tokens.field, Stroke::new(1.2, tokens.text_weak));
        let word = if corner == Kind::Frozen {
            t!("frozen")
        } else {
            said(corner.name())
        };
        painter.text(
            at + vec2(8.0, -5.0),
            Align2::LEFT_BOTTOM,
            word,
            font.clone(),
            tokens.text_weak,
        );
    }
    for figure in [0.0, 1.0, 4.0] {
        let at = spot(pad, (figure, figure));
        let text = format!("{figure:.0}");
        painter.text(
            pos2(at.x, pad.bottom() + 2.0),
            Align2::CENTER_TOP,
            &text,
            font.clone(),
            tokens.text_weak,
        );
        if figure > 0.0 {
            let down = if figure == 4.0 { 6.0 } else { 0.0 };
            let at = pos2(pad.left() - 4.0, at.y + down);
            painter.text(at, Align2::RIGHT_CENTER, &text, font.clone(), tokens.text_weak);
        }
    }
    let letter = FontId::proportional(size::BODY);
    let middle = 0.5 * UNIT;
    let below = pos2(pad.left() + middle * EDGE, pad.bottom() + 1.0);
    painter.text(below, Align2::CENTER_TOP, "α", letter.clone(), tokens.text);
    let beside = pos2(pad.left() - 4.0, pad.bottom() - middle * EDGE);
    painter.text(beside, Align2::RIGHT_CENTER, "β", letter, tokens.text);
    let looks = looks(&app.draft.panels);
    let puck = |k: usize| {
        app.draft
            .panels
            .get(k)
            .map(|flow| (spot(pad, (flow.alpha, flow.beta)), looks[k]))
    };
    for (at, look) in (0..looks.len()).filter(|k| *k != panel).filter_map(puck) {
        painter.add(look.mark(at, 4.5, look.color(tokens).gamma_multiply(0.6)));
    }
    if let Some((at, look)) = puck(panel) {
        painter.circle(
            at,
            9.5,
            tokens.panel,
            Stroke::new(2.0 * tokens.bold, look.color(tokens)),
        );
        painter.add(look.mark(at, 4.8, look.color(tokens)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_rates_are_each_other_s_inverse() {
        for k in 0..=400 {
            let wanted = f64::from(k) / 100.0;
            assert_eq!(rate(place(wanted, ALPHA.max), ALPHA.max, 0.0), wanted);
        }
        assert_eq!(place(1.0, 4.0), UNIT);
        assert_eq!((place(0.0, 4.0), place(4.0, 4.0), place(9.0, 4.0)), (0.0, 1.0, 1.0));
    }

    #[test]
    fn what_is_nearly_a_corner_is_one() {
        let near = SNAP / EDGE;
        assert_eq!(rate(0.02, 4.0, near), 0.0);
        assert_eq!(rate(UNIT + 0.02, 4.0, near), 1.0);
        assert_eq!(rate(1.3, 4.0, near), 4.0);
        assert_eq!(rate(-0.3, 4.0, near), 0.0);
        for corner in CORNERS {
            assert_eq!(nearest(corner.rates()), corner);
        }
        assert_eq!(nearest((0.4, 3.0)), Kind::FisherRao);
    }
}
