//! Score models against numbers found elsewhere, against differences, and against the equations they must satisfy.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::needless_range_loop,
    reason = "a test prints its residuals and stops at what is wrong; one index walks through several arrays"
)]

use wfr_lab::rng::{Purpose, Stream, Streams, normal_pair};
use wfr_lab::score::{
    BLOCK, Blend, Blended, Directions, Erring, Field, Gaussian, Gaussians, Kind, Level, Parts, Said, Schedule, Score,
    hutchinson,
};

/// b = .1 + 19.9 t.
const SCHEDULE: Schedule = Schedule::Linear { from: 0.1, to: 20.0 };

fn line(components: &[(f64, f64, f64)]) -> Gaussians<1> {
    let component = |&(weight, mean, variance): &(f64, f64, f64)| Gaussian::round(weight, [mean], variance);
    Gaussians::new(components.iter().map(component).collect()).unwrap()
}

fn pair() -> [Gaussians<1>; 2] {
    [
        line(&[(0.6, -1.5, 0.06), (0.4, 0.5, 0.1)]),
        line(&[(0.3, -0.6, 0.12), (0.7, 1.6, 0.08)]),
    ]
}

/// A mixture of three correlated components, drawn at random.
fn random<const D: usize>(rng: &mut Stream) -> Gaussians<D> {
    let mut normal = || normal_pair(rng).0;
    let components = (0..3).map(|k| {
        let root: [[f64; D]; D] = std::array::from_fn(|_| std::array::from_fn(|_| 0.5 * normal() / (D as f64).sqrt()));
        let entry =
            |i: usize, j: usize| (0..D).map(|k| root[i][k] * root[j][k]).sum::<f64>() + if i == j { 0.2 } else { 0.0 };
        Gaussian {
            weight: 1.0 + f64::from(k),
            mean: std::array::from_fn(|_| normal()),
            covariance: std::array::from_fn(|i| std::array::from_fn(|j| entry(i.max(j), i.min(j)))),
        }
    });
    Gaussians::new(components.collect()).unwrap()
}

/// log p, s, div s at a few points.
struct Told<const D: usize> {
    log: Vec<f64>,
    score: [Vec<f64>; D],
    divergence: Vec<f64>,
}

fn ask<const D: usize>(model: &dyn Score<D>, level: Level, points: &[[f64; D]]) -> Told<D> {
    let n = points.len();
    let columns: [Vec<f64>; D] = std::array::from_fn(|d| points.iter().map(|p| p[d]).collect());
    let mut told = Told {
        log: vec![0.0; n],
        score: std::array::from_fn(|_| vec![0.0; n]),
        divergence: vec![0.0; n],
    };
    let said = Said {
        log_density: &mut told.log,
        score: told.score.each_mut().map(Vec::as_mut_slice),
        divergence: Some(&mut told.divergence),
    };
    model
        .at(level)
        .evaluate(columns.each_ref().map(Vec::as_slice), said, &mut Vec::new());
    told
}

fn close(found: f64, wanted: f64, tolerance: f64, what: &str) {
    assert!(
        (found - wanted).abs() <= tolerance * wanted.abs().max(1.0),
        "{what}: {found}, expected {wanted}"
    );
}

#[test]
fn a_pair_of_mixtures_has_the_values_of_the_table() {
    let level = SCHEDULE.level(0.2);
    let points = [[-1.2], [0.3], [2.0]];
    let [p, q] = pair().map(|model| ask(&model, level, &points));
    let rows = [
        (&p.log, [-0.9209540108, -1.3260694618, -4.5052678139]),
        (&p.score[0], [0.0609273068, -0.0429408047, -3.9128497841]),
        (&p.divergence, [-2.2088409055, -1.2757883464, -2.4532390538]),
        (&q.log, [-2.2928672554, -1.5413012933, -1.4342888339]),
        (&q.score[0], [1.7028891783, 0.7139320656, -1.7818045674]),
        (&q.divergence, [-2.3429668479, 2.2272563661, -2.5275337984]),
    ];
    for (k, (found, wanted)) in rows.into_iter().enumerate() {
        for (f, w) in found.iter().zip(wanted) {
            close(*f, w, 1e-8, &format!("row {k}"));
        }
    }
    let rates = [
        (0.0, [-0.3235246545, -0.0687427850, -0.5449624459]),
        (0.5, [-0.1268307648, -0.0335468523, -0.2095200714]),
        (1.0, [0.0; 3]),
    ];
    for (a, wanted) in rates {
        let blended = blend(&Blend::of_two(a, 0.4), level, &pair(), &points);
        for (g, w) in blended.rate.iter().zip(wanted) {
            close(*g, w, 1e-8, &format!("rate at a = {a}"));
        }
    }
}

