//! The few widgets of which all controls are made.

use std::cell::RefCell;

use eframe::egui;
use eframe::egui::{ComboBox, Response, RichText, Role, Sense, Slider, Ui, WidgetInfo, vec2};

use super::focus::{note_chosen, note_ring};
use super::icons::Icon;
use super::spots::note;
use super::theme::{Theme, size};
use super::typed::{refuse, typed};
pub(super) use crate::digits::{grouped, short};
use crate::lecture::Pointer;
use crate::params::{Number, Scale};
use crate::words::{self, t};

/// When a control takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// At once, while it runs.
    Live,
    /// With the next reset; the control says so.
    OnReset {
        /// Whether a change is waiting for that reset.
        waiting: bool,
    },
}

/// Width of the names at the left of a row of controls.
pub(super) const NAME_WIDTH: f32 = 88.0;

/// A number with its name, slider, typed value, unit and help. A double-click on name or slider gives the default back.
///
/// `name` is what stands there, as it is said; `key` is the English of what a screen reader (and a test) [calls](called) it, unique in
/// the window.
pub(super) fn number_ui(
    ui: &mut Ui,
    name: &str,
    key: &str,
    value: &mut f64,
    (info, effect): (&Number, Effect),
) -> bool {
    let accessible = &*called(key);
    let before = *value;
    let help = help(info);
    let mut wants_default = false;
    let row = ui.horizontal(|ui| {
        wants_default |= name_ui(ui, name, accessible, &help, effect).double_clicked();
        // A typed number may be longer than its field; the row must not grow with it, nor the panel with the row.
        let value_width = 78.0;
        ui.spacing_mut().slider_width = (ui.available_width() - value_width - ui.spacing().item_spacing.x).max(20.0);
        let slider = ui
            .add(slider_of(value, info).show_value(false))
            .accessible_name(accessible);
        // A slider senses drags only; the double-click is read from the pointer.
        let double_click = |i: &egui::InputState| i.pointer.button_double_clicked(egui::PointerButton::Primary);
        wants_default |= slider.contains_pointer() && ui.input(double_click);
        slider.on_hover_text(&help);
        let (field, _) = ui.allocate_exact_size(vec2(value_width, ui.spacing().interact_size.y), Sense::hover());
        let mut field_ui = ui.new_child(egui::UiBuilder::new().max_rect(field));
        field_ui.set_clip_rect(field.intersect(ui.clip_rect()));
        let refusal = RefCell::new(None);
        field_ui
            .add_sized(field.size(), typed(ui.ctx(), value, info, &refusal))
            .accessible_name(t!("{control} value", control = accessible))
            .on_hover_text(&help);
        if let Some(refusal) = refusal.into_inner() {
            refuse(ui.ctx(), &format!("{accessible}: {refusal}"));
        }
    });
    note(ui.ctx(), Pointer::Control(key.to_owned()), row.response.rect);
    if wants_default {
        *value = info.default;
    }
    *value != before
}

/// How the control of an English name is called, alone or as that of a panel: "Transport α, panel 2". Lectures point at controls by their
/// English names, whatever the window speaks.
pub(super) fn called(key: &str) -> String {
    let of_panel = key.rsplit_once(", panel ");
    match of_panel.and_then(|(control, number)| Some((words::said(control), number.parse::<usize>().ok()?))) {
        Some((control, number)) => t!("{control}, panel {number}", control, number),
        None => words::said(key).to_owned(),
    }
}

/// The name at the left of a row, with its badge where the control is not live.
pub(super) fn name_ui(ui: &mut Ui, name: &str, accessible: &str, help: &str, effect: Effect) -> Response {
    let column = vec2(NAME_WIDTH, ui.spacing().interact_size.y);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(column, layout, |ui| {
        ui.set_min_width(NAME_WIDTH);
        ui.spacing_mut().item_spacing.x = 3.0;
        let label = ui
            .add(egui::Label::new(name).sense(Sense::CLICK).truncate())
            .on_hover_text(help);
        if let Effect::OnReset { waiting } = effect {
            on_reset_badge(ui, accessible, waiting);
        }
        label
    })
    .inner
}

