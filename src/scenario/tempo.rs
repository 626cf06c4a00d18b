//! By which factors the flows of a run were driven, and when.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The factors on the rates of all panels over model time: all that fixes the flows' own times. Panels that nobody drives have 1; a run
/// at the [rates](super::Pace::Rates) of its flows has an empty one.
///
/// It grows at most as often as a run is measured or changed, so with the logarithm of the run's length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tempo(Vec<Arc<Turn>>);

/// Factors from a model time on; none: all are 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    time: f64,
    factors: Vec<f64>,
}

impl Tempo {
    /// From this model time on, no earlier than any before, the panels are driven by these factors.
    pub fn turn(&mut self, time: f64, factors: &[f64]) {
        // What was to be from this very time on never came.
        while self.0.last().is_some_and(|last| last.time >= time) {
            self.0.pop();
        }
        let factors = if factors.iter().all(|c| *c == 1.0) {
            &[]
        } else {
            factors
        };
        if self.since(self.0.len()) != factors {
            let factors = factors.to_vec();
            self.0.push(Arc::new(Turn { time, factors }));
        }
    }

    /// Whether nobody was ever driven.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The spans of even factors from one model time to another: the end of each, and its factors, of which those that are missing are 1.
    pub(crate) fn spans(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, &[f64])> {
        let first = self.0.partition_point(|turn| turn.time <= from);
        let end = self.0.partition_point(|turn| turn.time < to).max(first);
        let ends = self.0[first..end].iter().map(|turn| turn.time).chain([to]);
        ends.zip((first..).map(|turns| self.since(turns)))
    }

    /// The factor of a panel right before this model time.
    pub(crate) fn before(&self, time: f64, panel: usize) -> f64 {
        let turns = self.0.partition_point(|turn| turn.time < time);
        factor(self.since(turns), panel)
    }

    /// Until when this run was driven as another, as far as that is known.
    pub(crate) fn agrees_until(&self, other: &Self, known: f64) -> f64 {
        let both = self.0.iter().zip(&other.0);
        let same = both.take_while(|(a, b)| Arc::ptr_eq(a, b) || a == b).count();
        let next = |tempo: &Self| tempo.0.get(same).map_or(f64::INFINITY, |turn| turn.time);
        let apart = next(self).min(next(other));
        if apart > known { f64::INFINITY } else { apart }
    }

    /// Whether it is the same list, not only an equal one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let last = |tempo: &Self| tempo.0.last().map(Arc::as_ptr);
        self.0.len() == other.0.len() && last(self) == last(other)
    }

    /// Whether it can have been: times in order, and factors that are numbers from 1 on.
    pub(crate) fn is_sound(&self) -> bool {
        let ascend = self.0.windows(2).all(|w| w[0].time < w[1].time);
        let driven = |turn: &Arc<Turn>| turn.factors.iter().all(|c| *c >= 1.0 && c.is_finite());
        ascend
            && self
                .0
                .iter()
                .all(|turn| turn.time >= 0.0 && turn.time.is_finite() && driven(turn))
    }

    /// Bytes of memory that this takes beside another with the same beginning.
    pub(crate) fn bytes_beside(&self, last: Option<&Self>) -> usize {
        let new = self.0.len() - last.map_or(0, |last| last.0.len().min(self.0.len()));
        let turn = size_of::<Turn>() + 2 * size_of::<usize>();
        let factors = self.0.last().map_or(0, |turn| size_of_val(&turn.factors[..]));
        size_of_val(&self.0[..]) + new * (turn + factors)
    }

    /// The factors after so many turns.
    fn since(&self, turns: usize) -> &[f64] {
        turns.checked_sub(1).map_or(&[], |last| &self.0[last].factors)
    }
}

/// The factor of a panel among these.
pub(crate) fn factor(factors: &[f64], panel: usize) -> f64 {
    factors.get(panel).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tempo() -> Tempo {
        let mut tempo = Tempo::default();
        tempo.turn(0.0, &[1.0, 1.0]);
        assert!(tempo.is_empty(), "nobody is driven");
        tempo.turn(0.1, &[1.0, 2.0]);
        tempo.turn(0.2, &[1.0, 2.0]);
        tempo.turn(0.3, &[3.0, 1.0]);
        tempo.turn(0.3, &[4.0, 1.0, 1.0]);
        tempo.turn(0.5, &[1.0, 1.0, 1.0]);
        tempo
    }

    #[test]
    fn spans_cover_the_time_with_the_factors_in_force() {
        let tempo = tempo();
        let spans = |from, to| {
            let of = |(end, factors): (f64, &[f64])| (end, factor(factors, 0), factor(factors, 1));
            tempo.spans(from, to).map(of).collect::<Vec<_>>()
        };
        assert_eq!(
            spans(0.0, 0.6),
            [(0.1, 1.0, 1.0), (0.3, 1.0, 2.0), (0.5, 4.0, 1.0), (0.6, 1.0, 1.0)]
        );
        assert_eq!(spans(0.1, 0.3), [(0.3, 1.0, 2.0)]);
        assert_eq!(spans(0.3, 0.3), [(0.3, 4.0, 1.0)]);
        assert_eq!(spans(7.0, 8.0), [(8.0, 1.0, 1.0)]);
        assert_eq!([0.1, 0.11, 0.3, 0.4].map(|t| tempo.before(t, 1)), [1.0, 2.0, 2.0, 1.0]);
        assert_eq!(Tempo::default().spans(0.0, 1.0).collect::<Vec<_>>(), [(1.0, &[][..])]);
    }

    #[test]
    fn what_never_came_is_taken_back_and_the_rest_is_compared() {
        let (whole, mut back) = (tempo(), tempo());
        back.turn(0.3, &[1.0, 2.0]);
        assert_eq!(back.0.len(), 1, "as before: no turn");
        assert!(whole.is(&whole.clone()) && !whole.is(&back) && whole.is_sound());
        assert_eq!(whole.agrees_until(&back, 0.29), f64::INFINITY);
        assert_eq!(whole.agrees_until(&back, 0.31), 0.3);
        back.turn(0.25, &[5.0, 2.0]);
        assert_eq!(
            (whole.agrees_until(&back, 9.0), back.agrees_until(&whole, 9.0)),
            (0.25, 0.25)
        );
        assert!(
            !Tempo(vec![Arc::new(Turn {
                time: 0.0,
                factors: vec![0.5]
            })])
            .is_sound()
        );
    }
}
