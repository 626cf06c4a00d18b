//! Mixtures of diffusion models: a law ρ made of the laws of several models, under any noise that they were trained with.
//!
//! U(p) = −log ρ(p) with ρ as in [`score::Blend`], not normalised. Every model is a Gaussian mixture that is known exactly, and so
//! is its law at every level of noise ([`Blend::at`]): what a reverse diffusion should have reached by then. As a target for flows that have
//! nothing to do with noise it is what it is at the data.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::handle::Handle;
use super::mixture::read_components;
use super::{Component, Mixture, Target};
use crate::params::{self, Number, Parameters, Visitor};
use crate::rng::{Purpose, Streams};
use crate::score::{self, BLOCK, Blended, Erring, Field, Gaussian, Gaussians, Kind, Network, Parts, Schedule, Score};
use crate::space::{Point, Rect, Symmetric};

/// Models, the law that is made of them, and the noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Told")]
pub struct Blend {
    models: Vec<Model>,
    law: score::Blend,
    schedule: Schedule,
    /// Where it stands: time, and the laws of the models there.
    #[serde(skip)]
    time: f64,
    #[serde(skip)]
    noised: Vec<Mixture>,
}

/// A diffusion model whose law is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What it is called.
    pub name: String,
    /// Its law at the data.
    #[serde(with = "components")]
    pub components: Mixture,
    /// A network that learned its score. The law stays that of the components: what the network gets wrong is seen against it. Known failure:
    /// components that are moved take no network with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
}

/// Which scores of the models a reverse diffusion walks along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Scores {
    /// The exact ones.
    #[default]
    Exact,
    /// Exact ones with an error: (1 + scale) s + e, with a smooth random field e of this root mean square in each coordinate.
    Erring {
        /// Size of the field (per length).
        #[serde(deserialize_with = "read_noise")]
        noise: f64,
        /// Relative error of the length.
        #[serde(default, deserialize_with = "read_scale")]
        scale: f64,
    },
    /// Those of the networks of the models.
    Network,
    /// Those of a last model that has never seen one of its components, counted from 0.
    Dropped(usize),
}

/// Size of the field that scores err by.
pub const NOISE: Number = Number::linear(
    0.0,
    3.0,
    0.3,
    "/length",
    "size of the error of the scores: a smooth random field that is added",
);
/// Relative error of scores.
pub const SCALE: Number = Number::linear(
    -0.9,
    2.0,
    0.0,
    "",
    "relative error of the scores: 0.1 makes all of them a tenth too long",
);
/// Length over which the error of scores is alike.
const LENGTH: f64 = 0.7;

/// Exponent of the mean.
const A: Number = Number::linear(
    -2.0,
    2.0,
    0.0,
    "",
    "exponent a of the mean: 0 geometric, ½ Hellinger, 1 arithmetic",
);
/// Share of the second model.
const BETA: Number = Number::linear(
    -2.0,
    4.0,
    0.5,
    "",
    "share β of the second model; above 1 it is guidance: away from the first",
);
/// Exponent of one model.
const EXPONENT: Number = Number::linear(-4.0, 4.0, 1.0, "", "exponent or share of this model");

/// Most models of a blend.
pub const MOST_MODELS: usize = 8;

impl Blend {
    /// A law made of models, under this noise.
    ///
    /// # Errors
    ///
    /// No models or too many, two of one name, or a law that cannot be made of so many.
    pub fn new(models: Vec<Model>, law: score::Blend, schedule: Schedule) -> Result<Self, String> {
        let count = models.len();
        if count == 0 || count > MOST_MODELS {
            return Err(format!("{count} models are not possible: expected 1 to {MOST_MODELS}"));
        }
        for (k, model) in models.iter().enumerate() {
            if model.name.trim().is_empty() {
                return Err("the name of a model is empty: expected at least one letter".to_owned());
            }
            if models[..k].iter().any(|other| other.name == model.name) {
                return Err(format!(
                    "two models are called {:?}: expected different names",
                    model.name
                ));
            }
        }
        law.check(count)?;
        let noised = models.iter().map(|model| model.components.clone()).collect();
        Ok(Self {
            models,
            law,
            schedule,
            time: 0.0,
            noised,
        })
    }

    /// Gives a model a network, or takes it away.
    pub fn give(&mut self, model: usize, network: Option<Network>) {
        if let Some(model) = self.models.get_mut(model) {
            model.network = network;
        }
    }

    /// The models.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The law that is made of them.
    pub const fn law(&self) -> &score::Blend {
        &self.law
    }

    /// How noise comes over the data.
    pub const fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// Where it stands: diffusion time, 0 at the data and 1 at the noise.
    pub const fn time(&self) -> f64 {
        self.time
    }

