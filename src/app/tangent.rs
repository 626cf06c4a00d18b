//! The map of transport and reaction: how the flow moves its law at this moment, as arrows of velocity over the signed rate.
//!
//! Both scales are one for all panels, so that panels can be compared; they are round numbers that follow the largest root mean
//! square. Where ρ is negligible everything fades.

use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, ColorImage, Context, FontId, Painter, Pos2, Rect, Stroke, TextureHandle, TextureOptions, Vec2,
    pos2, vec2,
};

use super::theme::{Tokens, size};
use super::widgets::short;
use crate::render::camera::Projection;
use crate::render::palette::Ramp;
use crate::snapshot::{PanelSnapshot, Tangent};
use crate::space::Point;
use crate::words::t;

/// Distance between arrows (points).
const SPACING: f64 = 26.0;
/// The length of an arrow of the speed of the scale (points).
const LENGTH: f64 = 34.0;
/// No arrow is longer, whatever its speed (points).
const LONGEST: f64 = 44.0;
/// A shorter arrow (points) is a dot.
const SHORTEST: f64 = 2.5;
/// Density over its largest below which nothing is drawn, and from which all is.
const FAINT: (f64, f64) = (1e-5, 3e-3);
/// The same for arrows: a gradient of few particles is mostly chance.
const FAINT_ARROWS: (f64, f64) = (2e-3, 3e-2);
/// Full colour stands for at least so many root mean squares, and a long arrow for so many.
const RATE_OVER_MEAN: f64 = 2.5;
const SPEED_OVER_MEAN: f64 = 2.0;
/// Opacity of the map.
const OPACITY: f64 = 0.85;

/// The maps as last drawn.
#[derive(Default)]
pub(super) struct Maps {
    slots: [Option<(TextureHandle, Key)>; 4],
}

#[derive(Clone, Copy, PartialEq)]
struct Key {
    moment: (u64, u64),
    scale: f64,
    zero: [u8; 3],
}

/// What full colour and a long arrow stand for, in all panels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scales {
    /// Rate (per time) of full colour; 0 where nothing reacts.
    rate: f64,
    /// Speed (length per time) of an arrow of [`LENGTH`]; 0 where nothing walks.
    speed: f64,
}

impl Scales {
    /// Round numbers for the largest root mean squares over the laws of all panels, α√I and β√Var: single particles far out do not set them.
    pub(super) fn of(panels: &[PanelSnapshot]) -> Self {
        let (mut rate, mut speed) = (0.0_f64, 0.0_f64);
        for map in panels.iter().filter_map(|panel| panel.tangent.as_ref()) {
            let mean = |square: &dyn Fn(usize) -> f64| {
                let sum: f64 = map.mass.iter().enumerate().map(|(k, p)| p * square(k)).sum();
                sum.sqrt()
            };
            rate = rate.max(mean(&|k| map.rate[k].powi(2)));
            if let Some([x, y]) = &map.velocity {
                speed = speed.max(mean(&|k| x[k].powi(2) + y[k].powi(2)));
            }
        }
        Self {
            rate: round_up(RATE_OVER_MEAN * rate),
            speed: round_up(SPEED_OVER_MEAN * speed),
        }
    }
}

/// The next of 1, 2, 5, 10, … at or above a number; 0 for what is as good as nothing.
fn round_up(value: f64) -> f64 {
    if value < 1e-9 || !value.is_finite() {
        return 0.0;
    }
    let decade = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let fits = steps.into_iter().find(|step| step * decade >= value * (1.0 - 1e-9));
    fits.unwrap_or(10.0) * decade
}

fn densest(map: &Tangent) -> f64 {
    map.mass.iter().fold(0.0, |most: f64, p| most.max(*p))
}

/// From 0 where the density is negligible to 1 where it is not.
fn presence(density: f64, (negligible, enough): (f64, f64)) -> f64 {
    if density <= negligible {
        return 0.0;
    }
    ((density / negligible).ln() / (enough / negligible).ln()).clamp(0.0, 1.0)
}

impl Maps {
    /// Draws the rate of the reaction of a panel as a map.
    pub(super) fn paint(
        &mut self,
        painter: &Painter,
        (index, map): (usize, &Tangent),
        on: &Projection,
        scales: Scales,
        (moment, tokens): ((u64, u64), &Tokens),
    ) {
        let key = Key {
            moment,
            scale: scales.rate,
            zero: tokens.diverging[1],
        };
        let Some(slot) = self.slots.get_mut(index) else { return };
        let texture = match slot {
            Some((texture, known)) => {
                if *known != key {
                    texture.set(picture(map, scales.rate, tokens), TextureOptions::LINEAR);
                    *known = key;
                }
                texture
            }
            None => {
                let texture = new_texture(painter.ctx(), index, picture(map, scales.rate, tokens));
                &mut slot.insert((texture, key)).0
            }
        };
        let corner = |x: f64, y: f64| {
            let s = on.screen_from_world(Point::new(x, y));
            pos2(s.x as f32, s.y as f32)
        };
        let rect = map.grid.rect;
        let place = Rect::from_two_pos(corner(rect.min.x, rect.max.y), corner(rect.max.x, rect.min.y));
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(texture.id(), place, uv, Color32::WHITE);
    }
}

