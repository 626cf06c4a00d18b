//! What the audience guesses, and how far off it was.

use eframe::egui;
use eframe::egui::{Align, Layout, RichText, Slider, Stroke, Ui, vec2};

use super::card::Type;
use crate::app::App;
use crate::app::layers::well_name;
use crate::app::theme::{Theme, Tokens};
use crate::app::widgets::{percent, short};
use crate::lecture::{Guess, Question};
use crate::words::t;

/// What was guessed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reply {
    /// Masses of wells, or the one number.
    numbers: Vec<f64>,
    /// The answer that was chosen, from 0.
    chosen: Option<usize>,
    /// Whether anybody has touched it.
    touched: bool,
}

impl App {
    /// The question of the card; with the answer beside the guess once that may be seen.
    pub(super) fn ask_ui(&mut self, ui: &mut Ui, kind: Type) {
        let wells = self.report.as_ref().map_or(0, |report| report.snapshot.basins.len());
        let answer = self.findings().map(|verdict| verdict.answer.clone());
        let Some(on) = &mut self.hall.on else { return };
        let Some(question) = on.card().question.clone() else {
            return;
        };
        let revealed = on.is_revealed();
        let tokens = Theme::of(ui).tokens();
        ui.add_space(8.0);
        let frame = egui::Frame::new().fill(tokens.window).corner_radius(8).inner_margin(12);
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            let ask = RichText::new(&question.ask).size(kind.text + 1.0).color(tokens.text);
            ui.add(egui::Label::new(ask).wrap());
            ui.add_space(6.0);
            let reply = &mut on.reply;
            let known = answer.filter(|_| revealed);
            // What cannot be changed any more is still there to be read.
            ui.visuals_mut().disabled_alpha = 1.0;
            ui.add_enabled_ui(!revealed, |ui| {
                let answer = known.as_ref().and_then(|answer| answer.as_deref().ok());
                match &question.guess {
                    Guess::Masses { .. } => masses_ui(ui, reply, (wells, answer), (kind, tokens)),
                    Guess::Number { .. } => number_ui(ui, reply, (&question, answer), (kind, tokens)),
                    Guess::Choice { .. } => choice_ui(ui, reply, (&question, revealed), (kind, tokens)),
                }
            });
            if let Some(Err(reason)) = &known {
                ui.label(RichText::new(reason).size(kind.small).color(tokens.error));
            }
        });
        if revealed && !question.answer.is_empty() {
            ui.add_space(4.0);
            self.prose_ui(ui, &question.answer, kind.text);
        }
    }
}

/// One bar for each well. What is given to one is taken from the others, so that together they are 1.
fn masses_ui(
    ui: &mut Ui,
    reply: &mut Reply,
    (wells, answer): (usize, Option<&[f64]>),
    (kind, tokens): (Type, &Tokens),
) {
    if wells == 0 {
        return;
    }
    if reply.numbers.len() != wells {
        reply.numbers = vec![1.0 / wells as f64; wells];
    }
    let column = (ui.available_width() / wells as f32 - 8.0).clamp(40.0, 150.0);
    let (width, height) = ((0.4 * column).min(3.2 * kind.text), 5.6 * kind.text);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        for well in 0..wells {
            ui.allocate_ui(vec2(column, height), |ui| {
                ui.set_width(column);
                let before = reply.numbers[well];
                let mut mass = before;
                let name = well_name(well, wells);
                let truth = answer.and_then(|answer| answer.get(well));
                ui.horizontal_top(|ui| {
                    let bar = ui.scope(|ui| {
                        ui.spacing_mut().slider_width = height;
                        ui.spacing_mut().slider_rail_height = 0.8 * width;
                        ui.spacing_mut().interact_size.y = width;
                        let bar = Slider::new(&mut mass, 0.0..=1.0)
                            .vertical()
                            .step_by(0.01)
                            .trailing_fill(true)
                            .handle_shape(egui::style::HandleShape::Rect { aspect_ratio: 0.2 })
                            .show_value(false);
                        ui.add(bar).accessible_name(t!("Guess of the mass, {name}", name))
                    });
                    let bar = bar.inner.rect;
                    if let Some(truth) = truth {
                        // Where the bar should end.
                        let y = egui::lerp(bar.bottom()..=bar.top(), *truth as f32);
                        let line = bar.x_range().expand(4.0);
                        ui.painter().hline(line, y, Stroke::new(4.0, tokens.text));
                    }
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 2.0;
                        ui.label(RichText::new(name).size(kind.small).color(tokens.text_weak));
                        let guess = RichText::new(percent(mass)).size(kind.text + 1.0);
                        ui.label(guess.color(tokens.accent));
                        if let Some(truth) = truth {
                            ui.label(RichText::new(t!("in truth")).size(kind.small).color(tokens.text_weak));
                            let truth = RichText::new(percent(*truth)).size(kind.text + 3.0);
                            ui.label(truth.color(tokens.text));
                        }
                    });
                });
                if mass != before {
                    share_out(&mut reply.numbers, well, mass);
                    reply.touched = true;
                }
            });
        }
    });
    if let Some(answer) = answer.filter(|_| reply.touched) {
        let off = reply
            .numbers
            .iter()
            .zip(answer)
            .map(|(a, b)| (a - b).abs())
            .sum::<f64>()
            / 2.0;
        let text = t!(
            "The guess put {share} of the mass into the wrong well.",
            share = percent(off)
        );
        ui.label(RichText::new(text).size(kind.small).color(tokens.text));
    }
}

