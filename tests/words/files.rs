//! Files, exports, time, undo and the tools: everything that they say.

use std::fs;
use std::path::Path;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, HoveredFile, Key, Modifiers, PointerButton, Rect, ViewportEvent, ViewportId, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::Options;
use wfr_lab::engine::Control;
use wfr_lab::scenario::Scenario;
use wfr_lab::share::{Code, Session, ViewState};
use wfr_lab::target::{Mixture, Shape};
use wfr_lab::timeline::Timeline;
use wfr_lab::words;

use crate::Bare;
use crate::opened::{Window, small};

/// Walks through all of it.
pub(crate) fn walk(bare: &mut Bare) {
    files_and_exports(bare);
    time(bare);
    tools(bare);
}

/// A sentence without places to fill, as the window says it here.
fn said(sentence: &str) -> String {
    let said = words::said(sentence);
    assert_ne!(said, sentence, "it is not in the table");
    said.to_owned()
}

/// Something of the table with something filled in.
fn filled(sentence: &str, value: &str) -> String {
    let names = words::names(sentence);
    let name = names.first().expect("a place to fill");
    words::filled(sentence, &[(name, &value)])
}

/// Points at everything of these names, one after another, and looks at what is told of it.
fn point_at(window: &mut Window, bare: &mut Bare, place: &'static str, given: &[&str], names: &[&str]) {
    for name in names {
        let name = said(name);
        let mut found = window.0.query_all_by_label(&name);
        found.next().unwrap_or_else(|| panic!("{place}: {name}")).hover();
        drop(found);
        window.0.run_steps(4);
        bare.look_beside(window, place, given);
    }
}

/// The menu of files, its dialogs, what is dropped, exports, and the questions that are asked.
fn files_and_exports(bare: &mut Bare) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.ron");
    let lost = folder.path().join("two.ron");
    let mut scenario = small();
    scenario.title = "12".to_owned();
    scenario.description.clear();
    for path in [&path, &lost] {
        fs::write(path, scenario.to_ron()).unwrap();
    }
    let texts = [folder.path(), &path].map(|path| path.display().to_string());
    let name = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    let names = ["one", "two.ron", ".ron", "wfr1", "recent", "sessions"];
    let kinds = ["ron", "wfr", "csv", "svg", "png", "gif"];
    let given = [&[texts[1].as_str(), &texts[0], &name][..], &names, &kinds].concat();
    let mut window = Window::of(small(), vec2(1280.0, 1200.0), Options::default());
    let ctx = window.0.ctx.clone();
    window.app_mut().keep_files_in(&ctx, folder.path());
    window.0.run_steps(3);
    for path in [&lost, &path, &lost] {
        window.drop_file(path);
        bare.look_beside(&window, "dropped", &given);
    }
    fs::remove_file(&lost).unwrap();
    let open_menu = |window: &mut Window| window.press(&said("File"));
    let choose = |window: &mut Window, entry: &str| {
        window.press(&said("File"));
        window.press(&said(entry));
        window.0.run_steps(8);
    };
    open_menu(&mut window);
    let entries = [
        "Open…",
        "Save scenario",
        "Save scenario as…",
        "Save session",
        "Save session as…",
        "Copy code",
        "Open code…",
        "Export…",
    ];
    point_at(&mut window, bare, "menu of files", &given, &entries);
    window.key(Key::Escape);
    open_menu(&mut window);
    window.0.get_by_label_contains(&said("Open recent")).click();
    window.0.run_steps(4);
    for file in ["one.ron", "two.ron"] {
        window.0.get_by_label(&filled("Recent {file}", file)).hover();
        window.0.run_steps(4);
        bare.look_beside(&window, "recent files", &given);
    }
    window.press(&filled("Recent {file}", "two.ron"));
    bare.look_beside(&window, "a file that is gone", &given);
    for entry in ["Open…", "Save scenario as…", "Save session as…", "Open code…"] {
        choose(&mut window, entry);
        bare.look_beside(&window, "dialog of a file", &given);
        if entry == "Save scenario as…" {
            window.answer(&said("Path"), &texts[1], &said("Save this"));
            bare.look_beside(&window, "saved", &given);
        } else if entry == "Open code…" {
            window.answer(&said("Code"), "hello", &said("Open this"));
            // What the library says of a code is its own.
            let refusal = Code::read("hello").unwrap_err().to_string();
            bare.look_beside(&window, "no code", &["hello", &refusal[1..], "wfr1"]);
        } else {
            let button = if entry == "Open…" { "Open this" } else { "Save this" };
            for text in ["/nowhere/1.ron", "/dev/null/1.ron"] {
                window.answer(&said("Path"), text, &said(button));
                let beside = [&given[..], &["nowhere", "dev", "null"]].concat();
                bare.look_beside(&window, "no such file", &beside);
            }
            window.0.get_by_role_and_label(Role::TextInput, &said("Path")).focus();
            window.0.run_steps(2);
            window.key_with(Modifiers::COMMAND, Key::A);
            window.key(Key::Backspace);
            window.press(&said(button));
            let listed: Vec<String> = fs::read_dir(".")
                .unwrap()
                .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
                .collect();
            let beside: Vec<&str> = given.iter().copied().chain(listed.iter().map(String::as_str)).collect();
            bare.look_beside(&window, "no path", &beside);
        }
        window.key(Key::Escape);
    }
    window.key(Key::L);
    bare.look(&window, "code");
    drops_and_restores(bare, &mut window, folder.path(), (scenario, &given));
    exports(bare, &mut window, folder.path(), &given);
}

