//! What a panel does on its way from noise to data: the scores that it goes along, its weights, and how both come about.

use eframe::egui;
use eframe::egui::{RichText, Ui};

use super::super::App;
use super::super::links::Part;
use super::super::looks::set_rates;
use super::super::theme::size;
use super::super::widgets::{Effect, Pick, note_ui, number_ui, pick_ui, sentence};
use super::fits;
use super::tracking::{densities_ui, divergence_ui};
use crate::flow::Flow;
use crate::params::Number;
use crate::reverse::{Densities, Drift, ETA, Weights};
use crate::score::Divergence;
use crate::target::{Blend, NOISE, SCALE, Scores, Shape};
use crate::words::{msg, t};

/// Noise that has a slider; a file may ask for more.
const SLIDER: Number = Number { max: 4.0, ..ETA };
/// A constant of a drift.
const CONSTANT: Number = Number::linear(
    -4.0,
    4.0,
    0.5,
    "",
    msg!("constant by which the score of this model counts"),
);

impl App {
    /// What of a panel stands in its card.
    pub(in crate::app) fn sampler_ui(&mut self, ui: &mut Ui, k: usize) {
        let effect = self.effect(|running| running.panels.get(k) != self.draft.panels.get(k));
        let Shape::Blend(blend) = self.draft.target.clone() else {
            return;
        };
        self.weights_ui(ui, (k, &blend));
        let flow = &mut self.draft.panels[k];
        scores_ui(ui, flow, (k, &blend, effect));
        if let Some(method) = &mut flow.reverse {
            let name = format!("Noise η, panel {}", k + 1);
            number_ui(ui, t!("Noise η"), &name, &mut method.eta, (&SLIDER, effect));
        }
        let header = egui::CollapsingHeader::new(RichText::new(t!("How it is done")).size(size::SMALL)).id_salt("how");
        let fold = header.show_unindented(ui, |ui| {
            let flow = &mut self.draft.panels[k];
            drift_ui(ui, flow, (k, &blend, effect));
            densities_ui(ui, flow, (k, &blend));
            divergence_ui(ui, flow, (k, effect));
            self.chained_ui(ui, (Part::Resampling, k), |app, ui| app.own_resampling_ui(ui, k));
            if self.draft.panels[k].beta == 0.0 {
                note_ui(ui, t!("without weights nothing is resampled"));
            }
        });
        let says = summary(&self.draft.panels[k]);
        if fold.fully_closed() && !says.is_empty() {
            note_ui(ui, &says);
        }
    }

    /// Gives a panel weights or takes them away, or says why not.
    pub(in crate::app) fn set_weighted(&mut self, ctx: &egui::Context, k: usize, weighted: bool) {
        let Shape::Blend(blend) = &self.draft.target else {
            return;
        };
        let flow = &self.draft.panels[k];
        let last = flow.reverse.as_ref().map_or(Weights::None, |method| method.weights);
        let weights = match (weighted, last) {
            (false, _) => Weights::None,
            (true, Weights::None) => Weights::Exact,
            (true, last) => last,
        };
        match fits::new_conflict(flow, blend, |flow| weigh(flow, blend, weights)) {
            Some(reason) => self.notices.error(ctx, &sentence(reason)),
            None => self.weigh(k, weights),
        }
    }

    /// Gives a panel these weights, and the name that goes with them where it only says whether it has some.
    fn weigh(&mut self, k: usize, weights: Weights) {
        let beta = if weights == Weights::None { 0.0 } else { 1.0 };
        set_rates(&mut self.draft.panels, k, (1.0, beta));
        if let Shape::Blend(blend) = &self.draft.target {
            weigh(&mut self.draft.panels[k], blend, weights);
        }
    }

