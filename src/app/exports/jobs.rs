//! Exports under way: each on a thread of its own, with how far it is, and a way to stop it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use eframe::egui;
use eframe::egui::{Align2, Context, Id, Modal, Order, ProgressBar, RichText, Ui};

use super::super::App;
use super::super::theme::{Theme, Tokens, size};
use super::super::widgets::{button, release};
use super::Leaving;
use super::camera::Stop;
use crate::export::Progress;
use crate::words::t;

/// How often an export under way is looked at (seconds).
const EVERY: f32 = 0.1;

/// One export.
pub(super) struct Job {
    path: PathBuf,
    progress: Arc<Progress>,
    thread: Option<JoinHandle<Result<u64, Stop>>>,
    outcome: Option<Outcome>,
    /// When it began, by the clock of the window (seconds).
    began: f64,
}

/// How an export ended.
enum Outcome {
    /// A file of so many bytes.
    Done(u64),
    /// It was stopped; nothing is left of it.
    Cancelled,
    /// Why there is no file.
    Failed(String),
}

impl Job {
    /// Begins to make a file.
    pub(super) fn start(
        ctx: &Context,
        path: PathBuf,
        work: impl FnOnce(&Progress) -> Result<u64, Stop> + Send + 'static,
    ) -> Self {
        let progress = Arc::new(Progress::default());
        let (told, waker) = (Arc::clone(&progress), ctx.clone());
        let thread = Builder::new().name("wfr-lab export".to_owned()).spawn(move || {
            let outcome = work(&told);
            waker.request_repaint();
            outcome
        });
        let (thread, outcome) = match thread {
            Ok(thread) => (Some(thread), None),
            Err(error) => (
                None,
                Some(Outcome::Failed(t!("no thread can be started: {error}", error))),
            ),
        };
        Self {
            path,
            progress,
            thread,
            outcome,
            began: ctx.input(|i| i.time),
        }
    }

    pub(super) const fn is_running(&self) -> bool {
        self.outcome.is_none()
    }

    pub(super) const fn has_failed(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Failed(_)))
    }

    /// What it writes.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn cancel(&self) {
        self.progress.cancel();
    }

    /// Notes the end of the thread, if it has come.
    fn collect(&mut self) {
        let Some(thread) = self.thread.take_if(|thread| thread.is_finished()) else {
            return;
        };
        self.outcome = Some(match thread.join() {
            Ok(Ok(bytes)) => Outcome::Done(bytes),
            Ok(Err(Stop::Cancelled)) => Outcome::Cancelled,
            Ok(Err(stop)) => Outcome::Failed(stop.to_string()),
            Err(_) => Outcome::Failed(t!("it broke down; the lab goes on").to_owned()),
        });
    }

    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// How far it is, in words.
    fn state(&self, now: f64) -> String {
        let (done, total) = self.progress.done();
        if total == 0 || done == 0 {
            return t!("under way").to_owned();
        }
        let left = (now - self.began) * (total - done) as f64 / done as f64;
        let size = bytes(self.progress.bytes());
        t!(
            "frame {done} of {total}, {size}, {time} left",
            done,
            total,
            size,
            time = seconds(left)
        )
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.progress.cancel();
        if let Some(thread) = self.thread.take() {
            // A file half written is removed by the thread itself, so it is waited for.
            let _ = thread.join();
        }
    }
}

impl App {
    /// Everything under way or just finished, above the time bar at the right.
    pub(super) fn jobs_ui(&mut self, ctx: &Context) {
        let jobs = &mut self.exports.jobs;
        jobs.iter_mut().for_each(Job::collect);
        if jobs.is_empty() {
            return;
        }
        if jobs.iter().any(Job::is_running) {
            ctx.request_repaint_after_secs(EVERY);
        }
        let mut gone = None;
        egui::Area::new(Id::unique("exports"))
            .order(Order::Foreground)
            .anchor(Align2::RIGHT_BOTTOM, [-12.0, -76.0])
            .show(ctx, |ui| {
                let tokens = Theme::of(ui).tokens();
                ui.set_max_width(380.0);
                for (k, job) in jobs.iter().enumerate() {
                    let failed = job.has_failed();
                    let fill = if failed { tokens.error } else { tokens.panel };
                    let frame = egui::Frame::new()
                        .fill(fill)
                        .stroke(egui::Stroke::new(1.0, tokens.line))
                        .corner_radius(6)
                        .inner_margin(8);
                    frame.show(ui, |ui| {
                        ui.set_width(360.0);
                        if job_ui(ui, job, tokens) {
                            gone = Some(k);
                        }
                    });
                }
            });
        if let Some(gone) = gone {
            jobs.remove(gone);
        }
    }

