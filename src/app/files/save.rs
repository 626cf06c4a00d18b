//! Scenarios and sessions saved, codes copied.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::Context;

use super::Held;
use super::dialog::Purpose;
use super::work::Done;
use crate::app::App;
use crate::export::file;
use crate::share::{Code, Session};
use crate::words::t;

impl App {
    /// Saves the scenario where it came from, or asks.
    pub(in crate::app) fn save_scenario(&mut self, ctx: &Context) {
        match self
            .files
            .open
            .as_ref()
            .filter(|(path, held)| held.step.is_none() && !is_code(path))
        {
            Some((path, _)) => self.save_scenario_to(ctx, path.clone()),
            None => self.ask_where(ctx, Purpose::SaveScenario),
        }
    }

    pub(super) fn save_scenario_to(&mut self, ctx: &Context, path: PathBuf) {
        if let Err(mismatch) = self.draft.check() {
            self.notices.error(ctx, &mismatch.to_string());
            return;
        }
        let text = self.draft.to_ron();
        let held = Held {
            draft: Arc::new(self.draft.clone()),
            step: None,
        };
        self.files.restore.saving = Some(held);
        self.start(ctx, move || match file::write(&path, text.as_bytes()) {
            Ok(_) => Done::Saved(path),
            Err(error) => Done::Failed(error.to_string()),
        });
    }

    /// Saves the session where it came from, or asks.
    pub(in crate::app) fn save_session(&mut self, ctx: &Context) {
        match self.files.open.as_ref().filter(|(_, held)| held.step.is_some()) {
            Some((path, _)) => self.save_session_to(ctx, path.clone()),
            None => self.ask_where(ctx, Purpose::SaveSession),
        }
    }

    pub(super) fn save_session_to(&mut self, ctx: &Context, path: PathBuf) {
        self.send_edits(ctx);
        let (state, view) = (self.drive.state(), self.view_state());
        self.files.restore.saving = Some(Held {
            draft: Arc::new(self.draft.clone()),
            step: Some(self.report.as_ref().map_or(0, |report| report.snapshot.step)),
        });
        self.start(ctx, move || {
            let Ok(state) = state.recv() else {
                return Done::Failed(t!("The run does not answer: its session cannot be saved").to_owned());
            };
            match Session::new(state, view).save(&path) {
                Ok(()) => Done::Saved(path),
                Err(error) => Done::Failed(error.to_string()),
            }
        });
    }

    pub(super) fn saved(&mut self, ctx: &Context, path: &Path) {
        self.notices.hint(ctx, &t!("Saved: {file}", file = path.display()));
        if let Some(held) = self.files.restore.saving.take() {
            self.files.open = Some((path.to_owned(), held));
        }
        self.note_recent(path, true);
    }

    /// Copies this run as a code.
    pub(in crate::app) fn copy_code(&mut self, ctx: &Context) {
        self.send_edits(ctx);
        let state = self.drive.state();
        self.start(ctx, move || match state.recv() {
            Ok(state) => Done::Code(Code::new(state.journal, state.frame.step()).write()),
            Err(_) => Done::Failed(t!("The run does not answer: it cannot be copied").to_owned()),
        });
    }
}

/// Whether a file holds a code: it is not written over with a scenario.
fn is_code(path: &Path) -> bool {
    !path.extension().is_some_and(|e| e.eq_ignore_ascii_case("ron"))
}
