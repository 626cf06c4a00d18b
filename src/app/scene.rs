//! The middle of the window: header, panels on one camera, and where the plots go.

use eframe::egui;
use eframe::egui::{CentralPanel, Panel, Rect, Ui, Vec2, pos2, vec2};

use super::App;
use super::labels::{AXIS_HEIGHT, AXIS_WIDTH};
use super::layers::flow_looks;
use super::panel::{Place, world_rect};
use super::phase::Canvas;
use super::strip;
use super::theme::Theme;
use crate::engine::{Control, Report};
use crate::render::camera::{Camera, Projection};
use crate::snapshot::{Plane, Probe};
use crate::space::Point;
use crate::words::t;

/// Space between panels.
pub(super) const GAP: f32 = 12.0;
/// Width of the plots at the right of the panels.
const PLOTS_WIDTH: f32 = 320.0;
/// Particles drawn one by one in each panel; beyond that a density is drawn.
const MAX_DOTS: usize = 10_000;

/// Where the plots stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dock {
    Right,
    Below,
}

impl App {
    /// Draws header, plots and panels into what is left of the window.
    pub(super) fn scene_ui(&mut self, ui: &mut Ui) {
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new()
            .fill(tokens.window)
            .inner_margin(egui::Margin::symmetric(10, 6));
        let Some(report) = self.report.clone() else {
            CentralPanel::default()
                .frame(frame)
                .show(ui, |ui| ui.label(t!("The run is starting.")));
            return;
        };
        if !self.bare {
            self.header_ui(ui, &report);
        }
        if !self.bare {
            self.equation_ui(ui, &report);
        }
        let n = self.view.visible(report.snapshot.panels.len()).len();
        let caption = self.caption_height(&report);
        if self.view.microscope.is_some() {
            self.microscope_ui(ui, &report);
        } else if self.options.plots && !self.bare && self.plots_on_show() > 0 {
            match dock(n, ui.available_size(), (caption, self.least_picture())) {
                Some(Dock::Right) => {
                    let frame = egui::Frame::new().fill(tokens.panel).inner_margin(8);
                    Panel::right("plots at the right")
                        .default_size(PLOTS_WIDTH)
                        .size_range(260.0..=560.0)
                        .frame(frame)
                        .show(ui, |ui| self.plots_right_ui(ui, &report));
                }
                Some(Dock::Below) => {
                    let frame = egui::Frame::new().fill(tokens.panel).inner_margin(8);
                    Panel::bottom("plots below")
                        .resizable(true)
                        .default_size(plots_height(ui.available_height()))
                        .size_range(160.0..=420.0)
                        .frame(frame)
                        .show(ui, |ui| self.plots_below_ui(ui, &report));
                }
                None => {}
            }
        }
        if !self.bare && self.has_tools() {
            self.tools_ui(ui);
            self.tool_options_ui(ui);
        }
        self.begin_tools();
        CentralPanel::default()
            .frame(frame)
            .show(ui, |ui| self.panels_ui(ui, &report));
    }

    /// The shorter edge (points) that pictures need before plots get any room.
    const fn least_picture(&self) -> f32 {
        if self.options.projector { 170.0 } else { 100.0 }
    }

