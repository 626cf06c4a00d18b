//! For everybody: read from the last row, heard instead of seen, worked by keys alone.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::{Options, Theme};
use wfr_lab::engine::Control;
use wfr_lab::scenario::{Scenario, presets};

use crate::opened::{Window, small};
use crate::seen::{SIZES, Stop, nothing_is_small};

fn triple() -> Scenario {
    let found = presets().iter().find(|preset| preset.name == "triple-well");
    let mut scenario = found.expect("it is there").scenario();
    scenario.particles = 300;
    scenario
}

fn themed(theme: Theme) -> Options {
    Options {
        theme,
        ..Options::default()
    }
}

#[test]
fn for_a_projector_no_text_is_small_wherever_one_looks() {
    let mut window = Window::of(triple(), SIZES[0], Options::default());
    window.app_mut().drive().send(Control::Steps(20));
    window.project(SIZES[0]);
    nothing_is_small(&window, "the panels");
    window.press("Show the controls");
    window.0.set_size(vec2(1024.0, 2400.0));
    window.0.run_steps(10);
    for name in ["Numerics", "Spectrum"] {
        window.fold(name, 0);
    }
    for panel in 0..3 {
        window.fold("How it is done", panel);
    }
    nothing_is_small(&window, "the controls");
    for list in ["Scenario", "Landscape", "Plotted number", "Start"] {
        window.0.get_by_role_and_label(Role::ComboBox, list).click();
        window.0.run_steps(6);
        nothing_is_small(&window, list);
        window.key(Key::Escape);
    }
    for button in ["File", "Checkpoints", "Run to", "Pause when"] {
        window.press(button);
        nothing_is_small(&window, button);
        window.key(Key::Escape);
    }
    window.press("Hide the controls");
    window.0.set_size(SIZES[0] / window.0.ctx.zoom_factor());
    for (place, key) in [
        ("keys", Key::F1),
        ("exports", Key::E),
        ("identities", Key::V),
        ("equation", Key::Q),
    ] {
        window.key(key);
        window.0.run_steps(20);
        nothing_is_small(&window, place);
        window.key(if key == Key::Q { Key::Q } else { Key::Escape });
    }
    window.key_with(Modifiers::COMMAND, Key::K);
    nothing_is_small(&window, "the palette");
    window.key(Key::Escape);
    window.key(Key::I);
    for name in ["Reset", "Duplicate panel 1", "Layer exact", "Speed"] {
        // A tooltip comes after a moment of rest.
        window.0.get_all_by_label(name).next().expect("it is there").hover();
        window.0.run_steps(60);
        nothing_is_small(&window, name);
    }
    let picture = window.0.get_by_label("Picture of panel 2").rect();
    window.0.hover_at(picture.center());
    window.0.run_steps(4);
    nothing_is_small(&window, "the probe");
}

#[test]
fn for_a_projector_nothing_overlaps_and_nothing_is_cut_off() {
    for size in SIZES {
        for (scenario, theme) in [(small(), Theme::Light), (triple(), Theme::Dark)] {
            let mut window = Window::of(scenario, size, themed(theme));
            window.app_mut().drive().send(Control::Steps(30));
            window.project(size);
            assert_eq!(
                window.shows("Show the controls"),
                size.x < 1500.0,
                "folded where room is short"
            );
            let texts = window.texts();
            for (k, a) in texts.iter().enumerate() {
                // What a list scrolls to is cut at its upper and lower edge, never at its sides.
                let whole = a.clip.x_range().expand(1.5);
                assert!(
                    whole.contains(a.rect.left()) && whole.contains(a.rect.right()),
                    "{size}: {:?} is cut off: {:?} in {:?}",
                    a.text,
                    a.rect,
                    a.clip
                );
                for b in &texts[..k] {
                    let both = a.rect.intersect(a.clip).intersect(b.rect.intersect(b.clip));
                    assert!(
                        !both.is_positive() || both.size().min_elem() < 4.0,
                        "{size}: {:?} and {:?} overlap in {both:?}",
                        a.text,
                        b.text
                    );
                }
            }
            for panel in 1..=3 {
                let picture = window.0.get_by_label(&format!("Picture of panel {panel}")).rect();
                assert!(picture.size().min_elem() > 170.0, "{size}: {picture:?}");
            }
        }
    }
}

