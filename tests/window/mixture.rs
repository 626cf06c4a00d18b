//! Mixtures of diffusion models in the window: their controls, edits that show at once, and the clock.

use std::time::Duration;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::Options;
use wfr_lab::engine::{Control, Engine, Status};
use wfr_lab::reverse::{Drift, Weights};
use wfr_lab::scenario::{Scenario, presets};
use wfr_lab::score::{Divergence, Kind, Schedule};
use wfr_lab::sim::Simulation;
use wfr_lab::target::{Scores, Shape};

use crate::opened::{Window, small};

/// The mixture that comes with the program, small enough for a test.
fn mixture() -> Scenario {
    let mut scenarios = presets().iter().map(|preset| preset.scenario());
    let mut scenario = scenarios.find(Scenario::is_reverse).expect("there is a mixture");
    scenario.particles = 300;
    scenario.set_steps(40);
    scenario
}

fn open(scenario: Scenario) -> Window {
    let mut window = Window::of(scenario, vec2(1280.0, 2000.0), Options::default());
    // The law that is wanted is looked at elsewhere.
    window.app_now().drive().send(Control::Exact(false));
    window
}

impl Window {
    /// Runs to a model time.
    fn to(&mut self, time: f64) {
        self.app_now().drive().send(Control::RunUntil(time));
        self.0.run_steps(3);
    }

    fn running_scenario(&self) -> Scenario {
        (*self.report().snapshot.scenario).clone()
    }

    fn undone(&mut self) {
        self.key_with(Modifiers::COMMAND, Key::Z);
        self.0.run_steps(3);
    }
}

#[test]
fn an_edit_begins_the_run_anew_and_comes_back_to_where_it_was() {
    let before = mixture();
    let mut window = open(before.clone());
    window.to(0.5);
    assert_eq!(window.steps(), 20);
    let bits = window.bits();
    window.slide("Share β", 0.8);
    let mut wanted = before.clone();
    wanted.set("target.beta", "0.8").expect("it is a share");
    assert_eq!(window.running_scenario(), wanted, "the run has it");
    assert_eq!((window.steps(), window.status()), (20, &Status::Paused));
    // It is the run of that scenario, as if there had been no other.
    let mut alone = Simulation::new(wanted.clone());
    for _ in 0..20 {
        alone.step().expect("particles keep their weights");
    }
    let positions = |run: &Simulation| run.histories().map(|h| h.last().map(|o| o.kl)).collect::<Vec<_>>();
    let shown: Vec<_> = window.report().snapshot.panels.iter().map(|p| Some(p.now.kl)).collect();
    alone.record();
    assert_eq!(positions(&alone), shown);
    assert!(!window.says("Reset to apply") && !window.says("waits for reset"));
    // One step of undo and redo, by its name.
    window.0.run_steps(8);
    window.undone();
    assert!(window.says("Undone: beta from 0.5 to 0.8"));
    assert_eq!(window.app().scenario(), &before);
    assert_eq!(window.running_scenario(), before);
    assert_eq!(window.bits(), bits, "to the last bit");
    window.key_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.0.run_steps(3);
    assert_eq!(window.running_scenario(), wanted);
    assert_eq!(window.steps(), 20);
    window.undone();
    window.undone();
    assert!(window.says("nothing to undo"));
}

#[test]
fn a_run_that_plays_begins_anew_and_goes_on() {
    let mut window = open(mixture());
    window.key(Key::Space);
    window.0.run_steps(5);
    let before = window.steps();
    assert!(before > 20, "{before}");
    window.slide("Exponent a", 1.0);
    assert_eq!(window.status(), &Status::Running);
    assert!(window.steps() < before, "{} after {before}", window.steps());
    assert!(
        matches!(window.running_scenario().target, Shape::Blend(blend) if blend.law().kind == Kind::PowerMean(1.0))
    );
    let early = window.steps();
    window.0.run_steps(3);
    assert!(window.steps() > early, "it plays on");
}

#[test]
fn while_a_slider_is_held_the_run_stays_what_it_is() {
    let before = mixture();
    let mut window = open(before.clone());
    window.to(0.25);
    let slider = window.0.get_by_role_and_label(Role::Slider, "Share β").rect();
    window.pointer(slider.center(), Some(true));
    for part in [0.6, 0.7, 0.8] {
        window.pointer(pos2(slider.left() + part * slider.width(), slider.center().y), None);
        assert_ne!(window.app().scenario().target, before.target);
        assert_eq!(window.running_scenario(), before, "nothing is let go yet");
    }
    assert!(!window.says("Reset to apply"));
    window.pointer(
        pos2(slider.left() + 0.8 * slider.width(), slider.center().y),
        Some(false),
    );
    window.0.run_steps(3);
    assert_ne!(window.running_scenario().target, before.target);
    assert_eq!(window.steps(), 10);
    window.0.run_steps(6);
    window.undone();
    assert_eq!(window.running_scenario(), before, "a drag is one step");
}

