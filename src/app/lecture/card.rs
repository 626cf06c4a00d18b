//! The card beside the panels: its text, its claims, and the buttons that lead on.

use eframe::egui;
use eframe::egui::{Align, Layout, Panel, RichText, Role, ScrollArea, Stroke, Ui, Vec2, WidgetInfo, vec2};

use super::Phase;
use super::prose::{Ink, Texts};
use crate::app::App;
use crate::app::actions::Action;
use crate::app::drive::Drive;
use crate::app::icons::Icon;
use crate::app::spots;
use crate::app::theme::{Theme, Tokens, size};
use crate::app::widgets::{button, icon_button};
use crate::lecture::{Card, Finding, Guess, Pointer, plain};
use crate::words::t;

/// What is left free at the right of a card's text.
const MARGIN: f32 = 12.0;

/// Sizes of type (points), for a card in so large a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) title: f32,
    pub(super) text: f32,
    pub(super) small: f32,
}

impl Type {
    /// The largest type in which a card fits into this room, or nearly, in a window of this size: what fills a wall is read from farther
    /// away.
    pub(super) fn fitting(ui: &Ui, texts: &mut Texts, (card, room): (&Card, Vec2)) -> Self {
        let window = ui.ctx().content_rect().size();
        let scale = (window.x / 1280.0).min(window.y / 720.0).clamp(0.9, 1.6);
        let kinds = [1.22_f32, 1.14, 1.07, 1.0, 0.93, 0.86, 0.8].map(|fit| Self::scaled(fit * scale));
        let fits = |kind: &Self| kind.height(ui, texts, (card, room.x)) <= room.y;
        kinds
            .into_iter()
            .find(fits)
            .unwrap_or_else(|| Self::scaled(0.74 * scale))
    }

    /// The larger of this and a little less than another.
    fn at_least(self, other: Self) -> Self {
        let part = 0.8;
        Self {
            title: self.title.max(part * other.title),
            text: self.text.max(part * other.text),
            small: self.small.max(part * other.small),
        }
    }

    fn scaled(scale: f32) -> Self {
        Self {
            title: 23.0 * scale,
            text: 16.5 * scale,
            small: (13.0 * scale).max(size::SMALL),
        }
    }

