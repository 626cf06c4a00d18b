//! Particles as discs whose area is their weight: one mesh per panel.

use eframe::egui;
use eframe::egui::epaint::{Mesh, Vertex};
use eframe::egui::{
    Color32, ColorImage, Context, Pos2, Rect, Shape, Stroke, TextureHandle, TextureOptions, pos2, vec2,
};

use super::layers::Coloring;
use super::theme::Tokens;
use crate::render::camera::Projection;
use crate::snapshot::Dot;
use crate::space::Point;

/// Diameters (pixels) at which the disc is kept; a drawn disc takes the next larger one.
const DIAMETERS: [usize; 8] = [2, 4, 8, 16, 32, 64, 128, 256];
/// Empty pixels around each kept disc, so that neighbours do not bleed into it.
const MARGIN: usize = 1;
/// Smallest radius of a drawn disc (points); lighter particles get paler instead.
const MIN_RADIUS: f32 = 0.9;
/// Discs of a larger radius have a rim.
const RIMMED: f32 = 8.0;
/// Width of the rim, in diameters.
const RIM: f32 = 0.05;
/// Opacity within the rim.
const INSIDE: f32 = 0.72;
/// Opacity steps.
const SHADES: usize = 32;

/// The pictures of a disc that all panels share.
pub(super) struct Textures {
    disc: TextureHandle,
    width: f32,
    height: f32,
}

impl Textures {
    /// Draws the discs once.
    pub(super) fn new(ctx: &Context) -> Self {
        let width = DIAMETERS.iter().map(|d| d + 2 * MARGIN).sum();
        let height = DIAMETERS[DIAMETERS.len() - 1] + 2 * MARGIN;
        let mut pixels = vec![Color32::TRANSPARENT; width * height];
        let mut left = 0;
        for d in DIAMETERS {
            let middle = MARGIN as f32 + 0.5 * d as f32;
            for y in 0..d + 2 * MARGIN {
                for x in 0..d + 2 * MARGIN {
                    let distance = ((x as f32 + 0.5 - middle).powi(2) + (y as f32 + 0.5 - middle).powi(2)).sqrt();
                    let radius = 0.5 * d as f32;
                    let cover = (radius - distance + 0.5).clamp(0.0, 1.0);
                    // Large discs have a rim, so that one heavy particle does not pass for a cloud.
                    let rim_width = if radius > RIMMED { RIM * d as f32 } else { radius };
                    let inside = if distance < radius - rim_width { INSIDE } else { 1.0 };
                    let value = (255.0 * cover * inside).round() as u8;
                    pixels[y * width + left + x] = Color32::from_rgba_premultiplied(value, value, value, value);
                }
            }
            left += d + 2 * MARGIN;
        }
        let image = ColorImage::new([width, height], pixels);
        Self {
            disc: ctx.load_texture("disc", image, TextureOptions::LINEAR),
            width: width as f32,
            height: height as f32,
        }
    }

    /// The part of the texture with a disc of at least this diameter (pixels), and how much wider than the disc it is.
    fn part(&self, diameter: f32) -> (Rect, f32) {
        let mut left = 0;
        let last = DIAMETERS.len() - 1;
        for (k, d) in DIAMETERS.into_iter().enumerate() {
            let edge = d + 2 * MARGIN;
            if d as f32 >= diameter || k == last {
                let min = pos2(left as f32 / self.width, 0.0);
                let extent = vec2(edge as f32 / self.width, edge as f32 / self.height);
                return (Rect::from_min_size(min, extent), edge as f32 / d as f32);
            }
            left += edge;
        }
        (Rect::NOTHING, 1.0)
    }
}

/// How weights become discs in all panels of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sizes {
    /// Radius (points) of a particle of average weight.
    average: f32,
    /// Largest radius drawn (points).
    largest: f32,
    /// Smallest radius drawn (points).
    least: f32,
    /// Factor on all opacities.
    opacity: f32,
}

