//! From a mesh of egui to shapes: scaling, cutting, and finding the rectangles.

use super::shape::{Corner, PixelBox, SUBPIXELS, Shape};
use super::texture::Texture;
use eframe::egui::{Mesh, epaint::Vertex};

/// Corners further out than this many pixels are cut off first, which bounds every product of
/// coordinates far below the range of `i64`.
const GUARD: f64 = 32_768.0;

/// A vertex in pixels, before rounding.
#[derive(Clone, Copy, Debug)]
struct Point {
    at: [f64; 2],
    colour: [f32; 4],
    texel: [f32; 2],
}

impl Point {
    fn new(vertex: &Vertex, pixels_per_point: f32, size: [f32; 2]) -> Option<Self> {
        let scale = f64::from(pixels_per_point);
        let at = [f64::from(vertex.pos.x) * scale, f64::from(vertex.pos.y) * scale];
        let texel = [vertex.uv.x * size[0], vertex.uv.y * size[1]];
        let finite = at.iter().all(|x| x.is_finite()) && texel.iter().all(|x| x.is_finite());
        finite.then(|| Self {
            at,
            colour: vertex.color.to_array().map(f32::from),
            texel,
        })
    }

    fn is_near(&self) -> bool {
        self.at.iter().all(|x| x.abs() <= GUARD)
    }

    fn rounded(self) -> Corner {
        Corner {
            at: self.at.map(|x| (x * SUBPIXELS as f64 + 0.5).floor() as i64),
            colour: self.colour,
            texel: self.texel,
        }
    }

    fn towards(&self, other: &Self, t: f64) -> Self {
        let mix = |a: f32, b: f32| (f64::from(a) + (f64::from(b) - f64::from(a)) * t) as f32;
        Self {
            at: [0, 1].map(|i| self.at[i] + (other.at[i] - self.at[i]) * t),
            colour: [0, 1, 2, 3].map(|i| mix(self.colour[i], other.colour[i])),
            texel: [0, 1].map(|i| mix(self.texel[i], other.texel[i])),
        }
    }
}

/// Adds the visible triangles of a mesh to `shapes`, in order.
pub(super) fn collect<'a>(
    mesh: &Mesh,
    texture: &'a Texture,
    pixels_per_point: f32,
    clip: PixelBox,
    shapes: &mut Vec<Shape<'a>>,
) {
    if clip.is_empty() {
        return;
    }
    let size = texture.size();
    let points: Vec<_> = mesh
        .vertices
        .iter()
        .map(|vertex| Point::new(vertex, pixels_per_point, size))
        .collect();
    let (triangles, _) = mesh.indices.as_chunks::<3>();
    let mut rest = triangles.iter().peekable();
    while let Some(&triangle) = rest.next() {
        let Some(points_of) = points_at(&points, triangle) else {
            continue;
        };
        if !points_of.iter().all(Point::is_near) {
            let polygon = cut(&points_of);
            for i in 2..polygon.len() {
                let corners = [polygon[0], polygon[i - 1], polygon[i]].map(Point::rounded);
                shapes.extend(Shape::new(corners, false, clip, texture));
            }
            continue;
        }
        let corners = points_of.map(Point::rounded);
        let rectangle = rest
            .peek()
            .and_then(|&&next| rectangle(&points, triangle, corners, next));
        if let Some(corners) = rectangle {
            rest.next();
            shapes.extend(Shape::new(corners, true, clip, texture));
        } else {
            shapes.extend(Shape::new(corners, false, clip, texture));
        }
    }
}

fn points_at(points: &[Option<Point>], indices: [u32; 3]) -> Option<[Point; 3]> {
    let [a, b, c] = indices.map(|index| points.get(index as usize).copied().flatten());
    Some([a?, b?, c?])
}

