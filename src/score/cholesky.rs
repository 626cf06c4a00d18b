//! Inverses of small covariances.
//!
//! A library would do, but those at hand use fused multiply–adds where the processor has them, and what evolves must have the same bits
//! on all.

#![allow(clippy::needless_range_loop, reason = "one index walks through several arrays")]

use crate::vectorize::ln;

/// The lower triangular L with L Lᵀ = M, of a symmetric positive definite matrix; nothing if it is not.
pub(super) fn factor<const D: usize>(matrix: &[[f64; D]; D]) -> Option<[[f64; D]; D]> {
    let mut factor = [[0.0; D]; D];
    for i in 0..D {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            let rest = matrix[i][j] - known;
            if i != j {
                factor[i][j] = rest / factor[j][j];
            } else if rest > 0.0 && rest.is_finite() {
                factor[i][i] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(factor)
}

/// The inverse and the logarithm of the determinant of a symmetric positive definite matrix; nothing if it is not.
pub(super) fn invert<const D: usize>(matrix: &[[f64; D]; D]) -> Option<([[f64; D]; D], f64)> {
    let factor = factor(matrix)?;
    let log_det = 2.0 * (0..D).map(|i| ln(factor[i][i])).sum::<f64>();
    // L⁻¹ by columns, then M⁻¹ = L⁻ᵀ L⁻¹.
    let mut lower = [[0.0; D]; D];
    for j in 0..D {
        for i in j..D {
            let known: f64 = (j..i).map(|k| factor[i][k] * lower[k][j]).sum();
            let unit = if i == j { 1.0 } else { 0.0 };
            lower[i][j] = (unit - known) / factor[i][i];
        }
    }
    let mut inverse = [[0.0; D]; D];
    for i in 0..D {
        for j in 0..=i {
            inverse[i][j] = (i..D).map(|k| lower[k][i] * lower[k][j]).sum();
            inverse[j][i] = inverse[i][j];
        }
    }
    Some((inverse, log_det))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        fn check<const D: usize>() {
            // A Hilbert-like matrix, made well conditioned.
            let matrix: [[f64; D]; D] = std::array::from_fn(|i| {
                std::array::from_fn(|j| 1.0 / (1 + i + j) as f64 + if i == j { 0.5 } else { 0.0 })
            });
            let (inverse, log_det) = invert(&matrix).unwrap();
            for i in 0..D {
                for j in 0..D {
                    let product: f64 = (0..D).map(|k| matrix[i][k] * inverse[k][j]).sum();
                    let unit = if i == j { 1.0 } else { 0.0 };
                    assert!((product - unit).abs() < 1e-12, "{D} {i} {j} {product}");
                }
            }
            // The determinant of the inverse is the inverse of the determinant.
            assert!((log_det + invert(&inverse).unwrap().1).abs() < 1e-11);
        }
        check::<1>();
        check::<2>();
        check::<7>();
        check::<64>();
        let (_, log_det) = invert(&[[4.0, 1.0], [1.0, 3.0]]).unwrap();
        assert!((log_det - 11_f64.ln()).abs() < 1e-14);
        assert!(invert(&[[1.0, 2.0], [2.0, 1.0]]).is_none());
        assert!(invert(&[[f64::NAN]]).is_none());
    }
}
