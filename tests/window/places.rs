//! Every place of the window in turn: everything has a name and is reached, can be read from the last row, and is whole.

use std::collections::BTreeSet;

use eframe::egui::accesskit::Role;
use eframe::egui::{Color32, Key, Modifiers, Rect, Vec2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::{Options, Theme};
use wfr_lab::engine::Control;
use wfr_lab::lecture::Lecture;
use wfr_lab::scenario::presets;
use wfr_lab::verify::checks;

use crate::opened::{Window, small};
use crate::seen::{SIZES, Stop, Written, contrast, nothing_is_small};

/// A card of every kind.
const CARDS: &str = r#"(
    version: 1,
    title: "Cards of every kind",
    about: "For the tests.",
    minutes: 5,
    cards: [
        (title: "Claims", text: "One **word**, *another*, and `code`.", preset: "double-well", set: ["particles=300"], to: 0.05,
            show: (controls: [Landscape]), notes: "Wait for it.",
            claims: [(says: "It is early", that: "[t] < 0.06"), (says: "It is late", that: "[t] > 1")]),
        (title: "Masses", text: "Think.", question: (ask: "How much?", guess: Masses(panel: "WFR"), answer: "So much.")),
        (title: "A number", text: "", question: (ask: "How late?", guess: Number(of: "[t]", from: 0, to: 1), answer: "Late.")),
        (title: "A choice", text: "", question: (ask: "Which?", guess: Choice(among: ["this", "that"], right: 2))),
    ],
)"#;

/// A place, and the way there.
struct Place {
    name: &'static str,
    go: fn(&mut Window),
    /// Whether it lies in front of the lab.
    in_front: bool,
}

/// The place that needs velocities.
const PHASE: &str = "phase plane";

const fn place(name: &'static str, go: fn(&mut Window)) -> Place {
    Place {
        name,
        go,
        in_front: false,
    }
}

const fn front(name: &'static str, go: fn(&mut Window)) -> Place {
    Place {
        name,
        go,
        in_front: true,
    }
}

/// A card of the lecture, as it opens.
fn card(window: &mut Window, number: usize) {
    let ctx = window.0.ctx.clone();
    let lecture = Lecture::from_ron(CARDS, "cards").expect("a lecture");
    window.app_mut().open_lecture(&ctx, "cards", lecture, number);
    window.0.run_steps(6);
}

/// The same at its end.
fn end_of(window: &mut Window, number: usize) {
    card(window, number);
    window.key(Key::PageDown);
    window.app_mut().drive().send(Control::Steps(1000));
    window.0.run_steps(6);
}

const PLACES: [Place; 24] = [
    place("equation", |window| window.key(Key::Q)),
    place("strips along x", |window| window.key(Key::T)),
    place("strips along y", |window| {
        window.key(Key::T);
        window.key(Key::T);
    }),
    place("microscope", |window| window.key(Key::O)),
    place("microscope, last stage", |window| {
        window.key(Key::O);
        window.0.run_steps(6);
        for _ in 0..6 {
            window.key(Key::ArrowRight);
        }
    }),
    place(PHASE, |window| window.key(Key::F)),
    place("identities", |window| {
        window.key(Key::V);
        // The first of them is in sight.
        let name = checks()[0].name;
        window.press(&format!("Run {name}"));
        window.wait_for(&format!("{name}: holds"));
        window.press(&format!("{name}: holds"));
    }),
    place("card with claims", |window| {
        card(window, 0);
        window.app_mut().drive().send(Control::Steps(1000));
    }),
    place("card with masses to guess", |window| card(window, 1)),
    place("card with masses and the truth", |window| end_of(window, 1)),
    place("card with a number to guess", |window| card(window, 2)),
    place("card with a number and the truth", |window| end_of(window, 2)),
    place("card with a choice", |window| card(window, 3)),
    place("card with a choice and the truth", |window| end_of(window, 3)),
    front("list of cards", |window| {
        card(window, 0);
        window.key_with(Modifiers::COMMAND, Key::L);
    }),
    front("audience", |window| {
        card(window, 0);
        window.press("Audience window");
    }),
    front("keys", |window| window.key(Key::F1)),
    front("palette", |window| window.key_with(Modifiers::COMMAND, Key::K)),
    front("open", |window| window.key_with(Modifiers::COMMAND, Key::O)),
    front("save", |window| window.key_with(Modifiers::COMMAND, Key::S)),
    front("code", |window| {
        window.press("File");
        window.press("Open code…");
    }),
    front("export of a picture", |window| window.key(Key::E)),
    front("export of a film", |window| {
        window.key(Key::E);
        window.0.get_by_label("Film").click();
    }),
    front("export of a table", |window| {
        window.key(Key::E);
        window.0.get_by_label("Table").click();
    }),
];

