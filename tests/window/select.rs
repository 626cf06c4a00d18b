//! The tool Select: wells, components and the start by pointer and by keys; what is done is in the scenario of the run.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::Options;
use wfr_lab::flow::Flow;
use wfr_lab::landscape::{Relief, Well};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::space::Point;
use wfr_lab::target::{Mixture, Shape};

use crate::opened::{Window, small};

/// One panel with two wells laid over the double well.
fn two_wells() -> Scenario {
    let mut scenario = small();
    scenario.panels = vec![Flow::wfr()];
    scenario.relief.wells = vec![
        Well {
            depth: 3.0,
            ..Well::at(Point::new(0.5, 1.2))
        },
        Well {
            depth: 2.0,
            widths: (0.3, 0.6),
            angle: 15.0,
            ..Well::at(Point::new(-0.5, -1.5))
        },
    ];
    scenario
}

fn open(scenario: Scenario) -> Window {
    Window::of(scenario, vec2(1280.0, 1400.0), Options::default())
}

impl Window {
    /// Where the handle is whose label begins so.
    fn spot(&self, label: &str) -> Pos2 {
        let mut found = self.0.query_all_by_label_contains(label);
        let node = found.next().unwrap_or_else(|| panic!("no handle {label:?}"));
        node.rect().center()
    }

    /// The relief that the run has.
    fn relief(&self) -> Relief {
        self.report().snapshot.scenario.relief.clone()
    }

    /// Presses here, moves there in a few steps, lets go.
    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.pointer(from, None);
        self.pointer(from, Some(true));
        for k in 1..=4 {
            self.pointer(from + (to - from) * (k as f32 / 4.0), None);
        }
        self.pointer(to, Some(false));
        self.0.run_steps(3);
    }

    fn click(&mut self, at: Pos2, button: PointerButton) {
        self.pointer(at, None);
        for pressed in [true, false] {
            self.0.event(Event::PointerButton {
                pos: at,
                button,
                pressed,
                modifiers: Modifiers::NONE,
            });
            self.0.run_steps(2);
        }
        self.0.run_steps(3);
    }

    /// Points of the screen per unit of length, from two handles whose places are known.
    fn scale(&self) -> f32 {
        let [a, b] = ["Well 1 centre", "Well 2 centre"].map(|label| self.spot(label));
        (a.x - b.x).abs()
    }
}

#[test]
fn two_wells_are_dragged_while_the_run_goes_on() {
    let mut window = open(two_wells());
    let scale = window.scale();
    window.key(Key::Space);
    let before = window.steps();
    for (name, k, by) in [
        ("Well 1 centre", 0, vec2(60.0, 40.0)),
        ("Well 2 centre", 1, vec2(-30.0, -50.0)),
    ] {
        let (from, well) = (window.spot(name), window.relief().wells[k]);
        window.drag(from, from + by);
        let now = window.relief().wells[k];
        let moved = now.center - well.center;
        let wanted = Point::new(f64::from(by.x / scale), f64::from(-by.y / scale));
        assert!((moved - wanted).norm() < 1e-4, "{name}: {moved:?} for {wanted:?}");
        assert_eq!(
            Well {
                center: well.center,
                ..now
            },
            well,
            "nothing else has changed"
        );
    }
    assert!(window.steps() > before, "it ran on");
    assert!(window.app().camera().is_none(), "the view held still");
    assert!(!window.says("waits for reset"));
}

#[test]
fn handles_change_depth_width_and_turn() {
    let mut window = open(two_wells());
    let scale = f64::from(window.scale());
    let at = window.spot("Well 1 centre");
    window.click(at, PointerButton::Primary);
    // A well of depth 3 kT has its handle 24 points below its rail; 16 points more are 2 kT more.
    let depth = window.spot("Well 1 depth 3.0 kT");
    window.drag(depth, depth + vec2(0.0, 16.0));
    assert!(
        (window.relief().wells[0].depth - 5.0).abs() < 1e-4,
        "{:?}",
        window.relief().wells[0]
    );
    assert!(window.says("Well 1 depth 5.0 kT"));
    // The first axis is turned up by a quarter, to 90 points.
    let (center, end) = (window.spot("Well 1 centre"), window.spot("Well 1 first axis at"));
    assert!((end.y - center.y).abs() < 1e-3);
    window.drag(end, center + vec2(0.0, -90.0));
    let well = window.relief().wells[0];
    assert!((well.angle - 90.0).abs() < 1e-3, "{well:?}");
    assert!(
        (well.widths.0 - 90.0 / scale).abs() < 1e-4 && (well.widths.1 - 0.4).abs() < 1e-9,
        "{well:?}"
    );
}