#[test]
fn points_far_from_all_components_have_their_exact_answers() {
    // Narrow components, asked from next to them to a million standard deviations away: most shares are then below all floats.
    let level = Level {
        variance: 0.0,
        ..SCHEDULE.level(0.0)
    };
    let components = [
        (0.3, [-1.0, 0.5], 1e-4),
        (0.5, [1.0, 0.0], 4e-4),
        (0.2, [1.0, -0.5], 1e-4),
    ];
    let model = Gaussians::new(components.map(|(w, m, v)| Gaussian::round(w, m, v)).to_vec()).unwrap();
    let distances = [0.0, 1e-3, 0.1, 0.36, 0.4, 0.5, 3.0, 100.0, 1e4];
    let points: Vec<[f64; 2]> = (0..90)
        .map(|k| {
            let angle = f64::from(k) * 0.7;
            let distance = distances[k as usize % distances.len()];
            [1.0 + distance * angle.cos(), distance * angle.sin()]
        })
        .collect();
    let told = ask(&model, level, &points);
    for (i, [x, y]) in points.iter().enumerate() {
        let logs = components.map(|(w, [a, b], v)| {
            let (w, v): (f64, f64) = (w, v);
            w.ln() - (std::f64::consts::TAU * v).ln() - 0.5 * ((x - a) * (x - a) + (y - b) * (y - b)) / v
        });
        let largest = logs.iter().fold(f64::NEG_INFINITY, |m, l| l.max(m));
        let shares = logs.map(|l| (l - largest).exp());
        let total: f64 = shares.iter().sum();
        let (mut sx, mut sy, mut squares) = (0.0, 0.0, 0.0);
        for (r, (_, [a, b], v)) in shares.iter().zip(components) {
            let (u, w) = ((x - a) / v, (y - b) / v);
            sx -= r / total * u;
            sy -= r / total * w;
            squares += r / total * (u * u + w * w - 2.0 / v);
        }
        close(told.log[i], largest + total.ln(), 1e-12, "log");
        close(told.score[0][i], sx, 1e-9, "score in x");
        close(told.score[1][i], sy, 1e-9, "score in y");
        // The squares cancel: what is left is as exact as they are.
        let scale = squares.abs() + sx * sx + sy * sy;
        assert!((told.divergence[i] - (squares - sx * sx - sy * sy)).abs() < 1e-11 * scale);
        // What is said at a point does not depend on who else is asked.
        let alone = ask(&model, level, &points[i..=i]);
        assert_eq!(
            (alone.log[0], alone.score[0][0], alone.score[1][0], alone.divergence[0]),
            (told.log[i], told.score[0][i], told.score[1][i], told.divergence[i])
        );
    }
}

fn blend<const D: usize>(blend: &Blend, level: Level, models: &[Gaussians<D>], points: &[[f64; D]]) -> Blended<D> {
    let mut parts = Parts::new(models.len(), true);
    for (m, model) in models.iter().enumerate() {
        let told = ask(model, level, points);
        parts.logs[m][..points.len()].copy_from_slice(&told.log);
        parts.divergences[m][..points.len()].copy_from_slice(&told.divergence);
        for d in 0..D {
            parts.scores[m][d][..points.len()].copy_from_slice(&told.score[d]);
        }
    }
    let mut out = Blended::default();
    blend.combine(&blend.weights_at(level.time), &parts, points.len(), &mut out);
    out
}

/// Central differences of log p along each coordinate and of s along itself.
fn differences<const D: usize>(model: &dyn Score<D>, level: Level, point: [f64; D]) -> ([f64; D], f64) {
    let h = 1e-5;
    let moved = |d: usize, by: f64| {
        let mut moved = point;
        moved[d] += by;
        moved
    };
    let mut slope = [0.0; D];
    let mut divergence = 0.0;
    for d in 0..D {
        let told = ask(model, level, &[moved(d, h), moved(d, -h)]);
        slope[d] = (told.log[0] - told.log[1]) / (2.0 * h);
        divergence += (told.score[d][0] - told.score[d][1]) / (2.0 * h);
    }
    (slope, divergence)
}

