//! Every sentence of the window is in one table: none is missing there, none is left over, and none is shown without it.
#![cfg(feature = "gui")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what is wrong and says what it has written"
)]

#[allow(dead_code, reason = "the tests of the window use the rest")]
#[path = "window/opened.rs"]
mod opened;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Shape, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use wfr_lab::app::Options;
use wfr_lab::engine::Control;
use wfr_lab::flow::{Flow, Reaction, Transport};
use wfr_lab::lecture::{Lecture, lectures};
use wfr_lab::resample::Resampling;
use wfr_lab::scenario::presets;
use wfr_lab::words::{self, TABLE, Wording};

use opened::{Window, small};

const HEAD: &str = "\
// Every sentence of the window, under the file in which it stands first, with room for another wording: see `wfr-lab words`.
// Made from the sources by `WFR_LAB_WRITE=1 cargo test --test words`.
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// A use of `t!` or `msg!`: the sentence, and the names that are filled in.
struct Use {
    sentence: String,
    names: BTreeSet<String>,
    marked: bool,
}

/// All uses in a file, however deep they stand in other macros.
fn uses(tokens: TokenStream, into: &mut Vec<Use>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (i, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let called = i.checked_sub(2).and_then(|k| match (&tokens[k], &tokens[k + 1]) {
            (TokenTree::Ident(name), TokenTree::Punct(bang)) if bang.as_char() == '!' => Some(name.to_string()),
            _ => None,
        });
        let marked = called.as_deref() == Some("msg");
        if group.delimiter() == Delimiter::Parenthesis && (marked || called.as_deref() == Some("t")) {
            let mut inner = group.stream().into_iter();
            if let Some(TokenTree::Literal(literal)) = inner.next() {
                let sentence = syn::parse_str::<syn::LitStr>(&literal.to_string())
                    .expect("a sentence")
                    .value();
                let rest: Vec<TokenTree> = inner.collect();
                let separators = rest.iter().enumerate().filter(|(_, token)| is_comma(token));
                let names = separators.filter_map(|(i, _)| rest.get(i + 1)).map(ToString::to_string);
                into.push(Use {
                    sentence,
                    names: names.collect(),
                    marked,
                });
            }
        }
        uses(group.stream(), into);
    }
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',')
}

/// The table as it must be, from the sources.
fn table() -> String {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let (mut seen, mut text) = (BTreeSet::new(), HEAD.to_owned() + "[\n");
    for path in files {
        // The macros themselves, and what explains them.
        if path.ends_with("src/words/mod.rs") {
            continue;
        }
        let mut found = Vec::new();
        uses(fs::read_to_string(&path).unwrap().parse().unwrap(), &mut found);
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let mut headed = false;
        for used in found {
            let places: BTreeSet<String> = words::names(&used.sentence).into_iter().map(str::to_owned).collect();
            if !used.marked {
                assert_eq!(places, used.names, "{name}: what fills {:?}", used.sentence);
            }
            if seen.insert(used.sentence.clone()) {
                if !std::mem::replace(&mut headed, true) {
                    text += &format!("    // {}\n", name.replace('\\', "/"));
                }
                text += &words::row(&used.sentence, "");
                text += "\n";
            }
        }
    }
    text + "]\n"
}

#[test]
fn the_table_is_that_of_the_sources() {
    let table = table();
    if std::env::var_os("WFR_LAB_WRITE").is_some() {
        fs::write(root().join("src/words/table.ron"), &table).unwrap();
        println!("src/words/table.ron is written");
        return;
    }
    let wrong = table.lines().zip(TABLE.lines()).find(|(wanted, found)| wanted != found);
    assert!(
        table == TABLE,
        "src/words/table.ron is not that of the sources, first at {wrong:?}: WFR_LAB_WRITE=1 cargo test --test words makes it anew"
    );
}

/// Begins and ends what was said through the table.
const MARKS: [char; 2] = ['«', '»'];

/// What is shown without the table, and where.
#[derive(Default)]
struct Bare(BTreeMap<String, &'static str>);

impl Bare {
    /// Looks at everything that can be read or heard now.
    fn look(&mut self, window: &Window, place: &'static str) {
        let mut all = Vec::new();
        for node in window.0.root().children_recursive() {
            let node = node.accesskit_node();
            all.extend(node.label());
            all.extend(node.value());
            all.extend(node.description());
        }
        for clipped in &window.0.output().shapes {
            painted(&clipped.shape, &mut all);
        }
        for text in all {
            if is_bare(&text) {
                self.0.entry(text).or_insert(place);
            }
        }
    }
}

fn painted(shape: &Shape, into: &mut Vec<String>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| painted(shape, into)),
        Shape::Text(text) => into.push(text.galley.text().to_owned()),
        _ => {}
    }
}

