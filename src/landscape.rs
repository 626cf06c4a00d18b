//! The potential V = U/T that a flow feels: a target, with whatever is laid over it, at a temperature.
//!
//! What lies over the target is a [`Relief`]: the target moved and tilted, and [`Well`]s put anywhere. Everything that asks about the
//! potential asks the [`Landscape`], not the target.

mod overlay;
mod relief;

use rayon::prelude::*;

use crate::chunks::BLOCK;
use crate::rng::Stream;
use crate::space::{Field, Grid, Point, Rect};
use crate::target::{Moments, Shape};
use crate::vectorize::wide;

use overlay::Overlay;
pub use relief::{ANGLE, DEPTH, Relief, SHIFT, TILT, WIDTH, Well};
pub(crate) use relief::{read_shift, read_tilt, read_wells};

/// A potential at a temperature: π ∝ e^{−V} with V = U/T.
#[derive(Clone, Debug, PartialEq)]
pub struct Landscape {
    /// The target beneath.
    pub shape: Shape,
    /// The temperature T.
    pub temperature: f64,
    /// What lies over the target. None where nothing does: the target is then asked directly, and it costs nothing.
    overlay: Option<Box<Overlay>>,
}

impl Landscape {
    /// A target at a temperature, with nothing over it.
    pub const fn new(shape: Shape, temperature: f64) -> Self {
        Self {
            shape,
            temperature,
            overlay: None,
        }
    }

    /// The same target and temperature with this over it, in the place of what was there.
    #[must_use]
    pub fn with(self, relief: &Relief) -> Self {
        Self {
            overlay: Overlay::of(relief).map(Box::new),
            ..self
        }
    }

    /// U(p).
    fn energy(&self, p: Point) -> f64 {
        let target = self.shape.target();
        match &self.overlay {
            None => target.energy(p),
            Some(overlay) => overlay.energy(target, p),
        }
    }

    /// V(p).
    pub fn potential(&self, p: Point) -> f64 {
        self.energy(p) / self.temperature
    }

    /// The gradient of V at a point.
    pub fn gradient(&self, p: Point) -> Point {
        let target = self.shape.target();
        let gradient = match &self.overlay {
            None => target.gradient(p),
            Some(overlay) => overlay.gradient(target, p),
        };
        (1.0 / self.temperature) * gradient
    }

    /// V at many points.
    pub fn potential_into(&self, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        let target = self.shape.target();
        match &self.overlay {
            None => target.energy_into(xs, ys, out),
            Some(overlay) => overlay.energy_into(target, xs, ys, out),
        }
        self.divide(out);
    }

    /// The gradient of V at many points.
    pub fn gradient_into(&self, xs: &[f64], ys: &[f64], gx: &mut [f64], gy: &mut [f64]) {
        let target = self.shape.target();
        match &self.overlay {
            None => target.gradient_into(xs, ys, gx, gy),
            Some(overlay) => overlay.gradient_into(target, [xs, ys], gx, gy),
        }
        self.divide(gx);
        self.divide(gy);
    }

    /// ΔV at many points.
    pub fn laplacian_into(&self, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        let target = self.shape.target();
        match &self.overlay {
            None => target.laplacian_into(xs, ys, out),
            Some(overlay) => overlay.laplacian_into(target, xs, ys, out),
        }
        self.divide(out);
    }

    /// The part of the plane worth looking at: that of the target, where it has been moved to, and that of every well.
    pub fn view(&self) -> Rect {
        let view = self.shape.target().view();
        self.overlay.as_ref().map_or(view, |overlay| overlay.view(view))
    }

    /// What holds nearly all of π: a little more than the view at temperatures up to 1; hotter laws are wider.
    pub fn bulk(&self) -> Rect {
        self.view().scaled(1.25 * self.temperature.max(1.0).sqrt())
    }

    /// What is known exactly of π: what is known of the target, moved. With a tilt or with wells nothing is known.
    pub fn moments(&self) -> Option<Moments> {
        let shift = self.only_moved()?;
        let moments = self.shape.target().moments(self.temperature)?;
        Some(Moments {
            mean: moments.mean + shift,
            ..moments
        })
    }

    /// An exact, independent draw from π where one is known: wherever [`Landscape::moments`] are.
    pub fn sample(&self, rng: &mut Stream) -> Option<Point> {
        let shift = self.only_moved()?;
        Some(self.shape.target().sample(self.temperature, rng)? + shift)
    }

    /// How far the target has been moved, if nothing else was done to it.
    fn only_moved(&self) -> Option<Point> {
        self.overlay
            .as_ref()
            .map_or(Some(Point::default()), |overlay| overlay.only_moved())
    }

    /// The same target in the potential (1 + θ)V: at temperature T/(1 + θ).
    #[must_use]
    pub fn steepened(&self, theta: f64) -> Self {
        Self {
            temperature: self.temperature / (1.0 + theta),
            ..self.clone()
        }
    }

    /// g = θ(|∇V|² − ΔV) at many points: the rate at which a weight must grow so that Langevin in (1 + θ)V keeps π ∝ e^{−V}.
    pub fn correction_into(&self, theta: f64, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        let (mut gx, mut gy) = ([0.0; BLOCK], [0.0; BLOCK]);
        for ((xs, ys), out) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(out.chunks_mut(BLOCK)) {
            let n = xs.len();
            self.gradient_into(xs, ys, &mut gx[..n], &mut gy[..n]);
            self.laplacian_into(xs, ys, out);
            wide(
                #[inline(always)]
                || {
                    for ((o, gx), gy) in out.iter_mut().zip(&gx).zip(&gy) {
                        *o = theta * (gx * gx + gy * gy - *o);
                    }
                },
            );
        }
    }

    /// V at the cells of a grid.
    pub fn field(&self, grid: Grid) -> Field {
        let mut field = Field::zeros(grid);
        let xs: Vec<f64> = (0..grid.nx).map(|i| grid.center(i, 0).x).collect();
        let rows = field.values.par_chunks_exact_mut(grid.nx.max(1)).enumerate();
        rows.for_each_init(
            || vec![0.0; grid.nx],
            |ys, (j, row)| {
                ys.fill(grid.center(0, j).y);
                self.potential_into(&xs, ys, row);
            },
        );
        field
    }

    fn divide(&self, values: &mut [f64]) {
        if self.temperature != 1.0 {
            let inverse = 1.0 / self.temperature;
            wide(
                #[inline(always)]
                || values.iter_mut().for_each(|v| *v *= inverse),
            );
        }
    }
}