/// What is no scenario; what hovers over the window; sessions that are damaged or were left behind.
fn drops_and_restores(bare: &mut Bare, window: &mut Window, folder: &Path, (scenario, given): (Scenario, &[&str])) {
    let ctx = window.0.ctx.clone();
    fs::write(folder.join("12.ron"), [255, 254]).unwrap();
    window.drop_file(&folder.join("12.ron"));
    bare.look_beside(window, "no text", given);
    for file in ["1.ron", "1.wfr", "1.png"] {
        let hovered = HoveredFile {
            path: Some(folder.join(file)),
            ..HoveredFile::default()
        };
        window.0.input_mut().hovered_files = vec![hovered];
        window.0.run_steps(1);
        bare.look_beside(window, "file over the window", given);
    }
    window.0.input_mut().hovered_files.clear();
    let mut run = Timeline::new(scenario);
    run.step().unwrap();
    let bytes = Session::new(run.state(), ViewState::default()).to_bytes().unwrap();
    fs::write(folder.join("1.wfr"), &bytes[..bytes.len() - 60]).unwrap();
    window.drop_file(&folder.join("1.wfr"));
    bare.look_beside(window, "damaged session", given);
    window.press(&said("Leave it"));
    let left = folder.join("left/sessions");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("1-1.wfr"), &bytes).unwrap();
    fs::write(left.join("1-1.lock"), "").unwrap();
    window.app_mut().keep_files_in(&ctx, &folder.join("left"));
    window.0.run_steps(4);
    bare.look_beside(window, "session left behind", given);
    window.press(&said("Restore"));
    bare.look_beside(window, "restored", given);
}

