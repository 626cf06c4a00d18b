//! Three plots over time, each with a menu of what it shows; beneath or beside them the table of figures.

use eframe::egui;
use eframe::egui::{Align, Color32, RichText, Ui};
use egui_plot::PlotPoint;

use super::App;
use super::axes::Axes;
use super::charts::Chart;
use super::curves::{Curve, Drawn, Item, mix};
use super::layers::flow_looks;
use super::metric::Metric;
use super::metrics::table_width;
use super::spots::note;
use super::theme::Theme;
use super::widgets::entry;
use crate::engine::Report;
use crate::lecture::Pointer;
use crate::observe::Observables;
use crate::reference::{ExactEntry, ExactPanel, Solution};
use crate::snapshot::Snapshot;
use crate::words::{msg, t};

impl App {
    /// How many plots there are.
    pub(super) fn plots_on_show(&self) -> usize {
        self.view.plotted.unwrap_or(3)
    }

    /// The plots one above the other, the table beneath.
    pub(super) fn plots_right_ui(&mut self, ui: &mut Ui, report: &Report) {
        egui::ScrollArea::vertical().show(ui, |ui| {
            let table = if self.view.plotted.is_none() { 200.0 } else { 0.0 };
            let plots = self.plots_on_show();
            // A card that has only one shows it larger.
            let most = if self.view.plotted.is_none() { 260.0 } else { 420.0 };
            let height = ((ui.available_height() - table) / plots as f32 - 30.0).clamp(90.0, most);
            for slot in 0..plots {
                self.plot_ui(ui, report, slot, height);
            }
            if self.view.plotted.is_none() {
                ui.add_space(4.0);
                self.metrics_ui(ui, report);
            }
        });
    }

