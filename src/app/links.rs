//! Chain links: which panels share a parameter, so that an edit in one of them is made in all of them.
//!
//! At first nothing of a flow is linked: panels are there to differ, and a scenario may give each its own integrator. Density estimate and
//! resampling are linked where a flow has none of its own, as scenario files have it: those are kept in the scenario, not here.

use eframe::egui;
use eframe::egui::{Context, Response, Role, Sense, Ui, WidgetInfo, vec2};
use serde::{Deserialize, Serialize};

use super::App;
use super::fits;
use super::icons::Icon;
use super::looks::set_rates;
use super::theme::Theme;
use super::widgets::{Effect, focus_ring, name_ui, release, sentence};
use crate::flow::Flow;
use crate::scenario::{MOST_PANELS, Scenario};
use crate::words::{self, msg, t};

/// Width of the column of chains at the right of a card.
const WIDTH: f32 = 22.0;

/// What of a flow can be linked on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// α.
    Alpha,
    /// β.
    Beta,
    /// The integrator, with its friction.
    Transport,
    /// The rate g, with its θ.
    Rate,
    /// How particles realise the reaction.
    Reaction,
    /// The order of the substeps.
    Splitting,
    /// The density estimate.
    Estimator,
    /// The resampling.
    Resampling,
}

impl Part {
    /// What views keep links of.
    const KEPT: [Self; 6] = [
        Self::Alpha,
        Self::Beta,
        Self::Transport,
        Self::Rate,
        Self::Reaction,
        Self::Splitting,
    ];

    /// What it is called in a sentence.
    const fn name(self) -> &'static str {
        match self {
            Self::Alpha => msg!("transport rate α"),
            Self::Beta => msg!("reaction rate β"),
            Self::Transport => msg!("transport"),
            Self::Rate => msg!("rate"),
            Self::Reaction => msg!("reaction"),
            Self::Splitting => msg!("substeps"),
            Self::Estimator => msg!("density estimate"),
            Self::Resampling => msg!("resampling"),
        }
    }

    fn differs(self, a: &Flow, b: &Flow) -> bool {
        match self {
            Self::Alpha => a.alpha != b.alpha,
            Self::Beta => a.beta != b.beta,
            Self::Transport => a.transport != b.transport,
            Self::Rate => a.rate != b.rate,
            Self::Reaction => a.reaction != b.reaction,
            Self::Splitting => a.splitting != b.splitting,
            Self::Estimator => a.estimator != b.estimator,
            Self::Resampling => a.resampling != b.resampling,
        }
    }

    fn copy(self, from: &Flow, to: &mut Flow) {
        match self {
            Self::Alpha => to.alpha = from.alpha,
            Self::Beta => to.beta = from.beta,
            Self::Transport => to.transport = from.transport,
            Self::Rate => to.rate.clone_from(&from.rate),
            Self::Reaction => to.reaction = from.reaction,
            Self::Splitting => to.splitting = from.splitting,
            Self::Estimator => to.estimator = from.estimator,
            Self::Resampling => to.resampling = from.resampling,
        }
    }
}

/// The panels that are linked, for every part of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Links {
    alpha: [bool; MOST_PANELS],
    beta: [bool; MOST_PANELS],
    transport: [bool; MOST_PANELS],
    rate: [bool; MOST_PANELS],
    reaction: [bool; MOST_PANELS],
    splitting: [bool; MOST_PANELS],
}

impl Links {
    /// A copy of a panel is linked as that is.
    pub(super) fn duplicated(&mut self, panel: usize, copy: usize) {
        for part in Part::KEPT {
            if let Some(linked) = self.of(part) {
                linked[copy] = linked[panel];
            }
        }
    }

    /// A panel is no more, and those at its right have moved up. Of two that were linked the other is alone.
    pub(super) fn removed(&mut self, panel: usize) {
        for part in Part::KEPT {
            if let Some(linked) = self.of(part) {
                linked.copy_within(panel + 1.., panel);
                linked[MOST_PANELS - 1] = false;
                release_the_last(linked);
            }
        }
    }

    const fn of(&mut self, part: Part) -> Option<&mut [bool; MOST_PANELS]> {
        match part {
            Part::Alpha => Some(&mut self.alpha),
            Part::Beta => Some(&mut self.beta),
            Part::Transport => Some(&mut self.transport),
            Part::Rate => Some(&mut self.rate),
            Part::Reaction => Some(&mut self.reaction),
            Part::Splitting => Some(&mut self.splitting),
            Part::Estimator | Part::Resampling => None,
        }
    }
}

