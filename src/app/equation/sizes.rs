//! How large a term is now: what stands beneath it, what a screen reader says, and what was measured.

use super::form::{Measure, TermOf};
use crate::app::exact::is_current;
use crate::app::plots::solution;
use crate::continuum::Rates;
use crate::digits::rough as figure;
use crate::engine::Report;
use crate::flow::{Flow, Rate, Transport};
use crate::landscape::Landscape;
use crate::observe::Observables;
use crate::reference::Solution;
use crate::snapshot::Terms;
use crate::space::Point;
use crate::words::t;

/// A size in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Size {
    /// Beneath the term.
    pub(super) short: String,
    /// After the name of the term.
    pub(super) says: String,
    /// What was measured.
    pub(super) help: String,
}

/// What there is to measure by.
pub(super) struct Scale<'a> {
    report: &'a Report,
    panel: usize,
    flow: &'a Flow,
    now: &'a Observables,
    terms: Option<&'a Terms>,
    rates: Rates,
}

impl<'a> Scale<'a> {
    /// For a panel of a report.
    pub(super) fn of(report: &'a Report, panel: usize) -> Option<Self> {
        let (flow, shown) = (
            report.snapshot.scenario.panels.get(panel)?,
            report.snapshot.panels.get(panel)?,
        );
        let now = &*shown.now;
        Some(Self {
            report,
            panel,
            flow,
            now,
            terms: shown.terms.as_deref(),
            rates: Rates {
                alpha: now.factor * flow.alpha,
                beta: now.factor * flow.beta,
            },
        })
    }

    /// dKL/dt as the sum of the terms, where it is one.
    pub(super) fn balance(&self) -> Option<Size> {
        let total = self.rates.alpha * self.now.information + self.rates.beta * self.now.variance;
        self.balances().then(|| Size {
            short: format!("dKL/dt = {}", figure(-total)),
            says: t!("KL falls by {figure} per unit of time", figure = figure(total)),
            help: t!(
                "How fast KL(ρ|π) falls, as the sum of what both terms dissipate: {figure} per unit of time. Both are estimates: of few \
                 particles they are noisy, and at equilibrium noise is all that they are.",
                figure = figure(total)
            ),
        })
    }

    /// The size of a term; nothing where it is still to be measured.
    pub(super) fn size(&self, term: TermOf) -> Option<Size> {
        let Rates { alpha, beta } = self.rates;
        let value = self.value(term.measure)?;
        let shown = figure(value);
        Some(match term.measure {
            Measure::Walked => Size {
                short: self.dissipated(value),
                says: t!("{shown} per unit of time", shown),
                help: t!(
                    "Walking makes KL(ρ|π) fall by α I = {shown} per unit of time, with α = {alpha} and the Fisher information I = E|∇log(ρ/π)|² of the \
                     smoothed particles.",
                    shown,
                    alpha = figure(alpha)
                ),
            },
            Measure::Reweighted => Size {
                short: self.dissipated(value),
                says: t!("{shown} per unit of time", shown),
                help: t!(
                    "Reweighting makes KL(ρ|π) fall by β Var = {shown} per unit of time, with β = {beta} and the variance of log(ρ/π) among the \
                     smoothed particles.",
                    shown,
                    beta = figure(beta)
                ),
            },
            // Nothing is measured of these.
            Measure::Told => return None,
            Measure::Drift(1.0) => rms(
                &shown,
                t!("{shown} length per unit of time", shown),
                t!(
                    "How fast particles drift downhill: the root mean square of α |∇V| over the weighted particles, {shown} length per time.",
                    shown
                ),
            ),
            Measure::Drift(_) => rms(
                &shown,
                t!("{shown} length per unit of time", shown),
                t!(
                    "How fast particles drift downhill: the root mean square of α |∇V| in the potential in which they walk, over the \
                     weighted particles, {shown} length per time.",
                    shown
                ),
            ),
            Measure::Speed => rms(
                &shown,
                t!("{shown} length per unit of time", shown),
                t!(
                    "How fast particles fly: the root mean square of α |v| over the weighted particles, {shown} length per time.",
                    shown
                ),
            ),
            Measure::Force => rms(
                &shown,
                t!("{shown} velocity per unit of time", shown),
                t!(
                    "How fast velocities change by slope and friction: the root mean square of α |∇V + γv| over the weighted particles, \
                     {shown} velocity per time.",
                    shown
                ),
            ),
            Measure::Noise(_) if matches!(self.flow.transport, Transport::Underdamped(_)) => rms(
                &shown,
                t!("{shown} velocity per root of time", shown),
                t!(
                    "How far noise alone spreads the velocities in two directions: the root mean square of √(2αγ) dW over the weighted \
                     particles, {shown} velocity per √time.",
                    shown
                ),
            ),
            Measure::Noise(_) => rms(
                &shown,
                t!("{shown} length per root of time", shown),
                t!(
                    "How far noise alone spreads the particles in two directions: the root mean square of √(2α) dW over the weighted \
                     particles, {shown} length per √time.",
                    shown
                ),
            ),
            Measure::Growth => rms(
                &shown,
                t!("{shown} log-weight per unit of time", shown),
                t!(
                    "How fast log-weights part from each other: β times the standard deviation of g over the weighted particles, \
                     {shown} log-weight per time.",
                    shown
                ),
            ),
        })
    }

