//! The window without a window, for the tests that press its buttons.

use eframe::egui::Vec2;
use egui_kittest::Harness;
use wfr_lab::app::{App, Options};
use wfr_lab::scenario::Scenario;
use wfr_lab::sim::Simulation;

/// A window on a scenario, open once its first frames have been drawn. The run is stepped by the drawing, not by a clock.
pub(crate) fn open(scenario: Scenario, size: Vec2, options: Options) -> Harness<'static, Option<App>> {
    let mut harness = Harness::builder().with_size(size).build_ui_state(
        move |ui, slot: &mut Option<App>| {
            let new = || App::new(ui.ctx(), Simulation::new(scenario.clone()), scenario.clone(), options);
            slot.get_or_insert_with(new).ui(ui);
        },
        None,
    );
    harness.run_steps(4);
    harness
}
