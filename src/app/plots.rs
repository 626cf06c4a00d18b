//! Curves over time: mass in one well, divergence from equilibrium, effective sample size.

use std::ops::RangeInclusive;
use std::sync::Arc;

use eframe::egui;
use eframe::egui::{Color32, FontId, Rangef, RichText, Shape, Stroke, Ui};
use egui_plot::{
    AxisHints, GridInput, GridMark, HLine, HoverPosition, LineStyle, Plot, PlotBounds, PlotGeometry, PlotItem,
    PlotItemBase, PlotPoint, PlotTransform, Text,
};

use super::App;
use super::layers::flow_looks;
use super::looks::Look;
use super::metric::{Metric, round_marks};
use super::theme::{Theme, Tokens, size};
use super::widgets::short;
use crate::engine::Report;
use crate::observe::Observables;
use crate::snapshot::Snapshot;

impl App {
    /// The plots one above the other, the table beneath.
    pub(super) fn plots_right_ui(&mut self, ui: &mut Ui, report: &Report) {
        egui::ScrollArea::vertical().show(ui, |ui| {
            let table = 200.0;
            let height = ((ui.available_height() - table) / 3.0 - 30.0).clamp(90.0, 260.0);
            for metric in self.metrics(&report.snapshot) {
                self.plot_ui(ui, report, metric, height);
            }
            ui.add_space(4.0);
            self.metrics_ui(ui, report);
        });
    }

    /// The plots side by side, the table at their right.
    pub(super) fn plots_below_ui(&mut self, ui: &mut Ui, report: &Report) {
        let room = ui.available_size();
        let table = (0.3 * room.x).clamp(230.0, 420.0);
        let gap = 14.0;
        let width = ((room.x - table - 3.0 * gap) / 3.0).max(60.0);
        let height = (room.y - 30.0).max(40.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for metric in self.metrics(&report.snapshot) {
                ui.allocate_ui_with_layout(
                    egui::vec2(width, room.y),
                    egui::Layout::top_down(egui::Align::Min),
                    |ui| {
                        ui.set_width(width);
                        ui.spacing_mut().item_spacing.x = 6.0;
                        self.plot_ui(ui, report, metric, height);
                    },
                );
            }
            ui.allocate_ui_with_layout(
                egui::vec2(table, room.y),
                egui::Layout::top_down(egui::Align::Min),
                |ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    self.metrics_ui(ui, report);
                },
            );
        });
    }

    fn metrics(&mut self, snapshot: &Snapshot) -> [Metric; 3] {
        let moments = self.backdrop.moments(&snapshot.scenario);
        [self.view.first_metric(snapshot, moments), Metric::Kl, Metric::Ess]
    }

    fn plot_ui(&mut self, ui: &mut Ui, report: &Report, metric: Metric, height: f32) {
        let tokens = Theme::of(ui).tokens();
        let snapshot = &report.snapshot;
        ui.horizontal(|ui| {
            ui.set_min_height(24.0);
            if matches!(metric, Metric::Kl | Metric::Ess) {
                ui.strong(metric.name(snapshot.basins.len()))
                    .on_hover_text(metric.help());
            } else {
                self.choice_ui(ui, snapshot, metric);
            }
        });
        let exact = metric.exact(snapshot, self.backdrop.moments(&snapshot.scenario));
        let visible = self.view.visible(snapshot.panels.len());
        draw(ui, snapshot, (metric, exact), &visible, (height, tokens));
    }

    /// The title of the first plot is its menu.
    fn choice_ui(&mut self, ui: &mut Ui, snapshot: &Snapshot, metric: Metric) {
        let wells = snapshot.basins.len();
        let combo = egui::ComboBox::from_id_salt("plotted")
            .selected_text(metric.name(wells))
            .width(ui.available_width().min(190.0))
            .truncate();
        let combo = combo.show_ui(ui, |ui| {
            for choice in Metric::choices(wells) {
                if ui.selectable_label(choice == metric, choice.name(wells)).clicked() {
                    self.view.plotted = Some(choice);
                }
            }
        });
        combo
            .response
            .on_hover_text(metric.help())
            .accessible_name("Plotted number");
    }
}

