//! Tables: what was measured, and the particles themselves.

use std::io::{self, Write};

use crate::continuum::Functionals;
use crate::observe::{Cover, Observables};
use crate::reference::Solution;
use crate::sim::Simulation;
use crate::snapshot::Snapshot;

/// The columns of what is measured, before the masses of the basins.
const FIGURES: [&str; 15] = [
    "mean_x",
    "mean_y",
    "var_x",
    "cov_xy",
    "var_y",
    "kl",
    "information",
    "variance",
    "l1",
    "energy",
    "wasserstein_x",
    "wasserstein_y",
    "mmd",
    "unreachable",
    "log_normaliser",
];
/// Where the mass of each basin came from: columns after the masses.
const CAUSES: [&str; 4] = ["walked", "grown", "resampled", "brushed"];
/// The columns of the exact solution itself, after those of the exact solution measured as particles are.
const SOLUTION: [&str; 4] = [
    "exact_uncovered",
    "solution_kl",
    "solution_information",
    "solution_variance",
];

fn figures(o: &Observables) -> impl Iterator<Item = f64> {
    let (mean, covariance) = (o.mean, o.covariance);
    [
        mean.x,
        mean.y,
        covariance.xx,
        covariance.xy,
        covariance.yy,
        o.kl,
        o.information,
        o.variance,
        o.l1,
        o.energy,
        o.wasserstein.x,
        o.wasserstein.y,
        o.mmd,
        o.unreachable,
        o.log_normaliser,
    ]
    .into_iter()
    .chain(o.basin_mass.clone())
}

/// A CSV table of measurements, one row per panel and recorded time.
#[derive(Debug)]
pub struct Table<W: Write> {
    rows: csv::Writer<W>,
    columns: usize,
    basins: usize,
}

impl<W: Write> Table<W> {
    /// Writes the header for so many basins; with the columns of the exact solution where that is wanted.
    pub fn new(target: W, basins: usize, exact: bool) -> io::Result<Self> {
        let mut rows = csv::Writer::from_writer(target);
        let measured = || {
            let masses = (0..basins).map(|i| format!("mass_{i}"));
            FIGURES.map(str::to_owned).into_iter().chain(masses)
        };
        let mut columns: Vec<String> = ["panel", "step", "time"].map(str::to_owned).into();
        columns.extend(measured());
        columns.extend((0..basins).flat_map(|i| CAUSES.map(|cause| format!("{cause}_{i}"))));
        columns.extend(["ess", "births", "deaths"].map(str::to_owned));
        if exact {
            columns.extend(measured().map(|name| format!("exact_{name}")));
            columns.extend(SOLUTION.map(str::to_owned));
        }
        rows.write_record(&columns)?;
        Ok(Self {
            rows,
            columns: columns.len(),
            basins,
        })
    }

    /// Writes a row; what there is no solution for stays empty, as do basins that a landscape did not have at the time. Numbers read
    /// back to the same bits.
    pub fn row(&mut self, panel: &str, now: &Observables, exact: Option<Option<(&Solution, Cover)>>) -> io::Result<()> {
        let number = |v: f64| format!("{v:?}");
        let mut row = vec![panel.to_owned(), now.step.to_string(), number(now.time)];
        let measured = |o: &Observables| {
            let mut cells: Vec<String> = figures(o).map(number).collect();
            cells.resize(FIGURES.len() + self.basins, String::new());
            cells
        };
        row.extend(measured(now));
        let accounts = now
            .ledger
            .iter()
            .flat_map(|a| [a.walked, a.grown, a.resampled, a.brushed]);
        let mut accounts: Vec<String> = accounts.map(number).collect();
        accounts.resize(CAUSES.len() * self.basins, String::new());
        row.extend(accounts);
        row.extend([number(now.ess), now.births.to_string(), now.deaths.to_string()]);
        if let Some(Some((solution, cover))) = exact {
            row.extend(measured(&solution.now.observed));
            row.push(solution.uncovered(&cover).map_or_else(String::new, number));
            let Functionals {
                kl,
                information,
                variance,
            } = solution.now.functionals;
            row.extend([kl, information, variance].map(number));
        }
        row.resize(self.columns, String::new());
        self.rows.write_record(&row)?;
        Ok(())
    }

    /// Hands on everything written so far, so that a reader of a pipe sees each time at once.
    pub fn flush(&mut self) -> io::Result<()> {
        self.rows.flush()
    }
}

/// Writes all that was recorded of a run, time by time, and what is measured now; how many rows that makes.
pub fn history(target: impl Write, snapshot: &Snapshot) -> io::Result<u64> {
    let measured = snapshot.panels.iter().flat_map(|panel| &panel.history);
    let basins = measured
        .map(|o| o.basin_mass.len())
        .fold(snapshot.basins.len(), usize::max);
    let mut table = Table::new(target, basins, false)?;
    let mut entries: Vec<(usize, &Observables)> = Vec::new();
    for (k, panel) in snapshot.panels.iter().enumerate() {
        let last = panel.history.last().map_or(f64::NEG_INFINITY, |o| o.time);
        let now = (panel.now.time > last).then_some(&panel.now);
        entries.extend(panel.history.iter().chain(now).map(|o| (k, &**o)));
    }
    entries.sort_by(|(_, a), (_, b)| a.time.total_cmp(&b.time));
    for (k, entry) in &entries {
        let name = snapshot.scenario.panels.get(*k).map_or("", |flow| flow.name.as_str());
        table.row(name, entry, None)?;
    }
    table.flush()?;
    Ok(entries.len() as u64)
}

/// Writes every particle of every panel, one row per slot; how many rows that makes.
///
/// `weight` is normalised, `log_weight` is its logarithm; `ancestor` is the slot in which the line of a particle began, and
/// `origin_basin` the basin in which that was. The columns of velocities are there where any panel has them.
pub fn particles(target: impl Write, simulation: &Simulation) -> io::Result<u64> {
    let scenario = simulation.scenario();
    let panels = scenario.panels.len();
    let moving = (0..panels).any(|k| simulation.ensemble(k).velocities().is_some());
    let mut rows = csv::Writer::from_writer(target);
    let mut columns = vec!["panel", "slot", "x", "y"];
    if moving {
        columns.extend(["vx", "vy"]);
    }
    columns.extend(["log_weight", "weight", "ancestor", "origin_basin"]);
    rows.write_record(&columns)?;
    let mut written = 0;
    let number = |v: f64| format!("{v:?}");
    for (k, flow) in scenario.panels.iter().enumerate() {
        let ensemble = simulation.ensemble(k);
        let [x, y] = ensemble.positions();
        let velocities = ensemble.velocities();
        for slot in 0..ensemble.len() {
            let mut row = vec![flow.name.clone(), slot.to_string(), number(x[slot]), number(y[slot])];
            if moving {
                row.extend([0, 1].map(|d| velocities.map_or_else(String::new, |v| number(v[d][slot]))));
            }
            let ancestor = ensemble.ancestors()[slot];
            row.push(number(ensemble.log_weights()[slot]));
            row.push(number(ensemble.weights()[slot]));
            row.push(ancestor.to_string());
            row.push(simulation.origin(ancestor).to_string());
            rows.write_record(&row)?;
            written += 1;
        }
    }
    rows.flush()?;
    Ok(written)
}
