//! Numbers that are typed: reading them forgivingly, and saying why one is not taken.

use std::cell::RefCell;

use eframe::egui;
use eframe::egui::DragValue;

use super::widgets::{grouped, short};
use crate::params::{Number, Scale};
use crate::words::{said, t};

/// Remembers why something typed was not taken, until [`take_refusal`] asks.
pub(super) fn refuse(ctx: &egui::Context, sentence: &str) {
    ctx.data_mut(|data| data.insert_temp(egui::Id::unique("refusal"), sentence.to_owned()));
}

/// Why something typed was not taken, once.
pub(super) fn take_refusal(ctx: &egui::Context) -> Option<String> {
    ctx.data_mut(|data| data.remove_temp(egui::Id::unique("refusal")))
}

/// Remembers the frame in which Esc was pressed; called before anybody listens to it.
pub(super) fn watch_esc(ctx: &egui::Context) {
    if ctx.input(|i| i.key_pressed(egui::Key::Escape)) {
        let frame = ctx.cumulative_frame_nr();
        ctx.data_mut(|data| data.insert_temp(egui::Id::unique("Esc"), frame));
    }
}

/// Whether Esc was pressed in this frame or the one before: a field takes what was typed up to one frame after it has lost the keyboard,
/// and what was left in this way is not to be taken.
pub(super) fn is_left(ctx: &egui::Context) -> bool {
    let pressed: Option<u64> = ctx.data(|data| data.get_temp(egui::Id::unique("Esc")));
    pressed.is_some_and(|frame| ctx.cumulative_frame_nr() <= frame + 1)
}

/// A field of a plain number, left as it was by Esc.
pub(super) fn plain<'a>(ctx: &egui::Context, field: DragValue<'a>) -> DragValue<'a> {
    let left = is_left(ctx);
    field
        .update_while_editing(false)
        .custom_parser(move |text| parse(text, "").filter(|_| !left))
}

/// A number as its field shows it.
fn shown(value: f64, info: &Number) -> String {
    let number = if info.scale == Scale::Whole {
        grouped(value.round() as i64)
    } else {
        short(value)
    };
    if info.unit.is_empty() {
        number
    } else {
        format!("{number} {}", said(info.unit))
    }
}

/// The field of a number. Enter and Tab take what is typed, Esc leaves the number as it was. What cannot be taken as it is leaves a
/// sentence in `refusal`.
pub(super) fn typed<'a>(
    ctx: &egui::Context,
    value: &'a mut f64,
    info: &'a Number,
    refusal: &'a RefCell<Option<String>>,
) -> DragValue<'a> {
    let left = is_left(ctx);
    let speed = match info.scale {
        Scale::Linear => (info.max - info.min) / 400.0,
        Scale::Log => *value * 0.01,
        Scale::Whole => (*value * 0.01).max(0.2),
    };
    let whole = info.scale == Scale::Whole;
    let (present, untouched) = (*value, shown(*value, info));
    DragValue::new(value)
        .range(info.min..=info.max)
        .clamp_existing_to_range(false)
        .speed(speed)
        .update_while_editing(false)
        .clip_text(true)
        .custom_formatter(move |v, _| shown(v, info))
        .custom_parser(move |text| {
            if left {
                return None;
            }
            if text == untouched {
                // Only looked at: the digits that are not shown stay.
                return Some(present);
            }
            let (least, most) = (shown(info.min, info), shown(info.max, info));
            match parse(text, info.unit) {
                Some(v) => {
                    if !(info.min..=info.max).contains(&v) {
                        let nearest = if v < info.min { &least } else { &most };
                        *refusal.borrow_mut() = Some(t!(
                            "{typed} is not possible, {nearest} was taken: expected a number from {least} to {most}",
                            typed = text.trim(),
                            nearest,
                            least,
                            most
                        ));
                    }
                    Some(if whole { v.round() } else { v })
                }
                None => {
                    *refusal.borrow_mut() = Some(t!(
                        "“{typed}” is not a number: expected one from {least} to {most}",
                        typed = text.trim(),
                        least,
                        most
                    ));
                    None
                }
            }
        })
}

/// Reads a typed number; the unit and spaces between digits may stay.
fn parse(text: &str, unit: &str) -> Option<f64> {
    let text = text.trim();
    let unit = [said(unit), unit].into_iter().find_map(|unit| text.strip_suffix(unit));
    let number = unit.unwrap_or(text);
    let compact: String = number.chars().filter(|c| !c.is_whitespace()).collect();
    let value: f64 = compact.replace(',', ".").parse().ok()?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_numbers_may_carry_unit_and_spaces() {
        assert_eq!(parse(" 10 000 of N", "of N"), Some(10_000.0));
        assert_eq!(parse("1e5", ""), Some(1e5));
        assert_eq!(parse("0,5", "kT"), Some(0.5));
        assert_eq!(parse("many", ""), None);
        assert_eq!(parse("nan", ""), None);
    }
}