/// One entry of a [`pick_ui`].
pub(super) struct Pick<T> {
    /// What choosing it means.
    pub(super) value: T,
    /// What stands there, in English.
    pub(super) word: &'static str,
    /// One sentence of help.
    pub(super) help: &'static str,
    /// Why it cannot be chosen now, if it cannot.
    pub(super) refused: Option<&'static str>,
}

/// A name and a drop-down list whose entries explain themselves. What cannot be chosen is there all the same, and says why.
pub(super) fn pick_ui<T: Clone>(
    ui: &mut Ui,
    (name, key): (&str, &str),
    help: &str,
    (chosen, picks): (usize, &[Pick<T>]),
) -> Option<T> {
    let accessible = &*called(key);
    let mut picked = None;
    let (word, about) = picks
        .get(chosen)
        .map_or(("", ""), |pick| (words::said(pick.word), words::said(pick.help)));
    let row = ui.horizontal(|ui| {
        name_ui(ui, name, accessible, help, Effect::Live);
        let combo = ComboBox::from_id_salt(key)
            .selected_text(word)
            .width(ui.available_width())
            .height(420.0)
            .truncate()
            .show_ui(ui, |ui| {
                for (k, pick) in picks.iter().enumerate() {
                    let (word, help) = (words::said(pick.word), words::said(pick.help));
                    let Some(reason) = pick.refused.map(words::said).filter(|_| k != chosen) else {
                        if entry(ui, k == chosen, word).on_hover_text(help).clicked() && k != chosen {
                            picked = Some(pick.value.clone());
                        }
                        continue;
                    };
                    let text = format!("{word}: {reason}");
                    let label = |ui: &mut Ui| ui.selectable_label(false, word).accessible_name(text);
                    let shown = ui.add_enabled_ui(false, label).inner;
                    shown.on_disabled_hover_text(format!("{help}\n{}", sentence(reason)));
                    let tokens = Theme::of(ui).tokens();
                    let reason = RichText::new(reason).size(size::SMALL).color(tokens.text_weak);
                    ui.horizontal(|ui| {
                        ui.add_space(12.0);
                        ui.set_max_width(260.0);
                        ui.add(egui::Label::new(reason).wrap());
                    });
                }
            });
        combo.response.on_hover_text(about).accessible_name(accessible);
    });
    note(ui.ctx(), Pointer::Control(key.to_owned()), row.response.rect);
    picked
}

/// A line that explains the control above it.
pub(super) fn note_ui(ui: &mut Ui, text: &str) -> Response {
    let tokens = Theme::of(ui).tokens();
    let text = RichText::new(text).size(size::SMALL).color(tokens.text_weak);
    ui.add(egui::Label::new(text).wrap())
}

/// A line that warns about the control above it.
pub(super) fn warning_ui(ui: &mut Ui, text: &str) -> Response {
    let tokens = Theme::of(ui).tokens();
    let frame = egui::Frame::new()
        .fill(tokens.notice)
        .corner_radius(4)
        .inner_margin(egui::Margin::symmetric(5, 1));
    let text = RichText::new(text).size(size::SMALL).color(tokens.on_notice);
    frame.show(ui, |ui| ui.add(egui::Label::new(text).wrap())).inner
}

/// The text with a capital letter at its beginning.
pub(super) fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(rest).collect())
}

/// An entry of an open list. Choosing it closes the list, by keyboard as by mouse.
pub(super) fn entry(ui: &mut Ui, selected: bool, text: &str) -> Response {
    let response = release(ui.selectable_label(selected, text));
    if selected {
        note_chosen(ui.ctx(), response.id);
    }
    if response.clicked() {
        ui.close();
    }
    response
}

/// A box to tick, with an outline that can be seen.
pub(super) fn tick_ui(ui: &mut Ui, on: &mut bool, text: &str, help: &str) -> bool {
    named_tick_ui(ui, on, (words::said(text), text), help)
}

