//! A formula typed in the window: it applies as it is typed, and mistakes are told.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::Options;
use wfr_lab::params;
use wfr_lab::scenario::Scenario;
use wfr_lab::space::Point;
use wfr_lab::target::{Formula, Shape};

use super::opened::{Window, small};

fn open() -> Window {
    let mut window = Window::of(small(), vec2(1280.0, 900.0), Options::default());
    window.choose("Landscape", "Formula");
    window
}

/// Replaces what stands in a text field.
fn write(window: &mut Window, role: Role, label: &str, text: &str) {
    window.0.get_by_role_and_label(role, label).focus();
    window.0.run_steps(3);
    window.key_with(Modifiers::COMMAND, Key::A);
    window.0.event(Event::Text(text.to_owned()));
    window.0.run_steps(4);
}

fn write_formula(window: &mut Window, text: &str) {
    write(window, Role::MultilineTextInput, "Formula", text);
}

fn formula(scenario: &Scenario) -> Formula {
    match &scenario.target {
        Shape::Formula(formula) => formula.clone(),
        other => panic!("the landscape is {other:?}"),
    }
}

#[test]
fn choosing_a_formula_begins_with_that_of_the_present_landscape() {
    let mut window = open();
    let text = "barrier*(x^2 - 1)^2 + tilt*x + y^2/2";
    assert_eq!(formula(window.app().scenario()).text(), text);
    // The run has it, too, and its parameters are sliders by their own names.
    assert_eq!(formula(&window.report().snapshot.scenario).text(), text);
    window.slide("barrier", 4.0);
    let numbers = params::list(&mut formula(window.app().scenario()));
    assert_eq!((numbers[0].0.as_str(), numbers[0].1), ("barrier", 4.0));
    // What is built in can be made a formula by a button.
    window.choose("Landscape", "Ring");
    window.press("Use as a formula");
    assert_eq!(formula(window.app().scenario()).text(), "(r - radius)^2/width^2");
}

#[test]
fn what_is_typed_applies_and_the_last_formula_without_a_mistake_runs_on() {
    let mut window = open();
    write_formula(&mut window, "3x^2 + y^2");
    let running = |window: &Window| formula(&window.report().snapshot.scenario).text().to_owned();
    assert_eq!(running(&window), "3x^2 + y^2");
    write_formula(&mut window, "3x^2 + * y^2");
    assert!(window.says("`*` follows `+`"));
    assert_eq!(running(&window), "3x^2 + y^2");
    write_formula(&mut window, "3x^2 + 2*y^2");
    assert!(!window.says("follows"));
    assert_eq!(running(&window), "3x^2 + 2*y^2");
}

#[test]
fn an_unknown_name_can_be_defined_and_becomes_a_slider() {
    let mut window = open();
    write_formula(&mut window, "k*x^2 + y^2");
    assert!(window.says("`k` is no known name") && !window.shows("Range of k"));
    window.press("Define k = 1");
    assert!(!window.says("no known name"));
    window.slide("k", 2.5);
    let typed = formula(window.app().scenario());
    assert_eq!(typed.text(), "k*x^2 + y^2");
    assert_eq!(Shape::Formula(typed).target().energy(Point::new(2.0, 0.0)), 10.0);
    // What the formula does not use can be taken away; what it uses stays.
    window.press("Remove tilt");
    window.press("Remove k");
    assert!(window.says("take it out there first"));
    let names: Vec<String> = params::list(&mut formula(window.app().scenario()))
        .into_iter()
        .map(|n| n.0)
        .collect();
    assert_eq!(names, ["barrier", "k"]);
}

#[test]
fn ranges_are_typed_as_lines() {
    let mut window = open();
    write(&mut window, Role::TextInput, "Parameter", "c = 2 in [1, 4] log");
    window.key(Key::Enter);
    let range = |window: &Window, name: &str| {
        let numbers = params::list(&mut formula(window.app().scenario()));
        numbers
            .into_iter()
            .find(|n| n.0 == name)
            .map(|n| (n.1, n.2.min, n.2.max))
    };
    assert_eq!(range(&window, "c"), Some((2.0, 1.0, 4.0)));
    window.press("Range of c");
    write(&mut window, Role::TextInput, "Parameter", "c = 3 in [0, 9]");
    window.key(Key::Enter);
    assert_eq!(range(&window, "c"), Some((3.0, 0.0, 9.0)));
    write(&mut window, Role::TextInput, "Parameter", "c = 3 in [9, 0]");
    window.key(Key::Enter);
    assert!(window.says("the smaller end first") || window.says("The range"));
    assert_eq!(range(&window, "c"), Some((3.0, 0.0, 9.0)));
}

#[test]
fn a_law_that_the_view_does_not_hold_is_told() {
    let mut window = open();
    write_formula(&mut window, "y^2/2 + x^2/9");
    assert!(window.says("lies outside it"));
    let before = window.app().scenario().view().width();
    window.press("Zoom out to hold the law");
    assert!((window.app().scenario().view().width() / before - 1.5).abs() < 1e-12);
    write_formula(&mut window, "y^2/2 - x");
    assert!(window.says("There is no law"));
    write_formula(&mut window, "8y^2 + 8x^2");
    assert!(!window.says("There is no law") && !window.says("lies outside it"));
}
