//! Everything that opens in front of the lab, by keys alone: the keyboard comes in, goes everywhere, is seen where it is, and comes back.

use std::collections::HashSet;

use eframe::egui::{Color32, Id, Key, LayerId, Modifiers, Rect, Shape, Stroke, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::{Options, Theme};

use crate::opened::{Window, small};
use crate::seen::contrast;

/// How something is opened.
#[derive(Clone, Copy)]
enum By {
    /// Enter on a button.
    Enter,
    /// A key, while the keyboard is somewhere else.
    Key(Modifiers, Key),
}

/// Something that opens.
struct Front {
    name: &'static str,
    opener: &'static str,
    by: By,
    /// Whether Tab stays in it.
    keeps: bool,
    /// Some of what is in it.
    holds: &'static [&'static str],
}

const NONE: Modifiers = Modifiers::NONE;

const FRONTS: [Front; 11] = [
    front(
        "file menu",
        "File",
        By::Enter,
        true,
        &["Open…", "Save session as…", "Export…"],
    ),
    front("lectures", "Lectures", By::Enter, true, &["Open a lecture…"]),
    front("scenarios", "Scenario", By::Enter, true, &[]),
    front("checkpoints", "Checkpoints", By::Enter, true, &["Set a checkpoint"]),
    front("a way", "Run to", By::Enter, true, &[]),
    front("conditions", "Pause when", By::Enter, true, &["Add a condition"]),
    front("keys", "Keys", By::Enter, false, &["Close the list of keys"]),
    front(
        "open",
        "Step",
        By::Key(Modifiers::COMMAND, Key::O),
        true,
        &["Path", "Open this", "Cancel"],
    ),
    front(
        "save",
        "Reset",
        By::Key(Modifiers::COMMAND, Key::S),
        true,
        &["Path", "Save this", "Cancel"],
    ),
    front(
        "export",
        "Undo",
        By::Key(NONE, Key::E),
        false,
        &["Export now", "Close the export"],
    ),
    front(
        "palette",
        "Step",
        By::Key(Modifiers::COMMAND, Key::K),
        true,
        &["Search for a command"],
    ),
];

const fn front(name: &'static str, opener: &'static str, by: By, keeps: bool, holds: &'static [&'static str]) -> Front {
    Front {
        name,
        opener,
        by,
        keeps,
        holds,
    }
}

impl Window {
    fn focused(&self) -> Option<Id> {
        self.0.ctx.memory(|memory| memory.focused())
    }

    /// What the one that has the keyboard is called.
    fn focused_name(&self) -> Option<String> {
        let nodes = self.0.root().children_recursive();
        let focused = nodes.into_iter().find(|node| node.accesskit_node().is_focused())?;
        focused.accesskit_node().label()
    }

    fn give_focus(&mut self, name: &str) {
        self.0.get_all_by_label(name).next().expect("it is there").focus();
        self.0.run_steps(3);
        assert_eq!(self.focused_name().as_deref(), Some(name));
    }

    fn bring(&mut self, front: &Front) {
        self.give_focus(front.opener);
        match front.by {
            By::Enter => self.key(Key::Enter),
            By::Key(modifiers, key) => self.key_with(modifiers, key),
        }
        self.0.run_steps(12);
    }

    /// What can have the keyboard in a layer.
    fn able(&self, layer: LayerId) -> Vec<(Id, Rect)> {
        self.0.ctx.viewport(|viewport| {
            let widgets = viewport.prev_pass.widgets.get_layer(layer);
            let able = widgets.filter(|widget| widget.enabled && widget.sense.is_focusable());
            able.map(|widget| (widget.id, widget.rect)).collect()
        })
    }

    /// Walks until it comes round, and says where it was with the names of all.
    fn walk(&mut self, modifiers: Modifiers) -> Vec<(Id, String)> {
        let mut way: Vec<(Id, String)> = Vec::new();
        for _ in 0..400 {
            let (Some(id), Some(name)) = (self.focused(), self.focused_name()) else {
                panic!("the keyboard is nowhere after {way:?}");
            };
            if way.iter().any(|(other, _)| *other == id) {
                return way;
            }
            way.push((id, name));
            self.0.key_press_modifiers(modifiers, Key::Tab);
            self.0.run_steps(2);
        }
        panic!("it never comes round: {way:?}");
    }
}

#[test]
fn the_keyboard_comes_into_everything_that_opens_goes_everywhere_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.ron"), "").unwrap();
    let mut window = Window::of(small(), vec2(1400.0, 900.0), Options::default());
    let ctx = window.0.ctx.clone();
    window.app_mut().keep_files_in(&ctx, folder.path());
    window.slide("Barrier", 8.5);
    window.0.run_steps(20);
    for front in &FRONTS {
        let name = front.name;
        window.bring(front);
        let layer = window.front().unwrap_or_else(|| panic!("{name} did not open"));
        for held in front.holds {
            assert!(window.shows(held), "{name}: {held}");
        }
        let able = window.able(layer);
        let inside = |id: &Id| able.iter().any(|(other, _)| other == id);
        let focused = window
            .focused()
            .unwrap_or_else(|| panic!("{name}: the keyboard is nowhere"));
        assert!(inside(&focused), "{name}: it is at {:?}", window.focused_name());
        // The palette has one field, and arrows choose in it.
        if front.name != "palette" {
            let way = window.walk(NONE);
            let reached: HashSet<Id> = way.iter().map(|(id, _)| *id).collect();
            let missed = able.iter().filter(|(id, _)| !reached.contains(id)).count();
            assert_eq!(missed, 0, "{name}: Tab goes only to {way:?}");
            assert!(way.iter().all(|(_, name)| !name.trim().is_empty()), "{name}: {way:?}");
            if front.keeps {
                assert!(way.iter().all(|(id, _)| inside(id)), "{name}: Tab leaves it: {way:?}");
                let back: HashSet<Id> = window.walk(Modifiers::SHIFT).into_iter().map(|(id, _)| id).collect();
                assert_eq!(reached, back, "{name}: Shift and Tab");
            }
        }
        window.key(Key::Escape);
        window.0.run_steps(4);
        assert_ne!(window.front(), Some(layer), "{name}: Esc closes it");
        assert_eq!(
            window.focused_name().as_deref(),
            Some(front.opener),
            "{name}: and comes back"
        );
    }
}

