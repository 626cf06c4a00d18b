//! Teleports as fading arcs from the removed particle to where its replacement stands.

use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke, pos2};

use super::ribbons::left_of;
use crate::observe::Basins;
use crate::render::camera::Projection;
use crate::snapshot::Teleport;
use crate::space::Point;

/// At most this many arcs from well to well are drawn in a panel.
const MOST_ACROSS: usize = 90;
/// At most this many arcs within a well are drawn in a panel.
const MOST_WITHIN: usize = 40;

/// At most this many arcs from well to well over ribbons.
const MOST_OVER_RIBBONS: usize = 40;
/// At most so many from one well to another where ribbons say how many there are: enough to see what a ribbon is made of.
const OF_A_RIBBON: usize = 7;

/// Draws the latest teleports; an arc fades within `fade` of model time. Where they are `merged` into ribbons few are drawn.
/// Lines are so many times as `bold` as on a desk.
pub(super) fn paint(
    painter: &Painter,
    teleports: &[Teleport],
    on: &Projection,
    basins: &Basins,
    (now, fade, color): (f64, f64, Color32),
    (merged, bold): (bool, f32),
) {
    let (mut across, mut within) = (0, 0);
    let most_across = if merged { MOST_OVER_RIBBONS } else { MOST_ACROSS };
    let crosses = |t: &Teleport| basins.of(t.from) != basins.of(t.to);
    let alive = |t: &&Teleport| (0.0..fade).contains(&(now - t.time)) && crosses(t);
    let crowd = teleports.iter().rev().filter(alive).take(MOST_ACROSS).count();
    // Many arcs are thinner each, so that they do not hide what they connect.
    let strength_across = if merged {
        0.9
    } else {
        0.75 * (30.0 / crowd.max(1) as f32).sqrt().clamp(0.5, 1.0)
    };
    let mut lanes: Vec<((usize, usize), usize)> = Vec::new();
    let mut shapes = Vec::new();
    for teleport in teleports.iter().rev() {
        let age = (now - teleport.time) / fade;
        if !(0.0..1.0).contains(&age) {
            if age >= 1.0 {
                break;
            }
            continue;
        }
        let (count, most, strength) = if crosses(teleport) {
            (&mut across, most_across, strength_across)
        } else {
            (&mut within, MOST_WITHIN, 0.08)
        };
        *count += 1;
        if *count > most {
            continue;
        }
        if merged {
            let lane = (basins.of(teleport.from), basins.of(teleport.to));
            let drawn = match lanes.iter_mut().find(|(of, _)| *of == lane) {
                Some((_, drawn)) => drawn,
                None => {
                    lanes.push((lane, 0));
                    let last = lanes.len() - 1;
                    &mut lanes[last].1
                }
            };
            *drawn += 1;
            if *drawn > OF_A_RIBBON {
                continue;
            }
        }
        let color = color.gamma_multiply((1.0 - age as f32).powi(2) * strength);
        let place = |p: Point| {
            let s = on.screen_from_world(p);
            pos2(s.x as f32, s.y as f32)
        };
        arc(place(teleport.from), place(teleport.to), (color, bold), &mut shapes);
    }
    painter.extend(shapes);
}

/// A bow that bulges to the left of its way, as ribbons do, and ends in a dot, which says which way it went.
fn arc(from: Pos2, to: Pos2, (color, bold): (Color32, f32), shapes: &mut Vec<Shape>) {
    let along = to - from;
    let length = along.length();
    if !length.is_finite() || length < 3.0 {
        return;
    }
    let top = from + 0.5 * along + 0.32 * left_of(along);
    let points: Vec<Pos2> = (0..=14)
        .map(|k| {
            let t = k as f32 / 14.0;
            let (a, b) = (from.lerp(top, t), top.lerp(to, t));
            a.lerp(b, t)
        })
        .collect();
    shapes.push(Shape::line(points, Stroke::new(1.4 * bold, color)));
    shapes.push(Shape::circle_filled(to, 2.6 * bold, color));
}
