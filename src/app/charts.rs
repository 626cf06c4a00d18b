//! What a plot can be: a number of every flow over time, or one flow taken to pieces.

use super::metric::Metric;
use crate::words::t;

/// A choice of a plot's menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Chart {
    /// One curve per flow.
    Over(Metric),
    /// What makes KL fall, for the selected flow.
    Dissipation,
    /// Where the mass of a well came from, for the selected flow.
    Ledger,
}

impl Chart {
    /// Everything that a plot can be, in the order of the menu.
    ///
    /// On the way from noise to data the target changes, and KL is nothing that must fall.
    pub(super) fn choices(wells: usize, way: bool) -> Vec<Self> {
        let ledger = (wells > 1).then_some(Self::Ledger);
        let dissipation = (!way).then_some(Self::Dissipation);
        let numbers = Metric::choices(wells, way).into_iter().map(Self::Over);
        numbers.chain(dissipation).chain(ledger).collect()
    }

    /// What it is called, among `wells` wells; a chart of one flow names it. On the way from noise to data there is no equilibrium.
    pub(super) fn name(self, (wells, way): (usize, bool), flow: &str) -> String {
        match self {
            Self::Over(Metric::Kl) if way => t!("Distance from the wanted law, KL").to_owned(),
            Self::Over(metric) => metric.name(wells),
            Self::Dissipation => t!("Dissipation of {flow}", flow),
            Self::Ledger => t!("Mass ledger of {flow}", flow),
        }
    }

    /// What it is called where there is little room.
    pub(super) fn short_name(self, wells: usize, flow: &str) -> String {
        match self {
            Self::Over(metric) => metric.short_name(wells),
            Self::Dissipation => t!("Dissipation, {flow}", flow),
            Self::Ledger => t!("Ledger, {flow}", flow),
        }
    }

    /// What it means.
    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Over(metric) => metric.help(),
            Self::Dissipation => {
                t!(
                    "What makes KL fall, \u{2212}dKL/dt = α I + β Var: walking (Fisher information I) and reweighting (variance of \
                 log ρ/π), one on top of the other in the exact solution. Line with marks: how fast KL of the particles falls. \
                 Thin lines: both shares as estimated from the particles; where few stand, noise makes them too large. Where there \
                 is no exact solution these are the areas, and grey is the gap. Click a panel to choose the flow."
                )
            }
            Self::Ledger => {
                t!(
                    "How the mass of the plotted well came there since the start: by particles that walked in, by weights that grew \
                 where they stand, by the chance of resampling. The three add up to the change. Click a panel to choose the flow."
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_short_and_all_different() {
        for wells in [1, 2, 3, 9] {
            for way in [false, true] {
                let mut names: Vec<String> = Chart::choices(wells, way)
                    .iter()
                    .map(|c| c.short_name(wells, "WFR"))
                    .collect();
                assert!(names.iter().all(|n| n.chars().count() <= 22), "{names:?}");
                names.sort();
                let all = names.len();
                names.dedup();
                assert_eq!(names.len(), all);
            }
        }
    }

    #[test]
    fn a_single_well_has_no_ledger() {
        assert!(!Chart::choices(1, false).contains(&Chart::Ledger));
        assert!(Chart::choices(2, false).contains(&Chart::Ledger));
    }
}
