//! Figures around and on a panel: axes, and the mass of each well where it lies.

use eframe::egui::{Align2, Color32, FontId, Painter, Rect, Stroke, pos2, vec2};

use super::layers::well_name;
use super::theme::{Tokens, size};
use super::widgets::percent;
use crate::observe::Basins;
use crate::render::camera::{Projection, ticks};
use crate::space::Point;

/// Room for the numbers beneath a panel.
pub(super) const AXIS_HEIGHT: f32 = 18.0;
/// Room for the numbers at the left of a panel.
pub(super) const AXIS_WIDTH: f32 = 34.0;

/// More wells than this have one line of figures each.
const MANY: usize = 4;

/// Ticks and numbers beneath a panel and, where wanted, at its left.
pub(super) fn axes(painter: &Painter, rect: Rect, on: &Projection, at_left: bool, tokens: &Tokens) {
    let visible = on.visible();
    let font = FontId::proportional(size::SMALL);
    let stroke = Stroke::new(1.0, tokens.text_weak);
    for (x, text) in ticks(visible.min.x, visible.max.x, (rect.width() / 45.0) as usize) {
        let at = on.screen_from_world(Point::new(x, 0.0)).x as f32;
        painter.line_segment([pos2(at, rect.bottom()), pos2(at, rect.bottom() + 4.0)], stroke);
        // A number at the very edge would be cut off.
        let at = at.clamp(rect.left() + 8.0, rect.right() - 8.0);
        painter.text(
            pos2(at, rect.bottom() + 4.0),
            Align2::CENTER_TOP,
            text,
            font.clone(),
            tokens.text_weak,
        );
    }
    for (y, text) in ticks(visible.min.y, visible.max.y, (rect.height() / 45.0) as usize) {
        let at = on.screen_from_world(Point::new(0.0, y)).y as f32;
        painter.line_segment([pos2(rect.left() - 4.0, at), pos2(rect.left(), at)], stroke);
        if at_left {
            let at = at.clamp(rect.top() + 6.0, rect.bottom() - 6.0);
            painter.text(
                pos2(rect.left() - 6.0, at),
                Align2::RIGHT_CENTER,
                text,
                font.clone(),
                tokens.text_weak,
            );
        }
    }
}

/// The mass of each well, large and near it, with its exact share beneath.
pub(super) fn masses(
    painter: &Painter,
    rect: Rect,
    on: &Projection,
    (basins, mass): (&Basins, &[f64]),
    (color, tokens): (Color32, &Tokens),
) {
    let n = basins.len().min(mass.len());
    if n < 2 || rect.width() < 90.0 || rect.height() < 90.0 {
        return;
    }
    let places: Vec<_> = basins.centers[..n]
        .iter()
        .map(|c| {
            let s = on.screen_from_world(*c);
            pos2(s.x as f32, s.y as f32)
        })
        .collect();
    // Wells that stand in a row have their figures beneath, clear of the particles; others have them beside.
    let apart = places.windows(2).map(|p| p[1].x - p[0].x).fold(f32::INFINITY, f32::min);
    let in_row = apart >= 64.0;
    let large = if in_row && apart >= 84.0 { size::MASS } else { 15.0 };
    for (k, place) in places.into_iter().enumerate() {
        if !rect.expand(40.0).contains(place) {
            continue;
        }
        let figure = painter.layout_no_wrap(percent(mass[k]), FontId::proportional(large), color);
        let exact = if in_row {
            format!("{}, exact {}", well_name(k, n), percent(basins.share[k]))
        } else {
            format!("exact {}", percent(basins.share[k]))
        };
        let exact = if in_row && apart < 120.0 {
            percent(basins.share[k]) + " exact"
        } else {
            exact
        };
        if n > MANY {
            // Many plates would hide what they describe: one short line each.
            let line = format!("{} / {}", percent(mass[k]), percent(basins.share[k]));
            let galley = painter.layout_no_wrap(line, FontId::proportional(size::BODY), color);
            let plate = Rect::from_center_size(place + vec2(0.0, 22.0), galley.size() + vec2(6.0, 0.0));
            painter.rect_filled(plate, 4.0, tokens.plate.gamma_multiply(0.85));
            painter.galley(plate.min + vec2(3.0, 0.0), galley, color);
            continue;
        }
        let exact = painter.layout_no_wrap(exact, FontId::proportional(size::SMALL), tokens.text_weak);
        let extent = vec2(
            figure.size().x.max(exact.size().x),
            figure.size().y + exact.size().y - 2.0,
        );
        let middle = if in_row {
            pos2(place.x, rect.bottom() - 8.0 - 0.5 * extent.y)
        } else {
            place + vec2(0.0, 16.0 + 0.5 * extent.y)
        };
        let room = rect.shrink2(0.5 * extent + vec2(6.0, 3.0));
        let middle = if room.is_positive() {
            middle.clamp(room.min, room.max)
        } else {
            middle
        };
        let plate = Rect::from_center_size(middle, extent + vec2(10.0, 2.0));
        painter.rect_filled(plate, 5.0, tokens.plate);
        let figure_at = pos2(middle.x - 0.5 * figure.size().x, plate.top());
        let exact_at = pos2(middle.x - 0.5 * exact.size().x, plate.bottom() - exact.size().y - 1.0);
        painter.galley(figure_at, figure, color);
        painter.galley(exact_at, exact, tokens.text_weak);
    }
}
