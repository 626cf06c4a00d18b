//! A lecture in the window: one card after the other, each with its run, its text, its question and its claims.
//!
//! ```text
//!          ┌── question: waits ──┐
//! Coming ──┤                     ├─▶ Playing ── holds at `to` ──▶ Over: claims are judged, the answer is shown
//!          └─────────────────────┘       (nothing to play: Over at once)
//! ```
//!
//! Every card is a [`Passage`]: a journal and two steps. Going to a card sends that journal to the run, which repeats no more of it than
//! it has to; so a card shows the same bits however it is reached, and whatever was played with before.

mod audience;
mod card;
mod judge;
mod menu;
mod point;
mod prose;
mod question;
mod show;

use std::sync::Arc;

use eframe::egui::Context;

use super::App;
use super::drive::Drive;
use super::layers::Layers;
use super::tools::Tool;
use super::undo::same_but_for_pace;
use crate::engine::{Control, Report, Status};
use crate::lecture::{Card, Finding, Lecture, Passage};
use crate::scenario::Scenario;
use crate::words::t;
use audience::Audience;
use judge::Judge;
pub(super) use menu::Wanted;
use prose::Texts;
use question::Reply;
use show::Before;

/// A way that was left half is noticed after this long (seconds).
const PATIENCE: f64 = 0.5;

/// What the window knows of lectures.
#[derive(Default)]
pub(super) struct Hall {
    /// The lecture that is on.
    pub(super) on: Option<Playing>,
    judge: Judge,
    /// Texts that have been read.
    texts: Texts,
    /// Whether the list of cards is open.
    list: bool,
    /// Lectures that were left, with the card (from 0), the latest first.
    pub(super) left: Vec<(String, usize)>,
    audience: Audience,
    /// How high the controls beneath the card were (points).
    controls: f32,
}

/// A lecture, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Playing {
    lecture: Arc<Lecture>,
    /// The name of a built-in lecture, or the path of a file.
    key: String,
    card: usize,
    passage: Passage,
    /// What is edited on the card.
    edited: Scenario,
    phase: Phase,
    sent: Sent,
    reply: Reply,
    /// What became of the claims, once that is known.
    findings: Option<Arc<judge::Verdict>>,
    before: Box<Before>,
    /// The layers that the card shows.
    layers: Layers,
    /// Whether the control that the card points at has been brought into view.
    scrolled: bool,
    /// When it was opened (seconds).
    opened: f64,
}

/// How far a card is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// The run is on its way to where the card opens; since when it stands still elsewhere (seconds).
    Coming(Option<f64>),
    /// The way was cancelled.
    Astray,
    /// It waits for a question to be answered.
    Asking,
    /// It plays.
    Playing,
    /// It has been played to its end.
    Over,
}

/// What was known as the run was sent to a card.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sent {
    travels: u64,
    touches: usize,
}

/// A card as it is drawn in a picture, where nothing moves on.
#[derive(Clone, Debug)]
pub(super) struct StillCard {
    key: String,
    lecture: Arc<Lecture>,
    card: usize,
    phase: Phase,
    reply: Reply,
}

impl StillCard {
    /// A card of a lecture, as it waits or played to its end.
    pub(super) fn new(key: &str, lecture: Lecture, card: usize, played: bool) -> Self {
        Self {
            key: key.to_owned(),
            lecture: Arc::new(lecture),
            card,
            phase: if played { Phase::Over } else { Phase::Asking },
            reply: Reply::default(),
        }
    }
}

impl Playing {
    fn card(&self) -> &Card {
        &self.lecture.cards[self.card]
    }

    fn cards(&self) -> usize {
        self.lecture.cards.len()
    }

    /// Whether the answer may be seen.
    fn is_revealed(&self) -> bool {
        self.phase == Phase::Over
    }
}

impl App {
    /// The card on show, from 0, whether it has been played to its end, and what became of its claims, once that is known.
    pub fn card(&self) -> Option<(usize, bool, Option<&[Finding]>)> {
        let on = self.hall.on.as_ref()?;
        let findings = self.findings().map(|verdict| &*verdict.findings);
        Some((on.card, on.phase == Phase::Over, findings))
    }

    /// Opens a lecture on a card, from 0. `key` is its built-in name or its path.
    pub fn open_lecture(&mut self, ctx: &Context, key: &str, lecture: Lecture, card: usize) {
        self.verify.open = false;
        self.hall.list = false;
        let before = match self.hall.on.take() {
            Some(on) => on.before,
            None => Box::new(self.as_before()),
        };
        let card = card.min(lecture.cards.len().saturating_sub(1));
        let passage = lecture.passage(card);
        let [_, edited] = passage.journal.scenarios();
        self.hall.on = Some(Playing {
            lecture: Arc::new(lecture),
            key: key.to_owned(),
            card,
            passage,
            edited,
            phase: Phase::Astray,
            sent: Sent::default(),
            reply: Reply::default(),
            findings: None,
            before,
            layers: self.view.layers,
            scrolled: false,
            opened: ctx.input(|i| i.time),
        });
        self.set_solving(true);
        self.go_to_card(ctx, card);
    }

