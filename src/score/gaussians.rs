//! Gaussian mixtures under noise: everything in closed form.
//!
//! p = Σ wₖ N(mₖ, Sₖ) becomes, at time t, Σ wₖ N(a mₖ, Pₖ⁻¹) with Pₖ = (a² Sₖ + s² 1)⁻¹. With qₖ = Pₖ (x − a mₖ) and rₖ the share of component
//! k at x,
//!
//! ```text
//! s = −Σ rₖ qₖ,     div s = Σ rₖ (|qₖ|² − tr Pₖ) − |s|²,     J v = Σ rₖ (qₖ (qₖ·v) − Pₖ v) − s (s·v).
//! ```

use super::cholesky::{factor, invert};
use super::kernels::Kernels;
use super::{Level, Noised, Score};
use crate::rng::{Stream, normals};
use rand::RngExt as _;

/// A mixture of Gaussians in D dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussians<const D: usize> {
    components: Vec<Gaussian<D>>,
}

/// One component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian<const D: usize> {
    /// Weight relative to the others, positive.
    pub weight: f64,
    /// Mean.
    pub mean: [f64; D],
    /// Covariance, positive definite.
    pub covariance: [[f64; D]; D],
}

/// Why components do not make a mixture.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GaussiansError {
    /// None, or too many.
    #[error("{0} components are not possible: expected 1 to 64")]
    Count(usize),
    /// A weight that is no positive number.
    #[error("component {0}: expected a weight above 0")]
    Weight(usize),
    /// A mean that is not finite.
    #[error("component {0}: expected a mean of finite numbers")]
    Mean(usize),
    /// A matrix that is no covariance.
    #[error("component {0}: expected a symmetric, positive definite covariance")]
    Covariance(usize),
}

impl<const D: usize> Gaussian<D> {
    /// A round component.
    pub fn round(weight: f64, mean: [f64; D], variance: f64) -> Self {
        let unit = |i, j| if i == j { variance } else { 0.0 };
        Self {
            weight,
            mean,
            covariance: std::array::from_fn(|i| std::array::from_fn(|j| unit(i, j))),
        }
    }
}

impl<const D: usize> Gaussians<D> {
    /// The mixture of these components; their weights are normalised.
    pub fn new(mut components: Vec<Gaussian<D>>) -> Result<Self, GaussiansError> {
        if components.is_empty() || components.len() > 64 {
            return Err(GaussiansError::Count(components.len()));
        }
        let largest = components.iter().map(|c| c.weight).fold(0.0, f64::max);
        for (k, component) in components.iter().enumerate() {
            if !(component.weight > 0.0 && component.weight.is_finite()) {
                return Err(GaussiansError::Weight(k + 1));
            }
            if !component.mean.iter().all(|m| m.is_finite()) {
                return Err(GaussiansError::Mean(k + 1));
            }
            let symmetric = (0..D).all(|i| (0..i).all(|j| component.covariance[i][j] == component.covariance[j][i]));
            if !symmetric || invert(&component.covariance).is_none() {
                return Err(GaussiansError::Covariance(k + 1));
            }
        }
        let sum: f64 = components.iter().map(|c| c.weight / largest).sum();
        for component in &mut components {
            component.weight = component.weight / largest / sum;
        }
        Ok(Self { components })
    }

    /// The components, with weights that sum to 1.
    pub fn components(&self) -> &[Gaussian<D>] {
        &self.components
    }

    /// The same without one of its components (from 0); the whole if it has no other.
    pub fn without(&self, dropped: usize) -> Self {
        let kept = self.components.iter().enumerate().filter(|(k, _)| *k != dropped);
        Self::new(kept.map(|(_, c)| *c).collect()).unwrap_or_else(|_| self.clone())
    }

    /// A draw from the law without noise.
    pub fn draw(&self, rng: &mut Stream) -> [f64; D] {
        let mut left: f64 = rng.random();
        let chosen = self.components.iter().find(|component| {
            left -= component.weight;
            left < 0.0
        });
        let component = chosen.unwrap_or(&self.components[self.components.len() - 1]);
        let normal: [f64; D] = normals(rng);
        let factor = factor(&component.covariance).expect("a covariance was checked");
        std::array::from_fn(|i| component.mean[i] + (0..=i).map(|j| factor[i][j] * normal[j]).sum::<f64>())
    }
}

impl<const D: usize> Score<D> for Gaussians<D> {
    fn at(&self, level: Level) -> Box<dyn Noised<D> + '_> {
        Box::new(Kernels::new(&self.components, level))
    }

    fn knows_density(&self) -> bool {
        true
    }
}
