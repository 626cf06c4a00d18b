//! The dialog: what to export, how, and where to.

use std::path::{Path, PathBuf};

use eframe::egui;
use eframe::egui::{Align, Align2, Context, DragValue, Layout, RichText, TextEdit, Ui};

use super::super::App;
use super::super::theme::{Theme, size};
use super::super::widgets::{button, release};
use super::camera::Reel;
use super::figure::{Figure, Shot};
use super::jobs::place;
use super::wish::{Form, Kind, Table};
use crate::export::film::MAX_RATE;
use crate::scenario::SPEED;
use crate::words::t;

impl App {
    /// Draws the dialog.
    pub(super) fn form_ui(&mut self, ctx: &Context) {
        // A dialog of our own, that asks for the file, stands in its place.
        let shown = self.exports.form.open && !self.asks_for_a_path();
        let Some(report) = self.report.clone().filter(|_| shown) else {
            return;
        };
        let taken = self.exports.under_way();
        let mut open = true;
        let mut wanted = None;
        let before = self.exports.form.clone();
        let drawn = before.drawn().map(|figure| Shot {
            figure,
            size: self.figure_size(ctx, figure),
            scale: before.scale(),
        });
        egui::Window::new(t!("Export"))
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            // Its height changes with what is chosen in it; its upper edge stays, with what was just pressed.
            .anchor(Align2::CENTER_TOP, [0.0, 0.15 * ctx.content_rect().height()])
            .show(ctx, |ui| {
                ui.set_width(560.0);
                let form = &mut self.exports.form;
                ui.horizontal(|ui| {
                    choice(ui, &mut form.kind, Kind::Picture, t!("Picture"));
                    choice(ui, &mut form.kind, Kind::Film, t!("Film"));
                    choice(ui, &mut form.kind, Kind::Table, t!("Table"));
                });
                ui.separator();
                let names: Vec<&str> = report
                    .snapshot
                    .scenario
                    .panels
                    .iter()
                    .map(|f| f.name.as_str())
                    .collect();
                egui::Grid::new("export")
                    .num_columns(2)
                    .spacing([12.0, 7.0])
                    .show(ui, |ui| match form.kind {
                        Kind::Picture => picture_ui(ui, form, &names),
                        Kind::Film => film_ui(ui, form, &names),
                        Kind::Table => table_ui(ui, form),
                    });
                ui.add_space(4.0);
                wanted = where_ui(ui, form, drawn, &taken);
            });
        let form = &mut self.exports.form;
        let chosen = |f: &Form| (f.kind, f.figure, f.svg, f.film, f.gif, f.table);
        if chosen(&before) != chosen(form) {
            form.suggest(&report.snapshot, &taken);
        }
        if before.path != form.path || chosen(&before) != chosen(form) {
            form.replaces = None;
        }
        form.open &= open;
        if wanted == Some(Wanted::Place) {
            let endings = form.endings();
            self.ask_for_export(ctx, endings);
        } else if wanted == Some(Wanted::Export) {
            let path = form.path();
            // A folder of frames is refused by who writes it, if anything is in it.
            if path.is_file() && form.replaces.as_ref() != Some(&path) {
                form.replaces = Some(path);
            } else {
                form.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
                form.suggested.clone_from(&form.path);
                self.export(ctx);
            }
        }
    }
}

/// One of several, of which one is chosen.
fn choice<T: PartialEq>(ui: &mut Ui, value: &mut T, this: T, name: &str) {
    if release(ui.radio(*value == this, name)).clicked() {
        *value = this;
    }
}

/// What is drawn.
fn figure_ui(ui: &mut Ui, figure: &mut Figure, panels: &[&str]) {
    ui.label(t!("Show"));
    ui.vertical(|ui| {
        ui.horizontal(|ui| {
            choice(ui, figure, Figure::Window, t!("Whole window"));
            choice(ui, figure, Figure::Panels, t!("All panels"));
            choice(ui, figure, Figure::Plots, t!("Plots"));
        });
        // Names of panels may be long.
        for (pair, names) in panels.chunks(2).enumerate() {
            ui.horizontal(|ui| {
                for (k, name) in (2 * pair..).zip(names) {
                    let name: String = name.chars().take(24).collect();
                    choice(ui, figure, Figure::Panel(k), &t!("Panel {name}", name));
                }
            });
        }
    });
    ui.end_row();
}

fn scale_ui(ui: &mut Ui, form: &mut Form, enabled: bool) {
    ui.label(t!("Resolution"));
    ui.horizontal(|ui| {
        ui.add_enabled_ui(enabled, |ui| {
            for scale in 1..=4 {
                let slot = usize::from(form.kind == Kind::Film);
                choice(ui, &mut form.scales[slot], scale, &format!("{scale}×"));
            }
        });
    });
    ui.end_row();
}

fn theme_ui(ui: &mut Ui, form: &mut Form) {
    ui.label(t!("Colours"));
    ui.horizontal(|ui| {
        choice(ui, &mut form.theme, None, t!("As now"));
        choice(ui, &mut form.theme, Some(Theme::Light), t!("Light"));
        choice(ui, &mut form.theme, Some(Theme::Dark), t!("Dark"));
    });
    ui.end_row();
}

fn picture_ui(ui: &mut Ui, form: &mut Form, panels: &[&str]) {
    figure_ui(ui, &mut form.figure, panels);
    ui.label(t!("Format"));
    ui.horizontal(|ui| {
        choice(ui, &mut form.svg, false, "PNG");
        choice(ui, &mut form.svg, true, "SVG");
    });
    ui.end_row();
    // Paths have no pixels.
    let enabled = !form.svg;
    scale_ui(ui, form, enabled);
    theme_ui(ui, form);
}

