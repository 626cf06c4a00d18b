//! What stands above a panel: its name, its numbers, what the exact solution says of it, and its buttons.

use eframe::egui;
use eframe::egui::{Align, FontId, Layout, RichText, Sense, Ui, UiBuilder, vec2};

use super::App;
use super::actions::Action;
use super::background;
use super::gauge::Gauge;
use super::icons::Icon;
use super::layers::Coloring;
use super::looks::Kind;
use super::mixture::{motto, noise};
use super::panel::Place;
use super::spots::note;
use super::theme::{Tokens, size};
use super::verdict::Verdict;
use super::widgets::{grouped, icon_button, short};
use crate::engine::Report;
use crate::flow::Flow;
use crate::lecture::Pointer;
use crate::scenario::{MOST_PANELS, Pace};
use crate::words::{said, t};

/// Height of the caption above a panel.
const CAPTION_HEIGHT: f32 = 44.0;
/// Height of the line with the numbers.
const ROW_HEIGHT: f32 = 17.0;
/// Width of a button at its right, with the gap before it.
const BUTTON_WIDTH: f32 = 23.0;
/// Edge of the sign before what differs.
const WARNING: f32 = 13.0;
/// What the line about the exact solution adds to it.
const VERDICT_HEIGHT: f32 = 20.0;
impl App {
    pub(super) fn caption_ui(&mut self, ui: &mut Ui, place: Place<'_>, tokens: &Tokens) {
        let Some(flow) = place.snapshot().scenario.panels.get(place.index) else {
            return;
        };
        let color = place.look.color(tokens);
        let mut ui = ui.new_child(
            UiBuilder::new()
                .max_rect(place.caption)
                .layout(Layout::top_down(Align::Min))
                .id_salt(("caption", place.index)),
        );
        ui.set_clip_rect(place.caption.intersect(ui.clip_rect()));
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.horizontal(|ui| {
            let (sample, _) = ui.allocate_exact_size(vec2(34.0, 24.0), Sense::hover());
            place.look.sample(ui.painter(), sample.left_center(), 32.0, tokens);
            // Larger where there is room: it is read from the back row.
            let larger = if place.picture.width() > 420.0 { 3.0 } else { 0.0 };
            let name = RichText::new(&flow.name).size(size::HEADING + larger).color(color);
            // The name is what a lecture speaks of: what can be pressed comes after it, where there is room.
            let buttons = if self.figure { 0 } else { Self::caption_buttons(place) };
            name_ui(ui, name);
            let room = place.caption.right() - ui.next_widget_position().x;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if buttons > 0 && room >= BUTTON_WIDTH * buttons as f32 {
                    self.caption_buttons_ui(ui, place);
                }
                let motto = motto::motto(flow).unwrap_or_else(|| said(Kind::of(flow).motto()).to_owned());
                // What the name says already need not be said again.
                let motto = if flow.name.to_lowercase() == motto {
                    String::new()
                } else {
                    motto
                };
                let galley =
                    ui.painter()
                        .layout_no_wrap(motto.clone(), FontId::proportional(size::BODY), tokens.text_weak);
                // Half a sentence explains nothing.
                if galley.size().x + 6.0 < ui.available_width() {
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.label(RichText::new(motto).color(tokens.text_weak));
                    });
                }
            });
        });
        let driven = match place.panel().now.factor {
            factor if place.snapshot().scenario.pace == Pace::EqualDissipation => format!(" × {factor:.2}"),
            _ => String::new(),
        };
        let wordings = self.wordings(place, flow, &driven);
        let font = FontId::proportional(size::BODY);
        let width = |text: &String| {
            let galley = ui.painter().layout_no_wrap(text.clone(), font.clone(), tokens.text);
            galley.size().x
        };
        // The gauge stands at the right, in what a short wording leaves; a figure has no other place for the time.
        let apart = 10.0;
        let least = if self.figure { [0, 1] } else { [3, 4] };
        let left = least
            .map(|k| &wordings[k])
            .map(|words| ui.available_width() - width(words) - apart);
        let gauge = Gauge::of(ui.painter(), place, &left, tokens)
            .filter(|gauge| left.iter().any(|left| gauge.width() <= *left));
        let room = ui.available_width() - gauge.as_ref().map_or(0.0, |gauge| gauge.width() + apart);
        let fitting = wordings.iter().find(|text| width(text) <= room);
        let numbers = fitting.unwrap_or(&wordings[4]);
        let numbers = egui::Label::new(RichText::new(numbers).color(tokens.text)).truncate();
        let row = vec2(ui.available_width(), ROW_HEIGHT);
        let response = ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = apart;
            if let Some(gauge) = gauge {
                gauge.ui(ui, tokens);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(numbers))
                .inner
        });
        let response = response.inner;
        if !driven.is_empty() {
            response.on_hover_text(t!(
                "Equal dissipation: both rates are driven by this factor, so that all panels lose KL as fast as the fastest. No rate \
                 goes beyond 4: what is stuck stays behind."
            ));
        }
        if self.has_verdicts(place.report)
            && let Some(verdict) = self.verdict(place)
        {
            let top = ui.next_widget_position();
            verdict_ui(&mut ui, &verdict, tokens);
            let end = egui::pos2(place.caption.right(), ui.min_rect().bottom());
            let line = egui::Rect::from_min_max(top, end);
            note(ui.ctx(), Pointer::Verdict(place.index + 1), line);
        }
    }

    /// The numbers of a panel, from the longest wording to the shortest.
    fn wordings(&self, place: Place<'_>, flow: &Flow, driven: &str) -> [String; 5] {
        let particles = grouped(place.panel().alive as i64);
        let families = grouped(place.panel().now.families as i64);
        let [long, short_of] = match self.view.coloring.of(place.snapshot()) {
            Coloring::Lineage => [
                t!("families {families} of {particles}", families, particles),
                t!("families {families}", families),
            ],
            Coloring::Origin | Coloring::Flow => [format!("N {particles}"), format!("N {particles}")],
        };
        let (alpha, beta) = (short(flow.alpha), short(flow.beta));
        let (scenario, time) = (&place.snapshot().scenario, place.snapshot().time);
        let time = noise(scenario, time).unwrap_or_else(|| format!("t {time:.2}"));
        // The time stands at the foot of the window, too.
        match motto::numbers(flow) {
            Some([numbers, few]) => [
                format!("{long}    {numbers}    {time}"),
                format!("{short_of}   {numbers}   {time}"),
                format!("{short_of}   {numbers}"),
                format!("{short_of}  {few}"),
                few,
            ],
            None => [
                format!("{long}    α {alpha}{driven}    β {beta}{driven}    {time}"),
                format!("{short_of}   α {alpha}  β {beta}{driven}   {time}"),
                format!("{short_of}   α {alpha}  β {beta}{driven}"),
                format!("{short_of}  α {alpha} β {beta}"),
                format!("α {alpha} β {beta}"),
            ],
        }
    }

    /// What there is to say of the exact solution, or that there will be one.
    fn verdict(&self, place: Place<'_>) -> Option<Verdict> {
        if place.snapshot().scenario.is_reverse() {
            return Verdict::of_mixture(place.snapshot(), place.index);
        }
        match &place.report.exact {
            Some(exact) if place.report.travel.is_none() && !place.report.exact_is_old => {
                Verdict::of(place.snapshot(), place.index, exact)
            }
            _ => self.awaits_exact().then(Verdict::awaited),
        }
    }

    /// Whether an exact solution comes by itself, so that there is a line for it before it is there.
    const fn awaits_exact(&self) -> bool {
        matches!(self.drive.place(), background::Place::Thread)
    }

    /// How many buttons a caption has.
    fn caption_buttons(place: Place<'_>) -> usize {
        let n = place.snapshot().panels.len();
        2 * usize::from(n > 1) + usize::from(n < MOST_PANELS)
    }

    /// Copy, enlarge, remove; from the right.
    fn caption_buttons_ui(&mut self, ui: &mut Ui, place: Place<'_>) {
        let (n, number, edge) = (place.snapshot().panels.len(), place.index + 1, 20.0);
        ui.spacing_mut().item_spacing.x = 3.0;
        if n > 1 {
            let help = t!("The others go on, and so does time. Undo brings it back (Ctrl+Z).");
            if icon_button(ui, Icon::Close, &t!("Remove panel {number}", number), help, edge).clicked() {
                self.queue.push(Action::Remove(place.index));
            }
            let (icon, name) = match self.view.maximised {
                Some(_) => (Icon::Restore, t!("Show all panels").to_owned()),
                None => (Icon::Maximise, t!("Maximise panel {number}", number)),
            };
            if icon_button(ui, icon, &name, t!("M, for the selected panel"), edge).clicked() {
                self.queue.push(Action::Maximise(Some(place.index)));
            }
        }
        if n < MOST_PANELS {
            let help = t!(
                "A copy of it as it is now, with its past, under the same noise: a twin until something is changed (Ctrl+D, for the \
                 selected panel)"
            );
            if icon_button(ui, Icon::Copy, &t!("Duplicate panel {number}", number), help, edge).clicked() {
                self.queue.push(Action::Duplicate(Some(place.index)));
            }
        }
    }

    /// Whether there is a line about each panel: of particles that come from the noise it says whether they get where they are wanted.
    fn has_verdicts(&self, report: &Report) -> bool {
        self.view.layers.exact || report.snapshot.scenario.is_reverse()
    }

    /// Height of the captions: the same for all panels, and the same as long as nothing is switched.
    pub(super) fn caption_height(&self, report: &Report) -> f32 {
        let comes = report.exact.is_some() || self.awaits_exact() || report.snapshot.scenario.is_reverse();
        if self.has_verdicts(report) && comes {
            CAPTION_HEIGHT + VERDICT_HEIGHT
        } else {
            CAPTION_HEIGHT
        }
    }
}

