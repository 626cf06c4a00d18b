//! What a kernel of width h does to the stationary law, in closed form for Gaussians.
//!
//! The reaction compares K ∗ ρ with π, and so pulls ρ towards a law that is narrower than π by the kernel; transport pulls towards
//! π itself. For π = N(μ, S) on a line both keep ρ Gaussian, and its variance obeys (derived here)
//!
//! ```text
//! C' = 2α (1 − C/S) + β C² (1/(C + h²) − 1/S).
//! ```
//!
//! At the bottom of a well π is nearly Gaussian, with the inverse of the Hessian of V as its covariance.

use crate::landscape::Landscape;
use crate::space::Point;

/// The variance at which a flow with these rates comes to rest in a Gaussian of this `variance` S, when its density is estimated
/// with a kernel of standard deviation `bandwidth`: the root C of 2α(1 − C/S) + βC²(1/(C + h²) − 1/S) between 0 and S. Without transport
/// that is S − h², or 0 for a kernel wider than the law: then all mass ends in a point.
///
/// With a debiased estimator the variance is S itself, and so it is for the mixture of transition densities, which no
/// kernel smooths. Known limits: exact for continuous time and many particles; an Euler–Maruyama step adds α dt/(2S) of S.
pub fn predicted_variance(alpha: f64, beta: f64, variance: f64, bandwidth: f64) -> f64 {
    let squared = bandwidth * bandwidth;
    if beta == 0.0 || squared == 0.0 {
        return variance;
    }
    if alpha == 0.0 {
        return (variance - squared).max(0.0);
    }
    // Positive at 0 and negative at S; with C = uS the root lies in 0 < u < 1.
    let kernel = squared / variance;
    let rate = |u: f64| 2.0 * alpha * (1.0 - u) + beta * variance * u * u * (1.0 / (u + kernel) - 1.0);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if rate(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high) * variance
}

/// The variances of π near a minimum of V along its two principal axes, the smaller first: the eigenvalues of the inverse Hessian,
/// by differences of the gradient. ∞ along an axis on which V does not rise.
pub fn local_variances(landscape: &Landscape, minimum: Point) -> [f64; 2] {
    // Errors of differences over ε: ε² from the fourth derivative, 1e-16/ε from rounding.
    let step = 1e-5 * minimum.norm().max(1.0);
    let [x, y] = curvature(landscape, minimum, step);
    let (xx, xy, yy) = (x.x, 0.5 * (x.y + y.x), y.y);
    let (mean, spread) = (0.5 * (xx + yy), (0.25 * (xx - yy) * (xx - yy) + xy * xy).sqrt());
    // What is a millionth of the other is the rounding of a valley without a slope.
    let flat = 1e-6 * (mean + spread);
    [mean + spread, mean - spread].map(|k| if k > flat { 1.0 / k } else { f64::INFINITY })
}

/// The columns of the Hessian of V, by central differences of the gradient.
fn curvature(landscape: &Landscape, at: Point, step: f64) -> [Point; 2] {
    let xs = [at.x + step, at.x - step, at.x, at.x];
    let ys = [at.y, at.y, at.y + step, at.y - step];
    let (mut gx, mut gy) = ([0.0; 4], [0.0; 4]);
    landscape.gradient_into(&xs, &ys, &mut gx, &mut gy);
    let per = 0.5 / step;
    [0, 2].map(|i| Point::new(per * (gx[i] - gx[i + 1]), per * (gy[i] - gy[i + 1])))
}
