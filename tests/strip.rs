//! The strip: marginals of particle runs and of the exact solution against the equation in one dimension, solved here; what moves them
//! against closed forms and against what the exact solution does next; and which targets are sums, so that there is such an equation.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use std::sync::Arc;

use common::{Estimate, advance, blob, coarser_run, fixed, mixture, replicates, scenario};
use wfr_lab::density::Estimator;
use wfr_lab::flow::{Flow, Rate, Transport};
use wfr_lab::landscape::{Landscape, Relief};
use wfr_lab::observe::{Axis, Marginal, Motion, Profile};
use wfr_lab::reference::{ExactPanel, Reference};
use wfr_lab::rng::{Purpose, Streams};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::Simulation;
use wfr_lab::snapshot::Probe;
use wfr_lab::space::{Field, Point, Rect};
use wfr_lab::target::{DoubleWell, Shape};

/// The equation of one dimension in a potential, by finite volumes: implicit transport, reaction by powers, alternating symmetrically.
struct Line {
    places: Vec<f64>,
    cell: f64,
    potential: Vec<f64>,
    between: Vec<f64>,
    density: Vec<f64>,
}

impl Line {
    fn new((low, high): (f64, f64), cells: usize, potential: impl Fn(f64) -> f64, start: impl Fn(f64) -> f64) -> Self {
        let cell = (high - low) / cells as f64;
        let places: Vec<f64> = (0..cells).map(|k| low + cell * (k as f64 + 0.5)).collect();
        let mut line = Self {
            potential: places.iter().map(|x| potential(*x)).collect(),
            between: places.iter().map(|x| potential(x + 0.5 * cell)).collect(),
            density: places.iter().map(|x| start(*x)).collect(),
            places,
            cell,
        };
        line.normalise();
        line
    }

    fn normalise(&mut self) {
        let total = self.cell * self.density.iter().sum::<f64>();
        self.density.iter_mut().for_each(|p| *p /= total);
    }

    /// log ρ goes to that of π by the share 1 − e^(−amount).
    fn react(&mut self, amount: f64) {
        let s = (-amount).exp();
        for (p, v) in self.density.iter_mut().zip(&self.potential) {
            *p = (s * p.max(1e-300).ln() - (1.0 - s) * v).exp();
        }
        self.normalise();
    }

    /// ∂p = ∂(e^(−V) ∂(e^V p)), backwards in time, by elimination.
    fn transport(&mut self, amount: f64) {
        let (n, c) = (self.places.len(), amount / (self.cell * self.cell));
        // What leaves a cell to the right per mass there, and what its right neighbour sends back.
        let right = |k: usize| (self.potential[k] - self.between[k]).exp();
        let left = |k: usize| (self.potential[k + 1] - self.between[k]).exp();
        let (mut upper, mut value) = (vec![0.0; n], vec![0.0; n]);
        for k in 0..n {
            let out = if k + 1 < n { right(k) } else { 0.0 } + if k > 0 { left(k - 1) } else { 0.0 };
            let below = if k > 0 { -c * right(k - 1) } else { 0.0 };
            let above = if k + 1 < n { -c * left(k) } else { 0.0 };
            let (u, v) = if k > 0 {
                (upper[k - 1], value[k - 1])
            } else {
                (0.0, 0.0)
            };
            let pivot = 1.0 + c * out - below * u;
            upper[k] = above / pivot;
            value[k] = (self.density[k] - below * v) / pivot;
        }
        for k in (0..n - 1).rev() {
            value[k] -= upper[k] * value[k + 1];
        }
        self.density = value;
    }

    fn flow(mut self, (alpha, beta): (f64, f64), time: f64) -> Self {
        let steps = (time / 5e-4).round() as usize;
        let dt = time / steps as f64;
        for _ in 0..steps {
            if beta > 0.0 {
                self.react(0.5 * beta * dt);
            }
            if alpha > 0.0 {
                self.transport(alpha * dt);
            }
            if beta > 0.0 {
                self.react(0.5 * beta * dt);
            }
        }
        self
    }

    /// Smoothed with a Gaussian, at a place.
    fn smoothed(&self, at: f64, width: f64) -> f64 {
        let kernel = |x: f64| (-0.5 * ((x - at) / width).powi(2)).exp() / (width * std::f64::consts::TAU.sqrt());
        self.cell
            * self
                .places
                .iter()
                .zip(&self.density)
                .map(|(x, p)| p * kernel(*x))
                .sum::<f64>()
    }
}

