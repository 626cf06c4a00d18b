//! Weighted reverse diffusions: particles that walk from noise to data, with weights that make their law the one that is wanted.
//!
//! In reverse time τ = 1 − t, with A = ∫ b dt over a step, drift score ŝ and noise level η (0: an ordinary differential equation; 1:
//! Anderson's reversal; more: Langevin on the way),
//!
//! ```text
//! x' = x + (½ x + ½ (1 + η) ŝ(x, t)) A + √(η A) ξ.
//! ```
//!
//! If ŝ is the score of the law ρ of a [`Blend`] the particles alone do not follow ρ, unless it is the arithmetic mixture: what is
//! missing is in the weights ([`Weights`]). Without them the *interpolated scores* lead elsewhere; that is the ablation.
//!
//! Sources: derived and tested here. The family of rates contains the Feynman–Kac correctors of Skreta et al. (2503.02819); the tracking
//! of log-densities is that of their 2412.17762, with the noise of "and" projected off the gradient of the ratio.

mod determinant;
mod run;
mod step;

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::params::{self, Number};
use crate::resample::Resampling;
use crate::score::{Blend, Divergence, Schedule, Score, Spacing};

pub use run::{Reverse, Walkers, noise};

/// How a law made of models is sampled.
#[derive(Clone, Debug)]
pub struct Sampler<const D: usize> {
    /// The models p₁, p₂ ….
    pub models: Vec<Arc<dyn Score<D>>>,
    /// The law ρ that is wanted.
    pub blend: Blend,
    /// How it is gone about.
    pub method: Method,
}

/// How a reverse diffusion is run. In a scenario the schedule is that of the target, the steps are those of its time step, and resampling is that of
/// the panel: a file does not say them here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Method {
    /// How noise came over the data.
    #[serde(skip)]
    pub schedule: Schedule,
    /// Steps from noise to data.
    #[serde(skip)]
    pub steps: usize,
    /// Where they lie.
    #[serde(skip)]
    pub spacing: Spacing,
    /// Noise level η.
    #[serde(deserialize_with = "read_eta")]
    pub eta: f64,
    /// The score that is walked along.
    pub drift: Drift,
    /// What carries the rest.
    pub weights: Weights,
    /// Where log p of the models comes from.
    pub densities: Densities,
    /// Where divergences come from.
    pub divergence: Divergence,
    /// When particles are resampled.
    #[serde(skip)]
    pub resampling: Resampling,
}

impl Default for Method {
    fn default() -> Self {
        Self {
            schedule: Schedule::default(),
            steps: 300,
            spacing: Spacing::default(),
            eta: ETA.default,
            drift: Drift::default(),
            weights: Weights::default(),
            densities: Densities::default(),
            divergence: Divergence::default(),
            resampling: Resampling::default(),
        }
    }
}

/// The noise level.
pub const ETA: Number = Number::linear(
    0.0,
    10.0,
    1.0,
    "",
    "noise of the reverse diffusion: 0 none, 1 that of Anderson's reversal, more: Langevin on the way",
);

fn read_eta<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "eta", &ETA)
}

/// The number of steps.
pub const STEPS: Number = Number::whole(1.0, 100_000.0, 300.0, "steps", "steps from noise to data");

/// The score that particles walk along.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Drift {
    /// That of the blend, s̄ = Σ λᵢ(x) sᵢ.
    #[default]
    Blend,
    /// Σ cᵢ sᵢ with constants: what is done where shares that depend on the place are not at hand. The weights repair it.
    Fixed(Vec<f64>),
    /// Between two models so that log p₁ and log p₂ grow alike: "and". It has no law that is known, and so no weights.
    And,
}

/// What makes the law of the particles the one that is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weights {
    /// The quotient of the wanted law over path probabilities, step by step: no error of discretisation in the normaliser, at any
    /// number of steps.
    #[default]
    Exact,
    /// e^{∫ g dτ} by Euler's rule.
    Rate,
    /// None: interpolated scores only.
    None,
}

/// Where log p of each model comes from: for shares that depend on the place, and for exact weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Densities {
    /// From the model, which knows it.
    #[default]
    Known,
    /// Integrated along the path by Itô's rule. At η = 1 no divergence is needed. Order ½ in the step.
    Ito,
    /// The same by the midpoint rule of Stratonovich: order 1, with divergences.
    Stratonovich,
}

impl<const D: usize> Sampler<D> {
    /// Why this cannot be run, if it cannot.
    ///
    /// # Errors
    ///
    /// Weights or constants that do not fit the models; densities that are needed and not known; parts that cannot go together.
    pub fn check(&self) -> Result<(), String> {
        let Method {
            eta,
            drift,
            weights,
            densities,
            ..
        } = &self.method;
        self.blend.check(self.models.len())?;
        ETA.check("eta", *eta).map_err(|error| error.to_string())?;
        STEPS
            .check("steps", self.method.steps as f64)
            .map_err(|error| error.to_string())?;
        match drift {
            Drift::Fixed(constants) if constants.len() != self.models.len() => {
                return Err(format!(
                    "{} constants for {} models: expected one for each",
                    constants.len(),
                    self.models.len()
                ));
            }
            Drift::And if self.models.len() != 2 => return Err("\"and\" is for two models".to_owned()),
            Drift::And if *weights != Weights::None => {
                return Err("\"and\" leads to no law that is known: expected no weights".to_owned());
            }
            _ => {}
        }
        let known = self.models.iter().all(|model| model.knows_density());
        let needed = *weights == Weights::Exact || self.blend.exponent() != 0.0 || self.varies();
        if *densities == Densities::Known && needed && !known {
            return Err(
                "a model does not know its density, which the weights or shares need: expected densities Ito or Stratonovich"
                    .to_owned(),
            );
        }
        if let Divergence::Hutchinson { probes: 0, .. } = self.method.divergence {
            return Err("0 probes are not possible: expected 1 or more".to_owned());
        }
        Ok(())
    }

    /// Whether the weights of the blend change with time.
    fn varies(&self) -> bool {
        self.blend.at_noise.is_some()
    }

    /// Whether divergences are needed anywhere.
    fn needs_divergence(&self) -> bool {
        let tracked = match self.method.densities {
            Densities::Known => false,
            Densities::Ito => self.method.eta != 1.0,
            Densities::Stratonovich => true,
        };
        let repaired = matches!(self.method.drift, Drift::Fixed(_)) && self.method.weights == Weights::Rate;
        tracked || repaired || self.method.drift == Drift::And
    }

    /// The sum of the exponents at the noise, where all models are the standard normal N(0, 1): ρ is there N(0, 1/sum) about.
    fn exponents(&self) -> f64 {
        self.blend.exponents()
    }
}
