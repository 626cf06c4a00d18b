//! What is drawn on a strip, from the potential up to the key.

use std::borrow::Cow;
use std::sync::Arc;

use eframe::egui::epaint::{BandPoint, BandShape};
use eframe::egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

use super::super::App;
use super::super::discs;
use super::super::exact;
use super::super::panel::{Place, drawn};
use super::super::theme::{Tokens, size};
use super::super::widgets::{percent, short};
use super::board::Board;
use super::errors;
use super::scale::{CERTAIN, LONGEST};
use crate::flow::Flow;
use crate::observe::{Axis, Profile};
use crate::render::camera::{Projection, nice_step};
use crate::snapshot::Dot;
use crate::words::t;

/// Particles hover up to so far above the potential (points), each at a height of its own.
const CLOUD: f32 = 16.0;
/// From one arrow to the next of its kind, at least (points).
const APART: f64 = 13.0;
/// Arrows shorter than this are left out (points).
const SHORTEST: f32 = 3.0;
/// Arrows fade where the density is below these shares of its band: gone, and full.
const FADES: (f64, f64) = (0.012, 0.08);
/// How strong an exact curve is that is of another state.
const OLD: f32 = 0.28;
/// Height of a row of the key (points).
const ROW: f32 = 20.0;

/// The marginal of the exact solution, and whether it is of the state on show.
pub(super) type ExactCurve = (Arc<Vec<f64>>, bool);

impl App {
    /// Draws the strip of a panel into its picture.
    pub(super) fn paint_strip(
        &self,
        painter: &Painter,
        place: Place<'_>,
        (on, profile): (&Projection, &Profile),
        tokens: &Tokens,
    ) -> Board {
        let snapshot = place.snapshot();
        let (layers, axis) = (self.view.layers, profile.target.axis);
        let color = place.look.color(tokens);
        let flow = snapshot.scenario.panels.get(place.index);
        let exact = self.strip_exact(place);
        // The same room in all panels, so that they share their axes.
        let head = |flow: Option<&Flow>, note: Option<&str>| {
            let entries = self.entries(flow, exact.is_some(), axis.name());
            Head::of(painter, place.picture, entries, note, tokens)
        };
        let note = self.strips.notes.get(place.index).and_then(Option::as_deref);
        let height = head(None, self.strips.longest_note()).height;
        let head = head(flow, note);
        let view = self.draft.view();
        let board = Board::new(
            place.picture,
            (*on, view),
            axis,
            (self.strips.scale, height, layers.errors),
        );

        potential(painter, &board, profile, layers.map, tokens);
        if layers.discs {
            self.paint_beads(painter, place, (&board, profile), (color, tokens));
        }
        painter.hline(
            place.picture.x_range(),
            board.density.bottom(),
            Stroke::new(tokens.bold, tokens.text_weak),
        );
        curves(painter, &board, profile, (exact.as_ref(), color), tokens);
        if let Some(flow) = flow {
            arrows(painter, &board, (profile, flow), tokens);
        }
        let compared = exact
            .as_ref()
            .map(|(law, current)| (&***law, if *current { 1.0 } else { OLD }));
        errors::paint(painter, &board, (profile, compared), (color, tokens));
        board.names(painter, profile.target.is_sum(), tokens);
        if layers.masses {
            let exact = place
                .solution()
                .filter(|_| layers.exact && exact::is_current(place.report))
                .map(|solution| &*solution.now.observed.basin_mass);
            masses(painter, &board, (place, exact), (color, tokens));
        }
        head.paint(painter, color, tokens);
        if let Some(at) = self.strips.read {
            reading(
                painter,
                &board,
                (profile, exact.as_ref().map(|(law, _)| &***law)),
                (at, tokens),
            );
        }
        board
    }

    /// What the key explains in a panel, or of a flow that does everything.
    fn entries(&self, flow: Option<&Flow>, exact: bool, axis: &str) -> Vec<(Sample, String)> {
        let (alpha, beta) = flow.map_or((1.0, 1.0), |flow| match flow.reverse {
            None => (flow.alpha, flow.beta),
            // From noise to data what moves the law has no arrows here.
            Some(_) => (0.0, 0.0),
        });
        let mut entries = Vec::new();
        if alpha > 0.0 {
            entries.push((Sample::Transport, t!("transport").to_owned()));
        }
        if beta > 0.0 {
            entries.push((Sample::Reaction, t!("reaction").to_owned()));
        }
        if alpha > 0.0 || beta > 0.0 {
            entries.push((Sample::None, t!("within {time}", time = short(self.strips.scale.time))));
        }
        entries.push((Sample::Law, t!("density ρ({axis})", axis)));
        if exact {
            entries.push((Sample::Exact, t!("exact").to_owned()));
        }
        entries.push((Sample::Target, "π".to_owned()));
        if self.view.layers.errors {
            entries.push((Sample::Chance, t!("± 2 SE").to_owned()));
        }
        entries
    }