const WELL: DoubleWell = DoubleWell {
    barrier: 1.5,
    tilt: 0.4,
};
/// Of the estimator.
const BANDWIDTH: f64 = 0.12;
const START: ((f64, f64), (f64, f64)) = ((-0.7, 0.6), (0.35, 1.6));

fn well() -> Shape {
    Shape::DoubleWell(WELL)
}

fn gaussian(mean: f64, variance: f64) -> impl Fn(f64) -> f64 {
    move |x: f64| (-0.5 * (x - mean) * (x - mean) / variance).exp()
}

/// The exact law along an axis at this time, solved here.
fn exact(axis: Axis, rates: (f64, f64), time: f64) -> Line {
    let landscape = Landscape::new(well(), 1.0);
    let (mean, variance) = START;
    match axis {
        Axis::X => {
            let potential = |x: f64| landscape.potential(Point::new(x, 0.0));
            Line::new((-3.6, 3.6), 1200, potential, gaussian(mean.0, variance.0)).flow(rates, time)
        }
        Axis::Y => {
            let potential = |y: f64| landscape.potential(Point::new(1.0, y));
            Line::new((-8.0, 8.0), 1200, potential, gaussian(mean.1, variance.1)).flow(rates, time)
        }
    }
}

fn base(panels: Vec<Flow>) -> Scenario {
    Scenario {
        dt: 0.01,
        particles: 8000,
        estimator: Estimator {
            debiased: true,
            ..fixed(BANDWIDTH)
        },
        ..scenario(well(), Start::Gaussian(blob(1.0, START.0, START.1)), panels)
    }
}

fn profile(simulation: &mut Simulation, panel: usize, axis: Axis) -> Arc<Profile> {
    let snapshot = simulation.snapshot(&Probe {
        max_dots: 1,
        profile: Some(axis),
        ..Probe::default()
    });
    Arc::clone(snapshot.panels[panel].profile.as_ref().unwrap())
}

/// The place nearest to a coordinate.
fn near(target: &Marginal, x: f64) -> usize {
    ((x - target.first) / target.spacing).round() as usize
}

fn corners() -> Vec<Flow> {
    let leimkuhler = |flow: Flow| Flow {
        transport: Transport::LeimkuhlerMatthews,
        ..flow
    };
    vec![
        leimkuhler(Flow::langevin()),
        Flow::fisher_rao(),
        leimkuhler(Flow::wfr()),
    ]
}

#[test]
fn marginals_of_particles_obey_the_equation_of_one_dimension() {
    const TIME: f64 = 0.3;
    let base = base(corners());
    let landscape = Landscape::new(well(), 1.0);
    for (axis, places) in [
        (Axis::X, &[-1.3, -1.0, -0.7, -0.3, 0.2, 0.7, 1.0][..]),
        (Axis::Y, &[-1.2, -0.5, 0.0, 0.6, 1.3, 2.2]),
    ] {
        let target = Marginal::new(&landscape, base.view(), axis);
        let run = |first: u64, count: u64, coarser: f64| -> Vec<Estimate> {
            replicates(first, count, |seed| {
                let mut simulation = Simulation::new(coarser_run(&base, seed, coarser));
                advance(&mut simulation, (TIME / (base.dt * coarser)).round() as usize);
                let profiles = (0..3).map(|k| profile(&mut simulation, k, axis));
                profiles
                    .flat_map(|p| {
                        places
                            .iter()
                            .map(move |x| p.density[near(&p.target, *x)])
                            .collect::<Vec<_>>()
                    })
                    .collect()
            })
        };
        // Twice the step and the squared bandwidth, a quarter of the particles: all errors of first order are twice as large.
        let (fine, coarse) = (run(1, 6, 1.0), run(1000, 20, 2.0));
        let mut all = fine.iter().zip(&coarse).map(|(f, c)| f.combine(2.0, *c, -1.0));
        for flow in &base.panels {
            let law = exact(axis, (flow.alpha, flow.beta), TIME);
            let before = exact(axis, (flow.alpha, flow.beta), 0.0);
            let mut told: f64 = 0.0;
            for x in places {
                let at = target.place(near(&target, *x));
                let seen = all.next().unwrap();
                let what = format!("{} along {}, density at {at:.2}", flow.name, axis.name());
                seen.agrees(&what, law.smoothed(at, target.bandwidth));
                told = told.max(seen.z(before.smoothed(at, target.bandwidth)).abs());
            }
            assert!(
                told > 2.0 * common::LIMIT,
                "{} cannot be told from the start",
                flow.name
            );
        }
    }
}

