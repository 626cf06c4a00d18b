//! Gaussian smoothing of a grid by two passes of a truncated, normalised kernel.

use rayon::prelude::*;

use crate::vectorize::{exp, wide};

/// One half of a symmetric, normalised kernel: `taps[k]` is the weight at distance k cells. The variance is given in cells²; the
/// kernel reaches four standard deviations.
pub fn gaussian_taps(variance: f64) -> Vec<f64> {
    let reach = (4.0 * variance.max(0.0).sqrt()).ceil() as usize;
    let mut taps: Vec<f64> = (0..=reach)
        .map(|k| {
            if k == 0 {
                1.0
            } else {
                exp(-((k * k) as f64) / (2.0 * variance))
            }
        })
        .collect();
    let total = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
    taps.iter_mut().for_each(|t| *t /= total);
    taps
}

/// Convolves the sum of several grids with a separable kernel. `layers` holds grids of `nx` × `ny` cells one after the
/// other; the result is written to `out`. What would come from beyond the border counts as zero.
pub fn smooth(
    layers: &[f64],
    (nx, ny): (usize, usize),
    (taps_x, taps_y): (&[f64], &[f64]),
    work: &mut Vec<f64>,
    out: &mut Vec<f64>,
) {
    let cells = nx * ny;
    work.resize(cells, 0.0);
    out.resize(cells, 0.0);
    let reach = taps_x.len() - 1;
    work.par_chunks_mut(nx).enumerate().for_each_init(
        || vec![0.0; nx + 2 * reach],
        |padded, (row, smoothed)| {
            wide(
                #[inline(always)]
                || {
                    let middle = &mut padded[reach..reach + nx];
                    middle.copy_from_slice(&layers[row * nx..][..nx]);
                    for layer in layers[cells..].chunks_exact(cells) {
                        for (sum, v) in middle.iter_mut().zip(&layer[row * nx..]) {
                            *sum += v;
                        }
                    }
                    for (s, v) in smoothed.iter_mut().zip(&padded[reach..]) {
                        *s = taps_x[0] * v;
                    }
                    for (k, &tap) in taps_x.iter().enumerate().skip(1) {
                        let (left, right) = (&padded[reach - k..][..nx], &padded[reach + k..][..nx]);
                        for ((s, l), r) in smoothed.iter_mut().zip(left).zip(right) {
                            *s += tap * (l + r);
                        }
                    }
                },
            );
        },
    );
    let rows: &[f64] = work;
    out.par_chunks_mut(nx).enumerate().for_each(|(row, smoothed)| {
        wide(
            #[inline(always)]
            || {
                for (s, v) in smoothed.iter_mut().zip(&rows[row * nx..]) {
                    *s = taps_y[0] * v;
                }
                for (k, &tap) in taps_y.iter().enumerate().skip(1) {
                    if row >= k {
                        for (s, v) in smoothed.iter_mut().zip(&rows[(row - k) * nx..]) {
                            *s += tap * v;
                        }
                    }
                    if row + k < ny {
                        for (s, v) in smoothed.iter_mut().zip(&rows[(row + k) * nx..]) {
                            *s += tap * v;
                        }
                    }
                }
            },
        );
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_are_normalised_with_the_variance_asked_for() {
        for variance in [1.0f64, 6.0, 40.0] {
            let taps = gaussian_taps(variance);
            let total = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
            let second: f64 = 2.0 * taps.iter().enumerate().map(|(k, t)| (k * k) as f64 * t).sum::<f64>();
            assert!((total - 1.0).abs() < 1e-14);
            // Cutting at four standard deviations loses 2 (4 φ(4) + Q(4)) = 1.1e-3 of the variance, at most.
            assert!((second / variance - 1.0).abs() < 1.2e-3, "{variance}: {second}");
        }
        assert_eq!(gaussian_taps(0.0), vec![1.0]);
    }

    #[test]
    fn smoothing_keeps_mass_and_equals_the_direct_sum() {
        let (nx, ny) = (23, 17);
        let mut layers = vec![0.0; 2 * nx * ny];
        layers[8 * nx + 11] = 1.0;
        layers[nx * ny + 9 * nx + 10] = 2.0;
        let (tx, ty) = (gaussian_taps(2.0), gaussian_taps(1.0));
        let (mut work, mut out) = (Vec::new(), Vec::new());
        smooth(&layers, (nx, ny), (&tx, &ty), &mut work, &mut out);
        let tap = |taps: &[f64], d: usize| taps.get(d).copied().unwrap_or(0.0);
        for j in 0..ny {
            for i in 0..nx {
                let direct = tap(&tx, i.abs_diff(11)) * tap(&ty, j.abs_diff(8))
                    + 2.0 * tap(&tx, i.abs_diff(10)) * tap(&ty, j.abs_diff(9));
                assert!((out[j * nx + i] - direct).abs() < 1e-16, "{i} {j}");
            }
        }
        assert!((out.iter().sum::<f64>() - 3.0).abs() < 1e-14);
    }
}
