//! The picture of a stage: particles at their true places, with arrows for walks, rings for weights, and bows for those that are replaced.

use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke, Vec2, pos2, vec2};

use super::Shown;
use crate::app::theme::Tokens;
use crate::flow::{Event, Seen, Stage};
use crate::render::camera::Projection;
use crate::space::Point;
use crate::words::t;

/// Particles drawn at most.
const MOST: usize = 80;
/// How long a typical arrow is to be (points), and by how much the radius of a typical ring is to change.
const ARROW: f64 = 26.0;
const RING: f64 = 0.45;
/// Radius of a disc of average weight (points) in a small picture, and the largest.
const RADIUS: f32 = 6.0;
const LARGEST: f32 = 60.0;

/// A moment within a step: a stage, and how much of it has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moment {
    /// Number of the stage.
    pub(super) stage: usize,
    /// From 0, as the stage before has left it, to 1.
    pub(super) part: f32,
}

/// By how much arrows are too long and rings change too much, so that they can be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Factors {
    /// Of arrows.
    pub(super) arrows: f64,
    /// Of the changes that rings show.
    pub(super) rings: f64,
}

/// 1, 2, 5, 10, 20 …, the nearest below.
fn round_factor(wanted: f64) -> f64 {
    if !wanted.is_finite() {
        return 1.0;
    }
    let mut factor = 1.0;
    for next in [2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0] {
        if next <= wanted {
            factor = next;
        }
    }
    factor
}

impl Factors {
    /// What makes this step visible at a magnification (points per length).
    pub(super) fn of(shown: &Shown, scale: f64) -> Self {
        Self {
            arrows: round_factor(ARROW / (shown.stride * scale)),
            rings: round_factor(RING / (0.5 * shown.growth)),
        }
    }
}

/// Draws a moment of a step; what must be said about how it is drawn.
pub(super) fn paint(
    painter: &Painter,
    (shown, moment): (&Shown, Moment),
    on: &Projection,
    (color, tokens): (Color32, &Tokens),
) -> Option<String> {
    let stages = &shown.anatomy.stages;
    let number = moment.stage.min(stages.len().checked_sub(1)?);
    let (before, stage) = (&stages[number.saturating_sub(1)], &stages[number]);
    let factors = Factors::of(shown, on.camera.scale);
    let scene = Scene {
        on,
        average: shown.anatomy.particles as f64,
        unit: RADIUS * (on.screen.width().min(on.screen.height()) as f32 / 420.0).clamp(1.0, 1.6),
        part: smooth(moment.part),
        factors,
        color,
        tokens,
        before,
        stage,
        earlier: &stages[number.saturating_sub(2)],
    };
    let visible = |k: &&u32| on.visible().contains(stages[0].particles[**k as usize].at);
    let chosen: Vec<usize> = shown
        .order
        .iter()
        .filter(visible)
        .take(MOST)
        .map(|k| *k as usize)
        .collect();
    let mut shapes = Vec::new();
    for k in &chosen {
        scene.particle(*k, &mut shapes);
    }
    // What moves lies above what does not.
    for k in &chosen {
        scene.marks(*k, &mut shapes);
    }
    painter.extend(shapes);
    let mut notes = vec![t!("{count} particles shown", count = chosen.len())];
    let longer = || (factors.arrows > 1.0).then(|| t!("arrows ×{factor}", factor = factors.arrows));
    match stage.event {
        Event::Noise { .. } => {
            notes.extend(longer());
            notes.push(t!("dashed: the kick, plain: the drift").to_owned());
        }
        Event::Drift { .. } | Event::Kick { .. } | Event::Glide { .. } | Event::Friction { .. } => {
            notes.extend(longer());
        }
        Event::Refusals { .. } => {
            notes.extend(longer());
            notes.push(t!("crossed: taken back").to_owned());
        }
        Event::Weighed { .. } => {
            notes.push(t!("changes ×{factor}", factor = factors.rings));
            notes.push(t!("solid rings swell, dashed ones tighten").to_owned());
        }
        Event::Equalised | Event::Resampled { .. } | Event::Jumped { .. } => {
            notes.push(t!("crossed: removed; ringed: copied there").to_owned());
        }
        _ => {}
    }
    Some(notes.join("; "))
}

/// Slow at both ends.
fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

struct Scene<'a> {
    on: &'a Projection,
    average: f64,
    /// Radius of a disc of average weight (points).
    unit: f32,
    part: f32,
    factors: Factors,
    color: Color32,
    tokens: &'a Tokens,
    /// The one before that.
    earlier: &'a Stage,
    before: &'a Stage,
    stage: &'a Stage,
}