/// The density of the exact solution of every panel at this time.
fn solved(scenario: &Scenario, time: f64) -> Vec<Arc<Field>> {
    let mut reference = Reference::new(scenario);
    reference.advance(time);
    let density = |panel: &ExactPanel| match panel {
        ExactPanel::Solved(solution) => Arc::clone(&solution.density),
        ExactPanel::None(reason) => panic!("{reason}"),
    };
    reference.exact().panels.iter().map(density).collect()
}

#[test]
fn marginals_of_the_exact_solution_obey_it_too() {
    const TIME: f64 = 0.4;
    let base = base(corners());
    let landscape = Landscape::new(well(), 1.0);
    for axis in Axis::ALL {
        let target = Marginal::new(&landscape, base.view(), axis);
        for (flow, density) in base.panels.iter().zip(solved(&base, TIME)) {
            let law = exact(axis, (flow.alpha, flow.beta), TIME);
            let seen = target.of_field(&density);
            let largest = seen.iter().copied().fold(0.0, f64::max);
            let off = (0..target.len())
                .map(|k| (seen[k] - law.smoothed(target.place(k), target.bandwidth)).abs())
                .fold(0.0, f64::max);
            println!(
                "{} along {}: off by {:.1e} of {largest:.2}",
                flow.name,
                axis.name(),
                off
            );
            assert!(off < 2e-3 * largest, "{}: {off}", flow.name);
            let total = target.spacing * seen.iter().sum::<f64>();
            assert!((total - 1.0).abs() < 1e-4, "{total}");
        }
    }
}

#[test]
fn velocity_and_rate_are_what_the_exact_solution_does_next() {
    const TIME: f64 = 0.1;
    const STEP: f64 = 0.005;
    let panels = vec![Flow::langevin(), Flow::fisher_rao(), Flow::new("both", 0.7, 1.6)];
    let base = base(panels);
    let landscape = Landscape::new(well(), 1.0);
    let [before, now, after] = [-STEP, 0.0, STEP].map(|by| solved(&base, TIME + by));
    // What of the change of the marginal the arrows do not tell, with the smoothing of a view of this size.
    let untold = |axis: Axis, k: usize, view: Rect| {
        let (target, flow) = (Marginal::new(&landscape, view, axis), &base.panels[k]);
        let [p, q, r] = [&before[k], &now[k], &after[k]].map(|field| target.of_field(field));
        let (velocity, rate) = (target.velocity(&q, flow.alpha), target.rate(&q, flow.beta));
        let (mut off, mut all): (f64, f64) = (0.0, 0.0);
        for i in 1..target.len() - 1 {
            let change = (r[i] - p[i]) / (2.0 * STEP);
            let flux = |j: usize| q[j] * velocity[j];
            let told = q[i] * rate[i] - (flux(i + 1) - flux(i - 1)) / (2.0 * target.spacing);
            off += (told - change).powi(2);
            all += change.powi(2);
        }
        (off / all).sqrt()
    };
    for axis in Axis::ALL {
        for (k, flow) in base.panels.iter().enumerate() {
            let view = base.view();
            let [wide, narrow] = [1.0, std::f64::consts::FRAC_1_SQRT_2].map(|s| untold(axis, k, view.scaled(s)));
            println!(
                "{} along {}: {:.2} % of the change is not told, {:.2} % with half the variance of the smoothing",
                flow.name,
                axis.name(),
                100.0 * wide,
                100.0 * narrow
            );
            // (A narrow view along y leaves out more of the tails.) Of smoothed laws the equation holds to the order of (bandwidth/width)²: half of the variance, half of the rest.
            assert!(
                wide < 0.2 && (wide < 0.02 || narrow < 0.65 * wide),
                "{} along {}",
                flow.name,
                axis.name()
            );
        }
    }
}

/// A Gaussian start and a Gaussian target, whose smoothed laws are Gaussians.
fn gaussians(flow: Flow) -> Scenario {
    let target = mixture(&[blob(1.0, (0.5, -0.2), (0.8, 1.3))]);
    Scenario {
        particles: 4000,
        view: Some(((-4.0, 4.0), (-4.0, 4.0))),
        ..scenario(target, Start::Gaussian(blob(1.0, (-0.6, 0.3), (0.5, 0.9))), vec![flow])
    }
}

