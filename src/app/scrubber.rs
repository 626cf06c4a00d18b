//! The strip of time above the bar: where the run has been, where it is, and what is known to come.

use eframe::egui;
use eframe::egui::{Key, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::App;
use super::actions::Action;
use super::mixture::{noise, place};
use super::theme::{Theme, size};
use super::widgets::{focus_ring, short};
use crate::engine::{Control, Report};
use crate::scenario::Scenario;
use crate::timeline::Strip;
use crate::words::t;

/// Half the height of the rail, and the radius of the thumb.
const RAIL: f32 = 3.0;
const THUMB: f32 = 7.0;

/// From model times to places on the rail.
#[derive(Clone, Copy)]
struct Scale {
    rail: Rect,
    times: (f64, f64),
}

impl Scale {
    fn place(&self, time: f64) -> f32 {
        let (first, last) = self.times;
        let part = if last > first {
            (time - first) / (last - first)
        } else {
            0.0
        };
        self.rail.left() + part.clamp(0.0, 1.0) as f32 * self.rail.width()
    }

    fn time(&self, x: f32) -> f64 {
        let part = f64::from(((x - self.rail.left()) / self.rail.width().max(1.0)).clamp(0.0, 1.0));
        self.times.0 + part * (self.times.1 - self.times.0)
    }
}

impl App {
    /// The rail. Dragging goes through time; with the focus on it, arrows go step by step.
    pub(super) fn scrubber_ui(&mut self, ui: &mut Ui) {
        let Some(report) = self.report.clone() else { return };
        let strip = &report.strip;
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let now = report.snapshot.time;
        response.widget_info(|| WidgetInfo {
            label: Some(t!("Time").to_owned()),
            value: Some(now),
            ..WidgetInfo::new(Role::Slider)
        });
        let rail = Rect::from_min_max(
            pos2(rect.left() + THUMB + 1.0, rect.top() + 9.0 - RAIL),
            pos2(rect.right() - THUMB - 1.0, rect.top() + 9.0 + RAIL),
        );
        // The way from noise to data has an end that is known.
        let whole = report.snapshot.scenario.is_reverse();
        let scale = Scale {
            rail,
            times: (strip.first.time, if whole { 1.0 } else { strip.last.time }),
        };
        self.scrub(ui, &response, scale, &report);
        let shown = self.past.dragged.unwrap_or(now);
        let ticks = if whole {
            levels(&report.snapshot.scenario)
        } else {
            times(scale)
        };
        paint(
            ui,
            scale,
            (strip, &ticks),
            shown,
            response.has_focus() || response.dragged(),
        );
        focus_ring(
            ui,
            &response,
            Rect::from_center_size(pos2(scale.place(shown), rail.center().y), vec2(16.0, 16.0)),
            8.0,
        );
        if let Some(pointer) = response.hover_pos() {
            let mark = strip
                .marks
                .iter()
                .find(|mark| (scale.place(mark.time) - pointer.x).abs() < 5.0);
            let text = match mark {
                Some(mark) => t!(
                    "checkpoint at {place}",
                    place = place(&report.snapshot.scenario, mark.time)
                ),
                None => {
                    let (scenario, time) = (&report.snapshot.scenario, scale.time(pointer.x));
                    let noise = noise(scenario, time).map(|noise| format!(" · {noise}"));
                    format!("{}{}", place(scenario, time), noise.unwrap_or_default())
                }
            };
            response.on_hover_text_at_pointer(text);
        }
    }

    /// What pointer and keys do to the rail.
    fn scrub(&mut self, ui: &Ui, response: &Response, scale: Scale, report: &Report) {
        let touched = response.dragged() || response.drag_stopped() || response.clicked();
        if let Some(Pos2 { x, .. }) = response.interact_pointer_pos().filter(|_| touched) {
            let time = scale.time(x);
            self.forget_return();
            if self.past.dragged.is_none() && self.running() {
                self.drive.send(Control::Pause);
            }
            if self.past.dragged != Some(time) {
                self.past.dragged = Some(time);
                self.drive.send(Control::SeekTime(time));
                ui.ctx().request_repaint();
            }
        }
        if !response.dragged() {
            let dropped = self.past.dragged.take();
            // Beyond where the run has been there is a way, too, where it is known how far it goes.
            let beyond = dropped.filter(|time| *time > report.strip.last.time + 0.5 * report.snapshot.scenario.dt);
            if let Some(time) = beyond.filter(|_| report.snapshot.scenario.is_reverse()) {
                self.drive.send(Control::RunUntil(time));
            }
        }
        // Arrows belong to the rail while it has the focus, or nothing has.
        let free = ui.memory(|memory| memory.focused().is_none()) && !egui::Popup::is_any_open(ui.ctx());
        if response.has_focus() {
            let lock = egui::EventFilter {
                horizontal_arrows: true,
                ..egui::EventFilter::default()
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, lock));
        }
        if response.has_focus() || free {
            let (back, forth, far) = ui.input(|input| {
                let plain = !input.modifiers.command && !input.modifiers.alt;
                let key = |key| plain && input.key_pressed(key);
                (key(Key::ArrowLeft), key(Key::ArrowRight), input.modifiers.shift)
            });
            let steps = if far { 10 } else { 1 };
            if back {
                self.queue.push(Action::StepBack(steps));
            }
            if forth {
                self.queue.push(Action::Step(steps));
            }
        }
    }

    /// Says why the run has paused by itself.
    pub(super) fn tell_met(&mut self, ctx: &egui::Context, report: &Report) {
        if let Some((number, met)) = &report.met
            && *number != self.past.met
        {
            self.past.met = *number;
            self.notices.news(ctx, &t!("Paused: {met}", met));
        }
    }
}

