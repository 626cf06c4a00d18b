//! Gaussians stay Gaussian: moment equations, their solution, the grid and the particles, against each other.

use super::measure::{advance, along_x, blob, fixed, mixture, replicates, scenario};
use super::quadrature::{integral, integrals, normal, runge_kutta};
use super::{Outcome, Progress, Stop};
use crate::continuum::{Continuum, Gaussian, Gaussian1d, Rates};
use crate::flow::{Flow, Splitting};
use crate::landscape::Landscape;
use crate::scenario::{Scenario, Start};
use crate::sim::Simulation;
use crate::space::{Grid, Point, Rect, Symmetric};

/// Mean and variance on a line.
type Gauss = [f64; 2];

const START: Gauss = [-1.0, 0.5];
const TARGET: Gauss = [1.2, 0.8];
const RATES: [(f64, f64); 3] = [(1.0, 0.0), (0.0, 1.0), (0.7, 1.3)];
const TIMES: [f64; 3] = [0.25, 1.0, 3.0];

/// m' = −(α + βC)(m − μ)/S, C' = 2α(1 − C/S) + β(C − C²/S).
fn equation((alpha, beta): (f64, f64)) -> impl Fn(Gauss) -> Gauss {
    let [mu, s] = TARGET;
    move |[m, c]| {
        [
            -(alpha + beta * c) / s * (m - mu),
            2.0 * alpha * (1.0 - c / s) + beta * (c - c * c / s),
        ]
    }
}

fn numerically(rates: (f64, f64), t: f64) -> Gauss {
    runge_kutta(START, t, 4000, equation(rates))
}

fn law([mean, variance]: Gauss) -> Gaussian1d {
    Gaussian1d { mean, variance }
}

/// KL, information and variance of log(ρ/π) under ρ, by the closed form.
fn functionals(gauss: Gauss) -> [f64; 3] {
    let f = law(gauss).functionals(law(TARGET));
    [f.kl, f.information, f.variance]
}

/// The three functionals from their definitions, by quadrature.
fn by_quadrature([m, c]: Gauss) -> [f64; 3] {
    let [mu, s] = TARGET;
    let (from, to) = (m - 12.0 * c.sqrt(), m + 12.0 * c.sqrt());
    let ratio = |x: f64| (x - mu).powi(2) / (2.0 * s) - (x - m).powi(2) / (2.0 * c) + 0.5 * (s / c).ln();
    let slope = |x: f64| (x - mu) / s - (x - m) / c;
    let mean = |f: &dyn Fn(f64) -> f64| integral(from, to, 2000, |x| normal(x, m, c) * f(x));
    let kl = mean(&ratio);
    [kl, mean(&|x| slope(x).powi(2)), mean(&|x| (ratio(x) - kl).powi(2))]
}

/// The functionals against quadrature, on a line and in the plane.
pub(super) fn functionals_by_quadrature(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    for (rates, t) in RATES.into_iter().zip(TIMES) {
        let law = numerically(rates, t);
        for ((what, formula), exact) in ["KL", "I", "Var"]
            .into_iter()
            .zip(functionals(law))
            .zip(by_quadrature(law))
        {
            out.absolute(
                format!("N({:.3}, {:.3}): {what}", law[0], law[1]),
                formula,
                exact,
                1e-12,
            );
        }
    }
    // In the plane, with covariances that do not commute: e, C, S⁻¹.
    let (e, c, s) = (
        Point::new(-0.3, 0.6),
        Symmetric::new(0.5, 0.2, 1.0),
        Symmetric::new(1.0, 0.6, 0.9),
    );
    let (si, ci) = (s.inverse(), c.inverse());
    let quadratic = |a: Symmetric, p: Point| a.apply(p).dot(p);
    let [rho, target] = [(e, c), (Point::default(), s)].map(|(mean, covariance)| Gaussian { mean, covariance });
    let f = rho.functionals(target);
    let formulas = [f.kl, f.information, f.variance];
    let reach = 10.0;
    let (sx, sy) = (c.xx.sqrt() * reach, c.yy.sqrt() * reach);
    let norm = std::f64::consts::TAU * c.determinant().sqrt();
    let ratio =
        |p: Point| 0.5 * (quadratic(si, p + e) - quadratic(ci, p)) + 0.5 * (s.determinant() / c.determinant()).ln();
    let [kl, information, second] = integrals((-sx, sx), (-sy, sy), (400, 400), |x, y| {
        let p = Point::new(x, y);
        let w = (-0.5 * quadratic(ci, p)).exp() / norm;
        let slope = si.apply(p + e) - ci.apply(p);
        [w * ratio(p), w * slope.norm_squared(), w * ratio(p) * ratio(p)]
    });
    for ((what, formula), exact) in
        ["KL", "I", "Var"]
            .into_iter()
            .zip(formulas)
            .zip([kl, information, second - kl * kl])
    {
        out.absolute(format!("in the plane: {what}"), formula, exact, 1e-11);
    }
    Ok(out)
}