    fn weights_ui(&mut self, ui: &mut Ui, (k, blend): (usize, &Blend)) {
        let flow = &self.draft.panels[k];
        let Some(method) = &flow.reverse else { return };
        let all = [
            (
                Weights::None,
                t!("none: scores only"),
                t!(
                    "Particles go by the mixed scores alone. They end elsewhere than at ρ, but for the arithmetic mean."
                ),
            ),
            (
                Weights::Exact,
                t!("exact"),
                t!(
                    "The quotient of the wanted law over the probability of the path, step by step: right on average at any number of steps."
                ),
            ),
            (
                Weights::Rate,
                t!("by their rate"),
                t!(
                    "Weights grow at the rate g of the equation, by Euler's rule: cheaper to know, and off by an amount that steps shrink."
                ),
            ),
        ];
        let picks = all.map(|(value, word, help)| Pick {
            value,
            word,
            help,
            refused: fits::new_conflict(flow, blend, |flow| weigh(flow, blend, value)),
        });
        let present = if flow.beta == 0.0 {
            Weights::None
        } else {
            method.weights
        };
        let chosen = all.iter().position(|(weights, ..)| *weights == present).unwrap_or(0);
        let names = (t!("Weights"), &*format!("Weights, panel {}", k + 1));
        let help = t!("What makes the law of the particles the one that is wanted");
        if let Some(weights) = pick_ui(ui, names, help, (chosen, &picks)) {
            self.weigh(k, weights);
        }
    }
}

/// Gives a flow these weights, and what they need to know. Without weights it remembers which it had.
fn weigh(flow: &mut Flow, blend: &Blend, weights: Weights) {
    flow.beta = if weights == Weights::None { 0.0 } else { 1.0 };
    if let Some(method) = &mut flow.reverse
        && weights != Weights::None
    {
        method.weights = weights;
    }
    fits::suit(flow, blend);
}

fn scores_ui(ui: &mut Ui, flow: &mut Flow, (k, blend, effect): (usize, &Blend, Effect)) {
    let number = k + 1;
    let Some(model) = blend.models().last() else { return };
    let components = model.components.components().len();
    let lonely = (components < 2).then(|| t!("the last model has one component only"));
    let erring = match flow.scores {
        Scores::Erring { .. } => flow.scores,
        _ => Scores::Erring {
            noise: NOISE.default,
            scale: SCALE.default,
        },
    };
    let dropped = match flow.scores {
        Scores::Dropped(_) => flow.scores,
        _ => Scores::Dropped(0),
    };
    let picks = [
        Pick {
            value: Scores::Exact,
            word: t!("exact"),
            help: t!("Those of the models, which are known exactly at every level of noise."),
            refused: None,
        },
        Pick {
            value: erring,
            word: t!("with an error"),
            help: t!(
                "A smooth random field is added and the length is off, as with networks: the same field at every start."
            ),
            refused: None,
        },
        Pick {
            value: Scores::Network,
            word: t!("of networks"),
            help: t!("Of networks that learned them from samples: `wfr-lab train`, then --networks"),
            refused: fits::new_conflict(flow, blend, |flow| flow.go_along_networks(blend)),
        },
        Pick {
            value: dropped,
            word: t!("a mode dropped"),
            help: t!("The last model has never seen one of its components, and its score does not lead there."),
            refused: lonely,
        },
    ];
    let chosen = match flow.scores {
        Scores::Exact => 0,
        Scores::Erring { .. } => 1,
        Scores::Network => 2,
        Scores::Dropped(_) => 3,
    };
    let names = (t!("Scores"), &*format!("Scores, panel {number}"));
    let help = t!("The scores along which particles go; the law that they are measured against is that of the models");
    if let Some(scores) = pick_ui(ui, names, help, (chosen, &picks)) {
        match scores {
            Scores::Network => flow.go_along_networks(blend),
            _ => flow.scores = scores,
        }
    }
    match &mut flow.scores {
        Scores::Exact | Scores::Network => {}
        Scores::Erring { noise, scale } => {
            let name = format!("{}, panel {number}", msg!("Error of the scores"));
            number_ui(ui, t!("Error"), &name, noise, (&NOISE, effect));
            let name = format!("{}, panel {number}", msg!("Scale of the scores"));
            number_ui(ui, t!("Scale"), &name, scale, (&SCALE, effect));
        }
        Scores::Dropped(mode) => {
            let picks: Vec<Pick<usize>> = (0..components)
                .map(|value| Pick {
                    value,
                    word: ORDINALS[value.min(ORDINALS.len() - 1)],
                    help: t!("The component of the last model that is not there"),
                    refused: None,
                })
                .collect();
            let names = (t!("Mode"), &*format!("{}, panel {number}", msg!("Dropped mode")));
            let help = t!("The component of the last model that is not there");
            if let Some(wanted) = pick_ui(ui, names, help, (*mode, &picks)) {
                *mode = wanted;
            }
        }
    }
}

