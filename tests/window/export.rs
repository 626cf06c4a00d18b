//! Exports from the window: what the dialog asks for becomes a file, and nothing that goes wrong stops the lab.

use std::fs;
use std::path::Path;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Event, Key, Modifiers, ViewportCommand, ViewportEvent, ViewportId, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tempfile::TempDir;
use wfr_lab::app::{Figure, Options, Shot, Sight, Take};
use wfr_lab::engine::Status;
use wfr_lab::timeline::Journal;

use crate::opened::{Window, small};

fn window() -> (Window, TempDir) {
    let window = Window::of(small(), vec2(1100.0, 720.0), Options::default());
    (window, tempfile::tempdir().expect("a folder can be made"))
}

impl Window {
    fn radio(&mut self, label: &str) {
        self.0.get_by_role_and_label(Role::RadioButton, label).click();
        // The dialog changes its height with what it asks for.
        self.0.run_steps(8);
    }

    /// Opens the dialog, and waits until it has found its place.
    fn open_export(&mut self) {
        self.key(Key::E);
        self.0.run_steps(10);
    }

    /// Types the path of the export.
    fn export_to(&mut self, path: &Path) {
        self.0
            .get_by_role_and_label(Role::TextInput, "Path of the export")
            .click();
        self.0.run_steps(2);
        self.key_with(Modifiers::COMMAND, Key::A);
        self.0
            .event(Event::Text(path.to_str().expect("the path is text").to_owned()));
        self.0.run_steps(3);
    }

    /// What stands in the field of the path.
    fn path_of_the_export(&self) -> String {
        let field = self.0.get_by_role_and_label(Role::TextInput, "Path of the export");
        field.value().expect("a field has a text")
    }

    /// Exports what the dialog shows to a new file and waits for it.
    fn export(&mut self, folder: &TempDir, name: &str) -> Vec<u8> {
        let path = folder.path().join(name);
        self.export_to(&path);
        self.press("Export now");
        self.wait_for(&format!("Dismiss {name}"));
        self.0.run_steps(5);
        assert!(self.says("Saved "), "a sentence says where it is");
        self.press(&format!("Dismiss {name}"));
        assert!(!self.shows(&format!("Dismiss {name}")));
        fs::read(path).expect("the file is there")
    }

    /// Asks the window to close; whether it lets that happen.
    fn asked_to_close(&mut self) -> bool {
        let viewports = &mut self.0.input_mut().viewports;
        viewports
            .entry(ViewportId::ROOT)
            .or_default()
            .events
            .push(ViewportEvent::Close);
        self.0.run_steps(1);
        let stays = self.commanded(&ViewportCommand::CancelClose);
        self.0.run_steps(3);
        !stays
    }

    fn commanded(&self, wanted: &ViewportCommand) -> bool {
        let all = self.0.output().viewport_output.values();
        all.flat_map(|viewport| &viewport.commands)
            .any(|command| command == wanted)
    }
}

fn listed(folder: &TempDir) -> usize {
    fs::read_dir(folder.path()).expect("the folder is there").count()
}

