//! What is mixed and how: the law that is made of the models.

use eframe::egui::Ui;

use super::super::App;
use super::super::widgets::{Effect, Pick, named_tick_ui, note_ui, number_ui, pick_ui, warning_ui};
use super::fits;
use crate::params::{Number, Parameters, Visitor};
use crate::score::{self, Kind};
use crate::target::{Blend, Shape};
use crate::words::{msg, t};

/// How far from a mean with a name one without begins.
const BESIDE: f64 = 0.25;
/// An exponent of one model at the noise, as that at the data.
const EXPONENT: Number = Number::linear(-4.0, 4.0, 1.0, "", msg!("exponent of this model at the noise"));

impl App {
    /// The family, its exponent, and the shares of the models.
    pub(in crate::app) fn law_ui(&mut self, ui: &mut Ui) {
        let effect = self.effect(|running| running.target != self.draft.target);
        let Shape::Blend(blend) = &mut self.draft.target else {
            return;
        };
        family_ui(ui, blend);
        numbers_ui(ui, blend, effect);
        if blend.law().kind == Kind::Product && blend.law().weights.iter().sum::<f64>() <= 0.0 {
            warning_ui(ui, t!("powers sum to 0 or less: there is no such law"));
        }
        at_noise_ui(ui, blend, effect);
        note_ui(ui, &formula(blend));
        for flow in &mut self.draft.panels {
            fits::suit(flow, blend);
        }
        self.models_ui(ui);
    }

    /// What can be done with the models by hand.
    fn models_ui(&mut self, ui: &mut Ui) {
        // What the run was told of is possible.
        let told = self.report.as_ref().is_some_and(|report| *report.edited == self.draft);
        if let Some(mismatch) = (!told).then(|| self.draft.check().err()).flatten() {
            let reason = mismatch.to_string();
            warning_ui(
                ui,
                &t!("This cannot run: {reason}. The last one that could goes on.", reason),
            );
        }
        self.by_hand_ui(ui);
    }
}

/// Another law of the same models; what it asks of their shares is put right.
fn remake(blend: &mut Blend, law: score::Blend) {
    if let Ok(made) = Blend::new(blend.models().to_vec(), law, blend.schedule()) {
        *blend = made;
    }
}

/// The law of another family, with shares that are possible there.
fn of_kind(law: &score::Blend, kind: Kind) -> score::Blend {
    let mean = matches!(kind, Kind::PowerMean(_));
    let only_positive = matches!(kind, Kind::PowerMean(a) if a != 0.0);
    let fitting = |weights: &[f64]| -> Vec<f64> {
        if !mean {
            return weights.to_vec();
        }
        let least = if only_positive { 0.0 } else { f64::NEG_INFINITY };
        let some: Vec<f64> = weights.iter().map(|w| w.max(least)).collect();
        let sum: f64 = some.iter().sum();
        if sum > 1e-6 {
            some.iter().map(|w| w / sum).collect()
        } else {
            vec![1.0 / weights.len() as f64; weights.len()]
        }
    };
    score::Blend {
        kind,
        weights: fitting(&law.weights),
        at_noise: law.at_noise.as_deref().map(fitting),
    }
}

/// The families in the order of the list, but for means without a name.
const NAMED: [f64; 3] = [0.0, 0.5, 1.0];

fn family_ui(ui: &mut Ui, blend: &mut Blend) {
    let present = blend.law().kind;
    let unnamed = match present {
        Kind::PowerMean(a) if !NAMED.contains(&a) => a,
        Kind::PowerMean(a) => a + BESIDE,
        Kind::Product => 1.0 - BESIDE,
    };
    let pick = |kind: Kind, word: &'static str, help: &'static str| Pick {
        value: kind,
        word,
        help,
        refused: None,
    };
    let picks = [
        pick(
            Kind::PowerMean(0.0),
            t!("geometric (a = 0)"),
            t!("ρ ∝ p^(1−β) q^β: only where both models are likely. With β beyond 1 it is guidance."),
        ),
        pick(
            Kind::PowerMean(0.5),
            t!("Hellinger (a = ½)"),
            t!("ρ ∝ ((1−β) √p + β √q)²: halfway between the geometric and the arithmetic mean."),
        ),
        pick(
            Kind::PowerMean(1.0),
            t!("arithmetic (a = 1)"),
            t!(
                "ρ = (1−β) p + β q: the mixture itself. Its score is exact at every level of noise, so nothing is left to weigh."
            ),
        ),
        pick(
            Kind::PowerMean(unnamed),
            t!("mean with exponent a"),
            t!("ρ ∝ ((1−β) p^a + β q^a)^(1/a): all means between the smaller and the larger of the densities."),
        ),
        pick(
            Kind::Product,
            t!("product of powers"),
            t!("ρ ∝ p^c₁ q^c₂ with any exponents: “and”, annealing, guidance, one model without another."),
        ),
    ];
    let chosen = match present {
        Kind::PowerMean(a) => NAMED.iter().position(|named| *named == a).unwrap_or(3),
        Kind::Product => 4,
    };
    let help = t!("How one law ρ is made of the laws of the models");
    if let Some(kind) = pick_ui(ui, (t!("Mean"), msg!("Kind of mixture")), help, (chosen, &picks)) {
        remake(blend, of_kind(blend.law(), kind));
    }
}

