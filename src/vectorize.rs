//! Loops that the compiler may vectorise for the processor at hand, and elementary functions that vectorise.
//!
//! [`wide`] runs a closure compiled several times (SSE2, AVX2, AVX-512) and picks the best at run time. No fused
//! multiply–add is ever formed, so every version gives the same bits. The functions here are branch-free polynomials for
//! the same two reasons: they vectorise, and they do not depend on the C library of the machine.

mod bare;
mod elementary;

pub use bare::{exp2, reciprocal_and_ln};
pub use elementary::{
    LARGEST_PRODUCT, acos, asin, atan, atan2, cos, cosh, is_product, log10, power, product, sin, sinh, tan, tanh,
};

/// Runs `f` compiled for the best instruction set of this processor. The closure must be `#[inline(always)]`, and so must
/// everything hot that it calls.
#[inline(always)]
pub fn wide<R>(f: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(f)
}

/// Folds two slices of equal length into K numbers, eight lanes at a time and then the lanes in order, so that the loop
/// vectorises and the result does not depend on how.
#[inline(always)]
pub fn fold<const K: usize>(
    a: &[f64],
    b: &[f64],
    zero: f64,
    step: impl Fn([f64; K], f64, f64) -> [f64; K],
    join: impl Fn(f64, f64) -> f64,
) -> [f64; K] {
    const LANES: usize = 8;
    let mut lanes = [[zero; LANES]; K];
    let (whole_a, rest_a) = a.as_chunks::<LANES>();
    let (whole_b, rest_b) = b.as_chunks::<LANES>();
    for (a, b) in whole_a.iter().zip(whole_b) {
        for i in 0..LANES {
            let next = step(std::array::from_fn(|k| lanes[k][i]), a[i], b[i]);
            for (lane, value) in lanes.iter_mut().zip(next) {
                lane[i] = value;
            }
        }
    }
    let rest = rest_a
        .iter()
        .zip(rest_b)
        .fold([zero; K], |acc, (&a, &b)| step(acc, a, b));
    std::array::from_fn(|k| lanes[k].iter().fold(rest[k], |acc, &v| join(acc, v)))
}

/// The sum of a slice, vectorised; the order of the additions is fixed.
pub fn sum(values: &[f64]) -> f64 {
    let [sum] = wide(
        #[inline(always)]
        || fold(values, values, 0.0, |[s], v, _| [s + v], |a, b| a + b),
    );
    sum
}

/// ln 2 in two parts, of which the first has trailing zeros: its products with small whole numbers are exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e^x to about 1 unit in the last place; 0 below −708, +∞ above 709.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5 · 2^52: adding it leaves the nearest integer in the low bits
    let clamped = x.clamp(-708.0, 709.0);
    let shifted = clamped * std::f64::consts::LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let r = (clamped - n * LN2_HIGH) - n * LN2_LOW; // |r| ≤ ln 2 / 2
    // Taylor polynomial of degree 13: the remainder is below 1e-17 on this interval.
    let mut p = 1.0 / 6_227_020_800.0;
    p = p * r + 1.0 / 479_001_600.0;
    p = p * r + 1.0 / 39_916_800.0;
    p = p * r + 1.0 / 3_628_800.0;
    p = p * r + 1.0 / 362_880.0;
    p = p * r + 1.0 / 40_320.0;
    p = p * r + 1.0 / 5_040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    let value = p * scale;
    let value = if x < -708.0 { 0.0 } else { value };
    let value = if x > 709.0 { f64::INFINITY } else { value };
    if x.is_nan() { x } else { value }
}

/// ln x to about 1 unit in the last place for normal positive x; −∞ at zero and for subnormal numbers.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    // x = 2^k m with m in [√½, √2).
    let offset = x.to_bits().wrapping_sub(SQRT_HALF);
    let k = (((offset >> 52) ^ 0x800) as u32 as i32 - 0x800) as f64; // the 12 high bits, sign-extended
    let m = f64::from_bits((offset & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF));
    // ln m = 2 artanh(s), s = (m − 1)/(m + 1), |s| ≤ 0.1716.
    let f = m - 1.0;
    let s = f / (m + 1.0);
    let z = s * s;
    let mut p = 2.0 / 21.0;
    p = p * z + 2.0 / 19.0;
    p = p * z + 2.0 / 17.0;
    p = p * z + 2.0 / 15.0;
    p = p * z + 2.0 / 13.0;
    p = p * z + 2.0 / 11.0;
    p = p * z + 2.0 / 9.0;
    p = p * z + 2.0 / 7.0;
    p = p * z + 2.0 / 5.0;
    p = p * z + 2.0 / 3.0;
    // ln m = f − s (f − z p): keeps the leading term exact.
    let value = k * LN2_HIGH + (f - s * (f - z * p) + k * LN2_LOW);
    let value = if x < f64::MIN_POSITIVE {
        f64::NEG_INFINITY
    } else {
        value
    };
    let value = if x < 0.0 || x.is_nan() { f64::NAN } else { value };
    if x == f64::INFINITY { x } else { value }
}

/// e^x − 1 without loss of digits near zero, to a few units in the last place.
pub fn exp_m1(x: f64) -> f64 {
    // Kahan's device: the rounding of e^x enters numerator and denominator alike, and cancels.
    let e = exp(x);
    if e == 1.0 {
        x
    } else if e - 1.0 == -1.0 || e == f64::INFINITY {
        e - 1.0
    } else {
        (e - 1.0) * x / ln(e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_library_to_the_last_place() {
        for i in -70_000..70_000 {
            let x = f64::from(i) * 0.010_013;
            let relative = (exp(x) / x.exp() - 1.0).abs();
            assert!(relative < 6e-16, "exp({x}) is off by {relative:e}");
        }
        assert_eq!((exp(0.0), exp(-800.0), exp(800.0)), (1.0, 0.0, f64::INFINITY));
        assert_eq!((exp(f64::NEG_INFINITY), exp(f64::INFINITY)), (0.0, f64::INFINITY));
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn exp_m1_agrees_with_the_library() {
        for i in -4000..4000 {
            for scale in [1e-300, 1e-18, 1e-9, 1e-3, 0.01] {
                let x = f64::from(i) * scale;
                let error = (exp_m1(x) - x.exp_m1()).abs();
                assert!(error <= 1.5e-15 * x.exp_m1().abs(), "exp_m1({x}) is off by {error:e}");
            }
        }
        assert_eq!((exp_m1(-800.0), exp_m1(800.0)), (-1.0, f64::INFINITY));
        assert!(exp_m1(f64::NAN).is_nan());
    }

    #[test]
    fn ln_agrees_with_the_library_to_the_last_place() {
        for i in -70_000..70_000 {
            let x = (f64::from(i) * 0.010_013).exp();
            let error = (ln(x) - x.ln()).abs() / x.ln().abs().max(1e-3);
            assert!(error < 5e-16, "ln({x}) is off by {error:e}");
        }
        assert_eq!(
            (ln(1.0), ln(0.0), ln(f64::INFINITY)),
            (0.0, f64::NEG_INFINITY, f64::INFINITY)
        );
        assert!(ln(-1.0).is_nan() && ln(f64::NAN).is_nan());
    }
}
