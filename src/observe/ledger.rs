//! The ledger of mass: where each basin has gained and lost it.
//!
//! A step changes the mass m of a basin by what walked over its border, by what grew in it, and by the chance of resampling. The
//! ledger looks at the masses after each part of a step, so that for every basin
//!
//! ```text
//! walked + grown + resampled = m(now) − m(when the ledger began)
//! ```
//!
//! and each column sums to zero over the basins, both to rounding. Known limit: a particle that leaves a basin and returns within one
//! step has not walked.

use rayon::prelude::*;

use super::{Account, Basins};
use crate::chunks::CHUNK;
use crate::ensemble::{Ensemble, Replacement};
use crate::space::Point;

/// What moved mass between basins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Particles walked.
    Walked,
    /// The reaction: weights grew, or particles jumped, died and were born.
    Grown,
    /// The chance of resampling, or particles that were lost.
    Resampled,
}

/// Accounts of the mass of every basin since the ledger began.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    accounts: Vec<Account>,
    masses: Vec<f64>,
    labels: Vec<u16>,
    parts: Vec<f64>,
}

impl Ledger {
    /// Begins anew, from the mass of every basin now.
    pub fn begin(&mut self, basins: &Basins, ensemble: &Ensemble) {
        self.accounts.clear();
        self.accounts.resize(basins.len(), Account::default());
        self.masses.clear();
        self.masses.resize(basins.len(), 0.0);
        self.labels.resize(ensemble.len(), 0);
        self.moved(basins, ensemble, Cause::Walked);
        self.accounts.fill(Account::default()); // what had walked in was there
    }

    /// Whether accounts are kept of so many basins and particles.
    pub fn is_of(&self, basins: &Basins, ensemble: &Ensemble) -> bool {
        self.accounts.len() == basins.len() && self.labels.len() == ensemble.len()
    }

    /// One account for each basin; none before the ledger has begun.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Books what has changed now that particles stand elsewhere.
    pub fn moved(&mut self, basins: &Basins, ensemble: &Ensemble, cause: Cause) {
        let [xs, ys] = ensemble.positions();
        self.parts.resize(self.labels.len().div_ceil(CHUNK) * basins.len(), 0.0);
        self.parts
            .par_chunks_mut(basins.len())
            .zip(self.labels.par_chunks_mut(CHUNK))
            .zip(xs.par_chunks(CHUNK).zip(ys.par_chunks(CHUNK)))
            .zip(ensemble.weights().par_chunks(CHUNK))
            .for_each(|(((masses, labels), (xs, ys)), weights)| {
                for ((label, x), y) in labels.iter_mut().zip(xs).zip(ys) {
                    *label = basins.of(Point::new(*x, *y)) as u16;
                }
                add_up(labels, weights, masses);
            });
        self.book(cause);
    }

    /// Books what has changed now that weights are others, where particles stand.
    pub fn weighed(&mut self, ensemble: &Ensemble, cause: Cause) {
        self.parts
            .par_chunks_mut(self.masses.len())
            .zip(self.labels.par_chunks(CHUNK))
            .zip(ensemble.weights().par_chunks(CHUNK))
            .for_each(|((masses, labels), weights)| add_up(labels, weights, masses));
        self.book(cause);
    }

    /// Takes note that a slot holds a copy of another particle; the books are written by [`Ledger::weighed`].
    pub fn replaced(&mut self, replacement: Replacement) {
        self.labels[replacement.slot as usize] = self.labels[replacement.source as usize];
    }

    fn book(&mut self, cause: Cause) {
        let n_basins = self.masses.len();
        let mut masses = vec![0.0; n_basins];
        for part in self.parts.chunks_exact(n_basins) {
            masses.iter_mut().zip(part).for_each(|(mass, part)| *mass += part);
        }
        // Adding up many small weights leaves the total a few units in the twelfth place off.
        let total: f64 = masses.iter().sum();
        for ((account, before), now) in self.accounts.iter_mut().zip(&mut self.masses).zip(masses) {
            let now = now / total;
            let entry = match cause {
                Cause::Walked => &mut account.walked,
                Cause::Grown => &mut account.grown,
                Cause::Resampled => &mut account.resampled,
            };
            *entry += now - *before;
            *before = now;
        }
    }
}

/// The mass of each basin within a chunk.
fn add_up(labels: &[u16], weights: &[f64], masses: &mut [f64]) {
    /// So many basins fit into sums beside each other, of which neighbours do not wait for one another.
    const FEW: usize = 16;
    masses.fill(0.0);
    if masses.len() > FEW {
        for (label, w) in labels.iter().zip(weights) {
            masses[usize::from(*label)] += w;
        }
        return;
    }
    let mut lanes = [[0.0; FEW]; 4];
    for (labels, weights) in labels.chunks(4).zip(weights.chunks(4)) {
        for ((lane, label), w) in lanes.iter_mut().zip(labels).zip(weights) {
            lane[usize::from(*label) % FEW] += w;
        }
    }
    for (b, mass) in masses.iter_mut().enumerate() {
        *mass = lanes.iter().map(|lane| lane[b]).sum();
    }
}
