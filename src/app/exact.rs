//! The exact density over the particles, as lines within which shares of its mass stand.
//!
//! Three lines are few enough to be read from the back row, and shares can be counted: of a hundred particles that follow the
//! exact law one stands outside the outer line. A well that holds less than 1 % of the mass has no line, one that holds little has
//! only the outer. The lines are dark on a light rim (or light on a dark one), so that they stand out from the map, from isolines,
//! which have no rim, and from particles of any colour; and they differ by their breaks.

use std::sync::Arc;

use eframe::egui::{Id, Painter, Pos2, Shape, Stroke, pos2};

use super::background::{Background, Place};
use super::plots::solution;
use super::theme::Tokens;
use super::verdict::is_behind;
use crate::engine::Report;
use crate::reference::{ExactEntry, Solution};
use crate::render::camera::Projection;
use crate::render::regions::{Region, regions};
use crate::space::{Field, Point};

/// Shares of the mass, from the inner line to the outer.
pub(super) const SHARES: [f64; 3] = [0.5, 0.9, 0.99];
/// Strokes, gaps and widths (points) of the lines, from the inner to the outer.
const LINES: [(&[f32], &[f32], f32); 3] = [(&[], &[], 2.4), (&[9.0], &[5.0], 2.2), (&[2.5], &[4.0], 2.0)];
/// Lines of a running solution follow it this often (seconds), so that the run itself keeps the processors.
const EVERY: f64 = 0.08;
/// How much broader the rim is than its line (points).
const RIM: f32 = 2.4;
/// The shorter edge of a picture (points) in which lines are as broad as [`LINES`] says.
const EDGE: f32 = 430.0;

/// How strong lines are that are of a state which the run has left, and how long (seconds) they take to become so: what is worked out
/// again at once does not flicker.
const OLD: (f32, f32) = (0.28, 0.3);

/// Whether there is an exact solution of the state on show; else its numbers are not those that the particles should have now.
pub(super) fn is_current(report: &Report) -> bool {
    let exact = report.exact.as_ref().filter(|_| !report.exact_is_old);
    report.travel.is_none() && exact.is_some_and(|exact| !is_behind(&report.snapshot, exact))
}

/// A density as a question: the same field, not an equal one.
#[derive(Clone, Debug)]
struct Shown {
    field: Arc<Field>,
    /// The first measurement of this law, which no other panel and no other run has.
    root: Option<Arc<ExactEntry>>,
    /// How often the run had left what the solution was of; and whether the solution has been of the state on show since.
    turn: (u64, bool),
}

impl Shown {
    fn of(solution: &Solution, turn: (u64, bool)) -> Self {
        Self {
            field: Arc::clone(&solution.density),
            root: solution.history.first().cloned(),
            turn,
        }
    }

    /// Whether both are of the same law, at whatever times.
    fn is_kin(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.field, &other.field)
    }
}

/// Lines with the density that they are of.
type Answer = (Shown, Arc<Vec<Region>>);

/// The lines of every panel, worked out once per exact density.
#[derive(Debug, Default)]
pub(super) struct Overlays {
    panels: [Background<Shown, Arc<Vec<Region>>>; 4],
    /// When the lines of each panel were last asked for (seconds).
    asked: [f64; 4],
    /// How often the run has left what the solution is of, and whether the solution is of the state on show.
    turn: (u64, bool),
}

impl Overlays {
    /// Takes note of what is about to be drawn. Lines stay with their laws when panels come and go; those of others are forgotten.
    pub(super) fn arrange(&mut self, report: &Report) {
        let current = is_current(report);
        self.turn = (self.turn.0 + u64::from(self.turn.1 && !current), current);
        self.panels.iter_mut().for_each(Background::collect);
        let answers: Vec<Option<Answer>> = self
            .panels
            .iter()
            .map(|work| work.answer().map(|(of, lines)| (of.clone(), Arc::clone(lines))))
            .collect();
        for (k, work) in self.panels.iter_mut().enumerate() {
            let shown = solution(report, k).map(|solution| Shown::of(solution, self.turn));
            let own = answers[k]
                .as_ref()
                .filter(|(of, _)| shown.as_ref().is_some_and(|shown| shown.is_kin(of)));
            if own.is_none() {
                let same = |(of, _): &&Answer| shown.as_ref() == Some(of);
                work.put(answers.iter().flatten().find(same).cloned());
            }
        }
    }

