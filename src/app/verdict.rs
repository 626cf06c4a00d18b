//! Whether the particles of a panel agree with the exact solution beside them, and where not, why.

use super::layers::well_name;
use super::widgets::percent;
use crate::density::Method;
use crate::flow::Rate;
use crate::observe::{Basins, Observables};
use crate::reference::{ExactPanel, Solution};
use crate::snapshot::{PanelSnapshot, Plane, Snapshot};
use crate::space::Point;

/// Standard errors within which a number agrees: with several wells in several panels, two would be passed by chance all the time.
const SIGMAS: f64 = 3.0;
/// Differences of masses below this are nobody's concern.
const MASS: f64 = 0.01;
/// Fewer particles than this in a well are too few to stand for it.
const FEW: usize = 30;
/// Fewer effective neighbours than this make the transition mixture noisy.
pub(super) const FEW_NEIGHBOURS: f64 = 10.0;

/// One line about a panel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// What is said, from the longest wording to the shortest.
    pub(super) wordings: Vec<String>,
    /// All numbers, one line each.
    pub(super) details: String,
    /// Whether it should catch the eye.
    pub(super) differs: bool,
}

impl Verdict {
    /// What there is to say about a panel; `None` where the run is no longer that of the snapshot.
    pub(super) fn of(snapshot: &Snapshot, index: usize, exact: &ExactPanel) -> Option<Self> {
        let panel = snapshot.panels.get(index)?;
        match exact {
            ExactPanel::None(reason) => Some(Self {
                wordings: vec![format!("no exact solution: {reason}"), "no exact solution".to_owned()],
                details: (*reason).to_owned(),
                differs: false,
            }),
            ExactPanel::Solved(solution) => Some(compared(snapshot, (index, panel), solution)),
        }
    }
}

/// A number that particles and exact solution both have.
struct Compared {
    /// What it is called, as in "47 % right" or "mean of x 1.2".
    name: String,
    well: Option<usize>,
    exact: f64,
    particles: f64,
    /// Standard error of the particles' number.
    error: f64,
}

impl Compared {
    /// How far beyond the error bar the two are apart; 1 is at its end.
    fn excess(&self) -> f64 {
        let least = if self.well.is_some() { MASS } else { 1e-3 };
        (self.particles - self.exact).abs() / (SIGMAS * self.error).max(least)
    }

    fn text(&self, value: f64) -> String {
        match self.well {
            Some(_) => percent(value),
            None => format!("{value:.2}"),
        }
    }

    /// "left: particles 47.1 ± 0.8 %, exact 46.8 %".
    fn detail(&self) -> String {
        let Self {
            name,
            exact,
            particles,
            error,
            ..
        } = self;
        match self.well {
            Some(_) => format!(
                "{name}: particles {:.1} ± {:.1} %, exact {:.1} %",
                100.0 * particles,
                100.0 * error,
                100.0 * exact
            ),
            None => format!("{name}: particles {particles:.3} ± {error:.3}, exact {exact:.3}"),
        }
    }
}

fn compared(snapshot: &Snapshot, (index, panel): (usize, &PanelSnapshot), solution: &Solution) -> Verdict {
    let (now, exact) = (&panel.now, &solution.now.observed);
    let numbers = if snapshot.basins.len() > 1 {
        masses(&snapshot.basins, now, exact)
    } else {
        means(now, exact)
    };
    let details: Vec<String> = numbers.iter().map(Compared::detail).collect();
    let details = details.join("\n");
    let worst = numbers.iter().max_by(|a, b| a.excess().total_cmp(&b.excess()));
    let Some(worst) = worst.filter(|w| w.excess() > 1.0) else {
        return Verdict {
            wordings: vec![
                "agrees with the exact solution".to_owned(),
                "agrees with exact".to_owned(),
            ],
            details,
            differs: false,
        };
    };
    let (exact, particles) = (worst.text(worst.exact), worst.text(worst.particles));
    let name = &worst.name;
    let (why, short) = reason(snapshot, (index, panel), worst);
    let exact_of = if worst.well.is_some() {
        format!("exact {exact} {name}")
    } else {
        format!("exact {name} {exact}")
    };
    let said = format!("{exact_of}, particles {particles}");
    let mut wordings = vec![format!("{said}: {why}")];
    if let Some(short) = short {
        wordings.extend([format!("{said}: {short}"), format!("{exact_of}: {short}")]);
    }
    wordings.extend([said, exact_of]);
    Verdict {
        wordings,
        details: format!("{details}\n{why}"),
        differs: true,
    }
}

