//! Gaussians stay Gaussian: the WFR equation from a Gaussian start N(m, C) to a Gaussian target N(μ, S), in closed form.
//!
//! # Equation
//!
//! ```text
//! m' = −(α S⁻¹ + β C S⁻¹)(m − μ),     C' = α (2 − S⁻¹C − C S⁻¹) + β (C − C S⁻¹ C)
//! ```
//!
//! # Solution, derived here
//!
//! E = C − S obeys E' = −α (S⁻¹E + E S⁻¹) − β E − β E S⁻¹ E, so its inverse obeys a linear equation. In the axes of S, with
//!
//! ```text
//! K = exp(−(α S⁻¹ + β/2) t),     N = ∫₀ᵗ K(τ) β S⁻¹ K(τ) dτ = (β/κs)(1 − e^{−κt}),  κ = β + 2α/s  (diagonal)
//! C = S + K (1 + E₀ N)⁻¹ E₀ K,     m = μ + e^{−βt/2} K (1 + E₀ N)⁻¹ (m₀ − μ)
//! ```
//!
//! There are no singular cases: 1 + E₀ N is invertible because C₀ > 0 and N < S⁻¹; one rate or both may be 0; the covariances need
//! not commute; the time may be long.
//!
//! Known failure: a covariance much smaller than the target's is a difference of large numbers and has only the digits of the
//! target's.

use super::{Functionals, Rates};
use crate::space::{Point, Symmetric};
use crate::vectorize::{exp, exp_m1, ln};

/// A Gaussian law of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    /// Mean.
    pub mean: Point,
    /// Covariance; positive definite.
    pub covariance: Symmetric,
}

impl Gaussian {
    /// Where the WFR equation takes this law after a time ≥ 0.
    #[must_use]
    pub fn flow(self, target: Self, rates: Rates, time: f64) -> Self {
        let axes = Axes::of(target.covariance);
        let ((kx, nx), (ky, ny)) = (factors(axes.values.0, rates, time), factors(axes.values.1, rates, time));
        let e = axes.rotate_matrix(self.covariance.plus(target.covariance.scaled(-1.0)));
        // (1 + E N)⁻¹, a general 2 × 2 matrix.
        let (a, b, c, d) = (1.0 + e.xx * nx, e.xy * ny, e.xy * nx, 1.0 + e.yy * ny);
        let determinant = a * d - b * c;
        let solve = |p: Point| Point::new((d * p.x - b * p.y) / determinant, (a * p.y - c * p.x) / determinant);
        let (first, second) = (solve(Point::new(e.xx, e.xy)), solve(Point::new(e.xy, e.yy)));
        let excess = Symmetric::new(
            kx * kx * first.x,
            // The product is symmetric; the mean of both entries keeps it so.
            0.5 * kx * ky * (first.y + second.x),
            ky * ky * second.y,
        );
        let shift = solve(axes.rotate(self.mean - target.mean));
        let slow = exp(-0.5 * rates.beta * time);
        Self {
            mean: target.mean + axes.rotate_back(Point::new(slow * kx * shift.x, slow * ky * shift.y)),
            covariance: target.covariance.plus(axes.rotate_matrix_back(excess)),
        }
    }

    /// Transport alone over the time for which this is α t: m ← μ + e^{−αtS⁻¹}(m − μ), C ← S + e^{−αtS⁻¹}(C − S)e^{−αtS⁻¹}.
    #[must_use]
    pub fn transport(self, target: Self, amount: f64) -> Self {
        let axes = Axes::of(target.covariance);
        let (kx, ky) = (exp(-amount / axes.values.0), exp(-amount / axes.values.1));
        let e = axes.rotate_matrix(self.covariance.plus(target.covariance.scaled(-1.0)));
        let d = axes.rotate(self.mean - target.mean);
        Self {
            mean: target.mean + axes.rotate_back(Point::new(kx * d.x, ky * d.y)),
            covariance: target.covariance.plus(axes.rotate_matrix_back(Symmetric::new(
                kx * kx * e.xx,
                kx * ky * e.xy,
                ky * ky * e.yy,
            ))),
        }
    }

    /// Reaction alone over the time for which this is β t: C'⁻¹ = s C⁻¹ + (1 − s) S⁻¹ and
    /// m' = μ + s C' C⁻¹ (m − μ), where s = e^{−βt}.
    #[must_use]
    pub fn react(self, target: Self, amount: f64) -> Self {
        let (s, phi) = (exp(-amount), -exp_m1(-amount));
        let old = self.covariance.inverse();
        let covariance = old.scaled(s).plus(target.covariance.inverse().scaled(phi)).inverse();
        let shift = covariance.apply(old.apply(self.mean - target.mean));
        Self {
            mean: target.mean + s * shift,
            covariance,
        }
    }

