//! Targets: potentials U with the law π ∝ exp(−U/T) that a flow is to reach.
//!
//! A new target is one file in this folder (its numbers declared with `parameters!`, and [`Target`] implemented) and one word in
//! the list [`Shape`] at the end of this file; menus, file names, `--set`, sliders and the conformance tests follow from that.
//! What of it can be dragged in the window it says in the same file, by [`Target::handles`] and [`Target::drag`].

mod banana;
mod blend;
mod double_well;
mod formula;
mod funnel;
pub mod handle;
mod himmelblau;
mod mixture;
mod muller_brown;
mod ring;
mod separable;
#[cfg(test)]
mod tests;
mod textbook_well;
mod triple_well;
mod well_grid;

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::params::Parameters;
use crate::rng::Stream;
use crate::space::{Point, Rect, Symmetric};
use crate::vectorize;

pub use banana::Banana;
pub use blend::{Blend, MOST_MODELS, Model, NOISE, SCALE, Scores};
pub use double_well::DoubleWell;
pub use formula::{Expression, Formula, FormulaError, LONGEST, MOST_PARAMETERS, Own};
pub use funnel::Funnel;
pub use handle::{Grip, Handle};
pub use himmelblau::Himmelblau;
pub use mixture::{Component, Mixture, MixtureError};
pub use muller_brown::MullerBrown;
pub use ring::Ring;
pub use textbook_well::TextbookWell;
pub use triple_well::TripleWell;
pub use well_grid::WellGrid;

/// A potential U of the plane. Everything takes world coordinates; energies are in units in which Boltzmann’s constant is 1.
pub trait Target: Send + Sync + Debug {
    /// U(p).
    fn energy(&self, p: Point) -> f64;

    /// The gradient of U at p.
    fn gradient(&self, p: Point) -> Point;

    /// The Laplacian ΔU at p. The default takes central differences of the gradient with a step of 1e-5 of the width of the view:
    /// off by about step²/6 times the fourth derivatives, and by 1e-11 of the gradient through rounding. It is too coarse for a target
    /// with structure finer than a thousandth of its view.
    fn laplacian(&self, p: Point) -> f64 {
        laplacian_by_differences(self, p)
    }

    /// U at many points at once: the hot path. The default is vectorised when [`Target::energy`] is `#[inline(always)]`.
    fn energy_into(&self, xs: &[f64], ys: &[f64], energies: &mut [f64]) {
        vectorize::wide(
            #[inline(always)]
            || {
                for ((u, &x), &y) in energies.iter_mut().zip(xs).zip(ys) {
                    *u = self.energy(Point::new(x, y));
                }
            },
        );
    }

    /// The gradient at many points at once: the hot path, as [`Target::energy_into`].
    fn gradient_into(&self, xs: &[f64], ys: &[f64], gx: &mut [f64], gy: &mut [f64]) {
        vectorize::wide(
            #[inline(always)]
            || {
                for (((gx, gy), &x), &y) in gx.iter_mut().zip(gy.iter_mut()).zip(xs).zip(ys) {
                    let g = self.gradient(Point::new(x, y));
                    (*gx, *gy) = (g.x, g.y);
                }
            },
        );
    }

    /// ΔU at many points at once, as [`Target::energy_into`].
    fn laplacian_into(&self, xs: &[f64], ys: &[f64], laplacians: &mut [f64]) {
        vectorize::wide(
            #[inline(always)]
            || {
                for ((l, &x), &y) in laplacians.iter_mut().zip(xs).zip(ys) {
                    *l = self.laplacian(Point::new(x, y));
                }
            },
        );
    }

    /// The part of the plane worth looking at: nearly all of π for temperatures up to about 1.
    fn view(&self) -> Rect;

    /// What of it can be dragged, where one kT is drawn as a length `kt` of the plane: see [`handle`]. None by default.
    fn handles(&self, _kt: f64) -> Vec<Handle> {
        Vec::new()
    }

    /// Moves one of [`Target::handles`], by its number there, as far as the ranges of the target's numbers allow.
    fn drag(&mut self, _handle: usize, _to: Point, _kt: f64) {}

    /// Normaliser and moments of π ∝ exp(−U/T) where they are known from a closed form or one-dimensional quadrature, for
    /// temperatures from 0.001 to 100.
    fn moments(&self, _temperature: f64) -> Option<Moments> {
        None
    }

    /// An exact, independent draw from π ∝ exp(−U/T) where one is known: wherever [`Target::moments`] are.
    fn sample(&self, _temperature: f64, _rng: &mut Stream) -> Option<Point> {
        None
    }
}

/// ΔU from four gradients around p.
fn laplacian_by_differences<T: Target + ?Sized>(target: &T, p: Point) -> f64 {
    let step = 1e-5 * target.view().width();
    let (across, up) = (Point::new(step, 0.0), Point::new(0.0, step));
    let along_x = target.gradient(p + across).x - target.gradient(p - across).x;
    let along_y = target.gradient(p + up).y - target.gradient(p - up).y;
    (along_x + along_y) / (2.0 * step)
}

/// The temperature, if a law at that temperature is worth asking for: not frozen into points, not spread over everything.
fn proper(temperature: f64) -> Option<f64> {
    (1e-3..=1e2).contains(&temperature).then_some(temperature)
}

/// What is known exactly about π ∝ exp(−U/T).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// log ∫ exp(−U/T).
    pub log_normaliser: f64,
    /// The mean of π.
    pub mean: Point,
    /// The covariance of π.
    pub covariance: Symmetric,
}

/// The one list of targets: an enum for files, the names for menus, and access to the trait.
macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// A target as a scenario file names it, for instance `DoubleWell(barrier: 7)`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Shape { $($(#[$doc])* $name($name)),* }

        impl Shape {
            /// Every target with its default parameters, in menu order.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$name($name::default())),*]
            }

            /// The name used in files and menus.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),* }
            }

            /// The potential.
            pub fn target(&self) -> &dyn Target {
                match self { $(Self::$name(t) => t),* }
            }

            /// The potential, to be dragged.
            pub fn target_mut(&mut self) -> &mut dyn Target {
                match self { $(Self::$name(t) => t),* }
            }

            /// The tunable numbers.
            pub fn parameters(&mut self) -> &mut dyn Parameters {
                match self { $(Self::$name(t) => t),* }
            }
        }
    };
}

shapes! {
    /// Two wells in x, a harmonic y.
    DoubleWell,
    /// The same shape as textbooks write it, x⁴/4 − x²/2: a barrier of only ¼.
    TextbookWell,
    /// Three wells in a row, the middle one higher or lower.
    TripleWell,
    /// n × n equal wells.
    WellGrid,
    /// A sum of Gaussians, each with its own weight and covariance.
    Mixture,
    /// A circular valley: no barriers, one slow direction.
    Ring,
    /// A Gaussian bent along a parabola.
    Banana,
    /// Neal's funnel: the width of x depends exponentially on y.
    Funnel,
    /// Four wells with unequal barriers.
    Himmelblau,
    /// Three wells on a curved path, from reaction chemistry.
    MullerBrown,
    /// A mixture of diffusion models.
    Blend,
    /// A formula of one's own.
    Formula,
}
