//! The window by its accessibility labels, without a window: what a person can press must do what it says.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::{Options, Theme};
use wfr_lab::engine::Status;
use wfr_lab::scenario::presets;

use crate::opened::{Window, small};

fn open() -> Window {
    Window::of(small(), vec2(1280.0, 900.0), Options::default())
}

/// A window in which the controls of the start are in sight.
fn high() -> Window {
    Window::of(small(), vec2(1280.0, 1300.0), Options::default())
}

#[test]
fn it_opens_paused_and_invites_to_play() {
    let window = open();
    assert_eq!(*window.status(), Status::Paused);
    assert!(window.shows("Paused"));
    assert!(window.shows("Press Space or Play to start."));
    assert!(window.shows("Step"));
    for k in 1..=3 {
        let picture = window.0.get_by_label(&format!("Picture of panel {k}")).rect();
        assert!(
            picture.width() > 250.0 && picture.height() > 250.0,
            "panel {k} is only {picture:?}"
        );
    }
}

#[test]
fn play_and_space_toggle() {
    let mut window = open();
    window.press("Play");
    assert!(window.shows("Running"));
    let before = window.steps();
    assert!(before > 0);
    window.press("Pause");
    assert!(window.shows("Paused"));
    window.key(Key::Space);
    assert_eq!(*window.status(), Status::Running);
    window.key(Key::Space);
    assert_eq!(*window.status(), Status::Paused);
    assert!(window.steps() > before);
}

#[test]
fn space_never_presses_the_button_clicked_last() {
    let mut window = open();
    window.press("Step");
    window.key(Key::Space);
    window.key(Key::Space);
    let steps = window.steps();
    window.0.run_steps(3);
    assert_eq!(window.steps(), steps, "paused means paused");
    assert!(window.shows("Play"));
}

#[test]
fn step_advances_by_dt_and_shift_by_ten() {
    let mut window = open();
    window.press("Step");
    assert_eq!(window.steps(), 1);
    let report = window.report();
    assert!((report.snapshot.time - window.app().scenario().dt).abs() < 1e-12);
    window.key(Key::Period);
    assert_eq!(window.steps(), 2);
    window.0.key_press_modifiers(Modifiers::SHIFT, Key::Period);
    window.0.run_steps(3);
    assert_eq!(window.steps(), 12);
}

#[test]
fn reset_returns_to_the_same_start() {
    let mut window = open();
    let start = window.report().snapshot.panels[0].dots.clone();
    for _ in 0..5 {
        window.key(Key::Period);
    }
    assert_ne!(window.report().snapshot.panels[0].dots, start);
    window.press("Reset");
    assert_eq!(window.steps(), 0);
    assert_eq!(window.report().snapshot.panels[0].dots, start);
}

#[test]
fn what_applies_on_reset_says_so_and_waits() {
    let mut window = open();
    assert!(window.shows("Particles applies on reset"));
    window
        .0
        .get_by_role_and_label(Role::Slider, "Particles")
        .set_value_accesskit(100.0);
    window.0.run_steps(3);
    assert!(window.shows("Particles waits for reset"));
    assert_eq!(window.report().snapshot.panels[0].particles, 300);
    window.press("Reset to apply");
    assert!(window.shows("Particles applies on reset"));
    assert_eq!(window.report().snapshot.panels[0].particles, 100);
}

#[test]
fn corner_buttons_set_the_rates_at_once() {
    let mut window = open();
    window.press("WFR, panel 1");
    let running = &window.report().snapshot.scenario.panels[0];
    // There is a panel of that name already.
    assert_eq!(
        (running.alpha, running.beta, running.name.as_str()),
        (1.0, 1.0, "WFR 2")
    );
    window.press("Fisher–Rao, panel 1");
    let running = &window.report().snapshot.scenario.panels[0];
    assert_eq!((running.alpha, running.beta), (0.0, 1.0));
    assert_eq!(window.steps(), 0, "no restart");
}

#[test]
fn a_panel_can_have_its_own_resampling() {
    let mut window = Window::of(small(), vec2(1280.0, 2400.0), Options::default());
    let fold = |window: &mut Window, name: &str, k: usize| {
        window
            .0
            .get_all_by_label(name)
            .nth(k)
            .expect("a fold of that name")
            .click();
        window.0.run_steps(20);
    };
    fold(&mut window, "Numerics", 0);
    assert!(window.shows("not for Fisher–Rao and WFR, which have their own"));
    fold(&mut window, "How it is done", 2);
    let threshold = window.0.get_by_role_and_label(Role::Slider, "ESS threshold, panel 3");
    threshold.set_value_accesskit(0.25);
    window.0.run_steps(3);
    let own = |window: &Window| window.report().snapshot.scenario.panels[2].resampling;
    assert_eq!(own(&window).map(|r| r.threshold), Some(0.25));
    window.tick("Link resampling, panel 3");
    assert_eq!(own(&window), None);
    assert!(window.shows("not for Fisher–Rao, which has its own"));
}

