//! Score models: laws p under growing noise, known by their score, the gradient of log p at a time t.
//!
//! A model says at every level of noise what its score is ([`Score`], [`Noised`]): exact Gaussian mixtures in any dimension
//! ([`Gaussians`]), the same with a controlled error ([`Erring`]), networks that were trained
//! ([`Network`]). Mixtures of models are a [`Blend`]: their
//! law, score and rate follow from those of the parts.
//!
//! Positions are one slice per coordinate, as in [`ensemble`](crate::ensemble), in blocks of at most [`BLOCK`] points.

mod blend;
mod cholesky;
mod erring;
mod gaussians;
mod hutchinson;
mod kernels;
pub mod network;
mod schedule;

pub use blend::{Blend, Blended, Kind, Parts};
pub use erring::{Erring, Field};
pub use gaussians::{Gaussian, Gaussians, GaussiansError};
pub use hutchinson::{Directions, Divergence, PROBES, Room, hutchinson};
pub use network::{Network, NetworkError};
pub use schedule::{Level, RATE, Schedule, Spacing};

/// Points at which a model is asked at once, at most.
pub const BLOCK: usize = crate::chunks::BLOCK;

/// A law in D dimensions that noise comes over, known by its score.
pub trait Score<const D: usize>: std::fmt::Debug + Send + Sync {
    /// The model at one level of noise. What depends on the level alone is worked out here.
    fn at(&self, level: Level) -> Box<dyn Noised<D> + '_>;

    /// Whether log p is known, up to a constant that does not depend on t. Of networks it is not.
    fn knows_density(&self) -> bool;
}

/// A model at one level of noise.
pub trait Noised<const D: usize>: Send + Sync {
    /// Writes what is asked for at these points. `scratch` is memory to work in; what it holds does not matter.
    fn evaluate(&self, points: [&[f64]; D], said: Said<'_, D>, scratch: &mut Vec<f64>);

    /// Writes the derivative of the score along a direction, J v with J = ∇s, one direction per point.
    fn along(&self, points: [&[f64]; D], directions: [&[f64]; D], out: [&mut [f64]; D], scratch: &mut Vec<f64>);
}

/// What a model says at a block of points.
#[derive(Debug)]
pub struct Said<'a, const D: usize> {
    /// log p; left alone by models that do not know it.
    pub log_density: &'a mut [f64],
    /// s = ∇ log p.
    pub score: [&'a mut [f64]; D],
    /// div s = Δ log p.
    pub divergence: Option<&'a mut [f64]>,
}
