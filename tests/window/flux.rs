//! Mass that teleports, weights that pulse, and the map of transport and reaction: what is drawn, and that it is drawn without a window too.

use eframe::egui::{Key, Modifiers, Rect, Shape, Vec2, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::{Figure, Options, Shot, Sight, Take, Theme};
use wfr_lab::engine::Control;
use wfr_lab::flow::{Flow, Reaction};
use wfr_lab::lecture::Layer;
use wfr_lab::scenario::Scenario;
use wfr_lab::timeline::Journal;

use crate::opened::{Window, small};

const SIZES: [Vec2; 2] = [vec2(1280.0, 720.0), vec2(1920.0, 1080.0)];

/// Langevin, whose mass stays; Fisher–Rao, whose weights change; jumps, which teleport at every step.
fn three() -> Scenario {
    let mut scenario = small();
    scenario.particles = 600;
    scenario.dt = 0.02;
    scenario.panels = vec![
        Flow::langevin(),
        Flow::fisher_rao(),
        Flow {
            reaction: Reaction::Jump,
            ..Flow::new("Jumps", 1.0, 1.0)
        },
    ];
    scenario
}

fn open(size: Vec2, theme: Theme) -> Window {
    let options = Options {
        theme,
        ..Options::default()
    };
    let mut window = Window::of(three(), size, options);
    drive(&mut window, Control::Steps(60));
    window
}

fn drive(window: &mut Window, control: Control) {
    window.app_mut().drive().send(control);
    window.0.run_steps(4);
}

fn texts(shape: &Shape, into: &mut Vec<(String, Rect)>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| texts(shape, into)),
        Shape::Text(text) => into.push((text.galley.text().to_owned(), text.visual_bounding_rect())),
        _ => {}
    }
}

fn count(shape: &Shape, of: &dyn Fn(&Shape) -> bool) -> usize {
    match shape {
        Shape::Vec(shapes) => shapes.iter().map(|shape| count(shape, of)).sum(),
        shape => usize::from(of(shape)),
    }
}

impl Window {
    fn texts_in(&self, panel: usize) -> Vec<(String, Rect)> {
        let picture = self.panel_rect(panel);
        let mut all = Vec::new();
        for clipped in &self.0.output().shapes {
            texts(&clipped.shape, &mut all);
        }
        all.retain(|(_, rect)| picture.intersects(*rect));
        all
    }

    fn panel_rect(&self, panel: usize) -> Rect {
        let name = format!("Picture of panel {}", panel + 1);
        self.0.get_by_label(&name).rect()
    }

    /// How many shapes of a kind a panel has.
    fn shapes_in(&self, panel: usize, of: &dyn Fn(&Shape) -> bool) -> usize {
        let picture = self.panel_rect(panel);
        let clipped = self.0.output().shapes.iter().filter(|c| c.clip_rect == picture);
        clipped.map(|c| count(&c.shape, of)).sum()
    }

    fn is_on(&self, word: &str) -> bool {
        let toggled = self.0.get_by_label(&format!("Layer {word}")).accesskit_node().toggled();
        format!("{toggled:?}").contains("True")
    }
}

/// A wide line, as the body of a ribbon is.
fn is_band(shape: &Shape) -> bool {
    matches!(shape, Shape::Path(path) if !path.closed && path.points.len() == 29 && path.stroke.width > 0.6)
}

#[test]
fn keys_and_words_switch_the_layers() {
    let mut window = open(SIZES[0], Theme::Light);
    let keys = [
        ("ribbons", Modifiers::NONE, Key::U),
        ("pulses", Modifiers::NONE, Key::Y),
        ("tangent", Modifiers::SHIFT, Key::T),
    ];
    for (word, held, key) in keys {
        let before = window.is_on(word);
        assert_eq!(before, word != "tangent");
        window.key_with(held, key);
        assert_ne!(window.is_on(word), before, "{word}");
        window.tick(&format!("Layer {word}"));
        assert_eq!(window.is_on(word), before, "{word}");
    }
}

#[test]
fn ribbons_are_drawn_where_mass_teleports_and_say_how_much() {
    for (size, theme) in SIZES.into_iter().zip([Theme::Light, Theme::Dark]) {
        let mut window = open(size, theme);
        let traffic = window.report().snapshot.panels[2].traffic.clone();
        assert!(traffic.rate(0, 1) > 0.05, "{traffic:?}");
        let bands = |window: &Window| [0, 1, 2].map(|panel| window.shapes_in(panel, &is_band));
        let drawn = bands(&window);
        assert!(
            drawn[0] == 0 && drawn[1] == 0,
            "a weight never makes a ribbon: {drawn:?}"
        );
        assert!(drawn[2] >= 2, "{drawn:?}");
        let figure = window.texts_in(2).into_iter().find(|(text, _)| text.ends_with("/time"));
        let (text, _) = figure.expect("the widest ribbon says its figure");
        let said: f64 = text.trim_end_matches("/time").parse().expect("a number");
        assert!(
            (said - traffic.rate(0, 1)).abs() < 0.006,
            "{said} of {}",
            traffic.rate(0, 1)
        );
        // Under the pointer it says all, between the wells where there are next to no discs.
        let picture = window.panel_rect(2);
        let mut told = false;
        for k in 0..40 {
            let at = pos2(
                picture.center().x,
                picture.top() + picture.height() * (k as f32 + 0.5) / 40.0,
            );
            window.0.hover_at(at);
            window.0.run_steps(2);
            let words = window.texts_in(2);
            told |= words.iter().any(|(text, rect)| {
                text.starts_with("left to right: ")
                    && text.ends_with("of the mass per unit of time")
                    && picture.contains_rect(*rect)
            });
        }
        assert!(told, "a ribbon under the pointer speaks");
        window.key(Key::U);
        assert_eq!(bands(&window), [0; 3]);
    }
}

