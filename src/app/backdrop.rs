//! The landscape beneath the particles: filled map and labelled isolines, made once per look at it.

use std::sync::Arc;

use eframe::egui;
use eframe::egui::epaint::{Mesh, TessellationOptions, Tessellator};
use eframe::egui::{
    ColorImage, Context, FontId, Painter, Pos2, Rect, Shape, Stroke, TextureHandle, TextureOptions, pos2, vec2,
};

use super::layers::Layers;
use super::phase::Canvas;
use super::theme::{Profile, Tokens, size};
use super::widgets::short;
use crate::landscape::Landscape;
use crate::render::camera::Projection;
use crate::render::contours::isolines;
use crate::render::landscape::Heights;
use crate::render::palette::Ramp;
use crate::snapshot::Plane;
use crate::space::{Grid, Point, Rect as World};
use crate::target::{Moments, Shape as Target};

/// Points of the screen per cell of the grid from which isolines are drawn.
const CELL: f64 = 4.0;
/// Points of the screen per pixel of the map.
const PIXEL: f64 = 2.0;

/// The landscape as last drawn.
#[derive(Default)]
pub(super) struct Backdrop {
    heights: Option<(Landscape, Heights)>,
    /// Of the data, where the landscape is that of a law under noise.
    of_data: Option<(Landscape, Heights)>,
    moments: Option<(Landscape, Option<Moments>)>,
    barrier: Option<((Point, Point), Landscape, f64)>,
    /// Of positions, and of phase space.
    drawn: [Option<Drawn>; 2],
    maps: [Option<TextureHandle>; 2],
    /// Whether lines stay lines, for a drawing of paths, instead of becoming triangles at once.
    pub(super) vector: bool,
}

/// Least room between a label and a plate (points).
const LABEL_GAP: f32 = 3.0;
/// Least distance between two places for one label (points).
const LABELS_APART: f64 = 40.0;

/// What the picture depends on.
#[derive(Clone, PartialEq)]
struct Key {
    landscape: Landscape,
    theme: Profile,
    canvas: Canvas,
    visible: World,
    size: [usize; 2],
    ppp: f32,
}

/// Isolines of one look, relative to the upper left corner of a panel.
struct Drawn {
    key: Key,
    lines: Mesh,
    paths: Vec<Shape>,
    /// Texts on isolines, each with its places, the best first.
    labels: Vec<(Vec<Pos2>, String)>,
    /// The lines as they lie in each panel.
    placed: Vec<(Pos2, Arc<Mesh>)>,
}

impl Backdrop {
    /// Heights of a landscape, measured once. Under noise isolines and shade are those of the data, so that a line means the same on all the way.
    pub(super) fn heights(&mut self, landscape: &Landscape) -> &Heights {
        if !matches!(&self.heights, Some((known, _)) if known == landscape) {
            self.heights = None;
        }
        let of_data = &mut self.of_data;
        let (_, heights) = self.heights.get_or_insert_with(|| {
            let heights = match of_the_data(landscape) {
                Some(data) => {
                    if !matches!(of_data, Some((known, _)) if *known == data) {
                        *of_data = Some((data.clone(), Heights::of(&data)));
                    }
                    let known = of_data.as_ref().map(|(_, heights)| heights.of_another(landscape));
                    known.unwrap_or_else(|| Heights::of(landscape))
                }
                None => Heights::of(landscape),
            };
            (landscape.clone(), heights)
        });
        heights
    }

    /// What is known exactly of the law at equilibrium, worked out once.
    pub(super) fn moments(&mut self, landscape: &Landscape) -> Option<&Moments> {
        if !matches!(&self.moments, Some((known, _)) if known == landscape) {
            self.moments = Some((landscape.clone(), landscape.moments()));
        }
        self.moments.as_ref().and_then(|(_, moments)| moments.as_ref())
    }

