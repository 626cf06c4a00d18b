//! Three plots over time, each with a menu of what it shows; beneath or beside them the table of figures.

use std::ops::RangeInclusive;

use eframe::egui;
use eframe::egui::{Align, Color32, FontId, Rangef, Rect, RichText, Shape, Stroke, Ui};
use egui_plot::{
    AxisHints, FilledArea, GridInput, GridMark, HLine, HoverPosition, LineStyle, Plot, PlotBounds, PlotGeometry,
    PlotItem, PlotItemBase, PlotPoint, PlotTransform, PlotUi, Text,
};

use super::App;
use super::charts::Chart;
use super::layers::flow_looks;
use super::looks::{Look, exact_line};
use super::metric::{Metric, round_marks};
use super::theme::{Theme, Tokens, size};
use super::widgets::{entry, short};
use crate::engine::Report;
use crate::observe::Observables;
use crate::reference::{ExactEntry, ExactPanel, Solution};
use crate::snapshot::Snapshot;

impl App {
    /// The plots one above the other, the table beneath.
    pub(super) fn plots_right_ui(&mut self, ui: &mut Ui, report: &Report) {
        egui::ScrollArea::vertical().show(ui, |ui| {
            let table = 200.0;
            let height = ((ui.available_height() - table) / 3.0 - 30.0).clamp(90.0, 260.0);
            for slot in 0..3 {
                self.plot_ui(ui, report, slot, height);
            }
            ui.add_space(4.0);
            self.metrics_ui(ui, report);
        });
    }

