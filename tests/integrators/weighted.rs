//! Weighted particles under a given rate: the order of the whole step, and what duplicates carry with them.

use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{Flow, Rate, Splitting, Transport};
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::Simulation;

use super::common::{Estimate, advance, blob, mixture, replicates, scenario};
use super::{EM, LM};

/// Mean and covariance of (position, what is carried with it) along one axis.
#[derive(Clone, Copy, Debug)]
struct Pair {
    m: [f64; 2],
    xx: f64,
    xv: f64,
    vv: f64,
}

/// Target N(μ, S), start N(m, C), transport and reaction rates, curvature of the given rate, friction, final time.
const TARGET: (f64, f64) = (1.2, 0.8);
const START: (f64, f64) = (-1.0, 0.5);
const ACROSS: (f64, f64) = (0.3, 1.0);
const ALPHA: f64 = 1.5;
const BETA: f64 = 1.3;
const CURVATURE: f64 = 0.9;
const FRICTION: f64 = 1.7;
const TIME: f64 = 1.2;

impl Pair {
    const START: Self = Self {
        m: [START.0, 0.0],
        xx: START.1,
        xv: 0.0,
        vv: 1.0,
    };

    /// (x, v) ← A (x − μ, v) + (μ, 0) + noise of this covariance (xx, xv, vv).
    fn map(self, [[a, b], [c, d]]: [[f64; 2]; 2], noise: [f64; 3]) -> Self {
        let Self { m: [x, v], xx, xv, vv } = self;
        let x = x - TARGET.0;
        Self {
            m: [TARGET.0 + a * x + b * v, c * x + d * v],
            xx: a * a * xx + 2.0 * a * b * xv + b * b * vv + noise[0],
            xv: a * c * xx + (a * d + b * c) * xv + b * d * vv + noise[1],
            vv: c * c * xx + 2.0 * c * d * xv + d * d * vv + noise[2],
        }
    }

    /// Weights e^(−κ x²/2).
    fn weigh(self, kappa: f64) -> Self {
        let Self { m: [x, v], xx, xv, vv } = self;
        let a = kappa / (1.0 + kappa * xx);
        Self {
            m: [x - a * xx * x, v - a * xv * x],
            xx: xx - a * xx * xx,
            xv: xv - a * xx * xv,
            vv: vv - a * xv * xv,
        }
    }

    fn step(self, transport: Transport, h: f64) -> Self {
        let k = 1.0 / TARGET.1;
        match transport {
            Transport::EulerMaruyama => self.map([[1.0 - h * k, 0.0], [0.0, 1.0]], [2.0 * h, 0.0, 0.0]),
            Transport::LeimkuhlerMatthews => {
                let s = (0.5 * h).sqrt();
                self.map([[1.0 - h * k, s], [0.0, 0.0]], [s * s, s, 1.0])
            }
            Transport::Underdamped(friction) => {
                let c = (-friction * h).exp();
                let kick = [[1.0, 0.0], [-0.5 * h * k, 1.0]];
                let drift = [[1.0, 0.5 * h], [0.0, 1.0]];
                let forget = self
                    .map(kick, [0.0; 3])
                    .map(drift, [0.0; 3])
                    .map([[1.0, 0.0], [0.0, c]], [0.0, 0.0, 1.0 - c * c]);
                forget.map(drift, [0.0; 3]).map(kick, [0.0; 3])
            }
            Transport::Mala => unreachable!("not Gaussian"),
        }
    }

    fn after(transport: Transport, splitting: Splitting, steps: usize) -> Self {
        Self::run(transport, splitting, TIME / steps as f64, steps)
    }

    fn run(transport: Transport, splitting: Splitting, dt: f64, steps: usize) -> Self {
        let kappa = BETA * CURVATURE * dt;
        (0..steps).fold(Self::START, |s, _| match splitting {
            Splitting::TransportReaction => s.step(transport, ALPHA * dt).weigh(kappa),
            Splitting::ReactionTransport => s.weigh(kappa).step(transport, ALPHA * dt),
            Splitting::Strang => s.weigh(0.5 * kappa).step(transport, ALPHA * dt).weigh(0.5 * kappa),
        })
    }

