//! What all plots have in common: their axes, what is dimmed because it is yet to come, and the key of their colours.

use std::ops::RangeInclusive;

use eframe::egui;
use eframe::egui::{Align2, Color32, FontId, Rangef, Rect, RichText, Role, Sense, Stroke, Ui, WidgetInfo};
use egui_plot::{
    AxisHints, GridInput, GridMark, HLine, HoverPosition, LineStyle, Plot, PlotBounds, PlotPoint, PlotUi, Polygon,
    Text, VLine,
};

use super::looks::Look;
use super::metric::round_marks;
use super::theme::{Tokens, size};
use super::widgets::{percent, sentence, short};
use crate::engine::Report;
use crate::words::{said, t};

/// How opaque the plate of a key is.
pub(super) const KEY: f32 = 0.85;
/// How much of what is yet to come is covered.
const VEIL: f32 = 0.68;

/// What all plots have in common.
#[derive(Clone, Copy)]
pub(super) struct Axes {
    id: &'static str,
    height: f32,
    end: f64,
    /// Now, where more is known to come.
    now: Option<f64>,
    /// Whether time is the way from noise to data.
    way: bool,
    /// The colours.
    pub tokens: &'static Tokens,
}

impl Axes {
    /// The axes of a plot of this height: to now, or to the end of what is known to come.
    pub(super) fn of(id: &'static str, height: f32, report: &Report, tokens: &'static Tokens) -> Self {
        let time = report.snapshot.time;
        let ahead = report.ahead.iter().filter_map(|panel| panel.last()).map(|o| o.time);
        let last = ahead.fold(time, f64::max);
        let way = report.snapshot.scenario.is_reverse();
        Self {
            id,
            height,
            end: if last > 0.0 && !way { last } else { 1.0 },
            now: (last > time).then_some(time),
            way,
            tokens,
        }
    }

    /// Whether something at this time has happened yet.
    pub(super) fn is_past(self, time: f64) -> bool {
        self.now.is_none_or(|now| time <= now)
    }

    /// The time at the right end.
    pub(super) fn end(self) -> f64 {
        // The word at the end needs some room.
        let beyond = if self.way { 1.07 } else { 1.02 };
        beyond * self.end
    }

    /// Shows a plot from time 0 to its end, with these values on its y axis, marks there with their texts, and texts under the pointer.
    pub(super) fn show(
        self,
        ui: &mut Ui,
        (low, high): (f64, f64),
        (marks, mark_text): (Vec<GridMark>, impl Fn(f64) -> String + 'static),
        value_text: impl Fn(f64) -> String + 'static,
        draw: impl FnOnce(&mut PlotUi<'_>),
    ) -> Rect {
        let line = self.tokens.text_weak;
        let way = self.way;
        let plot = Plot::new(self.id)
            .height(self.height)
            // There is nothing to press in it: Tab need not stop here.
            .sense(Sense::hover())
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
                } => {
                    let time = if way {
                        t!("{share} of the way", share = percent(position.x))
                    } else {
                        format!("t = {}", short(position.x))
                    };
                    Some(format!("{plot_name}\n{time}\n{}", value_text(position.y)))
                }
                HoverPosition::Elsewhere { .. } => None,
            })
            .custom_x_axes(vec![
                AxisHints::new_x()
                    .label_spacing(Rangef::new(22.0, 26.0))
                    .tick_label_color(line)
                    .formatter(move |mark: GridMark, _: &RangeInclusive<f64>| {
                        if way && mark.value.abs() < 1e-9 {
                            t!("noise").to_owned()
                        } else if way && (mark.value - 1.0).abs() < 1e-9 {
                            t!("data").to_owned()
                        } else {
                            short(mark.value)
                        }
                    }),
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
            if let Some(now) = self.now {
                self.veil(plot_ui, now, (low, high));
            }
        });
        let name = sentence(said(self.id));
        let info = || WidgetInfo::labeled(Role::Image, true, &name);
        shown.response.widget_info(info);
        *shown.transform.frame()
    }

    /// Dims what is yet to come, and draws the line where it begins.
    fn veil(self, plot_ui: &mut PlotUi<'_>, now: f64, (low, high): (f64, f64)) {
        let corners = vec![[now, low], [self.end(), low], [self.end(), high], [now, high]];
        plot_ui.polygon(
            Polygon::new("to come", corners)
                .fill_color(self.tokens.field.gamma_multiply(VEIL))
                .stroke(Stroke::NONE)
                .allow_hover(false),
        );
        plot_ui.vline(
            VLine::new("now", now)
                .color(self.tokens.text)
                .width(1.2 * self.tokens.bold)
                .allow_hover(false),
        );
        let room = now < 0.8 * self.end();
        let anchor = if room { Align2::LEFT_TOP } else { Align2::RIGHT_TOP };
        let now_said = t!("now");
        let text = if room {
            format!(" {now_said}")
        } else {
            format!("{now_said} ")
        };
        let text = RichText::new(text).font(FontId::proportional(size::SMALL));
        plot_ui.text(
            Text::new("now", PlotPoint::new(now, high), text)
                .color(self.tokens.text)
                .anchor(anchor)
                .allow_hover(false),
        );
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
        painter.rect_filled(plate, 3.0, self.tokens.field.gamma_multiply(KEY));
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
                    painter.line_segment([from, to], Stroke::new(self.tokens.bold * width, row.color));
                }
                Sample::Marked(look) => {
                    painter.line_segment([from, to], Stroke::new(2.0 * self.tokens.bold, row.color));
                    painter.add(look.mark(from.lerp(to, 0.5), 3.5 * self.tokens.bold, row.color));
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
                .width(self.tokens.bold)
                .style(LineStyle::dotted_dense())
                .allow_hover(false),
        );
        let text = RichText::new(says).font(FontId::proportional(size::SMALL));
        let anchor = if value > low + 0.8 * (high - low) {
            Align2::LEFT_TOP
        } else {
            Align2::LEFT_BOTTOM
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
