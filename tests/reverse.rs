//! Weighted reverse diffusions against quadrature: laws, normalisers, tracked densities, ablations.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

use std::sync::Arc;

use wfr_lab::reverse::{Densities, Drift, Method, Reverse, Sampler, Weights};
use wfr_lab::score::{
    Blend, Directions, Divergence, Gaussian, Gaussians, Kind, Level, Noised, Said, Schedule, Score, Spacing,
};

/// b = .1 + 19.9 t.
const SCHEDULE: Schedule = Schedule::Linear { from: 0.1, to: 20.0 };
const LIMIT: f64 = 5.0;

fn line(components: &[(f64, f64, f64)]) -> Arc<dyn Score<1>> {
    let component = |&(weight, mean, variance): &(f64, f64, f64)| Gaussian::round(weight, [mean], variance);
    Arc::new(Gaussians::new(components.iter().map(component).collect()).unwrap())
}

fn pair() -> Vec<Arc<dyn Score<1>>> {
    vec![
        line(&[(0.6, -1.5, 0.06), (0.4, 0.5, 0.1)]),
        line(&[(0.3, -0.6, 0.12), (0.7, 1.6, 0.08)]),
    ]
}

fn method(eta: f64, weights: Weights) -> Method {
    Method {
        schedule: SCHEDULE,
        steps: 600,
        spacing: Spacing::Even,
        eta,
        weights,
        ..Method::default()
    }
}

fn sampler(blend: Blend, method: Method) -> Sampler<1> {
    let models = pair();
    Sampler {
        models: models[..blend.weights.len()].to_vec(),
        blend,
        method,
    }
}

fn finished<const D: usize>(sampler: Sampler<D>, particles: usize, seed: u64) -> Reverse<D> {
    let mut run = Reverse::new(sampler, particles, seed).unwrap();
    run.finish().unwrap();
    run
}

/// The law ρ at the data on a fine grid of the line, and log ∫ ρ.
struct Exact {
    density: Vec<f64>,
    log_normaliser: f64,
}

const CELLS: usize = 8000;
const SIDE: f64 = 4.0;

impl Exact {
    fn of(sampler: &Sampler<1>) -> Self {
        let xs: Vec<f64> = (0..CELLS)
            .map(|i| -SIDE + 2.0 * SIDE * (i as f64 + 0.5) / CELLS as f64)
            .collect();
        let level = SCHEDULE.level(0.0);
        let logs: Vec<Vec<f64>> = sampler
            .models
            .iter()
            .map(|model| {
                let (mut log, mut score) = (vec![0.0; CELLS], vec![0.0; CELLS]);
                let said = Said {
                    log_density: &mut log,
                    score: [&mut score],
                    divergence: None,
                };
                model.at(level).evaluate([&xs], said, &mut Vec::new());
                log
            })
            .collect();
        let mut log_density = vec![0.0; CELLS];
        for first in (0..CELLS).step_by(200) {
            let parts: Vec<&[f64]> = logs.iter().map(|log| &log[first..first + 200]).collect();
            sampler
                .blend
                .log_density(&sampler.blend.weights, &parts, &mut log_density[first..first + 200]);
        }
        let cell = 2.0 * SIDE / CELLS as f64;
        let sum: f64 = log_density.iter().map(|l| l.exp() * cell).sum();
        Self {
            density: log_density.iter().map(|l| l.exp() * cell / sum).collect(),
            log_normaliser: sum.ln(),
        }
    }

    /// The sum over 80 bins of |mass − exact mass|.
    fn distance(&self, run: &Reverse<1>) -> f64 {
        const BINS: usize = 80;
        let bin = |x: f64| {
            (((x + SIDE) / (2.0 * SIDE) * BINS as f64)
                .floor()
                .clamp(0.0, BINS as f64 - 1.0)) as usize
        };
        let mut difference = [0.0; BINS];
        for (i, mass) in self.density.iter().enumerate() {
            difference[i * BINS / CELLS] -= mass;
        }
        let [xs] = run.ensemble().positions();
        for (x, w) in xs.iter().zip(run.ensemble().weights()) {
            difference[bin(*x)] += w;
        }
        difference.iter().map(|d| d.abs()).sum()
    }
}

/// Mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

#[test]
fn exact_weights_have_the_right_normaliser_at_any_number_of_steps() {
    let moving = |a| Blend {
        at_noise: Some(vec![0.9, 0.1]),
        ..Blend::of_two(a, 0.8)
    };
    let all = [
        ("geometric", Blend::of_two(0.0, 0.5), 1.0, -1.1737224153),
        ("geometric, no noise", Blend::of_two(0.0, 0.5), 0.0, -1.1737224153),
        ("Hellinger", Blend::of_two(0.5, 0.5), 1.0, -0.4237203959),
        ("Hellinger, no noise", Blend::of_two(0.5, 0.5), 0.0, -0.4237203959),
        ("arithmetic", Blend::of_two(1.0, 0.5), 1.0, 0.0),
        ("p cubed", Blend::product(vec![3.0]), 4.0, -0.9426196372),
        ("p q", Blend::product(vec![1.0, 1.0]), 3.0, -3.3962210359),
        ("guidance", Blend::product(vec![-0.5, 1.5]), 1.0, f64::NAN),
        ("moving, geometric", moving(0.0), 1.0, f64::NAN),
        ("moving, Hellinger", moving(0.5), 0.5, f64::NAN),
    ];
    for (name, blend, eta, table) in all {
        // Products are sampled with much noise, whose steps must be short.
        for steps in if eta > 1.0 { [100, 300] } else { [12, 50] } {
            let method = Method {
                steps,
                spacing: Spacing::LogSnr,
                ..method(eta, Weights::Exact)
            };
            let sampler = sampler(blend.clone(), method);
            let exact = Exact::of(&sampler).log_normaliser;
            // What is seen is below the data by what the tails beyond the grid hold: nothing.
            assert!(table.is_nan() || (exact - table).abs() < 2e-5, "{name}: {exact}");
            let ratios: Vec<f64> = (0..12)
                .map(|seed| (finished(sampler.clone(), 3000, seed).log_normaliser() - exact).exp())
                .collect();
            let (mean, error) = mean(&ratios);
            let z = (mean - 1.0) / error;
            println!("{name}, {steps} steps: Z/exact = {mean:.4} ± {error:.4}, z = {z:.2}");
            assert!(z.abs() < LIMIT);
            // The error must be small enough to tell anything: a rate by Euler's rule is off by tens of per cent here.
            assert!(error < 0.2, "{name}, {steps} steps: {error}");
        }
    }
}

/// The distance of a law of so many particles from itself, and the spread of it: independent draws.
fn floor(exact: &Exact, n: usize) -> f64 {
    // E |Binomial(n, m)/n − m| is √(2 m (1 − m)/(π n)) in each bin.
    let bins: Vec<f64> = exact
        .density
        .chunks(CELLS / 80)
        .map(|cells| cells.iter().sum())
        .collect();
    bins.iter()
        .map(|m| (2.0 * m * (1.0 - m) / (std::f64::consts::PI * n as f64)).sqrt())
        .sum()
}

#[test]
fn weights_reach_the_law_that_scores_alone_miss() {
    const N: usize = 20_000;
    // Without weights: the table of the distances; with them nothing but noise is left.
    for (name, blend, eta, missed) in [
        ("geometric", Blend::of_two(0.0, 0.5), 1.0, 0.248),
        ("geometric, no noise", Blend::of_two(0.0, 0.5), 0.0, 0.296),
        ("Hellinger", Blend::of_two(0.5, 0.5), 1.0, 0.100),
        ("Hellinger, no noise", Blend::of_two(0.5, 0.5), 0.0, 0.165),
        ("p q", Blend::product(vec![1.0, 1.0]), 4.0, 0.345),
    ] {
        let distance = |weights, seed| {
            let sampler = sampler(
                blend.clone(),
                Method {
                    steps: 600,
                    ..method(eta, weights)
                },
            );
            Exact::of(&sampler).distance(&finished(sampler, N, seed))
        };
        let without: Vec<f64> = (0..3).map(|seed| distance(Weights::None, seed)).collect();
        let with = distance(Weights::Exact, 0);
        let least = floor(&Exact::of(&sampler(blend.clone(), method(eta, Weights::None))), N);
        let (mean, _) = mean(&without);
        // A bin's mass is off by √(m/n) at random: so is their sum by √(1/n) about.
        let spread = 1.0 / (N as f64).sqrt();
        let z = (mean - missed) / (spread * (1.0 + 1.0 / 3.0_f64).sqrt());
        println!(
            "{name}: without weights {mean:.3} (table {missed}), z = {z:.2}; with {with:.3}, independent draws {least:.3}"
        );
        assert!(z.abs() < LIMIT);
        assert!(with < least + LIMIT * spread && with < 0.6 * mean, "{name}: {with}");
    }
}

