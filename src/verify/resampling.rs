//! Resampling: unbiased in every scheme, with the counts and variances that theory promises.

use rand::RngExt as _;

use super::measure::estimate;
use super::{Outcome, Progress, Stop};
use crate::resample::{Order, Resampler, Resampling, Scheme};
use crate::rng::{Purpose, Stream, Streams};

/// Slots; more than a chunk, so that a border is inside.
const N: usize = 1500;

fn weights() -> Vec<f64> {
    let mut rng = Streams::new(19).stream(0, Purpose::Start, 0);
    let mut w: Vec<f64> = (0..N)
        .map(|i| {
            if i % 7 == 3 {
                0.0
            } else {
                rng.random::<f64>().powi(4) + 0.01
            }
        })
        .collect();
    let sum: f64 = w.iter().sum();
    w.iter_mut().for_each(|w| *w /= sum);
    w
}

fn stream(round: u64) -> Stream {
    Streams::new(23).stream(round, Purpose::Resample, 0)
}

/// Draws offspring by slot: particles stand in a row.
fn draw(resampler: &mut Resampler, scheme: Scheme, weights: &[f64], round: u64) {
    let row: Vec<f64> = (0..weights.len()).map(|i| i as f64).collect();
    resampler.draw(by(scheme, Order::Slots), [&row, &row], weights, &mut stream(round));
}

fn by(scheme: Scheme, order: Order) -> Resampling {
    Resampling {
        scheme,
        order,
        ..Resampling::default()
    }
}

/// A smooth statistic of the place, places being sorted.
fn smooth(i: usize) -> f64 {
    let x = i as f64 / N as f64;
    (5.0 * x).sin() + x * x
}

/// E Σ f nᵢ/N = Σ f wᵢ for smooth, rough and single-slot statistics.
pub(super) fn unbiased(progress: &Progress) -> Result<Outcome, Stop> {
    const ROUNDS: u64 = 4000;
    let mut out = Outcome::default();
    let weights = weights();
    for (k, scheme) in Scheme::ALL.into_iter().enumerate() {
        progress.at(k, Scheme::ALL.len())?;
        let mut resampler = Resampler::default();
        let (mut of_smooth, mut of_rough) = (Vec::new(), Vec::new());
        let (mut sum, mut squares, mut missing) = (vec![0.0; N], vec![0.0; N], 0.0);
        for round in 0..ROUNDS {
            draw(&mut resampler, scheme, &weights, round);
            let counts = resampler.offspring();
            let total = |f: &dyn Fn(usize) -> f64| {
                counts
                    .iter()
                    .enumerate()
                    .map(|(i, n)| f64::from(*n) * f(i))
                    .sum::<f64>()
                    / N as f64
            };
            of_smooth.push(total(&smooth));
            of_rough.push(total(&|i| if i % 2 == 0 { 1.0 } else { 0.0 }));
            missing += (counts.iter().map(|n| f64::from(*n)).sum::<f64>() - N as f64).abs();
            for (i, n) in counts.iter().enumerate() {
                let error = f64::from(*n) - N as f64 * weights[i];
                sum[i] += error;
                squares[i] += error * error;
            }
        }
        let exact = |f: &dyn Fn(usize) -> f64| weights.iter().enumerate().map(|(i, w)| w * f(i)).sum::<f64>();
        out.measured(
            format!("{scheme:?}: smooth statistic"),
            estimate(of_smooth),
            exact(&smooth),
        );
        let even = exact(&|i| if i % 2 == 0 { 1.0 } else { 0.0 });
        out.measured(format!("{scheme:?}: even slots"), estimate(of_rough), even);
        // The worst slot of all; no whole number with this mean has a smaller variance than f(1 − f), f its fraction.
        let rounds = ROUNDS as f64;
        let worst = (0..N).fold((0.0, 1.0), |worst: (f64, f64), i| {
            let fraction = (N as f64 * weights[i]).fract();
            let variance = (squares[i] / rounds).max(fraction * (1.0 - fraction)).max(1e-18);
            let here = (sum[i] / rounds, (variance / rounds).sqrt());
            if (here.0 / here.1).abs() > (worst.0 / worst.1).abs() {
                here
            } else {
                worst
            }
        });
        out.measured(format!("{scheme:?}: worst slot, E n − N w"), worst, 0.0);
        out.absolute(format!("{scheme:?}: Σ n − N"), missing, 0.0, 0.0);
    }
    Ok(out)
}

