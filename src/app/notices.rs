//! Sentences that appear for a while: why something was refused, how to get back.

use eframe::egui;
use eframe::egui::{Align2, Context, Id, Order, RichText};

use super::theme::{Profile, size};
use super::widgets::release;
use crate::words::t;

/// How long a refusal stays (seconds).
const LIFETIME: f64 = 9.0;
/// How long a hint stays (seconds).
const GLIMPSE: f64 = 4.0;

/// A sentence on show.
#[derive(Debug)]
struct Notice {
    sentence: String,
    until: f64,
    refusal: bool,
}

/// The sentence on show, if any.
#[derive(Debug, Default)]
pub(super) struct Notices {
    current: Option<Notice>,
}

impl Notices {
    /// Shows why something was refused.
    pub(super) fn error(&mut self, ctx: &Context, sentence: &str) {
        self.show(ctx, sentence, (LIFETIME, true));
    }

    /// Says what has happened by itself, for as long as an error is said.
    pub(super) fn news(&mut self, ctx: &Context, sentence: &str) {
        self.show(ctx, sentence, (LIFETIME, false));
    }

    /// Shows what is good to know now.
    pub(super) fn hint(&mut self, ctx: &Context, sentence: &str) {
        self.show(ctx, sentence, (GLIMPSE, false));
    }

    fn show(&mut self, ctx: &Context, sentence: &str, (seconds, refusal): (f64, bool)) {
        self.current = Some(Notice {
            sentence: sentence.to_owned(),
            until: ctx.input(|i| i.time) + seconds,
            refusal,
        });
    }

    /// Draws the sentence, above everything.
    pub(super) fn ui(&mut self, ctx: &Context) {
        let Some(notice) = &self.current else { return };
        let left = notice.until - ctx.input(|i| i.time);
        if left <= 0.0 {
            self.current = None;
            return;
        }
        let mut dismissed = false;
        let tokens = Profile::of(ctx).tokens();
        let (fill, color) = if notice.refusal {
            (tokens.error, tokens.on_error)
        } else {
            (tokens.notice, tokens.on_notice)
        };
        egui::Area::new(Id::unique("notice"))
            .order(Order::Foreground)
            .anchor(Align2::CENTER_TOP, [0.0, 14.0])
            .show(ctx, |ui| {
                let frame = egui::Frame::new().fill(fill).corner_radius(6).inner_margin(10);
                frame.show(ui, |ui| {
                    ui.set_max_width(560.0);
                    ui.horizontal_wrapped(|ui| {
                        ui.label(RichText::new(&notice.sentence).size(size::BODY).color(color));
                        dismissed = notice.refusal && release(ui.button(t!("Dismiss"))).clicked();
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