/// Names of keys and quantities, and kinds of files: the same in all languages.
const NAMES: [&str; 22] = [
    "ESS", "RON", "PNG", "SVG", "GIF", "CSV", "MiB", "GiB", "KiB", "Shift", "Ctrl", "Esc", "Home", "End", "Space",
    "Tab", "PageUp", "PageDown", "Del", "log", "exp", "Var",
];

/// Whether words stand in a text that are neither said through the table nor from a file: titles, descriptions, names.
fn is_bare(text: &str) -> bool {
    let mut depth = 0_i32;
    let mut outside = String::new();
    for c in text.chars() {
        match c {
            _ if c == MARKS[0] => depth += 1,
            _ if c == MARKS[1] => depth -= 1,
            _ if depth <= 0 => outside.push(c),
            _ => {}
        }
    }
    for part in content() {
        outside = outside.replace(part, " ");
    }
    let mut found = outside.split(|c: char| !c.is_alphabetic());
    found.any(|word| word.chars().count() >= 3 && word.is_ascii() && !NAMES.contains(&word))
}

/// What the window shows of files, longest first.
fn content() -> &'static [String] {
    static ALL: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = BTreeSet::new();
        for preset in presets() {
            let scenario = preset.scenario();
            all.extend(scenario.panels.iter().map(|panel| panel.name.clone()));
            all.extend([
                preset.name.to_owned(),
                scenario.title,
                scenario.description.trim().replace('\n', " "),
            ]);
        }
        for lecture in lectures() {
            let lecture = lecture.lecture();
            all.extend([lecture.title, lecture.about]);
            for card in lecture.cards {
                all.extend([card.title, card.text, card.notes]);
                all.extend(card.claims.into_iter().map(|claim| claim.says));
            }
        }
        // The second window lies within the first in tests, and there it has handles of egui.
        all.insert(" – wfr-lab".to_owned());
        for side in [
            "left",
            "right",
            "top",
            "bottom",
            "top-left",
            "top-right",
            "bottom-left",
            "bottom-right",
        ] {
            let what = if side.contains('-') { "corner" } else { "edge" };
            all.insert(format!("Resize window {side} {what}"));
        }
        let mut all: Vec<String> = all.into_iter().filter(|text| !text.is_empty()).collect();
        all.sort_by_key(|text| std::cmp::Reverse(text.len()));
        all
    })
}

/// A lecture with a card of each kind; its own words are marked, since they come from a file.
const LECTURE: &str = r#"(version: 1, title: "«L»", about: "«A»", minutes: 9, cards: [
    (title: "«1»", text: "«x»", preset: "double-well", set: ["particles=300"], to: 0.02, notes: "«n»",
        claims: [(says: "«c»", that: "[t] < 1"), (says: "«d»", that: "[t] > 1")]),
    (title: "«2»", text: "«x»", question: (ask: "«q»", guess: Masses(panel: "WFR"), answer: "«a»")),
    (title: "«3»", text: "«x»", question: (ask: "«q»", guess: Number(of: "[t]", from: 0, to: 1, unit: "«u»"))),
    (title: "«4»", text: "«x»", question: (ask: "«q»", guess: Choice(among: ["«r»", "«s»", "«t»"], right: 2))),
])"#;

fn marked(text: &str) -> String {
    format!("{}{text}{}", MARKS[0], MARKS[1])
}

