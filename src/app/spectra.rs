//! What is known of the spectrum of a landscape, worked out beside the drawing: modes, passes, predicted and measured rates.

use std::sync::Arc;

use eframe::egui;
use eframe::egui::{Color32, ColorImage, TextureHandle, TextureOptions};

use super::background::{Background, Place};
use super::theme::Profile;
use crate::continuum::{Kramers, Rates, Spectrum, kramers, spectrum};
use crate::flow::{Flow, Rate, Transport};
use crate::landscape::Landscape;
use crate::observe::{Decay, Observer, decay};
use crate::render::palette::Ramp;
use crate::scenario::Scenario;
use crate::snapshot::Snapshot;
use crate::space::{Field, Rect as World};
use crate::words::t;

/// Cells along an edge of the grid of the eigenfunctions.
const CELLS: usize = 192;
/// Eigenfunctions that are worked out, the constant one among them.
const COUNT: usize = 6;
/// How long (seconds) a landscape must rest before it is worth the work.
const REST: f64 = 0.3;
/// Below this KL falls exponentially, so that a rate can be read off.
pub(super) const CEILING: f64 = 0.1;
/// Colours reach their ends at the largest value that an eigenfunction has no higher (kT) than this above the deepest well.
const LOW: f64 = 6.0;
/// Between these heights (kT) the colours of an eigenfunction fade: nothing of the law is up there.
const FADING: [f64; 2] = [14.0, 26.0];

/// Everything that the figures depend on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    landscape: Landscape,
    pub(super) rect: World,
    /// What the panels look at, over which KL is measured.
    view: World,
    /// Tilts θ of the corrected flows.
    pub(super) tilts: Vec<f64>,
}

/// What is worked out.
pub(super) struct Answer {
    pub(super) spectrum: Spectrum,
    /// The estimate of λ₁ from the passes between wells, where there are any.
    pub(super) kramers: Option<Kramers>,
    /// What knows the noise of a KL.
    pub(super) observer: Observer,
    /// The eigenfunctions without the constant one, as shades in [−1, 1] row by row from the top.
    shades: Vec<Vec<f32>>,
    /// λ₁ of Langevin in (1 − θ)V for each tilt: the rate at which a corrected flow converges.
    corrected: Vec<Option<f64>>,
}

/// What came of a question, or a sentence why nothing did.
pub(super) type Figures = Result<Arc<Answer>, String>;

/// The figures and pictures of a landscape.
#[derive(Default)]
pub(super) struct Spectra {
    work: Background<Question, Figures>,
    /// The landscape last seen, and since when (seconds).
    seen: Option<(Question, f64)>,
    pictures: Option<(Question, Profile, Vec<TextureHandle>)>,
    /// What each panel ran when it was last seen, and since when (model time).
    running: Vec<(Flow, Landscape, f64)>,
}

impl Question {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let landscape = scenario.landscape();
        // A view holds nearly all of π at temperature 1; hotter laws are wider.
        let wider = 1.25 * scenario.temperature.max(1.0).sqrt();
        let mut tilts: Vec<f64> = scenario.panels.iter().filter_map(tilt).collect();
        tilts.sort_by(f64::total_cmp);
        tilts.dedup();
        Self {
            rect: landscape.view().scaled(wider),
            view: scenario.view(),
            landscape,
            tilts,
        }
    }

    fn answer(&self) -> Figures {
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
    pub(super) fn predicted(&self, flow: &Flow, tilts: &[f64]) -> Result<f64, &'static str> {
        let rates = Rates {
            alpha: flow.alpha,
            beta: flow.beta,
        };
        if matches!(flow.transport, Transport::Underdamped(_)) && flow.alpha > 0.0 {
            return Err(t!("αλ₁ + β is for particles without velocities."));
        }
        match (&flow.rate, flow.beta > 0.0) {
            (Rate::FisherRao, _) => Ok(rates.decay(self.spectrum.gap())),
            (Rate::Corrected(_), _) if flow.alpha != flow.beta => {
                Err(t!("Known for β = α only: else the law does not go to π."))
            }
            (Rate::Corrected(theta), _) => {
                let known = tilts.iter().position(|t| t == theta).and_then(|k| self.corrected[k]);
                known.map(|gap| flow.alpha * gap).ok_or_else(|| t!("Being worked out."))
            }
            (_, false) => Ok(rates.decay(self.spectrum.gap())),
            (_, true) => Err(t!("With a given rate the law does not go to π.")),
        }
    }
}

impl Spectra {
    /// Sees to the figures of this scenario.
    pub(super) fn ask(&mut self, question: Question, place: Place, ctx: &egui::Context) {
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
        let landscape = scenario.landscape();
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
    pub(super) fn measured(&self, snapshot: &Snapshot, k: usize, observer: &Observer) -> Option<Decay> {
        let panel = snapshot.panels.get(k)?;
        let since = self.running.get(k).map_or(0.0, |(_, _, since)| *since);
        let history = panel
            .history
            .iter()
            .filter(|o| o.time >= since)
            .map(|o| (o.clock, o.kl));
        let kl = decay(history, observer.kl_floor(panel.now.ess), CEILING)?;
        // KL is quadratic in what is left of the difference.
        Some(Decay {
            rate: 0.5 * kl.rate,
            error: 0.5 * kl.error,
            ..kl
        })
    }

    /// The newest figures, and whether they are of the landscape on show.
    pub(super) fn newest(&self) -> Option<(&Question, &Figures, bool)> {
        let (question, answer) = self.work.answer()?;
        let current = self.seen.as_ref().is_some_and(|(seen, _)| seen == question);
        Some((question, answer, current))
    }

    /// The eigenfunctions as pictures, without the constant one.
    pub(super) fn pictures(&mut self, ctx: &egui::Context, theme: Profile) -> &[TextureHandle] {
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