#[test]
fn projector_mode_goes_as_it_came() {
    let mut window = Window::of(small(), SIZES[0], Options::default());
    assert!(window.shows("Hide the controls") && window.shows("Projector mode"));
    window.project(SIZES[0]);
    assert!(window.shows("Show the controls") && window.shows("Leave projector mode"));
    window.press("Leave projector mode");
    window.0.set_size(SIZES[0]);
    window.0.run_steps(4);
    assert!(window.shows("Hide the controls"));
    assert!((window.0.ctx.zoom_factor() - 1.0).abs() < 1e-6);
}

#[test]
fn the_zoom_is_said_and_remembered() {
    let folder = std::env::temp_dir().join(format!("wfr-lab-zoom-{}", std::process::id()));
    let mut window = Window::of(small(), SIZES[0], Options::default());
    let ctx = window.0.ctx.clone();
    window.app_mut().keep_files_in(&ctx, &folder);
    window.key_with(Modifiers::COMMAND, Key::Plus);
    window.key_with(Modifiers::COMMAND, Key::Equals);
    assert!(window.says("Zoom 120 %"));
    assert!((ctx.zoom_factor() - 1.2).abs() < 1e-6);
    window.key(Key::P);
    assert!((ctx.zoom_factor() - 1.5).abs() < 1e-6, "on top of the user's own");
    let mut other = Window::of(small(), SIZES[0], Options::default());
    let ctx = other.0.ctx.clone();
    other.app_mut().keep_files_in(&ctx, &folder);
    other.0.run_steps(3);
    assert!((ctx.zoom_factor() - 1.5).abs() < 1e-6);
    assert!(other.shows("Leave projector mode"));
    other.key_with(Modifiers::COMMAND, Key::Num0);
    assert!(other.says("Zoom 100 %"));
    assert!((ctx.zoom_factor() - 1.25).abs() < 1e-6);
    drop((window, other));
    std::fs::remove_dir_all(folder).expect("the folder was made");
}

#[test]
fn a_few_letters_do_what_was_meant() {
    let mut window = Window::of(small(), SIZES[0], Options::default());
    let typed = |window: &mut Window, text: &str| {
        window.key_with(Modifiers::COMMAND, Key::K);
        window.0.event(Event::Text(text.to_owned()));
        window.0.run_steps(3);
    };
    typed(&mut window, "one step");
    window.key(Key::Enter);
    assert_eq!(window.steps(), 1);
    assert!(!window.shows("Search for a command"));
    // Used last comes first.
    window.key_with(Modifiers::COMMAND, Key::P);
    assert!(window.says("of "));
    window.key(Key::Enter);
    assert_eq!(window.steps(), 2);
    // Arrows choose: the second is what is asked for first where nothing was used.
    typed(&mut window, "triple well");
    window.key(Key::Enter);
    assert_eq!(window.report().snapshot.basins.len(), 3);
    // What cannot be done says why, and is not done.
    typed(&mut window, "redo");
    assert!(window.says("not possible now: nothing was undone"));
    window.key(Key::Enter);
    assert!(window.shows("Search for a command"), "it stays for another try");
    window.key(Key::Escape);
    assert!(!window.shows("Search for a command"));
    // Letters are for the field, not for the lab.
    typed(&mut window, "n");
    window.key(Key::N);
    window.key(Key::ArrowDown);
    window.key(Key::Escape);
    assert!(!window.says("new seed"));
    typed(&mut window, "remove panel 2");
    window.0.event(Event::Text("zzzz".to_owned()));
    window.0.run_steps(2);
    assert!(window.shows("Nothing fits: fewer letters find more."));
    window.key(Key::Escape);
}