/// Components are counted from 1 in the window.
const ORDINALS: [&str; 16] = [
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
];

fn drift_ui(ui: &mut Ui, flow: &mut Flow, (k, blend, effect): (usize, &Blend, Effect)) {
    let number = k + 1;
    let constants = match flow.reverse.as_ref().map(|method| &method.drift) {
        Some(Drift::Fixed(constants)) => constants.clone(),
        _ => blend.law().weights.clone(),
    };
    let all = [
        (
            Drift::Blend,
            t!("of the mixture"),
            t!("s = λ₁ s₁ + λ₂ s₂ + …: the score of ρ itself, with shares λ that depend on the place."),
        ),
        (
            Drift::Fixed(constants),
            t!("fixed constants"),
            t!(
                "c₁ s₁ + c₂ s₂ + … with constants c, as is done where shares are not at hand. The weights repair what is wrong with it."
            ),
        ),
        (
            Drift::And,
            t!("“and”"),
            t!(
                "Between two models so that log p and log q grow alike (superposition). Its law is not known, so it has no weights."
            ),
        ),
    ];
    let picks = all.map(|(value, word, help)| Pick {
        refused: fits::new_conflict(flow, blend, |flow| {
            if let Some(method) = &mut flow.reverse {
                method.drift = value.clone();
            }
        }),
        value,
        word,
        help,
    });
    let Some(method) = &mut flow.reverse else { return };
    let same = |drift: &Drift| std::mem::discriminant(drift) == std::mem::discriminant(&method.drift);
    let chosen = picks.iter().position(|pick| same(&pick.value)).unwrap_or(0);
    let names = (t!("Drift"), &*format!("Drift, panel {number}"));
    if let Some(drift) = pick_ui(ui, names, t!("The score that particles walk along"), (chosen, &picks)) {
        method.drift = drift;
    }
    if let Drift::Fixed(constants) = &mut method.drift {
        for (model, constant) in blend.models().iter().zip(constants) {
            let shown = t!("c of {model}", model = model.name);
            let key = t!("Constant of {model}, panel {number}", model = model.name, number);
            number_ui(ui, &shown, &key, constant, (&CONSTANT, effect));
        }
    }
}

/// What a closed fold hides that is not as usual.
fn summary(flow: &Flow) -> String {
    let Some(method) = &flow.reverse else {
        return String::new();
    };
    let mut says = Vec::new();
    match method.drift {
        Drift::Blend => {}
        Drift::Fixed(_) => says.push(t!("fixed constants")),
        Drift::And => says.push(t!("“and”")),
    }
    match method.densities {
        Densities::Known => {}
        Densities::Ito => says.push(t!("tracked, Itô")),
        Densities::Stratonovich => says.push(t!("tracked, Stratonovich")),
    }
    if method.divergence != Divergence::Exact && fits::needs_divergence(flow) {
        says.push(t!("Hutchinson"));
    }
    says.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Directions;

    #[test]
    fn a_closed_fold_tells_what_is_unusual() {
        let mut flow = Flow::reverse("With weights", true);
        assert_eq!(summary(&flow), "");
        if let Some(method) = &mut flow.reverse {
            method.drift = Drift::Fixed(vec![1.0, 0.0]);
            method.densities = Densities::Ito;
            method.divergence = Divergence::Hutchinson {
                probes: 1,
                directions: Directions::Gaussian,
            };
        }
        assert_eq!(
            summary(&flow),
            "fixed constants; tracked, Itô",
            "at η = 1 Itô needs no divergence"
        );
        if let Some(method) = &mut flow.reverse {
            method.eta = 0.0;
        }
        assert_eq!(summary(&flow), "fixed constants; tracked, Itô; Hutchinson");
    }
}
