//! The strip: a panel seen along one axis.

use std::sync::Arc;

use rayon::prelude::*;

use super::Simulation;
use crate::chunks::CHUNK;
use crate::flow::Rate;
use crate::landscape::Landscape;
use crate::observe::{Axis, Marginal, Motion, Profile};

/// Marginals of targets that are kept: of both axes, and of what corrected flows walk in.
const KEPT: usize = 8;

impl Simulation {
    /// Measures a panel along an axis. It changes nothing that evolves.
    pub(super) fn profile(&mut self, index: usize, axis: Axis) -> Profile {
        let target = self.marginal(axis, None);
        let drift = match self.driven[index].rate {
            Rate::Corrected(theta) => self.marginal(axis, Some(theta)),
            _ => Arc::clone(&target),
        };
        let (flow, ensemble) = (&self.driven[index], &self.panels[index].ensemble);
        let (points, weights) = (ensemble.positions(), ensemble.weights());
        let pick = |pair: [&'_ [f64]; 2]| match axis {
            Axis::X => pair[0].to_vec(),
            Axis::Y => pair[1].to_vec(),
        };
        let along = match axis {
            Axis::X => points[0],
            Axis::Y => points[1],
        };
        let velocities = ensemble.velocities().map(pick);
        let growth = (flow.beta != 0.0).then(|| self.growth(index)).flatten();
        // On the way from noise to data neither is the gradient of log(ρ/π) what moves the law nor log(ρ/π) its rate.
        let (alpha, beta) = if flow.reverse.is_some() {
            (0.0, 0.0)
        } else {
            (flow.alpha, flow.beta)
        };
        let motion = Motion {
            alpha,
            beta,
            drift: &drift,
            velocities: velocities.as_deref(),
            growth: growth.as_deref(),
        };
        target.of_points(points, weights).profile((along, weights), &motion)
    }

    /// The rate at every particle, where it is given.
    fn growth(&self, index: usize) -> Option<Vec<f64>> {
        let flow = &self.driven[index];
        let [xs, ys] = self.panels[index].ensemble.positions();
        let mut values = vec![0.0; xs.len()];
        let given = values
            .par_chunks_mut(CHUNK)
            .zip(xs.par_chunks(CHUNK).zip(ys.par_chunks(CHUNK)))
            .map(|(out, (xs, ys))| flow.given_rate(&self.landscape, [xs, ys], out))
            .all(|given| given);
        given.then_some(values)
    }

    /// The marginal of the target, or of what a corrected flow walks in.
    fn marginal(&mut self, axis: Axis, theta: Option<f64>) -> Arc<Marginal> {
        let view = self.running.view();
        let steepened: Option<Landscape> = theta.map(|theta| self.landscape.steepened(theta));
        let landscape = steepened.as_ref().unwrap_or(&self.landscape);
        let known = self.marginals.iter().find(|m| m.is_of(landscape, view, axis));
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let new = Arc::new(Marginal::new(landscape, view, axis));
        if self.marginals.len() >= KEPT {
            self.marginals.clear();
        }
        self.marginals.push(Arc::clone(&new));
        new
    }
}
