//! The way from noise to data: how many steps it has, how noise came over the data, and when an edit of it shows.

use eframe::egui::{RichText, Ui};

use super::super::App;
use super::super::theme::Theme;
use super::super::widgets::{Effect, Pick, named_tick_ui, note_ui, number_ui, on_reset_badge, pick_ui};
use super::clock::share;
use crate::params::{Number, Scale};
use crate::score::{RATE, Schedule};
use crate::target::{Blend, Shape};
use crate::words::{msg, t};

/// Steps that have a slider; a file may ask for more.
const STEPS: Number = Number {
    scale: Scale::Log,
    ..Number::whole(
        10.0,
        1000.0,
        200.0,
        "",
        msg!("steps from noise to data, evenly spaced in the log of signal over noise"),
    )
};

impl App {
    /// The mixture and the way, as a card of a lecture has them.
    pub(in crate::app) fn mixture_ui(&mut self, ui: &mut Ui) {
        self.target_ui(ui);
        self.journey_ui(ui);
    }

    /// Draws it.
    pub(in crate::app) fn journey_ui(&mut self, ui: &mut Ui) {
        if !self.mixing.anew {
            let tokens = Theme::of(ui).tokens();
            ui.horizontal(|ui| {
                on_reset_badge(ui, t!("The way"), self.waiting());
                ui.label(RichText::new(t!("applies on reset")).color(tokens.text_weak));
            });
        }
        let of_steps = self.effect(|running| running.dt != self.draft.dt);
        let mut steps = self.draft.steps() as f64;
        if number_ui(ui, t!("Steps"), msg!("Steps"), &mut steps, (&STEPS, of_steps)) {
            self.draft.set_steps(steps.round() as usize);
        }
        let of_schedule = self.effect(|running| running.target != self.draft.target);
        if let Shape::Blend(blend) = &mut self.draft.target {
            schedule_ui(ui, blend, of_schedule);
        }
        let help = t!(
            "When an edit is let go the run begins again in the noise, and comes back to where it was as fast as it can. Off, edits wait for a reset."
        );
        let names = (t!("begin anew after each edit"), msg!("Begin anew after each edit"));
        named_tick_ui(ui, &mut self.mixing.anew, names, help);
    }
}

fn schedule_ui(ui: &mut Ui, blend: &mut Blend, effect: Effect) {
    let present = blend.schedule();
    let linear = match present {
        Schedule::Linear { .. } => present,
        Schedule::Cosine => Schedule::default(),
    };
    let picks = [
        Pick {
            value: linear,
            word: t!("linear"),
            help: t!("The rate of noise b grows evenly from the data to the noise."),
            refused: None,
        },
        Pick {
            value: Schedule::Cosine,
            word: t!("cosine"),
            help: t!("The part of the data that is left falls like a cosine: noise comes more slowly near both ends."),
            refused: None,
        },
    ];
    let help = t!("How noise came over the data, with its rate b(t) from t = 0 at the data to t = 1");
    let chosen = usize::from(present == Schedule::Cosine);
    let mut wanted = pick_ui(ui, (t!("Noise"), msg!("Noise schedule")), help, (chosen, &picks)).unwrap_or(present);
    if let Schedule::Linear { from, to } = &mut wanted {
        number_ui(
            ui,
            t!("b at data"),
            msg!("Rate at the data"),
            from,
            (&rate(0.1), effect),
        );
        number_ui(
            ui,
            t!("b at noise"),
            msg!("Rate at the noise"),
            to,
            (&rate(20.0), effect),
        );
    }
    let left = 1.0 - wanted.level(1.0).variance;
    if left > 0.01 {
        note_ui(
            ui,
            &t!(
                "{share} of the variance is still data at t = 1: the noise there is not all noise",
                share = share(left)
            ),
        );
    }
    if wanted != present
        && let Ok(made) = Blend::new(blend.models().to_vec(), blend.law().clone(), wanted)
    {
        *blend = made;
    }
}

/// A rate of noise with another default.
const fn rate(default: f64) -> Number {
    Number { default, ..RATE }
}
