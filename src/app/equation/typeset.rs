//! A small layout of formulas: boxes on a baseline, made of text and strokes and so the same on a screen, in pixels and in paths.
//!
//! Lengths are in units of the size of the type unless said otherwise. The proportions are those of TeX, about.

use std::sync::Arc;

use eframe::egui::epaint::{PathShape, PathStroke};
use eframe::egui::{Color32, FontId, Galley, Painter, Pos2, Rect, Vec2, pos2, vec2};

use crate::render::fonts::Face;

/// The height at which fractions have their bar, and minus signs stand.
const AXIS: f32 = 0.25;
/// Size of the parts of a fraction, and of what is raised or lowered.
const PART: f32 = 0.82;
const SCRIPT: f32 = 0.7;
/// Thickness of bars.
const BAR: f32 = 0.055;
/// What no letter needs to know better: above the baseline, above it for small letters, and below for those with a tail.
const TALL: f32 = 0.72;
const SMALL: f32 = 0.46;
const TAIL: f32 = 0.21;
/// Parentheses reach so far from the axis.
const PAREN: f32 = 0.5;

/// A formula.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Math {
    /// Letters of one face.
    Letters(Face, String),
    /// Words of the window, smaller.
    Words(String),
    /// Nothing, so wide.
    Space(f32),
    /// One after the other.
    Row(Vec<Self>),
    /// One above the other.
    Fraction(Box<Self>, Box<Self>),
    /// Something lowered at its right.
    Sub(Box<Self>, Box<Self>),
    /// Something raised at its right.
    Sup(Box<Self>, Box<Self>),
    /// A square root.
    Root(Box<Self>),
    /// In parentheses, so much larger than usual.
    Parens(f32, Box<Self>),
}

/// Upright letters.
pub(super) fn up(text: &str) -> Math {
    Math::Letters(Face::Upright, text.to_owned())
}

/// Variables.
pub(super) fn it(text: &str) -> Math {
    Math::Letters(Face::Italic, text.to_owned())
}

/// One after the other.
pub(super) fn row<const N: usize>(parts: [Math; N]) -> Math {
    Math::Row(parts.into())
}

/// With something lowered.
pub(super) fn sub(base: Math, lowered: Math) -> Math {
    Math::Sub(base.into(), lowered.into())
}

/// Squared.
pub(super) fn squared(base: Math) -> Math {
    Math::Sup(base.into(), up("2").into())
}

/// In usual parentheses.
pub(super) fn parens(inner: Math) -> Math {
    Math::Parens(1.0, inner.into())
}

/// A sign between two things, with room around.
pub(super) fn sign(text: &str) -> Math {
    row([Math::Space(0.22), up(text), Math::Space(0.22)])
}

impl Math {
    /// The same in one line of plain text, for who cannot see it.
    pub(super) fn text(&self) -> String {
        let script = |base: &Self, sign: char, script: &Self| format!("{}{sign}{}", base.text(), script.text());
        match self {
            Self::Letters(Face::Double, text) => text.replace('E', "\u{1d53c}"),
            Self::Letters(_, text) | Self::Words(text) => text.clone(),
            Self::Space(wide) => if *wide < 0.2 { "" } else { " " }.to_owned(),
            Self::Row(parts) => parts.iter().map(Self::text).collect(),
            Self::Fraction(over, under) => format!("{}/{}", over.text(), under.text()),
            Self::Sub(base, lowered) => script(base, '_', lowered),
            Self::Sup(base, raised) => script(base, '^', raised),
            Self::Root(inner) => format!("√({})", inner.text()),
            Self::Parens(_, inner) => format!("({})", inner.text()),
        }
    }

    /// Every letter and its face; those of [`Math::Words`] are not among them.
    #[cfg(test)]
    pub(super) fn letters(&self, each: &mut dyn FnMut(Face, char)) {
        match self {
            Self::Letters(face, text) => text.chars().for_each(|c| each(*face, c)),
            Self::Words(_) | Self::Space(_) => {}
            Self::Row(parts) => parts.iter().for_each(|part| part.letters(each)),
            Self::Fraction(a, b) | Self::Sub(a, b) | Self::Sup(a, b) => {
                a.letters(each);
                b.letters(each);
            }
            Self::Root(inner) => inner.letters(each),
            Self::Parens(_, inner) => {
                each(Face::Upright, '(');
                each(Face::Upright, ')');
                inner.letters(each);
            }
        }
    }