#[test]
fn without_the_switch_edits_wait_for_a_reset() {
    let before = mixture();
    let mut window = open(before.clone());
    window.to(0.25);
    window.tick("Begin anew after each edit");
    window.slide("Steps", 100.0);
    assert_eq!(window.running_scenario(), before);
    assert!(window.shows("Reset to apply") && window.shows("Steps waits for reset"));
    window.key(Key::R);
    assert_eq!(window.running_scenario().steps(), 100);
    assert_eq!(window.steps(), 0);
}

#[test]
fn what_a_panel_does_is_chosen_in_its_card() {
    let mut window = open(mixture());
    window.to(0.1);
    window.choose("Weights, panel 1", "by their rate");
    let flow = window.flow(0);
    assert_eq!((flow.beta, flow.name.as_str()), (1.0, "With weights 2"));
    assert_eq!(flow.reverse.map(|method| method.weights), Some(Weights::Rate));
    assert_eq!(window.steps(), 4);
    window.choose("Weights, panel 1", "none: scores only");
    assert_eq!(window.flow(0).beta, 0.0);
    window.choose("Scores, panel 2", "with an error");
    window.slide("Error of the scores, panel 2", 0.7);
    assert!(matches!(window.flow(1).scores, Scores::Erring { noise: 0.7, .. }));
    window.choose("Scores, panel 2", "a mode dropped");
    window.choose("Dropped mode, panel 2", "2");
    assert_eq!(window.flow(1).scores, Scores::Dropped(1));
    window.slide("Noise η, panel 2", 0.0);
    assert_eq!(window.flow(1).reverse.map(|method| method.eta), Some(0.0));
    window.fold("How it is done", 0);
    window.choose("Drift, panel 1", "“and”");
    assert_eq!(window.flow(0).reverse.map(|method| method.drift), Some(Drift::And));
    // Weights are not to be had there, and the list says why.
    window
        .0
        .get_by_role_and_label(Role::ComboBox, "Weights, panel 1")
        .click();
    window.0.run_steps(4);
    assert!(window.says("exact: “and” leads to no law that is known"));
    window.key(Key::Escape);
    window.choose("Drift, panel 1", "fixed constants");
    window.slide("Constant of q, panel 1", 1.5);
    assert_eq!(
        window.flow(0).reverse.map(|method| method.drift),
        Some(Drift::Fixed(vec![0.5, 1.5]))
    );
    window.choose("Log-densities, panel 1", "tracked, Stratonovich");
    window.choose("Divergence, panel 1", "Hutchinson");
    window.slide("Probes, panel 1", 8.0);
    let divergence = window.flow(0).reverse.map(|method| method.divergence);
    assert!(matches!(divergence, Some(Divergence::Hutchinson { probes: 8, .. })));
    assert_eq!(window.steps(), 4, "after every edit it has come back");
    window.running_scenario().check().expect("it runs");
}

#[test]
fn the_law_and_the_way_are_chosen() {
    let mut window = open(mixture());
    let law = |window: &Window| match window.running_scenario().target {
        Shape::Blend(blend) => (blend.law().clone(), blend.schedule()),
        _ => panic!("it is a mixture"),
    };
    window.slide("Share β", 2.0);
    assert_eq!(law(&window).0.weights, [-1.0, 2.0], "guidance");
    window.choose("Kind of mixture", "Hellinger (a = ½)");
    assert_eq!(law(&window).0.kind, Kind::PowerMean(0.5));
    assert_eq!(
        law(&window).0.weights,
        [0.0, 1.0],
        "only the geometric mean goes beyond 1"
    );
    window.choose("Kind of mixture", "product of powers");
    window.slide("Power of p", 1.5);
    assert_eq!(
        (law(&window).0.kind, law(&window).0.weights),
        (Kind::Product, vec![1.5, 1.0])
    );
    window.tick("Other powers at the noise");
    window.slide("Power of q at the noise", 0.5);
    assert_eq!(law(&window).0.at_noise, Some(vec![1.5, 0.5]));
    window.choose("Noise schedule", "cosine");
    assert_eq!(law(&window).1, Schedule::Cosine);
    window.choose("Noise schedule", "linear");
    window.slide("Rate at the noise", 12.0);
    assert_eq!(law(&window).1, Schedule::Linear { from: 0.1, to: 12.0 });
    window.slide("Steps", 50.0);
    assert_eq!(window.running_scenario().steps(), 50);
    window.to(1.0);
    assert_eq!((window.steps(), window.status()), (50, &Status::Paused));
}