    /// Draws the lines of a panel: those of its density, or of the last one while these are being worked out; faint where they are of a
    /// state that the run has left.
    pub(super) fn paint(
        &mut self,
        painter: &Painter,
        (panel, solution): (usize, &Solution),
        on: &Projection,
        (place, tokens): (Place, &Tokens),
    ) {
        let (turn, current) = self.turn;
        let Some(work) = self.panels.get_mut(panel) else { return };
        let question = Shown::of(solution, self.turn);
        let now = painter.ctx().input(|i| i.time);
        let wait = EVERY - (now - self.asked[panel]);
        if place == Place::Here || wait <= 0.0 || work.answer().is_none() {
            let news = work.ask(&question, place, "wfr-lab exact lines", painter.ctx(), |shown| {
                Arc::new(regions(&shown.field, &SHARES))
            });
            if news {
                self.asked[panel] = now;
            }
        } else if work.answer().is_some_and(|(of, _)| *of != question) {
            painter.ctx().request_repaint_after_secs(wait as f32);
        }
        let Some((of, regions)) = work.answer() else { return };
        let strong = current && (*of == question || of.turn == (turn, true));
        let strength = match place {
            Place::Here => f32::from(u8::from(strong)),
            Place::Thread => painter
                .ctx()
                .animate_bool_with_time(Id::unique(("exact lines", panel)), strong, OLD.1),
        };
        paint_regions(painter, regions, on, (OLD.0 + (1.0 - OLD.0) * strength, tokens));
    }
}

/// Draws the lines of regions of these [`SHARES`], so strongly.
pub(super) fn paint_regions(
    painter: &Painter,
    regions: &[Region],
    on: &Projection,
    (strength, tokens): (f32, &Tokens),
) {
    // In a small picture broad lines would hide the particles of a narrow well.
    let broad = (on.screen.width().min(on.screen.height()) as f32 / EDGE).clamp(0.7, 1.4);
    // The outer lines first: where lines meet, the inner one says more.
    for (k, region) in regions.iter().enumerate().rev() {
        for part in region.lines.iter().flat_map(|corners| inside(corners, on)) {
            painter.add(line(&part, (k, broad, strength), tokens));
        }
    }
}

/// The line of this rank from the innermost, so many times as broad and as strong as usual, with its rim.
pub(super) fn line(points: &[Pos2], (rank, broad, strength): (usize, f32, f32), tokens: &Tokens) -> Shape {
    let (strokes, gaps, width) = LINES[rank.min(LINES.len() - 1)];
    let broad = broad * tokens.bold;
    let [strokes, gaps] = [strokes, gaps].map(|lengths| lengths.iter().map(|l| l * broad).collect::<Vec<f32>>());
    let rim = Stroke::new(broad * (width + RIM), tokens.exact_rim.gamma_multiply(strength));
    let core = Stroke::new(broad * width, tokens.exact.gamma_multiply(strength));
    let mut shapes = vec![Shape::line(points.to_vec(), rim)];
    if strokes.is_empty() {
        shapes.push(Shape::line(points.to_vec(), core));
    } else {
        shapes.extend(Shape::dashed_line_with_offset(points, core, &strokes, &gaps, 0.0));
    }
    Shape::Vec(shapes)
}

