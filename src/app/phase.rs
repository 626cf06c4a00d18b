//! Phase portraits: positions along one axis and velocities along the other, in the place of the plane of positions.
//!
//! Underdamped particles have velocities, in units of √(kT/m): at rest they are standard normal. The phase plane is stretched so that
//! velocities up to [`FASTEST`] fill the height of the view; so all panels keep one camera, whatever they show. Beneath the particles
//! lies the energy H(x, v) = v²/2 + min over y of V(x, y): between kicks and friction a particle moves along its lines.

use eframe::egui::Ui;

use super::App;
use super::widgets::{button, switch_word};
use crate::engine::Report;
use crate::flow::Transport;
use crate::landscape::Landscape;
use crate::render::landscape::Heights;
use crate::snapshot::{Dot, Plane};
use crate::space::{Field, Grid, Point, Rect};
use crate::words::t;

/// Velocities (√(kT/m)) at the upper and lower edge of the view; one particle of 150 000 is faster.
const FASTEST: f64 = 4.5;
/// Places along the hidden axis among which the lowest is sought.
const PLACES: usize = 320;

/// How a plane of the particles lies in the plane of positions, which cameras know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Canvas {
    /// What is shown.
    pub(super) plane: Plane,
    view: Rect,
}

impl Canvas {
    /// The plane in a view.
    pub(super) const fn new(plane: Plane, view: Rect) -> Self {
        Self { plane, view }
    }

    /// Where a point of the plane lies in the plane of positions.
    pub(super) fn world_from_plane(&self, p: Point) -> Point {
        let (middle, (across, up)) = (self.view.center(), self.stretch());
        match self.plane {
            Plane::Positions => p,
            Plane::PhaseX => Point::new(p.x, middle.y + up * p.y),
            Plane::PhaseY => Point::new(middle.x + across * (p.x - middle.y), middle.y + up * p.y),
        }
    }

    /// The point of the plane that lies there.
    pub(super) fn plane_from_world(&self, p: Point) -> Point {
        let (middle, (across, up)) = (self.view.center(), self.stretch());
        match self.plane {
            Plane::Positions => p,
            Plane::PhaseX => Point::new(p.x, (p.y - middle.y) / up),
            Plane::PhaseY => Point::new(middle.y + (p.x - middle.x) / across, (p.y - middle.y) / up),
        }
    }

    /// The part of the plane that lies in a rectangle.
    pub(super) fn rect_from_world(&self, rect: Rect) -> Rect {
        Rect {
            min: self.plane_from_world(rect.min),
            max: self.plane_from_world(rect.max),
        }
    }

    /// The rectangle in which a part of the plane lies.
    pub(super) fn world_from_rect(&self, rect: Rect) -> Rect {
        Rect {
            min: self.world_from_plane(rect.min),
            max: self.world_from_plane(rect.max),
        }
    }

    /// Lengths per unit along both axes.
    fn stretch(&self) -> (f64, f64) {
        (
            self.view.width() / self.view.height(),
            0.5 * self.view.height() / FASTEST,
        )
    }

    /// Particles as they lie in the plane of positions.
    pub(super) fn dots(&self, dots: &[Dot]) -> Vec<Dot> {
        let place = |dot: &Dot| {
            let p = self.world_from_plane(Point::new(f64::from(dot.x), f64::from(dot.y)));
            Dot {
                x: p.x as f32,
                y: p.y as f32,
                ..*dot
            }
        };
        dots.iter().map(place).collect()
    }

    /// The place of a well in the plane: at rest.
    pub(super) fn well(&self, bottom: Point) -> Point {
        match self.plane {
            Plane::Positions => bottom,
            Plane::PhaseX => self.world_from_plane(Point::new(bottom.x, 0.0)),
            Plane::PhaseY => self.world_from_plane(Point::new(bottom.y, 0.0)),
        }
    }

    /// Energies (kT) over a grid of the plane of positions: of the potential, or of phase space.
    pub(super) fn heights(&self, heights: &Heights, landscape: &Landscape, grid: Grid) -> Field {
        if self.plane == Plane::Positions {
            return heights.over(landscape, grid);
        }
        let column = |i: usize| {
            let along = self.plane_from_world(grid.center(i, 0)).x;
            self.lowest(heights, landscape, along)
        };
        let floors: Vec<f64> = (0..grid.nx).map(column).collect();
        let energy = |k: usize| {
            let v = self.plane_from_world(grid.center(0, k / grid.nx)).y;
            0.5 * v * v + floors[k % grid.nx]
        };
        Field {
            grid,
            values: (0..grid.len()).map(energy).collect(),
        }
    }

    /// The lowest height (kT) on the line across the shown axis.
    fn lowest(&self, measured: &Heights, landscape: &Landscape, along: f64) -> f64 {
        let wide = self.view.scaled(1.5);
        let part = |k: usize| (k as f64 + 0.5) / PLACES as f64;
        let height = |k: usize| {
            let p = match self.plane {
                Plane::PhaseY => Point::new(wide.min.x + part(k) * wide.width(), along),
                _ => Point::new(along, wide.min.y + part(k) * wide.height()),
            };
            measured.height(landscape, p)
        };
        let heights: Vec<f64> = (0..PLACES).map(height).collect();
        let Some(best) = (0..PLACES).min_by(|&a, &b| heights[a].total_cmp(&heights[b])) else {
            return 0.0;
        };
        if best == 0 || best + 1 == PLACES {
            return heights[best];
        }
        // The bottom of the parabola through three places.
        let (a, b, c) = (heights[best - 1], heights[best], heights[best + 1]);
        let bend = a - 2.0 * b + c;
        if bend > 0.0 {
            b - (a - c) * (a - c) / (8.0 * bend)
        } else {
            b
        }
    }