/// Pictures, films and tables, under way and done.
fn exports(bare: &mut Bare, window: &mut Window, folder: &Path, given: &[&str]) {
    let here = std::env::current_dir().unwrap().display().to_string();
    let given = &[&[here.as_str(), "panels", "measurements", "particles", "frames"], given].concat()[..];
    window.key(Key::E);
    window.0.run_steps(10);
    let radios = [
        "Picture",
        "All panels",
        "Dark",
        "Table",
        "Every particle as it is now, with its weight and ancestor",
        "Film",
        "PNG files in a folder",
    ];
    for radio in radios {
        window.0.get_by_role_and_label(Role::RadioButton, &said(radio)).click();
        window.0.run_steps(8);
        bare.look_beside(window, "exports", given);
    }
    window.0.get_by_role_and_label(Role::RadioButton, "GIF").click();
    window.0.run_steps(8);
    let place = |window: &mut Window, path: &str| {
        window
            .0
            .get_by_role_and_label(Role::TextInput, &said("Path of the export"))
            .click();
        window.0.run_steps(2);
        window.key_with(Modifiers::COMMAND, Key::A);
        window.0.event(Event::Text(path.to_owned()));
        window.0.run_steps(3);
    };
    for (to, path) in [("100000", ""), ("200", "1.gif")] {
        window.type_into(&said("Last model time of the film"), to);
        place(window, &folder.join(path).display().to_string());
        bare.look_beside(window, "film", given);
    }
    window.press(&said("Export now"));
    bare.look_beside(window, "film under way", given);
    let close = |window: &mut Window| {
        let viewports = &mut window.0.input_mut().viewports;
        let root = viewports.entry(ViewportId::ROOT).or_default();
        root.events.push(ViewportEvent::Close);
        window.0.run_steps(6);
    };
    close(window);
    bare.look_beside(window, "closing", given);
    window.press(&said("Wait and close"));
    bare.look_beside(window, "closing soon", given);
    window.press(&said("Stay"));
    window.press(&filled("Cancel {file}", "1.gif"));
    window.wait_for(&filled("Dismiss {file}", "1.gif"));
    bare.look_beside(window, "cancelled", given);
    for path in ["1.csv", "nowhere/1.csv"] {
        window.key(Key::E);
        window.0.run_steps(10);
        window
            .0
            .get_by_role_and_label(Role::RadioButton, &said("Table"))
            .click();
        window.0.run_steps(8);
        place(window, &folder.join(path).display().to_string());
        window.press(&said("Export now"));
        window.wait_for(&filled("Dismiss {file}", "1.csv"));
        // What a file system says is its own.
        if path == "1.csv" {
            bare.look_beside(window, "saved table", given);
        }
    }
}

/// The time bar, undo, and what is known of the past.
fn time(bare: &mut Bare) {
    let mut window = Window::of(small(), vec2(1280.0, 1200.0), Options::default());
    point_at(
        &mut window,
        bare,
        "time bar",
        &[],
        &["Step back", "Play", "Step", "Live end", "Reset", "flat out", "Speed"],
    );
    window.app_mut().drive().send(Control::Steps(30));
    window.0.run_steps(3);
    window.key(Key::K);
    let rail = window.0.get_by_role_and_label(Role::Slider, &said("Time")).rect();
    for x in [rail.left() + 30.0, rail.right() - 8.0] {
        window.0.hover_at(pos2(x, rail.top() + 9.0));
        window.0.run_steps(4);
        bare.look(&window, "rail");
    }
    window.app_mut().drive().send(Control::Steps(5));
    window.key(Key::Comma);
    bare.look(&window, "in the past");
    for (button, part) in [
        ("Checkpoints", "Set a checkpoint"),
        ("Run to", "Time to run to"),
        ("Pause when", "Add a condition"),
        ("History", "at most"),
    ] {
        point_at(&mut window, bare, "time", &[], &[button]);
        window.press(&said(button));
        assert!(window.says(&said(part)), "{button}");
        bare.look(&window, "time");
        if button == "Checkpoints" {
            let mut ticks = window.0.get_all_by_role(Role::CheckBox);
            let tick = ticks.find(|node| {
                node.accesskit_node()
                    .label()
                    .is_some_and(|label| label.contains("Reset returns"))
            });
            tick.expect("a box to tick").click();
            drop(ticks);
            window.0.run_steps(3);
        }
        window.key(Key::Escape);
        window.key(Key::Escape);
    }
    bare.look(&window, "armed checkpoint");
    window.key(Key::Space);
    bare.look(&window, "replaying");
    window.key(Key::Space);
    // Undo of everything that has a name, and again.
    let mut window = Window::of(small(), vec2(1280.0, 1200.0), Options::default());
    bare.look(&window, "nothing to undo");
    for undo in [Modifiers::COMMAND, Modifiers::COMMAND.plus(Modifiers::SHIFT)] {
        window.key_with(undo, Key::Z);
        bare.look(&window, "nothing to undo");
    }
    window.key(Key::N);
    window.key_with(Modifiers::SHIFT, Key::R);
    window.key(Key::D);
    window.key(Key::R);
    for undo in [Modifiers::COMMAND, Modifiers::COMMAND.plus(Modifiers::SHIFT)] {
        for _ in 0..4 {
            window.key_with(undo, Key::Z);
            window.0.run_steps(3);
            bare.look(&window, "undo");
            point_at(&mut window, bare, "undo", &[], &["Undo", "Redo"]);
        }
    }
}

