//! The controls of a density estimate, for all panels or for one that has its own.

use eframe::egui::Ui;

use super::App;
use super::fits;
use super::links::linked_ui;
use super::widgets::{Effect, Pick, called, name_ui, named_tick_ui, note_ui, number_ui, pick_ui, release, warning_ui};
use crate::density::{BANDWIDTH, Bandwidth, Estimator, Method, SILVERMAN, local_variances, predicted_variance};
use crate::flow::Flow;
use crate::landscape::Landscape;
use crate::observe::Basins;
use crate::space::Point;
use crate::words::{self, msg, t};

/// A change of a variance that deserves a warning.
const MUCH: f64 = 0.1;

/// Every method, in menu order, with its word and its help.
const METHODS: [(Method, &str, &str); 3] = [
    (
        Method::Grid,
        msg!("kernel, on a grid"),
        msg!("Particles are binned and smoothed on a grid: fast for any number of them."),
    ),
    (
        Method::Exact,
        msg!("kernel, exact sum"),
        msg!("The sum of all kernels, without a grid: exact, and slow for many particles."),
    ),
    (
        Method::Transition,
        msg!("transition mixture"),
        msg!("Where the last step could have come from, by the parents' weights (SMC-WFR): no bandwidth to choose."),
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
        let flow = &mut self.draft.panels[k];
        if let Some(mut estimator) = flow.estimator {
            let users = [flow.clone()];
            estimator_ui(ui, &mut estimator, (&users, &format!(", panel {}", k + 1)));
            flow.estimator = Some(estimator);
        } else {
            linked_ui(ui, t!("Density by"));
        }
        self.estimate_figures_ui(ui, k);
    }

    /// What is known of the estimate while it runs: how many parents a particle feels, or what the kernel does to the law.
    fn estimate_figures_ui(&self, ui: &mut Ui, k: usize) {
        let (flow, estimator) = (&self.draft.panels[k], self.draft.estimator(k));
        let Some(report) = &self.report else { return };
        let Some(panel) = report.snapshot.panels.get(k) else {
            return;
        };
        if flow.beta > 0.0 && !fits::estimates(flow) {
            note_ui(ui, t!("this rate needs no density, so the estimate has no effect now"));
        }
        if !fits::estimates(flow) {
            return;
        }
        if estimator.method != Method::Transition {
            let h = match estimator.bandwidth {
                Bandwidth::Fixed(h) => h,
                Bandwidth::Silverman(_) => panel.bandwidth,
            };
            bias_ui(
                ui,
                flow,
                (estimator.debiased, h),
                &self.draft.landscape(),
                &report.snapshot.basins,
            );
        } else {
            let Some(neighbours) = panel.now.neighbours else {
                return;
            };
            let few = neighbours < super::verdict::FEW_NEIGHBOURS;
            let neighbours = format_args!("{neighbours:.0}");
            let shown = if few {
                let text = t!(
                    "effective neighbours: {neighbours}, too few: longer steps or more particles",
                    neighbours
                );
                warning_ui(ui, &text)
            } else {
                note_ui(ui, &t!("effective neighbours: {neighbours}", neighbours))
            };
            shown.on_hover_text(t!(
                "From so many parents, in effect, a particle could have come. With few the estimate is noise."
            ));
        }
    }
}

/// What the kernel does to the law at rest, where it does most: in the narrowest well.
fn bias_ui(ui: &mut Ui, flow: &Flow, (debiased, h): (bool, f64), landscape: &Landscape, basins: &Basins) {
    if debiased || h <= 0.0 {
        return;
    }
    let change = |&bottom: &Point| {
        let [variance, _] = local_variances(landscape, bottom);
        let rest = predicted_variance(flow.alpha, flow.beta, variance, h);
        (rest / variance - 1.0, rest)
    };
    let known = basins
        .centers
        .iter()
        .map(change)
        .filter(|(change, _)| change.is_finite());
    let Some((change, rest)) = known.min_by(|a, b| a.0.total_cmp(&b.0)) else {
        return;
    };
    let help = t!(
        "The kernel widens the law that the reaction compares with π, so that particles come to rest in a narrower one. Predicted for \
         the narrowest well, across it. A smaller bandwidth or “debiased” helps."
    );
    if rest == 0.0 {
        warning_ui(
            ui,
            t!("the kernel is wider than the well: all mass would end in a point"),
        )
        .on_hover_text(help);
        return;
    }
    let percent = format!("{:+.1}", 100.0 * change).replace('-', "−");
    let text = t!("variance at the bottom of the well: {percent} %", percent);
    if change < -MUCH {
        warning_ui(ui, &text).on_hover_text(help);
    } else {
        note_ui(ui, &text).on_hover_text(help);
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
        word: words::said(word),
        help: words::said(help),
        refused: refused(&|e| (e.method, e.debiased) = (method, e.debiased && method != Method::Transition)),
    });
    let chosen = METHODS.iter().position(|(method, ..)| *method == before.method);
    let picked = pick_ui(
        ui,
        (t!("Density by"), &format!("{}{of}", msg!("Density estimate"))),
        t!("The reaction needs the density of the particles, so the estimate is part of the method"),
        (chosen.unwrap_or(0), &picks),
    );
    if let Some(method) = picked {
        estimator.method = method;
        estimator.debiased &= method != Method::Transition;
    }
    if estimator.method == Method::Transition {
        note_ui(ui, t!("no bandwidth to choose: the width is that of a step, √(2α dt)"));
        return;
    }
    bandwidth_ui(ui, &mut estimator.bandwidth, of);
    let mut debiased = estimator.debiased;
    let help = t!(
        "π is smoothed with the same kernel before the two are compared, so that the particles come to rest at π itself"
    );
    named_tick_ui(ui, &mut debiased, (t!("debiased"), &format!("debiased{of}")), help);
    estimator.debiased = debiased;
}

fn bandwidth_ui(ui: &mut Ui, bandwidth: &mut Bandwidth, of: &str) {
    ui.horizontal(|ui| {
        name_ui(
            ui,
            t!("Bandwidth"),
            t!("Bandwidth"),
            t!("The width of the kernel with which the density of the particles is estimated"),
            Effect::Live,
        );
        let fixed = matches!(bandwidth, Bandwidth::Fixed(_));
        let word = |text: &str| called(&format!("{text}{of}"));
        let choice = |ui: &mut Ui, on: bool, text: &str, help: &str| {
            let label = ui.selectable_label(on, words::said(text)).accessible_name(word(text));
            release(label).on_hover_text(help).clicked()
        };
        if choice(ui, fixed, msg!("fixed"), t!("The same width at all times.")) && !fixed {
            *bandwidth = Bandwidth::Fixed(BANDWIDTH.default);
        }
        let silverman =
            t!("Silverman's rule for the weighted particles, times a factor: follows their spread and number.");
        if choice(ui, !fixed, msg!("Silverman"), silverman) && fixed {
            *bandwidth = Bandwidth::Silverman(SILVERMAN.default);
        }
    });
    match bandwidth {
        Bandwidth::Fixed(h) => number_ui(
            ui,
            t!("Width"),
            &format!("Bandwidth{of}"),
            h,
            (&BANDWIDTH, Effect::Live),
        ),
        Bandwidth::Silverman(factor) => {
            let name = format!("{}{of}", msg!("Bandwidth factor"));
            number_ui(ui, t!("Factor"), &name, factor, (&SILVERMAN, Effect::Live))
        }
    };
}
