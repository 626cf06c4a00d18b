//! The target seen through the kernel K of width h: F = −log(K ∗ e^(−V)), tabulated.
//!
//! An estimate of the density sees K ∗ ρ where it should see ρ. Compared with K ∗ π instead of π it is right again: the two are
//! equal exactly where ρ = π, so that the stationary law of the reaction is π itself. F is tabulated on a grid and
//! interpolated with cubics. All terms of the convolution are positive, so that its relative error does not grow in the tails.
//!
//! The spacing follows the smoother of kernel and target, but never exceeds the narrowest standard deviation σ of π,
//! which a survey of the curvature of V in the target's view finds: the trapezoidal rule over a Gaussian of width σ at spacing s is off by
//! 2 e^(−2π²σ²/s²). Known failures: more than ten bandwidths from all of π, where K ∗ π is below e^(−50) of its
//! height, and beyond the table (eight views wide at most), V stands for F; a target narrower than a 250th of its view can be
//! missed by the survey, and one for which the table would have more than four million nodes gets a coarser one.

use rayon::prelude::*;

use super::grid::extents;
use super::smooth::smooth;
use crate::landscape::Landscape;
use crate::space::{Point, Rect};
use crate::vectorize::{exp, ln, wide};

/// Nodes of a table at most.
const MOST_NODES: f64 = 4_194_304.0;
/// Reach of the kernel in bandwidths.
const REACH: f64 = 10.0;
/// A kernel wider than so many cells is applied in parts, the first of which is so wide: sampling what it leaves at every other node is
/// off by 2 e^(−2π²), 5e-9.
const WIDEST: f64 = 10.0;
const FIRST_PART: f64 = 2.0;
/// The table covers this many views at least, and this many at most.
const COVER: (f64, f64) = (1.5, 8.0);
/// Points of the survey along each side of the view.
const SURVEY: usize = 256;
/// The survey looks at places where π has at least e^(−10) of its height.
const DEPTH: f64 = 10.0;
/// Below this, K ∗ π is lost among the numbers that a computer has.
const FAINT: f64 = 1e-290;

/// F = −log(K ∗ e^(−V)) for one landscape and one bandwidth, tabulated where particles are.
#[derive(Clone, Debug, Default)]
pub struct SmoothedTarget {
    survey: Option<(Landscape, Survey)>,
    bandwidth: f64,
    /// Where the table may be used; nothing where there is none.
    region: Option<Rect>,
    nodes: Nodes,
    values: Vec<f64>,
    weights: Vec<f64>,
    work: Vec<f64>,
    extents: Vec<[f64; 4]>,
}

/// What the table needs to know of a landscape.
#[derive(Clone, Copy, Debug)]
struct Survey {
    view: Rect,
    /// The lowest V.
    lowest: f64,
    /// The smallest standard deviation of π.
    width: f64,
}

/// Node (i, j) stands at `spacing` (i + first.0, j + first.1).
#[derive(Clone, Copy, Debug, Default)]
struct Nodes {
    spacing: f64,
    first: (f64, f64),
    nx: usize,
    ny: usize,
}

impl SmoothedTarget {
    /// Makes the table for this landscape and bandwidth unless it is there already and covers the particles. What it says
    /// does not depend on what it was made for before.
    pub fn prepare(&mut self, landscape: &Landscape, bandwidth: f64, particles: [&[f64]; 2]) {
        let survey = match &self.survey {
            Some((known, survey)) if known == landscape => *survey,
            _ => {
                let survey = Survey::of(landscape);
                self.survey = Some((landscape.clone(), survey));
                self.region = None;
                survey
            }
        };
        let (spacing, most) = survey.plan(bandwidth);
        let [x0, x1, y0, y1] = extents(particles, &mut self.extents);
        let present = Rect::new(x0, x1, y0, y1);
        let needed = intersection(union(survey.view.scaled(COVER.0), present), most);
        let enough = |r: Rect| r.contains(needed.min) && r.contains(needed.max);
        if self.bandwidth == bandwidth && self.region.is_some_and(enough) {
            return;
        }
        self.bandwidth = bandwidth;
        // With some room to move in, or every step of an outlier would ask for a new table.
        let roomy = intersection(union(needed, present.scaled(1.25)), most);
        let region = if self.region.is_some() { roomy } else { needed };
        self.region = Some(region);
        self.tabulate(landscape, survey.lowest, spacing, region);
    }

