//! A relief as the hot loops want it: over whole blocks of points, without an allocation.

use super::Relief;
use crate::chunks::BLOCK;
use crate::space::{Point, Rect, Symmetric};
use crate::target::Target;
use crate::vectorize::{exp, wide};

/// What lies over a target, and it is something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Overlay {
    shift: Point,
    tilt: Point,
    dents: Vec<Dent>,
}

/// A well, ready to be evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Dent {
    depth: f64,
    center: Point,
    covariance: Symmetric,
    precision: Symmetric,
}

impl Dent {
    /// depth · exp(−½ (p−m)ᵀ S⁻¹ (p−m)), and S⁻¹ (p−m).
    #[inline(always)]
    fn at(&self, x: f64, y: f64) -> (f64, Point) {
        let d = Point::new(x - self.center.x, y - self.center.y);
        let pull = self.precision.apply(d);
        (self.depth * exp(-0.5 * d.dot(pull)), pull)
    }
}

impl Overlay {
    pub(super) fn of(relief: &Relief) -> Option<Self> {
        if relief.is_nothing() {
            return None;
        }
        let dents = relief.wells.iter().map(|well| {
            let covariance = well.covariance();
            Dent {
                depth: well.depth,
                center: well.center,
                covariance,
                precision: covariance.inverse(),
            }
        });
        Some(Self {
            shift: relief.shift,
            tilt: relief.tilt,
            dents: dents.collect(),
        })
    }

    pub(super) fn only_moved(&self) -> Option<Point> {
        (self.dents.is_empty() && self.tilt == Point::default()).then_some(self.shift)
    }

    /// The target's view where it is now, and what holds nearly all of each well.
    pub(super) fn view(&self, target: Rect) -> Rect {
        let moved = Rect {
            min: target.min + self.shift,
            max: target.max + self.shift,
        };
        self.dents
            .iter()
            .filter(|dent| dent.depth > 0.0)
            .fold(moved, |view, dent| {
                let reach = 3.0 * Point::new(dent.covariance.xx.sqrt(), dent.covariance.yy.sqrt());
                let (low, high) = (dent.center - reach, dent.center + reach);
                Rect::new(
                    view.min.x.min(low.x),
                    view.max.x.max(high.x),
                    view.min.y.min(low.y),
                    view.max.y.max(high.y),
                )
            })
    }

    pub(super) fn energy(&self, target: &dyn Target, p: Point) -> f64 {
        let moved = p - self.shift;
        let u = target.energy(moved) + self.tilt.dot(moved);
        self.dents.iter().fold(u, |u, dent| u - dent.at(p.x, p.y).0)
    }

    pub(super) fn gradient(&self, target: &dyn Target, p: Point) -> Point {
        let g = target.gradient(p - self.shift) + self.tilt;
        self.dents.iter().fold(g, |g, dent| {
            let (height, pull) = dent.at(p.x, p.y);
            g + height * pull
        })
    }

    pub(super) fn energy_into(&self, target: &dyn Target, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        let (mut mx, mut my) = ([0.0; BLOCK], [0.0; BLOCK]);
        for ((xs, ys), out) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(out.chunks_mut(BLOCK)) {
            let (mx, my) = (&mut mx[..xs.len()], &mut my[..xs.len()]);
            self.moved(xs, ys, mx, my);
            target.energy_into(mx, my, out);
            wide(
                #[inline(always)]
                || {
                    for ((u, &x), &y) in out.iter_mut().zip(&*mx).zip(&*my) {
                        *u += self.tilt.dot(Point::new(x, y));
                    }
                    for dent in &self.dents {
                        for ((u, &x), &y) in out.iter_mut().zip(xs).zip(ys) {
                            *u -= dent.at(x, y).0;
                        }
                    }
                },
            );
        }
    }

    pub(super) fn gradient_into(&self, target: &dyn Target, [xs, ys]: [&[f64]; 2], gx: &mut [f64], gy: &mut [f64]) {
        let (mut mx, mut my) = ([0.0; BLOCK], [0.0; BLOCK]);
        let slopes = gx.chunks_mut(BLOCK).zip(gy.chunks_mut(BLOCK));
        for ((xs, ys), (gx, gy)) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(slopes) {
            let (mx, my) = (&mut mx[..xs.len()], &mut my[..xs.len()]);
            self.moved(xs, ys, mx, my);
            target.gradient_into(mx, my, gx, gy);
            wide(
                #[inline(always)]
                || {
                    gx.iter_mut().for_each(|g| *g += self.tilt.x);
                    gy.iter_mut().for_each(|g| *g += self.tilt.y);
                    for dent in &self.dents {
                        let slopes = gx.iter_mut().zip(gy.iter_mut());
                        for (((gx, gy), &x), &y) in slopes.zip(xs).zip(ys) {
                            let (height, pull) = dent.at(x, y);
                            *gx += height * pull.x;
                            *gy += height * pull.y;
                        }
                    }
                },
            );
        }
    }

    /// Δ(−d e^{−q/2}) = d e^{−q/2} (tr S⁻¹ − |S⁻¹(p−m)|²).
    pub(super) fn laplacian_into(&self, target: &dyn Target, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        let (mut mx, mut my) = ([0.0; BLOCK], [0.0; BLOCK]);
        for ((xs, ys), out) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(out.chunks_mut(BLOCK)) {
            let (mx, my) = (&mut mx[..xs.len()], &mut my[..xs.len()]);
            self.moved(xs, ys, mx, my);
            target.laplacian_into(mx, my, out);
            wide(
                #[inline(always)]
                || {
                    for dent in &self.dents {
                        let trace = dent.precision.xx + dent.precision.yy;
                        for ((l, &x), &y) in out.iter_mut().zip(xs).zip(ys) {
                            let (height, pull) = dent.at(x, y);
                            *l += height * (trace - pull.norm_squared());
                        }
                    }
                },
            );
        }
    }

    /// Writes where the points are in the target's own coordinates.
    fn moved(&self, xs: &[f64], ys: &[f64], mx: &mut [f64], my: &mut [f64]) {
        wide(
            #[inline(always)]
            || {
                mx.iter_mut().zip(xs).for_each(|(m, x)| *m = x - self.shift.x);
                my.iter_mut().zip(ys).for_each(|(m, y)| *m = y - self.shift.y);
            },
        );
    }
}
