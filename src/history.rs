//! Measurements at even intervals of model time, thinned so that their number stays bounded.

use std::sync::Arc;

use crate::observe::Observables;

/// Most measurements kept; beyond that every second one is dropped and the interval doubles.
pub const CAPACITY: usize = 1024;

/// The measurements of one panel.
#[derive(Clone, Debug)]
pub struct History {
    entries: Vec<Arc<Observables>>,
    interval: u64,
}

impl History {
    /// An empty history with an entry every `interval` steps.
    pub fn new(interval: u64) -> Self {
        Self {
            entries: Vec::new(),
            interval: interval.max(1),
        }
    }

    /// Whether a measurement is due after this many steps.
    pub fn is_due(&self, step: u64) -> bool {
        step.is_multiple_of(self.interval) && self.entries.last().is_none_or(|last| last.step < step)
    }

    /// Adds a measurement.
    pub fn push(&mut self, entry: Arc<Observables>) {
        if self.entries.len() == CAPACITY {
            self.interval *= 2;
            let interval = self.interval;
            self.entries.retain(|e| e.step.is_multiple_of(interval));
            if !entry.step.is_multiple_of(interval) {
                return;
            }
        }
        self.entries.push(entry);
    }

    /// The measurements, oldest first.
    pub fn entries(&self) -> &[Arc<Observables>] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_is_thinned_evenly() {
        let mut h = History::new(10);
        for step in 0..200_000 {
            if h.is_due(step) {
                h.push(Arc::new(Observables {
                    step,
                    ..Observables::default()
                }));
            }
        }
        let steps: Vec<u64> = h.entries().iter().map(|e| e.step).collect();
        assert!(steps.len() <= CAPACITY && steps.len() > CAPACITY / 3);
        assert_eq!(steps[0], 0);
        assert!(steps.windows(2).all(|w| w[1] - w[0] == h.interval));
    }
}
