//! The dissipation ledger of one flow: what makes KL fall, and how much of the fall that explains.

use eframe::egui::Ui;
use egui_plot::PlotPoint;

use super::axes::{Axes, Key, Sample};
use super::curves::{Curve, Drawn, Item, mix};
use super::layers::flow_looks;
use super::looks::Look;
use super::metric::round_marks;
use super::plots::{seen, solution, solved};
use super::widgets::short;
use crate::continuum::Rates;
use crate::engine::Report;
use crate::observe::Observables;
use crate::words::t;

/// α I, β Var on top of it, and −dKL/dt, at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Share {
    time: f64,
    walking: f64,
    total: f64,
    fall: f64,
}

/// Draws the dissipation of a panel.
pub(super) fn chart(ui: &mut Ui, report: &Report, panel: usize, axes: Axes) {
    let snapshot = &report.snapshot;
    let Some(flow) = snapshot.scenario.panels.get(panel) else {
        return;
    };
    let rates = Rates {
        alpha: flow.alpha,
        beta: flow.beta,
    };
    let particles = shares(seen(report, panel), rates);
    let exact = solution(report, panel).map(|s| shares(solved(s, report).map(|e| &e.observed), rates));
    let exact = exact.unwrap_or_default();

    let tokens = axes.tokens;
    let [walking, reacting] = [tokens.flows[0], tokens.flows[1]];
    // The truth as areas where it is known; what few particles make of it is much too noisy for that.
    let known = exact.len() > 1;
    let areas = if known { &exact } else { &particles };
    let band = |name: &str, edges: &dyn Fn(&Share) -> (f64, f64), color| {
        let rows = areas.iter().map(|s| {
            let (low, high) = edges(s);
            [s.time, low, high]
        });
        Item::Band(name.to_owned(), rows.collect(), color)
    };
    let curve = |name: &str, drawn, color, of: &[Share], value: &dyn Fn(&Share) -> f64| {
        let points = of.iter().map(|s| PlotPoint::new(s.time, value(s))).collect();
        Item::Curve(Curve::new(name.to_owned(), drawn, color, points))
    };
    let (walks, reacts) = (flow.alpha > 0.0, flow.beta > 0.0);
    let mut items = Vec::new();
    if areas.len() > 1 {
        items.push(band("α I", &|s| (0.0, s.walking), walking.gamma_multiply(0.45)));
        items.push(band("β Var", &|s| (s.walking, s.total), reacting.gamma_multiply(0.45)));
    }
    if !known && areas.len() > 1 {
        let between = |s: &Share| (s.total.min(s.fall), s.total.max(s.fall));
        items.push(band(t!("gap"), &between, tokens.text_weak.gamma_multiply(0.25)));
    }
    let dark = |color| mix(color, tokens.text);
    if known {
        let thin = Drawn::Thin;
        if walks {
            items.push(curve(t!("α I, particles"), thin, walking, &particles, &|s| s.walking));
        }
        if reacts {
            items.push(curve(
                t!("α I + β Var, particles"),
                thin,
                reacting,
                &particles,
                &|s| s.total,
            ));
        }
    }
    let look = flow_looks(snapshot)[panel];
    let falls = Drawn::Flow(look);
    items.push(curve(FALL, falls, tokens.text, &particles, &|s| s.fall));
    if known && walks {
        items.push(curve(t!("α I, exact"), Drawn::Exact, dark(walking), &exact, &|s| {
            s.walking
        }));
    }
    if known && reacts {
        let name = t!("α I + β Var, exact");
        items.push(curve(name, Drawn::Exact, dark(reacting), &exact, &|s| s.total));
    }

    let top = if known {
        let seen = exact.iter().map(|s| s.total);
        top(seen.chain(particles.iter().map(|s| s.fall)))
    } else {
        top(particles.iter().flat_map(|s| [s.total, s.fall]))
    };
    let range = (-0.06 * top, 1.06 * top);
    let frame = axes.show(
        ui,
        range,
        (round_marks(range), short),
        |v| t!("{rate} per time", rate = short(v)),
        |plot_ui| {
            for item in items {
                item.add(plot_ui);
            }
        },
    );

    let known = known.then_some(range.1);
    let last = |of: &[Share]| of.iter().rfind(|s| axes.is_past(s.time)).copied();
    let rows = key_rows((last(areas), last(&particles)), (walks, reacts), (look, known), axes);
    let place = |v: f64, t: f64| ((t / axes.end()) as f32, ((range.1 - v) / (range.1 - range.0)) as f32);
    let curves = particles
        .iter()
        .chain(&exact)
        .flat_map(|s| [place(s.fall, s.time), place(s.total, s.time)]);
    axes.key(ui, frame, &curves.collect::<Vec<_>>(), &rows);
}

