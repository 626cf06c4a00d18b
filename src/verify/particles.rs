//! Particles against the continuum: the same scenario by both.

use super::measure::{Estimate, advance, replicates};
use super::quadrature::normal;
use super::{Outcome, Progress, Stop};
use crate::continuum::{Continuum, Rates};
use crate::density::{Bandwidth, Estimator};
use crate::flow::{Flow, Reaction};
use crate::scenario::{Scenario, Start, presets};
use crate::sim::Simulation;
use crate::space::Grid;

/// The default scenario with its scouts, by particles and on the grid: the mass of the right well under Langevin and WFR.
///
/// What finitely many particles and steps add is known to first order: a·dt for the step, b·h² for the kernel, c/(N h²) for the kernel
/// of each particle at itself. Twice the step, twice h² and a quarter of N have twice of all three, so 2 fine − coarse has none. The kernel is
/// plain and narrow, not the scenario's own, so that the first order is enough.
pub(super) fn default_scenario(progress: &Progress) -> Result<Outcome, Stop> {
    const KERNEL: f64 = 0.06;
    let base = presets()[0].scenario();
    let (panels, until) = ([0, 2], 1.0);
    let run = |first: u64, count: u64, particles: usize, coarser: f64| -> Result<Vec<Estimate>, Stop> {
        let scenario = Scenario {
            particles,
            dt: base.dt * coarser,
            estimator: Estimator {
                bandwidth: Bandwidth::Fixed(KERNEL * coarser.sqrt()),
                ..Estimator::default()
            },
            panels: panels.map(|p| base.panels[p].clone()).to_vec(),
            ..base.clone()
        };
        replicates(progress, (first, count), |seed| {
            let mut simulation = Simulation::new(Scenario {
                seed,
                ..scenario.clone()
            });
            advance(&mut simulation, (until / scenario.dt).round() as usize)?;
            let right = |p: usize| {
                let ensemble = simulation.ensemble(p);
                let pairs = ensemble.positions()[0].iter().zip(ensemble.weights());
                pairs.filter(|(x, _)| **x > 0.0).map(|(_, w)| w).sum()
            };
            Ok((0..panels.len()).map(right).collect())
        })
    };
    let (fine, coarse) = (run(1, 12, 20_000, 1.0)?, run(1000, 48, 5_000, 2.0)?);
    let landscape = base.landscape();
    let Start::Gaussian(blob) = &base.start else {
        return Err(Stop::Failed("the default scenario starts elsewhere".to_owned()));
    };
    let view = base.view();
    let (m, c, area) = (blob.mean, blob.covariance, view.width() * view.height());
    let start = |p: crate::space::Point| {
        let scouts = if view.contains(p) { base.scouts / area } else { 0.0 };
        scouts + (1.0 - base.scouts) * normal(p.x, m.x, c.xx) * normal(p.y, m.y, c.yy)
    };
    let grid = Grid::new(view.scaled(1.25), 240, 160);
    let mut out = Outcome::default();
    for (k, panel) in panels.into_iter().enumerate() {
        let flow = &base.panels[panel];
        let rates = Rates {
            alpha: flow.alpha,
            beta: flow.beta,
        };
        let mut law = Continuum::new(&landscape, &grid.field(start));
        law.advance(rates, until, 0.01);
        let right: f64 = law.mass().chunks(grid.nx).flat_map(|row| &row[grid.nx / 2..]).sum();
        let ((fine, fine_error), (coarse, coarse_error)) = (fine[k], coarse[k]);
        let seen = (2.0 * fine - coarse, (2.0 * fine_error).hypot(coarse_error));
        out.measured(format!("{}: mass on the right at t = {until}", flow.name), seen, right);
    }
    Ok(out)
}

/// The ledger: what walked in, grew and was resampled in each basin adds up to the change of its mass, under every realisation of the
/// reaction; and nothing is made in all of them together.
pub(super) fn ledger(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let base = presets()[0].scenario();
    let kinds = [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath];
    let panels = kinds.map(|reaction| Flow {
        reaction,
        ..Flow::new(&format!("{reaction:?}"), 1.0, 1.0)
    });
    let mut simulation = Simulation::new(Scenario {
        particles: 5000,
        panels: panels.to_vec(),
        ..base
    });
    let masses = |simulation: &mut Simulation, p: usize| simulation.observe(p).basin_mass;
    let before: Vec<Vec<f64>> = (0..kinds.len()).map(|p| masses(&mut simulation, p)).collect();
    for k in 0..10 {
        progress.at(k, 10)?;
        advance(&mut simulation, 50)?;
    }
    for (p, kind) in kinds.into_iter().enumerate() {
        let seen = simulation.observe(p);
        if seen.ledger.len() != before[p].len() {
            return Err(Stop::Failed("a ledger is missing".to_owned()));
        }
        let mut total = 0.0;
        for (b, account) in seen.ledger.iter().enumerate() {
            let sum = account.walked + account.grown + account.resampled;
            total += sum;
            let change = seen.basin_mass[b] - before[p][b];
            out.absolute(
                format!("{kind:?}: basin {b}, walked + grown + resampled"),
                sum,
                change,
                1e-10,
            );
        }
        out.absolute(format!("{kind:?}: all basins together"), total, 0.0, 1e-10);
        let turnover: f64 = seen.ledger.iter().map(|a| a.grown.abs()).sum();
        out.at_least(format!("{kind:?}: mass that grew or shrank"), turnover, 1e-3);
    }
    Ok(out)
}
