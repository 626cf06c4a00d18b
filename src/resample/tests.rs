//! Resampling is unbiased, exact in its numbers, and quiet and local along Hilbert's curve.

#![allow(clippy::print_stdout, reason = "a test prints its z-scores")]

use super::*;
use crate::rng::{Purpose, Streams};

fn stream(step: u64) -> Stream {
    Streams::new(5).stream(step, Purpose::Resample, 0)
}

fn with(scheme: Scheme, order: Order) -> Resampling {
    Resampling {
        scheme,
        order,
        ..Resampling::default()
    }
}

fn everything() -> impl Iterator<Item = Resampling> {
    Scheme::ALL
        .into_iter()
        .flat_map(|scheme| Order::ALL.map(|order| with(scheme, order)))
}

/// Particles here and there.
fn spread(n: usize) -> [Vec<f64>; 2] {
    [0.7, 1.3].map(|k| (0..n).map(|i| (i as f64 * k).sin() * 3.0).collect())
}

fn normalised(mut w: Vec<f64>) -> Vec<f64> {
    let sum: f64 = w.iter().sum();
    w.iter_mut().for_each(|w| *w /= sum);
    w
}

#[test]
fn every_scheme_is_unbiased() {
    // 1500 slots so that the chunk border is inside.
    let n = 1500;
    let weights = normalised(
        (0..n)
            .map(|i| {
                if i % 7 == 3 {
                    0.0
                } else {
                    (i as f64 * 0.71).sin().powi(4) + 0.01
                }
            })
            .collect(),
    );
    let rounds = 4000;
    let [xs, ys] = spread(n);
    for resampling in everything() {
        let scheme = resampling.scheme;
        let mut resampler = Resampler::default();
        let (mut sum, mut squares) = (vec![0.0; n], vec![0.0; n]);
        for round in 0..rounds {
            resampler.draw(resampling, [&xs, &ys], &weights, &mut stream(round));
            assert_eq!(resampler.offspring().iter().map(|&c| c as usize).sum::<usize>(), n);
            for (i, &c) in resampler.offspring().iter().enumerate() {
                let expected = n as f64 * weights[i];
                sum[i] += f64::from(c) - expected;
                squares[i] += (f64::from(c) - expected).powi(2);
                match scheme {
                    Scheme::Systematic => assert!((f64::from(c) - expected).abs() < 1.0 + 1e-9),
                    Scheme::Stratified => assert!((f64::from(c) - expected).abs() < 2.0 + 1e-9),
                    Scheme::Residual => assert!(f64::from(c) >= expected.floor()),
                    Scheme::Multinomial => {}
                }
            }
        }
        for i in 0..n {
            let r = rounds as f64;
            // No whole number with this mean has a smaller variance than f(1 − f), f its fraction.
            let fraction = (n as f64 * weights[i]).fract();
            let variance = (squares[i] / r).max(fraction * (1.0 - fraction));
            let error = variance.sqrt().max(1e-9) / r.sqrt();
            let z = sum[i] / r / error;
            assert!(z.abs() < 5.0, "{resampling:?} slot {i}: z = {z:.2}");
            if weights[i] == 0.0 {
                assert_eq!(
                    squares[i], 0.0,
                    "{scheme:?}: a particle of weight zero has no offspring"
                );
            }
        }
    }
}

#[test]
fn equal_weights_move_nothing_under_systematic_and_residual() {
    for n in [1, 2, 1023, 1024, 1025, 5000] {
        let weights = vec![1.0 / n as f64; n];
        let [xs, ys] = spread(n);
        for resampling in everything().filter(|r| [Scheme::Systematic, Scheme::Residual].contains(&r.scheme)) {
            for step in 0..20 {
                let mut resampler = Resampler::default();
                let moved = resampler
                    .draw(resampling, [&xs, &ys], &weights, &mut stream(step))
                    .len();
                assert_eq!(moved, 0, "{resampling:?}, {n} particles");
            }
        }
    }
}

