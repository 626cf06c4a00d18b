//! Trigonometric and hyperbolic functions, and powers, of the same make as [`exp`] and [`ln`]: branch-free, so that they vectorise,
//! and free of the C library, so that they give the same bits everywhere.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LOG10_E, PI};

use super::{exp, ln};

/// sin x to 2 units in the last place for |x| ≤ 10⁶; beyond, off by as much as a change of x in its last place makes, and always in
/// [−1, 1]; NaN at ±∞.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    let (sine, _, quadrant) = reduced(x, 0);
    signed(sine, quadrant)
}

/// cos x, as exactly as [`sin`].
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    let (sine, _, quadrant) = reduced(x, 1);
    signed(sine, quadrant)
}

/// tan x to 4 units in the last place for |x| ≤ 10⁶; NaN at ±∞.
#[inline(always)]
pub fn tan(x: f64) -> f64 {
    let (sine, cosine, _) = reduced(x, 0);
    // In the odd quadrants the two have changed places, and one of them its sign.
    let odd = quadrant_of(x) & 1 != 0;
    if odd { -(sine / cosine) } else { sine / cosine }
}

const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5 · 2^52: adding it leaves the nearest integer in the low bits

/// The number of the quarter turn nearest to x, modulo a power of two.
#[inline(always)]
fn quadrant_of(x: f64) -> u64 {
    (x * std::f64::consts::FRAC_2_PI + SHIFT).to_bits()
}

/// |sin|, |cos| up to sign of x + `turns` quarter turns, and the number of the quadrant.
#[inline(always)]
fn reduced(x: f64, turns: u64) -> (f64, f64, u64) {
    // π/2 in three parts: the first two have 33 bits, so that their products with whole numbers up to 2^20 are exact.
    const FIRST: f64 = 1.570_796_326_734_125_6;
    const SECOND: f64 = 6.077_100_506_303_966e-11;
    const THIRD: f64 = 2.022_266_248_795_950_6e-21;
    let shifted = x * std::f64::consts::FRAC_2_PI + SHIFT;
    let n = shifted - SHIFT;
    let quadrant = shifted.to_bits().wrapping_add(turns);
    let r = ((x - n * FIRST) - n * SECOND) - n * THIRD;
    let r = r.clamp(-0.8, 0.8); // only where x is too large to know its phase
    let z = r * r;
    // Minimax polynomials of the FreeBSD library (fdlibm) for |r| ≤ π/4.
    let mut s = 1.589_690_995_211_55e-10;
    s = s * z - 2.505_076_025_340_686_3e-8;
    s = s * z + 2.755_731_370_707_006_8e-6;
    s = s * z - 1.984_126_982_985_795e-4;
    s = s * z + 8.333_333_333_322_49e-3;
    s = s * z - 1.666_666_666_666_663_2e-1;
    let sine = r + r * z * s;
    let mut c = -1.135_964_755_778_819_5e-11;
    c = c * z + 2.087_572_321_298_175e-9;
    c = c * z - 2.755_731_435_139_066_3e-7;
    c = c * z + 2.480_158_728_947_673e-5;
    c = c * z - 1.388_888_888_887_411e-3;
    c = c * z + 4.166_666_666_666_66e-2;
    let half = 0.5 * z;
    let w = 1.0 - half;
    let cosine = w + (((1.0 - w) - half) + z * z * c);
    if quadrant & 1 == 0 {
        (sine, cosine, quadrant)
    } else {
        (cosine, sine, quadrant)
    }
}

#[inline(always)]
fn signed(value: f64, quadrant: u64) -> f64 {
    if quadrant & 2 == 0 { value } else { -value }
}

/// atan x to 2 units in the last place.
#[inline(always)]
pub fn atan(x: f64) -> f64 {
    const MORE: f64 = 6.123_233_995_736_766e-17; // what π/2 lacks
    let a = x.abs();
    let (far, middle) = (a > 2.414_213_562_373_095, a > 0.66);
    let above = if far {
        -1.0
    } else if middle {
        a - 1.0
    } else {
        a
    };
    let below = if far {
        a
    } else if middle {
        a + 1.0
    } else {
        1.0
    };
    let (base, more) = if far {
        (FRAC_PI_2, MORE)
    } else if middle {
        (FRAC_PI_4, 0.5 * MORE)
    } else {
        (0.0, 0.0)
    };
    let t = above / below;
    let z = t * t;
    // The rational function of the Cephes library.
    let mut p = -8.750_608_600_031_904e-1;
    p = p * z - 1.615_753_718_733_365e1;
    p = p * z - 7.500_855_792_314_705e1;
    p = p * z - 1.228_866_684_490_136_2e2;
    p = p * z - 6.485_021_904_942_025e1;
    let mut q = z + 2.485_846_490_142_306_3e1;
    q = q * z + 1.650_270_098_316_988_5e2;
    q = q * z + 4.328_810_604_912_903e2;
    q = q * z + 4.853_903_996_359_137e2;
    q = q * z + 1.945_506_571_482_614e2;
    let value = base + (t + t * (z * p / q) + more);
    if x.is_nan() { x } else { value.copysign(x) }
}