    /// The plots side by side, the table at their right.
    pub(super) fn plots_below_ui(&mut self, ui: &mut Ui, report: &Report) {
        let room = ui.available_size();
        // What is not taken here is given up for good.
        ui.set_min_size(room);
        let gap = 14.0;
        // In a narrow window the curves matter more than the table, whose figures are in the panels as well.
        let flows = self.view.visible(report.snapshot.panels.len()).len();
        let table =
            (room.x > 640.0 && self.view.plotted.is_none()).then_some((0.3 * room.x).clamp(table_width(flows), 420.0));
        let plots = self.plots_on_show() as f32;
        let width = ((room.x - table.map_or(0.0, |t| t + gap) - (plots - 1.0) * gap) / plots).max(60.0);
        let height = (room.y - 30.0).max(40.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            self.plots_in_a_row_ui(ui, report, egui::vec2(width, room.y), height);
            if let Some(table) = table {
                let layout = egui::Layout::top_down(Align::Min);
                ui.allocate_ui_with_layout(egui::vec2(table, room.y), layout, |ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    self.metrics_ui(ui, report);
                });
            }
        });
    }

    /// The plots side by side and what their colours mean, for a picture of their own.
    pub(super) fn plots_figure_ui(&mut self, ui: &mut Ui, report: &Report) {
        let tokens = Theme::of(ui).tokens();
        let looks = flow_looks(&report.snapshot);
        ui.horizontal(|ui| {
            ui.strong(&self.draft.title);
            ui.add_space(12.0);
            for k in self.view.visible(report.snapshot.panels.len()) {
                let Some(flow) = report.snapshot.scenario.panels.get(k) else {
                    continue;
                };
                let (sample, _) = ui.allocate_exact_size(egui::vec2(30.0, 18.0), egui::Sense::hover());
                looks[k].sample(ui.painter(), sample.left_center(), 28.0, tokens);
                ui.label(RichText::new(&flow.name).color(looks[k].color(tokens)));
                ui.add_space(8.0);
            }
        });
        let gap = 14.0;
        let room = ui.available_size();
        let plots = self.plots_on_show() as f32;
        let width = (room.x - (plots - 1.0) * gap) / plots;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            self.plots_in_a_row_ui(ui, report, egui::vec2(width, room.y), (room.y - 30.0).max(40.0));
        });
    }

    /// The three plots, each with its menu in so much room.
    fn plots_in_a_row_ui(&mut self, ui: &mut Ui, report: &Report, room: egui::Vec2, height: f32) {
        for slot in 0..self.plots_on_show() {
            ui.allocate_ui_with_layout(room, egui::Layout::top_down(Align::Min), |ui| {
                ui.set_width(room.x);
                ui.spacing_mut().item_spacing.x = 6.0;
                self.plot_ui(ui, report, slot, height);
            });
        }
    }

    fn plot_ui(&mut self, ui: &mut Ui, report: &Report, slot: usize, height: f32) {
        let tokens = Theme::of(ui).tokens();
        let top = ui.next_widget_position();
        let snapshot = &report.snapshot;
        let moments = self.backdrop.moments(&snapshot.scenario.landscape()).copied();
        let chart = self.view.charts(snapshot, moments.as_ref())[slot];
        let panel = self.view.chart_panel(snapshot.panels.len());
        self.choice_ui(ui, snapshot, (slot, chart, panel));
        let id = [msg!("first plot"), msg!("second plot"), msg!("third plot")][slot];
        let axes = Axes::of(id, height, report, tokens);
        match chart {
            Chart::Over(metric) => {
                // A target that changes has no level that was always the same.
                let way = snapshot.scenario.is_reverse() && !matches!(metric, Metric::Error { .. });
                let level = metric.exact(snapshot, moments.as_ref()).filter(|_| !way);
                let visible = self.view.visible(snapshot.panels.len());
                // Masses of the wells of another landscape are not masses of these.
                let since = match metric {
                    Metric::Mass { .. } | Metric::Error { .. } => self.view.since(),
                    _ => 0.0,
                };
                over_time(ui, report, (metric, level, since), &visible, axes);
            }
            Chart::Dissipation => super::dissipation::chart(ui, report, panel, axes),
            Chart::Ledger => super::ledger::chart(ui, report, (panel, self.view.target_well(snapshot)), axes),
        }
        let end = egui::pos2(ui.max_rect().right(), ui.min_rect().bottom());
        note(ui.ctx(), Pointer::Plot(slot + 1), egui::Rect::from_min_max(top, end));
    }

    /// The title of a plot is its menu.
    fn choice_ui(&mut self, ui: &mut Ui, snapshot: &Snapshot, (slot, chart, panel): (usize, Chart, usize)) {
        let wells = snapshot.basins.len();
        let flow = snapshot.scenario.panels.get(panel).map_or("", |f| f.name.as_str());
        let width = ui.available_width().min(270.0);
        let kind = (wells, snapshot.scenario.is_reverse());
        let mut name = chart.name(kind, flow);
        // Beside the name there are margins and the arrow.
        if text_width(ui, &name) > width - 34.0 {
            name = chart.short_name(wells, flow);
        }
        if self.figure {
            ui.strong(name);
            return;
        }
        let combo = egui::ComboBox::from_id_salt(("plotted", slot))
            .selected_text(RichText::new(name).strong())
            .width(width)
            .height(540.0)
            .truncate();
        let combo = combo.show_ui(ui, |ui| {
            // Close together, so that all have room above or beneath the plot.
            ui.spacing_mut().item_spacing.y = 1.0;
            for choice in Chart::choices(wells, kind.1) {
                let response = entry(ui, choice == chart, &choice.name(kind, flow));
                if response.on_hover_text(choice.help()).clicked() {
                    self.view.charts[slot] = Some(choice);
                }
            }
        });
        let accessible = [
            t!("Plotted number"),
            t!("Plotted number, second plot"),
            t!("Plotted number, third plot"),
        ][slot];
        combo.response.on_hover_text(chart.help()).accessible_name(accessible);
    }
}

/// How broad a text is (points).
fn text_width(ui: &Ui, text: &str) -> f32 {
    let font = egui::TextStyle::Button.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
    galley.size().x
}

/// All measurements of the particles of a panel, oldest first: those before now, that of now, and those that are known to come.
pub(super) fn seen(report: &Report, panel: usize) -> impl Iterator<Item = &Observables> {
    let now = report.snapshot.time;
    let shown = report.snapshot.panels.get(panel).into_iter();
    let past = shown.flat_map(|shown| shown.history.iter().chain([&shown.now]));
    let ahead = report.ahead.get(panel).into_iter().flatten();
    past.chain(ahead.filter(move |o| o.time > now)).map(|o| &**o)
}

/// The exact solution of a panel, where there is one.
pub(super) fn solution(report: &Report, panel: usize) -> Option<&Solution> {
    match report.exact.as_ref()?.panels.get(panel)? {
        ExactPanel::Solved(solution) => Some(solution),
        ExactPanel::None(_) => None,
    }
}