    /// The flow in continuous time, by Runge–Kutta on the equations of the moments.
    fn flow(underdamped: bool) -> Self {
        let (k, q) = (1.0 / TARGET.1, BETA * CURVATURE);
        let rate = |s: Self| {
            let Self { m: [x, v], xx, xv, vv } = s;
            let walked = if underdamped {
                Self {
                    m: [v, -k * (x - TARGET.0) - FRICTION * v],
                    xx: 2.0 * xv,
                    xv: vv - k * xx - FRICTION * xv,
                    vv: -2.0 * k * xv - 2.0 * FRICTION * (vv - 1.0),
                }
            } else {
                Self {
                    m: [-k * (x - TARGET.0), 0.0],
                    xx: 2.0 - 2.0 * k * xx,
                    xv: 0.0,
                    vv: 0.0,
                }
            };
            Self {
                m: [ALPHA * walked.m[0] - q * xx * x, ALPHA * walked.m[1] - q * xv * x],
                xx: ALPHA * walked.xx - q * xx * xx,
                xv: ALPHA * walked.xv - q * xx * xv,
                vv: ALPHA * walked.vv - q * xv * xv,
            }
        };
        let n = 2000;
        let dt = TIME / f64::from(n);
        (0..n).fold(Self::START, |s, _| {
            let k1 = rate(s);
            let k2 = rate(s.plus(k1, 0.5 * dt));
            let k3 = rate(s.plus(k2, 0.5 * dt));
            let k4 = rate(s.plus(k3, dt));
            [(k1, 1.0), (k2, 2.0), (k3, 2.0), (k4, 1.0)]
                .into_iter()
                .fold(s, |s, (k, w)| s.plus(k, w * dt / 6.0))
        })
    }

    fn plus(self, k: Self, by: f64) -> Self {
        Self {
            m: [self.m[0] + by * k.m[0], self.m[1] + by * k.m[1]],
            xx: self.xx + by * k.xx,
            xv: self.xv + by * k.xv,
            vv: self.vv + by * k.vv,
        }
    }

    fn values(self) -> [f64; 5] {
        [self.m[0], self.xx, self.m[1], self.xv, self.vv]
    }

    /// Weighted moments of the particles along x.
    fn of(ensemble: &Ensemble) -> Self {
        let xs = ensemble.positions()[0];
        let zeros = vec![0.0; xs.len()];
        let vs = ensemble.carried().map_or(&zeros[..], |(_, [us, _])| us);
        let mean = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
            let pairs = xs.iter().zip(vs).zip(ensemble.weights());
            pairs.map(|((x, v), w)| w * f(*x, *v)).sum()
        };
        let m = [mean(&|x, _| x), mean(&|_, v| v)];
        Self {
            m,
            xx: mean(&|x, _| (x - m[0]).powi(2)),
            xv: mean(&|x, v| (x - m[0]) * (v - m[1])),
            vv: mean(&|_, v| (v - m[1]).powi(2)),
        }
    }
}

/// Moments along x at the end, in panels with these transports, splittings and resampling thresholds.
fn weighted(panels: &[(Transport, Splitting, f64)], steps: usize, seeds: (u64, u64)) -> Vec<[Estimate; 5]> {
    let flows = panels
        .iter()
        .enumerate()
        .map(|(i, &(transport, splitting, threshold))| Flow {
            transport,
            splitting,
            rate: Rate::Quadratic(CURVATURE, 0.0),
            resampling: Some(Resampling {
                scheme: Scheme::Systematic,
                threshold,
                ..Resampling::default()
            }),
            ..Flow::new(&format!("{i}"), ALPHA, BETA)
        });
    let start = Start::Gaussian(blob(1.0, (START.0, ACROSS.0), (START.1, ACROSS.1)));
    let target = mixture(&[blob(1.0, (TARGET.0, ACROSS.0), (TARGET.1, ACROSS.1))]);
    let base = Scenario {
        dt: TIME / steps as f64,
        particles: 100_000,
        ..scenario(target, start, flows.collect())
    };
    let flat = replicates(seeds.0, seeds.1, |seed| {
        let mut simulation = Simulation::new(Scenario { seed, ..base.clone() });
        advance(&mut simulation, steps);
        (0..panels.len())
            .flat_map(|p| Pair::of(simulation.ensemble(p)).values())
            .collect()
    });
    flat.chunks_exact(5).map(|c| std::array::from_fn(|i| c[i])).collect()
}

const NAMES: [&str; 5] = ["mean x", "var x", "mean v", "cov xv", "var v"];
const BAOAB: Transport = Transport::Underdamped(FRICTION);

