//! Gaussians stay Gaussian: the exact law of the particles in closed form, and runs to hold against it.
//!
//! Everything expected here is computed here. With a kernel K of width h the reaction sees K ∗ ρ instead of ρ; for ρ = N(m, C)
//! that is N(m, C + h²), so both substeps still map Gaussians to Gaussians:
//!
//! ```text
//! transport (Euler–Maruyama)  m ← μ + (1 − α dt/S)(m − μ)     C ← (1 − α dt/S)² C + 2 α dt
//! reaction, φ = 1 − e^(−β dt) 1/C' = 1/C − φ/(C + h²) + φ/S   m'/C' = m/C − φ m/(C + h²) + φ μ/S
//! ```
//!
//! Particles are held against these maps: no bias of dt or h is left to be tolerated. What is: the kernel is cut at four standard
//! deviations, which makes its variance smaller by 1.1e-3 h² at most; a particle's own kernel lifts the density at it by a
//! share of 1/(2π h² N ρ). For h = 0.5 and N = 10⁵ both move a variance by less than 2e-4, a fifth of the standard errors.

use wfr_lab::flow::{Flow, Splitting};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::Simulation;

use super::{Estimate, advance, blob, fixed, mixture, moments, replicates, scenario};

/// A Gaussian on a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauss {
    pub m: f64,
    pub c: f64,
}

/// Where table A begins, and its target.
pub const START: Gauss = Gauss { m: -1.0, c: 0.5 };
pub const TARGET: Gauss = Gauss { m: 1.2, c: 0.8 };
/// Along y nothing is to happen but what the kernel does.
pub const ACROSS: Gauss = Gauss { m: 0.3, c: 1.0 };

/// Table A of mathematics.md §5: α, β, t, m, C, KL.
pub const TABLE: [(f64, f64, f64, f64, f64, f64); 7] = [
    (1.0, 0.0, 0.25, -0.409554383683, 0.639421571444, 1.630828180723),
    (1.0, 0.0, 1.0, 0.569689446908, 0.775374500413, 0.248548977941),
    (0.0, 1.0, 0.25, -0.668339975046, 0.545226367039, 2.214155726808),
    (0.0, 1.0, 1.0, 0.139210054489, 0.655346825612, 0.712612397528),
    (0.7, 1.3, 0.25, -0.196315107947, 0.647003994197, 1.229067051686),
    (0.7, 1.3, 1.0, 0.905169243620, 0.783240398468, 0.054439511605),
    (0.7, 1.3, 3.0, 1.196160467256, 0.799962072525, 9.214319e-6),
];

/// Rates, time step, kernel and order of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    pub alpha: f64,
    pub beta: f64,
    pub dt: f64,
    pub h: f64,
    pub splitting: Splitting,
}

impl Law {
    pub fn transport(&self, g: Gauss, target: Gauss) -> Gauss {
        let keep = 1.0 - self.alpha * self.dt / target.c;
        Gauss {
            m: target.m + keep * (g.m - target.m),
            c: keep * keep * g.c + 2.0 * self.alpha * self.dt,
        }
    }

    /// The reaction with this exponent in place of φ.
    pub fn react_by(&self, exponent: f64, g: Gauss, target: Gauss) -> Gauss {
        let seen = g.c + self.h * self.h;
        let precision = 1.0 / g.c - exponent / seen + exponent / target.c;
        let pull = g.m / g.c - exponent * g.m / seen + exponent * target.m / target.c;
        Gauss {
            m: pull / precision,
            c: 1.0 / precision,
        }
    }

    pub fn react(&self, share: f64, g: Gauss, target: Gauss) -> Gauss {
        self.react_by(1.0 - (-self.beta * share * self.dt).exp(), g, target)
    }

    pub fn after(&self, steps: usize, start: Gauss, target: Gauss) -> Gauss {
        (0..steps).fold(start, |g, _| match self.splitting {
            Splitting::TransportReaction => self.react(1.0, self.transport(g, target), target),
            Splitting::ReactionTransport => self.transport(self.react(1.0, g, target), target),
            Splitting::Strang => self.react(0.5, self.transport(self.react(0.5, g, target), target), target),
        })
    }

    /// The flow itself, by Runge–Kutta.
    pub fn flow(&self, t: f64) -> Gauss {
        let rate = |g: Gauss| {
            let (alpha, beta, s) = (self.alpha, self.beta, TARGET.c);
            Gauss {
                m: -(alpha + beta * g.c) / s * (g.m - TARGET.m),
                c: 2.0 * alpha * (1.0 - g.c / s) + beta * g.c * g.c * (1.0 / (g.c + self.h * self.h) - 1.0 / s),
            }
        };
        let n = 4000;
        let dt = t / f64::from(n);
        let step = |g: Gauss, k: Gauss, by: f64| Gauss {
            m: g.m + by * k.m,
            c: g.c + by * k.c,
        };
        (0..n).fold(START, |g, _| {
            let k1 = rate(g);
            let k2 = rate(step(g, k1, 0.5 * dt));
            let k3 = rate(step(g, k2, 0.5 * dt));
            let k4 = rate(step(g, k3, dt));
            [(k1, 1.0), (k2, 2.0), (k3, 2.0), (k4, 1.0)]
                .into_iter()
                .fold(g, |g, (k, w)| step(g, k, w * dt / 6.0))
        })
    }

    pub fn panel(&self, name: &str) -> Flow {
        Flow {
            splitting: self.splitting,
            estimator: Some(fixed(self.h)),
            ..Flow::new(name, self.alpha, self.beta)
        }
    }
}

pub fn kl(g: Gauss, target: Gauss) -> f64 {
    0.5 * (g.c / target.c + (g.m - target.m).powi(2) / target.c - 1.0 - (g.c / target.c).ln())
}

/// Transport, then reaction.
pub const LIE: Splitting = Splitting::TransportReaction;

/// Panels that start at `START` and have `TARGET` before them.
pub fn towards_target(dt: f64, panels: Vec<Flow>) -> Scenario {
    let start = Start::Gaussian(blob(1.0, (START.m, ACROSS.m), (START.c, ACROSS.c)));
    let target = mixture(&[blob(1.0, (TARGET.m, ACROSS.m), (TARGET.c, ACROSS.c))]);
    Scenario {
        dt,
        particles: 100_000,
        ..scenario(target, start, panels)
    }
}

/// Moments of every panel after each of these numbers of steps.
pub fn measure(scenario: &Scenario, seeds: (u64, u64), steps: &[usize]) -> Vec<Vec<[Estimate; 5]>> {
    let n_panels = scenario.panels.len();
    let flat = replicates(seeds.0, seeds.1, |seed| {
        let mut simulation = Simulation::new(Scenario {
            seed,
            ..scenario.clone()
        });
        let mut out = Vec::new();
        for &steps in steps {
            let missing = steps - simulation.steps() as usize;
            advance(&mut simulation, missing);
            out.extend((0..n_panels).flat_map(|p| moments(simulation.ensemble(p))));
        }
        out
    });
    let five: Vec<[Estimate; 5]> = flat.chunks_exact(5).map(|c| std::array::from_fn(|i| c[i])).collect();
    five.chunks_exact(n_panels).map(<[_]>::to_vec).collect()
}

pub fn agree(what: &str, seen: [Estimate; 5], along: Gauss, across: Gauss) {
    let names = ["mean x", "var x", "mean y", "var y", "cov xy"];
    for ((seen, name), expected) in seen
        .into_iter()
        .zip(names)
        .zip([along.m, along.c, across.m, across.c, 0.0])
    {
        seen.agrees(&format!("{what} {name}"), expected);
    }
}
