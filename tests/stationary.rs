//! Every flow keeps π on every target whose moments are known, started from exact draws.
//!
//! What a run with finitely many particles and steps adds is known to first order: a step adds a·dt (Euler–Maruyama, and births
//! and deaths in finite steps), the kernel b·h², the kernel of each particle at itself c/(N h²). A coarse run with twice the
//! step, twice the squared bandwidth and a quarter of the particles has exactly twice of all three, so 2 fine − coarse has none of
//! them, and π is asserted without a tolerance but the standard error.
//!
//! Pure Fisher–Rao moves nobody and has nothing to balance the kernel, so exact draws drift. Where they drift to is computed
//! on a grid of our own: ρ ← ρ (π/(K ∗ ρ))^φ, for any h.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::{Estimate, advance, fixed, replicates, scenario};
use wfr_lab::flow::{Flow, Reaction, Splitting, Transport};
use wfr_lab::params;
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::rng::{Purpose, Streams};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::Simulation;
use wfr_lab::space::{Grid, Point};
use wfr_lab::target::{Moments, Shape, Target};

/// The targets with their moments. Of the funnel a milder one: at the default scale the mouth holds a tenth of the variance in so
/// few particles that each is alone within its kernel, which is beyond any expansion in c/N.
fn known() -> Vec<(Shape, Moments)> {
    let mut all = Shape::all();
    for shape in &mut all {
        if shape.name() == "Funnel" {
            params::set(shape.parameters(), "scale", 0.5).unwrap();
        }
    }
    let known: Vec<_> = all
        .into_iter()
        .filter_map(|s| s.target().moments(1.0).map(|moments| (s, moments)))
        .collect();
    assert!(known.len() >= 8);
    known
}

/// Exact, independent draws.
fn draws(target: &dyn Target, n: usize, seed: u64) -> Vec<Point> {
    let mut rng = Streams::new(seed).stream(0, Purpose::Start, 1 << 40);
    (0..n).map(|_| target.sample(1.0, &mut rng).unwrap()).collect()
}

/// A run that starts with exact draws.
fn world(shape: &Shape, n: usize, seed: u64, panels: &[Flow]) -> Simulation {
    tuned(shape, (n, seed), panels, (0.01, 0.1))
}

/// A run that starts with exact draws, with this time step and bandwidth.
fn tuned(shape: &Shape, (n, seed): (usize, u64), panels: &[Flow], (dt, h): (f64, f64)) -> Simulation {
    let start = Start::Points(draws(shape.target(), n, seed));
    let base = scenario(shape.clone(), start, panels.to_vec());
    Simulation::new(Scenario {
        seed,
        particles: n,
        dt,
        estimator: fixed(h),
        ..base
    })
}

/// The curvature that all but one in fifty particles stay below: it sets the shortest time and the narrowest width.
fn stiffness(target: &dyn Target) -> f64 {
    let step = 1e-4;
    let curvature = |p: &Point| {
        let along = |d: Point| (1.0 / (2.0 * step)) * (target.gradient(*p + step * d) - target.gradient(*p - step * d));
        let (a, b) = (along(Point::new(1.0, 0.0)), along(Point::new(0.0, 1.0)));
        0.5 * (a.x + b.y) + (0.25 * (a.x - b.y).powi(2) + a.y * b.x).max(0.0).sqrt()
    };
    let mut all: Vec<f64> = draws(target, 2000, 1).iter().map(curvature).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() * 49 / 50]
}

/// Mean, covariance, and the mass of every basin but the first with at least 1 % of π (fewer particles are not normal).
fn measure(simulation: &mut Simulation, panel: usize) -> Vec<f64> {
    let seen = simulation.observe(panel);
    let masses = seen
        .basin_mass
        .iter()
        .zip(&simulation.basins().share)
        .skip(1)
        .filter(|(_, share)| **share > 0.01);
    let moments = [
        seen.mean.x,
        seen.mean.y,
        seen.covariance.xx,
        seen.covariance.xy,
        seen.covariance.yy,
    ];
    moments.into_iter().chain(masses.map(|(mass, _)| *mass)).collect()
}

fn names() -> impl Iterator<Item = String> {
    let moments = ["mean x", "mean y", "var x", "cov xy", "var y"].map(str::to_owned);
    moments.into_iter().chain((1..).map(|k| format!("mass {k}")))
}