impl Sizes {
    /// Sizes for `particles` particles on a picture of the given size: together they cover about a tenth of it.
    pub(super) fn new(particles: usize, picture: egui::Vec2) -> Self {
        let area = picture.x * picture.y;
        let average = (0.09 * area / (particles.max(1) as f32 * std::f32::consts::PI)).sqrt();
        Self {
            average: average.clamp(1.15, 7.0),
            largest: 0.16 * picture.min_elem(),
            least: MIN_RADIUS,
            opacity: 1.0,
        }
    }

    /// Sizes as drawn: over a density the discs are smaller and paler.
    pub(super) fn of(particles: usize, picture: egui::Vec2, density: bool) -> Self {
        let sizes = Self::new(particles, picture);
        if density { sizes.over_density() } else { sizes }
    }

    /// The same with a smallest disc that is so many times as large, so that it is seen from afar.
    pub(super) fn bold(self, bold: f32) -> Self {
        Self {
            average: self.average.max(1.15 * bold),
            least: MIN_RADIUS * bold,
            ..self
        }
    }

    /// The same, thin enough to leave the density beneath visible.
    fn over_density(self) -> Self {
        Self {
            average: 0.75 * self.average,
            opacity: 0.5,
            ..self
        }
    }

    /// Radius (points) for a weight, where 1 is average: the area is proportional to the weight.
    pub(super) fn radius(&self, weight: f32) -> f32 {
        (self.average * weight.max(0.0).sqrt()).min(self.largest)
    }
}

/// Colours, and which of them a particle has.
pub(super) type Colors<'a> = (&'a [Color32], fn(&Dot) -> usize);

/// The colours of particles that are coloured so; `flow` is that of their flow.
pub(super) fn colors<'a>(coloring: Coloring, flow: &'a [Color32; 1], tokens: &'a Tokens) -> Colors<'a> {
    match coloring {
        Coloring::Origin => (&tokens.origins, by_origin),
        Coloring::Lineage => (&tokens.lineages, by_lineage),
        Coloring::Flow => (flow, by_origin),
    }
}

/// The number of the colour of a particle by the well in which its ancestor began.
pub(super) fn by_origin(dot: &Dot) -> usize {
    usize::from(dot.origin)
}

