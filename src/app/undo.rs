//! Undo and redo of everything that was done to a run.
//!
//! The stack belongs to the window. An entry is an *edit*, undone by another edit of the scenario while the run goes on, or a
//! *jump* (a start, the brush, a panel more or less, an edit of the past), for which the timeline keeps the course of the run
//! before it. Both stacks go up and down together: whatever makes the timeline's grow has an entry here.
//!
//! What is dragged or typed in one go is one entry: it is made once nothing has moved for a moment. Looking elsewhere (camera,
//! layers, tools) is no edit.

use std::sync::Arc;

use eframe::egui::{Context, Ui};

use super::App;
use super::difference::difference;
use super::icons::Icon;
use super::widgets::icon_button;
use crate::engine::{Control, Report};
use crate::scenario::Scenario;
use crate::sim::{Command, Dab};
use crate::words::t;

/// Entries kept.
const MOST: usize = 200;
/// How long nothing moves before an edit is a whole one (seconds).
const QUIET: f64 = 0.5;
/// How long the run may take to answer, at most (seconds).
const PATIENCE: f64 = 3.0;

/// What the window holds of a run.
#[derive(Clone, Debug, PartialEq)]
struct Memo {
    draft: Arc<Scenario>,
    loaded: Arc<Scenario>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Edit,
    Jump,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    kind: Kind,
    before: Memo,
    after: Memo,
}

/// An edit that may still go on.
#[derive(Clone, Debug)]
struct Pending {
    draft: Scenario,
    /// When it last changed.
    since: f64,
    /// The report before it.
    epoch: u64,
    /// Whether the timeline has set a course aside for it.
    jumps: bool,
}

/// What can be undone and redone.
#[derive(Debug)]
pub(super) struct Undo {
    past: Vec<Entry>,
    future: Vec<Entry>,
    /// Where the last entry has led.
    settled: Memo,
    pending: Option<Pending>,
    /// Jumps of the timeline that have entries here.
    jumps: usize,
    /// Until when a report may still be of the time before the last jump, undo or redo.
    behind_until: Option<f64>,
    /// Entries made so far, and ways gone back and forth.
    made: usize,
    /// The same without changes of the pace, which the run does not feel.
    touches: usize,
    /// Ways through time that the draft has followed.
    pub(super) travels: u64,
    /// Whether the pointer that is down has brushed already: what follows belongs to the same stroke.
    brushes: bool,
    /// A draft that is wanted where the way leads.
    there: Option<Scenario>,
}

impl Undo {
    /// Nothing to undo yet.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let scenario = Arc::new(scenario.clone());
        Self {
            past: Vec::new(),
            future: Vec::new(),
            settled: Memo {
                draft: Arc::clone(&scenario),
                loaded: scenario,
            },
            pending: None,
            jumps: 0,
            behind_until: None,
            made: 0,
            touches: 0,
            travels: 0,
            brushes: false,
            there: None,
        }
    }

    /// Whether this draft is where the last entry has led.
    pub(super) fn is_settled(&self, draft: &Scenario) -> bool {
        *self.settled.draft == *draft
    }

    /// Where the last entry has led.
    pub(super) fn settled(&self) -> &Scenario {
        &self.settled.draft
    }

    /// What the next undo undoes, and the next redo does again.
    pub(super) fn names(&self) -> [Option<String>; 2] {
        let pending = self.pending.as_ref().map(|p| difference(&self.settled.draft, &p.draft));
        let undo = pending.or_else(|| self.past.last().map(|entry| entry.name.clone()));
        let redo = self
            .pending
            .is_none()
            .then(|| self.future.last().map(|entry| entry.name.clone()));
        [undo, redo.flatten()]
    }

    /// How many entries have been made or gone through: another number, another state.
    pub(super) const fn entries(&self) -> usize {
        self.made
    }

    /// How many entries have been made or gone through that the run feels.
    pub(super) const fn touches(&self) -> usize {
        self.touches
    }

    /// Takes over a draft that the way through time has brought: that is no edit.
    pub(super) fn adopt(&mut self, draft: &Scenario) {
        if *self.settled.draft != *draft {
            self.settled.draft = Arc::new(draft.clone());
        }
        self.pending = None;
    }

    /// Looks at draft and run once a frame.
    fn watch(&mut self, now: f64, held: bool, (draft, loaded): (&Scenario, &Scenario), report: &Report) {
        if report.travel.is_some() && self.behind_until.is_some() {
            // What was asked for waits until the way is done.
            self.behind_until = Some(now + PATIENCE);
        }
        self.follow(now, report.strip.undo);
        if *draft == *self.settled.draft {
            if self.pending.take().is_some_and(|pending| pending.jumps) {
                self.push(t!("what was done to the run"), Kind::Jump, self.settled.clone());
            }
            return;
        }
        let pending = self.pending.get_or_insert_with(|| Pending {
            draft: draft.clone(),
            since: now,
            epoch: report.epoch,
            jumps: false,
        });
        if pending.draft != *draft {
            pending.draft = draft.clone();
            pending.since = now;
        }
        let quiet = now - pending.since;
        let answered = report.epoch > pending.epoch || quiet > PATIENCE;
        if !held && quiet > QUIET && answered {
            self.settle(loaded);
        }
    }

    /// Keeps step with the timeline's own stack.
    fn follow(&mut self, now: f64, depth: usize) {
        if let Some(until) = self.behind_until {
            if depth != self.jumps && now < until {
                return;
            }
            self.behind_until = None;
        }
        while self.jumps < depth {
            self.jumps += 1;
            match &mut self.pending {
                Some(pending) if !pending.jumps => pending.jumps = true,
                _ => {
                    self.push(t!("what was done to the run"), Kind::Jump, self.settled.clone());
                }
            }
        }
        self.jumps = depth;
    }

    /// Makes an entry of an edit that is under way.
    fn settle(&mut self, loaded: &Scenario) {
        let Some(pending) = self.pending.take() else { return };
        let kind = if pending.jumps { Kind::Jump } else { Kind::Edit };
        let name = difference(&self.settled.draft, &pending.draft);
        let after = Memo {
            draft: Arc::new(pending.draft),
            loaded: Arc::new(loaded.clone()),
        };
        self.push(&name, kind, after);
    }

    fn push(&mut self, name: &str, kind: Kind, after: Memo) {
        let before = std::mem::replace(&mut self.settled, after.clone());
        self.touches += usize::from(kind == Kind::Jump || !same_but_for_pace(&before.draft, &after.draft));
        self.past.push(Entry {
            name: name.to_owned(),
            kind,
            before,
            after,
        });
        if self.past.len() > MOST {
            self.past.remove(0);
        }
        self.future.clear();
        self.made += 1;
    }
}