/// Sets one share; the others give or take in proportion.
fn share_out(shares: &mut [f64], of: usize, to: f64) {
    let others: f64 = shares
        .iter()
        .enumerate()
        .filter(|(k, _)| *k != of)
        .map(|(_, s)| s)
        .sum();
    let n = shares.len();
    for (k, share) in shares.iter_mut().enumerate() {
        *share = if k == of {
            if n == 1 { 1.0 } else { to }
        } else if others > 1e-9 {
            *share * (1.0 - to) / others
        } else {
            (1.0 - to) / (n - 1) as f64
        };
    }
}

fn number_ui(
    ui: &mut Ui,
    reply: &mut Reply,
    (question, answer): (&Question, Option<&[f64]>),
    (kind, tokens): (Type, &Tokens),
) {
    let Guess::Number { from, to, unit, .. } = &question.guess else {
        return;
    };
    if reply.numbers.len() != 1 {
        reply.numbers = vec![0.5 * (from + to)];
    }
    ui.spacing_mut().slider_width = ui.available_width() - 8.0;
    ui.spacing_mut().slider_rail_height = 10.0;
    ui.spacing_mut().interact_size.y = 26.0;
    let slider = Slider::new(&mut reply.numbers[0], *from..=*to)
        .show_value(false)
        .trailing_fill(true);
    let slider = ui.add(slider).accessible_name(t!("Guess"));
    reply.touched |= slider.changed();
    let guess = reply.numbers[0];
    if let Some(truth) = answer.and_then(<[f64]>::first) {
        let part = ((truth - from) / (to - from)).clamp(0.0, 1.0) as f32;
        let inset = slider.rect.shrink2(vec2(10.0, 0.0));
        let x = egui::lerp(inset.x_range(), part);
        ui.painter()
            .vline(x, slider.rect.y_range(), Stroke::new(4.0, tokens.text));
        let text = t!("It is {number} {unit}", number = short(*truth), unit);
        ui.label(RichText::new(text.trim()).size(kind.text).color(tokens.text).strong());
        if reply.touched {
            let text = t!(
                "You said {guess}: off by {error}",
                guess = short(guess),
                error = short((guess - truth).abs())
            );
            ui.label(RichText::new(text).size(kind.small).color(tokens.accent));
        }
    } else {
        let text = format!("{} {unit}", short(guess));
        ui.label(RichText::new(text.trim()).size(kind.text).color(tokens.accent));
    }
}

fn choice_ui(ui: &mut Ui, reply: &mut Reply, (question, revealed): (&Question, bool), (kind, tokens): (Type, &Tokens)) {
    let Guess::Choice { among, right } = &question.guess else {
        return;
    };
    ui.with_layout(Layout::top_down_justified(Align::Min), |ui| {
        for (k, answer) in among.iter().enumerate() {
            let (chosen, is_right) = (reply.chosen == Some(k), k + 1 == *right);
            let text = match (revealed, is_right, chosen) {
                (true, true, true) => t!("Right: {answer}", answer),
                (true, true, false) => t!("In truth: {answer}", answer),
                (true, false, true) => t!("Guessed: {answer}", answer),
                _ => answer.clone(),
            };
            let (fill, color) = match (revealed && is_right, chosen) {
                (true, _) => (tokens.good, tokens.panel),
                (false, true) => (tokens.accent, tokens.on_accent),
                (false, false) => (tokens.control, tokens.text),
            };
            let text = RichText::new(text).size(kind.text - 1.0).color(color);
            let choice = egui::Button::new(text)
                .fill(fill)
                .wrap()
                .min_size(vec2(0.0, 1.9 * kind.text));
            let choice = ui.add(choice).accessible_name(answer.clone());
            if crate::app::widgets::release(choice).clicked() {
                reply.chosen = Some(k);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_whole() {
        let mut shares = vec![0.25; 4];
        for (of, to) in [(0, 1.0), (2, 0.5), (3, 0.0), (1, 0.125)] {
            share_out(&mut shares, of, to);
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{shares:?}");
            assert_eq!(shares[of], to);
        }
    }
}
