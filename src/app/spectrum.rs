//! How fast the flows of this landscape forget where they began, and the shapes that are forgotten last.
//!
//! The figures are worked out on a thread of their own while their section is open, again whenever the landscape has come to rest
//! after a change. Old figures stay, marked as old, until the new ones are there.

use std::sync::Arc;

use eframe::egui;
use eframe::egui::{
    Color32, Grid as Table, Painter, Rect, RichText, Role, Sense, Stroke, StrokeKind, TextureHandle, Ui, WidgetInfo,
    pos2, vec2,
};

use super::App;
use super::backdrop::screen_rect;
use super::looks::{Look, looks};
use super::spectra::{Answer, CEILING, Question};
use super::theme::{Profile, Theme, size};
use super::widgets::{Effect, focus_ring, name_ui, note_ui, release, short};
use crate::flow::{Flow, Rate, Transport};
use crate::observe::Observer;
use crate::render::camera::Projection;
use crate::space::Point;
use crate::words::t;

impl App {
    /// Sees to the figures while anything shows them.
    pub(super) fn ask_for_spectrum(&mut self, ctx: &egui::Context) {
        let place = self.drive.place();
        self.spectra.ask(Question::of(&self.draft), place, ctx);
    }

    /// The section at the left.
    pub(super) fn spectrum_ui(&mut self, ui: &mut Ui) {
        self.ask_for_spectrum(ui.ctx());
        let Some((question, answer, current)) = self.spectra.newest() else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(t!("working out the slowest modes"));
            });
            return;
        };
        let answer = match answer {
            Ok(answer) => Arc::clone(answer),
            Err(sentence) => {
                note_ui(ui, &t!("No spectrum: {reason}.", reason = sentence));
                return;
            }
        };
        let tilts = question.tilts.clone();
        ui.add_enabled_ui(current, |ui| {
            figures_ui(ui, &answer);
            self.rates_of_flows_ui(ui, &answer, &tilts);
            self.modes_ui(ui, &answer);
        });
        if !current {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(t!("of the landscape before; working"));
            });
        }
    }

    /// Predicted and measured rates, one row per flow.
    fn rates_of_flows_ui(&self, ui: &mut Ui, answer: &Answer, tilts: &[f64]) {
        let tokens = Theme::of(ui).tokens();
        let weak = |text: &str| RichText::new(text).size(size::SMALL).color(tokens.text_weak);
        let table = Table::new("rates of flows").num_columns(3).spacing([8.0, 2.0]);
        table.show(ui, |ui| {
            ui.label(weak(t!("rate (/time)")));
            ui.label(weak("αλ₁ + β")).on_hover_text(t!(
                "At this rate the law should converge in the end; KL decays twice as fast."
            ));
            ui.label(weak(t!("measured"))).on_hover_text(t!(
                "Half the rate at which KL falls in its last stretch, above the noise of sampling."
            ));
            ui.end_row();
            for (k, (flow, look)) in self.draft.panels.iter().zip(looks(&self.draft.panels)).enumerate() {
                flow_name_ui(ui, flow, look);
                match answer.predicted(flow, tilts) {
                    Ok(rate) => ui.label(short(rate)),
                    Err(why) => ui.label("–").on_hover_text(why),
                };
                self.measured_ui(ui, k, &answer.observer);
                ui.end_row();
            }
        });
    }

    fn measured_ui(&self, ui: &mut Ui, k: usize, observer: &Observer) {
        let snapshot = self.report.as_ref().map(|r| &r.snapshot);
        let Some(found) = snapshot.and_then(|s| self.spectra.measured(s, k, observer)) else {
            ui.label("–").on_hover_text(t!(
                "Read off where KL is below {ceiling} and above its noise, with these settings: not enough of that yet.",
                ceiling = CEILING
            ));
            return;
        };
        let (from, to) = (short(found.window.0), short(found.window.1));
        ui.label(format!("{} ± {}", short(found.rate), one_digit(found.error)))
            .on_hover_text(t!(
                "From {points} values of KL, t = {from} to {to}",
                points = found.points,
                from,
                to
            ));
    }

    /// The eigenfunctions, each a switch that shows it over the panels.
    fn modes_ui(&mut self, ui: &mut Ui, answer: &Answer) {
        let theme = Theme::of(ui);
        note_ui(
            ui,
            t!("Slowest shapes: mass moves between blue and orange. A click shows one in the panels."),
        );
        let textures: Vec<TextureHandle> = self.spectra.pictures(ui.ctx(), theme).to_vec();
        let room = ui.available_width();
        let width = ((room - 2.0 * ui.spacing().item_spacing.x) / 3.0).floor();
        let grid = answer.spectrum.modes[0].grid;
        let height = (width * (grid.rect.height() / grid.rect.width()) as f32).clamp(0.5 * width, 1.4 * width);
        ui.horizontal_wrapped(|ui| {
            for (k, (texture, rate)) in textures.iter().zip(&answer.spectrum.rates[1..]).enumerate() {
                let number = k + 1;
                let chosen = self.view.mode == Some(number);
                let (rect, response) = ui.allocate_exact_size(vec2(width, height + 18.0), Sense::click());
                let name = t!("Eigenfunction {number} over the panels", number);
                response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, chosen, &name));
                thumbnail(
                    ui.painter(),
                    rect,
                    texture,
                    (chosen, theme),
                    &format!("λ = {}", short(*rate)),
                );
                focus_ring(ui, &response, rect, 3.0);
                if release(response)
                    .on_hover_text(format!(
                        "{name}\n{}",
                        t!("Decays at the rate αλ + β, λ = {rate} /time", rate = short(*rate))
                    ))
                    .clicked()
                {
                    self.view.mode = (!chosen).then_some(number);
                }
            }
        });
    }

    /// Paints the chosen eigenfunction into a panel, and gives what is to be said about it.
    pub(super) fn paint_mode(&mut self, painter: &Painter, on: &Projection, flow: Option<&Flow>) -> Option<String> {
        let number = self.view.mode?;
        let theme = Profile::of(painter.ctx());
        let texture = self.spectra.pictures(painter.ctx(), theme).get(number - 1)?.id();
        let (question, answer, current) = self.spectra.newest()?;
        let answer = answer.as_ref().ok().filter(|_| current)?;
        let world = question.rect;
        let corner = |x: f64, y: f64| {
            let s = on.screen_from_world(Point::new(x, y));
            pos2(s.x as f32, s.y as f32)
        };
        let rect = Rect::from_min_max(corner(world.min.x, world.max.y), corner(world.max.x, world.min.y));
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        // Paler than in the section: particles and figures stand on it.
        let [r, g, b] = theme.tokens().diverging[1];
        painter.rect_filled(screen_rect(on), 0.0, Color32::from_rgb(r, g, b));
        painter.image(texture, rect, uv, Color32::WHITE.gamma_multiply(0.6));
        let rate = answer.spectrum.rates.get(number)?;
        let plain = |f: &&Flow| f.rate == Rate::FisherRao && !matches!(f.transport, Transport::Underdamped(_));
        let decay = flow.filter(plain).map(|f| f.alpha * rate + f.beta);
        Some(match decay {
            Some(decay) => t!(
                "mode {number}: decays at {rate} /time here",
                number,
                rate = short(decay)
            ),
            None => t!("mode {number}: λ = {rate} /time", number, rate = short(*rate)),
        })
    }
}

