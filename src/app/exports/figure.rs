//! What the lab shows, as a picture: the whole window, its panels, one of them, or its plots.
//!
//! The same interface is drawn by another [`App`] that looks the same way ([`Sight`]) at a report that does not change, on any
//! thread and without a window.

use std::io;
use std::sync::Arc;

use eframe::egui;
use eframe::egui::util::IdTypeMap;
use eframe::egui::{CentralPanel, Margin, Ui, Vec2, vec2};
use image::RgbaImage;

use super::super::drive::Drive;
use super::super::labels::{AXIS_HEIGHT, AXIS_WIDTH};
use super::super::layers::{Layers, View};
use super::super::lecture::StillCard;
use super::super::scene::GAP;
use super::super::theme::Theme;
use super::super::{App, Options};
use crate::engine::Report;
use crate::lecture::{Layer, Lecture, Picture};
use crate::render::raster::MAX_SIDE;
use crate::render::stage::Stage;
use crate::scenario::Scenario;
use crate::snapshot::Probe;

/// Around a figure (points).
const MARGIN: f32 = 8.0;
/// Passes over the interface until sizes are known and animations have come to rest.
const PASSES: usize = 30;
/// Passes for the next frame of a film, in which little has moved.
const FEW_PASSES: usize = 3;

/// A part of the window that can be a picture of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// All of it.
    Window,
    /// The panels side by side.
    Panels,
    /// One panel with its caption.
    Panel(usize),
    /// The three plots.
    Plots,
}

/// What is drawn, how large, and how finely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shot {
    /// What is drawn.
    pub figure: Figure,
    /// Width and height in points.
    pub size: Vec2,
    /// Pixels per point; a vector drawing has none.
    pub scale: f32,
}

impl Shot {
    /// Width and height in pixels.
    pub fn pixels(&self) -> [usize; 2] {
        [self.size.x, self.size.y].map(|side| (side * self.scale).round() as usize)
    }

    /// The longer side in pixels, if it is longer than a picture can be.
    pub fn too_long(&self) -> Option<usize> {
        let [width, height] = self.pixels();
        Some(width.max(height)).filter(|side| *side > MAX_SIDE)
    }
}

/// A way to look at a run: all that a picture of the window depends on beside the run itself.
#[derive(Clone, Debug)]
pub struct Sight {
    view: View,
    options: Options,
    probe: Probe,
    pub(super) draft: Scenario,
    loaded: Scenario,
    bare: bool,
    pub(super) solves: bool,
    /// What widgets remember: widths of side panels, open folds.
    memory: Option<IdTypeMap>,
    /// The card of a lecture that is on show.
    card: Option<StillCard>,
}

impl Sight {
    /// The look of a window that was just opened.
    pub fn new(scenario: Scenario, options: Options) -> Self {
        Self {
            view: View::default(),
            options,
            probe: Probe::default(),
            loaded: scenario.clone(),
            draft: scenario,
            bare: false,
            solves: true,
            memory: None,
            card: None,
        }
    }

    /// The same on a card of a lecture, from 0: as it waits, or played to its end.
    #[must_use]
    pub fn on_card(mut self, key: &str, lecture: Lecture, card: usize, played: bool) -> Self {
        self.card = Some(StillCard::new(key, lecture, card, played));
        self
    }

    /// The same in other colours.
    #[must_use]
    pub fn in_theme(mut self, theme: Theme) -> Self {
        self.options.theme = theme;
        self
    }

    /// The same with this in the panels.
    #[must_use]
    pub fn showing(mut self, picture: Picture) -> Self {
        self.view.show(picture);
        self
    }

    /// The same with these layers in the panels and no others.
    #[must_use]
    pub fn with_layers(mut self, layers: &[Layer]) -> Self {
        self.view.layers = Layers::of(layers);
        self
    }

    /// Number of a panel of a name, or of a number from 1.
    pub fn panel(&self, name: &str) -> Option<usize> {
        let panels = &self.draft.panels;
        let named = panels.iter().position(|flow| flow.name == name);
        let alike = || panels.iter().position(|flow| flow.name.eq_ignore_ascii_case(name));
        let counted = || name.parse().ok().and_then(|n: usize| n.checked_sub(1));
        named.or_else(alike).or_else(counted).filter(|&k| k < panels.len())
    }
}

/// An interface that is drawn for a picture.
pub(super) struct Scene {
    stage: Stage,
    pub(super) app: App,
    figure: Figure,
    settled: bool,
}

