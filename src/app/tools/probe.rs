//! The probe: what every panel is like at one place, in figures beside the pointer.

use std::sync::Arc;

use eframe::egui::{
    Align2, FontId, Galley, Painter, Pos2, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::super::App;
use super::super::exact::is_current;
use super::super::panel::Place;
use super::super::theme::{Theme, Tokens, size};
use super::super::widgets::button;
use super::Tool;
use super::brush::within;
use super::hands::{ARM, cross, screen, usable, world};
use crate::reference::Solution;
use crate::render::camera::Projection;
use crate::snapshot::Probed;
use crate::space::{Field, Point};
use crate::words::{msg, said, t};

/// Room between what is written on the plate and its edge, and between the plate and the cross (points).
const MARGIN: Vec2 = vec2(6.0, 4.0);
const REACH: f32 = ARM + 1.0;

impl App {
    /// What the pointer does with the probe: a click pins it, a drag moves the view.
    pub(super) fn probe_pointer(&mut self, ui: &Ui, place: Place<'_>, on: &Projection, response: &Response) -> bool {
        if self.hands.asked.take().is_some() {
            self.hands.pinned = match self.hands.pinned {
                Some(_) => None,
                None => self.at(),
            };
        }
        let pointer = response.interact_pointer_pos();
        if let Some(pointer) = pointer.filter(|_| response.clicked()) {
            self.hands.pinned = Some(world(on, pointer));
        }
        if response.secondary_clicked() {
            self.hands.pinned = None;
        }
        if let Some(readings) = self.readings(place) {
            // For those who do not see the plate.
            let corner = Rect::from_min_size(place.picture.min, vec2(1.0, 1.0));
            let label = ui.interact(corner, response.id.with("readings"), Sense::hover());
            let says = readings.sentence(place.index);
            label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
        }
        response.clicked() || response.double_clicked()
    }

    /// The options of the probe.
    pub(super) fn probe_options_ui(&mut self, ui: &mut Ui) {
        let tokens = Theme::of(ui).tokens();
        if let Some(at) = self.hands.pinned {
            let place = t!("pinned at ({x}, {y})", x = figure(at.x, 3), y = figure(at.y, 3));
            ui.label(RichText::new(place).color(tokens.text_weak));
            if button(ui, t!("Unpin"), t!("Unpin the probe")).clicked() {
                self.hands.pinned = None;
            }
        }
    }

    /// A cross at the place, and what is read there on its plate.
    pub(super) fn paint_probe(
        &self,
        painter: &Painter,
        place: Place<'_>,
        (on, plate): (&Projection, Option<Rect>),
        tokens: &Tokens,
    ) {
        let Some(center) = self.probe_center(place, on) else {
            return;
        };
        cross(painter, center, tokens);
        if self.hands.pinned.is_some() {
            for (width, color) in [(4.5, tokens.field), (1.8, tokens.accent)] {
                painter.circle_stroke(center, 4.0, Stroke::new(width, color));
            }
        }
        if let (Some(readings), Some(plate)) = (self.readings(place), plate) {
            Table::of(&readings, painter, place.picture.width(), tokens).paint(painter, plate, tokens);
        }
    }

    /// What the probe covers in a picture, the plate with the readings first: that goes beside the cross, or wherever it hides the least
    /// of the plates that are `taken`. Nothing with another tool in hand.
    pub(in super::super) fn probe_plates(
        &self,
        painter: &Painter,
        place: Place<'_>,
        on: &Projection,
        taken: &[Rect],
    ) -> Option<[Rect; 2]> {
        if self.figure || self.view.tool != Tool::Probe {
            return None;
        }
        let (center, readings) = (self.probe_center(place, on)?, self.readings(place)?);
        let tokens = Theme::Light.tokens();
        let extent = Table::of(&readings, painter, place.picture.width(), tokens).extent + 2.0 * MARGIN;
        let plate = clear_place(extent, center, place.picture, taken);
        Some([plate, Rect::from_center_size(center, Vec2::splat(2.0 * ARM))])
    }

    fn probe_center(&self, place: Place<'_>, on: &Projection) -> Option<Pos2> {
        let at = self.hands.pinned.or_else(|| self.at()).filter(|_| usable(place))?;
        Some(screen(on, at))
    }

    fn readings(&self, place: Place<'_>) -> Option<Readings> {
        let probed = **place.panel().probed.as_ref()?;
        let current = is_current(place.report);
        let solution = place.solution().filter(|_| current && self.view.layers.exact);
        Some(Readings {
            probed,
            exact: solution.and_then(|solution| density_at(solution, probed.at)),
        })
    }
}

/// What a plate says.
struct Readings {
    probed: Probed,
    /// The exact density there.
    exact: Option<f64>,
}

/// Name, figure of the particles, figure of the exact solution, unit.
type Row = (&'static str, String, String, &'static str);

impl Readings {
    fn rows(&self) -> Vec<Row> {
        let Probed {
            potential,
            slope,
            log_target,
            log_density,
            log_ratio,
            rate,
            ..
        } = self.probed;
        let exact_ratio = self.exact.filter(|rho| *rho > 0.0).map(|rho| rho.ln() - log_target);
        let some = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| figure(v, 3));
        let beside = |v: Option<f64>| v.map_or_else(String::new, |v| figure(v, 3));
        vec![
            ("V", figure(potential, 3), String::new(), "kT"),
            (msg!("slope"), figure(slope, 3), String::new(), msg!("kT/length")),
            (
                "ρ",
                some(log_density.map(f64::exp)),
                beside(self.exact),
                msg!("per area"),
            ),
            ("log ρ/π", some(log_ratio), beside(exact_ratio), ""),
            (msg!("reaction"), some(rate), String::new(), msg!("per time")),
        ]
    }

    /// All of it in one sentence.
    fn sentence(&self, index: usize) -> String {
        let at = self.probed.at;
        let place = t!(
            "Probe in panel {panel} at ({x}, {y})",
            panel = index + 1,
            x = figure(at.x, 3),
            y = figure(at.y, 3)
        );
        let mut parts = vec![place];
        if self.probed.log_density.is_none() {
            parts.push(t!("no particle near").to_owned());
        }
        for (name, seen, exact, unit) in self.rows() {
            let (name, unit) = (said(name), said(unit));
            if seen != "–" {
                parts.push(format!("{name} {seen} {unit}").trim_end().to_owned());
            }
            if !exact.is_empty() {
                parts.push(t!("{quantity} of the exact solution {exact}", quantity = name, exact));
            }
        }
        parts.join(", ")
    }
}

