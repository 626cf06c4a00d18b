//! The models that a mixture is made of: the law of each alone, under the noise of now, as lines within which shares of its mass stand.
//!
//! Two lines each, in a colour and with breaks that no other model has: half of the mass stands within the bold one, 90 % within the other.
//! The name stands at that side of the outer line where the model's data lie, seen from the middle of all, so that names keep their places while
//! the laws part.

use std::f32::consts::TAU;
use std::sync::Arc;

use eframe::egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Shape, Stroke, pos2};
use rayon::prelude::*;

use super::exact::{self, inside};
use super::theme::{Tokens, size};
use crate::landscape::Landscape;
use crate::render::camera::Projection;
use crate::render::regions::{Region, regions};
use crate::space::{Grid, Point};
use crate::target::{Blend, Component, Mixture, Shape as Target};

/// Shares of the mass of a model within its lines, from the inner.
const SHARES: [f64; 2] = [0.5, 0.9];
/// Widths (points) of those lines.
const WIDTHS: [f32; 2] = [2.6, 1.7];
/// Strokes and gaps (points) of the lines of each model; then again from the first.
const BREAKS: [(&[f32], &[f32]); 4] = [
    (&[11.0], &[3.5]),
    (&[5.0], &[3.0]),
    (&[11.0, 2.5], &[3.5, 3.5]),
    (&[2.5], &[2.5]),
];
/// Cells along an edge of the grid on which mass is counted.
const CELLS: usize = 144;
/// How much farther than the view of a law that grid reaches, to hold what is to be counted.
const REACH: f64 = 1.15;
/// Between a line and the name at it (points).
const APART: f32 = 4.0;

/// The lines of the models of a mixture, worked out once for each noise.
#[derive(Debug, Default)]
pub(super) struct Models {
    known: Option<(Blend, Arc<Outlines>)>,
}

/// The lines of all models under one noise, and of the law that is made of them.
#[derive(Debug)]
pub(super) struct Outlines {
    models: Vec<Outline>,
    target: Vec<Region>,
}

/// The lines of one model.
#[derive(Debug)]
struct Outline {
    name: String,
    regions: Vec<Region>,
    /// Where its data lie, from the middle of all; a direction of the plane.
    toward: Point,
}

impl Models {
    /// The lines of the models that a target is made of, if it is made of any.
    pub(super) fn of(&mut self, target: &Target) -> Option<Arc<Outlines>> {
        let Target::Blend(blend) = target else { return None };
        if !matches!(&self.known, Some((known, _)) if known == blend) {
            self.known = Some((blend.clone(), Arc::new(Outlines::of(blend))));
        }
        self.known.as_ref().map(|(_, outlines)| Arc::clone(outlines))
    }
}

impl Outlines {
    fn of(blend: &Blend) -> Self {
        let middles: Vec<Point> = blend.models().iter().map(|model| middle(&model.components)).collect();
        let all = middles.iter().fold(Point::default(), |sum, p| sum + *p);
        let center = (1.0 / middles.len().max(1) as f64) * all;
        let outline = |(k, model): (usize, &crate::target::Model)| {
            let off = middles[k] - center;
            let turn = f64::from(TAU) * k as f64 / middles.len() as f64;
            // Models about the same middle have their names on all sides of it.
            let toward = if off.norm() > 1e-6 {
                off
            } else {
                Point::new(turn.sin(), turn.cos())
            };
            Outline {
                name: model.name.clone(),
                regions: blend
                    .alone(k)
                    .map_or(Vec::new(), |law| of_law(Target::Mixture(law.clone()), &SHARES)),
                toward,
            }
        };
        let (models, target) = rayon::join(
            || blend.models().par_iter().enumerate().map(outline).collect(),
            || of_law(Target::Blend(blend.clone()), &exact::SHARES),
        );
        Self { models, target }
    }

