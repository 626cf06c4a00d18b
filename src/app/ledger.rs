//! The mass ledger of one well of one flow: walked, grown, resampled, and brushed in.

use eframe::egui::Ui;
use egui_plot::{HLine, LineStyle, PlotPoint};

use super::axes::{Axes, Key, Sample};
use super::curves::{Curve, Drawn, Item};
use super::layers::{flow_looks, well_name};
use super::metric::round_marks;
use super::plots::seen;
use super::widgets::short;
use crate::engine::Report;
use crate::observe::Account;
use crate::words::t;

/// Draws the accounts of a well of a panel.
pub(super) fn chart(ui: &mut Ui, report: &Report, (panel, well): (usize, usize), axes: Axes) {
    let snapshot = &report.snapshot;
    if panel >= snapshot.panels.len() {
        return;
    }
    let accounts: Vec<(f64, Account)> = seen(report, panel)
        .filter_map(|o| Some((o.time, *o.ledger.get(well)?)))
        .collect();
    let tokens = axes.tokens;
    let curve = |name: &str, drawn, color, value: &dyn Fn(&Account) -> f64| {
        let points = accounts.iter().map(|(t, a)| PlotPoint::new(*t, value(a))).collect();
        Item::Curve(Curve::new(name.to_owned(), drawn, color, points))
    };
    let change = |a: &Account| a.walked + a.grown + a.resampled + a.brushed;
    let look = flow_looks(snapshot)[panel];
    // As in the dissipation: blue walks, orange is reweighted.
    let parts = [
        (t!("walked in"), tokens.flows[0]),
        (t!("grown"), tokens.flows[1]),
        (t!("resampled"), tokens.text_weak),
        (t!("by brush"), tokens.text),
    ];
    let part = |a: &Account, k: usize| [a.walked, a.grown, a.resampled, a.brushed][k];
    let mut items = vec![curve(t!("change"), Drawn::Flow(look), tokens.text, &change)];
    let brushed = accounts.iter().any(|(_, a)| a.brushed != 0.0);
    for (k, (name, color)) in parts.iter().enumerate().filter(|(k, _)| *k < 3 || brushed) {
        items.push(curve(name, Drawn::Plain, *color, &|a| part(a, k)));
    }
    let now = accounts.iter().rfind(|(time, _)| axes.is_past(*time));
    let last = now.map(|(_, a)| *a).unwrap_or_default();
    let all = accounts
        .iter()
        .flat_map(|(_, a)| [a.walked, a.grown, a.resampled, a.brushed, change(a)]);
    let (low, high) = all.fold((0.0f64, 0.02f64), |(low, high), v| (low.min(v), high.max(v)));
    let margin = 0.08 * (high - low);
    let range = (low - margin, high + margin);
    let text = |v: f64| format!("{} %", short((1e4 * v).round() / 1e2 + 0.0));
    let frame = axes.show(ui, range, (round_marks(range), text), text, |plot_ui| {
        plot_ui.hline(
            HLine::new("0", 0.0)
                .color(tokens.text_weak)
                .width(1.0)
                .style(LineStyle::dotted_dense())
                .allow_hover(false),
        );
        for item in items {
            item.add(plot_ui);
        }
    });
    let figure = |v: f64| {
        format!("{:.1} %", 1e2 * v + 0.0)
            .replace("-0.0", "0.0")
            .replace('-', "\u{2212}")
    };
    let mut rows: Vec<Key> = Vec::new();
    rows.push(Key {
        sample: Sample::Marked(look),
        color: tokens.text,
        says: t!(
            "change {change}, {well}",
            change = figure(change(&last)),
            well = well_name(well, snapshot.basins.len())
        ),
    });
    // What plays no part needs no line.
    for (k, (name, color)) in parts.iter().enumerate() {
        let seen = accounts.iter().any(|(_, a)| part(a, k).abs() > 5e-4);
        if seen {
            rows.push(Key {
                sample: Sample::Line(2.0),
                color: *color,
                says: format!("{name} {}", figure(part(&last, k))),
            });
        }
    }
    let place = |v: f64, t: f64| ((t / axes.end()) as f32, ((range.1 - v) / (range.1 - range.0)) as f32);
    let curves = accounts
        .iter()
        .flat_map(|(t, a)| [change(a), a.walked, a.grown, a.resampled, a.brushed].map(|v| place(v, *t)));
    axes.key(ui, frame, &curves.collect::<Vec<_>>(), &rows);
}