/// The name of a flow, in less than all there is: what comes after a name as wide as that would stand beyond the panel.
fn name_ui(ui: &mut Ui, name: RichText) {
    ui.scope(|ui| {
        ui.set_max_width((ui.available_width() - BUTTON_WIDTH).max(0.0));
        ui.add(egui::Label::new(name).truncate());
    });
}

/// One line about the exact solution, in the longest wording that there is room for; all of it under the pointer.
fn verdict_ui(ui: &mut Ui, verdict: &Verdict, tokens: &Tokens) {
    let (fill, color) = if verdict.differs {
        (tokens.notice, tokens.on_notice)
    } else {
        (egui::Color32::TRANSPARENT, tokens.text_weak)
    };
    let margin = if verdict.differs { 5.0 } else { 0.0 };
    // A sign as well, so that it is not told by colour alone.
    let sign = if verdict.differs { WARNING + 5.0 } else { 0.0 };
    let room = ui.available_width() - 2.0 * margin - sign - 1.0;
    let font = FontId::proportional(size::BODY);
    let width = |text: &String| ui.painter().layout_no_wrap(text.clone(), font.clone(), color).size().x;
    let fitting = verdict.wordings.iter().find(|text| width(text) <= room);
    let Some(text) = fitting.or(verdict.wordings.last()) else {
        return;
    };
    let frame = egui::Frame::new()
        .fill(fill)
        .corner_radius(4)
        .inner_margin(egui::Margin::symmetric(margin as i8, 0));
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            if verdict.differs {
                let (place, _) = ui.allocate_exact_size(vec2(WARNING, WARNING), Sense::hover());
                Icon::Warning.paint(ui.painter(), place.shrink(0.5), color);
            }
            let label = egui::Label::new(RichText::new(text).font(font).color(color)).truncate();
            ui.add(label).on_hover_text(&verdict.details);
        });
    });
}