#[test]
fn a_run_that_cannot_go_on_says_so_and_can_be_reset() {
    // One particle that flies off at once: the largest step on the stiffest well.
    let mut scenario = small();
    scenario.particles = 1;
    scenario.scouts = 0.0;
    for (key, value) in [("dt", "0.5"), ("target.barrier", "20"), ("temperature", "0.05")] {
        scenario.set(key, value).expect("a number in range");
    }
    let mut window = Window::of(scenario, vec2(1280.0, 900.0), Options::default());
    window.key(Key::Space);
    window.0.run_steps(20);
    assert!(matches!(window.status(), Status::Stopped(_)), "{:?}", window.status());
    assert!(window.0.query_all_by_label_contains("lost its weight").next().is_some());
    window
        .0
        .get_all_by_role_and_label(Role::Button, "Reset")
        .next()
        .expect("a reset button")
        .click();
    window.0.run_steps(3);
    assert_eq!((window.status(), window.steps()), (&Status::Paused, 0));
}

#[test]
fn a_rate_slider_is_live() {
    let mut window = open();
    let beta = window.0.get_by_role_and_label(Role::Slider, "Reaction β, panel 1");
    beta.set_value_accesskit(2.0);
    window.0.run_steps(3);
    assert_eq!(window.report().snapshot.scenario.panels[0].beta, 2.0);
}

#[test]
fn the_landscape_slider_is_live() {
    let mut window = open();
    window
        .0
        .get_by_role_and_label(Role::Slider, "Barrier")
        .set_value_accesskit(3.0);
    window.0.run_steps(3);
    assert!(window.0.query_all_by_label_contains("barrier 3.0 kT").next().is_some());
}

#[test]
fn number_keys_change_the_selected_panel() {
    let mut window = open();
    window.0.get_by_label("Picture of panel 3").click();
    window.0.run_steps(3);
    window.key(Key::Num1);
    let panels = &window.app().scenario().panels;
    assert_eq!((panels[2].alpha, panels[2].beta), (1.0, 0.0));
    window.key(Key::Num4);
    assert_eq!(window.app().scenario().panels[2].name, "WFR");
}

#[test]
fn the_menu_loads_another_scenario() {
    let mut window = open();
    window.0.get_by_role_and_label(Role::ComboBox, "Scenario").click();
    window.0.run_steps(3);
    let other = presets()[1].scenario();
    let entry = window.0.get_all_by_label(&other.title).last().unwrap();
    entry.click();
    window.0.run_steps(4);
    assert_eq!(*window.app().scenario(), other);
    assert_eq!(window.report().snapshot.scenario.title, other.title);
}

#[test]
fn every_preset_can_be_shown() {
    for preset in presets() {
        let mut scenario = preset.scenario();
        scenario.particles = 200;
        let mut window = Window::of(scenario, vec2(1280.0, 720.0), Options::default());
        window.key(Key::Period);
        assert_eq!(window.steps(), 1, "{}", preset.name);
    }
}

#[test]
fn the_die_throws_another_seed() {
    let mut window = high();
    let seed = window.app().scenario().seed;
    window.press("New seed");
    assert_ne!(window.app().scenario().seed, seed);
    let running = window.report().snapshot.scenario.seed;
    assert_eq!(running, window.app().scenario().seed);
}

#[test]
fn both_themes_and_the_way_back() {
    let mut window = open();
    window.press("Dark theme");
    assert!(window.0.ctx.global_style().visuals.dark_mode);
    window.press("Light theme");
    assert!(!window.0.ctx.global_style().visuals.dark_mode);
}

#[test]
fn legend_words_switch_layers() {
    let mut window = open();
    for word in [
        "particles",
        "density",
        "teleports",
        "ribbons",
        "pulses",
        "tangent",
        "contours",
        "map",
        "masses",
    ] {
        let label = format!("Layer {word}");
        let is_on = |w: &Window| w.0.get_by_label(&label).accesskit_node().toggled();
        let before = is_on(&window);
        window.0.get_by_label(&label).click();
        window.0.run_steps(3);
        assert_ne!(is_on(&window), before, "{word}");
    }
}

