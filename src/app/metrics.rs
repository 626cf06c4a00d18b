//! The table of figures: one column per flow.

use eframe::egui;
use eframe::egui::{Align, Label, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};

use super::App;
use super::exact::is_current;
use super::layers::{flow_looks, well_name};
use super::plots::solution;
use super::theme::{Theme, size};
use super::widgets::{grouped, percent, short};
use crate::digits::fixed;
use crate::engine::Report;
use crate::observe::Observables;
use crate::snapshot::PanelSnapshot;
use crate::words::t;

/// A row of the table.
struct Row {
    /// What it is called, and what where there is little room.
    names: [String; 2],
    /// What it means.
    help: &'static str,
    /// Its text.
    text: Text,
    /// Whether it says something of weights: flows without have none.
    of_weights: bool,
}

/// The text of a row for a panel and its exact solution; beside a short name, and in few letters, where that is said.
type Text = Box<dyn Fn(&PanelSnapshot, Option<&Observables>, [bool; 2]) -> String>;

/// Height of a row (points).
const ROW: f32 = 17.0;
/// Room for the names of the rows, and where there is little.
const NAMES: [f32; 2] = [90.0, 58.0];
/// Room for a figure in full and what is left free beside it.
const FIGURE: f32 = 64.0;

/// How the room is shared among the columns.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Columns {
    /// For the names of the rows.
    names: f32,
    /// For each flow.
    each: f32,
    /// Whether names and figures are short.
    short: [bool; 2],
}

impl Columns {
    /// For so many flows: names become short first, and then the figures.
    fn of(flows: usize, room: f32) -> Self {
        let each = |names: f32| (room - names) / flows.max(1) as f32;
        let [full, narrow] = NAMES.map(each);
        let (names, each, short) = if full >= FIGURE {
            (NAMES[0], full, [false, false])
        } else {
            (NAMES[1], narrow, [true, narrow < FIGURE])
        };
        // Columns far apart are hard to read along.
        let each = each.min(1.6 * FIGURE);
        Self { names, each, short }
    }
}

/// The room (points) in which the table of so many flows has all its columns.
pub(super) fn table_width(flows: usize) -> f32 {
    let names = if flows > 3 { NAMES[1] } else { NAMES[0] };
    // Beside it there is a bar to scroll.
    names + flows as f32 * FIGURE + 14.0
}

impl App {
    /// The table of figures of the visible panels.
    pub(super) fn metrics_ui(&self, ui: &mut Ui, report: &Report) {
        let tokens = Theme::of(ui).tokens();
        let snapshot = &report.snapshot;
        let looks = flow_looks(snapshot);
        let visible = self.view.visible(snapshot.panels.len());
        let mut rows = if snapshot.scenario.is_reverse() {
            rows_of_mixture()
        } else {
            rows(self.view.target_well(snapshot), snapshot.basins.len())
        };
        let said = |row: &Row| visible.iter().any(|&k| !text(row, report, k, [false; 2]).is_empty());
        rows.retain(said);
        egui::ScrollArea::vertical().id_salt("figures").show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let columns = Columns::of(visible.len(), ui.available_width() - 4.0);
            line_ui(
                ui,
                columns,
                false,
                |ui, column| match column {
                    None => {}
                    Some(k) => {
                        let name = snapshot.scenario.panels.get(visible[k]).map_or("", |f| f.name.as_str());
                        let name = RichText::new(name)
                            .color(looks[visible[k]].color(tokens))
                            .size(size::BODY);
                        ui.add(Label::new(name).truncate());
                    }
                },
                visible.len(),
            );
            for (nth, row) in rows.iter().enumerate() {
                line_ui(
                    ui,
                    columns,
                    nth % 2 == 0,
                    |ui, column| match column {
                        None => {
                            let name = RichText::new(&row.names[usize::from(columns.short[0])]).color(tokens.text_weak);
                            let help = format!("{}\n{}", row.names[0], row.help);
                            ui.add(Label::new(name).truncate()).on_hover_text(help);
                        }
                        Some(k) => {
                            let text = text(row, report, visible[k], columns.short);
                            ui.add(Label::new(text).truncate());
                        }
                    },
                    visible.len(),
                );
            }
        });
    }
}

/// A row of cells: that of the name, and one for each flow.
fn line_ui(ui: &mut Ui, columns: Columns, striped: bool, mut cell: impl FnMut(&mut Ui, Option<usize>), flows: usize) {
    let width = columns.names + flows as f32 * columns.each;
    let (rect, _) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    if striped {
        ui.painter().rect_filled(rect, 2.0, ui.visuals().faint_bg_color);
    }
    let mut at = |from: f32, width: f32, column: Option<usize>| {
        let place = Rect::from_min_size(rect.min + vec2(from, 0.0), vec2(width - 4.0, ROW));
        let builder = UiBuilder::new()
            .max_rect(place)
            .layout(Layout::left_to_right(Align::Center));
        ui.scope_builder(builder, |ui| cell(ui, column));
    };
    at(2.0, columns.names - 2.0, None);
    for k in 0..flows {
        at(columns.names + k as f32 * columns.each, columns.each, Some(k));
    }
}

