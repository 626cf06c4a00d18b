//! Frames at even intervals of model time, thinned so that they fit into a given memory.

use std::sync::Arc;

use crate::sim::Frame;

/// Most frames kept, whatever their size: beyond that every second one is dropped and the interval doubles.
const MOST: usize = 512;
/// Model time between two frames, until they are thinned.
pub(super) const INTERVAL: f64 = 0.04;

/// A frame, and what is to be known of it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) frame: Arc<Frame>,
    /// How many commands of the journal it has obeyed.
    pub(super) done: usize,
    /// Bytes that it holds beside those of the frame before it.
    pub(super) bytes: usize,
}

impl Kept {
    pub(super) fn new(frame: Frame, done: usize, last: Option<&Frame>) -> Self {
        Self {
            bytes: frame.bytes_beside(last),
            frame: Arc::new(frame),
            done,
        }
    }
}

/// The frames of one course of a run, oldest first. The first is its start.
#[derive(Clone, Debug)]
pub(super) struct Keep {
    frames: Vec<Kept>,
    interval: f64,
}

impl Keep {
    pub(super) fn new(first: Frame) -> Self {
        Self {
            frames: vec![Kept::new(first, 0, None)],
            interval: INTERVAL,
        }
    }

    pub(super) const fn interval(&self) -> f64 {
        self.interval
    }

    pub(super) fn frames(&self) -> &[Kept] {
        &self.frames
    }

    pub(super) fn last(&self) -> Option<&Frame> {
        self.frames.last().map(|kept| &*kept.frame)
    }

    /// Whether a frame is due at this step and time: none is where there are later ones.
    pub(super) fn is_due(&self, step: u64, time: f64) -> bool {
        let due = |last: &Kept| step > last.frame.step() && time >= last.frame.time() + self.interval * (1.0 - 1e-6);
        self.frames.last().is_none_or(due)
    }

    pub(super) fn push(&mut self, kept: Kept) {
        self.frames.push(kept);
        if self.frames.len() > MOST {
            self.thin();
        }
    }

    /// Drops every second frame and doubles the interval; whether there was one to drop beside the first.
    pub(super) fn thin(&mut self) -> bool {
        if self.frames.len() < 2 {
            return false;
        }
        let mut nth = 0_usize;
        self.frames.retain(|_| {
            nth += 1;
            nth % 2 == 1
        });
        self.widen();
        self.weigh();
        true
    }

    /// Doubles the interval.
    pub(super) fn widen(&mut self) {
        self.interval *= 2.0;
    }

    /// Drops all frames, the first too if it is the start of a scenario, which can be made again.
    pub(super) fn clear(&mut self) {
        self.strip();
        self.frames.retain(|kept| kept.frame.step() > 0);
    }

    /// Drops all frames but the first.
    pub(super) fn strip(&mut self) {
        self.frames.truncate(1);
    }

    /// Drops frames after this step, and those that have obeyed more commands.
    pub(super) fn cut(&mut self, step: u64, done: usize) {
        self.keep_if(|kept| kept.frame.step() <= step && kept.done <= done);
    }

    /// Drops the frames of which this does not hold.
    pub(super) fn keep_if(&mut self, holds: impl FnMut(&Kept) -> bool) {
        self.frames.retain(holds);
    }

    /// Counts again what each frame holds that the one before it does not.
    fn weigh(&mut self) {
        for i in 1..self.frames.len() {
            let (before, rest) = self.frames.split_at_mut(i);
            rest[0].bytes = rest[0].frame.bytes_beside(Some(&before[i - 1].frame));
        }
    }

    /// The last frame at or before a step.
    pub(super) fn nearest(&self, step: u64) -> Option<&Kept> {
        let after = self.frames.partition_point(|kept| kept.frame.step() <= step);
        self.frames[..after].last()
    }
}
