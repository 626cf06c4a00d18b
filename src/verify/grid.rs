//! The WFR equation on a grid: what its scheme promises, and what theory promises of every flow.

use super::measure::{blob, mixture};
use super::quadrature::{normal, runge_kutta};
use super::{Outcome, Progress, Stop};
use crate::continuum::{Continuum, FisherRao, Growth, Rates, TwoModes};
use crate::landscape::Landscape;
use crate::space::{Grid, Point, Rect};
use crate::target::{DoubleWell, Shape};

/// A double well at temperature 1.
fn well(barrier: f64, tilt: f64) -> Landscape {
    Landscape::new(Shape::DoubleWell(DoubleWell { barrier, tilt }), 1.0)
}

/// One row of cells: a law on a line.
fn line(landscape: &Landscape, (from, to): (f64, f64), n: usize, density: impl Fn(f64) -> f64) -> Continuum {
    let grid = Grid::new(Rect::new(from, to, -0.5, 0.5), n, 1);
    Continuum::new(landscape, &grid.field(|p| density(p.x)))
}

const RATES: [(f64, f64); 3] = [(1.0, 0.0), (0.0, 1.0), (0.7, 1.3)];

fn rates((alpha, beta): (f64, f64)) -> Rates {
    Rates { alpha, beta }
}

/// π stays where it is, every cell positive and the mass 1, in steps of any size, on every target.
pub(super) fn structure(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let shapes = Shape::all();
    for (k, shape) in shapes.iter().enumerate() {
        progress.at(k, shapes.len())?;
        let landscape = Landscape::new(shape.clone(), 1.0);
        let grid = Grid::new(shape.target().view(), 64, 48);
        let field = landscape.field(grid);
        let (lowest, _) = field.range().ok_or_else(|| Stop::Failed("no potential".to_owned()))?;
        let mut still = Continuum::new(&landscape, &grid.field(|p| (lowest - landscape.potential(p)).exp()));
        let mut lump = Continuum::new(
            &landscape,
            &grid.field(|p| f64::from(u8::from(p == grid.center(20, 30)))),
        );
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for dt in [1e-3, 0.1, 10.0] {
            still.step(Rates { alpha: 1.0, beta: 0.7 }, dt);
            lump.step(Rates { alpha: 1.0, beta: 0.7 }, dt);
            least = lump.mass().iter().fold(least, |m, r| m.min(*r));
            most = most.max((lump.mass().iter().sum::<f64>() - 1.0).abs());
        }
        let moved: f64 = still
            .mass()
            .iter()
            .zip(still.target())
            .map(|(r, p)| (r - p).abs())
            .sum();
        out.absolute(
            format!("{}: Σ |r − π| after three steps from π", shape.name()),
            moved,
            0.0,
            1e-11,
        );
        out.at_least(
            format!("{}: least mass of a cell", shape.name()),
            least,
            f64::MIN_POSITIVE,
        );
        out.absolute(format!("{}: total mass − 1", shape.name()), most, 0.0, 1e-12);
    }
    Ok(out)
}

/// −dKL/dt = α I + β Var, from differences in time of KL and from the functionals.
pub(super) fn dissipation(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let landscape = well(3.0, 0.4);
    let grid = Grid::new(Rect::new(-2.5, 2.5, -4.0, 4.0), 80, 64);
    for pair in RATES {
        let rates = rates(pair);
        let mut law = Continuum::new(
            &landscape,
            &grid.field(|p| normal(p.x, -0.8, 0.1) * normal(p.y, 0.5, 0.6)),
        );
        law.advance(rates, 0.2, 0.01);
        let dt = 1e-4;
        let before = law.functionals();
        law.step(rates, dt);
        let middle = law.functionals();
        law.step(rates, dt);
        let fall = (before.kl - law.functionals().kl) / (2.0 * dt);
        out.relative(
            format!("α = {}, β = {}", pair.0, pair.1),
            fall,
            middle.dissipation(rates),
            1e-6,
        );
    }
    Ok(out)
}