fn derivatives_are_right<const D: usize>() {
    let mut rng = Streams::new(7).stream(0, Purpose::Start, D);
    let model = random::<D>(&mut rng);
    for t in [0.05, 0.3, 0.8] {
        let level = SCHEDULE.level(t);
        for _ in 0..4 {
            let point: [f64; D] = std::array::from_fn(|_| 1.2 * normal_pair(&mut rng).0);
            let told = ask(&model, level, &[point]);
            let (slope, divergence) = differences(&model, level, point);
            for d in 0..D {
                close(told.score[d][0], slope[d], 2e-8, "score");
            }
            close(told.divergence[0], divergence, 2e-8 * D as f64, "divergence");
            // ∂ log p/∂t = ½ b (D + x·s + div s + |s|²): the Fokker–Planck equation.
            let h = 1e-5;
            let [after, before] = [h, -h].map(|h| ask(&model, SCHEDULE.level(t + h), &[point]).log[0]);
            let sum: f64 = (0..D).map(|d| told.score[d][0] * (point[d] + told.score[d][0])).sum();
            let wanted = 0.5 * SCHEDULE.rate(t) * (D as f64 + sum + told.divergence[0]);
            close((after - before) / (2.0 * h), wanted, 1e-6, "Fokker–Planck");
            // J v against differences of the score.
            let v: [f64; D] = std::array::from_fn(|_| normal_pair(&mut rng).0);
            let moved = |h: f64| std::array::from_fn(|d| point[d] + h * v[d]);
            let ends = ask(&model, level, &[moved(h), moved(-h)]);
            let mut out = [[0.0]; D];
            let (at, along) = (point.map(|x| [x]), v.map(|v| [v]));
            model.at(level).along(
                at.each_ref().map(<[f64; 1]>::as_slice),
                along.each_ref().map(<[f64; 1]>::as_slice),
                out.each_mut().map(<[f64; 1]>::as_mut_slice),
                &mut Vec::new(),
            );
            for d in 0..D {
                close(
                    out[d][0],
                    (ends.score[d][0] - ends.score[d][1]) / (2.0 * h),
                    1e-7,
                    "J v",
                );
            }
        }
    }
}

#[test]
fn gaussians_satisfy_their_equations_in_all_dimensions() {
    derivatives_are_right::<1>();
    derivatives_are_right::<2>();
    derivatives_are_right::<5>();
    derivatives_are_right::<64>();
}

/// The rate of a blend against its definition: what the Fokker–Planck equation of the walk lacks.
fn rates_close_the_equation<const D: usize>(kind: Blend, seed: usize) -> f64 {
    let mut rng = Streams::new(11).stream(0, Purpose::Start, seed);
    let models: Vec<Gaussians<D>> = (0..kind.weights.len()).map(|_| random(&mut rng)).collect();
    let mut worst: f64 = 0.0;
    for t in [0.1, 0.35, 0.7] {
        let (level, b) = (SCHEDULE.level(t), SCHEDULE.rate(t));
        let point: [f64; D] = std::array::from_fn(|_| normal_pair(&mut rng).0);
        let here = blend(&kind, level, &models, &[point]);
        let h = 1e-4;
        let [later, earlier] = [-h, h].map(|h| blend(&kind, SCHEDULE.level(t + h), &models, &[point]).log_density[0]);
        let growth = (later - earlier) / (2.0 * h);
        let mut divergence = 0.0;
        for d in 0..D {
            let [right, left] = [h, -h].map(|h| {
                let mut moved = point;
                moved[d] += h;
                blend(&kind, level, &models, &[moved])
            });
            divergence += (right.score[d][0] - left.score[d][0]) / (2.0 * h);
            let slope = (right.log_density[0] - left.log_density[0]) / (2.0 * h);
            close(here.score[d][0], slope, 1e-6, "score of a blend");
        }
        close(here.divergence[0], divergence, 1e-5, "divergence of a blend");
        let along: f64 = (0..D).map(|d| point[d] * here.score[d][0]).sum();
        let square: f64 = (0..D).map(|d| here.score[d][0] * here.score[d][0]).sum();
        for eta in [0.0, 0.5, 1.0, 3.0] {
            // g = ∂ log ρ/∂τ + div v + v·s̄ − ½ ζ² (div s̄ + |s̄|²),  v = ½ b x + ½ (b + ζ²) s̄.
            let zeta = eta * b;
            let flow = 0.5 * b * D as f64 + 0.5 * (b + zeta) * divergence + 0.5 * b * along + 0.5 * (b + zeta) * square;
            let g = growth + flow - 0.5 * zeta * (divergence + square);
            let mut rate = b * here.rate[0];
            if kind.at_noise.is_some() {
                // The weights change, too: their part at fixed p.
                let logs: Vec<f64> = models.iter().map(|model| ask(model, level, &[point]).log[0]).collect();
                let logs: Vec<&[f64]> = logs.iter().map(std::slice::from_ref).collect();
                let [later, earlier] = [-h, h].map(|h| {
                    let mut out = [0.0];
                    kind.log_density(&kind.weights_at(t + h), &logs, &mut out);
                    out[0]
                });
                rate += (later - earlier) / (2.0 * h);
            }
            worst = worst.max((g - rate).abs() / rate.abs().max(1.0));
        }
    }
    worst
}