#[test]
fn arrows_of_particles_are_those_of_gaussians_within_their_own_standard_errors() {
    let (alpha, beta) = (0.8, 1.3);
    let base = gaussians(Flow::new("WFR", alpha, beta));
    for (axis, (m, c), (mu, s)) in [(Axis::X, (-0.6, 0.5), (0.5, 0.8)), (Axis::Y, (0.3, 0.9), (-0.2, 1.3))] {
        let places = [-1.2, -0.6, 0.0, 0.6];
        let mut squares = [[0.0; 4]; 2];
        let means = replicates(1, 60, |seed| {
            let mut simulation = Simulation::new(Scenario { seed, ..base.clone() });
            let p = profile(&mut simulation, 0, axis);
            let at = places.map(|x| near(&p.target, m + x));
            at.iter()
                .flat_map(|&k| [p.velocity[k], p.rate[k], p.velocity_error[k], p.rate_error[k]])
                .collect()
        });
        let landscape = base.landscape();
        let target = Marginal::new(&landscape, base.view(), axis);
        let h = target.bandwidth * target.bandwidth;
        assert!((target.bandwidth - 0.16).abs() < 1e-3, "0.02 of the view");
        let (c, s) = (c + h, s + h);
        for (k, x) in places.into_iter().enumerate() {
            let x = target.place(near(&target, m + x));
            let velocity = -alpha * (-(x - m) / c + (x - mu) / s);
            let u = |x: f64| -0.5 * (x - m).powi(2) / c + 0.5 * (x - mu).powi(2) / s;
            // E (X − m)² = c, E (X − μ)² = c + (m − μ)².
            let mean = -0.5 + 0.5 * (c + (m - mu).powi(2)) / s;
            let rate = beta * (mean - u(x));
            let [v, r, dv, dr] = [0, 1, 2, 3].map(|i| means[4 * k + i]);
            // One run is off by its own standard error, and their mean by what the logarithm bends: half of the relative variance.
            let runs = 60.0_f64.sqrt();
            for (what, seen, own, expected) in [("velocity", v, dv.mean, velocity), ("rate", r, dr.mean, rate)] {
                println!(
                    "{what} along {} at {x:.2}: {:.3} ± {:.3}, expected {expected:.3}; one run is off by {:.3}, said {own:.3}",
                    axis.name(),
                    seen.mean,
                    seen.error,
                    seen.error * runs
                );
                let bend = own * own;
                assert!((seen.mean - expected).abs() < 5.0 * seen.error + bend, "{what} at {x}");
                squares[usize::from(what == "rate")][k] = (seen.error * runs / own).powi(2);
            }
        }
        // The standard errors are right: over four places and 60 runs their square is known to a tenth or so.
        for (what, ratio) in ["velocity", "rate"].iter().zip(squares) {
            let mean = ratio.iter().sum::<f64>() / 4.0;
            println!("{what} along {}: variance over what was said {mean:.2}", axis.name());
            assert!((0.6..1.5).contains(&mean), "{what}: {mean}");
        }
    }
}

#[test]
fn smoothed_gaussians_have_their_closed_forms_and_equilibrium_no_arrows() {
    let base = gaussians(Flow::wfr());
    let target = Marginal::new(&base.landscape(), base.view(), Axis::X);
    let h = target.bandwidth * target.bandwidth;
    let density = solved(&base, 0.0).remove(0);
    let seen = target.of_field(&density);
    let (velocity, rate) = (target.velocity(&seen, 1.0), target.rate(&seen, 1.0));
    for k in (near(&target, -2.0)..near(&target, 1.0)).step_by(9) {
        let x = target.place(k);
        let (m, c, mu, s) = (-0.6, 0.5 + h, 0.5, 0.8 + h);
        let density = (-0.5 * (x - m) * (x - m) / c).exp() / (std::f64::consts::TAU * c).sqrt();
        assert!((seen[k] / density - 1.0).abs() < 4e-3, "{x}: {} for {density}", seen[k]);
        let v = (x - m) / c - (x - mu) / s;
        assert!((velocity[k] - v).abs() < 0.02, "{x}: {} for {v}", velocity[k]);
        let u = |x: f64| -0.5 * (x - m).powi(2) / c + 0.5 * (x - mu).powi(2) / s;
        let r = -0.5 + 0.5 * (c + (m - mu) * (m - mu)) / s - u(x);
        assert!((rate[k] - r).abs() < 0.02, "{x}: {} for {r}", rate[k]);
    }
    // π itself has neither, and V is what it was.
    let still = target
        .velocity(&target.density, 1.0)
        .into_iter()
        .chain(target.rate(&target.density, 1.0));
    assert!(still.fold(0.0, |m: f64, v| m.max(v.abs())) < 1e-9);
    for k in (0..target.len()).step_by(13) {
        let x = target.place(k);
        let v = 0.5 * (x - 0.5) * (x - 0.5) / 0.8;
        assert!(
            (target.potential[k] - v).abs() < 1e-3 * (1.0 + v),
            "{x}: {}",
            target.potential[k]
        );
    }
}

