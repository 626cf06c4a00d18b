//! Strips: the picture of the blackboard, by its key, its list and its words; and what stands on it.

use eframe::egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Rect, Shape, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::{Options, Theme};
use wfr_lab::engine::Control;
use wfr_lab::observe::Axis;
use wfr_lab::scenario::{Scenario, presets};

use crate::opened::{Window, small};

const SIZES: [Vec2; 2] = [vec2(1280.0, 720.0), vec2(1920.0, 1080.0)];

/// One Gaussian on its way to another: there is much to do, by both means.
fn gaussians() -> Scenario {
    let text = r#"(version: 1, title: "Gaussians", seed: 4, particles: 3000, dt: 0.01, view: ((-4.5, 4), (-3.2, 3.2)), scouts: 0,
        target: Mixture(components: [(mean: (0.8, 0), covariance: (0.6, 0, 1))]),
        start: Gaussian(mean: (-1, 0), covariance: (1.2, 0, 1)),
        panels: [(name: "Langevin", alpha: 1, beta: 0), (name: "Fisher–Rao", alpha: 0, beta: 1), (name: "WFR", alpha: 1, beta: 1)])"#;
    Scenario::from_ron(text, "test").expect("it is a scenario")
}

fn preset(name: &str) -> Scenario {
    let found = presets().iter().find(|preset| preset.name == name);
    let mut scenario = found.expect("it is there").scenario();
    scenario.particles = 400;
    scenario
}

fn flatten<'a>(shape: &'a Shape, into: &mut Vec<&'a Shape>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| flatten(shape, into)),
        other => into.push(other),
    }
}

impl Window {
    fn drawn_in(&self, rect: Rect) -> Vec<&Shape> {
        let mut all = Vec::new();
        for clipped in &self.0.output().shapes {
            // What a picture draws is cut off at its edge, or at a part of it.
            if rect.contains_rect(clipped.clip_rect) {
                flatten(&clipped.shape, &mut all);
            }
        }
        all
    }

    fn strip_of(&self, panel: usize) -> Rect {
        let name = format!("Picture of panel {}", panel + 1);
        self.0.get_by_label(&name).rect()
    }

    fn after(&mut self, steps: u64) {
        self.app_mut().drive().send(Control::Steps(steps));
        self.0.run_steps(3);
    }
}

/// Shafts of arrows beneath the key: how many are horizontal, and how many vertical.
fn arrows(window: &Window, panel: usize) -> [usize; 2] {
    let picture = window.strip_of(panel);
    let mut counts = [0; 2];
    for shape in window.drawn_in(picture) {
        let Shape::LineSegment { points: [a, b], stroke } = shape else {
            continue;
        };
        if a.y.min(b.y) > picture.top() + 46.0 && (stroke.width - 2.8).abs() < 0.01 {
            let along = *b - *a;
            assert!(along.x == 0.0 || along.y == 0.0, "{along}");
            counts[usize::from(along.x == 0.0)] += 1;
        }
    }
    counts
}

#[test]
fn transport_is_horizontal_and_reaction_vertical() {
    let mut window = Window::of(gaussians(), SIZES[0], Options::default());
    assert!(
        window.report().snapshot.panels.iter().all(|p| p.profile.is_none()),
        "nobody asked"
    );
    window.key(Key::T);
    window.after(15);
    let [langevin, fisher_rao, wfr] = [0, 1, 2].map(|panel| arrows(&window, panel));
    assert!(langevin[0] >= 3 && langevin[1] == 0);
    assert!(fisher_rao[0] == 0 && fisher_rao[1] >= 3);
    assert!(wfr[0] >= 2 && wfr[1] >= 2);
    assert!(window.says("Strip of panel 1 along x, transport only: every arrow is horizontal"));
    assert!(window.says("Strip of panel 2 along x, reaction only: every arrow is vertical"));
    assert!(window.says("Strip of panel 3 along x, transport is horizontal, reaction vertical"));
    // Along y the start is the target: nothing moves, and noise does not count as motion.
    window.key(Key::T);
    window.0.run_steps(3);
    let along_y = [0, 1, 2].map(|panel| arrows(&window, panel));
    assert!(along_y.iter().flatten().sum::<usize>() <= 6, "{along_y:?}");
}