#[test]
fn walking_flows_keep_every_target() {
    let panels = vec![
        Flow::langevin(),
        Flow::new("WFR", 1.0, 1.5),
        Flow {
            reaction: Reaction::BirthDeath,
            ..Flow::new("WFR by jumps", 1.0, 1.5)
        },
    ];
    for (shape, exact) in known() {
        keeps(&shape, exact, &panels);
    }
}

#[test]
fn every_integrator_keeps_a_target_while_weights_flow() {
    let panels: Vec<Flow> = Transport::ALL[1..]
        .iter()
        .map(|&transport| Flow {
            transport,
            splitting: Splitting::Strang,
            ..Flow::new(&format!("{transport:?}"), 1.0, 1.5)
        })
        .collect();
    // One target with modes of different shape, and long enough for velocities of 1 to leave them; that each integrator keeps
    // π without weights is tested more sharply elsewhere.
    let (shape, exact) = known().into_iter().find(|(s, _)| s.name() == "Mixture").unwrap();
    keeps(&shape, exact, &panels);
}

/// Asserts that these flows, started from exact draws, have the moments of π after some time.
fn keeps(shape: &Shape, exact: Moments, panels: &[Flow]) {
    let k = stiffness(shape.target());
    // The walk balances the kernel within a narrow valley, where it adds β h²/(2 α k) to a variance of 1/k: so the kernel may
    // be as wide as the valley where that is narrow, and then a particle's own kernel matters less.
    let (dt, h, time) = (0.05 / k, 0.4 / k.powf(0.25), 8.0 / k);
    let shares = world(shape, 1, 1, panels).basins().share.clone();
    let (mean, covariance) = (exact.mean, exact.covariance);
    let mut expected = vec![mean.x, mean.y, covariance.xx, covariance.xy, covariance.yy];
    expected.extend(shares[1..].iter().filter(|share| **share > 0.01));
    println!("{}: k {k:.0}, dt {dt:.1e}, h {h:.3}, t {time:.2}", shape.name());
    let run = |first: u64, count: u64, n: usize, coarser: f64| -> Vec<Estimate> {
        let steps = (time / (dt * coarser)).round() as usize;
        replicates(first, count, |seed| {
            let mut simulation = tuned(shape, (n, seed), panels, (dt * coarser, h * coarser.sqrt()));
            advance(&mut simulation, steps);
            (0..panels.len()).flat_map(|p| measure(&mut simulation, p)).collect()
        })
    };
    let (fine, coarse) = (run(1, 10, 8_000, 1.0), run(1000, 40, 2_000, 2.0));
    for (i, (fine, coarse)) in fine.iter().zip(&coarse).enumerate() {
        let (panel, what) = (&panels[i / expected.len()], names().nth(i % expected.len()).unwrap());
        let what = format!("{} {} {what}", shape.name(), panel.name);
        fine.combine(2.0, *coarse, -1.0)
            .agrees(&what, expected[i % expected.len()]);
    }
}

/// π on a grid, and what pure Fisher–Rao with a kernel makes of it.
struct Continuum {
    grid: Grid,
    target: Vec<f64>,
    mass: Vec<f64>,
}

impl Continuum {
    /// Cells a quarter of the kernel wide, over everything that matters.
    fn new(shape: &Shape, h: f64) -> Self {
        let rect = shape.target().view().scaled(3.0);
        let cells = |length: f64| (4.0 * length / h).ceil() as usize;
        let grid = Grid::new(rect, cells(rect.width()), cells(rect.height()));
        let weigh = |k: usize| (-shape.target().energy(grid.center(k % grid.nx, k / grid.nx))).exp();
        let mut target: Vec<f64> = (0..grid.len()).map(weigh).collect();
        normalise(&mut target);
        Self {
            grid,
            mass: target.clone(),
            target,
        }
    }

    /// One reaction: ρ ← ρ (π/(K ∗ ρ))^φ.
    fn react(&mut self, h: f64, phi: f64) {
        let rows = convolve(&self.mass, self.grid.nx, gauss(h / self.grid.dx()));
        let columns = convolve(
            &transposed(&rows, self.grid.nx),
            self.grid.ny,
            gauss(h / self.grid.dy()),
        );
        let seen = transposed(&columns, self.grid.ny);
        for ((mass, target), seen) in self.mass.iter_mut().zip(&self.target).zip(seen) {
            *mass *= if *mass > 0.0 { (target / seen).powf(phi) } else { 0.0 };
        }
        normalise(&mut self.mass);
    }

