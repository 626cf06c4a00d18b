//! The density of the particles as a translucent picture: for a million of them, or on demand.

use std::sync::Arc;

use eframe::egui::{Color32, ColorImage, Context, TextureHandle, TextureId, TextureOptions};

use crate::snapshot::{DensityImage, Dot};
use crate::space::{Grid, Point, Rect};

/// A density (mass per area over that of an even spread in the picture) at which the picture is nearly opaque.
const FULL: f32 = 40.0;

/// One texture per panel, filled anew when the run has moved on.
#[derive(Default)]
pub(super) struct Densities {
    slots: [Option<Slot>; 4],
}

struct Slot {
    texture: TextureHandle,
    key: Key,
}

/// What a picture was made of.
#[derive(Clone, Copy, PartialEq)]
struct Key {
    step: u64,
    epoch: u64,
    rect: Rect,
    color: Color32,
}

impl Densities {
    /// The picture of a panel, of its density or else of its dots, and what part of their plane it covers. `moment` is (step, epoch) of the report.
    pub(super) fn picture(
        &mut self,
        ctx: &Context,
        (index, dots, density): (usize, &[Dot], Option<&Arc<DensityImage>>),
        visible: Rect,
        color: Color32,
        moment: (u64, u64),
    ) -> Option<(TextureId, Rect)> {
        let rect = density.map_or(visible, |d| d.rect);
        let key = Key {
            step: moment.0,
            epoch: moment.1,
            rect,
            color,
        };
        let slot = self.slots.get_mut(index)?;
        if let Some(old) = slot.as_ref().filter(|s| s.key == key) {
            return Some((old.texture.id(), rect));
        }
        let image = match density {
            Some(density) => tinted(density, color),
            None => tinted(&Arc::new(splat(dots, visible)), color),
        };
        let slot = match slot {
            Some(slot) => {
                slot.texture.set(image, TextureOptions::LINEAR);
                slot.key = key;
                slot
            }
            None => slot.insert(Slot {
                texture: ctx.load_texture(format!("density {index}"), image, TextureOptions::LINEAR),
                key,
            }),
        };
        Some((slot.texture.id(), rect))
    }
}

/// One colour, more opaque where there is more mass; the same scale in all panels.
fn tinted(density: &DensityImage, color: Color32) -> ColorImage {
    let table: Vec<Color32> = (0..256).map(|k| color.gamma_multiply(0.9 * k as f32 / 255.0)).collect();
    let scale = 255.0 / FULL.ln_1p();
    let pixels = density
        .values
        .iter()
        .map(|v| table[((scale * v.max(0.0).ln_1p()) as usize).min(255)])
        .collect();
    ColorImage::new(density.size, pixels)
}

/// The density of the drawn particles, smoothed a little.
fn splat(dots: &[Dot], rect: Rect) -> DensityImage {
    let size = [96, (96.0 * rect.height() / rect.width()).clamp(8.0, 400.0) as usize];
    let grid = Grid::new(rect, size[0], size[1]);
    let mut values = vec![0.0_f32; grid.len()];
    let scale = grid.len() as f32 / dots.len().max(1) as f32;
    for dot in dots {
        let p = Point::new(f64::from(dot.x), f64::from(dot.y));
        if rect.contains(p) {
            let cell = grid.nearest(p);
            let (i, j) = (cell % size[0], cell / size[0]);
            values[(size[1] - 1 - j) * size[0] + i] += scale * dot.weight;
        }
    }
    for _ in 0..2 {
        blur(&mut values, size);
    }
    DensityImage { rect, size, values }
}

/// One pass of (1, 2, 1)/4 along both axes; mass leaves at the border.
fn blur(values: &mut [f32], [nx, ny]: [usize; 2]) {
    let mut line = vec![0.0_f32; nx.max(ny) + 2];
    let mut pass = |start: usize, stride: usize, n: usize| {
        for k in 0..n {
            line[k + 1] = values[start + k * stride];
        }
        line[n + 1] = 0.0;
        for k in 0..n {
            values[start + k * stride] = 0.25 * line[k] + 0.5 * line[k + 1] + 0.25 * line[k + 2];
        }
    };
    for j in 0..ny {
        pass(j * nx, 1, nx);
    }
    for i in 0..nx {
        pass(i, nx, ny);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_spread_has_density_one() {
        let rect = Rect::new(0.0, 1.0, 0.0, 1.0);
        let dots: Vec<Dot> = (0..96 * 96)
            .map(|k| Dot {
                x: ((k % 96) as f32 + 0.5) / 96.0,
                y: ((k / 96) as f32 + 0.5) / 96.0,
                weight: 1.0,
                origin: 0,
                growth: 0.0,
                ancestor: 0,
            })
            .collect();
        let image = splat(&dots, rect);
        assert_eq!(image.size, [96, 96]);
        assert!((image.values[48 * 96 + 48] - 1.0).abs() < 1e-5);
    }
}