impl Scene<'_> {
    fn place(&self, p: Point) -> Pos2 {
        let s = self.on.screen_from_world(p);
        pos2(s.x as f32, s.y as f32)
    }

    fn radius(&self, seen: &Seen) -> f32 {
        let weight = (seen.log_weight.exp() * self.average).max(0.0);
        (self.unit * weight.sqrt() as f32).min(LARGEST)
    }

    /// Where the particle was before the stage, and where it is after it.
    fn ends(&self, k: usize) -> (Seen, Seen) {
        (self.before.particles[k], self.stage.particles[k])
    }

    fn landed(&self, k: usize) -> bool {
        let wanted = k as u32;
        self.stage
            .landings
            .binary_search_by_key(&wanted, |l| l.particle)
            .is_ok()
    }

    /// The disc.
    fn particle(&self, k: usize, shapes: &mut Vec<Shape>) {
        let (before, after) = self.ends(k);
        let radius = self.radius(&before) + self.part * (self.radius(&after) - self.radius(&before));
        if self.landed(k) {
            // The removed one fades, and the copy appears in the second half, when the bow has come there.
            let fading = (1.0 - 2.0 * self.part).max(0.0);
            let coming = (2.0 * self.part - 1.0).max(0.0);
            self.disc(self.place(before.at), self.radius(&before), fading, shapes);
            self.disc(self.place(after.at), self.radius(&after) * coming, coming, shapes);
            return;
        }
        let at = self.place(before.at).lerp(self.place(after.at), self.part);
        self.disc(at, radius, 1.0, shapes);
    }

    fn disc(&self, at: Pos2, radius: f32, strength: f32, shapes: &mut Vec<Shape>) {
        if radius < 0.3 || strength <= 0.0 {
            return;
        }
        let radius = radius.max(1.2);
        shapes.push(Shape::circle_filled(
            at,
            radius,
            self.color.gamma_multiply(0.36 * strength),
        ));
        let rim = Stroke::new(1.3 * self.tokens.bold, self.color.gamma_multiply(strength));
        shapes.push(Shape::circle_stroke(at, radius, rim));
    }

    /// What happens to it.
    fn marks(&self, k: usize, shapes: &mut Vec<Shape>) {
        let (before, after) = self.ends(k);
        let (from, to) = (self.place(before.at), self.place(after.at));
        let stretched = |along: Vec2| self.factors.arrows as f32 * along;
        let (plain, lively) = (self.tokens.text, self.tokens.accent);
        match self.stage.event {
            Event::Drift { .. } => arrow(from, stretched(to - from) * self.part, (plain, self.tokens), shapes),
            Event::Noise { .. } => {
                // The drift before it stays, so that the two can be told apart and seen to add up.
                let start = self.place(self.earlier.particles[k].at);
                let drift = stretched(from - start);
                arrow(start, drift, (plain.gamma_multiply(0.55), self.tokens), shapes);
                let kick = stretched(to - from) * self.part;
                dashed_arrow(start + drift, kick, (lively, self.tokens), shapes);
            }
            Event::Refusals { .. } => {
                if (to - from).length() > 0.0 {
                    let back = stretched(from - to) * (1.0 - self.part);
                    dashed_arrow(to, back, (self.tokens.error, self.tokens), shapes);
                    cross(to, 5.0, self.tokens.error, shapes);
                }
            }
            Event::Kick { time } | Event::Glide { time } => {
                let velocity = |seen: &Seen| {
                    let v = (self.on.camera.scale * time) * seen.carried;
                    stretched(vec2(v.x as f32, -v.y as f32))
                };
                let now = velocity(&before) + self.part * (velocity(&after) - velocity(&before));
                let at = from.lerp(to, self.part);
                arrow(at, velocity(&before), (plain.gamma_multiply(0.35), self.tokens), shapes);
                arrow(at, now, (plain, self.tokens), shapes);
            }
            Event::Friction { .. } => {
                let half = self.half_step();
                let velocity = |seen: &Seen| {
                    let v = (self.on.camera.scale * half) * seen.carried;
                    stretched(vec2(v.x as f32, -v.y as f32))
                };
                let now = velocity(&before) + self.part * (velocity(&after) - velocity(&before));
                arrow(
                    from,
                    velocity(&before),
                    (plain.gamma_multiply(0.35), self.tokens),
                    shapes,
                );
                dashed_arrow(from, now, (lively, self.tokens), shapes);
            }
            Event::Weighed { .. } => self.ring(k, from, shapes),
            Event::Lost { .. } | Event::Equalised | Event::Resampled { .. } | Event::Jumped { .. } => {
                if self.landed(k) {
                    let fade = (1.0 - self.part).max(0.15);
                    cross(from, 4.5, self.tokens.error.gamma_multiply(fade), shapes);
                    bow(from, to, (2.0 * self.part).min(1.0), self.color, shapes);
                    if self.part > 0.5 {
                        let grown = self.unit + 5.0 * (2.0 * self.part - 1.0);
                        let stroke = Stroke::new(2.0 * self.tokens.bold, self.tokens.text);
                        shapes.push(Shape::circle_stroke(to, grown, stroke));
                    }
                }
            }
            Event::Before | Event::Checked { .. } | Event::Collapsed => {}
        }
    }

    /// Half a step of the clock of the walk.
    fn half_step(&self) -> f64 {
        match self.before.event {
            Event::Glide { time } | Event::Kick { time } => time,
            _ => 0.0,
        }
    }

    /// A ring around a disc that swells or tightens to what the weight becomes, changed more than in truth.
    fn ring(&self, k: usize, at: Pos2, shapes: &mut Vec<Shape>) {
        let Some(growth) = self.stage.growth.get(k).copied().filter(|g| g.is_finite()) else {
            cross(at, 4.5, self.tokens.error, shapes);
            return;
        };
        let radius = self.radius(&self.before.particles[k]).max(2.0);
        let change = (0.5 * growth * self.factors.rings).clamp(-1.2, 1.2) * f64::from(self.part);
        let ring = radius * change.exp() as f32;
        if growth >= 0.0 {
            let stroke = Stroke::new(2.2 * self.tokens.bold, self.tokens.good);
            shapes.push(Shape::circle_stroke(at, ring, stroke));
        } else {
            // Dashed, and within the disc: it is told by more than its colour.
            let stroke = Stroke::new(2.0 * self.tokens.bold, self.tokens.error);
            let points: Vec<Pos2> = (0..=24)
                .map(|k| at + ring * Vec2::angled(k as f32 * std::f32::consts::TAU / 24.0))
                .collect();
            shapes.extend(Shape::dashed_line(&points, stroke, 3.0, 2.5));
        }
    }
}

