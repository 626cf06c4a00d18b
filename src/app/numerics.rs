//! The numerics: time step, density estimate, resampling; for all panels, or for one that has its own.

use eframe::egui::{RichText, Ui};

use super::App;
use super::theme::Theme;
use super::widgets::{Effect, choice_ui, number_ui, tick_ui};
use crate::engine::Control;
use crate::flow::Flow;
use crate::params::Number;
use crate::resample::{Order, Resampling, Scheme, THRESHOLD};
use crate::scenario::DT;

/// How often a picture is asked for.
const STEPS_PER_SNAPSHOT: Number =
    Number::whole(1.0, 1000.0, 1.0, "", "steps between two pictures, apart from the speed");

impl App {
    /// Draws what holds for all panels, and says which have their own.
    pub(super) fn numerics_ui(&mut self, ui: &mut Ui) {
        number_ui(ui, "Time step", "Time step", &mut self.draft.dt, (&DT, Effect::Live));
        self.shared_estimator_ui(ui);
        self.exceptions_ui(ui, |flow| flow.estimator.is_some());
        resampling_ui(ui, &mut self.draft.resampling, "");
        self.exceptions_ui(ui, |flow| flow.resampling.is_some());
        let help = "Solves the equation of every flow on a grid, beside the particles; off, it costs no time";
        if tick_ui(ui, &mut self.solves, "exact solution", help) {
            self.drive.send(Control::Exact(self.solves));
        }
        let per_picture = &mut self.steps_per_snapshot;
        let info = (&STEPS_PER_SNAPSHOT, Effect::Live);
        if number_ui(ui, "Steps/picture", "Steps per picture", per_picture, info) {
            self.drive.send(Control::StepsPerSnapshot(*per_picture as u64));
        }
    }

    fn exceptions_ui(&self, ui: &mut Ui, has_own: impl Fn(&Flow) -> bool) {
        let names: Vec<&str> = self
            .draft
            .panels
            .iter()
            .filter(|flow| has_own(flow))
            .map(|flow| flow.name.as_str())
            .collect();
        if !names.is_empty() {
            let verb = if names.len() == 1 {
                "has its own"
            } else {
                "have their own"
            };
            let text = format!("not for {}, which {verb}", names.join(" and "));
            ui.label(RichText::new(text).color(Theme::of(ui).tokens().text_weak))
                .on_hover_text("See \u{201c}How it is done\u{201d} in the card of the flow");
        }
    }
}

/// When and how to resample. `of` ends accessible names, to tell panels apart.
pub(super) fn resampling_ui(ui: &mut Ui, resampling: &mut Resampling, of: &str) {
    choice_ui(
        ui,
        ("Resampling", &format!("Resampling scheme{of}")),
        "How particles are removed and duplicated when weights have become uneven",
        (&mut resampling.scheme, &Scheme::ALL),
        |scheme| match scheme {
            Scheme::Systematic => "systematic",
            Scheme::Stratified => "stratified",
            Scheme::Residual => "residual",
            Scheme::Multinomial => "multinomial",
        },
    );
    choice_ui(
        ui,
        ("Along", &format!("Resampling order{of}")),
        "Along a Hilbert curve neighbours stand in for each other: next to no noise, and teleports show where mass flows",
        (&mut resampling.order, &Order::ALL),
        |order| match order {
            Order::Hilbert => "Hilbert curve",
            Order::Slots => "slots",
        },
    );
    let name = format!("ESS threshold{of}");
    number_ui(
        ui,
        "Below ESS",
        &name,
        &mut resampling.threshold,
        (&THRESHOLD, Effect::Live),
    );
}