    /// Draws the panels into what is left.
    pub(super) fn panels_ui(&mut self, ui: &mut Ui, report: &Report) {
        let visible = self.view.visible(report.snapshot.panels.len());
        let looks = flow_looks(&report.snapshot);
        let area = ui.available_rect_before_wrap();
        let caption = self.caption_height(report);
        let (columns, picture) = best_grid(visible.len(), area.size(), caption);
        if visible.is_empty() || picture.min_elem() < 24.0 {
            return;
        }
        self.overlays.arrange(report);
        (self.view.room, self.view.columns) = (picture, columns);
        let size = Point::new(f64::from(picture.x), f64::from(picture.y));
        let strip = strip::axis_of(self.view.picture);
        let camera = self.view.camera.unwrap_or_else(|| match strip {
            Some(_) => strip::fitting(self.draft.view(), size),
            None => Camera::fitting(self.draft.view(), size),
        });
        if let Some(axis) = strip {
            let first = Rect::from_min_size(area.min, picture);
            let board = (first, camera.on(world_rect(first)), self.draft.view());
            self.strips
                .arrange(report, axis, (&visible, board, self.view.layers.errors));
        }
        let mut places: Vec<(Place<'_>, Projection)> = Vec::new();
        for (k, &index) in visible.iter().enumerate() {
            let (column, row) = (k % columns, k / columns);
            let corner = pos2(
                area.left() + AXIS_WIDTH + column as f32 * (picture.x + GAP),
                area.top() + row as f32 * (caption + picture.y + AXIS_HEIGHT + 4.0),
            )
            .round();
            let place = Place {
                index,
                caption: Rect::from_min_size(corner, vec2(picture.x, caption)),
                picture: Rect::from_min_size(corner + vec2(0.0, caption), picture),
                y_numbers: column == 0,
                look: looks[index],
                report,
            };
            places.push((place, camera.on(world_rect(place.picture))));
            match strip {
                Some(axis) => self.strip_ui(ui, place, camera, axis),
                None => self.panel_ui(ui, place, camera),
            }
        }
        if strip.is_none() && self.view.microscope.is_none() {
            self.follow_ui(ui, &places);
        }
        if let Some((_, on)) = places.first().filter(|_| !self.is_for_audience()) {
            self.ask_for(on, self.wanted_plane(report));
        }
    }

    /// Tells the run what the pictures need, when that has changed.
    fn ask_for(&mut self, on: &Projection, plane: Plane) {
        let pixels = |edge: f64| ((edge / 2.0).ceil() as usize).clamp(8, 512);
        let visible = Canvas::new(plane, self.draft.view()).rect_from_world(on.visible());
        let profile = strip::axis_of(self.view.picture);
        let probe = Probe {
            max_dots: MAX_DOTS,
            plane,
            // Only the picture of the plane has rings.
            growth: self.view.layers.pulses && plane == Plane::Positions && profile.is_none(),
            tangent: self.view.layers.tangent,
            terms: self.measured_terms(),
            at: self.probed_at(plane).filter(|_| profile.is_none()),
            profile,
            // A strip has its density from all particles anyway.
            picture: profile
                .is_none()
                .then(|| (visible, [pixels(on.screen.width()), pixels(on.screen.height())])),
        };
        if probe != self.probe {
            self.probe = probe;
            self.drive.send(Control::Probe(probe));
        }
    }
}

/// Columns and the size of the pictures, under captions of this height, that make the smaller edge of a picture largest.
fn best_grid(n: usize, room: Vec2, caption: f32) -> (usize, Vec2) {
    let picture = |columns: usize| {
        let rows = n.div_ceil(columns);
        let width = (room.x - AXIS_WIDTH - GAP * (columns - 1) as f32) / columns as f32;
        let height = room.y / rows as f32 - caption - AXIS_HEIGHT - 4.0;
        vec2(width, height).floor()
    };
    (1..=n.max(1))
        .map(|columns| (columns, picture(columns)))
        .max_by(|(_, a), (_, b)| a.min_elem().total_cmp(&b.min_elem()))
        .unwrap_or((1, Vec2::ZERO))
}

/// Height of the plots beneath the panels, in a scene of this height.
fn plots_height(room: f32) -> f32 {
    (0.34 * room).clamp(172.0, 300.0)
}

/// Where plots leave the larger pictures; nowhere where pictures would have shorter edges than the least.
fn dock(n: usize, room: Vec2, (caption, least): (f32, f32)) -> Option<Dock> {
    let edge = |room: Vec2| best_grid(n, room, caption).1.min_elem();
    let right = edge(room - vec2(PLOTS_WIDTH, 0.0));
    let below = edge(room - vec2(0.0, plots_height(room.y)));
    if right.max(below) < least {
        None
    } else if right >= below {
        Some(Dock::Right)
    } else {
        Some(Dock::Below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_panels_stand_in_a_row_and_four_in_a_square() {
        assert_eq!(best_grid(3, vec2(1200.0, 500.0), 44.0).0, 3);
        assert_eq!(best_grid(4, vec2(900.0, 900.0), 44.0).0, 2);
        assert_eq!(best_grid(1, vec2(500.0, 500.0), 44.0).0, 1);
    }

    #[test]
    fn plots_go_where_they_cost_least() {
        assert_eq!(dock(3, vec2(1400.0, 900.0), (44.0, 100.0)), Some(Dock::Below));
        assert_eq!(dock(1, vec2(1400.0, 800.0), (44.0, 100.0)), Some(Dock::Right));
        assert_eq!(dock(3, vec2(300.0, 150.0), (44.0, 100.0)), None);
        // Captions need their room in the last row.
        assert_eq!(dock(3, vec2(660.0, 380.0), (64.0, 100.0)), Some(Dock::Below));
        assert_eq!(dock(3, vec2(660.0, 380.0), (64.0, 170.0)), None);
    }
}
