//! The kernel sum itself, without a grid: log Σⱼ wⱼ N(x; yⱼ, h² I) to a relative 1e-12 of the sum.
//!
//! Sources are sorted into square cells of one bandwidth. For the points of a cell the sum runs first over the cells next to
//! it: a lower bound S of every point's sum. All sources together weigh 1, so those beyond a distance r add at most e^(−r²/2h²);
//! with r chosen to make that 1e-13 S the sum runs over the cells within r, and is done. Where S is next to nothing even
//! so (particles far from anything that has weight) the point gets the sum over everything, in logarithms.
//!
//! Every pair within about eight bandwidths costs a kernel. Known failure: none of accuracy, but of speed, where many particles
//! share a bandwidth or are far from all weight: then the cost is O(N²).

use std::f64::consts::TAU;
use std::ops::Range;

use rayon::prelude::*;

use crate::chunks::Stop;
use crate::ensemble::FAR;
use crate::vectorize::{exp, fold, ln, wide};

/// What may be neglected, relative to a sum.
const NEGLECTED: f64 = 1e-13;
/// Sums below this are left to logarithms: squares of their parts would underflow.
const FAINT: f64 = 1e-140;
/// Points handled by one task.
const TASK: usize = 64;
/// The last cell to each side, 2³⁰.
const MOST: f64 = 1_073_741_824.0;
/// Sources are handled by eights.
const LANES: usize = 8;

/// Sums of Gaussian kernels over weighted sources, and their scratch memory.
#[derive(Clone, Debug, Default)]
pub struct KernelSum {
    bandwidth: f64,
    origin: (f64, f64),
    /// Sources by cell.
    sources: Sorted,
    weights: Vec<f64>,
    log_weights: Vec<f64>,
    /// The rows of cells that hold sources, from the lowest, each with its first source; ended by one beyond the last.
    rows: Vec<(u32, u32)>,
    points: Sorted,
    values: Vec<f64>,
    stop: Stop,
}

/// Points in the order of their cells: by row, then by column, then by number.
#[derive(Clone, Debug, Default)]
struct Sorted {
    order: Vec<(u64, u32)>,
    xs: Vec<f64>,
    ys: Vec<f64>,
}

impl KernelSum {
    /// Once this is called, sums end soon, and what they wrote is no result.
    pub fn heed(&mut self, stop: Stop) {
        self.stop = stop;
    }

    /// Takes over the sources, with normalised log-weights. Those without weight, or farther away than a number can tell, are
    /// left out.
    pub fn place(&mut self, [xs, ys]: [&[f64]; 2], log_weights: &[f64], bandwidth: f64) {
        self.bandwidth = bandwidth;
        self.origin = (xs[0], ys[0]);
        let (origin, size) = (self.origin, bandwidth);
        let exists = |i: &usize| log_weights[*i] > f64::NEG_INFINITY && xs[*i].abs() <= FAR && ys[*i].abs() <= FAR;
        self.sources.fill([xs, ys], (0..xs.len()).filter(exists), origin, size);
        let order = &self.sources.order;
        self.log_weights.clear();
        self.log_weights
            .extend(order.iter().map(|&(_, i)| log_weights[i as usize]));
        self.weights.clear();
        self.weights.extend(self.log_weights.iter().map(|l| exp(*l)));
        self.rows.clear();
        for (&(key, _), i) in order.iter().zip(0..) {
            if self.rows.last().is_none_or(|(row, _)| *row != row_of(key)) {
                self.rows.push((row_of(key), i));
            }
        }
        self.rows.push((u32::MAX, order.len() as u32));
    }

    /// Writes the logarithm of the density at these points.
    pub fn evaluate(&mut self, points: [&[f64]; 2], log_density: &mut [f64]) {
        let norm = ln(TAU * self.bandwidth * self.bandwidth);
        self.each_cell(points, log_density, |sum, cell, points, scratch, out| {
            sum.densities(cell, points, scratch, out);
            out.iter_mut().for_each(|log| *log -= norm);
        });
    }

    /// Writes the effective number of sources that each point feels: 1/Σⱼ rⱼ² with rⱼ the share of source j in the density
    /// there. All pairs, so for not too many points.
    pub fn neighbours(&mut self, points: [&[f64]; 2], neighbours: &mut [f64]) {
        self.each_cell(points, neighbours, Self::felt);
    }

