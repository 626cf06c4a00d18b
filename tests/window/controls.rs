//! The controls by their accessibility labels, without a window: how a flow is done, what does not fit, exact solutions, phase
//! portraits, the spectrum.

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::{Options, Theme};
use wfr_lab::density::{Bandwidth, Estimator, Method};
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, Transport};
use wfr_lab::resample::{Order, Scheme};
use wfr_lab::scenario::{Scenario, presets};
use wfr_lab::snapshot::Plane;

use crate::opened::Window;

/// The default scenario with one panel, WFR, small enough for a debug build.
fn one_panel() -> Scenario {
    let mut scenario = all_panels();
    scenario.panels = vec![Flow::wfr()];
    scenario
}

/// The default scenario with a plain kernel.
fn all_panels() -> Scenario {
    let mut scenario = presets()[0].scenario();
    scenario.particles = 300;
    scenario.estimator = Estimator {
        bandwidth: Bandwidth::Fixed(0.06),
        ..Estimator::default()
    };
    scenario
}

/// A window high enough to show all controls.
fn high(scenario: Scenario) -> Window {
    Window::of(scenario, vec2(1280.0, 2600.0), Options::default())
}

#[test]
fn every_transport_can_be_chosen_and_runs() {
    let mut window = high(one_panel());
    window.fold("How it is done", 0);
    assert!(!window.shows("Friction, panel 1"), "there is none without velocities");
    for (entry, transport) in [
        ("Leimkuhler–Matthews", Transport::LeimkuhlerMatthews),
        ("MALA", Transport::Mala),
        ("Underdamped", Transport::Underdamped(1.0)),
        ("Euler–Maruyama", Transport::EulerMaruyama),
    ] {
        window.choose("Transport, panel 1", entry);
        assert_eq!(window.flow(0).transport, transport);
        let before = window.report().snapshot.step;
        window.key(Key::Period);
        assert_eq!(window.report().snapshot.step, before + 1, "{entry}");
        assert_eq!(
            window.shows("Friction, panel 1"),
            transport.carries() == Transport::ALL[3].carries()
        );
        assert_eq!(
            window.says("of the moves accepted"),
            transport == Transport::Mala,
            "{entry}"
        );
    }
    window.choose("Transport, panel 1", "Underdamped");
    window.slide("Friction, panel 1", 4.0);
    assert_eq!(window.flow(0).transport, Transport::Underdamped(4.0));
}

#[test]
fn every_reaction_and_order_can_be_chosen_and_runs() {
    let mut window = high(one_panel());
    window.fold("How it is done", 0);
    for (entry, reaction) in [
        ("jumps", Reaction::Jump),
        ("birth and death", Reaction::BirthDeath),
        ("weights", Reaction::Weights),
    ] {
        window.choose("Reaction by, panel 1", entry);
        assert_eq!(window.flow(0).reaction, reaction);
        assert_eq!(
            window.says("the threshold has no effect"),
            reaction != Reaction::Weights
        );
        window.key(Key::Period);
    }
    for (entry, splitting) in [
        ("FR then W", Splitting::ReactionTransport),
        ("Strang (½ FR, W, ½ FR)", Splitting::Strang),
        ("W then FR", Splitting::TransportReaction),
    ] {
        window.choose("Substeps, panel 1", entry);
        assert_eq!(window.flow(0).splitting, splitting);
        window.key(Key::Period);
    }
    assert_eq!(window.report().snapshot.step, 6);
}

#[test]
fn resampling_has_a_scheme_and_an_order() {
    let mut window = high(one_panel());
    window.fold("How it is done", 0);
    window.tick("Link resampling, panel 1");
    window.choose("Resampling scheme, panel 1", "residual");
    window.choose("Resampling order, panel 1", "slots");
    let own = window.flow(0).resampling.expect("its own");
    assert_eq!((own.scheme, own.order), (Scheme::Residual, Order::Slots));
    window.key(Key::Period);
    assert_eq!(window.report().snapshot.step, 1);
}

#[test]
fn what_has_no_effect_says_so() {
    let mut window = high(all_panels());
    window.fold("How it is done", 0);
    assert!(window.says("β = 0: nothing reacts"));
    assert!(!window.says("α = 0: nobody walks"));
    window.press("Fisher–Rao, panel 1");
    assert!(window.says("α = 0: nobody walks"));
    assert!(!window.says("β = 0: nothing reacts"));
}

#[test]
fn a_corrected_rate_has_a_tilt_and_wants_equal_rates() {
    let mut window = high(one_panel());
    window.fold("How it is done", 0);
    window.choose("Rate, panel 1", "corrected");
    assert_eq!(window.flow(0).rate, Rate::Corrected(-0.5));
    assert!(window.says("walks in 0.5 V, relaxes as in 1.5 V"));
    assert!(window.says("this rate needs no density"));
    window.press("Change the sign of θ, panel 1");
    assert_eq!(window.flow(0).rate, Rate::Corrected(0.5));
    window.slide("Tilt θ, panel 1", 0.25);
    assert_eq!(window.flow(0).rate, Rate::Corrected(0.25));
    assert!(!window.says("π stays only with"));
    window.slide("Reaction β, panel 1", 2.0);
    assert!(window.says("π stays only with"));
    window.press("Set β to α, panel 1");
    assert_eq!((window.flow(0).alpha, window.flow(0).beta), (1.0, 1.0));
}

