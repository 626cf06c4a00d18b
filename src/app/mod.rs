//! The window: one to four flows side by side, and everything that can be asked of them.
//!
//! [`App::ui`] draws all of it from the latest report of the run, the same for the window, for tests and for pictures
//! without a window: nothing here needs a graphics driver. Edits go to a copy of the scenario, which is sent to the run
//! whenever it has changed; what keys and buttons ask for is queued as an `Action` and done in one place.

mod actions;
mod arcs;
mod axes;
mod backdrop;
mod background;
mod captions;
mod charts;
mod controls;
mod curves;
mod density;
mod difference;
mod discs;
mod dissipation;
mod drive;
mod equation;
mod estimators;
mod exact;
mod exports;
mod files;
mod fits;
mod flow_cards;
mod flux;
mod focus;
mod follow;
mod formula;
mod gauge;
mod header;
mod how;
mod icons;
mod identities;
mod keys;
mod labels;
mod layers;
mod lecture;
mod ledger;
mod legend;
mod links;
mod looks;
#[cfg(feature = "train")]
mod losses;
mod metric;
mod metrics;
mod microscope;
mod mixture;
mod models;
mod notices;
mod numerics;
mod pad;
mod palette;
mod panel;
mod past;
mod phase;
mod plots;
mod pulses;
mod ribbons;
mod scene;
mod scrubber;
mod settings;
mod spectra;
mod spectrum;
mod spoken;
mod spots;
mod strip;
mod tangent;
mod theme;
mod timebar;
mod tools;
mod typed;
mod undo;
mod verdict;
mod verify;
mod widgets;
mod window;

use std::sync::Arc;

use eframe::egui;
use eframe::egui::Ui;

use crate::engine::{Control, Report, Status};
use crate::render::camera::Camera;
use crate::scenario::Scenario;
use crate::sim::Command;
use crate::snapshot::Probe;

pub use crate::digits::{grouped, short};
use actions::Action;
pub use controls::readable;
pub use drive::Drive;
pub(crate) use exports::png;
pub use exports::{Figure, Reel, Shot, Sight, Stop, Take, sheet};
pub use files::Shared;
pub use layers::well_name;
#[cfg(feature = "train")]
pub(crate) use losses::losses;
pub use theme::Theme;
pub use window::{RunError, run};

/// What a window starts with, beside its scenario.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Light or dark.
    pub theme: Theme,
    /// Whether the controls at the left are open.
    pub controls: bool,
    /// Whether the plots are open.
    pub plots: bool,
    /// Whether everything is to be read from the last row: larger, bolder, in stronger colours.
    pub projector: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: Theme::Light,
            controls: true,
            plots: true,
            projector: false,
        }
    }
}

/// The whole interface.
pub struct App {
    drive: Drive,
    /// What the controls show: the scenario with all edits, those that wait for a reset too.
    draft: Scenario,
    /// The last draft that the run was told of.
    sent: Scenario,
    /// The scenario as it was loaded.
    loaded: Scenario,
    report: Option<Arc<Report>>,
    view: layers::View,
    select: tools::select::Selection,
    /// What brush, pencil and probe hold.
    hands: tools::Hands,
    options: Options,
    probe: Probe,
    textures: discs::Textures,
    backdrop: backdrop::Backdrop,
    models: models::Models,
    densities: density::Densities,
    tangents: tangent::Maps,
    overlays: exact::Overlays,
    spectra: spectra::Spectra,
    strips: strip::Strips,
    notices: notices::Notices,
    formula: formula::FormulaBox,
    verify: verify::Page,
    frames: timebar::FrameRate,
    past: past::Past,
    microscope: microscope::Microscope,
    mixing: mixture::Mixing,
    queue: Vec<Action>,
    keys_open: bool,
    /// What had the keyboard in the last frame.
    keyboard: keys::Keyboard,
    fronts: focus::Fronts,
    full_screen: bool,
    bare: bool,
    steps_per_snapshot: f64,
    /// Whether the equation itself is solved beside the run.
    solves: bool,
    flat_out: bool,
    exports: exports::Exports,
    files: files::Files,
    hall: lecture::Hall,
    undo: undo::Undo,
    /// Whether this draws a figure, in which there is nothing to press.
    figure: bool,
    palette: palette::Palette,
    /// What is remembered between two starts.
    settings: settings::Settings,
    /// The look that the side panels were last fitted to.
    fitted: Option<bool>,
    /// Whether the controls were folded when there came to be too little room for them.
    folded: bool,
}

