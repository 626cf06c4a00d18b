//! A drawing of how networks were trained: their loss above that of the exact score, over the steps.

use std::io;
use std::ops::RangeInclusive;

use eframe::egui::{self, Align2, CentralPanel, Frame, Margin, RichText, Sense, vec2};
use egui_plot::{AxisHints, GridMark, Line, Plot, PlotPoint, Text, uniform_grid_spacer};

use super::theme::{Profile, apply, size};
use crate::digits::short;
use crate::render::stage::Stage;
use crate::train::Trained;
use crate::words::t;

/// The drawing as an SVG document.
///
/// # Errors
///
/// What the encoder says.
pub(crate) fn losses(trained: &[&Trained]) -> io::Result<Vec<u8>> {
    let ctx = egui::Context::default();
    crate::render::fonts::install(&ctx);
    apply(&ctx, Profile::default());
    let mut stage = Stage::new(&ctx, vec2(720.0, 420.0), 1.0);
    stage.play(3, |ui| {
        let tokens = Profile::default().tokens();
        let frame = Frame::new().fill(tokens.panel).inner_margin(Margin::same(12));
        CentralPanel::default().frame(frame).show(ui, |ui| {
            ui.label(RichText::new(t!("Loss above that of the exact score, over the steps")).color(tokens.text));
            let label = |mark: GridMark, _: &RangeInclusive<f64>| short(mark.value);
            // Decades, and no more of them than are there.
            let power = |mark: GridMark, _: &RangeInclusive<f64>| {
                if mark.value.fract().abs() < 1e-6 {
                    short(10_f64.powf(mark.value))
                } else {
                    String::new()
                }
            };
            let plot = Plot::new("losses")
                .sense(Sense::hover())
                .show_crosshair(false)
                .grid_color(tokens.line)
                .include_x(0.0)
                .y_grid_spacer(uniform_grid_spacer(|_| [1.0, 1.0, 1.0]))
                .custom_x_axes(vec![
                    AxisHints::new_x().tick_label_color(tokens.text_weak).formatter(label),
                ])
                .custom_y_axes(vec![
                    AxisHints::new_y()
                        .min_thickness(52.0)
                        .tick_label_color(tokens.text_weak)
                        .formatter(power),
                ]);
            plot.show(ui, |plot| {
                for (k, one) in trained.iter().enumerate() {
                    let color = tokens.models[k % tokens.models.len()];
                    let points: Vec<[f64; 2]> = one
                        .looks
                        .iter()
                        .map(|look| [look.step as f64, look.excess.max(1e-12).log10()])
                        .collect();
                    let Some([x, y]) = points.last().copied() else { continue };
                    let name = &one.network.about().name;
                    plot.line(Line::new(name, points).color(color).width(2.0));
                    let text = RichText::new(format!(" {name}")).size(size::SMALL).color(color);
                    plot.text(Text::new("", PlotPoint::new(x, y), text).anchor(Align2::LEFT_CENTER));
                }
            });
        });
    });
    stage.svg()
}