/// The rail with its ticks, the frames that are kept, checkpoints and the thumb.
fn paint(ui: &Ui, scale: Scale, (strip, ticks): (&Strip, &[(f64, String)]), now: f64, active: bool) {
    let tokens = Theme::of(ui).tokens();
    let painter = ui.painter();
    let Scale { rail, .. } = scale;
    painter.rect_filled(rail, RAIL, tokens.control);
    let done = Rect::from_min_max(rail.min, pos2(scale.place(now), rail.max.y));
    painter.rect_filled(done, RAIL, tokens.accent);
    // Frames are places from which the way is short.
    let mut last = f32::NEG_INFINITY;
    for time in &strip.frames {
        let x = scale.place(*time);
        if x - last >= 3.0 {
            painter.vline(
                x,
                rail.bottom() + 1.0..=rail.bottom() + 3.0,
                Stroke::new(1.0, tokens.text_weak),
            );
            last = x;
        }
    }
    let font = egui::FontId::proportional(size::SMALL);
    let mut taken = f32::NEG_INFINITY;
    for (time, text) in ticks {
        let x = scale.place(*time);
        painter.vline(x, rail.top()..=rail.bottom() + 5.0, Stroke::new(1.0, tokens.line));
        let text = painter.layout_no_wrap(text.clone(), font.clone(), tokens.text_weak);
        let left = (x - 0.5 * text.size().x).clamp(rail.left() - THUMB, rail.right() + THUMB - text.size().x);
        if left > taken {
            taken = left + text.size().x + 6.0;
            painter.galley(pos2(left, rail.bottom() + 5.0), text, tokens.text_weak);
        }
    }
    for mark in &strip.marks {
        let x = scale.place(mark.time);
        let flag = vec![
            pos2(x - 4.5, rail.top() - 6.0),
            pos2(x + 4.5, rail.top() - 6.0),
            pos2(x, rail.top() + 1.0),
        ];
        painter.add(egui::Shape::convex_polygon(
            flag,
            tokens.notice,
            Stroke::new(1.0, tokens.on_notice),
        ));
    }
    let center = pos2(scale.place(now), rail.center().y);
    painter.circle(
        center,
        THUMB,
        if active { tokens.accent } else { tokens.panel },
        Stroke::new(2.0, tokens.accent),
    );
    if strip.now.step < strip.last.step {
        // The live end.
        let end = Rect::from_center_size(
            pos2(scale.place(strip.last.time), rail.center().y),
            vec2(3.0, 4.0 * RAIL),
        );
        painter.rect(end, 1.0, tokens.text, Stroke::NONE, StrokeKind::Inside);
    }
}