/// The closed form on a line against Runge–Kutta, and against a table: α, β, t, m, C, KL, which another program computed from the closed
/// form with more digits.
pub(super) fn on_a_line(_: &Progress) -> Result<Outcome, Stop> {
    const TABLE: [[f64; 6]; 4] = [
        [1.0, 0.0, 0.25, -0.409_554_383_683, 0.639_421_571_444, 1.630_828_180_723],
        [0.0, 1.0, 1.0, 0.139_210_054_489, 0.655_346_825_612, 0.712_612_397_528],
        [0.7, 1.3, 0.25, -0.196_315_107_947, 0.647_003_994_197, 1.229_067_051_686],
        [0.7, 1.3, 1.0, 0.905_169_243_620, 0.783_240_398_468, 0.054_439_511_605],
    ];
    let mut out = Outcome::default();
    for (alpha, beta) in RATES {
        for t in TIMES {
            let exact = law(START).flow(law(TARGET), Rates { alpha, beta }, t);
            let [m, c] = numerically((alpha, beta), t);
            out.absolute(format!("α = {alpha}, β = {beta}, t = {t}: m"), exact.mean, m, 1e-11);
            out.absolute(format!("α = {alpha}, β = {beta}, t = {t}: C"), exact.variance, c, 1e-11);
        }
    }
    for [alpha, beta, t, m, c, kl] in TABLE {
        let exact = law(START).flow(law(TARGET), Rates { alpha, beta }, t);
        let computed = [exact.mean, exact.variance, exact.functionals(law(TARGET)).kl];
        for ((what, computed), expected) in ["m", "C", "KL"].into_iter().zip(computed).zip([m, c, kl]) {
            out.absolute(
                format!("table, {alpha}, {beta}, {t}: {what}"),
                computed,
                expected,
                1e-11,
            );
        }
    }
    Ok(out)
}

/// A law of the plane as numbers.
fn numbers(g: Gaussian) -> [f64; 5] {
    [g.mean.x, g.mean.y, g.covariance.xx, g.covariance.xy, g.covariance.yy]
}

const PARTS: [&str; 5] = ["m x", "m y", "C xx", "C xy", "C yy"];

