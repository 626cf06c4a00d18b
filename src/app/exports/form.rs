//! The dialog: what to export, how, and where to.

use std::path::{Path, PathBuf};

use eframe::egui;
use eframe::egui::{Align, Align2, Context, DragValue, Layout, RichText, TextEdit, Ui};

use super::super::App;
use super::super::theme::{Theme, size};
use super::super::widgets::{button, release};
use super::camera::Reel;
use super::figure::{Figure, Shot};
use crate::export::film::MAX_RATE;
use crate::scenario::{SPEED, Scenario};
use crate::snapshot::Snapshot;

/// What kind of file is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// A picture of now.
    #[default]
    Picture,
    /// Pictures of some time.
    Film,
    /// Numbers.
    Table,
}

/// What numbers are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Table {
    /// All that was measured.
    #[default]
    History,
    /// Every particle of now.
    Particles,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(in super::super) struct Form {
    pub(in super::super) open: bool,
    pub(super) kind: Kind,
    pub(super) figure: Figure,
    pub(super) svg: bool,
    /// Of a picture, and of a film.
    scales: [u8; 2],
    /// `None` is that of the window.
    pub(super) theme: Option<Theme>,
    pub(super) film: Figure,
    pub(super) gif: bool,
    pub(super) reel: Reel,
    pub(super) table: Table,
    folder: PathBuf,
    path: String,
    /// The path last suggested: another one was typed.
    suggested: String,
    /// A file that is there already, and would be replaced.
    replaces: Option<PathBuf>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            open: false,
            kind: Kind::Picture,
            figure: Figure::Window,
            svg: false,
            scales: [2, 1],
            theme: None,
            film: Figure::Panels,
            gif: true,
            reel: Reel {
                from: 0.0,
                to: 0.0,
                speed: 1.0,
                rate: 20.0,
            },
            table: Table::History,
            folder: folder(),
            path: String::new(),
            suggested: String::new(),
            replaces: None,
        }
    }
}

/// Where files go at first: the folder that the program was started in, or the user's own.
fn folder() -> PathBuf {
    let here = std::env::current_dir().ok().filter(|here| here.parent().is_some());
    here.or_else(std::env::home_dir).unwrap_or_default()
}

impl Form {
    /// Opens the dialog on a run.
    pub(super) fn begin(&mut self, snapshot: &Snapshot, scenario: &Scenario, selected: usize) {
        /// How long a film of a run is that has not begun (seconds).
        const SHOW: f64 = 10.0;
        self.open = true;
        self.replaces = None;
        let panels = snapshot.panels.len();
        for figure in [&mut self.figure, &mut self.film] {
            if matches!(figure, Figure::Panel(k) if *k >= panels) {
                *figure = Figure::Panel(selected.min(panels.saturating_sub(1)));
            }
        }
        self.reel.speed = scenario.speed;
        self.reel.from = 0.0;
        self.reel.to = if snapshot.time > 0.0 {
            snapshot.time
        } else {
            SHOW * scenario.speed
        };
    }

    /// The name that the file has by itself; what was typed stays.
    pub(super) fn suggest(&mut self, snapshot: &Snapshot) {
        let title = slug(&snapshot.scenario.title);
        let time = format!("t{:.2}", snapshot.time);
        let panel = |figure: Figure| match figure {
            Figure::Window => String::new(),
            Figure::Panels => "-panels".to_owned(),
            Figure::Panel(k) => {
                let name = snapshot.scenario.panels.get(k).map_or("", |flow| flow.name.as_str());
                format!("-{}", slug(name))
            }
            Figure::Plots => "-plots".to_owned(),
        };
        let name = match self.kind {
            Kind::Picture => format!("{title}{}-{time}", panel(self.figure)),
            Kind::Film if self.gif => format!("{title}{}", panel(self.film)),
            Kind::Film => format!("{title}{}-frames", panel(self.film)),
            Kind::Table => match self.table {
                Table::History => format!("{title}-measurements-{time}"),
                Table::Particles => format!("{title}-particles-{time}"),
            },
        };
        let ending = self.endings().first();
        let extension = ending.map_or_else(String::new, |ending| format!(".{ending}"));
        if self.path == self.suggested {
            let numbered = (2..).map(|k| format!("{name}-{k}{extension}"));
            let names = std::iter::once(format!("{name}{extension}")).chain(numbered);
            let free = names.map(|name| self.folder.join(name)).find(|path| !path.exists());
            self.path = free.unwrap_or_default().display().to_string();
            self.suggested.clone_from(&self.path);
        } else if let Some(ending) = ending {
            // Another kind of file wants another ending.
            let typed = PathBuf::from(&self.path);
            self.path = typed.with_extension(ending).display().to_string();
        }
    }