/// The exponent, and the share or exponent of each model.
fn numbers_ui(ui: &mut Ui, blend: &mut Blend, effect: Effect) {
    struct Sliders<'a>(&'a mut Ui, Effect, bool);
    impl Visitor for Sliders<'_> {
        fn number(&mut self, name: &str, value: &mut f64, info: &Number) {
            let Self(ui, effect, product) = self;
            let (shown, key) = match (name, *product) {
                ("a", false) => (t!("Exponent a").to_owned(), msg!("Exponent a").to_owned()),
                ("beta", false) => (t!("Share β").to_owned(), msg!("Share β").to_owned()),
                ("beta_at_noise", false) => (t!("β at noise").to_owned(), msg!("Share β at the noise").to_owned()),
                (model, true) => (t!("Power of {model}", model), t!("Power of {model}", model)),
                (model, false) => (t!("Share of {model}", model), t!("Share of {model}", model)),
            };
            number_ui(ui, &shown, &key, value, (info, *effect));
        }
    }
    let product = blend.law().kind == Kind::Product;
    blend.visit(&mut Sliders(ui, effect, product));
}

/// Whether shares are others at the noise, and which.
fn at_noise_ui(ui: &mut Ui, blend: &mut Blend, effect: Effect) {
    let law = blend.law().clone();
    let product = law.kind == Kind::Product;
    if !product && blend.models().len() > 2 && law.at_noise.is_none() {
        return;
    }
    let mut other = law.at_noise.is_some();
    let help = t!(
        "Begins with other shares at the noise, which go over evenly in t: the weights take care of what that changes."
    );
    let names = if product {
        (t!("other powers at the noise"), msg!("Other powers at the noise"))
    } else {
        (t!("other β at the noise"), msg!("Other shares at the noise"))
    };
    if named_tick_ui(ui, &mut other, names, help) {
        let at_noise = other.then(|| law.weights.clone());
        return remake(blend, score::Blend { at_noise, ..law });
    }
    let (true, Some(before)) = (product, &law.at_noise) else {
        return;
    };
    let mut powers = before.clone();
    for (model, power) in blend.models().iter().zip(&mut powers) {
        let (shown, key) = (
            t!("{model} at noise", model = model.name),
            t!("Power of {model} at the noise", model = model.name),
        );
        number_ui(ui, &shown, &key, power, (&EXPONENT, effect));
    }
    if powers.iter().sum::<f64>() <= 0.0 {
        warning_ui(ui, t!("powers at the noise sum to 0 or less: no law begins like that"));
    } else if powers != *before {
        let at_noise = Some(powers);
        remake(blend, score::Blend { at_noise, ..law });
    }
}

/// The law in one line.
fn formula(blend: &Blend) -> String {
    let law = blend.law();
    let name = |k: usize| blend.models().get(k).map_or("", |model| model.name.as_str());
    let (p, q) = (name(0), name(1));
    let pair = blend.models().len() == 2;
    match law.kind {
        Kind::Product => {
            let powers: Vec<String> = (0..law.weights.len())
                .map(|k| format!("{}^{}", name(k), crate::digits::short(law.weights[k])))
                .collect();
            format!("ρ ∝ {}", powers.join(" · "))
        }
        Kind::PowerMean(1.0) if pair => format!("ρ = (1 − β) {p} + β {q}"),
        Kind::PowerMean(_) if pair && law.exponent() == 0.0 => format!("ρ ∝ {p}^(1 − β) · {q}^β"),
        Kind::PowerMean(_) if pair => format!("ρ ∝ ((1 − β) {p}^a + β {q}^a)^(1/a)"),
        Kind::PowerMean(_) if law.exponent() == 0.0 => "ρ ∝ p₁^w₁ · p₂^w₂ · …".to_owned(),
        Kind::PowerMean(_) => "ρ ∝ (w₁ p₁^a + w₂ p₂^a + …)^(1/a)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_can_be_reached_from_every_other() {
        let kinds = [
            Kind::PowerMean(0.0),
            Kind::PowerMean(0.5),
            Kind::PowerMean(1.0),
            Kind::PowerMean(-1.5),
            Kind::Product,
        ];
        let weights = [[0.5, 0.5], [-1.0, 2.0], [0.0, 0.0], [-3.0, -1.0], [2.0, 2.0]];
        let mut changed = 0;
        for kind in kinds {
            for weights in weights {
                let law = score::Blend {
                    at_noise: Some(vec![3.0, -1.0]),
                    ..score::Blend::product(weights.to_vec())
                };
                let wanted = of_kind(&law, kind);
                wanted.check(2).unwrap();
                changed += usize::from(wanted.weights != law.weights);
                let mut blend = Blend::default();
                remake(&mut blend, wanted.clone());
                assert_eq!(*blend.law(), wanted);
                assert!(!formula(&blend).is_empty());
            }
        }
        assert!(changed > 8, "{changed}");
        let same = score::Blend::of_two(0.0, 1.5);
        assert_eq!(of_kind(&same, Kind::PowerMean(0.0)), same, "guidance stays what it is");
    }
}
