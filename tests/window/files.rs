//! Files by their accessibility labels: saved, opened, dropped, restored; codes copied and pasted.

use std::fs;
use std::path::Path;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::Options;
use wfr_lab::engine::Control;
use wfr_lab::scenario::Scenario;
use wfr_lab::share::{Session, ViewState};
use wfr_lab::timeline::Timeline;

use crate::opened::{Window, small};

fn open() -> Window {
    Window::of(small(), vec2(1280.0, 1200.0), Options::default())
}

/// A window that keeps its files in this folder.
fn keeping(folder: &Path) -> Window {
    let mut window = open();
    let ctx = window.0.ctx.clone();
    window.app_now().keep_files_in(&ctx, folder);
    window.0.run_steps(3);
    window
}

impl Window {
    /// Presses an entry of the File menu.
    fn file(&mut self, entry: &str) {
        self.press("File");
        self.press(entry);
    }

    fn paste(&mut self, text: &str) {
        self.0.event(Event::Paste(text.to_owned()));
        self.0.run_steps(4);
    }

    fn steps_on(&mut self, n: u64) {
        self.app_now().drive().send(Control::Steps(n));
        self.0.run_steps(2);
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn a_scenario_is_saved_and_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = keeping(folder.path());
    window.slide("Barrier", 8.5);
    window.key_with(Modifiers::COMMAND, Key::S);
    assert!(window.shows("Save this"));
    window.key(Key::Escape);
    assert!(!window.shows("Save this"));
    window.key_with(Modifiers::COMMAND, Key::S);
    let path = folder.path().join("mine");
    window.answer("Path", &text(&path), "Save this");
    let path = path.with_extension("ron");
    assert!(window.says("Saved"));
    let saved = Scenario::from_ron(&fs::read_to_string(&path).unwrap(), "saved").unwrap();
    assert_eq!(&saved, window.app().scenario());

    let mut other = keeping(folder.path());
    other.key_with(Modifiers::COMMAND, Key::O);
    other.answer("Path", &text(&folder.path().join("missing.ron")), "Open this");
    assert!(other.says("There is no such file"));
    other.answer("Path", &text(&path), "Open this");
    assert!(other.says("Opened: mine.ron"));
    assert_eq!(other.app().scenario(), &saved);
    assert_eq!(*other.report().snapshot.scenario, saved);
    // Saved again without a question, and undone.
    other.slide("Barrier", 4.0);
    other.key_with(Modifiers::COMMAND, Key::S);
    let again = Scenario::from_ron(&fs::read_to_string(&path).unwrap(), "saved").unwrap();
    assert_eq!(&again, other.app().scenario());
    other.0.run_steps(8);
    other.key_with(Modifiers::COMMAND, Key::Z);
    other.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(other.app().scenario(), &small());
}

#[test]
fn a_session_comes_back_to_the_bit_with_its_view() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = keeping(folder.path());
    window.steps_on(17);
    window.slide("Barrier", 8.0);
    window.steps_on(9);
    window.key(Key::C);
    window.press("Dark theme");
    window.press("Maximise panel 3");
    let bits = window.bits();
    window.key_with(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S);
    let path = folder.path().join("lecture.wfr");
    window.answer("Path", &text(&path), "Save this");
    assert_eq!(Session::open(&path).unwrap().0.state(), Some(bits.clone()));

    let mut other = keeping(folder.path());
    other.file("Open…");
    other.answer("Path", &text(&path), "Open this");
    assert_eq!(other.bits(), bits);
    assert_eq!(other.app().scenario(), &**bits.frame.edited());
    assert!(other.shows("Light theme") && other.shows("Picture of panel 3") && !other.shows("Picture of panel 1"));
    other.0.run_steps(8);
    other.key_with(Modifiers::COMMAND, Key::Z);
    other.0.run_steps(8);
    assert_eq!(other.steps(), 0, "opening is undone");
    assert_eq!(other.app().scenario(), &small());
}