/// Whether two scenarios run alike, at whatever pace.
pub(super) fn same_but_for_pace(a: &Scenario, b: &Scenario) -> bool {
    if a.speed == b.speed {
        return a == b;
    }
    let paced = Scenario {
        speed: b.speed,
        ..a.clone()
    };
    paced == *b
}

impl App {
    /// After a way through time, or to another course, the controls show what was edited there.
    pub(super) fn follow_travels(&mut self) {
        let Some(report) = &self.report else { return };
        if report.travels == self.undo.travels {
            return;
        }
        self.undo.travels = report.travels;
        self.draft = (*report.edited).clone();
        self.sent = self.draft.clone();
        // Of several jumps in a row the first may be answered alone.
        if report.strip.undo == self.undo.jumps
            && let Some(wanted) = self.undo.there.take()
            && report.strip.now.step == report.strip.last.step
        {
            self.draft = wanted;
        }
        self.undo.adopt(&self.draft);
    }

    /// Watches for edits; called once a frame.
    pub(super) fn watch_edits(&mut self, ctx: &Context) {
        let Some(report) = &self.report else { return };
        let (now, held) = ctx.input(|i| (i.time, i.pointer.any_down()));
        self.undo.brushes &= held;
        self.undo.watch(now, held, (&self.draft, &self.loaded), report);
        if self.undo.pending.is_some() {
            // The moment after which an edit is a whole one comes without anybody moving.
            ctx.request_repaint_after_secs(QUIET as f32);
        }
    }

    /// Touches the particles with the brush. A stroke, from pressing to letting go, is one jump.
    pub(super) fn brush(&mut self, ctx: &Context, dab: Dab) {
        if self.undo.brushes {
            self.drive.send(Control::Joined(Command::Brush(dab)));
            return;
        }
        self.settle_edits(ctx);
        self.send_edits(ctx);
        self.drive.send(Control::Command(Command::Brush(dab)));
        self.note_jump(ctx, t!("brushing particles"));
        self.undo.brushes = ctx.input(|i| i.pointer.any_down());
    }

    /// Notes a jump that was just asked for, by its name. Edits before it are entries of their own.
    pub(super) fn note_jump(&mut self, ctx: &Context, name: &str) {
        let after = Memo {
            draft: Arc::new(self.draft.clone()),
            loaded: Arc::new(self.loaded.clone()),
        };
        self.undo.push(name, Kind::Jump, after);
        self.undo.pending = None;
        self.undo.jumps += 1;
        self.expect_answer(ctx);
    }

