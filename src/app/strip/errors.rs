//! The band of errors: the density less that of the target, bin by bin, and what of it may be chance.

use eframe::egui::{Align2, Color32, FontId, Painter, Rect, Shape, Stroke, pos2};

use super::super::theme::{Tokens, size};
use super::board::{Board, GAP};
use super::scale::CERTAIN;
use crate::observe::Profile;
use crate::render::camera::ticks;
use crate::words::t;

/// How strong the band of chance is.
pub(super) const CHANCE: f32 = 0.4;

/// Bars of a panel, in its colour, on a grey band of two standard errors; the exact solution dotted.
pub(super) fn paint(
    painter: &Painter,
    board: &Board,
    (profile, exact): (&Profile, Option<(&[f64], f32)>),
    (color, tokens): (Color32, &Tokens),
) {
    let Some(place) = board.errors else { return };
    let (target, excess) = (&profile.target, &profile.excess);
    let inner = painter.with_clip_rect(place);
    let zero = board.excess(place, 0.0);
    let edge = |b: usize| board.x(target.bin(b));
    let (low, high) = board.ends();
    let seen = |b: &usize| target.bin(b + 1) > low && target.bin(*b) < high;
    // The band is one shape without seams, the bars stand apart.
    let grey = tokens.text_weak.gamma_multiply(CHANCE);
    for b in (0..excess.error.len()).filter(seen) {
        let half = CERTAIN * excess.error[b];
        let tall = [half, -half].map(|value| board.excess(place, value));
        inner.rect_filled(
            Rect::from_min_max(pos2(edge(b), tall[0]), pos2(edge(b + 1), tall[1])),
            0.0,
            grey,
        );
    }
    for b in (0..excess.density.len()).filter(seen) {
        let to = board.excess(place, excess.density[b]);
        let gap = (0.12 * (edge(b + 1) - edge(b))).clamp(0.5, 2.0);
        let bar = Rect::from_two_pos(pos2(edge(b) + gap, zero), pos2(edge(b + 1) - gap, to));
        inner.rect_filled(bar, 0.0, color);
    }
    painter.hline(
        board.picture.x_range(),
        zero,
        Stroke::new(tokens.bold, tokens.text_weak),
    );
    if let Some((exact, strength)) = exact {
        let (law, goal) = (target.by_bins(exact), target.by_bins(&target.density));
        let middle = |b: usize| 0.5 * (edge(b) + edge(b + 1));
        let curve: Vec<_> = (0..law.len())
            .filter(seen)
            .map(|b| pos2(middle(b), board.excess(place, law[b] - goal[b])))
            .collect();
        let stroke = Stroke::new(2.6 * tokens.bold, tokens.exact.gamma_multiply(strength));
        inner.extend(Shape::dashed_line(&curve, stroke, 2.6 * tokens.bold, 5.0 * tokens.bold));
    }
    names(painter, board, (place, profile), tokens);
}

/// What the band is called, and what all of it adds up to.
fn names(painter: &Painter, board: &Board, (place, profile): (Rect, &Profile), tokens: &Tokens) {
    let font = FontId::proportional(size::BODY);
    let between = place.top() - 0.5 * GAP;
    let total = painter.layout_no_wrap(total(profile), font.clone(), tokens.text);
    let right = Align2::RIGHT_CENTER.anchor_size(pos2(board.picture.right() - 8.0, between), total.size());
    let room = right.left() - board.picture.left() - 18.0;
    painter.galley(right.min, total, tokens.text);
    let longer = painter.layout_no_wrap(t!("difference ρ − π").to_owned(), font.clone(), tokens.text);
    let name = if longer.size().x < room {
        longer
    } else {
        painter.layout_no_wrap("ρ − π".to_owned(), font, tokens.text)
    };
    let left = Align2::LEFT_CENTER.anchor_size(pos2(board.picture.left() + 8.0, between), name.size());
    painter.galley(left.min, name, tokens.text);
}

/// What the bin at a coordinate along the axis has too much, with its standard error.
pub(super) fn at(profile: &Profile, along: f64) -> Option<(f64, f64)> {
    let b = (along - profile.target.bin(0)) / profile.target.bin_width();
    let b = if b >= 0.0 { b as usize } else { return None };
    let excess = &profile.excess;
    Some((*excess.density.get(b)?, *excess.error.get(b)?))
}

/// The L1 distance, and what of it chance would make.
pub(super) fn total(profile: &Profile) -> String {
    let excess = &profile.excess;
    t!(
        "L1 {distance}, by chance {chance}",
        distance = digits(excess.l1),
        chance = digits(excess.by_chance)
    )
}

/// Two digits that count, from 0 to 2.
fn digits(value: f64) -> String {
    if value >= 0.0995 {
        format!("{value:.2}")
    } else if value >= 0.000_95 {
        format!("{value:.3}")
    } else {
        format!("{value:.4}")
    }
}

/// Values with a number, above zero and below.
pub(super) fn levels(board: &Board) -> Vec<(f32, String)> {
    let Some(place) = board.errors else { return Vec::new() };
    let most = board.scale.excess;
    let each = ticks(-most, most, ((place.height() / 26.0) as usize).max(2));
    each.into_iter()
        .map(|(value, text)| (board.excess(place, value), text))
        .collect()
}