#[test]
fn a_picture_of_a_panel_is_what_the_window_shows() {
    let (mut window, folder) = window();
    window.key_with(Modifiers::SHIFT, Key::Period);
    window.open_export();
    window.radio("Panel WFR");
    window.radio("1×");
    let bytes = window.export(&folder, "wfr.png");
    let picture = image::load_from_memory(&bytes).expect("it is a picture").to_rgba8();
    // The same run from its start, in the same size: the same pixels.
    let shot = Shot {
        figure: Figure::Panel(2),
        size: vec2(picture.width() as f32, picture.height() as f32),
        scale: 1.0,
    };
    let mut take = Take::new(
        Journal::new(small()),
        &Sight::new(small(), Options::default()),
        &shot,
        false,
    );
    take.run_to(window.report().snapshot.time, &mut |_| true)
        .expect("the run goes on");
    assert_eq!(window.steps(), 10);
    assert!(take.picture() == picture, "not the same pixels");
    // Larger and dark; the file that is there is not replaced unasked.
    window.open_export();
    window.radio("3×");
    window.radio("Dark");
    window.export_to(&folder.path().join("wfr.png"));
    window.press("Export now");
    assert!(window.says("This file is there already."));
    assert!(window.says(&format!("{} × {} pixels", 3 * picture.width(), 3 * picture.height())));
    assert_eq!(fs::read(folder.path().join("wfr.png")).expect("it is there"), bytes);
    window.press("Replace the file");
    window.wait_for("Dismiss wfr.png");
    assert!(window.says("Saved "), "it was written");
    let large = image::open(folder.path().join("wfr.png"))
        .expect("it is a picture")
        .to_rgba8();
    assert_eq!(
        (large.width(), large.height()),
        (3 * picture.width(), 3 * picture.height())
    );
    assert!(large.get_pixel(3, 3)[0] < 60);
    window.press("Copy the path of wfr.png");
    assert!(window.copied().is_none_or(|path| path.ends_with("wfr.png")));
}

#[test]
fn plots_become_paths_and_all_of_the_window_a_picture() {
    let (mut window, folder) = window();
    window.key_with(Modifiers::SHIFT, Key::Period);
    window.press("File");
    window.press("Export…");
    window.0.run_steps(10);
    window.radio("Plots");
    window.radio("SVG");
    let text = String::from_utf8(window.export(&folder, "plots.svg")).expect("it is text");
    assert!(text.starts_with("<?xml") && text.contains(">Langevin</text>") && text.contains("<path"));
    window.open_export();
    window.radio("Whole window");
    window.radio("PNG");
    window.radio("1×");
    let picture = image::load_from_memory(&window.export(&folder, "all.png")).expect("it is a picture");
    assert_eq!((picture.width(), picture.height()), (1100, 720));
    window.open_export();
    window.radio("All panels");
    let panels = image::load_from_memory(&window.export(&folder, "panels.png")).expect("it is a picture");
    assert!(panels.width() < 1100 && panels.height() < 720);
}

#[test]
fn the_file_of_an_export_is_looked_for_and_nothing_else_changes() {
    let (mut window, folder) = window();
    let path = Window::path_of_the_export;
    let chosen = |window: &Window, name: &str| {
        let choice = window.0.get_by_role_and_label(Role::RadioButton, name);
        choice.accesskit_node().toggled() == Some(Toggled::True)
    };
    let browse = |window: &mut Window| {
        window.press("Browse for the file");
        window.0.run_steps(8);
        assert!(!window.shows("Export now"), "one dialog at a time");
    };
    window.open_export();
    window.radio("Plots");
    window.radio("SVG");
    let suggested = path(&window);
    browse(&mut window);
    let field = window.0.get_by_role_and_label(Role::TextInput, "Path");
    assert_eq!(field.value(), Some(suggested.clone()));
    window.press("Cancel");
    assert_eq!(path(&window), suggested);
    browse(&mut window);
    window.key(Key::Escape);
    assert_eq!(path(&window), suggested);
    browse(&mut window);
    let mine = folder.path().join("at-t0.50");
    window.answer("Path", mine.to_str().expect("text"), "Choose this");
    assert_eq!(path(&window), format!("{}.svg", mine.display()));
    assert!(chosen(&window, "Plots") && chosen(&window, "SVG") && !chosen(&window, "PNG"));
    assert_eq!(listed(&folder), 0, "nothing is written yet");
    window.press("Export now");
    window.wait_for("Dismiss at-t0.50.svg");
    assert_eq!(listed(&folder), 1);
    window.press("Dismiss at-t0.50.svg");

    // What is there is shown, and asked about before it is replaced.
    fs::create_dir(folder.path().join("deep")).expect("a folder can be made");
    window.open_export();
    browse(&mut window);
    window.answer("Path", &format!("{}/", folder.path().display()), "Choose this");
    assert!(window.shows("deep/"));
    window.0.get_by_role_and_label(Role::TextInput, "Path").focus();
    window.0.run_steps(2);
    window.key(Key::End);
    window.0.event(Event::Text("other".to_owned()));
    window.0.run_steps(4);
    window.0.get_by_label("deep/").click();
    window.0.run_steps(4);
    let typed = window.0.get_by_role_and_label(Role::TextInput, "Path").value();
    let deep = folder.path().join("deep/other");
    assert_eq!(typed.as_deref(), deep.to_str(), "the name goes along");
    window.0.get_by_label("Folder above").click();
    window.0.run_steps(4);
    window.0.get_by_label("at-t0.50.svg").click();
    window.0.run_steps(4);
    assert!(window.says("at-t0.50.svg is there already"));
    window.press("Choose this");
    window.press("Export now");
    assert!(window.says("This file is there already.") && window.shows("Replace the file"));

    // Pictures of a film go to a folder.
    window.radio("Film");
    assert!(path(&window).ends_with("at-t0.50.gif"));
    window.radio("PNG files in a folder");
    assert!(path(&window).ends_with("at-t0.50"));
    browse(&mut window);
    window.answer("Path", &format!("{}/", folder.path().display()), "Choose this");
    assert!(window.shows("deep/") && !window.shows("at-t0.50.svg"), "folders only");
    let frames = folder.path().join("frames");
    window.answer("Path", frames.to_str().expect("text"), "Choose this");
    assert_eq!(path(&window), frames.to_str().expect("text"));
}