    /// What to do about exports when the window is to be closed.
    pub(super) fn question_ui(&mut self, ctx: &Context) {
        let running: Vec<&Job> = self.exports.jobs.iter().filter(|job| job.is_running()).collect();
        let done = running.iter().map(|job| job.progress.share()).fold(1.0, f32::min);
        let percent = format!("{:.0}", 100.0 * done);
        let what = match running.as_slice() {
            [job] => t!("{file} is being written ({percent} %).", file = job.name(), percent),
            all => t!(
                "{count} files are being written ({percent} %).",
                count = all.len(),
                percent
            ),
        };
        let (mut wait, mut leave, mut stay) = (false, false, false);
        let waiting = self.exports.leaving == Leaving::Waiting;
        let asked = Modal::new(Id::unique("leaving")).show(ctx, |ui| {
            // What is said changes its length; the buttons stay where they are.
            ui.set_width(440.0);
            ui.label(RichText::new(t!("An export is under way")).size(size::HEADING));
            ui.label(what);
            ui.label(if waiting {
                t!("The window closes when that is done.")
            } else {
                t!("Nothing of a cancelled export is kept.")
            });
            ui.add_space(6.0);
            ui.horizontal_wrapped(|ui| {
                if !waiting {
                    wait = button(ui, t!("Wait and close"), t!("Wait and close")).clicked();
                }
                leave = button(ui, t!("Cancel it and close"), t!("Cancel it and close")).clicked();
                stay = button(ui, t!("Stay"), t!("Stay")).clicked();
            });
        });
        if wait {
            self.exports.leaving = Leaving::Waiting;
        } else if leave {
            self.exports.jobs.iter().for_each(Job::cancel);
            self.exports.leaving = Leaving::Waiting;
        } else if stay || asked.should_close() {
            self.exports.leaving = Leaving::Stay;
        }
    }
}

/// One export; whether it is to be taken off.
fn job_ui(ui: &mut Ui, job: &Job, tokens: &Tokens) -> bool {
    let name = job.name();
    let mut gone = false;
    match &job.outcome {
        None => {
            let now = ui.input(|i| i.time);
            ui.label(RichText::new(t!("Export {file}", file = name)).strong());
            ui.label(RichText::new(job.state(now)).color(tokens.text_weak));
            ui.horizontal(|ui| {
                ui.visuals_mut().extreme_bg_color = tokens.control;
                let width = ui.available_width() - 70.0;
                let bar = ProgressBar::new(job.progress.share())
                    .desired_width(width)
                    .desired_height(14.0);
                ui.add(bar.fill(tokens.accent))
                    .accessible_name(t!("Progress of {file}", file = name));
                let cancelling = job.progress.is_cancelled();
                ui.add_enabled_ui(!cancelling, |ui| {
                    if button(ui, t!("Cancel"), &t!("Cancel {file}", file = name)).clicked() {
                        job.cancel();
                    }
                });
            });
        }
        Some(Outcome::Done(length)) => {
            let sentence = t!(
                "Saved {file} ({size})",
                file = place(&job.path).display(),
                size = bytes(*length)
            );
            ui.label(sentence);
            ui.horizontal(|ui| {
                if button(ui, t!("Copy path"), &t!("Copy the path of {file}", file = name)).clicked() {
                    ui.copy_text(place(&job.path).display().to_string());
                }
                gone = button(ui, t!("Dismiss"), &t!("Dismiss {file}", file = name)).clicked();
            });
        }
        Some(Outcome::Cancelled) => {
            ui.label(t!("{file} was cancelled; nothing of it is kept", file = name));
            gone = button(ui, t!("Dismiss"), &t!("Dismiss {file}", file = name)).clicked();
        }
        Some(Outcome::Failed(sentence)) => {
            ui.label(RichText::new(super::super::widgets::sentence(sentence)).color(tokens.on_error));
            gone = release(
                ui.button(t!("Dismiss"))
                    .accessible_name(t!("Dismiss {file}", file = name)),
            )
            .clicked();
        }
    }
    gone
}

/// A path that means the same everywhere.
pub(super) fn place(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A number of bytes in words.
fn bytes(n: u64) -> String {
    match n {
        0..1_000 => t!("{count} bytes", count = n),
        1_000..1_000_000 => format!("{:.0} kB", n as f64 / 1e3),
        _ => format!("{:.1} MB", n as f64 / 1e6),
    }
}

/// A length of time in words.
fn seconds(s: f64) -> String {
    if s < 90.0 {
        format!("{s:.0} s")
    } else if s < 5400.0 {
        format!("{:.0} min", s / 60.0)
    } else {
        format!("{:.1} h", s / 3600.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_said_in_a_unit_that_suits_them() {
        assert_eq!([12, 1_200, 1_234_567].map(bytes), ["12 bytes", "1 kB", "1.2 MB"]);
        assert_eq!([8.2, 150.0, 9000.0].map(seconds), ["8 s", "2 min", "2.5 h"]);
    }
}
