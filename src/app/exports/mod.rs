//! Exports: pictures, films and tables of what is seen, made beside the window and never by it.
//!
//! The dialog ([`form`]) says what is wanted ([`wish`]); a thread of its own ([`jobs`]) makes it from another interface that looks the same
//! ([`figure`]) at the report on show, or at the run repeated from its start ([`camera`]). A window with an export under way asks
//! before it closes.

mod camera;
mod figure;
mod form;
mod jobs;
mod wish;

use std::path::{Path, PathBuf};

use eframe::egui::{Context, ViewportCommand};

use super::App;
use super::palette::Call;
use crate::export::{Failure, file, table};
use crate::timeline::Timeline;
use crate::words::msg;

pub use camera::{Reel, Stop, Take};
use figure::Scene;
pub use figure::{Figure, Shot, Sight};
use jobs::{Job, place};
pub(super) use wish::Form;
use wish::{Kind, Table};

/// What is asked for and what is under way.
#[derive(Default)]
pub(super) struct Exports {
    pub(super) form: Form,
    jobs: Vec<Job>,
    leaving: Leaving,
}

/// Whether the window is to be closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Leaving {
    /// No.
    #[default]
    Stay,
    /// It asks what to do about the exports under way.
    Asking,
    /// When they are done.
    Waiting,
}

/// The kinds of exports, for lists of what can be done: each opens the dialog where it is asked for.
pub(super) const EXPORTS: [(&str, Call); 3] = [
    (msg!("Export a picture"), |app, ctx| {
        app.ask_for_kind(ctx, Kind::Picture);
    }),
    (msg!("Export a film"), |app, ctx| app.ask_for_kind(ctx, Kind::Film)),
    (msg!("Export a table"), |app, ctx| app.ask_for_kind(ctx, Kind::Table)),
];

impl Exports {
    /// The files that are being written: not yet there, but no longer free.
    fn under_way(&self) -> Vec<PathBuf> {
        let running = self.jobs.iter().filter(|job| job.is_running());
        running.map(|job| place(job.path())).collect()
    }
}

impl App {
    /// Opens the dialog for an export of this kind.
    fn ask_for_kind(&mut self, ctx: &Context, kind: Kind) {
        self.exports.form.kind = kind;
        if !self.exports.form.open {
            self.toggle_exports(ctx);
        }
    }

    /// Opens or closes the dialog.
    pub(super) fn toggle_exports(&mut self, ctx: &Context) {
        if self.exports.form.open {
            self.exports.form.open = false;
        } else if let Some(report) = &self.report {
            self.exports
                .form
                .begin(&report.snapshot, &self.sent, self.view.selected);
            let taken = self.exports.under_way();
            self.exports.form.suggest(&report.snapshot, &taken);
            ctx.request_repaint();
        }
    }

    /// Dialog, exports under way, and the question before the window closes.
    pub(super) fn exports_ui(&mut self, ctx: &Context) {
        self.form_ui(ctx);
        self.jobs_ui(ctx);
        self.leaving_ui(ctx);
    }

    /// Begins what the form asks for.
    fn export(&mut self, ctx: &Context) {
        let Some(report) = self.report.clone() else { return };
        let form = &self.exports.form;
        let path = form.path();
        let sight = match form.theme {
            Some(theme) => self.sight(ctx).in_theme(theme),
            None => self.sight(ctx),
        };
        let shot = |figure| Shot {
            figure,
            size: self.figure_size(ctx, figure),
            scale: form.scale(),
        };
        let to = path.clone();
        let job = match form.kind {
            Kind::Picture => {
                let (shot, vector) = (shot(form.figure), form.svg);
                Job::start(ctx, path, move |_| {
                    let mut scene = Scene::new(&sight, report, &shot, vector);
                    scene.play();
                    let bytes = if vector {
                        scene.svg().map_err(Failure::at(&to))?
                    } else {
                        png(&scene.picture()).map_err(Failure::at(&to))?
                    };
                    Ok(file::write(&to, &bytes)?)
                })
            }
            Kind::Film => {
                let (shot, reel) = (shot(form.film), form.reel);
                // The run on show with all that was done to it by hand, and no less.
                let state = self.drive.state();
                Job::start(ctx, path, move |progress| {
                    let journal = state.recv().map_err(|_| Stop::NoRun)?.journal;
                    reel.film(Take::new(journal, &sight, &shot, false), &to, progress)
                })
            }
            Kind::Table => match form.table {
                Table::History => Job::start(ctx, path, move |_| {
                    Ok(written(&to, |out| table::history(out, &report.snapshot))?)
                }),
                Table::Particles => {
                    let state = self.drive.state();
                    Job::start(ctx, path, move |_| {
                        let run = Timeline::resume(state.recv().map_err(|_| Stop::NoRun)?);
                        Ok(written(&to, |out| table::particles(out, run.simulation()))?)
                    })
                }
            },
        };
        self.exports.form.open = false;
        // What was saved was read by whoever goes on: the cards of a long evening would cover the window.
        self.exports.jobs.retain(|job| job.is_running() || job.has_failed());
        self.exports.jobs.push(job);
    }

    /// Asks before a window with exports under way is closed.
    fn leaving_ui(&mut self, ctx: &Context) {
        let busy = self.exports.jobs.iter().any(Job::is_running);
        if busy && ctx.input(|i| i.viewport().close_requested()) {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.exports.leaving = Leaving::Asking;
        }
        match self.exports.leaving {
            Leaving::Stay => {}
            Leaving::Asking if !busy => self.exports.leaving = Leaving::Stay,
            Leaving::Waiting if !busy => {
                self.exports.leaving = Leaving::Stay;
                // What failed is to be read before the window goes.
                if !self.exports.jobs.iter().any(Job::has_failed) {
                    ctx.send_viewport_cmd(ViewportCommand::Close);
                }
            }
            Leaving::Asking | Leaving::Waiting => self.question_ui(ctx),
        }
    }
}

/// A picture as the bytes of a PNG file.
pub(crate) fn png(picture: &image::RgbaImage) -> std::io::Result<Vec<u8>> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .map_err(std::io::Error::other)?;
    Ok(bytes.into_inner())
}

/// Writes a file by rows; how many bytes it has.
fn written(path: &Path, rows: impl FnOnce(&mut file::Draft) -> std::io::Result<u64>) -> Result<u64, Failure> {
    let mut draft = file::Draft::new(path)?;
    rows(&mut draft).map_err(Failure::at(path))?;
    draft.finish()
}