/// The number of the colour of a particle by its ancestor: neighbouring slots have little to do with each other, and different colours.
pub(super) const fn by_lineage(dot: &Dot) -> usize {
    (dot.ancestor.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

/// The discs of some particles, each of the colour that it says.
pub(super) fn mesh(
    dots: &[Dot],
    on: &Projection,
    sizes: Sizes,
    colors: Colors<'_>,
    (textures, ppp): (&Textures, f32),
) -> Mesh {
    let mut mesh = Mesh::with_texture(textures.disc.id());
    mesh.vertices.reserve(4 * dots.len());
    mesh.indices.reserve(6 * dots.len());
    each(dots, on, sizes, colors, |at, radius, color| {
        let (uv, wider) = textures.part(2.0 * radius * ppp);
        quad(&mut mesh, at, radius * wider, uv, color);
    });
    mesh
}

/// The same discs as circles, for a drawing of paths; large ones have their rim.
pub(super) fn circles(dots: &[Dot], on: &Projection, sizes: Sizes, colors: Colors<'_>) -> Vec<Shape> {
    let mut shapes = Vec::with_capacity(dots.len());
    each(dots, on, sizes, colors, |at, radius, color| {
        shapes.push(if radius > RIMMED {
            let width = RIM * 2.0 * radius;
            let rim = Stroke::new(width, color);
            Shape::Vec(vec![
                Shape::circle_filled(at, radius - width, color.gamma_multiply(INSIDE)),
                Shape::circle_stroke(at, radius - 0.5 * width, rim),
            ])
        } else {
            Shape::circle_filled(at, radius, color)
        });
    });
    shapes
}

/// Place, radius and colour of every disc that is seen, from the lowest.
fn each(
    dots: &[Dot],
    on: &Projection,
    sizes: Sizes,
    (colors, of): Colors<'_>,
    mut draw: impl FnMut(Pos2, f32, Color32),
) {
    let shades: Vec<[Color32; SHADES]> = colors
        .iter()
        .map(|color| std::array::from_fn(|k| color.gamma_multiply(k as f32 / (SHADES - 1) as f32)))
        .collect();
    let (min, max) = (on.screen.min, on.screen.max);
    // Heavy discs lie beneath light ones; few are heavy, so that sorting all would be waste.
    let heavy = 36.0;
    for heavy_now in [true, false] {
        for dot in dots {
            if (dot.weight > heavy) != heavy_now || dot.weight <= 0.0 {
                continue;
            }
            let p = on.screen_from_world(Point::new(f64::from(dot.x), f64::from(dot.y)));
            let wanted = sizes.radius(dot.weight);
            let radius = wanted.max(sizes.least);
            let r = f64::from(radius);
            if p.x + r < min.x || p.x - r > max.x || p.y + r < min.y || p.y - r > max.y {
                continue;
            }
            // Opacity is the second channel: a disc that would be too small to see gets paler, a large one lets others through.
            let faint = (wanted / radius).powi(2);
            let opacity = (0.82 - 0.012 * radius).clamp(0.35, 0.82) * faint.max(0.16) * sizes.opacity;
            let shade = (opacity * (SHADES - 1) as f32).round() as usize;
            let color = shades[of(dot) % shades.len()][shade.min(SHADES - 1)];
            draw(pos2(p.x as f32, p.y as f32), radius, color);
        }
    }
}

fn quad(mesh: &mut Mesh, at: Pos2, half: f32, uv: Rect, color: Color32) {
    let first = mesh.vertices.len() as u32;
    let rect = Rect::from_center_size(at, egui::Vec2::splat(2.0 * half));
    for (pos, uv) in [
        (rect.left_top(), uv.left_top()),
        (rect.right_top(), uv.right_top()),
        (rect.right_bottom(), uv.right_bottom()),
        (rect.left_bottom(), uv.left_bottom()),
    ] {
        mesh.vertices.push(Vertex { pos, uv, color });
    }
    mesh.indices
        .extend([first, first + 1, first + 2, first, first + 2, first + 3]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::camera::Camera;

    #[test]
    fn area_is_proportional_to_weight() {
        let sizes = Sizes::new(1000, vec2(400.0, 400.0));
        let ratio = (sizes.radius(4.0) / sizes.radius(1.0)).powi(2);
        assert!((ratio - 4.0).abs() < 1e-4);
    }

    #[test]
    fn families_use_all_colours_alike() {
        let mut counts = [0; 12];
        for ancestor in 0..12_000 {
            let dot = Dot {
                x: 0.0,
                y: 0.0,
                weight: 1.0,
                origin: 0,
                growth: 0.0,
                ancestor,
            };
            counts[by_lineage(&dot) % 12] += 1;
        }
        assert!(counts.iter().all(|n| (850..1150).contains(n)), "{counts:?}");
    }

    #[test]
    fn particles_outside_and_without_weight_are_not_drawn() {
        let ctx = Context::default();
        let textures = Textures::new(&ctx);
        let on = Camera {
            center: Point::default(),
            scale: 100.0,
        }
        .on(crate::space::Rect::new(0.0, 200.0, 0.0, 200.0));
        let dot = |x, weight| Dot {
            x,
            y: 0.0,
            weight,
            origin: 0,
            growth: 0.0,
            ancestor: 0,
        };
        let dots = [dot(0.0, 1.0), dot(9.0, 1.0), dot(0.5, 0.0)];
        let mesh = mesh(
            &dots,
            &on,
            Sizes::new(3, vec2(200.0, 200.0)),
            (&[Color32::RED], by_origin),
            (&textures, 1.0),
        );
        assert_eq!(mesh.vertices.len(), 4);
        let center = mesh.calc_bounds().center();
        assert!((center - pos2(100.0, 100.0)).length() < 1e-3);
    }
}
