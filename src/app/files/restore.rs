//! The session is kept every few seconds; after a bad end the next start offers it.

use eframe::egui::Context;

use super::Held;
use super::menu::bar_ui;
use super::store::{self, Berth, Offer};
use super::work::{Done, Opened};
use crate::app::App;
use crate::share::Session;
use crate::words::t;

/// Seconds from one keeping to the next, at least.
const INTERVAL: f64 = 15.0;
/// Seconds after an edit.
const SOON: f64 = 2.0;
/// Of the time, at most one part in so many is spent on keeping.
const SHARE: f64 = 10.0;

/// What is kept, and what was left behind.
#[derive(Default)]
pub(super) struct Restore {
    berth: Option<Berth>,
    /// A session that another window left behind.
    pub(super) offer: Option<Box<Offer>>,
    /// What is being saved.
    pub(super) saving: Option<Held>,
    /// Step, epoch and number of entries of undo when the session was last kept.
    kept: Option<(u64, u64, usize)>,
    /// When that was begun, and how long it took.
    begun: f64,
    took: f64,
    busy: bool,
    /// Whether it has failed, which is said once.
    failed: bool,
    /// What was restored stays on the disk until this window has kept it.
    restored: Option<Box<Offer>>,
}

impl App {
    /// Takes a place for the session of this window and looks for those left behind.
    pub(super) fn begin_keeping(&mut self, ctx: &Context) {
        let Some(folders) = self.files.folders.clone() else {
            return;
        };
        self.files.restore.berth = Berth::new(&folders);
        self.files.restore.begun = ctx.input(|i| i.time);
        self.look_for_sessions(ctx);
    }

    fn look_for_sessions(&mut self, ctx: &Context) {
        if let Some(folders) = self.files.folders.clone() {
            self.start(ctx, move || Done::Offered(Offer::find(&folders).map(Box::new)));
        }
    }

    /// Keeps the session where it has changed.
    pub(super) fn keep_session(&mut self, ctx: &Context) {
        let (Some(berth), Some(report)) = (&self.files.restore.berth, &self.report) else {
            return;
        };
        let restore = &self.files.restore;
        let now = ctx.input(|i| i.time);
        let edits = self.undo.entries();
        let key = (report.snapshot.step, report.epoch, edits);
        let first = restore.kept.is_none();
        if restore.busy || restore.kept == Some(key) || report.travel.is_some() || (first && key.0 == 0 && edits == 0) {
            return;
        }
        let edited = restore.kept.is_none_or(|(_, _, before)| before != edits);
        let wait = if edited { SOON } else { INTERVAL }.max(SHARE * restore.took);
        if now - restore.begun < wait {
            ctx.request_repaint_after_secs((wait - (now - restore.begun)) as f32);
            return;
        }
        let (state, view, file) = (self.drive.state(), self.view_state(), berth.file().to_owned());
        self.files.restore.kept = Some(key);
        self.files.restore.begun = now;
        self.files.restore.busy = true;
        self.start(ctx, move || {
            let Ok(state) = state.recv() else {
                return Done::Kept(Err(t!("the run does not answer").to_owned()));
            };
            Done::Kept(store::keep(&file, Session::new(state, view)))
        });
    }

    pub(super) fn kept(&mut self, ctx: &Context, result: Result<(), String>) {
        let restore = &mut self.files.restore;
        restore.busy = false;
        restore.took = ctx.input(|i| i.time) - restore.begun;
        match result {
            Ok(()) => {
                restore.failed = false;
                if let Some(offer) = restore.restored.take() {
                    offer.remove();
                }
            }
            Err(reason) if !restore.failed => {
                restore.failed = true;
                self.notices.error(
                    ctx,
                    &t!("The session is not kept for the case of a crash: {reason}", reason),
                );
            }
            Err(_) => {}
        }
    }

    /// Offers a session that was left behind.
    pub(super) fn restore_ui(&mut self, ctx: &Context) {
        let Some(offer) = self.files.restore.offer.take() else {
            return;
        };
        let sentence = t!(
            "The lab was not closed properly. Restore “{title}” as it was {when} (t = {time})?",
            title = offer.session.journal.scenario.title,
            when = offer.when(),
            time = format_args!("{:.2}", offer.session.time)
        );
        match bar_ui(ctx, "restore", &sentence, [t!("Restore"), t!("Discard")]) {
            None => self.files.restore.offer = Some(offer),
            Some(true) => {
                let session = match &offer.damage {
                    None => offer.session.clone(),
                    Some(_) => Session {
                        frame: None,
                        ..offer.session.clone()
                    },
                };
                self.take_up(ctx, None, Opened::Session(session, None));
                self.notices.hint(ctx, t!("Restored; undo brings back the start"));
                self.files.restore.restored = Some(offer);
            }
            Some(false) => {
                offer.remove();
                self.look_for_sessions(ctx);
            }
        }
    }
}