#[test]
fn the_mass_is_that_of_all_particles() {
    let mut base = base(corners());
    base.view = Some(((-0.5, 0.5), (-3.0, 3.0)));
    let mut simulation = Simulation::new(base);
    advance(&mut simulation, 10);
    for panel in 0..3 {
        let p = profile(&mut simulation, panel, Axis::X);
        let inside = p.target.spacing * p.density.iter().sum::<f64>();
        let [xs, _] = simulation.ensemble(panel).positions();
        let weights = simulation.ensemble(panel).weights();
        let last = p.target.place(p.target.len() - 1);
        let counted: f64 = xs
            .iter()
            .zip(weights)
            .filter(|(x, _)| **x < p.target.first || **x >= last)
            .map(|(_, w)| w)
            .sum();
        println!("{inside:.4} inside, {:.4} beyond", p.beyond);
        assert!((p.beyond - counted).abs() < 1e-12 && p.beyond > 0.2);
        // Smoothing carries some over the ends, as much as a bandwidth holds.
        assert!(inside + p.beyond <= 1.0 + 1e-12 && inside + p.beyond > 0.98);
    }
}

#[test]
fn other_flows_have_the_arrows_of_what_moves_them() {
    // Corrected: in (1 + θ)V. Particles that start at e^(−(1 + θ)V) are not carried at all.
    let theta = -0.5;
    let corrected = Flow {
        rate: Rate::Corrected(theta),
        ..Flow::new("corrected", 1.0, 1.0)
    };
    let given = Flow {
        rate: Rate::Quadratic(0.6, 0.0),
        ..Flow::new("given", 0.0, 1.5)
    };
    let underdamped = Flow {
        transport: Transport::Underdamped(1.0),
        ..Flow::new("underdamped", 0.9, 0.0)
    };
    let target = mixture(&[blob(1.0, (0.0, 0.0), (0.6, 1.0))]);
    let start = Start::Gaussian(blob(1.0, (0.0, 0.0), (0.6 / (1.0 + theta), 1.0)));
    let base = Scenario {
        particles: 20_000,
        view: Some(((-4.0, 4.0), (-4.0, 4.0))),
        ..scenario(target, start, vec![corrected, given, underdamped])
    };
    let seen = replicates(1, 12, |seed| {
        let mut simulation = Simulation::new(Scenario { seed, ..base.clone() });
        let [a, b] = [0, 1].map(|k| profile(&mut simulation, k, Axis::X));
        // After 0.2 the mean velocity at x is no longer 0.
        advance(&mut simulation, 20);
        let c = profile(&mut simulation, 2, Axis::X);
        let [i, j] = [-0.8, 0.5].map(|x| near(&a.target, x));
        vec![
            a.velocity[i],
            a.velocity[j],
            b.rate[i] - b.rate[j],
            c.velocity[i] - c.velocity[j],
        ]
    });
    seen[0].agrees("a corrected flow at rest in its own potential", 0.0);
    seen[1].agrees("and elsewhere", 0.0);
    // g = −0.3 x², and within the kernel x² has the mean of the law there: N(x c/(c + h), …) has a variance that is the same at both.
    let (c, h) = (1.2, 0.16 * 0.16);
    let shrunk = c / (c + h);
    let landscape = base.landscape();
    let places = Marginal::new(&landscape, base.view(), Axis::X);
    let [x, y] = [-0.8, 0.5].map(|x| places.place(near(&places, x)));
    seen[2].agrees("a given rate", 1.5 * -0.3 * shrunk * shrunk * (x * x - y * y));
    // In a bowl the law of (x, v) stays Gaussian: the slope of E[v | x] is cov(x, v)/var(x), by the equations of second moments.
    let (k, gamma, alpha) = (1.0 / 0.6, 1.0, 0.9);
    let (mut xx, mut xv, mut vv) = (1.2_f64, 0.0_f64, 1.0_f64);
    let dt = 1e-5 * alpha;
    for _ in 0..20_000 {
        let (dxx, dxv, dvv) = (2.0 * xv, vv - k * xx - gamma * xv, 2.0 * (gamma - gamma * vv - k * xv));
        (xx, xv, vv) = (xx + dt * dxx, xv + dt * dxv, vv + dt * dvv);
    }
    seen[3].agrees(
        "mean velocity of underdamped particles",
        alpha * xv / (xx + h) * (x - y),
    );
    seen[3].differs("which is not at rest", 0.0);
}

