//! Panels that come and go, links between them, and one particle in all of them.

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers, Vec2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::Options;
use wfr_lab::engine::Control;
use wfr_lab::flow::{Reaction, Splitting, Transport};
use wfr_lab::scenario::Pace;

use crate::opened::{Window, small};

fn open(size: Vec2) -> Window {
    let mut scenario = small();
    // Nothing of it is special, so that every panel may have any integrator.
    for flow in &mut scenario.panels {
        (flow.estimator, flow.resampling) = (None, None);
    }
    Window::of(scenario, size, Options::default())
}

fn high() -> Window {
    open(vec2(1280.0, 3400.0))
}

fn names(window: &Window) -> Vec<String> {
    let panels = &window.report().snapshot.scenario.panels;
    panels.iter().map(|f| f.name.clone()).collect()
}

#[test]
fn a_panel_is_duplicated_and_removed_while_it_runs() {
    let mut window = open(vec2(1280.0, 900.0));
    window.key(Key::Space);
    window.press("Duplicate panel 3");
    assert_eq!(names(&window), ["Langevin", "Fisher–Rao", "WFR", "WFR 2"]);
    assert!(window.steps() > 0, "nothing starts again");
    assert!(!window.shows("Duplicate panel 3"), "four are the most");
    window.key(Key::Space);
    let snapshot = &window.report().snapshot;
    assert_eq!(snapshot.panels[2].dots, snapshot.panels[3].dots, "a twin");
    window.key_with(Modifiers::COMMAND, Key::D);
    assert!(window.says("There are 4 panels already"));
    window.press("Remove panel 1");
    assert_eq!(names(&window), ["Fisher–Rao", "WFR", "WFR 2"]);
    // An edit that follows at once is that of the panels there are.
    window.slide("Reaction β, panel 2", 0.5);
    let betas: Vec<f64> = window
        .report()
        .snapshot
        .scenario
        .panels
        .iter()
        .map(|f| f.beta)
        .collect();
    assert_eq!(betas, [1.0, 0.5, 1.0]);
    assert!(!window.report().snapshot.needs_reset);
    let before = window.steps();
    window.press("Remove panel 1");
    window.press("Remove panel 1");
    assert!(!window.shows("Remove panel 1"), "the last stays");
    assert_eq!((names(&window), window.steps()), (vec!["WFR 2".to_owned()], before));
    window.key_with(Modifiers::COMMAND, Key::D);
    assert_eq!(names(&window), ["WFR 2", "WFR 3"]);
}

#[test]
fn edits_and_removals_in_one_frame_stay_in_order() {
    let mut window = open(vec2(1280.0, 900.0));
    // Two clicks and a slider before the next frame is drawn.
    window
        .0
        .get_by_role_and_label(Role::Slider, "Reaction β, panel 3")
        .set_value_accesskit(2.0);
    window.0.get_by_role_and_label(Role::Button, "Remove panel 1").click();
    window.0.run_steps(4);
    let flows = &window.report().snapshot.scenario.panels;
    assert_eq!((flows.len(), flows[1].name.as_str(), flows[1].beta), (2, "WFR", 2.0));
    assert_eq!(window.app().scenario().panels, *flows);
}

#[test]
fn m_gives_the_selected_panel_all_the_room() {
    let mut window = open(vec2(1280.0, 900.0));
    window.0.get_by_label("Picture of panel 2").click();
    window.0.run_steps(3);
    window.key(Key::M);
    assert!(window.shows("Picture of panel 2") && !window.shows("Picture of panel 1"));
    window.key(Key::M);
    assert!(window.shows("Picture of panel 1"));
    window.press("Maximise panel 3");
    window.press("Show all panels");
    window.press("Hide panel 1");
    assert!(!window.shows("Picture of panel 1"));
    window.press("Show panel 1");
    assert!(window.shows("Picture of panel 1"));
}

#[test]
fn a_chain_makes_an_edit_in_all_panels_that_it_links() {
    let mut window = open(vec2(1280.0, 1400.0));
    let betas = |w: &Window| -> Vec<f64> { w.app().scenario().panels.iter().map(|f| f.beta).collect() };
    let chain = "Link reaction rate β, panel 3";
    let on = |w: &Window, of: &str| w.0.get_by_label(of).accesskit_node().toggled() == Some(Toggled::True);
    assert!(!on(&window, chain));
    window.slide("Reaction β, panel 3", 2.0);
    assert_eq!(betas(&window), [0.0, 1.0, 2.0], "alone at first");
    window.tick(chain);
    assert_eq!(betas(&window), [2.0; 3]);
    assert!(window.says("take the reaction rate β of WFR"));
    assert!(on(&window, chain) && on(&window, "Link reaction rate β, panel 1"));
    assert_eq!(
        names(&window),
        ["WFR 2", "Fisher–Rao", "WFR"],
        "captions follow the rates"
    );
    window.slide("Reaction β, panel 1", 0.5);
    assert_eq!(betas(&window), [0.5; 3]);
    window.tick("Link reaction rate β, panel 2");
    window.slide("Reaction β, panel 1", 1.5);
    assert_eq!(betas(&window), [1.5, 0.5, 1.5]);
    // A corner is an edit, too.
    window.press("Langevin, panel 3");
    assert_eq!(betas(&window), [0.0, 0.5, 0.0]);
    // A copy is linked as its model is, and a link dies with the last partner.
    window.press("Duplicate panel 1");
    window.slide("Reaction β, panel 4", 1.0);
    assert_eq!(betas(&window), [1.0, 0.5, 1.0, 1.0]);
    window.press("Remove panel 4");
    window.press("Remove panel 3");
    assert!(!on(&window, "Link reaction rate β, panel 1"));
    // α was never linked.
    let alphas: Vec<f64> = window.app().scenario().panels.iter().map(|f| f.alpha).collect();
    assert_eq!(alphas, [1.0, 0.0]);
}

