//! Reading quantities off a run.

use std::sync::Arc;

use super::quantity::{Quantity as Asked, Source, What, When};
use crate::continuum::spectrum;
use crate::history::INTERVAL;
use crate::observe::{Observables, Quantity};
use crate::reference::{Exact, ExactPanel, Solution};
use crate::scenario::Scenario;
use crate::snapshot::{PanelSnapshot, Snapshot};

/// What is known of a run at one time.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// The particles.
    pub snapshot: &'a Snapshot,
    /// The exact solutions, at the same time.
    pub exact: Option<&'a Exact>,
}

/// A number of an entry, by the index of the entry.
type Series<'a> = (usize, Box<dyn Fn(usize) -> (f64, f64) + 'a>);

impl Measured<'_> {
    /// The value of a quantity, or why there is none: half a sentence.
    pub fn value(&self, quantity: &Asked) -> Result<f64, String> {
        let snapshot = self.snapshot;
        match (quantity.what, &quantity.panel) {
            (What::Measured(Quantity::Time), _) => return Ok(snapshot.time),
            (What::Gap, _) => return gap(&snapshot.scenario),
            (What::Share(well), _) => return of_well(&snapshot.basins.share, well),
            (_, None) => return Err("there is no panel".to_owned()),
            (_, Some(_)) => {}
        }
        let caption = quantity.panel.as_deref().unwrap_or_default();
        let flows = &snapshot.scenario.panels;
        let index = flows.iter().position(|flow| flow.name == caption);
        let index = index.ok_or_else(|| no_panel(caption, &snapshot.scenario))?;
        match quantity.what {
            What::Alpha => return Ok(flows[index].alpha),
            What::Beta => return Ok(flows[index].beta),
            What::Particles => return Ok(snapshot.panels[index].alive as f64),
            _ => {}
        }
        let (n, at) = match quantity.source {
            Source::Particles => particles(&snapshot.panels[index], quantity),
            Source::Exact | Source::Smooth => solution(self.solution(index)?, quantity),
        };
        read(quantity.when, n, &at)
    }

    fn solution(&self, index: usize) -> Result<&Solution, String> {
        let exact = self.exact.ok_or("the equation is not being solved")?;
        if exact.time != self.snapshot.time {
            return Err("the exact solution is still on its way".to_owned());
        }
        match exact.panels.get(index) {
            Some(ExactPanel::Solved(solution)) => Ok(solution),
            Some(ExactPanel::None(reason)) => Err((*reason).to_owned()),
            None => Err("there is no exact solution of this panel".to_owned()),
        }
    }
}

/// "there is no panel …".
pub(super) fn no_panel(caption: &str, scenario: &Scenario) -> String {
    let captions: Vec<&str> = scenario.panels.iter().map(|flow| flow.name.as_str()).collect();
    format!("there is no panel `{caption}`: expected one of {}", captions.join(", "))
}

fn of_well(values: &[f64], well: usize) -> Result<f64, String> {
    let value = values.get(well).copied();
    value.ok_or_else(|| format!("there is no well {}: the landscape has {}", well + 1, values.len()))
}

/// λ₁ of Langevin in the landscape of a scenario.
fn gap(scenario: &Scenario) -> Result<f64, String> {
    /// Cells along each side: wells are many cells wide.
    const CELLS: usize = 192;
    let landscape = scenario.landscape();
    spectrum(&landscape, landscape.bulk(), CELLS, 2)
        .map(|spectrum| spectrum.gap())
        .map_err(|e| e.to_string())
}

/// Recorded entries and now, where that was not recorded.
fn particles<'a>(panel: &'a PanelSnapshot, quantity: &'a Asked) -> Series<'a> {
    let recorded = panel.history.len();
    let now_is_recorded = panel.history.last().is_some_and(|last| last.time == panel.now.time);
    let entry = move |k: usize| panel.history.get(k).unwrap_or(&panel.now);
    let at = move |k: usize| {
        let observed = entry(k);
        (observed.time, of(observed, quantity.what, panel.particles))
    };
    (recorded + usize::from(!now_is_recorded), Box::new(at))
}

fn solution<'a>(solution: &'a Solution, quantity: &'a Asked) -> Series<'a> {
    let recorded = solution.history.len();
    let last = solution.history.last();
    let now_is_recorded = last.is_some_and(|last| last.observed.time == solution.now.observed.time);
    let at = move |k: usize| {
        let entry: &Arc<_> = solution.history.get(k).unwrap_or(&solution.now);
        let value = match (quantity.source, quantity.what) {
            (Source::Exact, What::Measured(Quantity::Kl)) => entry.functionals.kl,
            (Source::Exact, What::Measured(Quantity::Fisher)) => entry.functionals.information,
            (Source::Exact, What::Measured(Quantity::Variance)) => entry.functionals.variance,
            (
                _,
                What::Measured(
                    Quantity::Mass(_)
                    | Quantity::Kl
                    | Quantity::Fisher
                    | Quantity::Variance
                    | Quantity::L1
                    | Quantity::Energy
                    | Quantity::Mmd
                    | Quantity::MeanX
                    | Quantity::MeanY
                    | Quantity::VarianceX
                    | Quantity::VarianceY,
                ),
            ) => of(&entry.observed, quantity.what, 1),
            // What only particles have.
            _ => f64::NAN,
        };
        (entry.observed.time, value)
    };
    (recorded + usize::from(!now_is_recorded), Box::new(at))
}

/// A number of one measurement; no number where there is none.
fn of(observed: &Observables, what: What, particles: usize) -> f64 {
    match what {
        What::Measured(quantity) => quantity.of(observed, particles).unwrap_or(f64::NAN),
        What::Gap | What::Share(_) | What::Alpha | What::Beta | What::Particles => f64::NAN,
    }
}

/// A number of `n` entries (times ascending), as asked for.
fn read(when: When, n: usize, at: &dyn Fn(usize) -> (f64, f64)) -> Result<f64, String> {
    let last = n.checked_sub(1).ok_or("nothing has been measured yet")?;
    let values = || (0..n).map(|k| at(k).1);
    let steps = || (1..n).map(|k| at(k).1 - at(k - 1).1);
    // A single number that is none spoils them all.
    let known = |value: f64| if values().any(f64::is_nan) { f64::NAN } else { value };
    let value = match when {
        When::Now => at(last).1,
        When::Most => known(values().fold(f64::NEG_INFINITY, f64::max)),
        When::Least => known(values().fold(f64::INFINITY, f64::min)),
        When::Rise => known(steps().fold(0.0, f64::max)),
        When::Fall => known(steps().map(|d| -d).fold(0.0, f64::max)),
        When::At(time) => {
            let off = |k: usize| (at(k).0 - time).abs();
            let nearest = (0..n).min_by(|&a, &b| off(a).total_cmp(&off(b))).unwrap_or(last);
            // A long past is thinned: what is recorded is at least this close to any time up to now.
            let spread = INTERVAL.max(if last > 0 {
                (at(last).0 - at(0).0) / last as f64
            } else {
                0.0
            });
            if off(nearest) > spread {
                return Err(format!("nothing was recorded at t = {time}"));
            }
            at(nearest).1
        }
    };
    if value.is_nan() {
        return Err("it is not measured here".to_owned());
    }
    Ok(value)
}
