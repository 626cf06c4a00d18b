//! How fast the flows of this landscape forget where they began, and the shapes that are forgotten last.
//!
//! The figures are worked out on a thread of their own while their section is open, again whenever the landscape has come to rest
//! after a change. Old figures stay, marked as old, until the new ones are there.

use std::sync::Arc;

use eframe::egui;
use eframe::egui::{
    Color32, ColorImage, Grid as Table, Painter, Rect, RichText, Role, Sense, Stroke, StrokeKind, TextureHandle,
    TextureOptions, Ui, WidgetInfo, pos2, vec2,
};

use super::App;
use super::backdrop::screen_rect;
use super::background::{Background, Place};
use super::looks::{Look, looks};
use super::theme::{Theme, size};
use super::widgets::{Effect, focus_ring, name_ui, note_ui, release, short};
use crate::continuum::{Kramers, Rates, Spectrum, kramers, spectrum};
use crate::flow::{Flow, Rate, Transport};
use crate::landscape::Landscape;
use crate::observe::{Decay, Observer, decay};
use crate::render::camera::Projection;
use crate::render::palette::Ramp;
use crate::scenario::Scenario;
use crate::snapshot::Snapshot;
use crate::space::{Field, Point, Rect as World};

/// Cells along an edge of the grid of the eigenfunctions.
const CELLS: usize = 192;
/// Eigenfunctions that are worked out, the constant one among them.
const COUNT: usize = 6;
/// How long (seconds) a landscape must rest before it is worth the work.
const REST: f64 = 0.3;
/// Below this KL falls exponentially, so that a rate can be read off.
const CEILING: f64 = 0.1;
/// Colours reach their ends at the largest value that an eigenfunction has no higher (kT) than this above the deepest well.
const LOW: f64 = 6.0;
/// Between these heights (kT) the colours of an eigenfunction fade: nothing of the law is up there.
const FADING: [f64; 2] = [14.0, 26.0];

/// Everything that the figures depend on.
#[derive(Clone, Debug, PartialEq)]
struct Question {
    landscape: Landscape,
    rect: World,
    /// What the panels look at, over which KL is measured.
    view: World,
    /// Tilts θ of the corrected flows.
    tilts: Vec<f64>,
}

/// What is worked out.
struct Answer {
    spectrum: Spectrum,
    /// The estimate of λ₁ from the passes between wells, where there are any.
    kramers: Option<Kramers>,
    /// What knows the noise of a KL.
    observer: Observer,
    /// The eigenfunctions without the constant one, as shades in [−1, 1] row by row from the top.
    shades: Vec<Vec<f32>>,
    /// λ₁ of Langevin in (1 − θ)V for each tilt: the rate at which a corrected flow converges.
    corrected: Vec<Option<f64>>,
}

/// The figures and pictures of a landscape.
#[derive(Default)]
pub(super) struct Spectra {
    work: Background<Question, Result<Arc<Answer>, String>>,
    /// The landscape last seen, and since when (seconds).
    seen: Option<(Question, f64)>,
    pictures: Option<(Question, Theme, Vec<TextureHandle>)>,
    /// What each panel ran when it was last seen, and since when (model time).
    running: Vec<(Flow, Landscape, f64)>,
}

impl Question {
    fn of(scenario: &Scenario) -> Self {
        let landscape = landscape_of(scenario);
        // A view holds nearly all of π at temperature 1; hotter laws are wider.
        let wider = 1.25 * scenario.temperature.max(1.0).sqrt();
        let mut tilts: Vec<f64> = scenario.panels.iter().filter_map(tilt).collect();
        tilts.sort_by(f64::total_cmp);
        tilts.dedup();
        Self {
            rect: landscape.target().view().scaled(wider),
            view: scenario.view(),
            landscape,
            tilts,
        }
    }