#[test]
fn keys_do_all_that_the_pointer_does() {
    let mut window = open(two_wells());
    // Landscape, then the first well; the keyboard is there at once.
    window.key(Key::J);
    window.key(Key::J);
    assert!(window.says("Well 1 centre at (0.50, 1.20)"));
    window.key(Key::ArrowRight);
    let step = window.relief().wells[0].center.x - 0.5;
    assert!(step > 0.0, "{step}");
    window.key_with(Modifiers::SHIFT, Key::ArrowUp);
    let moved = window.relief().wells[0].center.y - 1.2;
    assert!((moved - 10.0 * step).abs() < 1e-9, "{moved} for ten times {step}");
    window.key_with(Modifiers::COMMAND, Key::ArrowLeft);
    let left = window.relief().wells[0].center.x - 0.5;
    assert!((left - 0.9 * step).abs() < 1e-9, "{left} for nine tenths of {step}");
    window.key(Key::Plus);
    assert!((window.relief().wells[0].depth - 3.5).abs() < 1e-9);
    window.key(Key::Minus);
    window.key(Key::Minus);
    assert!((window.relief().wells[0].depth - 2.5).abs() < 1e-9);
    // Tab goes on to the end of the first axis.
    window.key(Key::Tab);
    window.key(Key::ArrowRight);
    let wider = window.relief().wells[0].widths.0 - 0.4;
    assert!((wider - step).abs() < 1e-9, "{wider} for {step}");
    window.key(Key::W);
    assert_eq!(window.relief().wells.len(), 3);
    window.key(Key::ArrowUp);
    assert!(
        (window.relief().wells[2].center.y - step).abs() < 1e-9,
        "the new one has the keyboard"
    );
    window.key_with(Modifiers::SHIFT, Key::D);
    assert_eq!(window.relief().wells.len(), 4);
    assert_eq!(window.relief().wells[3].widths, window.relief().wells[2].widths);
    window.key(Key::Delete);
    assert_eq!(window.relief().wells.len(), 3);
    window.key(Key::Delete);
    assert!(window.says("Nothing is selected"));
    assert_eq!(window.relief().wells.len(), 3);
}

#[test]
fn buttons_add_duplicate_delete_and_tilt() {
    let mut scenario = small();
    scenario.panels = vec![Flow::wfr()];
    let mut window = open(scenario);
    window.press("Add a well");
    assert_eq!(
        window.relief().wells[0].center,
        Point::default(),
        "in the middle of the picture"
    );
    window.press("Duplicate well 1");
    assert_eq!(window.relief().wells.len(), 2);
    window.type_into("Well 2 depth value", "6.5");
    window.type_into("Well 2 x value", "1.25");
    window.slide("Well 2 angle", 30.0);
    let well = window.relief().wells[1];
    assert_eq!((well.depth, well.center.x, well.angle), (6.5, 1.25, 30.0));
    window.press("Delete well 2");
    assert_eq!(window.relief().wells.len(), 1);
    window.0.get_by_label("Tilt, shift").click();
    window.0.run_steps(4);
    window.slide("Tilt x", 1.5);
    window.slide("Shift y", -0.5);
    assert_eq!((window.relief().tilt.x, window.relief().shift.y), (1.5, -0.5));
    assert!(
        window.says("changed"),
        "the title says that the scenario is not as it was loaded"
    );
    window.press("Remove wells, tilt and shift");
    assert!(window.relief().is_nothing());
}

