//! The strip: the picture of the blackboard, in place of the plane.
//!
//! ```text
//! ┌────────────────────────┐
//! │ → transport ↕ reaction │  what arrows and lines mean
//! │    ╭─╮↑                │
//! │ ▁▁▟█→█▙▁▁▁▁ - - - - ▁▁ │  the density of one coordinate, π dashed, the exact solution dotted
//! │ 50 %             50 %  │
//! │ ╲     ╱╲  •   ╱        │  the potential beneath, with the particles on it
//! │  ╲•••╱  ╲•••╱          │
//! └────────────────────────┘
//! ```
//!
//! What is drawn is measured in [`Profile`]: where the landscape is a sum and the law a product, the marginal obeys the same equation in one
//! dimension. Both kinds of arrows say what happens within the same short time: transport carries mass so far along the axis, reaction lifts or
//! lowers the curve by so much. An arrow that is shorter than twice its standard error is left out, so that a law at rest has none.
//! Between the two bands stands, where it is asked for, how far the density is from that of the target, bin by bin.
//! All panels share all axes and the time of the arrows. What is stored nowhere else is in [`Strips`].

mod board;
mod errors;
mod paint;
mod scale;

use std::sync::Arc;

use eframe::egui::{self, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::App;
use super::actions::Action;
use super::exact::is_current;
use super::layers::well_name;
use super::panel::{Place, world_rect};
use super::spots::note;
use super::theme::Theme;
use super::tools::Tool;
use super::widgets::{focus_ring, percent, short};
use crate::engine::Report;
use crate::flow::{Flow, Rate};
use crate::lecture::{Picture, Pointer};
use crate::observe::{Axis, Marginal, Profile};
use crate::reference::ExactPanel;
use crate::render::camera::{Camera, Projection};
use crate::space::{Field, Point, Rect as World};
use crate::words::{msg, said, t};

use board::Board;
pub(super) use scale::Scale;

/// What all strips have in common, from one frame to the next.
#[derive(Debug, Default)]
pub(super) struct Strips {
    scale: Scale,
    exact: Vec<Option<Exact>>,
    /// What must be said about each panel.
    notes: Vec<Option<String>>,
    /// Where the pointer reads all panels: a coordinate along the axis.
    reading: Option<f64>,
    read: Option<f64>,
}

/// The marginal of an exact solution, worked out once.
#[derive(Clone, Debug)]
struct Exact {
    of: Arc<Field>,
    along: Arc<Marginal>,
    density: Arc<Vec<f64>>,
    /// Mutual information of x and y (nats).
    dependence: f64,
}

/// The axis of a picture, if it is a strip.
pub(super) const fn axis_of(picture: Picture) -> Option<Axis> {
    match picture {
        Picture::StripX => Some(Axis::X),
        Picture::StripY => Some(Axis::Y),
        Picture::Plane | Picture::Phase => None,
    }
}

/// The whole view of a strip on pictures of this size: its width is that of the view.
pub(super) fn fitting(view: World, size: Point) -> Camera {
    Camera {
        center: view.center(),
        ..Camera::fitting(view, Point::new(size.x, f64::INFINITY))
    }
}

/// More mutual information (nats) of x and y than this is told.
const DEPENDENT: f64 = 0.05;

/// What must be said about a strip.
fn note_on(profile: &Profile, flow: &Flow, dependence: f64) -> Option<String> {
    let axis = profile.target.axis.name();
    if flow.reverse.is_some() {
        None
    } else if !profile.target.is_sum() {
        Some(t!(
            "Marginal along {axis}: this landscape is not a sum, so the strip is not a flow of its own.",
            axis
        ))
    } else if flow.beta > 0.0 && flow.rate == Rate::FisherRao && dependence > DEPENDENT {
        Some(t!(
            "Marginal along {axis}: x and y depend on each other here, so the reaction is not one of its own.",
            axis
        ))
    } else {
        None
    }
}

impl Strips {
    /// The longest note: all panels have room for it, so that they share their axes.
    fn longest_note(&self) -> Option<&str> {
        self.notes
            .iter()
            .flatten()
            .map(String::as_str)
            .max_by_key(|note| note.len())
    }

    /// Works out what all panels share. Call it before they are drawn.
    pub(super) fn arrange(
        &mut self,
        report: &Report,
        axis: Axis,
        (visible, board, errors): (&[usize], (Rect, Projection, World), bool),
    ) {
        let panels = &report.snapshot.panels;
        self.read = self.reading.take();
        self.exact.resize(panels.len(), None);
        for (k, kept) in self.exact.iter_mut().enumerate() {
            let profile = panels[k].profile.as_ref().filter(|p| p.target.axis == axis);
            let solved = report.exact.as_ref().and_then(|exact| exact.panels.get(k));
            *kept = match (profile, solved) {
                (Some(profile), Some(ExactPanel::Solved(solution))) => {
                    let (of, along) = (&solution.density, &profile.target);
                    let known = kept
                        .take()
                        .filter(|k| Arc::ptr_eq(&k.of, of) && Arc::ptr_eq(&k.along, along));
                    Some(known.unwrap_or_else(|| Exact {
                        of: Arc::clone(of),
                        along: Arc::clone(along),
                        density: Arc::new(along.of_field(of)),
                        dependence: solution.smoothed.dependence(),
                    }))
                }
                _ => None,
            };
        }
        self.notes = (0..panels.len())
            .map(|k| {
                let profile = panels[k].profile.as_ref().filter(|p| p.target.axis == axis)?;
                let dependence = self.exact[k].as_ref().map_or(0.0, |exact| exact.dependence);
                note_on(profile, report.snapshot.scenario.panels.get(k)?, dependence)
            })
            .collect();
        let profiles: Vec<&Profile> = visible
            .iter()
            .filter_map(|k| panels.get(*k)?.profile.as_deref())
            .filter(|p| p.target.axis == axis)
            .collect();
        let exacts: Vec<&[f64]> = self.exact.iter().flatten().map(|exact| &**exact.density).collect();
        let (picture, on, view) = board;
        let rough = Board::new(picture, (on, view), axis, (self.scale, 0.0, errors));
        self.scale = self.scale.fitted(&profiles, &exacts, &rough);
    }
}

impl App {
    /// Draws one panel as a strip.
    pub(super) fn strip_ui(&mut self, ui: &mut Ui, place: Place<'_>, camera: Camera, axis: Axis) {
        let tokens = Theme::of(ui).tokens();
        self.caption_ui(ui, place, tokens);
        let on = camera.on(world_rect(place.picture));
        self.strip_pointer_ui(ui, place, &on, axis);
        let painter = ui.painter_at(place.picture);
        painter.rect_filled(place.picture, 0.0, tokens.field);
        if let Some(profile) = place.panel().profile.clone().filter(|p| p.target.axis == axis) {
            let board = self.paint_strip(&painter, place, (&on, &profile), tokens);
            self.note_strip(ui.ctx(), place, &board, &profile);
            board.numbers(ui.painter(), place.y_numbers, tokens);
            // Nothing to press: only its words for those who cannot see it.
            let corner = Rect::from_min_size(place.picture.min, vec2(1.0, 1.0));
            let label = ui.interact(corner, ui.scope_id().with(("strip", place.index)), Sense::hover());
            let says = self.strip_words(place, &profile);
            label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
        }
        self.frame_ui(ui, place, tokens);
    }

    /// Notes where a card may point at: the panel, its wells on the potential, and the place that it does point at.
    fn note_strip(&self, ctx: &egui::Context, place: Place<'_>, board: &Board, profile: &Profile) {
        let panel = place.index + 1;
        note(ctx, Pointer::Panel(panel), place.picture.union(place.caption));
        let around = |at: Point| {
            let at = board.on_potential(profile, board.axis.of(at));
            let radius = 0.1 * place.picture.size().min_elem();
            Rect::from_center_size(at, egui::Vec2::splat(2.0 * radius))
        };
        for (well, center) in place.snapshot().basins.centers.iter().enumerate() {
            note(ctx, Pointer::Well { panel, well: well + 1 }, around(*center));
        }
        if let Some(Pointer::Place { panel: of, at }) = self.pointed_at()
            && *of == panel
        {
            note(ctx, Pointer::Place { panel, at: *at }, around(*at));
        }
    }

    /// Wheel, drag and double-click on a strip: everything happens along the axis.
    fn strip_pointer_ui(&mut self, ui: &Ui, place: Place<'_>, on: &Projection, axis: Axis) {
        self.hands.rest();
        let id = ui.scope_id().with(("picture", place.index));
        let response = ui.interact(place.picture, id, Sense::click_and_drag());
        let name = t!("Picture of panel {panel}", panel = place.index + 1);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        if response.interact_pointer_pos().is_some() && (response.clicked() || response.drag_started()) {
            self.view.selected = place.index;
            response.surrender_focus();
        }
        focus_ring(ui, &response, place.picture, 0.0);
        if response.clicked() && matches!(self.view.tool, Tool::Brush | Tool::Draw) {
            let sentence = t!("Brush and pencil need the plane: T, or the list “Picture”, leads back to it");
            self.notices.hint(ui.ctx(), sentence);
        }
        let by = f64::from(response.drag_delta().x);
        if response.double_clicked() {
            self.queue.push(Action::Fit);
        } else if response.dragged() && by != 0.0 {
            self.view.camera = Some(on.camera.dragged(Point::new(by, 0.0)));
            ui.ctx().set_cursor_icon(egui::CursorIcon::Grabbing);
        }
        let Some(pointer) = response.hover_pos() else { return };
        let mut under = on.world_from_screen(Point::new(f64::from(pointer.x), f64::from(pointer.y)));
        under.y = on.camera.center.y;
        let factor = ui.input(|i| i.zoom_delta() * (i.smooth_scroll_delta().y * 0.004).exp());
        if factor != 1.0 {
            self.view.camera = Some(on.camera.zoomed_about(under, f64::from(factor)));
        }
        if self.view.tool == Tool::Probe {
            self.strips.reading = Some(board::along(axis, self.draft.view(), under));
        }
    }

    /// The strip of a panel in one sentence.
    fn strip_words(&self, place: Place<'_>, profile: &Profile) -> String {
        let (snapshot, panel) = (place.snapshot(), place.panel());
        let axis = profile.target.axis.name();
        let mut parts = vec![t!("Strip of panel {panel} along {axis}", panel = place.index + 1, axis)];
        if let Some(flow) = snapshot.scenario.panels.get(place.index) {
            let moves = match (flow.alpha > 0.0, flow.beta > 0.0) {
                (true, true) => t!("transport is horizontal, reaction vertical"),
                (true, false) => t!("transport only: every arrow is horizontal"),
                (false, true) => t!("reaction only: every arrow is vertical"),
                (false, false) => t!("nothing moves"),
            };
            parts.push(moves.to_owned());
        }
        parts.push(t!(
            "arrows show the next {time} of time",
            time = short(self.strips.scale.time)
        ));
        let wells = snapshot.basins.len().min(panel.now.basin_mass.len());
        if wells > 1 {
            let mass = |k: usize| format!("{} {}", well_name(k, wells), percent(panel.now.basin_mass[k]));
            parts.extend((0..wells).map(mass));
        }
        if self.view.layers.errors {
            parts.push(errors::total(profile));
        }
        parts.extend(self.strips.notes.get(place.index).cloned().flatten());
        parts.join(", ")
    }

    /// The exact marginal to draw in a panel, and whether it is of the state on show.
    fn strip_exact(&self, place: Place<'_>) -> Option<paint::ExactCurve> {
        let shown = self.view.layers.exact && place.solution().is_some();
        let exact = self.strips.exact.get(place.index)?.as_ref().filter(|_| shown)?;
        Some((Arc::clone(&exact.density), is_current(place.report)))
    }

    /// The word of the legend that says which picture is shown, and its list.
    pub(super) fn picture_ui(&mut self, ui: &mut Ui) {
        let pictures = [
            (Picture::Plane, msg!("plane"), msg!("Positions in the plane.")),
            (
                Picture::StripX,
                msg!("strip along x"),
                msg!("The density of x over the potential; transport is horizontal, reaction vertical (T)."),
            ),
            (
                Picture::StripY,
                msg!("strip along y"),
                msg!("The density of y over the potential; transport is horizontal, reaction vertical (T)."),
            ),
        ];
        let now = pictures.iter().find(|(picture, ..)| *picture == self.view.picture);
        let combo = egui::ComboBox::from_id_salt("picture")
            .selected_text(said(now.map_or(pictures[0].1, |(_, name, _)| name)))
            .width(100.0)
            .show_ui(ui, |ui| {
                for (picture, name, help) in pictures {
                    let on = self.view.picture == picture;
                    if ui.selectable_label(on, said(name)).on_hover_text(said(help)).clicked() && !on {
                        self.queue.push(Action::Show(picture));
                    }
                }
            });
        combo
            .response
            .on_hover_text(t!(
                "What the panels draw: the plane, or one axis of it as on a blackboard (T)."
            ))
            .accessible_name(t!("Picture"));
    }
}