/// Lectures, the strip and the microscope.
fn lectures_and_steps(bare: &mut Bare) {
    let mut window = Window::of(small(), vec2(1280.0, 1200.0), Options::default());
    let ctx = window.0.ctx.clone();
    window.key(Key::PageDown);
    bare.look(&window, "no lecture");
    window.press(&marked("Lectures"));
    bare.look(&window, "menu of lectures");
    window.key(Key::Escape);
    let lecture = Lecture::from_ron(LECTURE, "words").unwrap();
    window.app_mut().open_lecture(&ctx, "words", lecture, 0);
    window.0.run_steps(3);
    bare.look(&window, "card on its way");
    for card in 0..4 {
        if card > 0 {
            // A question waits; what is guessed is wrong.
            bare.look(&window, "question");
            match card {
                1 | 2 => {
                    let named = |label: &String| label.contains("Guess");
                    let mut sliders = window.0.query_all_by_role(Role::Slider);
                    let guess = sliders.find(|node| node.accesskit_node().label().as_ref().is_some_and(named));
                    guess.expect("a guess").set_value_accesskit(0.9);
                    drop(sliders);
                    window.0.run_steps(3);
                }
                _ => window.press("«r»"),
            }
            window.key(Key::PageDown);
        }
        window.app_mut().drive().send(Control::Steps(1000));
        window.0.run_steps(4);
        bare.look(&window, "card at its end");
        if card == 0 {
            window.key_with(Modifiers::COMMAND, Key::L);
            bare.look(&window, "list of cards");
            window.key(Key::Escape);
            window.press(&marked("Audience window"));
            bare.look(&window, "notes of the speaker");
            window.key(Key::Escape);
        }
        window.key(Key::PageDown);
        window.0.run_steps(3);
    }
    bare.look(&window, "last card");
    window.app_mut().drive().send(Control::Steps(10));
    window.0.run_steps(3);
    bare.look(&window, "run that is no longer that of the card");
    window.press(&marked("Leave the lecture"));
    bare.look(&window, "lecture closed");
    // Two Gaussian wells along both axes, where a strip is a marginal only: it says so.
    for preset in ["double-well", "muller-brown"] {
        let mut scenario = preset_of(preset);
        scenario.particles = 300;
        let mut window = Window::of(scenario, vec2(1280.0, 900.0), Options::default());
        window.app_mut().drive().send(Control::Steps(20));
        for _ in 0..2 {
            window.key(Key::T);
            window.0.run_steps(4);
            bare.look(&window, "strips");
        }
    }
    // Every kind of step, each stage of it.
    let flow = |alpha, beta, transport, reaction, threshold| Flow {
        transport,
        reaction,
        resampling: Some(Resampling {
            threshold,
            ..Resampling::default()
        }),
        ..Flow::new("WFR", alpha, beta)
    };
    for one in [
        flow(1.0, 1.0, Transport::EulerMaruyama, Reaction::Weights, 1.0),
        flow(1.0, 1.0, Transport::LeimkuhlerMatthews, Reaction::Weights, 0.0),
        flow(1.0, 0.0, Transport::Mala, Reaction::Weights, 0.5),
        flow(0.0, 1.0, Transport::EulerMaruyama, Reaction::Jump, 0.5),
        flow(1.0, 1.0, Transport::Underdamped(2.0), Reaction::BirthDeath, 0.5),
        flow(0.0, 0.0, Transport::EulerMaruyama, Reaction::Weights, 0.5),
    ] {
        let mut scenario = small();
        scenario.panels = vec![one];
        let mut window = Window::of(scenario, vec2(1280.0, 900.0), Options::default());
        window.key(Key::O);
        window.0.run_steps(3);
        for _ in 0..8 {
            bare.look(&window, "microscope");
            window.key(Key::ArrowRight);
        }
    }
}

fn preset_of(name: &str) -> wfr_lab::scenario::Scenario {
    let preset = presets().iter().find(|preset| preset.name == name);
    preset.expect("a preset of that name").scenario()
}

#[test]
fn nothing_is_said_but_through_the_table() {
    Wording::of_all(|sentence| format!("{}{sentence}{}", MARKS[0], MARKS[1])).speak();
    let mut bare = Bare::default();
    let mut window = Window::of(small(), vec2(1280.0, 2400.0), Options::default());
    bare.look(&window, "at rest");
    window.app_mut().drive().send(Control::Steps(20));
    window.0.run_steps(6);
    bare.look(&window, "running");
    for (key, place) in [
        (Key::F1, "keys"),
        (Key::Q, "equation"),
        (Key::T, "strip"),
        (Key::O, "microscope"),
        (Key::V, "checks"),
        (Key::S, "select"),
        (Key::B, "brush"),
        (Key::G, "draw"),
    ] {
        window.key(key);
        window.0.run_steps(6);
        bare.look(&window, place);
        window.key(Key::Escape);
    }
    window.key_with(Modifiers::COMMAND, Key::K);
    window.0.run_steps(6);
    bare.look(&window, "palette");
    lectures_and_steps(&mut bare);
    let all: Vec<String> = bare
        .0
        .iter()
        .map(|(text, place)| format!("{place}: {text:?}"))
        .collect();
    assert!(
        all.is_empty(),
        "{} texts without the table:\n{}",
        all.len(),
        all.join("\n")
    );
}
