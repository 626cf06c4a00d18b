//! The mass ledger of one well of one flow: walked, grown, resampled.

use eframe::egui::Ui;
use egui_plot::PlotPoint;

use super::layers::flow_looks;
use super::metric::round_marks;
use super::plots::{Axes, Curve, Drawn, Item};
use super::widgets::short;
use crate::engine::Report;
use crate::observe::Account;

/// Draws the accounts of a well of a panel.
pub(super) fn chart(ui: &mut Ui, report: &Report, (panel, well): (usize, usize), axes: Axes) {
    let snapshot = &report.snapshot;
    let Some(shown) = snapshot.panels.get(panel) else {
        return;
    };
    let accounts: Vec<(f64, Account)> = shown
        .history
        .iter()
        .chain([&shown.now])
        .filter_map(|o| Some((o.time, *o.ledger.get(well)?)))
        .collect();
    let tokens = axes.tokens;
    let curve = |name: &str, drawn, color, value: &dyn Fn(&Account) -> f64| {
        let points = accounts.iter().map(|(t, a)| PlotPoint::new(*t, value(a))).collect();
        Item::Curve(Curve::new(name.to_owned(), drawn, color, points))
    };
    let change = |a: &Account| a.walked + a.grown + a.resampled;
    let look = flow_looks(snapshot)[panel];
    let items = [
        curve("walked", Drawn::Plain, tokens.origins[0], &|a| a.walked),
        curve("grown", Drawn::Plain, tokens.origins[1], &|a| a.grown),
        curve("resampled", Drawn::Plain, tokens.text_weak, &|a| a.resampled),
        curve("change", Drawn::Flow(look), look.color(tokens), &change),
    ];
    let last = accounts.last().map(|(_, a)| *a).unwrap_or_default();
    let all = accounts
        .iter()
        .flat_map(|(_, a)| [a.walked, a.grown, a.resampled, change(a)]);
    let (low, high) = all.fold((0.0f64, 0.02f64), |(low, high), v| (low.min(v), high.max(v)));
    let margin = 0.08 * (high - low);
    let range = (low - margin, high + margin);
    let text = |v: f64| format!("{} %", short((1e4 * v).round() / 1e2 + 0.0));
    axes.show(ui, range, (round_marks(range), text), text, |plot_ui| {
        axes.level(
            plot_ui,
            0.0,
            &format!(
                "walked {}, grown {}, resampled {}",
                text(last.walked),
                text(last.grown),
                text(last.resampled)
            ),
            range,
        );
        for item in items {
            item.add(plot_ui);
        }
    });
}