    /// Computes something at points, cell by cell.
    fn each_cell(
        &mut self,
        [xs, ys]: [&[f64]; 2],
        out: &mut [f64],
        compute: impl Fn(&Self, u64, [&[f64]; 2], &mut Scratch, &mut [f64]) + Sync,
    ) {
        let mut points = std::mem::take(&mut self.points);
        let mut values = std::mem::take(&mut self.values);
        points.fill([xs, ys], 0..xs.len(), self.origin, self.bandwidth);
        values.resize(xs.len(), 0.0);
        values
            .par_chunks_mut(TASK)
            .enumerate()
            .for_each_init(Scratch::default, |scratch, (task, values)| {
                if self.stop.is_called() {
                    return;
                }
                let first = task * TASK;
                let order = &points.order[first..first + values.len()];
                let mut done = 0;
                for cell in order.chunk_by(|a, b| a.0 == b.0) {
                    let here = first + done..first + done + cell.len();
                    let at = [&points.xs[here.clone()], &points.ys[here]];
                    compute(self, cell[0].0, at, scratch, &mut values[done..done + cell.len()]);
                    done += cell.len();
                }
            });
        for (&(_, i), value) in points.order.iter().zip(&values) {
            out[i as usize] = *value;
        }
        (self.points, self.values) = (points, values);
    }

    /// log Σⱼ wⱼ e^(−d²/2h²) at the points of one cell.
    fn densities(&self, cell: u64, [xs, ys]: [&[f64]; 2], scratch: &mut Scratch, out: &mut [f64]) {
        let Scratch { near, far, logs } = scratch;
        let scale = self.scale();
        self.first(cell, [xs, ys], (near, far), out);
        far.add(scale, [xs, ys], out);
        for ((out, &x), &y) in out.iter_mut().zip(xs).zip(ys) {
            *out = if *out >= FAINT {
                ln(*out)
            } else {
                self.sum_of_all(scale, (x, y), logs)[0]
            };
        }
    }

    /// Effective sources at the points of one cell.
    fn felt(&self, cell: u64, [xs, ys]: [&[f64]; 2], scratch: &mut Scratch, out: &mut [f64]) {
        let Scratch { near, far, logs } = scratch;
        let scale = self.scale();
        self.first(cell, [xs, ys], (near, far), out);
        for ((out, &x), &y) in out.iter_mut().zip(xs).zip(ys) {
            let ([a, aa], [b, bb]) = (near.squares(scale, (x, y)), far.squares(scale, (x, y)));
            *out = if a + b >= FAINT {
                (a + b) * (a + b) / (aa + bb)
            } else {
                self.sum_of_all(scale, (x, y), logs)[1]
            };
        }
    }

    /// Sums over the cells around, and gathers the others that matter.
    fn first(&self, cell: u64, points: [&[f64]; 2], (near, far): (&mut Sources, &mut Sources), sums: &mut [f64]) {
        sums.fill(0.0);
        near.clear();
        let seen = self.gather(cell, 1.0, None, near);
        near.add(self.scale(), points, sums);
        let least = sums.iter().fold(f64::INFINITY, |m: f64, s| m.min(*s)).max(FAINT);
        // e^(−r²/2) = NEGLECTED · least, in bandwidths.
        let reach = (-2.0 * ln(NEGLECTED * least)).sqrt();
        far.clear();
        self.gather(cell, reach, Some(seen), far);
    }

    fn scale(&self) -> f64 {
        -0.5 / (self.bandwidth * self.bandwidth)
    }

    /// Copies the sources of all cells within so many bandwidths of a cell, but those seen before.
    fn gather(&self, cell: u64, reach: f64, before: Option<Seen>, to: &mut Sources) -> Seen {
        let (row, column) = (row_of(cell), cell as u32);
        let rows = reach.ceil() as u32;
        let first = self.rows.partition_point(|(r, _)| *r < row.saturating_sub(rows));
        for pair in self.rows[first..].windows(2) {
            let ((at, start), (_, end)) = (pair[0], pair[1]);
            if at > row.saturating_add(rows) {
                break;
            }
            // Between this row and the cell's own lie so many whole rows.
            let away = f64::from(at.abs_diff(row).saturating_sub(1));
            let columns = (reach * reach - away * away).max(0.0).sqrt().ceil() as u32;
            let cells = &self.sources.order[start as usize..end as usize];
            let from = |c: u32| start as usize + cells.partition_point(|(key, _)| (*key as u32) < c);
            let block = |columns: u32| {
                let low = column.saturating_sub(columns);
                (from(low), from(column.saturating_add(columns).saturating_add(1)))
            };
            let (low, high) = block(columns);
            match before {
                Some(Seen(width)) if at.abs_diff(row) <= width => {
                    let (left, right) = block(width);
                    self.copy(low..left.max(low), to);
                    self.copy(right.min(high)..high, to);
                }
                _ => self.copy(low..high, to),
            }
        }
        to.pad();
        Seen(rows)
    }

    fn copy(&self, range: Range<usize>, to: &mut Sources) {
        to.xs.extend_from_slice(&self.sources.xs[range.clone()]);
        to.ys.extend_from_slice(&self.sources.ys[range.clone()]);
        to.weights.extend_from_slice(&self.weights[range]);
    }