#[test]
fn a_film_and_a_table_are_made_beside_the_window() {
    let (mut window, folder) = window();
    window.key_with(Modifiers::SHIFT, Key::Period);
    window.open_export();
    window.radio("Film");
    window.radio("Panel Langevin");
    window.radio("1×");
    window.type_into("Last model time of the film", "0.1");
    window.type_into("Frames per second", "10");
    let bytes = window.export(&folder, "film.gif");
    let mut film = gif::DecodeOptions::new()
        .read_info(bytes.as_slice())
        .expect("it is a GIF");
    let mut frames = 0;
    while film.read_next_frame().expect("frames can be read").is_some() {
        frames += 1;
    }
    let speed = window.report().snapshot.scenario.speed;
    assert_eq!(frames, (0.1 * 10.0 / speed + 1e-9).floor() as u64 + 1);
    assert_eq!(window.steps(), 10, "the run on show stays where it is");

    window.open_export();
    window.radio("Table");
    let bytes = window.export(&folder, "table.csv");
    let mut table = csv::Reader::from_reader(bytes.as_slice());
    let rows = table
        .records()
        .filter(|row| row.as_ref().is_ok_and(|row| &row[0] == "WFR"))
        .count();
    assert_eq!(rows, window.report().snapshot.panels[2].history.len());

    window.open_export();
    window.radio("Every particle as it is now, with its weight and ancestor");
    let bytes = window.export(&folder, "particles.csv");
    let mut table = csv::Reader::from_reader(bytes.as_slice());
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 900);
    for (row, dot) in rows[600..].iter().zip(&window.report().snapshot.panels[2].dots) {
        let number = |k: usize| row[k].parse::<f64>().expect("a number");
        assert_eq!((&row[0], number(2) as f32, number(3) as f32), ("WFR", dot.x, dot.y));
    }
}

