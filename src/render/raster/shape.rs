//! Triangles and rectangles, prepared so that every row of pixels can be drawn on its own.

use super::texture::{Sampler, Texture};
use eframe::egui::Rect;
use std::array;

/// Steps per pixel of the grid that corners are rounded to. Graphics cards use the same 1/256:
/// fine enough for smooth edges, and coarse enough that corners meant to coincide do.
pub(super) const SUBPIXELS: i64 = 256;

/// A box of pixels: columns `left..right` of rows `top..bottom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PixelBox {
    pub(super) left: i64,
    pub(super) right: i64,
    pub(super) top: i64,
    pub(super) bottom: i64,
}

impl PixelBox {
    /// The pixels inside a clip rectangle, rounded as the window's painter rounds them.
    pub(super) fn of_clip(clip: Rect, pixels_per_point: f32, size: [usize; 2]) -> Self {
        let [width, height] = size.map(|side| side as i64);
        let pixel = |points: f32, side: i64| {
            let pixels = (pixels_per_point * points).round() as i64;
            pixels.clamp(0, side)
        };
        Self {
            left: pixel(clip.min.x, width),
            right: pixel(clip.max.x, width),
            top: pixel(clip.min.y, height),
            bottom: pixel(clip.max.y, height),
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    /// The pixels of this box whose centres lie in the box of the corners; a centre on the left
    /// or upper border counts, one on the right or lower border does not.
    fn around(self, corners: [Corner; 3]) -> Self {
        let first = |subpixels: i64| (subpixels + SUBPIXELS / 2 - 1).div_euclid(SUBPIXELS);
        let [a, b, c] = corners.map(|corner| corner.at);
        Self {
            left: self.left.max(first(a[0].min(b[0]).min(c[0]))),
            right: self.right.min(first(a[0].max(b[0]).max(c[0]))),
            top: self.top.max(first(a[1].min(b[1]).min(c[1]))),
            bottom: self.bottom.min(first(a[1].max(b[1]).max(c[1]))),
        }
    }
}

/// A vertex on the grid of subpixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corner {
    pub(super) at: [i64; 2],
    pub(super) colour: [f32; 4],
    pub(super) texel: [f32; 2],
}

/// The line from one corner to the next: positive on the side of the triangle.
#[derive(Clone, Copy, Debug)]
struct Edge {
    origin: i64,
    per_column: i64,
    per_row: i64,
    /// Least value that counts as inside: 0 where the centre of a pixel on the line itself
    /// belongs to this triangle, and 1 where it belongs to the neighbour.
    least: i64,
}

impl Edge {
    fn new(from: [i64; 2], to: [i64; 2]) -> Self {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let centre = SUBPIXELS / 2;
        let top_or_left = dy < 0 || (dy == 0 && dx > 0);
        Self {
            origin: dx * (centre - from[1]) - dy * (centre - from[0]),
            per_column: -dy * SUBPIXELS,
            per_row: dx * SUBPIXELS,
            least: i64::from(!top_or_left),
        }
    }

    #[inline]
    fn at(&self, column: i64, row: i64) -> i64 {
        self.origin + self.per_column * column + self.per_row * row
    }
}

/// A quantity that is linear over a shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plane<const N: usize> {
    first: [f32; N],
    to_second: [f32; N],
    to_third: [f32; N],
    /// Change from one pixel to the next in a row.
    pub(super) step: [f32; N],
}

impl<const N: usize> Plane<N> {
    fn new(values: [[f32; N]; 3], edges: &[Edge; 3], inverse_area: f64) -> Self {
        let difference = |other: usize| array::from_fn(|i| values[other][i] - values[0][i]);
        let (to_second, to_third): ([f32; N], [f32; N]) = (difference(1), difference(2));
        let second = edges[2].per_column as f64 * inverse_area;
        let third = edges[0].per_column as f64 * inverse_area;
        let step = array::from_fn(|i| (f64::from(to_second[i]) * second + f64::from(to_third[i]) * third) as f32);
        Self {
            first: values[0],
            to_second,
            to_third,
            step,
        }
    }