#[test]
fn pictures_are_told_in_words_that_nobody_has_to_hear_all_the_time() {
    let mut window = Window::of(small(), SIZES[0], Options::default());
    let told = |window: &Window| {
        let node = window.0.get_by_label("Picture of panel 3").accesskit_node();
        assert_eq!(node.data().live(), None, "it is not announced by itself");
        node.description().expect("a description")
    };
    let first = told(&window);
    assert!(first.starts_with("WFR, t 0.00, mass left 9"), "{first}");
    assert!(first.contains("right") && first.contains("(exact "), "{first}");
    window.app_mut().drive().send(Control::Steps(100));
    window.0.run_steps(2);
    assert!(told(&window).starts_with("WFR, t 0.20"), "{}", told(&window));
    // While it runs the words stay for a while.
    window.key(Key::Space);
    let (words, before) = (told(&window), window.steps());
    window.0.run_steps(2);
    assert!(window.steps() > before);
    assert_eq!(told(&window), words);
}

#[test]
fn everything_has_a_name_of_its_own_and_is_reached_by_tab() {
    let mut window = Window::of(small(), vec2(1400.0, 3000.0), Options::default());
    for name in ["Numerics", "Spectrum"] {
        window.fold(name, 0);
    }
    for panel in 0..3 {
        window.fold("How it is done", panel);
    }
    window.key(Key::Q);
    window.key(Key::F1);
    window.0.run_steps(10);
    let (all, _) = window.focusable();
    assert!(all.len() > 80, "{}", all.len());
    let mut names: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let nameless = |stop: &&Stop| stop.name.trim().is_empty() || stop.role == "Unknown";
    let nameless: Vec<&Stop> = all.iter().filter(nameless).collect();
    assert!(nameless.is_empty(), "without a name: {nameless:?}");
    for stop in &all {
        *names.entry((&stop.name, &stop.role)).or_default() += 1;
    }
    // Every flow has such a fold, right after its name; the edges of side panels are named by egui.
    let usual = |name: &str| ["How it is done", "Resize panel"].contains(&name);
    let shared: Vec<_> = names.iter().filter(|((name, _), n)| **n > 1 && !usual(name)).collect();
    assert!(shared.is_empty(), "the same names: {shared:?}");
    let (mut reached, mut way) = (BTreeSet::new(), Vec::new());
    for _ in 0..2 * all.len() {
        window.0.key_press(Key::Tab);
        window.0.run_steps(2);
        let (_, focused) = window.focusable();
        if let Some(stop) = focused {
            if !reached.insert((stop.name.clone(), stop.role.clone())) && Some(&stop) == way.first() {
                break;
            }
            way.push(stop);
        }
    }
    let missed: Vec<&Stop> = all
        .iter()
        .filter(|stop| !reached.contains(&(stop.name.clone(), stop.role.clone())))
        .collect();
    assert!(missed.is_empty(), "Tab never comes to {missed:?}");
}

#[test]
fn there_is_always_a_way_back() {
    let mut window = Window::of(small(), SIZES[0], Options::default());
    window.project(SIZES[0]);
    window.key(Key::H);
    assert!(!window.shows("Play") && window.says("H or Esc brings the controls back"));
    window.key(Key::F1);
    assert!(window.shows("Keys"));
    window.key(Key::Escape);
    window.key(Key::Escape);
    assert!(window.shows("Play"));
    // All keys can be read, if by scrolling.
    window.key(Key::F1);
    window.0.run_steps(10);
    let room = Rect::from_min_size(Default::default(), SIZES[0] / window.0.ctx.zoom_factor());
    let last = "back, one thing at a time";
    let seen = |window: &Window| {
        window
            .texts()
            .iter()
            .any(|w| w.text == last && room.contains_rect(w.rect))
    };
    let title = window.texts().into_iter().find(|w| w.text == "Keys").expect("a title");
    assert!(room.contains_rect(title.rect));
    if !seen(&window) {
        window.0.hover_at(room.center());
        for _ in 0..10 {
            window.0.event(Event::MouseWheel {
                unit: eframe::egui::MouseWheelUnit::Point,
                delta: vec2(0.0, -200.0),
                phase: eframe::egui::TouchPhase::Move,
                source: eframe::egui::MouseWheelSource::Wheel,
                modifiers: Modifiers::NONE,
            });
            window.0.run_steps(10);
        }
        assert!(seen(&window), "the last row never comes into sight");
    }
}
