//! One panel: the landscape, the particles on it, and what the pointer does there.

use std::borrow::Cow;
use std::sync::Arc;

use eframe::egui;
use eframe::egui::{
    Align, Layout, Painter, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::App;
use super::actions::Action;
use super::exact::is_current;
use super::labels::{Mass, Note};
use super::looks::Look;
use super::models::Name;
use super::phase::Canvas;
use super::spots::note;
use super::tangent::{KeyPlate, Scales};
use super::theme::{Theme, Tokens, size};
use super::widgets::{focus_ring, grouped};
use super::{discs, labels, spoken, tangent};
use crate::engine::{Report, Status};
use crate::landscape::Landscape;
use crate::lecture::Pointer;
use crate::reference::{ExactPanel, Solution};
use crate::render::camera::{Camera, Projection};
use crate::snapshot::{Dot, PanelSnapshot, Plane, Snapshot, Tangent};
use crate::space;
use crate::words::t;

/// Particles drawn one by one over a density.
const SAMPLE: usize = 4_000;

/// Where one panel is drawn and what it shows.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Number of the panel.
    pub index: usize,
    /// The caption above the picture.
    pub caption: Rect,
    /// The picture.
    pub picture: Rect,
    /// Whether the numbers of the y axis stand at its left.
    pub y_numbers: bool,
    /// Its looks.
    pub look: Look,
    /// The state to draw.
    pub report: &'a Report,
}

impl<'a> Place<'a> {
    pub(super) fn snapshot(&self) -> &'a Snapshot {
        &self.report.snapshot
    }

    pub(super) fn panel(&self) -> &'a PanelSnapshot {
        &self.report.snapshot.panels[self.index]
    }

    /// What the picture shows, in a view.
    pub(super) fn canvas(&self, view: space::Rect) -> Canvas {
        Canvas::new(self.panel().plane, view)
    }

    /// How many wells there are.
    pub(super) fn wells(&self) -> usize {
        self.report.snapshot.basins.len()
    }

    /// What is known exactly. On the way to another time that is of where the way began.
    fn exact(&self) -> Option<&'a ExactPanel> {
        let exact = self.report.exact.as_ref().filter(|_| self.report.travel.is_none());
        exact?.panels.get(self.index)
    }

    pub(super) fn solution(&self) -> Option<&'a Solution> {
        match self.exact()? {
            ExactPanel::Solved(solution) => Some(solution),
            ExactPanel::None(_) => None,
        }
    }
}

impl App {
    /// Draws one panel.
    pub(super) fn panel_ui(&mut self, ui: &mut Ui, place: Place<'_>, camera: Camera) {
        let tokens = Theme::of(ui).tokens();
        self.caption_ui(ui, place, tokens);
        let on = camera.on(world_rect(place.picture));
        self.note_places(ui.ctx(), place, &on);
        self.pointer_ui(ui, place, &on);
        let painter = ui.painter_at(place.picture);
        let probe = self.paint(&painter, place, &on, tokens);
        if !self.figure && self.has_tools() && self.view.microscope.is_none() {
            self.paint_tool(&painter, place, (&on, probe), tokens);
        }
        let canvas = place.canvas(self.draft.view());
        labels::axes(ui.painter(), place.picture, (canvas, &on), place.y_numbers, tokens);
        self.frame_ui(ui, place, tokens);
    }

    /// The frame of a picture, and the sentence of a run that has stopped.
    pub(super) fn frame_ui(&mut self, ui: &mut Ui, place: Place<'_>, tokens: &Tokens) {
        let selected = self.view.selected == place.index && place.snapshot().panels.len() > 1 && !self.figure;
        let stroke = if selected {
            Stroke::new(2.0 * tokens.bold, place.look.color(tokens))
        } else {
            Stroke::new(tokens.bold, tokens.line)
        };
        ui.painter()
            .rect_stroke(place.picture, 0.0, stroke, StrokeKind::Outside);
        if let Status::Stopped(sentence) = &place.report.status {
            self.stopped_ui(ui, place.picture, sentence, tokens);
        }
    }

    /// Notes where a card may point at: the panel, its wells, and the place that it does point at.
    fn note_places(&self, ctx: &egui::Context, place: Place<'_>, on: &Projection) {
        let panel = place.index + 1;
        note(ctx, Pointer::Panel(panel), place.picture.union(place.caption));
        let canvas = place.canvas(self.draft.view());
        let around = |at: space::Point| {
            let at = on.screen_from_world(at);
            let radius = 0.13 * place.picture.size().min_elem();
            Rect::from_center_size(pos2(at.x as f32, at.y as f32), vec2(2.0 * radius, 2.0 * radius))
        };
        if canvas.plane == Plane::Positions {
            for (well, center) in place.snapshot().basins.centers.iter().enumerate() {
                note(ctx, Pointer::Well { panel, well: well + 1 }, around(*center));
            }
            if let Some(Pointer::Place { panel: of, at }) = self.pointed_at()
                && *of == panel
            {
                note(ctx, Pointer::Place { panel, at: *at }, around(*at));
            }
        }
    }

