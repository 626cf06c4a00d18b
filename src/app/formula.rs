//! The box in which a formula is typed, and its parameters.
//!
//! What is typed applies as it is typed. While there is a mistake in it, its place is underlined, a sentence says what is wrong, and
//! the last formula without one runs on.

use eframe::egui;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{FontId, RichText, Stroke, TextEdit, Ui};

use super::App;
use super::icons::Icon;
use super::theme::{Theme, size};
use super::widgets::{Effect, button, icon_button, note_ui, number_ui, percent, release, warning_ui};
use crate::continuum::{Enclosure, Verdict, enclosure};
use crate::landscape::Landscape;
use crate::params::{Number, Parameters, Visitor};
use crate::scenario::Scenario;
use crate::space::Rect;
use crate::target::{Formula, FormulaError, Own, Shape};
use crate::words::t;

/// What is being typed.
#[derive(Debug, Default)]
pub(super) struct FormulaBox {
    text: String,
    /// A parameter as it is typed.
    line: String,
    /// The formula of the draft for which `text` was written last.
    of: Option<String>,
    error: Option<FormulaError>,
    line_error: Option<FormulaError>,
    /// Whether the view holds the law, for the landscape and view it was found for.
    enclosed: Option<(Landscape, Rect, Enclosure)>,
}

impl FormulaBox {
    /// What is known of the law π of a scenario. It is looked for only when the landscape has changed.
    fn enclosure(&mut self, scenario: &Scenario) -> Option<&Enclosure> {
        let (landscape, view) = (scenario.landscape(), scenario.view());
        let known = self.enclosed.as_ref();
        if known.is_none_or(|(l, v, _)| *l != landscape || *v != view) {
            let found = enclosure(&landscape, view);
            self.enclosed = Some((landscape, view, found));
        }
        Some(&self.enclosed.as_ref()?.2)
    }
}

/// What should be known about the law π of a scenario, if anything.
fn notice(enclosure: &Enclosure) -> Vec<String> {
    let share = |share: f64| {
        if share < 0.995 {
            percent(share.max(0.01))
        } else {
            t!("nearly all").to_owned()
        }
    };
    let mut says = Vec::new();
    match enclosure.verdict {
        Verdict::Enclosed => {}
        Verdict::TooSmall(outside) => says.push(t!(
            "The view is too small: {share} of the law π lies outside it. Zoom out.",
            share = share(outside)
        )),
        Verdict::Unbounded => says.push(
            t!(
                "There is no law π: U does not rise far outside, and e^(−U/T) has no finite integral. What is shown is that of the view \
                 alone; particles leave it for good."
            )
            .to_owned(),
        ),
        Verdict::Nowhere => says.push(t!("U is a number nowhere in the view.").to_owned()),
    }
    if enclosure.undefined > 0.0 && enclosure.verdict != Verdict::Nowhere {
        says.push(t!(
            "U is no number in {share} of the view: particles that come there lose their weight.",
            share = share(enclosure.undefined)
        ));
    }
    says
}

impl App {
    /// What the landscape section has of formulas: the box and the parameters of one, the way to one from a target that has one, and
    /// for any target a word on a law that the view does not hold.
    pub(super) fn formula_ui(&mut self, ui: &mut Ui) {
        if let Shape::Formula(formula) = &self.draft.target {
            let formula = formula.clone();
            self.text_ui(ui, &formula);
            self.own_ui(ui);
        } else if let Some(formula) = self.draft.target.formula() {
            let use_it = release(button(ui, t!("Use as a formula"), t!("Use as a formula")));
            let help = t!("Write this landscape as a formula, to change it in any way");
            if use_it.on_hover_text(help).clicked() {
                self.draft.target = Shape::Formula(formula);
            }
        }
        let Some(enclosure) = self.formula.enclosure(&self.draft) else {
            return;
        };
        let too_small = matches!(enclosure.verdict, Verdict::TooSmall(_));
        for sentence in notice(enclosure) {
            warning_ui(ui, &sentence);
        }
        if too_small && release(button(ui, t!("Zoom out"), t!("Zoom out to hold the law"))).clicked() {
            self.zoom_out();
        }
    }

