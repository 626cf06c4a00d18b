//! The energy distance 2 E|X − Y| − E|X − X′| − E|Y − Y′| of two laws on the measuring grid.
//!
//! With d the difference of their masses per cell it is a quadratic form of |x|, and the discrete Fourier transform makes that diagonal:
//!
//! ```text
//! E = −Σ Σ d(x) d(x′) |x − x′| = 1/M² Σ over modes of K̂ |d̂|²,   K̂ the transform of −|x| over M × M cells, M = 384.
//! ```
//!
//! M is twice the side of the grid, so that no pair meets around the edge: the sum over all modes is exact. Of laws that are smoothed (2.6
//! cells) only the lowest modes say anything: K̂ falls like k⁻³ and |d̂|² at least like the square of the smoothing, 8e-4 of itself where the
//! modes end. Such laws can also be halved in resolution; what that takes from a mode is known, and K̂ makes up for it. What is left out
//! never exceeds 3e-4 of E (two narrow laws a small part of the smoothing apart) and is 1e-5 of it or less for laws that differ otherwise.

use super::observer::CELLS;
use crate::space::Grid;
use crate::vectorize::{cos, wide};

/// Modes along each axis, from the constant one.
const MODES: usize = CELLS / 3;
/// Cells of half the resolution, on each side of the middle.
const HALF: usize = CELLS / 4;
/// Cells after which the modes repeat.
const PERIOD: usize = 2 * CELLS;

/// Amplitudes of the modes, row by row from the constant one.
type Modes = Vec<[f64; MODES]>;

/// Transforms laws of a measuring grid, and knows the modes of one of them.
#[derive(Clone, Debug)]
pub(super) struct Energy {
    /// K̂/M² times the number of modes that share these amplitudes.
    kernel: Modes,
    /// cos and sin of the modes at the cells of half the resolution, to the right of the middle.
    waves: [Modes; 2],
    /// The other law at half the resolution, within the grid.
    goal: Vec<f64>,
    /// E|Y − Y′| of that law (length).
    spread: f64,
}

impl Energy {
    /// For distances from a law with these masses per cell.
    pub(super) fn new(grid: &Grid, goal: &[f64]) -> Self {
        let turn = |of: usize, period: usize| cos(std::f64::consts::TAU * of as f64 / period as f64);
        let table: Vec<f64> = (0..PERIOD).map(|k| turn(k, PERIOD)).collect();
        // Cell h stands 2 h + 1 cells of the full resolution from the middle.
        let wave = |quarter: usize, h: usize| {
            std::array::from_fn(|k| table[(k * (2 * h + 1) + PERIOD - quarter * PERIOD / 4) % PERIOD])
        };
        let waves = [0, 1].map(|quarter| (0..HALF).map(|h| wave(quarter, h)).collect());
        let mut energy = Self {
            kernel: kernel(grid, &table),
            waves,
            goal: vec![0.0; 4 * HALF * HALF],
            spread: 0.0,
        };
        let halved = halved(goal);
        energy.spread = -energy.form(&halved);
        energy.goal = halved;
        energy
    }

    /// The distance (length) of a smoothed law from the other, both within the grid: mass beyond is left out of either, and the rest counts as all. A law of
    /// which nothing is within counts as if it were in the last corner.
    pub(super) fn distance(&self, smoothed: &[f64]) -> f64 {
        let mut difference = halved(smoothed);
        difference.iter_mut().zip(&self.goal).for_each(|(p, q)| *p -= q);
        self.form(&difference).max(0.0)
    }

    /// E|Y − Y′| of the other law (length).
    pub(super) const fn spread(&self) -> f64 {
        self.spread
    }