#[test]
fn a_right_click_opens_a_menu() {
    let mut window = open(two_wells());
    let scale = window.scale();
    let ground = window.spot("Well 1 centre") + vec2(-90.0, 0.0);
    window.click(ground, PointerButton::Secondary);
    window.press("Add a well here");
    let wanted = 0.5 - 90.0 / scale;
    let new = window.relief().wells[2].center;
    assert!(
        (new.x as f32 - wanted).abs() < 1e-3 && (new.y - 1.2).abs() < 1e-3,
        "{new:?}"
    );
    let second = window.spot("Well 2 centre");
    window.click(second, PointerButton::Secondary);
    window.press("Delete");
    let left: Vec<f64> = window.relief().wells.iter().map(|w| w.depth).collect();
    assert_eq!(left.len(), 2);
    assert!((left[0] - 3.0).abs() < 1e-9, "the second one is gone: {left:?}");
}

#[test]
fn components_of_a_mixture_are_dragged_and_the_view_holds_still() {
    let mut scenario = small();
    scenario.panels = vec![Flow::wfr()];
    scenario.target = Shape::Mixture(Mixture::default());
    scenario.view = None;
    let view = scenario.view();
    let mut window = open(scenario);
    let components = |window: &Window| match &window.report().snapshot.scenario.target {
        Shape::Mixture(mixture) => mixture.components().to_vec(),
        other => panic!("{other:?}"),
    };
    let before = components(&window);
    let from = window.spot("Component 3 centre");
    window.drag(from, from + vec2(40.0, -60.0));
    let after = components(&window);
    assert!(after[2].mean.x > before[2].mean.x && after[2].mean.y > before[2].mean.y + 0.2);
    assert_eq!((after[2].covariance, &after[..2]), (before[2].covariance, &before[..2]));
    assert_eq!(window.report().snapshot.scenario.view(), view);
    let there = window.spot("Component 3 centre");
    assert!(
        (there - from - vec2(40.0, -60.0)).length() < 0.1,
        "it is under the pointer"
    );
    window.key(Key::Z);
    assert_ne!(
        window.report().snapshot.scenario.view(),
        view,
        "until it is fitted again"
    );
    window.press("Add a component");
    assert_eq!(components(&window).len(), 4);
    window.key(Key::Delete);
    assert_eq!(components(&window).len(), 3);
}

#[test]
fn the_start_is_dragged_and_waits_for_a_reset() {
    let mut window = open(two_wells());
    let from = window.spot("Start centre");
    window.drag(from, from + vec2(0.0, -50.0));
    let (draft, running) = (
        window.app().scenario().start.clone(),
        window.report().snapshot.scenario.start.clone(),
    );
    assert_ne!(draft, running);
    assert!(window.says("The start applies on reset"));
    window.key(Key::R);
    assert_eq!(window.report().snapshot.scenario.start, draft);
    assert!(matches!(draft, Start::Gaussian(_)));
}

#[test]
fn empty_ground_moves_the_view_and_energies_have_handles() {
    let mut window = open(two_wells());
    let ground = window.spot("Well 1 centre") + vec2(-90.0, 0.0);
    window.drag(ground, ground + vec2(30.0, 10.0));
    assert!(window.app().camera().is_some());
    assert_eq!(window.relief(), two_wells().relief);
    window.key(Key::Z);
    window.key(Key::J);
    let barrier = window.spot("Landscape barrier 7.0 kT");
    window.drag(barrier, barrier + vec2(0.0, 16.0));
    let Shape::DoubleWell(well) = &window.report().snapshot.scenario.target else {
        panic!("another target")
    };
    assert!((well.barrier - 5.0).abs() < 1e-4, "{well:?}");
    let grip = window.spot("Landscape grip");
    window.drag(grip, grip + vec2(25.0, 0.0));
    assert!(window.relief().shift.x > 0.05 && window.relief().shift.y.abs() < 1e-4);
}

#[test]
fn in_several_panels_there_is_one_set_of_handles_for_the_keyboard() {
    let mut scenario = two_wells();
    scenario.panels = vec![Flow::langevin(), Flow::wfr()];
    let window = open(scenario);
    let named = window.0.query_all_by_label_contains("Well 1 centre").count();
    assert_eq!(named, 1);
    let node = window.0.get_by_label_contains("Well 1 centre");
    assert_eq!(node.accesskit_node().role(), Role::Button);
}