#[test]
fn which_targets_are_sums() {
    let mut sums = Vec::new();
    for shape in Shape::all() {
        let (name, view) = (shape.name(), shape.target().view());
        let landscape = Landscape::new(shape, 1.0);
        let [x, y] = Axis::ALL.map(|axis| Marginal::new(&landscape, view, axis));
        println!("{name}: {:.1e} kT from a sum", x.defect);
        assert_eq!(
            x.defect.to_bits(),
            y.defect.to_bits(),
            "it is a property of the landscape"
        );
        assert!(x.is_sum() || x.defect > 0.05, "{name}: no target is nearly a sum");
        if x.is_sum() {
            sums.push(name);
        }
        for marginal in [&x, &y] {
            let inside = marginal.spacing * marginal.density.iter().sum::<f64>();
            assert!(
                (0.9..1.001).contains(&inside),
                "{name}: {inside} of π along {}",
                marginal.axis.name()
            );
        }
    }
    assert_eq!(
        sums,
        ["DoubleWell", "TextbookWell", "TripleWell", "WellGrid", "Formula"]
    );
}

#[test]
fn moving_and_tilting_keep_a_sum_and_a_turned_bowl_is_none() {
    let is_sum = |landscape: &Landscape| Marginal::new(landscape, landscape.view(), Axis::X).is_sum();
    let relief = Relief {
        shift: Point::new(0.3, -0.2),
        tilt: Point::new(0.5, 0.4),
        ..Relief::default()
    };
    assert!(is_sum(&Landscape::new(well(), 0.4).with(&relief)));
    let bowl = |xy: f64| {
        let covariance = wfr_lab::space::Symmetric::new(1.0, xy, 0.7);
        let component = wfr_lab::target::Component::new(1.0, Point::default(), covariance);
        Landscape::new(
            Shape::Mixture(wfr_lab::target::Mixture::new(vec![component]).unwrap()),
            1.0,
        )
    };
    assert!(is_sum(&bowl(0.0)) && !is_sum(&bowl(0.01)));
    // For a turned bowl the potential is that of the marginal, which is Gaussian with the variance along the axis.
    let turned = bowl(0.5);
    let marginal = Marginal::new(&turned, Rect::new(-4.0, 4.0, -4.0, 4.0), Axis::X);
    for x in [-1.5, 0.0, 0.7] {
        let k = near(&marginal, x);
        let x = marginal.place(k);
        assert!(
            (marginal.potential[k] - 0.5 * x * x).abs() < 1e-3,
            "{x}: {}",
            marginal.potential[k]
        );
    }
}

#[test]
fn dependence_of_gaussians_is_its_closed_form() {
    for r in [0.0, 0.5, 0.8] {
        let blob = wfr_lab::scenario::Blob {
            weight: 1.0,
            mean: Point::new(0.2, -0.1),
            covariance: wfr_lab::space::Symmetric::new(0.6, 0.6 * r, 0.6),
        };
        let scenario = Scenario {
            view: Some(((-4.0, 4.0), (-4.0, 4.0))),
            ..scenario(
                mixture(&[common::blob(1.0, (0.0, 0.0), (1.0, 1.0))]),
                Start::Gaussian(blob),
                vec![Flow::wfr()],
            )
        };
        let mut reference = Reference::new(&scenario);
        reference.advance(0.0);
        let ExactPanel::Solved(solution) = &reference.exact().panels[0] else {
            panic!("a Gaussian has a solution")
        };
        let seen = solution.smoothed.dependence();
        // The smoothing adds 0.16² to both variances and nothing to the covariance.
        let r = 0.6 * r / (0.6 + 0.16 * 0.16);
        let expected = -0.5 * f64::ln(1.0 - r * r);
        println!("r = {r:.3}: {seen:.5}, expected {expected:.5}");
        // The cells of the solution widen it a little more.
        assert!(
            (seen - expected).abs() < 0.01 * (0.1 + expected),
            "{seen} for {expected}"
        );
    }
}

