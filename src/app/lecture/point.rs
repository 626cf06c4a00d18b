//! A ring around what the card points at.

use eframe::egui::{Color32, Context, Id, LayerId, Order, Rect, Stroke, StrokeKind};

use crate::app::App;
use crate::app::spots;
use crate::app::theme::Theme;
use crate::lecture::Pointer;

/// How long the ring breathes before it stands still (seconds): longer would be in the way of thinking.
const BREATHES: f64 = 8.0;
/// One breath (seconds).
const BREATH: f64 = 1.6;

/// How long a ring has been on show: of which card, since when.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    card: Option<usize>,
    since: f64,
}

impl App {
    /// What the card points at, while it is on show.
    pub(in crate::app) fn pointed_at(&self) -> Option<&Pointer> {
        self.hall.on.as_ref()?.card().point_at.as_ref()
    }

    /// Draws the ring, if what it is for has been drawn in this frame.
    pub(super) fn point_ui(&self, ctx: &Context) {
        let Some(on) = &self.hall.on else { return };
        let Some(pointer) = &on.card().point_at else { return };
        let Some(rect) = spots::find(ctx, pointer) else { return };
        let now = ctx.input(|i| i.time);
        let id = Id::unique(("pointing", ctx.viewport_id()));
        let mut shown: Shown = ctx.data(|data| data.get_temp(id)).unwrap_or_default();
        if shown.card != Some(on.card) {
            shown = Shown {
                card: Some(on.card),
                since: now,
            };
            ctx.data_mut(|data| data.insert_temp(id, shown));
        }
        let age = now - shown.since;
        let breath = if age < BREATHES && !self.figure {
            ctx.request_repaint_after_secs(1.0 / 30.0);
            (0.5 - 0.5 * (std::f64::consts::TAU * age / BREATH).cos()) as f32
        } else {
            0.0
        };
        let round = matches!(pointer, Pointer::Well { .. } | Pointer::Place { .. });
        let tokens = Theme::of_context(ctx).tokens();
        ring(ctx, rect, (round, breath), [tokens.accent, tokens.panel]);
    }
}

fn ring(ctx: &Context, rect: Rect, (round, breath): (bool, f32), [color, rim]: [Color32; 2]) {
    let painter = ctx.layer_painter(LayerId::new(Order::Middle, Id::unique("pointing")));
    let room = ctx.content_rect().shrink(3.0);
    let grown = rect.expand(4.0 + 5.0 * breath).intersect(room);
    // A light rim keeps it apart from whatever lies beneath.
    let strokes = [Stroke::new(7.0, rim.gamma_multiply(0.7)), Stroke::new(3.5, color)];
    for stroke in strokes {
        if round {
            painter.circle_stroke(grown.center(), 0.5 * grown.size().min_elem(), stroke);
        } else {
            painter.rect_stroke(grown, 8.0, stroke, StrokeKind::Middle);
        }
    }
}