#[test]
fn the_key_goes_from_the_plane_to_both_strips_and_back() {
    let mut window = Window::of(small(), SIZES[0], Options::default());
    let axis = |window: &Window| {
        let profile = window.report().snapshot.panels[0].profile.clone();
        profile.map(|profile| profile.target.axis)
    };
    for expected in [Some(Axis::X), Some(Axis::Y), None] {
        window.key(Key::T);
        window.0.run_steps(2);
        assert_eq!(axis(&window), expected);
    }
    window.choose("Picture", "strip along y");
    window.0.run_steps(2);
    assert_eq!(axis(&window), Some(Axis::Y));
    assert!(window.says("Strip of panel 1 along y"));
    window.choose("Picture", "plane");
    window.0.run_steps(2);
    assert_eq!(axis(&window), None);
    assert!(!window.says("Strip of panel"));
}

#[test]
fn zoom_and_drag_happen_along_the_axis() {
    let mut window = Window::of(small(), SIZES[0], Options::default());
    window.key(Key::T);
    let picture = window.strip_of(0);
    let at = picture.center();
    window.0.hover_at(at);
    window.0.run_steps(2);
    window.0.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, 120.0),
        modifiers: Modifiers::NONE,
        phase: eframe::egui::TouchPhase::Move,
        source: MouseWheelSource::Wheel,
    });
    window.0.run_steps(30);
    let zoomed = window.app().camera().expect("zoomed");
    assert!(zoomed.scale > f64::from(picture.width()) / window.app().scenario().view().width());
    let press = |window: &mut Window, pos, pressed| {
        window.0.event(Event::PointerMoved(pos));
        window.0.event(Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.0.run_steps(1);
    };
    press(&mut window, at, true);
    for k in 1..=6 {
        window.0.event(Event::PointerMoved(at + vec2(10.0, 7.0) * k as f32));
        window.0.run_steps(1);
    }
    press(&mut window, at + vec2(60.0, 42.0), false);
    window.0.run_steps(2);
    let dragged = window.app().camera().expect("dragged");
    assert_eq!(dragged.center.y.to_bits(), zoomed.center.y.to_bits());
    let by = (zoomed.center.x - dragged.center.x) * zoomed.scale;
    assert!((by - 60.0).abs() < 1.0, "{by}");
    // The plane is fitted anew.
    window.key(Key::T);
    window.key(Key::T);
    window.0.run_steps(2);
    assert_eq!(window.app().camera(), None);
}