    /// The same under the noise of diffusion time t.
    #[must_use]
    pub fn at(&self, time: f64) -> Self {
        let level = self.schedule.level(time);
        let (signal, variance) = (level.signal, level.variance);
        let component = |c: &Component| Component {
            mean: signal * c.mean,
            covariance: c
                .covariance
                .scaled(signal * signal)
                .plus(Symmetric::new(variance, 0.0, variance)),
            ..*c
        };
        let noised = self.models.iter().map(|model| model.components.map(component));
        Self {
            time,
            noised: noised.collect(),
            ..self.clone()
        }
    }

    /// One of the models as a target of its own, under the same noise.
    pub fn alone(&self, model: usize) -> Option<&Mixture> {
        self.noised.get(model)
    }

    /// The scores of the models.
    ///
    /// # Errors
    ///
    /// A component or a network that is not there.
    pub fn scores(&self, which: Scores) -> Result<Vec<Arc<dyn Score<2>>>, String> {
        let last = self.models.len() - 1;
        let score = |(k, model): (usize, &Model)| -> Result<Arc<dyn Score<2>>, String> {
            let exact = model.exact();
            Ok(match which {
                Scores::Erring { noise, scale } => {
                    // The error is the model's and not the run's: the same whatever the seed.
                    let mut rng = Streams::new(0).stream(k as u64, Purpose::Probe, 0);
                    let field = Field::new(noise, LENGTH, &mut rng);
                    Arc::new(Erring {
                        model: exact,
                        scale,
                        field,
                    })
                }
                Scores::Network => match &model.network {
                    Some(network) => Arc::new(network.clone()),
                    None => {
                        return Err(format!(
                            "the model {:?} has no network: expected one for each, as `--networks` reads them",
                            model.name
                        ));
                    }
                },
                Scores::Dropped(mode) if k == last => {
                    let count = exact.components().len();
                    if mode >= count || count == 1 {
                        return Err(format!(
                            "the model {:?} cannot do without component {mode}: it has {count}, numbered from 0, and needs one",
                            model.name
                        ));
                    }
                    Arc::new(exact.without(mode))
                }
                Scores::Exact | Scores::Dropped(_) => Arc::new(exact),
            })
        };
        self.models.iter().enumerate().map(score).collect()
    }

    /// What all models say at points, at most [`BLOCK`] of them, and what is made of it.
    fn combine(&self, xs: &[f64], ys: &[f64], slopes: bool) -> Box<Blended<2>> {
        let n = xs.len();
        let mut parts = Parts::<2>::new(self.noised.len(), false);
        for ((model, log), [sx, sy]) in self.noised.iter().zip(&mut parts.logs).zip(&mut parts.scores) {
            model.energy_into(xs, ys, &mut log[..n]);
            log[..n].iter_mut().for_each(|v| *v = -*v);
            if slopes {
                model.gradient_into(xs, ys, &mut sx[..n], &mut sy[..n]);
            }
        }
        let mut blended = Box::default();
        let weights = self.law.weights_at(self.time);
        self.law.combine(&weights, &parts, n, &mut blended);
        blended
    }
}

impl Model {
    /// Its exact law as a score model.
    pub fn exact(&self) -> Gaussians<2> {
        let gaussian = |c: &Component| Gaussian {
            weight: c.weight,
            mean: [c.mean.x, c.mean.y],
            covariance: [[c.covariance.xx, c.covariance.xy], [c.covariance.xy, c.covariance.yy]],
        };
        let components = self.components.components().iter().map(gaussian).collect();
        Gaussians::new(components).expect("components of a target were checked when it was made")
    }
}

impl Default for Blend {
    /// Two models of two clusters each, and their geometric mean.
    fn default() -> Self {
        let round = |x: f64, y: f64, variance: f64| {
            Component::new(1.0, Point::new(x, y), Symmetric::new(variance, 0.0, variance))
        };
        let model = |name: &str, components| Model {
            name: name.to_owned(),
            components: Mixture::new(components).expect("these are components"),
            network: None,
        };
        let models = vec![
            model("p", vec![round(-1.3, 0.9, 0.16), round(1.1, 0.7, 0.1)]),
            model("q", vec![round(-1.1, -0.8, 0.1), round(1.3, -0.9, 0.16)]),
        ];
        Self::new(models, score::Blend::of_two(0.0, 0.5), Schedule::default()).expect("these are two models")
    }
}