    /// The value where the second and third corner have the given weights.
    #[inline]
    pub(super) fn at(&self, [second, third]: [f32; 2]) -> [f32; N] {
        array::from_fn(|i| self.first[i] + self.to_second[i] * second + self.to_third[i] * third)
    }
}

/// What colours the pixels of a shape.
#[derive(Clone, Debug)]
pub(super) enum Ink<'a> {
    /// The same premultiplied colour everywhere, each channel from 0 to 255.
    Flat([f32; 4]),
    /// A colour that changes over the shape.
    Gradient(Plane<4>),
    /// A texture, with a factor for every channel.
    Image(Sampler<'a>, Plane<2>, [f32; 4]),
    /// A texture times a colour that changes over the shape.
    TintedImage(Sampler<'a>, Plane<2>, Plane<4>),
}

/// A triangle or a rectangle, ready to be drawn row by row.
#[derive(Clone, Debug)]
pub(super) struct Shape<'a> {
    /// No pixel outside this box is drawn.
    pub(super) area: PixelBox,
    pub(super) ink: Ink<'a>,
    /// From the first corner to the second, from there to the third, and back.
    edges: [Edge; 3],
    inverse_area: f64,
    fills_area: bool,
}

impl<'a> Shape<'a> {
    /// Prepares three corners, or none if they cover no pixel. A rectangle is given by its upper
    /// left, upper right and lower left corner.
    pub(super) fn new(
        mut corners: [Corner; 3],
        fills_area: bool,
        clip: PixelBox,
        texture: &'a Texture,
    ) -> Option<Self> {
        let area = clip.around(corners);
        if area.is_empty() {
            return None;
        }
        let mut double_area = cross(corners);
        if double_area < 0 {
            // egui does not care about orientation; the edges do.
            corners.swap(1, 2);
            double_area = -double_area;
        }
        if double_area == 0 {
            return None;
        }
        let [a, b, c] = corners.map(|corner| corner.at);
        let edges = [Edge::new(a, b), Edge::new(b, c), Edge::new(c, a)];
        let inverse_area = 1.0 / double_area as f64;
        let ink = ink(&corners, &edges, inverse_area, texture);
        (!matches!(ink, Ink::Flat([0.0, 0.0, 0.0, 0.0]))).then_some(Self {
            area,
            ink,
            edges,
            inverse_area,
            fills_area,
        })
    }

    /// The columns to draw in a row, as `start..end`; empty if `start >= end`.
    #[inline]
    pub(super) fn columns(&self, row: i64) -> (i64, i64) {
        let (mut start, mut end) = (self.area.left, self.area.right);
        if self.fills_area {
            return (start, end);
        }
        for edge in &self.edges {
            // Exact integers: two triangles that share an edge agree about every pixel on it.
            let value = edge.at(0, row) - edge.least;
            if edge.per_column > 0 {
                start = start.max(-value.div_euclid(edge.per_column));
            } else if edge.per_column < 0 {
                end = end.min(value.div_euclid(-edge.per_column) + 1);
            } else if value < 0 {
                end = start;
            }
        }
        (start, end)
    }

    /// The weights of the second and third corner at the centre of a pixel.
    #[inline]
    pub(super) fn weights(&self, column: i64, row: i64) -> [f32; 2] {
        [&self.edges[2], &self.edges[0]].map(|edge| (edge.at(column, row) as f64 * self.inverse_area) as f32)
    }
}

