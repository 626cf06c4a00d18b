//! Weights that change where they stand: rings that swell where a weight grows and tighten where it shrinks. Nobody is replaced, so there is no arc.

use std::f32::consts::TAU;

use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke, Vec2, pos2};

use super::discs::Sizes;
use super::theme::Tokens;
use crate::render::camera::Projection;
use crate::render::palette::Rgb;
use crate::snapshot::Dot;
use crate::space::Point;

/// At most so many rings in a panel.
const MOST: usize = 36;
/// So many candidates are looked at for a place.
const CANDIDATES: usize = 400;
/// Least distance between two rings (points).
const APART: f32 = 17.0;
/// How far a ring swells (points).
const SWELL: f32 = 8.0;
/// A slower weight (per unit of model time) has no ring.
const SLOWEST: f32 = 0.1;
/// The rate at which a ring has half of its brightness.
const HALF: f32 = 1.5;
/// How long one swelling takes, in the model time that passes in a second of watching.
const PERIOD: f64 = 1.6;
/// Dashes of a ring that tightens, so that it is told apart without colours.
const DASHES: usize = 7;

/// A ring to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pulse {
    at: Pos2,
    weight: f32,
    growth: f32,
    /// How far it is within its swelling, from 0 to 1.
    phase: f32,
}

/// The particles whose changing weights move most mass, those of both signs in turn, and none on another.
pub(super) fn pulses(dots: &[Dot], on: &Projection, time: f64, speed: f64) -> Vec<Pulse> {
    let moved = |dot: &Dot| dot.growth * dot.weight;
    let mut chosen: Vec<Pulse> = Vec::with_capacity(MOST);
    for sign in [1.0, -1.0] {
        let candidate = |(slot, dot): (usize, &Dot)| {
            let able = dot.weight > 0.0 && sign * dot.growth >= SLOWEST;
            able.then(|| (slot, sign * moved(dot)))
        };
        let mut candidates: Vec<(usize, f32)> = dots.iter().enumerate().filter_map(candidate).collect();
        if candidates.len() > CANDIDATES {
            candidates.select_nth_unstable_by(CANDIDATES, |a, b| b.1.total_cmp(&a.1));
            candidates.truncate(CANDIDATES);
        }
        candidates.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut left = MOST / 2;
        for (slot, _) in candidates {
            let dot = &dots[slot];
            let s = on.screen_from_world(Point::new(f64::from(dot.x), f64::from(dot.y)));
            let at = pos2(s.x as f32, s.y as f32);
            let seen = s.x > on.screen.min.x && s.x < on.screen.max.x && s.y > on.screen.min.y && s.y < on.screen.max.y;
            if left == 0 {
                break;
            }
            if !seen || chosen.iter().any(|other| (other.at - at).length() < APART) {
                continue;
            }
            left -= 1;
            // Slots do not pulse in step.
            let own = f64::from((slot as u32).wrapping_mul(0x9e37_79b1)) / f64::from(u32::MAX);
            let phase = (time / (PERIOD * speed.max(1e-9)) + own).fract() as f32;
            chosen.push(Pulse {
                at,
                weight: dot.weight,
                growth: dot.growth,
                phase,
            });
        }
    }
    chosen
}

/// Draws them.
pub(super) fn paint(painter: &Painter, pulses: &[Pulse], sizes: Sizes, tokens: &Tokens) {
    let mut shapes = Vec::new();
    for pulse in pulses {
        let grows = pulse.growth > 0.0;
        let foot = sizes.radius(pulse.weight).max(2.0) + 1.5;
        // One that grows begins at the disc and fades outwards; one that shrinks comes in from outside.
        let out = if grows { pulse.phase } else { 1.0 - pulse.phase };
        let radius = foot + SWELL * out;
        let strength = pulse.growth.abs() / (pulse.growth.abs() + HALF);
        let opacity = (0.5 + 0.5 * strength) * (1.0 - 0.6 * out);
        let color = opaque(if grows {
            tokens.diverging[2]
        } else {
            tokens.diverging[0]
        })
        .gamma_multiply(opacity);
        let width = (1.2 + 1.2 * strength) * tokens.bold;
        let rim = tokens.plate.gamma_multiply(0.5 * opacity);
        if grows {
            shapes.push(Shape::circle_stroke(pulse.at, radius, Stroke::new(width + 1.6, rim)));
            shapes.push(Shape::circle_stroke(pulse.at, radius, Stroke::new(width, color)));
        } else {
            for dash in 0..DASHES {
                let arc = arc(pulse.at, radius, dash);
                shapes.push(Shape::line(arc.clone(), Stroke::new(width + 1.6, rim)));
                shapes.push(Shape::line(arc, Stroke::new(width, color)));
            }
        }
    }
    painter.extend(shapes);
}

/// One dash of a ring.
fn arc(at: Pos2, radius: f32, dash: usize) -> Vec<Pos2> {
    let angle = |k: usize| TAU / DASHES as f32 * (dash as f32 + 0.6 * k as f32 / 4.0);
    (0..=4).map(|k| at + radius * Vec2::angled(angle(k))).collect()
}

fn opaque([r, g, b]: Rgb) -> Color32 {
    Color32::from_rgb(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::camera::Camera;
    use crate::space::Rect;

    #[test]
    fn the_strongest_of_both_signs_have_rings_that_do_not_touch() {
        let on = Camera {
            center: Point::default(),
            scale: 100.0,
        }
        .on(Rect::new(0.0, 400.0, 0.0, 400.0));
        let dots: Vec<Dot> = (0..3000)
            .map(|k| Dot {
                x: ((k * 37) % 391) as f32 / 100.0 - 1.95,
                y: ((k * 53) % 389) as f32 / 100.0 - 1.95,
                weight: if k % 100 == 7 { 0.0 } else { 1.0 },
                origin: 0,
                growth: if k % 2 == 0 { 4.0 } else { -2.0 } * (k % 500) as f32 / 500.0,
                ancestor: k as u32,
            })
            .collect();
        let rings = pulses(&dots, &on, 0.7, 1.0);
        let grown = rings.iter().filter(|r| r.growth > 0.0).count();
        assert_eq!((rings.len(), grown), (MOST, MOST / 2));
        for (k, a) in rings.iter().enumerate() {
            assert!(a.growth.abs() >= SLOWEST && (0.0..1.0).contains(&a.phase));
            assert!(rings[..k].iter().all(|b| (a.at - b.at).length() >= APART));
        }
        // The strongest of all has one.
        assert!(rings.iter().any(|r| r.growth > 3.9) && rings.iter().any(|r| r.growth < -1.9));
        let still: Vec<Dot> = dots.iter().map(|dot| Dot { growth: 0.0, ..*dot }).collect();
        assert!(pulses(&still, &on, 0.7, 1.0).is_empty(), "weights that stay have none");
    }
}
