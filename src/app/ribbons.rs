//! Teleports merged into ribbons: how much mass jumps from well to well per unit of time.
//!
//! A ribbon is as wide as the mass that it carries, on one scale for all panels: [`SHARE`] of the smaller side of a picture would carry all of the
//! mass within one unit of model time. It keeps to the left of its way: all of it lies on that
//! side of the line from well to well, so that the two directions never touch.

use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

use super::layers::well_name;
use super::theme::{Tokens, size};
use super::widgets::short;
use crate::observe::{Basins, Traffic};
use crate::render::camera::Projection;
use crate::words::t;

/// The width of a ribbon that carries all of the mass in one unit of time, over the smaller side of the picture.
pub(super) const SHARE: f32 = 0.35;
/// A thinner ribbon (points) is not drawn: single arcs are what it is.
const THINNEST: f32 = 0.7;
/// No wider than this (points), over the smaller side of the picture: it would hide the wells.
const WIDEST: f32 = 0.14;
/// At most so many ribbons in a panel, the widest.
const MOST: usize = 40;
/// By how much a ribbon bulges, over its length.
const BULGE: f32 = 0.3;
/// How much of a head stands out on either side of its ribbon (points).
const BARB: f32 = 4.0;
/// How much broader the rim is than what it surrounds, on either side (points).
const RIM: f32 = 1.2;
/// What is left free between opposite ribbons, rims included (points).
const BETWEEN: f32 = 1.0;
/// Around the middle of a well: there stands what the well has to say (points).
const CLEAR: f32 = 14.0;
/// Ribbons that are at least so wide (points) say their figure, where there are few wells.
const SPOKEN: f32 = 3.5;
/// From more wells than this no ribbon says its figure unasked.
const FEW_WELLS: usize = 4;

/// One ribbon in a picture.
pub(super) struct Ribbon {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Mass per unit of model time.
    pub(super) rate: f64,
    /// Its middle line, up to the foot of its head.
    points: Vec<Pos2>,
    tip: Pos2,
    width: f32,
}

/// The width (points) that stands for a rate, in pictures of this size.
pub(super) fn width(rate: f64, picture: Vec2) -> f32 {
    (rate as f32 * SHARE * picture.min_elem()).min(WIDEST * picture.min_elem())
}

/// The ribbons of a panel, the widest first.
pub(super) fn ribbons(traffic: &Traffic, basins: &Basins, on: &Projection, picture: Vec2) -> Vec<Ribbon> {
    if traffic.basins() != basins.len() {
        return Vec::new();
    }
    let place = |basin: usize| {
        let s = on.screen_from_world(basins.centers[basin]);
        pos2(s.x as f32, s.y as f32)
    };
    let lanes = traffic.lanes().iter().filter(|lane| lane.from != lane.to);
    let mut wide: Vec<(usize, usize, f64, f32)> = lanes
        .map(|lane| {
            let (from, to) = (usize::from(lane.from), usize::from(lane.to));
            (from, to, lane.rate, width(lane.rate, picture))
        })
        .filter(|(.., width)| *width >= THINNEST)
        .collect();
    wide.sort_by(|a, b| b.2.total_cmp(&a.2));
    wide.truncate(MOST);
    let ribbon = |(from, to, rate, width)| Ribbon::between(place(from), place(to), (from, to), (rate, width));
    wide.into_iter().filter_map(ribbon).collect()
}

impl Ribbon {
    fn between(start: Pos2, end: Pos2, (from, to): (usize, usize), (rate, width): (f64, f32)) -> Option<Self> {
        let along = end - start;
        let length = along.length();
        if !length.is_finite() || length < 12.0 {
            return None;
        }
        // The head is the broadest part; on its own side of the line has even that one room.
        let aside = left_of(along / length);
        let shift = (0.5 * width + BARB + RIM + 0.5 * BETWEEN) * aside;
        let (start, end) = (start + shift, end + shift);
        let top = start + 0.5 * along + 2.0 * BULGE * length * aside;
        let at = |t: f32| start.lerp(top, t).lerp(top.lerp(end, t), t);
        let gap = (CLEAR / length).min(0.25);
        let head = ((width + 9.0) / length).min(0.35);
        let (first, last) = (gap, 1.0 - gap);
        let foot = last - head;
        let points = (0..=28).map(|k| at(first + (foot - first) * k as f32 / 28.0)).collect();
        Some(Self {
            from,
            to,
            rate,
            points,
            tip: at(last),
            width,
        })
    }

    /// The corners of its head.
    fn head(&self) -> Option<[Pos2; 3]> {
        let &[.., before, foot] = self.points.as_slice() else {
            return None;
        };
        // It begins where the body ends, straight across: a bow that is broad and short would part from it otherwise.
        let way = (foot - before).normalized();
        let aside = (0.5 * self.width + BARB) * left_of(way);
        Some([self.tip, foot + aside, foot - aside])
    }