    fn answer(&self) -> Result<Arc<Answer>, String> {
        let spectrum = spectrum(&self.landscape, self.rect, CELLS, COUNT).map_err(|e| e.to_string())?;
        let gap = |theta: &f64| {
            let other = spectrum_of(&self.landscape.steepened(-theta), self.rect);
            other.map(|s| s.gap())
        };
        let observer = Observer::new(&self.landscape, self.view);
        Ok(Arc::new(Answer {
            kramers: kramers(&self.landscape, self.rect, observer.basins()),
            observer,
            corrected: self.tilts.iter().map(gap).collect(),
            shades: shades(&self.landscape, &spectrum),
            spectrum,
        }))
    }
}

/// The eigenfunctions as they are painted: each by its own largest value, and pale where nothing of the law is.
fn shades(landscape: &Landscape, spectrum: &Spectrum) -> Vec<Vec<f32>> {
    let Some(grid) = spectrum.modes.first().map(|mode| mode.grid) else {
        return Vec::new();
    };
    let potential = landscape.field(grid);
    let floor = potential.range().map_or(0.0, |(low, _)| low);
    let strength = |v: f64| ((FADING[1] - (v - floor)) / (FADING[1] - FADING[0])).clamp(0.0, 1.0);
    let shade = |mode: &Field| {
        let low = mode
            .values
            .iter()
            .zip(&potential.values)
            .filter(|(_, v)| **v - floor < LOW);
        let full = low.fold(f64::MIN_POSITIVE, |m, (phi, _)| m.max(phi.abs()));
        let rows = mode
            .values
            .chunks_exact(grid.nx)
            .zip(potential.values.chunks_exact(grid.nx))
            .rev();
        rows.flat_map(|(phis, vs)| phis.iter().zip(vs))
            .map(|(phi, v)| (phi / full).clamp(-1.0, 1.0) as f32 * strength(*v) as f32)
            .collect()
    };
    spectrum.modes.iter().skip(1).map(shade).collect()
}

/// The potential that the flows of a scenario feel.
pub(super) fn landscape_of(scenario: &Scenario) -> Landscape {
    Landscape {
        shape: scenario.target.clone(),
        temperature: scenario.temperature,
    }
}

fn spectrum_of(landscape: &Landscape, rect: World) -> Option<Spectrum> {
    spectrum(landscape, rect, CELLS, 2).ok()
}

/// The tilt of a corrected flow.
fn tilt(flow: &Flow) -> Option<f64> {
    match flow.rate {
        Rate::Corrected(theta) => Some(theta),
        _ => None,
    }
}

impl Answer {
    /// The rate at which a flow should converge in the end, or why that is not known.
    fn predicted(&self, flow: &Flow, tilts: &[f64]) -> Result<f64, &'static str> {
        let rates = Rates {
            alpha: flow.alpha,
            beta: flow.beta,
        };
        if matches!(flow.transport, Transport::Underdamped(_)) && flow.alpha > 0.0 {
            return Err("αλ₁ + β is for particles without velocities.");
        }
        match (&flow.rate, flow.beta > 0.0) {
            (Rate::FisherRao, _) => Ok(rates.decay(self.spectrum.gap())),
            (Rate::Corrected(_), _) if flow.alpha != flow.beta => {
                Err("Known for β = α only: else the law does not go to π.")
            }
            (Rate::Corrected(theta), _) => {
                let known = tilts.iter().position(|t| t == theta).and_then(|k| self.corrected[k]);
                known.map(|gap| flow.alpha * gap).ok_or("Being worked out.")
            }
            (_, false) => Ok(rates.decay(self.spectrum.gap())),
            (_, true) => Err("With a given rate the law does not go to π."),
        }
    }
}

impl Spectra {
    /// Sees to the figures of this scenario.
    fn ask(&mut self, question: Question, place: Place, ctx: &egui::Context) {
        let now = ctx.input(|i| i.time);
        let since = match &self.seen {
            Some((seen, since)) if *seen == question => *since,
            // The first landscape need not rest.
            None => f64::NEG_INFINITY,
            Some(_) => now,
        };
        self.seen = Some((question.clone(), since));
        let rested = now - since;
        if place == Place::Here || rested >= REST {
            self.work
                .ask(&question, place, "wfr-lab spectrum", ctx, Question::answer);
        } else {
            self.work.collect();
            ctx.request_repaint_after_secs((REST - rested) as f32 + 0.01);
        }
    }

