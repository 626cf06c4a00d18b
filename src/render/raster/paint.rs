//! Blending a prepared shape into one row of pixels.

use super::shape::{Ink, Shape};

/// Draws the part of a shape that lies in a row, whose pixels are premultiplied.
#[inline]
pub(super) fn row(shape: &Shape<'_>, row: i64, pixels: &mut [[u8; 4]]) {
    let (start, end) = shape.columns(row);
    if start >= end {
        return;
    }
    let Some(pixels) = pixels.get_mut(start as usize..end as usize) else {
        return;
    };
    match &shape.ink {
        Ink::Flat(colour) if colour[3] >= 255.0 => pixels.fill(colour.map(rounded)),
        Ink::Flat(colour) => {
            for pixel in pixels {
                blend(pixel, *colour);
            }
        }
        Ink::Gradient(plane) => {
            let first = plane.at(shape.weights(start, row));
            for (i, pixel) in pixels.iter_mut().enumerate() {
                blend(pixel, after(first, plane.step, i));
            }
        }
        Ink::Image(sampler, place, factors) => {
            let first = place.at(shape.weights(start, row));
            for (i, pixel) in pixels.iter_mut().enumerate() {
                let texel = sampler.at(after(first, place.step, i));
                blend_visible(pixel, texel, *factors);
            }
        }
        Ink::TintedImage(sampler, place, tint) => {
            let weights = shape.weights(start, row);
            let (first, first_factors) = (place.at(weights), tint.at(weights));
            for (i, pixel) in pixels.iter_mut().enumerate() {
                let texel = sampler.at(after(first, place.step, i));
                blend_visible(pixel, texel, after(first_factors, tint.step, i));
            }
        }
    }
}

/// The value `count` pixels on. Not a running sum: rounding errors must not add up along a row.
#[inline]
fn after<const N: usize>(first: [f32; N], step: [f32; N], count: usize) -> [f32; N] {
    let mut value = first;
    for (value, step) in value.iter_mut().zip(step) {
        *value += step * count as f32;
    }
    value
}

/// Most texels around a letter are empty, so it pays to look first.
#[inline]
fn blend_visible(pixel: &mut [u8; 4], texel: [f32; 4], factors: [f32; 4]) {
    if texel != [0.0; 4] {
        let [r, g, b, a] = texel;
        blend(pixel, [r * factors[0], g * factors[1], b * factors[2], a * factors[3]]);
    }
}

/// Lays a premultiplied colour over a pixel; the only place where a blended colour is rounded.
#[inline]
fn blend(pixel: &mut [u8; 4], colour: [f32; 4]) {
    let keep = 1.0 - colour[3] / 255.0;
    for (channel, colour) in pixel.iter_mut().zip(colour) {
        *channel = rounded(colour + f32::from(*channel) * keep);
    }
}

/// The nearest byte; the cast saturates, which is what additive colours need.
#[inline]
fn rounded(channel: f32) -> u8 {
    (channel + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_white_on_black_is_grey() {
        let mut pixel = [0, 0, 0, 255];
        blend(&mut pixel, [128.0; 4]);
        assert_eq!(pixel, [128, 128, 128, 255]);
    }

    #[test]
    fn nothing_changes_nothing_and_opaque_replaces() {
        for level in 0..=255 {
            let mut pixel = [level, 7, 9, 255];
            blend(&mut pixel, [0.0; 4]);
            assert_eq!(pixel, [level, 7, 9, 255]);
            blend(&mut pixel, [f32::from(level), 1.0, 2.0, 255.0]);
            assert_eq!(pixel, [level, 1, 2, 255]);
        }
    }

    #[test]
    fn additive_colours_saturate() {
        let mut pixel = [200, 10, 0, 255];
        blend(&mut pixel, [100.0, 100.0, 0.0, 0.0]);
        assert_eq!(pixel, [255, 110, 0, 255]);
    }

    #[test]
    fn an_opaque_pixel_stays_opaque() {
        for alpha in 0..=255u8 {
            let mut pixel = [255; 4];
            blend(&mut pixel, [0.0, 0.0, 0.0, f32::from(alpha)]);
            assert_eq!(pixel[3], 255);
        }
    }
}
