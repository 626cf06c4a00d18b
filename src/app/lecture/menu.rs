//! The menu of lectures, the list of cards, and where lectures were left.

use std::sync::{Arc, LazyLock};

use eframe::egui;
use eframe::egui::{Align2, Context, Popup, RichText, ScrollArea, Ui, vec2};

use crate::app::App;
use crate::app::actions::Action;
use crate::app::icons::Icon;
use crate::app::theme::{Theme, size};
use crate::app::widgets::{button, entry, icon_button, release};
use crate::lecture::{BuiltIn, Lecture, lectures};
use crate::words::t;

/// What somebody wants to open.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::app) struct Wanted {
    /// The name of a built-in lecture, or a path.
    pub(in crate::app) key: String,
    /// The card, from 0.
    pub(in crate::app) card: usize,
}

impl App {
    /// The button in the header.
    pub(in crate::app) fn lectures_button_ui(&mut self, ui: &mut Ui, edge: f32) {
        let button = icon_button(
            ui,
            Icon::Lecture,
            t!("Lectures"),
            t!("Cards that show and check, one after the other"),
            edge,
        );
        Popup::menu(&button).show(|ui| {
            ui.set_min_width(340.0);
            self.lectures_ui(ui);
        });
    }

    /// The lectures that there are, each where it was left.
    pub(in crate::app) fn lectures_ui(&mut self, ui: &mut Ui) {
        for (built_in, lecture) in lectures().iter().zip(read()) {
            let about = t!(
                "{title}   {count} cards",
                title = lecture.title,
                count = lecture.cards.len()
            );
            let left = self.left_at(built_in.name);
            self.lecture_ui(ui, built_in.name, (&about, &lecture.about, left));
        }
        let files: Vec<(String, usize)> = self.hall.left.clone();
        for (key, card) in files.iter().filter(|(key, _)| BuiltIn::named(key).is_none()) {
            self.lecture_ui(ui, key, (&title_of(key), key, Some(*card)));
        }
        ui.separator();
        if release(ui.button(t!("Open a lecture…"))).clicked() {
            self.queue.push(Action::Open);
            ui.close();
        }
        if self.hall.on.is_some() && release(ui.button(t!("Leave the lecture"))).clicked() {
            self.queue.push(Action::CloseLecture);
            ui.close();
        }
    }

    fn lecture_ui(&mut self, ui: &mut Ui, key: &str, (text, about, left): (&str, &str, Option<usize>)) {
        let open = |card| {
            Action::OpenLecture(Wanted {
                key: key.to_owned(),
                card,
            })
        };
        if entry(ui, false, text).on_hover_text(about).clicked() {
            self.queue.push(open(0));
        }
        if let Some(card) = left.filter(|card| *card > 0) {
            ui.horizontal(|ui| {
                ui.add_space(14.0);
                let again = t!("Go on at card {card}", card = card + 1);
                if entry(ui, false, &again).clicked() {
                    self.queue.push(open(card));
                }
            });
        }
    }

    /// Opens a lecture by its key.
    pub(in crate::app) fn open_wanted(&mut self, ctx: &Context, wanted: &Wanted) {
        match BuiltIn::named(&wanted.key) {
            Some(built_in) => self.open_lecture(ctx, built_in.name, built_in.lecture(), wanted.card),
            None => self.open_path(ctx, wanted.key.clone().into()),
        }
    }

    /// The card (from 0) at which a lecture was left, unless that was its end.
    pub(in crate::app) fn left_at(&self, key: &str) -> Option<usize> {
        let left = self.hall.left.iter().find(|(of, _)| of == key);
        left.map(|(_, card)| *card)
    }

    /// Remembers the card of a lecture; the last one is the end, and forgotten.
    pub(super) fn note_card(&mut self, key: &str, card: usize, cards: usize) {
        let keep = (card + 1 < cards && card > 0).then_some(card);
        self.keep_lecture(key, keep);
    }

    /// The list of cards, while it is open.
    pub(super) fn cards_window_ui(&mut self, ctx: &Context) {
        let Some(on) = &self.hall.on else { return };
        let (lecture, present) = (Arc::clone(&on.lecture), on.card);
        let mut open = self.hall.list;
        if !open {
            return;
        }
        egui::Window::new(t!("Cards"))
            .id(egui::Id::unique("cards of the lecture"))
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
            .show(ctx, |ui| self.cards_ui(ui, &lecture, present));
        self.hall.list &= open;
    }

    fn cards_ui(&mut self, ui: &mut Ui, lecture: &Lecture, present: usize) {
        let tokens = Theme::of(ui).tokens();
        ui.set_min_width(430.0);
        ui.label(RichText::new(&lecture.title).size(size::HEADING));
        if !lecture.about.is_empty() {
            ui.label(RichText::new(&lecture.about).color(tokens.text_weak));
        }
        if let Some(minutes) = lecture.minutes {
            let text = t!(
                "About {minutes} minutes, {count} cards",
                minutes,
                count = lecture.cards.len()
            );
            ui.label(RichText::new(text).color(tokens.text_weak));
        }
        ui.add_space(6.0);
        let room = ui.ctx().content_rect().height() - 230.0;
        ScrollArea::vertical().max_height(room).show(ui, |ui| {
            for (k, card) in lecture.cards.iter().enumerate() {
                let text = format!("{}   {}", k + 1, card.title);
                let row = egui::Button::selectable(k == present, RichText::new(&text).size(size::BODY + 1.5));
                let row = release(ui.add_sized(vec2(ui.available_width(), 26.0), row.wrap()));
                if row
                    .accessible_name(t!("Card {number}   {title}", number = k + 1, title = card.title))
                    .clicked()
                {
                    self.queue.push(Action::GoToCard(k));
                    self.hall.list = false;
                }
            }
        });
        ui.add_space(4.0);
        if button(ui, t!("Close"), t!("Close the list of cards")).clicked() {
            self.hall.list = false;
        }
    }
}

/// The built-in lectures, for their titles: read once.
fn read() -> &'static [Lecture] {
    static READ: LazyLock<Vec<Lecture>> = LazyLock::new(|| lectures().iter().map(BuiltIn::lecture).collect());
    &READ
}

/// What a lecture in a file is called in the menu.
fn title_of(key: &str) -> String {
    let name = std::path::Path::new(key).file_name();
    name.map_or_else(|| key.to_owned(), |name| name.to_string_lossy().into_owned())
}