/// The readings as they are written on their plate.
struct Table {
    title: Arc<Galley>,
    remark: Arc<Galley>,
    lines: Vec<[Arc<Galley>; 4]>,
    widths: [f32; 4],
    gaps: [f32; 3],
    extent: Vec2,
}

impl Table {
    /// For a picture of this width: where they have no room, units are left to the sentence.
    fn of(readings: &Readings, painter: &Painter, width: f32, tokens: &Tokens) -> Self {
        let full = Self::with_units(readings, painter, true, tokens);
        if full.extent.x + 2.0 * MARGIN.x + 6.0 <= width {
            return full;
        }
        Self::with_units(readings, painter, false, tokens)
    }

    fn with_units(readings: &Readings, painter: &Painter, units: bool, tokens: &Tokens) -> Self {
        let font = FontId::proportional(size::SMALL);
        let text = |text: &str, color| painter.layout_no_wrap(text.to_owned(), font.clone(), color);
        let rows = readings.rows();
        let with_exact = rows.iter().any(|row| !row.2.is_empty());
        let place = readings.probed.at;
        let title = text(
            &format!("({}, {})", figure(place.x, 2), figure(place.y, 2)),
            tokens.text,
        );
        let remark = if readings.probed.log_density.is_none() {
            t!("no particle near")
        } else if with_exact {
            t!("exact")
        } else {
            ""
        };
        let remark = text(remark, tokens.text_weak);
        let lines: Vec<[_; 4]> = rows
            .iter()
            .map(|(name, seen, exact, unit)| {
                [
                    text(said(name), tokens.text_weak),
                    text(seen, tokens.text),
                    text(exact, tokens.text_weak),
                    text(if units { said(unit) } else { "" }, tokens.text_weak),
                ]
            })
            .collect();
        let mut widths = [0.0f32; 4];
        for line in &lines {
            widths.iter_mut().zip(line).for_each(|(w, g)| *w = w.max(g.size().x));
        }
        let gaps = [
            8.0,
            if widths[2] > 0.0 { 10.0 } else { 0.0 },
            if units { 5.0 } else { 0.0 },
        ];
        let extent = vec2(
            (widths.iter().sum::<f32>() + gaps.iter().sum::<f32>()).max(title.size().x + 8.0 + remark.size().x),
            title.size().y * (lines.len() + 1) as f32,
        );
        Self {
            title,
            remark,
            lines,
            widths,
            gaps,
            extent,
        }
    }

    fn paint(self, painter: &Painter, plate: Rect, tokens: &Tokens) {
        let (widths, gaps, height) = (self.widths, self.gaps, self.title.size().y);
        painter.rect(
            plate,
            4.0,
            tokens.plate,
            Stroke::new(1.0, tokens.line),
            StrokeKind::Inside,
        );
        let corner = plate.min + MARGIN;
        // Over the column of the exact solution, or where the title leaves room.
        let column = widths[0] + gaps[0] + widths[1] + gaps[1] + widths[2] - self.remark.size().x;
        let aside = vec2(column.max(self.title.size().x + 8.0), 0.0);
        painter.galley(corner, self.title, tokens.text);
        painter.galley(corner + aside, self.remark, tokens.text);
        for (k, line) in self.lines.into_iter().enumerate() {
            let y = corner.y + height * (k + 1) as f32;
            let [name, seen, exact, unit] = line;
            let right = |x: f32, galley: &Arc<Galley>| Align2::RIGHT_TOP.anchor_size(pos2(x, y), galley.size()).min;
            let mut x = corner.x;
            painter.galley(pos2(x, y), name, tokens.text);
            x += widths[0] + gaps[0] + widths[1];
            painter.galley(right(x, &seen), seen, tokens.text);
            x += gaps[1] + widths[2];
            painter.galley(right(x, &exact), exact, tokens.text);
            painter.galley(pos2(x + gaps[2], y), unit, tokens.text);
        }
    }
}