/// The tools, and everything that hands can do.
fn tools(bare: &mut Bare) {
    let mut scenario = small();
    scenario.target = Shape::Mixture(Mixture::default());
    let mut window = Window::of(scenario, vec2(1280.0, 2000.0), Options::default());
    window.app_mut().drive().send(Control::Steps(5));
    window.0.run_steps(4);
    let pictures: Vec<Rect> = window
        .0
        .query_all_by_label_contains("Picture of panel")
        .map(|node| node.rect())
        .collect();
    let at = pictures[0].center();
    let names = ["Select", "Brush", "Draw the start", "Probe"];
    point_at(&mut window, bare, "tools", &[], &names);
    for (key, words) in [
        (
            Key::B,
            &["Brush puts in", "Brush takes out", "Particles per dab", "Radius"][..],
        ),
        (Key::G, &["Pencil draws", "Pencil rubs out", "Weight of a dab"][..]),
        (Key::I, &[][..]),
    ] {
        window.key(key);
        bare.look(&window, "options of a tool");
        point_at(&mut window, bare, "options of a tool", &[], words);
        window.0.hover_at(at);
        window.0.run_steps(4);
        bare.look(&window, "a tool in use");
        window.0.drag_at(at);
        window.0.run_steps(2);
        window.0.drop_at(at);
        window.0.run_steps(4);
        bare.look(&window, "a tool that was used");
    }
    point_at(&mut window, bare, "probe", &[], &["Unpin the probe"]);
    window.key(Key::G);
    for word in ["Clear the drawing", "Start from the drawing"] {
        point_at(&mut window, bare, "pencil", &[], &[word]);
    }
    window.key(Key::S);
    for key in [Key::W, Key::Delete, Key::Delete, Key::J, Key::J, Key::J, Key::J] {
        window.key(key);
        bare.look(&window, "things by hand");
        // What the last key press has moved the keyboard to is told with its number.
        window.0.run_steps(4);
        bare.look(&window, "things by hand");
    }
    for _ in 0..6 {
        window.key_with(Modifiers::SHIFT, Key::D);
        window.key(Key::J);
        bare.look(&window, "copies");
    }
    window.press(&said("Tilt, shift"));
    window.slide(&said("Tilt x"), 0.5);
    for name in [
        "Add a well",
        "Add a component",
        "Tilt, shift",
        "Tilt x",
        "Remove wells, tilt and shift",
    ] {
        point_at(&mut window, bare, "things by hand", &[], &[name]);
    }
    let things: Vec<_> = window
        .0
        .query_all_by_label_contains(" at (")
        .map(|node| node.rect().center())
        .collect();
    for place in [things[0], at] {
        window.0.hover_at(place);
        window.0.run_steps(4);
        bare.look(&window, "handle");
        for pressed in [true, false] {
            window.0.event(Event::PointerButton {
                pos: place,
                button: PointerButton::Secondary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
        window.0.run_steps(5);
        bare.look(&window, "menu of a place");
        window.key(Key::Escape);
    }
}
