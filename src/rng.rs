//! Addressed randomness: every random number is a function of (seed, step, purpose, chunk).
//!
//! Nothing here remembers anything between steps, so a run gives the same bits whatever the number of threads, in the window
//! or headless; and panels that share a seed share their noise, slot by slot ("twin noise").
//!
//! [`Stream`] serves everything rare (starts, resampling, jumps) through the traits of `rand`. [`Normals`] is the hot
//! path: sixteen interleaved xoshiro128++ generators and a polynomial Box–Muller transform that the compiler vectorises.

use std::f32::consts::{FRAC_PI_4, LN_2};

use crate::chunks::CHUNK;
use rand::{RngExt as _, SeedableRng as _};
pub use rand_xoshiro::Xoshiro256PlusPlus as Stream;

/// What a random number is for. The numbers are part of the format: changing one changes every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Positions at time 0.
    Start = 1,
    /// Which slots begin as scouts or in which component.
    Shuffle = 2,
    /// The noise of the transport step.
    Transport = 3,
    /// The uniforms of resampling.
    Resample = 4,
    /// Which particles jump, and where to.
    BirthDeath = 5,
    /// Resampling that makes weights equal before particles can jump, or on demand.
    Equalise = 6,
    /// What particles carry when they first need it: velocities, or a noise before the first.
    Carried = 7,
    /// Which proposed moves are accepted.
    Accept = 8,
    /// Where a brush puts particles, and what they carry.
    Brush = 9,
    /// Directions along which divergences are estimated.
    Probe = 10,
}

/// All the random streams of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A general-purpose generator for one address.
    pub fn stream(&self, step: u64, purpose: Purpose, chunk: usize) -> Stream {
        Stream::seed_from_u64(self.address(step, purpose, chunk))
    }

    /// A source of normals for one address.
    #[inline(always)]
    pub fn normals(&self, step: u64, purpose: Purpose, chunk: usize) -> Normals {
        Normals::new(self.address(step, purpose, chunk))
    }

    #[inline(always)]
    fn address(&self, step: u64, purpose: Purpose, chunk: usize) -> u64 {
        let mut h = mix(self.seed ^ 0x9e37_79b9_7f4a_7c15);
        h = mix(h ^ step.wrapping_mul(0xd1b5_4a32_d192_ed03));
        h = mix(h ^ (purpose as u64).wrapping_mul(0x8cb9_2ba7_2f3d_8dd7));
        mix(h ^ (chunk as u64).wrapping_mul(0xaef1_7502_1c65_c3a5))
    }
}

/// The finaliser of `SplitMix64`: a bijection in which every input bit reaches every output bit.
#[inline(always)]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Two independent standard normals (Marsaglia's polar method), for what evolves: unlike those of `rand_distr` they take no logarithm
/// of the C library, which differs between processors in the last place.
pub fn normal_pair(rng: &mut Stream) -> (f64, f64) {
    loop {
        let (u, v) = (2.0 * rng.random::<f64>() - 1.0, 2.0 * rng.random::<f64>() - 1.0);
        let s = u * u + v * v;
        if s > 1e-300 && s < 1.0 {
            let scale = (-2.0 * crate::vectorize::ln(s) / s).sqrt();
            return (scale * u, scale * v);
        }
    }
}

/// D independent standard normals, from pairs.
pub fn normals<const D: usize>(rng: &mut Stream) -> [f64; D] {
    let mut all = [0.0; D];
    for pair in all.chunks_mut(2) {
        let (u, v) = normal_pair(rng);
        pair[0] = u;
        if let Some(second) = pair.get_mut(1) {
            *second = v;
        }
    }
    all
}

/// Number of interleaved generators: one AVX-512 register of 32-bit words, two of AVX2.
pub const LANES: usize = 16;

/// Standard normals in bulk, two per particle: independent to the resolution of 32-bit uniforms, |z| ≤ 6.6.
#[derive(Clone, Debug)]
pub struct Normals {
    state: [[u32; LANES]; 4],
}

impl Normals {
    #[inline(always)]
    fn new(address: u64) -> Self {
        let mut state = [[0; LANES]; 4];
        let mut counter = address;
        for words in &mut state {
            for pair in words.chunks_exact_mut(2) {
                counter = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let word = mix(counter);
                (pair[0], pair[1]) = (word as u32, (word >> 32) as u32);
            }
        }
        Self { state }
    }

    /// Fills two slices of the same length with independent standard normals. Call it in blocks whose length is a
    /// multiple of [`LANES`] (except the last), so that a value depends on its place only. Inline it into a
    /// [`vectorize::wide`](crate::vectorize::wide) closure.
    #[inline(always)]
    pub fn fill(&mut self, first: &mut [f64], second: &mut [f64]) {
        let whole = first.len() / LANES * LANES;
        let (first, first_rest) = first.split_at_mut(whole);
        let (second, second_rest) = second.split_at_mut(whole);
        for (a, b) in first.chunks_exact_mut(LANES).zip(second.chunks_exact_mut(LANES)) {
            self.lanes(a, b);
        }
        if !first_rest.is_empty() {
            let (mut a, mut b) = ([0.0; LANES], [0.0; LANES]);
            self.lanes(&mut a, &mut b);
            first_rest.copy_from_slice(&a[..first_rest.len()]);
            second_rest.copy_from_slice(&b[..second_rest.len()]);
        }
    }