/// In the plane, with covariances that do not commute: the closed form against m' = −(αS⁻¹ + βCS⁻¹)(m − μ),
/// C' = α(2 − S⁻¹C − CS⁻¹) + β(C − CS⁻¹C); in two legs as in one; with one rate only against the substeps.
pub(super) fn in_the_plane(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let gaussian = |x, y, (xx, xy, yy)| Gaussian {
        mean: Point::new(x, y),
        covariance: Symmetric::new(xx, xy, yy),
    };
    let start = gaussian(-1.0, 0.5, (0.5, 0.2, 1.0));
    let target = gaussian(1.0, -1.0, (1.0, 0.6, 0.9));
    let si = target.covariance.inverse();
    let equation = |alpha: f64, beta: f64| {
        move |[x, y, xx, xy, yy]: [f64; 5]| {
            let c = Symmetric::new(xx, xy, yy);
            let pull = si.apply(Point::new(x, y) - target.mean);
            let dm = -alpha * pull - beta * c.apply(pull);
            // Rows of S⁻¹C; (CS⁻¹)ᵀ is the same.
            let (a, b) = (si.apply(Point::new(xx, xy)), si.apply(Point::new(xy, yy)));
            let (ca, cb) = (c.apply(a), c.apply(b));
            [
                dm.x,
                dm.y,
                alpha * (2.0 - 2.0 * a.x) + beta * (xx - ca.x),
                -alpha * (a.y + b.x) + beta * (xy - ca.y),
                alpha * (2.0 - 2.0 * b.y) + beta * (yy - cb.y),
            ]
        }
    };
    let t = 0.8;
    for (alpha, beta) in RATES {
        let rates = Rates { alpha, beta };
        let exact = numbers(start.flow(target, rates, t));
        let numeric = runge_kutta(numbers(start), t, 4000, equation(alpha, beta));
        let legs = numbers(start.flow(target, rates, 0.3).flow(target, rates, 0.5));
        let substep = if beta == 0.0 {
            start.transport(target, alpha * t)
        } else {
            start.react(target, beta * t)
        };
        for (k, what) in PARTS.into_iter().enumerate() {
            out.absolute(format!("α = {alpha}, β = {beta}: {what}"), exact[k], numeric[k], 1e-11);
            out.absolute(
                format!("α = {alpha}, β = {beta}, in two legs: {what}"),
                legs[k],
                exact[k],
                1e-12,
            );
            if alpha * beta == 0.0 {
                out.absolute(
                    format!("α = {alpha}, β = {beta}, substep: {what}"),
                    numbers(substep)[k],
                    exact[k],
                    1e-12,
                );
            }
        }
    }
    Ok(out)
}

/// Overlaps of Gaussians against quadrature: −log ∫p^(1−λ)q^λ and ∫√(pq).
pub(super) fn overlaps(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    for (p, q) in [(START, TARGET), ([0.0, 2.0], [3.0, 0.3])] {
        let log = |x: f64, [m, c]: Gauss| -(x - m).powi(2) / (2.0 * c) - 0.5 * (std::f64::consts::TAU * c).ln();
        let product = |l: f64| integral(-16.0, 16.0, 4000, |x| ((1.0 - l) * log(x, p) + l * log(x, q)).exp());
        for l in [0.1, 0.5, 0.8] {
            let computed = law(p).chernoff(law(q), l);
            out.absolute(
                format!("N({}, {}), λ = {l}: −log ∫p^(1−λ)q^λ", p[0], p[1]),
                computed,
                -product(l).ln(),
                1e-11,
            );
        }
        out.absolute(
            format!("N({}, {}): ∫√(pq)", p[0], p[1]),
            law(p).bhattacharyya(law(q)),
            product(0.5),
            1e-11,
        );
    }
    Ok(out)
}

/// KL(0) − KL(t) = ∫ (α I + β Var) dt along the moment equations.
pub(super) fn dissipation(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    for (alpha, beta) in RATES {
        let moments = equation((alpha, beta));
        let with_loss = |[m, c, _]: [f64; 3]| {
            let ([dm, dc], [_, information, variance]) = (moments([m, c]), functionals([m, c]));
            [dm, dc, -alpha * information - beta * variance]
        };
        for t in TIMES {
            let kl = functionals(START)[0];
            let [m, c, lost] = runge_kutta([START[0], START[1], 0.0], t, 4000, with_loss);
            out.absolute(
                format!("α = {alpha}, β = {beta}, t = {t}: KL"),
                kl + lost,
                functionals([m, c])[0],
                1e-11,
            );
        }
    }
    Ok(out)
}