    /// The card on show, for a picture.
    pub(super) fn still_card(&self) -> Option<StillCard> {
        self.hall.on.as_ref().map(|on| StillCard {
            key: on.key.clone(),
            lecture: Arc::clone(&on.lecture),
            card: on.card,
            phase: on.phase,
            reply: on.reply.clone(),
        })
    }

    /// Stands on a card, for a picture: the run does not follow, it is there.
    pub(super) fn stand_on_card(&mut self, still: &StillCard) {
        let passage = still.lecture.passage(still.card);
        let [_, edited] = passage.journal.scenarios();
        let show = still.lecture.cards[still.card].show.clone();
        let looks = self.view.sections.is_none();
        self.hall.on = Some(Playing {
            lecture: Arc::clone(&still.lecture),
            key: still.key.clone(),
            card: still.card,
            passage,
            edited,
            phase: still.phase,
            sent: Sent::default(),
            reply: still.reply.clone(),
            findings: None,
            before: Box::new(self.as_before()),
            layers: self.view.layers,
            scrolled: false,
            opened: 0.0,
        });
        // A window that was looked at shows what it shows.
        if looks {
            self.look_at_card(&show);
        }
    }

    /// Leaves the lecture. The run stays; what is looked at is as it was before.
    pub(super) fn close_lecture(&mut self, ctx: &Context) {
        let Some(on) = self.hall.on.take() else { return };
        self.hall.list = false;
        self.hall.audience.open = false;
        self.note_card(&on.key, on.card, on.cards());
        self.drive.send(Control::HoldAt(None));
        self.look_as_before(*on.before);
        self.notices
            .hint(ctx, t!("The lecture is closed; it is remembered where it was left"));
    }

    /// Goes on: plays a card that waits with its question, else opens the next.
    pub(super) fn next_card(&mut self, ctx: &Context) {
        let Some(on) = &mut self.hall.on else {
            self.no_lecture(ctx);
            return;
        };
        match on.phase {
            Phase::Asking => self.play_card(),
            _ if on.card + 1 < on.cards() => {
                let next = on.card + 1;
                self.go_to_card(ctx, next);
            }
            _ => self.notices.hint(ctx, t!("This is the last card")),
        }
    }

    /// Goes to the card before.
    pub(super) fn previous_card(&mut self, ctx: &Context) {
        match self.hall.on.as_ref().map(|on| on.card) {
            None => self.no_lecture(ctx),
            Some(0) => self.notices.hint(ctx, t!("This is the first card")),
            Some(card) => self.go_to_card(ctx, card - 1),
        }
    }

    fn no_lecture(&mut self, ctx: &Context) {
        let sentence = t!("No lecture is open: the button in the header lists them");
        self.notices.hint(ctx, sentence);
    }

    /// Goes to a card, from 0, as it opens.
    pub(super) fn go_to_card(&mut self, ctx: &Context, card: usize) {
        self.settle_edits(ctx);
        let travels = self.report.as_ref().map_or(0, |report| report.travels);
        let Some(on) = &mut self.hall.on else { return };
        let card = card.min(on.cards() - 1);
        on.card = card;
        on.passage = on.lecture.passage(card);
        let [_, edited] = on.passage.journal.scenarios();
        on.edited = edited.clone();
        on.phase = Phase::Coming(None);
        on.findings = None;
        on.reply = Reply::default();
        on.scrolled = false;
        let name = t!("card {number}, “{title}”", number = card + 1, title = on.card().title);
        let (journal, from, to) = (on.passage.journal.clone(), on.passage.from, on.passage.to);
        let (show, key, cards) = (on.card().show.clone(), on.key.clone(), on.cards());
        // A way to another card that is still on is not gone to its end.
        self.drive.send(Control::Cancel);
        self.drive.send(Control::Pause);
        self.drive.send(Control::HoldAt((to > from).then_some(to)));
        self.loaded = (*journal.scenario).clone();
        self.sent = edited.clone();
        self.draft = edited;
        self.drive.send(Control::Replay(Box::new(journal), from));
        self.note_jump(ctx, &name);
        self.forget_file();
        self.look_at_card(&show);
        self.note_card(&key, card, cards);
        let touches = self.undo.touches();
        if let Some(on) = &mut self.hall.on {
            on.sent = Sent { travels, touches };
        }
        ctx.request_repaint();
    }

    /// Plays the card from where it opens.
    fn play_card(&mut self) {
        let Some(on) = &mut self.hall.on else { return };
        if on.passage.to > on.passage.from {
            on.phase = Phase::Playing;
            self.drive.send(Control::Play);
        } else {
            self.finish_card();
        }
    }

