//! The controls of a density estimate, for all panels or for one that has its own.

use eframe::egui::Ui;

use super::App;
use super::fits;
use super::widgets::{Effect, Pick, name_ui, named_tick_ui, note_ui, number_ui, pick_ui, release, tick_ui, warning_ui};
use crate::density::{BANDWIDTH, Bandwidth, Estimator, Method, SILVERMAN};
use crate::flow::Flow;

/// Every method, in menu order, with its word and its help.
const METHODS: [(Method, &str, &str); 3] = [
    (
        Method::Grid,
        "kernel, on a grid",
        "Particles are binned and smoothed on a grid: fast for any number of them.",
    ),
    (
        Method::Exact,
        "kernel, exact sum",
        "The sum of all kernels, without a grid: exact, and slow for many particles.",
    ),
    (
        Method::Transition,
        "transition mixture",
        "Where the last step could have come from, by the parents' weights (SMC-WFR): no bandwidth to choose.",
    ),
];

impl App {
    /// The estimate of all panels that have none of their own.
    pub(super) fn shared_estimator_ui(&mut self, ui: &mut Ui) {
        let users: Vec<Flow> = self
            .draft
            .panels
            .iter()
            .filter(|flow| flow.estimator.is_none())
            .cloned()
            .collect();
        estimator_ui(ui, &mut self.draft.estimator, (&users, ""));
    }

    /// The estimate of one panel.
    pub(super) fn own_estimator_ui(&mut self, ui: &mut Ui, k: usize) {
        let shared = self.draft.estimator;
        let flow = &mut self.draft.panels[k];
        let mut own = flow.estimator.is_some();
        if tick_ui(
            ui,
            &mut own,
            "own density estimate",
            "Off: as set under Numerics for all panels",
        ) {
            flow.estimator = own.then_some(shared);
        }
        if let Some(mut estimator) = flow.estimator {
            let users = [flow.clone()];
            estimator_ui(ui, &mut estimator, (&users, &format!(", panel {}", k + 1)));
            flow.estimator = Some(estimator);
        }
        self.estimate_figures_ui(ui, k);
    }

    /// What is known of the estimate while it runs.
    fn estimate_figures_ui(&self, ui: &mut Ui, k: usize) {
        let (flow, estimator) = (&self.draft.panels[k], self.draft.estimator(k));
        let panel = self.report.as_ref().and_then(|r| r.snapshot.panels.get(k));
        if !fits::estimates(flow) {
            return;
        }
        if estimator.method == Method::Transition {
            let Some(neighbours) = panel.and_then(|p| p.now.neighbours) else {
                return;
            };
            let text = format!("effective neighbours: {neighbours:.0}");
            let help = "From so many parents, in effect, a particle could have come. With few the estimate is noise.";
            if neighbours < super::verdict::FEW_NEIGHBOURS {
                warning_ui(ui, &format!("{text}, too few: longer steps or more particles")).on_hover_text(help);
            } else {
                note_ui(ui, &text).on_hover_text(help);
            }
        }
    }
}

/// A density estimate for these flows. `of` ends accessible names, to tell panels apart.
fn estimator_ui(ui: &mut Ui, estimator: &mut Estimator, (users, of): (&[Flow], &str)) {
    let before = *estimator;
    let refused = |change: &dyn Fn(&mut Estimator)| {
        let mut conflicts = users
            .iter()
            .filter_map(|flow| fits::new_conflict(flow, &before, |_, estimator| change(estimator)));
        conflicts.next()
    };
    let picks = METHODS.map(|(method, word, help)| Pick {
        value: method,
        word,
        help,
        refused: refused(&|e| (e.method, e.debiased) = (method, e.debiased && method != Method::Transition)),
    });
    let chosen = METHODS.iter().position(|(method, ..)| *method == before.method);
    let picked = pick_ui(
        ui,
        ("Density by", &format!("Density estimate{of}")),
        "The reaction needs the density of the particles, so the estimate is part of the method",
        (chosen.unwrap_or(0), &picks),
    );
    if let Some(method) = picked {
        estimator.method = method;
        estimator.debiased &= method != Method::Transition;
    }
    if estimator.method == Method::Transition {
        note_ui(ui, "no bandwidth to choose: the width is that of a step, √(2α dt)");
        return;
    }
    bandwidth_ui(ui, &mut estimator.bandwidth, of);
    let mut debiased = estimator.debiased;
    let help = "π is smoothed with the same kernel before the two are compared, so that the particles come to rest at π itself";
    named_tick_ui(ui, &mut debiased, ("debiased", &format!("debiased{of}")), help);
    estimator.debiased = debiased;
}

fn bandwidth_ui(ui: &mut Ui, bandwidth: &mut Bandwidth, of: &str) {
    ui.horizontal(|ui| {
        name_ui(
            ui,
            "Bandwidth",
            "Bandwidth",
            "The width of the kernel with which the density of the particles is estimated",
            Effect::Live,
        );
        let fixed = matches!(bandwidth, Bandwidth::Fixed(_));
        let word = |text: &str| format!("{text}{of}");
        let choice = |ui: &mut Ui, on: bool, text: &str, help: &str| {
            let label = ui.selectable_label(on, text).accessible_name(word(text));
            release(label).on_hover_text(help).clicked()
        };
        if choice(ui, fixed, "fixed", "The same width at all times.") && !fixed {
            *bandwidth = Bandwidth::Fixed(BANDWIDTH.default);
        }
        let silverman = "Silverman's rule for the weighted particles, times a factor: follows their spread and number.";
        if choice(ui, !fixed, "Silverman", silverman) && fixed {
            *bandwidth = Bandwidth::Silverman(SILVERMAN.default);
        }
    });
    match bandwidth {
        Bandwidth::Fixed(h) => number_ui(ui, "Width", &format!("Bandwidth{of}"), h, (&BANDWIDTH, Effect::Live)),
        Bandwidth::Silverman(factor) => {
            let name = format!("Bandwidth factor{of}");
            number_ui(ui, "Factor", &name, factor, (&SILVERMAN, Effect::Live))
        }
    };
}
