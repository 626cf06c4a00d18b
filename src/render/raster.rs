//! A painter for egui that runs on the CPU: the same interface code as in the window, drawn
//! without a driver, and byte for byte the same on every machine and with any number of threads.
//!
//! It follows egui's own painters: colours are premultiplied and blended in gamma space, corners
//! are rounded to 1/256 of a pixel, and a pixel belongs to the triangle that holds its centre.
//! It differs from them in two ways that are hard to see: it does not dither, and it has no
//! mipmaps. Paint callbacks are skipped, because they ask for a graphics card.

mod mesh;
mod paint;
mod shape;
mod texture;

use eframe::egui::epaint::textures::TexturesDelta;
use eframe::egui::epaint::{ClippedPrimitive, ImageData, Primitive, TextureAtlas, TextureId};
use eframe::egui::{self, Color32, Pos2, Rect, Ui, Vec2};
use image::RgbaImage;
use rayon::prelude::*;
use shape::{PixelBox, Shape};
use std::collections::{BTreeMap, BTreeSet};

use super::stage::Stage;
use texture::Texture;

/// Rows that one task draws: few enough to keep all threads busy, many enough that a letter
/// rarely falls into two tasks.
const BAND: usize = 16;

/// The longest side of a picture, in pixels; longer ones are cut to it.
pub const MAX_SIDE: usize = 16_384;

/// Draws what egui tessellates, on the CPU, byte-identical everywhere.
#[derive(Clone, Debug, Default)]
pub struct Rasteriser {
    textures: BTreeMap<TextureId, Texture>,
    /// Textures that egui has freed, but that the frame they were freed in may still show.
    leaving: BTreeSet<TextureId>,
}

impl Rasteriser {
    /// Takes over the textures that one pass of egui has set or changed.
    ///
    /// Call it once for every pass, in order, before [`Self::draw`]. Textures that the pass has
    /// freed can still be drawn until the next call, because egui frees a texture after the last
    /// frame that shows it.
    pub fn update(&mut self, mut delta: TexturesDelta) {
        for id in std::mem::take(&mut self.leaving) {
            self.textures.remove(&id);
        }
        let mut changes: Vec<_> = std::mem::take(&mut delta.set).into_iter().collect();
        changes.sort_by_key(|(id, _)| *id);
        for (id, changes) in changes {
            for change in changes {
                let ImageData::Color(image) = &change.image;
                match (change.pos, self.textures.get_mut(&id)) {
                    (Some(corner), Some(texture)) => texture.patch(corner, image, change.options),
                    // A change of a texture that was never given cannot be drawn.
                    (Some(_), None) => {}
                    (None, _) => match Texture::new(image, change.options) {
                        Some(texture) => {
                            self.textures.insert(id, texture);
                        }
                        None => {
                            self.textures.remove(&id);
                        }
                    },
                }
            }
        }
        // The textures must be taken out of the delta: dropping it full is an error in egui.
        self.leaving = std::mem::take(&mut delta.free).into_iter().collect();
    }

    /// Draws one frame of `size` pixels over a premultiplied `background`.
    ///
    /// The picture has straight (not premultiplied) alpha, as PNG files do; over an opaque
    /// background every pixel is opaque. Whatever has no texture, or a corner that is not a
    /// number, is left out.
    pub fn draw(
        &self,
        primitives: &[ClippedPrimitive],
        pixels_per_point: f32,
        size: [usize; 2],
        background: Color32,
    ) -> RgbaImage {
        let [width, height] = size.map(|side| side.min(MAX_SIDE));
        if width == 0 || height == 0 {
            return RgbaImage::new(width as u32, height as u32);
        }
        let shapes = self.shapes(primitives, pixels_per_point, [width, height]);
        let bands = bands(&shapes, height);
        let mut bytes = vec![0; width * height * 4];
        bytes
            .par_chunks_mut(width * 4 * BAND)
            .zip(bands)
            .enumerate()
            .for_each(|(band, (bytes, shapes))| {
                let (pixels, _) = bytes.as_chunks_mut::<4>();
                pixels.fill(background.to_array());
                draw_band(&shapes, (band * BAND) as i64, pixels, width);
                if !background.is_opaque() {
                    pixels.iter_mut().for_each(straighten);
                }
            });
        RgbaImage::from_raw(width as u32, height as u32, bytes).unwrap_or_default()
    }

