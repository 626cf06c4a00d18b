//! “How it is done”: the integrator, the rate, the reaction and the order of a flow, in its card.
//!
//! What cannot work with the rest is refused with the reason; what has no effect now says so.

use eframe::egui;
use eframe::egui::{RichText, Ui};

use super::App;
use super::fits;
use super::links::{Part, linked_ui};
use super::numerics::resampling_ui;
use super::theme::size;
use super::widgets::{Effect, Pick, button, called, name_ui, note_ui, number_ui, percent, pick_ui, short, warning_ui};
use crate::density::Estimator;
use crate::flow::{FRICTION, Flow, Rate, Reaction, Splitting, THETA, Transport};
use crate::words::{self, t};

/// Below this share of accepted proposals most work is wasted.
const LOW_ACCEPTANCE: f64 = 0.5;

impl App {
    /// The fold of a card.
    pub(super) fn how_ui(&mut self, ui: &mut Ui, k: usize) {
        let header = egui::CollapsingHeader::new(RichText::new(t!("How it is done")).size(size::SMALL)).id_salt("how");
        let fold = header.show_unindented(ui, |ui| {
            self.chained_ui(ui, (Part::Transport, k), |app, ui| app.transport_ui(ui, k));
            self.chained_ui(ui, (Part::Rate, k), |app, ui| app.rate_ui(ui, k));
            if self.draft.panels[k].beta == 0.0 {
                note_ui(ui, t!("β = 0: nothing reacts, so what follows has no effect now."));
            }
            self.chained_ui(ui, (Part::Reaction, k), |app, ui| app.reaction_ui(ui, k));
            self.chained_ui(ui, (Part::Splitting, k), |app, ui| app.splitting_ui(ui, k));
            self.chained_ui(ui, (Part::Estimator, k), |app, ui| app.own_estimator_ui(ui, k));
            self.chained_ui(ui, (Part::Resampling, k), |app, ui| app.own_resampling_ui(ui, k));
        });
        let says = summary(&self.draft.panels[k], self.acceptance(k));
        if fold.fully_closed() && !says.is_empty() {
            note_ui(ui, &says);
        }
    }

    /// Share of the proposed moves that were accepted, where a panel proposes.
    fn acceptance(&self, k: usize) -> Option<f64> {
        let report = self.report.as_ref()?;
        report.snapshot.panels.get(k)?.now.acceptance
    }

    fn transport_ui(&mut self, ui: &mut Ui, k: usize) {
        let (number, estimator) = (k + 1, self.draft.estimator(k));
        let acceptance = self.acceptance(k);
        let flow = &mut self.draft.panels[k];
        let all = [
            (
                t!("Euler–Maruyama"),
                t!("One gradient and one random number per step: simple, off by an amount proportional to dt."),
            ),
            (
                t!("Leimkuhler–Matthews"),
                t!("Each step takes the mean of two random numbers: at rest off by dt² only, for the same price."),
            ),
            (
                t!("MALA"),
                t!("Euler–Maruyama as a proposal that may be refused (Metropolis): no bias at any dt."),
            ),
            (
                t!("Underdamped"),
                t!("Particles have velocities, and friction makes them forget them (BAOAB)."),
            ),
        ];
        let picks: Vec<Pick<Transport>> = Transport::ALL
            .into_iter()
            .zip(all)
            .map(|(value, (word, help))| Pick {
                value,
                word,
                help,
                refused: fits::new_conflict(flow, &estimator, |flow, _| flow.transport = value),
            })
            .collect();
        let same = |t: &Transport| std::mem::discriminant(t) == std::mem::discriminant(&flow.transport);
        let chosen = Transport::ALL.iter().position(same).unwrap_or(0);
        let name = format!("Transport, panel {number}");
        if let Some(transport) = pick_ui(ui, (t!("Transport"), &name), t!("How particles walk"), (chosen, &picks)) {
            flow.transport = transport;
        }
        if let Transport::Underdamped(friction) = &mut flow.transport {
            let name = format!("Friction, panel {number}");
            number_ui(ui, t!("Friction γ"), &name, friction, (&FRICTION, Effect::Live));
        }
        if flow.alpha == 0.0 {
            note_ui(ui, t!("α = 0: nobody walks, so the transport has no effect now."));
        } else if flow.transport == Transport::Mala {
            match acceptance {
                Some(share) if share < LOW_ACCEPTANCE => {
                    warning_ui(
                        ui,
                        &t!(
                            "only {share} of the moves accepted: shorter steps help",
                            share = percent(share)
                        ),
                    );
                }
                Some(share) => {
                    note_ui(ui, &t!("{share} of the moves accepted", share = percent(share)));
                }
                None => {
                    note_ui(ui, t!("moves accepted: known after the first step"));
                }
            }
        }
    }