#[test]
fn a_dialog_from_a_menu_gives_the_keyboard_back_to_the_menu() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::of(small(), vec2(1400.0, 900.0), Options::default());
    let ctx = window.0.ctx.clone();
    window.app_mut().keep_files_in(&ctx, folder.path());
    window.give_focus("File");
    window.key(Key::Enter);
    window.0.run_steps(4);
    assert_eq!(window.focused_name().as_deref(), Some("Open…"));
    window.key(Key::ArrowDown);
    window.key(Key::ArrowUp);
    window.key(Key::Space);
    window.0.run_steps(4);
    assert_eq!(window.focused_name().as_deref(), Some("Path"), "the dialog is open");
    window.key(Key::Escape);
    window.0.run_steps(4);
    assert_eq!(window.focused_name().as_deref(), Some("File"));
    // Who presses a button by the keyboard stays there, and presses it again.
    window.give_focus("Step");
    window.key(Key::Enter);
    window.key(Key::Enter);
    assert_eq!(window.steps(), 2);
    assert_eq!(window.focused_name().as_deref(), Some("Step"));
    // Who clicks does not.
    window.press("Step");
    assert_eq!(window.focused_name(), None);
}

/// Shapes, and the colour of each.
type Drawn = Vec<(String, Color32)>;

/// Strokes and fills that lie about a place, with their colours.
fn drawn(shape: &Shape, clip: Rect, about: Rect, into: &mut Drawn) {
    let mut stroke = |shape: &Shape, rect: Rect, stroke: Stroke| {
        let near = about.expand(8.0).contains_rect(rect) && clip.intersects(rect);
        if near && stroke.width >= 1.0 && stroke.color.a() > 200 {
            into.push((format!("{shape:?}"), stroke.color));
        }
    };
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| drawn(shape, clip, about, into)),
        Shape::Rect(rect) => {
            stroke(shape, rect.rect, rect.stroke);
            if about.expand(8.0).contains_rect(rect.rect) && rect.fill.a() > 200 {
                into.push((format!("{shape:?}"), rect.fill));
            }
        }
        Shape::Circle(circle) => {
            let rect = Rect::from_center_size(circle.center, vec2(2.0, 2.0) * circle.radius);
            stroke(shape, rect, circle.stroke);
        }
        Shape::LineSegment { points, stroke: line } => {
            stroke(shape, Rect::from_two_pos(points[0], points[1]), *line);
        }
        _ => {}
    }
}

impl Window {
    fn drawn_about(&self, about: Rect) -> Drawn {
        let mut all = Vec::new();
        for clipped in &self.0.output().shapes {
            drawn(&clipped.shape, clipped.clip_rect, about, &mut all);
        }
        all
    }
}

#[test]
fn what_is_out_of_sight_comes_into_it_with_the_keyboard() {
    let mut window = Window::of(small(), vec2(1280.0, 720.0), Options::default());
    let mut scrolled = 0;
    for _ in 0..120 {
        window.0.key_press(Key::Tab);
        window.0.run_steps(12);
        let (Some(id), Some(name)) = (window.focused(), window.focused_name()) else {
            continue;
        };
        let response = window.0.ctx.read_response(id).expect("it was drawn");
        let (all, seen) = (response.rect, response.interact_rect);
        assert!(
            seen.expand(1.5).contains_rect(all) || all.height() > 200.0,
            "{name}: only {seen:?} of {all:?}"
        );
        scrolled += usize::from(name == "Seed");
    }
    assert!(scrolled > 0, "it never came to the lower end of the controls");
}

#[test]
fn wherever_the_keyboard_is_one_sees_it() {
    for theme in [Theme::Light, Theme::Dark] {
        let options = Options {
            theme,
            ..Options::default()
        };
        let mut window = Window::of(small(), vec2(1400.0, 1800.0), options);
        window.key(Key::Q);
        window.0.run_steps(10);
        let grounds = [theme.tokens().panel, theme.tokens().window, theme.tokens().field];
        let mut unseen = Vec::new();
        let mut before: Option<(String, Rect, Drawn)> = None;
        for _ in 0..160 {
            window.0.key_press(Key::Tab);
            window.0.run_steps(2);
            if let Some((name, rect, with)) = before.take() {
                let without = window.drawn_about(rect);
                let is_new = |(shape, _): &&(String, Color32)| without.iter().all(|(other, _)| other != shape);
                let mut rings = with.iter().filter(is_new).map(|(_, color)| *color);
                if !rings.any(|color| grounds.iter().all(|ground| contrast(color, *ground) >= 3.0)) {
                    unseen.push(name);
                }
            }
            let (Some(id), Some(name)) = (window.focused(), window.focused_name()) else {
                continue;
            };
            let rect = window.0.ctx.read_response(id).expect("it was drawn").rect;
            before = Some((name, rect, window.drawn_about(rect)));
        }
        assert!(unseen.is_empty(), "{theme:?}: {unseen:?}");
    }
}
