//! What is written about a run: rows of a CSV file, and a summary for people.

use std::io::{self, Write};

use crate::observe::Observables;
use crate::sim::Simulation;

/// The columns before the masses of the basins.
const FIRST: [&str; 10] = [
    "panel", "step", "time", "mean_x", "mean_y", "var_x", "cov_xy", "var_y", "ess", "kl",
];
/// Where the mass of each basin came from.
const CAUSES: [&str; 3] = ["walked", "grown", "resampled"];
/// The columns after them.
const LAST: [&str; 2] = ["births", "deaths"];

/// A CSV table of measurements, one row per panel and recorded time.
pub(super) struct Table<W: Write> {
    rows: csv::Writer<W>,
}

impl<W: Write> Table<W> {
    /// Writes the header.
    pub(super) fn new(target: W, basins: usize) -> io::Result<Self> {
        let mut rows = csv::Writer::from_writer(target);
        let masses = (0..basins).map(|i| format!("mass_{i}"));
        let accounts = (0..basins).flat_map(|i| CAUSES.map(|cause| format!("{cause}_{i}")));
        let columns = FIRST
            .map(str::to_owned)
            .into_iter()
            .chain(masses)
            .chain(accounts)
            .chain(LAST.map(str::to_owned));
        rows.write_record(columns)?;
        Ok(Self { rows })
    }

    /// Writes a row. Numbers read back to the same bits.
    pub(super) fn row(&mut self, panel: &str, now: &Observables) -> io::Result<()> {
        let (mean, covariance) = (now.mean, now.covariance);
        let numbers = [
            now.time,
            mean.x,
            mean.y,
            covariance.xx,
            covariance.xy,
            covariance.yy,
            now.ess,
            now.kl,
        ];
        let accounts = now.ledger.iter().flat_map(|a| [a.walked, a.grown, a.resampled]);
        let numbers = numbers
            .into_iter()
            .chain(now.basin_mass.iter().copied())
            .chain(accounts);
        let numbers = numbers.map(|v| format!("{v:?}"));
        let row = [panel.to_owned(), now.step.to_string()].into_iter().chain(numbers);
        self.rows
            .write_record(row.chain([now.births, now.deaths].map(|n| n.to_string())))?;
        Ok(())
    }

    /// Hands on everything written so far, so that a reader of a pipe sees each time at once.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.rows.flush()
    }
}

/// What there is to say at the end of a run: quantities in rows, panels in columns.
pub(super) fn summary(name: &str, simulation: &mut Simulation) -> String {
    let scenario = std::sync::Arc::clone(simulation.scenario());
    let basins = std::sync::Arc::clone(simulation.basins());
    let panels: Vec<Observables> = (0..scenario.panels.len()).map(|i| simulation.observe(i)).collect();

    let mut rows = vec![Vec::from([String::new()])];
    rows[0].extend(scenario.panels.iter().map(|flow| flow.name.clone()));
    rows[0].push("target".to_owned());
    let mut quantity = |label: String, value: &dyn Fn(&Observables) -> String, exact: Option<f64>| {
        let mut row = vec![label];
        row.extend(panels.iter().map(value));
        row.push(exact.map_or_else(String::new, |exact| format!("{exact:.4}")));
        rows.push(row);
    };
    let moments = scenario.target.target().moments(scenario.temperature);
    quantity(
        "mean x".to_owned(),
        &|o| format!("{:.4}", o.mean.x),
        moments.map(|m| m.mean.x),
    );
    quantity(
        "mean y".to_owned(),
        &|o| format!("{:.4}", o.mean.y),
        moments.map(|m| m.mean.y),
    );
    quantity("KL".to_owned(), &|o| format!("{:.4}", o.kl), Some(0.0));
    quantity("ESS".to_owned(), &|o| format!("{:.0}", o.ess), None);
    for (i, (center, &share)) in basins.centers.iter().zip(&basins.share).enumerate() {
        let label = format!("mass_{i} at ({:.2}, {:.2})", center.x, center.y);
        quantity(label, &|o| format!("{:.4}", o.basin_mass[i]), Some(share));
    }
    quantity(
        "unreachable".to_owned(),
        &|o| format!("{:.4}", o.unreachable),
        Some(0.0),
    );
    quantity("births".to_owned(), &|o| o.births.to_string(), None);
    if panels.iter().any(|o| o.lost > 0) {
        quantity("lost".to_owned(), &|o| o.lost.to_string(), None);
    }

    let (n, seed) = (scenario.particles, scenario.seed);
    let mut text = format!(
        "{name}: {}\nt = {:.4} after {} steps; {n} particles in each panel, seed {seed}\n\n",
        scenario.title,
        simulation.time(),
        simulation.steps()
    );
    text.push_str(&aligned(&rows));
    text
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