/// A box to tick whose accessible name says more than what stands there.
pub(super) fn named_tick_ui(ui: &mut Ui, on: &mut bool, (text, key): (&str, &str), help: &str) -> bool {
    let tokens = Theme::of(ui).tokens();
    let response = ui.scope(|ui| {
        ui.visuals_mut().widgets.inactive.bg_stroke = egui::Stroke::new(1.0, tokens.text_weak);
        release(ui.checkbox(on, text).accessible_name(called(key))).on_hover_text(help)
    });
    note(ui.ctx(), Pointer::Control(key.to_owned()), response.inner.rect);
    response.inner.changed()
}

/// An outline around what has the keyboard.
pub(super) fn focus_ring(ui: &Ui, response: &Response, rect: egui::Rect, radius: f32) {
    if response.has_focus() {
        note_ring(ui.ctx());
        let stroke = egui::Stroke::new(2.0 * Theme::of(ui).tokens().bold, Theme::of(ui).tokens().text);
        ui.painter()
            .rect_stroke(rect.expand(2.0), radius + 2.0, stroke, egui::StrokeKind::Inside);
    }
}

/// The badge of a control that takes effect with the next reset: an arrow that goes round, lit up while a change waits.
pub(super) fn on_reset_badge(ui: &mut Ui, of: &str, waiting: bool) {
    let tokens = Theme::of(ui).tokens();
    let (rect, response) = ui.allocate_exact_size(vec2(17.0, 17.0), Sense::hover());
    let (says, name, color) = if waiting {
        ui.painter().circle_filled(rect.center(), 8.5, tokens.notice);
        (
            t!("waits for reset"),
            t!("{control} waits for reset", control = of),
            tokens.on_notice,
        )
    } else {
        (
            t!("applies on reset"),
            t!("{control} applies on reset", control = of),
            tokens.text_weak,
        )
    };
    Icon::Reset.paint(ui.painter(), rect.shrink(4.0), color);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    response.on_hover_text(says);
}

/// A button with a painted icon; `name` is its accessible name and begins its tooltip.
pub(super) fn icon_button(ui: &mut Ui, icon: Icon, name: &str, help: &str, edge: f32) -> Response {
    painted_button(ui, icon, (name, help), edge, None)
}

/// One of several painted icons, of which one holds.
pub(super) fn icon_choice(ui: &mut Ui, on: bool, icon: Icon, words: (&str, &str), edge: f32) -> Response {
    painted_button(ui, icon, words, edge, Some(on))
}

fn painted_button(ui: &mut Ui, icon: Icon, (name, help): (&str, &str), edge: f32, chosen: Option<bool>) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(edge, edge), Sense::click());
    response.widget_info(|| match chosen {
        None => WidgetInfo::labeled(Role::Button, ui.is_enabled(), name),
        Some(on) => WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, name),
    });
    if ui.is_rect_visible(rect) {
        let visuals = ui.style().interact_selectable(&response, chosen == Some(true));
        ui.painter().rect(
            rect,
            4.0,
            visuals.weak_bg_fill,
            visuals.bg_stroke,
            egui::StrokeKind::Inside,
        );
        icon.paint(ui.painter(), rect.shrink(0.22 * edge), visuals.fg_stroke.color);
    }
    let tip = if help.is_empty() {
        name.to_owned()
    } else {
        format!("{name}\n{help}")
    };
    release(response).on_hover_text(tip)
}

/// The head of a window: its title, and at the right what closes it; whether that was pressed.
pub(super) fn title_ui(ui: &mut Ui, title: &str, close: &str) -> bool {
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).size(size::HEADING).strong());
        let right = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(right, |ui| {
            icon_button(ui, Icon::Close, close, t!("Esc"), 20.0).clicked()
        })
        .inner
    })
    .inner
}

/// A plain button.
pub(super) fn button(ui: &mut Ui, text: &str, accessible: &str) -> Response {
    release(ui.button(text).accessible_name(accessible))
}