    /// What the exact solution says of the same, where there is one now: a sentence.
    pub(super) fn exact(&self, term: TermOf) -> String {
        if let Measure::Noise(_) = term.measure {
            return t!("It is exact: nothing is estimated.").to_owned();
        }
        let none = || t!("There is no exact counterpart now.").to_owned();
        let Some(solution) = solution(self.report, self.panel).filter(|_| is_current(self.report)) else {
            return none();
        };
        let Rates { alpha, beta } = self.rates;
        let (alike, itself) = (&solution.now.observed, solution.now.functionals);
        let [seen, sharp] = match term.measure {
            Measure::Walked => [alike.information, itself.information].map(|i| alpha * i),
            Measure::Reweighted => [alike.variance, itself.variance].map(|v| beta * v),
            Measure::Growth if self.flow.rate == Rate::FisherRao => {
                [alike.variance, itself.variance].map(|v| beta * v.sqrt())
            }
            Measure::Growth | Measure::Drift(_) => {
                let landscape = self.report.snapshot.scenario.landscape();
                return over(solution, self.flow, &landscape, (term.measure, self.rates)).map_or_else(none, |value| {
                    t!("The exact solution has {figure}.", figure = figure(value))
                });
            }
            Measure::Speed | Measure::Force | Measure::Noise(_) | Measure::Told => return none(),
        };
        t!(
            "The exact solution, measured in the same way: {alike}; without any smoothing: {sharp}.",
            alike = figure(seen),
            sharp = figure(sharp)
        )
    }

    /// Whether both terms together are all that KL falls by.
    fn balances(&self) -> bool {
        self.flow.rate == Rate::FisherRao && !matches!(self.flow.transport, Transport::Underdamped(_))
    }

    /// What stands beneath a term that dissipates; at the left of both stands dKL/dt where they sum to it.
    fn dissipated(&self, value: f64) -> String {
        if self.balances() {
            figure(-value)
        } else {
            t!("KL {figure} per time", figure = figure(-value))
        }
    }

    fn value(&self, measure: Measure) -> Option<f64> {
        let Rates { alpha, beta } = self.rates;
        match measure {
            Measure::Told => None,
            Measure::Walked => Some(alpha * self.now.information),
            Measure::Reweighted => Some(beta * self.now.variance),
            Measure::Noise(times) => Some(times * (4.0 * alpha).sqrt()),
            Measure::Growth if self.flow.rate == Rate::FisherRao => Some(beta * self.now.variance.sqrt()),
            Measure::Growth => Some(beta * self.terms?.rate?),
            Measure::Drift(steep) => Some(alpha * steep * self.terms?.slope),
            Measure::Speed => Some(alpha * self.terms?.kinetic?[0]),
            Measure::Force => Some(alpha * self.terms?.kinetic?[1]),
        }
    }
}

/// A root mean square.
fn rms(shown: &str, says: String, help: String) -> Size {
    let short = t!("rms {shown}", shown);
    Size { short, says, help }
}

/// The mean over an exact density.
fn over(solution: &Solution, flow: &Flow, landscape: &Landscape, (measure, rates): (Measure, Rates)) -> Option<f64> {
    let field = &solution.density;
    let (nx, n) = (field.grid.nx, field.grid.len());
    let places = (0..n).map(|k| field.grid.center(k % nx, k / nx));
    let (xs, ys): (Vec<f64>, Vec<f64>) = places.map(|Point { x, y }| (x, y)).unzip();
    let mean = |values: &dyn Fn(usize) -> f64| {
        let heavy = (0..n).filter(|k| field.values[*k] > 0.0);
        let (sum, total) = heavy.fold((0.0, 0.0), |(s, t), k| {
            (s + field.values[k] * values(k), t + field.values[k])
        });
        sum / total
    };
    match measure {
        Measure::Drift(steep) => {
            let (mut gx, mut gy) = (vec![0.0; n], vec![0.0; n]);
            landscape.gradient_into(&xs, &ys, &mut gx, &mut gy);
            Some(rates.alpha * steep * mean(&|k| gx[k] * gx[k] + gy[k] * gy[k]).sqrt())
        }
        Measure::Growth => {
            let mut rate = vec![0.0; n];
            flow.given_rate(landscape, [&xs, &ys], &mut rate).then(|| {
                let center = mean(&|k| rate[k]);
                rates.beta * mean(&|k| (rate[k] - center).powi(2)).sqrt()
            })
        }
        _ => None,
    }
}
