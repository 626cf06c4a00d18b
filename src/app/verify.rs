//! The page of identities: each recomputed on a thread of its own, with what was computed and what was expected.

use std::time::Duration;

use eframe::egui;
use eframe::egui::{
    Align, Align2, CentralPanel, Color32, FontId, Layout, Panel, Rect, RichText, Role, ScrollArea, Sense, Ui,
    WidgetInfo, pos2, vec2,
};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::theme::{Theme, Tokens, size};
use super::widgets::{button, focus_ring, icon_button, release};
use crate::verify::{self, Check, Finished, Job, Row, checks, number};

/// Height of a line of the table.
const LINE: f32 = 26.0;
/// Height of a comparison under an opened line.
const DETAIL: f32 = 20.0;
/// Between two columns.
const GAP: f32 = 12.0;

/// What the page knows.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Whether it is shown instead of the lab.
    pub(super) open: bool,
    job: Option<Job>,
    /// One per check of the list, once there is one.
    results: Vec<Option<Finished>>,
    /// Checks of which every comparison is shown.
    opened: Vec<&'static str>,
}

/// How a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    NotRun,
    Running,
    Holds,
    Fails,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::NotRun => "not run",
            Self::Running => "running",
            Self::Holds => "holds",
            Self::Fails => "does not hold",
        }
    }
}

impl Page {
    fn result(&self, index: usize) -> Option<&Finished> {
        self.results.get(index).and_then(Option::as_ref)
    }

    fn state(&self, index: usize) -> State {
        let current = self.job.as_ref().and_then(Job::current);
        match self.result(index) {
            Some(finished) if finished.holds() => State::Holds,
            Some(_) => State::Fails,
            None if current.is_some_and(|c| c.name == checks()[index].name) => State::Running,
            None => State::NotRun,
        }
    }

    /// Starts these checks; what was known of them is forgotten.
    fn start(&mut self, ctx: &egui::Context, wanted: Vec<&'static Check>) -> std::io::Result<()> {
        self.results.resize(checks().len(), None);
        for (slot, check) in self.results.iter_mut().zip(checks()) {
            if wanted.iter().any(|w| w.name == check.name) {
                *slot = None;
            }
        }
        let ctx = ctx.clone();
        self.job = Some(Job::spawn(wanted, move || ctx.request_repaint())?);
        Ok(())
    }

    /// Takes over what has been finished.
    fn watch(&mut self, ctx: &egui::Context) {
        let Some(job) = &self.job else { return };
        let over = job.is_over();
        for finished in job.take() {
            let index = checks().iter().position(|c| c.name == finished.check.name);
            if let Some(slot) = index.and_then(|i| self.results.get_mut(i)) {
                *slot = Some(finished);
            }
        }
        if over {
            self.job = None;
        } else {
            ctx.request_repaint_after(Duration::from_millis(100));
        }
    }

    fn finished(&self) -> Vec<Finished> {
        self.results.iter().flatten().cloned().collect()
    }
}