/// The text of a row for one panel.
fn text(row: &Row, report: &Report, panel: usize, short: [bool; 2]) -> String {
    let exact = solution(report, panel)
        .filter(|_| is_current(report))
        .map(|s| &s.now.observed);
    let shown = report.snapshot.panels.get(panel);
    let flow = report.snapshot.scenario.panels.get(panel);
    if row.of_weights && flow.is_some_and(|flow| flow.beta == 0.0) {
        return "–".to_owned();
    }
    shown.map_or(String::new(), |shown| (row.text)(shown, exact, short))
}

fn rows(well: usize, wells: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    if wells > 1 {
        let name = well_name(well, wells);
        rows.push(Row {
            names: [t!("mass {well}", well = name), name],
            help: t!("Share of the mass in the plotted well."),
            text: Box::new(move |p, _, _| p.now.basin_mass.get(well).map_or(String::new(), |m| percent(*m))),
            of_weights: false,
        });
        let help = t!("The same share in the exact solution at this time.");
        rows.push(row([t!("exact"); 2], help, move |_, e, _| {
            let mass = e.and_then(|e| e.basin_mass.get(well));
            mass.map_or(String::new(), |m| percent(*m))
        }));
    }
    rows.extend([
        row(["KL"; 2], t!("Distance from equilibrium."), |p, _, _| short(p.now.kl)),
        row(
            ["ESS"; 2],
            t!("Effective sample size: how many equally weighted particles are worth as much."),
            |p, _, short| count(p.now.ess.round() as i64, short[1]),
        ),
        row(
            [t!("top weight"), t!("top, %")],
            t!("The share of the mass that a single particle carries."),
            |p, _, short| small_percent(p.now.largest_weight, short[0]),
        ),
        row(
            [t!("teleports"), t!("telep.")],
            t!("Particles removed and replaced by a copy of another since the start."),
            |p, _, short| count(p.now.births as i64, short[1]),
        ),
        row(
            [t!("families"); 2],
            t!("Particles of the start that still have descendants."),
            |p, _, short| count(p.now.families as i64, short[1]),
        ),
        row(
            [t!("unreachable"), t!("unreach.")],
            t!("Equilibrium mass in places where no particle is near: reweighting alone cannot fill them."),
            |p, _, _| percent(p.now.unreachable),
        ),
        row(
            ["L1"; 2],
            t!("L1 distance from π, from 0 to 2: how much mass is in the wrong place, counted twice."),
            |p, _, _| short(p.now.l1),
        ),
        row(
            [t!("energy dist."), t!("energy")],
            t!("Energy distance from π, 2 E|X − Y| − E|X − X′| − E|Y − Y′| (length)."),
            |p, _, _| short(p.now.energy),
        ),
        row(
            ["W1"; 2],
            t!("Wasserstein-1 distance of the marginals along x and y from those of π, added (length)."),
            |p, _, _| short(p.now.wasserstein.x + p.now.wasserstein.y),
        ),
        row(
            ["MMD"; 2],
            t!("Maximum mean discrepancy from π under a Gaussian kernel."),
            |p, _, _| short(p.now.mmd),
        ),
        row(
            [t!("accepted"), t!("accept.")],
            t!("Share of the proposed moves that were accepted since the start."),
            |p, _, _| p.now.acceptance.map_or(String::new(), percent),
        ),
        row(
            [t!("neighbours"), t!("neighb.")],
            t!(
                "Effective number of parents whose transition density a particle feels: below about ten the estimate is its own noise."
            ),
            |p, _, _| p.now.neighbours.map_or(String::new(), short),
        ),
        row([t!("mean x"); 2], t!("Weighted mean of x."), |p, _, _| two_decimals(p.now.mean.x)),
        row([t!("mean y"); 2], t!("Weighted mean of y."), |p, _, _| two_decimals(p.now.mean.y)),
    ]);
    rows
}