/// Where a plate of this extent goes in a picture: beside the cross, below and to the right if nothing is in the way; else wherever it
/// hides the least of what is taken and of the cross.
fn clear_place(extent: Vec2, cross: Pos2, picture: Rect, taken: &[Rect]) -> Rect {
    let off = vec2(REACH, REACH) + 0.5 * extent;
    let room = picture.shrink(3.0);
    let beside = [
        (1.0, 1.0),
        (1.0, -1.0),
        (-1.0, 1.0),
        (-1.0, -1.0),
        (1.0, 0.0),
        (-1.0, 0.0),
        (0.0, 1.0),
        (0.0, -1.0),
    ]
    .map(|(x, y)| cross + vec2(x * off.x, y * off.y));
    // At the edges it may stand anywhere, in steps of a few points.
    let along = |low: f32, high: f32| (0..=16).map(move |k| low + (high - low) * k as f32 / 16.0);
    let inner = room.shrink2(0.5 * extent);
    let edges = along(inner.top(), inner.bottom())
        .flat_map(|y| [pos2(inner.right(), y), pos2(inner.left(), y)])
        .chain(along(inner.left(), inner.right()).flat_map(|x| [pos2(x, inner.top()), pos2(x, inner.bottom())]));
    let hidden = |plate: &Rect| {
        // Nothing is worse than not to see where it reads.
        let blind = if plate.expand(3.0).contains(cross) { 1e6 } else { 0.0 };
        let cross = Rect::from_center_size(cross, Vec2::splat(2.0 * ARM));
        let area = |other: &Rect| {
            let both = plate.intersect(*other);
            both.width().max(0.0) * both.height().max(0.0)
        };
        taken.iter().map(area).sum::<f32>() + area(&cross) + blind
    };
    let places = beside.into_iter().chain(edges);
    let mut best: Option<(f32, Rect)> = None;
    for center in places {
        let plate = within(Rect::from_center_size(center, extent), picture);
        let hides = hidden(&plate);
        if best.is_none_or(|(least, _)| hides < least) {
            best = Some((hides, plate));
        }
    }
    best.map_or(picture, |(_, plate)| plate)
}

/// The exact density at a place: that of its cell; `None` beyond the grid.
fn density_at(solution: &Solution, at: Point) -> Option<f64> {
    let Field { grid, values } = &*solution.density;
    grid.rect.contains(at).then(|| values[grid.nearest(at)])
}

/// A figure of so many digits behind the point, so that columns line up; powers of ten where that says nothing.
fn figure(value: f64, decimals: usize) -> String {
    let magnitude = value.abs();
    let text = if value != 0.0 && !(1e-3..1e5).contains(&magnitude) {
        format!("{value:.1e}")
    } else {
        format!("{value:.decimals$}")
    };
    text.replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever the cross stands, in a small picture with figures in a row beneath and a note above.
    #[test]
    fn the_plate_hides_neither_figures_nor_the_cross_where_there_is_room() {
        let picture = Rect::from_min_size(pos2(600.0, 160.0), vec2(290.0, 260.0));
        let mut taken: Vec<Rect> = (0..3)
            .map(|k| Rect::from_min_size(pos2(635.0 + 75.0 * k as f32, 378.0), vec2(64.0, 38.0)))
            .collect();
        taken.push(Rect::from_min_size(picture.min + vec2(2.0, 5.0), vec2(200.0, 16.0)));
        let extent = vec2(150.0, 98.0);
        for x in 0..=29 {
            for y in 0..=26 {
                let cross = picture.min + vec2(10.0 * x as f32, 10.0 * y as f32);
                let plate = clear_place(extent, cross, picture, &taken);
                assert!(picture.contains_rect(plate), "{cross:?}: {plate:?}");
                // Left or right of the cross, above or below it, between the note and the figures.
                let (arm, left, right) = (ARM + 2.0, picture.left() + 3.0, picture.right() - 3.0);
                let wide = (cross.x - arm - left).max(right - cross.x - arm) >= extent.x;
                let high = (cross.y - arm - 181.0).max(378.0 - cross.y - arm) >= extent.y;
                if wide || high {
                    let clear = taken.iter().all(|t| !t.shrink(0.01).intersects(plate));
                    assert!(clear, "{cross:?}: {plate:?}");
                }
                assert!(!plate.contains(cross), "{cross:?}: {plate:?}");
            }
        }
        // Where nothing is in the way it stays beside the cross.
        let plate = clear_place(extent, pos2(640.0, 200.0), picture, &[]);
        assert!((plate.min - pos2(656.0, 216.0)).length() < 1e-3, "{plate:?}");
    }
}