impl App {
    /// Draws the page over the whole window.
    pub(super) fn verify_ui(&mut self, ui: &mut Ui) {
        self.verify.watch(ui.ctx());
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new()
            .fill(tokens.panel)
            .inner_margin(egui::Margin::symmetric(14, 8));
        let mut wanted: Option<Vec<&'static Check>> = None;
        Panel::top("identities")
            .frame(frame)
            .show(ui, |ui| self.identities_head_ui(ui, &mut wanted));
        let frame = egui::Frame::new()
            .fill(tokens.window)
            .inner_margin(egui::Margin::symmetric(14, 4));
        CentralPanel::default().frame(frame).show(ui, |ui| {
            let columns = Columns::of(ui.available_width());
            columns.titles_ui(ui, tokens);
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                self.identities_ui(ui, &columns, &mut wanted);
                ui.add_space(LINE);
            });
        });
        if let Some(wanted) = wanted
            && let Err(error) = self.verify.start(ui.ctx(), wanted)
        {
            let sentence = format!("The checks cannot be started: {error}.");
            self.notices.error(ui.ctx(), &sentence);
        }
    }

    /// Title, buttons, progress.
    fn identities_head_ui(&mut self, ui: &mut Ui, wanted: &mut Option<Vec<&'static Check>>) {
        let tokens = Theme::of(ui).tokens();
        let finished = self.verify.finished();
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), 28.0),
            Layout::right_to_left(Align::Center),
            |ui| {
                if icon_button(ui, Icon::Close, "Back to the lab", "V or Esc", 26.0).clicked() {
                    self.queue.push(Action::ToggleVerify);
                }
                if icon_button(ui, Icon::Keys, "Keys", "The list of keys (F1)", 26.0).clicked() {
                    self.queue.push(Action::ToggleKeys);
                }
                let look = match self.options.theme {
                    Theme::Light => "Dark theme",
                    Theme::Dark => "Light theme",
                };
                if icon_button(ui, Icon::Theme, look, "", 26.0).clicked() {
                    self.queue.push(Action::SwitchTheme);
                }
                ui.separator();
                ui.add_enabled_ui(!finished.is_empty(), |ui| {
                    if button(ui, "Copy as text", "Copy as text").clicked() {
                        ui.copy_text(verify::report(&finished));
                        self.notices.hint(ui.ctx(), "The results are on the clipboard.");
                    }
                });
                if let Some(job) = &self.verify.job {
                    if button(ui, "Cancel", "Cancel the checks").clicked() {
                        job.cancel();
                    }
                } else {
                    let word = if finished.is_empty() {
                        "Run all"
                    } else {
                        "Run all again"
                    };
                    if button(ui, word, "Run all checks").clicked() {
                        *wanted = Some(checks().iter().collect());
                    }
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.label(RichText::new("Identities").size(size::HEADING).strong());
                    let about = "What the lab rests on, recomputed now: each side by a route of its own.";
                    ui.add(egui::Label::new(RichText::new(about).color(tokens.text_weak)).truncate());
                });
            },
        );
        self.progress_ui(ui, &finished);
    }

    /// A bar while something is computed, and in words how it stands.
    fn progress_ui(&self, ui: &mut Ui, finished: &[Finished]) {
        let tokens = Theme::of(ui).tokens();
        let failed = finished.iter().filter(|f| !f.holds()).count();
        ui.horizontal(|ui| {
            ui.set_min_height(22.0);
            let summary = if finished.is_empty() {
                format!("{} identities, none computed yet", checks().len())
            } else {
                verify::verdict(finished)
            };
            let color = match (failed, finished.is_empty()) {
                (_, true) => tokens.text_weak,
                (0, _) => tokens.good,
                _ => tokens.error,
            };
            ui.label(RichText::new(summary).color(color).strong());
            if let Some(job) = &self.verify.job {
                let share = job.share();
                ui.add_space(8.0);
                let (rect, response) = ui.allocate_exact_size(vec2(220.0, 8.0), Sense::hover());
                let done = Rect::from_min_size(rect.min, vec2(share as f32 * rect.width(), rect.height()));
                ui.painter().rect_filled(rect, 4.0, tokens.control);
                ui.painter().rect_filled(done, 4.0, tokens.accent);
                response.widget_info(|| {
                    WidgetInfo::labeled(Role::ProgressIndicator, true, format!("{:.0} % done", 100.0 * share))
                });
                let name = job.current().map_or("", |c| c.name);
                let text = format!("{:.0} %  {name}", 100.0 * share);
                ui.label(RichText::new(text).color(tokens.text_weak));
            }
        });
    }

    /// The table.
    fn identities_ui(&mut self, ui: &mut Ui, columns: &Columns, wanted: &mut Option<Vec<&'static Check>>) {
        let tokens = Theme::of(ui).tokens();
        let mut group = "";
        for (index, check) in checks().iter().enumerate() {
            if check.group != group {
                group = check.group;
                if let Some(all) = group_ui(ui, &self.verify, group) {
                    *wanted = Some(all);
                }
            }
            let opened = self.verify.opened.contains(&check.name);
            let line = Line {
                check,
                state: self.verify.state(index),
                result: self.verify.result(index),
                opened,
                idle: self.verify.job.is_none(),
            };
            let (toggled, run) = line.ui(ui, columns, tokens);
            if opened && let Some(finished) = line.result {
                details_ui(ui, columns, tokens, finished);
            }
            if toggled {
                if opened {
                    self.verify.opened.retain(|name| *name != check.name);
                } else {
                    self.verify.opened.push(check.name);
                }
            }
            if run {
                *wanted = Some(vec![check]);
            }
        }
    }
}

