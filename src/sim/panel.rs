//! One panel of a run: its particles, and what is counted and drawn of them.

use std::collections::VecDeque;
use std::sync::Arc;

use rayon::prelude::*;

use crate::chunks::{CHUNK, Stop};
use crate::ensemble::{Collapse, Ensemble};
use crate::flow::{Flow, StepContext, Workspace};
use crate::history::{self, History};
use crate::observe::{Cover, Observables, Traffic, histogram};
use crate::reverse::Walkers;
use crate::snapshot::{DensityImage, Dot, PanelSnapshot, Plane, Probe, Teleport};
use crate::space::Grid;

/// Teleports kept for drawing, per panel.
pub(super) const MAX_TELEPORTS: usize = 256;

/// What one panel owns.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) ensemble: Ensemble,
    pub(super) work: Workspace,
    /// What is remembered of particles that go from noise to data.
    pub(super) walkers: Option<Box<Walkers<2>>>,
    pub(super) history: History,
    /// The flow's own time.
    pub(super) clock: f64,
    pub(super) teleports: VecDeque<Teleport>,
    pub(super) traffic: Traffic,
    pub(super) replaced: u64,
    pub(super) resamplings: u64,
    pub(super) lost: u64,
    pub(super) proposed: u64,
    pub(super) accepted: u64,
}

impl Panel {
    pub(super) fn new(ensemble: Ensemble, stop: &Stop) -> Self {
        let mut work = Workspace::default();
        work.density.heed(stop.clone());
        Self {
            ensemble,
            work,
            walkers: None,
            history: History::new(history::INTERVAL),
            clock: 0.0,
            teleports: VecDeque::new(),
            traffic: Traffic::default(),
            replaced: 0,
            resamplings: 0,
            lost: 0,
            proposed: 0,
            accepted: 0,
        }
    }

    pub(super) fn step(&mut self, flow: &Flow, context: &StepContext<'_>, time: f64) -> Result<(), Collapse> {
        let (ensemble, work) = (&mut self.ensemble, &mut self.work);
        let info = match &mut self.walkers {
            Some(walkers) => flow.step_back((ensemble, walkers), context, work)?,
            None => flow.step(ensemble, context, work)?,
        };
        self.replaced += self.work.replaced;
        self.resamplings += info.resamplings;
        self.lost += info.lost;
        self.proposed += info.proposed;
        self.accepted += info.accepted;
        self.traffic
            .advance(context.dt, self.ensemble.len(), self.work.ledger.moves());
        for &[from, to] in &self.work.teleports {
            if self.teleports.len() == MAX_TELEPORTS {
                self.teleports.pop_front();
            }
            self.teleports.push_back(Teleport { from, to, time });
        }
        Ok(())
    }

    /// What a window needs to draw of this panel; `origin` is the basin in which a slot began.
    pub(super) fn snapshot(
        &self,
        probe: &Probe,
        (now, cover): (Arc<Observables>, Arc<Cover>),
        origin: impl Fn(u32) -> usize + Sync,
    ) -> PanelSnapshot {
        let n = self.ensemble.len();
        let ([xs, ys], plane) = self.coordinates(probe.plane);
        let (weights, ancestors) = (self.ensemble.weights(), self.ensemble.ancestors());
        let dot = |i: usize| Dot {
            x: xs[i] as f32,
            y: ys[i] as f32,
            weight: (weights[i] * n as f64) as f32,
            origin: origin(ancestors[i]) as u16,
            growth: 0.0,
            ancestor: ancestors[i],
        };
        let density = probe
            .picture
            .filter(|(_, [width, height])| n > probe.max_dots && width.min(height) > &0)
            .map(|(rect, [width, height])| {
                let field = histogram([xs, ys], weights, Grid::new(rect, width, height));
                let even = (width * height) as f64;
                let mut values = vec![0.0; field.values.len()];
                // Rows of a picture run from the top, rows of a field from the bottom.
                for (out, row) in values.chunks_mut(width).rev().zip(field.values.chunks(width)) {
                    out.iter_mut().zip(row).for_each(|(o, v)| *o = (v * even) as f32);
                }
                Arc::new(DensityImage {
                    rect,
                    size: [width, height],
                    values,
                })
            });
        PanelSnapshot {
            particles: n,
            alive: self.ensemble.alive(),
            probed: None,
            traffic: Arc::new(self.traffic.clone()),
            tangent: None,
            terms: None,
            profile: None,
            plane,
            dots: sample(n, probe.max_dots)
                .into_par_iter()
                .with_min_len(CHUNK)
                .map(dot)
                .collect(),
            density,
            bandwidth: self.work.density.bandwidth(),
            now,
            kl_floor: 0.0,
            cover,
            history: self.history.entries().to_vec(),
            teleports: match plane {
                Plane::Positions => self.teleports.iter().copied().collect(),
                Plane::PhaseX | Plane::PhaseY => Vec::new(),
            },
        }
    }

    /// The particles in this plane, or by their positions if they have no velocities; and which it is.
    fn coordinates(&self, plane: Plane) -> ([&[f64]; 2], Plane) {
        let [xs, ys] = self.ensemble.positions();
        match (plane, self.ensemble.velocities()) {
            (Plane::PhaseX, Some([us, _])) => ([xs, us], plane),
            (Plane::PhaseY, Some([_, vs])) => ([ys, vs], plane),
            (Plane::Positions, _) | (_, None) => ([xs, ys], Plane::Positions),
        }
    }
}

/// The slots to draw where so many are wanted at most: all in order, or else evenly spread over all, and so is every beginning of the list. So what a
/// brush has appended is among them in proportion, and most of the others stay when a little is appended.
pub(super) fn sample(slots: usize, most: usize) -> Vec<usize> {
    if slots <= most {
        return (0..slots).collect();
    }
    // The numbers in the order of their reversed bits.
    let unused = slots.next_power_of_two().leading_zeros() + 1;
    let reversed = (0..).map(|k: usize| k.reverse_bits().checked_shr(unused).unwrap_or(0));
    reversed.filter(|slot| *slot < slots).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_over_all_slots_and_holds_none_twice() {
        assert_eq!(sample(5, 5), [0, 1, 2, 3, 4]);
        for (slots, most) in [
            (2, 1),
            (8, 7),
            (1000, 999),
            (12_600, 10_000),
            (65_536, 1000),
            (65_537, 1000),
        ] {
            let chosen = sample(slots, most);
            assert_eq!(chosen.len(), most);
            for part in [most / 4, most] {
                let mut part: Vec<usize> = chosen[..part].to_vec();
                part.sort_unstable();
                let half = part.iter().filter(|slot| **slot < slots / 2).count();
                assert!(
                    half.abs_diff(part.len() / 2) <= 1 + part.len() / 50,
                    "{slots} {most}: {half}"
                );
                part.dedup();
                assert!(part.len() == most || part.len() == most / 4);
                assert!(part.iter().all(|slot| *slot < slots));
            }
        }
        // A few more slots change few of the places.
        let (before, after) = (sample(12_600, 10_000), sample(12_650, 10_000));
        let kept = before.iter().filter(|slot| after.contains(slot)).count();
        assert!(kept > 9_900, "{kept}");
    }
}
