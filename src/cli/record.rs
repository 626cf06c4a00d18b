//! What is written about a run: rows of a CSV file, and a summary for people.

use std::io::{self, Write};

use crate::continuum::Functionals;
use crate::observe::{Cover, Observables};
use crate::reference::{Exact, ExactPanel, Solution};
use crate::sim::Simulation;

/// The columns of what is measured, before the masses of the basins.
const FIGURES: [&str; 12] = [
    "mean_x",
    "mean_y",
    "var_x",
    "cov_xy",
    "var_y",
    "kl",
    "information",
    "variance",
    "wasserstein_x",
    "wasserstein_y",
    "mmd",
    "unreachable",
];
/// Where the mass of each basin came from: columns after the masses.
const CAUSES: [&str; 3] = ["walked", "grown", "resampled"];
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
        o.wasserstein.x,
        o.wasserstein.y,
        o.mmd,
        o.unreachable,
    ]
    .into_iter()
    .chain(o.basin_mass.clone())
}

/// A CSV table of measurements, one row per panel and recorded time.
pub(super) struct Table<W: Write> {
    rows: csv::Writer<W>,
    columns: usize,
}

impl<W: Write> Table<W> {
    /// Writes the header; with the columns of the exact solution where that is wanted.
    pub(super) fn new(target: W, basins: usize, exact: bool) -> io::Result<Self> {
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
        })
    }

    /// Writes a row; what there is no solution for stays empty. Numbers read back to the same bits.
    pub(super) fn row(
        &mut self,
        panel: &str,
        now: &Observables,
        exact: Option<Option<(&Solution, Cover)>>,
    ) -> io::Result<()> {
        let number = |v: f64| format!("{v:?}");
        let mut row = vec![panel.to_owned(), now.step.to_string(), number(now.time)];
        row.extend(figures(now).map(number));
        let accounts = now.ledger.iter().flat_map(|a| [a.walked, a.grown, a.resampled]);
        row.extend(accounts.map(number));
        row.extend([number(now.ess), now.births.to_string(), now.deaths.to_string()]);
        if let Some(Some((solution, cover))) = exact {
            row.extend(figures(&solution.now.observed).map(number));
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
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.rows.flush()
    }
}

/// What there is to say at the end of a run: quantities in rows, panels in columns, each with its exact solution beside it where that
/// is wanted.
pub(super) fn summary(name: &str, simulation: &mut Simulation, exact: Option<&Exact>) -> String {
    let scenario = std::sync::Arc::clone(simulation.scenario());
    let basins = std::sync::Arc::clone(simulation.basins());
    let panels: Vec<Observables> = (0..scenario.panels.len()).map(|i| simulation.observe(i)).collect();

    let solved = |panel: usize| match &exact?.panels[panel] {
        ExactPanel::Solved(solution) => Some(solution),
        ExactPanel::None(_) => None,
    };
    let mut rows = vec![Vec::from([String::new()])];
    for flow in &scenario.panels {
        rows[0].push(flow.name.clone());
        rows[0].extend(exact.map(|_| "exact".to_owned()));
    }
    rows[0].push("target".to_owned());
    // Beside a quantity that a law has stands that of the exact solution; other quantities only particles have.
    let mut quantity = |label: String, of_law: bool, value: &dyn Fn(&Observables) -> String, goal: Option<f64>| {
        let mut row = vec![label];
        for (panel, now) in panels.iter().enumerate() {
            row.push(value(now));
            let beside = solved(panel).filter(|_| of_law);
            row.extend(exact.map(|_| beside.map_or_else(String::new, |s| value(&s.now.observed))));
        }
        row.push(goal.map_or_else(String::new, |goal| format!("{goal:.4}")));
        rows.push(row);
    };
    let moments = scenario.landscape().moments();
    quantity(
        "mean x".to_owned(),
        true,
        &|o| format!("{:.4}", o.mean.x),
        moments.map(|m| m.mean.x),
    );
    quantity(
        "mean y".to_owned(),
        true,
        &|o| format!("{:.4}", o.mean.y),
        moments.map(|m| m.mean.y),
    );
    quantity("KL".to_owned(), true, &|o| format!("{:.4}", o.kl), Some(0.0));
    quantity(
        "Fisher information".to_owned(),
        true,
        &|o| format!("{:.4}", o.information),
        Some(0.0),
    );
    quantity(
        "variance".to_owned(),
        true,
        &|o| format!("{:.4}", o.variance),
        Some(0.0),
    );
    quantity(
        "W1 in x".to_owned(),
        true,
        &|o| format!("{:.4}", o.wasserstein.x),
        Some(0.0),
    );
    quantity(
        "W1 in y".to_owned(),
        true,
        &|o| format!("{:.4}", o.wasserstein.y),
        Some(0.0),
    );
    quantity("MMD".to_owned(), true, &|o| format!("{:.4}", o.mmd), Some(0.0));
    quantity("ESS".to_owned(), false, &|o| format!("{:.0}", o.ess), None);
    for (i, (center, &share)) in basins.centers.iter().zip(&basins.share).enumerate() {
        let label = format!("mass_{i} at ({:.2}, {:.2})", center.x, center.y);
        quantity(label, true, &|o| format!("{:.4}", o.basin_mass[i]), Some(share));
    }
    quantity(
        "unreachable".to_owned(),
        true,
        &|o| format!("{:.4}", o.unreachable),
        Some(0.0),
    );
    quantity("births".to_owned(), false, &|o| o.births.to_string(), None);
    if panels.iter().any(|o| o.lost > 0) {
        quantity("lost".to_owned(), false, &|o| o.lost.to_string(), None);
    }

    let mut notes = String::new();
    if let Some(exact) = exact {
        rows.push(uncovered(exact, simulation));
        for (flow, panel) in scenario.panels.iter().zip(&exact.panels) {
            if let ExactPanel::None(reason) = panel {
                notes.push_str(&format!("{}: {reason}\n", flow.name));
            }
        }
    }

    let (n, seed) = (scenario.particles, scenario.seed);
    let mut text = format!(
        "{name}: {}\nt = {:.4} after {} steps; {n} particles in each panel, seed {seed}\n\n",
        scenario.title,
        simulation.time(),
        simulation.steps()
    );
    text.push_str(&aligned(&rows));
    text.push_str(&notes);
    text
}

/// How much of each exact solution is where no particle is near.
fn uncovered(exact: &Exact, simulation: &mut Simulation) -> Vec<String> {
    let mut row = vec!["uncovered".to_owned()];
    for (i, panel) in exact.panels.iter().enumerate() {
        let missed = match panel {
            ExactPanel::Solved(solution) => solution.uncovered(&simulation.cover(i)),
            ExactPanel::None(_) => None,
        };
        row.extend([missed.map_or_else(String::new, |m| format!("{m:.4}")), String::new()]);
    }
    row
}

/// Rows with their first column to the left and the others to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let length = |cell: &String| cell.chars().count();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(length)
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate();
        let line: Vec<String> = cells
            .map(|(i, (cell, &w))| {
                if i == 0 {
                    format!("{cell:<w$}")
                } else {
                    format!("{cell:>w$}")
                }
            })
            .collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}
