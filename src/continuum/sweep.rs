//! Transport along lines: one time step of y' = A y, where A holds the rates of jumps between neighbours.
//!
//! # Scheme
//!
//! ```text
//! (I − ½ τ A) q = y,     (I − ½ τ A) s = q,     (I − τ A D) y' = y,     D = diag(q/s).
//! ```
//!
//! Two backward Euler half-steps give the law at the middle (q) and at the end (s) to first order; the last equation is the midpoint
//! rule y' = y + τ A q in which the rate out of each cell is weighted by y'/s, as Patankar does. Derived here:
//!
//! * All three matrices have positive diagonals, no positive entry beside them and columns that sum to 1. So y' > 0, and mass is
//!   conserved, for every τ.
//! * If A π = 0 then q = s = y' = π: the stationary law is exact.
//! * y'/s = 1 + O(τ²), hence y' = y + τ A q + O(τ³): second order.
//! * Near π a mode that decays at the rate λ is multiplied by (1 + 2w − w²)/((1 + w)²(1 + 2w)), w = ½ λτ, which is
//!   e^{−λτ} + (λτ)³/6 + …, stays within (−0.05, 1), and vanishes for τ → ∞. (The usual modified Patankar–Runge–Kutta
//!   scheme MPRK22, D = ½ (y + s)/s with one backward Euler step s, tends to −½ there.)
//!
//! Eliminations are written without any subtraction, so each entry keeps its digits however stiff the rates are.
//!
//! Known failure: where y changes by a large factor from one cell to the next the tails of backward Euler are too fat, and the last
//! equation repairs them only in part; the order is seen when τ resolves the changes.

use std::cell::RefCell;

use super::rates::Axis;
use crate::vectorize::wide;

/// Lines in a panel: they are solved side by side, so that the recursion along the lines vectorises across them.
pub(super) const LANES: usize = 16;

/// One number for each line of a panel.
pub(super) type Lane = [f64; LANES];

/// The least mass of a cell: logarithms exist, and no product with a rate is a subnormal number, which would be slow.
pub(super) const FLOOR: f64 = 1e-290;

/// What a sweep of one panel needs beside the law; one for each thread, and always overwritten before it is read.
#[derive(Default)]
pub(super) struct Scratch {
    /// The law along the lines of the panel.
    pub(super) law: Vec<Lane>,
    factor: Vec<Lane>,
    pivot: Vec<Lane>,
    middle: Vec<Lane>,
    end: Vec<Lane>,
}

/// Runs with the scratch memory of this thread, for lines of this length.
pub(super) fn with_scratch<R>(length: usize, f: impl FnOnce(&mut Scratch) -> R) -> R {
    thread_local! {
        static SCRATCH: RefCell<Scratch> = RefCell::default();
    }
    SCRATCH.with_borrow_mut(|scratch| {
        for part in [
            &mut scratch.law,
            &mut scratch.factor,
            &mut scratch.pivot,
            &mut scratch.middle,
            &mut scratch.end,
        ] {
            part.resize(length, [1.0; LANES]);
        }
        f(scratch)
    })
}

impl Scratch {
    /// One time step τ (times α) of the law in this scratch, with the rates of this panel.
    #[inline(always)]
    pub(super) fn sweep(&mut self, axis: &Axis, panel: usize, tau: f64) {
        let lines = panel * axis.length..(panel + 1) * axis.length;
        let (up, down) = (&axis.up[lines.clone()], &axis.down[lines]);
        wide(
            #[inline(always)]
            || {
                factorise(up, down, 0.5 * tau, &mut self.factor, &mut self.pivot);
                let matrix = (&self.factor[..], &self.pivot[..], down, 0.5 * tau);
                backward_euler(matrix, &self.law, &mut self.middle);
                backward_euler(matrix, &self.middle, &mut self.end);
                patankar(
                    (up, down, tau),
                    (&self.middle, &self.end),
                    (&mut self.factor, &mut self.pivot),
                    &mut self.law,
                );
            },
        );
    }