    /// Fills D slices of the same length, of at most [`CHUNK`], two by two; of an odd number the last one's partner is thrown away.
    #[inline(always)]
    pub fn fill_all<const D: usize>(&mut self, mut slices: [&mut [f64]; D]) {
        for pair in slices.chunks_mut(2) {
            match pair {
                [first, second] => self.fill(first, second),
                rest => rest.iter_mut().for_each(|last| {
                    let mut unused = [0.0; CHUNK];
                    self.fill(last, &mut unused[..last.len()]);
                }),
            }
        }
    }

    /// Fills a slice with uniforms strictly between 0 and 1, of 32 bits each; in blocks as [`Normals::fill`].
    #[inline(always)]
    pub fn fill_uniform(&mut self, values: &mut [f64]) {
        for values in values.chunks_mut(LANES) {
            for (value, word) in values.iter_mut().zip(self.next()) {
                *value = (f64::from(word) + 0.5) * (1.0 / 4_294_967_296.0);
            }
        }
    }

    #[inline(always)]
    fn lanes(&mut self, first: &mut [f64], second: &mut [f64]) {
        let (u, v) = (self.next(), self.next());
        for (((a, b), &u), &v) in first.iter_mut().zip(second.iter_mut()).zip(&u).zip(&v) {
            let (x, y) = box_muller(u, v);
            (*a, *b) = (f64::from(x), f64::from(y));
        }
    }

    /// The next word of every lane (xoshiro128++).
    #[inline(always)]
    fn next(&mut self) -> [u32; LANES] {
        let [s0, s1, s2, s3] = &mut self.state;
        let mut out = [0; LANES];
        for i in 0..LANES {
            out[i] = s0[i].wrapping_add(s3[i]).rotate_left(7).wrapping_add(s0[i]);
            let t = s1[i] << 9;
            s2[i] ^= s0[i];
            s3[i] ^= s1[i];
            s1[i] ^= s2[i];
            s0[i] ^= s3[i];
            s2[i] ^= t;
            s3[i] = s3[i].rotate_left(11);
        }
        out
    }
}

/// Two independent standard normals from two uniform words: radius √(−2 ln u), angle from an eighth of a turn either way
/// (30 bits) and two bits that reflect it into the rest of the circle.
#[inline(always)]
fn box_muller(u: u32, v: u32) -> (f32, f32) {
    let uniform = ((u >> 1) as i32 as f32 + 0.5) * (1.0 / 2_147_483_648.0); // in (0, 1]
    let radius = (-2.0 * ln(uniform)).max(0.0).sqrt();
    let angle = ((v << 2) as i32 as f32) * (FRAC_PI_4 / 2_147_483_648.0);
    let z = angle * angle;
    let sine = angle * (1.0 + z * (-1.0 / 6.0 + z * (1.0 / 120.0 + z * (-1.0 / 5040.0 + z * (1.0 / 362_880.0)))));
    let cosine = 1.0 + z * (-0.5 + z * (1.0 / 24.0 + z * (-1.0 / 720.0 + z * (1.0 / 40_320.0))));
    let swap = ((v as i32) >> 31) as u32; // all ones or zero
    let sign = (v << 1) & 0x8000_0000;
    let (s, c) = (sine.to_bits(), cosine.to_bits());
    let exchange = (s ^ c) & swap;
    (
        radius * f32::from_bits(c ^ exchange ^ sign),
        radius * f32::from_bits(s ^ exchange ^ sign),
    )
}