    /// The same numbers as those measured of particles.
    fn moments(&self) -> [f64; 5] {
        let mut sums = [0.0; 5];
        for (k, mass) in self.mass.iter().enumerate() {
            let Point { x, y } = self.grid.center(k % self.grid.nx, k / self.grid.nx);
            for (sum, value) in sums.iter_mut().zip([x, y, x * x, x * y, y * y]) {
                *sum += mass * value;
            }
        }
        let [x, y, xx, xy, yy] = sums;
        [x, y, xx - x * x, xy - x * y, yy - y * y]
    }
}

fn normalise(mass: &mut [f64]) {
    let sum: f64 = mass.iter().sum();
    mass.iter_mut().for_each(|m| *m /= sum);
}

/// Half of a normalised Gaussian of this width in cells.
fn gauss(width: f64) -> Vec<f64> {
    let half: Vec<f64> = (0..=(6.0 * width) as i32)
        .map(|k| (-0.5 * (f64::from(k) / width).powi(2)).exp())
        .collect();
    let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
    half.into_iter().map(|v| v / sum).collect()
}

/// Along rows of this length; nothing comes from beyond.
fn convolve(values: &[f64], length: usize, half: Vec<f64>) -> Vec<f64> {
    let row = |row: &[f64]| -> Vec<f64> {
        let at = |i: usize, k: usize| row.get(i + k).unwrap_or(&0.0) + i.checked_sub(k).map_or(0.0, |i| row[i]);
        let sum = |i: usize| half[0] * row[i] + (1..half.len()).map(|k| half[k] * at(i, k)).sum::<f64>();
        (0..length).map(sum).collect()
    };
    values.chunks(length).flat_map(row).collect()
}

fn transposed(values: &[f64], length: usize) -> Vec<f64> {
    (0..length)
        .flat_map(|i| values.iter().skip(i).step_by(length))
        .copied()
        .collect()
}

#[test]
fn fisher_rao_takes_every_target_where_its_kernel_takes_it() {
    let (dt, steps) = (0.2, 2);
    let panel = |name: &str, threshold| Flow {
        resampling: Some(Resampling {
            scheme: Scheme::Systematic,
            threshold,
            ..Resampling::default()
        }),
        ..Flow::new(name, 0.0, 1.0)
    };
    let panels = [panel("never resampled", 0.0), panel("always resampled", 1.0)];
    for (shape, exact) in known() {
        let h = shape.target().view().width() / 25.0;
        let mut continuum = Continuum::new(&shape, h);
        let before = continuum.moments();
        let scale = exact.covariance.xx + exact.covariance.yy;
        let moments = [
            exact.mean.x,
            exact.mean.y,
            exact.covariance.xx,
            exact.covariance.xy,
            exact.covariance.yy,
        ];
        let off = before
            .iter()
            .zip(moments)
            .fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
        println!("{}: h {h:.3}, the grid is off by {:.1e}", shape.name(), off / scale);
        assert!(off < 1e-4 * scale, "{}: the grid does not hold π", shape.name());
        for _ in 0..steps {
            continuum.react(h, 1.0 - f64::exp(-dt));
        }
        let after = continuum.moments();
        // What a particle's own kernel adds is c/N: two sizes take it out. Paired with the start, most of the noise is gone.
        let run = |first: u64, n: usize| {
            replicates(first, 20, |seed| {
                let mut simulation = tuned(&shape, (n, seed), &panels, (dt, h));
                let start = measure(&mut simulation, 0);
                advance(&mut simulation, steps);
                (0..panels.len())
                    .flat_map(|p| {
                        measure(&mut simulation, p)[..5]
                            .iter()
                            .zip(&start)
                            .map(|(a, b)| a - b)
                            .collect::<Vec<_>>()
                    })
                    .collect()
            })
        };
        let (many, few) = (run(1, 40_000), run(100, 20_000));
        for (i, (many, few)) in many.iter().zip(&few).enumerate() {
            let what = format!(
                "{} {} change of {}",
                shape.name(),
                panels[i / 5].name,
                names().nth(i % 5).unwrap()
            );
            many.combine(2.0, *few, -1.0)
                .agrees(&what, after[i % 5] - before[i % 5]);
        }
    }
}
