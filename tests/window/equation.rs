//! The live equation and the pad of two rates: what stands there is what the panel runs, and every term is a switch.

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::{Options, Theme};
use wfr_lab::flow::{Flow, Rate, Reaction, Transport};
use wfr_lab::scenario::{Pace, Scenario};

use crate::opened::{Window, small};

/// A window with the equation on show.
fn open(scenario: Scenario, width: f32, height: f32) -> Window {
    let mut window = Window::of(scenario, vec2(width, height), Options::default());
    window.key(Key::Q);
    window.0.run_steps(3);
    window
}

impl Window {
    /// What the term of this name says of itself, which begins so.
    fn term(&self, begins: &str) -> (String, bool, Rect) {
        let mut found = self.0.query_all_by_label_contains(begins);
        let node = found.next().unwrap_or_else(|| panic!("no term {begins:?}"));
        let on = node.accesskit_node().toggled() == Some(Toggled::True);
        let label = node.accesskit_node().label().unwrap_or_default();
        (label, on, node.rect())
    }

    fn switch(&mut self, begins: &str) {
        self.0.get_by_label_contains(begins).click();
        self.0.run_steps(4);
    }

    fn rates(&self, panel: usize) -> (f64, f64) {
        (self.flow(panel).alpha, self.flow(panel).beta)
    }
}

fn one(flow: Flow) -> Scenario {
    Scenario {
        panels: vec![flow],
        ..small()
    }
}

#[test]
fn the_equation_comes_and_goes() {
    let mut window = Window::of(small(), vec2(1280.0, 720.0), Options::default());
    assert!(!window.says("∂ρ/∂t"));
    window.press("Show the equation");
    assert!(window.says("Panel 1: ∂ρ/∂t = α∇⋅(ρ∇log(ρ/π))"));
    assert!(window.says("Panel 1: dX = −α∇V dt +√(2α)dW"));
    window.key(Key::Q);
    assert!(!window.says("∂ρ/∂t"));
    window.key(Key::Q);
    window.key(Key::H);
    assert!(!window.says("∂ρ/∂t"), "H leaves the panels alone");
}

#[test]
fn a_term_is_a_switch_that_remembers_its_rate() {
    let mut window = open(one(Flow::new("WFR", 0.7, 1.6)), 1280.0, 900.0);
    assert!(window.term("Transport term, panel 1, on").1);
    window.switch("Transport term, panel 1");
    assert_eq!(window.rates(0), (0.0, 1.6));
    assert_eq!(window.flow(0).name, "Fisher–Rao");
    let (label, on, _) = window.term("Transport term");
    assert_eq!((label.as_str(), on), ("Transport term, panel 1, off", false));
    assert!(window.says("Noise term, panel 1, off"), "it goes with the transport");
    window.switch("Noise term, panel 1");
    assert_eq!(window.rates(0), (0.7, 1.6));
    window.switch("Weight term, panel 1");
    assert_eq!(window.rates(0), (0.7, 0.0));
    assert_eq!(window.flow(0).name, "Langevin");
    window.switch("Reaction term, panel 1");
    assert_eq!(window.rates(0), (0.7, 1.6));
}

#[test]
fn what_was_never_on_is_switched_on_at_one() {
    let mut window = open(one(Flow::langevin()), 1280.0, 900.0);
    window.switch("Reaction term, panel 1, off");
    assert_eq!(window.rates(0), (1.0, 1.0));
}

#[test]
fn enter_presses_the_term_that_has_the_keyboard_and_undo_takes_it_back() {
    let mut window = open(one(Flow::wfr()), 1280.0, 900.0);
    window.0.get_by_label_contains("Reaction term, panel 1").focus();
    window.0.run_steps(2);
    window.key(Key::Enter);
    assert_eq!(window.rates(0), (1.0, 0.0));
    window.0.run_steps(60);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.rates(0), (1.0, 1.0));
}

