//! The table of figures: one column per flow.

use eframe::egui;
use eframe::egui::{Grid, RichText, Ui};

use super::App;
use super::layers::{flow_looks, well_name};
use super::plots::solution;
use super::theme::{Theme, size};
use super::widgets::{grouped, percent, short};
use crate::engine::Report;
use crate::observe::Observables;
use crate::snapshot::PanelSnapshot;

/// A row of the table: what it is called, what it means, its text.
type Row = (
    String,
    &'static str,
    Box<dyn Fn(&PanelSnapshot, Option<&Observables>) -> String>,
);

impl App {
    /// The table of figures of the visible panels.
    pub(super) fn metrics_ui(&self, ui: &mut Ui, report: &Report) {
        let tokens = Theme::of(ui).tokens();
        let snapshot = &report.snapshot;
        let looks = flow_looks(snapshot);
        let visible = self.view.visible(snapshot.panels.len());
        let mut rows = rows(self.view.target_well(snapshot), snapshot.basins.len());
        let said = |row: &Row| visible.iter().any(|&k| !text(row, report, k).is_empty());
        rows.retain(said);
        egui::ScrollArea::both().id_salt("figures").show(ui, |ui| {
            Grid::new("figures")
                .striped(true)
                .spacing([8.0, 1.0])
                .min_col_width(28.0)
                .min_row_height(17.0)
                .show(ui, |ui| {
                    ui.label("");
                    for &k in &visible {
                        let name = snapshot.scenario.panels.get(k).map_or("", |f| f.name.as_str());
                        ui.label(RichText::new(name).color(looks[k].color(tokens)).size(size::BODY));
                    }
                    ui.end_row();
                    for row in &rows {
                        ui.label(RichText::new(&row.0).color(tokens.text_weak))
                            .on_hover_text(row.1);
                        for &k in &visible {
                            ui.label(text(row, report, k));
                        }
                        ui.end_row();
                    }
                });
        });
    }
}

/// The text of a row for one panel.
fn text(row: &Row, report: &Report, panel: usize) -> String {
    let exact = solution(report, panel).map(|s| &s.now.observed);
    let shown = report.snapshot.panels.get(panel);
    shown.map_or(String::new(), |shown| row.2(shown, exact))
}

fn rows(well: usize, wells: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    if wells > 1 {
        rows.push((
            format!("mass {}", well_name(well, wells)),
            "Share of the mass in the plotted well.",
            Box::new(move |p, _| p.now.basin_mass.get(well).map_or(String::new(), |m| percent(*m))),
        ));
        rows.push((
            "exact".to_owned(),
            "The same share in the exact solution at this time.",
            Box::new(move |_, e| {
                let mass = e.and_then(|e| e.basin_mass.get(well));
                mass.map_or(String::new(), |m| percent(*m))
            }),
        ));
    }
    rows.push((
        "KL".to_owned(),
        "Distance from equilibrium.",
        Box::new(|p, _| short(p.now.kl)),
    ));
    rows.push((
        "ESS".to_owned(),
        "Effective sample size: how many equally weighted particles are worth as much.",
        Box::new(|p, _| grouped(p.now.ess.round() as i64)),
    ));
    rows.push((
        "top weight".to_owned(),
        "The share of the mass that a single particle carries.",
        Box::new(|p, _| small_percent(p.now.largest_weight)),
    ));
    rows.push((
        "teleports".to_owned(),
        "Particles removed and replaced by a copy of another since the start.",
        Box::new(|p, _| grouped(p.now.births as i64)),
    ));
    rows.push((
        "families".to_owned(),
        "Particles of the start that still have descendants.",
        Box::new(|p, _| grouped(p.now.families as i64)),
    ));
    rows.push((
        "unreachable".to_owned(),
        "Equilibrium mass in places where no particle is near: reweighting alone cannot fill them.",
        Box::new(|p, _| percent(p.now.unreachable)),
    ));
    rows.push((
        "W1".to_owned(),
        "Wasserstein-1 distance of the marginals along x and y from those of π, added (length).",
        Box::new(|p, _| short(p.now.wasserstein.x + p.now.wasserstein.y)),
    ));
    rows.push((
        "MMD".to_owned(),
        "Maximum mean discrepancy from π under a Gaussian kernel.",
        Box::new(|p, _| short(p.now.mmd)),
    ));
    rows.push((
        "accepted".to_owned(),
        "Share of the proposed moves that were accepted since the start.",
        Box::new(|p, _| p.now.acceptance.map_or(String::new(), percent)),
    ));
    rows.push((
        "neighbours".to_owned(),
        "Effective number of parents whose transition density a particle feels: below about ten the estimate is its own noise.",
        Box::new(|p, _| p.now.neighbours.map_or(String::new(), short)),
    ));
    rows.push((
        "mean x".to_owned(),
        "Weighted mean of x.",
        Box::new(|p, _| two_decimals(p.now.mean.x)),
    ));
    rows.push((
        "mean y".to_owned(),
        "Weighted mean of y.",
        Box::new(|p, _| two_decimals(p.now.mean.y)),
    ));
    rows
}

/// A share in per cent, of a single particle among many: two digits, since the column is narrow.
fn small_percent(share: f64) -> String {
    let p = 100.0 * share;
    if p == 0.0 || p >= 1.0 {
        return percent(share);
    }
    let decimals = (1 - p.log10().floor() as i32).clamp(0, 6) as usize;
    format!("{p:.decimals$} %")
}

/// Two decimals, and no sign before a zero.
fn two_decimals(value: f64) -> String {
    format!("{:.2}", (100.0 * value).round() / 100.0 + 0.0)
}
