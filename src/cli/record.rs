//! What is said about a run at its end, for people.

use crate::observe::Observables;
use crate::reference::{Exact, ExactPanel};
use crate::sim::Simulation;

/// A number of a measurement.
type Number = fn(&Observables) -> f64;

/// What there is to say at the end of a run: quantities in rows, panels in columns, each with its exact solution beside it where that
/// is wanted.
pub(super) fn summary(name: &str, simulation: &mut Simulation, exact: Option<&Exact>) -> String {
    let scenario = std::sync::Arc::clone(simulation.scenario());
    let panels: Vec<Observables> = (0..scenario.panels.len()).map(|i| simulation.observe(i)).collect();
    // Of now: from noise to data the shares of the basins change.
    let basins = std::sync::Arc::clone(simulation.basins());

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
    let distances: [(&str, Number); 8] = [
        ("KL", |o| o.kl),
        ("Fisher information", |o| o.information),
        ("variance", |o| o.variance),
        ("L1", |o| o.l1),
        ("energy distance", |o| o.energy),
        ("W1 in x", |o| o.wasserstein.x),
        ("W1 in y", |o| o.wasserstein.y),
        ("MMD", |o| o.mmd),
    ];
    for (label, value) in distances {
        quantity(label.to_owned(), true, &|o| format!("{:.4}", value(o)), Some(0.0));
    }
    quantity("ESS".to_owned(), false, &|o| format!("{:.0}", o.ess), None);
    if scenario.is_reverse() {
        let goal = simulation.log_partition();
        quantity(
            "log Z".to_owned(),
            true,
            &|o| match o.log_normaliser {
                // Without weights there is none.
                0.0 => "–".to_owned(),
                log => format!("{log:.4}"),
            },
            Some(goal),
        );
    }
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