/// Ticks at round times.
fn times(Scale { rail, times }: Scale) -> Vec<(f64, String)> {
    let every = interval(times.1 - times.0, rail.width());
    if every <= 0.0 {
        return Vec::new();
    }
    let digits = (-every.log10().floor()).max(0.0) as usize;
    let ticks = (0..).map(|k| (k as f64 + (times.0 / every).ceil()) * every);
    ticks
        .take_while(|time| *time <= times.1)
        .map(|time| (time, format!("{time:.digits$}")))
        .collect()
}

/// Ticks at round shares of noise, between the noise at the left and the data at the right.
fn levels(scenario: &Scenario) -> Vec<(f64, String)> {
    const SHARES: [f64; 7] = [0.999, 0.99, 0.9, 0.5, 0.1, 0.01, 0.001];
    let steps = scenario.steps();
    let variance = |k: usize| {
        scenario
            .level(k as f64 * scenario.dt)
            .map_or(0.0, |level| level.variance)
    };
    let mut ticks = vec![(0.0, t!("noise").to_owned())];
    for share in SHARES {
        // Noise falls from step to step.
        let (mut first, mut last) = (0, steps);
        while first < last {
            let middle = usize::midpoint(first, last);
            if variance(middle) > share {
                first = middle + 1;
            } else {
                last = middle;
            }
        }
        if first > 0 && first < steps {
            ticks.push((first as f64 * scenario.dt, format!("{} %", short(100.0 * share))));
        }
    }
    // The ends have room before those between.
    ticks.push((1.0, t!("data").to_owned()));
    ticks
}

/// A round interval between ticks, so that their numbers have room.
fn interval(range: f64, width: f32) -> f64 {
    let least = range * 64.0 / f64::from(width.max(64.0));
    if least <= 0.0 {
        return 0.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|k| k * power)
        .find(|every| *every >= least)
        .unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_have_room() {
        for (range, width, expected) in [
            (1.0, 640.0, 0.1),
            (10.0, 640.0, 1.0),
            (3.0, 500.0, 0.5),
            (0.02, 300.0, 0.005),
        ] {
            assert!((interval(range, width) - expected).abs() < 1e-12, "{range} {width}");
        }
        assert_eq!(interval(0.0, 500.0), 0.0);
    }

    #[test]
    fn the_way_from_noise_to_data_has_ticks_at_round_shares() {
        let flows = crate::scenario::presets()[0].scenario();
        let mixture = flows.with_target(crate::target::Shape::Blend(crate::target::Blend::default()), None);
        let ticks = levels(&mixture);
        let words: Vec<&str> = ticks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            words,
            [
                "noise", "99.9 %", "99 %", "90 %", "50 %", "10 %", "1 %", "0.1 %", "data"
            ]
        );
        assert!(ticks.is_sorted_by(|a, b| a.0 < b.0));
        for (time, text) in &ticks[1..8] {
            let share: f64 = text.trim_end_matches(" %").parse().unwrap();
            let [before, here] = [time - mixture.dt, *time].map(|time| 100.0 * mixture.level(time).unwrap().variance);
            assert!(
                before > share && here <= share * (1.0 + 1e-9),
                "{before} {share} {here}"
            );
        }
    }

    #[test]
    fn places_and_times_are_inverse() {
        let scale = Scale {
            rail: Rect::from_min_max(pos2(10.0, 0.0), pos2(410.0, 6.0)),
            times: (0.0, 4.0),
        };
        for time in [0.0, 1.0, 2.5, 4.0] {
            assert!((scale.time(scale.place(time)) - time).abs() < 1e-6);
        }
        assert_eq!((scale.time(-50.0), scale.time(900.0)), (0.0, 4.0));
    }
}
