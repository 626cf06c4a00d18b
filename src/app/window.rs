//! The window around the interface.

use eframe::egui;
use eframe::egui::{ViewportBuilder, ViewportCommand};

use super::files::Folders;
use super::{App, Options, Shared};
use crate::engine::Engine;
use crate::scenario::Scenario;
use crate::sim::Simulation;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing to draw on.
    #[error("the display cannot be reached")]
    NoDisplay,
    /// A display without what the window needs.
    #[error("{0}")]
    Graphics(String),
}

impl From<eframe::Error> for RunError {
    fn from(error: eframe::Error) -> Self {
        match error {
            // The event loop is what connects to the display; its own words are about source files.
            eframe::Error::WinitEventLoop(_) => Self::NoDisplay,
            other => Self::Graphics(other.to_string()),
        }
    }
}

/// Opens the window on a scenario and stays until it is closed. `shared` is a run to go on with, such as a session from a file.
pub fn run(scenario: Scenario, options: Options, shared: Option<Shared>) -> Result<(), RunError> {
    let simulation = Simulation::new(scenario.clone());
    let native = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("wfr-lab")
            .with_app_id("wfr-lab")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([900.0, 600.0]),
        ..Default::default()
    };
    let create = move |creation: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>> {
        let ctx = creation.egui_ctx.clone();
        let waker = ctx.clone();
        let engine = Engine::spawn(simulation, move || waker.request_repaint())?;
        let mut app = App::new(&ctx, engine, scenario, options);
        if let Some(folders) = Folders::usual() {
            app.keep_files(&ctx, folders);
        }
        app.apply_zoom(&ctx);
        if let Some(shared) = shared {
            app.open_shared(&ctx, shared);
        }
        Ok(Box::new(Window { app, fitted: 0 }))
    };
    Ok(eframe::run_native("wfr-lab", native, Box::new(create))?)
}

/// The interface in a window of its own.
struct Window {
    app: App,
    /// Frames in which the window was fitted to the screen.
    fitted: u8,
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        // The size of a title bar is known only after the window has been on the screen for a moment.
        if self.fitted < 30 {
            self.fitted += 1;
            fit(ui.ctx());
        }
        self.app.ui(ui);
    }
}

/// Shrinks a window that reaches beyond a small screen, so that its lower edge can be seen.
fn fit(ctx: &egui::Context) {
    let known = ctx.input(|i| {
        let viewport = i.viewport();
        Some((viewport.monitor_size?, viewport.inner_rect?, viewport.outer_rect?))
    });
    let Some((monitor, inner, outer)) = known else { return };
    let room = monitor - (outer.size() - inner.size()).max(egui::Vec2::ZERO);
    if room.min_elem() > 300.0 && (inner.width() > room.x || inner.height() > room.y) {
        ctx.send_viewport_cmd(ViewportCommand::InnerSize(inner.size().min(room)));
        ctx.send_viewport_cmd(ViewportCommand::OuterPosition(egui::Pos2::ZERO));
    }
}