#[test]
fn keys_switch_layers_and_open_the_list() {
    let mut window = open();
    let contours = |w: &Window| w.0.get_by_label("Layer contours").accesskit_node().toggled();
    let before = contours(&window);
    window.key(Key::C);
    assert_ne!(contours(&window), before);
    window.key(Key::F1);
    assert!(window.shows("start again with a new seed"));
    window.key(Key::F1);
    window.0.run_steps(20);
    assert!(!window.shows("start again with a new seed"));
}

#[test]
fn typing_a_number_starts_nothing() {
    let mut window = high();
    window.0.get_by_role_and_label(Role::SpinButton, "Seed").click();
    window.0.run_steps(3);
    window.0.event(Event::Text("42".to_owned()));
    window.0.run_steps(3);
    window.key(Key::Space);
    assert_eq!(*window.status(), Status::Paused);
    window.key(Key::Enter);
    assert_eq!(window.app().scenario().seed, 42);
}

#[test]
fn hiding_the_interface_leaves_the_panels() {
    let mut window = open();
    window.key(Key::H);
    assert!(!window.shows("Reset"));
    assert!(window.shows("Picture of panel 1"));
    window.key(Key::H);
    assert!(window.shows("Reset"));
}

#[test]
fn panels_can_be_hidden_maximised_added_and_removed() {
    let mut window = open();
    window.press("Hide panel 2");
    assert!(!window.shows("Picture of panel 2"));
    window.press("Maximise panel 3");
    assert!(!window.shows("Picture of panel 1"));
    window.press("Show all panels");
    assert!(window.shows("Picture of panel 1"));
    let names = |w: &Window| {
        let panels = &w.report().snapshot.scenario.panels;
        panels.iter().map(|f| f.name.clone()).collect::<Vec<_>>()
    };
    window.key(Key::Period);
    window.press("Remove panel 1");
    assert_eq!(names(&window), ["Fisher–Rao", "WFR"]);
    assert_eq!(window.steps(), 1, "the others go on");
    window.0.get_by_label("Picture of panel 2").click();
    window.0.run_steps(3);
    window.press("Add a panel");
    assert_eq!(names(&window), ["Fisher–Rao", "WFR", "WFR 2"]);
    assert_eq!(window.steps(), 1);
    let beta = window.0.get_by_role_and_label(Role::Slider, "Reaction β, panel 1");
    beta.set_value_accesskit(2.0);
    window.0.run_steps(3);
    let betas = window.report().snapshot.scenario.panels.iter().map(|f| f.beta);
    assert_eq!(
        betas.collect::<Vec<_>>(),
        [2.0, 1.0, 1.0],
        "a card is that of its panel"
    );
    window.key(Key::Num4);
    assert_eq!(
        window.app().scenario().panels,
        small().panels,
        "as the scenario has them"
    );
}

#[test]
fn escape_goes_back() {
    let mut window = open();
    window.press("Maximise panel 3");
    window.key(Key::F1);
    window.key(Key::Escape);
    window.0.run_steps(20);
    assert!(!window.shows("start again with a new seed"));
    assert!(!window.shows("Picture of panel 1"), "one thing at a time");
    window.key(Key::Escape);
    assert!(window.shows("Picture of panel 1"));
    window.key(Key::H);
    assert!(
        window
            .0
            .query_all_by_label_contains("brings the controls back")
            .next()
            .is_some()
    );
    window.key(Key::Escape);
    assert!(window.shows("Reset"));
}

#[test]
fn looking_at_a_number_leaves_it_alone() {
    let mut scenario = small();
    scenario.set("target.barrier", "7.123456").expect("a number in range");
    let mut window = Window::of(scenario.clone(), vec2(1280.0, 900.0), Options::default());
    window
        .0
        .get_by_role_and_label(Role::SpinButton, "Barrier value")
        .click();
    window.0.run_steps(3);
    window.key(Key::Tab);
    window.key(Key::Tab);
    assert_eq!(*window.app().scenario(), scenario);
    window.type_into("Barrier value", "high");
    let says = |w: &Window, text: &str| w.0.query_all_by_label_contains(text).next().is_some();
    assert!(says(
        &window,
        "“high” is not a number: expected one from 0.1 kT to 20 kT"
    ));
    assert_eq!(*window.app().scenario(), scenario);
    window.type_into("Barrier value", "1e9");
    assert!(says(&window, "1e9 is not possible, 20 kT was taken"));
    assert!(says(&window, "barrier 20.0 kT"));
}

#[test]
fn the_title_says_what_is_on_show() {
    let mut window = open();
    let title = small().title;
    window
        .0
        .get_by_role_and_label(Role::Slider, "Barrier")
        .set_value_accesskit(3.0);
    window.0.run_steps(3);
    assert!(window.shows("changed"));
    window.0.get_by_role_and_label(Role::ComboBox, "Landscape").click();
    window.0.run_steps(3);
    window.0.get_all_by_label("Ring").last().expect("an entry").click();
    window.0.run_steps(4);
    assert_eq!(window.app().scenario().title, "Ring");
    assert!(window.app().scenario().description.contains(&title));
    assert_eq!(window.report().snapshot.scenario.target.name(), "Ring");
}

