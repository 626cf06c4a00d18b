//! Other runs: another scenario, the same from its start, panels more or less.

use eframe::egui::Context;

use super::super::App;
use super::super::equation::LastRates;
use super::super::follow::Follow;
use super::super::links::Links;
use super::super::tools::select::Selection;
use super::super::widgets::sentence;
use crate::engine::{Control, Status};
use crate::flow::Flow;
use crate::resample::Resampling;
use crate::scenario::{Mismatch, Scenario};
use crate::sim::Command;
use crate::words::t;

impl App {
    /// Starts another scenario, seen from the start.
    pub(in crate::app) fn load(&mut self, scenario: Scenario) {
        self.drive.send(Control::Pause);
        self.drive
            .send(Control::Command(Command::Load(Box::new(scenario.clone()))));
        self.sent = scenario.clone();
        self.loaded = scenario.clone();
        self.draft = scenario;
        self.show_from_the_start();
    }

    /// Looks at all of a run that has not been seen before.
    pub(in crate::app) fn show_from_the_start(&mut self) {
        self.view.camera = None;
        self.view.charts[0] = None;
        self.view.mode = None;
        self.view.maximised = None;
        self.view.microscope = None;
        self.microscope.forget_camera();
        self.view.hidden = [false; 4];
        self.view.selected = 0;
        self.view.follow = Follow::default();
        self.view.links = Links::default();
        self.view.last_rates = LastRates::default();
        self.select = Selection::default();
    }

    /// Starts again from time 0 with the draft: one jump, with what was edited for it. Whether it runs or pauses stays as it is, unless it
    /// had stopped.
    pub(in crate::app) fn restart(&mut self, ctx: &Context, name: &str) {
        let command = match self.draft.check() {
            Ok(()) => {
                self.sent = self.draft.clone();
                Command::Load(Box::new(self.draft.clone()))
            }
            Err(mismatch) => {
                self.notices.error(ctx, &mismatch.to_string());
                Command::Reset
            }
        };
        self.drive.send(Control::Command(command));
        self.note_jump(ctx, name);
        if matches!(self.report.as_ref().map(|r| &r.status), Some(Status::Stopped(_))) {
            self.drive.send(Control::Pause);
        }
    }

    /// A copy of a panel at the right end, now and with its past. Nothing starts again.
    pub(super) fn duplicate(&mut self, ctx: &Context, panel: usize) {
        let (name, command) = (t!("duplicating a panel"), Command::Duplicate(panel));
        if self.change_panels(ctx, name, command, |draft| draft.duplicate_panel(panel)) {
            let new = self.draft.panels.len() - 1;
            self.view.links.duplicated(panel, new);
            self.view.hidden[new] = false;
            self.view.maximised = None;
            self.view.selected = new;
        }
    }

    /// Takes a panel away; the others go on.
    pub(super) fn remove(&mut self, ctx: &Context, panel: usize) {
        let (name, command) = (t!("removing a panel"), Command::Remove(panel));
        if self.change_panels(ctx, name, command, |draft| draft.remove_panel(panel)) {
            self.view.forget(panel);
        }
    }

    /// One panel more or less, in the draft and in the run: both have the same panels from this moment on, and no edit falls between.
    /// False, and a sentence, where it is not possible.
    pub(super) fn change_panels(
        &mut self,
        ctx: &Context,
        name: &str,
        command: Command,
        change: impl FnOnce(&mut Scenario) -> Result<(), Mismatch>,
    ) -> bool {
        self.settle_edits(ctx);
        self.send_edits(ctx);
        if let Err(refusal) = change(&mut self.draft) {
            self.notices.error(ctx, &sentence(&refusal.to_string()));
            return false;
        }
        self.sent.panels.clone_from(&self.draft.panels);
        self.drive.send(Control::Command(command));
        self.note_jump(ctx, name);
        true
    }

    /// The three corners, with the settings that the scenario gives them where it has them.
    pub(super) fn all_three(&self) -> Vec<Flow> {
        // Pure Fisher–Rao moves nobody, so it must not resample either.
        let never = Resampling {
            threshold: 0.0,
            ..self.draft.resampling
        };
        let fisher_rao = Flow {
            resampling: Some(never),
            ..Flow::fisher_rao()
        };
        let given = |flow: Flow| {
            let mut loaded = self.loaded.panels.iter();
            loaded
                .find(|f| f.name == flow.name && (f.alpha, f.beta) == (flow.alpha, flow.beta))
                .cloned()
                .unwrap_or(flow)
        };
        [Flow::langevin(), fisher_rao, Flow::wfr()].map(given).to_vec()
    }
}

/// A seed that follows from the last one, but looks thrown: the window needs no randomness of its own.
pub(super) fn next_seed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    // Six digits can be read aloud and typed.
    (z ^ (z >> 31)) % 1_000_000
}