/// Pure reaction is exact: r ∝ r₀^s π^(1−s), by the solver in many steps, by the closed form, and from its definition; KL and Var by
/// the cumulants of log r₀/π and by the functionals of the solver.
pub(super) fn reaction(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let (landscape, beta) = (well(2.0, 0.3), 1.4);
    for t in [0.3, 2.0] {
        let mut law = line(&landscape, (-2.5, 2.5), 200, |x| normal(x, -0.6, 0.5));
        let (start, target) = (law.density(), law.target().to_vec());
        let closed = FisherRao::new(&landscape, &start);
        let s = f64::exp(-beta * t);
        let path = law
            .mass()
            .iter()
            .zip(&target)
            .map(|(r, p)| (s * r.ln() + (1.0 - s) * p.ln()).exp());
        let path: Vec<f64> = path.collect();
        let total: f64 = path.iter().sum();
        law.advance(Rates { alpha: 0.0, beta }, t, 0.05);
        let distance = |mass: &[f64]| mass.iter().zip(&path).map(|(r, e)| (r - e / total).abs()).sum::<f64>();
        out.absolute(
            format!("t = {t}, solver: Σ |r − exact|"),
            distance(law.mass()),
            0.0,
            1e-12,
        );
        out.absolute(
            format!("t = {t}, closed form: Σ |r − exact|"),
            distance(&closed.mass(beta * t).values),
            0.0,
            1e-12,
        );
        let (cumulants, functionals) = (closed.functionals(beta * t), law.functionals());
        out.absolute(format!("t = {t}: sK' − K"), cumulants.kl, functionals.kl, 1e-11);
        out.absolute(
            format!("t = {t}: s²K''"),
            cumulants.variance,
            functionals.variance,
            1e-10,
        );
    }
    Ok(out)
}

/// Errors fall fourfold when cells, or steps, are halved.
pub(super) fn order(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let landscape = well(2.0, 0.0);
    let both = Rates { alpha: 1.0, beta: 0.8 };
    let right = |n: usize, dt: f64| {
        let mut law = line(&landscape, (-2.8, 2.8), n, |x| normal(x, -0.7, 0.2));
        law.advance(both, 0.5, dt);
        law.mass()[n / 2..].iter().sum::<f64>()
    };
    // Three sizes, so that the limit itself drops out: (a − b)/(b − c) → 2^order.
    let ratio = |[a, b, c]: [f64; 3]| ((a - b) / (b - c)).log2();
    out.absolute(
        "order in the size of a cell",
        ratio([100, 200, 400].map(|n| right(n, 1e-3))),
        2.0,
        0.05,
    );
    progress.at(1, 2)?;
    out.absolute(
        "order in the time step",
        ratio([0.004, 0.002, 0.001].map(|dt| right(100, dt))),
        2.0,
        0.1,
    );
    Ok(out)
}

/// The chain of jumps by Runge–Kutta, not normalised: r' = α Lr − β r log(r/π). Its shape is the WFR flow, and its mass z follows
/// z' = −β z (KL + log z).
pub(super) fn unnormalised(_: &Progress) -> Result<Outcome, Stop> {
    const N: usize = 60;
    let mut out = Outcome::default();
    let (alpha, beta, t, scale) = (0.6, 1.1, 0.6, 1.7);
    let landscape = well(1.5, 0.2);
    let mut law = line(&landscape, (-2.2, 2.2), N, |x| normal(x, -0.5, 0.3));
    let h = law.grid().dx();
    let target: [f64; N] = std::array::from_fn(|i| law.target()[i]);
    let start: [f64; N] = std::array::from_fn(|i| scale * law.mass()[i]);
    // Scharfetter and Gummel's rates from their definition.
    let bernoulli = |z: f64| if z.abs() < 1e-9 { 1.0 - 0.5 * z } else { z / z.exp_m1() };
    let up: [f64; N] = std::array::from_fn(|i| {
        if i + 1 < N {
            alpha / (h * h) * bernoulli((target[i] / target[i + 1]).ln())
        } else {
            0.0
        }
    });
    let down: [f64; N] = std::array::from_fn(|i| {
        if i > 0 {
            alpha / (h * h) * bernoulli((target[i] / target[i - 1]).ln())
        } else {
            0.0
        }
    });
    let flow = |r: [f64; N]| -> [f64; N] {
        std::array::from_fn(|i| {
            let left = if i > 0 { up[i - 1] * r[i - 1] } else { 0.0 };
            let right = if i + 1 < N { down[i + 1] * r[i + 1] } else { 0.0 };
            left + right - (up[i] + down[i]) * r[i] - beta * r[i] * (r[i] / target[i]).ln()
        })
    };
    let end = runge_kutta(start, t, 4000, flow);
    let mass: f64 = end.iter().sum();
    // The solver of the normalised flow, and the equation of the mass along it.
    let rates = Rates { alpha, beta };
    let steps = 2000;
    let (dt, mut log_z) = (t / f64::from(steps), f64::ln(scale));
    for _ in 0..steps {
        // (log z)' = −β (KL + log z), with the KL of the middle of the step.
        law.step(rates, 0.5 * dt);
        let keep = (-beta * dt).exp();
        log_z = keep * log_z - (1.0 - keep) * law.functionals().kl;
        law.step(rates, 0.5 * dt);
    }
    let distance: f64 = end.iter().zip(law.mass()).map(|(r, s)| (r / mass - s).abs()).sum();
    out.absolute("Σ |r/z − normalised flow|", distance, 0.0, 1e-6);
    out.absolute("z", mass, log_z.exp(), 1e-6);
    Ok(out)
}