    /// Height (kT) of the lowest pass between two points of a landscape, measured once.
    pub(super) fn barrier(&mut self, landscape: &Landscape, from: Point, to: Point) -> f64 {
        if let Some((ends, of, height)) = &self.barrier
            && *ends == (from, to)
            && of == landscape
        {
            return *height;
        }
        let height = self.heights(landscape).barrier(landscape, from, to);
        self.barrier = Some(((from, to), landscape.clone(), height));
        height
    }

    /// Draws the labels of the isolines, each where it hides none of the `taken` plates; call it after the particles, which would
    /// hide them. One that finds no place is left out.
    pub(super) fn paint_labels(
        &self,
        painter: &Painter,
        (canvas, on): (Canvas, &Projection),
        taken: &[Rect],
        tokens: &Tokens,
    ) {
        let Some(drawn) = &self.drawn[slot(canvas)] else { return };
        let font = FontId::proportional(size::SMALL);
        let corner = screen_rect(on).min;
        let mut taken: Vec<Rect> = taken.iter().map(|plate| plate.expand(LABEL_GAP)).collect();
        for (places, text) in &drawn.labels {
            let galley = painter.layout_no_wrap(text.clone(), font.clone(), tokens.contour_text);
            let plate =
                |at: &Pos2| Rect::from_center_size(corner + at.to_vec2(), galley.size()).expand2(vec2(2.0, -1.0));
            let free = |plate: &Rect| taken.iter().all(|other| !other.intersects(*plate));
            let Some(plate) = places.iter().map(plate).find(free) else {
                continue;
            };
            taken.push(plate.expand2(vec2(LABEL_GAP, 14.0)));
            painter.rect_filled(plate, 3.0, tokens.plate);
            painter.galley(plate.min + vec2(2.0, -1.0), galley, tokens.contour_text);
        }
    }

    /// Draws the map of the landscape into a panel.
    pub(super) fn paint(
        &mut self,
        painter: &Painter,
        landscape: &Landscape,
        (canvas, on): (Canvas, &Projection),
        layers: Layers,
    ) {
        let theme = Profile::of(painter.ctx());
        let key = Key {
            landscape: landscape.clone(),
            theme,
            canvas,
            visible: on.visible(),
            size: [on.screen.width() as usize, on.screen.height() as usize],
            ppp: painter.ctx().pixels_per_point(),
        };
        if self.drawn[slot(canvas)].as_ref().is_none_or(|d| d.key != key) {
            self.make(painter.ctx(), key);
        }
        let Some(map) = &self.maps[slot(canvas)] else {
            return;
        };
        let rect = screen_rect(on);
        let tokens = theme.tokens();
        if layers.map {
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            painter.image(map.id(), rect, uv, egui::Color32::WHITE);
        } else {
            painter.rect_filled(rect, 0.0, tokens.field);
        }
    }

    /// Draws the isolines of the landscape that was painted last.
    pub(super) fn paint_lines(&mut self, painter: &Painter, (canvas, on): (Canvas, &Projection)) {
        let corner = screen_rect(on).min;
        if let Some(drawn) = self.drawn[slot(canvas)].as_ref().filter(|_| self.vector) {
            painter.extend(drawn.paths.iter().cloned().map(|mut path| {
                path.translate(corner.to_vec2());
                path
            }));
        } else if let Some(drawn) = &mut self.drawn[slot(canvas)] {
            painter.add(Shape::Mesh(drawn.lines_at(corner)));
        }
    }