    fn tabulate(&mut self, landscape: &Landscape, lowest: f64, spacing: f64, region: Rect) {
        let mut width = self.bandwidth / spacing;
        self.nodes = Nodes::covering(region, spacing, margin(width).ceil() as usize + 2);
        let Nodes { nx, ny, first, .. } = self.nodes;
        self.weights.resize(nx * ny, 0.0);
        let xs: Vec<f64> = (0..nx).map(|i| spacing * (first.0 + i as f64)).collect();
        self.weights.par_chunks_mut(nx).enumerate().for_each_init(
            || vec![0.0; nx],
            |ys, (j, row)| {
                ys.fill(spacing * (first.1 + j as f64));
                landscape.potential_into(&xs, ys, row);
                wide(
                    #[inline(always)]
                    || row.iter_mut().for_each(|v| *v = exp(lowest - *v)),
                );
            },
        );
        // A kernel much wider than a cell goes in parts: what the first part has smoothed needs half the nodes.
        while width > WIDEST {
            self.smooth(FIRST_PART);
            width = 0.5 * (width * width - FIRST_PART * FIRST_PART).sqrt();
            (self.nodes, self.weights) = self.nodes.halved(&self.values);
        }
        self.smooth(width);
        let nx = self.nodes.nx;
        self.values.par_chunks_mut(nx).for_each(|row| {
            wide(
                #[inline(always)]
                || {
                    for v in row {
                        *v = if *v > FAINT { lowest - ln(*v) } else { f64::INFINITY };
                    }
                },
            );
        });
    }

    fn smooth(&mut self, width: f64) {
        let (taps, size) = (taps(width), (self.nodes.nx, self.nodes.ny));
        smooth(&self.weights, size, (&taps, &taps), &mut self.work, &mut self.values);
    }

    /// Writes F at these points; V where the table does not reach.
    pub fn potential_into(&self, landscape: &Landscape, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        landscape.potential_into(xs, ys, out);
        let Some(region) = self.region else { return };
        wide(
            #[inline(always)]
            || {
                for ((out, &x), &y) in out.iter_mut().zip(xs).zip(ys) {
                    if region.contains(Point::new(x, y)) {
                        let value = self.nodes.interpolate(&self.values, x, y);
                        *out = if value.is_finite() { value } else { *out };
                    }
                }
            },
        );
    }
}

impl Survey {
    fn of(landscape: &Landscape) -> Self {
        let view = landscape.view();
        let at = |i: usize, from: f64, length: f64| from + length * (i as f64 + 0.5) / SURVEY as f64;
        let xs: Vec<f64> = (0..SURVEY).map(|i| at(i, view.min.x, view.width())).collect();
        let rows: Vec<Vec<(f64, f64)>> = (0..SURVEY)
            .into_par_iter()
            .map(|j| {
                let ys = vec![at(j, view.min.y, view.height()); SURVEY];
                let mut potential = vec![0.0; SURVEY];
                landscape.potential_into(&xs, &ys, &mut potential);
                let curvature = stiffest(landscape, &xs, &ys, 1e-5 * view.width().min(view.height()));
                potential.into_iter().zip(curvature).collect()
            })
            .collect();
        let points = rows.iter().flatten();
        let lowest = points.clone().fold(f64::INFINITY, |m, (v, _)| m.min(*v));
        let inside = points.filter(|(v, _)| *v < lowest + DEPTH);
        let stiffest = inside.fold(0.0, |m: f64, (_, k)| m.max(*k));
        // Without any curvature the view itself sets the scale.
        let widest = 0.25 * view.width().min(view.height());
        Self {
            view,
            lowest,
            width: (1.0 / stiffest.sqrt()).min(widest),
        }
    }

    /// The spacing of a table for this bandwidth, and the largest rectangle that it may cover.
    fn plan(&self, bandwidth: f64) -> (f64, Rect) {
        let nodes = |spacing: f64, cover: f64| {
            let margin = 2.0 * margin(bandwidth / spacing);
            let side = |length: f64| cover * length / spacing + margin;
            side(self.view.width()) * side(self.view.height())
        };
        let mut spacing = (0.2 * bandwidth).max(0.1 * self.width).min(self.width);
        while nodes(spacing, COVER.0) > MOST_NODES {
            spacing *= 1.25;
        }
        let mut cover = COVER.1;
        while cover > COVER.0 && nodes(spacing, cover) > MOST_NODES {
            cover *= 0.8;
        }
        (spacing, self.view.scaled(cover.max(COVER.0)))
    }
}

/// The larger eigenvalue of the Hessian of V at each point.
fn stiffest(landscape: &Landscape, xs: &[f64], ys: &[f64], step: f64) -> Vec<f64> {
    let n = xs.len();
    let slope = |dx: f64, dy: f64| {
        let moved = |values: &[f64], by: f64| values.iter().map(|v| v + by).collect::<Vec<_>>();
        let (mut gx, mut gy) = (vec![0.0; n], vec![0.0; n]);
        landscape.gradient_into(&moved(xs, dx), &moved(ys, dy), &mut gx, &mut gy);
        [gx, gy]
    };
    let (east, west) = (slope(step, 0.0), slope(-step, 0.0));
    let (north, south) = (slope(0.0, step), slope(0.0, -step));
    let per = 0.5 / step;
    (0..n)
        .map(|i| {
            let (xx, yy) = (per * (east[0][i] - west[0][i]), per * (north[1][i] - south[1][i]));
            let xy = 0.5 * per * (east[1][i] - west[1][i] + north[0][i] - south[0][i]);
            0.5 * (xx + yy) + (0.25 * (xx - yy) * (xx - yy) + xy * xy).sqrt()
        })
        .collect()
}