#[test]
fn a_given_rate_is_named_and_not_editable() {
    let mut scenario = one_panel();
    scenario.panels[0].rate = Rate::Quadratic(2.0, 0.0);
    let mut window = high(scenario);
    window.fold("How it is done", 0);
    assert!(window.says("given: −½(2 x² + 0 y²)"));
    assert!(
        window
            .0
            .query_by_role_and_label(Role::ComboBox, "Rate, panel 1")
            .is_none()
    );
}

#[test]
fn the_estimator_is_shared_or_own() {
    let mut window = high(all_panels());
    window.fold("Numerics", 0);
    window.choose("Density estimate", "kernel, exact sum");
    let scenario = |w: &Window| w.report().snapshot.scenario.clone();
    assert_eq!(scenario(&window).estimator.method, Method::Exact);
    window.tick("debiased");
    assert!(scenario(&window).estimator.debiased);
    window.fold("How it is done", 2);
    window.tick("Link density estimate, panel 3");
    assert!(window.says("not for WFR, which has its own") || window.says("which have their own"));
    window.choose("Density estimate, panel 3", "kernel, on a grid");
    window.slide("Bandwidth, panel 3", 0.2);
    let own = scenario(&window).panels[2].estimator.expect("its own");
    assert_eq!((own.method, own.bandwidth), (Method::Grid, Bandwidth::Fixed(0.2)));
    assert_eq!(
        scenario(&window).estimator.method,
        Method::Exact,
        "the others keep theirs"
    );
    // Linked again, the others take what stands here.
    window.tick("Link density estimate, panel 3");
    assert_eq!(scenario(&window).panels[2].estimator, None);
    assert_eq!(scenario(&window).estimator, own);
    assert!(window.says("Linked: Langevin, Fisher–Rao take the density estimate of WFR"));
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    let mut window = high(one_panel());
    window.fold("How it is done", 0);
    window.tick("Link density estimate, panel 1");
    window.choose("Density estimate, panel 1", "transition mixture");
    assert_eq!(window.flow(0).estimator.map(|e| e.method), Some(Method::Transition));
    assert!(window.says("no bandwidth to choose"));
    window.key(Key::Period);
    assert!(window.says("effective neighbours"));

    // The entries are there, cannot be pressed, and say why.
    let refused = [
        (
            "Transport, panel 1",
            "MALA: the transition mixture needs Euler–Maruyama steps",
        ),
        ("Substeps, panel 1", "FR then W: the transition mixture needs W then FR"),
    ];
    for (list, entry) in refused {
        window.choose(list, entry);
        window.key(Key::Escape);
        let flow = window.flow(0);
        assert_eq!(
            (flow.transport, flow.splitting),
            (Transport::EulerMaruyama, Splitting::TransportReaction)
        );
    }
    window.press("Fisher–Rao, panel 1");
    assert_eq!(window.flow(0).alpha, 1.0, "the button is disabled");
    window.key(Key::Num2);
    assert_eq!(window.flow(0).alpha, 1.0);
    assert!(window.says("needs particles that walk"), "the key says why");
    window.slide("Transport α, panel 1", 0.0);
    assert_eq!(window.flow(0).alpha, 0.01, "the slider ends before they stop");

    // The other way round: with MALA there is no transition mixture.
    window.choose("Density estimate, panel 1", "kernel, on a grid");
    window.choose("Transport, panel 1", "MALA");
    window.choose(
        "Density estimate, panel 1",
        "transition mixture: the transition mixture needs Euler–Maruyama steps",
    );
    window.key(Key::Escape);
    assert_eq!(window.flow(0).estimator.map(|e| e.method), Some(Method::Grid));
}

#[test]
fn flows_that_come_later_fit_a_shared_transition_mixture() {
    let mut scenario = one_panel();
    scenario.estimator = Estimator {
        method: Method::Transition,
        ..Estimator::default()
    };
    let mut window = high(scenario);
    window.key(Key::Num4);
    let scenario = window.report().snapshot.scenario.clone();
    assert_eq!(scenario.panels.len(), 3, "the run took it over");
    assert_eq!(scenario.panels[1].estimator.map(|e| e.method), Some(Method::Grid));
    assert_eq!(scenario.panels[2].estimator, None);
}

#[test]
fn the_bias_of_the_kernel_is_told() {
    let mut window = high(one_panel());
    window.fold("How it is done", 0);
    assert!(window.says("variance at the bottom of the well: −"));
    window.tick("Link density estimate, panel 1");
    window.slide("Bandwidth, panel 1", 2.0);
    assert!(window.says("variance at the bottom of the well: −"));
    window.tick("debiased, panel 1");
    assert!(!window.says("variance at the bottom of the well"));
}