#[test]
fn one_particle_with_all_the_mass_replaces_all_others() {
    for n in [1, 2, 1024, 3000] {
        for heavy in [0, n / 2, n - 1] {
            let mut weights = vec![0.0; n];
            weights[heavy] = 1.0;
            let [xs, ys] = spread(n);
            for resampling in everything() {
                let mut resampler = Resampler::default();
                let pairs = resampler.draw(resampling, [&xs, &ys], &weights, &mut stream(9));
                assert_eq!(pairs.len(), n - 1);
                assert!(pairs.iter().all(|r| r.source as usize == heavy));
                assert!(pairs.windows(2).all(|w| w[0].slot < w[1].slot));
            }
        }
    }
}

#[test]
fn sources_are_never_removed_and_slots_ascend() {
    let weights = normalised((0..4000).map(|i| ((i * i) % 97) as f64).collect());
    let [xs, ys] = spread(4000);
    for resampling in everything() {
        let mut resampler = Resampler::default();
        let pairs = resampler
            .draw(resampling, [&xs, &ys], &weights, &mut stream(2))
            .to_vec();
        assert!(pairs.windows(2).all(|w| w[0].slot < w[1].slot));
        for r in pairs {
            assert_eq!(resampler.offspring()[r.slot as usize], 0);
            assert!(resampler.offspring()[r.source as usize] > 1);
        }
    }
}

#[test]
fn every_copy_is_handed_out_once() {
    let n = 4000;
    let [xs, ys] = spread(n);
    let weights = normalised((0..n).map(|i| ((i * i) % 97) as f64).collect());
    for resampling in everything() {
        let mut resampler = Resampler::default();
        let pairs = resampler
            .draw(resampling, [&xs, &ys], &weights, &mut stream(3))
            .to_vec();
        let mut counts = vec![1_u32; n];
        for pair in pairs {
            counts[pair.slot as usize] -= 1;
            counts[pair.source as usize] += 1;
        }
        assert_eq!(counts, resampler.offspring(), "{resampling:?}");
    }
}

/// The variance of the mean of `f` over N stratified points along an order: that within the strata, each a piece of mass 1/N.
fn within_strata(order: &[usize], weights: &[f64], f: &[f64]) -> f64 {
    let n = order.len() as f64;
    let (mut sum, mut room, mut moments) = (0.0, 1.0, [0.0; 3]);
    let close = |[mass, first, second]: [f64; 3]| {
        if mass > 0.0 {
            second / mass - (first / mass).powi(2)
        } else {
            0.0
        }
    };
    for &i in order {
        let mut mass = n * weights[i];
        while mass > 0.0 {
            let piece = f64::min(mass, room);
            (mass, room) = (mass - piece, room - piece);
            for (moment, power) in moments.iter_mut().zip(0..) {
                *moment += piece * f[i].powi(power);
            }
            if room < 1e-12 {
                sum += close(moments);
                (room, moments) = (1.0, [0.0; 3]);
            }
        }
    }
    (sum + close(moments)) / (n * n)
}