fn arrow(from: Pos2, along: Vec2, (color, tokens): (Color32, &Tokens), shapes: &mut Vec<Shape>) {
    let shaft = |ends: [Pos2; 2]| vec![Shape::line_segment(ends, Stroke::new(1.8 * tokens.bold, color))];
    arrow_with(shaft, (from, along), (color, tokens), shapes);
}

fn dashed_arrow(from: Pos2, along: Vec2, (color, tokens): (Color32, &Tokens), shapes: &mut Vec<Shape>) {
    let shaft = |ends: [Pos2; 2]| Shape::dashed_line(&ends, Stroke::new(2.0 * tokens.bold, color), 4.0, 2.5);
    arrow_with(shaft, (from, along), (color, tokens), shapes);
}

/// An arrow with this shaft, on a rim.
fn arrow_with(
    shaft: impl FnOnce([Pos2; 2]) -> Vec<Shape>,
    (from, along): (Pos2, Vec2),
    (color, tokens): (Color32, &Tokens),
    shapes: &mut Vec<Shape>,
) {
    let length = along.length();
    if !length.is_finite() || length < 1.0 {
        return;
    }
    let ends = [from, from + along];
    shapes.push(Shape::line_segment(ends, Stroke::new(4.0 * tokens.bold, tokens.plate)));
    shapes.extend(shaft(ends));
    head(ends[1], along / length, length, color, shapes);
}

fn head(tip: Pos2, along: Vec2, length: f32, color: Color32, shapes: &mut Vec<Shape>) {
    let size = (0.45 * length).clamp(2.0, 7.0);
    let side = 0.5 * size * along.rot90();
    let foot = tip - size * along;
    shapes.push(Shape::convex_polygon(
        vec![tip, foot + side, foot - side],
        color,
        Stroke::NONE,
    ));
}

fn cross(at: Pos2, arm: f32, color: Color32, shapes: &mut Vec<Shape>) {
    for across in [vec2(arm, arm), vec2(arm, -arm)] {
        shapes.push(Shape::line_segment([at - across, at + across], Stroke::new(2.0, color)));
    }
}

/// The first part of a bow that bulges upwards.
fn bow(from: Pos2, to: Pos2, part: f32, color: Color32, shapes: &mut Vec<Shape>) {
    let along = to - from;
    if !along.length().is_finite() || along.length() < 3.0 {
        return;
    }
    let across = vec2(along.y, -along.x) * if along.x >= 0.0 { 1.0 } else { -1.0 };
    let top = from + 0.5 * along + 0.32 * across;
    let point = |t: f32| from.lerp(top, t).lerp(top.lerp(to, t), t);
    let points: Vec<Pos2> = (0..=20).map(|k| point(part * k as f32 / 20.0)).collect();
    shapes.push(Shape::line(points, Stroke::new(1.5, color.gamma_multiply(0.8))));
    shapes.push(Shape::circle_filled(point(part), 2.8, color));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_round_and_never_shrink() {
        assert_eq!(round_factor(0.3), 1.0);
        assert_eq!(round_factor(5.0), 5.0);
        assert_eq!(round_factor(49.0), 20.0);
        assert_eq!(round_factor(1e9), 1000.0);
        assert_eq!(round_factor(f64::NAN), 1.0);
    }

    #[test]
    fn a_stage_begins_and_ends_at_rest() {
        assert_eq!((smooth(0.0), smooth(0.5), smooth(1.0)), (0.0, 0.5, 1.0));
        assert!(smooth(0.02) < 0.02 && smooth(7.0) == 1.0);
    }
}