#[test]
fn weights_that_change_pulse_and_nothing_else_does() {
    let mut window = open(SIZES[0], Theme::Light);
    let growth = |window: &Window, panel: usize| {
        let dots = &window.report().snapshot.panels[panel].dots;
        dots.iter().fold(0.0_f32, |most, dot| most.max(dot.growth.abs()))
    };
    assert!(growth(&window, 1) > 0.3, "{}", growth(&window, 1));
    assert_eq!((growth(&window, 0), growth(&window, 2)), (0.0, 0.0));
    let ring = |shape: &Shape| matches!(shape, Shape::Circle(c) if c.stroke.width > 0.0 && c.fill.a() == 0);
    let rings = |window: &Window| [0, 1, 2].map(|panel| window.shapes_in(panel, &ring));
    let with = rings(&window);
    window.key(Key::Y);
    let without = rings(&window);
    assert_eq!((with[0], with[2]), (without[0], without[2]));
    assert!(with[1] > without[1], "{with:?} {without:?}");
    // Calm: a rim and a ring for each of some dozens at most.
    assert!(with[1] - without[1] <= 2 * 36);
    drive(&mut window, Control::Steps(1));
    assert_eq!(growth(&window, 1), 0.0, "what nobody looks at is not worked out");
}

#[test]
fn the_tangent_map_has_one_key_for_all_panels() {
    for (size, theme) in SIZES.into_iter().zip([Theme::Dark, Theme::Light]) {
        let mut window = open(size, theme);
        assert!(window.report().snapshot.panels.iter().all(|p| p.tangent.is_none()));
        window.key_with(Modifiers::SHIFT, Key::T);
        window.0.run_steps(3);
        assert!(window.report().snapshot.panels.iter().all(|p| p.tangent.is_some()));
        let find = |panel: usize, what: &str| {
            let all = window.texts_in(panel);
            all.into_iter().find(|(text, _)| text.ends_with(what))
        };
        assert!(find(0, "no reaction").is_some() && find(1, "no transport").is_some());
        let speeds = [0, 2].map(|panel| find(panel, "length/time").expect("a key of arrows"));
        assert_eq!(speeds[0].0, speeds[1].0, "arrows are scaled alike");
        let rates: Vec<_> = [1, 2]
            .map(|panel| {
                let all = window.texts_in(panel);
                all.into_iter().find(|(text, _)| text.starts_with('+')).expect("a bar")
            })
            .into();
        assert_eq!(rates[0].0, rates[1].0, "colours too");
        for (panel, (text, rect)) in [0, 2].into_iter().zip(&speeds) {
            assert!(window.panel_rect(panel).contains_rect(*rect), "{text} is cut off");
        }
        for (panel, (text, rect)) in [1, 2].into_iter().zip(&rates) {
            assert!(window.panel_rect(panel).contains_rect(*rect), "{text} is cut off");
        }
    }
}

#[test]
fn all_of_it_is_drawn_without_a_window() {
    let scenario = three();
    let journal = Journal::new(scenario.clone());
    let draw = |layers: &[Layer]| {
        let sight = Sight::new(scenario.clone(), Options::default()).with_layers(layers);
        let shot = Shot {
            figure: Figure::Panels,
            size: vec2(1200.0, 460.0),
            scale: 1.0,
        };
        let mut take = Take::new(journal.clone(), &sight, &shot, true);
        take.run_to(1.2, &mut |_| true).expect("it runs");
        let svg = String::from_utf8(take.svg().expect("it is drawn")).expect("text");
        (svg, take.picture())
    };
    let (bare, nothing) = draw(&[Layer::Map]);
    assert!(!bare.contains("length/time") && !bare.contains("/time<"));
    let (ribbons, seen) = draw(&[Layer::Map, Layer::Ribbons]);
    assert!(ribbons.contains("/time") && ribbons.len() > bare.len());
    assert!(seen != nothing);
    let (tangent, seen) = draw(&[Layer::Tangent]);
    assert!(tangent.contains("length/time") && tangent.contains("no reaction") && tangent.contains("<image"));
    assert!(seen != nothing);
    let (pulses, _) = draw(&[Layer::Map, Layer::Pulses]);
    let circles = |svg: &str| svg.matches("<circle").count();
    assert!(
        circles(&pulses) > circles(&bare),
        "{} {}",
        circles(&pulses),
        circles(&bare)
    );
}