    /// Makes an entry of what was edited and not yet noted.
    pub(super) fn settle_edits(&mut self, ctx: &Context) {
        if self.begins_anew() && self.draft != self.sent {
            return self.begin_anew(ctx);
        }
        if self.draft != *self.undo.settled.draft {
            let (draft, epoch) = (self.draft.clone(), 0);
            self.undo.pending.get_or_insert(Pending {
                draft,
                since: 0.0,
                epoch,
                jumps: false,
            });
            if let Some(pending) = &mut self.undo.pending {
                pending.draft = self.draft.clone();
            }
            self.undo.settle(&self.loaded);
        }
    }

    /// Undoes the last entry.
    pub(super) fn undo(&mut self, ctx: &Context) {
        self.settle_edits(ctx);
        let Some(entry) = self.undo.past.pop() else {
            self.notices.hint(ctx, t!("There is nothing to undo"));
            return;
        };
        self.go(ctx, &entry, (Control::Undo, entry.before.clone()));
        if entry.kind == Kind::Jump {
            self.undo.jumps = self.undo.jumps.saturating_sub(1);
        }
        self.notices.hint(ctx, &t!("Undone: {what}", what = entry.name));
        self.undo.future.push(entry);
    }

    /// Does again what was undone last.
    pub(super) fn redo(&mut self, ctx: &Context) {
        self.settle_edits(ctx);
        let Some(entry) = self.undo.future.pop() else {
            self.notices.hint(ctx, t!("There is nothing to redo"));
            return;
        };
        self.go(ctx, &entry, (Control::Redo, entry.after.clone()));
        if entry.kind == Kind::Jump {
            self.undo.jumps += 1;
        }
        self.notices.hint(ctx, &t!("Done again: {what}", what = entry.name));
        self.undo.past.push(entry);
    }

    fn go(&mut self, ctx: &Context, entry: &Entry, (jump, to): (Control, Memo)) {
        let behind = self.report.as_ref().map(|report| report.strip.clone());
        match entry.kind {
            // The answer to a jump before it is still to come, and would bring the draft of then.
            Kind::Edit if behind.as_ref().is_some_and(|strip| strip.undo != self.undo.jumps) => {
                self.draft = (*to.draft).clone();
                self.undo.there = Some(self.draft.clone());
            }
            Kind::Edit => {
                // An edit of the past would cut off what came after: it is undone where the run has got to.
                if let Some(strip) = behind.filter(|strip| strip.now.step < strip.last.step) {
                    self.drive.send(Control::Seek(strip.last.step));
                    self.undo.there = Some((*to.draft).clone());
                } else {
                    self.draft = (*to.draft).clone();
                }
            }
            Kind::Jump => {
                // The timeline's scenario was this one, or will be.
                self.drive.send(jump);
                self.undo.there = None;
                self.draft = (*to.draft).clone();
                self.sent = self.draft.clone();
                self.loaded = (*to.loaded).clone();
                self.view.maximised = None;
                self.view.selected = self.view.selected.min(self.draft.panels.len() - 1);
                self.expect_answer(ctx);
            }
        }
        self.undo.settled = to;
        self.undo.pending = None;
        self.undo.made += 1;
        self.undo.touches += 1;
        ctx.request_repaint();
    }

    /// Reports may still be of the time before.
    fn expect_answer(&mut self, ctx: &Context) {
        self.undo.behind_until = Some(ctx.input(|i| i.time) + PATIENCE);
    }

    /// The two buttons.
    pub(super) fn undo_buttons_ui(&mut self, ui: &mut Ui, edge: f32) {
        let [undo, redo] = self.undo.names();
        let go: [fn(&mut Self, &Context); 2] = [Self::undo, Self::redo];
        // The row runs from the right.
        let undoes = |what: &String| t!("Undo: {what}", what);
        let redoes = |what: &String| t!("Redo: {what}", what);
        let (can_undo, can_redo) = (undo.is_some(), redo.is_some());
        let undo = undo.as_ref().map_or_else(|| t!("Nothing to undo").to_owned(), undoes);
        let redo = redo.as_ref().map_or_else(|| t!("Nothing to redo").to_owned(), redoes);
        for (icon, verb, keys, (what, can), go) in [
            (Icon::Redo, t!("Redo"), "Ctrl+Shift+Z", (redo, can_redo), go[1]),
            (Icon::Undo, t!("Undo"), "Ctrl+Z", (undo, can_undo), go[0]),
        ] {
            ui.add_enabled_ui(can, |ui| {
                let button = icon_button(ui, icon, verb, &format!("{what} ({keys})"), edge);
                if button.on_disabled_hover_text(what).clicked() {
                    go(self, ui.ctx());
                }
            });
        }
    }
}