    /// Particles on the potential, each with the area of its weight.
    fn paint_beads(
        &self,
        painter: &Painter,
        place: Place<'_>,
        (board, profile): (&Board, &Profile),
        (color, tokens): (Color32, &Tokens),
    ) {
        let sizes = self.sizes(place);
        let flow_color = [color];
        let colors = discs::colors(self.view.coloring.of(place.snapshot()), &flow_color, tokens);
        let all = drawn(place.panel());
        let beads: Vec<Dot> = all
            .iter()
            .enumerate()
            .map(|(slot, dot)| {
                let along = f64::from(match board.axis {
                    Axis::X => dot.x,
                    Axis::Y => dot.y,
                });
                // A height of its own that stays with the slot: an even spread by the golden ratio.
                let share = (slot as f32 * 0.618_034).fract();
                let above = sizes.radius(dot.weight).min(0.3 * board.potential.height()) + 1.5 + CLOUD * share;
                let y = board.kt(between(&profile.target.potential, profile, along)) - above;
                let at = board.world(board.x(along), y);
                Dot {
                    x: at.x as f32,
                    y: at.y as f32,
                    ..*dot
                }
            })
            .collect();
        let ppp = painter.ctx().pixels_per_point();
        let painter = painter.with_clip_rect(board.lower());
        if self.backdrop.vector {
            painter.extend(discs::circles(&beads, board.projection(), sizes, colors));
        } else {
            painter.add(discs::mesh(
                &beads,
                board.projection(),
                sizes,
                colors,
                (&self.textures, ppp),
            ));
        }
    }
}

/// A list of a profile at a coordinate, from one place to the next along a line.
fn between(values: &[f64], profile: &Profile, along: f64) -> f64 {
    let last = values.len() - 1;
    let at = ((along - profile.target.first) / profile.target.spacing).clamp(0.0, last as f64);
    let k = (at as usize).min(last.saturating_sub(1));
    let t = at - k as f64;
    let (a, b) = (values[k], values[(k + 1).min(last)]);
    if t == 0.0 { a } else { a + t * (b - a) }
}

/// The places that are seen, with one beyond at each end.
fn seen(board: &Board, profile: &Profile) -> std::ops::Range<usize> {
    let target = &profile.target;
    let (low, high) = board.ends();
    let first = ((low - target.first) / target.spacing).floor().max(0.0) as usize;
    let end = ((high - target.first) / target.spacing).ceil().max(0.0) as usize + 1;
    first.min(target.len())..end.min(target.len())
}

/// The potential as a filled landscape, with levels in kT.
fn potential(painter: &Painter, board: &Board, profile: &Profile, filled: bool, tokens: &Tokens) {
    let painter = painter.with_clip_rect(board.lower());
    for (level, _) in board.levels() {
        painter.hline(
            board.picture.x_range(),
            board.kt(level),
            Stroke::new(tokens.bold, tokens.line),
        );
    }
    let target = &profile.target;
    let points: Vec<Pos2> = seen(board, profile)
        .map(|k| pos2(board.x(target.place(k)), board.kt(target.potential[k])))
        .collect();
    if points.len() < 2 {
        return;
    }
    if filled {
        let [r, g, b] = tokens.map[2];
        band(&painter, &points, board.picture.bottom(), Color32::from_rgb(r, g, b));
    }
    painter.line(points, Stroke::new(2.2 * tokens.bold, tokens.text_weak));
}

/// What lies between a curve and a level beneath it.
fn band(painter: &Painter, curve: &[Pos2], base: f32, fill: Color32) {
    let points = curve
        .iter()
        .map(|p| BandPoint::new(p.x, p.y.min(base)..=base))
        .collect();
    painter.add(Shape::Band(BandShape {
        points,
        fill,
        stroke: Stroke::NONE,
        stroke_kind: StrokeKind::Middle,
        angle: 0.0,
    }));
}