#[test]
fn the_spectrum_tells_rates_and_shows_modes() {
    let mut window = high(all_panels());
    window.fold("Spectrum", 0);
    // V = 7 (x² − 1)² + y²/2, by the dense generator in tests/spectrum.rs and by Kramers.
    assert!(window.shows("0.0108 /time"), "the gap");
    assert!(window.shows("1.01"), "α λ₁ + β of WFR");
    let mode = "Eigenfunction 1 over the panels";
    let on = |w: &Window| w.0.get_by_label(mode).accesskit_node().toggled();
    assert_eq!(on(&window), Some(Toggled::False));
    window.tick(mode);
    assert_eq!(on(&window), Some(Toggled::True));
    window.slide("Barrier", 3.0);
    assert!(!window.shows("0.0108 /time"), "another landscape, another gap");
    window.tick(mode);
    assert_eq!(on(&window), Some(Toggled::False));
}

#[test]
fn phase_portraits_are_for_particles_with_velocities() {
    let mut window = high(all_panels());
    let word = "Phase portrait (x, v)";
    assert!(!window.shows(word));
    window.key(Key::F);
    assert!(window.says("choose the transport Underdamped"));
    window.fold("How it is done", 2);
    window.choose("Transport, panel 3", "Underdamped");
    let planes = |w: &Window| w.report().snapshot.panels.iter().map(|p| p.plane).collect::<Vec<_>>();
    assert_eq!(planes(&window), [Plane::Positions; 3]);
    window.tick(word);
    let portrait = [Plane::Positions, Plane::Positions, Plane::PhaseX];
    assert_eq!(planes(&window), portrait);
    window.press("Axis of the phase portrait");
    assert_eq!(planes(&window)[2], Plane::PhaseY);
    window.key(Key::F);
    assert_eq!(planes(&window), [Plane::Positions; 3]);
    window.key(Key::F);
    assert_eq!(planes(&window), portrait);
    window.press("Hide panel 3");
    assert!(!window.shows(word), "nobody on show has velocities");
    assert_eq!(planes(&window), [Plane::Positions; 3]);
}

#[test]
fn the_exact_solution_is_a_layer_and_says_whether_particles_agree() {
    let mut scenario = all_panels();
    scenario.particles = 4000;
    // Nobody stands at the right, so that pure Fisher–Rao can fill nothing there.
    scenario.scouts = 0.0;
    let mut window = high(scenario);
    window.app_mut().drive().send(wfr_lab::engine::Control::RunUntil(1.0));
    window.0.run_steps(4);
    assert!(
        window.report().exact.is_some(),
        "a picture has its exact solution at once"
    );
    assert!(window.says("agrees with"), "Langevin");
    let layer = "Layer exact";
    let on = |w: &Window| w.0.get_by_label(layer).accesskit_node().toggled();
    assert_eq!(on(&window), Some(Toggled::True));
    let height = |w: &Window| w.0.get_by_label("Picture of panel 1").rect().height();
    let before = height(&window);
    window.key(Key::X);
    assert_eq!(on(&window), Some(Toggled::False));
    assert!(!window.says("agrees with"));
    assert!(height(&window) > before, "the line is gone, too");
    window.tick(layer);
    assert_eq!(on(&window), Some(Toggled::True));
    window.fold("Numerics", 0);
    window.tick("exact solution");
    assert!(window.report().exact.is_none(), "not even computed");
    window.tick("exact solution");
    assert!(window.report().exact.is_some());
}

#[test]
fn everything_is_drawn_in_small_windows_and_both_themes() {
    let mut scenario = all_panels();
    scenario.panels[2].transport = Transport::Underdamped(1.0);
    for size in [vec2(1280.0, 720.0), vec2(900.0, 600.0), vec2(300.0, 200.0)] {
        for theme in [Theme::Light, Theme::Dark] {
            let mut window = Window::of(
                scenario.clone(),
                size,
                Options {
                    theme,
                    ..Options::default()
                },
            );
            window.key(Key::F);
            window.key(Key::Period);
            assert_eq!(window.report().snapshot.step, 1);
        }
    }
}

#[test]
fn while_a_menu_is_open_keys_are_its_own() {
    let mut window = high(one_panel());
    let opened = |window: &Window| window.says("Save scenario as");
    window.press("File");
    assert!(opened(&window));
    window.key(Key::Space);
    window.key(Key::Comma);
    assert_eq!(*window.status(), wfr_lab::engine::Status::Paused);
    assert_eq!(window.steps(), 0);
    if !opened(&window) {
        // Space has pressed an entry, as it may.
        window.press("File");
    }
    window.key(Key::Escape);
    assert!(!opened(&window), "Esc closes it");
    window.press("File");
    window.key(Key::F1);
    let listed = |window: &Window| window.shows("play, pause");
    assert!(listed(&window) && !opened(&window), "the list of keys takes its place");
    window.key(Key::Escape);
    window.0.run_steps(20);
    assert!(!listed(&window));
}