    /// Wheel, drag, click and double-click on a picture.
    fn pointer_ui(&mut self, ui: &Ui, place: Place<'_>, on: &Projection) {
        let id = ui.scope_id().with(("picture", place.index));
        let response = ui.interact(place.picture, id, Sense::click_and_drag());
        let name = t!("Picture of panel {number}", number = place.index + 1);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        spoken::describe(ui.ctx(), response.id, place);
        if response.interact_pointer_pos().is_some() && (response.clicked() || response.drag_started()) {
            self.view.selected = place.index;
            response.surrender_focus();
        }
        focus_ring(ui, &response, place.picture, 0.0);
        let hands = self.has_tools() && self.view.microscope.is_none();
        let taken = hands && self.tool_pointer_ui(ui, place, on, &response);
        if !taken && self.view.microscope.is_none() {
            self.follow_pointer(place, on, &response);
        }
        if taken {
            // The tool has taken what the pointer did.
        } else if response.double_clicked() {
            self.queue.push(Action::Fit);
        } else if response.dragged() && response.drag_delta() != egui::Vec2::ZERO {
            let by = response.drag_delta();
            self.view.camera = Some(on.camera.dragged(space::Point::new(f64::from(by.x), f64::from(by.y))));
        }
        // Over a handle, too, the wheel belongs to the picture.
        if !response.contains_pointer() {
            return;
        }
        let Some(pointer) = ui.input(|i| i.pointer.hover_pos()) else {
            return;
        };
        if self.tool_takes_wheel(ui) {
            return;
        }
        let factor = ui.input(|i| i.zoom_delta() * (i.smooth_scroll_delta().y * 0.004).exp());
        let under = on.world_from_screen(space::Point::new(f64::from(pointer.x), f64::from(pointer.y)));
        if factor != 1.0 {
            self.view.camera = Some(on.camera.zoomed_about(under, f64::from(factor)));
        }
        if response.dragged() && !taken {
            ui.ctx().set_cursor_icon(egui::CursorIcon::Grabbing);
        }
    }