#[test]
fn along_the_curve_a_smooth_statistic_is_nearly_free_of_noise() {
    let n = 20_000;
    let mut rng = stream(77);
    let points: Vec<(f64, f64)> = (0..n).map(|_| crate::rng::normal_pair(&mut rng)).collect();
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    let weights = normalised(xs.iter().zip(&ys).map(|(x, y)| (0.7 * x - 0.3 * y).exp()).collect());
    let f: Vec<f64> = xs.iter().zip(&ys).map(|(x, y)| x.sin() + y * (1.0 + 0.2 * x)).collect();
    let mean: f64 = weights.iter().zip(&f).map(|(w, f)| w * f).sum();
    let rounds = 1000;
    let variance = |resampling: Resampling| {
        let mut resampler = Resampler::default();
        let squares: f64 = (0..rounds)
            .map(|round| {
                resampler.draw(resampling, [&xs, &ys], &weights, &mut stream(round));
                let seen: f64 = resampler
                    .offspring()
                    .iter()
                    .zip(&f)
                    .map(|(c, f)| f64::from(*c) * f)
                    .sum();
                (seen / n as f64 - mean).powi(2)
            })
            .sum();
        squares / rounds as f64
    };
    // A mean of squares of normals scatters by √(2/rounds); that of a few strata with unlike variances hardly more.
    let agrees = |what: &str, seen: f64, expected: f64| {
        let z = (seen / expected - 1.0) / (2.0 / rounds as f64).sqrt();
        println!("{what}: variance {seen:.3e}, expected {expected:.3e}, z = {z:.2}");
        assert!(z.abs() < 5.0, "{what}: z = {z:.2}");
    };
    let multinomial = weights.iter().zip(&f).map(|(w, f)| w * (f - mean).powi(2)).sum::<f64>() / n as f64;
    agrees(
        "multinomial",
        variance(with(Scheme::Multinomial, Order::Hilbert)),
        multinomial,
    );
    // The order itself, computed again by sorting.
    let mut curve = Curve::default();
    curve.lay([&xs, &ys]);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| (curve.place(xs[i], ys[i]), i));
    let along = within_strata(&order, &weights, &f);
    agrees(
        "stratified along the curve",
        variance(with(Scheme::Stratified, Order::Hilbert)),
        along,
    );
    let slots: Vec<usize> = (0..n).collect();
    let by_slot = within_strata(&slots, &weights, &f);
    agrees(
        "stratified by slot",
        variance(with(Scheme::Stratified, Order::Slots)),
        by_slot,
    );
    let systematic = variance(with(Scheme::Systematic, Order::Hilbert));
    println!("systematic along the curve: variance {systematic:.3e}");
    println!(
        "as shares of multinomial: stratified {:.1e}, systematic {:.1e}",
        along / multinomial,
        systematic / multinomial
    );
    for quiet in [along, systematic] {
        assert!(quiet < multinomial / 500.0, "{along:e} {systematic:e} {multinomial:e}");
    }
    assert!(by_slot > multinomial / 10.0);
}

#[test]
fn copies_between_wells_are_the_mass_that_flows() {
    // Two wells of 4:6, between which a tenth of the mass moves; within a well, much moves to and fro.
    let n = 20_000;
    let mut rng = stream(78);
    let points: Vec<(f64, f64)> = (0..n).map(|_| crate::rng::normal_pair(&mut rng)).collect();
    let right = |i: usize| i % 5 < 2;
    let xs: Vec<f64> = (0..n)
        .map(|i| 0.2 * points[i].0 + if right(i) { 1.0 } else { -1.0 })
        .collect();
    let ys: Vec<f64> = points.iter().map(|p| p.1).collect();
    let inside = |i: usize| 1.0 + 0.8 * (5.0 * ys[i]).sin();
    let mass = |side: bool| (0..n).filter(|i| right(*i) == side).map(inside).sum::<f64>();
    let (left, other) = (mass(false), mass(true));
    let weights: Vec<f64> = (0..n)
        .map(|i| inside(i) * if right(i) { 0.5 / other } else { 0.5 / left })
        .collect();
    for scheme in [Scheme::Systematic, Scheme::Stratified] {
        let cross = |order: Order| {
            let mut resampler = Resampler::default();
            let pairs = resampler.draw(with(scheme, order), [&xs, &ys], &weights, &mut stream(4));
            let from = |side: bool| {
                let leaves = |p: &&Replacement| right(p.slot as usize) == side && right(p.source as usize) != side;
                pairs.iter().filter(leaves).count()
            };
            (from(false), from(true), pairs.len())
        };
        let (there, back, all) = cross(Order::Hilbert);
        println!(
            "{scheme:?} along the curve: {there} to the right, {back} back, of {all}; by slot {:?}",
            cross(Order::Slots)
        );
        // Strata across a border may end up on either side: one for each border of a well along the curve, of which there are few.
        assert!((there as f64 - 2000.0).abs() < 8.0 && back < 8, "{there} {back}");
        let (there, back, _) = cross(Order::Slots);
        assert!(
            there > 2500 && back > 500,
            "by slot there is a lot of traffic: {there} {back}"
        );
    }
}