/// If a triangle and the next one halve an upright rectangle of one colour, with a texture that is
/// neither turned nor sheared: three corners of the rectangle.
fn rectangle(
    points: &[Option<Point>],
    triangle: [u32; 3],
    corners: [Corner; 3],
    next: [u32; 3],
) -> Option<[Corner; 3]> {
    let lone = (0..3).find(|&i| !next.contains(&triangle[i]))?;
    let shared = [(lone + 1) % 3, (lone + 2) % 3];
    if !shared.iter().all(|&i| next.contains(&triangle[i])) {
        return None;
    }
    let fourth = next.into_iter().find(|index| !triangle.contains(index))?;
    let fourth = points.get(fourth as usize).copied().flatten()?;
    let fourth = fourth.is_near().then(|| fourth.rounded())?;
    let first = corners[lone];
    let [mut beside, mut below] = shared.map(|i| corners[i]);
    if beside.at[1] != first.at[1] {
        std::mem::swap(&mut beside, &mut below);
    }
    let upright = beside.at == [fourth.at[0], first.at[1]]
        && below.at == [first.at[0], fourth.at[1]]
        && beside.texel == [fourth.texel[0], first.texel[1]]
        && below.texel == [first.texel[0], fourth.texel[1]];
    let one_colour = [beside, below, fourth]
        .iter()
        .all(|corner| corner.colour == first.colour);
    (upright && one_colour).then_some([first, beside, below])
}

/// The part of a triangle within the guard band.
fn cut(triangle: &[Point; 3]) -> Vec<Point> {
    let mut polygon = triangle.to_vec();
    for (axis, sign) in [(0, 1.0), (0, -1.0), (1, 1.0), (1, -1.0)] {
        let room = |point: &Point| GUARD - sign * point.at[axis];
        let mut kept = Vec::with_capacity(polygon.len() + 1);
        for (i, point) in polygon.iter().enumerate() {
            let next = &polygon[(i + 1) % polygon.len()];
            let (here, there) = (room(point), room(next));
            if here >= 0.0 {
                kept.push(*point);
            }
            // Always from the inside, so that neighbours cut a shared edge in the same place.
            if here >= 0.0 && there < 0.0 {
                kept.push(point.towards(next, here / (here - there)));
            } else if here < 0.0 && there >= 0.0 {
                kept.push(next.towards(point, there / (there - here)));
            }
        }
        polygon = kept;
    }
    polygon
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f64, y: f64) -> Point {
        Point {
            at: [x, y],
            colour: [255.0, 0.0, 0.0, 255.0],
            texel: [x as f32, 0.0],
        }
    }

    #[test]
    fn what_is_cut_off_lies_outside_the_guard_band() {
        let polygon = cut(&[point(-1e9, -1e9), point(1e9, -1e9), point(0.0, 1e9)]);
        assert!(polygon.len() > 3);
        for point in &polygon {
            assert!(point.at.iter().all(|x| x.abs() <= GUARD * (1.0 + 1e-9)));
            assert!((f64::from(point.texel[0]) - point.at[0]).abs() <= 100.0);
        }
        let beyond = [point(1e6, 0.0), point(2e6, 0.0), point(1e6, 1e6)];
        assert!(cut(&beyond).is_empty());
        let near = [point(1.0, 2.0), point(3.0, 4.0), point(5.0, 7.0)];
        let kept: Vec<_> = cut(&near).iter().map(|point| point.at).collect();
        assert_eq!(kept, near.map(|point| point.at));
    }

    #[test]
    fn halves_of_an_upright_rectangle_are_found_in_any_order() {
        let square = [[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [0.0, 2.0]];
        let points = square.map(|[x, y]| Some(point(x, y)));
        let found = |points: &[Option<Point>], first: [u32; 3], second| {
            let corners = points_at(points, first).unwrap().map(Point::rounded);
            rectangle(points, first, corners, second).is_some()
        };
        for (first, second) in [
            ([0, 1, 2], [0, 2, 3]),
            ([2, 0, 1], [3, 2, 0]),
            ([3, 2, 0], [1, 2, 0]),
            ([1, 3, 0], [2, 3, 1]),
        ] {
            assert!(found(&points, first, second), "{first:?} {second:?}");
        }
        assert!(!found(&points, [0, 1, 2], [0, 1, 3]), "these two overlap");
        assert!(!found(&points, [0, 1, 2], [0, 2, 9]), "one corner is missing");
        let mut skewed = points;
        skewed[1] = Some(point(4.5, 0.0));
        assert!(!found(&skewed, [0, 1, 2], [0, 2, 3]));
        let mut mixed = points;
        mixed[3].as_mut().unwrap().colour[1] = 9.0;
        assert!(!found(&mixed, [0, 1, 2], [0, 2, 3]));
    }
}
