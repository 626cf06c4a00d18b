//! The window without a window, for the tests that press its buttons.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, OutputCommand, PointerButton, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::{App, Drive, Options};
use wfr_lab::engine::{Report, Status};
use wfr_lab::flow::Flow;
use wfr_lab::scenario::{Scenario, presets};
use wfr_lab::sim::Simulation;

/// A window whose run is stepped by the drawing, not by a clock. Everything is found by its accessibility label.
pub(crate) struct Window(pub(crate) Harness<'static, Option<App>>);

/// The default scenario, small enough for a debug build.
pub(crate) fn small() -> Scenario {
    let mut scenario = presets()[0].scenario();
    scenario.particles = 300;
    scenario
}

impl Window {
    /// A window on a scenario, open once its first frames have been drawn.
    pub(crate) fn of(scenario: Scenario, size: Vec2, options: Options) -> Self {
        Self::driven(Simulation::new(scenario.clone()), scenario, size, options)
    }

    /// A window on a run that may have a thread of its own.
    pub(crate) fn driven(run: impl Into<Drive>, scenario: Scenario, size: Vec2, options: Options) -> Self {
        let mut run = Some(run.into());
        let mut harness = Harness::builder().with_size(size).build_ui_state(
            move |ui, slot: &mut Option<App>| {
                if let Some(run) = run.take() {
                    *slot = Some(App::new(ui.ctx(), run, scenario.clone(), options));
                }
                slot.as_mut().expect("the first frame had a run").ui(ui);
            },
            None,
        );
        harness.run_steps(4);
        Self(harness)
    }

    pub(crate) fn app(&self) -> &App {
        self.0.state().as_ref().expect("the first frame was drawn")
    }

    pub(crate) fn app_mut(&mut self) -> &mut App {
        self.0.state_mut().as_mut().expect("the first frame was drawn")
    }

    pub(crate) fn report(&self) -> &Report {
        self.app().report().expect("the first frame fetched a report")
    }

    pub(crate) fn steps(&self) -> u64 {
        self.report().snapshot.step
    }

    pub(crate) fn status(&self) -> &Status {
        &self.report().status
    }

    /// What a panel runs.
    pub(crate) fn flow(&self, panel: usize) -> Flow {
        self.report().snapshot.scenario.panels[panel].clone()
    }

    /// Presses a button.
    pub(crate) fn press(&mut self, label: &str) {
        self.0.get_by_role_and_label(Role::Button, label).click();
        self.0.run_steps(4);
    }

    pub(crate) fn tick(&mut self, label: &str) {
        self.0.get_by_role_and_label(Role::CheckBox, label).click();
        self.0.run_steps(4);
    }

    pub(crate) fn key(&mut self, key: Key) {
        self.0.key_press(key);
        self.0.run_steps(3);
    }

    pub(crate) fn key_with(&mut self, modifiers: Modifiers, key: Key) {
        self.0.key_press_modifiers(modifiers, key);
        self.0.run_steps(3);
    }

    /// Moves the pointer, and presses its first button or lets it go.
    pub(crate) fn pointer(&mut self, at: Pos2, pressed: Option<bool>) {
        self.0.event(Event::PointerMoved(at));
        if let Some(pressed) = pressed {
            self.0.event(Event::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
        self.0.run_steps(2);
    }

    /// Clicks into the field of a number, types, and presses Enter.
    pub(crate) fn type_into(&mut self, label: &str, text: &str) {
        self.0.get_by_role_and_label(Role::SpinButton, label).click();
        self.0.run_steps(3);
        self.0.event(Event::Text(text.to_owned()));
        self.0.run_steps(3);
        self.key(Key::Enter);
    }

    /// Types into the field of a dialog and takes it.
    pub(crate) fn answer(&mut self, field: &str, text: &str, button: &str) {
        let node = self.0.get_by_role_and_label(Role::TextInput, field);
        node.focus();
        self.0.run_steps(2);
        self.key_with(Modifiers::COMMAND, Key::A);
        self.0.event(Event::Text(text.to_owned()));
        self.0.run_steps(2);
        self.press(button);
    }

    /// Opens or closes a fold.
    pub(crate) fn fold(&mut self, name: &str, nth: usize) {
        let mut folds = self.0.get_all_by_label(name);
        folds.nth(nth).expect("a fold of that name").click();
        drop(folds);
        self.0.run_steps(20);
    }

    /// Opens a list and chooses an entry.
    pub(crate) fn choose(&mut self, list: &str, entry: &str) {
        self.0.get_by_role_and_label(Role::ComboBox, list).click();
        self.0.run_steps(4);
        let entries = self.0.get_all_by_label(entry);
        entries.last().expect("an entry of that name").click();
        self.0.run_steps(4);
    }

    pub(crate) fn slide(&mut self, label: &str, value: f64) {
        let slider = self.0.get_by_role_and_label(Role::Slider, label);
        slider.set_value_accesskit(value);
        self.0.run_steps(3);
    }

    pub(crate) fn shows(&self, label: &str) -> bool {
        self.0.query_all_by_label(label).next().is_some()
    }

    pub(crate) fn says(&self, part: &str) -> bool {
        self.0.query_all_by_label_contains(part).next().is_some()
    }

    /// Drops a file onto the window.
    pub(crate) fn drop_file(&mut self, path: &Path) {
        self.drop_files(&[path]);
    }

    /// Drops files onto the window at once.
    pub(crate) fn drop_files(&mut self, paths: &[&Path]) {
        #[derive(Debug)]
        struct Dropped(PathBuf);
        impl eframe::egui::DroppedFile for Dropped {
            fn path(&self) -> &Path {
                &self.0
            }
            fn bytes(&self) -> Result<Vec<u8>, String> {
                fs::read(&self.0).map_err(|e| e.to_string())
            }
        }
        for path in paths {
            let dropped = Arc::new(Dropped((*path).to_owned()));
            self.0.input_mut().dropped_files.push(dropped);
        }
        self.0.run_steps(4);
    }

    /// Draws frames until this is shown.
    pub(crate) fn wait_for(&mut self, label: &str) {
        for _ in 0..3000 {
            if self.shows(label) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
            self.0.run_steps(1);
        }
        panic!("{label:?} never came");
    }

    /// What was copied in the last frame.
    pub(crate) fn copied(&self) -> Option<String> {
        let commands = &self.0.output().platform_output.commands;
        commands.iter().find_map(|command| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    }
}