#[test]
fn what_was_done_by_hand_is_undone_by_its_name() {
    let mut window = Window::of(small(), vec2(1280.0, 2000.0), Options::default());
    window.press("Add a well");
    window.0.run_steps(8);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert!(window.says("Undone: adding a well"));
}

#[test]
fn shift_and_ctrl_together_move_a_handle_by_one_step() {
    let mut window = open(two_wells());
    window.key(Key::J);
    window.key(Key::J);
    window.key(Key::ArrowRight);
    let step = window.relief().wells[0].center.x - 0.5;
    window.key_with(Modifiers::SHIFT | Modifiers::COMMAND, Key::ArrowRight);
    let both = window.relief().wells[0].center.x - 0.5 - step;
    assert!(step > 0.0 && (both - step).abs() < 1e-9, "{both} for {step}");
}

#[test]
fn wells_that_are_added_one_after_the_other_do_not_lie_on_each_other() {
    let mut window = open(small());
    for _ in 0..3 {
        window.key(Key::W);
    }
    let wells = window.relief().wells;
    assert_eq!((wells.len(), wells[0].center), (3, Point::default()));
    for (k, a) in wells.iter().enumerate() {
        for b in &wells[..k] {
            assert!((a.center - b.center).norm() > 0.2, "{wells:?}");
        }
    }
}

#[test]
fn a_small_handle_is_taken_from_outside_where_nothing_else_is() {
    let mut scenario = two_wells();
    scenario.relief.wells[0].widths = (0.1, 0.1);
    let mut window = open(scenario);
    window.key(Key::J);
    window.key(Key::J);
    let room = |window: &Window, label: &str| {
        let mut found = window.0.query_all_by_label_contains(label);
        found.next().map(|node| node.rect()).expect("a handle")
    };
    let end = room(&window, "Well 1 first axis at");
    let middle = room(&window, "Well 1 centre");
    assert!(end.height() >= 24.0, "{end:?}");
    assert!((end.left() - middle.right()).abs() < 1e-3, "{end:?} beside {middle:?}");
    let from = end.right_center() - vec2(2.0, 0.0);
    window.drag(from, from + vec2(30.0, 0.0));
    let well = window.relief().wells[0];
    assert!(well.widths.0 > 0.15 && well.center == Point::new(0.5, 1.2), "{well:?}");
}

#[test]
fn a_quick_hand_drags_what_it_pressed_and_nothing_it_passes_over() {
    let mut window = open(two_wells());
    window.key(Key::J);
    window.key(Key::J);
    let quick = |window: &mut Window, from: Pos2, to: [Pos2; 2]| {
        let button = |pos, pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        window.pointer(from, None);
        // Pressed and already elsewhere in one frame; the last piece and the end in another.
        let half = to[0] + 0.5 * (to[1] - to[0]);
        for frame in [
            vec![button(from, true), Event::PointerMoved(to[0])],
            vec![Event::PointerMoved(half)],
            vec![Event::PointerMoved(to[1]), button(to[1], false)],
        ] {
            window.0.input_mut().events.extend(frame);
            window.0.run_steps(1);
        }
        window.0.run_steps(4);
    };
    let scale = window.scale();
    let moved = |before: Well, by: eframe::egui::Vec2| Well {
        center: before.center + Point::new(f64::from(by.x / scale), f64::from(-by.y / scale)),
        ..before
    };
    let is = |window: &Window, wanted: Well| {
        let now = window.relief().wells[0];
        assert!((now.center - wanted.center).norm() < 1e-4, "{now:?} for {wanted:?}");
        assert_eq!(
            (now.widths, now.angle, now.depth),
            (wanted.widths, wanted.angle, wanted.depth)
        );
    };
    // From the middle over an end of an axis, and far away to where nothing is.
    for name in ["Well 1 first axis at", "Well 1 second axis at", "Well 2 centre"] {
        let (from, over) = (window.spot("Well 1 centre"), window.spot(name));
        let (before, last) = (window.relief().wells[0], over + vec2(9.0, 5.0));
        quick(&mut window, from, [over, last]);
        is(&window, moved(before, last - from));
    }
    let (from, before) = (window.spot("Well 1 centre"), window.relief().wells[0]);
    quick(&mut window, from, [from + vec2(-70.0, 50.0), from + vec2(-80.0, 60.0)]);
    is(&window, moved(before, vec2(-80.0, 60.0)));
    assert!(window.app().camera().is_none(), "the view has not moved");
    // From an end over the middle; and from empty ground over the middle, where nothing is dragged.
    let (from, middle) = (window.spot("Well 1 first axis at"), window.spot("Well 1 centre"));
    let before = window.relief().wells[0];
    quick(&mut window, from, [middle, from + vec2(20.0, 0.0)]);
    let now = window.relief().wells[0];
    assert!(now.center == before.center && now.widths.0 > before.widths.0, "{now:?}");
    let middle = window.spot("Well 1 centre");
    quick(&mut window, middle + vec2(0.0, 70.0), [middle, middle + vec2(5.0, 0.0)]);
    assert_eq!(window.relief().wells[0], now);
}

