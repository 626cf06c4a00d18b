//! The table of identities: one line for each, with its numbers.

use eframe::egui;
use eframe::egui::{Align, Align2, Color32, FontId, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::icons::Icon;
use super::theme::{Tokens, size};
use super::widgets::{focus_ring, icon_button, release};
use crate::verify::{Check, Finished, Row, Tolerance, brief, number};
use crate::words::{said, t};

/// Height of a line of the table.
pub(super) const LINE: f32 = 26.0;
/// Height of a comparison under an opened line.
const DETAIL: f32 = 20.0;
/// Between two columns.
const GAP: f32 = 12.0;

/// How a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    NotRun,
    Running,
    Holds,
    Fails,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::NotRun => t!("not run"),
            Self::Running => t!("running"),
            Self::Holds => t!("holds"),
            Self::Fails => t!("does not hold"),
        }
    }
}

/// Where the columns stand, from the left edge of the table: their left ends, or for numbers their right ends.
pub(super) struct Columns {
    /// Of the whole table.
    pub(super) width: f32,
    name: f32,
    statement: f32,
    /// Of which comparison the numbers are, where there is room to say so.
    what: Option<f32>,
    computed: f32,
    expected: f32,
    verdict: f32,
    seconds: f32,
    run: f32,
}

impl Columns {
    /// For a table of this width.
    pub(super) fn of(width: f32) -> Self {
        // The formulas have what the others leave.
        let run = width - 26.0;
        let seconds = run - GAP;
        let verdict = seconds - 56.0 - 170.0;
        let expected = verdict - GAP;
        let computed = expected - 118.0;
        let name = 30.0;
        let what = name + 178.0 + 450.0;
        Self {
            width,
            name,
            statement: name + 178.0,
            what: (what + 200.0 < computed - 104.0).then_some(what),
            computed,
            expected,
            verdict,
            seconds,
            run,
        }
    }

    /// Where words end and numbers begin.
    fn numbers(&self) -> f32 {
        self.computed - 104.0
    }

    /// Where formulas end.
    fn formulas(&self) -> f32 {
        self.what.unwrap_or(self.numbers()) - GAP
    }

    /// The names of the columns.
    pub(super) fn titles_ui(&self, ui: &mut Ui, tokens: &Tokens) {
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, 20.0), Sense::hover());
        let font = FontId::proportional(size::SMALL);
        let (y, x) = (rect.center().y, rect.left());
        for (at, align, text) in [
            (self.name, Align2::LEFT_CENTER, t!("name")),
            (self.statement, Align2::LEFT_CENTER, t!("identity")),
            (
                self.what.unwrap_or(-1e4),
                Align2::LEFT_CENTER,
                t!("closest to its tolerance"),
            ),
            (self.computed, Align2::RIGHT_CENTER, t!("computed")),
            (self.expected, Align2::RIGHT_CENTER, t!("expected")),
            (self.verdict, Align2::LEFT_CENTER, t!("error and tolerance, or z")),
            (self.seconds, Align2::RIGHT_CENTER, t!("time")),
        ] {
            ui.painter()
                .text(pos2(x + at, y), align, text, font.clone(), tokens.text_weak);
        }
        ui.painter()
            .hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, tokens.line));
    }
}

/// One check in the table.
pub(super) struct Line<'a> {
    /// Which.
    pub(super) check: &'static Check,
    /// How it stands.
    pub(super) state: State,
    /// What came of it.
    pub(super) result: Option<&'a Finished>,
    /// Whether all of it is shown.
    pub(super) opened: bool,
    /// Whether it may be started.
    pub(super) idle: bool,
}

impl Line<'_> {
    /// Draws the line. Whether it was clicked, and whether it is to be run.
    pub(super) fn ui(&self, ui: &mut Ui, columns: &Columns, tokens: &Tokens) -> (bool, bool) {
        let (rect, response) = ui.allocate_exact_size(vec2(columns.width, LINE), Sense::click());
        let place = Rect::from_center_size(
            pos2(rect.left() + columns.run + 12.0, rect.center().y),
            vec2(22.0, 22.0),
        );
        let mut corner = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt(self.check.name));
        let check = self.check;
        let (name, state) = (check.name, self.state.word());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, self.opened, format!("{name}: {state}")));
        if ui.is_rect_visible(rect) {
            if response.hovered() {
                ui.painter().rect_filled(rect, 4.0, tokens.control);
            }
            focus_ring(ui, &response, rect, 4.0);
            self.paint(ui, rect, columns, tokens);
        }
        let run = self.idle && icon_button(&mut corner, Icon::Play, &t!("Run {name}", name), "", 20.0).clicked();
        let mut response = release(response);
        if !self.opened {
            response = response.on_hover_ui(|ui| self.explain(ui, tokens));
        }
        (response.clicked(), run)
    }

    /// What the identity says.
    fn explain(&self, ui: &mut Ui, tokens: &Tokens) {
        ui.set_max_width(420.0);
        ui.label(RichText::new(self.check.name).strong());
        ui.label(RichText::new(self.check.statement).font(FontId::monospace(size::BODY)));
        ui.label(said(self.check.about));
        if let Some(row) = self.result.and_then(Finished::tightest) {
            let sentence = t!(
                "Closest to its tolerance: {comparison}. Click to see every comparison.",
                comparison = row.what
            );
            ui.label(RichText::new(sentence).color(tokens.text_weak));
        }
    }

    fn paint(&self, ui: &Ui, rect: Rect, columns: &Columns, tokens: &Tokens) {
        let painter = ui.painter();
        sign(ui, pos2(rect.left() + 14.0, rect.center().y), self.state, tokens);
        let name = RichText::new(self.check.name).color(tokens.text);
        put(ui, rect, (columns.name, columns.statement - GAP), Align::Min, name);
        let weak = |text: &str| RichText::new(text).color(tokens.text_weak);
        let formula = weak(self.check.statement).font(FontId::monospace(size::SMALL));
        put(ui, rect, (columns.statement, columns.formulas()), Align::Min, formula);
        match (self.state, self.result) {
            (State::Running, _) => put(
                ui,
                rect,
                (columns.numbers(), columns.seconds),
                Align::Max,
                weak(t!("running …")),
            ),
            (_, Some(finished)) => {
                match finished.tightest() {
                    Some(row) => {
                        numbers(ui, rect, columns, tokens, row);
                        if let Some(from) = columns.what {
                            let what = weak(&row.what).size(size::SMALL);
                            put(ui, rect, (from, columns.numbers() - GAP), Align::Min, what);
                        }
                    }
                    None => {
                        let why = finished.failure.as_deref().unwrap_or(t!("nothing was compared"));
                        let why = RichText::new(why).color(tokens.error);
                        put(ui, rect, (columns.numbers(), columns.seconds - 56.0), Align::Min, why);
                    }
                }
                let seconds = weak(&format!("{:.2} s", finished.seconds)).size(size::SMALL);
                put(ui, rect, (columns.seconds - 54.0, columns.seconds), Align::Max, seconds);
            }
            _ => {}
        }
        painter.hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, tokens.line));
    }
}