#[test]
fn the_mixture_itself_needs_no_weights() {
    let run = finished(sampler(Blend::of_two(1.0, 0.5), method(1.0, Weights::Rate)), 4000, 3);
    assert!(run.log_normaliser().abs() < 1e-3, "{}", run.log_normaliser());
    assert!(run.summary().ess > 3999.0);
    let exact = Exact::of(run.sampler());
    assert!(exact.distance(&run) < floor(&exact, 4000) + LIMIT / 4000_f64.sqrt());
}

/// log p₂ − log p₁ of the particles where they are.
fn ratios<const D: usize>(run: &Reverse<D>) -> Vec<f64> {
    let n = run.ensemble().len();
    let [p, q] = [0, 1].map(|m| {
        let mut out = vec![0.0; n];
        for first in (0..n).step_by(256) {
            let last = n.min(first + 256);
            let points = run.ensemble().positions().map(|x| &x[first..last]);
            let mut score: [Vec<f64>; D] = std::array::from_fn(|_| vec![0.0; last - first]);
            let said = Said {
                log_density: &mut out[first..last],
                score: score.each_mut().map(Vec::as_mut_slice),
                divergence: None,
            };
            run.sampler().models[m]
                .at(run.level())
                .evaluate(points, said, &mut Vec::new());
        }
        out
    });
    q.iter().zip(p).map(|(q, p)| q - p).collect()
}

#[test]
fn tracked_ratios_converge_to_the_true_ones() {
    let error = |densities, eta, steps| {
        let method = Method {
            densities,
            steps,
            ..method(eta, Weights::None)
        };
        let run = finished(sampler(Blend::of_two(0.5, 0.5), method), 4000, 1);
        let tracked = run.tracked();
        let off = ratios(&run)
            .into_iter()
            .enumerate()
            .map(|(i, l)| (tracked[1][i] - tracked[0][i] - l).powi(2));
        (off.sum::<f64>() / 4000.0).sqrt()
    };
    for (densities, eta, order) in [
        (Densities::Ito, 1.0, 0.5),
        (Densities::Stratonovich, 1.0, 1.0),
        (Densities::Ito, 0.0, 1.0),
        (Densities::Stratonovich, 0.0, 1.0),
    ] {
        let errors = [150, 600, 2400].map(|steps| error(densities, eta, steps));
        let found = [0, 1].map(|k| (errors[k] / errors[k + 1]).log(4.0));
        println!("{densities:?}, eta {eta}: root mean squares {errors:.3?}, orders {found:.2?}");
        assert!(errors[2] < 0.15 && found.iter().all(|f| *f > order - 0.25), "{found:?}");
    }
}

/// A model of which only the score is known, as of a network.
#[derive(Debug)]
struct ScoreOnly(Arc<dyn Score<1>>);

impl Score<1> for ScoreOnly {
    fn at(&self, level: Level) -> Box<dyn Noised<1> + '_> {
        struct Here<'a>(Box<dyn Noised<1> + 'a>);
        impl Noised<1> for Here<'_> {
            fn evaluate(&self, points: [&[f64]; 1], said: Said<'_, 1>, scratch: &mut Vec<f64>) {
                let mut log = said.log_density.to_vec();
                let said = Said {
                    log_density: &mut log,
                    ..said
                };
                self.0.evaluate(points, said, scratch);
            }
            fn along(
                &self,
                points: [&[f64]; 1],
                directions: [&[f64]; 1],
                out: [&mut [f64]; 1],
                scratch: &mut Vec<f64>,
            ) {
                self.0.along(points, directions, out, scratch);
            }
        }
        Box::new(Here(self.0.at(level)))
    }

    fn knows_density(&self) -> bool {
        false
    }
}