/// ln x for normal x in (0, 1], to about 1e-7.
#[inline(always)]
fn ln(x: f32) -> f32 {
    const SQRT_HALF: u32 = 0x3f35_04f3;
    let offset = x.to_bits().wrapping_sub(SQRT_HALF);
    let k = ((offset as i32) >> 23) as f32;
    let m = f32::from_bits((offset & 0x007f_ffff).wrapping_add(SQRT_HALF)); // in [√½, √2)
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    k * LN_2 + s * (2.0 + z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * (2.0 / 9.0)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectorize::wide;

    fn normals(seed: u64, n: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
        for (chunk, (a, b)) in a.chunks_mut(1024).zip(b.chunks_mut(1024)).enumerate() {
            let mut source = Streams::new(seed).normals(0, Purpose::Transport, chunk);
            wide(
                #[inline(always)]
                || source.fill(a, b),
            );
        }
        (a, b)
    }

    #[test]
    fn pairs_have_the_moments_of_normals() {
        let mut rng = Streams::new(13).stream(0, Purpose::Start, 0);
        let (a, b): (Vec<f64>, Vec<f64>) = (0..1_000_000).map(|_| normal_pair(&mut rng)).unzip();
        assert_moments(&a, &[(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0)]);
        assert_moments(&b, &[(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0)]);
        for (what, score) in [
            ("a b", z(a.iter().zip(&b).map(|(a, b)| a * b), 0.0)),
            ("a² b²", z(a.iter().zip(&b).map(|(a, b)| a * a * b * b), 1.0)),
        ] {
            assert!(score.abs() < 5.0, "{what}: z = {score:.2}");
        }
    }

    /// z-score of the mean of `values` against `expected`, from their own standard error.
    fn z(values: impl Iterator<Item = f64> + Clone, expected: f64) -> f64 {
        let n = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / n;
        let variance = values.map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean - expected) / (variance / n).sqrt()
    }

    /// Each moment (power, expected) within five standard errors.
    fn assert_moments(values: &[f64], moments: &[(i32, f64)]) {
        for &(power, expected) in moments {
            let score = z(values.iter().map(|v| v.powi(power)), expected);
            assert!(score.abs() < 5.0, "moment {power}: z = {score:.2}");
        }
    }

    #[test]
    fn normals_have_the_moments_of_a_normal() {
        let n = 4_000_000;
        let (a, b) = normals(11, n);
        assert_moments(&a, &[(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0), (8, 105.0)]);
        assert_moments(&b, &[(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0), (8, 105.0)]);
        for (what, score) in [
            ("a b", z(a.iter().zip(&b).map(|(a, b)| a * b), 0.0)),
            ("a² b²", z(a.iter().zip(&b).map(|(a, b)| a * a * b * b), 1.0)),
            ("a² b", z(a.iter().zip(&b).map(|(a, b)| a * a * b), 0.0)),
            ("neighbours", z(a.windows(2).map(|w| w[0] * w[1]), 0.0)),
            ("lanes", z(a.windows(LANES + 1).map(|w| w[0] * w[LANES]), 0.0)),
            ("chunks", z(a.windows(1025).map(|w| w[0] * w[1024]), 0.0)),
        ] {
            assert!(score.abs() < 5.0, "{what}: z = {score:.2}");
        }
    }

    #[test]
    fn normals_have_the_distribution_of_a_normal() {
        // Shares beyond thresholds, from tables of the normal distribution.
        let n = 4_000_000;
        let (a, _) = normals(12, n);
        for (threshold, tail) in [
            (0.0, 0.5),
            (0.5, 0.308_537_538_725_987),
            (1.0, 0.158_655_253_931_457),
            (2.0, 0.022_750_131_948_179_2),
            (3.0, 0.001_349_898_031_630_1),
            (4.0, 3.167_124_183_311_998e-5),
        ] {
            for sign in [-1.0, 1.0] {
                let score = z(a.iter().map(|v| f64::from(u8::from(sign * v > threshold))), tail);
                assert!(score.abs() < 5.0, "beyond {}: z = {score:.2}", sign * threshold);
            }
        }
        let bulk = a.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        assert!(bulk > 4.8 && bulk < 6.7, "largest |z| {bulk}");
    }

    #[test]
    fn uniforms_have_the_moments_of_uniforms() {
        let mut source = Streams::new(17).normals(0, Purpose::Accept, 0);
        let mut values = vec![0.0; 1_000_003];
        source.fill_uniform(&mut values);
        assert!(values.iter().all(|u| *u > 0.0 && *u < 1.0));
        assert_moments(
            &values,
            &[(1, 1.0 / 2.0), (2, 1.0 / 3.0), (3, 1.0 / 4.0), (7, 1.0 / 8.0)],
        );
        let score = z(values.windows(LANES + 1).map(|w| w[0] * w[LANES]), 0.25);
        assert!(score.abs() < 5.0, "lanes: z = {score:.2}");
    }

    #[test]
    fn extreme_words_are_finite() {
        for u in [0, 1, 2, u32::MAX - 1, u32::MAX, 1 << 31] {
            for v in [0, 1, u32::MAX, 1 << 31, 1 << 30, 1 << 29, (1 << 29) - 1] {
                let (x, y) = box_muller(u, v);
                assert!(x.is_finite() && y.is_finite() && x.hypot(y) < 6.7, "{u} {v}: {x} {y}");
            }
        }
    }

    #[test]
    fn addresses_differ_in_every_part() {
        let streams = Streams::new(7);
        let reference = streams.address(3, Purpose::Transport, 5);
        assert_eq!(reference, Streams::new(7).address(3, Purpose::Transport, 5));
        for other in [
            Streams::new(8).address(3, Purpose::Transport, 5),
            streams.address(4, Purpose::Transport, 5),
            streams.address(3, Purpose::Resample, 5),
            streams.address(3, Purpose::Transport, 6),
            streams.address(5, Purpose::Transport, 3),
        ] {
            assert_ne!(reference, other);
        }
    }

    #[test]
    fn a_value_depends_on_its_place_only() {
        let source = Streams::new(3).normals(0, Purpose::Transport, 0);
        let (mut a, mut b, mut c, mut d) = ([0.0; 100], [0.0; 100], [0.0; 100], [0.0; 100]);
        source.clone().fill(&mut a, &mut b);
        let mut blocks = source;
        blocks.fill(&mut c[..48], &mut d[..48]);
        blocks.fill(&mut c[48..], &mut d[48..]);
        assert_eq!((a, b), (c, d));
    }
}
