//! The integrators of the transport against their own laws: closed forms for Gaussians, quadrature and grids for double wells.
//!
//! Everything expected is the law of the *discrete* chain, computed here, so that no bias of h is left to be tolerated. Particles that
//! only walk are independent, and standard errors are exact.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use std::f64::consts::TAU;

use common::{Estimate, advance, blob, mixture, replicates, scenario};
use rayon::prelude::*;
use wfr_lab::chunks::CHUNK;
use wfr_lab::density::Estimator;
use wfr_lab::ensemble::{Carried, Ensemble};
use wfr_lab::flow::{Flow, Rate, Splitting, StepContext, StepInfo, Transport, Workspace};
use wfr_lab::landscape::Landscape;
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::rng::{Purpose, Streams};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::snapshot::{Plane, Probe};
use wfr_lab::space::Rect;
use wfr_lab::target::{Shape, TextbookWell};

const EM: Transport = Transport::EulerMaruyama;
const LM: Transport = Transport::LeimkuhlerMatthews;

/// Steps of h without reaction; what happened in the last one. The clock runs at α = ½, so that h = α dt is tested too.
fn walk(particles: &mut Ensemble, landscape: &Landscape, transport: Transport, h: f64, steps: u64) -> StepInfo {
    let flow = Flow {
        transport,
        ..Flow::new("walk", 0.5, 0.0)
    };
    let (mut work, mut info) = (Workspace::default(), StepInfo::default());
    for step in 0..steps {
        let context = StepContext {
            landscape,
            estimator: Estimator::default(),
            resampling: Resampling::default(),
            dt: 2.0 * h,
            step,
            streams: Streams::new(41),
            given: None,
        };
        info = flow.step(particles, &context, &mut work).unwrap();
    }
    info
}

/// Exact, independent draws.
fn draws(landscape: &Landscape, n: usize) -> Ensemble {
    let (mut xs, mut ys) = (vec![0.0; n], vec![0.0; n]);
    xs.par_chunks_mut(CHUNK)
        .zip(ys.par_chunks_mut(CHUNK))
        .enumerate()
        .for_each(|(chunk, (xs, ys))| {
            let mut rng = Streams::new(42).stream(0, Purpose::Start, (1 << 40) + chunk);
            for (x, y) in xs.iter_mut().zip(ys) {
                let p = landscape.target().sample(landscape.temperature, &mut rng).unwrap();
                (*x, *y) = (p.x, p.y);
            }
        });
    Ensemble::new([xs, ys])
}

/// The mean of f over all particles.
fn mean(values: &[f64], f: impl Fn(f64) -> f64) -> Estimate {
    Estimate::of(&values.iter().map(|&v| f(v)).collect::<Vec<_>>())
}

fn product(a: &[f64], b: &[f64]) -> Estimate {
    Estimate::of(&a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>())
}

#[test]
fn stationary_variances_on_a_bowl_are_those_of_the_closed_forms() {
    // V = kx²/2 along x and along y, at a temperature: k = 1/(S T).
    let (variances, temperature) = ((0.4, 1.0), 1.25);
    let landscape = Landscape {
        shape: mixture(&[blob(1.0, (0.0, 0.0), variances)]),
        temperature,
    };
    let friction = 0.8;
    for (transport, h, steps) in [
        (EM, 0.25, 80),
        (LM, 0.25, 80),
        (Transport::Mala, 0.25, 120),
        (Transport::Underdamped(friction), 0.6, 80),
    ] {
        let n = 400_000;
        // All from one point that is far off: what is left of the start after so many steps is below e^(−17).
        let mut particles = Ensemble::new([vec![1.5; n], vec![-1.0; n]]);
        let info = walk(&mut particles, &landscape, transport, h, steps);
        assert_eq!(info.lost, 0);
        for (axis, s) in [variances.0, variances.1].into_iter().enumerate() {
            let (k, what) = (1.0 / (s * temperature), format!("{transport:?} axis {axis}"));
            let values = particles.positions()[axis];
            mean(values, |x| x).agrees(&format!("{what} mean"), 0.0);
            let variance = mean(values, |x| x * x);
            variance.agrees(
                &format!("{what} variance"),
                if transport == EM {
                    (1.0 / k) / (1.0 - 0.5 * k * h)
                } else {
                    1.0 / k
                },
            );
            if transport == EM {
                variance.differs(&format!("{what} variance is not that of π"), 1.0 / k);
            }
            // The law is Gaussian, too: MALA's moves are not.
            mean(values, |x| x.powi(4) / 3.0 - x * x * variance.mean).agrees(&format!("{what} kurtosis"), 0.0);
            if let Some(velocities) = particles.velocities() {
                let square = mean(velocities[axis], |v| v * v);
                square.agrees(&format!("{what} velocity"), 1.0 - 0.25 * k * h * h);
                square.differs(&format!("{what} velocity is not quite thermal"), 1.0);
                product(values, velocities[axis]).agrees(&format!("{what} x v"), 0.0);
            }
        }
    }
}