#[test]
fn rates_of_blends_close_the_continuity_equation() {
    let mut worst: f64 = 0.0;
    for (seed, a) in [0.0, 0.25, 0.5, 1.0, -0.7].into_iter().enumerate() {
        let mut moving = Blend::of_two(a, 0.8);
        moving.at_noise = Some(vec![0.9, 0.1]);
        let three = Blend {
            kind: Kind::PowerMean(a),
            weights: vec![0.2, 0.5, 0.3],
            at_noise: None,
        };
        for kind in [Blend::of_two(a, 0.4), moving, three] {
            worst = worst.max(rates_close_the_equation::<2>(kind.clone(), seed));
            worst = worst.max(rates_close_the_equation::<1>(kind.clone(), seed));
            worst = worst.max(rates_close_the_equation::<6>(kind, seed));
        }
    }
    for exponents in [vec![3.0], vec![1.0, 1.0], vec![-0.5, 1.5], vec![0.5, 0.7, 2.0]] {
        worst = worst.max(rates_close_the_equation::<2>(Blend::product(exponents.clone()), 9));
        worst = worst.max(rates_close_the_equation::<4>(Blend::product(exponents), 9));
    }
    println!("largest residual {worst:.2e}");
    assert!(worst < 6e-5, "{worst}");
}

#[test]
fn an_erring_model_errs_as_much_as_it_says() {
    let mut rng = Streams::new(3).stream(0, Purpose::Start, 0);
    let model = random::<2>(&mut rng);
    let (level, points): (_, Vec<[f64; 2]>) = (
        SCHEDULE.level(0.3),
        (0..BLOCK)
            .map(|_| {
                let (x, y) = normal_pair(&mut rng);
                [40.0 * x, 40.0 * y]
            })
            .collect(),
    );
    let truth = ask(&model, level, &points);
    let far = Erring {
        model: model.clone(),
        scale: 0.0,
        field: Field::new(0.7, 0.5, &mut rng),
    };
    let told = ask(&far, level, &points);
    for d in 0..2 {
        // The mean square over far places is .49 in each coordinate; waves at random phases: the error of a mean of n is about .49 √(1/n)
        // from cos² and less from products of waves.
        let squares: Vec<f64> = (0..BLOCK)
            .map(|i| (told.score[d][i] - truth.score[d][i]).powi(2))
            .collect();
        let mean = squares.iter().sum::<f64>() / BLOCK as f64;
        let variance = squares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (BLOCK - 1) as f64;
        let z = (mean - 0.49) / (variance / BLOCK as f64).sqrt();
        println!("mean square {mean:.3}, z = {z:.2}");
        assert!(z.abs() < 5.0);
    }
    let near = Erring { scale: 0.2, ..far };
    for point in &points[..8] {
        let point = [point[0] / 40.0, point[1] / 40.0];
        let told = ask(&near, level, &[point]);
        let (_, divergence) = differences(&near, level, point);
        close(told.divergence[0], divergence, 1e-7, "divergence of an erring model");
        assert_eq!(told.log, ask(&model, level, &[point]).log);
    }
    let bare = Erring {
        model: model.clone(),
        scale: 0.2,
        field: Field::none(),
    };
    let (a, b) = (ask(&bare, level, &points), ask(&model, level, &points));
    assert!(a.score[0].iter().zip(&b.score[0]).all(|(a, b)| *a == 1.2 * b));
    assert_eq!(model.without(1).components().len(), 2);
}

#[test]
fn draws_have_the_moments_of_the_mixture() {
    let mut rng = Streams::new(5).stream(0, Purpose::Start, 0);
    let model = random::<3>(&mut rng);
    let n = 40_000;
    let draws: Vec<[f64; 3]> = (0..n).map(|_| model.draw(&mut rng)).collect();
    for i in 0..3 {
        for j in 0..=i {
            let wanted: f64 = model
                .components()
                .iter()
                .map(|c| c.weight * (c.mean[i] * c.mean[j] + c.covariance[i][j]))
                .sum();
            let values: Vec<f64> = draws.iter().map(|x| x[i] * x[j]).collect();
            let mean = values.iter().sum::<f64>() / n as f64;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
            let z = (mean - wanted) / (variance / n as f64).sqrt();
            println!("second moment {i}{j}: z = {z:.2}");
            assert!(z.abs() < 5.0);
        }
    }
}