/// All measurements of an exact solution up to the time of the report, oldest first.
pub(super) fn solved<'a>(solution: &'a Solution, report: &Report) -> impl Iterator<Item = &'a ExactEntry> + use<'a> {
    let until = report.snapshot.time * (1.0 + 1e-9) + 1e-12;
    let last = solution.history.last().map_or(f64::NEG_INFINITY, |e| e.observed.time);
    let now = (solution.now.observed.time > last).then_some(&*solution.now);
    let all = solution.history.iter().map(|e| &**e).chain(now);
    all.take_while(move |e| e.observed.time <= until)
}

/// The measurement of an exact solution at the time of a measurement of particles.
pub(super) fn at_time(solution: &Solution, time: f64) -> Option<&ExactEntry> {
    let same = |entry: &ExactEntry| (entry.observed.time - time).abs() <= 1e-9 * (1.0 + time.abs());
    let history = &solution.history;
    let k = history.partition_point(|e| e.observed.time < time - 1e-9 * (1.0 + time.abs()));
    let found = history.get(k).map_or(&*solution.now, |e| &**e);
    same(found).then_some(found)
}

/// One curve per flow in its looks, its exact solution as a broken line, and a band of two standard errors where there is a formula.
fn over_time(
    ui: &mut Ui,
    report: &Report,
    (metric, level, since): (Metric, Option<f64>, f64),
    visible: &[usize],
    axes: Axes,
) {
    let snapshot = &report.snapshot;
    let looks = flow_looks(snapshot);
    let way = snapshot.scenario.is_reverse();
    let (mut bands, mut curves, mut brokens) = (Vec::new(), Vec::new(), Vec::new());
    let mut values: Vec<f64> = level.into_iter().collect();
    for &k in visible {
        let Some(panel) = snapshot.panels.get(k) else { continue };
        if metric.needs_weights() && snapshot.scenario.panels.get(k).is_none_or(|flow| flow.beta == 0.0) {
            continue;
        }
        let solution = solution(report, k);
        let color = looks[k].color(axes.tokens);
        let name = snapshot
            .scenario
            .panels
            .get(k)
            .map_or(String::new(), |f| f.name.clone());
        let measured: Vec<(&Observables, f64)> = seen(report, k)
            .filter(|o| o.time >= since)
            .filter_map(|o| {
                let exact = solution.and_then(|s| at_time(s, o.time));
                metric.value(o, exact, panel.particles).map(|v| (o, v))
            })
            .collect();
        let band: Vec<[f64; 3]> = measured
            .iter()
            .filter_map(|(o, v)| metric.standard_error(o).map(|e| [o.time, v - 2.0 * e, v + 2.0 * e]))
            .collect();
        if matches!(metric, Metric::Error { .. }) {
            values.extend(band.iter().flat_map(|b| [b[1], b[2]]));
        }
        if band.len() > 1 {
            bands.push(Item::Band(name.clone(), band, color.gamma_multiply(0.22)));
        }
        let points: Vec<PlotPoint> = measured.iter().map(|(o, v)| PlotPoint::new(o.time, *v)).collect();
        values.extend(points.iter().map(|p| p.y));
        if let Some(solution) = solution.filter(|_| metric.has_exact() && !(way && metric.is_distance())) {
            let broken: Vec<PlotPoint> = solved(solution, report)
                .filter(|e| e.observed.time >= since)
                .filter_map(|e| Some(PlotPoint::new(e.observed.time, metric.value(&e.observed, None, 1)?)))
                .collect();
            values.extend(broken.iter().map(|p| p.y));
            let dark = mix(color, axes.tokens.text);
            brokens.push(Item::Curve(Curve::new(
                t!("{flow}, exact", flow = name),
                Drawn::Exact,
                dark,
                broken,
            )));
        }
        curves.push(Item::Curve(Curve::new(name, Drawn::Flow(looks[k]), color, points)));
    }
    let (low, high) = metric.range(values.into_iter());
    let marks = (metric.marks((low, high)), move |v: f64| metric.mark_text(v));
    axes.show(
        ui,
        (low, high),
        marks,
        move |v| metric.text(v),
        |plot_ui| {
            if let Some(value) = level {
                let says = match metric {
                    Metric::Error { .. } => t!("exact").to_owned(),
                    _ => format!("π: {}", metric.text(value)),
                };
                axes.level(plot_ui, value, &says, (low, high));
            }
            // Curves above all bands; the broken lines last, so that they are seen where particles agree with them.
            for item in bands.into_iter().chain(curves).chain(brokens) {
                item.add(plot_ui);
            }
        },
    );
}