    /// What the axes of a phase plane are called.
    pub(super) fn axis_names(&self) -> Option<[&'static str; 2]> {
        match self.plane {
            Plane::Positions => None,
            Plane::PhaseX => Some(["x", t!("v along x, in √(kT/m)")]),
            Plane::PhaseY => Some(["y", t!("v along y, in √(kT/m)")]),
        }
    }
}

impl App {
    /// Whether a visible panel has velocities to show.
    pub(super) fn has_velocities(&self, report: &Report) -> bool {
        let panels = &report.snapshot.scenario.panels;
        let visible = self.view.visible(panels.len());
        visible
            .iter()
            .any(|&k| matches!(panels[k].transport, Transport::Underdamped(_)))
    }

    /// The plane to ask the run for.
    pub(super) fn wanted_plane(&self, report: &Report) -> Plane {
        if self.has_velocities(report) && super::strip::axis_of(self.view.picture).is_none() {
            self.view.plane
        } else {
            Plane::Positions
        }
    }

    /// The words of the legend that switch to phase portraits, where there is one to see.
    pub(super) fn phase_ui(&mut self, ui: &mut Ui, report: &Report) {
        if !self.has_velocities(report) {
            return;
        }
        let before = self.view.plane != Plane::Positions;
        let mut on = before;
        let help = t!("Positions and velocities of the underdamped particles, over lines of equal energy (F).");
        switch_word(
            ui,
            &mut on,
            t!("phase portrait"),
            (t!("Phase portrait (x, v)"), help),
            Some(&|painter, rect, color| {
                let stroke = eframe::egui::Stroke::new(1.3, color);
                painter.circle_stroke(rect.center(), 6.0, stroke);
                painter.hline(rect.center().x - 7.0..=rect.center().x + 7.0, rect.center().y, stroke);
            }),
        );
        if on != before {
            self.view.plane = if on { Plane::PhaseX } else { Plane::Positions };
        }
        let (text, next) = match self.view.plane {
            Plane::Positions => return,
            Plane::PhaseX => ("(x, v)", Plane::PhaseY),
            Plane::PhaseY => ("(y, v)", Plane::PhaseX),
        };
        if button(ui, text, t!("Axis of the phase portrait"))
            .on_hover_text(t!("Click for the other axis."))
            .clicked()
        {
            self.view.plane = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{DoubleWell, Shape};

    const VIEW: Rect = Rect::new(-2.0, 3.0, -1.0, 5.0);

    #[test]
    fn planes_lie_in_the_view_and_back() {
        for plane in Plane::ALL {
            let canvas = Canvas::new(plane, VIEW);
            for p in [(0.3, -1.7), (2.0, 4.0)].map(Point::from) {
                let there = canvas.plane_from_world(canvas.world_from_plane(p));
                assert!((there - p).norm() < 1e-12, "{plane:?}");
            }
            let shown = canvas.rect_from_world(VIEW);
            let back = canvas.world_from_rect(shown);
            assert!((back.min - VIEW.min).norm() + (back.max - VIEW.max).norm() < 1e-12);
            match plane {
                Plane::Positions => assert_eq!(shown, VIEW),
                Plane::PhaseX => assert_eq!((shown.min.x, shown.max.x, shown.max.y), (-2.0, 3.0, FASTEST)),
                Plane::PhaseY => assert_eq!((shown.min.x, shown.max.x, shown.max.y), (-1.0, 5.0, FASTEST)),
            }
        }
    }

    #[test]
    fn the_energy_of_phase_space_is_kinetic_plus_the_lowest_potential() {
        // V = 7 (x² − 1)² + y²/2: the lowest along y is 7 (x² − 1)², along x it is y²/2.
        let well = DoubleWell {
            barrier: 7.0,
            tilt: 0.0,
        };
        let landscape = Landscape::new(Shape::DoubleWell(well), 1.0);
        let view = Rect::new(-2.4, 2.4, -3.4, 3.4);
        let heights = Heights::of(&landscape);
        for (plane, lowest) in [
            (Plane::PhaseX, (|x| 7.0 * (x * x - 1.0_f64).powi(2)) as fn(f64) -> f64),
            (Plane::PhaseY, |y| 0.5 * y * y),
        ] {
            let canvas = Canvas::new(plane, view);
            let grid = Grid::new(view, 40, 40);
            let energy = canvas.heights(&heights, &landscape, grid);
            for k in 0..grid.len() {
                let p = canvas.plane_from_world(grid.center(k % 40, k / 40));
                let exact = 0.5 * p.y * p.y + lowest(p.x) - heights.floor;
                let error = (energy.values[k] - exact).abs();
                assert!(error < 0.02, "{plane:?} at {p:?}: {} for {exact}", energy.values[k]);
            }
        }
    }
}
