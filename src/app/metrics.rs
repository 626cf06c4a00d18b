//! The table of figures: one column per flow.

use eframe::egui;
use eframe::egui::{Grid, RichText, Ui};

use super::App;
use super::layers::{flow_looks, well_name};
use super::theme::{Theme, size};
use super::widgets::{grouped, percent, short};
use crate::engine::Report;
use crate::snapshot::PanelSnapshot;

/// A row of the table: what it is called, what it means, its text.
type Row = (String, &'static str, Box<dyn Fn(&PanelSnapshot) -> String>);

impl App {
    /// The table of figures of the visible panels.
    pub(super) fn metrics_ui(&self, ui: &mut Ui, report: &Report) {
        let tokens = Theme::of(ui).tokens();
        let snapshot = &report.snapshot;
        let looks = flow_looks(snapshot);
        let visible = self.view.visible(snapshot.panels.len());
        let rows = rows(self.view.target_well(snapshot), snapshot.basins.len());
        egui::ScrollArea::both().id_salt("figures").show(ui, |ui| {
            Grid::new("figures")
                .striped(true)
                .spacing([9.0, 2.0])
                .min_col_width(28.0)
                .min_row_height(19.0)
                .show(ui, |ui| {
                    ui.label("");
                    for &k in &visible {
                        let name = snapshot.scenario.panels.get(k).map_or("", |f| f.name.as_str());
                        ui.label(RichText::new(name).color(looks[k].color(tokens)).size(size::BODY));
                    }
                    ui.end_row();
                    for (name, help, text) in &rows {
                        ui.label(RichText::new(name).color(tokens.text_weak))
                            .on_hover_text(*help);
                        for &k in &visible {
                            if let Some(panel) = snapshot.panels.get(k) {
                                ui.label(text(panel));
                            }
                        }
                        ui.end_row();
                    }
                });
        });
    }
}

fn rows(well: usize, wells: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    if wells > 1 {
        rows.push((
            format!("mass {}", well_name(well, wells)),
            "Share of the mass in the plotted well.",
            Box::new(move |p| p.now.basin_mass.get(well).map_or(String::new(), |m| percent(*m))),
        ));
    }
    rows.push((
        "KL".to_owned(),
        "Distance from equilibrium.",
        Box::new(|p| short(p.now.kl)),
    ));
    rows.push((
        "ESS".to_owned(),
        "Effective sample size: how many equally weighted particles are worth as much.",
        Box::new(|p| grouped(p.now.ess.round() as i64)),
    ));
    rows.push((
        "top weight".to_owned(),
        "The share of the mass that a single particle carries.",
        Box::new(|p| format!("{:.2} %", 100.0 * p.now.largest_weight)),
    ));
    rows.push((
        "teleports".to_owned(),
        "Particles removed and replaced by a copy of another since the start.",
        Box::new(|p| grouped(p.now.births as i64)),
    ));
    rows.push((
        "families".to_owned(),
        "Particles of the start that still have descendants.",
        Box::new(|p| grouped(p.now.families as i64)),
    ));
    rows.push((
        "unreachable".to_owned(),
        "Equilibrium mass in places where no particle is near: reweighting alone cannot fill them.",
        Box::new(|p| percent(p.now.unreachable)),
    ));
    rows.push((
        "mean".to_owned(),
        "Weighted mean (x, y).",
        Box::new(|p| format!("{}, {}", two_decimals(p.now.mean.x), two_decimals(p.now.mean.y))),
    ));
    rows
}

/// Two decimals, and no sign before a zero.
fn two_decimals(value: f64) -> String {
    format!("{:.2}", (100.0 * value).round() / 100.0 + 0.0)
}
