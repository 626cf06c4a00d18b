//! Textures as egui uploads them, and how a texel is looked up.

use eframe::egui::{Color32, ColorImage, Pos2, Rect, TextureFilter, TextureOptions, TextureWrapMode};
use image::RgbaImage;

/// Parts of a texel that a lookup distinguishes: graphics cards filter with 8 bits too, and
/// rounding to them makes text that lies on the pixel grid exactly as sharp as its atlas.
const FRACTION: i32 = 256;

/// One uploaded image, with premultiplied pixels.
#[derive(Clone, Debug)]
pub(super) struct Texture {
    size: [usize; 2],
    texels: Vec<Color32>,
    options: TextureOptions,
}

impl Texture {
    /// Takes a whole image; an image without pixels, or with the wrong number of them, is none.
    pub(super) fn new(image: &ColorImage, options: TextureOptions) -> Option<Self> {
        let count = image.size[0].checked_mul(image.size[1])?;
        let fits = image.size.iter().all(|&side| i32::try_from(side).is_ok());
        (count > 0 && count == image.pixels.len() && fits).then(|| Self {
            size: image.size,
            texels: image.pixels.clone(),
            options,
        })
    }

    /// Overwrites the part of the texture that starts at `corner`; what would lie outside is cut.
    pub(super) fn patch(&mut self, corner: [usize; 2], image: &ColorImage, options: TextureOptions) {
        self.options = options;
        let [width, height] = self.size;
        if image.size[0] == 0 || corner[0] >= width || corner[1] >= height {
            return;
        }
        let count = image.size[0].min(width - corner[0]);
        let rows = self.texels.chunks_exact_mut(width).skip(corner[1]);
        for (row, patch) in rows.zip(image.pixels.chunks_exact(image.size[0])) {
            row[corner[0]..corner[0] + count].copy_from_slice(&patch[..count]);
        }
    }

    /// Width and height in texels.
    pub(super) fn size(&self) -> [f32; 2] {
        self.size.map(|side| side as f32)
    }

    /// A part in a tint, with straight alpha; its edges are rounded to texels.
    pub(super) fn part(&self, uv: Rect, tint: Color32) -> Option<RgbaImage> {
        let [width, height] = self.size;
        let texel = |share: f32, side: usize| (share.clamp(0.0, 1.0) * side as f32).round() as usize;
        let (left, right) = (texel(uv.min.x, width), texel(uv.max.x, width));
        let (top, bottom) = (texel(uv.min.y, height), texel(uv.max.y, height));
        let rows = self.texels.chunks_exact(width).take(bottom).skip(top);
        let bytes = rows
            .flat_map(|row| row.get(left..right).unwrap_or_default())
            .flat_map(|&texel| (texel * tint).to_srgba_unmultiplied())
            .collect();
        let sides = [right.checked_sub(left)?, bottom.checked_sub(top)?].map(|side| side as u32);
        RgbaImage::from_raw(sides[0], sides[1], bytes).filter(|image| !image.is_empty())
    }

    /// Whether colours between texels are mixed where it is magnified.
    pub(super) fn is_smooth(&self) -> bool {
        self.options.magnification != TextureFilter::Nearest
    }

    /// The premultiplied colour of the texel at a place.
    pub(super) fn color(&self, uv: Pos2) -> Color32 {
        let [width, height] = self.size;
        let texel = |share: f32, side: usize| ((share.clamp(0.0, 1.0) * side as f32) as usize).min(side - 1);
        self.texels[texel(uv.y, height) * width + texel(uv.x, width)]
    }

    /// How texels are looked up where one pixel covers `texels_per_pixel` texels along a side.
    pub(super) fn sampler(&self, texels_per_pixel: f32) -> Sampler<'_> {
        let filter = if texels_per_pixel > 1.0 {
            self.options.minification
        } else {
            self.options.magnification
        };
        Sampler {
            texels: &self.texels,
            size: self.size.map(|side| side as i32),
            wrap: self.options.wrap_mode,
            nearest: filter == TextureFilter::Nearest,
        }
    }
}

/// A texture with the filter chosen for one shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler<'a> {
    texels: &'a [Color32],
    size: [i32; 2],
    wrap: TextureWrapMode,
    nearest: bool,
}

impl Sampler<'_> {
    /// The premultiplied colour at a place in texels, each channel from 0 to 255.
    #[inline]
    pub(super) fn at(&self, [u, v]: [f32; 2]) -> [f32; 4] {
        let (mut u, mut v) = (fixed(u), fixed(v));
        if self.nearest {
            return self.texel(u.div_euclid(FRACTION), v.div_euclid(FRACTION));
        }
        // The colour of a texel belongs to its centre.
        u = u.saturating_sub(FRACTION / 2);
        v = v.saturating_sub(FRACTION / 2);
        let (x, y) = (u.div_euclid(FRACTION), v.div_euclid(FRACTION));
        let (right, down) = (u.rem_euclid(FRACTION) as u32, v.rem_euclid(FRACTION) as u32);
        if right == 0 && down == 0 {
            return self.texel(x, y);
        }
        let (left, up) = (FRACTION as u32 - right, FRACTION as u32 - down);
        let mut total = [0; 4];
        for (x, y, weight) in [
            (x, y, left * up),
            (x + 1, y, right * up),
            (x, y + 1, left * down),
            (x + 1, y + 1, right * down),
        ] {
            let texel = self.texels[self.index(x, y)].to_array();
            for (total, channel) in total.iter_mut().zip(texel) {
                *total += weight * u32::from(channel);
            }
        }
        // At most 255 · 2^16, so neither the conversion nor the division rounds.
        total.map(|total| total as f32 / (FRACTION * FRACTION) as f32)
    }

    #[inline]
    fn texel(&self, x: i32, y: i32) -> [f32; 4] {
        self.texels[self.index(x, y)].to_array().map(f32::from)
    }

    #[inline]
    fn index(&self, x: i32, y: i32) -> usize {
        let x = wrapped(x, self.size[0], self.wrap);
        let y = wrapped(y, self.size[1], self.wrap);
        y as usize * self.size[0] as usize + x as usize
    }
}