/// A window at a place.
fn at(place: &Place, size: Vec2, theme: Theme, projected: bool) -> Window {
    let options = Options {
        theme,
        ..Options::default()
    };
    let underdamped = presets().iter().find(|preset| preset.name == "underdamped");
    let mut scenario = match underdamped {
        Some(preset) if place.name == PHASE => preset.scenario(),
        _ => small(),
    };
    scenario.particles = 100;
    let mut window = Window::of(scenario, size, options);
    if projected {
        window.project(size);
    }
    (place.go)(&mut window);
    window.0.run_steps(30);
    window
}

#[test]
fn everything_has_a_name_and_is_reached_by_tab_at_every_place() {
    for place in PLACES.iter().filter(|place| !place.in_front) {
        let mut window = at(place, vec2(1400.0, 2000.0), Theme::Light, false);
        let (all, _) = window.focusable();
        let nameless: Vec<&Stop> = all
            .iter()
            .filter(|stop| stop.name.trim().is_empty() || stop.role == "Unknown")
            .collect();
        assert!(nameless.is_empty(), "{}: without a name: {nameless:?}", place.name);
        let (mut reached, mut first) = (BTreeSet::new(), None);
        for _ in 0..2 * all.len() {
            window.0.key_press(Key::Tab);
            window.0.run_steps(1);
            let Some(stop) = window.focusable().1 else { continue };
            if first.as_ref() == Some(&stop) {
                break;
            }
            first.get_or_insert_with(|| stop.clone());
            reached.insert((stop.name, stop.role));
        }
        let missed: Vec<&Stop> = all
            .iter()
            .filter(|stop| !reached.contains(&(stop.name.clone(), stop.role.clone())))
            .collect();
        assert!(missed.is_empty(), "{}: Tab never comes to {missed:?}", place.name);
    }
}

/// Whether a text is whole, apart from what a list scrolls to.
fn is_whole(text: &Written, room: Rect) -> bool {
    let sides = text.clip.intersect(room).x_range().expand(1.5);
    sides.contains(text.rect.left()) && sides.contains(text.rect.right())
}

/// What is wrong with the texts of a place on a projector.
fn faults(window: &Window, place: &Place) -> Vec<String> {
    let mut faults = Vec::new();
    let room = Rect::from_min_size(Default::default(), window.0.ctx.content_rect().size());
    let texts = if place.in_front {
        let (area, texts) = window.front_texts();
        if !room.expand(1.0).contains_rect(area) {
            faults.push(format!("{area:?} is not within {room:?}"));
        }
        texts
    } else {
        window.texts()
    };
    let nodes = window.0.root().children_recursive();
    let nodes = nodes.map(|node| node.accesskit_node());
    let zoom = window.0.ctx.pixels_per_point();
    // What cannot be pressed now is pale, and says why when it is pointed at.
    let disabled: Vec<Rect> = nodes
        .filter(|node| node.is_disabled())
        .filter_map(|node| node.bounding_box())
        .map(|b| Rect::from_min_max([b.x0 as f32, b.y0 as f32].into(), [b.x1 as f32, b.y1 as f32].into()) / zoom)
        .collect();
    // The text of a field moves with its cursor.
    let fields: Vec<Rect> = window
        .0
        .query_all_by_role(Role::TextInput)
        .map(|field| field.rect())
        .collect();
    for (k, a) in texts.iter().enumerate() {
        let in_field = fields.iter().any(|field| field.intersects(a.rect));
        if !in_field && !is_whole(a, room) {
            faults.push(format!("{:?} is cut off: {:?} in {:?}", a.text, a.rect, a.clip));
        }
        for b in &texts[..k] {
            let both = a.rect.intersect(a.clip).intersect(b.rect.intersect(b.clip));
            if both.is_positive() && both.size().min_elem() >= 4.0 {
                faults.push(format!("{:?} and {:?} overlap in {both:?}", a.text, b.text));
            }
        }
        let least = if a.smallest >= 18.0 { 4.5 } else { 7.0 };
        let idle = disabled.iter().any(|place| place.expand(2.0).contains_rect(a.rect));
        for color in a.colors.iter().filter(|_| !idle) {
            if let Some(ground) = a.ground
                && contrast(Color32::blend(ground, *color), ground) < least
            {
                let found = contrast(Color32::blend(ground, *color), ground);
                faults.push(format!("{:?}: {color:?} on {ground:?} has {found:.1}", a.text));
            }
        }
    }
    faults
}

#[test]
fn for_a_projector_every_place_can_be_read_and_is_whole() {
    let mut all = Vec::new();
    for (k, place) in PLACES.iter().enumerate() {
        // Both sizes and both themes, and each place in two of the four.
        let themes = if k % 2 == 0 {
            [Theme::Light, Theme::Dark]
        } else {
            [Theme::Dark, Theme::Light]
        };
        for (size, theme) in SIZES.into_iter().zip(themes) {
            let window = at(place, size, theme, true);
            nothing_is_small(&window, place.name);
            let faults = faults(&window, place);
            all.extend(
                faults
                    .into_iter()
                    .map(|fault| format!("{}, {size}, {theme:?}: {fault}", place.name)),
            );
        }
    }
    assert!(all.is_empty(), "{} faults:\n{}", all.len(), all.join("\n"));
}