/// A link of one panel with itself is none.
fn release_the_last(linked: &mut [bool; MOST_PANELS]) {
    if linked.iter().filter(|on| **on).count() < 2 {
        *linked = [false; MOST_PANELS];
    }
}

impl App {
    /// Draws what changes a part of a flow, with the chain of that part at its right.
    pub(super) fn chained_ui(&mut self, ui: &mut Ui, (part, k): (Part, usize), add: impl FnOnce(&mut Self, &mut Ui)) {
        let alone = self.draft.panels.len() < 2 && !matches!(part, Part::Estimator | Part::Resampling);
        if alone {
            return add(self, ui);
        }
        let (width, spacing) = (ui.available_width(), ui.spacing().item_spacing);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing = spacing;
                ui.set_width(width - WIDTH - 2.0);
                add(self, ui);
            });
            self.chain_ui(ui, part, k);
        });
    }

    fn chain_ui(&mut self, ui: &mut Ui, part: Part, k: usize) {
        let partners = self.partners(part, k);
        let (linked, joins) = (self.is_linked(part, k), self.would_join(part, k));
        let part_name = words::said(part.name());
        let accessible = t!("Link {part}, panel {number}", part = part_name, number = k + 1);
        let names = |panels: &[usize]| -> String {
            let names: Vec<&str> = panels.iter().map(|&j| self.draft.panels[j].name.as_str()).collect();
            names.join(", ")
        };
        let help = match (linked, part) {
            (true, Part::Estimator | Part::Resampling) => {
                t!(
                    "Linked: the {part} set under Numerics. Click to give this panel its own.",
                    part = part_name
                )
            }
            (true, _) => t!(
                "Linked with {panels}: what is changed in one is changed in all. Click to unlink this panel.",
                panels = names(&partners)
            ),
            (false, _) => {
                if joins.is_empty() {
                    t!("The {part} of this panel alone. Click to share it.", part = part_name)
                } else {
                    t!(
                        "The {part} of this panel alone. Click to link it: {panels} will take the value that stands here.",
                        part = part_name,
                        panels = names(&joins)
                    )
                }
            }
        };
        if chain_button(ui, linked, &accessible).on_hover_text(help).clicked() {
            if linked {
                self.unlink(part, k);
            } else {
                self.link(ui.ctx(), part, k);
            }
        }
    }

    fn is_linked(&mut self, part: Part, k: usize) -> bool {
        match part {
            Part::Estimator => self.draft.panels[k].estimator.is_none(),
            Part::Resampling => self.draft.panels[k].resampling.is_none(),
            _ => self.view.links.of(part).is_some_and(|linked| linked[k]),
        }
    }

    /// The other panels that are linked for a part.
    fn linked(&mut self, part: Part, but: usize) -> Vec<usize> {
        let n = self.draft.panels.len();
        (0..n).filter(|&j| j != but && self.is_linked(part, j)).collect()
    }

    /// The panels that this one is linked with.
    fn partners(&mut self, part: Part, k: usize) -> Vec<usize> {
        if self.is_linked(part, k) {
            self.linked(part, k)
        } else {
            Vec::new()
        }
    }

    /// The panels that a link made here would change: those that are linked already, or all.
    fn would_join(&mut self, part: Part, k: usize) -> Vec<usize> {
        let linked = self.linked(part, k);
        let shared = matches!(part, Part::Estimator | Part::Resampling);
        if linked.is_empty() && !shared {
            (0..self.draft.panels.len()).filter(|&j| j != k).collect()
        } else {
            linked
        }
    }

    fn unlink(&mut self, part: Part, k: usize) {
        let (estimator, resampling) = (self.draft.estimator, self.draft.resampling);
        match part {
            Part::Estimator => self.draft.panels[k].estimator = Some(estimator),
            Part::Resampling => self.draft.panels[k].resampling = Some(resampling),
            _ => {
                if let Some(linked) = self.view.links.of(part) {
                    linked[k] = false;
                    release_the_last(linked);
                }
            }
        }
    }

    /// Links a panel with those that are linked already, or with all. They take its value, or nothing is linked.
    fn link(&mut self, ctx: &Context, part: Part, k: usize) {
        let joins = self.would_join(part, k);
        let mut linked = self.draft.clone();
        let from = linked.panels[k].clone();
        match part {
            Part::Estimator => {
                linked.estimator = self.draft.estimator(k);
                linked.panels[k].estimator = None;
            }
            Part::Resampling => {
                linked.resampling = self.draft.resampling(k);
                linked.panels[k].resampling = None;
            }
            _ => put(&mut linked, part, &from, &joins),
        }
        if let Some(refusal) = self.refusal(&linked, &joins) {
            return self.notices.error(ctx, &refusal);
        }
        let changed: Vec<&str> = joins
            .iter()
            .filter(|&&j| match part {
                Part::Estimator => self.draft.estimator(j) != linked.estimator(j),
                Part::Resampling => self.draft.resampling(j) != linked.resampling(j),
                _ => part.differs(&from, &self.draft.panels[j]),
            })
            .map(|&j| self.draft.panels[j].name.as_str())
            .collect();
        if !changed.is_empty() {
            let verb = if changed.len() == 1 { "takes" } else { "take" };
            let text = format!(
                "Linked: {} {verb} the {} of {}",
                changed.join(", "),
                part.name(),
                from.name
            );
            self.notices.hint(ctx, &text);
        }
        self.draft = linked;
        if let Some(linked) = self.view.links.of(part) {
            linked[k] = true;
            joins.iter().for_each(|&j| linked[j] = true);
        }
    }

    /// Makes what has been changed in a panel in those that are linked with it, too. Where it does not fit, it is taken back.
    pub(super) fn propagate(&mut self, ctx: &Context, k: usize, before: &[Flow]) {
        let (Some(old), Some(new)) = (before.get(k), self.draft.panels.get(k).cloned()) else {
            return;
        };
        if *old == new {
            return;
        }
        let mut wanted = self.draft.clone();
        let mut changed = Vec::new();
        for part in Part::KEPT.into_iter().filter(|part| part.differs(old, &new)) {
            let partners = self.partners(part, k);
            put(&mut wanted, part, &new, &partners);
            changed.extend(partners);
        }
        if let Some(refusal) = self.refusal(&wanted, &changed) {
            self.draft.panels[k] = old.clone();
            return self.notices.error(ctx, &refusal);
        }
        self.draft = wanted;
    }

    /// Why some panels could not run like that, if they can now.
    fn refusal(&self, wanted: &Scenario, panels: &[usize]) -> Option<String> {
        panels.iter().find_map(|&j| {
            let now = fits::conflict(&self.draft.panels[j], &self.draft.estimator(j));
            let then = fits::conflict(&wanted.panels[j], &wanted.estimator(j));
            let reason = then.filter(|_| now.is_none())?;
            let panel = &wanted.panels[j].name;
            let reason = words::said(reason);
            Some(sentence(&t!(
                "Not for {panel}, which is linked: {reason}",
                panel,
                reason
            )))
        })
    }
}