fn new_texture(ctx: &Context, index: usize, image: ColorImage) -> TextureHandle {
    ctx.load_texture(format!("tangent {index}"), image, TextureOptions::LINEAR)
}

/// The rate of every cell as a colour, row by row from the top.
fn picture(map: &Tangent, scale: f64, tokens: &Tokens) -> ColorImage {
    let ramp = Ramp::through(&tokens.diverging);
    let most = densest(map);
    let (nx, ny) = (map.grid.nx, map.grid.ny);
    let pixel = |k: usize| {
        let shown = presence(map.mass[k] / most, FAINT);
        let at = if scale > 0.0 {
            0.5 + 0.5 * map.rate[k] / scale
        } else {
            0.5
        };
        let [r, g, b] = ramp.at(at.clamp(0.0, 1.0));
        Color32::from_rgba_unmultiplied(r, g, b, (255.0 * OPACITY * shown) as u8)
    };
    let pixels = (0..ny).rev().flat_map(|j| (0..nx).map(move |i| j * nx + i)).map(pixel);
    ColorImage::new([nx, ny], pixels.collect())
}

/// Draws the velocity of the transport as arrows on a coarse grid that moves with the world.
pub(super) fn arrows(painter: &Painter, map: &Tangent, on: &Projection, scales: Scales, tokens: &Tokens) {
    let Some([vx, vy]) = map.velocity.as_ref().filter(|_| scales.speed > 0.0) else {
        return;
    };
    let most = densest(map);
    let step = SPACING / on.camera.scale;
    let visible = on.visible();
    let range = |low: f64, high: f64| ((low / step).floor() as i64)..=((high / step).ceil() as i64);
    for j in range(visible.min.y, visible.max.y) {
        for i in range(visible.min.x, visible.max.x) {
            let p = Point::new((i as f64 + 0.5) * step, (j as f64 + 0.5) * step);
            if !map.grid.rect.contains(p) {
                continue;
            }
            let k = map.grid.nearest(p);
            let shown = presence(map.mass[k] / most, FAINT_ARROWS);
            let speed = vx[k].hypot(vy[k]);
            if shown <= 0.05 || speed <= 0.0 {
                continue;
            }
            let s = on.screen_from_world(p);
            let length = (LENGTH * speed / scales.speed).min(LONGEST);
            let way = vec2((vx[k] / speed) as f32, (-vy[k] / speed) as f32);
            arrow(
                painter,
                pos2(s.x as f32, s.y as f32),
                length as f32 * way,
                shown as f32,
                tokens,
            );
        }
    }
}

/// An arrow about its middle, on a rim.
fn arrow(painter: &Painter, middle: Pos2, way: Vec2, shown: f32, tokens: &Tokens) {
    let length = way.length();
    let (rim, ink) = (
        tokens.exact_rim.gamma_multiply(0.7 * shown),
        tokens.text.gamma_multiply(shown),
    );
    if f64::from(length) < SHORTEST {
        painter.circle_filled(middle, 1.1 * tokens.bold, ink);
        return;
    }
    let (tail, tip) = (middle - 0.5 * way, middle + 0.5 * way);
    let head = (0.42 * length).clamp(2.0, 6.0) * (way / length);
    let aside = 0.55 * vec2(-head.y, head.x);
    for (width, color) in [(2.8, rim), (1.3, ink)] {
        let stroke = Stroke::new(width * tokens.bold, color);
        painter.line_segment([tail, tip], stroke);
        painter.line_segment([tip, tip - head + aside], stroke);
        painter.line_segment([tip, tip - head - aside], stroke);
    }
}

/// What colours and arrows stand for, in the upper right corner of a picture.
pub(super) struct KeyPlate {
    pub(super) plate: Rect,
    rows: Vec<Row>,
}

enum Row {
    Bar(f64),
    Arrow(f64),
    Words(Arc<eframe::egui::Galley>),
}