/// One curve per flow, in its colour and line style.
fn draw(
    ui: &mut Ui,
    snapshot: &Snapshot,
    (metric, exact): (Metric, Option<f64>),
    visible: &[usize],
    (height, tokens): (f32, &'static Tokens),
) {
    let looks = flow_looks(snapshot);
    let curves: Vec<FlowCurve> = visible
        .iter()
        .filter_map(|&k| snapshot.panels.get(k).map(|p| (k, p)))
        .map(|(k, panel)| {
            let mut points: Vec<PlotPoint> = panel
                .history
                .iter()
                .chain([&panel.now])
                .map(|o| point(metric, o, panel.particles))
                .collect();
            points.retain(|p| p.y.is_finite());
            let name = snapshot
                .scenario
                .panels
                .get(k)
                .map_or(String::new(), |f| f.name.clone());
            FlowCurve::new(name, looks[k], looks[k].color(tokens), points)
        })
        .collect();
    let end = if snapshot.time > 0.0 { snapshot.time } else { 1.0 };
    let values = curves.iter().flat_map(|c| c.points.iter().map(|p| p.y));
    let (low, high) = metric.range(values.chain(exact));
    let line = tokens.text_weak;
    let plot = Plot::new(metric.id())
        .height(height)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .set_margin_fraction(egui::Vec2::ZERO)
        .grid_color(tokens.line)
        .show_crosshair(false)
        .label_formatter(move |hover: &HoverPosition<'_>| match hover {
            HoverPosition::NearDataPoint {
                plot_name, position, ..
            } => Some(format!(
                "{plot_name}\nt = {}\n{}",
                short(position.x),
                metric.text(position.y)
            )),
            HoverPosition::Elsewhere { .. } => None,
        })
        .custom_x_axes(vec![
            AxisHints::new_x()
                .label_spacing(Rangef::new(22.0, 26.0))
                .tick_label_color(line)
                .formatter(|mark: GridMark, _: &RangeInclusive<f64>| short(mark.value)),
        ])
        .custom_y_axes(vec![
            AxisHints::new_y()
                .label_spacing(Rangef::new(14.0, 18.0))
                .min_thickness(44.0)
                .tick_label_color(line)
                .formatter(move |mark: GridMark, _: &RangeInclusive<f64>| match metric {
                    Metric::Kl => metric.text(mark.value.round()),
                    _ => metric.text(mark.value),
                }),
        ])
        .x_grid_spacer(|input: GridInput| round_marks(input.bounds))
        .y_grid_spacer(move |_| metric.marks((low, high)));
    plot.show(ui, move |plot_ui| {
        plot_ui.set_plot_bounds(PlotBounds::from_min_max([0.0, low], [1.02 * end, high]));
        if let Some(value) = exact {
            plot_ui.hline(
                HLine::new("exact", value)
                    .color(line)
                    .width(1.2)
                    .style(LineStyle::dashed_dense())
                    .allow_hover(false),
            );
            let text = RichText::new(format!("exact {}", metric.text(value))).font(FontId::proportional(size::SMALL));
            let (at, anchor) = if value > low + 0.8 * (high - low) {
                (value, egui::Align2::LEFT_TOP)
            } else {
                (value, egui::Align2::LEFT_BOTTOM)
            };
            plot_ui.text(
                Text::new("exact", PlotPoint::new(0.015 * end, at), text)
                    .color(line)
                    .anchor(anchor)
                    .allow_hover(false),
            );
        }
        for curve in curves {
            plot_ui.add(curve);
        }
    });
}

fn point(metric: Metric, o: &Arc<Observables>, particles: usize) -> PlotPoint {
    PlotPoint::new(o.time, metric.value(o, particles))
}

/// A curve in the looks of a flow: egui's own lines know no dash-dot.
struct FlowCurve {
    base: PlotItemBase,
    look: Look,
    color: Color32,
    points: Vec<PlotPoint>,
}

impl FlowCurve {
    fn new(name: String, look: Look, color: Color32, points: Vec<PlotPoint>) -> Self {
        Self {
            base: PlotItemBase::new(name),
            look,
            color,
            points,
        }
    }
}

impl PlotItem for FlowCurve {
    fn shapes(&self, _ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let points: Vec<_> = self.points.iter().map(|p| transform.position_from_point(p)).collect();
        let width = if self.highlighted() { 3.2 } else { 2.2 };
        self.look.line(&points, Stroke::new(width, self.color), shapes);
        if let Some(last) = points.last() {
            shapes.push(Shape::circle_filled(*last, 3.2, self.color));
        }
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.color
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::Points(&self.points)
    }

    fn bounds(&self) -> PlotBounds {
        let mut bounds = PlotBounds::NOTHING;
        for p in &self.points {
            bounds.extend_with(p);
        }
        bounds
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}