    fn rate_ui(&mut self, ui: &mut Ui, k: usize) {
        let (number, estimator) = (k + 1, self.draft.estimator(k));
        let flow = &mut self.draft.panels[k];
        let name = format!("Rate, panel {number}");
        let help = t!("The rate at which particles gain and lose weight");
        if let Some(given) = given(&flow.rate) {
            ui.horizontal(|ui| {
                name_ui(ui, t!("Rate"), &called(&name), help, Effect::Live);
                let label = egui::Label::new(RichText::new(t!("given: {formula}", formula = given))).truncate();
                ui.add(label).on_hover_text(t!(
                    "g = {formula}: given by the scenario file, and changed there",
                    formula = given
                ));
            });
            return;
        }
        let corrected = Rate::Corrected(THETA.default);
        let refused =
            |flow: &Flow, rate: &Rate| fits::new_conflict(flow, &estimator, |flow, _| flow.rate = rate.clone());
        let picks = [
            Pick {
                value: Rate::FisherRao,
                word: t!("Fisher–Rao"),
                help: t!("g = −(log ρ + V): the gradient flow of KL. It compares the density of the particles with π."),
                refused: refused(flow, &Rate::FisherRao),
            },
            Pick {
                value: corrected.clone(),
                word: t!("corrected"),
                help: t!(
                    "Particles walk in the potential (1 + θ)V and are weighed back. No density is estimated, and π stays π."
                ),
                refused: refused(flow, &corrected),
            },
        ];
        let chosen = usize::from(flow.rate != Rate::FisherRao);
        if let Some(rate) = pick_ui(ui, (t!("Rate"), &name), help, (chosen, &picks)) {
            flow.rate = rate;
        }
        let Rate::Corrected(theta) = &mut flow.rate else {
            return;
        };
        number_ui(
            ui,
            t!("Tilt θ"),
            &format!("Tilt θ, panel {number}"),
            theta,
            (&THETA, Effect::Live),
        );
        let (walks, gap) = (short(1.0 + *theta), short(1.0 - *theta));
        ui.horizontal_wrapped(|ui| {
            let sign = t!("Change the sign of θ, panel {number}", number);
            if button(ui, t!("θ to −θ"), &sign)
                .on_hover_text(t!("The other way round"))
                .clicked()
            {
                *theta = -*theta;
            }
            note_ui(ui, &t!("walks in {walks} V, relaxes as in {gap} V", walks, gap));
        });
        if flow.alpha != flow.beta {
            ui.horizontal_wrapped(|ui| {
                warning_ui(ui, t!("π stays only with β = α"));
                if button(ui, "β = α", &t!("Set β to α, panel {number}", number)).clicked() {
                    flow.beta = flow.alpha;
                }
            });
        }
    }

    fn reaction_ui(&mut self, ui: &mut Ui, k: usize) {
        let (number, estimator) = (k + 1, self.draft.estimator(k));
        let flow = &mut self.draft.panels[k];
        let reactions = [
            (
                Reaction::Weights,
                t!("weights"),
                t!("Weights grow and shrink; when they are too uneven, particles are resampled."),
            ),
            (
                Reaction::Jump,
                t!("jumps"),
                t!(
                    "Particles of equal weight leave where there are too many and land where there are too few: the fewest events."
                ),
            ),
            (
                Reaction::BirthDeath,
                t!("birth and death"),
                t!("Particles of equal weight die where there are too many and are copied where there are too few."),
            ),
        ];
        let picks = reactions.map(|(value, word, help)| Pick {
            value,
            word,
            help,
            refused: fits::new_conflict(flow, &estimator, |flow, _| flow.reaction = value),
        });
        let chosen = reactions.iter().position(|(r, ..)| *r == flow.reaction).unwrap_or(0);
        let names = (t!("Reaction by"), &*format!("Reaction by, panel {number}"));
        let help = t!("Weights that lead to resampling, or particles that die and are born");
        if let Some(reaction) = pick_ui(ui, names, help, (chosen, &picks)) {
            flow.reaction = reaction;
        }
    }