fn masses(basins: &Basins, now: &Observables, exact: &Observables) -> Vec<Compared> {
    let wells = basins.len();
    let pairs = now.basin_mass.iter().zip(&exact.basin_mass);
    let compare = |(well, (&particles, &exact)): (usize, (&f64, &f64))| {
        // Where all particles, or none, are in a well their own mass knows no error.
        let m = exact.clamp(0.0, 1.0);
        let spread = (m * (1.0 - m)).max(particles * (1.0 - particles)).max(0.0);
        Compared {
            name: well_name(well, wells),
            well: Some(well),
            exact,
            particles,
            error: (spread / sample_size(now)).sqrt(),
        }
    };
    pairs.enumerate().map(compare).collect()
}

/// A single well says nothing by its mass: there the means are compared.
fn means(now: &Observables, exact: &Observables) -> Vec<Compared> {
    let n = sample_size(now);
    let (variance, of_exact) = (now.covariance, exact.covariance);
    let one = |name: &str, particles: f64, exact: f64, variance: f64| Compared {
        name: name.to_owned(),
        well: None,
        exact,
        particles,
        error: (variance / n).sqrt(),
    };
    vec![
        one("mean of x", now.mean.x, exact.mean.x, variance.xx.max(of_exact.xx)),
        one("mean of y", now.mean.y, exact.mean.y, variance.yy.max(of_exact.yy)),
    ]
}

/// Independent particles that are worth as much: weights make them fewer.
fn sample_size(now: &Observables) -> f64 {
    now.ess.max(1.0)
}

/// Why particles and exact solution differ, in half a sentence, and in a few words where there is a plain cause.
fn reason(
    snapshot: &Snapshot,
    (index, panel): (usize, &PanelSnapshot),
    worst: &Compared,
) -> (String, Option<&'static str>) {
    let flow = snapshot.scenario.panels.get(index);
    let reacts = flow.is_some_and(|f| f.beta > 0.0 && f.rate == Rate::FisherRao);
    if let Some(well) = worst.well.filter(|_| worst.exact > worst.particles) {
        match standing(&snapshot.basins, panel, well) {
            Some(0) => {
                return (
                    "no particle stands there (scouts help)".to_owned(),
                    Some("no particle there"),
                );
            }
            Some(1) => {
                return (
                    "one particle stands there (scouts help)".to_owned(),
                    Some("one particle there"),
                );
            }
            Some(n) if n < FEW => {
                return (
                    format!("only {n} particles stand there (scouts help)"),
                    Some("few particles there"),
                );
            }
            _ => {}
        }
    }
    if panel.now.ess < 100.0 {
        let ess = panel.now.ess.round();
        return (
            format!("few particles carry the weight (ESS {ess})"),
            Some("few carry the weight"),
        );
    }
    if panel.now.unreachable > 0.05 {
        let unreachable = percent(panel.now.unreachable);
        return (
            format!("no particle is near {unreachable} of the target (scouts help)"),
            Some("parts are out of reach"),
        );
    }
    let transition = flow.is_some() && snapshot.scenario.estimator(index).method == Method::Transition;
    if reacts && transition && panel.now.neighbours.is_some_and(|n| n < FEW_NEIGHBOURS) {
        return (
            "too few neighbours for the transition mixture".to_owned(),
            Some("few neighbours"),
        );
    }
    if reacts {
        return ("more than chance; see bandwidth and time step".to_owned(), None);
    }
    ("more than chance; see the time step".to_owned(), None)
}

/// Particles with weight that stand in a well; `None` where not all particles are known.
fn standing(basins: &Basins, panel: &PanelSnapshot, well: usize) -> Option<usize> {
    if panel.particles > panel.dots.len() || panel.plane != Plane::Positions {
        return None;
    }
    let there =
        |d: &&crate::snapshot::Dot| d.weight > 0.0 && basins.of(Point::new(f64::from(d.x), f64::from(d.y))) == well;
    Some(panel.dots.iter().filter(there).count())
}