impl Scene {
    /// Sets up what is to be drawn; a drawing of paths rather than pixels leaves out what only pixels need.
    pub(super) fn new(sight: &Sight, report: Arc<Report>, shot: &Shot, vector: bool) -> Self {
        let ctx = egui::Context::default();
        let mut app = App::new(&ctx, report, sight.draft.clone(), sight.options);
        app.loaded = sight.loaded.clone();
        app.view = sight.view.clone();
        app.probe = sight.probe;
        app.bare = sight.bare;
        app.solves = sight.solves;
        app.figure = shot.figure != Figure::Window;
        app.backdrop.vector = vector;
        match shot.figure {
            Figure::Panel(panel) => app.view.maximised = Some(panel),
            Figure::Panels | Figure::Plots | Figure::Window => {}
        }
        if let Some(card) = &sight.card {
            app.stand_on_card(card);
        }
        if let Some(data) = &sight.memory {
            ctx.data_mut(|new| *new = data.clone());
        }
        Self {
            stage: Stage::new(&ctx, shot.size, shot.scale).zoomed(sight.options.profile().zoom()),
            app,
            figure: shot.figure,
            settled: false,
        }
    }

    /// Draws what there is to see now.
    pub(super) fn play(&mut self) {
        let passes = if self.settled { FEW_PASSES } else { PASSES };
        self.settled = true;
        let (app, figure) = (&mut self.app, self.figure);
        self.stage.play(passes, |ui| app.figure_ui(ui, figure));
    }

    pub(super) fn picture(&self) -> RgbaImage {
        self.stage.picture()
    }

    pub(super) fn svg(&self) -> io::Result<Vec<u8>> {
        self.stage.svg()
    }
}

impl App {
    /// How the window looks at the run now.
    pub(super) fn sight(&self, ctx: &egui::Context) -> Sight {
        Sight {
            view: self.view.clone(),
            options: self.options,
            probe: self.probe,
            draft: self.sent.clone(),
            loaded: self.loaded.clone(),
            bare: self.bare,
            solves: self.solves,
            memory: Some(ctx.data(Clone::clone)),
            card: self.still_card(),
        }
    }

    /// The size (points) in which a figure looks as it does in the window.
    pub(super) fn figure_size(&self, ctx: &egui::Context, figure: Figure) -> Vec2 {
        // A figure for a projector is drawn larger again.
        let zoom = self.options.profile().zoom();
        zoom * self.unzoomed_size(ctx, figure)
    }

    fn unzoomed_size(&self, ctx: &egui::Context, figure: Figure) -> Vec2 {
        let window = ctx.content_rect().size();
        let Some(report) = &self.report else { return window };
        let picture = self.view.room;
        let above = self.caption_height(report);
        let grid = |panels: usize, columns: usize| {
            let (columns, rows) = (columns as f32, panels.div_ceil(columns) as f32);
            let width = AXIS_WIDTH + columns * picture.x + (columns - 1.0) * GAP;
            let height = rows * (above + picture.y + AXIS_HEIGHT + 4.0);
            vec2(width, height) + Vec2::splat(2.0 * MARGIN)
        };
        match figure {
            Figure::Window => window,
            Figure::Panel(_) => grid(1, 1),
            Figure::Panels => {
                let visible = self.view.visible(report.snapshot.panels.len()).len().max(1);
                grid(visible, self.view.columns.clamp(1, visible))
            }
            Figure::Plots => vec2(1200.0, 330.0),
        }
    }

    /// Draws a figure instead of the window. There is nobody to press anything.
    fn figure_ui(&mut self, ui: &mut Ui, figure: Figure) {
        if figure == Figure::Window {
            self.ui(ui);
            return;
        }
        self.report = self.drive.latest();
        let Some(report) = self.report.clone() else { return };
        self.view.watch(&report.snapshot);
        self.spectra.watch(&report.snapshot);
        if self.view.mode.is_some() {
            self.ask_for_spectrum(ui.ctx());
        }
        let tokens = Theme::of(ui).tokens();
        let fill = if figure == Figure::Plots {
            tokens.panel
        } else {
            tokens.window
        };
        let frame = egui::Frame::new().fill(fill).inner_margin(Margin::same(MARGIN as i8));
        CentralPanel::default().frame(frame).show(ui, |ui| match figure {
            Figure::Plots => self.plots_figure_ui(ui, &report),
            _ => self.panels_ui(ui, &report),
        });
    }
}

impl From<Arc<Report>> for Drive {
    fn from(report: Arc<Report>) -> Self {
        Self::Still(report)
    }
}