/// By how many cells a table for a kernel of this many cells exceeds what it covers, so that its border shows nowhere.
fn margin(width: f64) -> f64 {
    // The last part of a wide kernel reaches ten bandwidths, those before it four together.
    width.max(1.0) * if width > WIDEST { REACH + 6.0 } else { REACH }
}

/// One half of a kernel of this standard deviation in cells, normalised. A sampled Gaussian has the right variance to 1e-3 down to 0.7
/// cells; below that two neighbours with the right variance do.
fn taps(width: f64) -> Vec<f64> {
    let variance = width * width;
    if width < 0.7 {
        return vec![1.0 - variance, 0.5 * variance];
    }
    let reach = (REACH * width).ceil() as usize;
    let mut taps: Vec<f64> = (0..=reach).map(|k| exp(-0.5 * (k * k) as f64 / variance)).collect();
    let total = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
    taps.iter_mut().for_each(|t| *t /= total);
    taps
}

impl Nodes {
    /// Nodes at whole multiples of the spacing, over a rectangle and so many beyond.
    fn covering(rect: Rect, spacing: f64, margin: usize) -> Self {
        let margin = margin as f64;
        let first = |low: f64| (low / spacing).floor() - margin;
        let count = |high: f64, first: f64| ((high / spacing).ceil() + margin - first) as usize + 1;
        let (x, y) = (first(rect.min.x), first(rect.min.y));
        Self {
            spacing,
            first: (x, y),
            nx: count(rect.max.x, x),
            ny: count(rect.max.y, y),
        }
    }

    /// Every other node along each axis, and the values there.
    fn halved(&self, values: &[f64]) -> (Self, Vec<f64>) {
        // Those at even multiples of the spacing, wherever the table begins.
        let first = |at: f64| (0.5 * at).ceil();
        let (x, y) = (first(self.first.0), first(self.first.1));
        let (skip_x, skip_y) = ((2.0 * x - self.first.0) as usize, (2.0 * y - self.first.1) as usize);
        let rows = values.chunks(self.nx).skip(skip_y).step_by(2);
        let halved = Self {
            spacing: 2.0 * self.spacing,
            first: (x, y),
            nx: (self.nx - skip_x).div_ceil(2),
            ny: (self.ny - skip_y).div_ceil(2),
        };
        (
            halved,
            rows.flat_map(|row| row.iter().skip(skip_x).step_by(2))
                .copied()
                .collect(),
        )
    }

    /// The cubic through the four nearest nodes along each axis.
    #[inline(always)]
    fn interpolate(&self, values: &[f64], x: f64, y: f64) -> f64 {
        let inverse = 1.0 / self.spacing;
        let (x, y) = (x * inverse - self.first.0, y * inverse - self.first.1);
        let (i, j) = (x as usize, y as usize);
        let (wx, wy) = (cubic(x - i as f64), cubic(y - j as f64));
        let start = (j - 1) * self.nx + i - 1;
        let mut sum = 0.0;
        for (row, w) in wy.into_iter().enumerate() {
            let v = &values[start + row * self.nx..][..4];
            sum += w * (wx[0] * v[0] + wx[1] * v[1] + (wx[2] * v[2] + wx[3] * v[3]));
        }
        sum
    }
}

/// Lagrange's weights of nodes at −1, 0, 1, 2 for a place t between 0 and 1.
#[inline(always)]
const fn cubic(t: f64) -> [f64; 4] {
    let (a, b, c) = (t + 1.0, t - 1.0, t - 2.0);
    [-t * b * c / 6.0, a * b * c / 2.0, -a * t * c / 2.0, a * t * b / 6.0]
}

fn union(a: Rect, b: Rect) -> Rect {
    Rect {
        min: Point::new(a.min.x.min(b.min.x), a.min.y.min(b.min.y)),
        max: Point::new(a.max.x.max(b.max.x), a.max.y.max(b.max.y)),
    }
}

/// What two overlapping rectangles share.
fn intersection(a: Rect, b: Rect) -> Rect {
    Rect {
        min: Point::new(a.min.x.max(b.min.x), a.min.y.max(b.min.y)),
        max: Point::new(a.max.x.min(b.max.x), a.max.y.min(b.max.y)),
    }
}