    /// Writes the law to consecutive rows.
    pub(super) fn store(&self, rows: &mut [f64]) {
        for (lane, row) in rows.chunks_mut(self.law.len()).enumerate() {
            for (law, r) in self.law.iter().zip(row) {
                *r = law[lane];
            }
        }
    }
}

#[inline(always)]
fn lanes(f: impl Fn(usize) -> f64) -> Lane {
    let mut out = [0.0; LANES];
    for (l, out) in out.iter_mut().enumerate() {
        *out = f(l);
    }
    out
}

/// The LU factors of I − τ A: what each cell hands on to the next, and the reciprocal pivots. A pivot is e + τ up, where
/// e = 1 + τ down (e/pivot of the cell before): columns that sum to 1 need no subtraction.
#[inline(always)]
fn factorise(up: &[Lane], down: &[Lane], tau: f64, factor: &mut [Lane], pivot: &mut [Lane]) {
    let mut kept = [0.0; LANES];
    for (((up, down), factor), pivot) in up.iter().zip(down).zip(factor).zip(pivot) {
        let e = lanes(|l| 1.0 + tau * down[l] * kept[l]);
        let out = lanes(|l| tau * up[l]);
        *pivot = lanes(|l| 1.0 / (e[l] + out[l]));
        *factor = lanes(|l| out[l] * pivot[l]);
        kept = lanes(|l| e[l] * pivot[l]);
    }
}

/// Solves (I − τ A) x = y with these factors.
#[inline(always)]
fn backward_euler((factor, pivot, down, tau): (&[Lane], &[Lane], &[Lane], f64), law: &[Lane], out: &mut [Lane]) {
    let mut carried = [0.0; LANES];
    for ((law, factor), out) in law.iter().zip(factor).zip(out.iter_mut()) {
        let z = lanes(|l| law[l] + carried[l]);
        carried = lanes(|l| factor[l] * z[l]);
        *out = z;
    }
    let mut returned = [0.0; LANES];
    for ((out, pivot), down) in out.iter_mut().zip(pivot).zip(down).rev() {
        let x = lanes(|l| ((out[l] + returned[l]) * pivot[l]).max(FLOOR));
        returned = lanes(|l| tau * down[l] * x[l]);
        *out = x;
    }
}

/// Solves (diag(end) − τ A diag(middle)) v = law and returns end · v in place of the law.
#[inline(always)]
fn patankar(
    (up, down, tau): (&[Lane], &[Lane], f64),
    (middle, end): (&[Lane], &[Lane]),
    (partial, pivot): (&mut [Lane], &mut [Lane]),
    law: &mut [Lane],
) {
    let (mut kept, mut carried) = ([0.0; LANES], [0.0; LANES]);
    let rows = up.iter().zip(down).zip(middle.iter().zip(end));
    let room = partial.iter_mut().zip(pivot.iter_mut()).zip(law.iter());
    for (((up, down), (middle, end)), ((partial, pivot), law)) in rows.zip(room) {
        let z = lanes(|l| law[l] + carried[l]);
        let f = lanes(|l| end[l] + tau * down[l] * middle[l] * kept[l]);
        let out = lanes(|l| tau * up[l] * middle[l]);
        *pivot = lanes(|l| 1.0 / (f[l] + out[l]));
        kept = lanes(|l| f[l] * pivot[l]);
        carried = lanes(|l| out[l] * pivot[l] * z[l]);
        *partial = z;
    }
    let mut returned = [0.0; LANES];
    let rows = down.iter().zip(middle.iter().zip(end));
    let room = partial.iter().zip(pivot.iter()).zip(law.iter_mut());
    for ((down, (middle, end)), ((partial, pivot), law)) in rows.zip(room).rev() {
        let v = lanes(|l| (partial[l] + returned[l]) * pivot[l]);
        returned = lanes(|l| tau * down[l] * middle[l] * v[l]);
        *law = lanes(|l| (v[l] * end[l]).max(FLOOR));
    }
}
