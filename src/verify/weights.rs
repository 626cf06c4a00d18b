//! Weights: what effective sizes mean, and the normaliser that is carried along.

use rand::RngExt as _;

use super::{Outcome, Progress, Stop};
use crate::ensemble::Ensemble;
use crate::rng::{Purpose, Streams};

const N: usize = 5000;

/// Particles on a line whose log-weights are these.
fn weighted(log_weights: &[f64]) -> Result<Ensemble<1>, Stop> {
    let places = (0..log_weights.len()).map(|i| i as f64).collect();
    let mut ensemble = Ensemble::new([places]);
    ensemble.reweight(|first, _, l| {
        for (l, given) in l.iter_mut().zip(&log_weights[first..]) {
            *l += given;
        }
    })?;
    Ok(ensemble)
}

/// Log-weights spread over several orders of magnitude.
fn spread(seed: u64) -> Vec<f64> {
    let mut rng = Streams::new(seed).stream(0, Purpose::Start, 0);
    (0..N).map(|_| 6.0 * rng.random::<f64>().powi(2) - 4.0).collect()
}

/// ESS = N/(1 + CV²), perplexity = e^H, and the order ESS ≤ perplexity ≤ N (Rényi entropies fall with their order).
pub(super) fn effective_sizes(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let logs = spread(5);
    let ensemble = weighted(&logs)?;
    let summary = ensemble.summary();
    let raw: Vec<f64> = logs.iter().map(|l| l.exp()).collect();
    let n = N as f64;
    let mean = raw.iter().sum::<f64>() / n;
    let variance = raw.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / n;
    out.relative(
        "ESS = N/(1 + CV²)",
        summary.ess,
        n / (1.0 + variance / (mean * mean)),
        1e-12,
    );
    let entropy: f64 = raw.iter().map(|w| w / (n * mean)).map(|w| -w * w.ln()).sum();
    out.relative("perplexity = e^(−Σ w ln w)", summary.perplexity, entropy.exp(), 1e-11);
    out.at_most("ESS ≤ perplexity", summary.ess, summary.perplexity);
    out.at_most("perplexity ≤ N", summary.perplexity, n);
    out.at_most("N/ESS ≤ N max w", n / summary.ess, n * summary.largest);
    // k of N particles with equal weight, the others with none.
    let k = 1234;
    let some: Vec<f64> = (0..N)
        .map(|i| {
            if i % 4 == 0 && i / 4 < k {
                0.0
            } else {
                f64::NEG_INFINITY
            }
        })
        .collect();
    let equal = weighted(&some)?.summary();
    out.relative("ESS of k equal weights", equal.ess, k as f64, 1e-12);
    out.relative("perplexity of k equal weights", equal.perplexity, k as f64, 1e-12);
    // Log-normal weights e^(σξ − σ²/2) at the nodes of a fine quantile grid: ESS/N → e^(−σ²).
    let sigma: f64 = 0.7;
    let nodes = 200_000;
    let reach = 8.0;
    let grid: Vec<f64> = (0..nodes)
        .map(|i| (i as f64 + 0.5) / nodes as f64 * 2.0 * reach - reach)
        .collect();
    let base = |x: &f64| -0.5 * x * x;
    let plain = weighted(&grid.iter().map(base).collect::<Vec<_>>())?;
    let tilted = weighted(&grid.iter().map(|x| base(x) + sigma * x).collect::<Vec<_>>())?;
    let second: f64 = tilted
        .weights()
        .iter()
        .zip(plain.weights())
        .map(|(t, p)| t * t / p)
        .sum();
    out.absolute(
        "1/E w² of log-normal weights, σ = .7",
        1.0 / second,
        (-sigma * sigma).exp(),
        1e-9,
    );
    Ok(out)
}

/// log Z grows by log Σ wᵢ e^(aᵢ): a constant shifts it by itself, two steps add up, resampling leaves it alone.
pub(super) fn normaliser(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let (first, second) = (spread(6), spread(7));
    let mut ensemble = weighted(&first)?;
    let mean = |logs: &[f64]| (logs.iter().map(|l| l.exp()).sum::<f64>() / N as f64).ln();
    out.absolute("log Z after one step", ensemble.log_normaliser(), mean(&first), 1e-11);
    let add = |ensemble: &mut Ensemble<1>, logs: &[f64]| {
        ensemble.reweight(|start, _, l| l.iter_mut().zip(&logs[start..]).for_each(|(l, a)| *l += a))
    };
    add(&mut ensemble, &second)?;
    let both: Vec<f64> = first.iter().zip(&second).map(|(a, b)| a + b).collect();
    out.absolute("log Z after two steps", ensemble.log_normaliser(), mean(&both), 1e-11);
    add(&mut ensemble, &vec![-321.5; N])?;
    out.absolute(
        "log Z after a constant",
        ensemble.log_normaliser(),
        mean(&both) - 321.5,
        1e-9,
    );
    let before = ensemble.log_normaliser();
    ensemble.resample(&[]);
    out.absolute("change by resampling", ensemble.log_normaliser() - before, 0.0, 0.0);
    let total: f64 = weighted(&both)?.weights().iter().sum();
    out.absolute("Σ w", total, 1.0, 1e-12);
    Ok(out)
}
