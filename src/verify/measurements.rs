//! What is measured beside a run: divergences and distances of particles, and the exact solution that follows a scenario.

use super::measure::{blob, mixture, scenario};
use super::quadrature::integral;
use super::{Outcome, Progress, Stop};
use crate::continuum::{Gaussian, Gaussian1d, Rates};
use crate::ensemble::Ensemble;
use crate::flow::Flow;
use crate::landscape::Landscape;
use crate::observe::Observer;
use crate::reference::{ExactPanel, Reference};
use crate::scenario::Start;
use crate::space::Rect;

/// The view of the measurements, so wide that nothing lies beyond the measuring grid.
const VIEW: Rect = Rect::new(-6.0, 8.0, -7.0, 7.0);

fn gauss(mean: f64, variance: f64) -> Gaussian1d {
    Gaussian1d { mean, variance }
}

/// A lattice of particles with the weights of a Gaussian, which has no noise, against a Gaussian target: all that is measured is that of
/// both laws smoothed alike, with a standard deviation of two hundredths of the view, and binning adds a sixth of a squared cell.
pub(super) fn divergences(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let (target, across) = (gauss(1.2, 0.8), gauss(0.3, 1.0));
    let landscape = Landscape::new(
        mixture(&[blob((target.mean, across.mean), (target.variance, across.variance))])?,
        1.0,
    );
    let mut observer = Observer::new(&landscape, VIEW);
    let cell = observer.grid().dx();
    let smoothing = (0.02 * VIEW.width()).powi(2) + cell * cell / 6.0;
    let seen = |g: Gaussian1d| gauss(g.mean, g.variance + smoothing);
    for (k, law) in [gauss(-1.0, 0.5), gauss(0.57, 0.775), gauss(-0.3, 0.8)]
        .into_iter()
        .enumerate()
    {
        progress.at(k, 3)?;
        let line = |of: Gaussian1d| -> Vec<f64> {
            let sd = of.variance.sqrt();
            (-300..=300).map(|i| of.mean + sd * 0.02 * f64::from(i)).collect()
        };
        let (xs, ys) = (line(law), line(across));
        let positions = [
            xs.iter().flat_map(|x| vec![*x; ys.len()]).collect(),
            ys.repeat(xs.len()),
        ];
        let mut ensemble = Ensemble::new(positions);
        ensemble.reweight(|_, [xs, ys], logs| {
            for ((l, x), y) in logs.iter_mut().zip(xs).zip(ys) {
                *l -=
                    (x - law.mean).powi(2) / (2.0 * law.variance) + (y - across.mean).powi(2) / (2.0 * across.variance);
            }
        })?;
        let measured = observer.observe(&ensemble);
        let exact = seen(law).functionals(seen(target));
        let name = format!("N({}, {})", law.mean, law.variance);
        // The smoothing is cut at four standard deviations, where it loses a thousandth of its variance.
        out.relative(format!("{name}: KL"), measured.kl, exact.kl, 2e-4);
        out.relative(
            format!("{name}: Fisher information"),
            measured.information,
            exact.information,
            5e-3,
        );
        out.relative(format!("{name}: Var log ρ/π"), measured.variance, exact.variance, 5e-4);
        let (p, q) = (seen(law), seen(target));
        let distance = integral(-12.0, 12.0, 8000, |x| (p.share_below(x) - q.share_below(x)).abs());
        out.relative(
            format!("{name}: Wasserstein distance along x"),
            measured.wasserstein.x,
            distance,
            1e-4,
        );
        out.absolute(
            format!("{name}: along y, where the laws agree"),
            measured.wasserstein.y,
            0.0,
            1e-4,
        );
    }
    Ok(out)
}

trait ShareBelow {
    fn share_below(self, x: f64) -> f64;
}

impl ShareBelow for Gaussian1d {
    /// The distribution function, by the trapezoidal rule from ten standard deviations below. The laws here are wide, and 400
    /// intervals make nine digits.
    fn share_below(self, x: f64) -> f64 {
        let sd = self.variance.sqrt();
        let z = (x - self.mean) / sd;
        if z < -10.0 {
            return 0.0;
        }
        integral(-10.0, z.min(10.0), 400, |z| super::quadrature::normal(z, 0.0, 1.0))
    }
}

/// The exact solution that follows a run, against the closed form: from one Gaussian to another, under three flows. It is solved
/// on a grid in steps of at most 0.02: three digits are promised.
pub(super) fn reference(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let (start, target) = (blob((-1.0, 0.5), (0.5, 1.0)), blob((0.8, -0.4), (1.0, 0.9)));
    let flows = vec![Flow::langevin(), Flow::fisher_rao(), Flow::new("WFR", 0.7, 1.3)];
    let scenario = scenario(mixture(&[target])?, Start::Gaussian(start), 0.01, flows.clone());
    let mut reference = Reference::new(&scenario);
    let t = 0.8;
    reference.advance(t);
    let law = |blob: crate::scenario::Blob| Gaussian {
        mean: blob.mean,
        covariance: blob.covariance,
    };
    for (panel, flow) in reference.exact().panels.iter().zip(&flows) {
        let ExactPanel::Solved(solution) = panel else {
            return Err(Stop::Failed(format!("{} has no exact solution", flow.name)));
        };
        let rates = Rates {
            alpha: flow.alpha,
            beta: flow.beta,
        };
        let exact = law(start).flow(law(target), rates, t);
        let (f, g) = (solution.now.functionals, exact.functionals(law(target)));
        let (m, c) = (solution.now.observed.mean, solution.now.observed.covariance);
        for (what, computed, expected) in [
            ("mean x", m.x, exact.mean.x),
            ("mean y", m.y, exact.mean.y),
            ("var x", c.xx, exact.covariance.xx),
            ("var y", c.yy, exact.covariance.yy),
            ("KL", f.kl, g.kl),
            ("I", f.information, g.information),
            ("Var", f.variance, g.variance),
        ] {
            out.absolute(format!("{}: {what}", flow.name), computed, expected, 2e-3);
        }
    }
    Ok(out)
}