/// Global rates that hold for every potential: Jeffreys' divergence and KL(π|ρ) fall at least like e^(−βt), and so does the depth
/// of the deepest hole, −min log ρ/π.
pub(super) fn universal_bounds(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let landscape = well(4.0, 0.8);
    let beta = 1.0;
    for (k, alpha) in [0.0, 1.0].into_iter().enumerate() {
        progress.at(k, 2)?;
        let mut law = line(&landscape, (-2.0, 2.0), 300, |x| {
            normal(x, -0.9, 0.05) + 1e-3 * normal(x, 0.8, 0.1)
        });
        let measured = |law: &Continuum| {
            let ratio = |k: usize| (law.mass()[k] / law.target()[k]).ln();
            let forward = law.functionals().kl;
            let backward: f64 = law.target().iter().enumerate().map(|(k, p)| -p * ratio(k)).sum();
            let hole = (0..law.mass().len()).map(ratio).fold(0.0, f64::min);
            [forward + backward, backward, forward, -hole]
        };
        let [jeffreys, backward, _, hole] = measured(&law);
        let bounds = [jeffreys, backward, jeffreys, hole];
        let mut worst = [0.0_f64; 4];
        for step in 1..=400 {
            law.step(Rates { alpha, beta }, 0.01);
            let s = (-beta * 0.01 * f64::from(step)).exp();
            for ((worst, value), bound) in worst.iter_mut().zip(measured(&law)).zip(bounds) {
                *worst = worst.max(value / (s * bound));
            }
        }
        let names = [
            "J(t) / e^(−βt) J(0)",
            "KL(π|ρ) / e^(−βt) KL(π|ρ₀)",
            "KL(ρ|π) / e^(−βt) J(0)",
            "hole / e^(−βt) hole at 0",
        ];
        for (what, worst) in names.into_iter().zip(worst) {
            out.at_most(format!("α = {alpha}: largest {what}"), worst, 1.0 + 1e-12);
        }
    }
    Ok(out)
}

/// Two separate modes of equal shape: under pure reaction within modes at rest the log odds decay exactly like e^(−βt). With
/// transport in the wells, and next to none between them, it is the same.
pub(super) fn two_modes(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let modes = [blob((-3.0, 0.0), (0.1, 1.0)), blob((3.0, 0.0), (0.1, 1.0))];
    let landscape = Landscape::new(mixture(&modes)?, 1.0);
    let share = 0.01;
    let closed = TwoModes {
        start: share,
        target: 0.5,
    };
    // From 1 to 45 of a hundred: the log odds fall from log 99 to log 55/45.
    let time = closed.time_to(0.45).unwrap_or(f64::NAN);
    out.absolute(
        "βt until the mass is 45 %",
        time,
        (99f64.ln() / (55.0_f64 / 45.0).ln()).ln(),
        1e-12,
    );
    for alpha in [0.0, 1.0] {
        let start = |x: f64| (1.0 - share) * normal(x, -3.0, 0.1) + share * normal(x, 3.0, 0.1);
        let mut law = line(&landscape, (-5.0, 5.0), 400, start);
        let mut time = 0.0;
        for t in [0.7, 1.6, 3.13] {
            law.advance(Rates { alpha, beta: 1.0 }, t - time, 0.01);
            time = t;
            let right: f64 = law.mass()[200..].iter().sum();
            out.absolute(
                format!("α = {alpha}, t = {t}: mass on the right"),
                right,
                closed.mass(t),
                1e-5,
            );
            let odds = f64::exp(-t) * (share / (1.0 - share)).ln();
            out.absolute(
                format!("t = {t}: the closed form"),
                closed.mass(t),
                1.0 / (1.0 + (-odds).exp()),
                1e-12,
            );
        }
    }
    Ok(out)
}