    fn zoom_out(&mut self) {
        let Rect { min, max } = self.draft.view().scaled(1.5);
        match &mut self.draft.target {
            Shape::Formula(formula) => {
                *formula = formula.with_view(Rect { min, max });
                self.draft.view = None;
            }
            _ => self.draft.view = Some(((min.x, max.x), (min.y, max.y))),
        }
        self.view.camera = None;
    }

    fn text_ui(&mut self, ui: &mut Ui, formula: &Formula) {
        let tokens = Theme::of(ui).tokens();
        let state = &mut self.formula;
        if state.of.as_deref() != Some(formula.text()) {
            // It was changed elsewhere: loaded, undone, or chosen.
            (state.text, state.error) = (formula.text().to_owned(), None);
            state.of = Some(formula.text().to_owned());
        }
        let place = state.error.as_ref().map(|error| error.place.clone());
        let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, width: f32| {
            let mut job = marked(text.as_str(), place.clone(), (tokens.text, tokens.error));
            job.wrap.max_width = width;
            ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
        };
        let field = TextEdit::multiline(&mut state.text)
            .id_salt("formula")
            .desired_rows(2)
            .desired_width(f32::INFINITY)
            .char_limit(crate::target::LONGEST)
            .layouter(&mut layouter);
        let response = ui
            .add(field)
            .on_hover_text(t!(
                "U(x, y): x, y, r, pi, e, numbers, + - * / ^, sqrt exp ln sin cos tan tanh abs min max gauss(dx, dy, sd) …, and parameters \
                 of your own"
            ))
            .accessible_name(t!("Formula"));
        if response.changed() {
            self.apply_text(formula);
        }
        let Some(error) = self.formula.error.clone() else {
            return;
        };
        let sentence = super::widgets::sentence(&error.message);
        ui.label(RichText::new(sentence).size(size::SMALL).color(tokens.error))
            .on_hover_text(t!(
                "Until it is mended this runs on: {formula}",
                formula = formula.text()
            ));
        note_ui(ui, t!("The last valid formula runs on."));
        if let Some(name) = &error.unknown {
            let line = format!("{name} = 1");
            let label = t!("Define {parameter}", parameter = line);
            if let (true, Ok(own)) = (release(button(ui, &label, &label)).clicked(), Own::read(&line)) {
                let mut all = formula.parameters().to_vec();
                all.push(own);
                match formula.with_parameters(all) {
                    Ok(defined) => {
                        self.draft.target = Shape::Formula(defined.clone());
                        self.apply_text(&defined);
                    }
                    Err(error) => self.notices.error(ui.ctx(), &super::widgets::sentence(&error.message)),
                }
            }
        }
    }

    /// Makes what is typed the formula, if it is one.
    fn apply_text(&mut self, formula: &Formula) {
        let state = &mut self.formula;
        match formula.with_text(&state.text) {
            Ok(new) => {
                state.error = None;
                state.of = Some(state.text.clone());
                self.draft.target = Shape::Formula(new);
            }
            Err(error) => {
                state.of = Some(formula.text().to_owned());
                state.error = Some(error);
            }
        }
    }

