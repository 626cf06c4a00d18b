//! Pairing removed slots with surplus copies along a curve.

use rayon::prelude::*;

use super::hilbert::Curve;
use crate::chunks::CHUNK;
use crate::ensemble::Replacement;

/// Scratch memory of the pairing.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    /// Slots with no offspring or with more than one, ascending.
    odd: Vec<u32>,
    /// Their places on the curve (high half) and in `odd` (low half), sorted.
    ranked: Vec<u64>,
    /// Which of `odd` wait for a copy, and slots with so many copies to give.
    waiting: Vec<u32>,
    giving: Vec<(u32, u32)>,
    /// The source of each of `odd` that is removed.
    sources: Vec<u32>,
    replacements: Vec<Replacement>,
}

impl Pairs {
    /// The pairs that were made last.
    pub(super) fn last(&self) -> &[Replacement] {
        &self.replacements
    }

    /// Pairs every slot without offspring with a surplus copy, as brackets are paired: each takes the nearest along the curve that
    /// nobody between them needs. So across any point of the curve go as many copies as there is a true flow of mass, all in one direction.
    /// The pairs ascend by slot.
    pub(super) fn of(&mut self, offspring: &[u32], curve: &Curve, [xs, ys]: [&[f64]; 2]) -> &[Replacement] {
        let odd: Vec<Vec<u32>> = offspring
            .par_chunks(16 * CHUNK)
            .enumerate()
            .map(|(chunk, counts)| odd(counts, (chunk * 16 * CHUNK) as u32))
            .collect();
        self.odd.clear();
        odd.iter().for_each(|slots| self.odd.extend_from_slice(slots));
        self.ranked.clear();
        self.ranked.extend(self.odd.iter().zip(0u64..).map(|(&slot, index)| {
            let place = curve.place(xs[slot as usize], ys[slot as usize]);
            u64::from(place) << 32 | index
        }));
        self.ranked.par_sort_unstable();
        self.sources.clear();
        self.sources.resize(self.odd.len(), 0);
        for &ranked in &self.ranked {
            let index = ranked as u32;
            let slot = self.odd[index as usize];
            match offspring[slot as usize].checked_sub(1) {
                Some(mut copies) => {
                    while let Some(waiting) = if copies > 0 { self.waiting.pop() } else { None } {
                        self.sources[waiting as usize] = slot;
                        copies -= 1;
                    }
                    if copies > 0 {
                        self.giving.push((slot, copies));
                    }
                }
                None => match self.giving.last_mut() {
                    Some((source, copies)) => {
                        self.sources[index as usize] = *source;
                        *copies -= 1;
                        if *copies == 0 {
                            self.giving.pop();
                        }
                    }
                    None => self.waiting.push(index),
                },
            }
        }
        debug_assert!(
            self.waiting.is_empty() && self.giving.is_empty(),
            "offspring must sum to the number of particles"
        );
        self.replacements.clear();
        let pairs = self.odd.iter().zip(&self.sources);
        self.replacements.extend(
            pairs
                .filter(|(slot, _)| offspring[**slot as usize] == 0)
                .map(|(&slot, &source)| Replacement { slot, source }),
        );
        &self.replacements
    }
}

/// Slots of which the number of offspring is not one.
fn odd(counts: &[u32], first: u32) -> Vec<u32> {
    let mut odd = Vec::new();
    for (group, counts) in counts.chunks(16).enumerate() {
        // Nearly equal weights leave most groups as they are.
        if counts.iter().fold(0, |odd, &count| odd | (count ^ 1)) == 0 {
            continue;
        }
        for (i, &count) in counts.iter().enumerate() {
            if count != 1 {
                odd.push(first + (group * 16 + i) as u32);
            }
        }
    }
    odd
}
