//! What the window remembers between two starts: how large it is drawn and for whom.

use eframe::egui::Context;

use super::theme::{self, Profile};
use super::{App, Options};
use crate::words::t;

/// What is remembered. What another version has added is passed over, and what it did not know is as usual.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    /// How many times as large as it was made the user wants the interface.
    pub(super) zoom: f32,
    /// Whether the last window was for a projector.
    pub(super) projector: bool,
    /// Whether the speaker's notes stand beneath a card.
    pub(super) notes: bool,
    /// Commands of the palette that were used last, the latest first.
    pub(super) recent: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zoom: 1.0,
            projector: false,
            notes: false,
            recent: Vec::new(),
        }
    }
}

/// The least and the greatest zoom of the user, and one step of it.
const ZOOM: (f32, f32, f32) = (0.5, 2.0, 0.1);
/// With less room than this (points) the controls are folded for a projector: the panels are what is looked at.
const ROOM: f32 = 1280.0;

impl Options {
    /// The look that is asked for.
    pub(super) const fn profile(self) -> Profile {
        Profile {
            theme: self.theme,
            projector: self.projector,
        }
    }
}

impl App {
    /// Goes on as the last window was left. What the command line asks for holds all the same.
    pub(super) fn remember(&mut self, ctx: &Context, settings: Settings) {
        self.settings = settings;
        self.settings.zoom = snapped(self.settings.zoom);
        self.options.projector |= self.settings.projector;
        theme::apply(ctx, self.options.profile());
        self.apply_zoom(ctx);
    }

    /// For a desk or for a projector.
    pub(super) fn set_projector(&mut self, ctx: &Context, projector: bool) {
        self.options.projector = projector;
        self.settings.projector = projector;
        theme::apply(ctx, self.options.profile());
        self.apply_zoom(ctx);
        let sentence = if projector {
            t!("Projector mode: P brings the usual size back")
        } else {
            t!("Projector mode is off")
        };
        self.notices.hint(ctx, sentence);
        self.keep_settings();
    }

    /// Folds the controls as a projector comes to need their room, and unfolds them again; whatever is done by hand in between holds.
    pub(super) fn fit_sides(&mut self, ctx: &Context) {
        let projector = self.options.projector;
        if self.fitted.replace(projector) == Some(projector) {
            return;
        }
        if projector && self.options.controls && ctx.content_rect().width() < ROOM {
            (self.options.controls, self.folded) = (false, true);
        } else if !projector && std::mem::take(&mut self.folded) {
            self.options.controls = true;
        }
    }

    /// Everything larger or smaller by so many steps; by none: as large as it was made.
    pub(super) fn zoom_by(&mut self, ctx: &Context, steps: i8) {
        self.settings.zoom = match steps {
            0 => 1.0,
            _ => snapped(self.settings.zoom + ZOOM.2 * f32::from(steps)),
        };
        self.apply_zoom(ctx);
        let sentence = t!(
            "Zoom {percent} %",
            percent = format_args!("{:.0}", 100.0 * self.settings.zoom)
        );
        self.notices.hint(ctx, &sentence);
        self.keep_settings();
    }

    /// Tells egui how large everything is.
    pub(super) fn apply_zoom(&self, ctx: &Context) {
        ctx.set_zoom_factor(self.settings.zoom * self.options.profile().zoom());
    }
}

/// A zoom that can be had by steps.
fn snapped(zoom: f32) -> f32 {
    if zoom.is_finite() {
        ((zoom / ZOOM.2).round() * ZOOM.2).clamp(ZOOM.0, ZOOM.1)
    } else {
        1.0
    }
}