/// No constant bounds Var by KL from below: of π cut to half of its mass KL is log 2, while Var vanishes with what leaks.
pub(super) fn no_rate_for_empty_modes(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let landscape = well(6.0, 0.0);
    for (leak, most) in [(1e-5, 2e-3), (1e-9, 1e-6)] {
        let density = |x: f64| (-landscape.potential(Point::new(x, 0.0))).exp() * if x < 0.0 { 1.0 } else { leak };
        let f = line(&landscape, (-2.0, 2.0), 400, density).functionals();
        let kl = 2f64.ln() - (1.0 + leak).ln() + leak / (1.0 + leak) * f64::ln(leak);
        let variance = leak / (1.0 + leak).powi(2) * f64::ln(leak).powi(2);
        out.absolute(format!("leak {leak:e}: KL"), f.kl, kl, 1e-10);
        out.absolute(format!("leak {leak:e}: Var"), f.variance, variance, 1e-10);
        out.at_most(format!("leak {leak:e}: Var / KL"), f.variance / f.kl, most);
    }
    Ok(out)
}

/// The right well of a problem that other solvers have solved, too. The three constants are those of dense matrix exponentials
/// along each axis, extrapolated in time step and cells, by a program of another language.
pub(super) fn benchmark(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let grid = Grid::new(Rect::new(-2.56, 2.56, -5.12, 5.12), 256, 256);
    let lump = |w: f64, p: Point, x: f64, y: f64| w * normal(p.x, x, 0.15 * 0.15) * normal(p.y, y, 0.36);
    let start = grid.field(|p| lump(0.95, p, -1.0, -0.8) + lump(0.05, p, 1.0, 0.8));
    let mut law = Continuum::new(&well(6.0, 0.0), &start);
    for (k, (span, exact)) in [(1.0, 0.155_156_5), (1.0, 0.270_145_5), (3.0, 0.448_916_2)]
        .into_iter()
        .enumerate()
    {
        progress.at(k, 3)?;
        law.advance(Rates { alpha: 1.0, beta: 0.5 }, span, 0.02);
        let right: f64 = law.mass().chunks(256).flat_map(|row| &row[128..]).sum();
        out.absolute(format!("mass on the right at t = {}", [1, 2, 5][k]), right, exact, 2e-5);
    }
    Ok(out)
}

/// A walk in a bowl weighted by −x²/2, on the grid: moments and normaliser against the moment equations.
pub(super) fn given_rate(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let landscape = Landscape::new(mixture(&[blob((0.0, 0.0), (1.0, 1.0))])?, 1.0);
    let equation = |[m, c, _]: [f64; 3]| [-m * (1.0 + c), 2.0 - 2.0 * c - c * c, -0.5 * (c + m * m)];
    let exact = runge_kutta([1.5, 0.6, 0.0], 1.0, 4000, equation);
    let measured = |n: usize| {
        let mut law = line(&landscape, (-7.0, 7.0), n, |x| normal(x, 1.5, 0.6));
        let rate = law.grid().field(|p| -0.5 * p.x * p.x);
        law.set_growth(Growth::Given(rate));
        law.advance(Rates { alpha: 1.0, beta: 1.0 }, 1.0, 4.0 / n as f64);
        let grid = law.grid();
        let mean = |f: &dyn Fn(f64) -> f64| {
            law.mass()
                .iter()
                .enumerate()
                .map(|(i, r)| r * f(grid.center(i, 0).x))
                .sum::<f64>()
        };
        let m = mean(&|x| x);
        [m, mean(&|x| (x - m).powi(2)), law.log_normaliser()]
    };
    let (coarse, fine) = (measured(400), measured(800));
    for (i, what) in ["m", "C", "log Z"].into_iter().enumerate() {
        out.absolute(what, (4.0 * fine[i] - coarse[i]) / 3.0, exact[i], 2e-6);
    }
    Ok(out)
}