    /// The run is where the card ends.
    fn finish_card(&mut self) {
        let Some(on) = &mut self.hall.on else { return };
        on.phase = Phase::Over;
        let panel = on.card().show.microscope.and_then(|panel| panel.checked_sub(1));
        if let Some(panel) = panel.filter(|_| self.view.microscope.is_none()) {
            self.dissect(Some(panel));
        }
    }

    /// Plays the card to its end as fast as possible.
    pub(super) fn end_card(&mut self) {
        let Some(on) = &mut self.hall.on else { return };
        let left = |report: &Report| on.passage.to.saturating_sub(report.snapshot.step);
        let left = self.report.as_deref().map_or(0, left);
        if matches!(on.phase, Phase::Asking | Phase::Playing) && left > 0 {
            on.phase = Phase::Playing;
            self.drive.send(Control::Pause);
            self.drive.send(Control::Steps(left));
        }
    }

    /// Follows the run from card to card; called once a frame.
    pub(super) fn attend(&mut self, ctx: &Context) {
        let Some(report) = self.report.clone() else { return };
        let Some(on) = &mut self.hall.on else { return };
        let (now, step) = (ctx.input(|i| i.time), report.snapshot.step);
        let rests = report.travel.is_none();
        match on.phase {
            Phase::Coming(since) => {
                let there = rests
                    && report.travels > on.sent.travels
                    && step == on.passage.from
                    && same_but_for_pace(&report.edited, &on.edited);
                if there {
                    self.arrive_at_card();
                } else if rests && report.travels > on.sent.travels && self.drive.busy().is_none() {
                    let since = since.unwrap_or(now);
                    on.phase = if now - since > PATIENCE {
                        Phase::Astray
                    } else {
                        Phase::Coming(Some(since))
                    };
                    ctx.request_repaint_after_secs(0.1);
                } else {
                    on.phase = Phase::Coming(None);
                }
            }
            Phase::Playing if step == on.passage.to && report.status == Status::Paused && rests => {
                self.finish_card();
            }
            Phase::Astray | Phase::Asking | Phase::Playing | Phase::Over => {}
        }
        self.judge_card(ctx, &report);
    }

    /// The run is where the card opens.
    fn arrive_at_card(&mut self) {
        let Some(on) = &mut self.hall.on else { return };
        // The pace is the one thing that a run does not bring along.
        self.draft.speed = on.edited.speed;
        self.undo.adopt(&self.draft);
        let touches = self.undo.touches();
        let Some(on) = &mut self.hall.on else { return };
        on.sent.touches = touches;
        if on.card().question.is_some() {
            on.phase = Phase::Asking;
        } else {
            self.play_card();
        }
    }

    /// What lies over everything: the list of cards, the ring, the second window.
    pub(super) fn hall_over_ui(&mut self, ctx: &Context) {
        self.cards_window_ui(ctx);
        if !self.verify.open {
            self.point_ui(ctx);
        }
        self.audience_ui(ctx);
    }

    /// Opens or closes the list of cards.
    pub(super) fn toggle_cards(&mut self, ctx: &Context) {
        if self.hall.on.is_none() {
            self.no_lecture(ctx);
        }
        self.hall.list ^= self.hall.on.is_some();
    }

    /// The panel (from 0) of which the card on show takes a step to pieces, now that it has been played.
    pub(super) fn dissected_by_card(&self) -> Option<usize> {
        let on = self.hall.on.as_ref().filter(|on| on.phase == Phase::Over)?;
        on.card().show.microscope?.checked_sub(1)
    }

    /// Shows the speaker's notes beneath the card, or hides them; from now on, in this window.
    pub(super) fn toggle_notes(&mut self, ctx: &Context) {
        if self.hall.on.is_none() {
            self.no_lecture(ctx);
            return;
        }
        self.settings.notes ^= true;
        self.keep_settings();
        let sentence = if self.settings.notes {
            t!("The notes stand beneath each card, and in the window for the audience never")
        } else {
            t!("The notes are hidden")
        };
        self.notices.hint(ctx, sentence);
    }

    /// Closes the list of cards; whether it was open.
    pub(super) const fn close_cards(&mut self) -> bool {
        std::mem::replace(&mut self.hall.list, false)
    }

    /// Whether there are tools: on a card only those that have something to work on.
    pub(super) fn has_tools(&self) -> bool {
        use crate::lecture::Section::{Landscape, Start};
        let sections = self.view.sections.as_ref();
        self.options.controls
            || self.view.tool != Tool::Select
            || sections.is_none_or(|on| on.iter().any(|of| matches!(of, Landscape | Start)))
    }

    /// Whether the run is that of the card, with nothing done to it by hand.
    fn is_on_card(&self) -> bool {
        let Some(on) = &self.hall.on else { return false };
        if matches!(self.drive, Drive::Still(_)) {
            return true;
        }
        let settled = !matches!(on.phase, Phase::Coming(_) | Phase::Astray);
        settled && self.undo.touches() == on.sent.touches && same_but_for_pace(&self.draft, &on.edited)
    }
}