impl Parameters for Blend {
    fn visit(&mut self, v: &mut dyn Visitor) {
        let pair = self.models.len() == 2;
        let inside = |w: f64| (0.0..=1.0).contains(&w);
        if let Kind::PowerMean(a) = &mut self.law.kind {
            let mut all = self.law.weights.iter().chain(self.law.at_noise.iter().flatten());
            // Only the geometric mean can do with shares below 0.
            let only = if all.all(|w| *w >= 0.0) {
                A
            } else {
                Number {
                    min: 0.0,
                    max: 0.0,
                    ..A
                }
            };
            v.number("a", a, &only);
        }
        let geometric = self.law.exponent() == 0.0;
        let mean = matches!(self.law.kind, Kind::PowerMean(_));
        if mean && pair {
            let mut share = |name: &str, weights: &mut Vec<f64>| {
                let info = if geometric {
                    BETA
                } else {
                    Number {
                        min: 0.0,
                        max: 1.0,
                        ..BETA
                    }
                };
                v.number(name, &mut weights[1], &info);
                weights[0] = 1.0 - weights[1];
            };
            share("beta", &mut self.law.weights);
            if let Some(weights) = &mut self.law.at_noise {
                share("beta_at_noise", weights);
            }
        } else if !mean {
            for (model, weight) in self.models.iter().zip(&mut self.law.weights) {
                v.number(&model.name, weight, &EXPONENT);
            }
        } else {
            // Shares of three or more: the first has what the others leave.
            let rest: Vec<f64> = self.law.weights[1..].to_vec();
            for (k, model) in self.models.iter().enumerate().skip(1) {
                let others: f64 = rest.iter().sum::<f64>() - rest[k - 1];
                let most = if geometric {
                    EXPONENT.max
                } else {
                    (1.0 - others).max(0.0)
                };
                let least = if geometric { EXPONENT.min } else { 0.0 };
                let info = Number {
                    min: least,
                    max: most,
                    ..EXPONENT
                };
                v.number(&model.name, &mut self.law.weights[k], &info);
            }
            self.law.weights[0] = 1.0 - self.law.weights[1..].iter().sum::<f64>();
        }
        debug_assert!(!pair || !mean || geometric || self.law.weights.iter().all(|w| inside(*w)));
    }
}

impl Target for Blend {
    fn energy(&self, p: Point) -> f64 {
        -self.combine(&[p.x], &[p.y], false).log_density[0]
    }

    fn gradient(&self, p: Point) -> Point {
        let blended = self.combine(&[p.x], &[p.y], true);
        Point::new(blended.score[0][0], blended.score[1][0])
    }

    fn energy_into(&self, xs: &[f64], ys: &[f64], energies: &mut [f64]) {
        for ((xs, ys), out) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(energies.chunks_mut(BLOCK)) {
            let blended = self.combine(xs, ys, false);
            out.iter_mut().zip(&blended.log_density).for_each(|(u, l)| *u = -l);
        }
    }

    fn gradient_into(&self, xs: &[f64], ys: &[f64], gx: &mut [f64], gy: &mut [f64]) {
        let slopes = gx.chunks_mut(BLOCK).zip(gy.chunks_mut(BLOCK));
        for ((xs, ys), (gx, gy)) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(slopes) {
            let blended = self.combine(xs, ys, true);
            gx.copy_from_slice(&blended.score[0][..xs.len()]);
            gy.copy_from_slice(&blended.score[1][..xs.len()]);
        }
    }

    fn laplacian_into(&self, xs: &[f64], ys: &[f64], laplacians: &mut [f64]) {
        for ((l, &x), &y) in laplacians.iter_mut().zip(xs).zip(ys) {
            *l = self.laplacian(Point::new(x, y));
        }
    }

    /// Data and noise.
    fn view(&self) -> Rect {
        let noise = Rect::new(-3.0, 3.0, -3.0, 3.0);
        let models = self.models.iter().map(|model| model.components.view());
        models.fold(noise, |all, view| all.hull(view))
    }

    /// Of each model in turn: see [`Mixture`]. What stands under noise is not to be dragged.
    fn handles(&self, kt: f64) -> Vec<Handle> {
        if self.time > 0.0 {
            return Vec::new();
        }
        let mut handles: Vec<Handle> = Vec::new();
        let mut before = 0;
        for model in &self.models {
            handles.extend(model.components.handles(kt).into_iter().map(|h| h.after(before)));
            before += model.components.components().len();
        }
        handles
    }

    fn drag(&mut self, handle: usize, to: Point, kt: f64) {
        let mut before = 0;
        for (model, noised) in self.models.iter_mut().zip(&mut self.noised) {
            let count = model.components.handles(kt).len();
            if (before..before + count).contains(&handle) {
                model.components.drag(handle - before, to, kt);
                noised.clone_from(&model.components);
            }
            before += count;
        }
    }
}

/// A blend as a file gives it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    models: Vec<Model>,
    law: score::Blend,
    #[serde(default)]
    schedule: Schedule,
}

impl TryFrom<Told> for Blend {
    type Error = String;

    fn try_from(told: Told) -> Result<Self, String> {
        Self::new(told.models, told.law, told.schedule)
    }
}

/// The components of a model stand in its file without more brackets.
mod components {
    use serde::{Deserializer, Serialize, Serializer};

    use super::{Mixture, read_components};

    pub(super) fn serialize<S: Serializer>(mixture: &Mixture, s: S) -> Result<S::Ok, S::Error> {
        mixture.components().serialize(s)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Mixture, D::Error> {
        read_components(d)
    }
}

fn read_noise<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "noise", &NOISE)
}

fn read_scale<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "scale", &SCALE)
}