    /// Draws the law that is made of the models as the lines of an exact solution: those of a run may be late, and these are of now.
    pub(super) fn paint_target(&self, painter: &Painter, on: &Projection, tokens: &Tokens) {
        exact::paint_regions(painter, &self.target, on, (1.0, tokens));
    }

    /// Draws all lines.
    pub(super) fn paint_lines(&self, painter: &Painter, on: &Projection, tokens: &Tokens) {
        for (k, outline) in self.models.iter().enumerate() {
            for (region, width) in outline.regions.iter().zip(WIDTHS) {
                for part in region.lines.iter().flat_map(|corners| inside(corners, on)) {
                    painter.add(line(&part, k, width, tokens));
                }
            }
        }
    }

    /// The name of each model at its line, clear of the `taken` plates and of each other; one that finds no place is left out.
    pub(super) fn names(
        &self,
        painter: &Painter,
        (picture, on): (Rect, &Projection),
        taken: &[Rect],
        tokens: &Tokens,
    ) -> Vec<Name> {
        let mut taken = taken.to_vec();
        let mut names = Vec::new();
        // In a picture as small as a thumbnail names would hide what they name.
        if picture.size().min_elem() < 120.0 {
            return names;
        }
        for (k, outline) in self.models.iter().enumerate() {
            let font = FontId::proportional(size::HEADING);
            let text = painter.layout_no_wrap(outline.name.clone(), font, color(k, tokens));
            let room = picture.shrink(4.0);
            let place = |(at, out): (Pos2, eframe::egui::Vec2)| {
                let extent = text.size() + eframe::egui::vec2(10.0, 2.0);
                let off = APART + 0.5 * (extent.x * out.x.abs() + extent.y * out.y.abs());
                Align2::CENTER_CENTER.anchor_size(at + off * out, extent)
            };
            let free = |plate: &Rect| room.contains_rect(*plate) && taken.iter().all(|other| !other.intersects(*plate));
            if let Some(plate) = outline.places(on).into_iter().map(place).find(free) {
                taken.push(plate.expand(2.0));
                names.push(Name { plate, text });
            }
        }
        names
    }
}

impl Outline {
    /// Places on the outer line and the way out from there, the best first: the farthest in eight directions, from the model's own.
    fn places(&self, on: &Projection) -> Vec<(Pos2, eframe::egui::Vec2)> {
        let Some(outer) = self.regions.last() else {
            return Vec::new();
        };
        let own = self.toward.y.atan2(self.toward.x);
        let place = |turn: f64| {
            let angle = own + turn;
            let out = Point::new(angle.cos(), angle.sin());
            let along = |p: &Point| p.x * out.x + p.y * out.y;
            let farthest = outer
                .lines
                .iter()
                .flatten()
                .max_by(|p, q| along(p).total_cmp(&along(q)))?;
            let at = on.screen_from_world(*farthest);
            // The screen runs downwards.
            Some((
                pos2(at.x as f32, at.y as f32),
                eframe::egui::vec2(out.x as f32, -out.y as f32),
            ))
        };
        let turns = [0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0];
        turns
            .into_iter()
            .filter_map(|eighth| place(eighth * f64::from(TAU) / 8.0))
            .collect()
    }
}

/// The name of a model at its line.
pub(super) struct Name {
    plate: Rect,
    text: Arc<Galley>,
}

impl Name {
    /// What it covers.
    pub(super) const fn plate(&self) -> Rect {
        self.plate
    }

    /// Draws it.
    pub(super) fn paint(self, painter: &Painter, tokens: &Tokens) {
        painter.rect_filled(self.plate, 4.0, tokens.plate);
        let corner = self.plate.center() - 0.5 * self.text.size();
        painter.galley(corner, self.text, tokens.text);
    }
}

/// The colour of a model.
pub(super) const fn color(model: usize, tokens: &Tokens) -> Color32 {
    tokens.models[model % tokens.models.len()]
}

