//! The card beside the panels: its text, its claims, and the buttons that lead on.

use eframe::egui;
use eframe::egui::{Align, Color32, Layout, Panel, RichText, ScrollArea, Stroke, TextStyle, Ui, vec2};
use egui_commonmark::CommonMarkViewer;

use super::Phase;
use crate::app::App;
use crate::app::actions::Action;
use crate::app::icons::Icon;
use crate::app::theme::{Theme, Tokens, size};
use crate::app::widgets::{button, icon_button};
use crate::lecture::Finding;

/// Sizes of type (points), for a card in so large a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) title: f32,
    pub(super) text: f32,
    pub(super) small: f32,
}

impl Type {
    /// For a window of this size: what fills a wall is read from farther away.
    pub(super) fn of(window: egui::Vec2) -> Self {
        let scale = (window.x / 1280.0).min(window.y / 720.0).clamp(0.9, 1.6);
        Self {
            title: 23.0 * scale,
            text: 16.5 * scale,
            small: (13.0 * scale).max(size::SMALL),
        }
    }
}

impl App {
    /// Draws the card at the left.
    pub(in crate::app) fn card_panel_ui(&mut self, ui: &mut Ui) {
        if self.hall.on.is_none() {
            return;
        }
        let tokens = Theme::of(ui).tokens();
        let window = ui.ctx().content_rect().size();
        let frame = egui::Frame::new().fill(tokens.panel).inner_margin(egui::Margin {
            left: 16,
            right: 6,
            top: 12,
            bottom: 8,
        });
        Panel::left("card")
            .default_size((0.29 * window.x).clamp(300.0, 600.0))
            .size_range(280.0..=0.45 * window.x)
            .frame(frame)
            .show(ui, |ui| {
                Panel::bottom("to other cards")
                    .frame(egui::Frame::new())
                    .show_separator_line(false)
                    .resizable(false)
                    .show(ui, |ui| self.card_buttons_ui(ui, tokens));
                ScrollArea::vertical()
                    .id_salt(("card text", self.hall.on.as_ref().map(|on| on.card)))
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        let margin = egui::Margin {
                            right: 12,
                            ..egui::Margin::ZERO
                        };
                        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
                            if self.hall.audience.open {
                                self.speaker_ui(ui, Type::of(window));
                            } else {
                                self.card_ui(ui, Type::of(window));
                            }
                            self.card_controls_ui(ui);
                        });
                    });
            });
    }

    /// What the audience reads: title, text, question, claims.
    pub(super) fn card_ui(&mut self, ui: &mut Ui, kind: Type) {
        let tokens = Theme::of(ui).tokens();
        let Some(on) = &self.hall.on else { return };
        let (card, n, all) = (on.card().clone(), on.card, on.cards());
        let about = format!("{}   {} of {all}", on.lecture.title, n + 1);
        ui.label(RichText::new(about).size(kind.small).color(tokens.text_weak));
        progress_ui(ui, (n, all), tokens);
        ui.add_space(6.0);
        ui.add(egui::Label::new(RichText::new(&card.title).size(kind.title).strong()).wrap());
        ui.add_space(4.0);
        self.prose_ui(ui, &card.text, kind.text);
        self.ask_ui(ui, kind);
        self.claims_ui(ui, kind);
    }

    /// A text in CommonMark.
    pub(super) fn prose_ui(&mut self, ui: &mut Ui, text: &str, points: f32) {
        let tokens = Theme::of(ui).tokens();
        ui.scope(|ui| {
            let style = ui.style_mut();
            for (name, font) in &mut style.text_styles {
                font.size = if *name == TextStyle::Heading {
                    1.25 * points
                } else {
                    points
                };
            }
            style.spacing.item_spacing = vec2(0.0, 0.5 * points);
            // There is no bold face at hand: what is strong has the accent.
            style.visuals.widgets.active.fg_stroke = Stroke::new(1.0, tokens.accent);
            CommonMarkViewer::new().show(ui, &mut self.hall.texts, text);
        });
    }

    /// The claims, each with a tick, a cross, or dots while it is not known.
    fn claims_ui(&self, ui: &mut Ui, kind: Type) {
        let Some(on) = &self.hall.on else { return };
        if on.card().claims.is_empty() {
            return;
        }
        let tokens = Theme::of(ui).tokens();
        ui.add_space(8.0);
        let verdict = self.findings();
        for (k, claim) in on.card().claims.iter().enumerate() {
            let finding = verdict.and_then(|verdict| verdict.findings.get(k));
            claim_ui(ui, &claim.says, finding, (kind, tokens));
        }
        let astray = on.phase == Phase::Astray || (on.phase == Phase::Over && !self.is_on_card());
        if astray {
            let text = "The run is no longer that of the card. \u{201c}Again\u{201d} plays it from its beginning.";
            ui.label(RichText::new(text).size(kind.small).color(tokens.text_weak));
        }
    }

    /// The sections of the controls that may be touched.
    fn card_controls_ui(&mut self, ui: &mut Ui) {
        let Some(sections) = self.view.sections.clone().filter(|sections| !sections.is_empty()) else {
            return;
        };
        if self.options.controls {
            return;
        }
        ui.add_space(10.0);
        ui.separator();
        self.sections_ui(ui, &sections);
    }

    /// Back, list, on; and out.
    fn card_buttons_ui(&mut self, ui: &mut Ui, tokens: &Tokens) {
        let Some(on) = &self.hall.on else { return };
        let (n, all, phase) = (on.card, on.cards(), on.phase);
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let edge = 30.0;
            if icon_button(ui, Icon::Previous, "Card before", "PageUp", edge).clicked() {
                self.queue.push(Action::PreviousCard);
            }
            let list = button(ui, &format!("{} of {all}", n + 1), "List of cards");
            if list.on_hover_text("All cards (Ctrl+L)").clicked() {
                self.queue.push(Action::ToggleCards);
            }
            let (word, help) = match phase {
                Phase::Asking => ("Play", "Plays the card; the answer is shown at its end (PageDown)"),
                _ if n + 1 == all => ("The end", "This is the last card"),
                _ => ("Next", "The next card (PageDown)"),
            };
            let text = RichText::new(word).size(size::BODY + 1.5).color(tokens.on_accent);
            let next = egui::Button::new(text).fill(tokens.accent).min_size(vec2(76.0, edge));
            let next = ui.add_enabled(phase == Phase::Asking || n + 1 < all, next);
            let next = crate::app::widgets::release(next.accessible_name("Next card")).on_hover_text(help);
            if next.clicked() {
                self.queue.push(Action::NextCard);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, "Leave the lecture", "The run stays", edge).clicked() {
                    self.queue.push(Action::CloseLecture);
                }
                let audience = "A second window for the audience: panels, card and plots, without controls. Notes stay in this one";
                if icon_button(ui, Icon::Audience, "Audience window", audience, edge).clicked() {
                    self.queue.push(Action::ToggleAudience);
                }
                if phase == Phase::Playing {
                    if icon_button(ui, Icon::ToEnd, "To the end of the card", "As fast as possible (Shift+PageDown)", edge).clicked() {
                        self.queue.push(Action::EndCard);
                    }
                } else if icon_button(ui, Icon::Reset, "Card again", "From where it opens, with everything as the card has it", edge).clicked() {
                    self.queue.push(Action::GoToCard(n));
                }
            });
        });
    }
}