impl App {
    /// An interface to a run of `scenario`.
    pub fn new(ctx: &egui::Context, drive: impl Into<Drive>, scenario: Scenario, options: Options) -> Self {
        crate::render::fonts::install(ctx);
        theme::apply(ctx, options.profile());
        // Ctrl with + and − is ours: what the projector adds is none of the user's zoom.
        ctx.options_mut(|egui| egui.zoom_with_keyboard = false);
        let (probe, undo) = (Probe::default(), undo::Undo::new(&scenario));
        let mut drive = drive.into();
        drive.send(Control::Probe(probe));
        Self {
            drive,
            sent: scenario.clone(),
            loaded: scenario.clone(),
            draft: scenario,
            report: None,
            view: layers::View::default(),
            select: tools::select::Selection::default(),
            hands: tools::Hands::default(),
            options,
            probe,
            textures: discs::Textures::new(ctx),
            backdrop: backdrop::Backdrop::default(),
            models: models::Models::default(),
            densities: density::Densities::default(),
            tangents: tangent::Maps::default(),
            overlays: exact::Overlays::default(),
            spectra: spectra::Spectra::default(),
            strips: strip::Strips::default(),
            notices: notices::Notices::default(),
            formula: formula::FormulaBox::default(),
            verify: verify::Page::default(),
            frames: timebar::FrameRate::default(),
            past: past::Past::default(),
            microscope: microscope::Microscope::default(),
            mixing: mixture::Mixing::default(),
            queue: Vec::new(),
            keys_open: false,
            keyboard: keys::Keyboard::default(),
            fronts: focus::Fronts::default(),
            full_screen: false,
            bare: false,
            steps_per_snapshot: 1.0,
            solves: true,
            flat_out: false,
            exports: exports::Exports::default(),
            files: files::Files::default(),
            hall: lecture::Hall::default(),
            undo,
            figure: false,
            palette: palette::Palette::default(),
            settings: settings::Settings::default(),
            fitted: None,
            folded: false,
        }
    }

    /// Draws everything and takes part in everything: call it once a frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        typed::watch_esc(ui.ctx());
        self.fit_sides(ui.ctx());
        self.show_focus(ui.ctx());
        if self.palette.is_open() {
            self.palette.listen(ui.ctx());
        } else if !self.asks_for_a_path() {
            // Else they belong to the dialog.
            self.microscope_keys(ui.ctx());
            self.tool_keys(ui.ctx());
            keys::listen(ui.ctx(), self.keyboard, &mut self.queue);
        }
        if self.verify.open {
            // What is hidden is not steered by keys.
            self.queue.retain(Action::is_of_every_page);
        }
        if self.drive.tick() {
            ui.ctx().request_repaint();
        }
        self.report = self.drive.latest();
        if let Some(report) = self.report.clone() {
            self.tell_met(ui.ctx(), &report);
        }
        if let Some(report) = &self.report {
            if let Some(refused) = report
                .snapshot
                .refused
                .as_ref()
                .filter(|r| r.number != self.hands.refusals)
            {
                self.hands.refusals = refused.number;
                self.notices.error(ui.ctx(), &refused.sentence);
            }
            self.view.watch(&report.snapshot);
            self.spectra.watch(&report.snapshot);
        }
        self.follow_travels();
        self.attend(ui.ctx());
        self.watch_microscope(ui.ctx());
        self.frames.count(ui.ctx(), self.running());
        if self.verify.open {
            self.verify_ui(ui);
        } else {
            if !self.bare {
                self.time_bar_ui(ui);
                self.controls_panel_ui(ui);
                self.card_panel_ui(ui);
            }
            if self.view.mode.is_some() {
                self.ask_for_spectrum(ui.ctx());
            }
            self.scene_ui(ui);
        }
        self.overlays_ui(ui.ctx());
        self.watch_mixture(ui.ctx());
        self.send_edits(ui.ctx());
        self.watch_edits(ui.ctx());
        for action in std::mem::take(&mut self.queue) {
            self.perform(ui.ctx(), action);
        }
        self.keep_focus(ui.ctx());
        self.keyboard = keys::Keyboard::of(ui.ctx(), self.select.keyboard.take());
    }

    /// The scenario as the controls show it.
    pub fn scenario(&self) -> &Scenario {
        &self.draft
    }

    /// The newest report that was drawn.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_deref()
    }

    /// Where the panels look; `None` while the whole view is fitted.
    pub fn camera(&self) -> Option<Camera> {
        self.view.camera
    }

    /// The run behind the interface.
    pub fn drive(&mut self) -> &mut Drive {
        &mut self.drive
    }

    fn running(&self) -> bool {
        self.report.as_ref().is_some_and(|r| r.status == Status::Running)
    }

    /// Whether edits wait for a reset.
    fn waiting(&self) -> bool {
        let waits = |r: &Report| self.draft.needs_reset(&r.snapshot.scenario) && !self.will_have_it(r);
        self.report.as_deref().is_some_and(waits)
    }

    /// Tells the run about edits. What is not possible is said and not sent: the last possible state runs on.
    fn send_edits(&mut self, ctx: &egui::Context) {
        if self.draft == self.sent || self.select.waits_to_send(ctx) || self.begins_anew() {
            return;
        }
        self.sent = self.draft.clone();
        match self.draft.check() {
            Ok(()) => self
                .drive
                .send(Control::Command(Command::Edit(Box::new(self.draft.clone())))),
            Err(mismatch) => self.notices.error(ctx, &mismatch.to_string()),
        }
    }

    fn overlays_ui(&mut self, ctx: &egui::Context) {
        if let Some(sentence) = typed::take_refusal(ctx) {
            self.notices.error(ctx, &sentence);
        }
        self.notices.ui(ctx);
        self.watchdog_ui(ctx);
        self.exports_ui(ctx);
        self.files_ui(ctx);
        self.hall_over_ui(ctx);
        keys::window_ui(ctx, &mut self.keys_open);
        self.palette_ui(ctx);
    }
}
