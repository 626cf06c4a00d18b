//! Brush, pencil and probe, by pointer and by keys.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::Options;
use wfr_lab::engine::Status;
use wfr_lab::scenario::Start;
use wfr_lab::sim::{Command, Stroke};
use wfr_lab::snapshot::PanelSnapshot;

use crate::opened::{Window, small};

fn open() -> Window {
    Window::of(small(), vec2(1280.0, 900.0), Options::default())
}

fn picture(window: &Window, panel: usize) -> Rect {
    window.0.get_by_label(&format!("Picture of panel {panel}")).rect()
}

fn button(window: &mut Window, pos: Pos2, button: PointerButton, pressed: bool) {
    window.0.event(Event::PointerMoved(pos));
    window.0.event(Event::PointerButton {
        pos,
        button,
        pressed,
        modifiers: Modifiers::NONE,
    });
    window.0.run_steps(1);
}

/// Presses, moves in a few steps, lets go.
fn drag(window: &mut Window, from: Pos2, to: Pos2, with: PointerButton) {
    button(window, from, with, true);
    for k in 1..=8 {
        window
            .0
            .event(Event::PointerMoved(from + (k as f32 / 8.0) * (to - from)));
        window.0.run_steps(1);
    }
    button(window, to, with, false);
    window.0.run_steps(3);
}

fn click(window: &mut Window, at: Pos2, with: PointerButton) {
    // Within the time that makes it a click.
    button(window, at, with, true);
    button(window, at, with, false);
    window.0.run_steps(4);
}

fn panels(window: &Window) -> Vec<PanelSnapshot> {
    window.report().snapshot.panels.clone()
}

fn tool(window: &mut Window, name: &str) {
    window.0.get_by_role_and_label(Role::RadioButton, name).click();
    window.0.run_steps(4);
}

#[test]
fn the_brush_puts_particles_into_all_panels_and_takes_them_out() {
    let mut window = open();
    tool(&mut window, "Brush");
    window.slide("Particles per dab", 40.0);
    let middle = picture(&window, 2).center();
    click(&mut window, middle, PointerButton::Primary);
    for panel in panels(&window) {
        assert_eq!((panel.particles, panel.alive), (340, 340));
        // All in the middle of the picture.
        let new = &panel.dots[300..];
        assert!(
            new.iter().all(|dot| dot.x.abs() < 0.5 && dot.y.abs() < 0.5),
            "{:?}",
            new[0]
        );
    }
    assert_eq!(*window.status(), Status::Paused, "painting works while paused");
    // The next step uses them.
    window.press("Step");
    assert_eq!(panels(&window)[0].particles, 340);
    assert!(window.says("N 340"));
    click(&mut window, middle, PointerButton::Secondary);
    for panel in panels(&window) {
        assert!(panel.particles == 340 && panel.alive < 320, "{} left", panel.alive);
        assert_eq!(panel.now.lost, 0);
    }
    // The other way round.
    tool(&mut window, "Brush takes out");
    click(&mut window, middle, PointerButton::Secondary);
    assert_eq!(panels(&window)[0].particles, 380);
}

#[test]
fn a_drag_is_a_dab_every_third_of_a_radius() {
    let mut window = open();
    window.key(Key::B);
    window.slide("Particles per dab", 1.0);
    let rect = picture(&window, 1);
    let radius = {
        let view = window.app().scenario().view();
        0.05 * view.width() as f32
    };
    let scale = {
        // Points per length, from the size of the view in the picture.
        let view = window.app().scenario().view();
        (rect.width() / view.width() as f32).min(rect.height() / view.height() as f32)
    };
    let from = rect.center() - vec2(60.0, 0.0);
    drag(&mut window, from, from + vec2(120.0, 0.0), PointerButton::Primary);
    let expected = 1 + (120.0 / (scale * radius / 3.0)) as usize;
    let added = panels(&window)[0].particles - 300;
    assert!(added.abs_diff(expected) <= 1, "{added} and not {expected}");
}

#[test]
fn the_middle_button_moves_the_view_with_every_tool_and_a_left_drag_does_not() {
    for key in [Key::B, Key::G] {
        let mut window = open();
        window.key(key);
        let at = picture(&window, 1).center();
        drag(&mut window, at, at + vec2(20.0, 10.0), PointerButton::Primary);
        assert_eq!(window.app().camera(), None);
        drag(&mut window, at, at + vec2(50.0, 10.0), PointerButton::Middle);
        assert!(window.app().camera().is_some(), "{key:?}");
    }
}