/// The angle of the point (x, y), in (−π, π], to a few units in the last place; 0 at the origin.
#[inline(always)]
pub fn atan2(y: f64, x: f64) -> f64 {
    let origin = x == 0.0 && y == 0.0;
    let angle = atan(y.abs() / if origin { 1.0 } else { x.abs() });
    let angle = if x < 0.0 { PI - angle } else { angle };
    if y.is_nan() { y } else { angle.copysign(y) }
}

/// asin x to a few units in the last place; NaN outside [−1, 1].
#[inline(always)]
pub fn asin(x: f64) -> f64 {
    atan(x / ((1.0 - x) * (1.0 + x)).sqrt())
}

/// acos x to a few units in the last place; NaN outside [−1, 1].
#[inline(always)]
pub fn acos(x: f64) -> f64 {
    2.0 * atan(((1.0 - x) / (1.0 + x)).sqrt())
}

/// sinh x to a few units in the last place; ±∞ beyond 709.
#[inline(always)]
pub fn sinh(x: f64) -> f64 {
    // Near zero the Taylor polynomial of degree 19, because e^x − e^(−x) loses digits there.
    let z = if x.abs() < 1.0 { x * x } else { 0.0 };
    let mut p = 1.0 / 121_645_100_408_832_000.0;
    p = p * z + 1.0 / 355_687_428_096_000.0;
    p = p * z + 1.0 / 1_307_674_368_000.0;
    p = p * z + 1.0 / 6_227_020_800.0;
    p = p * z + 1.0 / 39_916_800.0;
    p = p * z + 1.0 / 362_880.0;
    p = p * z + 1.0 / 5_040.0;
    p = p * z + 1.0 / 120.0;
    p = p * z + 1.0 / 6.0;
    let e = exp(x.abs());
    let far = (0.5 * (e - 1.0 / e)).copysign(x);
    if x.abs() < 1.0 { x + x * z * p } else { far }
}

/// cosh x to a few units in the last place; +∞ beyond 709.
#[inline(always)]
pub fn cosh(x: f64) -> f64 {
    let e = exp(x.abs());
    0.5 * (e + 1.0 / e)
}

/// tanh x to a few units in the last place.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    let a = x.abs();
    // Near zero the rational function of the Cephes library.
    let z = x * x;
    let p = (-9.643_991_794_250_522e-1 * z - 9.928_772_310_019_185e1) * z - 1.614_687_684_417_084_5e3;
    let q = ((z + 1.128_116_784_916_329_3e2) * z + 2.235_488_390_601_004_5e3) * z + 4.844_063_053_251_255e3;
    let near = x + x * z * (p / q);
    let far = (1.0 - 2.0 / (exp(2.0 * a) + 1.0)).copysign(x);
    if a < 0.625 { near } else { far }
}

/// The logarithm to base 10, to a few units in the last place.
#[inline(always)]
pub fn log10(x: f64) -> f64 {
    ln(x) * LOG10_E
}

/// Largest whole exponent that [`power`] takes as a product.
pub const LARGEST_PRODUCT: f64 = 1024.0;

/// x^s. Whole exponents up to [`LARGEST_PRODUCT`] are products, also of negative x, to a unit in the last place per factor; others
/// are e^{s ln x}: to |s ln x| units in the last place, NaN for negative x.
#[inline(always)]
pub fn power(x: f64, s: f64) -> f64 {
    if is_product(s) { product(x, s) } else { exp(s * ln(x)) }
}

/// Whether a power with this exponent is a product.
#[inline(always)]
pub fn is_product(s: f64) -> bool {
    s.abs() <= LARGEST_PRODUCT && (s + SHIFT) - SHIFT == s
}

