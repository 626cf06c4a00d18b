//! Whether the particles of a panel agree with the exact solution beside them, and where not, why.

mod mixture;

use super::fits::estimates;
use super::layers::well_name;
use super::widgets::percent;
use crate::density::Method;
use crate::observe::{Basins, Observables};
use crate::reference::{Exact, ExactPanel, Solution};
use crate::snapshot::{PanelSnapshot, Plane, Snapshot};
use crate::space::Point;
use crate::words::{said, t};

/// Standard errors within which a number agrees: with several wells in several panels, two would be passed by chance all the time.
const SIGMAS: f64 = 3.0;
/// Differences of masses below this are nobody's concern.
const MASS: f64 = 0.01;
/// Masses that differ by more than this do not simply agree, even if chance explains it.
const BROAD: f64 = 0.03;
/// The exact solution may be this much (model time) behind the particles that it is compared with.
const LAG: f64 = 0.05;
/// Or this much, while its numbers hardly change.
const LONG_LAG: f64 = 0.5;
/// Fewer particles than this in a well are too few to stand for it.
const FEW: usize = 30;
/// As are fewer than this share of those that would stand there if all weights were equal.
const THIN: f64 = 0.05;
/// With a smaller effective sample size single particles decide.
const LOW_ESS: f64 = 100.0;
/// A share of the exact law out of reach that moves its means.
const MUCH_UNCOVERED: f64 = 0.05;
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
    pub(super) fn of(snapshot: &Snapshot, index: usize, exact: &Exact) -> Option<Self> {
        let panel = snapshot.panels.get(index)?;
        Some(match exact.panels.get(index)? {
            ExactPanel::None(reason) => {
                let reason = said(reason);
                let beginning = reason.split(':').next().unwrap_or(reason);
                let mut wordings = vec![reason.to_owned(), beginning.to_owned()];
                if let Some(what) = beginning.strip_prefix("There is no exact solution for ") {
                    wordings.push(t!("no exact solution: {what}", what));
                }
                wordings.push(t!("no exact solution").to_owned());
                Self::quiet(wordings, reason.to_owned())
            }
            ExactPanel::Solved(_) if is_ahead(snapshot, exact) => Self::awaited(),
            ExactPanel::Solved(_) if is_behind(snapshot, exact) => {
                let time = format!("{:.2}", exact.time);
                let details = t!("It is computed beside the run, and takes more time than the particles do.");
                let long = t!("the exact solution has come to t = {time}", time);
                Self::quiet(vec![long, t!("exact: t = {time}", time)], details.to_owned())
            }
            ExactPanel::Solved(solution) => compared(snapshot, (index, panel), solution),
        })
    }

    /// What there is to say about a panel that goes from noise to data: the law that is wanted is known without a solution.
    pub(super) fn of_mixture(snapshot: &Snapshot, index: usize) -> Option<Self> {
        mixture::verdict(snapshot, index)
    }

    /// Where the exact solution is still of another time, or of another landscape.
    pub(super) fn awaited() -> Self {
        let wordings = [t!("the exact solution is on its way"), t!("exact: on its way")];
        let details = t!("After an edit, or a way through time, it is computed again, beside the run.");
        Self::quiet(wordings.map(str::to_owned).to_vec(), details.to_owned())
    }

    const fn quiet(wordings: Vec<String>, details: String) -> Self {
        Self {
            wordings,
            details,
            differs: false,
        }
    }
}

/// Whether the exact solution is of a time that the run has gone back from.
fn is_ahead(snapshot: &Snapshot, exact: &Exact) -> bool {
    exact.time - snapshot.time > LAG
}

/// Whether the exact solution is of a time so far away that its numbers say nothing about the particles.
pub(super) fn is_behind(snapshot: &Snapshot, exact: &Exact) -> bool {
    if is_ahead(snapshot, exact) {
        return true;
    }
    let lag = snapshot.time - exact.time;
    if lag <= LAG {
        return false;
    }
    let solved = exact.panels.iter().filter_map(|panel| match panel {
        ExactPanel::Solved(solution) => Some(solution),
        ExactPanel::None(_) => None,
    });
    lag > LONG_LAG || solved.into_iter().any(|solution| drift(solution) * lag > 0.5 * MASS)
}

/// How fast masses and means (in standard deviations) of an exact solution change (per model time), by its latest measurements.
fn drift(solution: &Solution) -> f64 {
    let now = &solution.now.observed;
    let earlier = solution
        .history
        .iter()
        .rev()
        .find(|e| now.time - e.observed.time > 1e-9);
    let Some(earlier) = earlier.map(|e| &e.observed) else {
        return f64::INFINITY;
    };
    let masses = now
        .basin_mass
        .iter()
        .zip(&earlier.basin_mass)
        .map(|(a, b)| (a - b).abs());
    let spread = (now.covariance.xx + now.covariance.yy).max(f64::MIN_POSITIVE).sqrt();
    let mean = (now.mean + -earlier.mean).norm() / spread;
    masses.fold(mean, f64::max) / (now.time - earlier.time)
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
            Some(_) => t!(
                "{name}: particles {particles} ± {error} %, exact {exact} %",
                name,
                particles = format_args!("{:.1}", 100.0 * particles),
                error = format_args!("{:.1}", 100.0 * error),
                exact = format_args!("{:.1}", 100.0 * exact)
            ),
            None => t!(
                "{name}: particles {particles} ± {error}, exact {exact}",
                name,
                particles = format_args!("{particles:.3}"),
                error = format_args!("{error:.3}"),
                exact = format_args!("{exact:.3}")
            ),
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
    // What is missing has a reason; what is too much elsewhere follows from it.
    let rank = |c: &Compared| (c.well.is_none() || c.exact > c.particles, c.excess());
    let beyond = numbers.iter().filter(|c| c.excess() > 1.0);
    let worst = beyond.max_by(|a, b| rank(a).0.cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1)));
    let Some(worst) = worst else {
        if let Some(verdict) = within_chance(&numbers, now, &details) {
            return verdict;
        }
        let wordings = [t!("agrees with the exact solution"), t!("agrees with exact")];
        return Verdict::quiet(wordings.map(str::to_owned).to_vec(), details);
    };
    let (exact, particles) = (worst.text(worst.exact), worst.text(worst.particles));
    let name = &worst.name;
    let (why, short) = reason(snapshot, (index, panel), (worst, solution));
    let (exact_of, said) = if worst.well.is_some() {
        (
            t!("exact {exact} {well}", exact, well = name),
            t!(
                "exact {exact} {well}, particles {particles}",
                exact,
                well = name,
                particles
            ),
        )
    } else {
        (
            t!("exact {mean} {exact}", mean = name, exact),
            t!(
                "exact {mean} {exact}, particles {particles}",
                mean = name,
                exact,
                particles
            ),
        )
    };
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