#[test]
fn a_code_is_copied_with_one_key_and_pasted_into_another_window() {
    let mut window = open();
    window.steps_on(12);
    window.slide("Barrier", 6.0);
    window.steps_on(7);
    let bits = window.bits();
    window.0.key_press(Key::L);
    let mut line = None;
    for _ in 0..4 {
        window.0.run_steps(1);
        line = line.or_else(|| window.copied());
    }
    let line = line.expect("a code was copied");
    assert!(line.starts_with("wfr1:") && window.says("copied as a code of"));
    let mut other = open();
    other.paste(&line);
    assert_eq!(other.bits(), bits);
    assert_eq!(other.app().scenario(), window.app().scenario());
    // By the menu; and what is no code is said to be none.
    let mut third = open();
    third.file("Open code…");
    third.answer("Code", &line[..40], "Open this");
    assert!(third.says("damaged or cut off"));
    third.answer("Code", &line, "Open this");
    assert_eq!(third.bits(), bits);
    third.paste("hello");
    assert!(third.says("no code of a run"));
}

#[test]
fn pasting_into_a_field_opens_nothing() {
    let mut window = open();
    window.0.get_by_role_and_label(Role::SpinButton, "Seed").click();
    window.0.run_steps(3);
    window.paste("77");
    window.key(Key::Enter);
    assert_eq!(window.app().scenario().seed, 77);
    assert!(!window.says("no code"));
}

#[test]
fn files_are_opened_by_dropping_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open();
    let path = folder.path().join("a.ron");
    let mut scenario = small();
    scenario.title = "Dropped".to_owned();
    fs::write(&path, scenario.to_ron()).unwrap();
    window.drop_file(&path);
    assert_eq!(window.app().scenario(), &scenario);
    fs::write(&path, "(version: 1, titel: \"x\")").unwrap();
    window.drop_file(&path);
    assert!(window.says("a.ron:1:"), "the place of the mistake");
    assert_eq!(window.app().scenario(), &scenario, "what runs goes on");
    window.drop_file(folder.path());
    assert!(window.says("is a folder"));
    let other = folder.path().join("b.wfr");
    fs::write(&other, "nonsense").unwrap();
    window.drop_file(&other);
    assert!(window.says("no session of wfr-lab"));
}

#[test]
fn a_damaged_session_is_repeated_if_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Timeline::new(small());
    for _ in 0..15 {
        run.step().unwrap();
    }
    let path = folder.path().join("a.wfr");
    let bytes = Session::new(run.state(), ViewState::default()).to_bytes().unwrap();
    fs::write(&path, &bytes[..bytes.len() - 60]).unwrap();
    let mut window = keeping(folder.path());
    window.drop_file(&path);
    assert!(window.says("the run can be repeated, 15 steps"));
    window.press("Leave it");
    assert_eq!(window.steps(), 0);
    window.drop_file(&path);
    window.press("Repeat the run");
    assert_eq!(window.bits(), run.state());
}

#[test]
fn what_cannot_be_saved_is_said_and_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = keeping(folder.path());
    window.file("Save session as…");
    window.answer("Path", &text(&folder.path().join("missing/a.wfr")), "Save this");
    assert!(window.says("There is no such folder"));
    #[cfg(target_os = "linux")]
    {
        window.answer("Path", "/dev/full", "Save this");
        assert!(window.says("there is no room left"));
    }
    window.key(Key::Period);
    assert_eq!(window.steps(), 1);
}