/// The nearest multiple of 1/256, in units of it.
#[inline]
fn fixed(texels: f32) -> i32 {
    let scaled = texels * FRACTION as f32 + 0.5;
    let truncated = scaled as i32;
    // A cast rounds towards zero; `floor` would call a function where the target has no such
    // instruction.
    truncated.saturating_sub(i32::from(truncated as f32 > scaled))
}

#[inline]
fn wrapped(index: i32, side: i32, wrap: TextureWrapMode) -> i32 {
    match wrap {
        TextureWrapMode::ClampToEdge => index.clamp(0, side - 1),
        TextureWrapMode::Repeat => index.rem_euclid(side),
        TextureWrapMode::MirroredRepeat => {
            let phase = index.rem_euclid(2 * side);
            phase.min(2 * side - 1 - phase)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(level: u8) -> Color32 {
        Color32::from_gray(level)
    }

    fn two_by_two(options: TextureOptions) -> Texture {
        let texels = [0, 100, 200, 40].map(grey).to_vec();
        Texture::new(&ColorImage::new([2, 2], texels), options).unwrap()
    }

    fn red(texture: &Texture, u: f32, v: f32) -> f32 {
        texture.sampler(0.1).at([u, v])[0]
    }

    #[test]
    fn bilinear_values_are_exact() {
        let texture = two_by_two(TextureOptions::LINEAR);
        assert_eq!(red(&texture, 0.5, 0.5), 0.0);
        assert_eq!(red(&texture, 1.5, 0.5), 100.0);
        assert_eq!(red(&texture, 1.0, 0.5), 50.0);
        assert_eq!(red(&texture, 0.75, 0.5), 25.0);
        assert_eq!(red(&texture, 1.0, 1.0), 85.0);
        assert_eq!(red(&texture, 0.0, 0.0), 0.0, "clamped to the edge");
        assert_eq!(red(&texture, 9.0, 9.0), 40.0, "clamped to the edge");
        assert_eq!(red(&texture, -9.0, 1.0), 100.0, "clamped to the edge");
    }

    #[test]
    fn nearest_values_are_exact() {
        let texture = two_by_two(TextureOptions::NEAREST);
        assert_eq!(red(&texture, 0.99, 0.99), 0.0);
        assert_eq!(red(&texture, 1.01, 0.99), 100.0);
        assert_eq!(red(&texture, 0.99, 1.01), 200.0);
        assert_eq!(red(&texture, 7.0, 7.0), 40.0);
        assert_eq!(red(&texture, -7.0, 7.0), 200.0);
    }

    #[test]
    fn the_filter_follows_the_magnification() {
        let texture = two_by_two(TextureOptions {
            minification: TextureFilter::Nearest,
            ..TextureOptions::LINEAR
        });
        assert_eq!(texture.sampler(1.0).at([1.0, 0.5])[0], 50.0);
        assert_eq!(texture.sampler(1.5).at([1.0, 0.5])[0], 100.0);
    }

    #[test]
    fn repetition_and_mirrors() {
        let repeated = two_by_two(TextureOptions::LINEAR_REPEAT);
        assert_eq!(red(&repeated, 2.5, 0.5), 0.0);
        assert_eq!(red(&repeated, -0.5, 0.5), 100.0);
        assert_eq!(red(&repeated, 2.0, 0.5), 50.0, "blends across the seam");
        let mirrored = two_by_two(TextureOptions::NEAREST_MIRRORED_REPEAT);
        assert_eq!(red(&mirrored, 2.5, 0.5), 100.0);
        assert_eq!(red(&mirrored, 3.5, 0.5), 0.0);
        assert_eq!(red(&mirrored, -0.5, 1.5), 200.0);
    }

    #[test]
    fn places_that_are_no_numbers_do_not_panic() {
        for options in [
            TextureOptions::LINEAR,
            TextureOptions::LINEAR_REPEAT,
            TextureOptions::LINEAR_MIRRORED_REPEAT,
            TextureOptions::NEAREST,
        ] {
            let texture = two_by_two(options);
            for wild in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30] {
                red(&texture, wild, wild);
            }
        }
    }

    #[test]
    fn a_patch_changes_its_part_and_nothing_else() {
        let mut texture = two_by_two(TextureOptions::NEAREST);
        let patch = ColorImage::new([1, 1], vec![grey(7)]);
        texture.patch([1, 0], &patch, TextureOptions::NEAREST);
        let reds: Vec<_> = texture.texels.iter().map(|texel| texel.r()).collect();
        assert_eq!(reds, [0, 7, 200, 40]);
        let patch = ColorImage::new([3, 1], vec![grey(9); 3]);
        texture.patch([1, 1], &patch, TextureOptions::NEAREST);
        texture.patch([2, 0], &patch, TextureOptions::NEAREST);
        texture.patch([0, 2], &patch, TextureOptions::NEAREST);
        let reds: Vec<_> = texture.texels.iter().map(|texel| texel.r()).collect();
        assert_eq!(reds, [0, 7, 200, 9], "cut at the border");
    }

    #[test]
    fn an_empty_image_is_no_texture() {
        let empty = ColorImage::new([0, 4], Vec::new());
        assert!(Texture::new(&empty, TextureOptions::LINEAR).is_none());
    }
}
