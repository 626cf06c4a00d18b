//! The controls at the left: scenario, landscape, start, flows, numerics.

use std::sync::Arc;

use eframe::egui;
use eframe::egui::{ComboBox, Panel, RichText, ScrollArea, Ui};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::theme::{Theme, size};
use super::typed::plain;
use super::widgets::{Effect, entry, icon_button, name_ui, number_ui, on_reset_badge, section};
use crate::lecture::Section;
use crate::params::{Number, Parameters, Visitor};
use crate::scenario::{PARTICLES, SCOUTS, Scenario, Start, TEMPERATURE, presets};
use crate::space::{Rect, Symmetric};
use crate::target::Shape;
use crate::words::{self, msg, t};

/// Width of the controls.
const WIDTH: f32 = 306.0;
/// The width of the start.
const SPREAD: Number = Number::log(0.01, 2.0, 0.2, "", msg!("standard deviation of the start"));

impl App {
    /// Draws the controls.
    pub(super) fn controls_panel_ui(&mut self, ui: &mut Ui) {
        if !self.options.controls {
            return;
        }
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new().fill(tokens.panel).inner_margin(egui::Margin {
            left: 10,
            right: 4,
            top: 8,
            bottom: 4,
        });
        Panel::left("controls")
            .default_size(WIDTH)
            .size_range(250.0..=420.0)
            .frame(frame)
            .show(ui, |ui| {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                    let inner = egui::Frame::new().inner_margin(egui::Margin {
                        left: 0,
                        right: 10,
                        top: 0,
                        bottom: 0,
                    });
                    inner.show(ui, |ui| {
                        self.scenario_choice_ui(ui);
                        if self.draft.is_reverse() {
                            section(ui, msg!("Mixture"), true, |ui| self.target_ui(ui));
                            section(ui, msg!("From noise to data"), true, |ui| self.journey_ui(ui));
                        } else {
                            section(ui, msg!("Landscape"), true, |ui| self.target_ui(ui));
                        }
                        section(ui, msg!("Flows"), true, |ui| self.flow_cards_ui(ui));
                        section(ui, msg!("Start"), true, |ui| self.start_ui(ui));
                        section(ui, msg!("Numerics"), false, |ui| self.numerics_ui(ui));
                        if !self.draft.is_reverse() {
                            section(ui, msg!("Spectrum"), false, |ui| self.spectrum_ui(ui));
                        }
                    });
                });
            });
    }

    /// Some of the sections, all open.
    pub(super) fn sections_ui(&mut self, ui: &mut Ui, sections: &[Section]) {
        for section in sections {
            let (name, add): (_, fn(&mut Self, &mut Ui)) = match section {
                Section::Landscape if self.draft.is_reverse() => (msg!("Mixture"), Self::mixture_ui),
                Section::Landscape => (msg!("Landscape"), Self::target_ui),
                Section::Flows => (msg!("Flows"), Self::flow_cards_ui),
                Section::Start => (msg!("Start"), Self::start_ui),
                Section::Numerics => (msg!("Numerics"), Self::numerics_ui),
                Section::Spectrum => (msg!("Spectrum"), Self::spectrum_ui),
            };
            ui.label(RichText::new(words::said(name)).size(size::BODY + 1.5).strong());
            ui.push_id(("section of a card", name), |ui| add(self, ui));
        }
    }

    fn scenario_choice_ui(&mut self, ui: &mut Ui) {
        let title = self.draft.title.clone();
        let combo = ComboBox::from_id_salt("scenario")
            .selected_text(RichText::new(title))
            .width(ui.available_width())
            .truncate()
            .height(420.0)
            .show_ui(ui, |ui| {
                for preset in presets() {
                    let scenario = preset.scenario();
                    let response = entry(ui, scenario.title == self.draft.title, &scenario.title);
                    if response.on_hover_text(scenario.description.trim()).clicked() {
                        self.queue.push(Action::Load(Box::new(scenario)));
                    }
                }
            });
        combo
            .response
            .on_hover_text(t!("Choose a scenario"))
            .accessible_name(t!("Scenario"));
        ui.add_space(6.0);
    }

    /// Another landscape beneath the same run.
    pub(super) fn choose_target(&mut self, shape: Shape) {
        self.draft.description = t!(
            "Only the landscape is new: start, flows and numerics are those of “{scenario}”.",
            scenario = self.loaded.title
        );
        self.draft.title = words::said(&readable(shape.name())).to_owned();
        let shape = match (shape, self.draft.target.formula()) {
            // A formula begins as that of the present landscape, where it has one.
            (Shape::Formula(_), Some(formula)) => Shape::Formula(formula),
            (shape, _) => shape,
        };
        self.retarget(shape);
        self.view.camera = None;
        self.view.charts[0] = None;
    }

    pub(super) fn target_ui(&mut self, ui: &mut Ui) {
        let present = self.draft.target.name();
        let combo = ComboBox::from_id_salt("target")
            .selected_text(words::said(&readable(present)))
            .width(ui.available_width())
            .height(420.0)
            .show_ui(ui, |ui| {
                for shape in Shape::all() {
                    let name = readable(shape.name());
                    if entry(ui, shape.name() == present, words::said(&name)).clicked() && shape.name() != present {
                        self.choose_target(shape);
                    }
                }
            });
        let help = if self.draft.is_reverse() {
            t!("A mixture of diffusion models; any other landscape is for flows, and begins anew")
        } else {
            t!("The landscape: live, the particles stay where they are")
        };
        combo.response.on_hover_text(help).accessible_name(t!("Landscape"));
        if self.draft.is_reverse() {
            return self.law_ui(ui);
        }
        if !matches!(self.draft.target, Shape::Formula(_)) {
            parameters_ui(ui, self.draft.target.parameters());
        }
        self.formula_ui(ui);
        number_ui(
            ui,
            t!("Temperature"),
            "Temperature",
            &mut self.draft.temperature,
            (&TEMPERATURE, Effect::Live),
        );
        self.by_hand_ui(ui);
    }

    /// What a run begins with. None of it is live, and every row says so.
    fn start_ui(&mut self, ui: &mut Ui) {
        let tokens = Theme::of(ui).tokens();
        let running = self.report.as_ref().map(|r| Arc::clone(&r.snapshot.scenario));
        let mixture = self.draft.is_reverse();
        let at_once = mixture && self.mixing.anew;
        let effect = |differs: &dyn Fn(&Scenario) -> bool| match at_once {
            true => Effect::Live,
            false => Effect::OnReset {
                waiting: running.as_ref().is_some_and(|r| differs(r)),
            },
        };
        if !at_once {
            ui.horizontal(|ui| {
                on_reset_badge(ui, t!("The start"), self.waiting());
                ui.label(RichText::new(t!("applies on reset")).color(tokens.text_weak));
            });
        }
        let of_particles = effect(&|r| r.particles != self.draft.particles);
        let mut particles = self.draft.particles as f64;
        if number_ui(
            ui,
            t!("Particles"),
            "Particles",
            &mut particles,
            (&PARTICLES, of_particles),
        ) {
            self.draft.particles = particles as usize;
        }
        if !mixture {
            let of_scouts = effect(&|r| r.scouts != self.draft.scouts);
            number_ui(ui, t!("Scouts"), "Scouts", &mut self.draft.scouts, (&SCOUTS, of_scouts));
        }
        let of_seed = effect(&|r| r.seed != self.draft.seed);
        self.seed_ui(ui, of_seed);
        if mixture {
            // Where particles begin is the noise.
            return;
        }
        let of_start = effect(&|r| r.start != self.draft.start);
        self.start_law_ui(ui, of_start);
    }

    fn seed_ui(&mut self, ui: &mut Ui, effect: Effect) {
        ui.horizontal(|ui| {
            let help = t!("The same scenario and the same seed give the same run, to the last bit");
            name_ui(ui, t!("Seed"), t!("Seed"), help, effect);
            let edge = 24.0;
            let width = ui.available_width() - 2.0 * (edge + ui.spacing().item_spacing.x);
            // The field computes with f64, which has not room for every seed that a file may hold.
            let exact = self.draft.seed;
            let digits = move |value: f64, _| {
                if value == exact as f64 {
                    exact.to_string()
                } else {
                    format!("{value:.0}")
                }
            };
            let seed = egui::DragValue::new(&mut self.draft.seed)
                .custom_formatter(digits)
                .speed(1.0);
            ui.add_sized([width, edge], plain(ui.ctx(), seed))
                .on_hover_text(help)
                .accessible_name(t!("Seed"));
            if self.draft.seed as f64 == exact as f64 {
                self.draft.seed = exact;
            }
            if icon_button(
                ui,
                Icon::Dice,
                t!("New seed"),
                t!("Start again with another seed (N)"),
                edge,
            )
            .clicked()
            {
                self.queue.push(Action::NewSeed);
            }
            if icon_button(ui, Icon::Copy, t!("Copy the seed"), "", edge).clicked() {
                ui.ctx().copy_text(self.draft.seed.to_string());
            }
        });
    }

    fn start_law_ui(&mut self, ui: &mut Ui, effect: Effect) {
        let view = self.draft.view();
        let present = start_name(&self.draft.start);
        ui.horizontal(|ui| {
            name_ui(ui, t!("Start"), t!("Start"), t!("Where the particles begin"), effect);
            let combo = ComboBox::from_id_salt("start")
                .selected_text(words::said(present))
                .width(ui.available_width())
                .truncate();
            let combo = combo.show_ui(ui, |ui| {
                for start in [Start::at_left(&view), uniform_start(&view)] {
                    let name = start_name(&start);
                    if entry(ui, name == present, words::said(name)).clicked() && name != present {
                        self.draft.start = start;
                    }
                }
            });
            combo.response.accessible_name(t!("Start"));
        });
        let Start::Gaussian(blob) = &mut self.draft.start else {
            return;
        };
        let fold = egui::CollapsingHeader::new(RichText::new(t!("Centre and spread")).size(size::SMALL));
        fold.id_salt("law").show_unindented(ui, |ui| {
            let on_x = Number::linear(
                view.min.x,
                view.max.x,
                view.center().x,
                "",
                msg!("where the particles begin"),
            );
            let on_y = Number::linear(
                view.min.y,
                view.max.y,
                view.center().y,
                "",
                msg!("where the particles begin"),
            );
            number_ui(
                ui,
                t!("Centre x"),
                msg!("Start centre x"),
                &mut blob.mean.x,
                (&on_x, effect),
            );
            number_ui(
                ui,
                t!("Centre y"),
                msg!("Start centre y"),
                &mut blob.mean.y,
                (&on_y, effect),
            );
            let (old_x, old_y) = (blob.covariance.xx.sqrt(), blob.covariance.yy.sqrt());
            let (mut x, mut y) = (old_x, old_y);
            let mut changed = number_ui(ui, t!("Spread x"), msg!("Start spread x"), &mut x, (&SPREAD, effect));
            changed |= number_ui(ui, t!("Spread y"), msg!("Start spread y"), &mut y, (&SPREAD, effect));
            if changed {
                // The correlation stays.
                let xy = blob.covariance.xy * (x / old_x) * (y / old_y);
                blob.covariance = Symmetric::new(x * x, xy, y * y);
            }
        });
    }
}

