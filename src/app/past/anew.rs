//! The way out of a step that takes too long, and what is said meanwhile.

use std::sync::mpsc::{TryRecvError, channel};

use eframe::egui;
use eframe::egui::{Align2, Context, vec2};

use super::super::App;
use super::super::drive::Drive;
use super::super::widgets::{button, grouped};
use super::{MIB, PATIENCE};
use crate::engine::{Control, Engine, Report, Status};
use crate::sim::Command;
use crate::timeline::Timeline;
use crate::words::t;

/// A step longer than this is told of beside the clock (seconds).
const NOTICED: f64 = 0.5;
impl App {
    /// Says when a step takes long, and starts anew if asked to.
    pub(in crate::app) fn watchdog_ui(&mut self, ctx: &Context) {
        self.collect_anew(ctx);
        let Some(busy) = self.drive.busy() else {
            self.past.patience = PATIENCE;
            return;
        };
        ctx.request_repaint_after(std::time::Duration::from_millis(500));
        let seconds = busy.time.as_secs_f64();
        if seconds < PATIENCE {
            self.past.patience = PATIENCE;
        }
        if seconds < self.past.patience {
            return;
        }
        let particles = self.draft.particles;
        egui::Window::new(t!("A long step"))
            .collapsible(false)
            .resizable(false)
            .anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0))
            .show(ctx, |ui| {
                let (time, particles) = (format!("{seconds:.0}"), grouped(particles as i64));
                let panels = self.draft.panels.len();
                let text = if busy.steps {
                    t!(
                        "The step is taking long ({time} s): N = {particles} in {panels} panels. Wait, or start again.",
                        time,
                        particles,
                        panels
                    )
                } else {
                    t!(
                        "The change is taking long ({time} s): N = {particles} in {panels} panels. Wait, or start again.",
                        time,
                        particles,
                        panels
                    )
                };
                ui.label(text);
                ui.horizontal(|ui| {
                    if button(ui, t!("Wait"), t!("Wait")).clicked() {
                        self.past.patience = seconds + 10.0;
                    }
                    if button(ui, t!("Start again"), t!("Start again")).clicked() {
                        self.start_anew(ctx);
                    }
                });
            });
    }

    /// Leaves the engine to its step, and goes on with another from the last state kept.
    fn start_anew(&mut self, ctx: &Context) {
        let Some(report) = self.report.clone() else { return };
        // What was edited after the state that is left is done again, before anything else.
        let edited = Control::Command(Command::Edit(Box::new(self.sent.clone())));
        let between = Drive::Between(report, vec![edited]);
        let Drive::Engine(engine) = std::mem::replace(&mut self.drive, between) else {
            return;
        };
        let kept = engine.abandon();
        let (sent, waker) = (self.sent.clone(), ctx.clone());
        let (send, receive) = channel();
        // Not here: many particles take a while to be where they were.
        let thread = std::thread::Builder::new()
            .name("wfr-lab anew".to_owned())
            .spawn(move || {
                let timeline = kept.map_or_else(|| Timeline::new(sent), Timeline::resume);
                let woken = waker.clone();
                let engine = Engine::spawn(timeline, move || woken.request_repaint());
                // A window that is gone wants no engine.
                let _ = send.send(engine);
                waker.request_repaint();
            });
        match thread {
            Ok(_) => self.past.anew = Some(receive),
            Err(error) => self
                .notices
                .error(ctx, &t!("No thread could be started: {error}", error)),
        }
    }

    /// Goes on with the engine that was started anew, once it is there.
    fn collect_anew(&mut self, ctx: &Context) {
        let Some(coming) = &self.past.anew else { return };
        let came = coming.try_recv();
        if matches!(came, Err(TryRecvError::Empty)) {
            self.notices.hint(ctx, t!("Starting again"));
            ctx.request_repaint_after(std::time::Duration::from_millis(200));
            return;
        }
        self.past.anew = None;
        let left = match came {
            Ok(Ok(engine)) => std::mem::replace(&mut self.drive, Drive::Engine(engine)),
            Ok(Err(error)) => {
                return self
                    .notices
                    .error(ctx, &t!("No thread could be started: {error}", error));
            }
            Err(_) => {
                return self
                    .notices
                    .error(ctx, t!("The run could not be started again: open it anew"));
            }
        };
        self.drive.send(Control::Probe(self.probe));
        self.drive.send(Control::FlatOut(self.flat_out));
        self.drive.send(Control::Exact(self.solves));
        self.drive.send(Control::HistoryLimit((self.past.limit * MIB) as usize));
        self.send_conditions();
        // It counts its ways from 0: what is edited here stays.
        self.undo.travels = 0;
        if let Drive::Between(_, waiting) = left {
            waiting.into_iter().for_each(|control| self.drive.send(control));
        }
    }

    /// What stands beside the clock: whether steps are new or repeat what is known, or what the run is at when that takes long.
    pub(in crate::app) fn place_in_time(&self, report: &Report) -> (&'static str, Option<f64>) {
        let behind = report.strip.now.step < report.strip.last.step;
        let busy = self.drive.busy().map(|busy| (busy.steps, busy.time.as_secs_f64()));
        match (&report.status, busy) {
            // A run that goes on is between two steps now and then, and that they take a while shows in its pace.
            (Status::Running, Some((_, seconds))) if seconds < PATIENCE => {}
            (_, Some((true, seconds))) if seconds > NOTICED => return (t!("Computing a step"), Some(seconds)),
            (_, Some((false, seconds))) if seconds > NOTICED => return (t!("Computing"), Some(seconds)),
            _ => {}
        }
        let place = match (&report.status, behind) {
            (Status::Paused, false) => t!("Paused"),
            (Status::Paused, true) => t!("Paused in the past"),
            (Status::Running, false) if self.comes_back() => t!("Coming back"),
            (Status::Running, false) => t!("Running"),
            (Status::Running, true) => t!("Replaying"),
            (Status::Stopped(_), _) => t!("Stopped"),
        };
        (place, None)
    }
}