/// The density as a filled curve, the target dashed, the exact solution dotted.
fn curves(
    painter: &Painter,
    board: &Board,
    profile: &Profile,
    (exact, color): (Option<&ExactCurve>, Color32),
    tokens: &Tokens,
) {
    let target = &profile.target;
    let places = seen(board, profile);
    let curve = |values: &[f64]| -> Vec<Pos2> {
        let at = |k: usize| pos2(board.x(target.place(k)), board.rho(values[k]));
        places.clone().filter(|k| *k < values.len()).map(at).collect()
    };
    if places.len() < 2 {
        return;
    }
    let law = curve(&profile.density);
    band(painter, &law, board.density.bottom(), color.gamma_multiply(0.32));
    let dashes = Shape::dashed_line(
        &curve(&target.density),
        Stroke::new(2.0 * tokens.bold, tokens.text),
        8.0,
        5.0,
    );
    painter.extend(dashes);
    painter.line(law, Stroke::new(2.4 * tokens.bold, color));
    if let Some((values, current)) = exact {
        let strength = if *current { 1.0 } else { OLD };
        painter.extend(dots(
            &curve(values),
            (tokens.exact.gamma_multiply(strength), tokens.bold),
        ));
    }
}

/// The line of the exact solution: dots, between which the particles' own curve is seen.
fn dots(curve: &[Pos2], (color, bold): (Color32, f32)) -> Vec<Shape> {
    Shape::dashed_line(curve, Stroke::new(2.6 * bold, color), 2.6 * bold, 5.0 * bold)
}

/// Transport within the curve, reaction from the curve.
fn arrows(painter: &Painter, board: &Board, (profile, flow): (&Profile, &Flow), tokens: &Tokens) {
    let (low, high) = board.ends();
    let (time, per_length) = (board.scale.time, board.per_length());
    let step = nice_step(APART / per_length);
    let most = 1.25 * LONGEST.min(0.2 * board.picture.width());
    let (first, last) = ((low / step).floor() as i64 - 1, (high / step).ceil() as i64 + 1);
    for k in first..=last {
        let look = |along: f64| {
            let at = |values: &[f64]| between(values, profile, along);
            let density = at(&profile.density);
            let share = density / board.scale.density;
            let strength = ((share - FADES.0) / (FADES.1 - FADES.0)).clamp(0.0, 1.0) as f32;
            (density, strength, board.x(along))
        };
        let certain = |value: f64, error: f64| value.abs() > CERTAIN * error;
        // The two kinds take turns along the axis.
        let along = step * k as f64;
        let (density, strength, x) = look(along);
        let velocity = between(&profile.velocity, profile, along);
        if flow.alpha > 0.0 && certain(velocity, between(&profile.velocity_error, profile, along)) {
            let by = ((velocity * time * per_length) as f32).clamp(-most, most);
            let from = pos2(x, board.rho(0.5 * density));
            arrow(painter, from, vec2(by, 0.0), (tokens.text, strength), tokens);
        }
        let along = step * (k as f64 + 0.5);
        let (density, strength, x) = look(along);
        let rate = between(&profile.rate, profile, along);
        if flow.beta > 0.0 && certain(rate, between(&profile.rate_error, profile, along)) {
            let from = pos2(x, board.rho(density));
            let to = board.rho((density * (1.0 + rate * time)).max(0.0));
            let by = (to - from.y).clamp(-most, most);
            arrow(painter, from, vec2(0.0, by), (tokens.accent, strength), tokens);
        }
    }
}

/// An arrow on a rim that keeps it legible.
fn arrow(painter: &Painter, from: Pos2, by: Vec2, (color, strength): (Color32, f32), tokens: &Tokens) {
    let length = by.length();
    if !length.is_finite() || length < SHORTEST || strength <= 0.02 {
        return;
    }
    for (rim, color) in [(2.2, tokens.field), (0.0, color)] {
        arrow_shape(painter, from, by, (rim, tokens.bold, color.gamma_multiply(strength)));
    }
}

fn arrow_shape(painter: &Painter, from: Pos2, by: Vec2, (rim, bold, color): (f32, f32, Color32)) {
    let length = by.length();
    let (along, to) = (by / length, from + by);
    let head = (0.55 * length).clamp(4.0, 10.5 * bold);
    let across = along.rot90();
    let neck = to - head * along;
    painter.line_segment([from, neck], Stroke::new(2.8 * bold + rim, color));
    let (tip, half) = (to + 0.5 * rim * along, 0.52 * head + 0.6 * rim);
    let corners = vec![
        tip,
        neck - 0.4 * rim * along + half * across,
        neck - 0.4 * rim * along - half * across,
    ];
    painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
}

