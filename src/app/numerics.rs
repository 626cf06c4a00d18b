//! The numerics: time step, density estimate, resampling; for all panels, or for one that has its own.

use eframe::egui::{RichText, Ui};

use super::App;
use super::theme::Theme;
use super::widgets::{Effect, Pick, number_ui, pick_ui, tick_ui};
use crate::engine::Control;
use crate::flow::Flow;
use crate::params::Number;
use crate::resample::{Order, Resampling, Scheme, THRESHOLD};
use crate::scenario::DT;
use crate::words::{msg, t};

/// How often a picture is asked for.
const STEPS_PER_SNAPSHOT: Number = Number::whole(
    1.0,
    1000.0,
    1.0,
    "",
    msg!("steps between two pictures, apart from the speed"),
);

impl App {
    /// Draws what holds for all panels, and says which have their own.
    pub(super) fn numerics_ui(&mut self, ui: &mut Ui) {
        if self.draft.is_reverse() {
            // Steps and noise are those of the way, and no density is estimated.
            resampling_ui(ui, &mut self.draft.resampling, "");
            self.exceptions_ui(ui, |flow| flow.resampling.is_some());
            return self.pictures_ui(ui);
        }
        number_ui(
            ui,
            t!("Time step"),
            "Time step",
            &mut self.draft.dt,
            (&DT, Effect::Live),
        );
        self.shared_estimator_ui(ui);
        self.exceptions_ui(ui, |flow| flow.estimator.is_some());
        resampling_ui(ui, &mut self.draft.resampling, "");
        self.exceptions_ui(ui, |flow| flow.resampling.is_some());
        let help = t!("Solves the equation of every flow on a grid, beside the particles; off, it costs no time");
        if tick_ui(ui, &mut self.solves, msg!("exact solution"), help) {
            self.drive.send(Control::Exact(self.solves));
        }
        self.pictures_ui(ui);
    }

    fn pictures_ui(&mut self, ui: &mut Ui) {
        let per_picture = &mut self.steps_per_snapshot;
        let info = (&STEPS_PER_SNAPSHOT, Effect::Live);
        if number_ui(ui, t!("Steps/picture"), msg!("Steps per picture"), per_picture, info) {
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
        let alone = names.len() == 1;
        let both = |first: String, second: &str| t!("{first} and {second}", first, second);
        let panels = names.into_iter().fold(None, |all: Option<String>, name| {
            Some(all.map_or_else(|| name.to_owned(), |all| both(all, name)))
        });
        if let Some(panels) = panels {
            let text = if alone {
                t!("not for {panels}, which has its own", panels)
            } else {
                t!("not for {panels}, which have their own", panels)
            };
            ui.label(RichText::new(text).color(Theme::of(ui).tokens().text_weak))
                .on_hover_text(t!("See “How it is done” in the card of the flow"));
        }
    }
}

/// When and how to resample. `of` ends accessible names, to tell panels apart.
pub(super) fn resampling_ui(ui: &mut Ui, resampling: &mut Resampling, of: &str) {
    let schemes = Scheme::ALL.map(|scheme| {
        let (word, help) = match scheme {
            Scheme::Systematic => (
                t!("systematic"),
                t!("One random number for N equidistant points: the least noise."),
            ),
            Scheme::Stratified => (
                t!("stratified"),
                t!("One random number in each of N strata: little noise."),
            ),
            Scheme::Residual => (
                t!("residual"),
                t!("Whole copies for sure, only the rest by chance: less noise than multinomial."),
            ),
            Scheme::Multinomial => (t!("multinomial"), t!("N independent draws: the most noise.")),
        };
        Pick {
            value: scheme,
            word,
            help,
            refused: None,
        }
    });
    let chosen = Scheme::ALL.iter().position(|s| *s == resampling.scheme).unwrap_or(0);
    let names = (t!("Resampling"), &*format!("{}{of}", msg!("Resampling scheme")));
    let help = t!("How particles are removed and duplicated when weights have become uneven");
    if let Some(scheme) = pick_ui(ui, names, help, (chosen, &schemes)) {
        resampling.scheme = scheme;
    }
    let orders = Order::ALL.map(|order| {
        let (word, help) = match order {
            Order::Hilbert => (
                t!("Hilbert curve"),
                t!("Neighbours stand in for each other: next to no noise, and teleports show where mass flows."),
            ),
            Order::Slots => (
                t!("slots"),
                t!("In the order of their numbers, wherever they are: what textbooks do."),
            ),
        };
        Pick {
            value: order,
            word,
            help,
            refused: None,
        }
    });
    let chosen = Order::ALL.iter().position(|o| *o == resampling.order).unwrap_or(0);
    let names = (t!("Along"), &*format!("{}{of}", msg!("Resampling order")));
    let help = t!("The order in which particles are gone through");
    if let Some(order) = pick_ui(ui, names, help, (chosen, &orders)) {
        resampling.order = order;
    }
    let name = format!("{}{of}", msg!("ESS threshold"));
    number_ui(
        ui,
        t!("Below ESS"),
        &name,
        &mut resampling.threshold,
        (&THRESHOLD, Effect::Live),
    );
}