    /// Draws the picture; where the plate of the probe goes on it.
    fn paint(&mut self, painter: &Painter, place: Place<'_>, on: &Projection, tokens: &Tokens) -> Option<Rect> {
        let snapshot = place.snapshot();
        let panel = place.panel();
        let scenario = &snapshot.scenario;
        let color = place.look.color(tokens);
        let layers = self.view.layers;
        let canvas = place.canvas(self.draft.view());
        let flat = canvas.plane == Plane::Positions;
        let landscape = self.landscape_in_sight(place.report);
        self.backdrop.paint(painter, &landscape, (canvas, on), layers);
        let tangent = self.paint_rates(painter, place, on, tokens);
        let mode = flat
            .then(|| self.paint_mode(painter, on, scenario.panels.get(place.index)))
            .flatten();
        if layers.contours {
            self.backdrop.paint_lines(painter, (canvas, on));
        }
        if let Some(note) = self.paint_microscope(painter, place, on, tokens) {
            let note = Note::in_corner(painter, place.picture, &note, tokens);
            if layers.contours {
                self.backdrop
                    .paint_labels(painter, (canvas, on), &[note.plate()], tokens);
            }
            note.paint(painter, tokens);
            return None;
        }
        self.paint_density(painter, place, (canvas, on), color);
        self.paint_discs(painter, place, (canvas, on), (color, tokens));
        if let Some((map, scales)) = &tangent {
            tangent::arrows(painter, map, on, *scales, tokens);
        }
        let ribbons = self.paint_ribbons(painter, place, on, tokens);
        self.paint_arcs(painter, place, on, tokens);
        self.paint_pulses(painter, place, on, tokens);
        let exact = place.solution().filter(|_| layers.exact);
        let outlines = self.models.of(&landscape.shape).filter(|_| flat);
        let models = outlines.as_ref().filter(|_| layers.models);
        if let Some(models) = models {
            models.paint_lines(painter, on, tokens);
        }
        if let Some(outlines) = outlines.as_ref().filter(|_| scenario.is_reverse()) {
            if layers.exact {
                outlines.paint_target(painter, on, tokens);
            }
        } else if let Some(solution) = exact.filter(|_| flat) {
            let slot = (place.index, solution);
            self.overlays.paint(painter, slot, on, (self.drive.place(), tokens));
        }
        let notes: Vec<Note> = if let Some(names) = canvas.axis_names() {
            Note::of_axes(painter, place.picture, names, tokens).into()
        } else {
            let text = mode.or_else(|| self.remark(place));
            let note = text.map(|text| Note::in_corner(painter, place.picture, &text, tokens));
            note.into_iter().collect()
        };
        let mut plates: Vec<Rect> = notes.iter().map(Note::plate).collect();
        let key = tangent.map(|(map, scales)| KeyPlate::of(painter, place.picture, &map, scales, tokens));
        plates.extend(key.iter().map(|key| key.plate));
        let marks = self.marks(place, on);
        let masses = if layers.masses {
            // Numbers of another time would be taken for those of now.
            // And on the way from noise to data the target is the exact solution.
            let solution = exact.filter(|_| is_current(place.report) && !scenario.is_reverse());
            let exact = solution.map(|solution| &*solution.now.observed.basin_mass);
            let mut taken = plates.clone();
            taken.extend(&marks);
            labels::masses(
                painter,
                (place.picture, &taken),
                on,
                (&snapshot.basins, canvas),
                (&panel.now.basin_mass, exact, self.view.target_well(snapshot)),
                (color, tokens),
            )
        } else {
            Vec::new()
        };
        plates.extend(masses.iter().map(Mass::plate));
        // A name has more places than a figure.
        let names = models.map_or(Vec::new(), |models| {
            let taken: Vec<Rect> = plates.iter().chain(&marks).copied().collect();
            models.names(painter, (place.picture, on), &taken, tokens)
        });
        plates.extend(names.iter().map(Name::plate));
        let figures = Self::ribbon_figures(painter, place, &ribbons, (&plates, tokens));
        plates.extend(figures.iter().map(|figure| figure.plate));
        let probe = self.probe_plates(painter, place, on, &plates);
        if layers.contours {
            let taken: Vec<Rect> = plates.iter().copied().chain(probe.into_iter().flatten()).collect();
            self.backdrop.paint_labels(painter, (canvas, on), &taken, tokens);
        }
        masses.into_iter().for_each(|mass| mass.paint(painter, (color, tokens)));
        notes.into_iter().for_each(|note| note.paint(painter, tokens));
        names.into_iter().for_each(|name| name.paint(painter, tokens));
        figures.into_iter().for_each(|figure| figure.paint(painter, tokens));
        if let Some(key) = key {
            key.paint(painter, tokens);
        }
        self.tell_ribbon(painter, place, &ribbons, tokens);
        probe.map(|[plate, _]| plate)
    }

    /// Draws the particles.
    fn paint_discs(
        &self,
        painter: &Painter,
        place: Place<'_>,
        (canvas, on): (Canvas, &Projection),
        (color, tokens): (egui::Color32, &Tokens),
    ) {
        if !self.view.layers.discs {
            return;
        }
        let dots = drawn(place.panel());
        let flat = canvas.plane == Plane::Positions;
        let sizes = self.sizes(place);
        let flow_color = [color];
        let colors = discs::colors(self.view.coloring.of(place.snapshot()), &flow_color, tokens);
        let ppp = painter.ctx().pixels_per_point();
        let placed = if flat {
            Cow::Borrowed(dots)
        } else {
            Cow::Owned(canvas.dots(dots))
        };
        if self.backdrop.vector {
            painter.extend(discs::circles(&placed, on, sizes, colors));
        } else {
            painter.add(discs::mesh(&placed, on, sizes, colors, (&self.textures, ppp)));
        }
    }

    /// Draws the map of the reaction, and hands over what the arrows over it need.
    fn paint_rates(
        &mut self,
        painter: &Painter,
        place: Place<'_>,
        on: &Projection,
        tokens: &Tokens,
    ) -> Option<(Arc<Tangent>, Scales)> {
        let panel = place.panel();
        let wanted = self.view.layers.tangent && panel.plane == Plane::Positions;
        let map = Arc::clone(panel.tangent.as_ref().filter(|_| wanted)?);
        let scales = Scales::of(&place.snapshot().panels);
        let moment = (place.snapshot().step, place.report.epoch);
        self.tangents
            .paint(painter, (place.index, &map), on, scales, (moment, tokens));
        Some((map, scales))
    }

