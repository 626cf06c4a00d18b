//! What hands can do, as buttons and fields in the controls: the numbers of what is selected, tilt and shift.

use eframe::egui::{Button, RichText, Ui};

use super::super::App;
use super::super::actions::Action;
use super::super::theme::Theme;
use super::super::widgets::{Effect, button, number_ui, release};
use super::deeds::Deed;
use super::oval::{self, ANGLES};
use super::things::Thing;
use crate::landscape::{SHIFT, TILT, WIDTH};
use crate::params::Number;
use crate::scenario::Scenario;
use crate::target::Shape;
use crate::words::{msg, said, t};

impl App {
    /// Add, duplicate, delete; the numbers of what is selected; tilt and shift.
    pub(in crate::app) fn by_hand_ui(&mut self, ui: &mut Ui) {
        let selected = self.select.thing(&self.draft);
        ui.add_space(2.0);
        ui.horizontal_wrapped(|ui| {
            let flows = !self.draft.is_reverse();
            if flows
                && button(ui, t!("Add a well"), t!("Add a well"))
                .on_hover_text(t!("In the middle of the picture (W), or where you right-click one. Drag its handles; J goes through them."))
                .clicked()
            {
                self.queue.push(Action::Hand(Deed::AddWell(None)));
            }
            let help = match self.draft.target {
                Shape::Mixture(_) => Some(t!("One more Gaussian of the mixture, in the middle of the picture")),
                Shape::Blend(_) => Some(t!(
                    "One more Gaussian of the model whose component is selected, or of the first; J goes through the components"
                )),
                _ => None,
            };
            if let Some(help) = help
                && button(ui, t!("Add a component"), t!("Add a component"))
                    .on_hover_text(help)
                    .clicked()
            {
                self.queue.push(Action::Hand(Deed::AddComponent(None)));
            }
            // It looks like its neighbours, which are buttons too.
            if flows {
                let tilts = Button::selectable(self.select.tilts, t!("Tilt, shift")).frame_when_inactive(true);
                let tilts = release(ui.add(tilts));
                if tilts
                    .on_hover_text(t!("Sliders that tilt and move the whole landscape"))
                    .clicked()
                {
                    self.select.tilts ^= true;
                }
            }
            if let Some(thing) = selected.filter(|thing| *thing != Thing::Landscape) {
                let name = thing.name(&self.draft).to_lowercase();
                if button(ui, t!("Duplicate"), &t!("Duplicate {thing}", thing = name))
                    .on_hover_text(t!("A copy beside it (Shift D)"))
                    .clicked()
                {
                    self.queue.push(Action::Hand(Deed::Duplicate));
                }
                if button(ui, t!("Delete"), &t!("Delete {thing}", thing = name))
                    .on_hover_text(t!("Take it away (Delete)"))
                    .clicked()
                {
                    self.queue.push(Action::Hand(Deed::Delete));
                }
            }
        });
        if let Some(thing) = selected {
            self.numbers_ui(ui, thing);
        }
        if self.select.tilts && !self.draft.is_reverse() {
            self.tilt_ui(ui);
        }
    }

    /// The numbers of what is selected, typed in place.
    fn numbers_ui(&mut self, ui: &mut Ui, thing: Thing) {
        let Some(before) = oval::oval(&self.draft, thing) else {
            return;
        };
        let tokens = Theme::of(ui).tokens();
        let name = thing.name(&self.draft);
        ui.label(RichText::new(&name).strong().color(tokens.accent));
        let effect = if thing.waits() || (self.draft.is_reverse() && !self.mixing.anew) {
            Effect::OnReset {
                waiting: self.waiting(),
            }
        } else {
            Effect::Live
        };
        let mut after = before;
        let [x, y] = coordinates(&self.draft);
        let row = |ui: &mut Ui, (label, accessible): (&str, String), value: &mut f64, info: &Number| {
            number_ui(ui, label, &accessible, value, (info, effect));
        };
        row(ui, ("x", t!("{thing} x", thing = name)), &mut after.center.x, &x);
        row(ui, ("y", t!("{thing} y", thing = name)), &mut after.center.y, &y);
        if let Some(strength) = &mut after.strength {
            let words = match thing {
                Thing::Well(_) => (t!("Depth"), t!("{thing} depth", thing = name)),
                _ => (t!("Weight"), t!("{thing} weight", thing = name)),
            };
            row(ui, words, strength, &oval::strength(thing));
        }
        let first = (t!("First width"), t!("{thing} first width", thing = name));
        row(ui, first, &mut after.widths.0, &WIDTH);
        let second = (t!("Second width"), t!("{thing} second width", thing = name));
        row(ui, second, &mut after.widths.1, &WIDTH);
        let angle = (t!("Angle"), t!("{thing} angle", thing = name));
        row(ui, angle, &mut after.angle, &ANGLES);
        if after != before {
            self.hold_view((thing, 0));
            oval::set_oval(&mut self.draft, thing, after);
        }
    }

    fn tilt_ui(&mut self, ui: &mut Ui) {
        let [wide, high] = coordinates(&self.draft).map(|n| 0.5 * (n.max - n.min));
        let shift = |far: f64| Number {
            min: (-far).max(SHIFT.min),
            max: far.min(SHIFT.max),
            ..SHIFT
        };
        let tilt = Number {
            min: -5.0,
            max: 5.0,
            ..TILT
        };
        let relief = &mut self.draft.relief;
        for (name, value, info) in [
            (msg!("Tilt x"), &mut relief.tilt.x, tilt),
            (msg!("Tilt y"), &mut relief.tilt.y, tilt),
            (msg!("Shift x"), &mut relief.shift.x, shift(wide)),
            (msg!("Shift y"), &mut relief.shift.y, shift(high)),
        ] {
            number_ui(ui, said(name), name, value, (&info, Effect::Live));
        }
        if !relief.is_nothing()
            && button(
                ui,
                t!("Remove wells, tilt and shift"),
                t!("Remove wells, tilt and shift"),
            )
            .clicked()
        {
            self.queue.push(Action::Hand(Deed::ClearRelief));
        }
    }
}

/// Coordinates worth a slider: those of the view.
fn coordinates(scenario: &Scenario) -> [Number; 2] {
    let view = scenario.view();
    let side = |from: f64, to: f64| Number::linear(from, to, 0.5 * (from + to), "", msg!("coordinate of the middle"));
    [side(view.min.x, view.max.x), side(view.min.y, view.max.y)]
}
