//! Above the panels: what is seen, how high its barrier is, and the buttons of the window.

use eframe::egui;
use eframe::egui::{Align, Layout, Panel, RichText, Ui, vec2};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::layers::well_name;
use super::theme::{Theme, size};
use super::widgets::{button, icon_button, short};
use crate::engine::Report;
use crate::words::t;

impl App {
    /// Title, description, landscape, legend.
    pub(super) fn header_ui(&mut self, ui: &mut Ui, report: &Report) {
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new()
            .fill(tokens.panel)
            .inner_margin(egui::Margin::symmetric(10, 6));
        Panel::top("header").frame(frame).show(ui, |ui| {
            let row = vec2(ui.available_width(), 28.0);
            ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
                self.window_buttons_ui(ui);
                if !report.snapshot.scenario.is_reverse() {
                    ui.separator();
                    let landscape = RichText::new(self.landscape_text(report)).color(tokens.text);
                    // Cut where there is no room: a row that is too wide would push the legend out of sight.
                    ui.add(egui::Label::new(landscape).truncate()).on_hover_text(t!(
                        "The lowest pass from where most mass starts to the plotted well. Crossing it by diffusion takes a time that \
                         grows like exp(barrier / kT)."
                    ));
                }
                // The title has what is left, and gives way in a narrow window.
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    if self.changed() {
                        let mark = RichText::new(t!("changed")).color(tokens.text_weak);
                        let room = 70.0_f32.min(0.4 * ui.available_width());
                        let width = ui.available_width() - room;
                        ui.allocate_ui(vec2(width, 24.0), |ui| self.title_ui(ui));
                        ui.add(egui::Label::new(mark).truncate()).on_hover_text(t!(
                            "Settings differ from the scenario as it was loaded. Choose it again in the menu for a fresh one."
                        ));
                    } else {
                        self.title_ui(ui);
                    }
                });
            });
            // A card says what is to be said.
            if self.hall.on.is_none() {
                self.description_ui(ui);
            }
            self.legend_ui(ui, report);
        });
    }

    fn title_ui(&self, ui: &mut Ui) {
        // Of less than a word nothing is better than a letter.
        if ui.available_width() < 60.0 {
            return;
        }
        let title = RichText::new(&self.draft.title).size(size::HEADING).strong();
        ui.add(egui::Label::new(title).truncate());
    }

    /// Whether the controls have been moved since the scenario was loaded; its pace and seed say nothing about it.
    fn changed(&self) -> bool {
        let (now, then) = (&self.draft, &self.loaded);
        now.title == then.title
            && (now.target != then.target
                || now.relief != then.relief
                || now.temperature != then.temperature
                || now.start != then.start
                || now.scouts != then.scouts
                || now.particles != then.particles
                || now.panels != then.panels
                || now.pace != then.pace
                || now.dt != then.dt
                || now.estimator != then.estimator
                || now.resampling != then.resampling)
    }

    /// One line of the description, or all of it.
    fn description_ui(&mut self, ui: &mut Ui) {
        let tokens = Theme::of(ui).tokens();
        let text = self.draft.description.trim().replace('\n', " ");
        if text.is_empty() {
            return;
        }
        let font = egui::TextStyle::Body.resolve(ui.style());
        let wanted = ui
            .painter()
            .layout_no_wrap(text.clone(), font, tokens.text_weak)
            .size()
            .x;
        let all = ui.available_width();
        let label = egui::Label::new(RichText::new(text).color(tokens.text_weak));
        if wanted <= all {
            self.view.described = false;
            ui.add(label);
            return;
        }
        let open = self.view.described;
        ui.horizontal_top(|ui| {
            let room = Layout::top_down(Align::Min);
            ui.allocate_ui_with_layout(vec2(all - 56.0, 20.0), room, |ui| {
                ui.add(if open { label.wrap() } else { label.truncate() });
            });
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                let (word, name) = if open {
                    (t!("less"), t!("Less about the scenario"))
                } else {
                    (t!("more"), t!("More about the scenario"))
                };
                if button(ui, word, name).on_hover_text(name).clicked() {
                    self.view.described = !open;
                }
            });
        });
    }

    fn window_buttons_ui(&mut self, ui: &mut Ui) {
        let edge = 26.0;
        self.file_menu_ui(ui, edge);
        self.lectures_button_ui(ui, edge);
        self.undo_buttons_ui(ui, edge);
        if icon_button(ui, Icon::Keys, t!("Keys"), t!("The list of keys (F1)"), edge).clicked() {
            self.queue.push(Action::ToggleKeys);
        }
        if icon_button(
            ui,
            Icon::Verify,
            t!("Verify"),
            t!("Recompute every identity that the lab rests on (V)"),
            edge,
        )
        .clicked()
        {
            self.queue.push(Action::ToggleVerify);
        }
        let look = match self.options.theme {
            Theme::Light => t!("Dark theme"),
            Theme::Dark => t!("Light theme"),
        };
        if icon_button(ui, Icon::Theme, look, "", edge).clicked() {
            self.queue.push(Action::SwitchTheme);
        }
        let room = if self.options.projector {
            t!("Leave projector mode")
        } else {
            t!("Projector mode")
        };
        if icon_button(ui, Icon::Projector, room, t!("To be read from the last row (P)"), edge).clicked() {
            self.queue.push(Action::ToggleProjector);
        }
        let equation = if self.view.equation {
            t!("Hide the equation")
        } else {
            t!("Show the equation")
        };
        let help = t!("The equation of the selected panel: each term is a switch (Q)");
        if icon_button(ui, Icon::Equation, equation, help, edge).clicked() {
            self.queue.push(Action::ToggleEquation);
        }
        let plots = if self.options.plots {
            t!("Hide the plots")
        } else {
            t!("Show the plots")
        };
        if icon_button(ui, Icon::Plots, plots, "", edge).clicked() {
            self.options.plots ^= true;
        }
        let controls = if self.options.controls {
            t!("Hide the controls")
        } else {
            t!("Show the controls")
        };
        if icon_button(ui, Icon::LeftPanel, controls, "", edge).clicked() {
            self.options.controls ^= true;
        }
    }

    /// "barrier 7.0 kT, left to right; T = 1".
    fn landscape_text(&mut self, report: &Report) -> String {
        let snapshot = &report.snapshot;
        let scenario = &snapshot.scenario;
        let temperature = format!("T = {}", short(scenario.temperature));
        let basins = &snapshot.basins;
        let (from, to) = (self.view.fullest_well(snapshot), self.view.target_well(snapshot));
        if basins.len() < 2 || from == to {
            return temperature;
        }
        let barrier = self
            .backdrop
            .barrier(&scenario.landscape(), basins.centers[from], basins.centers[to]);
        let n = basins.len();
        t!(
            "barrier {height} kT from {from} to {to}    {temperature}",
            height = format_args!("{barrier:.1}"),
            from = well_name(from, n),
            to = well_name(to, n),
            temperature
        )
    }
}