#[test]
fn tools_of_the_plane_say_so_and_the_probe_reads_all_panels() {
    let mut window = Window::of(small(), SIZES[0], Options::default());
    window.key(Key::T);
    window.key(Key::B);
    let at = window.strip_of(0).center();
    for pressed in [true, false] {
        window.0.event(Event::PointerMoved(at));
        window.0.event(Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.0.run_steps(1);
    }
    window.0.run_steps(3);
    assert!(window.says("Brush and pencil need the plane"));
    assert_eq!(window.report().snapshot.panels[0].particles, 300, "nobody was put in");
    window.key(Key::I);
    window.0.hover_at(window.strip_of(1).center());
    window.0.run_steps(4);
    for panel in 0..3 {
        let read = |shape: &&Shape| match shape {
            Shape::Text(text) => text.galley.text().starts_with("x = "),
            _ => false,
        };
        let picture = window.strip_of(panel);
        assert_eq!(
            window.drawn_in(picture).iter().filter(|s| read(s)).count(),
            1,
            "panel {panel}"
        );
    }
}

#[test]
fn a_landscape_that_is_no_sum_says_so() {
    let mut window = Window::of(preset("ring"), SIZES[0], Options::default());
    window.key(Key::T);
    window.0.run_steps(2);
    assert!(window.says("Marginal along x: this landscape is not a sum, so the strip is not a flow of its own."));
    let mut window = Window::of(preset("triple-well"), SIZES[0], Options::default());
    window.key(Key::T);
    window.0.run_steps(2);
    assert!(window.says("Strip of panel 1 along x") && !window.says("is not a sum"));
}

#[test]
fn nothing_on_a_strip_hides_anything_or_is_cut_off() {
    for (size, theme) in SIZES.into_iter().zip([Theme::Light, Theme::Dark]) {
        for scenario in [small(), gaussians(), preset("ring"), preset("well-grid")] {
            let options = Options {
                theme,
                ..Options::default()
            };
            let title = scenario.title.clone();
            let mut window = Window::of(scenario, size, options);
            window.key(Key::T);
            window.after(10);
            for errors in [false, true] {
                if errors {
                    window.tick("Layer errors");
                    window.0.run_steps(2);
                }
                for panel in 0..window.report().snapshot.panels.len() {
                    let picture = window.strip_of(panel);
                    let texts: Vec<(String, Rect)> = window
                        .drawn_in(picture)
                        .iter()
                        .filter_map(|shape| match shape {
                            Shape::Text(text) => Some((text.galley.text().to_owned(), text.visual_bounding_rect())),
                            _ => None,
                        })
                        .collect();
                    assert!(texts.len() >= 5, "{title}, panel {panel}: {texts:?}");
                    for (k, (text, rect)) in texts.iter().enumerate() {
                        assert!(
                            picture.contains_rect(*rect),
                            "{title}, panel {panel} at {size}: {text:?} is cut off"
                        );
                        for (other, place) in &texts[..k] {
                            // Lines of one text touch.
                            assert!(
                                !rect.shrink(1.5).intersects(*place),
                                "{title}, panel {panel} at {size}: {text:?} over {other:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn all_panels_have_the_same_axes() {
    let mut window = Window::of(gaussians(), SIZES[0], Options::default());
    window.key(Key::T);
    window.after(10);
    // Levels of the potential are hairlines across; the foot of the density stands above them.
    let levels = |panel: usize| -> Vec<i32> {
        let picture = window.strip_of(panel);
        let mut levels: Vec<i32> = window
            .drawn_in(picture)
            .iter()
            .filter_map(|shape| match shape {
                Shape::LineSegment { points: [a, b], .. } if (b.x - a.x - picture.width()).abs() < 1.0 => {
                    Some((10.0 * (a.y - picture.top())).round() as i32)
                }
                _ => None,
            })
            .collect();
        levels.sort_unstable();
        levels
    };
    assert!(levels(0).len() >= 2);
    assert_eq!(levels(0), levels(1));
    assert_eq!(levels(0), levels(2));
}

#[test]
fn errors_are_a_layer_of_strips_alone() {
    let mut window = Window::of(gaussians(), SIZES[0], Options::default());
    assert!(!window.shows("Layer errors"), "the plane has no bins");
    window.key(Key::T);
    window.after(40);
    assert!(window.shows("Layer errors") && !window.says("by chance"));
    let bars = |window: &Window| {
        let tall = |shape: &&&Shape| matches!(shape, Shape::Rect(rect) if rect.rect.width() < 30.0 && rect.rect.height() > 1.0);
        let drawn = window.drawn_in(window.strip_of(0));
        drawn.iter().filter(tall).count()
    };
    let before = bars(&window);
    window.tick("Layer errors");
    window.0.run_steps(2);
    assert!(window.says("L1 ") && window.says("by chance 0.0"));
    assert!(bars(&window) > before + 20, "{} and {before}", bars(&window));
    let excess = &window.report().snapshot.panels[0]
        .profile
        .as_ref()
        .expect("a strip")
        .excess;
    assert!(excess.l1 > 5.0 * excess.by_chance, "it is on its way: {excess:?}");
}
