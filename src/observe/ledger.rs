//! The ledger of mass: where each basin has gained and lost it.
//!
//! A step changes the mass m of a basin by what walked over its border, by what grew in it, and by the chance of resampling. The
//! ledger looks at the masses after each part of a step, so that for every basin
//!
//! ```text
//! walked + grown + resampled + brushed = m(now) − m(when the ledger began)
//! ```
//!
//! and each column sums to zero over the basins, both to rounding. Known limit: a particle that leaves a basin and returns within one
//! step has not walked.

use rayon::prelude::*;

use super::traffic::Moves;
use super::{Account, Basins};
use crate::chunks::{self, CHUNK};
use crate::ensemble::{Ensemble, Replacement};
use crate::vectorize::wide;

/// What moved mass between basins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Particles walked.
    Walked,
    /// The reaction: weights grew, or particles jumped, died and were born.
    Grown,
    /// The chance of resampling, or particles that were lost.
    Resampled,
    /// Particles were put in or taken out by hand, between steps.
    Brushed,
}

/// Accounts of the mass of every basin since the ledger began.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    accounts: Vec<Account>,
    masses: Vec<f64>,
    /// The basin of each particle, and the number of particles in each basin.
    labels: Vec<u16>,
    counts: Vec<i64>,
    chunk_counts: Vec<u32>,
    chunk_masses: Vec<f64>,
    moves: Moves,
}

impl Ledger {
    /// Begins anew, from the mass of every basin now.
    pub fn begin(&mut self, basins: &Basins, ensemble: &Ensemble) {
        self.accounts.clear();
        self.accounts.resize(basins.len(), Account::default());
        self.masses.clear();
        self.masses.resize(basins.len(), 0.0);
        self.moves.begin(basins.len());
        self.moved(basins, ensemble, Cause::Walked);
        self.accounts.fill(Account::default()); // what had walked in was there
    }

    /// Goes on where another ledger stood: what it said of each basin, and the masses that it last saw. Begins anew where those are not of
    /// as many basins.
    pub fn resume(&mut self, basins: &Basins, ensemble: &Ensemble, accounts: &[Account], masses: &[f64]) {
        self.begin(basins, ensemble);
        if accounts.len() == basins.len() && masses.len() == basins.len() {
            self.accounts.copy_from_slice(accounts);
            self.masses.copy_from_slice(masses);
        }
    }

    /// The mass of each basin when the books were last written.
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }

    /// What was replaced since it was last taken.
    pub fn moves(&mut self) -> &mut Moves {
        &mut self.moves
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
        self.labels.resize(ensemble.len(), 0); // a brush may have added some
        self.chunk_counts.resize(chunks::count(xs.len()) * basins.len(), 0);
        self.chunk_counts
            .par_chunks_mut(basins.len())
            .zip(self.labels.par_chunks_mut(CHUNK))
            .zip(xs.par_chunks(CHUNK).zip(ys.par_chunks(CHUNK)))
            .for_each(|((counts, labels), (xs, ys))| {
                basins.labels(xs, ys, labels);
                count(labels, counts);
            });
        self.counts.clear();
        self.counts.resize(basins.len(), 0);
        for counts in self.chunk_counts.chunks_exact(basins.len()) {
            self.counts
                .iter_mut()
                .zip(counts)
                .for_each(|(sum, n)| *sum += i64::from(*n));
        }
        self.weighed(ensemble, cause);
    }

    /// Takes note that a slot holds a copy of another particle; the books are written by [`Ledger::weighed`].
    pub fn replaced(&mut self, replacement: Replacement) {
        let (slot, source) = (replacement.slot as usize, replacement.source as usize);
        let (from, to) = (self.labels[slot], self.labels[source]);
        self.counts[usize::from(from)] -= 1;
        self.counts[usize::from(to)] += 1;
        self.labels[slot] = to;
        self.moves.note(from, to);
    }

    /// Books what has changed now that weights are others, or particles were replaced.
    pub fn weighed(&mut self, ensemble: &Ensemble, cause: Cause) {
        let n_basins = self.masses.len();
        let mut masses: Vec<f64> = self.counts.iter().map(|n| *n as f64).collect();
        if !ensemble.summary().uniform {
            self.chunk_masses.resize(chunks::count(ensemble.len()) * n_basins, 0.0);
            self.chunk_masses
                .par_chunks_mut(n_basins)
                .zip(self.labels.par_chunks(CHUNK))
                .zip(ensemble.weights().par_chunks(CHUNK))
                .for_each(|((masses, labels), weights)| add_up(labels, weights, masses));
            masses.fill(0.0);
            for chunk in self.chunk_masses.chunks_exact(n_basins) {
                masses.iter_mut().zip(chunk).for_each(|(sum, mass)| *sum += mass);
            }
        }
        // Adding up many small weights leaves the total a few units in the twelfth place off.
        let total: f64 = masses.iter().sum();
        for ((account, before), now) in self.accounts.iter_mut().zip(&mut self.masses).zip(masses) {
            let now = now / total;
            let entry = match cause {
                Cause::Walked => &mut account.walked,
                Cause::Grown => &mut account.grown,
                Cause::Resampled => &mut account.resampled,
                Cause::Brushed => &mut account.brushed,
            };
            *entry += now - *before;
            *before = now;
        }
    }
}

