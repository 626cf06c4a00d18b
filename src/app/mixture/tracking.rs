//! Where log-densities and divergences of a panel that goes from noise to data come from.

use eframe::egui::Ui;

use super::super::widgets::{Effect, Pick, note_ui, number_ui, pick_ui};
use super::fits;
use crate::flow::Flow;
use crate::reverse::Densities;
use crate::score::{Directions, Divergence, PROBES};
use crate::target::Blend;
use crate::words::{msg, t};

pub(super) fn densities_ui(ui: &mut Ui, flow: &mut Flow, (k, blend): (usize, &Blend)) {
    let all = [
        (
            Densities::Known,
            t!("known"),
            t!("Every model says its log-density: that of Gaussian mixtures is a formula."),
        ),
        (
            Densities::Ito,
            t!("tracked, Itô"),
            t!(
                "Integrated along the path by Itô's rule. At η = 1 no divergence is needed. Its error falls like the root of the step."
            ),
        ),
        (
            Densities::Stratonovich,
            t!("tracked, Stratonovich"),
            t!("Integrated along the path by the midpoint rule, with divergences. Its error falls like the step."),
        ),
    ];
    let picks = all.map(|(value, word, help)| Pick {
        refused: fits::new_conflict(flow, blend, |flow| {
            if let Some(method) = &mut flow.reverse {
                method.densities = value;
            }
        }),
        value,
        word,
        help,
    });
    let Some(method) = &mut flow.reverse else { return };
    let chosen = all.iter().position(|(d, ..)| *d == method.densities).unwrap_or(0);
    let names = (t!("log p by"), &*format!("{}, panel {}", msg!("Log-densities"), k + 1));
    let help = t!("Where log p of each model comes from: shares λ and exact weights need it");
    if let Some(densities) = pick_ui(ui, names, help, (chosen, &picks)) {
        method.densities = densities;
    }
}

pub(super) fn divergence_ui(ui: &mut Ui, flow: &mut Flow, (k, effect): (usize, Effect)) {
    let needed = fits::needs_divergence(flow);
    let number = k + 1;
    let Some(method) = &mut flow.reverse else { return };
    let estimated = match method.divergence {
        Divergence::Exact => Divergence::Hutchinson {
            probes: PROBES.default as usize,
            directions: Directions::default(),
        },
        hutchinson => hutchinson,
    };
    let picks = [
        Pick {
            value: Divergence::Exact,
            word: t!("exact"),
            help: t!("From the model."),
            refused: None,
        },
        Pick {
            value: estimated,
            word: t!("Hutchinson"),
            help: t!(
                "The mean of v·Jv over random directions v: what is done with networks in many dimensions. Its noise enters the weights."
            ),
            refused: None,
        },
    ];
    let chosen = usize::from(method.divergence != Divergence::Exact);
    let names = (t!("Divergence"), &*format!("Divergence, panel {number}"));
    let help = t!("Where the divergence of a score comes from, div s = Δ log p");
    if let Some(divergence) = pick_ui(ui, names, help, (chosen, &picks)) {
        method.divergence = divergence;
    }
    if let Divergence::Hutchinson { probes, directions } = &mut method.divergence {
        let mut count = *probes as f64;
        let name = format!("Probes, panel {number}");
        if number_ui(ui, t!("Probes"), &name, &mut count, (&PROBES, effect)) {
            *probes = count as usize;
        }
        let laws = [
            (
                Directions::Rademacher,
                t!("signs (Rademacher)"),
                t!("Each coordinate is 1 or −1: the least variance."),
            ),
            (
                Directions::Gaussian,
                t!("normal"),
                t!("Each coordinate is normal: more variance than with signs."),
            ),
        ];
        let picks = laws.map(|(value, word, help)| Pick {
            value,
            word,
            help,
            refused: None,
        });
        let chosen = laws.iter().position(|(law, ..)| law == directions).unwrap_or(0);
        let names = (t!("Directions"), &*format!("Directions, panel {number}"));
        if let Some(law) = pick_ui(ui, names, t!("The law of the random directions"), (chosen, &picks)) {
            *directions = law;
        }
    }
    if !needed {
        note_ui(ui, t!("nothing here needs a divergence, so this has no effect now"));
    }
}