#[test]
fn what_is_no_mixture_is_refused() {
    assert!(Gaussians::<1>::new(Vec::new()).is_err());
    let bad = |c: Gaussian<2>| Gaussians::new(vec![c]).unwrap_err().to_string();
    assert!(bad(Gaussian::round(0.0, [0.0; 2], 1.0)).contains("weight above 0"));
    assert!(bad(Gaussian::round(1.0, [f64::NAN, 0.0], 1.0)).contains("finite"));
    assert!(bad(Gaussian::round(1.0, [0.0; 2], -1.0)).contains("positive definite"));
    assert!(Blend::of_two(0.5, 1.5).check(2).unwrap_err().contains("negative"));
    assert!(Blend::of_two(0.0, 1.5).check(2).is_ok());
    assert!(
        Blend::product(vec![1.0, 1.0])
            .check(3)
            .unwrap_err()
            .contains("one for each")
    );
    let sum = Blend {
        kind: Kind::PowerMean(0.0),
        weights: vec![1.0, 1.0],
        at_noise: None,
    };
    assert!(sum.check(2).unwrap_err().contains("sum to 2"));
}

#[test]
fn hutchinson_is_unbiased_and_as_noisy_as_predicted() {
    const D: usize = 8;
    let mut rng = Streams::new(23).stream(0, Purpose::Start, 0);
    let model = random::<D>(&mut rng);
    let level = SCHEDULE.level(0.25);
    // One point, a block of independent estimates, many blocks.
    let point: [f64; D] = std::array::from_fn(|_| normal_pair(&mut rng).0);
    let truth = ask(&model, level, &[point]).divergence[0];
    let jacobian: [[f64; D]; D] = std::array::from_fn(|d| {
        let (at, along) = (
            point.map(|x| [x]),
            std::array::from_fn::<[f64; 1], D, _>(|k| [if k == d { 1.0 } else { 0.0 }]),
        );
        let mut out = [[0.0]; D];
        model.at(level).along(
            at.each_ref().map(<[f64; 1]>::as_slice),
            along.each_ref().map(<[f64; 1]>::as_slice),
            out.each_mut().map(<[f64; 1]>::as_mut_slice),
            &mut Vec::new(),
        );
        out.map(|[j]| j)
    });
    let squares = |off: bool| -> f64 {
        let all = (0..D).flat_map(|i| (0..D).map(move |j| (i, j)));
        all.filter(|(i, j)| !off || i != j)
            .map(|(i, j)| jacobian[i][j].powi(2))
            .sum()
    };
    for (law, probes, variance) in [
        (Directions::Rademacher, 1, 2.0 * squares(true)),
        (Directions::Rademacher, 4, 2.0 * squares(true) / 4.0),
        (Directions::Gaussian, 1, 2.0 * squares(false)),
        (Directions::Gaussian, 3, 2.0 * squares(false) / 3.0),
    ] {
        let columns = point.map(|x| vec![x; BLOCK]);
        let mut estimates = Vec::new();
        for block in 0..80 {
            let mut normals = Streams::new(1).normals(block, Purpose::Probe, probes);
            let mut out = vec![0.0; BLOCK];
            let (mut direction, mut along) = ([[0.0; BLOCK]; D], [[0.0; BLOCK]; D]);
            hutchinson(
                &[model.at(level)],
                columns.each_ref().map(Vec::as_slice),
                (probes, law),
                &mut normals,
                &mut [&mut out],
                (&mut direction, &mut along, &mut Vec::new()),
            );
            estimates.extend(out);
        }
        let n = estimates.len() as f64;
        let mean = estimates.iter().sum::<f64>() / n;
        let squares: Vec<f64> = estimates.iter().map(|e| (e - truth).powi(2)).collect();
        let found = squares.iter().sum::<f64>() / n;
        let spread = squares.iter().map(|s| (s - found).powi(2)).sum::<f64>() / n;
        let z = [
            (mean - truth) / (variance / n).sqrt(),
            (found - variance) / (spread / n).sqrt(),
        ];
        println!(
            "{law:?} {probes}: z of the mean {:.2}, of the variance {:.2}",
            z[0], z[1]
        );
        assert!(z.iter().all(|z| z.abs() < 5.0));
    }
}
