//! Edits of a mixture: the way from noise to data cannot change while it is gone, so that a run begins anew and comes back to where it was.

use eframe::egui::Context;

use super::super::App;
use super::super::actions::Action;
use super::super::difference::difference;
use super::super::looks::Kind;
use super::super::tools::Tool;
use super::super::tools::deeds::Deed;
use super::super::widgets::Effect;
use crate::engine::{Control, Report, Status};
use crate::scenario::Scenario;
use crate::target::Shape;
use crate::words::t;

/// How long nothing changes before keys and typed values have let go of an edit (seconds).
const QUIET: f64 = 0.15;
/// How long a run that rests elsewhere is thought to be on its way back (seconds).
const PATIENCE: f64 = 3.0;

/// An edit that may still go on.
#[derive(Debug)]
pub(super) struct Held {
    draft: Scenario,
    /// When it last changed.
    since: f64,
}

/// Where a run comes back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    /// Model time.
    time: f64,
    /// The report that was there when it was sent.
    epoch: u64,
    /// When it was sent.
    since: f64,
}

/// Whether one of two scenarios goes from noise to data.
fn mixes(draft: &Scenario, running: &Scenario) -> bool {
    draft.is_reverse() || running.is_reverse()
}

impl App {
    /// Another target for the draft. Between flows and mixtures of diffusion models more has to change; what is left is remembered for the way back.
    pub(in crate::app) fn retarget(&mut self, shape: Shape) {
        let like = self.mixing.other.as_deref();
        let models = like.and_then(Scenario::mixture).cloned();
        let shape = match (shape, models) {
            // The models are those that were there last.
            (Shape::Blend(_), Some(models)) => Shape::Blend(models),
            (shape, _) => shape,
        };
        let wanted = self.draft.with_target(shape, like);
        let left = std::mem::replace(&mut self.draft, wanted);
        if left.is_reverse() != self.draft.is_reverse() {
            self.view.selected = self.view.selected.min(self.draft.panels.len() - 1);
            self.mixing.other = Some(Box::new(left));
        }
    }

    /// Whether an edit is under way that lets the run begin anew. Nobody tells the run of it before.
    pub(in crate::app) fn begins_anew(&self) -> bool {
        let Some(report) = self.report.as_ref().filter(|_| self.mixing.anew) else {
            return false;
        };
        let running = &report.snapshot.scenario;
        mixes(&self.draft, running) && !self.undo.is_settled(&self.draft) && self.draft.needs_reset(running)
    }

    /// Whether the run will have this draft without being asked for.
    pub(in crate::app) fn will_have_it(&self, report: &Report) -> bool {
        self.mixing.anew && mixes(&self.draft, &report.snapshot.scenario) && *report.edited != self.draft
    }

    /// Begins the run anew once an edit is let go; called once a frame, before edits are sent.
    pub(in crate::app) fn watch_mixture(&mut self, ctx: &Context) {
        let (now, held) = ctx.input(|i| (i.time, i.pointer.any_down()));
        self.forget_goal(now);
        if self.draft.is_reverse() {
            if matches!(self.view.tool, Tool::Brush | Tool::Draw) {
                self.view.tool = Tool::Select;
            }
            if self.view.microscope.is_some() {
                self.close_microscope();
            }
        }
        if !self.begins_anew() || self.draft == self.sent {
            self.mixing.edit = None;
            return;
        }
        let draft = &self.draft;
        let edit = self.mixing.edit.get_or_insert_with(|| Held {
            draft: draft.clone(),
            since: now,
        });
        if edit.draft != *draft {
            (edit.draft, edit.since) = (draft.clone(), now);
        }
        if held || now - edit.since < QUIET {
            ctx.request_repaint_after_secs(QUIET as f32);
            return;
        }
        self.begin_anew(ctx);
    }

    /// Lets the run begin anew with the draft, as one edit, and sends it to where it was.
    pub(in crate::app) fn begin_anew(&mut self, ctx: &Context) {
        self.mixing.edit = None;
        if let Err(mismatch) = self.draft.check() {
            self.sent = self.draft.clone();
            return self.notices.error(ctx, &mismatch.to_string());
        }
        let name = difference(self.undo.settled(), &self.draft);
        self.restart_and_return(ctx, &name);
    }

