//! A diffusion weighted by a given rate: dX = −X dt + √2 dW, dA = −c X² dt. Gaussians stay Gaussian and the normaliser is known, so
//! that weights, resampling, jumps and births are checked with no density to estimate.

use super::measure::{Estimate, advance, along_x, blob, mixture, replicates, scenario};
use super::quadrature::{integral, normal, runge_kutta};
use super::{Outcome, Progress, Stop};
use crate::flow::{Flow, Rate, Reaction, Splitting};
use crate::resample::{Resampling, Scheme};
use crate::scenario::{Scenario, Start};
use crate::sim::Simulation;

/// Mean, variance and log normaliser.
type State = [f64; 3];

const START: State = [1.5, 0.6, 0.0];
/// g = −x²/2.
const C: f64 = 0.5;

/// The moment equations m' = −m(1 + 2cC), C' = 2 − 2C − 2cC², (log Z)' = −c(C + m²).
fn equation(c: f64) -> impl Fn(State) -> State {
    move |[m, v, _]| {
        [
            -m * (1.0 + 2.0 * c * v),
            2.0 - 2.0 * v - 2.0 * c * v * v,
            -c * (v + m * m),
        ]
    }
}

/// Their solution: C = U/V with [U; V]' = [[−1, 2], [2c, 1]] [U; V], whose matrix squares to ω² = 1 + 4c; then m = m₀/V, and the
/// integrals of C and m² follow from V'/V = 1 + 2cC and from the Wronskian.
fn solution([m, v, log_z]: State, c: f64, t: f64) -> State {
    let omega = (1.0 + 4.0 * c).sqrt();
    let (cosh, sinh) = ((omega * t).cosh(), (omega * t).sinh() / omega);
    let (upper, lower) = (cosh * v + sinh * (2.0 - v), cosh + sinh * (2.0 * c * v + 1.0));
    [
        m / lower,
        upper / lower,
        log_z + 0.5 * (t - lower.ln()) - c * m * m * sinh / lower,
    ]
}

/// The moment equations by Runge–Kutta against their solution, and against what is known at rest.
pub(super) fn moment_equations(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    for (c, t) in [(0.5, 0.3), (0.5, 1.0), (2.0, 1.0), (-0.2, 1.5)] {
        let [numbers, exact] = [runge_kutta(START, t, 4000, equation(c)), solution(START, c, t)];
        for ((what, computed), expected) in ["m", "C", "log Z"].into_iter().zip(numbers).zip(exact) {
            out.absolute(format!("c = {c}, t = {t}: {what}"), computed, expected, 1e-11);
        }
    }
    let omega = 3f64.sqrt();
    let (early, late) = (solution(START, C, 14.0), solution(START, C, 15.0));
    out.absolute("variance at rest, 2/(1 + ω)", late[1], 2.0 / (1.0 + omega), 1e-12);
    out.absolute(
        "growth at rest, (1 − ω)/2",
        late[2] - early[2],
        0.5 * (1.0 - omega),
        1e-10,
    );
    Ok(out)
}

/// One step of the walk as Euler–Maruyama takes it.
fn walk([m, v, z]: State, dt: f64) -> State {
    [(1.0 - dt) * m, (1.0 - dt).powi(2) * v + 2.0 * dt, z]
}

/// Weights e^(−c x² dt) on a Gaussian.
fn weigh([m, v, z]: State, dt: f64) -> State {
    let a = 1.0 + 2.0 * C * dt * v;
    [m / a, v / a, z - 0.5 * a.ln() - C * dt * m * m / a]
}

/// The exact law of the weighted particles after finitely many finite steps.
fn after(steps: usize, dt: f64, splitting: Splitting) -> State {
    (0..steps).fold(START, |s, _| match splitting {
        Splitting::TransportReaction => weigh(walk(s, dt), dt),
        Splitting::ReactionTransport => walk(weigh(s, dt), dt),
        Splitting::Strang => weigh(walk(weigh(s, 0.5 * dt), dt), 0.5 * dt),
    })
}

const SPLITTINGS: [Splitting; 3] = [
    Splitting::TransportReaction,
    Splitting::ReactionTransport,
    Splitting::Strang,
];

/// The law of finite steps tends to the solution: first order in dt, so that two step sizes give it to second order.
pub(super) fn small_steps(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let exact = solution(START, C, 1.0);
    for splitting in SPLITTINGS {
        let at = |n: usize| after(n, 1.0 / n as f64, splitting);
        let (coarse, fine) = (at(10_000), at(20_000));
        for (k, what) in ["m", "C", "log Z"].into_iter().enumerate() {
            let limit = 2.0 * fine[k] - coarse[k];
            out.absolute(format!("{splitting:?}: {what} as dt vanishes"), limit, exact[k], 1e-8);
        }
    }
    Ok(out)
}

fn world(dt: f64, particles: usize, panels: Vec<Flow>) -> Result<Scenario, Stop> {
    let target = mixture(&[blob((0.0, 0.0), (1.0, 1.0))])?;
    let start = Start::Gaussian(blob((START[0], 0.0), (START[1], 1.0)));
    Ok(Scenario {
        particles,
        ..scenario(target, start, dt, panels)
    })
}

fn panel(name: &str) -> Flow {
    Flow {
        rate: Rate::Quadratic(2.0 * C, 0.0),
        ..Flow::new(name, 1.0, 1.0)
    }
}