#[test]
fn rates_need_no_densities() {
    let known = sampler(Blend::of_two(0.0, 0.5), method(1.0, Weights::Rate));
    let unknown = Sampler {
        models: pair()
            .into_iter()
            .map(|model| Arc::new(ScoreOnly(model)) as Arc<dyn Score<1>>)
            .collect(),
        ..known.clone()
    };
    let (known, unknown) = (finished(known, 2000, 7), finished(unknown, 2000, 7));
    println!("log Z {} {}", known.log_normaliser(), unknown.log_normaliser());
    // At the noise a model is the standard normal but for e^{−B/2}, B = 10.05: log p₁ and log p₂ differ from that by a hundredth.
    assert!((known.log_normaliser() - unknown.log_normaliser()).abs() < 0.01);
    assert_eq!(known.ensemble().positions(), unknown.ensemble().positions());
}

#[test]
fn tracked_shares_and_repaired_drifts_reach_the_mixture() {
    const N: usize = 8000;
    let mixture = || Blend::of_two(1.0, 0.5);
    let distance = |method: Method| {
        let sampler = sampler(mixture(), method);
        Exact::of(&sampler).distance(&finished(sampler, N, 2))
    };
    let least = floor(&Exact::of(&sampler(mixture(), method(1.0, Weights::None))), N);
    let spread = 1.0 / (N as f64).sqrt();
    for (densities, eta) in [
        (Densities::Ito, 1.0),
        (Densities::Stratonovich, 1.0),
        (Densities::Stratonovich, 0.0),
    ] {
        let found = distance(Method {
            densities,
            ..method(eta, Weights::None)
        });
        println!("shares tracked by {densities:?}, eta {eta}: {found:.3}, independent draws {least:.3}");
        assert!(found < least + LIMIT * spread);
    }
    let fixed = Drift::Fixed(vec![0.5, 0.5]);
    let missed = distance(Method {
        drift: fixed.clone(),
        ..method(1.0, Weights::None)
    });
    assert!(missed > 0.5, "{missed}");
    let hutchinson = Divergence::Hutchinson {
        probes: 1,
        directions: Directions::Rademacher,
    };
    for (weights, divergence) in [
        (Weights::Rate, Divergence::Exact),
        (Weights::Rate, hutchinson),
        (Weights::Exact, Divergence::Exact),
    ] {
        let found = distance(Method {
            drift: fixed.clone(),
            divergence,
            ..method(1.0, weights)
        });
        println!("constant shares, {weights:?}, {divergence:?}: {found:.3}, without weights {missed:.3}");
        // Fewer of the weighted particles count.
        assert!(found < 3.0 * least + LIMIT * spread, "{found}");
    }
}

#[test]
fn and_keeps_the_ratio_of_every_particle() {
    // Along a line all noise changes the ratio; in the plane one direction is left.
    for eta in [0.0, 1.0] {
        let median = |steps| {
            let method = Method {
                drift: Drift::And,
                steps,
                ..method(eta, Weights::None)
            };
            let models = [[-0.8, 0.3], [0.7, -0.4]].map(|mean| {
                let components = vec![
                    Gaussian::round(1.0, mean, 0.3),
                    Gaussian::round(0.5, [mean[1], -mean[0]], 0.15),
                ];
                Arc::new(Gaussians::new(components).unwrap()) as Arc<dyn Score<2>>
            });
            let sampler = Sampler {
                models: models.into(),
                blend: Blend::of_two(0.0, 0.5),
                method,
            };
            let mut run = Reverse::new(sampler, 2000, 4).unwrap();
            let before = ratios(&run);
            run.finish().unwrap();
            let mut off: Vec<f64> = ratios(&run).iter().zip(before).map(|(l, l0)| (l - l0).abs()).collect();
            off.sort_by(f64::total_cmp);
            off[off.len() / 2]
        };
        let found = [300, 1200].map(median);
        println!("eta {eta}: median change of log p₂/p₁ {found:.4?}");
        assert!(found[0] < 0.1 && found[1] < 0.65 * found[0], "{found:?}");
    }
}

