//! One panel: its caption, the landscape, the particles on it, and what the pointer does there.

use std::borrow::Cow;

use eframe::egui;
use eframe::egui::{
    Align, Align2, FontId, Layout, Painter, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};

use super::App;
use super::actions::Action;
use super::background;
use super::icons::Icon;
use super::layers::Coloring;
use super::looks::{Kind, Look};
use super::phase::Canvas;
use super::theme::{Theme, Tokens, size};
use super::verdict::{Verdict, is_behind};
use super::widgets::{focus_ring, grouped, icon_button, short};
use super::{arcs, discs, labels};
use crate::engine::{Report, Status};
use crate::reference::{ExactPanel, Solution};
use crate::render::camera::{Camera, Projection};
use crate::scenario::{MOST_PANELS, Pace};
use crate::snapshot::{Dot, PanelSnapshot, Plane, Snapshot};
use crate::space;

/// Height of the caption above a panel.
const CAPTION_HEIGHT: f32 = 44.0;
/// What the line about the exact solution adds to it.
const VERDICT_HEIGHT: f32 = 20.0;
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
        self.pointer_ui(ui, place, &on);
        let painter = ui.painter_at(place.picture);
        self.paint(&painter, place, &on, tokens);
        if !self.figure {
            self.paint_tool(&painter, place, &on, tokens);
        }
        let canvas = place.canvas(self.draft.view());
        labels::axes(ui.painter(), place.picture, (canvas, &on), place.y_numbers, tokens);
        let selected = self.view.selected == place.index && place.snapshot().panels.len() > 1 && !self.figure;
        let stroke = if selected {
            Stroke::new(2.0, place.look.color(tokens))
        } else {
            Stroke::new(1.0, tokens.line)
        };
        ui.painter()
            .rect_stroke(place.picture, 0.0, stroke, StrokeKind::Outside);
        if let Status::Stopped(sentence) = &place.report.status {
            self.stopped_ui(ui, place.picture, sentence, tokens);
        }
    }

    fn caption_ui(&mut self, ui: &mut Ui, place: Place<'_>, tokens: &Tokens) {
        let Some(flow) = place.snapshot().scenario.panels.get(place.index) else {
            return;
        };
        let color = place.look.color(tokens);
        let mut ui = ui.new_child(
            UiBuilder::new()
                .max_rect(place.caption)
                .layout(Layout::top_down(Align::Min))
                .id_salt(("caption", place.index)),
        );
        ui.set_clip_rect(place.caption.intersect(ui.clip_rect()));
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.horizontal(|ui| {
            let (sample, _) = ui.allocate_exact_size(vec2(34.0, 24.0), Sense::hover());
            place.look.sample(ui.painter(), sample.left_center(), 32.0, tokens);
            // Larger where there is room: it is read from the back row.
            let larger = if place.picture.width() > 420.0 { 3.0 } else { 0.0 };
            let name = RichText::new(&flow.name).size(size::HEADING + larger).color(color);
            ui.label(name);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if !self.figure {
                    self.caption_buttons_ui(ui, place);
                }
                let motto = Kind::of(flow).motto();
                let galley =
                    ui.painter()
                        .layout_no_wrap(motto.to_owned(), FontId::proportional(size::BODY), tokens.text_weak);
                // Half a sentence explains nothing.
                if galley.size().x + 6.0 < ui.available_width() {
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.label(RichText::new(motto).color(tokens.text_weak));
                    });
                }
            });
        });
        let driven = match place.panel().now.factor {
            factor if place.snapshot().scenario.pace == Pace::EqualDissipation => format!(" × {factor:.2}"),
            _ => String::new(),
        };
        let particles = grouped(place.panel().alive as i64);
        let families = grouped(place.panel().now.families as i64);
        let [long, short_of] = match self.view.coloring {
            Coloring::Lineage => [
                format!("families {families} of {particles}"),
                format!("families {families}"),
            ],
            Coloring::Origin | Coloring::Flow => [format!("N {particles}"), format!("N {particles}")],
        };
        let (alpha, beta) = (short(flow.alpha), short(flow.beta));
        let time = format!("t {:.2}", place.snapshot().time);
        // The time stands at the foot of the window, too.
        let wordings = [
            format!("{long}    α {alpha}{driven}    β {beta}{driven}    {time}"),
            format!("{short_of}   α {alpha}  β {beta}{driven}   {time}"),
            format!("{short_of}   α {alpha}  β {beta}{driven}"),
        ];
        let font = FontId::proportional(size::BODY);
        let room = ui.available_width();
        let width = |text: &String| {
            let galley = ui.painter().layout_no_wrap(text.clone(), font.clone(), tokens.text);
            galley.size().x
        };
        let fitting = wordings.iter().find(|text| width(text) <= room);
        let numbers = fitting.unwrap_or(&wordings[2]);
        let numbers = egui::Label::new(RichText::new(numbers).color(tokens.text)).truncate();
        let response = ui.add(numbers);
        if !driven.is_empty() {
            response.on_hover_text(
                "Equal dissipation: both rates are driven by this factor, so that all panels lose KL as fast as the fastest. \
                 No rate goes beyond 4: what is stuck stays behind.",
            );
        }
        if self.view.layers.exact
            && let Some(verdict) = self.verdict(place)
        {
            verdict_ui(&mut ui, &verdict, tokens);
        }
    }

    /// What there is to say of the exact solution, or that there will be one.
    fn verdict(&self, place: Place<'_>) -> Option<Verdict> {
        match &place.report.exact {
            Some(exact) if place.report.travel.is_none() => Verdict::of(place.snapshot(), place.index, exact),
            _ => self.awaits_exact().then(Verdict::awaited),
        }
    }

    /// Whether an exact solution comes by itself, so that there is a line for it before it is there.
    const fn awaits_exact(&self) -> bool {
        matches!(self.drive.place(), background::Place::Thread)
    }

    /// Copy, enlarge, remove; from the right.
    fn caption_buttons_ui(&mut self, ui: &mut Ui, place: Place<'_>) {
        let (n, number, edge) = (place.snapshot().panels.len(), place.index + 1, 20.0);
        ui.spacing_mut().item_spacing.x = 3.0;
        if n > 1 {
            let help = "The others go on, and so does time. Undo brings it back (Ctrl+Z).";
            if icon_button(ui, Icon::Close, &format!("Remove panel {number}"), help, edge).clicked() {
                self.queue.push(Action::Remove(place.index));
            }
            let (icon, name) = match self.view.maximised {
                Some(_) => (Icon::Restore, "Show all panels".to_owned()),
                None => (Icon::Maximise, format!("Maximise panel {number}")),
            };
            if icon_button(ui, icon, &name, "M, for the selected panel", edge).clicked() {
                self.queue.push(Action::Maximise(Some(place.index)));
            }
        }
        if n < MOST_PANELS {
            let help = "A copy of it as it is now, with its past, under the same noise: a twin until something is changed \
                        (Ctrl+D, for the selected panel)";
            if icon_button(ui, Icon::Copy, &format!("Duplicate panel {number}"), help, edge).clicked() {
                self.queue.push(Action::Duplicate(Some(place.index)));
            }
        }
    }

    /// Height of the captions: the same for all panels, and the same as long as nothing is switched.
    pub(super) const fn caption_height(&self, report: &Report) -> f32 {
        if self.view.layers.exact && (report.exact.is_some() || self.awaits_exact()) {
            CAPTION_HEIGHT + VERDICT_HEIGHT
        } else {
            CAPTION_HEIGHT
        }
    }

    /// Wheel, drag, click and double-click on a picture.
    fn pointer_ui(&mut self, ui: &Ui, place: Place<'_>, on: &Projection) {
        let id = ui.scope_id().with(("picture", place.index));
        let response = ui.interact(place.picture, id, Sense::click_and_drag());
        let name = format!("Picture of panel {}", place.index + 1);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        if response.interact_pointer_pos().is_some() && (response.clicked() || response.drag_started()) {
            self.view.selected = place.index;
            response.surrender_focus();
        }
        focus_ring(ui, &response, place.picture, 0.0);
        let taken = self.tool_pointer_ui(ui, place, on, &response);
        if !taken {
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

    fn paint(&mut self, painter: &Painter, place: Place<'_>, on: &Projection, tokens: &Tokens) {
        let snapshot = place.snapshot();
        let panel = place.panel();
        let scenario = &snapshot.scenario;
        let color = place.look.color(tokens);
        let layers = self.view.layers;
        let canvas = place.canvas(self.draft.view());
        let flat = canvas.plane == Plane::Positions;
        self.backdrop
            .paint(painter, &scenario.landscape(), (canvas, on), layers);
        let mode = flat
            .then(|| self.paint_mode(painter, on, scenario.panels.get(place.index)))
            .flatten();
        if layers.contours {
            self.backdrop.paint_lines(painter, (canvas, on));
        }
        self.paint_density(painter, place, (canvas, on), color);
        let dots = drawn(panel);
        if layers.discs {
            let sizes = self.sizes(place);
            let flow_color = [color];
            let colors: discs::Colors<'_> = match self.view.coloring {
                Coloring::Origin => (&tokens.origins, discs::by_origin),
                Coloring::Lineage => (&tokens.lineages, discs::by_lineage),
                Coloring::Flow => (&flow_color, discs::by_origin),
            };
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
        if layers.arcs {
            // Fading follows model time, so that a pause or a picture keeps what is in the air.
            let fade = (1.6 * scenario.speed).max(8.0 * scenario.dt);
            arcs::paint(
                painter,
                &panel.teleports,
                on,
                &snapshot.basins,
                (snapshot.time, fade, color),
            );
        }
        let exact = place.solution().filter(|_| layers.exact);
        if let Some(solution) = exact.filter(|_| flat) {
            self.overlays.paint(
                painter,
                (place.index, &solution.density),
                on,
                (self.drive.place(), tokens),
            );
        }
        if layers.contours {
            self.backdrop.paint_labels(painter, (canvas, on), tokens);
        }
        if layers.masses {
            // Numbers of another time would be taken for those of now.
            let current = place
                .report
                .exact
                .as_ref()
                .is_some_and(|exact| !is_behind(snapshot, exact));
            labels::masses(
                painter,
                place.picture,
                on,
                (&snapshot.basins, canvas),
                (
                    &panel.now.basin_mass,
                    exact
                        .filter(|_| current)
                        .map(|solution| &*solution.now.observed.basin_mass),
                    self.view.target_well(snapshot),
                ),
                (color, tokens),
            );
        }
        if let Some(names) = canvas.axis_names() {
            labels::axis_names(painter, place.picture, names, tokens);
        } else if let Some(text) = mode.or_else(|| self.remark(place)) {
            note(painter, place.picture, &text, tokens);
        }
    }

    /// How large discs are in a picture.
    pub(super) fn sizes(&self, place: Place<'_>) -> discs::Sizes {
        let density = self.view.layers.draws_density(place.snapshot());
        discs::Sizes::of(drawn(place.panel()).len(), place.picture.size(), density)
    }

    /// What must be said about a picture.
    fn remark(&self, place: Place<'_>) -> Option<String> {
        let (panel, layers) = (place.panel(), self.view.layers);
        if self.probe.plane != panel.plane {
            return Some("positions: these particles have no velocities".to_owned());
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
        let drawn = format!("{} of {} drawn", grouped(shown as i64), grouped(panel.alive as i64));
        Some(if layers.draws_density(place.snapshot()) {
            format!("density of all; {drawn}")
        } else {
            drawn
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
        ui.label(RichText::new("Stopped").size(size::HEADING).color(tokens.on_error));
        ui.label(RichText::new(sentence).color(tokens.on_error));
        if ui.button("Reset the run").clicked() {
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

/// One line about the exact solution, in the longest wording that there is room for; all of it under the pointer.
fn verdict_ui(ui: &mut Ui, verdict: &Verdict, tokens: &Tokens) {
    let (fill, color) = if verdict.differs {
        (tokens.notice, tokens.on_notice)
    } else {
        (egui::Color32::TRANSPARENT, tokens.text_weak)
    };
    let margin = if verdict.differs { 5.0 } else { 0.0 };
    let room = ui.available_width() - 2.0 * margin - 1.0;
    let font = FontId::proportional(size::BODY);
    let width = |text: &String| ui.painter().layout_no_wrap(text.clone(), font.clone(), color).size().x;
    let fitting = verdict.wordings.iter().find(|text| width(text) <= room);
    let Some(text) = fitting.or(verdict.wordings.last()) else {
        return;
    };
    let frame = egui::Frame::new()
        .fill(fill)
        .corner_radius(4)
        .inner_margin(egui::Margin::symmetric(margin as i8, 0));
    frame.show(ui, |ui| {
        let label = egui::Label::new(RichText::new(text).font(font).color(color)).truncate();
        ui.add(label).on_hover_text(&verdict.details);
    });
}

/// A sentence in the upper left corner of a picture.
fn note(painter: &Painter, picture: Rect, text: &str, tokens: &Tokens) {
    let galley = painter.layout(
        text.to_owned(),
        FontId::proportional(size::SMALL),
        tokens.text,
        picture.width() - 16.0,
    );
    let rect = Align2::LEFT_TOP.anchor_size(picture.min + vec2(6.0, 6.0), galley.size());
    painter.rect_filled(rect.expand2(vec2(4.0, 1.0)), 4.0, tokens.plate);
    painter.galley(rect.min, galley, tokens.text);
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
