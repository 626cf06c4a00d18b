//! Functions for the innermost loops, whose arguments are known to be in range: no special cases, and short chains of operations, so that
//! many of them are under way at once.

use super::{LN2_HIGH, LN2_LOW};

/// 2^x to 3 units in the last place for −1021 ≤ x ≤ 1022; anything at all elsewhere.
#[inline(always)]
pub fn exp2(x: f64) -> f64 {
    // 1.5 · 2^52 + 1023: adding it leaves the nearest integer in the low bits, with the bias of the exponent.
    const SHIFT: f64 = 6_755_399_441_056_767.0;
    let shifted = x + SHIFT;
    let r = x - (shifted - SHIFT); // |r| ≤ ½, exact
    // The minimax polynomial of degree 10 in the relative error, 2.1e-16: even and odd powers side by side.
    let z = r * r;
    let mut even = 7.037_278_846_726_901e-9;
    even = even * z + 1.321_566_283_595_923_8e-6;
    even = even * z + 1.540_352_996_112_707_6e-4;
    even = even * z + 9.618_129_108_034_596e-3;
    even = even * z + 2.402_265_069_590_876_8e-1;
    even = even * z + 1.0;
    let mut odd = 1.020_853_792_965_740_4e-7;
    odd = odd * z + 1.525_265_811_640_985_4e-5;
    odd = odd * z + 1.333_355_822_856_176_7e-3;
    odd = odd * z + 5.550_410_866_445_883e-2;
    odd = odd * z + 6.931_471_805_599_497e-1;
    (odd * r + even) * f64::from_bits(shifted.to_bits() << 52)
}

/// 1/x and ln x for 1e-300 ≤ x ≤ 1e300, by one division: to 2 units in the last place, the logarithm near 1 to 1e-15.
#[inline(always)]
pub fn reciprocal_and_ln(x: f64) -> (f64, f64) {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    // x = 2^k m with m in [√½, √2).
    let offset = x.to_bits().wrapping_sub(SQRT_HALF);
    let k = (((offset >> 52) ^ 0x800) as u32 as i32 - 0x800) as f64; // the 12 high bits, sign-extended
    let m = f64::from_bits((offset & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF));
    let (f, g) = (m - 1.0, m + 1.0);
    let both = 1.0 / (x * g);
    // ln m = 2 artanh(s), s = (m − 1)/(m + 1), |s| ≤ 0.1716: the polynomial of the FreeBSD library (fdlibm).
    let s = f * (both * x);
    let z = s * s;
    let mut p = 1.479_819_860_511_658_6e-1;
    p = p * z + 1.531_383_769_920_937_3e-1;
    p = p * z + 1.818_357_216_161_805e-1;
    p = p * z + 2.222_219_843_214_978_4e-1;
    p = p * z + 2.857_142_874_366_239e-1;
    p = p * z + 3.999_999_999_940_942e-1;
    p = p * z + 6.666_666_666_666_735e-1;
    (g * both, k * LN2_HIGH + (f - s * (f - z * p) + k * LN2_LOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp2_agrees_with_the_library_to_the_last_places() {
        for i in -102_100..=102_200 {
            let x = f64::from(i) * 0.01;
            let relative = (exp2(x) / x.exp2() - 1.0).abs();
            assert!(relative < 6e-16, "exp2({x}) is off by {relative:e}");
        }
        for i in -20_000..=20_000 {
            let x = f64::from(i) * 1e-4;
            let relative = (exp2(x) / x.exp2() - 1.0).abs();
            assert!(relative < 6e-16, "exp2({x}) is off by {relative:e}");
        }
        assert_eq!(
            (exp2(0.0), exp2(-1021.0), exp2(10.0)),
            (1.0, (-1021_f64).exp2(), 1024.0)
        );
    }

    #[test]
    fn reciprocal_and_ln_agree_with_the_library_to_the_last_places() {
        for i in -69_000..=69_000 {
            for x in [(f64::from(i) * 0.01).exp(), 1.0 + f64::from(i) * 1e-6] {
                let (reciprocal, log) = reciprocal_and_ln(x);
                assert!((reciprocal * x - 1.0).abs() < 6e-16, "1/{x} is {reciprocal}");
                let error = (log - x.ln()).abs();
                assert!(error <= 5e-16 * x.ln().abs().max(1.0), "ln({x}) is off by {error:e}");
            }
        }
        assert_eq!(reciprocal_and_ln(1.0), (1.0, 0.0));
    }
}
