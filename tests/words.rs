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

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Shape, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use wfr_lab::app::Options;
use wfr_lab::engine::Control;
use wfr_lab::flow::{Flow, Rate, Reaction, Transport};
use wfr_lab::lecture::{Lecture, lectures};
use wfr_lab::resample::Resampling;
use wfr_lab::scenario::presets;
use wfr_lab::verify::checks;
use wfr_lab::words::{self, TABLE, Wording, filled, said};

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
const NAMES: [&str; 27] = [
    "ESS", "MMD", "RON", "PNG", "SVG", "GIF", "CSV", "MiB", "GiB", "KiB", "Shift", "Ctrl", "Esc", "Home", "End",
    "Space", "Tab", "PageUp", "PageDown", "Del", "Delete", "Enter", "log", "exp", "Var", "dKL", "time",
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
        // Checks are asked for by name at the command line, and state formulas.
        for check in checks() {
            all.extend([check.name.to_owned(), check.statement.to_owned()]);
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
                1 => window.slide("«Guess of the mass, «right»»", 0.9),
                2 => window.slide(&marked("Guess"), 0.9),
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

/// The legend, the captions, followed particles, the palette, the identities, and what is said of settings.
fn around_the_panels(bare: &mut Bare, window: &mut Window) {
    let steps = |window: &mut Window, bare: &mut Bare, place: &'static str| {
        window.0.run_steps(6);
        bare.look(window, place);
    };
    for (modifiers, key, place) in [
        (Modifiers::NONE, Key::P, "projector"),
        (Modifiers::NONE, Key::P, "no projector"),
        (Modifiers::COMMAND, Key::Plus, "zoom"),
        (Modifiers::COMMAND, Key::Num0, "no zoom"),
        (Modifiers::NONE, Key::M, "one panel"),
        (Modifiers::NONE, Key::M, "all panels"),
        (Modifiers::NONE, Key::F, "phase plane"),
        (Modifiers::NONE, Key::F, "phase plane along y"),
        (Modifiers::NONE, Key::F, "plane"),
        (Modifiers::COMMAND, Key::K, "palette"),
    ] {
        window.key_with(modifiers, key);
        steps(window, bare, place);
    }
    window.0.event(Event::Text("zq".to_owned()));
    steps(window, bare, "palette, in vain");
    window.key(Key::Escape);
    for place in ["colour by lineage", "colour by flow", "colour by origin"] {
        window.press(said("Colour of particles"));
        steps(window, bare, place);
    }
    window.tick(said("Follow a particle"));
    steps(window, bare, "followed");
    window.tick(said("Follow a particle"));
    let mut pictures = window.0.get_all_by_label_contains("Picture of panel 1");
    let picture = pictures.next().unwrap().rect();
    drop(pictures);
    window.0.hover_at(picture.center());
    steps(window, bare, "pointed at");
    let temperature = filled("{control} value", &[("control", &said("Temperature"))]);
    for (typed, place) in [("many", "no number"), ("1000", "too large a number")] {
        window.type_into(&temperature, typed);
        steps(window, bare, place);
    }
    window.key(Key::R);
    window.tick(said("Equal dissipation"));
    steps(window, bare, "equal dissipation");
    for name in ["well-grid", "four-wells", "triple-well", "underdamped"] {
        let preset = presets().iter().find(|preset| preset.name == name).unwrap();
        let mut scenario = preset.scenario();
        scenario.particles = 300;
        let mut window = Window::of(scenario, vec2(1280.0, 2400.0), Options::default());
        bare.look(&window, name);
        window.key(Key::F);
        steps(&mut window, bare, name);
    }
    window.key(Key::V);
    steps(window, bare, "identities");
    window.press(&filled("Run {name}", &[("name", &"structure")]));
    steps(window, bare, "a check runs");
    window.wait_for(&format!("structure: {}", said("holds")));
    steps(window, bare, "it holds");
    window.key(Key::Escape);
}

/// Walks through a window of its own in which all sentences of the table are marked; what is shown without a mark is not in the table.
fn only_from_the_table(walk: impl FnOnce(&mut Bare)) {
    static MARKED: std::sync::Once = std::sync::Once::new();
    MARKED.call_once(|| Wording::of_all(marked).speak());
    let mut bare = Bare::default();
    walk(&mut bare);
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

#[test]
fn around_the_panels_nothing_is_said_but_through_the_table() {
    only_from_the_table(|bare| {
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
        around_the_panels(bare, &mut window);
    });
}

#[test]
fn of_files_nothing_is_said_but_through_the_table() {
    only_from_the_table(files::walk);
}

#[test]
fn of_lectures_and_steps_nothing_is_said_but_through_the_table() {
    only_from_the_table(lectures_and_steps);
}

#[test]
fn of_plots_nothing_is_said_but_through_the_table() {
    only_from_the_table(of_plots);
}

/// Points at everything whose label has these words, one after the other, and looks at what is told of it.
fn hover_over(window: &mut Window, bare: &mut Bare, part: &str, place: &'static str) {
    let count = window.0.query_all_by_label_contains(part).count();
    assert!(count > 0, "{place}: {part}");
    for nth in 0..count {
        let Some(node) = window.0.query_all_by_label_contains(part).nth(nth) else {
            break;
        };
        node.hover();
        window.0.run_steps(5);
        bare.look(window, place);
    }
}

/// Plots, figures, the equation, and what is drawn over the panels.
fn of_plots(bare: &mut Bare) {
    let mut scenario = small();
    scenario.dt = 0.02;
    scenario.panels = vec![
        Flow::langevin(),
        Flow {
            reaction: Reaction::Jump,
            ..Flow::new("Fisher–Rao", 1.0, 1.0)
        },
        Flow::wfr(),
    ];
    let mut window = Window::of(scenario.clone(), vec2(1280.0, 2400.0), Options::default());
    window.app_mut().drive().send(Control::Steps(60));
    window.0.run_steps(6);
    for number in 1..=3 {
        let name = [
            "Plotted number",
            "Plotted number, second plot",
            "Plotted number, third plot",
        ][number - 1];
        let list = format!("{}{name}{}", MARKS[0], MARKS[1]);
        window.0.get_by_role_and_label(Role::ComboBox, &list).click();
        window.0.run_steps(5);
        bare.look(&window, "menu of a plot");
        for entry in [
            "Dissipation of",
            "Mass ledger of",
            "Error of the mass",
            "Mean of x",
            "MMD",
        ] {
            hover_over(&mut window, bare, entry, "menu of a plot");
        }
        let entry = ["Dissipation of", "Mass ledger of", "Error of the mass"][number - 1];
        let entries: Vec<_> = window.0.query_all_by_label_contains(entry).collect();
        entries.last().expect("an entry").click();
        drop(entries);
        window.0.run_steps(5);
        bare.look(&window, "plots");
    }
    window.key(Key::Q);
    window.key(Key::Y);
    window.key_with(Modifiers::SHIFT, Key::T);
    window.0.run_steps(6);
    for part in [
        "Transport",
        "Drift",
        "Noise",
        "Weight",
        "KL falls",
        "Rate pad",
        "Effective sample size of",
    ] {
        hover_over(&mut window, bare, part, "equation, pad and gauge");
    }
    for part in ["families", "top weight", "telep", "unreachable", "W1", "MMD", "mean x"] {
        hover_over(&mut window, bare, part, "table of figures");
    }
    // The middle of the first panel, and a plot.
    for at in [pos2(560.0, 500.0), pos2(500.0, 2000.0)] {
        window.0.hover_at(at);
        window.0.run_steps(5);
        bare.look(&window, "pictures");
    }
    let folds: Vec<_> = window.0.query_all_by_label_contains("Spectrum").collect();
    folds.first().expect("a section").click();
    drop(folds);
    for _ in 0..300 {
        window.0.run_steps(2);
        bare.look(&window, "spectrum");
        if window.says("Kramers") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for part in ["Kramers", "Gap", "measured", "αλ₁", "Eigenfunction"] {
        hover_over(&mut window, bare, part, "spectrum");
    }
    // Velocities have an equation of their own, a plane, and no exact solution.
    scenario.panels = vec![
        Flow {
            transport: Transport::Underdamped(1.0),
            ..Flow::new("Langevin", 1.0, 1.0)
        },
        Flow {
            rate: Rate::Corrected(0.5),
            ..Flow::new("WFR", 1.0, 1.0)
        },
    ];
    let mut window = Window::of(scenario, vec2(2200.0, 1600.0), Options::default());
    window.key(Key::Q);
    window.app_mut().drive().send(Control::Steps(5));
    window.0.run_steps(6);
    bare.look(&window, "velocities");
    for part in ["Flight", "Drift", "Noise", "Weight"] {
        hover_over(&mut window, bare, part, "equation of velocities");
    }
    window.key(Key::F);
    window.key_with(Modifiers::SHIFT, Key::T);
    window.0.run_steps(6);
    bare.look(&window, "phase portrait");
}