    /// About how high a card is in this width, with everything that is shown at its end.
    fn height(self, ui: &Ui, texts: &mut Texts, (card, width): (&Card, f32)) -> f32 {
        let tokens = Theme::of(ui).tokens();
        let mut prose = |text: &str, points: f32, width: f32| texts.height(ui, text, (Ink::new(points, tokens), width));
        let claims = card.claims.iter().map(|claim| {
            let text = prose(&claim.says, self.text - 1.0, width - 2.0 * self.text);
            text + 1.25 * self.small + 8.0
        });
        let claims: f32 = claims.sum();
        let question = card.question.as_ref().map_or(0.0, |question| {
            let guess = match &question.guess {
                Guess::Masses { .. } => 5.6 * self.text + 1.4 * self.small,
                Guess::Number { .. } => 26.0 + 3.2 * self.text,
                Guess::Choice { among, .. } => (1.9 * self.text + 6.0) * among.len() as f32,
            };
            let texts = prose(&question.ask, self.text + 1.0, width - 24.0) + prose(&question.answer, self.text, width);
            guess + texts + 52.0
        });
        let font = egui::FontId::proportional(self.title);
        let color = egui::Color32::PLACEHOLDER;
        let title = ui.painter().layout(card.title.clone(), font, color, width).size().y;
        1.4 * self.small + 28.0 + title + prose(&card.text, self.text, width) + question + claims
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
        // In a window of another size the card is as wide as it was there, or has its share.
        Panel::left(("card", (window.x / 160.0).round() as u32))
            .default_size((0.29 * window.x).clamp(300.0, 600.0))
            .size_range(280.0..=0.45 * window.x)
            .frame(frame)
            .show(ui, |ui| {
                Panel::bottom("to other cards")
                    .frame(egui::Frame::new())
                    .show_separator_line(false)
                    .resizable(false)
                    .show(ui, |ui| self.card_buttons_ui(ui, tokens));
                // A bar to scroll by must not make the type smaller that then needs none.
                let bar = ui.spacing().scroll.allocated_width();
                let (width, room) = (ui.available_width() - MARGIN - bar, ui.available_height());
                ScrollArea::vertical()
                    .id_salt(("card text", self.hall.on.as_ref().map(|on| on.card)))
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        let margin = egui::Margin {
                            right: MARGIN as i8,
                            ..egui::Margin::ZERO
                        };
                        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
                            let Some(on) = &self.hall.on else { return };
                            let points_at_control = matches!(on.card().point_at, Some(Pointer::Control(_)));
                            let mut fitting =
                                |room: f32| Type::fitting(ui, &mut self.hall.texts, (on.card(), vec2(width, room)));
                            let (alone, kind) = (fitting(room), fitting(room - self.hall.controls));
                            // Controls may be scrolled to, unless they are what the card is about.
                            let kind = if points_at_control { kind } else { kind.at_least(alone) };
                            if self.hall.audience.open {
                                self.speaker_ui(ui, kind);
                            } else {
                                self.card_ui(ui, kind);
                                self.notes_ui(ui, kind);
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
        let small = |text: &str| RichText::new(text).size(kind.small).color(tokens.text_weak);
        let title = small(&on.lecture.title);
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), 1.4 * kind.small),
            Layout::right_to_left(Align::Center),
            |ui| {
                ui.label(small(&t!("{card} of {cards}", card = n + 1, cards = all)));
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(title).truncate());
                });
            },
        );
        progress_ui(ui, (n, all), tokens);
        ui.add_space(6.0);
        ui.add(egui::Label::new(RichText::new(&card.title).size(kind.title).strong()).wrap());
        ui.add_space(4.0);
        self.hall.texts.show(ui, &card.text, Ink::new(kind.text, tokens));
        self.ask_ui(ui, kind);
        self.claims_ui(ui, kind);
    }

    /// The claims, each with a tick, a cross, or dots while it is not known.
    fn claims_ui(&mut self, ui: &mut Ui, kind: Type) {
        let verdict = self.findings().cloned();
        let is_on_card = self.is_on_card();
        let Some(on) = &self.hall.on else { return };
        if on.card().claims.is_empty() {
            return;
        }
        let tokens = Theme::of(ui).tokens();
        ui.add_space(8.0);
        for (k, claim) in on.card().claims.iter().enumerate() {
            let finding = verdict.as_ref().and_then(|verdict| verdict.findings.get(k));
            claim_ui(ui, (&claim.says, finding), &mut self.hall.texts, (kind, tokens));
        }
        let astray = on.phase == Phase::Astray || (on.phase == Phase::Over && !is_on_card);
        if astray {
            let text = t!("The run is no longer that of the card. “Card again” plays it from its beginning.");
            ui.label(RichText::new(text).size(kind.small).color(tokens.text_weak));
        }
    }

    /// The sections of the controls that may be touched.
    fn card_controls_ui(&mut self, ui: &mut Ui) {
        let top = ui.next_widget_position().y;
        self.sections_of_card_ui(ui);
        let height = ui.next_widget_position().y - top;
        // Together they are to fit; but text that nobody can read helps nobody either.
        self.hall.controls = height.min(0.4 * ui.clip_rect().height());
        self.scroll_to_pointed(ui);
    }

    /// Brings the control that the card points at into view, once. What is out of view is not pointed at.
    fn scroll_to_pointed(&mut self, ui: &Ui) {
        let visible = ui.clip_rect();
        let Some(on) = &mut self.hall.on else { return };
        let Some(pointer @ Pointer::Control(_)) = &on.card().point_at else {
            return;
        };
        let Some(rect) = spots::find(ui.ctx(), pointer) else {
            return;
        };
        if visible.contains_rect(rect.shrink(1.0)) {
            on.scrolled = true;
            return;
        }
        spots::forget(ui.ctx(), pointer);
        if !on.scrolled {
            ui.scroll_to_rect(rect.expand(8.0), Some(Align::Max));
        }
    }

    /// What only the speaker reads, where there is no second window.
    fn notes_ui(&mut self, ui: &mut Ui, kind: Type) {
        let Some(on) = &self.hall.on else { return };
        let notes = on.card().notes.clone();
        if notes.is_empty() || self.figure || matches!(self.drive, Drive::Still(_)) {
            return;
        }
        let tokens = Theme::of(ui).tokens();
        let shown = self.settings.notes;
        ui.add_space(6.0);
        let word = if shown { t!("Hide the notes") } else { t!("Notes") };
        let text = RichText::new(word).size(kind.small).color(tokens.text_weak);
        let toggle = crate::app::widgets::release(ui.add(egui::Button::new(text).small().frame(false)));
        let help = t!("What the speaker wants to remember: never in the window for the audience (Shift+N)");
        if toggle.on_hover_text(help).clicked() {
            self.queue.push(Action::ToggleNotes);
        }
        if shown {
            self.notes_box_ui(ui, &notes, kind.text - 2.0);
        }
    }

    /// The notes, on paper of their own.
    pub(super) fn notes_box_ui(&mut self, ui: &mut Ui, notes: &str, points: f32) {
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new().fill(tokens.notice).corner_radius(6).inner_margin(10);
        let ink = Ink {
            color: tokens.on_notice,
            strong: tokens.on_notice,
            ..Ink::new(points, tokens)
        };
        frame.show(ui, |ui| self.hall.texts.show(ui, notes, ink));
    }

    fn sections_of_card_ui(&mut self, ui: &mut Ui) {
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
            // In a narrow panel they come closer.
            let narrow = ui.available_width() < 310.0;
            if narrow {
                ui.spacing_mut().item_spacing.x = 4.0;
            }
            if icon_button(ui, Icon::Previous, t!("Card before"), "PageUp", edge).clicked() {
                self.queue.push(Action::PreviousCard);
            }
            let list = button(
                ui,
                &t!("{card} of {cards}", card = n + 1, cards = all),
                t!("List of cards"),
            );
            if list.on_hover_text(t!("All cards (Ctrl+L)")).clicked() {
                self.queue.push(Action::ToggleCards);
            }
            let (word, help) = match phase {
                Phase::Asking => (
                    t!("Play"),
                    t!("Plays the card; the answer is shown at its end (PageDown)"),
                ),
                _ if n + 1 == all => (t!("The end"), t!("This is the last card")),
                _ => (t!("Next"), t!("The next card (PageDown)")),
            };
            let text = RichText::new(word).size(size::BODY + 1.5).color(tokens.on_accent);
            let next = egui::Button::new(text)
                .fill(tokens.accent)
                .min_size(vec2(if narrow { 62.0 } else { 76.0 }, edge));
            let next = ui.add_enabled(phase == Phase::Asking || n + 1 < all, next);
            let next = crate::app::widgets::release(next.accessible_name(t!("Next card"))).on_hover_text(help);
            if next.clicked() {
                self.queue.push(Action::NextCard);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, t!("Leave the lecture"), t!("The run stays"), edge).clicked() {
                    self.queue.push(Action::CloseLecture);
                }
                let audience = t!(
                    "A second window for the audience: panels, card and plots, without controls. Notes stay in this one"
                );
                if icon_button(ui, Icon::Audience, t!("Audience window"), audience, edge).clicked() {
                    self.queue.push(Action::ToggleAudience);
                }
                if phase == Phase::Playing {
                    if icon_button(
                        ui,
                        Icon::ToEnd,
                        t!("To the end of the card"),
                        t!("As fast as possible (Shift+PageDown)"),
                        edge,
                    )
                    .clicked()
                    {
                        self.queue.push(Action::EndCard);
                    }
                } else if icon_button(
                    ui,
                    Icon::Reset,
                    t!("Card again"),
                    t!("From where it opens, with everything as the card has it"),
                    edge,
                )
                .clicked()
                {
                    self.queue.push(Action::GoToCard(n));
                }
            });
        });
    }
}

