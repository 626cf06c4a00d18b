//! The equation of the selected panel, alive: each of its terms is a switch, and beneath it stands how large it is now.
//!
//! [`form`] says what stands there, [`typeset`] sets it in type, [`mod@line`] lays it out, [`sizes`] measures. What is on show is always true of the panel: other
//! rates, velocities and jumps have equations of their own.

mod form;
mod line;
mod reverse;
mod sizes;
mod typeset;

use std::sync::Arc;

use eframe::egui;
use eframe::egui::{Context, Galley, Painter, Panel, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::App;
use super::actions::Action;
use super::layers::flow_looks;
use super::looks::set_rates;
use super::theme::{Theme, Tokens};
use super::widgets::{button, focus_ring, release, sentence};
use super::{fits, spots};
use crate::engine::Report;
use crate::lecture::Pointer;
use crate::render::fonts;
use crate::words::{said, t};
pub(super) use form::Side;
use form::{Form, Piece, TermOf};
use line::{Laid, Line, label_size, lay};
use sizes::Scale;

/// Sizes of the type, of which the largest that fits is taken; both lines in one row first.
const LARGEST: f32 = 24.0;
const SMALLEST: f32 = 16.5;
/// The smallest where one line stands alone.
const LEAST: f32 = 12.0;
/// Between the two lines, in sizes of the type.
const APART: f32 = 1.6;

impl App {
    /// Draws the equation of the selected panel above the panels, if it is on show.
    pub(super) fn equation_ui(&mut self, ui: &mut Ui, report: &Report) {
        if !self.view.equation {
            return;
        }
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new()
            .fill(tokens.panel)
            .inner_margin(egui::Margin::symmetric(10, 2));
        Panel::top("equation").frame(frame).show(ui, |ui| {
            if fonts::ready(ui.ctx()) {
                self.equation_row_ui(ui, report, tokens);
            } else {
                // The fonts are there in the next frame.
                ui.ctx().request_repaint();
            }
        });
    }

    fn equation_row_ui(&mut self, ui: &mut Ui, report: &Report, tokens: &Tokens) {
        let panel = self.view.chart_panel(report.snapshot.panels.len());
        let Some(flow) = self.draft.panels.get(panel) else {
            return;
        };
        self.view.last_rates.note(panel, (flow.alpha, flow.beta));
        let form = match (&flow.reverse, self.draft.mixture()) {
            (Some(method), Some(blend)) => {
                let running = &report.snapshot.scenario;
                let level = running.level(report.snapshot.time).or_else(|| self.draft.level(0.0));
                let rate = blend.schedule().rate(level.map_or(1.0, |level| level.time));
                reverse::form(flow, method, (blend, rate))
            }
            _ => Form::of(flow, self.draft.pace),
        };
        let on = (flow.alpha > 0.0, flow.beta > 0.0);
        let scale = Scale::of(report, panel);
        let look = flow_looks(&report.snapshot).get(panel).copied();
        let painter = ui.painter().clone();
        let mark = 34.0;
        let room = ui.available_width() - mark;
        let laid = |pieces: &[Piece], size: f32| lay(&painter, pieces, size, (on, scale.as_ref()));
        let sizes = |from: f32, to: f32| (0..).map(move |k| from - 0.5 * k as f32).take_while(move |s| *s >= to);
        let both = sizes(LARGEST, SMALLEST).find_map(|size| {
            let lines = [laid(&form.law, size), laid(&form.particles, size)];
            let wanted = lines[0].width + lines[1].width + APART * size;
            (wanted <= room).then_some((lines, size))
        });
        let (lines, size) = match both {
            Some((lines, size)) => (lines.into(), size),
            None => {
                let choice = 92.0;
                let pieces = if self.view.equation_of_particles {
                    &form.particles
                } else {
                    &form.law
                };
                let fitting = sizes(LARGEST, LEAST).find(|size| laid(pieces, *size).width <= room - choice);
                let size = fitting.unwrap_or(LEAST);
                (vec![laid(pieces, size)], size)
            }
        };
        let above = lines.iter().map(|line| line.above).fold(0.0, f32::max);
        let below = lines.iter().map(|line| line.below).fold(0.0, f32::max);
        let label = label_size(size) * 1.3;
        let height = (above + below + label + 4.0).ceil();
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        if let Some(look) = look {
            look.sample(
                ui.painter(),
                pos2(rect.left(), rect.top() + above - 0.25 * size),
                26.0,
                tokens,
            );
        }
        // Whole points, so that the baseline is as sharp as the letters.
        let baseline = (rect.top() + above + 2.0).round();
        let mut left = rect.left() + mark;
        let alone = lines.len() == 1;
        for line in lines {
            let width = line.width;
            self.equation_line_ui(
                ui,
                line,
                (pos2(left, baseline), size, rect),
                (panel, on, scale.as_ref()),
            );
            left += width + APART * size;
        }
        if alone {
            let (word, name) = if self.view.equation_of_particles {
                (t!("as law"), t!("Equation of the law"))
            } else {
                (t!("as particles"), t!("Equation of the particles"))
            };
            let place = Rect::from_min_max(
                pos2(rect.right() - 88.0, rect.top()),
                pos2(rect.right(), rect.top() + 24.0),
            );
            let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(place));
            if button(&mut ui, word, name).clicked() {
                self.view.equation_of_particles ^= true;
            }
        }
    }

    /// Draws a line of the equation from the left end of its baseline.
    fn equation_line_ui(
        &mut self,
        ui: &Ui,
        line: Line,
        (from, size, strip): (Pos2, f32, Rect),
        (panel, on, scale): (usize, (bool, bool), Option<&Scale<'_>>),
    ) {
        let tokens = Theme::of(ui).tokens();
        let mut left = from.x;
        let whole = Rect::from_x_y_ranges(left..=left + line.width, strip.y_range());
        let whole = ui.interact(whole, ui.scope_id().with(("line", left.to_bits())), Sense::hover());
        whole.widget_info(|| {
            let text = t!("Panel {number}: {equation}", number = panel + 1, equation = line.text);
            WidgetInfo::labeled(Role::Label, true, text)
        });
        for (k, piece) in line.pieces.into_iter().enumerate() {
            let rect = Rect::from_x_y_ranges(left..=left + piece.width, strip.y_range());
            left += piece.width;
            let at = pos2(rect.center().x - 0.5 * piece.set.width, from.y);
            let beneath = |galley: &Galley| {
                pos2(
                    rect.center().x - 0.5 * galley.size().x,
                    strip.bottom() - galley.size().y,
                )
            };
            if piece.term.is_none() && piece.note.is_some() {
                reverse::noted_ui(ui, &piece, (rect, at, beneath), (panel, k));
                continue;
            }
            let Some(term) = piece.term else {
                joined_ui(ui, piece, (rect, at, beneath), panel);
                continue;
            };
            let on = match term.side {
                Side::Transport => on.0,
                Side::Reaction => on.1,
            };
            let button = rect.shrink2(vec2(1.0, 0.0));
            let id = ui.scope_id().with(("term", term.name, term.term as u8, k));
            let response = ui.interact(button, id, Sense::click());
            spots::note(ui.ctx(), Pointer::Term(term.term), button);
            let (term_name, number) = (said(term.name), panel + 1);
            let name = match piece.label.as_ref() {
                Some((_, size)) if on => {
                    let size = &size.says;
                    t!(
                        "{term} term, panel {number}, on, {size}",
                        term = term_name,
                        number,
                        size
                    )
                }
                None if on => t!("{term} term, panel {number}, on", term = term_name, number),
                _ => t!("{term} term, panel {number}, off", term = term_name, number),
            };
            response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, &name));
            if ui.is_rect_visible(button) {
                let fill = match (response.hovered(), on) {
                    (true, _) => tokens.control_hovered,
                    (false, true) => tokens.control,
                    (false, false) => egui::Color32::TRANSPARENT,
                };
                ui.painter().rect_filled(button, 5.0, fill);
                if !on {
                    outline(ui.painter(), button, tokens);
                }
                focus_ring(ui, &response, button.shrink(2.0), 4.0);
                let color = if on { tokens.text } else { tokens.text_weak };
                piece.set.paint(ui.painter(), at, color);
                if !on {
                    // Struck through as well, so that off is not told by colour alone.
                    let ends = [
                        pos2(at.x - 2.0, from.y + 0.18 * size),
                        pos2(at.x + piece.set.width + 2.0, from.y - 0.68 * size),
                    ];
                    ui.painter()
                        .line_segment(ends, Stroke::new((0.08 * size).max(1.5) * tokens.bold, color));
                }
                if let Some((galley, _)) = &piece.label {
                    ui.painter()
                        .galley(beneath(galley), Arc::clone(galley), tokens.text_weak);
                }
            }
            let hovered = response.hovered();
            let response = release(response);
            if response.clicked() {
                self.queue.push(Action::ToggleTerm(panel, term.side));
            }
            if let Some(note) = piece.note.as_ref().filter(|_| hovered) {
                response.on_hover_text(reverse::help_of_weights(note, on));
            } else if hovered {
                let help = piece
                    .label
                    .as_ref()
                    .map_or_else(String::new, |(_, size)| size.help.clone());
                let exact = scale.map_or_else(String::new, |scale| scale.exact(term));
                response.on_hover_text(help_of(term, on, &help, &exact));
            }
        }
    }

    /// Switches a term off, or on again at the rate that it had.
    pub(super) fn toggle_term(&mut self, ctx: &Context, panel: usize, side: Side) {
        let Some(flow) = self.draft.panels.get(panel) else {
            return;
        };
        let mut rates = (flow.alpha, flow.beta);
        self.view.last_rates.note(panel, rates);
        let last = self.view.last_rates.of(panel);
        match side {
            Side::Transport => rates.0 = if rates.0 > 0.0 { 0.0 } else { last.0 },
            Side::Reaction => rates.1 = if rates.1 > 0.0 { 0.0 } else { last.1 },
        }
        self.set_panel_rates(ctx, panel, rates);
    }

    /// Gives a panel other rates, and those that are linked with it; or says why not.
    pub(super) fn set_panel_rates(&mut self, ctx: &Context, panel: usize, rates: (f64, f64)) {
        let Some(flow) = self.draft.panels.get(panel) else {
            return;
        };
        if flow.reverse.is_some() {
            return self.set_weighted(ctx, panel, rates.1 > 0.0);
        }
        let estimator = self.draft.estimator(panel);
        match fits::new_conflict(flow, &estimator, |flow, _| (flow.alpha, flow.beta) = rates) {
            None => {
                let before = self.draft.panels.clone();
                set_rates(&mut self.draft.panels, panel, rates);
                self.propagate(ctx, panel, &before);
            }
            Some(reason) => self.notices.error(ctx, &sentence(reason)),
        }
    }

    /// The panel whose terms are to be measured.
    pub(super) fn measured_terms(&self) -> Option<usize> {
        let report = self
            .report
            .as_ref()
            .filter(|_| self.view.equation && !self.draft.is_reverse())?;
        Some(self.view.chart_panel(report.snapshot.panels.len()))
    }
}