#[test]
fn files_last_used_are_listed_and_those_that_have_gone_are_taken_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = keeping(folder.path());
    for name in ["a.ron", "b.ron"] {
        fs::write(folder.path().join(name), small().to_ron()).unwrap();
        window.drop_file(&folder.path().join(name));
    }
    let mut next = keeping(folder.path());
    fs::remove_file(folder.path().join("a.ron")).unwrap();
    let choose = |window: &mut Window, name: &str| {
        window.press("File");
        window.0.get_by_label_contains("Open recent").click();
        window.0.run_steps(4);
        let entry = window.shows(name);
        if entry {
            window.press(name);
        }
        entry
    };
    assert!(choose(&mut next, "Recent b.ron"));
    assert!(next.says("Opened: b.ron"));
    assert!(choose(&mut next, "Recent a.ron"));
    assert!(next.says("not there any more"));
    assert!(!choose(&mut next, "Recent a.ron"));
}

#[test]
fn the_folder_of_the_dialog_can_be_clicked_through() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("inside")).unwrap();
    let mut scenario = small();
    scenario.title = "Inside".to_owned();
    fs::write(folder.path().join("inside/deep.ron"), scenario.to_ron()).unwrap();
    fs::write(folder.path().join("inside/other.txt"), "").unwrap();
    let mut window = keeping(folder.path());
    window.key_with(Modifiers::COMMAND, Key::O);
    window.answer("Path", &text(folder.path()), "Open this");
    window.0.get_by_label("inside/").click();
    window.0.run_steps(4);
    assert!(!window.shows("other.txt"), "only what can be opened");
    window.0.get_by_label("deep.ron").click();
    window.0.run_steps(4);
    window.press("Open this");
    assert_eq!(window.app().scenario(), &scenario);
    window.key_with(Modifiers::COMMAND, Key::O);
    window.press("Cancel");
    assert!(!window.shows("Open this"));
}

#[test]
fn a_session_left_behind_is_offered_once_and_restored_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = folder.path().join("sessions");
    let list = || fs::read_dir(&sessions).map_or(0, |inside| inside.count());
    let mut window = keeping(folder.path());
    window.steps_on(21);
    window.slide("Barrier", 8.0);
    window.0.run_steps(40);
    let bits = window.bits();
    assert_eq!(list(), 2, "the session and its lock");
    // Another window beside it is offered nothing: the first one lives.
    let beside = keeping(folder.path());
    assert!(!beside.shows("Restore"));
    drop(beside);
    assert_eq!(list(), 2);
    // A bad end: the files stay, and nobody holds the lock.
    let copy = folder.path().join("left");
    fs::create_dir_all(copy.join("sessions")).unwrap();
    for entry in fs::read_dir(&sessions).unwrap().flatten() {
        fs::copy(entry.path(), copy.join("sessions").join(entry.file_name())).unwrap();
    }
    drop(window);
    assert_eq!(list(), 0, "a window that is closed leaves nothing behind");
    let mut next = keeping(&copy);
    assert!(next.says("Restore") && next.says("as it was a moment ago"));
    let other = keeping(&copy);
    assert!(!other.shows("Restore"), "it is offered once");
    drop(other);
    next.press("Restore");
    assert_eq!(next.bits(), bits);
    assert!(!next.shows("Restore"));
    next.0.run_steps(80);
    drop(next);
    let last = keeping(&copy);
    assert!(!last.shows("Restore"), "nothing is left");
}

#[test]
fn a_session_that_is_discarded_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = folder.path().join("sessions");
    fs::create_dir_all(&sessions).unwrap();
    let mut run = Timeline::new(small());
    run.step().unwrap();
    Session::new(run.state(), ViewState::default())
        .save(&sessions.join("1-1.wfr"))
        .unwrap();
    fs::write(sessions.join("1-1.lock"), "").unwrap();
    fs::write(sessions.join("2-2.wfr"), "nonsense").unwrap();
    fs::write(sessions.join("2-2.lock"), "").unwrap();
    let mut window = keeping(folder.path());
    window.press("Discard");
    assert_eq!(window.steps(), 0);
    drop(window);
    assert!(!keeping(folder.path()).shows("Discard"));
    assert_eq!(
        fs::read_dir(&sessions).unwrap().count(),
        0,
        "what cannot be opened goes, too"
    );
}