/// The parts of a line that may be seen. Far outside a magnified picture there would be thousands of dashes.
pub(super) fn inside(corners: &[Point], on: &Projection) -> Vec<Vec<Pos2>> {
    let seen = on.visible().scaled(1.2);
    let touches = |p: &Point, q: &Point| {
        p.x.min(q.x) <= seen.max.x
            && p.x.max(q.x) >= seen.min.x
            && p.y.min(q.y) <= seen.max.y
            && p.y.max(q.y) >= seen.min.y
    };
    let screen = |p: Point| {
        let s = on.screen_from_world(p);
        pos2(s.x as f32, s.y as f32)
    };
    let mut parts: Vec<Vec<Pos2>> = Vec::new();
    let mut open = false;
    for pair in corners.windows(2) {
        if !touches(&pair[0], &pair[1]) {
            open = false;
            continue;
        }
        if !open {
            parts.push(vec![screen(pair[0])]);
            open = true;
        }
        if let Some(part) = parts.last_mut() {
            part.push(screen(pair[1]));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Control;
    use crate::render::camera::Camera;
    use crate::scenario::presets;
    use crate::sim::{Command, Simulation};
    use crate::space::Rect;

    #[test]
    fn lines_stay_with_their_laws_when_panels_come_and_go() {
        let mut scenario = presets()[0].scenario();
        scenario.particles = 20;
        let mut drive = super::super::Drive::from(Simulation::new(scenario));
        let mut overlays = Overlays::default();
        let ctx = eframe::egui::Context::default();
        let look = |drive: &mut super::super::Drive, overlays: &mut Overlays| {
            let report = drive.latest().unwrap();
            overlays.arrange(&report);
            let kept: Vec<Option<Arc<Field>>> = overlays
                .panels
                .iter()
                .map(|work| work.answer().map(|(of, _)| Arc::clone(&of.field)))
                .collect();
            for k in 0..report.snapshot.panels.len() {
                let shown = Shown::of(solution(&report, k).unwrap(), overlays.turn);
                let lines = |shown: &Shown| Arc::new(regions(&shown.field, &SHARES));
                overlays.panels[k].ask(&shown, Place::Here, "test", &ctx, lines);
            }
            (report, kept)
        };
        drive.send(Control::Steps(20));
        let (_, kept) = look(&mut drive, &mut overlays);
        assert!(kept.iter().all(Option::is_none));
        drive.send(Control::Command(Command::Duplicate(0)));
        let (report, kept) = look(&mut drive, &mut overlays);
        let first = solution(&report, 0).unwrap().history[0].clone();
        assert!(Arc::ptr_eq(&first, &solution(&report, 3).unwrap().history[0]), "a twin");
        assert!(kept[..3].iter().all(Option::is_some));
        // Another panel takes its place: nothing of the first is shown.
        drive.send(Control::Undo);
        drive.send(Control::Command(Command::Duplicate(1)));
        let (_, kept) = look(&mut drive, &mut overlays);
        assert!(kept[..3].iter().all(Option::is_some) && kept[3].is_none());
        // Where one is removed the others take their lines along, and a start has none of them.
        drive.send(Control::Command(Command::Remove(0)));
        let (report, kept) = look(&mut drive, &mut overlays);
        assert!(kept[3].is_none());
        for (k, kept) in kept[..3].iter().enumerate() {
            let same = |kept: &Arc<Field>| Arc::ptr_eq(kept, &solution(&report, k).unwrap().density);
            assert!(kept.as_ref().is_none_or(same), "panel {k}");
        }
        drive.send(Control::Command(Command::Reset));
        let (_, kept) = look(&mut drive, &mut overlays);
        assert!(kept.iter().all(Option::is_none));
    }

    #[test]
    fn only_what_is_seen_is_drawn() {
        let camera = Camera {
            center: Point::new(0.0, 0.0),
            scale: 100.0,
        };
        let on = camera.on(Rect::new(0.0, 100.0, 0.0, 100.0));
        let across: Vec<Point> = (-30..=30).map(|k| Point::new(0.1 * f64::from(k), 0.0)).collect();
        let parts = inside(&across, &on);
        assert_eq!(parts.len(), 1);
        assert!(parts[0].len() < 20, "{} corners", parts[0].len());
        // A line that leaves and comes back is two parts.
        let bow = [(-0.4, 0.0), (-0.4, 3.0), (0.0, 9.0), (0.4, 3.0), (0.4, 0.0)].map(Point::from);
        assert_eq!(inside(&bow, &on).len(), 2);
        assert!(inside(&[(5.0, 5.0).into(), (6.0, 5.0).into()], &on).is_empty());
    }
}