#[test]
fn a_long_film_can_be_cancelled_and_leaves_nothing() {
    let (mut window, folder) = window();
    window.open_export();
    window.radio("Film");
    window.type_into("Last model time of the film", "200");
    window.export_to(&folder.path().join("long.gif"));
    window.press("Export now");
    window.wait_for("Progress of long.gif");
    window.key(Key::Space);
    assert_eq!(*window.status(), Status::Running, "the lab goes on meanwhile");
    // Nothing else goes to the same file meanwhile, and nothing to a second one of that name by itself.
    window.open_export();
    let suggested = window.path_of_the_export();
    window.export_to(&folder.path().join("long.gif"));
    assert!(window.says("Another export is writing this file."));
    window.press("Export now");
    assert!(window.shows("Export now"));
    window.export_to(Path::new(&suggested));
    assert!(!window.says("Another export"));
    window.type_into("Last model time of the film", "200");
    window.press("Export now");
    window.open_export();
    assert_ne!(window.path_of_the_export(), suggested);
    window.press("Close the export");
    let name = Path::new(&suggested).file_name().expect("a name").to_string_lossy();
    window.press(&format!("Cancel {name}"));
    window.wait_for(&format!("Dismiss {name}"));
    window.press(&format!("Dismiss {name}"));
    window.press("Cancel long.gif");
    window.wait_for("Dismiss long.gif");
    assert!(window.says("nothing of it is kept"));
    assert_eq!(listed(&folder), 0);
}

#[test]
fn what_cannot_be_written_is_said_and_the_lab_goes_on() {
    let (mut window, folder) = window();
    for (path, part) in [
        (folder.path().join("none/x.png"), "its folder is not there"),
        ("/dev/full".into(), "there is no room left"),
    ] {
        if cfg!(not(target_os = "linux")) && path.starts_with("/dev") {
            continue;
        }
        window.open_export();
        window.radio("1×");
        window.radio("Panel WFR");
        window.export_to(&path);
        window.press("Export now");
        let name = path.file_name().expect("a name").to_str().expect("text").to_owned();
        window.wait_for(&format!("Dismiss {name}"));
        assert!(window.says(part) && window.says(path.to_str().expect("text")), "{part}");
        window.press(&format!("Dismiss {name}"));
    }
    window.press("Step");
    assert_eq!(window.steps(), 1);
    // What makes no sense is refused before.
    window.open_export();
    window.radio("Film");
    window.type_into("First model time of the film", "5");
    window.type_into("Last model time of the film", "1");
    assert!(window.says("The film ends before it begins."));
    window.key(Key::Escape);
    assert!(!window.shows("Path of the export"));
}

#[test]
fn a_window_with_an_export_under_way_asks_before_it_closes() {
    let (mut window, folder) = window();
    assert!(window.asked_to_close(), "without an export it just closes");
    let begin = |window: &mut Window, to: &str, name: &str| {
        window.open_export();
        window.radio("Film");
        window.radio("Panel WFR");
        window.radio("1×");
        window.type_into("Last model time of the film", to);
        window.export_to(&folder.path().join(name));
        window.press("Export now");
        window.wait_for(&format!("Progress of {name}"));
    };
    begin(&mut window, "200", "long.gif");
    assert!(!window.asked_to_close());
    assert!(window.says("An export is under way"));
    window.press("Stay");
    assert!(!window.says("An export is under way") && window.shows("Progress of long.gif"));
    assert!(!window.asked_to_close());
    window.press("Cancel it and close");
    let closes = |window: &mut Window| {
        for _ in 0..3000 {
            if window.commanded(&ViewportCommand::Close) {
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
            window.0.run_steps(1);
        }
        false
    };
    assert!(window.commanded(&ViewportCommand::Close) || closes(&mut window) || window.shows("Dismiss long.gif"));
    assert_eq!(listed(&folder), 0, "nothing half written");
    assert!(window.asked_to_close());

    // Or it waits for the end.
    window.press("Dismiss long.gif");
    begin(&mut window, "0.6", "short.gif");
    if !window.asked_to_close() {
        window.press("Wait and close");
        window.wait_for("Dismiss short.gif");
    }
    assert!(folder.path().join("short.gif").is_file() && listed(&folder) == 1);
}
