//! Parallel loops whose results do not depend on the number of threads, and a way to stop long ones.
//!
//! Particles are handled in chunks of [`CHUNK`], always cut at the same places. Each chunk writes its own partial result;
//! partial results are combined in the order of the chunks, by one thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Particles per chunk.
pub const CHUNK: usize = 1024;

/// Particles per block within a chunk: what fits on the stack and in the first-level cache. A multiple of the lanes of
/// [`Normals`](crate::rng::Normals).
pub const BLOCK: usize = 256;

/// Number of chunks of `n` particles.
pub const fn count(n: usize) -> usize {
    n.div_ceil(CHUNK)
}

/// Cuts a slice into consecutive pieces of the given lengths, whose sum is the length of the slice.
pub fn split_mut<T>(mut slice: &mut [T], lengths: impl Iterator<Item = usize>) -> Vec<&mut [T]> {
    lengths
        .map(|length| {
            let (piece, rest) = std::mem::take(&mut slice).split_at_mut(length);
            slice = rest;
            piece
        })
        .collect()
}

/// Ranges of particles for which separate accumulators are kept while binning: 1, 2, 4, 8 or 16, of at least 16 chunks each.
/// Depends on the number of particles only.
pub fn layers(n: usize) -> Vec<std::ops::Range<usize>> {
    const MOST: usize = 16;
    let wanted = (n / (16 * CHUNK)).clamp(1, MOST);
    let share = n.div_ceil(1 << wanted.ilog2());
    (0..n)
        .step_by(share.max(1))
        .map(|first| first..(first + share).min(n))
        .collect()
}

/// Tells loops over pairs of particles, which may take hours, that nobody waits for their result any more. Copies are of one mind.
///
/// What a loop leaves that was stopped is no result, nor is anything computed with it: the run that it belongs to is to be thrown away.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Stops the loops, for good.
    pub fn call(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether they are stopped: to be asked once in a task, not for every pair.
    pub fn is_called(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
