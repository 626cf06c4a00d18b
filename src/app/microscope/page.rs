//! What stands beside the picture: the stages with their sentences, the bar of the effective sample size, the buttons.

use eframe::egui;
use eframe::egui::{Label, Panel, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{Search, Shown};
use crate::app::App;
use crate::app::actions::Action;
use crate::app::gauge::{Reading, paint_bar};
use crate::app::icons::Icon;
use crate::app::theme::{Theme, Tokens, size};
use crate::app::widgets::{button, focus_ring, grouped, icon_button, note_ui, percent, release};
use crate::engine::Report;
use crate::words::t;

/// Width of the page (points): in a window at least, and at most.
const WIDTH: [f32; 2] = [300.0, 430.0];

impl App {
    /// The page at the right of the panel, while the microscope is open.
    pub(in crate::app) fn microscope_ui(&mut self, ui: &mut Ui, report: &Report) {
        let Some(panel) = self.view.microscope else { return };
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new().fill(tokens.panel).inner_margin(12);
        let width = (0.34 * ui.available_width()).clamp(WIDTH[0], WIDTH[1]);
        Panel::right("microscope")
            .resizable(false)
            .exact_size(width)
            .frame(frame)
            .show(ui, |ui| {
                self.heading_ui(ui, report, panel);
                let Some(shown) = self.view.stand.shown.clone() else {
                    ui.add_space(8.0);
                    ui.label(t!("The next step is being taken on a copy…"));
                    return;
                };
                self.buttons_ui(ui, &shown);
                ui.add_space(6.0);
                self.gauge_of_stage_ui(ui, &shown, tokens);
                ui.add_space(6.0);
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                    self.stages_ui(ui, &shown, tokens);
                    self.ending_ui(ui, &shown, tokens);
                });
            });
    }

    fn heading_ui(&mut self, ui: &mut Ui, report: &Report, panel: usize) {
        let name = report.snapshot.scenario.panels.get(panel).map_or("", |flow| &flow.name);
        let step = grouped(report.snapshot.step as i64 + 1);
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if !self.figure
                    && icon_button(
                        ui,
                        Icon::Close,
                        t!("Close the microscope"),
                        t!("Esc; the run stays where it is"),
                        24.0,
                    )
                    .clicked()
                {
                    self.close_microscope();
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let title = RichText::new(t!("One step under the microscope"))
                        .size(size::HEADING)
                        .strong();
                    ui.add(Label::new(title).truncate());
                });
            });
        });
        let tokens = Theme::of(ui).tokens();
        let about = t!("{name}: step {step}, in slow motion. The run waits.", name, step);
        ui.add(Label::new(RichText::new(about).color(tokens.text_weak)).wrap());
    }

    fn buttons_ui(&mut self, ui: &mut Ui, shown: &Shown) {
        if self.figure {
            return;
        }
        let (stage, last) = (self.view.stand.moment.stage, shown.words.len() - 1);
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let edge = 30.0;
            let back = ui.add_enabled_ui(stage > 0, |ui| {
                icon_button(ui, Icon::Back, t!("Previous stage"), "←", edge)
            });
            if back.inner.clicked() {
                self.go_to_stage(stage.saturating_sub(1));
            }
            let (icon, name) = if self.microscope.playing {
                (Icon::Pause, t!("Pause the stages"))
            } else {
                (Icon::Play, t!("Play the stages"))
            };
            if icon_button(ui, icon, name, t!("Space"), edge).clicked() {
                self.toggle_stages();
            }
            let next = ui.add_enabled_ui(stage < last, |ui| {
                icon_button(ui, Icon::Step, t!("Next stage"), "→", edge)
            });
            if next.inner.clicked() {
                self.go_to_stage(stage + 1);
            }
            if icon_button(ui, Icon::Reset, t!("Play again"), t!("From before the step"), edge).clicked() {
                self.go_to_stage(0);
                self.microscope.playing = true;
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let (text, help) = if self.microscope.camera.is_some() {
                    (t!("Look as before"), t!("Where the panels looked before"))
                } else {
                    (
                        t!("Closer"),
                        t!("At the densest place, so closely that walks can be seen in their true length"),
                    )
                };
                if button(ui, text, text).on_hover_text(help).clicked() {
                    self.look_closer();
                }
            });
        });
    }

    /// The effective sample size after the stage on show.
    fn gauge_of_stage_ui(&self, ui: &mut Ui, shown: &Shown, tokens: &Tokens) {
        let stage = &shown.anatomy.stages[self.view.stand.moment.stage.min(shown.words.len() - 1)];
        let threshold = shown.anatomy.resampling.threshold;
        let zone = if threshold > 0.0 && threshold < 1.0 {
            threshold
        } else {
            0.0
        };
        let reading = Reading {
            share: stage.ess / shown.anatomy.particles as f64,
            zone,
            resamples: zone > 0.0,
        };
        let (share, limit) = (percent(reading.share), percent(zone));
        let text = if zone > 0.0 {
            t!("ESS {share} of N; resampled below {limit}", share, limit)
        } else {
            t!("ESS {share} of N", share)
        };
        ui.label(RichText::new(&text).color(tokens.text));
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, t!("{reading}, at this stage", reading = text)));
        let bar = Rect::from_min_max(
            pos2(rect.left(), rect.top() + 1.0),
            pos2(rect.right(), rect.bottom() - 1.0),
        );
        paint_bar(ui.painter(), bar, &reading, tokens);
    }

    /// Every stage a row to go to; the sentences of those that have been come to.
    fn stages_ui(&mut self, ui: &mut Ui, shown: &Shown, tokens: &Tokens) {
        let current = self.view.stand.moment.stage;
        ui.spacing_mut().item_spacing.y = 2.0;
        for (number, words) in shown.words.iter().enumerate() {
            let title = if number == 0 {
                words.name.to_owned()
            } else {
                t!("{number}. {stage}", number, stage = words.name)
            };
            let now = number == current;
            let frame = egui::Frame::new()
                .fill(if now {
                    tokens.control
                } else {
                    egui::Color32::TRANSPARENT
                })
                .corner_radius(5)
                .inner_margin(egui::Margin::symmetric(8, if now { 6 } else { 2 }));
            let mut inside = frame.begin(ui);
            {
                let ui = &mut inside.content_ui;
                ui.set_width(ui.available_width());
                let color = if number <= current {
                    tokens.text
                } else {
                    tokens.text_weak
                };
                let mut text = RichText::new(&title).color(color).size(size::BODY + 1.5);
                if now {
                    text = text.strong();
                }
                ui.add(Label::new(text).selectable(false).wrap());
                if now {
                    let sentence = RichText::new(&words.text).color(tokens.text).size(size::BODY + 2.0);
                    ui.add(Label::new(sentence).wrap());
                }
            }
            let row = inside.end(ui);
            let response = ui.interact(row.rect, ui.scope_id().with(("stage", number)), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, now, t!("Stage {title}", title)));
            focus_ring(ui, &response, row.rect, 5.0);
            if now && self.microscope.playing {
                response.scroll_to_me(None);
            }
            if release(response).clicked() && !self.figure {
                self.go_to_stage(number);
            }
        }
    }

    /// What the step has come to, and what may be looked at next.
    fn ending_ui(&mut self, ui: &mut Ui, shown: &Shown, tokens: &Tokens) {
        ui.add_space(8.0);
        if self.view.stand.moment.stage + 1 < shown.words.len() {
            return;
        }
        ui.add(
            Label::new(
                RichText::new(&shown.ending.text)
                    .color(tokens.text)
                    .size(size::BODY + 1.0),
            )
            .wrap(),
        );
        if self.figure {
            return;
        }
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            if button(ui, t!("Take this step"), t!("Take this step"))
                .on_hover_text(t!(
                    "The run goes one step on, and the one after it comes under the microscope (.)"
                ))
                .clicked()
            {
                self.queue.push(Action::Step(1));
            }
            if !shown.ending.may_come {
                return;
            }
            let text = t!("Next step that resamples");
            match self.microscope.search {
                Search::On | Search::Found(_) => {
                    ui.label(t!("Looking for it…"));
                }
                Search::None | Search::InVain => {
                    let help = t!("The run goes on to the next step in which somebody is replaced");
                    if button(ui, text, text).on_hover_text(help).clicked() {
                        self.search();
                    }
                }
            }
        });
        if self.microscope.search == Search::InVain {
            note_ui(ui, t!("None of the next 5 000 steps replaces anybody."));
        }
    }
}