/// The grid on a line against the moment equations: mean, variance and the three functionals.
pub(super) fn on_the_grid(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let landscape = Landscape::new(mixture(&[blob((TARGET[0], 0.0), (TARGET[1], 1.0))])?, 1.0);
    // One row of cells: nothing happens along y.
    let cells = |n: usize| {
        let grid = Grid::new(Rect::new(-7.0, 8.0, -0.5, 0.5), n, 1);
        Continuum::new(&landscape, &grid.field(|p| normal(p.x, START[0], START[1])))
    };
    for (k, (alpha, beta)) in RATES.into_iter().enumerate() {
        progress.at(k, RATES.len())?;
        let t = 1.0;
        let measured = |n: usize| {
            let mut law = cells(n);
            law.advance(Rates { alpha, beta }, t, 4.0 / n as f64);
            let (grid, mass) = (law.grid(), law.mass());
            let mean = |f: &dyn Fn(f64) -> f64| {
                mass.iter()
                    .enumerate()
                    .map(|(i, r)| r * f(grid.center(i, 0).x))
                    .sum::<f64>()
            };
            let m = mean(&|x| x);
            let f = law.functionals();
            // A cell is as wide as it is: its own variance h²/12 is not in the law of the centres, which solve the chain.
            [m, mean(&|x| (x - m).powi(2)), f.kl, f.information, f.variance]
        };
        // Second order in the cells and in the step, which shrink together: two grids give the limit.
        let (coarse, fine) = (measured(400), measured(800));
        let law = numerically((alpha, beta), t);
        let [kl, information, variance] = functionals(law);
        let exact = [law[0], law[1], kl, information, variance];
        for (i, what) in ["m", "C", "KL", "I", "Var"].into_iter().enumerate() {
            let limit = (4.0 * fine[i] - coarse[i]) / 3.0;
            out.absolute(format!("α = {alpha}, β = {beta}: {what}"), limit, exact[i], 2e-6);
        }
    }
    Ok(out)
}

/// Time step and kernel of the particles.
const STEP: (f64, f64) = (0.05, 0.5);

/// The exact law of the particles after some steps. With a kernel of width h the reaction sees C + h² in place of C; the walk is
/// that of Euler–Maruyama.
fn discrete((alpha, beta): (f64, f64), steps: usize, start: Gauss, [mu, s]: Gauss, splitting: Splitting) -> Gauss {
    let (dt, h) = STEP;
    let walk = |[m, c]: Gauss| {
        let keep = 1.0 - alpha * dt / s;
        [mu + keep * (m - mu), keep * keep * c + 2.0 * alpha * dt]
    };
    let react = |[m, c]: Gauss, share: f64| {
        let (phi, seen) = (-(-beta * dt * share).exp_m1(), c + h * h);
        let precision = 1.0 / c - phi / seen + phi / s;
        let pull = m / c - phi * m / seen + phi * mu / s;
        [pull / precision, 1.0 / precision]
    };
    (0..steps).fold(start, |law, _| match splitting {
        Splitting::TransportReaction => react(walk(law), 1.0),
        Splitting::ReactionTransport => walk(react(law, 1.0)),
        Splitting::Strang => react(walk(react(law, 0.5)), 0.5),
    })
}