#[test]
fn the_sizes_are_those_of_the_particles() {
    let mut window = open(one(Flow::new("WFR", 0.5, 2.0)), 1280.0, 900.0);
    for _ in 0..20 {
        window.key(Key::Period);
    }
    let now = window.report().snapshot.panels[0].now.clone();
    let terms = window.report().snapshot.panels[0].terms.clone().expect("asked for");
    for (name, expected) in [
        ("Transport term", 0.5 * now.information),
        ("Reaction term", 2.0 * now.variance),
        ("Drift term", 0.5 * terms.slope),
        ("Noise term", 2f64.sqrt()),
        ("Weight term", 2.0 * now.variance.sqrt()),
    ] {
        let (label, _, _) = window.term(name);
        let figure = label
            .split(", ")
            .nth(3)
            .and_then(|says| says.split(' ').next())
            .expect("a figure");
        let figure: f64 = figure.parse().expect("a number");
        // Two digits are shown.
        assert!(
            (figure / expected - 1.0).abs() < 0.05 + 5e-4 / expected,
            "{label}: {expected}"
        );
        assert!(expected > 0.0, "{label}");
    }
    assert!(window.says("KL falls by"));
    window.key(Key::Q);
    window.key(Key::Period);
    assert_eq!(
        window.report().snapshot.panels[0].terms,
        None,
        "what nobody sees is not measured"
    );
}

#[test]
fn the_equation_is_that_of_the_selected_panel() {
    let mut window = open(small(), 1280.0, 900.0);
    assert!(window.says("Reaction term, panel 1, off"));
    window.0.get_by_label("Picture of panel 3").click();
    window.0.run_steps(4);
    assert!(window.says("Reaction term, panel 3, on"));
    window.switch("Transport term, panel 3");
    assert_eq!(window.rates(2), (0.0, 1.0));
    assert_eq!((window.rates(0), window.rates(1)), ((1.0, 0.0), (0.0, 1.0)));
}

#[test]
fn other_flows_have_other_equations() {
    let flow = |change: fn(&mut Flow)| {
        let mut flow = Flow::wfr();
        change(&mut flow);
        one(flow)
    };
    for (scenario, says) in [
        (
            flow(|f| f.transport = Transport::Underdamped(2.0)),
            "dv = −α(∇V + γv) dt",
        ),
        (flow(|f| f.rate = Rate::Corrected(-0.5)), "g = −0.5(|∇V|^2 − ΔV)"),
        (flow(|f| f.rate = Rate::Quadratic(1.0, 0.0)), "g = −1/2(x^2)"),
        (flow(|f| f.reaction = Reaction::Jump), "leaves at rate β("),
        (flow(|f| f.reaction = Reaction::BirthDeath), "dies at rate β("),
    ] {
        let mut window = open(scenario, 1920.0, 1000.0);
        window.key(Key::Period);
        assert!(window.says(says), "{says}");
        assert!(
            window
                .term("Transport term, panel 1, on")
                .0
                .contains("per unit of time"),
            "{says}"
        );
    }
    let mut driven = small();
    driven.pace = Pace::EqualDissipation;
    let window = open(driven, 1920.0, 1000.0);
    assert!(window.says("∂ρ/∂t = cα∇⋅"));
}

#[test]
fn it_leaves_the_panels_their_room_and_is_never_cut_off() {
    for (theme, width, height) in [
        (Theme::Light, 1280.0, 720.0),
        (Theme::Dark, 1920.0, 1080.0),
        (Theme::Light, 900.0, 600.0),
    ] {
        let options = Options {
            theme,
            ..Options::default()
        };
        for flow in [
            Flow::wfr(),
            Flow {
                transport: Transport::Underdamped(1.0),
                ..Flow::wfr()
            },
        ] {
            let mut scenario = small();
            scenario.panels[0] = flow;
            let mut window = Window::of(scenario, vec2(width, height), options);
            window.key(Key::Q);
            window.0.run_steps(3);
            let (label, _, rect) = window.term("Reaction term, panel 1");
            eprintln!("{width} × {height}: {label} {rect:?}");
            assert!(rect.height() <= 64.0 && rect.height() >= 24.0, "{rect:?}");
            assert!(rect.right() <= width, "{rect:?}");
            let picture = window.0.get_by_label("Picture of panel 1").rect();
            assert!(
                picture.top() >= rect.bottom() && picture.height() > 100.0,
                "{picture:?}"
            );
        }
    }
}

