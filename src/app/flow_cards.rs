//! One card per panel: its rates, the corners as buttons, how the reaction is realised.

use eframe::egui;
use eframe::egui::{RichText, Sense, Ui, vec2};

use super::App;
use super::actions::Action;
use super::fits;
use super::icons::Icon;
use super::links::Part;
use super::looks::{Kind, looks, set_rates};
use super::theme::{Theme, size};
use super::widgets::{Effect, button, called, icon_button, named_tick_ui, number_ui, release};
use crate::flow::{ALPHA, BETA, Flow};
use crate::params::Number;
use crate::scenario::{MOST_PANELS, Pace};
use crate::words::{self, msg, t};

/// The least transport rate that a slider gives where there must be some.
pub(super) const LEAST_ALPHA: f64 = 0.01;

impl App {
    /// Draws the cards.
    pub(super) fn flow_cards_ui(&mut self, ui: &mut Ui) {
        let mixture = self.draft.is_reverse();
        if !mixture {
            self.pad_ui(ui);
        }
        let looks = looks(&self.draft.panels);
        let n = self.draft.panels.len();
        for (k, look) in looks.into_iter().enumerate() {
            let tokens = Theme::of(ui).tokens();
            let frame = egui::Frame::new().fill(tokens.window).corner_radius(5).inner_margin(7);
            frame.show(ui, |ui| {
                ui.push_id(k, |ui| {
                    ui.horizontal(|ui| {
                        let (sample, _) = ui.allocate_exact_size(vec2(30.0, 18.0), Sense::hover());
                        look.sample(ui.painter(), sample.left_center(), 28.0, tokens);
                        let name = RichText::new(&self.draft.panels[k].name)
                            .size(size::BODY + 1.0)
                            .color(look.color(tokens));
                        ui.label(name);
                        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                            if n > 1 {
                                self.eye_ui(ui, k);
                            }
                        });
                    });
                    if mixture {
                        return self.sampler_ui(ui, k);
                    }
                    let before = self.draft.panels.clone();
                    self.rates_ui(ui, k);
                    self.propagate(ui.ctx(), k, &before);
                });
            });
        }
        self.add_panel_ui(ui);
        ui.horizontal_wrapped(|ui| {
            if !mixture {
                self.dissipation_switch_ui(ui);
            }
            self.follow_row_ui(ui);
        });
    }

    /// Takes a panel out of sight and back; it runs on.
    fn eye_ui(&mut self, ui: &mut Ui, k: usize) {
        let Some(hidden) = self.view.hidden.get_mut(k) else {
            return;
        };
        let (icon, name) = if *hidden {
            (Icon::NoEye, t!("Show panel {number}", number = k + 1))
        } else {
            (Icon::Eye, t!("Hide panel {number}", number = k + 1))
        };
        if icon_button(ui, icon, &name, t!("Hidden, it runs on."), 18.0).clicked() {
            *hidden ^= true;
        }
    }

    fn rates_ui(&mut self, ui: &mut Ui, k: usize) {
        let number = k + 1;
        let estimator = self.draft.estimator(k);
        let flow = &self.draft.panels[k];
        let kind = Kind::of(flow);
        ui.horizontal(|ui| {
            for choice in Kind::BUTTONS {
                let accessible = called(&format!("{}, panel {number}", choice.name()));
                let selected = kind == choice && choice.rates() == (flow.alpha, flow.beta);
                let refused = fits::new_conflict(flow, &estimator, |flow, _| (flow.alpha, flow.beta) = choice.rates());
                let label = |ui: &mut Ui| {
                    release(
                        ui.selectable_label(selected, words::said(choice.name()))
                            .accessible_name(accessible),
                    )
                };
                let response = ui.add_enabled_ui(refused.is_none(), label).inner;
                let response = response.on_disabled_hover_text(words::said(refused.unwrap_or_default()));
                if response.on_hover_text(words::said(choice.motto())).clicked() {
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
        self.chained_ui(ui, (Part::Alpha, k), |app, ui| {
            let Flow { mut alpha, beta, .. } = app.draft.panels[k];
            let name = format!("Transport α, panel {number}");
            if number_ui(ui, t!("Transport α"), &name, &mut alpha, (&range, Effect::Live)) {
                set_rates(&mut app.draft.panels, k, (alpha, beta));
            }
        });
        self.chained_ui(ui, (Part::Beta, k), |app, ui| {
            let Flow { alpha, mut beta, .. } = app.draft.panels[k];
            let name = format!("Reaction β, panel {number}");
            if number_ui(ui, t!("Reaction β"), &name, &mut beta, (&BETA, Effect::Live)) {
                set_rates(&mut app.draft.panels, k, (alpha, beta));
            }
        });
        self.how_ui(ui, k);
    }

    fn dissipation_switch_ui(&mut self, ui: &mut Ui) {
        let mut equal = self.draft.pace == Pace::EqualDissipation;
        let help = t!(
            "Drives the rates of every flow by a factor of its own, so that all lose KL as fast as the fastest does: the same work per \
             time. The factors stand in the captions."
        );
        if named_tick_ui(
            ui,
            &mut equal,
            (t!("equal dissipation"), msg!("Equal dissipation")),
            help,
        ) {
            self.draft.pace = if equal { Pace::EqualDissipation } else { Pace::Rates };
        }
    }

    fn add_panel_ui(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            if self.draft.panels.len() < MOST_PANELS
                && button(ui, t!("Add a panel"), t!("Add a panel"))
                    .on_hover_text(t!(
                        "A copy of the selected panel as it is now: change its rates to see them part (Ctrl+D)"
                    ))
                    .clicked()
            {
                self.queue.push(Action::Duplicate(None));
            }
            if !self.draft.is_reverse()
                && button(ui, t!("Compare all three"), t!("Compare all three"))
                    .on_hover_text(t!("Langevin, Fisher–Rao and WFR side by side, from the start (4)"))
                    .clicked()
            {
                self.queue.push(Action::Compare);
            }
        });
    }
}