#[test]
fn another_landscape_makes_flows_of_a_mixture_and_back() {
    let before = small();
    let mut window = open(before.clone());
    window.choose("Landscape", "Mixture of diffusion models");
    assert!(window.running_scenario().is_reverse());
    assert_eq!(window.report().snapshot.panels.len(), 2);
    for gone in ["Scouts", "Temperature", "Time step", "Equal dissipation"] {
        assert!(!window.shows(gone), "{gone}");
    }
    window.to(0.1);
    assert_eq!(window.steps(), 20);
    // The brush is for flows, and says so.
    window.key(Key::B);
    assert!(window.says("Brush and pencil are for flows"));
    window.slide("Share β", 0.25);
    window.choose("Landscape", "Double well");
    let after = window.running_scenario();
    assert!(!after.is_reverse() && window.shows("Scouts"));
    assert_eq!(
        (&after.panels, &after.start, after.dt),
        (&before.panels, &before.start, before.dt)
    );
    window.choose("Landscape", "Mixture of diffusion models");
    assert!(matches!(window.running_scenario().target, Shape::Blend(blend) if blend.law().weights[1] == 0.25));
    for _ in 0..4 {
        window.undone();
    }
    assert_eq!(window.running_scenario(), before);
}

#[test]
fn the_clock_runs_from_noise_to_data() {
    let mut window = open(mixture());
    assert!(window.says("t = 1.000 · noise 100 %") && window.says("step 0 of 40"));
    let rail = window.0.get_by_role_and_label(Role::Slider, "Time").rect();
    // Over the whole way, and not only as far as the run has come.
    let at = |part: f32| pos2(rail.left() + 8.0 + part * (rail.width() - 16.0), rail.top() + 9.0);
    window.pointer(at(0.5), Some(true));
    window.pointer(at(0.75), None);
    window.pointer(at(0.75), Some(false));
    window.0.run_steps(3);
    assert!(window.steps().abs_diff(30) <= 1, "{}", window.steps());
    window.pointer(at(0.25), Some(true));
    window.pointer(at(0.25), Some(false));
    window.0.run_steps(3);
    assert!(window.steps().abs_diff(10) <= 1, "{}", window.steps());
    window.to(1.0);
    assert!(window.says("t = 0.000 · noise 0 %") && window.says("step 40 of 40"));
    assert!(window.says("At the data"));
    window.key(Key::Period);
    assert_eq!((window.steps(), window.status()), (40, &Status::Paused));
    window.key(Key::Space);
    assert_eq!(window.status(), &Status::Running);
    assert!(window.steps() < 20, "{}", window.steps());
    window.key(Key::Space);
    window.undone();
    assert_eq!(window.steps(), 40, "playing again is undone by its name");
    assert!(window.says("again from the noise"));
}

#[test]
fn the_equation_is_that_of_the_way_back_and_its_weights_are_a_switch() {
    let mut window = open(mixture());
    window.to(0.3);
    window.key(Key::Q);
    window.0.run_steps(3);
    assert!(window.says("dX = (1/2bX + 1/2(1 + η)bs) dτ +√(ηb)dW, dlogw = exact weights"));
    window.key(Key::Num1);
    assert_eq!(window.flow(0).beta, 0.0);
    let weight = window.0.get_by_label_contains("Weight term, panel 1");
    assert_eq!(weight.accesskit_node().toggled(), Some(Toggled::False));
    weight.click();
    window.0.run_steps(4);
    assert_eq!((window.flow(0).beta, window.steps()), (1.0, 12));
    window.choose("Weights, panel 1", "by their rate");
    assert!(window.says("dlogw = −1/2bVar(s) dτ"));
    window.choose("Kind of mixture", "arithmetic (a = 1)");
    assert!(window.says("−1/2(1 − a)bVar(s) dτ"));
    window.key(Key::Num2);
    assert_eq!((window.flow(0).alpha, window.flow(0).beta), (1.0, 1.0));
    assert!(window.says("Particles from the noise always walk"));
}

#[test]
fn a_run_on_a_thread_of_its_own_comes_back_too() {
    let before = mixture();
    let engine = Engine::spawn(Simulation::new(before.clone()), || {}).expect("there are threads");
    let mut window = Window::driven(engine, before.clone(), vec2(1280.0, 2400.0), Options::default());
    let until = |window: &mut Window, share: f64, step: u64| {
        for _ in 0..3000 {
            window.0.run_steps(1);
            let report = window.report();
            let there = matches!(&report.snapshot.scenario.target, Shape::Blend(b) if b.law().weights[1] == share);
            if there && report.snapshot.step == step && report.status == Status::Paused {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the run never was at step {step} with a share of {share}");
    };
    window.to(0.5);
    until(&mut window, 0.5, 20);
    window.slide("Share β", 0.7);
    // The next edit comes while the run may still be on its way.
    window.slide("Share β", 0.9);
    until(&mut window, 0.9, 20);
    assert_ne!(window.app().scenario(), &before);
}