    /// Sets it in type of this size (points).
    pub(super) fn set(&self, painter: &Painter, size: f32) -> Set {
        match self {
            Self::Letters(face, text) => {
                let (above, below) = heights(text);
                letters(
                    painter,
                    text,
                    FontId::new(size, face.family()),
                    (above * size, below * size),
                )
            }
            Self::Words(text) => {
                let small = (0.66 * size).max(12.0);
                letters(painter, text, FontId::proportional(small), (TALL * small, TAIL * small))
            }
            Self::Space(wide) => Set {
                width: wide * size,
                ..Set::default()
            },
            Self::Row(parts) => {
                let mut all = Set::default();
                for part in parts {
                    let next = part.set(painter, size);
                    let width = all.width + next.width;
                    all.put(next, vec2(all.width, 0.0));
                    all.width = width;
                }
                all
            }
            Self::Fraction(over, under) => {
                let [over, under] = [over, under].map(|part| part.set(painter, PART * size));
                let (bar, gap) = ((BAR * size).max(1.0), 0.14 * size);
                let width = over.width.max(under.width) + 0.16 * size;
                let [left, right] = [&over, &under].map(|part| 0.5 * (width - part.width));
                let mut all = Set::default();
                let axis = -AXIS * size;
                let (up, down) = (
                    axis - 0.5 * bar - gap - over.below,
                    axis + 0.5 * bar + gap + under.above,
                );
                all.put(over, vec2(left, up));
                all.put(under, vec2(right, down));
                all.pieces.push(Piece::Bar(Rect::from_x_y_ranges(
                    0.0..=width,
                    axis - 0.5 * bar..=axis + 0.5 * bar,
                )));
                all.width = width;
                all
            }
            Self::Sub(base, script) | Self::Sup(base, script) => {
                let down = if matches!(self, Self::Sub(..)) { 0.2 } else { -0.38 };
                let mut all = base.set(painter, size);
                let script = script.set(painter, SCRIPT * size);
                let width = all.width + script.width + 0.04 * size;
                all.put(script, vec2(all.width, down * size));
                all.width = width;
                all
            }
            Self::Root(inner) => {
                let inner = inner.set(painter, size);
                let (above, below) = (inner.above.max(0.6 * size) + 0.14 * size, inner.below.max(0.08 * size));
                let (lead, wide) = (0.62 * size, inner.width + 0.08 * size);
                let mut all = Set::default();
                all.put(inner, vec2(lead, 0.0));
                let corners = [(0.04, -0.30), (0.16, -0.38)].map(|(x, y)| pos2(x * size, y * size));
                let roof = [
                    pos2(0.34 * size, below),
                    pos2(lead - 0.06 * size, -above),
                    pos2(lead + wide, -above),
                ];
                // The stroke down is the thick one.
                all.pieces.push(Piece::Line(corners.to_vec(), 0.05 * size));
                all.pieces.push(Piece::Line(vec![corners[1], roof[0]], 0.1 * size));
                all.pieces.push(Piece::Line(roof.to_vec(), BAR * size));
                all.above = all.above.max(above + 0.5 * BAR * size);
                all.width = lead + wide + 0.06 * size;
                all
            }
            Self::Parens(larger, inner) => in_parens(painter, size, *larger, inner.set(painter, size)),
        }
    }
}

/// Puts something in parentheses, so much larger than usual.
fn in_parens(painter: &Painter, size: f32, larger: f32, inner: Set) -> Set {
    let mut all = Set::default();
    let font = FontId::new(larger * size, Face::Upright.family());
    let heights = [PAREN + AXIS, PAREN - AXIS].map(|reach| reach * larger * size);
    let paren = |sign: &str| letters(painter, sign, font.clone(), (heights[0], heights[1]));
    // Large ones stay on the axis.
    let down = (larger - 1.0) * AXIS * size;
    for (part, down) in [(paren("("), down), (inner, 0.0), (paren(")"), down)] {
        let width = all.width + part.width;
        all.put(part, vec2(all.width, down));
        all.width = width;
    }
    all
}

/// A formula in type: where it is inked, from the left end of its baseline, in points.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) width: f32,
    /// How far it reaches above the baseline, and below.
    pub(super) above: f32,
    pub(super) below: f32,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    /// Text by its upper left corner.
    Text(Vec2, Arc<Galley>),
    Bar(Rect),
    /// A line and how thick it is.
    Line(Vec<Pos2>, f32),
}

impl Set {
    /// Adds another one with its baseline moved.
    fn put(&mut self, other: Self, by: Vec2) {
        self.above = self.above.max(other.above - by.y);
        self.below = self.below.max(other.below + by.y);
        self.width = self.width.max(other.width + by.x);
        self.pieces.extend(other.pieces.into_iter().map(|piece| match piece {
            Piece::Text(at, galley) => Piece::Text(at + by, galley),
            Piece::Bar(rect) => Piece::Bar(rect.translate(by)),
            Piece::Line(points, thick) => Piece::Line(points.into_iter().map(|p| p + by).collect(), thick),
        }));
    }

    /// Paints it with its baseline beginning here.
    pub(super) fn paint(&self, painter: &Painter, from: Pos2, color: Color32) {
        let from = from.to_vec2();
        for piece in &self.pieces {
            match piece {
                Piece::Text(at, galley) => painter.galley((*at + from).to_pos2(), Arc::clone(galley), color),
                Piece::Bar(rect) => {
                    painter.rect_filled(rect.translate(from), 0.0, color);
                }
                Piece::Line(points, thick) => {
                    let points = points.iter().map(|p| *p + from).collect();
                    painter.add(PathShape::line(points, PathStroke::new(thick.max(1.0), color)));
                }
            }
        }
    }
}

/// Letters in one font, which reach so far above and below the baseline.
fn letters(painter: &Painter, text: &str, font: FontId, (above, below): (f32, f32)) -> Set {
    let galley = painter.layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
    let first = galley
        .rows
        .first()
        .and_then(|row| Some((row.pos.y, row.glyphs.first()?, row.glyphs.last()?)));
    let (base, width) = first.map_or((0.0, 0.0), |(y, first, last)| {
        (y + first.pos.y, last.pos.x + last.advance_width)
    });
    Set {
        width,
        above,
        below,
        pieces: vec![Piece::Text(vec2(0.0, -base), galley)],
    }
}

/// How far letters reach above and below the baseline.
fn heights(text: &str) -> (f32, f32) {
    let above = |c: char| {
        if "acegmnopqrsuvwxyzαγπρ−=+⋅".contains(c) {
            SMALL
        } else {
            TALL
        }
    };
    let below = |c: char| match c {
        '(' | ')' | '/' | '|' => PAREN - AXIS,
        'g' | 'p' | 'q' | 'y' | 'β' | 'γ' | 'ρ' => TAIL,
        _ => 0.0,
    };
    let fold = |f: &dyn Fn(char) -> f32| text.chars().map(f).fold(0.0, f32::max);
    (fold(&above), fold(&below))
}