/// One slider per number of a struct.
pub(super) fn parameters_ui(ui: &mut Ui, parameters: &mut dyn Parameters) {
    struct Sliders<'a>(&'a mut Ui);
    impl Visitor for Sliders<'_> {
        fn number(&mut self, name: &str, value: &mut f64, info: &Number) {
            let name = readable(name);
            number_ui(self.0, words::said(&name), &name, value, (info, Effect::Live));
        }
    }
    parameters.visit(&mut Sliders(ui));
}

/// Names of landscapes and of their numbers as words, as the window shows them.
///
/// ```
/// assert_eq!(wfr_lab::app::readable("DoubleWell"), "Double well");
/// assert_eq!(wfr_lab::app::readable("well_depth"), "Well depth");
/// ```
pub fn readable(name: &str) -> String {
    if name == "MullerBrown" {
        return "Müller–Brown".to_owned();
    }
    if name == "Blend" {
        return "Mixture of diffusion models".to_owned();
    }
    let mut words = String::with_capacity(name.len() + 4);
    for (k, c) in name.chars().enumerate() {
        if k == 0 {
            words.extend(c.to_uppercase());
        } else if c.is_uppercase() {
            words.push(' ');
            words.extend(c.to_lowercase());
        } else if c == '_' {
            words.push(' ');
        } else {
            words.push(c);
        }
    }
    words
}

const fn start_name(start: &Start) -> &'static str {
    match start {
        Start::Gaussian(_) => msg!("One Gaussian"),
        Start::Mixture(_) => msg!("Mixture of the scenario"),
        Start::Uniform(..) => msg!("Evenly over a rectangle"),
        Start::Points(_) => msg!("Points of the scenario"),
        Start::Painted(_) => msg!("Drawn"),
        Start::Noise => msg!("Noise"),
    }
}

const fn uniform_start(view: &Rect) -> Start {
    Start::Uniform((view.min.x, view.max.x), (view.min.y, view.max.y))
}