/// So few basins are looked for one by one, which takes no turns in memory and vectorises.
const FEW: usize = 8;

/// How many labels there are of each basin.
fn count(labels: &[u16], counts: &mut [u32]) {
    counts.fill(0);
    if counts.len() > FEW {
        labels.iter().for_each(|label| counts[usize::from(*label)] += 1);
        return;
    }
    wide(
        #[inline(always)]
        || {
            for (basin, n) in counts.iter_mut().enumerate() {
                // A chunk is short enough for sums of 16 bits.
                let found: u16 = labels.iter().map(|label| u16::from(usize::from(*label) == basin)).sum();
                *n = u32::from(found);
            }
        },
    );
}

/// The mass of each basin within a chunk.
fn add_up(labels: &[u16], weights: &[f64], masses: &mut [f64]) {
    const LANES: usize = 8;
    masses.fill(0.0);
    if masses.len() > FEW {
        for (label, w) in labels.iter().zip(weights) {
            masses[usize::from(*label)] += w;
        }
        return;
    }
    let (labels, last_labels) = labels.as_chunks::<LANES>();
    let (weights, last_weights) = weights.as_chunks::<LANES>();
    wide(
        #[inline(always)]
        || {
            for (basin, mass) in masses.iter_mut().enumerate() {
                let basin = basin as u16;
                let of = |label: u16, w: f64| if label == basin { w } else { 0.0 };
                let mut lanes = [0.0; LANES];
                for (labels, weights) in labels.iter().zip(weights) {
                    for i in 0..LANES {
                        lanes[i] += of(labels[i], weights[i]);
                    }
                }
                let last = last_labels.iter().zip(last_weights);
                let last = last.fold(0.0, |sum, (label, w)| sum + of(*label, *w));
                *mass = lanes.iter().fold(last, |sum, lane| sum + lane);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_basins_are_added_up_like_many() {
        for n in [1, 7, 8, 1000, 1023, CHUNK] {
            let labels: Vec<u16> = (0..n).map(|i| ((i * i + i / 3) % 7) as u16).collect();
            let weights: Vec<f64> = (0..n).map(|i| (i as f64 * 0.37).sin() + 1.5).collect();
            let (mut few, mut many) = (vec![1; 7], vec![1; 9]);
            count(&labels, &mut few);
            count(&labels, &mut many);
            assert_eq!(few, many[..7]);
            let (mut few, mut many) = (vec![1.0; 7], vec![1.0; 9]);
            add_up(&labels, &weights, &mut few);
            add_up(&labels, &weights, &mut many);
            for (a, b) in few.iter().zip(&many) {
                assert!((a - b).abs() < 1e-12 * b.abs().max(1.0), "{a} {b}");
            }
            assert_eq!(many[7..], [0.0; 2]);
        }
    }
}