    /// A slider for each parameter, with what it takes to change its range or to take it away, and a line for another.
    fn own_ui(&mut self, ui: &mut Ui) {
        struct Sliders<'a> {
            ui: &'a mut Ui,
            edited: Option<String>,
            removed: Option<String>,
        }
        impl Visitor for Sliders<'_> {
            fn number(&mut self, name: &str, value: &mut f64, info: &Number) {
                number_ui(self.ui, name, name, value, (info, Effect::Live));
                self.ui.horizontal(|ui| {
                    ui.add_space(super::widgets::NAME_WIDTH);
                    let range = Own::read(&format!("{name} = {value} in [{}, {}]", info.min, info.max));
                    let range = range.map(|own| own.to_string()).unwrap_or_default();
                    let range = range.split_once(" in ").map_or("", |(_, range)| range).to_owned();
                    let text = RichText::new(range).size(size::SMALL);
                    let edit = ui
                        .small_button(text)
                        .accessible_name(t!("Range of {parameter}", parameter = name));
                    if release(edit).on_hover_text(t!("Type another range")).clicked() {
                        self.edited = Some(name.to_owned());
                    }
                    let remove = t!("Remove {parameter}", parameter = name);
                    if icon_button(ui, Icon::Close, &remove, t!("Take this parameter away"), 18.0).clicked() {
                        self.removed = Some(name.to_owned());
                    }
                });
            }
        }
        let Shape::Formula(formula) = &mut self.draft.target else {
            return;
        };
        let mut sliders = Sliders {
            ui,
            edited: None,
            removed: None,
        };
        formula.visit(&mut sliders);
        let Sliders { edited, removed, .. } = sliders;
        let formula = formula.clone();
        if let Some(own) = edited.and_then(|name| formula.parameters().iter().find(|own| own.name() == name).cloned()) {
            self.formula.line = own.to_string();
            self.formula.line_error = None;
        }
        if let Some(name) = removed {
            let left = formula.parameters().iter().filter(|own| own.name() != name);
            match formula.with_parameters(left.cloned().collect()) {
                Ok(less) => self.draft.target = Shape::Formula(less),
                Err(_) => {
                    let sentence = t!(
                        "{parameter} stands in the formula: take it out there first.",
                        parameter = name
                    );
                    self.notices.error(ui.ctx(), &sentence);
                }
            }
        }
        self.line_ui(ui, &formula);
    }

    fn line_ui(&mut self, ui: &mut Ui, formula: &Formula) {
        let tokens = Theme::of(ui).tokens();
        let hint = RichText::new(t!("new: c = 1 in [0, 3]")).color(tokens.text_weak);
        let state = &mut self.formula;
        let before = state.line.len();
        let field = TextEdit::singleline(&mut state.line)
            .id_salt("parameter")
            .font(FontId::monospace(size::SMALL))
            .hint_text(hint)
            .desired_width(f32::INFINITY);
        let response = ui
            .add(field)
            .on_hover_text(t!(
                "A parameter with its range, and `log` or `whole` behind it; Enter takes it"
            ))
            .accessible_name(t!("Parameter"));
        if response.changed() || state.line.len() != before {
            state.line_error = None;
        }
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if entered && !state.line.trim().is_empty() {
            let mut all = formula.parameters().to_vec();
            let taken = Own::read(&state.line).and_then(|own| {
                match all.iter_mut().find(|known| known.name() == own.name()) {
                    Some(known) => *known = own,
                    None => all.push(own),
                }
                formula.with_parameters(all)
            });
            match taken {
                Ok(new) => {
                    state.line.clear();
                    self.draft.target = Shape::Formula(new.clone());
                    // The text may have waited for it.
                    if self.formula.error.is_some() {
                        self.apply_text(&new);
                    }
                }
                Err(error) => state.line_error = Some(error),
            }
        }
        if let Some(error) = &self.formula.line_error {
            let sentence = super::widgets::sentence(&error.message);
            ui.label(RichText::new(sentence).size(size::SMALL).color(tokens.error));
        }
    }
}

/// A text in one width of letters, with a place underlined. At the end of the text the last letter stands for what is missing.
fn marked(
    text: &str,
    place: Option<std::ops::Range<usize>>,
    (color, wrong): (egui::Color32, egui::Color32),
) -> LayoutJob {
    let plain = TextFormat::simple(FontId::monospace(size::BODY), color);
    let mut job = LayoutJob::default();
    let Some(place) = place.filter(|p| text.is_char_boundary(p.start.min(text.len()))) else {
        job.append(text, 0.0, plain);
        return job;
    };
    let (mut start, mut end) = (place.start.min(text.len()), place.end.min(text.len()));
    if start >= end {
        start = text[..start].char_indices().next_back().map_or(0, |(i, _)| i);
        end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let under = TextFormat {
        underline: Stroke::new(2.0, wrong),
        ..plain.clone()
    };
    job.append(&text[..start], 0.0, plain.clone());
    job.append(&text[start..end], 0.0, under);
    job.append(&text[end..], 0.0, plain);
    job
}
