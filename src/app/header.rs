//! Above the panels: what is seen, and a legend whose words switch the layers.

use eframe::egui;
use eframe::egui::{Align, Layout, Panel, RichText, Sense, Stroke, Ui, pos2, vec2};

use super::App;
use super::actions::Action;
use super::discs::Sizes;
use super::icons::Icon;
use super::layers::{Coloring, fullest_well, well_name};
use super::theme::{Theme, size};
use super::widgets::{icon_button, short, switch_word};
use crate::engine::Report;

impl App {
    /// Title, description, landscape, legend.
    pub(super) fn header_ui(&mut self, ui: &mut Ui, report: &Report) {
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new()
            .fill(tokens.panel)
            .inner_margin(egui::Margin::symmetric(10, 6));
        Panel::top("header").frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                let title = RichText::new(&self.draft.title).size(size::HEADING).strong();
                ui.label(title);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    self.window_buttons_ui(ui);
                    ui.separator();
                    ui.label(RichText::new(self.landscape_text(report)).color(tokens.text)).on_hover_text(
                        "The lowest pass from where most mass starts to the plotted well. Crossing it by diffusion takes a time that grows like exp(barrier / kT).",
                    );
                });
            });
            if !self.draft.description.is_empty() {
                let text = RichText::new(self.draft.description.trim().replace('\n', " ")).color(tokens.text_weak);
                ui.add(egui::Label::new(text).truncate()).on_hover_text(self.draft.description.trim());
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

    fn legend_ui(&mut self, ui: &mut Ui, report: &Report) {
        let tokens = Theme::of(ui).tokens();
        let coloring = self.view.coloring;
        ui.horizontal_wrapped(|ui| {
            let layers = &mut self.view.layers;
            let disc = tokens.origins[0];
            switch_word(
                ui,
                &mut layers.discs,
                "particles",
                ("Layer particles", "Discs whose area is the weight."),
                |p, r, _| {
                    p.circle_filled(r.center(), 4.5, disc);
                },
            );
            switch_word(
                ui,
                &mut layers.density,
                "density",
                ("Layer density", "Mass per area, as a shade (D)."),
                |p, r, _| {
                    for (radius, opacity) in [(7.0, 0.25), (5.0, 0.35), (3.0, 0.6)] {
                        p.circle_filled(r.center(), radius, disc.gamma_multiply(opacity));
                    }
                },
            );
            switch_word(
                ui,
                &mut layers.arcs,
                "teleports",
                (
                    "Layer teleports",
                    "Arcs from a removed particle to where its replacement stands (A).",
                ),
                |p, r, c| {
                    let points: Vec<_> = (0..=10)
                        .map(|k| {
                            let t = k as f32 / 10.0;
                            pos2(
                                r.left() + t * r.width(),
                                r.center().y + 5.0 - 28.0 * t * (1.0 - t) * 1.2,
                            )
                        })
                        .collect();
                    p.line(points, Stroke::new(1.6, c));
                    p.circle_filled(pos2(r.right(), r.center().y + 5.0), 2.2, c);
                },
            );
            switch_word(
                ui,
                &mut layers.contours,
                "contours",
                ("Layer contours", "Lines of equal potential, in kT (C)."),
                |p, r, c| {
                    p.circle_stroke(r.center(), 6.0, Stroke::new(1.0, c));
                    p.circle_stroke(r.center(), 3.0, Stroke::new(1.0, c));
                },
            );
            switch_word(
                ui,
                &mut layers.map,
                "map",
                (
                    "Layer map",
                    "The potential as a shade: wells are pale in the light theme, dark in the dark one.",
                ),
                |p, r, _| {
                    let swatch = |k: usize| {
                        let [red, green, blue] = tokens.map[k];
                        egui::Color32::from_rgb(red, green, blue)
                    };
                    let square = egui::Rect::from_center_size(r.center(), vec2(13.0, 12.0));
                    p.rect_filled(square, 2.0, swatch(3));
                    p.circle_filled(square.center(), 4.0, swatch(0));
                    p.rect_stroke(square, 2.0, Stroke::new(1.0, tokens.line), egui::StrokeKind::Outside);
                },
            );
            switch_word(
                ui,
                &mut layers.masses,
                "masses",
                ("Layer masses", "The mass of each well and its exact share."),
                |p, r, c| {
                    p.text(
                        r.center(),
                        egui::Align2::CENTER_CENTER,
                        "%",
                        egui::FontId::proportional(size::BODY),
                        c,
                    );
                },
            );
            ui.separator();
            let (text, next, help) = match coloring {
                Coloring::Origin => (
                    "colour: origin",
                    Coloring::Flow,
                    "A particle has the colour of the well in which its ancestor began. Click to colour by flow.",
                ),
                Coloring::Flow => (
                    "colour: flow",
                    Coloring::Origin,
                    "A particle has the colour of its flow. Click to colour by the well in which its ancestor began.",
                ),
            };
            if super::widgets::button(ui, text, "Colour of particles")
                .on_hover_text(help)
                .clicked()
            {
                self.view.coloring = next;
            }
            if coloring == Coloring::Origin {
                let wells = report.snapshot.basins.len();
                if (2..=3).contains(&wells) {
                    for k in 0..wells {
                        let (dot, _) = ui.allocate_exact_size(vec2(10.0, 16.0), Sense::hover());
                        ui.painter().circle_filled(dot.center(), 4.5, tokens.origins[k]);
                        ui.label(RichText::new(well_name(k, wells)).color(tokens.text_weak));
                    }
                }
            }
            ui.separator();
            size_legend_ui(ui, report);
        });
    }
}

/// Discs of a few weights, drawn as large as in the panels.
fn size_legend_ui(ui: &mut Ui, report: &Report) {
    let tokens = Theme::of(ui).tokens();
    let drawn = report.snapshot.panels.first().map_or(1, |p| p.dots.len());
    let sizes = Sizes::new(drawn, vec2(400.0, 400.0));
    ui.label(RichText::new("weight").color(tokens.text_weak)).on_hover_text(
        "The area of a disc is the weight of its particle. Particles too light for a visible disc are paler.",
    );
    for weight in [1.0_f32, 10.0, 50.0] {
        let radius = sizes.radius(weight).clamp(0.9, 14.0);
        let (place, _) = ui.allocate_exact_size(vec2(2.0 * radius.max(3.0), 22.0), Sense::hover());
        ui.painter()
            .circle_filled(place.center(), radius, tokens.text_weak.gamma_multiply(0.7));
        ui.label(RichText::new(short(f64::from(weight))).color(tokens.text_weak));
    }
}
