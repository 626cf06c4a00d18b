//! What is drawn into a plot: curves in the looks of flows, and bands.

use std::ops::RangeInclusive;

use eframe::egui::{Color32, Shape, Stroke, Ui};
use egui_plot::{FilledArea, PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotPoint, PlotTransform, PlotUi};

use super::looks::{Look, exact_line};
use super::theme::Theme;

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
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let points: Vec<_> = self.points.iter().map(|p| transform.position_from_point(p)).collect();
        let bold = Theme::of(ui).tokens().bold;
        let width = bold * if self.highlighted() { 3.0 } else { 2.0 };
        let stroke = Stroke::new(width, self.color);
        match self.drawn {
            Drawn::Flow(look) => look.line(&points, stroke, shapes),
            Drawn::Plain => shapes.push(Shape::line(points, stroke)),
            Drawn::Thin => shapes.push(Shape::line(points, Stroke::new(0.5 * width, self.color))),
            Drawn::Exact => exact_line(&points, (bold, self.color), shapes),
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