    /// −Σ Σ d d′ |x − x′| of masses at half the resolution.
    fn form(&self, masses: &[f64]) -> f64 {
        const SIDE: usize = 2 * HALF;
        let mut total = 0.0;
        let mut half = vec![[0.0; HALF]; HALF];
        let mut along = vec![[0.0; MODES]; HALF];
        for (in_y, waves_y) in [1.0, -1.0].into_iter().zip(&self.waves) {
            for (in_x, waves_x) in [1.0, -1.0].into_iter().zip(&self.waves) {
                // Even parts have cosines, odd parts sines.
                for (h, row) in half.iter_mut().enumerate() {
                    let (up, down) = (
                        &masses[(HALF + h) * SIDE..][..SIDE],
                        &masses[(HALF - 1 - h) * SIDE..][..SIDE],
                    );
                    for (k, sum) in row.iter_mut().enumerate() {
                        let (right, left) = (HALF + k, HALF - 1 - k);
                        *sum = (up[right] + in_x * up[left]) + in_y * (down[right] + in_x * down[left]);
                    }
                }
                total += wide(
                    #[inline(always)]
                    || {
                        for (row, out) in half.iter().zip(&mut along) {
                            *out = combined(row.iter().copied(), waves_x);
                        }
                        let mut total = 0.0;
                        for (ky, kernel) in self.kernel.iter().enumerate() {
                            let amplitudes = combined(waves_y.iter().map(|wave| wave[ky]), &along);
                            let mut squares = [0.0; MODES];
                            for ((square, a), k) in squares.iter_mut().zip(&amplitudes).zip(kernel) {
                                *square = k * (a * a);
                            }
                            total += squares.iter().sum::<f64>();
                        }
                        total
                    },
                );
            }
        }
        total
    }
}

/// Σ of factors times rows.
#[inline(always)]
fn combined(factors: impl Iterator<Item = f64>, rows: &Modes) -> [f64; MODES] {
    let mut sums = [0.0; MODES];
    for (factor, row) in factors.zip(rows) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += factor * value;
        }
    }
    sums
}

/// Masses of two by two cells, as shares of all.
fn halved(masses: &[f64]) -> Vec<f64> {
    let mut out: Vec<f64> = masses
        .chunks_exact(2 * CELLS)
        .flat_map(|rows| {
            let (low, high) = rows.split_at(CELLS);
            let pairs = low.chunks_exact(2).zip(high.chunks_exact(2));
            pairs.map(|(a, b)| (a[0] + a[1]) + (b[0] + b[1]))
        })
        .collect();
    let total: f64 = out.iter().sum();
    if total > super::discrepancy::LEAST {
        out.iter_mut().for_each(|m| *m /= total);
    } else {
        out.fill(0.0);
        out[4 * HALF * HALF - 1] = 1.0;
    }
    out
}