/// Where the error bar is broad, being within it is no agreement that one should praise.
fn within_chance(numbers: &[Compared], now: &Observables, details: &str) -> Option<Verdict> {
    let apart = |c: &&Compared| (c.exact - c.particles).abs();
    let far = |c: &&Compared| c.well.is_some() && apart(c) > BROAD && c.error > 0.5 * BROAD;
    let missing = numbers.iter().filter(|c| far(c) && c.exact > c.particles);
    let most = missing.max_by(|a, b| apart(a).total_cmp(&apart(b)))?;
    let error = format!("{:.0}", 100.0 * most.error);
    let said = t!(
        "exact {exact} {well}, particles {particles} ± {error} %",
        exact = most.text(most.exact),
        well = most.name,
        particles = format_args!("{:.0}", 100.0 * most.particles),
        error
    );
    let mut wordings = vec![said.clone(), t!("within its error, ± {error} %", error)];
    if now.ess < LOW_ESS {
        let why = t!("few carry the weight (ESS {ess})", ess = now.ess.round());
        wordings.insert(0, format!("{said}: {why}"));
    }
    Some(Verdict::quiet(wordings, details.to_owned()))
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
        one(t!("mean of x"), now.mean.x, exact.mean.x, variance.xx.max(of_exact.xx)),
        one(t!("mean of y"), now.mean.y, exact.mean.y, variance.yy.max(of_exact.yy)),
    ]
}

/// Independent particles that are worth as much: weights make them fewer.
fn sample_size(now: &Observables) -> f64 {
    now.ess.max(1.0)
}

/// Why particles and exact solution differ: in half a sentence, and in a few words where there is a plain cause.
fn reason(
    snapshot: &Snapshot,
    (index, panel): (usize, &PanelSnapshot),
    (worst, solution): (&Compared, &Solution),
) -> (String, Option<String>) {
    let plain = |long: String, short: &str| (long, Some(short.to_owned()));
    let well = worst.well.filter(|_| worst.exact > worst.particles);
    match well.and_then(|well| standing(&snapshot.basins, panel, well)) {
        Some(0) => {
            return plain(
                t!("no particle stands there (scouts help)").to_owned(),
                t!("no particle there"),
            );
        }
        Some(1) => {
            return plain(
                t!("one particle stands there (scouts help)").to_owned(),
                t!("one particle there"),
            );
        }
        Some(n) if n < FEW.max((THIN * worst.exact * panel.particles as f64) as usize) => {
            let long = t!("only {n} particles stand there (scouts help)", n);
            return (long, Some(t!("{n} particles there", n)));
        }
        _ => {}
    }
    let frozen = snapshot
        .scenario
        .panels
        .get(index)
        .is_some_and(|flow| flow.alpha == 0.0);
    if let (true, Some(n)) = (frozen, well.and_then(|well| standing(&snapshot.basins, panel, well))) {
        let long = t!("reweighting cannot fill the gaps between the {n} particles there", n);
        return plain(long, t!("gaps between particles"));
    }
    if panel.now.ess < LOW_ESS {
        let ess = panel.now.ess.round();
        return plain(
            t!("few particles carry the weight (ESS {ess})", ess),
            t!("few carry the weight"),
        );
    }
    // What is out of reach explains the difference if it is about as much.
    let least = worst
        .well
        .map_or(MUCH_UNCOVERED, |_| 0.3 * (worst.exact - worst.particles).abs());
    if let Some(uncovered) = solution.uncovered(&panel.cover).filter(|u| *u > least.max(MASS)) {
        let share = percent(uncovered);
        return (
            t!(
                "{share} of the exact law is where no particle stands (scouts help)",
                share
            ),
            Some(t!("{share} out of reach", share)),
        );
    }
    let Some(flow) = snapshot.scenario.panels.get(index).filter(|f| estimates(f)) else {
        return (t!("more than chance; see the time step").to_owned(), None);
    };
    let transition = snapshot.scenario.estimator(index).method == Method::Transition && flow.alpha > 0.0;
    if transition && panel.now.neighbours.is_some_and(|n| n < FEW_NEIGHBOURS) {
        return plain(
            t!("too few neighbours for the transition mixture").to_owned(),
            t!("few neighbours"),
        );
    }
    plain(
        t!("more than chance; see bandwidth and time step").to_owned(),
        t!("see the bandwidth"),
    )
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

#[cfg(test)]
mod tests;