#[test]
fn ctrl_and_wheel_change_the_radius_and_not_the_view() {
    let mut window = open();
    window.key(Key::B);
    let radius = |window: &Window| {
        let field = window.0.get_by_role_and_label(Role::Slider, "Radius");
        field.accesskit_node().numeric_value().unwrap()
    };
    let before = radius(&window);
    let wheel = |window: &mut Window, modifiers: Modifiers| {
        let at = picture(window, 1).center();
        window.0.event(Event::PointerMoved(at));
        window.0.event_modifiers(
            Event::MouseWheel {
                source: eframe::egui::MouseWheelSource::Wheel,
                unit: MouseWheelUnit::Line,
                delta: vec2(0.0, 3.0),
                phase: eframe::egui::TouchPhase::Move,
                modifiers,
            },
            modifiers,
        );
        window.0.run_steps(12);
    };
    wheel(&mut window, Modifiers::COMMAND);
    assert!(radius(&window) > 1.05 * before, "{} and {before}", radius(&window));
    assert_eq!(window.app().camera(), None);
    wheel(&mut window, Modifiers::NONE);
    assert!(window.app().camera().is_some(), "alone it zooms");
}

#[test]
fn the_brush_is_for_the_keyboard_too() {
    let mut window = open();
    window.key(Key::B);
    window.0.get_by_label("Picture of panel 1").focus();
    window.0.run_steps(3);
    window.key(Key::Enter);
    let first = panels(&window)[0].clone();
    assert_eq!(first.particles, 350);
    window.key(Key::ArrowRight);
    window.key_with(Modifiers::SHIFT, Key::ArrowRight);
    window.key(Key::Plus);
    window.key(Key::Enter);
    let second = panels(&window)[0].clone();
    assert_eq!(second.particles, 400);
    let mean = |dots: &[wfr_lab::snapshot::Dot]| dots.iter().map(|d| d.x).sum::<f32>() / dots.len() as f32;
    let width = window.app().scenario().view().width() as f32;
    let moved = mean(&second.dots[350..]) - mean(&second.dots[300..350]);
    // Eleven hundredths of the view, but for the mean of 50 in a disc of a twentieth.
    assert!((moved / width - 0.11).abs() < 0.02, "{moved}");
    window.key(Key::Delete);
    assert!(panels(&window)[0].alive < 380);
    // Letters do what they always do, and Esc leaves: the crosshair, then the tool.
    window.key(Key::Escape);
    window.key(Key::Enter);
    assert_eq!(panels(&window)[0].particles, 400);
    assert!(window.shows("Particles per dab"), "the tool is still in hand");
    window.key(Key::Escape);
    assert!(!window.shows("Particles per dab"));
}

#[test]
fn what_the_brush_cannot_do_is_said() {
    let mut window = open();
    window.key(Key::B);
    window.slide("Radius", 1e9);
    let at = picture(&window, 1).center();
    click(&mut window, at, PointerButton::Secondary);
    assert!(window.says("no particle would be left"));
    assert_eq!(panels(&window)[0].alive, 300);
    // Dismissed it stays away, until it happens again.
    window.press("Dismiss");
    window.0.run_steps(3);
    assert!(!window.says("no particle would be left"));
    click(&mut window, at, PointerButton::Secondary);
    assert!(window.says("no particle would be left"));
}

#[test]
fn a_start_drawn_before_the_run_is_there_at_once() {
    let mut window = open();
    window.key(Key::G);
    let at = picture(&window, 1).center();
    drag(&mut window, at, at + vec2(40.0, 0.0), PointerButton::Primary);
    let Start::Painted(discs) = window.app().scenario().start.clone() else {
        panic!("a drawing is a start");
    };
    assert!(discs.len() > 4);
    assert_eq!(window.report().snapshot.scenario.start, Start::Painted(discs.clone()));
    // But for two in a hundred, which are scouts.
    let seen = panels(&window);
    let outside = seen[0].dots.iter().filter(|dot| {
        let near = |d: &wfr_lab::scenario::Disc| {
            let (dx, dy) = (f64::from(dot.x) - d.center.x, f64::from(dot.y) - d.center.y);
            dx.hypot(dy) <= 1.001 * d.radius
        };
        !discs.iter().any(near)
    });
    assert!(outside.count() <= 6);
    // Rubbed out again, the old start is back.
    drag(&mut window, at, at + vec2(40.0, 0.0), PointerButton::Secondary);
    assert_eq!(window.app().scenario().start, small().start);
}