/// The key: the shares and the fall now; `known` is the top of the axis where the areas are those of the exact solution.
fn key_rows(
    (now, estimated): (Option<Share>, Option<Share>),
    (walks, reacts): (bool, bool),
    (look, known): (Look, Option<f64>),
    axes: Axes,
) -> Vec<Key> {
    let tokens = axes.tokens;
    let [walking, reacting] = [tokens.flows[0], tokens.flows[1]];
    let row = |sample, color, says: String| Key { sample, color, says };
    let mut rows = Vec::new();
    // The last area of the stack stands on top of it.
    if reacts {
        let says = now.map_or(String::new(), |s| figure(s.total - s.walking));
        rows.push(row(
            Sample::Area,
            reacting.gamma_multiply(0.45),
            t!("reweighting β Var {figure}", figure = says),
        ));
    }
    if walks {
        let says = now.map_or(String::new(), |s| figure(s.walking));
        rows.push(row(
            Sample::Area,
            walking.gamma_multiply(0.45),
            t!("walking α I {figure}", figure = says),
        ));
    }
    let says = estimated.map_or(String::new(), |s| figure(s.fall));
    rows.push(row(Sample::Marked(look), tokens.text, format!("{FALL} {says}")));
    if let Some(top) = known {
        let estimate = estimated.map_or(0.0, |s| s.total);
        let color = if reacts { reacting } else { walking };
        rows.push(row(
            Sample::Line(1.0),
            color,
            if estimate > top {
                t!("estimated {figure}, above", figure = figure(estimate))
            } else {
                t!("estimated {figure}", figure = figure(estimate))
            },
        ));
    } else if now.is_some() {
        rows.push(row(
            Sample::Area,
            tokens.text_weak.gamma_multiply(0.25),
            t!("gap").to_owned(),
        ));
    }
    rows
}

/// What the line is called.
const FALL: &str = "\u{2212}dKL/dt";

/// Two digits are enough for what changes with every frame.
fn figure(value: f64) -> String {
    if value.abs() < 5e-4 {
        return "0".to_owned();
    }
    let decimals = (1 - value.abs().log10().floor() as i32).clamp(0, 3) as usize;
    format!("{value:.decimals$}").replace('-', "\u{2212}")
}

/// The top of the axis: nearly all is seen, but a short burst at the start does not flatten the rest.
fn top(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.filter(|v| v.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let most = values.get((values.len() * 97) / 100).or(values.last());
    most.copied().unwrap_or(1.0).max(1e-3)
}

/// The shares at the times of the measurements. The slope of KL is taken across about a 40th of the run, so that the noise of single
/// measurements does not hide it.
fn shares<'a>(measured: impl Iterator<Item = &'a Observables>, rates: Rates) -> Vec<Share> {
    let all: Vec<&Observables> = measured.collect();
    let reach = (all.len() / 40).max(1);
    let slope = |k: usize| {
        let (a, b) = (all[k.saturating_sub(reach)], all[(k + reach).min(all.len() - 1)]);
        (a.kl - b.kl) / (b.time - a.time)
    };
    let shares = all.iter().enumerate().map(|(k, o)| {
        let walking = o.factor * rates.alpha * o.information;
        Share {
            time: o.time,
            walking,
            total: walking + o.factor * rates.beta * o.variance,
            fall: slope(k),
        }
    });
    shares.filter(|s| s.total.is_finite() && s.fall.is_finite()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fall_of_an_exponential_is_its_own_dissipation() {
        // KL = e^{−2t}, carried by walking alone: α I = 2 e^{−2t}.
        let measured: Vec<Observables> = (0..=400)
            .map(|k| {
                let time = 0.005 * f64::from(k);
                Observables {
                    time,
                    kl: (-2.0 * time).exp(),
                    information: (-2.0 * time).exp(),
                    factor: 1.0,
                    ..Observables::default()
                }
            })
            .collect();
        let rates = Rates { alpha: 2.0, beta: 1.0 };
        let shares = shares(measured.iter(), rates);
        // A central difference over 2 δ is too large by a factor sinh(2δ)/2δ, δ = 0.05; the ends are one-sided.
        let factor = 0.1f64.sinh() / 0.1;
        for s in &shares[10..391] {
            assert!((s.fall / s.total / factor - 1.0).abs() < 1e-12, "{s:?}");
        }
    }
}