/// How a comparison went, in the words of the window.
fn verdict(row: &Row) -> String {
    match row.tolerance {
        Tolerance::AtMost | Tolerance::AtLeast if row.passes() => t!("within").to_owned(),
        Tolerance::AtMost | Tolerance::AtLeast => t!("beyond by {distance}", distance = brief(row.error().abs())),
        Tolerance::Sigmas { .. } => row.verdict(),
        Tolerance::Absolute(_) | Tolerance::Relative(_) => row.verdict().replacen("|error|", t!("|error|"), 1),
    }
}

/// Computed, expected, verdict of a comparison.
fn numbers(ui: &Ui, rect: Rect, columns: &Columns, tokens: &Tokens, row: &Row) {
    let color = if row.passes() { tokens.text } else { tokens.error };
    let digits = |text: String| RichText::new(text).font(FontId::monospace(size::SMALL)).color(color);
    put(
        ui,
        rect,
        (columns.numbers(), columns.computed),
        Align::Max,
        digits(number(row.computed)),
    );
    put(
        ui,
        rect,
        (columns.computed, columns.expected),
        Align::Max,
        digits(row.expected_text()),
    );
    let verdict = RichText::new(verdict(row)).size(size::SMALL).color(color);
    put(ui, rect, (columns.verdict, columns.seconds - 56.0), Align::Min, verdict);
}

/// Every comparison of a check.
pub(super) fn details_ui(ui: &mut Ui, columns: &Columns, tokens: &Tokens, finished: &Finished) {
    for row in &finished.rows {
        let (rect, response) = ui.allocate_exact_size(vec2(columns.width, DETAIL), Sense::hover());
        let state = if row.passes() { State::Holds } else { State::Fails };
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{}: {}", row.what, state.word())));
        if !ui.is_rect_visible(rect) {
            continue;
        }
        ui.painter().rect_filled(rect, 0.0, tokens.panel);
        let from = columns.what.unwrap_or(columns.name + 22.0);
        sign(ui, pos2(rect.left() + from - 14.0, rect.center().y), state, tokens);
        let what = RichText::new(&row.what).size(size::SMALL).color(tokens.text_weak);
        put(ui, rect, (from, columns.numbers() - GAP), Align::Min, what);
        numbers(ui, rect, columns, tokens, row);
    }
}

/// A tick or a cross, told apart by shape as well as by colour; a dot for what has not been computed.
fn sign(ui: &Ui, center: egui::Pos2, state: State, tokens: &Tokens) {
    match state {
        State::Holds => {
            let points = [vec2(-5.0, 0.5), vec2(-1.4, 4.2), vec2(5.2, -4.2)].map(|d| center + d);
            ui.painter().line(points.to_vec(), egui::Stroke::new(1.9, tokens.good));
        }
        State::Fails => {
            ui.painter().circle_filled(center, 8.0, tokens.error);
            let cross = Rect::from_center_size(center, vec2(8.0, 8.0));
            Icon::Close.paint(ui.painter(), cross, tokens.on_error);
        }
        State::Running => {
            ui.painter()
                .circle_stroke(center, 4.5, egui::Stroke::new(2.0, tokens.accent));
        }
        State::NotRun => {
            ui.painter().circle_filled(center, 2.0, tokens.text_weak);
        }
    }
}

/// Text between two places of a line, cut off where it is too long.
fn put(ui: &Ui, rect: Rect, (from, to): (f32, f32), align: Align, text: RichText) {
    let room = (to - from).max(0.0);
    let text = egui::WidgetText::from(text);
    let galley = text.into_galley(ui, Some(egui::TextWrapMode::Truncate), room, egui::TextStyle::Body);
    let x = match align {
        Align::Max => rect.left() + to - galley.size().x,
        _ => rect.left() + from,
    };
    let y = rect.center().y - 0.5 * galley.size().y;
    ui.painter().galley(pos2(x, y), galley, Color32::PLACEHOLDER);
}