    /// The plots side by side, the table at their right.
    pub(super) fn plots_below_ui(&mut self, ui: &mut Ui, report: &Report) {
        let room = ui.available_size();
        // What is not taken here is given up for good.
        ui.set_min_size(room);
        let gap = 14.0;
        // In a narrow window the curves matter more than the table, whose figures are in the panels as well.
        let table = (room.x > 640.0).then_some((0.3 * room.x).clamp(230.0, 420.0));
        let width = ((room.x - table.map_or(0.0, |t| t + gap) - 2.0 * gap) / 3.0).max(60.0);
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
        let width = (room.x - 2.0 * gap) / 3.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            self.plots_in_a_row_ui(ui, report, egui::vec2(width, room.y), (room.y - 30.0).max(40.0));
        });
    }

    /// The three plots, each with its menu in so much room.
    fn plots_in_a_row_ui(&mut self, ui: &mut Ui, report: &Report, room: egui::Vec2, height: f32) {
        for slot in 0..3 {
            ui.allocate_ui_with_layout(room, egui::Layout::top_down(Align::Min), |ui| {
                ui.set_width(room.x);
                ui.spacing_mut().item_spacing.x = 6.0;
                self.plot_ui(ui, report, slot, height);
            });
        }
    }

    fn plot_ui(&mut self, ui: &mut Ui, report: &Report, slot: usize, height: f32) {
        let tokens = Theme::of(ui).tokens();
        let snapshot = &report.snapshot;
        let moments = self.backdrop.moments(&snapshot.scenario.landscape()).copied();
        let chart = self.view.charts(snapshot, moments.as_ref())[slot];
        let panel = self.view.chart_panel(snapshot.panels.len());
        self.choice_ui(ui, snapshot, (slot, chart, panel));
        let end = if snapshot.time > 0.0 { snapshot.time } else { 1.0 };
        let axes = Axes {
            id: ["first plot", "second plot", "third plot"][slot],
            height,
            end,
            tokens,
        };
        match chart {
            Chart::Over(metric) => {
                let level = metric.exact(snapshot, moments.as_ref());
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
    }

    /// The title of a plot is its menu.
    fn choice_ui(&mut self, ui: &mut Ui, snapshot: &Snapshot, (slot, chart, panel): (usize, Chart, usize)) {
        let wells = snapshot.basins.len();
        let flow = snapshot.scenario.panels.get(panel).map_or("", |f| f.name.as_str());
        let width = ui.available_width().min(270.0);
        let mut name = chart.name(wells, flow);
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
            .height(460.0)
            .truncate();
        let combo = combo.show_ui(ui, |ui| {
            for choice in Chart::choices(wells) {
                let response = entry(ui, choice == chart, &choice.name(wells, flow));
                if response.on_hover_text(choice.help()).clicked() {
                    self.view.charts[slot] = Some(choice);
                }
            }
        });
        let accessible = [
            "Plotted number",
            "Plotted number, second plot",
            "Plotted number, third plot",
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
    let (mut bands, mut curves, mut brokens) = (Vec::new(), Vec::new(), Vec::new());
    let mut values: Vec<f64> = level.into_iter().collect();
    for &k in visible {
        let Some(panel) = snapshot.panels.get(k) else { continue };
        let solution = solution(report, k);
        let color = looks[k].color(axes.tokens);
        let name = snapshot
            .scenario
            .panels
            .get(k)
            .map_or(String::new(), |f| f.name.clone());
        let measured: Vec<(&Observables, f64)> = panel
            .history
            .iter()
            .chain([&panel.now])
            .filter(|o| o.time >= since)
            .filter_map(|o| {
                let exact = solution.and_then(|s| at_time(s, o.time));
                metric.value(o, exact, panel.particles).map(|v| (&**o, v))
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
        if let Some(solution) = solution.filter(|_| metric.has_exact()) {
            let broken: Vec<PlotPoint> = solved(solution, report)
                .filter(|e| e.observed.time >= since)
                .filter_map(|e| Some(PlotPoint::new(e.observed.time, metric.value(&e.observed, None, 1)?)))
                .collect();
            values.extend(broken.iter().map(|p| p.y));
            let dark = mix(color, axes.tokens.text);
            brokens.push(Item::Curve(Curve::new(
                format!("{name}, exact"),
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
                    Metric::Error { .. } => "exact".to_owned(),
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

/// What is drawn into a plot.
pub(super) enum Item {
    /// Between two values at each time: (time, low, high).
    Band(String, Vec<[f64; 3]>, Color32),
    /// A curve.
    Curve(Curve),
}

impl Item {
    /// Draws it.
    pub(super) fn add(self, plot_ui: &mut PlotUi<'_>) {
        match self {
            Self::Band(name, band, color) => {
                let column = |k: usize| band.iter().map(|row| row[k]).collect::<Vec<f64>>();
                let area = FilledArea::new(name, &column(0), &column(1), &column(2));
                plot_ui.add(area.fill_color(color).allow_hover(false));
            }
            Self::Curve(curve) => plot_ui.add(curve),
        }
    }
}

/// Half way between two colours.
pub(super) fn mix(a: Color32, b: Color32) -> Color32 {
    a.lerp_to_gamma(b, 0.45)
}

/// What all plots have in common.
#[derive(Clone, Copy)]
pub(super) struct Axes {
    id: &'static str,
    height: f32,
    end: f64,
    /// The colours.
    pub tokens: &'static Tokens,
}

impl Axes {
    /// The time at the right end.
    pub(super) fn end(self) -> f64 {
        1.02 * self.end
    }

    /// Shows a plot from time 0 to now, with these values on its y axis, marks there with their texts, and texts under the pointer.
    pub(super) fn show(
        self,
        ui: &mut Ui,
        (low, high): (f64, f64),
        (marks, mark_text): (Vec<GridMark>, impl Fn(f64) -> String + 'static),
        value_text: impl Fn(f64) -> String + 'static,
        draw: impl FnOnce(&mut PlotUi<'_>),
    ) -> Rect {
        let line = self.tokens.text_weak;
        let plot = Plot::new(self.id)
            .height(self.height)
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_double_click_reset(false)
            .allow_axis_zoom_drag(false)
            .set_margin_fraction(egui::Vec2::ZERO)
            .grid_color(self.tokens.line)
            .show_crosshair(false)
            .label_formatter(move |hover: &HoverPosition<'_>| match hover {
                HoverPosition::NearDataPoint {
                    plot_name, position, ..
                } => Some(format!(
                    "{plot_name}\nt = {}\n{}",
                    short(position.x),
                    value_text(position.y)
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
                    .formatter(move |mark: GridMark, _: &RangeInclusive<f64>| mark_text(mark.value)),
            ])
            .x_grid_spacer(|input: GridInput| round_marks(input.bounds))
            .y_grid_spacer(move |_| marks.clone());
        let shown = plot.show(ui, |plot_ui| {
            plot_ui.set_plot_bounds(PlotBounds::from_min_max([0.0, low], [self.end(), high]));
            draw(plot_ui);
        });
        *shown.transform.frame()
    }

    /// What the colours of a plot mean, as lines of text where they hide the fewest of `points` (shares of the plot's width and
    /// height from its upper left corner).
    pub(super) fn key(self, ui: &Ui, frame: Rect, points: &[(f32, f32)], rows: &[Key]) {
        const SAMPLE: f32 = 18.0;
        let painter = ui.painter().with_clip_rect(frame);
        let font = FontId::proportional(size::SMALL);
        let texts: Vec<_> = rows
            .iter()
            .map(|row| painter.layout_no_wrap(row.says.clone(), font.clone(), self.tokens.text))
            .collect();
        let width = texts.iter().fold(0.0f32, |w, t| w.max(t.size().x)) + SAMPLE + 12.0;
        let height = texts.iter().map(|t| t.size().y).sum::<f32>() + 4.0;
        let room = Rect::from_min_max(frame.min + egui::vec2(4.0, 3.0), frame.max - egui::vec2(4.0, 3.0));
        let place = |(across, down): (f32, f32)| {
            let free = egui::vec2(room.width() - width, room.height() - height).max(egui::Vec2::ZERO);
            let min = room.min + egui::vec2(across * free.x, down * free.y);
            Rect::from_min_size(min, egui::vec2(width, height))
        };
        let hidden = |plate: &Rect| {
            let at = |(x, y): &(f32, f32)| frame.min + egui::vec2(x * frame.width(), y * frame.height());
            points.iter().filter(|p| plate.contains(at(p))).count()
        };
        let places = [(1.0, 0.0), (0.0, 0.0), (1.0, 0.5), (1.0, 1.0)].map(place);
        // The first of the best: a key should not wander about.
        let Some(plate) = places.into_iter().min_by_key(hidden) else {
            return;
        };
        painter.rect_filled(plate, 3.0, self.tokens.field.gamma_multiply(0.85));
        let mut y = plate.top() + 2.0;
        for (row, text) in rows.iter().zip(texts) {
            let middle = y + 0.5 * text.size().y;
            let from = egui::pos2(plate.left() + 4.0, middle);
            let to = from + egui::vec2(SAMPLE, 0.0);
            match row.sample {
                Sample::Area => {
                    painter.rect_filled(
                        Rect::from_min_max(from, to).expand2(egui::vec2(0.0, 4.0)),
                        1.0,
                        row.color,
                    );
                }
                Sample::Line(width) => {
                    painter.line_segment([from, to], Stroke::new(width, row.color));
                }
                Sample::Marked(look) => {
                    painter.line_segment([from, to], Stroke::new(2.0, row.color));
                    painter.add(look.mark(from.lerp(to, 0.5), 3.5, row.color));
                }
            }
            let next = y + text.size().y;
            painter.galley(egui::pos2(to.x + 4.0, y), text, self.tokens.text);
            y = next;
        }
    }

    /// A hairline across the plot at a value that has a name.
    pub(super) fn level(self, plot_ui: &mut PlotUi<'_>, value: f64, says: &str, (low, high): (f64, f64)) {
        let line = self.tokens.text_weak;
        plot_ui.hline(
            HLine::new(says, value)
                .color(line)
                .width(1.0)
                .style(LineStyle::dotted_dense())
                .allow_hover(false),
        );
        let text = RichText::new(says).font(FontId::proportional(size::SMALL));
        let anchor = if value > low + 0.8 * (high - low) {
            egui::Align2::LEFT_TOP
        } else {
            egui::Align2::LEFT_BOTTOM
        };
        plot_ui.text(
            Text::new(says, PlotPoint::new(0.015 * self.end, value), text)
                .color(line)
                .anchor(anchor)
                .allow_hover(false),
        );
    }
}

/// A line of what the colours of a plot mean.
pub(super) struct Key {
    /// How it looks in the plot.
    pub sample: Sample,
    /// Its colour.
    pub color: Color32,
    /// What it is.
    pub says: String,
}

/// How something looks in a plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sample {
    /// An area.
    Area,
    /// A line of this width.
    Line(f32),
    /// A line with the marks of a flow.
    Marked(Look),
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Drawn {
    /// In the looks of a flow: what particles do.
    Flow(Look),
    /// As a plain line.
    Plain,
    /// As a thin line: estimates that are noisy.
    Thin,
    /// As a broken line: what is exact.
    Exact,
}

/// A curve. egui's own lines know neither marks nor this rhythm of dashes.
pub(super) struct Curve {
    base: PlotItemBase,
    drawn: Drawn,
    color: Color32,
    points: Vec<PlotPoint>,
}

impl Curve {
    /// A curve through these points.
    pub(super) fn new(name: String, drawn: Drawn, color: Color32, points: Vec<PlotPoint>) -> Self {
        Self {
            base: PlotItemBase::new(name),
            drawn,
            color,
            points,
        }
    }
}

impl PlotItem for Curve {
    fn shapes(&self, _ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let points: Vec<_> = self.points.iter().map(|p| transform.position_from_point(p)).collect();
        let width = if self.highlighted() { 3.0 } else { 2.0 };
        let stroke = Stroke::new(width, self.color);
        match self.drawn {
            Drawn::Flow(look) => look.line(&points, stroke, shapes),
            Drawn::Plain => shapes.push(Shape::line(points, stroke)),
            Drawn::Thin => shapes.push(Shape::line(points, Stroke::new(0.5 * width, self.color))),
            Drawn::Exact => exact_line(&points, self.color, shapes),
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