    /// Starts again and comes back to where the run was, unless it was playing.
    pub(in crate::app) fn restart_and_return(&mut self, ctx: &Context, name: &str) {
        let was = self.report.as_ref().map(|report| {
            let (snapshot, rests) = (&report.snapshot, report.status != Status::Running);
            let back = rests && self.draft.is_reverse() && snapshot.scenario.is_reverse() && snapshot.step > 0;
            (back.then_some(snapshot.time), report.epoch)
        });
        let (time, epoch) = was.unwrap_or_default();
        let Some(time) = self.mixing.goal.map(|goal| goal.time).or(time) else {
            return self.restart(ctx, name);
        };
        self.restart(ctx, name);
        self.drive.send(Control::RunUntil(time));
        let since = ctx.input(|i| i.time);
        self.mixing.goal = Some(Goal { time, epoch, since });
    }

    /// Whether the run is on its way to where it was before an edit.
    pub(in crate::app) const fn comes_back(&self) -> bool {
        self.mixing.goal.is_some()
    }

    /// The run has been sent elsewhere, and does not come back.
    pub(in crate::app) fn forget_return(&mut self) {
        self.mixing.goal = None;
    }

    /// The run goes elsewhere now, and not back to where it was.
    pub(in crate::app) fn stop_coming_back(&mut self, action: &Action) {
        // Who presses Space while it comes back wants it to hold, and has that by what Space does to a run.
        if self.mixing.goal.take().is_some() && !matches!(action, Action::TogglePlay) {
            self.drive.send(Control::Pause);
        }
    }

    /// Whether the run has come to the data, from where it can only begin again.
    pub(in crate::app) fn is_at_data(&self) -> bool {
        self.report.as_ref().is_some_and(|report| {
            let (snapshot, strip) = (&report.snapshot, &report.strip);
            let done = snapshot.scenario.last_step().is_some_and(|last| snapshot.step >= last);
            done && report.status != Status::Running && strip.now.step >= strip.last.step
        })
    }

    /// A run that has come back has no goal any more, nor has one that has stopped on the way.
    fn forget_goal(&mut self, now: f64) {
        let (Some(goal), Some(report)) = (self.mixing.goal, &self.report) else {
            return;
        };
        let rests = report.epoch > goal.epoch && report.status != Status::Running;
        let there = report.snapshot.time >= goal.time - 0.5 * report.snapshot.scenario.dt;
        if rests && (there || now - goal.since > PATIENCE) {
            self.mixing.goal = None;
        }
    }

    /// Why something cannot be done in a mixture of diffusion models, if this is one.
    pub(in crate::app) fn not_in_mixtures(&self, action: &Action) -> Option<&'static str> {
        if !self.draft.is_reverse() {
            return None;
        }
        match action {
            Action::Brush(_) | Action::Hold(Tool::Brush | Tool::Draw) => Some(t!(
                "Particles come from the noise here: nobody can be put in, taken out or drawn. Brush and pencil are for flows."
            )),
            Action::Dissect(_) => Some(t!(
                "A step from noise to data has no stages to look at: the microscope is for flows."
            )),
            Action::Compare | Action::Rates(Kind::FisherRao) | Action::RatesOf(_, Kind::FisherRao) => Some(t!(
                "Particles from the noise always walk: 1 is scores only, 3 with weights. The three flows need another landscape."
            )),
            Action::Hand(Deed::AddWell(_) | Deed::ClearRelief) => Some(t!(
                "Nothing lies over a mixture of diffusion models: change its components instead."
            )),
            _ => None,
        }
    }

    /// When a control of a mixture takes effect: at once, or with a reset where that has been chosen.
    pub(super) fn effect(&self, differs: impl FnOnce(&Scenario) -> bool) -> Effect {
        if self.mixing.anew {
            return Effect::Live;
        }
        let running = self.report.as_ref().map(|report| &report.snapshot.scenario);
        Effect::OnReset {
            waiting: running.is_some_and(|running| differs(running)),
        }
    }
}