    /// Notes since when the panels run what they run: what KL did before says nothing about it.
    pub(super) fn watch(&mut self, snapshot: &Snapshot) {
        let scenario = &snapshot.scenario;
        let landscape = landscape_of(scenario);
        self.running.truncate(scenario.panels.len());
        for (k, flow) in scenario.panels.iter().enumerate() {
            let since = if snapshot.step == 0 { 0.0 } else { snapshot.time };
            match self.running.get_mut(k) {
                Some((f, l, at)) if f == flow && *l == landscape && *at <= snapshot.time => {}
                Some(other) => *other = (flow.clone(), landscape.clone(), since),
                // A run that is shown for the first time has run like this so far.
                None => self.running.push((flow.clone(), landscape.clone(), 0.0)),
            }
        }
    }

    /// The rate at which the law of a panel converges, read off its KL.
    fn measured(&self, snapshot: &Snapshot, k: usize, observer: &Observer) -> Option<Decay> {
        let panel = snapshot.panels.get(k)?;
        let since = self.running.get(k).map_or(0.0, |(_, _, since)| *since);
        let history = panel.history.iter().filter(|o| o.time >= since).map(|o| (o.time, o.kl));
        let kl = decay(history, observer.kl_floor(panel.now.ess), CEILING)?;
        // KL is quadratic in what is left of the difference.
        Some(Decay {
            rate: 0.5 * kl.rate,
            error: 0.5 * kl.error,
            ..kl
        })
    }

    /// The newest figures, and whether they are of the landscape on show.
    fn newest(&self) -> Option<(&Question, &Result<Arc<Answer>, String>, bool)> {
        let (question, answer) = self.work.answer()?;
        let current = self.seen.as_ref().is_some_and(|(seen, _)| seen == question);
        Some((question, answer, current))
    }

    /// The eigenfunctions as pictures, without the constant one.
    fn pictures(&mut self, ctx: &egui::Context, theme: Theme) -> &[TextureHandle] {
        let Some((question, Ok(answer))) = self.work.answer() else {
            return &[];
        };
        let fresh = self
            .pictures
            .as_ref()
            .is_some_and(|(of, look, _)| of == question && *look == theme);
        if !fresh {
            let ramp = Ramp::through(&theme.tokens().diverging);
            let picture = |shades: &Vec<f32>| {
                let color = |shade: &f32| {
                    let [r, g, b] = ramp.at(0.5 + 0.5 * f64::from(*shade));
                    Color32::from_rgb(r, g, b)
                };
                let image = ColorImage::new([CELLS, CELLS], shades.iter().map(color).collect());
                ctx.load_texture("eigenfunction", image, TextureOptions::LINEAR)
            };
            self.pictures = Some((question.clone(), theme, answer.shades.iter().map(picture).collect()));
        }
        self.pictures.as_ref().map_or(&[], |(_, _, textures)| textures)
    }
}

impl App {
    /// Sees to the figures while anything shows them.
    pub(super) fn ask_for_spectrum(&mut self, ctx: &egui::Context) {
        let place = self.drive.place();
        self.spectra.ask(Question::of(&self.draft), place, ctx);
    }