#[test]
fn a_start_drawn_during_a_run_waits_and_says_so() {
    let mut window = open();
    window.press("Step");
    window.key(Key::G);
    assert!(!window.shows("Start from the drawing"));
    let at = picture(&window, 2).center();
    drag(&mut window, at, at + vec2(30.0, 20.0), PointerButton::Primary);
    assert_eq!(window.steps(), 1, "the run is not lost");
    assert_eq!(window.report().snapshot.scenario.start, small().start);
    window.press("Start from the drawing");
    assert_eq!(window.steps(), 0);
    assert!(matches!(window.report().snapshot.scenario.start, Start::Painted(_)));
    window.press("Clear the drawing");
    assert_eq!(window.app().scenario().start, small().start);
}

#[test]
fn the_probe_reads_all_panels_at_the_pointer_and_can_be_pinned() {
    let mut window = open();
    assert!(panels(&window).iter().all(|panel| panel.probed.is_none()));
    window.key(Key::I);
    let at = picture(&window, 1).center() - vec2(50.0, 0.0);
    window.0.event(Event::PointerMoved(at));
    window.0.run_steps(4);
    let read: Vec<_> = panels(&window).iter().map(|p| **p.probed.as_ref().unwrap()).collect();
    assert!(
        read.windows(2)
            .all(|w| w[0].at == w[1].at && w[0].potential == w[1].potential)
    );
    let v = window.app().scenario().landscape().potential(read[0].at);
    assert_eq!(read[0].potential, v);
    for panel in 1..=3 {
        assert!(window.says(&format!("Probe in panel {panel} at (")), "panel {panel}");
    }
    // Pinned it stays.
    click(&mut window, at, PointerButton::Primary);
    assert!(window.says("pinned at ("));
    let pinned = panels(&window)[0].probed.as_ref().unwrap().at;
    window.0.event(Event::PointerMoved(at + vec2(30.0, 30.0)));
    window.0.run_steps(4);
    assert_eq!(panels(&window)[0].probed.as_ref().unwrap().at, pinned);
    window.press("Unpin the probe");
    window.0.event(Event::PointerMoved(at + vec2(30.0, 31.0)));
    window.0.run_steps(4);
    assert_ne!(panels(&window)[0].probed.as_ref().unwrap().at, pinned);
    // Another tool, and nobody probes.
    window.key(Key::S);
    window.0.run_steps(3);
    assert!(panels(&window).iter().all(|panel| panel.probed.is_none()));
}

#[test]
fn far_from_all_particles_the_probe_says_so() {
    let mut window = open();
    window.key(Key::I);
    let corner = picture(&window, 1).right_bottom() - vec2(4.0, 4.0);
    window.0.event(Event::PointerMoved(corner));
    window.0.run_steps(4);
    assert!(window.says("no particle near"));
}

#[test]
fn a_brushed_run_goes_on_as_a_journal_says() {
    let mut window = open();
    window.key(Key::B);
    let at = picture(&window, 1).center();
    click(&mut window, at, PointerButton::Primary);
    window.key(Key::Period);
    let expected = {
        let mut run = wfr_lab::sim::Simulation::new(small());
        let view = small().view();
        let center = view.center();
        let dab = wfr_lab::sim::Dab {
            center,
            radius: 0.05 * view.width(),
            stroke: Stroke::Add(50),
        };
        run.apply(Command::Brush(dab));
        run.step().unwrap();
        run.ensemble(0).positions()[0].to_vec()
    };
    let dots = panels(&window)[0].dots.clone();
    // The pointer is on a pixel, the centre of the view may be between two.
    for (dot, x) in dots.iter().zip(&expected) {
        assert!((f64::from(dot.x) - x).abs() < 0.02, "{dot:?} {x}");
    }
}
