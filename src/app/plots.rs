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
use super::layers::{flow_looks, well_name};
use super::looks::Look;
use super::theme::{Theme, Tokens, size};
use super::widgets::{percent, short};
use crate::engine::Report;
use crate::observe::Observables;
use crate::render::camera::{nice_step, ticks};
use crate::snapshot::Snapshot;

/// Divergences below this are drawn at it: they are nothing but sampling noise.
const KL_FLOOR: f64 = 1e-4;

/// What a plot shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metric {
    Mass { well: usize },
    Unreachable,
    Kl,
    Ess,
}

impl Metric {
    fn value(self, o: &Observables, particles: usize) -> f64 {
        match self {
            Self::Mass { well } => o.basin_mass.get(well).copied().unwrap_or(0.0),
            Self::Unreachable => o.unreachable,
            Self::Kl => o.kl.max(KL_FLOOR).log10(),
            Self::Ess => o.ess / particles.max(1) as f64,
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::Mass { .. } | Self::Unreachable | Self::Ess => percent(value),
            Self::Kl => short(10f64.powf(value)),
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Mass { .. } => "mass",
            Self::Unreachable => "unreachable",
            Self::Kl => "kl",
            Self::Ess => "ess",
        }
    }
}

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

    fn metrics(&self, snapshot: &Snapshot) -> [Metric; 3] {
        let well = self.view.target_well(snapshot);
        // With a single well its mass says nothing.
        let first = if snapshot.basins.len() > 1 {
            Metric::Mass { well }
        } else {
            Metric::Unreachable
        };
        [first, Metric::Kl, Metric::Ess]
    }

    fn plot_ui(&mut self, ui: &mut Ui, report: &Report, metric: Metric, height: f32) {
        let tokens = Theme::of(ui).tokens();
        ui.horizontal(|ui| {
            ui.set_min_height(24.0);
            match metric {
                Metric::Mass { well } => self.well_choice_ui(ui, &report.snapshot, well),
                Metric::Unreachable => {
                    ui.strong("Unreachable mass").on_hover_text(
                        "Equilibrium mass in places where no particle is near: reweighting alone cannot fill them.",
                    );
                }
                Metric::Kl => {
                    ui.strong("Distance from equilibrium, KL(ρ|π)")
                        .on_hover_text("Both laws smoothed alike, so that it is zero at equilibrium but for sampling noise. Logarithmic.");
                }
                Metric::Ess => {
                    ui.strong("Effective sample size / N").on_hover_text("(Σw)² / Σw² over N: 100 % when all weights are equal.");
                }
            }
        });
        let exact = match metric {
            Metric::Mass { well } => report.snapshot.basins.share.get(well).copied(),
            _ => None,
        };
        draw(
            ui,
            &report.snapshot,
            (metric, exact),
            &self.view.visible(report.snapshot.panels.len()),
            (height, tokens),
        );
    }

    fn well_choice_ui(&mut self, ui: &mut Ui, snapshot: &Snapshot, well: usize) {
        let n = snapshot.basins.len();
        ui.strong("Mass in");
        let name = |k: usize| match n {
            2 | 3 => format!("the {} well", well_name(k, n)),
            _ => well_name(k, n),
        };
        let combo = egui::ComboBox::from_id_salt("plotted well")
            .selected_text(name(well))
            .show_ui(ui, |ui| {
                for k in 0..n {
                    if ui.selectable_label(k == well, name(k)).clicked() {
                        self.view.well = Some(k);
                    }
                }
            });
        combo.response.accessible_name("Plotted well");
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
    let (low, high) = y_range(metric, &curves);
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
        .x_grid_spacer(time_marks)
        .y_grid_spacer(move |_| marks(metric, low, high));
    plot.show(ui, move |plot_ui| {
        plot_ui.set_plot_bounds(PlotBounds::from_min_max([0.0, low], [1.02 * end, high]));
        if let Some(share) = exact {
            plot_ui.hline(
                HLine::new("exact", share)
                    .color(line)
                    .width(1.2)
                    .style(LineStyle::dashed_dense())
                    .allow_hover(false),
            );
            let text = RichText::new(format!("exact {}", percent(share))).font(FontId::proportional(size::SMALL));
            let (at, anchor) = if share > 0.8 {
                (share, egui::Align2::LEFT_TOP)
            } else {
                (share, egui::Align2::LEFT_BOTTOM)
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

fn y_range(metric: Metric, curves: &[FlowCurve]) -> (f64, f64) {
    match metric {
        Metric::Mass { .. } | Metric::Unreachable | Metric::Ess => (-0.03, 1.06),
        Metric::Kl => {
            let values = || curves.iter().flat_map(|c| c.points.iter().map(|p| p.y));
            let low = values()
                .fold(f64::INFINITY, f64::min)
                .floor()
                .clamp(KL_FLOOR.log10(), 0.0);
            let high = values().fold(f64::NEG_INFINITY, f64::max).ceil().clamp(low + 1.0, 6.0);
            (low - 0.05, high + 0.1)
        }
    }
}

/// Round times, a handful of them.
fn time_marks(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let step_size = nice_step((high - low) / 5.0);
    ticks(low, high, 5)
        .into_iter()
        .map(|(value, _)| GridMark { value, step_size })
        .collect()
}

fn marks(metric: Metric, low: f64, high: f64) -> Vec<GridMark> {
    match metric {
        Metric::Kl => ((low.ceil() as i32)..=(high.floor() as i32))
            .map(|k| GridMark {
                value: f64::from(k),
                step_size: 1.0,
            })
            .collect(),
        _ => (0..=4)
            .map(|k| GridMark {
                value: 0.25 * f64::from(k),
                step_size: if k % 2 == 0 { 0.5 } else { 0.25 },
            })
            .collect(),
    }
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
