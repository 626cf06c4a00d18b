//! Meshes: pictures where they are pictures, one path where they have one colour, else triangle by triangle.

use std::io;

use eframe::egui::epaint::{Mesh, TextureId, Vertex};
use eframe::egui::{Color32, Pos2, Rect};

use super::{Svg, fill, pair};

impl Svg<'_> {
    pub(super) fn mesh(&mut self, mesh: &Mesh) -> io::Result<()> {
        let (triangles, _) = mesh.indices.as_chunks::<3>();
        let corners: Vec<[Vertex; 3]> = triangles
            .iter()
            .filter_map(|indices| {
                let [a, b, c] = indices.map(|index| mesh.vertices.get(index as usize).copied());
                Some([a?, b?, c?]).filter(|corners| corners.iter().all(|v| v.pos.is_finite()))
            })
            .collect();
        let textured = mesh.texture_id != TextureId::default();
        if !textured && let Some(color) = one_color(&corners) {
            // One path has no seams between its triangles, if all turn the same way.
            let path: String = corners.iter().map(|&corners| outline(corners)).collect();
            let mut attributes = vec![("d", path)];
            fill(color, &mut attributes);
            return self.element("path", &attributes);
        }
        let mut rest = corners.iter().peekable();
        while let Some(&triangle) = rest.next() {
            let picture = rest
                .peek()
                .filter(|_| textured)
                .and_then(|&&next| picture(triangle, next));
            if let Some((rect, uv, tint)) = picture {
                rest.next();
                if let Some(image) = self.textures.image(mesh.texture_id, uv, tint) {
                    self.image(rect, mesh.texture_id, &image, 0.0)?;
                }
                continue;
            }
            let mut color = mean(triangle.map(|v| v.color));
            if textured {
                let at = Pos2::new(
                    triangle.iter().map(|v| v.uv.x).sum::<f32>() / 3.0,
                    triangle.iter().map(|v| v.uv.y).sum::<f32>() / 3.0,
                );
                color = self.textures.color(mesh.texture_id, at) * color;
            }
            let mut attributes = vec![("d", outline(triangle))];
            fill(color, &mut attributes);
            self.element("path", &attributes)?;
        }
        Ok(())
    }
}

/// The colour of all corners, if there is one.
fn one_color(corners: &[[Vertex; 3]]) -> Option<Color32> {
    let mut all = corners.iter().flatten().map(|vertex| vertex.color);
    let first = all.next()?;
    all.all(|color| color == first).then_some(first)
}

/// A triangle that turns clockwise on the screen.
fn outline([a, b, c]: [Vertex; 3]) -> String {
    let turn = (b.pos - a.pos).rot90().dot(c.pos - a.pos);
    let (b, c) = if turn > 0.0 { (c, b) } else { (b, c) };
    format!("M{}L{}L{}Z", pair(a.pos), pair(b.pos), pair(c.pos))
}

/// If two triangles are an upright picture in one tint: where, what of the texture, and the tint.
fn picture(first: [Vertex; 3], second: [Vertex; 3]) -> Option<(Rect, Rect, Color32)> {
    let all = [first, second];
    let rect = Rect::from_points(&all.as_flattened().iter().map(|v| v.pos).collect::<Vec<_>>());
    let uv = Rect::from_points(&all.as_flattened().iter().map(|v| v.uv).collect::<Vec<_>>());
    let on_corner = |vertex: &Vertex| {
        let place = |at: Pos2, of: Rect| {
            let x = if at.x == of.min.x {
                Some(false)
            } else {
                (at.x == of.max.x).then_some(true)
            };
            let y = if at.y == of.min.y {
                Some(false)
            } else {
                (at.y == of.max.y).then_some(true)
            };
            x.zip(y)
        };
        place(vertex.pos, rect).filter(|corner| place(vertex.uv, uv) == Some(*corner))
    };
    let mut seen: Vec<(bool, bool)> = all.as_flattened().iter().map(on_corner).collect::<Option<_>>()?;
    seen.sort_unstable();
    seen.dedup();
    let tint = one_color(&all)?;
    (seen.len() == 4 && rect.is_positive()).then_some((rect, uv, tint))
}

/// The mean of premultiplied colours.
fn mean(colors: [Color32; 3]) -> Color32 {
    let [r, g, b, a] =
        std::array::from_fn(|k| ((colors.iter().map(|c| u16::from(c.to_array()[k])).sum::<u16>() + 1) / 3) as u8);
    Color32::from_rgba_premultiplied(r, g, b, a)
}