/// Along x the double well with a barrier of k/4, along y a bowl.
fn well(k: f64) -> Landscape {
    Landscape {
        shape: Shape::TextbookWell(TextbookWell { stiffness: k }),
        temperature: 1.0,
    }
}

/// The double well on a line of points: V, V', and π.
struct Line {
    k: f64,
    xs: Vec<f64>,
    pi: Vec<f64>,
}

impl Line {
    fn new(k: f64, spacing: f64) -> Self {
        let ends = (3.0 / spacing) as i32;
        let xs: Vec<f64> = (-ends..=ends).map(|i| f64::from(i) * spacing).collect();
        let mut line = Self { k, xs, pi: Vec::new() };
        line.pi = line.xs.iter().map(|&x| (-line.v(x)).exp()).collect();
        normalise(&mut line.pi);
        line
    }

    fn v(&self, x: f64) -> f64 {
        self.k * (0.25 * x.powi(4) - 0.5 * x * x)
    }

    fn dv(&self, x: f64) -> f64 {
        self.k * (x.powi(3) - x)
    }

    fn mean_square(&self, law: &[f64]) -> f64 {
        law.iter().zip(&self.xs).map(|(p, x)| p * x * x).sum()
    }

    /// E x² after these steps of Euler–Maruyama from π: the transition density, summed over the line.
    fn euler_maruyama(&self, h: f64, steps: u64) -> f64 {
        let n = self.xs.len();
        let rows: Vec<Vec<f64>> = self
            .xs
            .par_iter()
            .map(|x| {
                let to = x - h * self.dv(*x);
                let mut row: Vec<f64> = self.xs.iter().map(|y| (-(y - to).powi(2) / (4.0 * h)).exp()).collect();
                // Nothing of π comes from where all would leave the line.
                if row.iter().sum::<f64>() > 0.0 {
                    normalise(&mut row);
                }
                row
            })
            .collect();
        let law = (0..steps).fold(self.pi.clone(), |law, _| {
            let mut next = vec![0.0; n];
            for (p, row) in law.iter().zip(&rows).filter(|(p, _)| **p > 1e-14) {
                next.iter_mut().zip(row).for_each(|(q, r)| *q += p * r);
            }
            next
        });
        self.mean_square(&law)
    }