/// Weighted particles against the exact law of their finite steps, kernel included.
pub(super) fn particles(progress: &Progress) -> Result<Outcome, Stop> {
    let across: Gauss = [0.3, 1.0];
    let (dt, h) = STEP;
    let settings = [
        ((1.0, 0.0), Splitting::TransportReaction),
        ((0.0, 1.0), Splitting::TransportReaction),
        ((0.7, 1.3), Splitting::ReactionTransport),
        ((0.7, 1.3), Splitting::Strang),
    ];
    let panels = settings.map(|((alpha, beta), splitting)| Flow {
        splitting,
        estimator: Some(fixed(h)),
        ..Flow::new(&format!("α = {alpha}, β = {beta}, {splitting:?}"), alpha, beta)
    });
    let target = mixture(&[blob((TARGET[0], across[0]), (TARGET[1], across[1]))])?;
    let start = Start::Gaussian(blob((START[0], across[0]), (START[1], across[1])));
    let world = Scenario {
        particles: 50_000,
        ..scenario(target, start, dt, panels.to_vec())
    };
    let steps = 20;
    let seen = replicates(progress, (100, 16), |seed| {
        let mut simulation = Simulation::new(Scenario { seed, ..world.clone() });
        advance(&mut simulation, steps)?;
        Ok((0..panels.len())
            .flat_map(|p| along_x(simulation.ensemble(p)))
            .collect())
    })?;
    let mut out = Outcome::default();
    for ((seen, flow), (rates, splitting)) in seen.chunks_exact(2).zip(&panels).zip(settings) {
        let law = discrete(rates, steps, START, TARGET, splitting);
        for ((what, seen), exact) in ["m", "C"].into_iter().zip(seen).zip(law) {
            out.measured(format!("{}: {what}", flow.name), *seen, exact);
        }
    }
    Ok(out)
}

/// One step of Lie splitting can beat the exact flow: FR→W where the start is wider than the target, W→FR where it is narrower. With
/// C₀ = S the two orders are the same.
pub(super) fn splitting_order(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let kl = |[m, c]: Gauss, [mu, s]: Gauss| 0.5 * (c / s + (m - mu).powi(2) / s - 1.0 - (c / s).ln());
    let walk = |[m, c]: Gauss, [mu, s]: Gauss, t: f64| {
        let keep = (-t / s).exp();
        [mu + keep * (m - mu), s + keep * keep * (c - s)]
    };
    let react = |[m, c]: Gauss, [mu, s]: Gauss, t: f64| {
        let keep = (-t).exp();
        let new = 1.0 / (keep / c + (1.0 - keep) / s);
        [mu + keep * new / c * (m - mu), new]
    };
    let exact = |start: Gauss, [mu, s]: Gauss, t: f64| {
        runge_kutta(start, t, 20_000, move |[m, c]| {
            [-(1.0 + c) / s * (m - mu), 2.0 * (1.0 - c / s) + c - c * c / s]
        })
    };
    for (what, start, target, t) in [
        ("wide start", [0.0, 100.0], [20.0, 1.0], 0.05),
        ("narrow start", [0.0, 0.1], [5.0, 1.0], 0.5),
    ] {
        let flow = kl(exact(start, target, t), target);
        let walk_first = kl(react(walk(start, target, t), target, t), target);
        let react_first = kl(walk(react(start, target, t), target, t), target);
        let (better, worse) = if start[1] > target[1] {
            (react_first, walk_first)
        } else {
            (walk_first, react_first)
        };
        out.at_most(
            format!("{what}: KL of the better order, below that of the flow"),
            better,
            flow,
        );
        out.at_least(format!("{what}: KL of the other order, above it"), worse, flow);
        // Half steps around a whole one: the error of one step falls eightfold when it is halved, that of Lie fourfold.
        let strang = |t: f64| {
            kl(
                react(walk(react(start, target, t / 2.0), target, t), target, t / 2.0),
                target,
            ) - kl(exact(start, target, t), target)
        };
        let (h, expected) = (t / 1024.0, 8.0);
        out.relative(
            format!("{what}: Strang's error at dt over that at dt/2"),
            strang(h) / strang(h / 2.0),
            expected,
            0.03,
        );
    }
    let (start, target) = ([3.0, 1.4], [-1.0, 1.4]);
    let (a, b) = (
        react(walk(start, target, 0.7), target, 0.7),
        walk(react(start, target, 0.7), target, 0.7),
    );
    out.absolute(
        "C₀ = S: difference of the orders",
        (a[0] - b[0]).abs() + (a[1] - b[1]).abs(),
        0.0,
        1e-14,
    );
    Ok(out)
}