impl KeyPlate {
    /// Lays out what a panel needs.
    pub(super) fn of(painter: &Painter, picture: Rect, map: &Tangent, scales: Scales, tokens: &Tokens) -> Self {
        let font = || FontId::proportional(size::SMALL);
        let words = |text: &str| Row::Words(painter.layout_no_wrap(text.to_owned(), font(), tokens.text));
        let mut rows = Vec::new();
        let reacts = map.rate.iter().any(|r| *r != 0.0);
        let walks = map
            .velocity
            .as_ref()
            .is_some_and(|v| v.iter().flatten().any(|v| *v != 0.0));
        if reacts && scales.rate > 0.0 {
            rows.push(Row::Bar(scales.rate));
        } else {
            rows.push(words(t!("no reaction")));
        }
        if walks && scales.speed > 0.0 {
            rows.push(Row::Arrow(scales.speed));
        } else if map.velocity.is_none() {
            rows.push(words(t!("arrows need overdamped")));
        } else {
            rows.push(words(t!("no transport")));
        }
        let height: f32 = rows.iter().map(Row::height).sum();
        let extent = vec2(WIDTH, height + 6.0);
        let corner = picture.right_top() + vec2(-6.0, 6.0);
        Self {
            plate: Align2::RIGHT_TOP.anchor_size(corner, extent),
            rows,
        }
    }

    /// Draws it.
    pub(super) fn paint(self, painter: &Painter, tokens: &Tokens) {
        painter.rect_filled(self.plate, 4.0, tokens.plate);
        let mut top = self.plate.top() + 3.0;
        for row in self.rows {
            let height = row.height();
            let place = Rect::from_min_size(pos2(self.plate.left() + 6.0, top), vec2(WIDTH - 12.0, height));
            row.paint(painter, place, tokens);
            top += height;
        }
    }
}

/// Width of the key (points).
const WIDTH: f32 = 136.0;

impl Row {
    const fn height(&self) -> f32 {
        match self {
            Self::Bar(_) => 27.0,
            Self::Arrow(_) | Self::Words(_) => 16.0,
        }
    }

    fn paint(self, painter: &Painter, place: Rect, tokens: &Tokens) {
        let font = FontId::proportional(size::SMALL);
        match self {
            Self::Words(galley) => {
                painter.galley(place.min, galley, tokens.text);
            }
            Self::Arrow(speed) => {
                arrow(
                    painter,
                    pos2(place.left() + 17.0, place.center().y),
                    vec2(LENGTH as f32, 0.0),
                    1.0,
                    tokens,
                );
                let at = pos2(place.left() + LENGTH as f32 + 6.0, place.center().y);
                painter.text(
                    at,
                    Align2::LEFT_CENTER,
                    t!("{speed} length/time", speed = short(speed)),
                    font,
                    tokens.text,
                );
            }
            Self::Bar(rate) => {
                let bar = Rect::from_min_size(place.min + vec2(0.0, 2.0), vec2(place.width(), 8.0));
                let ramp = Ramp::through(&tokens.diverging);
                let parts = 48;
                for k in 0..parts {
                    let [r, g, b] = ramp.at((f64::from(k) + 0.5) / f64::from(parts));
                    let left = bar.left() + bar.width() * k as f32 / parts as f32;
                    let part = Rect::from_min_max(
                        pos2(left, bar.top()),
                        pos2(left + bar.width() / parts as f32 + 0.5, bar.bottom()),
                    );
                    painter.rect_filled(part.intersect(bar), 0.0, Color32::from_rgb(r, g, b));
                }
                painter.rect_stroke(
                    bar,
                    0.0,
                    Stroke::new(1.0, tokens.line),
                    eframe::egui::StrokeKind::Outside,
                );
                let y = bar.bottom() + 1.0;
                let figure = short(rate);
                for (x, anchor, text) in [
                    (bar.left(), Align2::LEFT_TOP, format!("\u{2212}{figure}")),
                    (bar.center().x, Align2::CENTER_TOP, "0".to_owned()),
                    (bar.right(), Align2::RIGHT_TOP, t!("+{figure}/time", figure)),
                ] {
                    painter.text(pos2(x, y), anchor, text, font.clone(), tokens.text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round_and_large_enough() {
        for (value, expected) in [
            (0.0, 0.0),
            (0.7, 1.0),
            (1.0, 1.0),
            (1.3, 2.0),
            (4.2, 5.0),
            (7.0, 10.0),
            (0.03, 0.05),
        ] {
            assert!(
                (round_up(value) - expected).abs() < 1e-12,
                "{value}: {}",
                round_up(value)
            );
        }
    }

    #[test]
    fn what_is_negligible_is_not_seen() {
        let seen = |density| presence(density, FAINT);
        assert_eq!((seen(1e-6), seen(0.0), seen(1.0)), (0.0, 0.0, 1.0));
        assert!(seen(1e-4) > 0.2 && seen(1e-4) < 0.8);
    }
}
