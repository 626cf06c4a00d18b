//! The gauge of the effective sample size, and one step under the microscope.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::Options;
use wfr_lab::engine::{Control, Engine, Status};
use wfr_lab::flow::{Flow, Reaction};
use wfr_lab::resample::Resampling;
use wfr_lab::scenario::Scenario;
use wfr_lab::sim::Simulation;

use crate::opened::{Window, small};

const SIZE: eframe::egui::Vec2 = vec2(1280.0, 720.0);

fn open(scenario: Scenario) -> Window {
    Window::of(scenario, SIZE, Options::default())
}

/// One panel that resamples below a threshold.
fn one(threshold: f64) -> Scenario {
    let mut scenario = small();
    scenario.panels = vec![Flow {
        resampling: Some(Resampling {
            threshold,
            ..Resampling::default()
        }),
        ..Flow::wfr()
    }];
    scenario.scouts = 0.3;
    scenario.dt = 0.02;
    scenario
}

fn stage(window: &Window) -> String {
    let all = window.0.query_all_by_role(Role::RadioButton);
    let chosen = all.filter(|node| node.accesskit_node().is_selected() == Some(true));
    let names = chosen.filter_map(|node| node.accesskit_node().label());
    let mut stages = names.filter(|name| name.starts_with("Stage "));
    stages.next().unwrap_or_default()
}

#[test]
fn every_panel_has_a_gauge_even_where_four_stand_side_by_side() {
    let mut scenario = small();
    scenario.panels.push(Flow::new("Another", 1.0, 1.0));
    let mut window = open(scenario);
    for panel in 1..=4 {
        let name = format!("Effective sample size of panel {panel}: 100 %, enough; 300 families");
        let node = window.0.get_by_role_and_label(Role::Meter, &name);
        let rect = node.rect();
        assert!(rect.width() > 80.0 && rect.right() <= SIZE.x, "{rect:?}");
        for picture in 1..=4 {
            let name = format!("Picture of panel {picture}");
            let of = window.0.get_by_role_and_label(Role::Image, &name);
            assert!(!of.rect().intersects(rect), "the gauge covers panel {picture}");
        }
    }
    // Weights degenerate in pure Fisher–Rao, which nothing resamples: the gauge follows, into its zone.
    window.app_mut().drive().send(Control::Steps(3000));
    window.0.run_steps(3);
    let now = &window.report().snapshot.panels[1].now;
    let share = now.ess / 300.0;
    assert!(share < 0.1, "{share}");
    assert!(window.says("Effective sample size of panel 2") && window.says("too low; 300 families"));
    let families = window.report().snapshot.panels[2].now.families;
    assert!(families < 300 && window.says(&format!("enough; {families} families")));
}

#[test]
fn the_key_opens_the_microscope_and_esc_puts_it_away() {
    let mut window = open(small());
    window.key(Key::Space);
    assert_eq!(*window.status(), Status::Running);
    window.key(Key::O);
    window.0.run_steps(2);
    // The run rests, and nothing of it changes however long one looks.
    assert_eq!(*window.status(), Status::Paused);
    assert!(window.shows("One step under the microscope"));
    assert!(window.shows("Picture of panel 1") && !window.shows("Picture of panel 2"));
    let steps = window.steps();
    window.0.run_steps(20);
    assert_eq!(window.steps(), steps);
    window.key(Key::Escape);
    assert!(!window.shows("One step under the microscope") && window.shows("Picture of panel 2"));
    window.key(Key::O);
    assert!(window.shows("One step under the microscope"));
    window.press("Close the microscope");
    assert!(!window.shows("One step under the microscope"));
    assert_eq!(window.steps(), steps);
}