    /// KL(ρ|π), I and Var of this law against a Gaussian target:
    ///
    /// ```text
    /// KL = ½ (tr S⁻¹C + eᵀS⁻¹e − 2 − log det S⁻¹C),     e = m − μ,
    /// I = tr (S⁻¹ − C⁻¹) C (S⁻¹ − C⁻¹) + |S⁻¹e|²,     Var = ½ tr (S⁻¹C − 1)² + eᵀS⁻¹C S⁻¹e.
    /// ```
    pub fn functionals(self, target: Self) -> Functionals {
        let (c, inverse) = (self.covariance, target.covariance.inverse());
        let e = self.mean - target.mean;
        let pull = inverse.apply(e);
        let d = inverse.plus(c.inverse().scaled(-1.0));
        let trace = inverse.xx * c.xx + 2.0 * inverse.xy * c.xy + inverse.yy * c.yy;
        // The columns of D C = S⁻¹C − 1, where D = S⁻¹ − C⁻¹.
        let (first, second) = (d.apply(Point::new(c.xx, c.xy)), d.apply(Point::new(c.xy, c.yy)));
        let square = first.x * first.x + 2.0 * first.y * second.x + second.y * second.y;
        let information = first.x * d.xx + (second.x + first.y) * d.xy + second.y * d.yy;
        let ratio = c.determinant() / target.covariance.determinant();
        Functionals {
            kl: 0.5 * (trace + e.dot(pull) - 2.0 - ln(ratio)),
            information: information + pull.norm_squared(),
            variance: 0.5 * square + pull.dot(c.apply(pull)),
        }
    }
}

/// A Gaussian law of the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian1d {
    /// Mean.
    pub mean: f64,
    /// Variance; positive.
    pub variance: f64,
}

impl Gaussian1d {
    /// Where the WFR equation takes this law after a time ≥ 0.
    #[must_use]
    pub fn flow(self, target: Self, rates: Rates, time: f64) -> Self {
        let (k, n) = factors(target.variance, rates, time);
        let excess = self.variance - target.variance;
        let d = 1.0 + excess * n;
        Self {
            mean: target.mean + (self.mean - target.mean) * k * exp(-0.5 * rates.beta * time) / d,
            variance: target.variance + excess * k * k / d,
        }
    }

    /// KL(ρ|π), I and Var of this law against a Gaussian target.
    pub fn functionals(self, target: Self) -> Functionals {
        let (c, s) = (self.variance, target.variance);
        let pull = (self.mean - target.mean) / s;
        let d = c / s - 1.0;
        Functionals {
            kl: 0.5 * (d + pull * pull * s - ln(c / s)),
            information: d * d / c + pull * pull,
            variance: 0.5 * d * d + pull * pull * c,
        }
    }

    /// The Chernoff divergence −log ∫ p^{1−λ} q^λ = ½ λ(1 − λ) (difference of means)²/Σ + ½ log(Σ/(P^λ Q^{1−λ})), where
    /// P and Q are the variances and Σ = λ P + (1 − λ) Q. For 0 ≤ λ ≤ 1.
    pub fn chernoff(self, other: Self, lambda: f64) -> f64 {
        let (p, q) = (self.variance, other.variance);
        let d = self.mean - other.mean;
        let both = lambda * p + (1.0 - lambda) * q;
        0.5 * (lambda * (1.0 - lambda) * d * d / both + ln(both) - lambda * ln(p) - (1.0 - lambda) * ln(q))
    }

    /// The Bhattacharyya coefficient ∫ √(pq): the cosine of the angle between both laws in the geometry of Fisher and Rao.
    pub fn bhattacharyya(self, other: Self) -> f64 {
        let sum = self.variance + other.variance;
        let d = self.mean - other.mean;
        (2.0 * (self.variance * other.variance).sqrt() / sum).sqrt() * exp(-d * d / (4.0 * sum))
    }
}

/// K and N along an axis on which the target has this variance.
fn factors(s: f64, rates: Rates, time: f64) -> (f64, f64) {
    let kappa = rates.beta + 2.0 * rates.alpha / s;
    let share = if kappa == 0.0 {
        0.0
    } else {
        -exp_m1(-kappa * time) / kappa
    };
    (exp(-0.5 * kappa * time), rates.beta * share / s)
}

/// The axes of a covariance.
struct Axes {
    /// Unit vector along the first axis.
    first: Point,
    /// Variances along the first and the second axis.
    values: (f64, f64),
}

impl Axes {
    fn of(s: Symmetric) -> Self {
        let (middle, half) = (0.5 * (s.xx + s.yy), 0.5 * (s.xx - s.yy));
        let radius = (half * half + s.xy * s.xy).sqrt();
        let large = middle + radius;
        // Of the two expressions for the eigenvector, the one without a difference of nearly equal numbers.
        let v = if half >= 0.0 {
            Point::new(half + radius, s.xy)
        } else {
            Point::new(s.xy, radius - half)
        };
        let length = v.norm();
        let first = if length > 0.0 {
            (1.0 / length) * v
        } else {
            Point::new(1.0, 0.0)
        };
        Self {
            first,
            values: (large, s.determinant() / large),
        }
    }

    fn rotate(&self, p: Point) -> Point {
        let u = self.first;
        Point::new(u.x * p.x + u.y * p.y, u.x * p.y - u.y * p.x)
    }

    fn rotate_back(&self, p: Point) -> Point {
        let u = self.first;
        Point::new(u.x * p.x - u.y * p.y, u.y * p.x + u.x * p.y)
    }

    /// A symmetric matrix in these axes.
    fn rotate_matrix(&self, m: Symmetric) -> Symmetric {
        let first = self.rotate(m.apply(self.first));
        let second = self.rotate(m.apply(Point::new(-self.first.y, self.first.x)));
        Symmetric::new(first.x, first.y, second.y)
    }

    /// And back.
    fn rotate_matrix_back(&self, m: Symmetric) -> Symmetric {
        let back = Self {
            first: Point::new(self.first.x, -self.first.y),
            values: self.values,
        };
        back.rotate_matrix(m)
    }
}