#[test]
fn in_a_narrow_window_one_line_stands_alone() {
    let mut window = open(one(Flow::wfr()), 900.0, 600.0);
    assert!(window.says("Transport term") && !window.says("Noise term"));
    window.press("Equation of the particles");
    assert!(!window.says("Transport term") && window.says("Noise term"));
    window.press("Equation of the law");
    assert!(window.says("Transport term"));
}

#[test]
fn arrows_move_the_puck() {
    let mut window = Window::of(small(), vec2(1280.0, 1600.0), Options::default());
    window
        .0
        .get_by_label_contains("Rate pad, panel 1: α 1, β 0, Langevin")
        .focus();
    window.0.run_steps(2);
    window.key(Key::ArrowUp);
    assert_eq!(window.rates(0), (1.0, 0.1));
    window.key_with(Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(window.rates(0), (2.0, 0.1));
    window.key_with(Modifiers::COMMAND, Key::ArrowDown);
    assert_eq!(window.rates(0), (2.0, 0.09));
    window.key_with(Modifiers::SHIFT, Key::ArrowRight);
    window.key_with(Modifiers::SHIFT, Key::ArrowRight);
    window.key_with(Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(window.rates(0), (4.0, 0.09), "the range ends there");
    assert!(window.says("Rate pad, panel 1: α 4, β 0.09, WFR"));
}

#[test]
fn a_puck_is_dragged_while_it_runs_and_a_drag_is_one_step_back() {
    let mut window = Window::of(small(), vec2(1280.0, 1600.0), Options::default());
    let (_, _, pad) = window.term("Rate pad, panel 1");
    window.key(Key::Space);
    let at = |x: f32, y: f32| pad.left_bottom() + vec2(x * pad.width(), -y * pad.height());
    window.pointer(at(0.64, 0.0), None);
    window.pointer(at(0.64, 0.0), Some(true));
    for k in 1..=8 {
        window.pointer(at(0.64 - 0.04 * k as f32, 0.08 * k as f32), None);
    }
    let steps = window.steps();
    window.pointer(at(0.32, 0.64), Some(false));
    window.0.run_steps(4);
    assert!(window.steps() > steps, "it runs on");
    // Half of the way to 1 along α, and at 1 along β.
    assert_eq!(window.rates(0), (0.5, 1.0));
    window.key(Key::Space);
    window.0.run_steps(60);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.0.run_steps(10);
    assert_eq!(window.rates(0), (1.0, 0.0));
}

#[test]
fn a_double_click_goes_to_the_nearest_corner() {
    let mut window = Window::of(small(), vec2(1280.0, 1600.0), Options::default());
    let (_, _, pad) = window.term("Rate pad, panel 1");
    let at = pad.left_bottom() + vec2(0.5 * pad.width(), -0.5 * pad.height());
    // A test draws a frame for each event, a quarter of a second apart: too slow for a double-click by hand.
    window
        .0
        .ctx
        .options_mut(|options| options.input_options.max_double_click_delay = 2.0);
    for pressed in [true, false, true, false] {
        window.pointer(at, Some(pressed));
    }
    window.0.run_steps(4);
    assert_eq!(window.rates(0), (1.0, 1.0));
    assert_eq!(window.flow(0).name, "WFR 2");
    assert!(
        window
            .0
            .query_by_role_and_label(Role::Button, "Rate pad, panel 1: α 1, β 1, WFR")
            .is_some()
    );
}
