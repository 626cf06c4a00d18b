//! One card per panel: its rates, the corners as buttons, how the reaction is realised.

use eframe::egui;
use eframe::egui::{RichText, Sense, Ui, vec2};

use super::App;
use super::actions::Action;
use super::fits;
use super::icons::Icon;
use super::looks::{Kind, looks, set_rates};
use super::theme::{Theme, size};
use super::widgets::{Effect, button, icon_button, number_ui, release};
use crate::flow::{ALPHA, BETA};
use crate::params::Number;

/// Most panels side by side.
const MOST: usize = 4;
/// The least transport rate that a slider gives where there must be some.
const LEAST_ALPHA: f64 = 0.01;

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
        let estimator = self.draft.estimator(k);
        let flow = &self.draft.panels[k];
        let kind = Kind::of(flow);
        ui.horizontal(|ui| {
            for choice in Kind::BUTTONS {
                let accessible = format!("{}, panel {number}", choice.name());
                let selected = kind == choice && choice.rates() == (flow.alpha, flow.beta);
                let refused = fits::new_conflict(flow, &estimator, |flow, _| (flow.alpha, flow.beta) = choice.rates());
                let label =
                    |ui: &mut Ui| release(ui.selectable_label(selected, choice.name()).accessible_name(accessible));
                let response = ui.add_enabled_ui(refused.is_none(), label).inner;
                let response = response.on_disabled_hover_text(refused.unwrap_or_default());
                if response.on_hover_text(choice.motto()).clicked() {
                    self.queue.push(Action::RatesOf(k, choice));
                }
            }
        });
        // Where the others need particles that walk, the slider ends before they stop.
        let stops = fits::new_conflict(flow, &estimator, |flow, _| flow.alpha = 0.0);
        let range = Number {
            min: if stops.is_some() { LEAST_ALPHA } else { ALPHA.min },
            help: stops.unwrap_or(ALPHA.help),
            ..ALPHA
        };
        let (mut alpha, mut beta) = (flow.alpha, flow.beta);
        let mut changed = number_ui(
            ui,
            "Transport α",
            &format!("Transport α, panel {number}"),
            &mut alpha,
            (&range, Effect::Live),
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
        self.how_ui(ui, k);
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