    /// Draws it, on a rim that tells it from what lies beneath.
    pub(super) fn paint(&self, painter: &Painter, color: Color32, tokens: &Tokens) {
        let Some(head) = self.head() else { return };
        let body = |width: f32, color: Color32| Shape::line(self.points.clone(), Stroke::new(width, color));
        let rim = tokens.plate.gamma_multiply(0.55);
        painter.add(body(self.width + 2.0 * RIM, rim));
        painter.add(Shape::convex_polygon(
            head.to_vec(),
            rim,
            Stroke::new(2.0 * RIM * tokens.bold, rim),
        ));
        painter.add(body(self.width, color.gamma_multiply(0.5)));
        painter.add(Shape::convex_polygon(
            head.to_vec(),
            color.gamma_multiply(0.9),
            Stroke::NONE,
        ));
    }

    /// Whether the pointer is on it.
    pub(super) fn is_under(&self, pointer: Pos2) -> bool {
        let reach = 0.5 * self.width + 3.0;
        let near = |two: &[Pos2]| distance(pointer, two[0], two[1]) <= reach;
        self.points.windows(2).any(near)
            || self
                .points
                .last()
                .is_some_and(|foot| distance(pointer, *foot, self.tip) <= reach)
    }

    /// What it says when it is asked.
    pub(super) fn words(&self, wells: usize) -> String {
        let name = |well| well_name(well, wells);
        let rate = short(round(self.rate));
        t!(
            "{from} to {to}: {rate} of the mass per unit of time",
            from = name(self.from),
            to = name(self.to),
            rate
        )
    }

    /// A plate with its figure beside its middle, unless it is thin.
    pub(super) fn figure(&self, painter: &Painter, wells: usize, picture: Rect, tokens: &Tokens) -> Option<Figure> {
        if self.width < SPOKEN || wells > FEW_WELLS || picture.size().min_elem() < 200.0 {
            return None;
        }
        let (before, middle) = (*self.points.get(13)?, *self.points.get(14)?);
        let aside = left_of((middle - before).normalized());
        let text = t!("{rate}/time", rate = short(round(self.rate)));
        let galley = painter.layout_no_wrap(text, FontId::proportional(size::SMALL), tokens.text);
        let extent = galley.size() + vec2(6.0, 0.0);
        let at = middle + (0.5 * self.width + 4.0 + 0.5 * extent.y) * aside;
        let plate = Align2::CENTER_CENTER.anchor_size(at, extent);
        picture.contains_rect(plate).then_some(Figure { plate, galley })
    }
}

/// The figure of a ribbon.
pub(super) struct Figure {
    pub(super) plate: Rect,
    galley: std::sync::Arc<eframe::egui::Galley>,
}

impl Figure {
    /// Draws it.
    pub(super) fn paint(self, painter: &Painter, tokens: &Tokens) {
        painter.rect_filled(self.plate, 3.0, tokens.plate);
        painter.galley(self.plate.min + vec2(3.0, 0.0), self.galley, tokens.text);
    }
}

/// What the ribbon under the pointer says, beside the pointer.
pub(super) fn tell(painter: &Painter, picture: Rect, pointer: Pos2, words: &str, tokens: &Tokens) {
    let galley = painter.layout(
        words.to_owned(),
        FontId::proportional(size::SMALL),
        tokens.text,
        picture.width() - 24.0,
    );
    let extent = galley.size() + vec2(10.0, 4.0);
    let below = pointer.y + 18.0 + extent.y < picture.bottom();
    let y = if below {
        pointer.y + 18.0
    } else {
        pointer.y - 12.0 - extent.y
    };
    let x = (pointer.x - 0.5 * extent.x).clamp(
        picture.left() + 3.0,
        (picture.right() - extent.x - 3.0).max(picture.left() + 3.0),
    );
    let plate = Rect::from_min_size(pos2(x, y), extent);
    painter.rect_filled(plate, 4.0, tokens.plate);
    painter.rect_stroke(
        plate,
        4.0,
        Stroke::new(1.0, tokens.line),
        eframe::egui::StrokeKind::Outside,
    );
    painter.galley(plate.min + vec2(5.0, 2.0), galley, tokens.text);
}

/// What lies to the left of somebody who goes this way on the screen, as far away.
pub(super) fn left_of(way: Vec2) -> Vec2 {
    vec2(way.y, -way.x)
}

/// Two digits: the rate of a ribbon is an average over bursts.
fn round(rate: f64) -> f64 {
    let digits = if rate >= 0.1 { 100.0 } else { 1000.0 };
    (rate * digits).round() / digits
}