/// The mass of each well, above its bottom; where two would meet, the heavier one.
fn masses(
    painter: &Painter,
    board: &Board,
    (place, exact): (Place<'_>, Option<&[f64]>),
    (color, tokens): (Color32, &Tokens),
) {
    let (basins, mass) = (&place.snapshot().basins, &place.panel().now.basin_mass);
    let wells = basins.len().min(mass.len());
    if wells < 2 || board.potential.height() < 56.0 {
        return;
    }
    let scale = (board.picture.size().min_elem() / 320.0).clamp(1.0, 1.5);
    let mut order: Vec<usize> = (0..wells).collect();
    order.sort_by(|a, b| mass[*b].total_cmp(&mass[*a]));
    let mut taken: Vec<Rect> = Vec::new();
    for k in order {
        let x = board.x(board.axis.of(basins.centers[k]));
        if !board.picture.x_range().contains(x) {
            continue;
        }
        let figure = painter.layout_no_wrap(percent(mass[k]), FontId::proportional(size::MASS * scale), color);
        let should = exact.and_then(|masses| masses.get(k));
        let note = should.map_or_else(
            || t!("target {share}", share = percent(basins.share[k])),
            |exact| t!("exact {share}", share = percent(*exact)),
        );
        let note = painter.layout_no_wrap(note, FontId::proportional(size::SMALL), tokens.text_weak);
        let extent = vec2(
            figure.size().x.max(note.size().x),
            figure.size().y + note.size().y - 3.0,
        );
        let half = 0.5 * extent.x + 5.0;
        let x = x.clamp(
            board.picture.left() + half,
            (board.picture.right() - half).max(board.picture.left() + half),
        );
        // Beneath the name of the band.
        let plate =
            Rect::from_min_size(pos2(x - 0.5 * extent.x, board.potential.top()), extent).expand2(vec2(3.0, 0.0));
        if taken.iter().any(|other| other.intersects(plate)) {
            continue;
        }
        taken.push(plate.expand2(vec2(3.0, 0.0)));
        painter.rect_filled(plate, 5.0, tokens.field.gamma_multiply(0.75));
        let at = |galley: &Galley, y: f32| pos2(plate.center().x - 0.5 * galley.size().x, y);
        painter.galley(at(&figure, plate.top()), Arc::clone(&figure), color);
        painter.galley(
            at(&note, plate.bottom() - note.size().y),
            Arc::clone(&note),
            tokens.text_weak,
        );
    }
}

/// What a word of the key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    Transport,
    Reaction,
    Law,
    Exact,
    Target,
    Chance,
    None,
}

impl Sample {
    const fn width(self) -> f32 {
        match self {
            Self::Transport | Self::Law | Self::Exact | Self::Target | Self::Chance => 22.0,
            Self::Reaction => 19.0,
            Self::None => 0.0,
        }
    }

    fn paint(self, painter: &Painter, rect: Rect, color: Color32, tokens: &Tokens) {
        let (left, middle) = (rect.left_center(), rect.center());
        let right = pos2(rect.right() - 4.0, middle.y);
        match self {
            Self::Transport => arrow(painter, left, right - left, (tokens.text, 1.0), tokens),
            Self::Reaction => {
                for (x, by) in [(left.x + 4.0, -13.0), (left.x + 13.0, 13.0)] {
                    let from = pos2(x, middle.y - 0.5 * by);
                    arrow(painter, from, vec2(0.0, by), (tokens.accent, 1.0), tokens);
                }
            }
            Self::Law => {
                let area = Rect::from_min_max(left - vec2(0.0, 5.0), right + vec2(0.0, 5.0));
                painter.rect_filled(area, 0.0, color.gamma_multiply(0.32));
                painter.hline(area.x_range(), area.top(), Stroke::new(2.4 * tokens.bold, color));
            }
            Self::Exact => {
                painter.extend(dots(&[left, right], (tokens.exact, tokens.bold)));
            }
            Self::Target => painter.extend(Shape::dashed_line(
                &[left, right],
                Stroke::new(2.0 * tokens.bold, tokens.text),
                8.0,
                5.0,
            )),
            Self::Chance => {
                let area = Rect::from_min_max(left - vec2(0.0, 4.0), right + vec2(0.0, 4.0));
                painter.rect_filled(area, 0.0, tokens.text_weak.gamma_multiply(errors::CHANCE));
            }
            Self::None => {}
        }
    }
}

/// The key above the bands, in as many rows as it takes, and what must be said beneath it.
struct Head {
    entries: Vec<(Rect, Sample, Arc<Galley>)>,
    note: Option<(Pos2, Arc<Galley>)>,
    height: f32,
}

