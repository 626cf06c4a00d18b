//! Determinants of small matrices.

#![allow(clippy::needless_range_loop, reason = "one index walks through several arrays")]

use crate::vectorize::ln;

/// log |det M| by elimination with row exchanges; −∞ where M has no inverse. Written out for the same bits on all processors.
pub(super) fn log_determinant<const D: usize>(mut m: [[f64; D]; D]) -> f64 {
    let mut log = 0.0;
    for k in 0..D {
        let pivot = (k..D).fold(k, |best, i| if m[i][k].abs() > m[best][k].abs() { i } else { best });
        m.swap(k, pivot);
        let size = m[k][k].abs();
        if size.is_nan() || size == 0.0 {
            return f64::NEG_INFINITY;
        }
        log += ln(size);
        let (above, below) = m.split_at_mut(k + 1);
        for row in below {
            let factor = row[k] / above[k][k];
            for j in k + 1..D {
                row[j] -= factor * above[k][j];
            }
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn determinants_are_those_of_hand() {
        assert_eq!(log_determinant([[-3.0]]), 3.0_f64.ln());
        assert!((log_determinant([[0.0, 2.0], [5.0, 1.0]]) - 10.0_f64.ln()).abs() < 1e-15);
        let m = [[2.0, -1.0, 0.5], [1.0, 3.0, -2.0], [0.3, 0.7, 1.1]];
        let det: f64 = 2.0 * (3.3 + 1.4) + 1.0 * (1.1 + 0.6) + 0.5 * (0.7 - 0.9);
        assert!((log_determinant(m) - det.ln()).abs() < 1e-14);
        assert_eq!(log_determinant([[1.0, 2.0], [2.0, 4.0]]), f64::NEG_INFINITY);
    }
}
