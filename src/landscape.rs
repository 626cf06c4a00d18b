//! The potential V = U/T that a flow feels: a target at a temperature.

use crate::chunks::BLOCK;
use crate::space::{Field, Grid, Point};
use crate::target::{Shape, Target};
use crate::vectorize::wide;

/// A target at a temperature: π ∝ e^{−V} with V = U/T.
#[derive(Clone, Debug, PartialEq)]
pub struct Landscape {
    /// The potential U.
    pub shape: Shape,
    /// The temperature T.
    pub temperature: f64,
}

impl Landscape {
    /// The target without the temperature.
    pub fn target(&self) -> &dyn Target {
        self.shape.target()
    }

    /// V(p).
    pub fn potential(&self, p: Point) -> f64 {
        self.target().energy(p) / self.temperature
    }

    /// V at many points.
    pub fn potential_into(&self, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        self.target().energy_into(xs, ys, out);
        self.divide(out);
    }

    /// The gradient of V at many points.
    pub fn gradient_into(&self, xs: &[f64], ys: &[f64], gx: &mut [f64], gy: &mut [f64]) {
        self.target().gradient_into(xs, ys, gx, gy);
        self.divide(gx);
        self.divide(gy);
    }

    /// ΔV at many points.
    pub fn laplacian_into(&self, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        self.target().laplacian_into(xs, ys, out);
        self.divide(out);
    }

    /// The same target in the potential (1 + θ)V: at temperature T/(1 + θ).
    #[must_use]
    pub fn steepened(&self, theta: f64) -> Self {
        Self {
            shape: self.shape.clone(),
            temperature: self.temperature / (1.0 + theta),
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
        let mut field = energies(self.target(), grid);
        self.divide(&mut field.values);
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

/// U at the cells of a grid.
pub fn energies(target: &dyn Target, grid: Grid) -> Field {
    let mut field = Field::zeros(grid);
    let xs: Vec<f64> = (0..grid.nx).map(|i| grid.center(i, 0).x).collect();
    let mut ys = vec![0.0; grid.nx];
    for (j, row) in field.values.chunks_exact_mut(grid.nx.max(1)).enumerate() {
        ys.fill(grid.center(0, j).y);
        target.energy_into(&xs, &ys, row);
    }
    field
}