#[test]
fn all_of_the_description_can_be_read() {
    let mut window = open();
    let height = |w: &Window| w.0.get_by_label("Picture of panel 1").rect().height();
    let before = height(&window);
    window.press("More about the scenario");
    assert!(height(&window) < before);
    window.press("Less about the scenario");
    assert_eq!(height(&window), before);
}

#[test]
fn four_panels_and_any_size() {
    let mut scenario = small();
    let extra = scenario.panels[2].clone();
    scenario.panels.push(extra);
    for size in [
        vec2(300.0, 200.0),
        vec2(900.0, 600.0),
        vec2(1920.0, 1080.0),
        vec2(700.0, 1600.0),
        vec2(40.0, 30.0),
    ] {
        for theme in [Theme::Light, Theme::Dark] {
            let options = Options {
                theme,
                ..Options::default()
            };
            let mut window = Window::of(scenario.clone(), size, options);
            window.key(Key::Space);
            window.key(Key::H);
            assert!(window.steps() > 0);
        }
    }
}

#[test]
fn more_particles_than_can_be_drawn_are_said_so() {
    let mut scenario = small();
    scenario.particles = 12_000;
    scenario.panels.truncate(1);
    let window = Window::of(scenario, vec2(1000.0, 700.0), Options::default());
    let report = window.report();
    assert!(report.snapshot.panels[0].density.is_some());
    assert!(report.snapshot.panels[0].dots.len() < 12_000);
}

#[test]
fn the_wheel_zooms_all_panels_and_z_fits() {
    let mut window = open();
    let place = window.0.get_by_label("Picture of panel 1").rect().center();
    window.0.hover_at(place);
    window.0.event(Event::MouseWheel {
        unit: eframe::egui::MouseWheelUnit::Line,
        delta: vec2(0.0, 3.0),
        phase: eframe::egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: eframe::egui::MouseWheelSource::Wheel,
    });
    window.0.run_steps(10);
    assert!(window.app().camera().is_some());
    window.key(Key::Z);
    assert!(window.app().camera().is_none());
}

#[test]
fn every_digit_of_a_long_seed_is_shown_and_kept() {
    let mut scenario = small();
    scenario.seed = u64::MAX - 1;
    let mut window = Window::of(scenario, vec2(1280.0, 1600.0), Options::default());
    let field = window.0.get_by_role_and_label(Role::SpinButton, "Seed");
    assert_eq!(field.accesskit_node().value().as_deref(), Some("18446744073709551614"));
    field.focus();
    window.0.run_steps(3);
    window.key(Key::Tab);
    window.0.run_steps(3);
    assert_eq!(window.app().scenario().seed, u64::MAX - 1);
}

/// Chooses what a plot shows.
fn choose(window: &mut Window, plot: &str, choice: &str) {
    window.0.get_by_role_and_label(Role::ComboBox, plot).click();
    window.0.run_steps(4);
    window.press(choice);
    window.0.run_steps(2);
}

#[test]
fn every_choice_of_every_plot_can_be_chosen() {
    let mut window = open();
    window.key(Key::Period);
    // In a narrow plot the short name is shown.
    let choices = [
        ("Mass in the left well", "Mass, left"),
        ("Error of the mass, right well", "Mass error, right"),
        ("Mean of x", "Mean of x"),
        ("Mean of y", "Mean of y"),
        ("Distance from equilibrium, KL(ρ|π)", "KL(ρ|π)"),
        ("Wasserstein-1 of the marginals", "Wasserstein-1"),
        ("Kernel distance, MMD(ρ, π)", "MMD(ρ, π)"),
        ("Effective sample size / N", "ESS / N"),
        ("Unreachable mass", "Unreachable mass"),
        ("Dissipation of Langevin", "Dissipation, Langevin"),
        ("Mass ledger of Langevin", "Ledger, Langevin"),
    ];
    let plots = [
        "Plotted number",
        "Plotted number, second plot",
        "Plotted number, third plot",
    ];
    for (k, (choice, short)) in choices.into_iter().enumerate() {
        let plot = plots[k % 3];
        choose(&mut window, plot, choice);
        let shown = window
            .0
            .get_by_role_and_label(Role::ComboBox, plot)
            .accesskit_node()
            .value();
        let shown = shown.unwrap_or_default();
        assert!(shown == choice || shown == short, "{plot}: {shown} instead of {choice}");
    }
}