/// The row of what is set under Numerics.
pub(super) fn linked_ui(ui: &mut Ui, name: &str) {
    ui.horizontal(|ui| {
        name_ui(
            ui,
            name,
            name,
            t!("Linked: the same for all panels that have none of their own"),
            Effect::Live,
        );
        let text = egui::RichText::new(t!("as under Numerics")).color(Theme::of(ui).tokens().text_weak);
        ui.add(egui::Label::new(text).truncate());
    });
}

/// Gives some panels a part of a flow. A caption that only says what a flow does follows its rates.
fn put(scenario: &mut Scenario, part: Part, from: &Flow, panels: &[usize]) {
    for &j in panels {
        let mut flow = scenario.panels[j].clone();
        part.copy(from, &mut flow);
        let rates = (flow.alpha, flow.beta);
        (flow.alpha, flow.beta) = (scenario.panels[j].alpha, scenario.panels[j].beta);
        scenario.panels[j] = flow;
        set_rates(&mut scenario.panels, j, rates);
    }
}

/// Two rings that hold each other, or do not.
fn chain_button(ui: &mut Ui, linked: bool, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, ui.spacing().interact_size.y), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), linked, name));
    let tokens = Theme::of(ui).tokens();
    let color = if linked { tokens.accent } else { tokens.text_weak };
    if response.hovered() {
        ui.painter().rect_filled(rect, 4.0, tokens.control_hovered);
    }
    focus_ring(ui, &response, rect.shrink(1.0), 4.0);
    let icon = if linked { Icon::Linked } else { Icon::Unlinked };
    let sign = egui::Rect::from_center_size(rect.center(), vec2(16.0, 16.0));
    icon.paint(ui.painter(), sign, color);
    release(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_follow_their_panels() {
        let mut links = Links {
            alpha: [false, true, true, false],
            beta: [true, true, true, false],
            ..Links::default()
        };
        links.duplicated(2, 3);
        assert_eq!(links.alpha, [false, true, true, true]);
        links.removed(0);
        assert_eq!(links.alpha, [true, true, true, false]);
        assert_eq!(links.beta, [true, true, true, false]);
        links.removed(2);
        links.removed(1);
        assert_eq!(links, Links::default(), "one alone is linked with nobody");
    }
}
