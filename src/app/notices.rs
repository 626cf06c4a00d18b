//! Sentences that appear for a while: why something was refused, what just happened.

use eframe::egui;
use eframe::egui::{Align2, Context, Id, Order, RichText};

use super::theme::{Theme, size};

/// How long a sentence stays (seconds).
const LIFETIME: f64 = 9.0;

/// The sentence on show, if any.
#[derive(Debug, Default)]
pub(super) struct Notices {
    current: Option<(String, f64)>,
}

impl Notices {
    /// Shows why something was refused.
    pub(super) fn error(&mut self, ctx: &Context, sentence: &str) {
        self.current = Some((sentence.to_owned(), ctx.input(|i| i.time) + LIFETIME));
    }

    /// Draws the sentence, above everything.
    pub(super) fn ui(&mut self, ctx: &Context) {
        let Some((sentence, until)) = &self.current else { return };
        let left = until - ctx.input(|i| i.time);
        if left <= 0.0 {
            self.current = None;
            return;
        }
        let mut dismissed = false;
        let tokens = if ctx.theme() == egui::Theme::Dark {
            Theme::Dark
        } else {
            Theme::Light
        }
        .tokens();
        egui::Area::new(Id::unique("notice"))
            .order(Order::Foreground)
            .anchor(Align2::CENTER_TOP, [0.0, 14.0])
            .show(ctx, |ui| {
                let frame = egui::Frame::new().fill(tokens.error).corner_radius(6).inner_margin(10);
                frame.show(ui, |ui| {
                    ui.set_max_width(560.0);
                    ui.horizontal_wrapped(|ui| {
                        ui.label(RichText::new(sentence).size(size::BODY).color(tokens.on_error));
                        dismissed = ui.button("Dismiss").clicked();
                    });
                });
            });
        if dismissed {
            self.current = None;
        } else {
            ctx.request_repaint_after_secs(left as f32);
        }
    }
}