    fn splitting_ui(&mut self, ui: &mut Ui, k: usize) {
        let (number, estimator) = (k + 1, self.draft.estimator(k));
        let flow = &mut self.draft.panels[k];
        let splittings = [
            (
                Splitting::TransportReaction,
                t!("W then FR"),
                t!("Walk, then react: off by an amount proportional to dt."),
            ),
            (
                Splitting::ReactionTransport,
                t!("FR then W"),
                t!("React, then walk: off by an amount proportional to dt."),
            ),
            (
                Splitting::Strang,
                t!("Strang (½ FR, W, ½ FR)"),
                t!("Half a reaction, walk, half a reaction: the splitting is off by dt² only."),
            ),
        ];
        let picks = splittings.map(|(value, word, help)| Pick {
            value,
            word,
            help,
            refused: fits::new_conflict(flow, &estimator, |flow, _| flow.splitting = value),
        });
        let chosen = splittings.iter().position(|(s, ..)| *s == flow.splitting).unwrap_or(0);
        let names = (t!("Substeps"), &*format!("Substeps, panel {number}"));
        let help = t!("The order of transport (W) and reaction (FR) within a step");
        if let Some(splitting) = pick_ui(ui, names, help, (chosen, &picks)) {
            flow.splitting = splitting;
        }
    }

    pub(super) fn own_resampling_ui(&mut self, ui: &mut Ui, k: usize) {
        let flow = &mut self.draft.panels[k];
        if let Some(resampling) = &mut flow.resampling {
            resampling_ui(ui, resampling, &format!(", panel {}", k + 1));
        } else {
            linked_ui(ui, t!("Resampling"));
        }
        if flow.reaction != Reaction::Weights && flow.beta > 0.0 {
            note_ui(ui, t!("weights stay equal here: the threshold has no effect"));
        }
    }

    /// Takes away what does not work with the rest of a flow, so that the flow can run: its density estimate.
    pub(super) fn reconcile(&mut self) {
        for k in 0..self.draft.panels.len() {
            let estimator = self.draft.estimator(k);
            let flow = &mut self.draft.panels[k];
            if fits::conflict(flow, &estimator).is_some() {
                flow.estimator = Some(Estimator {
                    bandwidth: estimator.bandwidth,
                    ..Estimator::default()
                });
            }
        }
    }
}

/// A rate that a file gives, as a formula.
fn given(rate: &Rate) -> Option<String> {
    match rate {
        Rate::Quadratic(x, y) => Some(format!("−½({} x² + {} y²)", short(*x), short(*y))),
        Rate::Potential(shape) => {
            let name = super::controls::readable(shape.name());
            Some(t!("−U of {landscape}", landscape = words::said(&name)))
        }
        Rate::FisherRao | Rate::Corrected(_) => None,
    }
}

/// What a closed fold hides that is not as usual.
fn summary(flow: &Flow, acceptance: Option<f64>) -> String {
    let mut says = Vec::new();
    if flow.alpha > 0.0 {
        match flow.transport {
            Transport::EulerMaruyama => {}
            Transport::LeimkuhlerMatthews => says.push(t!("Leimkuhler–Matthews").to_owned()),
            Transport::Mala => {
                says.push(acceptance.map_or_else(
                    || t!("MALA").to_owned(),
                    |a| t!("MALA, {share} accepted", share = percent(a)),
                ));
            }
            Transport::Underdamped(friction) => {
                says.push(t!("underdamped, γ = {friction}", friction = short(friction)));
            }
        }
    }
    if flow.beta > 0.0 {
        match &flow.rate {
            Rate::FisherRao => {}
            Rate::Corrected(theta) => says.push(t!("corrected, θ = {theta}", theta = short(*theta))),
            rate => says.extend(given(rate).map(|g| format!("g = {g}"))),
        }
        match flow.reaction {
            Reaction::Weights => {}
            Reaction::Jump => says.push(t!("jumps").to_owned()),
            Reaction::BirthDeath => says.push(t!("birth and death").to_owned()),
        }
    }
    says.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_fold_tells_what_is_unusual() {
        assert_eq!(summary(&Flow::wfr(), None), "");
        let flow = Flow {
            transport: Transport::Mala,
            reaction: Reaction::Jump,
            ..Flow::wfr()
        };
        assert_eq!(summary(&flow, Some(0.887)), "MALA, 89 % accepted; jumps");
        let frozen = Flow { alpha: 0.0, ..flow };
        assert_eq!(summary(&frozen, None), "jumps");
    }
}