    /// How the file ends; a folder of pictures has no ending.
    const fn endings(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Picture if self.svg => &["svg"],
            Kind::Picture => &["png"],
            Kind::Film if self.gif => &["gif"],
            Kind::Film => &[],
            Kind::Table => &["csv"],
        }
    }

    /// The file that was chosen in a dialog.
    pub(in super::super) fn choose(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.replaces = None;
    }

    /// The file that was asked for.
    pub(in super::super) fn path(&self) -> PathBuf {
        PathBuf::from(self.path.trim())
    }

    /// Pixels per point.
    pub(super) const fn scale(&self) -> f32 {
        self.scales[matches!(self.kind, Kind::Film) as usize] as f32
    }

    /// What is to be drawn, if anything is.
    const fn drawn(&self) -> Option<Figure> {
        match self.kind {
            Kind::Picture => Some(self.figure),
            Kind::Film => Some(self.film),
            Kind::Table => None,
        }
    }
}

/// Letters and digits, small, with dashes between.
fn slug(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let text = words.map(str::to_lowercase).collect::<Vec<_>>().join("-");
    let short: String = text.chars().take(40).collect();
    if short.is_empty() {
        "run".to_owned()
    } else {
        short.trim_end_matches('-').to_owned()
    }
}

impl App {
    /// Draws the dialog.
    pub(super) fn form_ui(&mut self, ctx: &Context) {
        // A dialog of our own, that asks for the file, stands in its place.
        let shown = self.exports.form.open && !self.asks_for_a_path();
        let Some(report) = self.report.clone().filter(|_| shown) else {
            return;
        };
        let mut open = true;
        let mut wanted = None;
        let before = self.exports.form.clone();
        let drawn = before.drawn().map(|figure| Shot {
            figure,
            size: self.figure_size(ctx, figure),
            scale: before.scale(),
        });
        egui::Window::new("Export")
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
            .show(ctx, |ui| {
                ui.set_width(470.0);
                let form = &mut self.exports.form;
                ui.horizontal(|ui| {
                    choice(ui, &mut form.kind, Kind::Picture, "Picture");
                    choice(ui, &mut form.kind, Kind::Film, "Film");
                    choice(ui, &mut form.kind, Kind::Table, "Table");
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
                wanted = where_ui(ui, form, drawn);
            });
        let form = &mut self.exports.form;
        let chosen = |f: &Form| (f.kind, f.figure, f.svg, f.film, f.gif, f.table);
        if chosen(&before) != chosen(form) {
            form.suggest(&report.snapshot);
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
    ui.label("Show");
    ui.vertical(|ui| {
        ui.horizontal(|ui| {
            choice(ui, figure, Figure::Window, "Whole window");
            choice(ui, figure, Figure::Panels, "All panels");
            choice(ui, figure, Figure::Plots, "Plots");
        });
        // Names of panels may be long.
        for (pair, names) in panels.chunks(2).enumerate() {
            ui.horizontal(|ui| {
                for (k, name) in (2 * pair..).zip(names) {
                    let name: String = name.chars().take(24).collect();
                    choice(ui, figure, Figure::Panel(k), &format!("Panel {name}"));
                }
            });
        }
    });
    ui.end_row();
}

fn scale_ui(ui: &mut Ui, form: &mut Form, enabled: bool) {
    ui.label("Resolution");
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
    ui.label("Colours");
    ui.horizontal(|ui| {
        choice(ui, &mut form.theme, None, "As now");
        choice(ui, &mut form.theme, Some(Theme::Light), "Light");
        choice(ui, &mut form.theme, Some(Theme::Dark), "Dark");
    });
    ui.end_row();
}

fn picture_ui(ui: &mut Ui, form: &mut Form, panels: &[&str]) {
    figure_ui(ui, &mut form.figure, panels);
    ui.label("Format");
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
    ui.label("Format");
    ui.horizontal(|ui| {
        choice(ui, &mut form.gif, true, "GIF");
        choice(ui, &mut form.gif, false, "PNG files in a folder");
    });
    ui.end_row();
    let reel = &mut form.reel;
    let number = |ui: &mut Ui, value: &mut f64, range: std::ops::RangeInclusive<f64>, step: f64, name: &str| {
        ui.add(DragValue::new(value).range(range).speed(step).max_decimals(4))
            .accessible_name(name);
    };
    ui.label("Model time");
    ui.horizontal(|ui| {
        ui.label("from");
        number(ui, &mut reel.from, 0.0..=LONGEST, 0.05, "First model time of the film");
        ui.label("to");
        number(ui, &mut reel.to, 0.0..=LONGEST, 0.05, "Last model time of the film");
    });
    ui.end_row();
    ui.label("Pace");
    ui.horizontal(|ui| {
        number(ui, &mut reel.speed, SPEED.min..=SPEED.max, 0.01, "Speed of the film");
        ui.label("of model time per second,");
        number(ui, &mut reel.rate, 1.0..=MAX_RATE, 0.2, "Frames per second");
        ui.label("frames per second");
    });
    ui.end_row();
    scale_ui(ui, form, true);
    theme_ui(ui, form);
}

fn table_ui(ui: &mut Ui, form: &mut Form) {
    ui.label("Of");
    ui.vertical(|ui| {
        choice(
            ui,
            &mut form.table,
            Table::History,
            "Measurements of every panel since the start",
        );
        choice(
            ui,
            &mut form.table,
            Table::Particles,
            "Every particle of now, with its weight and ancestor",
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
fn where_ui(ui: &mut Ui, form: &mut Form, shot: Option<Shot>) -> Option<Wanted> {
    let tokens = Theme::of(ui).tokens();
    let mut refusal = None;
    let reel = form.reel;
    if let Some(shot) = shot {
        let [width, height] = shot.pixels();
        let frames = reel.frames();
        let text = match form.kind {
            Kind::Film => format!(
                "{frames} frames of {width} × {height} pixels, {:.1} seconds",
                frames as f64 / reel.rate
            ),
            _ if form.svg => format!(
                "{} × {} points; text stays text",
                shot.size.x.round(),
                shot.size.y.round()
            ),
            _ => format!("{width} × {height} pixels"),
        };
        ui.label(RichText::new(text).color(tokens.text_weak));
        if form.kind == Kind::Film {
            let text = "The run is repeated from its start beside the one on show.";
            ui.label(RichText::new(text).color(tokens.text_weak));
            if frames > Reel::MAX_FRAMES {
                refusal = Some(format!("That is too long: {} frames are the most.", Reel::MAX_FRAMES));
            } else if reel.to < reel.from {
                refusal = Some("The film ends before it begins.".to_owned());
            }
        }
        if !(form.svg && form.kind == Kind::Picture) && shot.too_long().is_some() {
            refusal = Some("That is too large: choose a lower resolution.".to_owned());
        }
    }
    let mut wanted = None;
    ui.horizontal(|ui| {
        ui.label("File");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if button(ui, "Browse…", "Browse for the file").clicked() {
                wanted = Some(Wanted::Place);
            }
            let field = TextEdit::singleline(&mut form.path)
                .background_color(tokens.window)
                .desired_width(f32::INFINITY);
            ui.add(field).accessible_name("Path of the export");
        });
    });
    if form.path.trim().is_empty() {
        refusal = Some("The file needs a name.".to_owned());
    }
    let replaces = form.replaces.is_some();
    if let Some(refusal) = &refusal {
        ui.label(
            RichText::new(refusal)
                .color(tokens.on_notice)
                .background_color(tokens.notice),
        );
    } else if replaces {
        let sentence = "This file is there already.";
        ui.label(
            RichText::new(sentence)
                .color(tokens.on_notice)
                .background_color(tokens.notice),
        );
    }
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        let (word, name) = if replaces {
            ("Replace it", "Replace the file")
        } else {
            ("Export", "Export now")
        };
        ui.add_enabled_ui(refusal.is_none(), |ui| {
            let text = RichText::new(word).color(tokens.on_accent).size(size::BODY);
            let press = egui::Button::new(text).fill(tokens.accent);
            if release(ui.add(press).accessible_name(name)).clicked() {
                wanted = Some(Wanted::Export);
            }
        });
        if button(ui, "Close", "Close the export").clicked() {
            form.open = false;
        }
    });
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(slug("Two wells: a barrier of 7 kT"), "two-wells-a-barrier-of-7-kt");
        assert_eq!(slug("Fisher–Rao"), "fisher-rao");
        assert_eq!(slug("???"), "run");
    }
}
