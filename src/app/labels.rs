//! Figures around and on a panel: axes, and the mass of each well where it lies.

use std::sync::Arc;

use eframe::egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2, pos2, vec2};

use super::layers::well_name;
use super::phase::Canvas;
use super::theme::{Tokens, size};
use super::widgets::percent;
use crate::observe::Basins;
use crate::render::camera::{Projection, ticks};
use crate::snapshot::Plane;
use crate::space::Point;
use crate::words::t;

/// Room for the numbers beneath a panel.
pub(super) const AXIS_HEIGHT: f32 = 18.0;
/// Room for the numbers at the left of a panel.
pub(super) const AXIS_WIDTH: f32 = 34.0;

/// Room at the top of a phase portrait for the name of its axis.
const NAME_OF_AXIS: f32 = 32.0;

/// More wells than this have one line of figures each.
const MANY: usize = 4;

/// Ticks and numbers beneath a panel and, where wanted, at its left.
pub(super) fn axes(painter: &Painter, rect: Rect, (canvas, on): (Canvas, &Projection), at_left: bool, tokens: &Tokens) {
    let visible = canvas.rect_from_world(on.visible());
    let place = |p: Point| on.screen_from_world(canvas.world_from_plane(p));
    let font = FontId::proportional(size::SMALL);
    let stroke = Stroke::new(tokens.bold, tokens.text_weak);
    for (x, text) in ticks(visible.min.x, visible.max.x, (rect.width() / 56.0) as usize) {
        let at = place(Point::new(x, 0.0)).x as f32;
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
    for (y, text) in ticks(visible.min.y, visible.max.y, (rect.height() / 46.0) as usize) {
        let at = place(Point::new(0.0, y)).y as f32;
        painter.line_segment([pos2(rect.left() - 4.0, at), pos2(rect.left(), at)], stroke);
        let clear = at.clamp(rect.top() + 6.0, rect.bottom() - 6.0);
        if at_left {
            painter.text(
                pos2(rect.left() - 6.0, clear),
                Align2::RIGHT_CENTER,
                text,
                font.clone(),
                tokens.text_weak,
            );
        } else if canvas.plane != Plane::Positions && clear == at && at > rect.top() + NAME_OF_AXIS {
            // The numbers of the first panel are those of positions, so these have their own, inside.
            let galley = painter.layout_no_wrap(text, font.clone(), tokens.text_weak);
            let place = Align2::LEFT_CENTER.anchor_size(pos2(rect.left() + 4.0, at), galley.size());
            painter.rect_filled(place.expand2(vec2(2.0, -1.0)), 3.0, tokens.plate);
            painter.galley(place.min, galley, tokens.text_weak);
        }
    }
}

/// A sentence on a plate.
pub(super) struct Note {
    plate: Rect,
    text: Arc<Galley>,
    inset: Vec2,
}

impl Note {
    /// In the upper left corner of a picture, in as many lines as it takes.
    pub(super) fn in_corner(painter: &Painter, picture: Rect, text: &str, tokens: &Tokens) -> Self {
        let font = FontId::proportional(size::SMALL);
        let text = painter.layout(text.to_owned(), font, tokens.text, picture.width() - 16.0);
        let place = Align2::LEFT_TOP.anchor_size(picture.min + vec2(6.0, 6.0), text.size());
        let inset = vec2(4.0, 1.0);
        Self {
            plate: place.expand2(inset),
            text,
            inset,
        }
    }

    /// What the axes of a phase portrait are, inside the picture.
    pub(super) fn of_axes(painter: &Painter, picture: Rect, names: [&str; 2], tokens: &Tokens) -> [Self; 2] {
        let places = [
            (picture.right_bottom() + vec2(-6.0, -4.0), Align2::RIGHT_BOTTOM),
            (picture.left_top() + vec2(6.0, 4.0), Align2::LEFT_TOP),
        ];
        std::array::from_fn(|k| {
            let font = FontId::proportional(size::BODY);
            let text = painter.layout_no_wrap(names[k].to_owned(), font, tokens.text);
            let inset = vec2(4.0, 1.0);
            Self {
                plate: places[k].1.anchor_size(places[k].0, text.size()).expand2(inset),
                text,
                inset,
            }
        })
    }

    /// What it covers.
    pub(super) const fn plate(&self) -> Rect {
        self.plate
    }

    /// Draws it.
    pub(super) fn paint(self, painter: &Painter, tokens: &Tokens) {
        painter.rect_filled(self.plate, 4.0, tokens.plate);
        painter.galley(self.plate.min + self.inset, self.text, tokens.text);
    }
}

/// The figures of one well.
pub(super) struct Mass {
    plate: Rect,
    figure: Arc<Galley>,
    note: Arc<Galley>,
    note_height: f32,
    outlined: bool,
}

impl Mass {
    /// What it covers.
    pub(super) const fn plate(&self) -> Rect {
        self.plate
    }

    /// Draws it, in the colour of its flow.
    pub(super) fn paint(self, painter: &Painter, (color, tokens): (Color32, &Tokens)) {
        let (plate, middle) = (self.plate, self.plate.center());
        painter.rect_filled(plate, 5.0, tokens.plate);
        if self.outlined {
            painter.rect_stroke(plate, 5.0, Stroke::new(1.5 * tokens.bold, color), StrokeKind::Inside);
        }
        painter.galley(
            pos2(middle.x - 0.5 * self.figure.size().x, plate.top()),
            self.figure,
            color,
        );
        let at = pos2(
            middle.x - 0.5 * self.note.size().x,
            plate.bottom() - self.note_height - 3.0,
        );
        painter.galley(at, self.note, tokens.text_weak);
    }
}

/// The mass of each well, large and near it, with what it should be beneath: that of the exact solution where there is one,
/// and that of the target π. The plotted well is outlined. Plates keep clear of each other and of those `taken`.
pub(super) fn masses(
    painter: &Painter,
    (rect, taken): (Rect, &[Rect]),
    on: &Projection,
    (basins, canvas): (&Basins, Canvas),
    (mass, exact, plotted): (&[f64], Option<&[f64]>, usize),
    (color, tokens): (Color32, &Tokens),
) -> Vec<Mass> {
    let n = basins.len().min(mass.len());
    if n < 2 || rect.width() < 90.0 || rect.height() < 90.0 {
        return Vec::new();
    }
    let places: Vec<_> = basins.centers[..n]
        .iter()
        .map(|c| {
            let s = on.screen_from_world(canvas.well(*c));
            pos2(s.x as f32, s.y as f32)
        })
        .collect();
    // On a large picture the figures are larger: they are read from the back row.
    let scale = (rect.size().min_elem() / 320.0).clamp(1.0, 1.7);
    let Some(style) = Style::of(&places, n, (scale, exact.is_some())) else {
        return Vec::new();
    };
    let mut taken = taken.to_vec();
    let mut masses = Vec::with_capacity(n);
    for (k, place) in places.into_iter().enumerate() {
        if !rect.expand(40.0).contains(place) {
            continue;
        }
        let (share, target) = (percent(mass[k]), percent(basins.share[k]));
        let well = well_name(k, n);
        let exact = exact.and_then(|masses| masses.get(k)).map(|m| percent(*m));
        // Where there is room for one number only, it is the one that the particles should have now.
        let should = exact.as_ref().unwrap_or(&target).clone();
        let [both, one, named] = match &exact {
            Some(exact) => [
                t!("exact {exact}, target {target}", exact, target),
                t!("exact {share}", share = exact),
                t!("{well}, exact {share}", well, share = exact),
            ],
            None => [
                t!("{well}, target {share}", well, share = target),
                t!("target {share}", share = target),
                t!("{well}, target {share}", well, share = target),
            ],
        };
        let (figure, note) = match style {
            Style::RowWide => ((share, size::MASS * scale), both),
            Style::Row => ((share, size::MASS * scale), one),
            Style::RowNarrow => ((share, size::BODY), should),
            Style::RowTiny => ((share, size::SMALL), String::new()),
            Style::Beside => ((share, size::HEADING), named),
            // Many plates would hide what they describe: one short line each.
            Style::Many => ((format!("{share} / {should}"), size::BODY), String::new()),
        };
        let figure = painter.layout_no_wrap(figure.0, FontId::proportional(figure.1), color);
        let note = painter.layout_no_wrap(note, FontId::proportional(size::SMALL), tokens.text_weak);
        let note_height = if note.size().x > 0.0 {
            note.size().y - 2.0 * scale
        } else {
            0.0
        };
        let extent = vec2(figure.size().x.max(note.size().x), figure.size().y + note_height);
        let room = rect.shrink2(0.5 * extent + vec2(6.0, 3.0));
        let plate_at = |middle: Pos2| {
            let middle = if room.is_positive() {
                middle.clamp(room.min, room.max)
            } else {
                middle
            };
            Rect::from_center_size(middle, extent + vec2(8.0, 2.0))
        };
        let is_free = |plate: &Rect| taken.iter().all(|t: &Rect| !t.intersects(*plate));
        let plate = if style.in_row() {
            // A little higher where a mark is in the way.
            let heights = [8.0, 30.0].map(|up| plate_at(pos2(place.x, rect.bottom() - up - 0.5 * extent.y)));
            heights.into_iter().find(is_free).unwrap_or(heights[0])
        } else {
            // Beneath the well, or where no other plate is in the way.
            let (aside, off) = (14.0 + 0.5 * extent.x, 14.0 + 0.5 * extent.y);
            let near = [vec2(0.0, off), vec2(0.0, -off), vec2(aside, 0.0), vec2(-aside, 0.0)];
            // Farther away where marks stand around the well.
            let places = near.into_iter().chain(near.map(|by| 2.0 * by));
            let mut free = places.map(|by| plate_at(place + by));
            free.find(is_free).unwrap_or(plate_at(place + near[0]))
        };
        taken.push(plate);
        masses.push(Mass {
            plate,
            figure,
            note,
            note_height,
            outlined: n > 2 && k == plotted,
        });
    }
    if style.in_row() {
        // A row stays a row.
        let top = masses
            .iter()
            .map(|mass: &Mass| mass.plate.top())
            .fold(f32::INFINITY, f32::min);
        for mass in &mut masses {
            mass.plate = mass.plate.translate(vec2(0.0, top - mass.plate.top()));
        }
    }
    masses
}

/// Where the figures of the wells stand and how much they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// In a row beneath the wells, clear of the particles.
    RowWide,
    Row,
    RowNarrow,
    RowTiny,
    /// Beside each well.
    Beside,
    /// Beside each well, in one short line.
    Many,
}