/// Paints what a word stands for, in a colour that says whether it is on.
pub(super) type Sample<'a> = &'a dyn Fn(&egui::Painter, egui::Rect, egui::Color32);

/// A word that is switched on or off by a click, with room at its left for a sample of what it switches.
pub(super) fn switch_word(
    ui: &mut Ui,
    on: &mut bool,
    word: &str,
    (name, help): (&str, &str),
    sample: Option<Sample<'_>>,
) -> egui::Rect {
    /// Beside sample and word.
    const MARGIN: f32 = 6.0;
    let tokens = Theme::of(ui).tokens();
    let color = if *on { tokens.text } else { tokens.text_weak };
    let galley = ui
        .painter()
        .layout_no_wrap(word.to_owned(), egui::FontId::proportional(size::BODY), color);
    let sample_width = if sample.is_some() { 18.0 } else { 0.0 };
    let wanted = vec2(
        galley.size().x + sample_width + 2.0 * MARGIN,
        ui.spacing().interact_size.y + 2.0,
    );
    let (rect, mut response) = ui.allocate_exact_size(wanted, Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, *on, name));
    let fill = if response.hovered() {
        tokens.control_hovered
    } else if *on {
        tokens.control
    } else {
        egui::Color32::TRANSPARENT
    };
    ui.painter().rect_filled(rect, 11.0, fill);
    focus_ring(ui, &response, rect, 11.0);
    if let Some(sample) = sample {
        let place = egui::Rect::from_min_size(rect.min + vec2(MARGIN, 0.0), vec2(sample_width - 5.0, rect.height()));
        sample(ui.painter(), place, if *on { tokens.text } else { tokens.line });
    }
    let at = egui::pos2(
        rect.min.x + MARGIN + sample_width,
        rect.center().y - 0.5 * galley.size().y,
    );
    if !*on {
        // Struck through as well, so that off is not told by colour alone.
        let y = rect.center().y + 1.0;
        ui.painter()
            .hline(at.x..=at.x + galley.size().x, y, egui::Stroke::new(1.0, color));
    }
    ui.painter().galley(at, galley, color);
    release(response).on_hover_text(help);
    rect
}

/// Lets go of the keyboard after a click, so that Space never presses the same button again. Who presses it by the keyboard stays there.
pub(super) fn release(response: Response) -> Response {
    if response.clicked_by(egui::PointerButton::Primary) {
        response.surrender_focus();
    }
    response
}

/// A heading of a group of controls, by its English title.
pub(super) fn section(ui: &mut Ui, title: &str, default_open: bool, add: impl FnOnce(&mut Ui)) {
    egui::CollapsingHeader::new(RichText::new(words::said(title)).size(size::BODY + 1.5).strong())
        .id_salt(title)
        .default_open(default_open)
        .show_unindented(ui, add);
    ui.add_space(4.0);
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    let p = 100.0 * share;
    if (0.05..0.95).contains(&p) {
        format!("{p:.1} %")
    } else {
        format!("{p:.0} %")
    }
}

fn help(info: &Number) -> String {
    t!(
        "{help}.\nFrom {least} to {most}; double-click for {default}.",
        help = sentence(words::said(info.help)),
        least = short(info.min),
        most = short(info.max),
        default = short(info.default)
    )
}

pub(super) fn slider_of<'a>(value: &'a mut f64, info: &Number) -> Slider<'a> {
    let wide = info.min > 0.0 && info.max / info.min > 1e3;
    let slider = Slider::new(value, info.min..=info.max)
        .clamping(egui::SliderClamping::Edits)
        .logarithmic(info.scale == Scale::Log || wide)
        .trailing_fill(true);
    match info.scale {
        Scale::Whole => slider.integer(),
        _ => slider,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_keep_what_matters() {
        assert_eq!(percent(0.931), "93 %");
        assert_eq!(percent(0.004), "0.4 %");
        assert_eq!(percent(0.0), "0 %");
    }
}