/// Twice the signed area, positive if the corners run clockwise on the screen.
fn cross(corners: [Corner; 3]) -> i64 {
    let [a, b, c] = corners.map(|corner| corner.at);
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn ink<'a>(corners: &[Corner; 3], edges: &[Edge; 3], inverse_area: f64, texture: &'a Texture) -> Ink<'a> {
    let mut colours = corners.map(|corner| corner.colour);
    let texels = corners.map(|corner| corner.texel);
    let one_colour = colours[0] == colours[1] && colours[0] == colours[2];
    if texels[0] == texels[1] && texels[0] == texels[2] {
        // Nearly everything that is not text points at the white pixel of the font texture.
        let texel = texture.sampler(0.0).at(texels[0]);
        for colour in &mut colours {
            for (channel, texel) in colour.iter_mut().zip(texel) {
                *channel = *channel * texel / 255.0;
            }
        }
        return if one_colour {
            Ink::Flat(colours[0])
        } else {
            Ink::Gradient(Plane::new(colours, edges, inverse_area))
        };
    }
    let place = Plane::new(texels, edges, inverse_area);
    let sampler = texture.sampler(texels_per_pixel(&place, edges, inverse_area));
    let factors = colours.map(|colour| colour.map(|channel| channel / 255.0));
    if one_colour {
        Ink::Image(sampler, place, factors[0])
    } else {
        let tint = Plane::new(factors, edges, inverse_area);
        Ink::TintedImage(sampler, place, tint)
    }
}

/// How many texels one pixel spans along its larger side, which decides between the filters.
fn texels_per_pixel(place: &Plane<2>, edges: &[Edge; 3], inverse_area: f64) -> f32 {
    let second = (edges[2].per_row as f64 * inverse_area) as f32;
    let third = (edges[0].per_row as f64 * inverse_area) as f32;
    let down = [0, 1].map(|i| place.to_second[i] * second + place.to_third[i] * third);
    let length = |[u, v]: [f32; 2]| (u * u + v * v).sqrt();
    let larger = length(place.step).max(length(down));
    // A texture at its own size must not fall to either side by a rounding error.
    if (larger - 1.0).abs() < 1e-3 { 1.0 } else { larger }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Color32, ColorImage, TextureOptions, pos2};

    const CLIP: PixelBox = PixelBox {
        left: 0,
        right: 10,
        top: 0,
        bottom: 10,
    };

    fn triangle(points: [[i64; 2]; 3], texture: &Texture) -> Option<Shape<'_>> {
        let corners = points.map(|at| Corner {
            at,
            colour: [255.0; 4],
            texel: [0.0; 2],
        });
        Shape::new(corners, false, CLIP, texture)
    }

    #[test]
    fn the_columns_of_a_triangle_are_those_with_their_centre_inside() {
        let white = ColorImage::filled([1, 1], Color32::WHITE);
        let texture = Texture::new(&white, TextureOptions::LINEAR).unwrap();
        // Both legs run through centres of pixels: those on the upper and left one count, and
        // those on the long side, which looks down to the right, do not.
        let legs = [[128, 128], [1152, 128], [128, 1152]];
        let shape = triangle(legs, &texture).unwrap();
        let turned = triangle([legs[0], legs[2], legs[1]], &texture).unwrap();
        for row in 0..4 {
            assert_eq!(shape.columns(row), (0, 4 - row));
            assert_eq!(turned.columns(row), (0, 4 - row), "orientation does not matter");
        }
        assert_eq!((shape.area.top, shape.area.bottom), (0, 4));
        assert_eq!(shape.weights(0, 0), [0.0, 0.0]);
        assert_eq!(shape.weights(1, 2), [0.25, 0.5]);
        let line = triangle([[0, 0], [512, 512], [1024, 1024]], &texture);
        assert!(line.is_none(), "a line has no inside");
    }

    #[test]
    fn clip_rectangles_are_rounded_and_kept_in_the_picture() {
        let clip = Rect::from_min_max(pos2(-3.0, 0.6), pos2(2.4, 90.0));
        let expected = PixelBox {
            left: 0,
            right: 5,
            top: 1,
            bottom: 20,
        };
        assert_eq!(PixelBox::of_clip(clip, 2.0, [30, 20]), expected);
        assert!(PixelBox::of_clip(Rect::NOTHING, 1.0, [5, 5]).is_empty());
        assert!(PixelBox::of_clip(Rect::NAN, 1.0, [5, 5]).is_empty());
    }
}