/// x^s for whole s.
#[inline(always)]
pub fn product(x: f64, s: f64) -> f64 {
    let (mut left, mut square, mut value) = (s.abs() as u32, x, 1.0);
    while left > 0 {
        value *= if left & 1 == 0 { 1.0 } else { square };
        square *= square;
        left >>= 1;
    }
    if s < 0.0 { 1.0 / value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error in units of the last place of the true value.
    fn worst(ours: fn(f64) -> f64, theirs: fn(f64) -> f64, points: impl Iterator<Item = f64>) -> f64 {
        let mut worst: f64 = 0.0;
        for x in points {
            let (a, b) = (ours(x), theirs(x));
            let unit = (b.abs() * f64::EPSILON).max(f64::MIN_POSITIVE);
            assert!((a - b).abs() < 100.0 * unit, "at {x}: {a} instead of {b}");
            worst = worst.max((a - b).abs() / unit);
        }
        worst
    }

    fn spread(reach: f64) -> impl Iterator<Item = f64> {
        (-100_000..=100_000).map(move |i| f64::from(i) * 1e-5 * reach * 1.000_000_37)
    }

    #[test]
    fn functions_agree_with_the_library_to_a_few_units_in_the_last_place() {
        let wide = |reach: f64| spread(reach).chain(spread(1.0)).chain(spread(1e-6));
        let quarters = || (-10_000..10_000).map(|i| f64::from(i) * FRAC_PI_2);
        let cases: [(&str, f64, f64); 9] = [
            (
                "sin",
                worst(sin, f64::sin, wide(1e6).chain(wide(30.0)).chain(quarters())),
                2.0,
            ),
            (
                "cos",
                worst(cos, f64::cos, wide(1e6).chain(wide(30.0)).chain(quarters())),
                2.0,
            ),
            (
                "tan",
                worst(tan, f64::tan, wide(1e6).chain(wide(30.0)).chain(quarters())),
                4.0,
            ),
            ("atan", worst(atan, f64::atan, wide(1e6).chain(wide(5.0))), 2.0),
            (
                "asin",
                worst(asin, f64::asin, spread(0.999_999).chain(spread(1e-3))),
                4.0,
            ),
            (
                "acos",
                worst(acos, f64::acos, spread(0.999_999).chain(spread(1e-3))),
                4.0,
            ),
            ("sinh", worst(sinh, f64::sinh, wide(700.0)), 4.0),
            ("cosh", worst(cosh, f64::cosh, wide(700.0)), 4.0),
            ("tanh", worst(tanh, f64::tanh, wide(30.0)), 4.0),
        ];
        for (name, error, allowed) in cases {
            assert!(error <= allowed, "{name}: {error}");
        }
        let logarithms = worst(log10, f64::log10, (1..100_000).map(|i| f64::from(i) * 1.234e3));
        assert!(logarithms <= 4.0, "{logarithms}");
    }

    #[test]
    fn angles_are_those_of_the_library() {
        for i in 0..1000 {
            let (y, x) = (f64::from(i).to_radians() * 0.37).sin_cos();
            let (y, x) = (1e3 * y, 0.2 * x);
            assert!((atan2(y, x) - y.atan2(x)).abs() < 4.0 * f64::EPSILON * PI, "({x}, {y})");
        }
        assert_eq!(
            (atan2(0.0, 0.0), atan2(0.0, -1.0), atan2(1.0, 0.0)),
            (0.0, PI, FRAC_PI_2)
        );
    }

    #[test]
    fn whole_powers_are_products_and_others_need_positive_bases() {
        for s in -40..=40 {
            for x in [-1.7, -0.3, 0.9, 1.0, 2.5] {
                let error = power(x, f64::from(s)) / x.powi(s) - 1.0;
                assert!(error.abs() < 40.0 * f64::EPSILON, "{x}^{s}: {error:e}");
            }
        }
        for i in 1..1000 {
            let (x, s) = (0.01 * f64::from(i), 0.013 * f64::from(i - 500) + 0.001);
            let error = power(x, s) / x.powf(s) - 1.0;
            assert!(error.abs() < 5e-15, "{x}^{s}: {error:e}");
        }
        assert_eq!(
            (power(0.0, 0.5), power(0.0, 2.0), power(0.0, 0.0), power(3.0, 0.0)),
            (0.0, 0.0, 1.0, 1.0)
        );
        assert_eq!((power(0.0, -1.0), power(0.0, -0.5)), (f64::INFINITY, f64::INFINITY));
        assert!(power(-1.0, 0.5).is_nan() && power(f64::NAN, 0.5).is_nan());
    }

    #[test]
    fn ends_of_the_line_are_in_order() {
        let infinity = f64::INFINITY;
        assert_eq!((tanh(infinity), tanh(-infinity), tanh(800.0)), (1.0, -1.0, 1.0));
        assert_eq!((sinh(-800.0), cosh(800.0)), (-infinity, infinity));
        assert_eq!((atan(infinity), atan(-infinity)), (FRAC_PI_2, -FRAC_PI_2));
        assert_eq!(
            (asin(1.0), asin(-1.0), acos(1.0), acos(-1.0)),
            (FRAC_PI_2, -FRAC_PI_2, 0.0, PI)
        );
        assert!(asin(1.1).is_nan() && acos(-1.1).is_nan() && sin(infinity).is_nan() && atan(f64::NAN).is_nan());
        assert!(
            [1e15, 1e19, 1e300]
                .iter()
                .all(|&x| sin(x).abs() <= 1.0 && cos(-x).abs() <= 1.0)
        );
        assert!(sin(f64::NAN).is_nan() && tan(f64::NAN).is_nan() && tanh(f64::NAN).is_nan() && sinh(f64::NAN).is_nan());
    }
}