#[test]
fn every_part_of_a_flow_has_a_chain() {
    let mut window = high();
    window.fold("How it is done", 2);
    let chains = ["transport", "rate", "reaction", "substeps"];
    for part in chains {
        window.tick(&format!("Link {part}, panel 3"));
    }
    window.choose("Transport, panel 3", "Underdamped");
    window.slide("Friction, panel 3", 2.0);
    window.choose("Reaction by, panel 3", "jumps");
    window.choose("Substeps, panel 3", "Strang (½ FR, W, ½ FR)");
    for flow in &window.app().scenario().panels {
        let parts = (flow.transport, flow.reaction, flow.splitting);
        assert_eq!(parts, (Transport::Underdamped(2.0), Reaction::Jump, Splitting::Strang));
    }
}

#[test]
fn what_does_not_fit_a_linked_panel_is_refused_with_the_reason() {
    let mut window = high();
    window.fold("How it is done", 0);
    window.fold("How it is done", 2);
    window.tick("Link density estimate, panel 3");
    window.choose("Density estimate, panel 3", "transition mixture");
    window.tick("Link transport, panel 1");
    window.choose("Transport, panel 1", "MALA");
    let transports: Vec<_> = window.app().scenario().panels.iter().map(|f| f.transport).collect();
    assert_eq!(transports, [Transport::EulerMaruyama; 3]);
    assert!(window.says("Not for WFR, which is linked: the transition mixture needs Euler–Maruyama steps"));
    // Nor can it be linked to what it cannot be.
    window.tick("Link transport, panel 1");
    window.choose("Transport, panel 1", "MALA");
    window.tick("Link transport, panel 1");
    let flows = &window.app().scenario().panels;
    assert_eq!(
        (flows[0].transport, flows[2].transport),
        (Transport::Mala, Transport::EulerMaruyama)
    );
    assert!(window.says("Not for WFR, which is linked"));
}

#[test]
fn a_particle_is_followed_through_all_panels() {
    let mut window = open(vec2(1280.0, 1100.0));
    window.key(Key::Period);
    assert!(!window.says("Panel 1: particle"));
    window.tick("Follow a particle");
    window.type_into("Followed particle", "42");
    for panel in 1..=3 {
        assert!(
            window.says(&format!("Panel {panel}: particle 42, weight ")),
            "panel {panel}"
        );
    }
    // Over its disc it is the same without a pin, in whatever panel.
    window.key(Key::Escape);
    assert!(!window.says("particle 42"));
    let place = |window: &Window, panel: usize| {
        let report = window.report();
        let dot = report.snapshot.panels[panel - 1].dots[42];
        let picture = window.0.get_by_label(&format!("Picture of panel {panel}")).rect();
        let view = report.snapshot.scenario.view();
        let scale = (f64::from(picture.width()) / view.width()).min(f64::from(picture.height()) / view.height());
        let (x, y) = (f64::from(dot.x) - view.center().x, view.center().y - f64::from(dot.y));
        picture.center() + vec2((scale * x) as f32, (scale * y) as f32)
    };
    let at = place(&window, 2);
    window.0.hover_at(at);
    window.0.run_steps(3);
    let near = (1..=3).all(|panel| window.says(&format!("Panel {panel}: particle ")));
    assert!(near, "a disc is under the pointer");
    // A click pins it: it stays when the pointer is gone.
    window.0.drag_at(at);
    window.0.drop_at(at);
    window.0.run_steps(3);
    window.0.hover_at(vec2(5.0, 5.0).to_pos2());
    window.0.run_steps(3);
    assert!(window.says("Panel 1: particle "), "pinned");
    let picture = window.0.get_by_label("Picture of panel 1").rect();
    window.0.hover_at(picture.left_top() + vec2(2.0, 2.0));
    window.0.run_steps(3);
    window.press("Remove panel 1");
    assert!(window.says("Panel 2: particle "), "the others still have it");
    window.key(Key::Escape);
    assert!(!window.says("Panel 2: particle "));
}

#[test]
fn colours_go_from_origin_over_lineage_to_flow() {
    let mut window = open(vec2(1280.0, 900.0));
    window.key(Key::Period);
    assert!(!window.says("families 300"));
    window.press("Colour of particles");
    assert!(window.says("families 300"), "the captions count them");
    window.press("Colour of particles");
    window.press("Colour of particles");
    assert!(!window.says("families 300"));
}

#[test]
fn equal_dissipation_is_switched_and_its_factors_are_shown() {
    let mut window = open(vec2(1280.0, 1400.0));
    assert!(!window.says(" × 1.00"));
    window.tick("Equal dissipation");
    assert_eq!(window.report().snapshot.scenario.pace, Pace::EqualDissipation);
    assert!(window.says("α 1  β 1 × 1.00") || window.says("α 1 × 1.00"));
    window.app_mut().drive().send(Control::RunUntil(0.3));
    window.0.run_steps(4);
    let factor = window.report().snapshot.panels[0].now.factor;
    assert!(factor > 1.05, "Langevin alone is slower than WFR: {factor}");
    assert!(window.says(&format!(" × {factor:.2}")));
    window.tick("Equal dissipation");
    assert_eq!(window.report().snapshot.panels[0].now.factor, 1.0);
}