/// What can be left, as far as it shows.
fn held(window: &Window) -> Vec<&'static str> {
    let slider = window.0.query_all_by_role(Role::Slider);
    let focused = slider.filter(|node| node.accesskit_node().is_focused()).count();
    let all = [
        ("the list of keys", window.shows("open a scenario or session")),
        ("the keyboard", focused > 0),
        ("the tool", window.shows("Particles per dab")),
        ("the selection", window.shows("Duplicate well 1")),
        (
            "the panel",
            window.0.query_all_by_label_contains("Picture of panel").count() == 1,
        ),
    ];
    all.into_iter().filter(|(_, is)| *is).map(|(what, _)| what).collect()
}

#[test]
fn esc_leaves_one_thing_a_press() {
    let mut window = open(Scenario {
        panels: small().panels,
        ..two_wells()
    });
    window.key(Key::M);
    window.key(Key::J);
    window.key(Key::J);
    window.key(Key::B);
    window.0.get_by_role_and_label(Role::Slider, "Radius").focus();
    window.0.run_steps(3);
    window.key(Key::F1);
    let mut left = Vec::new();
    let mut before = held(&window);
    // The list has taken the keyboard, and gives it back.
    assert_eq!(before, ["the list of keys", "the tool", "the selection", "the panel"]);
    for _ in 0..5 {
        window.key(Key::Escape);
        let now = held(&window);
        let gone: Vec<_> = before.iter().copied().filter(|what| !now.contains(what)).collect();
        left.push(gone);
        before = now;
    }
    let order = [
        "the list of keys",
        "the keyboard",
        "the tool",
        "the selection",
        "the panel",
    ];
    let expected: Vec<_> = order.iter().map(|what| vec![*what]).collect();
    assert_eq!(left, expected);
}

#[test]
fn esc_in_a_field_ends_typing_and_leaves_what_is_selected() {
    let mut window = open(two_wells());
    window.key(Key::J);
    window.key(Key::J);
    let field = window.0.get_by_role_and_label(Role::SpinButton, "Well 1 depth value");
    field.click();
    window.0.run_steps(3);
    window.0.event(Event::Text("9".to_owned()));
    window.0.run_steps(3);
    window.key(Key::Escape);
    assert!(window.shows("Duplicate well 1"), "it is still selected");
    window.key(Key::Escape);
    assert!(!window.shows("Duplicate well 1"));
    // A handle that has the keyboard is left together with what is selected.
    window.key(Key::J);
    assert!(window.says("Landscape grip"));
    window.key(Key::J);
    assert!(window.shows("Duplicate well 1"));
    window.key(Key::Escape);
    assert!(!window.shows("Duplicate well 1"));
    window.key(Key::ArrowRight);
    assert_eq!(window.relief().wells[0].center, Point::new(0.5, 1.2));
}