#[test]
fn stages_are_gone_through_by_buttons_keys_and_clicks() {
    let mut window = open(one(0.5));
    window.key(Key::O);
    window.0.run_steps(2);
    assert_eq!(stage(&window), "Stage Before the step");
    let names = ["1. Drift", "2. Noise", "3. Weights", "4. Enough particles?"];
    for name in names {
        assert!(window.shows(&format!("Stage {name}")), "{name}");
    }
    window.press("Next stage");
    assert_eq!(stage(&window), "Stage 1. Drift");
    assert!(window.says("Everybody slides downhill by α dt times the slope"));
    window.key(Key::ArrowRight);
    assert_eq!(stage(&window), "Stage 2. Noise");
    // √(2α dt) at α = 1 and dt = 0.02.
    assert!(window.says("kicked by √(2α dt) ξ, about 0.2 along"));
    window.key(Key::ArrowRight);
    assert!(window.says("Weights grow where ρ is below π"));
    window.key(Key::ArrowLeft);
    assert_eq!(stage(&window), "Stage 2. Noise");
    window.press("Previous stage");
    window
        .0
        .get_by_role_and_label(Role::RadioButton, "Stage 4. Enough particles?")
        .click();
    window.0.run_steps(3);
    assert!(window.says("is not below 50 %: nobody is replaced"));
    assert_eq!(window.steps(), 0, "the arrow keys are not those of the run");
    // Space plays them, from before the step since it stood at the end; and they pass by themselves.
    window.key(Key::Space);
    assert_eq!(*window.status(), Status::Paused);
    assert!(window.shows("Pause the stages"));
    let mut seen = vec![stage(&window)];
    for _ in 0..300 {
        window.0.run_steps(1);
        let now = stage(&window);
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
    assert!(window.shows("Play the stages"), "it stops at the end");
}

#[test]
fn the_step_that_is_taken_is_the_one_that_was_shown_and_the_next_one_follows() {
    let mut window = open(one(0.0));
    window.key(Key::O);
    window.0.run_steps(2);
    window
        .0
        .get_by_role_and_label(Role::RadioButton, "Stage 4. Enough particles?")
        .click();
    window.0.run_steps(3);
    assert!(window.says("This panel never resamples") && !window.shows("Next step that resamples"));
    assert!(window.says("step 1, in slow motion"));
    window.press("Take this step");
    assert_eq!(window.steps(), 1);
    assert!(window.says("step 2, in slow motion"));
    assert_eq!(stage(&window), "Stage Before the step");
}

#[test]
fn the_next_step_that_resamples_is_found() {
    let scenario = one(0.98);
    let mut run = Simulation::new(scenario.clone());
    let mut window = open(scenario);
    // Some steps in, so that the first is not the one.
    let mut quiet = 0;
    while run.dissect(0, 5).replaced() > 0 {
        run.step().unwrap();
        quiet += 1;
    }
    window.app_mut().drive().send(Control::Steps(quiet));
    window.key(Key::O);
    window.0.run_steps(2);
    window
        .0
        .get_by_role_and_label(Role::RadioButton, "Stage 4. Enough particles?")
        .click();
    window.0.run_steps(3);
    assert!(window.says("Nobody was replaced: the effective sample size"));
    window.press("Next step that resamples");
    window.0.run_steps(6);
    while run.dissect(0, 5).replaced() == 0 {
        run.step().unwrap();
    }
    assert_eq!(window.steps(), run.steps());
    assert!(window.shows("Stage 5. Resampling"));
    window
        .0
        .get_by_role_and_label(Role::RadioButton, "Stage 5. Resampling")
        .click();
    window.0.run_steps(3);
    let replaced = run.dissect(0, 300).replaced();
    assert!(
        window.says(&format!("{replaced} particles are replaced by copies")),
        "{replaced}"
    );
}

#[test]
fn what_never_changes_is_said() {
    let mut scenario = small();
    scenario.panels[1].reaction = Reaction::Jump;
    let mut window = open(scenario);
    window.key(Key::O); // Langevin is selected
    window.0.run_steps(2);
    window.key(Key::ArrowRight);
    window.key(Key::ArrowRight);
    assert!(window.says("Weights never change here (β = 0)") && !window.shows("Next step that resamples"));
    window.key(Key::Escape);
    // Fisher–Rao by jumps: nobody walks.
    window
        .0
        .get_by_role_and_label(Role::Image, "Picture of panel 2")
        .click();
    window.0.run_steps(2);
    window.key(Key::Escape);
    window.key(Key::O);
    window.0.run_steps(2);
    assert!(window.says("Here nobody walks: α = 0") && window.shows("Stage 1. Jumps"));
}

#[test]
fn a_closer_look_is_taken_back() {
    let mut window = open(one(0.5));
    window.key(Key::O);
    window.0.run_steps(2);
    assert!(window.app().camera().is_none());
    window.press("Closer");
    assert!(window.app().camera().is_some_and(|camera| camera.scale > 50.0));
    window.key(Key::Escape);
    assert!(window.app().camera().is_none());
}

#[test]
fn an_engine_is_paused_and_its_step_shown() {
    let scenario = one(0.5);
    let engine = Engine::spawn(Simulation::new(scenario.clone()), || {}).unwrap();
    let mut window = Window::driven(engine, scenario, SIZE, Options::default());
    window.wait_for("Step");
    window.key(Key::Space);
    window.key(Key::O);
    window.wait_for("Stage 4. Enough particles?");
    for _ in 0..1000 {
        window.0.run_steps(1);
        if *window.status() == Status::Paused {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(*window.status(), Status::Paused);
    window.press("Close the microscope");
}