/// What there is to say of particles that come from the noise, the most telling first.
fn rows_of_mixture() -> Vec<Row> {
    let weights = |row: Row| Row {
        of_weights: true,
        ..row
    };
    let log = |value: f64| {
        if value.abs() < 5e-5 {
            "0".to_owned()
        } else {
            fixed(value, 4, 4)
        }
    };
    vec![
        row(
            ["KL"; 2],
            t!("Distance from the law that is wanted under the noise of now."),
            |p, _, _| short(p.now.kl),
        ),
        row(
            [t!("by chance"), t!("chance")],
            t!("The KL that sampling explains: its mean for as many independent draws as the weights are worth."),
            |p, _, _| short(p.kl_floor),
        ),
        row(
            ["L1"; 2],
            t!("L1 distance from it, from 0 to 2: how much mass is in the wrong place, counted twice."),
            |p, _, _| short(p.now.l1),
        ),
        row(
            [t!("energy dist."), t!("energy")],
            t!("Energy distance from it, 2 E|X − Y| − E|X − X′| − E|Y − Y′| (length)."),
            |p, _, _| short(p.now.energy),
        ),
        weights(row(
            ["ESS"; 2],
            t!("Effective sample size: how many equally weighted particles are worth as much."),
            |p, _, short| count(p.now.ess.round() as i64, short[1]),
        )),
        weights(row(["ESS / N"; 2], t!("The same as a share of all."), |p, _, _| {
            percent(p.now.ess / p.particles.max(1) as f64)
        })),
        weights(row(
            [t!("top weight"), t!("top, %")],
            t!("The share of the mass that a single particle carries."),
            |p, _, short| small_percent(p.now.largest_weight, short[0]),
        )),
        weights(row(
            ["log Z"; 2],
            t!("log ∫ρ of the law that is wanted, as the weights estimate it: the logarithm of their mean."),
            move |p, _, _| log(p.now.log_normaliser),
        )),
        row([t!("exact"); 2], t!("The same, known exactly."), move |_, e, _| {
            e.map_or(String::new(), |e| log(e.log_normaliser))
        }),
        weights(row(
            [t!("difference"), t!("diff.")],
            t!("The estimate of log Z, less the exact one."),
            |p, e, _| e.map_or(String::new(), |e| signed(p.now.log_normaliser - e.log_normaliser)),
        )),
        weights(row(
            [t!("resamplings"), t!("resamp.")],
            t!("How often particles were resampled since the start."),
            |p, _, short| count(p.now.resamplings as i64, short[1]),
        )),
        weights(row(
            [t!("families"); 2],
            t!("Particles of the start that still have descendants."),
            |p, _, short| count(p.now.families as i64, short[1]),
        )),
    ]
}

/// A small difference with its sign.
fn signed(value: f64) -> String {
    let text = fixed(value.abs(), 2, 5);
    if text.chars().all(|c| c == '0' || c == '.') {
        "0".to_owned()
    } else if value < 0.0 {
        format!("\u{2212}{text}")
    } else {
        format!("+{text}")
    }
}

/// A row whose names are known beforehand.
fn row(
    names: [&str; 2],
    help: &'static str,
    text: impl Fn(&PanelSnapshot, Option<&Observables>, [bool; 2]) -> String + 'static,
) -> Row {
    Row {
        names: names.map(str::to_owned),
        help,
        text: Box::new(text),
        of_weights: false,
    }
}

/// A number of things; of many, where there is little room, only the first digits.
fn count(n: i64, short: bool) -> String {
    let size = n as f64;
    match n {
        10_000_000.. if short => format!("{:.0}M", size / 1e6),
        1_000_000.. if short => format!("{:.1}M", size / 1e6),
        10_000.. if short => format!("{:.0}k", size / 1e3),
        _ => grouped(n),
    }
}

/// A share in per cent, of a single particle among many: two digits, since the column is narrow; without the sign where that is said.
fn small_percent(share: f64, bare: bool) -> String {
    let p = 100.0 * share;
    let text = if p == 0.0 || p >= 1.0 {
        percent(share)
    } else {
        format!("{} %", fixed(p, 2, 6))
    };
    if bare { text.replace(" %", "") } else { text }
}

/// Two decimals, and no sign before a zero.
fn two_decimals(value: f64) -> String {
    format!("{:.2}", (100.0 * value).round() / 100.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_columns_have_room_before_figures_become_short() {
        for flows in 1..=4 {
            let room = table_width(flows) - 14.0;
            let columns = Columns::of(flows, room);
            assert!(
                columns.names + flows as f32 * columns.each <= room + 1e-3,
                "{columns:?}"
            );
            assert!(!columns.short[1] && columns.each >= FIGURE, "{columns:?}");
            // In the least room that the plots at the right have, too.
            let columns = Columns::of(flows, 236.0);
            assert!(columns.names + flows as f32 * columns.each <= 236.0 + 1e-3 && columns.each > 44.0);
        }
    }

    #[test]
    fn short_figures_keep_their_first_digits() {
        let texts = [9_393, 10_000, 123_456, 1_240_000, 30_000_000].map(|n| count(n, true));
        assert_eq!(texts, ["9 393", "10k", "123k", "1.2M", "30M"]);
        assert_eq!(count(10_000, false), "10 000");
        assert_eq!(
            (small_percent(3.3e-5, true), small_percent(0.31, false)),
            ("0.0033".to_owned(), "31 %".to_owned())
        );
    }
}
