//! Measurements at even intervals of model time, thinned so that their number stays bounded.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::observe::Observables;

/// Most measurements kept; beyond that every second one is dropped and the interval doubles.
pub const CAPACITY: usize = 1024;

/// Model time between two measurements of a run, until they are thinned.
pub const INTERVAL: f64 = 0.02;

/// Something measured at a model time.
pub trait Timed {
    /// When it was measured.
    fn time(&self) -> f64;
}

impl Timed for Observables {
    fn time(&self) -> f64 {
        self.time
    }
}

/// The measurements of one panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History<T = Observables> {
    entries: Vec<Arc<T>>,
    interval: f64,
}

impl<T: Timed> History<T> {
    /// An empty history with an entry every `interval` of model time, or at every step where steps are longer.
    pub const fn new(interval: f64) -> Self {
        Self {
            entries: Vec::new(),
            interval,
        }
    }

    /// Whether a measurement is due at this time.
    pub fn is_due(&self, time: f64) -> bool {
        // A time that misses the next one by rounding is on time.
        let next = |last: &Arc<T>| last.time() + self.interval * (1.0 - 1e-6);
        self.entries.last().is_none_or(|last| time >= next(last))
    }

    /// Adds a measurement.
    pub fn push(&mut self, entry: Arc<T>) {
        if self.entries.len() == CAPACITY {
            let mut even = false;
            self.entries.retain(|_| {
                even ^= true;
                even
            });
            self.interval *= 2.0;
        }
        if self.is_due(entry.time()) {
            self.entries.push(entry);
        }
    }

    /// Whether one can go on with it: an interval above 0, and times that ascend.
    pub fn is_sound(&self) -> bool {
        let ascend = self.entries.windows(2).all(|w| w[0].time() < w[1].time());
        self.interval > 0.0 && self.interval.is_finite() && self.entries.len() <= CAPACITY && ascend
    }

    /// The measurements, oldest first.
    pub fn entries(&self) -> &[Arc<T>] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_is_thinned_evenly() {
        let mut h = History::new(INTERVAL);
        for step in 0..200_000 {
            let time = f64::from(step) * 0.002;
            if h.is_due(time) {
                h.push(Arc::new(Observables {
                    time,
                    ..Observables::default()
                }));
            }
        }
        let times: Vec<f64> = h.entries().iter().map(|e| e.time).collect();
        assert!(times.len() <= CAPACITY && times.len() > CAPACITY / 3);
        assert_eq!(times[0], 0.0);
        assert!(times.windows(2).all(|w| (w[1] - w[0] - h.interval).abs() < 1e-9));
    }
}