/// One claim.
fn claim_ui(ui: &mut Ui, says: &str, finding: Option<&Finding>, (kind, tokens): (Type, &Tokens)) {
    let (mark, word, color): (_, _, Color32) = match finding {
        None => ("…", "not judged yet", tokens.text_weak),
        Some(finding) if finding.holds() => ("✓", "holds", tokens.good),
        Some(_) => ("✗", "does not hold", tokens.error),
    };
    ui.horizontal_top(|ui| {
        let column = 1.5 * kind.text;
        let label = ui.allocate_ui(vec2(column, kind.text), |ui| {
            ui.set_width(column);
            ui.label(RichText::new(mark).size(kind.text).color(color))
        });
        label.inner.accessible_name(format!("{says}: {word}"));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let strength = if finding.is_some() {
                tokens.text
            } else {
                tokens.text_weak
            };
            let text = RichText::new(says).size(kind.text - 1.0).color(strength);
            ui.add(egui::Label::new(text).wrap());
            if let Some(finding) = finding {
                let numbers = RichText::new(finding.to_string())
                    .size(kind.small)
                    .color(tokens.text_weak);
                ui.add(egui::Label::new(numbers).wrap());
            }
        });
    });
    ui.add_space(2.0);
}

/// How far the lecture is, as a thin bar.
fn progress_ui(ui: &mut Ui, (n, all): (usize, usize), tokens: &Tokens) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), egui::Sense::hover());
    let gap = 3.0;
    let width = (rect.width() - gap * (all - 1) as f32) / all as f32;
    for k in 0..all {
        let left = rect.left() + k as f32 * (width + gap);
        let part = egui::Rect::from_min_size(egui::pos2(left, rect.top()), vec2(width.max(1.0), rect.height()));
        let color = if k <= n { tokens.accent } else { tokens.control };
        ui.painter().rect_filled(part, 2.0, color);
    }
}