/// One claim.
fn claim_ui(
    ui: &mut Ui,
    (says, finding): (&str, Option<&Finding>),
    texts: &mut Texts,
    (kind, tokens): (Type, &Tokens),
) {
    ui.horizontal_top(|ui| {
        let holds = finding.map(Finding::holds);
        let spoken = || match holds {
            None => t!("{claim}: not judged yet", claim = plain(says)),
            Some(true) => t!("{claim}: holds", claim = plain(says)),
            Some(false) => t!("{claim}: does not hold", claim = plain(says)),
        };
        let (mark, response) = ui.allocate_exact_size(Vec2::splat(1.35 * kind.text), egui::Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, spoken()));
        mark_ui(ui, mark.shrink(0.22 * mark.width()), holds, tokens);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let color = if finding.is_some() {
                tokens.text
            } else {
                tokens.text_weak
            };
            let ink = Ink {
                color,
                ..Ink::new(kind.text - 1.0, tokens)
            };
            texts.show(ui, says, ink);
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

/// A tick, a cross, or dots: the fonts at hand lack them.
fn mark_ui(ui: &Ui, rect: egui::Rect, holds: Option<bool>, tokens: &Tokens) {
    let at = |x: f32, y: f32| egui::pos2(egui::lerp(rect.x_range(), x), egui::lerp(rect.y_range(), y));
    let painter = ui.painter();
    let stroke = |color| Stroke::new((0.17 * rect.width()).max(2.0), color);
    match holds {
        None => {
            for x in [0.15, 0.5, 0.85] {
                painter.circle_filled(at(x, 0.6), 0.1 * rect.width(), tokens.text_weak);
            }
        }
        Some(true) => {
            painter.line(vec![at(0.0, 0.55), at(0.36, 0.92), at(1.0, 0.1)], stroke(tokens.good));
        }
        Some(false) => {
            painter.line_segment([at(0.06, 0.06), at(0.94, 0.94)], stroke(tokens.error));
            painter.line_segment([at(0.94, 0.06), at(0.06, 0.94)], stroke(tokens.error));
        }
    }
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
