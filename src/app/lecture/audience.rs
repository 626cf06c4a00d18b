//! The window for the audience: panels, card and plots, and nothing to press.

use eframe::egui;
use eframe::egui::{CentralPanel, Context, Key, Panel, RichText, ScrollArea, Ui, ViewportBuilder, ViewportId};

use super::card::Type;
use crate::app::App;
use crate::app::theme::{Theme, size};
use crate::app::{backdrop, density, discs, exact};
use crate::engine::Report;
use crate::words::t;

/// The second window.
#[derive(Default)]
pub(in crate::app) struct Audience {
    /// Whether it is open.
    pub(super) open: bool,
    /// Whether it lies within the first, where there can be no other.
    inner: bool,
    /// Whether it is being drawn: what the run is asked for is what the first window needs.
    drawing: bool,
    /// What is drawn there in its own size, so that the two windows do not take turns with one picture.
    own: Option<Own>,
}

/// Pictures that depend on the size in which they are seen.
struct Own {
    textures: discs::Textures,
    backdrop: backdrop::Backdrop,
    densities: density::Densities,
    overlays: exact::Overlays,
}

impl App {
    /// Opens or closes the second window.
    pub(in crate::app) fn toggle_audience(&mut self, ctx: &Context) {
        if self.hall.on.is_none() {
            self.notices
                .hint(ctx, t!("The window for the audience is for lectures: open one first"));
            return;
        }
        self.hall.audience.open ^= true;
    }

    /// Draws the second window, while it is open.
    pub(super) fn audience_ui(&mut self, ctx: &Context) {
        if !self.hall.audience.open {
            self.hall.audience.own = None;
            return;
        }
        let Some(report) = self.report.clone() else { return };
        let title = self.hall.on.as_ref().map_or("", |on| &on.lecture.title);
        let builder = ViewportBuilder::default()
            .with_title(format!("{title} – wfr-lab"))
            .with_app_id("wfr-lab")
            .with_inner_size([1280.0, 720.0]);
        let id = ViewportId::from_hash_of("audience");
        let mut close = false;
        self.hall.audience.inner = ctx.embed_viewports();
        ctx.show_viewport_immediate(id, builder, |ui, _| {
            close |= ui.input(|i| i.viewport().close_requested() || i.key_pressed(Key::Escape));
            self.listen_to_audience(ui.ctx());
            self.hall_ui(ui, &report);
        });
        if close {
            self.hall.audience.open = false;
            ctx.request_repaint();
        }
    }

    /// Closes the second window if it lies within the first, where Esc is heard there; whether it did.
    pub(in crate::app) const fn close_inner_audience(&mut self) -> bool {
        let audience = &mut self.hall.audience;
        let closes = audience.open && audience.inner;
        audience.open &= !closes;
        closes
    }

    /// Keys that a remote presses, in whichever window it is heard.
    fn listen_to_audience(&mut self, ctx: &Context) {
        if ctx.viewport_id() != ViewportId::ROOT {
            crate::app::keys::listen_to_remote(ctx, &mut self.queue);
        }
    }

    /// What the audience sees.
    fn hall_ui(&mut self, ui: &mut Ui, report: &Report) {
        let mut own = self.hall.audience.own.take().unwrap_or_else(|| Own {
            textures: discs::Textures::new(ui.ctx()),
            backdrop: backdrop::Backdrop::default(),
            densities: density::Densities::default(),
            overlays: exact::Overlays::default(),
        });
        self.swap(&mut own);
        let (figure, picture, columns) = (self.figure, self.view.room, self.view.columns);
        (self.figure, self.hall.audience.drawing) = (true, true);
        let tokens = Theme::of(ui).tokens();
        let window = ui.max_rect().size();
        let frame = egui::Frame::new().fill(tokens.panel).inner_margin(18);
        Panel::left("card of the audience")
            .exact_size(0.31 * window.x)
            .resizable(false)
            .frame(frame)
            .show(ui, |ui| {
                let room = ui.available_size();
                let Some(on) = &self.hall.on else { return };
                let kind = Type::fitting(ui, on.card(), room);
                ScrollArea::vertical()
                    .auto_shrink(false)
                    .show(ui, |ui| self.card_ui(ui, kind));
            });
        let frame = egui::Frame::new().fill(tokens.panel).inner_margin(8);
        if self.plots_on_show() > 0 {
            Panel::bottom("plots of the audience")
                .exact_size(0.32 * window.y)
                .resizable(false)
                .frame(frame)
                .show(ui, |ui| self.plots_figure_ui(ui, report));
        }
        let frame = egui::Frame::new().fill(tokens.window).inner_margin(8);
        CentralPanel::default()
            .frame(frame)
            .show(ui, |ui| self.panels_ui(ui, report));
        self.point_ui(ui.ctx());
        self.hall.audience.drawing = false;
        (self.figure, self.view.room, self.view.columns) = (figure, picture, columns);
        self.swap(&mut own);
        self.hall.audience.own = Some(own);
    }

    fn swap(&mut self, own: &mut Own) {
        std::mem::swap(&mut self.textures, &mut own.textures);
        std::mem::swap(&mut self.backdrop, &mut own.backdrop);
        std::mem::swap(&mut self.densities, &mut own.densities);
        std::mem::swap(&mut self.overlays, &mut own.overlays);
    }

    /// Whether what is drawn now is for the second window.
    pub(in crate::app) const fn is_for_audience(&self) -> bool {
        self.hall.audience.drawing
    }

    /// What the speaker reads while the audience has a window of its own: notes, claims, the clock, and what comes next.
    pub(super) fn speaker_ui(&mut self, ui: &mut Ui, kind: Type) {
        let tokens = Theme::of(ui).tokens();
        let Some(on) = &self.hall.on else { return };
        let minutes = ((ui.input(|i| i.time) - on.opened) / 60.0).floor();
        let clock = match on.lecture.minutes {
            Some(all) => t!("{minutes} of {all} minutes", minutes, all),
            None => t!("{minutes} minutes", minutes),
        };
        let next = on.lecture.cards.get(on.card + 1).map(|card| card.title.clone());
        let notes = on.card().notes.clone();
        ui.ctx().request_repaint_after_secs(20.0);
        ui.label(RichText::new(clock).size(kind.small).color(tokens.text_weak));
        if !notes.is_empty() {
            let frame = egui::Frame::new().fill(tokens.notice).corner_radius(6).inner_margin(10);
            frame.show(ui, |ui| {
                ui.visuals_mut().override_text_color = Some(tokens.on_notice);
                self.prose_ui(ui, &notes, size::BODY + 1.5);
            });
        }
        let next = next.map_or_else(
            || t!("This is the last card.").to_owned(),
            |title| t!("Next: {title}", title),
        );
        ui.label(RichText::new(next).size(kind.small + 1.0).color(tokens.text));
        ui.separator();
        self.card_ui(
            ui,
            Type {
                title: 18.0,
                text: size::BODY + 1.0,
                small: size::SMALL,
            },
        );
    }
}