/// The transform of −|x| over twice the grid, as [`Energy`] needs it; `table` holds the cosines of all angles.
fn kernel(grid: &Grid, table: &[f64]) -> Modes {
    let wave = |cells: usize| -> [f64; MODES] { std::array::from_fn(|k| table[(k * cells) % PERIOD]) };
    // A distance and its mirror image, of which there is none for nothing and for half a period.
    let both = |cells: usize| if cells == 0 || cells == CELLS { 1.0 } else { 2.0 };
    let waves: Modes = (0..=CELLS).map(|a| wave(a).map(|w| both(a) * w)).collect();
    let (dx, dy) = (grid.dx(), grid.dy());
    let rows: Modes = (0..=CELLS)
        .map(|b| {
            let y = b as f64 * dy;
            let length = |a: usize| -((a as f64 * dx).powi(2) + y * y).sqrt();
            let lengths: Vec<f64> = (0..=CELLS).map(length).collect();
            wide(
                #[inline(always)]
                || combined(lengths.iter().copied(), &waves),
            )
        })
        .collect();
    // Two cells in one, half a cell to each side of the middle: cos(ω/2) of a mode, and (1 + cos ω)/2 of its square.
    let taken: [f64; MODES] = std::array::from_fn(|k| 0.5 * (1.0 + table[k]));
    let shared = |k: usize| if k == 0 { 1.0 } else { 2.0 };
    (0..MODES)
        .map(|ky| {
            let sums = wide(
                #[inline(always)]
                || combined(waves.iter().map(|wave| wave[ky]), &rows),
            );
            let scale = shared(ky) / (taken[ky] * (PERIOD * PERIOD) as f64);
            std::array::from_fn(|kx| sums[kx] * shared(kx) * scale / taken[kx])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::{gaussian_taps, smooth};
    use crate::rng::{Purpose, Streams};
    use crate::space::Rect;

    const RECT: Rect = Rect::new(-3.0, 4.5, -2.0, 2.0);

    /// Smoothed masses of few points, in the middle of a grid.
    fn law(points: &[(usize, usize, f64)]) -> Vec<f64> {
        let mut sharp = vec![0.0; CELLS * CELLS];
        for &(i, j, mass) in points {
            sharp[j * CELLS + i] += mass;
        }
        let taps = gaussian_taps(2.56 * 2.56);
        let (mut work, mut out) = (Vec::new(), Vec::new());
        smooth(&sharp, (CELLS, CELLS), (&taps, &taps), &mut work, &mut out);
        out
    }

    /// −Σ Σ d d′ |x − x′|, pair by pair.
    fn pair_by_pair(grid: &Grid, [p, q]: [&[f64]; 2]) -> f64 {
        let places: Vec<(f64, f64, f64)> = (0..grid.len())
            .filter(|k| p[*k] != q[*k])
            .map(|k| (grid.center(k % CELLS, k / CELLS), p[k] - q[k]))
            .map(|(at, d)| (at.x, at.y, d))
            .collect();
        let row = |(x, y, d): &(f64, f64, f64)| {
            let term = |(u, v, e): &(f64, f64, f64)| e * ((x - u).powi(2) + (y - v).powi(2)).sqrt();
            -d * places.iter().map(term).sum::<f64>()
        };
        places.iter().map(row).sum()
    }

    #[test]
    fn the_distance_is_that_of_all_pairs() {
        let grid = Grid::new(RECT, CELLS, CELLS);
        let scattered = |seed: u64, n: usize| -> Vec<(usize, usize, f64)> {
            let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
            Streams::new(seed).normals(0, Purpose::Start, 0).fill(&mut a, &mut b);
            let cell = |z: f64| (90.0 + 12.0 * z) as usize;
            (0..n).map(|k| (cell(a[k]), cell(b[k]), 1.0 / n as f64)).collect()
        };
        let one = |i: usize, j: usize| vec![(i, j, 1.0)];
        for (what, p, q, error) in [
            ("far apart", one(20, 30), one(150, 160), 1e-6),
            ("side by side", one(90, 96), one(91, 96), 3e-4),
            ("and across", one(90, 96), one(90, 97), 3e-4),
            ("scattered", scattered(1, 30), scattered(2, 50), 1e-5),
            (
                "one more",
                scattered(3, 400),
                [scattered(3, 400), scattered(3, 400), one(100, 90)].concat(),
                1e-4,
            ),
        ] {
            let total: f64 = q.iter().map(|(.., m)| m).sum();
            let q: Vec<_> = q.iter().map(|(i, j, m)| (*i, *j, m / total)).collect();
            let (p, q) = (law(&p), law(&q));
            let energy = Energy::new(&grid, &q);
            let (seen, expected) = (energy.distance(&p), pair_by_pair(&grid, [&p, &q]));
            let nothing = vec![0.0; p.len()];
            let (spread, of_pairs) = (energy.spread(), -pair_by_pair(&grid, [&q, &nothing]));
            eprintln!(
                "{what}: {seen:.9}, pair by pair {expected:.9}, off by {:.1e} of it; spread {spread:.6} and {of_pairs:.6}",
                seen / expected - 1.0
            );
            assert!(
                (seen / expected - 1.0).abs() < error,
                "{what}: {seen} and not {expected}"
            );
            assert!(
                (spread / of_pairs - 1.0).abs() < 1e-4,
                "{what}: {spread} and not {of_pairs}"
            );
            assert!(energy.distance(&q) < 1e-15);
        }
    }

    #[test]
    fn what_is_beyond_is_left_out() {
        let grid = Grid::new(RECT, CELLS, CELLS);
        let q = law(&[(90, 90, 1.0)]);
        let energy = Energy::new(&grid, &q);
        let p = law(&[(60, 90, 1.0)]);
        let part: Vec<f64> = p.iter().map(|m| 0.25 * m).collect();
        let (all, part) = (energy.distance(&p), energy.distance(&part));
        assert!((all - part).abs() < 1e-12, "{all} and {part}");
        let nothing = energy.distance(&vec![0.0; CELLS * CELLS]);
        assert!(nothing > all && nothing < 20.0, "{nothing}");
    }
}
