//! The window around the interface.

use eframe::egui;
use eframe::egui::ViewportBuilder;

use super::{App, Options};
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

/// Opens the window on a scenario and stays until it is closed.
pub fn run(scenario: Scenario, options: Options) -> Result<(), RunError> {
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
        Ok(Box::new(App::new(&ctx, engine, scenario, options)))
    };
    Ok(eframe::run_native("wfr-lab", native, Box::new(create))?)
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        Self::ui(self, ui);
    }
}
