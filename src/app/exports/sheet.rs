//! Many small pictures on one sheet: all cards of a lecture at a glance.

use std::io;

use color_quant::NeuQuant;
use image::RgbaImage;
use image::imageops::{FilterType, overlay, resize};

use super::super::theme::Theme;

/// Between two pictures and around all (pixels).
const GAP: u32 = 10;
/// How carefully colours are chosen: 1 looks at all pixels, 30 at few.
const CARE: i32 = 10;
/// Colours of a sheet.
const COLORS: usize = 256;

/// How many pictures stand side by side.
const fn columns(pictures: usize) -> u32 {
    if pictures <= 9 { 3 } else { 4 }
}

/// A PNG file with pictures in rows, each shrunk to so many pixels, in at most 256 colours, so that it is small.
///
/// # Errors
///
/// What the encoder says.
pub fn sheet(pictures: &[RgbaImage], width: u32, theme: Theme) -> io::Result<Vec<u8>> {
    let Some(first) = pictures.first() else {
        return Err(io::Error::other("there are no pictures for a sheet"));
    };
    let height = (width * first.height()).div_ceil(first.width().max(1)).max(1);
    let columns = columns(pictures.len()).min(pictures.len() as u32);
    let rows = (pictures.len() as u32).div_ceil(columns);
    let ground = theme.tokens().line.to_array();
    let side = |count: u32, of: u32| count * (of + GAP) + GAP;
    let mut page = RgbaImage::from_pixel(side(columns, width), side(rows, height), image::Rgba(ground));
    for (k, picture) in (0_u32..).zip(pictures) {
        let small = resize(picture, width, height, FilterType::Lanczos3);
        let (x, y) = (GAP + k % columns * (width + GAP), GAP + k / columns * (height + GAP));
        overlay(&mut page, &small, x.into(), y.into());
    }
    indexed(&page)
}

/// A PNG file with a palette.
fn indexed(picture: &RgbaImage) -> io::Result<Vec<u8>> {
    let colors = NeuQuant::new(CARE, COLORS, picture.as_raw());
    let indices: Vec<u8> = picture.pixels().map(|pixel| colors.index_of(&pixel.0) as u8).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(colors.color_map_rgb());
    encoder.set_compression(png::Compression::High);
    // Neighbours in a palette are no neighbours in colour.
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&indices).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_in_rows_in_their_order() {
        let colors = [[250, 0, 0], [0, 250, 0], [0, 0, 250], [250, 250, 0], [0, 250, 250]];
        let pictures = colors.map(|[r, g, b]| RgbaImage::from_pixel(64, 36, image::Rgba([r, g, b, 255])));
        let bytes = sheet(&pictures, 32, Theme::Light).unwrap();
        let page = image::load_from_memory(&bytes).unwrap().to_rgba8();
        assert_eq!(page.dimensions(), (3 * 32 + 4 * GAP, 2 * 18 + 3 * GAP));
        for (k, color) in (0_u32..).zip(colors) {
            let at = page.get_pixel(GAP + k % 3 * (32 + GAP) + 16, GAP + k / 3 * (18 + GAP) + 9);
            let near = at.0.iter().zip(color).all(|(a, b)| a.abs_diff(b) < 12);
            assert!(near, "{k}: {at:?} for {color:?}");
        }
        assert!(sheet(&[], 32, Theme::Dark).is_err());
    }
}
