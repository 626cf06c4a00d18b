//! Time in the window: back, forth, checkpoints, the rail, conditions.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::Options;
use wfr_lab::density::{Bandwidth, Estimator, Method};
use wfr_lab::engine::{Control, Engine, Status};
use wfr_lab::sim::Simulation;

use crate::opened::{Window, small};

fn opened() -> Window {
    Window::of(small(), vec2(1280.0, 720.0), Options::default())
}

impl Window {
    fn steps_by(&mut self, n: u64) {
        self.drive_to(Control::Steps(n));
    }

    fn drive_to(&mut self, control: Control) {
        let app = self.0.state_mut().as_mut().expect("the first frame was drawn");
        app.drive().send(control);
        self.0.run_steps(3);
    }
}

#[test]
fn keys_go_back_and_forth_through_time() {
    let mut window = opened();
    window.steps_by(50);
    let there = window.report().snapshot.panels[2].now.clone();
    window.key(Key::Comma);
    assert_eq!(window.steps(), 49);
    assert!(window.shows("Paused in the past") && window.says("live end"));
    window.key_with(Modifiers::SHIFT, Key::Comma);
    assert_eq!(window.steps(), 39);
    window.key(Key::Home);
    assert_eq!(window.steps(), 0);
    window.key(Key::ArrowRight);
    assert_eq!(window.steps(), 1);
    window.key_with(Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(window.steps(), 11);
    window.key(Key::ArrowLeft);
    assert_eq!(window.steps(), 10);
    window.key(Key::Space);
    assert!(window.shows("Replaying"));
    window.key(Key::Space);
    window.key(Key::End);
    assert_eq!(window.steps(), 50);
    assert_eq!(
        window.report().snapshot.panels[2].now,
        there,
        "the same to the last bit"
    );
    assert!(window.shows("Paused"));
    window.press("Step back");
    window.press("Live end");
    assert_eq!(window.steps(), 50);
}

#[test]
fn the_rail_is_clicked_and_dragged() {
    let mut window = opened();
    window.steps_by(100);
    let rail = window.0.get_by_role_and_label(Role::Slider, "Time").rect();
    let at = |part: f32| eframe::egui::pos2(rail.left() + part * rail.width(), rail.top() + 9.0);
    window.0.drag_at(at(0.5));
    window.0.run_steps(2);
    window.0.hover_at(at(0.25));
    window.0.run_steps(2);
    assert!((20..31).contains(&window.steps()), "{}", window.steps());
    window.0.drop_at(at(0.75));
    window.0.run_steps(3);
    assert!((69..81).contains(&window.steps()), "{}", window.steps());
    assert_eq!(window.report().strip.last.step, 100);
}

#[test]
fn an_edit_in_the_past_begins_another_future_and_undo_brings_the_old_one_back() {
    let mut window = opened();
    window.steps_by(60);
    window.drive_to(Control::Seek(20));
    window.key(Key::Num3);
    window.0.run_steps(3);
    let strip = window.report().strip.clone();
    assert_eq!((strip.now.step, strip.last.step, strip.undo), (20, 20, 1));
    let edited = window.app().scenario().clone();
    window.drive_to(Control::Undo);
    assert_eq!(window.report().strip.last.step, 60);
    assert_ne!(*window.app().scenario(), edited, "the controls show what was set then");
    window.drive_to(Control::Redo);
    assert_eq!(
        (window.report().strip.last.step, window.app().scenario()),
        (20, &edited)
    );
}

#[test]
fn a_reset_returns_to_an_armed_checkpoint_with_the_settings_of_now() {
    let mut window = opened();
    window.steps_by(30);
    window.key(Key::K);
    let time = window.report().strip.marks[0].time;
    window.press("Checkpoints");
    window.tick(&format!("Reset returns to t = {time:.3}"));
    window.key(Key::Escape);
    window.steps_by(20);
    window.slide("Speed", 2.0);
    window.press(&format!("Back to t = {time:.3}"));
    assert_eq!((window.steps(), window.report().strip.last.step), (30, 50));
    window.steps_by(5);
    window.slide("Temperature", 1.5);
    window.press(&format!("Back to t = {time:.3}"));
    let strip = &window.report().strip;
    assert_eq!(
        (strip.now.step, strip.last.step),
        (30, 30),
        "another future begins here"
    );
    assert_eq!(window.report().snapshot.scenario.temperature, 1.5);
    window.press("Checkpoints");
    window.press(&format!("Delete the checkpoint at t = {time:.3}"));
    assert!(window.report().strip.marks.is_empty());
}

#[test]
fn a_step_that_takes_far_too_long_is_left_and_the_run_starts_again() {
    // Every pair of particles costs a kernel: 10¹² of them, half an hour of one core.
    let mut scenario = small();
    scenario.particles = 1_000_000;
    scenario.panels.drain(..2);
    scenario.estimator = Estimator {
        method: Method::Exact,
        bandwidth: Bandwidth::Fixed(2.0),
        debiased: false,
    };
    // The thread holds this as long as it lives.
    let life = Arc::new(());
    let held = Arc::clone(&life);
    let engine = Engine::spawn(Simulation::new(scenario.clone()), move || drop(Arc::clone(&held))).unwrap();
    let mut window = Window::driven(engine, scenario, vec2(1280.0, 720.0), Options::default());
    window.wait_for("Paused");
    window.press("Step");
    window.wait_for("Computing a step");
    window.wait_for("Start again");
    assert!(window.says("The step is taking long") && Arc::strong_count(&life) == 2);
    window.press("Start again");
    // What is pressed before the next engine is there waits for it.
    window.slide("Particles", 100.0);
    window.press("Reset to apply");
    // The step is called off: a thread that went on to its end would outlast every wait.
    for _ in 0..6000 {
        if Arc::strong_count(&life) == 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
        window.0.run_steps(1);
    }
    assert_eq!(Arc::strong_count(&life), 1, "the step goes on");
    window.wait_for("Reset");
    window.press("Step");
    window.wait_for("step 1    seed 1");
    assert_eq!(window.report().snapshot.panels[0].particles, 100);
    assert!(window.shows("Paused") && !window.shows("A long step"));
}

#[test]
fn a_condition_pauses_the_run_and_says_so() {
    let mut window = opened();
    window.drive_to(Control::PauseWhen(vec!["WFR.t >= 0.1".parse().unwrap()]));
    window.key(Key::Space);
    for _ in 0..40 {
        window.0.run_steps(1);
        if *window.status() == Status::Paused {
            break;
        }
    }
    window.0.run_steps(1);
    assert_eq!(*window.status(), Status::Paused);
    assert!(window.says("Paused: WFR.t >= 0.1"));
    window.press("Pause when");
    window.press("Delete condition 1");
}
