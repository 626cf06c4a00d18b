//! Every sentence of the window is in one table: none is missing there, none is left over, and none is shown without it.
#![cfg(feature = "gui")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what is wrong and says what it has written"
)]

#[path = "words/files.rs"]
mod files;
#[allow(dead_code, reason = "the tests of the window use the rest")]
#[path = "window/opened.rs"]
mod opened;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers, Shape, vec2};
use egui_kittest::kittest::NodeT as _;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use wfr_lab::app::Options;
use wfr_lab::engine::Control;
use wfr_lab::lecture::lectures;
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
        self.look_beside(window, place, &[]);
    }

    /// The same where names of files and the like are on show.
    fn look_beside(&mut self, window: &Window, place: &'static str, given: &[&str]) {
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
            let said = given.iter().fold(text.clone(), |text, part| text.replace(part, " "));
            if is_bare(&said) {
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

/// What egui says by itself.
const OF_EGUI: [&str; 2] = ["Close window", "Resize panel"];

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
    for part in content().iter().map(String::as_str).chain(OF_EGUI) {
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
        let mut all: Vec<String> = all.into_iter().filter(|text| !text.is_empty()).collect();
        all.sort_by_key(|text| std::cmp::Reverse(text.len()));
        all
    })
}

#[test]
fn nothing_is_said_but_through_the_table() {
    Wording::of_all(|sentence| format!("{}{sentence}{}", MARKS[0], MARKS[1])).speak();
    let mut bare = Bare::default();
    let mut window = Window::of(small(), vec2(1280.0, 2400.0), Options::default());
    bare.look(&window, "at rest");
    files::walk(&mut bare);
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