    /// The landscape as it was last set, though the run may take a moment to get there: what is pulled or undone is seen to move at once.
    ///
    /// On the way from noise to data it is the law that is wanted by now.
    fn landscape_in_sight(&self, report: &Report) -> Landscape {
        if report.snapshot.scenario.is_reverse() {
            let coming = report.travel.is_none() && self.will_have_it(report) && self.draft.check().is_ok();
            let scenario = if coming {
                &self.draft
            } else {
                &*report.snapshot.scenario
            };
            return scenario.landscape_at(report.snapshot.time);
        }
        let (running, set) = (report.snapshot.scenario.landscape(), self.draft.landscape());
        let coming = running != set && report.travel.is_none() && self.draft.check().is_ok();
        if coming { set } else { running }
    }

    /// How large discs are in a picture.
    pub(super) fn sizes(&self, place: Place<'_>) -> discs::Sizes {
        let density = self.view.layers.draws_density(place.snapshot());
        let sizes = discs::Sizes::of(drawn(place.panel()).len(), place.picture.size(), density);
        sizes.bold(self.options.profile().tokens().bold)
    }

    /// What must be said about a picture.
    fn remark(&self, place: Place<'_>) -> Option<String> {
        let (panel, layers) = (place.panel(), self.view.layers);
        if self.probe.plane != panel.plane {
            return Some(t!("positions: these particles have no velocities").to_owned());
        }
        if panel.particles <= panel.dots.len() {
            return None;
        }
        let weighs = |dot: &&Dot| dot.weight > 0.0;
        let shown = if layers.discs {
            drawn(panel).iter().filter(weighs).count()
        } else {
            0
        };
        let (shown, alive) = (grouped(shown as i64), grouped(panel.alive as i64));
        Some(if layers.draws_density(place.snapshot()) {
            t!("density of all; {shown} of {alive} drawn", shown, alive)
        } else {
            t!("{shown} of {alive} drawn", shown, alive)
        })
    }

    fn paint_density(
        &mut self,
        painter: &Painter,
        place: Place<'_>,
        (canvas, on): (Canvas, &Projection),
        color: egui::Color32,
    ) {
        let (snapshot, panel) = (place.snapshot(), place.panel());
        if !self.view.layers.draws_density(snapshot) {
            return;
        }
        let moment = (snapshot.step, place.report.epoch);
        // The picture was asked for in the coordinates of one plane.
        let density = panel.density.as_ref().filter(|_| panel.plane == self.probe.plane);
        let visible = canvas.rect_from_world(on.visible());
        let slot = (place.index, &*panel.dots, density);
        let picture = self.densities.picture(painter.ctx(), slot, visible, color, moment);
        if let Some((texture, covers)) = picture {
            let covers = canvas.world_from_rect(covers);
            let corner = on.screen_from_world(space::Point::new(covers.min.x, covers.max.y));
            let opposite = on.screen_from_world(space::Point::new(covers.max.x, covers.min.y));
            let rect = Rect::from_min_max(
                pos2(corner.x as f32, corner.y as f32),
                pos2(opposite.x as f32, opposite.y as f32),
            );
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            painter.image(texture, rect, uv, egui::Color32::WHITE);
        }
    }

    fn stopped_ui(&mut self, ui: &mut Ui, picture: Rect, sentence: &str, tokens: &Tokens) {
        let rect = Rect::from_center_size(picture.center(), vec2((picture.width() - 24.0).max(80.0), 130.0));
        ui.painter()
            .rect(rect, 6.0, tokens.error, Stroke::NONE, StrokeKind::Inside);
        let mut ui = ui.new_child(
            UiBuilder::new()
                .max_rect(rect.shrink(10.0))
                .layout(Layout::top_down(Align::Center)),
        );
        ui.label(RichText::new(t!("Stopped")).size(size::HEADING).color(tokens.on_error));
        ui.label(RichText::new(sentence).color(tokens.on_error));
        if ui.button(t!("Reset the run")).clicked() {
            self.queue.push(Action::Reset);
        }
    }
}

/// The particles that are drawn one by one: all, or a sample of a crowd.
pub(super) fn drawn(panel: &PanelSnapshot) -> &[Dot] {
    if panel.particles > panel.dots.len() {
        &panel.dots[..panel.dots.len().min(SAMPLE)]
    } else {
        &panel.dots
    }
}

/// A rectangle of the screen in the type of [`crate::render::camera`].
pub(super) fn world_rect(rect: Rect) -> space::Rect {
    space::Rect::new(
        f64::from(rect.min.x),
        f64::from(rect.max.x),
        f64::from(rect.min.y),
        f64::from(rect.max.y),
    )
}
