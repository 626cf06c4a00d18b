//! A line of the equation, laid out: its pieces, and the figures beneath them.

use std::sync::Arc;

use eframe::egui::{Color32, FontId, Galley, Painter};

use super::form::{self, Note, Piece, Side, TermOf};
use super::sizes::{Scale, Size};
use super::typeset::Set;
use crate::app::theme::size;
use crate::lecture::Term;
use crate::words::t;

/// Around a term.
const PAD: f32 = 5.0;

/// One line, ready to be painted.
pub(super) struct Line {
    /// The same in plain text.
    pub(super) text: String,
    pub(super) pieces: Vec<Laid>,
    pub(super) width: f32,
    pub(super) above: f32,
    pub(super) below: f32,
}

pub(super) struct Laid {
    pub(super) set: Set,
    pub(super) term: Option<TermOf>,
    pub(super) note: Option<Note>,
    /// What stands beneath it.
    pub(super) label: Option<(Arc<Galley>, Size)>,
    pub(super) width: f32,
}

/// The size of what stands beneath.
pub(super) fn label_size(size: f32) -> f32 {
    (0.62 * size).clamp(size::SMALL, 15.0)
}

/// Lays out a line.
pub(super) fn lay(
    painter: &Painter,
    pieces: &[Piece],
    size: f32,
    (on, scale): ((bool, bool), Option<&Scale<'_>>),
) -> Line {
    let font = FontId::proportional(label_size(size));
    let mut line = Line {
        text: form::text(pieces),
        pieces: Vec::new(),
        width: 0.0,
        above: 0.0,
        below: 0.0,
    };
    for (k, piece) in pieces.iter().enumerate() {
        let set = piece.math.set(painter, size);
        let switched = |term: TermOf| match term.side {
            Side::Transport => on.0,
            Side::Reaction => on.1,
        };
        let said = match piece.term {
            Some(term) if !switched(term) => Some(Size {
                short: t!("off").to_owned(),
                says: String::new(),
                help: String::new(),
            }),
            _ if piece.note.is_some() => piece
                .note
                .as_ref()
                .filter(|note| !note.label.is_empty())
                .map(|note| Size {
                    short: note.label.clone(),
                    says: note.label.clone(),
                    help: note.help.clone(),
                }),
            Some(term) => scale.and_then(|scale| scale.size(term)),
            // At the beginning of the law stands what the terms sum to.
            None if k == 0 && is_law(pieces) => scale.and_then(Scale::balance),
            None => None,
        };
        let label = said.map(|said| {
            let galley = painter.layout_no_wrap(said.short.clone(), font.clone(), Color32::PLACEHOLDER);
            (galley, said)
        });
        // Figures change their width with their digits; the line must not breathe with them.
        let least = match (&label, piece.term) {
            (Some(_), Some(_)) => 3.6 * font.size,
            (Some(_), None) if piece.note.is_some() => 0.0,
            (Some(_), None) => 6.4 * font.size,
            (None, _) => 0.0,
        };
        let pad = if piece.term.is_some() { 2.0 * PAD } else { 0.0 };
        let under = label.as_ref().map_or(0.0, |(galley, _)| galley.size().x.max(least));
        let width = set.width.max(under) + pad;
        line.above = line.above.max(set.above);
        line.below = line.below.max(set.below);
        line.width += width;
        line.pieces.push(Laid {
            set,
            term: piece.term,
            note: piece.note.clone(),
            label,
            width,
        });
    }
    line
}

fn is_law(pieces: &[Piece]) -> bool {
    pieces
        .iter()
        .any(|piece| piece.term.is_some_and(|t| t.term == Term::Transport))
}