fn film_ui(ui: &mut Ui, form: &mut Form, panels: &[&str]) {
    /// The longest time that can be asked for.
    const LONGEST: f64 = 1e6;
    figure_ui(ui, &mut form.film, panels);
    ui.label(t!("Format"));
    ui.horizontal(|ui| {
        choice(ui, &mut form.gif, true, "GIF");
        choice(ui, &mut form.gif, false, t!("PNG files in a folder"));
    });
    ui.end_row();
    let reel = &mut form.reel;
    let number = |ui: &mut Ui, value: &mut f64, range: std::ops::RangeInclusive<f64>, step: f64, name: &str| {
        ui.add(DragValue::new(value).range(range).speed(step).max_decimals(4))
            .accessible_name(name);
    };
    ui.label(t!("Model time"));
    ui.horizontal(|ui| {
        ui.label(t!("from"));
        number(
            ui,
            &mut reel.from,
            0.0..=LONGEST,
            0.05,
            t!("First model time of the film"),
        );
        ui.label(t!("to"));
        number(ui, &mut reel.to, 0.0..=LONGEST, 0.05, t!("Last model time of the film"));
    });
    ui.end_row();
    ui.label(t!("Pace"));
    ui.horizontal(|ui| {
        number(
            ui,
            &mut reel.speed,
            SPEED.min..=SPEED.max,
            0.01,
            t!("Speed of the film"),
        );
        ui.label(t!("of model time per second,"));
        number(ui, &mut reel.rate, 1.0..=MAX_RATE, 0.2, t!("Frames per second"));
        ui.label(t!("frames per second"));
    });
    ui.end_row();
    scale_ui(ui, form, true);
    theme_ui(ui, form);
}

fn table_ui(ui: &mut Ui, form: &mut Form) {
    ui.label(t!("Of"));
    ui.vertical(|ui| {
        choice(
            ui,
            &mut form.table,
            Table::History,
            t!("Measurements of every panel since the start"),
        );
        choice(
            ui,
            &mut form.table,
            Table::Particles,
            t!("Every particle of now, with its weight and ancestor"),
        );
    });
    ui.end_row();
}

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// A dialog that asks for the file.
    Place,
    /// The file.
    Export,
}

/// What comes of it, the file, and the buttons.
fn where_ui(ui: &mut Ui, form: &mut Form, shot: Option<Shot>, taken: &[PathBuf]) -> Option<Wanted> {
    let tokens = Theme::of(ui).tokens();
    let mut refusal = None;
    let reel = form.reel;
    if let Some(shot) = shot {
        let [width, height] = shot.pixels();
        let frames = reel.frames();
        let text = match form.kind {
            Kind::Film => t!(
                "{frames} frames of {width} × {height} pixels, {seconds} seconds",
                frames,
                width,
                height,
                seconds = format_args!("{:.1}", frames as f64 / reel.rate)
            ),
            _ if form.svg => t!(
                "{width} × {height} points; text stays text",
                width = shot.size.x.round(),
                height = shot.size.y.round()
            ),
            _ => t!("{width} × {height} pixels", width, height),
        };
        ui.label(RichText::new(text).color(tokens.text_weak));
        if form.kind == Kind::Film {
            let text = t!("The run is repeated from its start beside the one on show.");
            ui.label(RichText::new(text).color(tokens.text_weak));
            if frames > Reel::MAX_FRAMES {
                refusal = Some(t!(
                    "That is too long: {most} frames are the most.",
                    most = Reel::MAX_FRAMES
                ));
            } else if reel.to < reel.from {
                refusal = Some(t!("The film ends before it begins.").to_owned());
            }
        }
        if !(form.svg && form.kind == Kind::Picture) && shot.too_long().is_some() {
            refusal = Some(t!("That is too large: choose a lower resolution.").to_owned());
        }
    }
    let mut wanted = None;
    ui.horizontal(|ui| {
        ui.label(t!("File"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if button(ui, t!("Browse…"), t!("Browse for the file")).clicked() {
                wanted = Some(Wanted::Place);
            }
            let field = TextEdit::singleline(&mut form.path)
                .background_color(tokens.window)
                .desired_width(f32::INFINITY);
            ui.add(field).accessible_name(t!("Path of the export"));
        });
    });
    if form.path.trim().is_empty() {
        refusal = Some(t!("The file needs a name.").to_owned());
    } else if taken.contains(&place(&form.path())) {
        refusal = Some(t!("Another export is writing this file.").to_owned());
    }
    let replaces = form.replaces.is_some();
    if let Some(refusal) = &refusal {
        ui.label(
            RichText::new(refusal)
                .color(tokens.on_notice)
                .background_color(tokens.notice),
        );
    } else if replaces {
        let sentence = t!("This file is there already.");
        ui.label(
            RichText::new(sentence)
                .color(tokens.on_notice)
                .background_color(tokens.notice),
        );
    }
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        let (word, name) = if replaces {
            (t!("Replace it"), t!("Replace the file"))
        } else {
            (t!("Export"), t!("Export now"))
        };
        ui.add_enabled_ui(refusal.is_none(), |ui| {
            let text = RichText::new(word).color(tokens.on_accent).size(size::BODY);
            let press = egui::Button::new(text).fill(tokens.accent);
            if release(ui.add(press).accessible_name(name)).clicked() {
                wanted = Some(Wanted::Export);
            }
        });
        if button(ui, t!("Close"), t!("Close the export")).clicked() {
            form.open = false;
        }
    });
    wanted
}