/// The rates that the panels had when they last had any.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LastRates([(f64, f64); crate::scenario::MOST_PANELS]);

impl LastRates {
    /// Takes note of the rates of a panel.
    pub(super) fn note(&mut self, panel: usize, (alpha, beta): (f64, f64)) {
        let Some(last) = self.0.get_mut(panel) else { return };
        *last = (
            if alpha > 0.0 { alpha } else { last.0 },
            if beta > 0.0 { beta } else { last.1 },
        );
    }

    /// The last rates of a panel, or 1.
    pub(super) fn of(&self, panel: usize) -> (f64, f64) {
        let or_one = |rate: f64| if rate > 0.0 { rate } else { 1.0 };
        let (alpha, beta) = self.0.get(panel).copied().unwrap_or_default();
        (or_one(alpha), or_one(beta))
    }

    /// A panel is no more, and those at its right have moved up.
    pub(super) fn removed(&mut self, panel: usize) {
        if panel < self.0.len() {
            self.0.copy_within(panel + 1.., panel);
            self.0[self.0.len() - 1] = (0.0, 0.0);
        }
    }
}

/// A piece that joins terms; beneath the first of a law stands what they sum to.
fn joined_ui(ui: &Ui, piece: Laid, (rect, at, beneath): (Rect, Pos2, impl Fn(&Galley) -> Pos2), panel: usize) {
    let tokens = Theme::of(ui).tokens();
    let at = if piece.label.is_some() {
        pos2(rect.right() - piece.set.width, at.y)
    } else {
        at
    };
    piece.set.paint(ui.painter(), at, tokens.text);
    let Some((galley, size)) = piece.label else { return };
    let place = beneath(&galley);
    let below = Rect::from_min_size(place, galley.size());
    ui.painter().galley(place, galley, tokens.text_weak);
    let response = ui.interact(below, ui.scope_id().with(("balance", panel)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &size.says));
    response.on_hover_text(size.help);
}

/// What a click on a term does, and what is measured of it.
fn help_of(term: TermOf, on: bool, help: &str, exact: &str) -> String {
    let rate = match term.side {
        Side::Transport => "α",
        Side::Reaction => "β",
    };
    if on {
        let click = t!("Click to switch it off: {rate} = 0.", rate);
        format!("{help}\n{exact}\n{click}")
    } else {
        t!("Off: {rate} = 0. Click to switch it on again.", rate)
    }
}

/// The outline of a term that is off.
fn outline(painter: &Painter, rect: Rect, tokens: &Tokens) {
    let rect = rect.shrink(0.5);
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    painter.extend(egui::Shape::dashed_line(
        &corners,
        Stroke::new(tokens.bold, tokens.text_weak),
        4.0,
        3.0,
    ));
}
