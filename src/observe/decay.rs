//! How fast a KL decays, read off its history.
//!
//! Near equilibrium KL = c e^{−rt}, plus what sampling adds to it. A line is fitted to log(KL − floor) by weighted least squares, over the
//! last stretch of the history in which KL is below a ceiling (where it decays exponentially already) and above
//! three times the floor (where it is not yet noise).

use crate::vectorize::ln;

/// An exponential decay fitted to a KL.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    /// r = −d log KL/dt (1/time): twice the rate αλ₁ + β of the law.
    pub rate: f64,
    /// Standard error of r.
    pub error: f64,
    /// The first and last time of the entries that were used.
    pub window: (f64, f64),
    /// How many these were.
    pub points: usize,
}

/// Fits the decay of a history of (time, KL), oldest first. `floor` is what sampling adds to KL at equilibrium
/// ([`Observer::kl_floor`](super::Observer::kl_floor)), or 0 for a solution without noise. `None` where less than eight entries
/// are in the window.
///
/// Noise of the size of the floor moves log(KL − floor) by floor/(KL − floor); an entry weighs as much less. The standard error is
/// that of the residuals, made larger for the correlation of each with the next. Known failures: what a whole run has in common, the
/// chance of its start above all, is not in its residuals, and from seed to seed the rate of particles varies about three times as much. A
/// ceiling so high that the decay is not yet exponential gives a rate that is precise and wrong.
pub fn decay(history: impl IntoIterator<Item = (f64, f64)>, floor: f64, ceiling: f64) -> Option<Decay> {
    const FEWEST: usize = 8;
    const ABOVE: f64 = 3.0;
    let mut window: Vec<(f64, f64)> = Vec::new();
    let mut over = false;
    for (time, kl) in history {
        if kl >= ceiling || kl.is_nan() {
            window.clear();
            over = false;
        } else if kl > ABOVE * floor.max(0.0) && kl - floor > f64::MIN_POSITIVE && !over {
            window.push((time, kl - floor));
        } else {
            over = true; // in the noise, from which single entries may rise again
        }
    }
    let (first, last) = (window.first()?.0, window.last()?.0);
    if window.len() < FEWEST {
        return None;
    }
    let weigh = |excess: f64| excess * excess / (excess * excess + floor * floor);
    let rows = || window.iter().map(|&(t, excess)| (t - first, ln(excess), weigh(excess)));
    let (mut w, mut wt, mut wy) = (0.0, 0.0, 0.0);
    for (t, y, weight) in rows() {
        w += weight;
        wt += weight * t;
        wy += weight * y;
    }
    let (mean_t, mean_y) = (wt / w, wy / w);
    let (mut tt, mut ty) = (0.0, 0.0);
    for (t, y, weight) in rows() {
        tt += weight * (t - mean_t) * (t - mean_t);
        ty += weight * (t - mean_t) * (y - mean_y);
    }
    let slope = ty / tt;
    let residuals: Vec<f64> = rows()
        .map(|(t, y, weight)| weight.sqrt() * (y - mean_y - slope * (t - mean_t)))
        .collect();
    let squares: f64 = residuals.iter().map(|r| r * r).sum();
    let products: f64 = residuals.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let correlation = if squares > 0.0 {
        (products / squares).clamp(0.0, 0.99)
    } else {
        0.0
    };
    let variance = squares / (window.len() - 2) as f64 / tt * (1.0 + correlation) / (1.0 - correlation);
    slope.is_finite().then_some(Decay {
        rate: -slope,
        error: variance.sqrt(),
        window: (first, last),
        points: window.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn an_exponential_is_its_rate() {
        let history = |k: i32| (f64::from(k) * 0.1, 3.0 * (-0.7 * f64::from(k) * 0.1).exp());
        let fit = decay((0..100).map(history), 0.0, 1.0).unwrap();
        assert!((fit.rate - 0.7).abs() < 1e-12 && fit.error < 1e-12, "{fit:?}");
        // Below 1 from t = ln 3/0.7 = 1.57 on.
        assert_eq!((fit.window, fit.points), ((1.6, history(99).0), 84));
        // A floor is taken away, and the rest of the history is not used once it is reached.
        let raised = |k: i32| (history(k).0, history(k).1 + 0.01);
        let fit = decay((0..200).map(raised), 0.01, 1.0).unwrap();
        assert!((fit.rate - 0.7).abs() < 1e-12, "{fit:?}");
        assert!(fit.window.1 < 7.2, "3 e^(−0.7 t) = 0.02 at t = 7.16: {fit:?}");
        assert_eq!(decay((0..7).map(history), 0.0, 9.0), None, "too few");
        assert_eq!(decay((0..100).map(history), 2.0, 9.0), None, "all below the floor");
        assert_eq!(decay((0..100).map(|k| (f64::from(k), f64::NAN)), 0.0, 9.0), None);
        assert_eq!(decay([], 0.0, 9.0), None);
    }

    #[test]
    fn the_standard_error_is_that_of_the_rate() {
        // 400 noisy histories, independent entries and ones that remember each other by 0.6: z is standard normal, whose second
        // moment has the standard error √(2/400).
        for memory in [0.0, 0.6f64] {
            let mut squares = 0.0;
            for round in 0..400 {
                let mut normals = Streams::new(3).normals(round, Purpose::Start, 0);
                let (mut noise, mut unused) = (vec![0.0; 300], vec![0.0; 300]);
                normals.fill(&mut noise, &mut unused);
                let mut state = unused[0];
                let history = noise.iter().enumerate().map(|(k, xi)| {
                    state = memory * state + (1.0 - memory * memory).sqrt() * xi;
                    let t = k as f64 * 0.02;
                    (t, (-t + 0.1 * state).exp())
                });
                let fit = decay(history, 0.0, 9.0).unwrap();
                squares += ((fit.rate - 1.0) / fit.error).powi(2) / 400.0;
            }
            // The correlation is estimated with a bias of (1 + 4 · 0.6)/300 of −0.011: 4 % of the variance.
            let z = (squares - 1.0) / 0.005f64.sqrt();
            eprintln!("memory {memory}: mean square of z {squares:.3}, z = {z:.2}");
            assert!(z.abs() < 5.0);
        }
    }
}
