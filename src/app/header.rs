//! Above the panels: what is seen, how high its barrier is, and the buttons of the window.

use eframe::egui;
use eframe::egui::{Align, Layout, Panel, RichText, Ui, vec2};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::layers::{fullest_well, well_name};
use super::theme::{Theme, size};
use super::widgets::{icon_button, short};
use crate::engine::Report;

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
                ui.separator();
                let landscape = RichText::new(self.landscape_text(report)).color(tokens.text);
                ui.label(landscape).on_hover_text(
                    "The lowest pass from where most mass starts to the plotted well. \
                     Crossing it by diffusion takes a time that grows like exp(barrier / kT).",
                );
                // The title has what is left, and gives way in a narrow window.
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let title = RichText::new(&self.draft.title).size(size::HEADING).strong();
                    ui.add(egui::Label::new(title).truncate());
                });
            });
            if !self.draft.description.is_empty() {
                let text = RichText::new(self.draft.description.trim().replace('\n', " ")).color(tokens.text_weak);
                ui.add(egui::Label::new(text).truncate())
                    .on_hover_text(self.draft.description.trim());
            }
            self.legend_ui(ui, report);
        });
    }

    fn window_buttons_ui(&mut self, ui: &mut Ui) {
        let edge = 26.0;
        if icon_button(ui, Icon::Keys, "Keys", "The list of keys (F1)", edge).clicked() {
            self.queue.push(Action::ToggleKeys);
        }
        let look = match self.options.theme {
            Theme::Light => "Dark theme",
            Theme::Dark => "Light theme",
        };
        if icon_button(ui, Icon::Theme, look, "", edge).clicked() {
            self.queue.push(Action::SwitchTheme);
        }
        let plots = if self.options.plots {
            "Hide the plots"
        } else {
            "Show the plots"
        };
        if icon_button(ui, Icon::Plots, plots, "", edge).clicked() {
            self.options.plots ^= true;
        }
        let controls = if self.options.controls {
            "Hide the controls"
        } else {
            "Show the controls"
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
        let (from, to) = (fullest_well(snapshot), self.view.target_well(snapshot));
        if basins.len() < 2 || from == to {
            return temperature;
        }
        let barrier = self.backdrop.barrier(
            &scenario.target,
            scenario.temperature,
            basins.centers[from],
            basins.centers[to],
        );
        let n = basins.len();
        format!(
            "barrier {barrier:.1} kT from {} to {}    {temperature}",
            well_name(from, n),
            well_name(to, n)
        )
    }
}
