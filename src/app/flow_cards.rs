//! One card per panel: its rates, the corners as buttons, how the reaction is realised.

use eframe::egui;
use eframe::egui::{RichText, Sense, Ui, vec2};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::looks::{Kind, looks, set_rates};
use super::numerics::{estimator_ui, resampling_ui};
use super::theme::{Theme, size};
use super::widgets::{Effect, button, choice_ui, icon_button, number_ui, release, tick_ui};
use crate::density::Estimator;
use crate::flow::{ALPHA, BETA, Flow, Reaction, Splitting};
use crate::resample::Resampling;

/// Most panels side by side.
const MOST: usize = 4;

impl App {
    /// Draws the cards.
    pub(super) fn flow_cards_ui(&mut self, ui: &mut Ui) {
        let looks = looks(&self.draft.panels);
        let n = self.draft.panels.len();
        for (k, look) in looks.into_iter().enumerate() {
            let tokens = Theme::of(ui).tokens();
            let frame = egui::Frame::new().fill(tokens.window).corner_radius(5).inner_margin(7);
            frame.show(ui, |ui| {
                ui.push_id(k, |ui| {
                    let number = k + 1;
                    ui.horizontal(|ui| {
                        let (sample, _) = ui.allocate_exact_size(vec2(30.0, 18.0), Sense::hover());
                        look.sample(ui.painter(), sample.left_center(), 28.0, tokens);
                        let name = RichText::new(&self.draft.panels[k].name)
                            .size(size::BODY + 1.0)
                            .color(look.color(tokens));
                        ui.label(name);
                        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                            if n > 1
                                && icon_button(
                                    ui,
                                    Icon::Close,
                                    &format!("Remove panel {number}"),
                                    "The others start again. To take it out of sight only, use the cross on its picture.",
                                    18.0,
                                )
                                .clicked()
                            {
                                self.queue.push(Action::RemovePanel(k));
                            }
                            let hidden = self.view.hidden.get(k).copied().unwrap_or(false);
                            if hidden && release(ui.button("Show")).clicked() {
                                self.view.hidden[k] = false;
                            }
                        });
                    });
                    self.rates_ui(ui, k);
                });
            });
        }
        self.add_panel_ui(ui);
    }

    fn rates_ui(&mut self, ui: &mut Ui, k: usize) {
        let number = k + 1;
        let flow = &mut self.draft.panels[k];
        let kind = Kind::of(flow);
        ui.horizontal(|ui| {
            for choice in Kind::BUTTONS {
                let accessible = format!("{}, panel {number}", choice.name());
                let selected = kind == choice && choice.rates() == (flow.alpha, flow.beta);
                let response = release(ui.selectable_label(selected, choice.name()).accessible_name(accessible));
                if response.on_hover_text(choice.motto()).clicked() {
                    self.queue.push(Action::RatesOf(k, choice));
                }
            }
        });
        let (mut alpha, mut beta) = (flow.alpha, flow.beta);
        let mut changed = number_ui(
            ui,
            "Transport α",
            &format!("Transport α, panel {number}"),
            &mut alpha,
            (&ALPHA, Effect::Live),
        );
        changed |= number_ui(
            ui,
            "Reaction β",
            &format!("Reaction β, panel {number}"),
            &mut beta,
            (&BETA, Effect::Live),
        );
        if changed {
            set_rates(&mut self.draft.panels, k, (alpha, beta));
        }
        let shared = (self.draft.estimator, self.draft.resampling);
        let flow = &mut self.draft.panels[k];
        egui::CollapsingHeader::new(RichText::new("How it is done").size(size::SMALL))
            .id_salt("how")
            .show_unindented(ui, |ui| how_ui(ui, flow, number, shared));
    }

    fn add_panel_ui(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            if self.draft.panels.len() < MOST
                && button(ui, "Add a panel", "Add a panel")
                    .on_hover_text("One more flow beside the others; all start again, on one clock")
                    .clicked()
            {
                self.queue.push(Action::AddPanel);
            }
            if button(ui, "Compare all three", "Compare all three")
                .on_hover_text("Langevin, Fisher–Rao and WFR side by side, from the start (4)")
                .clicked()
            {
                self.queue.push(Action::Compare);
            }
        });
    }
}

fn how_ui(ui: &mut Ui, flow: &mut Flow, number: usize, shared: (Estimator, Resampling)) {
    let of_panel = |what: &str| format!("{what}, panel {number}");
    let reaction = |r: Reaction| match r {
        Reaction::Weights => "weights",
        Reaction::Jump => "jumps",
        Reaction::BirthDeath => "birth and death",
    };
    choice_ui(
        ui,
        ("Reaction by", &of_panel("Reaction by")),
        "Weights that lead to resampling; jumps of equal particles; or births and deaths, twice as many events",
        (
            &mut flow.reaction,
            &[Reaction::Weights, Reaction::Jump, Reaction::BirthDeath],
        ),
        reaction,
    );
    let splitting = |s: Splitting| match s {
        Splitting::TransportReaction => "W then FR",
        Splitting::ReactionTransport => "FR then W",
        Splitting::Strang => "Strang (½ FR, W, ½ FR)",
    };
    choice_ui(
        ui,
        ("Substeps", &of_panel("Substeps")),
        "The order of transport (W) and reaction (FR) within a step",
        (
            &mut flow.splitting,
            &[
                Splitting::TransportReaction,
                Splitting::ReactionTransport,
                Splitting::Strang,
            ],
        ),
        splitting,
    );
    let mut own = flow.resampling.is_some();
    if tick_ui(
        ui,
        &mut own,
        "own resampling",
        "Off: as set under Numerics for all panels",
    ) {
        flow.resampling = own.then_some(shared.1);
    }
    if let Some(resampling) = &mut flow.resampling {
        resampling_ui(ui, resampling, &format!(", panel {number}"));
    }
    let mut own = flow.estimator.is_some();
    if tick_ui(
        ui,
        &mut own,
        "own bandwidth",
        "Off: as set under Numerics for all panels",
    ) {
        flow.estimator = own.then_some(shared.0);
    }
    if let Some(estimator) = &mut flow.estimator {
        estimator_ui(ui, estimator, &format!(", panel {number}"));
    }
}
