//! Offspring from cumulated weights: systematic and stratified resampling along a curve.

use rand::RngExt as _;
use rayon::prelude::*;

use super::hilbert::Curve;
use crate::chunks::{BLOCK, layers};
use crate::rng::Stream;
use crate::vectorize::wide;

/// Scratch memory of the counting.
///
/// No particle is sorted. Particles are cut into layers, contiguous in the slots; the weights of each layer are summed by cell, the sums are
/// cumulated cell by cell along the curve and layer by layer within a cell, and then every particle knows where it begins. Whole
/// numbers have the same sum in any order, so the counts always add up to N.
#[derive(Clone, Debug, Default)]
pub(super) struct Counting {
    /// The cell of each particle.
    cells: Vec<u16>,
    /// For each layer and cell: the cumulated weight at which its next particle begins.
    cumulated: Vec<u64>,
}

impl Counting {
    /// Offspring from a counting function p, the number of points below a cumulated weight: p(Cᵢ) − p(Cᵢ₋₁), cumulated along the curve.
    pub(super) fn count(
        &mut self,
        (unit, curve): (Unit, &Curve),
        ([xs, ys], weights): ([&[f64]; 2], &[f64]),
        offspring: &mut [u32],
        points_below: impl Fn(u64) -> u64 + Sync,
    ) {
        let n = weights.len();
        let ranges = layers(n);
        let (share, n_cells) = (ranges[0].len(), curve.len());
        self.cells.resize(n, 0);
        self.cumulated.resize(ranges.len() * n_cells, 0);
        // The weight of each layer in each cell.
        let totals: Vec<u64> = self
            .cumulated
            .par_chunks_mut(n_cells)
            .zip(self.cells.par_chunks_mut(share))
            .zip(ranges)
            .map(|((sums, cells), range)| {
                sums.fill(0);
                let blocks = range.clone().step_by(BLOCK).zip(cells.chunks_mut(BLOCK));
                let mut whole = [0; BLOCK];
                let mut total = 0;
                for (first, cells) in blocks {
                    let block = first..first + cells.len();
                    let whole = &mut whole[..cells.len()];
                    total += unit.whole(&weights[block.clone()], whole);
                    if n_cells > 1 {
                        curve.cells_of(&xs[block.clone()], &ys[block], cells);
                        for (&cell, &weight) in cells.iter().zip(&*whole) {
                            sums[usize::from(cell)] += weight;
                        }
                    }
                }
                if let [sum] = sums {
                    *sum = total;
                }
                total
            })
            .collect();
        // Rounding leaves a little more or less than N in all: a particle with at least half the mean weight takes the difference.
        let missing = unit.all(n).wrapping_sub(totals.iter().sum());
        let heavy = weights.iter().position(|w| w * n as f64 > 0.5).unwrap_or(0);
        let own = if n_cells > 1 { usize::from(self.cells[heavy]) } else { 0 };
        let own = &mut self.cumulated[heavy / share * n_cells + own];
        *own = own.wrapping_add(missing);
        // From the weight of each layer in each cell to that of all before it: cell by cell along the curve, layer by layer within.
        let mut before = 0;
        for place in 0..n_cells {
            let cell = curve.cells.get(place).map_or(0, |cell| usize::from(*cell));
            for layer in self.cumulated.chunks_exact_mut(n_cells) {
                before += std::mem::replace(&mut layer[cell], before);
            }
        }
        offspring
            .par_chunks_mut(share)
            .zip(self.cumulated.par_chunks_mut(n_cells))
            .zip(self.cells.par_chunks(share))
            .zip(weights.par_chunks(share))
            .enumerate()
            .for_each(|(layer, (((counts, cumulated), cells), weights))| {
                let blocks = counts
                    .chunks_mut(BLOCK)
                    .zip(cells.chunks(BLOCK))
                    .zip(weights.chunks(BLOCK));
                let (mut whole, mut ends) = ([0; BLOCK], [0; BLOCK]);
                for (block, ((counts, cells), weights)) in blocks.enumerate() {
                    let (whole, ends) = (&mut whole[..counts.len()], &mut ends[..counts.len()]);
                    unit.whole(weights, whole);
                    if let Some(here) = heavy.checked_sub(layer * share + block * BLOCK)
                        && here < whole.len()
                    {
                        whole[here] = whole[here].wrapping_add(missing);
                    }
                    if let [cumulated] = cumulated {
                        let mut sum = *cumulated; // in a register: other threads write beside it
                        for (end, weight) in ends.iter_mut().zip(&*whole) {
                            sum += weight;
                            *end = sum;
                        }
                        *cumulated = sum;
                    } else {
                        for ((end, &cell), weight) in ends.iter_mut().zip(cells).zip(&*whole) {
                            let cumulated = &mut cumulated[usize::from(cell)];
                            *cumulated += weight;
                            *end = *cumulated;
                        }
                    }
                    wide(
                        #[inline(always)]
                        || {
                            for ((count, &end), &weight) in counts.iter_mut().zip(&*ends).zip(&*whole) {
                                *count = (points_below(end) - points_below(end - weight)) as u32;
                            }
                        },
                    );
                }
            });
    }
}

/// Weights as whole numbers: 2^bits is the weight of one offspring, and all N fit into the 52 bits of a mantissa.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub(super) bits: u32,
    scale: f64,
}

impl Unit {
    pub(super) fn new(n: usize) -> Self {
        let bits = 52 - n.next_power_of_two().ilog2();
        Self {
            bits,
            scale: (n << bits) as f64,
        }
    }

    /// The weight of `n` offspring.
    pub(super) fn all(self, n: usize) -> u64 {
        (n as u64) << self.bits
    }

    /// A uniform share of an offspring.
    pub(super) fn random(self, rng: &mut Stream) -> u64 {
        rng.random::<u64>() >> (64 - self.bits)
    }

    /// Normalised weights to the nearest unit, and their sum.
    #[inline(always)]
    pub(super) fn whole(self, weights: &[f64], whole: &mut [u64]) -> u64 {
        const SHIFT: f64 = 4_503_599_627_370_496.0; // 2^52: adding it leaves the nearest integer in the low bits
        wide(
            #[inline(always)]
            || {
                let mut sum = 0;
                for (whole, w) in whole.iter_mut().zip(weights) {
                    *whole = (w * self.scale + SHIFT).to_bits() - SHIFT.to_bits();
                    sum += *whole;
                }
                sum
            },
        )
    }
}