/// Two Gaussians of this variance, apart along the diagonal: their geometric mean has a closed form.
fn gaussians<const D: usize>(apart: f64, variance: f64) -> Vec<Arc<dyn Score<D>>> {
    let shift = 0.5 * apart / (D as f64).sqrt();
    [-shift, shift]
        .map(|m| Arc::new(Gaussians::new(vec![Gaussian::round(1.0, [m; D], variance)]).unwrap()) as Arc<dyn Score<D>>)
        .into()
}

fn in_so_many_dimensions<const D: usize>(particles: usize, steps: usize) {
    let (apart, variance, beta) = (1.2, 0.5, 0.3);
    // log ∫ p^(1−β) q^β = −½ β (1 − β) |m|²/v.
    let exact = -0.5 * beta * (1.0 - beta) * apart * apart / variance;
    let sampler = Sampler {
        models: gaussians::<D>(apart, variance),
        blend: Blend::of_two(0.0, beta),
        method: Method {
            steps,
            spacing: Spacing::LogSnr,
            ..method(1.0, Weights::Exact)
        },
    };
    let (mut ratios, mut means) = (Vec::new(), Vec::new());
    for seed in 0..12 {
        let run = finished(sampler.clone(), particles, seed);
        ratios.push((run.log_normaliser() - exact).exp());
        let along = (0..D).map(|d| {
            let x = run.ensemble().positions()[d];
            x.iter().zip(run.ensemble().weights()).map(|(x, w)| x * w).sum::<f64>()
        });
        means.push(along.sum::<f64>() / (D as f64).sqrt());
    }
    let (z, error) = mean(&ratios);
    let (m, spread) = mean(&means);
    // The mean of the geometric mean lies at β of the way.
    let wanted = (beta - 0.5) * apart;
    println!(
        "{D} dimensions: Z/exact = {z:.4} ± {error:.4}, z = {:.2}; mean {m:.4} ± {spread:.4}, z = {:.2}",
        (z - 1.0) / error,
        (m - wanted) / spread
    );
    assert!(((z - 1.0) / error).abs() < LIMIT && ((m - wanted) / spread).abs() < LIMIT);
    assert!(error < 0.1 && spread < 0.1);
}

#[test]
fn from_2_to_64_dimensions_the_normaliser_is_right() {
    in_so_many_dimensions::<2>(2000, 40);
    in_so_many_dimensions::<8>(2000, 80);
    in_so_many_dimensions::<64>(500, 300);
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let sampler = sampler(
                Blend::product(vec![1.0, 1.0]),
                Method {
                    steps: 40,
                    ..method(2.0, Weights::Exact)
                },
            );
            let run = finished(sampler, 5000, 9);
            assert!(run.resamplings() > 0);
            (run.ensemble().clone(), run.log_normaliser().to_bits())
        })
    };
    assert!(run(1) == run(3));
}

#[test]
fn what_cannot_be_sampled_is_refused_with_a_reason() {
    let why = |blend: Blend, method: Method| sampler(blend, method).check().unwrap_err();
    let two = || Blend::of_two(0.5, 0.5);
    assert!(
        why(
            two(),
            Method {
                eta: -1.0,
                ..Method::default()
            }
        )
        .contains("eta")
    );
    assert!(
        why(
            two(),
            Method {
                steps: 0,
                ..Method::default()
            }
        )
        .contains("steps")
    );
    assert!(
        why(
            two(),
            Method {
                drift: Drift::Fixed(vec![1.0]),
                ..Method::default()
            }
        )
        .contains("one for each")
    );
    assert!(
        why(
            two(),
            Method {
                drift: Drift::And,
                ..Method::default()
            }
        )
        .contains("no weights")
    );
    assert!(
        why(
            Blend {
                kind: Kind::PowerMean(99.0),
                ..two()
            },
            Method::default()
        )
        .contains("exponent")
    );
    let probes = Divergence::Hutchinson {
        probes: 0,
        directions: Directions::Gaussian,
    };
    assert!(
        why(
            two(),
            Method {
                divergence: probes,
                ..Method::default()
            }
        )
        .contains("1 or more")
    );
}