    /// E x² after these steps of Leimkuhler–Matthews from π. With s = √(h/2), y = x − s ξ is a Markov chain:
    /// y' = y − h V'(y + s ξ) + 2 s ξ. Its law is pushed along the line, shared between the two nearest points.
    fn leimkuhler_matthews(&self, h: f64, steps: u64) -> f64 {
        let s = (0.5 * h).sqrt();
        let (normals, spacing) = (normals(0.1), self.xs[1] - self.xs[0]);
        let push = |law: &[f64], to: &dyn Fn(f64, f64) -> f64| {
            let mut next = vec![0.0; law.len()];
            for (p, x) in law.iter().zip(&self.xs).filter(|(p, _)| **p > 1e-14) {
                for (z, q) in &normals {
                    let at = (to(*x, *z) - self.xs[0]) / spacing;
                    let (cell, share) = (at.floor(), at - at.floor());
                    // Tails that leave the line weigh less than rounding.
                    if cell >= 0.0 && (cell as usize) + 1 < next.len() {
                        next[cell as usize] += p * q * (1.0 - share);
                        next[cell as usize + 1] += p * q * share;
                    }
                }
            }
            next
        };
        let start = push(&self.pi, &|x, z| x - s * z);
        let law = (0..steps).fold(start, |law, _| {
            push(&law, &|y, z| y - h * self.dv(y + s * z) + 2.0 * s * z)
        });
        assert!((law.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        self.mean_square(&law) + s * s // x = y + s ξ with the new ξ, independent of y
    }
}

fn normalise(law: &mut [f64]) {
    let sum: f64 = law.iter().sum();
    law.iter_mut().for_each(|p| *p /= sum);
}

/// A standard normal on evenly spaced points: exact for smooth functions, to rounding.
fn normals(spacing: f64) -> Vec<(f64, f64)> {
    let ends = (7.5 / spacing) as i32;
    (-ends..=ends)
        .map(|i| f64::from(i) * spacing)
        .map(|z| (z, spacing / TAU.sqrt() * (-0.5 * z * z).exp()))
        .collect()
}

#[test]
fn biases_on_a_double_well_are_those_of_the_chains() {
    // mathematics.md §10 has −.7 % and −4 % for a well it calls k = 4: 4 (x² − 1)², which is 16 here.
    let (k, n) = (16.0, 1_000_000);
    let landscape = well(k);
    let fine = Line::new(k, 0.002);
    let coarse = Line::new(k, 0.01);
    let truth = coarse.mean_square(&coarse.pi);
    let exact = landscape.target().moments(1.0).unwrap().covariance.xx;
    assert!((truth - exact).abs() < 1e-10 && (fine.mean_square(&fine.pi) - exact).abs() < 1e-10);
    let start = draws(&landscape, n);
    mean(start.positions()[0], |x| x * x).agrees("draws E x²", truth);
    for (h, steps, noted) in [(0.005, 160, -0.007), (0.02, 40, -0.04)] {
        let seen = |transport| {
            let mut particles = start.clone();
            walk(&mut particles, &landscape, transport, h, steps);
            mean(particles.positions()[0], |x| x * x)
        };
        let euler = coarse.euler_maruyama(h, steps);
        println!("h {h}: Euler–Maruyama is off by {:.3} %", 100.0 * (euler / truth - 1.0));
        assert!((euler / truth - 1.0 - noted).abs() < 0.15 * noted.abs());
        seen(EM).agrees(&format!("Euler–Maruyama h {h} E x²"), euler);
        seen(EM).differs(&format!("Euler–Maruyama h {h} is not π"), truth);
        let lm = fine.leimkuhler_matthews(h, steps);
        println!(
            "h {h}: Leimkuhler–Matthews is off by {:.4} %",
            100.0 * (lm / truth - 1.0)
        );
        assert!((lm / truth - 1.0).abs() < 1e-3);
        seen(LM).agrees(&format!("Leimkuhler–Matthews h {h} E x²"), lm);
        seen(Transport::Mala).agrees(&format!("MALA h {h} E x²"), truth);
    }
}

/// log r of a proposal with noise z, as the ratio of densities that it is.
fn log_ratio(v: impl Fn(f64) -> f64, dv: impl Fn(f64) -> f64, h: f64, x: f64, z: f64) -> f64 {
    let y = x - h * dv(x) + (2.0 * h).sqrt() * z;
    let log_q = |from: f64, to: f64| -(to - from + h * dv(from)).powi(2) / (4.0 * h);
    v(x) - v(y) + log_q(y, x) - log_q(x, y)
}

/// The share of moves from π that MALA accepts, on the well alone and with the bowl along y.
fn acceptance(k: f64, h: f64) -> (f64, f64) {
    let line = Line::new(k, 0.01);
    let along = normals(0.05);
    let across: Vec<(f64, f64)> = {
        let points = normals(0.75);
        let bowl = |y: f64, z: f64| log_ratio(|y| 0.5 * y * y, |y| y, h, y, z);
        let pairs = points
            .iter()
            .flat_map(|&(y, p)| points.iter().map(move |&(z, q)| (y, z, p * q)));
        pairs
            .filter(|(.., p)| *p > 1e-9)
            .map(|(y, z, p)| (bowl(y, z), p))
            .collect()
    };
    let accepted = |law: &[(f64, f64)]| -> f64 {
        let of_x = line.xs.par_iter().zip(&line.pi).map(|(x, p)| {
            let of_z = along.iter().map(|(z, q)| {
                let l = log_ratio(|x| line.v(x), |x| line.dv(x), h, *x, *z);
                q * law.iter().map(|(m, r)| r * (l + m).min(0.0).exp()).sum::<f64>()
            });
            if *p > 1e-12 { p * of_z.sum::<f64>() } else { 0.0 }
        });
        of_x.collect::<Vec<_>>().iter().sum()
    };
    (accepted(&[(0.0, 1.0)]), accepted(&across))
}

#[test]
fn mala_accepts_what_the_quadrature_says() {
    let n = 1_000_000;
    for (k, h) in [(16.0, 0.02), (4.0, 0.02), (16.0, 0.08)] {
        let (line, plane) = acceptance(k, h);
        println!("k {k} h {h}: {line:.5} on a line, {plane:.5} in the plane");
        if (k, h) == (16.0, 0.02) {
            assert!((line - 0.887).abs() < 5e-4, "mathematics.md §10");
        }
        let landscape = well(k);
        let mut particles = draws(&landscape, n);
        // The first step is from exact draws, the last from what MALA made of them.
        for steps in [1, 30] {
            let info = walk(&mut particles, &landscape, Transport::Mala, h, steps);
            assert_eq!((info.proposed, info.lost), (n as u64, 0));
            let share = info.accepted as f64 / n as f64;
            let seen = Estimate {
                mean: share,
                error: (share * (1.0 - share) / n as f64).sqrt(),
            };
            seen.agrees(&format!("acceptance k {k} h {h}, last of {steps}"), plane);
        }
    }
}

#[test]
fn mala_refuses_what_others_lose() {
    // Steps so long that Euler–Maruyama explodes.
    let landscape = Landscape {
        shape: Shape::all().into_iter().find(|s| s.name() == "Banana").unwrap(),
        temperature: 1.0,
    };
    let n = 2000;
    let run = |transport| {
        let mut particles = draws(&landscape, n);
        let flow = Flow {
            transport,
            ..Flow::new("far", 1.0, 0.0)
        };
        let (mut work, mut total) = (Workspace::default(), StepInfo::default());
        for step in 0..12 {
            let context = StepContext {
                landscape: &landscape,
                estimator: Estimator::default(),
                resampling: Resampling::default(),
                dt: 2.0,
                step,
                streams: Streams::new(3),
                given: None,
            };
            let Ok(info) = flow.step(&mut particles, &context, &mut work) else {
                return (total, particles);
            };
            total.lost += info.lost;
            total.proposed += info.proposed;
            total.accepted += info.accepted;
        }
        (total, particles)
    };
    for transport in [EM, LM, Transport::Underdamped(0.1)] {
        let (info, particles) = run(transport);
        println!("{transport:?}: {info:?}");
        assert!(info.lost > 0 && info.proposed == 0, "{transport:?}: {info:?}");
        let vectors = particles.carried().map(|(_, v)| v.concat()).unwrap_or_default();
        let finite = |v: &f64| v.is_finite();
        assert!(particles.positions().concat().iter().all(finite) && vectors.iter().all(finite));
    }
    let (info, particles) = run(Transport::Mala);
    println!("MALA: {info:?}");
    assert_eq!((info.lost, info.proposed), (0, 12 * n as u64));
    assert!(info.accepted < info.proposed / 10 && particles.summary().uniform);
}

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
        let dt = TIME / steps as f64;
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

/// A run whose two panels can be given other transports.
fn switchable(particles: usize) -> Scenario {
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    let start = Start::Gaussian(blob(1.0, (2.0, 0.0), (0.1, 0.1)));
    Scenario {
        particles,
        dt: 0.1,
        ..scenario(target, start, vec![Flow::langevin(), Flow::wfr()])
    }
}

#[test]
fn transports_can_be_switched_while_running() {
    let mut now = switchable(200_000);
    let mut simulation = Simulation::new(now.clone());
    let carried = |s: &Simulation| s.ensemble(0).carried().map(|(what, _)| what);
    let mut switch = |s: &mut Simulation, transport| {
        now.panels[0].transport = transport;
        s.apply(Command::Edit(Box::new(now.clone())));
    };
    advance(&mut simulation, 2);
    assert_eq!((carried(&simulation), simulation.observe(0).acceptance), (None, None));

    switch(&mut simulation, Transport::Underdamped(1.0));
    let fresh = simulation.ensemble(0).clone();
    let velocities = fresh.velocities().unwrap();
    for (what, v) in [("u", velocities[0]), ("v", velocities[1])] {
        mean(v, |v| v).agrees(&format!("fresh {what}"), 0.0);
        mean(v, |v| v * v).agrees(&format!("fresh {what}²"), 1.0);
        mean(v, |v| v.powi(4)).agrees(&format!("fresh {what}⁴"), 3.0);
        product(v, fresh.positions()[0]).agrees(&format!("fresh {what} x"), 0.0);
    }
    product(velocities[0], velocities[1]).agrees("fresh u v", 0.0);
    // Another friction is another number, not another start.
    switch(&mut simulation, Transport::Underdamped(3.0));
    assert_eq!(simulation.ensemble(0), &fresh);
    advance(&mut simulation, 3);
    let moved = simulation.ensemble(0).clone();
    assert_ne!(moved.velocities(), fresh.velocities());
    // The noise of the velocities is not that of the steps.
    product(velocities[0], moved.velocities().unwrap()[1]).agrees("u before, v after", 0.0);

    switch(&mut simulation, LM);
    assert_eq!(carried(&simulation), Some(Carried::Noise));
    assert_eq!(simulation.ensemble(0).velocities(), None);
    advance(&mut simulation, 2);
    switch(&mut simulation, Transport::Mala);
    advance(&mut simulation, 2);
    assert_eq!(carried(&simulation), None);
    let acceptance = simulation.observe(0).acceptance.unwrap();
    println!("acceptance {acceptance}");
    assert!(acceptance > 0.9 && acceptance < 1.0);
    assert_eq!(simulation.observe(1).acceptance, None);
    switch(&mut simulation, Transport::Underdamped(3.0));
    assert_eq!(simulation.observe(0).acceptance, None);
    assert_ne!(simulation.ensemble(0).velocities(), moved.velocities());
    simulation.apply(Command::Reset);
    assert_eq!(carried(&simulation), Some(Carried::Velocity));
}

#[test]
fn what_is_carried_is_drawn_the_same_whether_early_or_late() {
    // A simulation equips its particles at the start, so that they can be seen; stepping by hand does so in the first step.
    for transport in Transport::ALL {
        let mut scenario = switchable(3000);
        scenario.panels[0].transport = transport;
        let landscape = Landscape {
            shape: scenario.target.clone(),
            temperature: scenario.temperature,
        };
        let flow = scenario.panels[0].clone();
        let mut simulation = Simulation::new(scenario.clone());
        let mut by_hand = Ensemble::new(simulation.ensemble(0).positions().map(<[f64]>::to_vec));
        assert_eq!(by_hand.carried(), None);
        for step in 0..3 {
            let context = StepContext {
                landscape: &landscape,
                estimator: scenario.estimator,
                resampling: scenario.resampling,
                dt: scenario.dt,
                step,
                streams: Streams::new(scenario.seed),
                given: None,
            };
            flow.step(&mut by_hand, &context, &mut Workspace::default()).unwrap();
        }
        advance(&mut simulation, 3);
        assert_eq!(&by_hand, simulation.ensemble(0), "{transport:?}");
    }
}

#[test]
fn phase_planes_show_velocities_where_there_are_some() {
    let mut scenario = switchable(5000);
    scenario.panels[1].transport = Transport::Underdamped(0.5);
    let mut simulation = Simulation::new(scenario);
    let rect = Rect::new(-9.0, 9.0, -9.0, 9.0);
    for steps in [0, 4] {
        advance(&mut simulation, steps);
        for plane in Plane::ALL {
            let show = |simulation: &mut Simulation, max_dots| {
                simulation.snapshot(&Probe {
                    max_dots,
                    picture: Some((rect, [30, 20])),
                    plane,
                })
            };
            let (all, few) = (show(&mut simulation, 5000), show(&mut simulation, 50));
            assert_eq!(all.panels[0].plane, Plane::Positions);
            assert_eq!(all.panels[1].plane, plane);
            for (panel, shown) in [(0, Plane::Positions), (1, plane)] {
                let ensemble = simulation.ensemble(panel);
                let [xs, ys] = ensemble.positions();
                let coordinates = match (shown, ensemble.velocities()) {
                    (Plane::PhaseX, Some([us, _])) => [xs, us],
                    (Plane::PhaseY, Some([_, vs])) => [ys, vs],
                    _ => [xs, ys],
                };
                let dots = &all.panels[panel].dots;
                assert_eq!(dots.len(), 5000);
                for (i, dot) in dots.iter().enumerate() {
                    assert_eq!([dot.x, dot.y], coordinates.map(|c| c[i] as f32));
                }
                // The picture shows the same two coordinates: its first moments are theirs.
                let image = few.panels[panel].density.as_ref().unwrap();
                let (mut mass, mut at) = (0.0, [0.0; 2]);
                for (k, v) in image.values.iter().enumerate() {
                    let centre = [(k % 30) as f64 * 0.6 - 8.7, 8.55 - (k / 30) as f64 * 0.9];
                    mass += f64::from(*v) / 600.0;
                    (0..2).for_each(|d| at[d] += f64::from(*v) / 600.0 * centre[d]);
                }
                assert!((mass - 1.0).abs() < 1e-4, "{mass}");
                for d in 0..2 {
                    let mean: f64 = coordinates[d].iter().zip(ensemble.weights()).map(|(c, w)| c * w).sum();
                    assert!((at[d] - mean).abs() < 1e-3, "{shown:?} {d}: {} {mean}", at[d]);
                }
            }
        }
    }
    // Teleports are kept as positions.
    advance(&mut simulation, 30);
    let teleports = |simulation: &mut Simulation, plane| {
        let snapshot = simulation.snapshot(&Probe {
            plane,
            ..Probe::default()
        });
        snapshot.panels[1].teleports.len()
    };
    assert!(teleports(&mut simulation, Plane::Positions) > 0);
    assert_eq!(teleports(&mut simulation, Plane::PhaseY), 0);
}