    /// The section at the left.
    pub(super) fn spectrum_ui(&mut self, ui: &mut Ui) {
        self.ask_for_spectrum(ui.ctx());
        let Some((question, answer, current)) = self.spectra.newest() else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("working out the slowest modes");
            });
            return;
        };
        let answer = match answer {
            Ok(answer) => Arc::clone(answer),
            Err(sentence) => {
                note_ui(ui, &format!("No spectrum: {sentence}."));
                return;
            }
        };
        let tilts = question.tilts.clone();
        ui.add_enabled_ui(current, |ui| {
            figures_ui(ui, &answer);
            self.rates_of_flows_ui(ui, &answer, &tilts);
            self.modes_ui(ui, &answer);
        });
        if !current {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("of the landscape before; working");
            });
        }
    }

    /// Predicted and measured rates, one row per flow.
    fn rates_of_flows_ui(&self, ui: &mut Ui, answer: &Answer, tilts: &[f64]) {
        let tokens = Theme::of(ui).tokens();
        let weak = |text: &str| RichText::new(text).size(size::SMALL).color(tokens.text_weak);
        let table = Table::new("rates of flows").num_columns(3).spacing([8.0, 2.0]);
        table.show(ui, |ui| {
            ui.label(weak("rate (/time)"));
            ui.label(weak("αλ₁ + β"))
                .on_hover_text("At this rate the law should converge in the end; KL decays twice as fast.");
            ui.label(weak("measured"))
                .on_hover_text("Half the rate at which KL falls in its last stretch, above the noise of sampling.");
            ui.end_row();
            for (k, (flow, look)) in self.draft.panels.iter().zip(looks(&self.draft.panels)).enumerate() {
                flow_name_ui(ui, flow, look);
                match answer.predicted(flow, tilts) {
                    Ok(rate) => ui.label(short(rate)),
                    Err(why) => ui.label("–").on_hover_text(why),
                };
                self.measured_ui(ui, k, &answer.observer);
                ui.end_row();
            }
        });
    }

    fn measured_ui(&self, ui: &mut Ui, k: usize, observer: &Observer) {
        let snapshot = self.report.as_ref().map(|r| &r.snapshot);
        let Some(found) = snapshot.and_then(|s| self.spectra.measured(s, k, observer)) else {
            ui.label("–").on_hover_text(format!(
                "Read off where KL is below {CEILING} and above its noise, with these settings: not enough of that yet."
            ));
            return;
        };
        let (from, to) = (short(found.window.0), short(found.window.1));
        ui.label(format!("{} ± {}", short(found.rate), one_digit(found.error)))
            .on_hover_text(format!("From {} values of KL, t = {from} to {to}", found.points));
    }

    /// The eigenfunctions, each a switch that shows it over the panels.
    fn modes_ui(&mut self, ui: &mut Ui, answer: &Answer) {
        let theme = Theme::of(ui);
        note_ui(
            ui,
            "Slowest shapes: mass moves between blue and orange. A click shows one in the panels.",
        );
        let textures: Vec<TextureHandle> = self.spectra.pictures(ui.ctx(), theme).to_vec();
        let room = ui.available_width();
        let width = ((room - 2.0 * ui.spacing().item_spacing.x) / 3.0).floor();
        let grid = answer.spectrum.modes[0].grid;
        let height = (width * (grid.rect.height() / grid.rect.width()) as f32).clamp(0.5 * width, 1.4 * width);
        ui.horizontal_wrapped(|ui| {
            for (k, (texture, rate)) in textures.iter().zip(&answer.spectrum.rates[1..]).enumerate() {
                let number = k + 1;
                let chosen = self.view.mode == Some(number);
                let (rect, response) = ui.allocate_exact_size(vec2(width, height + 18.0), Sense::click());
                let name = format!("Eigenfunction {number} over the panels");
                response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, chosen, &name));
                thumbnail(
                    ui.painter(),
                    rect,
                    texture,
                    (chosen, theme),
                    &format!("λ = {}", short(*rate)),
                );
                focus_ring(ui, &response, rect, 3.0);
                if release(response)
                    .on_hover_text(format!("{name}\nDecays at the rate αλ + β, λ = {} /time", short(*rate)))
                    .clicked()
                {
                    self.view.mode = (!chosen).then_some(number);
                }
            }
        });
    }

    /// Paints the chosen eigenfunction into a panel, and gives what is to be said about it.
    pub(super) fn paint_mode(&mut self, painter: &Painter, on: &Projection, flow: Option<&Flow>) -> Option<String> {
        let number = self.view.mode?;
        let theme = if painter.ctx().theme() == egui::Theme::Dark {
            Theme::Dark
        } else {
            Theme::Light
        };
        let texture = self.spectra.pictures(painter.ctx(), theme).get(number - 1)?.id();
        let (question, answer, current) = self.spectra.newest()?;
        let answer = answer.as_ref().ok().filter(|_| current)?;
        let world = question.rect;
        let corner = |x: f64, y: f64| {
            let s = on.screen_from_world(Point::new(x, y));
            pos2(s.x as f32, s.y as f32)
        };
        let rect = Rect::from_min_max(corner(world.min.x, world.max.y), corner(world.max.x, world.min.y));
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        // Paler than in the section: particles and figures stand on it.
        let [r, g, b] = theme.tokens().diverging[1];
        painter.rect_filled(screen_rect(on), 0.0, Color32::from_rgb(r, g, b));
        painter.image(texture, rect, uv, Color32::WHITE.gamma_multiply(0.6));
        let rate = answer.spectrum.rates.get(number)?;
        let plain = |f: &&Flow| f.rate == Rate::FisherRao && !matches!(f.transport, Transport::Underdamped(_));
        let decay = flow.filter(plain).map(|f| f.alpha * rate + f.beta);
        Some(match decay {
            Some(decay) => format!("mode {number}: decays at {} /time here", short(decay)),
            None => format!("mode {number}: λ = {} /time", short(*rate)),
        })
    }
}