/// Draws of a Gaussian along x, with weights that know nothing of where they are, seen beside a Gaussian target.
fn excess(seed: u64, (mean, variance): (f64, f64), target: &Arc<Marginal>) -> Arc<Profile> {
    const N: usize = 2000;
    let (mut xs, mut ys, mut u, mut rest) = (vec![0.0; N], vec![0.0; N], vec![0.0; N], vec![0.0; N]);
    let streams = Streams::new(seed);
    streams.normals(0, Purpose::Start, 0).fill(&mut xs, &mut ys);
    streams.normals(0, Purpose::Start, 1).fill(&mut u, &mut rest);
    xs.iter_mut().for_each(|x| *x = mean + variance.sqrt() * *x);
    let mut weights: Vec<f64> = u.iter().map(|u| (0.7 * u).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= total);
    let motion = Motion {
        alpha: 0.0,
        beta: 0.0,
        drift: target,
        velocities: None,
        growth: None,
    };
    Arc::new(target.of_points([&xs, &ys], &weights).profile((&xs, &weights), &motion))
}

#[test]
fn bars_are_the_difference_and_their_band_is_chance() {
    const SEEDS: u64 = 300;
    let shape = mixture(&[blob(1.0, (0.3, 0.0), (0.8, 1.0))]);
    let view = Rect::new(-4.0, 4.0, -4.0, 4.0);
    let target = Arc::new(Marginal::new(&Landscape::new(shape, 1.0), view, Axis::X));
    let width = target.bin_width();
    // The mass of a smoothed Gaussian in a bin, by Simpson's rule.
    let mass = |b: usize, (mean, variance): (f64, f64)| {
        let p = gaussian(mean, variance + target.bandwidth.powi(2));
        let normaliser = (std::f64::consts::TAU * (variance + target.bandwidth.powi(2))).sqrt();
        let at = |k: u32| p(target.bin(b) + width * f64::from(k) / 8.0) / normaliser;
        let sum = (1..8).map(|k| if k % 2 == 1 { 4.0 } else { 2.0 } * at(k)).sum::<f64>();
        width * (at(0) + sum + at(8)) / 24.0
    };
    let bins = target.len() / 8;
    for law in [(0.3, 0.8), (-0.5, 0.4)] {
        let expected: Vec<f64> = (0..bins).map(|b| mass(b, law) - mass(b, (0.3, 0.8))).collect();
        let seen = replicates(7, SEEDS, |seed| {
            let profile = excess(seed, law, &target);
            let excess = &profile.excess;
            assert_eq!((excess.density.len(), excess.error.len()), (bins, bins));
            let sizes = excess.error.iter().map(|e| e * width);
            let masses = excess.density.iter().map(|e| e * width);
            masses.chain(sizes).chain([excess.l1, excess.by_chance]).collect()
        });
        let mut judged = 0;
        for b in (0..bins).filter(|b| mass(*b, law) > 0.01) {
            judged += 1;
            seen[b].agrees(&format!("bin {b} of {law:?}"), expected[b]);
            // What it says of its own chance is the spread of the seeds; where π has more there, the band is that of π.
            let (spread, said) = (seen[b].error * (SEEDS as f64).sqrt(), seen[bins + b].mean);
            assert!(said > 0.88 * spread, "bin {b} of {law:?}: {said} and not {spread}");
            if law == (0.3, 0.8) {
                assert!(said < 1.15 * spread, "bin {b} of {law:?}: {said} and not {spread}");
            }
        }
        assert!(judged >= 10, "{judged} bins");
        let (l1, chance) = (seen[2 * bins], seen[2 * bins + 1]);
        println!("L1 {l1:?}, by chance {chance:?}");
        if law == (0.3, 0.8) {
            assert!(
                (l1.mean / chance.mean - 1.0).abs() < 0.05,
                "{l1:?} and by chance {chance:?}"
            );
        } else {
            let sum: f64 = expected.iter().map(|e| e.abs()).sum();
            assert!((l1.mean - sum).abs() < chance.mean, "{l1:?} and not {sum}");
        }
    }
}