impl Head {
    fn of(
        painter: &Painter,
        picture: Rect,
        entries: Vec<(Sample, String)>,
        note: Option<&str>,
        tokens: &Tokens,
    ) -> Self {
        let font = FontId::proportional(size::BODY);
        let (mut at, mut placed) = (picture.min + vec2(8.0, 4.0), Vec::new());
        for (sample, text) in entries {
            let galley = painter.layout_no_wrap(text, font.clone(), tokens.text);
            let width = sample.width() + galley.size().x;
            if at.x + width > picture.right() - 6.0 && at.x > picture.left() + 9.0 {
                at = pos2(picture.left() + 8.0, at.y + ROW);
            }
            placed.push((Rect::from_min_size(at, vec2(sample.width(), ROW)), sample, galley));
            at.x += width + 9.0;
        }
        let mut height = at.y + ROW - picture.top();
        let note = note.map(|note| {
            let font = FontId::proportional(size::SMALL);
            let galley = painter.layout(note.to_owned(), font, tokens.text, picture.width() - 16.0);
            let place = pos2(picture.left() + 8.0, picture.top() + height);
            height += galley.size().y + 2.0;
            (place, galley)
        });
        // In a picture that is all key there is nothing to explain.
        if height > 0.45 * picture.height() {
            return Self {
                entries: Vec::new(),
                note: None,
                height: 4.0,
            };
        }
        Self {
            entries: placed,
            note,
            height: height + 4.0,
        }
    }

    fn paint(self, painter: &Painter, color: Color32, tokens: &Tokens) {
        for (rect, sample, galley) in self.entries {
            sample.paint(painter, rect, color, tokens);
            let place = pos2(rect.right(), rect.center().y - 0.5 * galley.size().y);
            painter.galley(place, galley, tokens.text);
        }
        if let Some((place, galley)) = self.note {
            painter.galley(place, galley, tokens.text);
        }
    }
}

/// A line across both bands where the probe is, and what is there: over the key, which hides least.
fn reading(
    painter: &Painter,
    board: &Board,
    (profile, exact): (&Profile, Option<&[f64]>),
    (along, tokens): (f64, &Tokens),
) {
    let x = board.x(along);
    painter.vline(
        x,
        board.picture.y_range(),
        Stroke::new(1.2 * tokens.bold, tokens.accent),
    );
    let at = |values: &[f64]| between(values, profile, along);
    let figure = |v: f64| Cow::<str>::Owned(short((1e3 * v).round() / 1e3));
    let mut lines = vec![
        format!("{} = {}", board.axis.name(), figure(along)),
        format!("V {} kT", figure(at(&profile.target.potential))),
        format!(
            "ρ {}   π {}",
            figure(at(&profile.density)),
            figure(at(&profile.target.density))
        ),
    ];
    if let Some(exact) = exact {
        lines.push(t!("exact ρ {density}", density = figure(at(exact))));
    }
    if let Some((excess, error)) = errors::at(profile, along).filter(|_| board.errors.is_some()) {
        lines.push(format!("ρ − π {} ± {}", figure(excess), figure(error)));
    }
    if at(&profile.density) > 0.0 {
        let pair = |value: &[f64], error: &[f64]| format!("{} ± {}", figure(at(value)), figure(at(error)));
        let moves = |values: &[f64]| values.iter().any(|v| *v != 0.0);
        if moves(&profile.velocity) {
            lines.push(t!(
                "velocity {value}",
                value = pair(&profile.velocity, &profile.velocity_error)
            ));
        }
        if moves(&profile.rate) {
            lines.push(t!("growth {value}", value = pair(&profile.rate, &profile.rate_error)));
        }
    }
    let galley = painter.layout_no_wrap(lines.join("\n"), FontId::proportional(size::SMALL), tokens.text);
    let (extent, right) = (
        galley.size() + vec2(12.0, 6.0),
        x + 8.0 + galley.size().x + 12.0 < board.picture.right(),
    );
    let corner = if right { Align2::LEFT_TOP } else { Align2::RIGHT_TOP };
    let side = if right { 8.0 } else { -8.0 };
    let plate = corner.anchor_size(pos2(x + side, board.picture.top() + 4.0), extent);
    painter.rect_filled(plate, 4.0, tokens.plate);
    painter.rect_stroke(plate, 4.0, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
    painter.galley(plate.min + vec2(6.0, 3.0), galley, tokens.text);
}