impl Style {
    /// The style for wells at these places; `None` where plates would hide each other.
    fn of(places: &[Pos2], n: usize, (scale, exact): (f32, bool)) -> Option<Self> {
        let spread = |of: fn(&Pos2) -> f32| {
            let (low, high) = places
                .iter()
                .map(of)
                .fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
            high - low
        };
        let apart = places.windows(2).map(|p| p[1].x - p[0].x).fold(f32::INFINITY, f32::min);
        // The widest figure is "100 %", and plates keep a gap.
        let figure = 3.1 * size::MASS * scale;
        let in_row = spread(|p| p.x) > 4.0 * spread(|p| p.y) || (n <= 3 && apart > figure.max(70.0));
        match (in_row, apart) {
            (true, _) if apart > figure.max(if exact { 162.0 } else { 124.0 }) => Some(Self::RowWide),
            (true, _) if apart > figure.max(70.0) => Some(Self::Row),
            (true, 52.0..) => Some(Self::RowNarrow),
            (true, 42.0..) => Some(Self::RowTiny),
            (true, _) => None,
            (false, _) if n <= MANY => Some(Self::Beside),
            (false, _) => Some(Self::Many),
        }
    }

    const fn in_row(self) -> bool {
        matches!(self, Self::RowWide | Self::Row | Self::RowNarrow | Self::RowTiny)
    }
}