/// A line of a model, with its breaks.
pub(super) fn line(points: &[Pos2], model: usize, width: f32, tokens: &Tokens) -> Shape {
    let (strokes, gaps) = BREAKS[model % BREAKS.len()];
    let [strokes, gaps] = [strokes, gaps].map(|lengths| lengths.iter().map(|l| l * tokens.bold).collect::<Vec<f32>>());
    let stroke = Stroke::new(tokens.bold * width, color(model, tokens));
    Shape::Vec(Shape::dashed_line_with_offset(points, stroke, &strokes, &gaps, 0.0))
}

/// The middle of a law.
fn middle(law: &Mixture) -> Point {
    let components = law.components();
    let total: f64 = components.iter().map(|c| c.weight).sum();
    let add = |sum: Point, c: &Component| sum + (c.weight / total) * c.mean;
    components.iter().fold(Point::default(), add)
}

/// The lines within which shares of a law stand.
fn of_law(law: Target, shares: &[f64]) -> Vec<Region> {
    let landscape = Landscape::new(law, 1.0);
    let view = landscape.view().scaled(REACH);
    let edge = view.width().max(view.height());
    let cells = |length: f64| ((CELLS as f64 * length / edge).ceil() as usize).max(CELLS / 6);
    let mut field = landscape.field(Grid::new(view, cells(view.width()), cells(view.height())));
    let lowest = field.range().map_or(0.0, |(lowest, _)| lowest);
    field.values.iter_mut().for_each(|v| *v = (lowest - *v).exp());
    regions(&field, shares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Blend as Law, Schedule};
    use crate::space::Symmetric;

    fn blend() -> Blend {
        let model = |name: &str, at: f64| crate::target::Model {
            name: name.to_owned(),
            components: Mixture::new(vec![Component::new(
                1.0,
                Point::new(at, 0.0),
                Symmetric::new(0.09, 0.0, 0.09),
            )])
            .unwrap(),
            network: None,
        };
        Blend::new(
            vec![model("p", -1.0), model("q", 2.0)],
            Law::of_two(0.0, 0.5),
            Schedule::default(),
        )
        .unwrap()
    }

    #[test]
    fn lines_hold_their_shares_under_any_noise() {
        let (blend, mut models) = (blend(), Models::default());
        for time in [0.0, 0.1, 0.5, 1.0] {
            let noised = blend.at(time);
            let outlines = models.of(&Target::Blend(noised)).unwrap();
            let level = blend.schedule().level(time);
            let variance = 0.09 * level.signal * level.signal + level.variance;
            for (outline, at) in outlines.models.iter().zip([-1.0, 2.0]) {
                for (region, share) in outline.regions.iter().zip(SHARES) {
                    // A share of a normal law of the plane is within this distance of its middle.
                    let radius = (-2.0 * variance * (1.0 - share).ln()).sqrt();
                    let center = Point::new(level.signal * at, 0.0);
                    let off = region
                        .lines
                        .iter()
                        .flatten()
                        .map(|p| ((*p - center).norm() / radius - 1.0).abs());
                    let worst = off.fold(0.0, f64::max);
                    eprintln!(
                        "t = {time}, {share} of {}: off by {worst:.1e} of the radius",
                        outline.name
                    );
                    assert!(region.lines.len() == 1 && worst < 0.02, "{time} {share}: {worst}");
                }
            }
        }
    }

    #[test]
    fn the_best_place_of_a_name_is_where_the_data_lie() {
        let outlines = Outlines::of(&blend().at(1.0));
        let camera = crate::render::camera::Camera {
            center: Point::default(),
            scale: 50.0,
        };
        let on = camera.on(crate::space::Rect::new(0.0, 400.0, 0.0, 400.0));
        let [p, q] = [0, 1].map(|k| outlines.models[k].places(&on)[0]);
        // In the noise both laws are one, and the names stand on either side.
        assert!(p.1.x < -0.99 && q.1.x > 0.99, "{p:?} {q:?}");
        assert!(p.0.x < 130.0 && q.0.x > 270.0, "{p:?} {q:?}");
    }
}