fn distance(p: Pos2, a: Pos2, b: Pos2) -> f32 {
    let way = b - a;
    let t = ((p - a).dot(way) / way.length_sq().max(1e-6)).clamp(0.0, 1.0);
    (p - (a + t * way)).length()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_ribbons_lie_beside_each_other() {
        let (a, b) = (pos2(10.0, 100.0), pos2(210.0, 100.0));
        let there = Ribbon::between(a, b, (0, 1), (0.2, 12.0)).expect("far enough");
        let back = Ribbon::between(b, a, (1, 0), (0.1, 6.0)).expect("far enough");
        let middle = |r: &Ribbon| r.points[14];
        assert!(
            middle(&there).y < 85.0 && middle(&back).y > 115.0,
            "{:?}",
            middle(&there)
        );
        assert!(there.is_under(middle(&there)) && !back.is_under(middle(&there)));
        assert!((there.tip - b).length() < 34.0 && (back.tip - a).length() < 34.0);
        assert!(Ribbon::between(a, a + vec2(5.0, 0.0), (0, 1), (0.2, 12.0)).is_none());
        assert_eq!(there.words(2), "left to right: 0.2 of the mass per unit of time");
    }

    /// The convex pieces that a ribbon is painted of, with their rims: one for each stretch of its middle line, and its head.
    fn pieces(ribbon: &Ribbon) -> Vec<Vec<Pos2>> {
        let half = 0.5 * ribbon.width + RIM;
        let stretch = |two: &[Pos2]| {
            let aside = half * left_of((two[1] - two[0]).normalized());
            vec![two[0] + aside, two[1] + aside, two[1] - aside, two[0] - aside]
        };
        let head = ribbon.head().expect("it has a body");
        // A rim is drawn half outside the outline: the corners of that outline, moved away from the middle.
        let middle = head
            .iter()
            .fold(Vec2::ZERO, |sum, corner| sum + 0.333 * corner.to_vec2());
        let head = head.map(|corner| corner + RIM * (corner.to_vec2() - middle).normalized());
        let mut pieces: Vec<_> = ribbon.points.windows(2).map(stretch).collect();
        pieces.push(head.to_vec());
        pieces
    }

    /// Whether two convex polygons share a point: no line along an edge of either has them on different sides.
    fn meet(a: &[Pos2], b: &[Pos2]) -> bool {
        let apart = |of: &[Pos2]| {
            (0..of.len()).any(|k| {
                let normal = left_of(of[(k + 1) % of.len()] - of[k]);
                let reach = |corners: &[Pos2]| {
                    let along = corners.iter().map(|corner| corner.to_vec2().dot(normal));
                    along.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| {
                        (low.min(v), high.max(v))
                    })
                };
                let ((low, high), (other_low, other_high)) = (reach(a), reach(b));
                high < other_low || other_high < low
            })
        };
        !(apart(a) || apart(b))
    }

    #[test]
    fn opposite_ribbons_never_touch() {
        let mut pairs = 0;
        for length in [14.0, 40.0, 90.0, 200.0, 700.0] {
            for angle in [0.0, 0.7, 2.0, 4.4] {
                let a = pos2(300.0, 250.0);
                let b = a + length * Vec2::angled(angle);
                for there in [0.7, 2.0, 6.0, 17.0, 45.0, 90.0] {
                    for back in [0.7, 3.0, 12.0, 45.0, 90.0] {
                        let there = Ribbon::between(a, b, (0, 1), (1.0, there)).expect("far enough");
                        let back = Ribbon::between(b, a, (1, 0), (1.0, back)).expect("far enough");
                        for (one, other) in pieces(&there)
                            .iter()
                            .flat_map(|p| pieces(&back).into_iter().map(move |q| (p, q)))
                        {
                            assert!(
                                !meet(one, &other),
                                "{length} {angle}: {} and {}",
                                there.width,
                                back.width
                            );
                        }
                        // What the well has to say is free of both.
                        for well in [a, b] {
                            let least = CLEAR.min(0.25 * length);
                            assert!((there.tip - well).length() >= least && (back.tip - well).length() >= least);
                        }
                        pairs += 1;
                    }
                }
            }
        }
        assert_eq!(pairs, 600);
        // The test would see it: ribbons from one well to the same other do meet.
        let (a, b) = (pos2(0.0, 0.0), pos2(200.0, 0.0));
        let one = Ribbon::between(a, b, (0, 1), (0.2, 12.0)).expect("far enough");
        let same = pieces(&one);
        assert!(same.iter().any(|p| same[5..].iter().any(|q| meet(p, q))));
    }

    #[test]
    fn width_is_proportional_to_the_rate_up_to_a_limit() {
        let picture = vec2(400.0, 300.0);
        assert!((width(0.3, picture) / width(0.1, picture) - 3.0).abs() < 1e-5);
        assert!((width(0.3, picture) - 0.3 * SHARE * 300.0).abs() < 1e-4);
        assert!((width(9.0, picture) - WIDEST * 300.0).abs() < 1e-4);
    }
}