/// Weighted particles in finite steps, under every splitting and resampling scheme: mean, variance and normaliser.
pub(super) fn weighted_particles(progress: &Progress) -> Result<Outcome, Stop> {
    let (dt, steps) = (0.05, 20);
    let settings = [
        (Splitting::TransportReaction, Scheme::Systematic, 0.0),
        (Splitting::TransportReaction, Scheme::Multinomial, 1.0),
        (Splitting::ReactionTransport, Scheme::Stratified, 0.95),
        (Splitting::Strang, Scheme::Residual, 0.9),
    ];
    let panels = settings.map(|(splitting, scheme, threshold)| Flow {
        splitting,
        resampling: Some(Resampling {
            scheme,
            threshold,
            ..Resampling::default()
        }),
        ..panel(&format!("{splitting:?}, {scheme:?}"))
    });
    let world = world(dt, 20_000, panels.to_vec())?;
    let seen = replicates(progress, (1000, 24), |seed| {
        let mut simulation = Simulation::new(Scenario { seed, ..world.clone() });
        advance(&mut simulation, steps)?;
        let measure = |(p, (splitting, ..)): (usize, &(Splitting, Scheme, f64))| {
            let ensemble = simulation.ensemble(p);
            let [m, v] = along_x(ensemble);
            // Z is unbiased, its logarithm is not.
            let z = (ensemble.log_normaliser() - after(steps, dt, *splitting)[2]).exp();
            [m, v, z]
        };
        Ok(settings.iter().enumerate().flat_map(measure).collect())
    })?;
    let mut out = Outcome::default();
    for ((splitting, ..), (seen, flow)) in settings.iter().zip(seen.chunks_exact(3).zip(&panels)) {
        let [m, v, _] = after(steps, dt, *splitting);
        for ((what, seen), expected) in ["m", "C", "Z / exact"].into_iter().zip(seen).zip([m, v, 1.0]) {
            out.measured(format!("{}: {what}", flow.name), *seen, expected);
        }
    }
    Ok(out)
}

/// Births and deaths, and jumps, realise the same reaction as weights as dt vanishes.
pub(super) fn jumps(progress: &Progress) -> Result<Outcome, Stop> {
    let kinds = [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath];
    let panels = kinds.map(|reaction| Flow {
        reaction,
        ..panel(&format!("{reaction:?}"))
    });
    let run = |first: u64, dt: f64| -> Result<Vec<Estimate>, Stop> {
        let world = world(dt, 20_000, panels.to_vec())?;
        replicates(progress, (first, 24), |seed| {
            let mut simulation = Simulation::new(Scenario { seed, ..world.clone() });
            advance(&mut simulation, (1.0 / dt).round() as usize)?;
            Ok((0..kinds.len()).flat_map(|p| along_x(simulation.ensemble(p))).collect())
        })
    };
    let (coarse, fine) = (run(1, 0.04)?, run(100, 0.02)?);
    let [m, v, _] = solution(START, C, 1.0);
    let mut out = Outcome::default();
    for (k, (coarse, fine)) in coarse.into_iter().zip(fine).enumerate() {
        // The error is of first order in dt: two step sizes take it out.
        let limit = (2.0 * fine.0 - coarse.0, (2.0 * fine.1).hypot(coarse.1));
        let (what, expected) = if k % 2 == 0 { ("m", m) } else { ("C", v) };
        out.measured(format!("{:?}: {what}", kinds[k / 2]), limit, expected);
    }
    Ok(out)
}

/// How many events it takes: jumps move ½ ∫ E|g − E g| dt of the particles, births and deaths twice that.
pub(super) fn events(progress: &Progress) -> Result<Outcome, Stop> {
    let kinds = [Reaction::Jump, Reaction::BirthDeath];
    let panels = kinds.map(|reaction| Flow {
        reaction,
        ..panel(&format!("{reaction:?}"))
    });
    let particles = 10_000;
    let run = |first: u64, dt: f64| -> Result<Vec<Estimate>, Stop> {
        let world = world(dt, particles, panels.to_vec())?;
        replicates(progress, (first, 16), |seed| {
            let mut simulation = Simulation::new(Scenario { seed, ..world.clone() });
            advance(&mut simulation, (1.0 / dt).round() as usize)?;
            let share = |p: usize| simulation.observe(p).births as f64 / particles as f64;
            Ok((0..kinds.len()).map(share).collect())
        })
    };
    let (coarse, fine) = (run(1, 0.04)?, run(100, 0.02)?);
    // E|c x² − E c x²| of the Gaussian at each time, over time by Simpson's rule.
    let spread = |t: f64| {
        let [m, v, _] = solution(START, C, t);
        let mean = C * (v + m * m);
        let reach = 10.0 * v.sqrt();
        integral(m - reach, m + reach, 20_000, |x| {
            normal(x, m, v) * (C * x * x - mean).abs()
        })
    };
    let n = 40;
    let simpson: f64 = (0..=n)
        .map(|k| {
            let weight = if k == 0 || k == n {
                1.0
            } else {
                2.0 + 2.0 * f64::from(k % 2)
            };
            weight * spread(f64::from(k) / f64::from(n))
        })
        .sum();
    let total = simpson / (3.0 * f64::from(n));
    let mut out = Outcome::default();
    for (k, (coarse, fine)) in coarse.into_iter().zip(fine).enumerate() {
        let limit = (2.0 * fine.0 - coarse.0, (2.0 * fine.1).hypot(coarse.1));
        let expected = if kinds[k] == Reaction::Jump { 0.5 * total } else { total };
        out.measured(
            format!("{:?}: events per particle until t = 1", kinds[k]),
            limit,
            expected,
        );
    }
    Ok(out)
}
