//! The options of the tool in hand, in one line above the panels.

use std::cell::RefCell;

use eframe::egui;
use eframe::egui::{Panel, RichText, Role, Ui, WidgetInfo, vec2};

use super::super::App;
use super::super::theme::{Theme, size};
use super::super::typed::{refuse, typed};
use super::super::widgets::{release, slider_of};
use super::Tool;
use super::brush::word;
use super::hands::Mode;
use crate::params::Number;
use crate::words::{msg, said, t};

impl App {
    /// One line for the tool in hand; none for the one that moves things.
    pub(in super::super) fn tool_options_ui(&mut self, ui: &mut Ui) {
        let tool = self.view.tool;
        if tool == Tool::Select {
            return;
        }
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new()
            .fill(tokens.window)
            .inner_margin(egui::Margin::symmetric(10, 3));
        Panel::top("tool options")
            .frame(frame)
            .exact_size(32.0)
            .resizable(false)
            .show_separator_line(false)
            .show(ui, |ui| {
                ui.horizontal_centered(|ui| {
                    ui.label(RichText::new(said(tool.words().0)).strong());
                    match tool {
                        Tool::Brush => self.brush_options_ui(ui),
                        Tool::Draw => self.draw_options_ui(ui),
                        Tool::Probe => self.probe_options_ui(ui),
                        Tool::Select => {}
                    }
                    let hint = said(tool.hint());
                    let font = egui::FontId::proportional(size::SMALL);
                    let width = ui
                        .painter()
                        .layout_no_wrap(hint.to_owned(), font, tokens.text_weak)
                        .size()
                        .x;
                    // Half a sentence explains nothing.
                    if width < ui.available_width() {
                        ui.label(RichText::new(hint).size(size::SMALL).color(tokens.text_weak));
                    }
                });
            });
    }

    /// The radius of brush and pencil.
    pub(super) fn radius_ui(&mut self, ui: &mut Ui) {
        let view = self.draft.view();
        let largest = view.width().max(view.height());
        let info = Number::log(
            1e-3 * largest,
            largest,
            0.05 * view.width(),
            "",
            msg!("radius (length); Ctrl and wheel over a panel changes it, or + and − on a picture"),
        );
        let mut radius = self.radius();
        if number(ui, (t!("radius"), t!("Radius")), &mut radius, &info) {
            self.set_radius(radius);
        }
    }
}

/// A short name, a slider and a field; whether the number was changed.
pub(super) fn number(ui: &mut Ui, (name, accessible): (&str, &str), value: &mut f64, info: &Number) -> bool {
    let before = *value;
    let tokens = Theme::of(ui).tokens();
    word(ui, name, tokens);
    ui.spacing_mut().slider_width = 80.0;
    let slider = ui
        .add(slider_of(value, info).show_value(false))
        .accessible_name(accessible);
    slider.on_hover_text(said(info.help));
    let refusal = RefCell::new(None);
    ui.add_sized(vec2(56.0, 22.0), typed(value, info, &refusal))
        .accessible_name(t!("{control} value", control = accessible))
        .on_hover_text(said(info.help));
    if let Some(refusal) = refusal.into_inner() {
        refuse(ui.ctx(), &t!("{control}: {refusal}", control = accessible, refusal));
    }
    *value != before
}

/// Two words of which one holds, each with its accessible name and help: what the left button does.
pub(super) fn mode_ui(ui: &mut Ui, mode: &mut Mode, words: [(&str, &str, &str); 2]) {
    for (value, (word, accessible, help)) in [Mode::Add, Mode::Erase].into_iter().zip(words) {
        let on = *mode == value;
        let response = release(ui.selectable_label(on, word));
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, accessible));
        if response.on_hover_text(help).clicked() {
            *mode = value;
        }
    }
}