    /// The logarithm of the sum over every source, and the effective number of them.
    fn sum_of_all(&self, scale: f64, (x, y): (f64, f64), logs: &mut Vec<f64>) -> [f64; 2] {
        logs.clear();
        logs.extend_from_slice(&self.log_weights);
        wide(
            #[inline(always)]
            || {
                for ((log, sx), sy) in logs.iter_mut().zip(&self.sources.xs).zip(&self.sources.ys) {
                    let (dx, dy) = (x - sx, y - sy);
                    *log += scale * (dx * dx + dy * dy);
                }
                let larger = |[m]: [f64; 1], l: f64, _| [if l > m { l } else { m }];
                let [largest] = fold(logs, logs, f64::NEG_INFINITY, larger, f64::max);
                if largest == f64::NEG_INFINITY {
                    return [f64::NEG_INFINITY, 0.0];
                }
                logs.iter_mut().for_each(|log| *log = exp(*log - largest));
                let [total, squares] = fold(logs, logs, 0.0, |[s, q], p, _| [s + p, q + p * p], |a, b| a + b);
                [largest + ln(total), total * total / squares]
            },
        )
    }
}

/// The square block of cells that a sum has run over: so many to each side.
#[derive(Clone, Copy)]
struct Seen(u32);

/// Scratch memory of one task.
#[derive(Default)]
struct Scratch {
    near: Sources,
    far: Sources,
    logs: Vec<f64>,
}

/// Sources side by side.
#[derive(Default)]
struct Sources {
    xs: Vec<f64>,
    ys: Vec<f64>,
    weights: Vec<f64>,
}

impl Sources {
    fn clear(&mut self) {
        self.xs.clear();
        self.ys.clear();
        self.weights.clear();
    }

    /// Fills up the last eight with a source without weight.
    fn pad(&mut self) {
        if let (Some(&x), Some(&y)) = (self.xs.last(), self.ys.last()) {
            let n = self.xs.len().next_multiple_of(LANES);
            self.xs.resize(n, x);
            self.ys.resize(n, y);
            self.weights.resize(n, 0.0);
        }
    }

    /// Adds w K of every source to the sum of every point.
    fn add(&self, scale: f64, [xs, ys]: [&[f64]; 2], sums: &mut [f64]) {
        wide(
            #[inline(always)]
            || {
                for ((sum, &x), &y) in sums.iter_mut().zip(xs).zip(ys) {
                    let mut total = [0.0; LANES];
                    self.each(scale, (x, y), |i, part| total[i] += part);
                    *sum += total.iter().sum::<f64>();
                }
            },
        );
    }

    /// The sums of w K and of (w K)² at a point.
    fn squares(&self, scale: f64, at: (f64, f64)) -> [f64; 2] {
        wide(
            #[inline(always)]
            || {
                let (mut total, mut squares) = ([0.0; LANES], [0.0; LANES]);
                self.each(scale, at, |i, part| {
                    total[i] += part;
                    squares[i] += part * part;
                });
                [total, squares].map(|lanes| lanes.iter().sum())
            },
        )
    }

    #[inline(always)]
    fn each(&self, scale: f64, (x, y): (f64, f64), mut f: impl FnMut(usize, f64)) {
        let (sx, _) = self.xs.as_chunks::<LANES>();
        let (sy, _) = self.ys.as_chunks::<LANES>();
        let (sw, _) = self.weights.as_chunks::<LANES>();
        for ((sx, sy), sw) in sx.iter().zip(sy).zip(sw) {
            for i in 0..LANES {
                let (dx, dy) = (x - sx[i], y - sy[i]);
                f(i, sw[i] * exp(scale * (dx * dx + dy * dy)));
            }
        }
    }
}

/// The row of a cell.
const fn row_of(key: u64) -> u32 {
    (key >> 32) as u32
}

impl Sorted {
    /// Sorts some of these points into cells of this size. Cells beyond 2³⁰ share the last one: a sum then runs over more
    /// sources than it must.
    fn fill(&mut self, [xs, ys]: [&[f64]; 2], which: impl Iterator<Item = usize>, (x0, y0): (f64, f64), size: f64) {
        let inverse = 1.0 / size;
        let place = |v: f64, v0: f64| ((v - v0) * inverse).floor().clamp(-MOST, MOST);
        let cell = |v: f64, v0: f64| (place(v, v0) + 2.0 * MOST) as u64;
        self.order.clear();
        self.order
            .extend(which.map(|i| (cell(ys[i], y0) << 32 | cell(xs[i], x0), i as u32)));
        self.order.par_sort_unstable(); // no two are equal
        let gather = |from: &[f64], to: &mut Vec<f64>| {
            to.clear();
            to.extend(self.order.iter().map(|&(_, i)| from[i as usize]));
        };
        gather(xs, &mut self.xs);
        gather(ys, &mut self.ys);
    }
}