    /// A part of a texture in a tint, with straight alpha; none of a texture that is not there.
    pub(super) fn image(&self, id: TextureId, uv: Rect, tint: Color32) -> Option<RgbaImage> {
        self.textures.get(&id)?.part(uv, tint)
    }

    /// Whether colours between texels are mixed where a texture is magnified.
    pub(super) fn is_smooth(&self, id: TextureId) -> bool {
        self.textures.get(&id).is_none_or(Texture::is_smooth)
    }

    /// The premultiplied colour of a texture at a place in it.
    pub(super) fn color(&self, id: TextureId, uv: Pos2) -> Color32 {
        self.textures.get(&id).map_or(Color32::TRANSPARENT, |t| t.color(uv))
    }

    /// Fetches the letters of a context that has handed them out before, to somebody else.
    pub(super) fn add_font(&mut self, ctx: &egui::Context) {
        let font = TextureId::default();
        if !self.textures.contains_key(&font) {
            let image = ctx.fonts(|fonts| fonts.image());
            let texture = Texture::new(&image, TextureAtlas::texture_options());
            self.textures.extend(texture.map(|texture| (font, texture)));
        }
    }

    fn shapes(&self, primitives: &[ClippedPrimitive], pixels_per_point: f32, size: [usize; 2]) -> Vec<Shape<'_>> {
        let mut shapes = Vec::new();
        for primitive in primitives {
            let Primitive::Mesh(mesh) = &primitive.primitive else {
                continue;
            };
            let Some(texture) = self.textures.get(&mesh.texture_id) else {
                continue;
            };
            let clip = PixelBox::of_clip(primitive.clip_rect, pixels_per_point, size);
            mesh::collect(mesh, texture, pixels_per_point, clip, &mut shapes);
        }
        shapes
    }
}

/// Lists for every band of rows the shapes that reach into it, in drawing order.
fn bands<'s, 't>(shapes: &'s [Shape<'t>], height: usize) -> Vec<Vec<&'s Shape<'t>>> {
    let mut bands = vec![Vec::new(); height.div_ceil(BAND)];
    for shape in shapes {
        let first = shape.area.top as usize / BAND;
        let last = (shape.area.bottom as usize).div_ceil(BAND);
        for band in &mut bands[first..last] {
            band.push(shape);
        }
    }
    bands
}

fn draw_band(shapes: &[&Shape<'_>], top: i64, pixels: &mut [[u8; 4]], width: usize) {
    let bottom = top + (pixels.len() / width) as i64;
    for shape in shapes {
        let (first, last) = (shape.area.top.max(top), shape.area.bottom.min(bottom));
        for row in first..last {
            let start = (row - top) as usize * width;
            paint::row(shape, row, &mut pixels[start..start + width]);
        }
    }
}

fn straighten(pixel: &mut [u8; 4]) {
    let [r, g, b, a] = *pixel;
    *pixel = Color32::from_rgba_premultiplied(r, g, b, a).to_srgba_unmultiplied();
}

/// Runs `ui` without a window, for `frames` passes (at least one) that are 1/60 s apart, and
/// returns the picture of the last pass over the colour of egui's panels; see [`Stage`].
pub fn picture(
    ctx: &egui::Context,
    size_points: Vec2,
    pixels_per_point: f32,
    frames: usize,
    ui: impl FnMut(&mut Ui),
) -> RgbaImage {
    let mut stage = Stage::new(ctx, size_points, pixels_per_point);
    stage.play(frames, ui);
    stage.picture()
}

#[cfg(test)]
mod tests;