fn figures_ui(ui: &mut Ui, answer: &Answer) {
    let gap = answer.spectrum.gap();
    let row = |ui: &mut Ui, name: &str, value: String, help: &str| {
        ui.horizontal(|ui| {
            name_ui(ui, name, name, help, Effect::Live);
            ui.label(value).on_hover_text(help);
        });
    };
    row(
        ui,
        "Gap λ₁",
        format!("{} /time", short(gap)),
        "The slowest rate of Langevin at α = 1: how fast the last difference from π dies out",
    );
    row(
        ui,
        "Memory 1/λ₁",
        format!("{} time", short(1.0 / gap)),
        "The time in which Langevin forgets which well it began in, at α = 1",
    );
    if let Some(estimate) = answer.kramers.as_ref().and_then(|k| k.rates.first()) {
        row(
            ui,
            "Kramers",
            format!("{} /time", short(*estimate)),
            "The estimate of λ₁ from the heights of the passes between the wells: good for high barriers",
        );
    }
}

/// An error with the one digit that it is worth.
fn one_digit(error: f64) -> String {
    if !(error > 0.0 && error.is_finite()) {
        return "0".to_owned();
    }
    let decimals = (-error.log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{error:.decimals$}")
}

fn flow_name_ui(ui: &mut Ui, flow: &Flow, look: Look) {
    let tokens = Theme::of(ui).tokens();
    ui.horizontal(|ui| {
        ui.set_width(104.0);
        let (sample, _) = ui.allocate_exact_size(vec2(22.0, 14.0), Sense::hover());
        look.sample(ui.painter(), sample.left_center(), 20.0, tokens);
        let name = RichText::new(&flow.name).color(look.color(tokens));
        ui.add(egui::Label::new(name).truncate());
    });
}

fn thumbnail(painter: &Painter, rect: Rect, texture: &TextureHandle, (chosen, theme): (bool, Theme), text: &str) {
    let tokens = theme.tokens();
    let picture = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - 18.0));
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(texture.id(), picture, uv, Color32::WHITE);
    let stroke = if chosen {
        Stroke::new(3.0, tokens.accent)
    } else {
        Stroke::new(1.0, tokens.line)
    };
    painter.rect_stroke(picture, 2.0, stroke, StrokeKind::Inside);
    painter.text(
        pos2(rect.center().x, rect.bottom()),
        egui::Align2::CENTER_BOTTOM,
        text,
        egui::FontId::proportional(size::SMALL),
        tokens.text,
    );
}