/// The heading of a group. All of its checks, if they are to be run.
fn group_ui(ui: &mut Ui, page: &Page, group: &'static str) -> Option<Vec<&'static Check>> {
    let tokens = Theme::of(ui).tokens();
    ui.add_space(8.0);
    let states = checks().iter().enumerate().filter(|(_, c)| c.group == group);
    let (all, held) = states.fold((0, 0), |(all, held), (k, _)| {
        (all + 1, held + usize::from(page.state(k) == State::Holds))
    });
    let mut wanted = None;
    ui.horizontal(|ui| {
        ui.set_min_height(LINE);
        ui.label(RichText::new(group).size(size::BODY + 1.5).strong());
        ui.label(RichText::new(format!("{held} of {all}")).color(tokens.text_weak));
        let name = format!("Run {group}");
        // One thing at a time: while something is computed there is nothing to start.
        if page.job.is_none() && icon_button(ui, Icon::Play, &name, "All checks of this group", 20.0).clicked() {
            wanted = Some(checks().iter().filter(|c| c.group == group).collect());
        }
    });
    wanted
}

/// Where the columns stand, from the left edge of the table: their left ends, or for numbers their right ends.
struct Columns {
    width: f32,
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
    fn of(width: f32) -> Self {
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

    fn titles_ui(&self, ui: &mut Ui, tokens: &Tokens) {
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, 20.0), Sense::hover());
        let font = FontId::proportional(size::SMALL);
        let (y, x) = (rect.center().y, rect.left());
        for (at, align, text) in [
            (self.name, Align2::LEFT_CENTER, "name"),
            (self.statement, Align2::LEFT_CENTER, "identity"),
            (
                self.what.unwrap_or(-1e4),
                Align2::LEFT_CENTER,
                "closest to its tolerance",
            ),
            (self.computed, Align2::RIGHT_CENTER, "computed"),
            (self.expected, Align2::RIGHT_CENTER, "expected"),
            (self.verdict, Align2::LEFT_CENTER, "error and tolerance, or z"),
            (self.seconds, Align2::RIGHT_CENTER, "time"),
        ] {
            ui.painter()
                .text(pos2(x + at, y), align, text, font.clone(), tokens.text_weak);
        }
        ui.painter()
            .hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, tokens.line));
    }
}

/// One check in the table.
struct Line<'a> {
    check: &'static Check,
    state: State,
    result: Option<&'a Finished>,
    opened: bool,
    /// Whether it may be started.
    idle: bool,
}

impl Line<'_> {
    /// Draws the line. Whether it was clicked, and whether it is to be run.
    fn ui(&self, ui: &mut Ui, columns: &Columns, tokens: &Tokens) -> (bool, bool) {
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
        let run = self.idle && icon_button(&mut corner, Icon::Play, &format!("Run {name}"), "", 20.0).clicked();
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
        ui.label(self.check.about);
        if let Some(row) = self.result.and_then(Finished::tightest) {
            let sentence = format!("Closest to its tolerance: {}. Click to see every comparison.", row.what);
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
                weak("running …"),
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
                        let why = finished.failure.as_deref().unwrap_or("nothing was compared");
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
    let verdict = RichText::new(row.verdict()).size(size::SMALL).color(color);
    put(ui, rect, (columns.verdict, columns.seconds - 56.0), Align::Min, verdict);
}

/// Every comparison of a check.
fn details_ui(ui: &mut Ui, columns: &Columns, tokens: &Tokens, finished: &Finished) {
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
