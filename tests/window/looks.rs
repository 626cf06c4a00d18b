//! What is drawn: nothing hides what it belongs to, nothing is cut off, and what is to come looks so.

use eframe::egui::{Key, Rect, Shape, Vec2, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::{Options, Theme};
use wfr_lab::engine::Control;
use wfr_lab::scenario::{Scenario, presets};

use crate::opened::{Window, small};

/// A text on the screen.
#[derive(Clone, Debug)]
struct Written {
    text: String,
    rect: Rect,
    /// What of the screen it may cover.
    clip: Rect,
    elided: bool,
}

fn collect(shape: &Shape, clip: Rect, into: &mut Vec<Written>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, into)),
        Shape::Text(text) => into.push(Written {
            text: text.galley.text().to_owned(),
            rect: text.visual_bounding_rect(),
            clip,
            elided: text.galley.elided,
        }),
        _ => {}
    }
}

impl Window {
    fn written(&self) -> Vec<Written> {
        let mut all = Vec::new();
        for clipped in &self.0.output().shapes {
            collect(&clipped.shape, clipped.clip_rect, &mut all);
        }
        all
    }

    fn picture(&self, panel: usize) -> Rect {
        let name = format!("Picture of panel {}", panel + 1);
        self.0.get_by_label(&name).rect()
    }

    fn drive_on(&mut self, control: Control) {
        self.app_mut().drive().send(control);
        self.0.run_steps(3);
    }
}

/// A run of more particles than are drawn one by one.
fn crowded() -> Scenario {
    let triple = presets().iter().find(|preset| preset.name == "triple-well");
    let mut scenario = triple.expect("it is there").scenario();
    scenario.particles = 10_500;
    scenario
}

fn four() -> Scenario {
    let mut scenario = small();
    scenario.particles = 10_000;
    let twin = scenario.panels[2].clone();
    scenario.panels.push(twin);
    scenario.panels[3].name = "Births and deaths".to_owned();
    scenario
}

const SIZES: [Vec2; 2] = [vec2(1280.0, 720.0), vec2(1920.0, 1080.0)];

#[test]
fn labels_of_isolines_stand_clear_of_plates_and_of_each_other() {
    for (size, theme) in SIZES.into_iter().zip([Theme::Light, Theme::Dark]) {
        let options = Options {
            theme,
            ..Options::default()
        };
        let mut window = Window::of(crowded(), size, options);
        window.drive_on(Control::Steps(5));
        let written = window.written();
        for panel in 0..3 {
            let picture = window.picture(panel);
            let inside: Vec<&Written> = written.iter().filter(|w| picture.contains_rect(w.rect)).collect();
            let labels: Vec<&&Written> = inside.iter().filter(|w| w.text.ends_with(" kT")).collect();
            assert!(inside.iter().any(|w| w.text.starts_with("density of all")));
            assert_eq!(
                inside.iter().filter(|w| w.text.contains("exact")).count(),
                3,
                "a mass for each well"
            );
            assert!(labels.len() >= 3, "panel {panel} at {size}: {} labels", labels.len());
            for label in labels {
                for other in &inside {
                    let apart = std::ptr::eq(*label, *other) || !label.rect.expand(1.0).intersects(other.rect);
                    assert!(apart, "panel {panel} at {size}: {label:?} and {other:?}");
                }
            }
        }
    }
}

#[test]
fn readings_of_the_probe_hide_no_figures_wherever_it_is() {
    for scenario in [crowded(), four()] {
        let mut window = Window::of(scenario, SIZES[0], Options::default());
        window.drive_on(Control::Steps(5));
        window.key(Key::I);
        let panels = window.report().snapshot.panels.len();
        for k in 0..25 {
            let first = window.picture(0);
            let (across, down) = (0.1 + 0.2 * (k % 5) as f32, 0.1 + 0.2 * (k / 5) as f32);
            let at = pos2(
                first.left() + across * first.width(),
                first.top() + down * first.height(),
            );
            window.0.hover_at(at);
            window.0.run_steps(3);
            let written = window.written();
            for panel in 0..panels {
                let picture = window.picture(panel);
                let cross = picture.min + (at - first.min);
                let inside = || written.iter().filter(|w| picture.intersects(w.rect));
                let rows: Vec<&Written> = inside()
                    .filter(|w| ["slope", "reaction", "log ρ/π", "kT/length"].contains(&w.text.as_str()))
                    .collect();
                assert!(rows.len() >= 3, "panel {panel}, {k}: {rows:?}");
                for row in rows {
                    assert!(
                        picture.contains_rect(row.rect),
                        "panel {panel}, {k}: {row:?} is cut off"
                    );
                    assert!(!row.rect.contains(cross), "panel {panel}, {k}: {row:?} hides the cross");
                    let figures = inside().filter(|w| w.text.ends_with(" %") || w.text.contains("drawn"));
                    for figure in figures {
                        assert!(
                            !figure.rect.intersects(row.rect),
                            "panel {panel}, {k}: {figure:?} under {row:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_table_shows_every_flow_in_full() {
    for size in SIZES {
        let mut window = Window::of(four(), size, Options::default());
        window.drive_on(Control::Steps(5));
        let written = window.written();
        let label = written
            .iter()
            .filter(|w| w.text == "ESS")
            .max_by(|a, b| a.rect.left().total_cmp(&b.rect.left()));
        let label = label.expect("a row of the table").rect;
        let figures: Vec<&Written> = written
            .iter()
            .filter(|w| (w.rect.center().y - label.center().y).abs() < 4.0 && w.rect.left() > label.right())
            .collect();
        assert_eq!(figures.len(), 4, "{size}: {figures:?}");
        for figure in figures {
            assert!(
                figure.clip.contains_rect(figure.rect) && !figure.elided,
                "{size}: {figure:?}"
            );
            assert!(figure.rect.right() <= size.x, "{size}: {figure:?}");
        }
    }
}

#[test]
fn what_is_to_come_is_told_from_what_has_been() {
    let mut window = Window::of(small(), SIZES[0], Options::default());
    let lines = |window: &Window| window.written().iter().filter(|w| w.text.trim() == "now").count();
    window.drive_on(Control::Steps(100));
    assert_eq!(lines(&window), 0, "at the live end");
    window.drive_on(Control::Seek(40));
    assert_eq!(lines(&window), 3, "one in each plot");
    // Another course has no future yet.
    window.key(Key::Num3);
    window.0.run_steps(3);
    assert_eq!((window.report().strip.last.step, lines(&window)), (40, 0));
    window.drive_on(Control::Undo);
    assert_eq!(window.report().strip.last.step, 100);
    assert_eq!(lines(&window), 3, "the first course has its own again");
}

#[test]
fn a_particle_is_followed_by_the_tool_that_follows_and_no_other() {
    let mut window = Window::of(small(), SIZES[0], Options::default());
    window.drive_on(Control::Steps(5));
    let picture = window.picture(0);
    // The left well is full of particles.
    let begins = |window: &Window| window.written().iter().any(|w| w.text.starts_with("particle "));
    let places = (0..40).map(|k| picture.left_center() + vec2(5.0 * k as f32, 0.0));
    let found = places.into_iter().any(|at| {
        window.0.hover_at(at);
        window.0.run_steps(2);
        begins(&window)
    });
    assert!(found);
    window.key(Key::I);
    window.0.run_steps(2);
    assert!(!begins(&window), "the probe has its own plate there");
}