/// How far a single count may be from N wᵢ.
pub(super) fn counts(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let weights = weights();
    let furthest = |scheme: Scheme| {
        let mut resampler = Resampler::default();
        let mut range = (0.0_f64, 0.0_f64);
        for round in 0..2000 {
            draw(&mut resampler, scheme, &weights, round);
            for (n, w) in resampler.offspring().iter().zip(&weights) {
                let error = f64::from(*n) - N as f64 * w;
                range = (range.0.min(error), range.1.max(error));
            }
        }
        range
    };
    // Weights are summed in floating point, so that a count may tip over by rounding.
    let rounding = 1e-9;
    let (below, above) = furthest(Scheme::Systematic);
    out.at_most("Systematic: largest |n − N w|", above.max(-below), 1.0 + rounding);
    let (below, above) = furthest(Scheme::Stratified);
    out.at_most("Stratified: largest |n − N w|", above.max(-below), 2.0 + rounding);
    let (below, _) = furthest(Scheme::Residual);
    out.at_most("Residual: largest N w − n", -below, 1.0 + rounding);
    Ok(out)
}

/// The variance that multinomial resampling adds to a statistic is (Σ w f² − (Σ w f)²)/N; with particles in order of their place,
/// stratified and systematic resampling add orders of magnitude less.
pub(super) fn variance(progress: &Progress) -> Result<Outcome, Stop> {
    const ROUNDS: u64 = 4000;
    let mut out = Outcome::default();
    let weights = weights();
    let mean: f64 = weights.iter().enumerate().map(|(i, w)| w * smooth(i)).sum();
    let second: f64 = weights.iter().enumerate().map(|(i, w)| w * smooth(i).powi(2)).sum();
    let exact = (second - mean * mean) / N as f64;
    for (k, scheme) in Scheme::ALL.into_iter().enumerate() {
        progress.at(k, Scheme::ALL.len())?;
        let mut resampler = Resampler::default();
        let squares = (0..ROUNDS).map(|round| {
            draw(&mut resampler, scheme, &weights, round);
            let counts = resampler.offspring().iter().enumerate();
            let seen = counts.map(|(i, n)| f64::from(*n) * smooth(i)).sum::<f64>() / N as f64;
            (seen - mean).powi(2)
        });
        let (seen, error) = estimate(squares);
        match scheme {
            Scheme::Multinomial => out.measured("Multinomial", (seen, error), exact),
            Scheme::Residual => out.at_most("Residual", seen, exact),
            Scheme::Stratified | Scheme::Systematic => out.at_most(format!("{scheme:?}"), seen, 0.02 * exact),
        }
    }
    Ok(out)
}

/// Particles that stand anywhere in the plane: along Hilbert's curve neighbours stand in for each other, and a smooth statistic keeps its
/// value; by slot they do not. Unbiased both ways.
pub(super) fn hilbert(progress: &Progress) -> Result<Outcome, Stop> {
    const ROUNDS: u64 = 1500;
    let mut out = Outcome::default();
    let weights = weights();
    let mut rng = Streams::new(31).stream(0, Purpose::Start, 0);
    let places: Vec<[f64; 2]> = (0..N).map(|_| rng.random()).collect();
    let (xs, ys): (Vec<f64>, Vec<f64>) = places.iter().map(|[x, y]| (*x, *y)).unzip();
    let statistic = |i: usize| (4.0 * xs[i]).sin() + ys[i] * ys[i];
    let moment = |power: i32| {
        weights
            .iter()
            .enumerate()
            .map(|(i, w)| w * statistic(i).powi(power))
            .sum::<f64>()
    };
    let (mean, independent) = (moment(1), (moment(2) - moment(1).powi(2)) / N as f64);
    let mut noise = |scheme: Scheme, order: Order| {
        let mut resampler = Resampler::default();
        let seen: Vec<f64> = (0..ROUNDS)
            .map(|round| {
                resampler.draw(by(scheme, order), [&xs, &ys], &weights, &mut stream(round));
                let counts = resampler.offspring().iter().enumerate();
                counts.map(|(i, n)| f64::from(*n) * statistic(i)).sum::<f64>() / N as f64
            })
            .collect();
        out.measured(
            format!("{scheme:?}, {order:?}: mean"),
            estimate(seen.iter().copied()),
            mean,
        );
        seen.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / ROUNDS as f64 / independent
    };
    let schemes = [Scheme::Systematic, Scheme::Stratified];
    let mut shares = Vec::new();
    for (k, scheme) in schemes.into_iter().enumerate() {
        progress.at(k, 2)?;
        shares.push([noise(scheme, Order::Hilbert), noise(scheme, Order::Slots)]);
    }
    for (scheme, [hilbert, slots]) in schemes.into_iter().zip(shares) {
        out.at_most(
            format!("{scheme:?}: variance along the curve, in that of multinomial draws"),
            hilbert,
            0.05,
        );
        out.at_least(
            format!("{scheme:?}: by slot, over along the curve"),
            slots / hilbert,
            5.0,
        );
    }
    Ok(out)
}