fn figures_ui(ui: &mut Ui, answer: &Answer) {
    let gap = answer.spectrum.gap();
    let row = |ui: &mut Ui, name: &str, value: String, help: &str| {
        ui.horizontal(|ui| {
            name_ui(ui, name, name, help, Effect::Live);
            ui.label(value).on_hover_text(help);
        });
    };
    row(
        ui,
        t!("Gap λ₁"),
        t!("{rate} /time", rate = short(gap)),
        t!("The slowest rate of Langevin at α = 1: how fast the last difference from π dies out"),
    );
    row(
        ui,
        t!("Memory 1/λ₁"),
        t!("{span} time", span = short(1.0 / gap)),
        t!("The time in which Langevin forgets which well it began in, at α = 1"),
    );
    if let Some(estimate) = answer.kramers.as_ref().and_then(|k| k.rates.first()) {
        row(
            ui,
            t!("Kramers"),
            t!("{rate} /time", rate = short(*estimate)),
            t!("The estimate of λ₁ from the heights of the passes between the wells: good for high barriers"),
        );
    }
}

/// An error with the one digit that it is worth.
fn one_digit(error: f64) -> String {
    if !(error > 0.0 && error.is_finite()) {
        return "0".to_owned();
    }
    let decimals = (-error.log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{error:.decimals$}")
}

fn flow_name_ui(ui: &mut Ui, flow: &Flow, look: Look) {
    let tokens = Theme::of(ui).tokens();
    ui.horizontal(|ui| {
        ui.set_width(104.0);
        let (sample, _) = ui.allocate_exact_size(vec2(22.0, 14.0), Sense::hover());
        look.sample(ui.painter(), sample.left_center(), 20.0, tokens);
        let name = RichText::new(&flow.name).color(look.color(tokens));
        ui.add(egui::Label::new(name).truncate());
    });
}

fn thumbnail(painter: &Painter, rect: Rect, texture: &TextureHandle, (chosen, theme): (bool, Profile), text: &str) {
    let tokens = theme.tokens();
    let picture = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - 18.0));
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(texture.id(), picture, uv, Color32::WHITE);
    let stroke = if chosen {
        Stroke::new(3.0, tokens.accent)
    } else {
        Stroke::new(1.0, tokens.line)
    };
    painter.rect_stroke(picture, 2.0, stroke, StrokeKind::Inside);
    painter.text(
        pos2(rect.center().x, rect.bottom()),
        egui::Align2::CENTER_BOTTOM,
        text,
        egui::FontId::proportional(size::SMALL),
        tokens.text,
    );
}