    fn make(&mut self, ctx: &Context, key: Key) {
        let measured = self.heights(&key.landscape).clone();
        let cells = |points: f64, edge: usize| ((edge as f64 / points).ceil() as usize).clamp(2, 600);

        let pixels = [cells(PIXEL, key.size[0]), cells(PIXEL, key.size[1])];
        let ramp = Ramp::through(&key.theme.tokens().map);
        let heights = key
            .canvas
            .heights(&measured, &key.landscape, Grid::new(key.visible, pixels[0], pixels[1]));
        let bytes = measured.map(&heights, &ramp);
        let image = ColorImage::from_rgba_unmultiplied(pixels, &bytes);
        match &mut self.maps[slot(key.canvas)] {
            Some(texture) => texture.set(image, TextureOptions::LINEAR),
            none => *none = Some(ctx.load_texture("map", image, TextureOptions::LINEAR)),
        }

        // The grid reaches beyond the picture, so that the closing edges of isolines lie outside.
        let wider = key.visible.scaled(1.08);
        let grid = Grid::new(wider, cells(CELL, key.size[0]), cells(CELL, key.size[1]));
        let found = isolines(&key.canvas.heights(&measured, &key.landscape, grid), &measured.levels);
        let scale = key.size[0] as f64 / key.visible.width();
        let local = |p: Point| {
            pos2(
                (scale * (p.x - key.visible.min.x)) as f32,
                (scale * (key.visible.max.y - p.y)) as f32,
            )
        };
        let mut tessellator = Tessellator::new(key.ppp, TessellationOptions::default(), [1, 1], Vec::new());
        let mut lines = Mesh::default();
        let mut paths = Vec::new();
        let mut labels = Vec::new();
        let label_area = key.visible.scaled(0.86);
        for (k, isoline) in found.iter().enumerate() {
            // Every second line carries its height and is a little stronger, as on a map.
            let labelled = k % 2 == 1;
            let tokens = key.theme.tokens();
            let stroke = Stroke::new(tokens.bold * if labelled { 1.3 } else { 0.9 }, tokens.contour);
            for line in &isoline.lines {
                let points: Vec<Pos2> = line.iter().map(|p| local(*p)).collect();
                let path = Shape::line(points, stroke);
                if self.vector {
                    paths.push(path);
                } else {
                    tessellator.tessellate_shape(path, &mut lines);
                }
            }
            if labelled && key.size[0].min(key.size[1]) >= 120 {
                let places = isoline.label_places(label_area, LABELS_APART / scale);
                labels.push((
                    places.into_iter().map(local).collect(),
                    format!("{} kT", short(isoline.level)),
                ));
            }
        }
        let slot = slot(key.canvas);
        self.drawn[slot] = Some(Drawn {
            key,
            lines,
            paths,
            labels,
            placed: Vec::new(),
        });
    }
}

/// What becomes of a law under noise when the noise is gone, if there is any.
fn of_the_data(landscape: &Landscape) -> Option<Landscape> {
    match &landscape.shape {
        // Nothing can be laid over a law under noise.
        Target::Blend(blend) if blend.time() > 0.0 => {
            Some(Landscape::new(Target::Blend(blend.at(0.0)), landscape.temperature))
        }
        _ => None,
    }
}

/// Where a picture is kept.
fn slot(canvas: Canvas) -> usize {
    usize::from(canvas.plane != Plane::Positions)
}

impl Drawn {
    /// The lines moved to a panel whose upper left corner is `at`.
    fn lines_at(&mut self, at: Pos2) -> Arc<Mesh> {
        if let Some((_, mesh)) = self.placed.iter().find(|(corner, _)| *corner == at) {
            return Arc::clone(mesh);
        }
        let mut mesh = self.lines.clone();
        mesh.translate(at.to_vec2());
        let mesh = Arc::new(mesh);
        if self.placed.len() >= 8 {
            // The layout has changed several times under the same look.
            self.placed.clear();
        }
        self.placed.push((at, Arc::clone(&mesh)));
        mesh
    }
}

/// The picture of a projection as egui names it.
pub(super) fn screen_rect(on: &Projection) -> Rect {
    Rect::from_min_max(
        pos2(on.screen.min.x as f32, on.screen.min.y as f32),
        pos2(on.screen.max.x as f32, on.screen.max.y as f32),
    )
}