#[test]
fn strang_with_baoab_is_of_second_order() {
    let error = |transport, splitting, steps, exact: Pair| -> [f64; 2] {
        let seen = Pair::after(transport, splitting, steps);
        [seen.m[0] - exact.m[0], seen.xx - exact.xx]
    };
    let (under, over) = (Pair::flow(true), Pair::flow(false));
    // The law of the discrete chain: by how much the error falls when steps are halved.
    for (transport, splitting, exact, order) in [
        (BAOAB, Splitting::Strang, under, 2),
        (BAOAB, Splitting::TransportReaction, under, 1),
        (BAOAB, Splitting::ReactionTransport, under, 1),
        (EM, Splitting::Strang, over, 1),
        (LM, Splitting::Strang, over, 1),
    ] {
        let (coarse, fine) = (
            error(transport, splitting, 500, exact),
            error(transport, splitting, 1000, exact),
        );
        for (name, ratio) in ["mean", "variance"]
            .iter()
            .zip([coarse[0] / fine[0], coarse[1] / fine[1]])
        {
            println!("{transport:?} {splitting:?} {name}: halving the step divides the error by {ratio:.4}");
            assert!((ratio - f64::from(1 << order)).abs() < 0.05);
        }
    }
    // At equilibrium under the given rate, which is not π, Leimkuhler–Matthews has a smaller error than Euler–Maruyama, of the
    // same order: what three steps differ by says so without the limit.
    let differences = [EM, LM].map(|transport| {
        let rest = |steps| Pair::run(transport, Splitting::Strang, 30.0 / steps as f64, steps).xx;
        [rest(1500) - rest(3000), rest(3000) - rest(6000)]
    });
    println!("at equilibrium: {differences:?}");
    assert!(differences.iter().all(|[a, b]| (a / b - 2.0).abs() < 0.05));
    assert!(differences[1][0].abs() < 0.3 * differences[0][0].abs());
    // Particles follow that law, and their own errors fall so. With a resampling in every step velocities must go along.
    let settings = [
        (BAOAB, Splitting::Strang, 0.0),
        (BAOAB, Splitting::Strang, 1.0),
        (BAOAB, Splitting::TransportReaction, 0.5),
    ];
    let (coarse, fine) = (weighted(&settings, 3, (400, 24)), weighted(&settings, 6, (200, 24)));
    for (p, (transport, splitting, threshold)) in settings.into_iter().enumerate() {
        for (steps, seen) in [(3, &coarse), (6, &fine)] {
            let expected = Pair::after(transport, splitting, steps).values();
            for i in 0..5 {
                let what = format!("{splitting:?}, threshold {threshold}, {steps} steps: {}", NAMES[i]);
                seen[p][i].agrees(&what, expected[i]);
            }
        }
    }
    for p in 0..2 {
        for (i, exact) in [(0, under.m[0]), (1, under.xx)] {
            // Two steps of different length take out an error of first order, or one of second.
            let extrapolated = |ratio: f64| {
                let r = 1.0 / (ratio - 1.0);
                fine[p][i].combine(1.0 + r, coarse[p][i], -r)
            };
            let what = format!("{}, threshold {}", NAMES[i], settings[p].2);
            coarse[p][i].differs(&format!("the error can be seen: {what}"), exact);
            if i == 0 {
                extrapolated(2.0).differs(&format!("it is not of first order: {what}"), exact);
            }
            extrapolated(4.0).agrees(&format!("it is of second order: {what}"), exact);
        }
    }
}

#[test]
fn duplicates_keep_the_noise_of_their_last_step() {
    let steps = 4;
    let settings = [
        (LM, Splitting::TransportReaction, 0.0),
        (LM, Splitting::TransportReaction, 1.0),
    ];
    let seen = weighted(&settings, steps, (300, 24));
    let expected = Pair::after(LM, Splitting::TransportReaction, steps);
    // What a program would follow that draws another old noise after every resampling: position and noise independent.
    let dt = TIME / steps as f64;
    let forgetful = (0..steps).fold(Pair::START, |s, _| {
        let s = Pair {
            m: [s.m[0], 0.0],
            xv: 0.0,
            vv: 1.0,
            ..s
        };
        s.step(LM, ALPHA * dt).weigh(BETA * CURVATURE * dt)
    });
    for (seen, (.., threshold)) in seen.iter().zip(settings) {
        for i in 0..5 {
            seen[i].agrees(&format!("threshold {threshold}: {}", NAMES[i]), expected.values()[i]);
        }
        seen[1].differs("position and noise belong together", forgetful.xx);
    }
}
