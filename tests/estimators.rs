//! The density estimates behind the reaction: held against naive sums, closed forms, and recursions for Gaussians.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use std::f64::consts::TAU;

use wfr_lab::density::KernelSum;
use wfr_lab::ensemble::Ensemble;
use wfr_lab::rng::{Purpose, Streams};

/// log Σⱼ wⱼ N(x; yⱼ, h²), and 1/Σ r², by the definition.
fn naive(at: (f64, f64), [ys, zs]: [&[f64]; 2], log_weights: &[f64], h: f64) -> (f64, f64) {
    let log = |j: usize| log_weights[j] - ((at.0 - ys[j]).powi(2) + (at.1 - zs[j]).powi(2)) / (2.0 * h * h);
    let logs: Vec<f64> = (0..ys.len()).map(log).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|l| (l - most).exp()).sum();
    let squares: f64 = logs.iter().map(|l| (2.0 * (l - most)).exp()).sum();
    (most + sum.ln() - (TAU * h * h).ln(), sum * sum / squares)
}

/// Two clouds, one wide and one narrow, with uneven weights.
fn clouds(n: usize) -> Ensemble {
    let (mut x, mut y) = (vec![0.0; n], vec![0.0; n]);
    Streams::new(4).normals(0, Purpose::Start, 0).fill(&mut x, &mut y);
    for (i, (x, y)) in x.iter_mut().zip(&mut y).enumerate() {
        *x = if i % 5 == 0 { 3.0 + 0.1 * *x } else { -1.0 + *x };
        *y *= if i % 5 == 0 { 0.02 } else { 0.7 };
    }
    let mut e = Ensemble::new([x, y]);
    e.reweight(|first, _, l| {
        for (i, l) in l.iter_mut().enumerate() {
            *l += 3.0 * ((first + i) as f64 * 0.61).sin();
        }
    })
    .unwrap();
    e
}

/// The worst relative error of density and neighbours at these points.
fn worst(sources: [&[f64]; 2], log_weights: &[f64], points: [&[f64]; 2], h: f64) -> (f64, f64) {
    let n = points[0].len();
    let (mut sum, mut log, mut neighbours) = (KernelSum::default(), vec![0.0; n], vec![0.0; n]);
    sum.place(sources, log_weights, h);
    sum.evaluate(points, &mut log);
    sum.neighbours(points, &mut neighbours);
    (0..n).fold((0.0, 0.0), |(a, b): (f64, f64), i| {
        let (expected, felt) = naive((points[0][i], points[1][i]), sources, log_weights, h);
        (
            a.max((log[i] - expected).abs()),
            b.max((neighbours[i] / felt - 1.0).abs()),
        )
    })
}

#[test]
fn the_exact_sum_is_the_naive_one() {
    let e = clouds(3000);
    for h in [0.001, 0.01, 0.06, 0.2, 1.0, 5.0] {
        let (density, neighbours) = worst(e.positions(), e.log_weights(), e.positions(), h);
        println!("h {h}: log density off by {density:.1e}, neighbours by {neighbours:.1e}");
        assert!(density < 1e-12 && neighbours < 1e-12);
        // Points that are no sources: far from all, and in between.
        let line: Vec<f64> = (-60..60).map(|i| f64::from(i) * 0.2).collect();
        let (density, neighbours) = worst(e.positions(), e.log_weights(), [&line, &line], h);
        let far = 1e-15 * (12.0f64 / h).powi(2); // the rounding of a squared distance
        println!("h {h}: elsewhere {density:.1e}, {neighbours:.1e}");
        assert!(density < 1e-12 + far && neighbours < 1e-12 + 4.0 * far);
    }
}
