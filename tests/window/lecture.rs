//! Lectures in the window: `PageDown` alone leads from the first to the last card, and every claim is ticked.

use std::time::Duration;

use eframe::egui::accesskit::Role;
use eframe::egui::{FontFamily, Key, Modifiers, Shape, Vec2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::Options;
use wfr_lab::engine::{Control, Engine, Status};
use wfr_lab::lecture::{BuiltIn, Finding, Lecture, Pointer, lectures, plain};
use wfr_lab::sim::Simulation;
use wfr_lab::timeline::Timeline;

use crate::opened::{Window, small};

const SIZE: Vec2 = vec2(1280.0, 720.0);

/// Cards of two runs: one that continues, one with a question of each kind, one that starts again.
const SHORT: &str = r#"(
    version: 1,
    title: "Short",
    cards: [
        (title: "First", text: "One **word**.", preset: "double-well", set: ["particles=300"], to: 0.05,
            show: (panels: [1, 3], layers: [Discs, Masses], plots: [Kl]), point_at: Plot(1),
            claims: [(says: "It is early", that: "[t] < 0.06"), (says: "It is late", that: "[t] > 1")]),
        (title: "Second", text: "", set: ["temperature=1.5"], to: 0.1, show: (controls: [Landscape], plots: []),
            claims: [(says: "The time is right", that: "abs([t] - 0.1) < 1e-9")]),
        (title: "Third", text: "", to: 0.14, notes: "Wait for it.",
            question: (ask: "How much?", guess: Masses(panel: "WFR"), answer: "So much.")),
        (title: "Fourth", text: "", question: (ask: "How late?", guess: Number(of: "[t]", from: 0, to: 1), answer: "Late.")),
        (title: "Fifth", text: "", question: (ask: "Which?", guess: Choice(among: ["this", "that"], right: 2))),
        (title: "Sixth", text: "", restart: true, set: ["seed=5"], to: 0.02),
    ],
)"#;

fn short() -> Lecture {
    Lecture::from_ron(SHORT, "short").expect("a lecture that can be played")
}

fn opened(lecture: Lecture) -> Window {
    let mut window = Window::of(small(), SIZE, Options::default());
    window.open("short", lecture, 0);
    window
}

impl Window {
    fn open(&mut self, key: &str, lecture: Lecture, card: usize) {
        let ctx = self.0.ctx.clone();
        self.app_mut().open_lecture(&ctx, key, lecture, card);
        self.0.run_steps(3);
    }

    /// The card from 0, and whether it is at its end.
    fn at(&self) -> (usize, bool) {
        let (card, over, _) = self.app().card().expect("a lecture is on");
        (card, over)
    }

    fn findings(&self) -> Option<&[Finding]> {
        self.app().card().expect("a lecture is on").2
    }

    /// Sends a card that plays straight to its end.
    fn play_out(&mut self) {
        if !self.at().1 {
            self.app_mut().drive().send(Control::Steps(1_000_000));
        }
        self.0.run_steps(2);
    }
}

/// Plays a lecture with `PageDown` alone.
fn hold(name: &str) {
    let lecture = BuiltIn::named(name).expect("a built-in lecture").lecture();
    let mut window = Window::of(small(), SIZE, Options::default());
    window.open(name, lecture.clone(), 0);
    let mut ticked = 0;
    for (k, card) in lecture.cards.iter().enumerate() {
        let what = format!("{name}, card {}, {}", k + 1, card.title);
        assert_eq!(window.at().0, k, "{what}");
        assert!(window.says(&card.title), "{what}");
        if let Some(question) = &card.question {
            assert!(!window.at().1 && window.findings().is_none(), "{what} waits");
            assert!(window.shows(&plain(&question.ask)), "{what}");
            assert_eq!(*window.status(), Status::Paused);
            window.0.key_press(Key::PageDown);
            window.0.run_steps(2);
        }
        window.play_out();
        assert_eq!(window.at(), (k, true), "{what}");
        let passage = lecture.passage(k);
        assert_eq!(window.steps(), passage.to, "{what} holds exactly at its end");
        let findings = window.findings().unwrap_or_else(|| panic!("{what}: not judged"));
        assert_eq!(findings.len(), card.claims.len());
        for finding in findings {
            assert!(finding.holds(), "{what}: {}: {finding}", finding.says);
            assert!(window.shows(&format!("{}: holds", plain(&finding.says))), "{what}");
        }
        ticked += findings.len();
        window.0.key_press(Key::PageDown);
        window.0.run_steps(2);
    }
    assert!(window.says("This is the last card") && ticked >= lecture.cards.len());
}

#[test]
fn two_ways_is_held_with_page_down_alone() {
    hold("two-ways");
}

#[test]
fn stuck_is_held_with_page_down_alone() {
    hold("stuck");
}

#[test]
fn cannot_is_held_with_page_down_alone() {
    hold("cannot");
}

#[test]
fn a_card_plays_by_itself_and_holds_exactly_at_its_end() {
    let mut window = opened(short());
    assert!(window.shows("First") && *window.status() == Status::Running);
    assert!(window.shows("It is early: not judged yet"));
    for _ in 0..20 {
        window.0.run_steps(1);
    }
    assert_eq!((window.at(), window.steps()), ((0, true), 25));
    assert!(window.shows("It is early: holds") && window.shows("It is late: does not hold"));
    // What was not asked for is not there.
    assert!(window.shows("Picture of panel 1") && window.shows("Picture of panel 3"));
    assert!(!window.shows("Picture of panel 2") && !window.shows("Temperature"));
    assert!(window.shows("Plotted number") && !window.shows("Plotted number, second plot"));
}

#[test]
fn whatever_is_played_with_the_next_card_is_the_same() {
    let lecture = short();
    let mut window = opened(lecture.clone());
    window.key(Key::PageDown);
    window.play_out();
    assert_eq!(window.at(), (1, true));
    assert!(window.findings().is_some_and(|found| found[0].holds()));
    // The landscape may be touched on this card.
    window.slide("Temperature", 3.0);
    window.0.run_steps(4);
    assert!(window.findings().is_none() && window.says("no longer that of the card"));
    window.app_mut().drive().send(Control::Steps(30));
    window.0.run_steps(40);
    for (key, card) in [
        (Key::PageDown, 2),
        (Key::PageUp, 1),
        (Key::PageUp, 0),
        (Key::PageDown, 1),
    ] {
        window.key(key);
        let passage = lecture.passage(card);
        assert_eq!(window.at().0, card);
        if lecture.cards[card].question.is_none() {
            window.play_out();
        }
        let step = window.steps();
        let expected = Timeline::replay(passage.journal, step);
        let weights = expected.simulation().ensemble(2).weights().to_vec();
        window.app_mut().drive().send(Control::Pause);
        let state = window.app_mut().drive().state().recv().unwrap();
        let there = Timeline::resume(state);
        assert_eq!(there.simulation().ensemble(2).weights(), weights, "card {card}");
        assert_eq!(
            there.simulation().ensemble(2).positions(),
            expected.simulation().ensemble(2).positions()
        );
    }
    // They are jumps like others.
    let before = window.steps();
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.0.run_steps(4);
    assert_ne!(window.steps(), before);
    assert!(window.findings().is_none());
    window.press("Card again");
    window.play_out();
    assert!(window.findings().is_some_and(|found| found[0].holds()));
}

#[test]
fn page_down_while_a_card_plays_goes_on_at_once() {
    let mut window = opened(short());
    assert!(!window.at().1);
    window.key(Key::PageDown);
    window.key(Key::PageDown);
    // A question waits where it opens, though nothing before it was played to its end.
    assert_eq!((window.at(), window.steps()), ((2, false), 50));
    assert_eq!(*window.status(), Status::Paused);
    assert!(!window.says("So much."));
}

#[test]
fn questions_are_answered_and_the_truth_is_shown_beside() {
    let mut window = opened(short());
    window.open("short", short(), 2);
    window.0.run_steps(2);
    window.slide("Guess of the mass, right", 0.9);
    assert!(
        window.shows("90 %") && window.shows("10 %"),
        "what one gets the other gives"
    );
    assert!(!window.shows("in truth") && !window.says("So much."));
    window.key(Key::PageDown);
    window.play_out();
    assert_eq!((window.at(), window.steps()), ((2, true), 70));
    assert!(window.shows("in truth") && window.says("So much.") && window.says("The guess put"));
    window.key(Key::PageDown);
    window.slide("Guess", 0.4);
    window.key(Key::PageDown);
    window.0.run_steps(2);
    assert!(window.says("It is 0.14") && window.says("You said 0.4: off by 0.26") && window.says("Late."));
    window.key(Key::PageDown);
    window.press("this");
    window.key(Key::PageDown);
    window.0.run_steps(2);
    assert!(window.says("Guessed: this") || window.shows("this"));
    assert_eq!(window.at(), (4, true));
}

#[test]
fn the_list_jumps_and_leaving_brings_the_view_back() {
    let mut window = Window::of(small(), SIZE, Options::default());
    window.key(Key::C);
    let shown = ["Temperature", "Plotted number, third plot", "Picture of panel 2"];
    assert!(shown.iter().all(|label| window.shows(label)));
    window.open("short", short(), 0);
    window.key_with(Modifiers::COMMAND, Key::L);
    window.press("Card 6   Sixth");
    assert_eq!(window.at().0, 5);
    window.play_out();
    assert_eq!((window.steps(), window.app().scenario().seed), (10, 5));
    window.press("Leave the lecture");
    assert!(window.app().card().is_none());
    assert!(shown.iter().all(|label| window.shows(label)));
    let contours = window.0.get_by_role_and_label(Role::CheckBox, "Layer contours");
    assert!(
        !format!("{:?}", contours.accesskit_node().toggled()).contains("True"),
        "as it was switched before"
    );
    // The run does not hold where a card of a lecture that is closed would end.
    window.app_mut().drive().send(Control::Seek(0));
    window.app_mut().drive().send(Control::Steps(15));
    window.0.run_steps(2);
    assert_eq!(window.steps(), 15);
}

#[test]
fn a_lecture_is_resumed_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("short.ron");
    std::fs::write(&path, SHORT).unwrap();
    for visit in 0..2 {
        let mut window = Window::of(small(), SIZE, Options::default());
        let ctx = window.0.ctx.clone();
        window.app_mut().keep_files_in(&ctx, folder.path());
        window.key_with(Modifiers::COMMAND, Key::O);
        window.answer("Path", path.to_str().unwrap(), "Open this");
        window.0.run_steps(4);
        assert_eq!(window.at().0, 3 * visit);
        window.key_with(Modifiers::COMMAND, Key::L);
        window.press("Card 4   Fourth");
    }
}

#[test]
fn a_file_that_is_wrong_says_where_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.ron");
    std::fs::write(&path, SHORT.replace("to: 0.14", "to: -1")).unwrap();
    let mut window = opened(short());
    window.key_with(Modifiers::COMMAND, Key::O);
    window.answer("Path", path.to_str().unwrap(), "Open this");
    window.0.run_steps(4);
    assert!(window.says("wrong.ron:") && window.says("Third"));
    assert_eq!(window.at().0, 0);
}

#[test]
fn formulas_are_drawn_and_told_and_wrong_ones_are_refused_with_their_place() {
    let texts = SHORT.replace(
        r#"text: "One **word**.""#,
        r##"text: r#"One **word**, $\rho_0 \propto e^{-V}$, and $$\sqrt{2\alpha}$$ more."#"##,
    );
    let mut window = opened(Lecture::from_ron(&texts, "short").unwrap());
    assert!(window.shows("One word, ρ₀ ∝ e^(−V), and") && window.shows("√(2α)") && window.shows("more."));
    window.0.run_steps(2);
    // Letters of mathematics stand on the card, and not their LaTeX.
    let mut faces = std::collections::BTreeSet::new();
    for clipped in &window.0.output().shapes {
        families(&clipped.shape, &mut faces);
    }
    assert!(
        faces.contains("KaTeX_Math") && faces.contains("KaTeX_Main"),
        "{faces:?}"
    );
    let wrong = texts.replace(r"\rho_0", r"\rhoo");
    let refused = Lecture::from_ron(&wrong, "short").unwrap_err().to_string();
    assert!(
        refused.starts_with("short:5:") && refused.contains(r"\rhoo"),
        "{refused}"
    );
}

fn paints(shape: &Shape, part: &str) -> bool {
    match shape {
        Shape::Vec(shapes) => shapes.iter().any(|shape| paints(shape, part)),
        Shape::Text(text) => text.galley.text().contains(part),
        _ => false,
    }
}

fn families(shape: &Shape, into: &mut std::collections::BTreeSet<String>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| families(shape, into)),
        Shape::Text(text) => {
            let names = text
                .galley
                .job
                .sections
                .iter()
                .filter_map(|section| match &section.format.font_id.family {
                    FontFamily::Name(name) => Some(name.to_string()),
                    _ => None,
                });
            into.extend(names);
        }
        _ => {}
    }
}

#[test]
fn a_lecture_that_is_dropped_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("short.ron");
    std::fs::write(&path, SHORT).unwrap();
    let mut window = Window::of(small(), SIZE, Options::default());
    window.drop_file(&path);
    window.0.run_steps(4);
    assert_eq!(window.at().0, 0);
    assert!(window.says("First"));
}

#[test]
fn notes_stand_beneath_the_card_if_the_speaker_wants_them_there() {
    let folder = tempfile::tempdir().unwrap();
    for visit in 0..2 {
        let mut window = Window::of(small(), SIZE, Options::default());
        let ctx = window.0.ctx.clone();
        window.app_mut().keep_files_in(&ctx, folder.path());
        window.open("short", short(), 2);
        // Remembered from the first visit.
        assert_eq!(window.says("Wait for it."), visit == 1);
        window.key_with(Modifiers::SHIFT, Key::N);
        assert_eq!(window.says("Wait for it."), visit == 0);
    }
}

#[test]
fn the_legend_of_a_card_has_the_words_of_what_it_shows() {
    let mut window = opened(short());
    assert!(window.shows("Layer particles") && window.shows("Layer masses") && !window.shows("Layer contours"));
    // Switched off by hand it can be switched on again; and what is switched on by hand has its word.
    window.tick("Layer particles");
    assert!(window.shows("Layer particles"));
    window.key(Key::C);
    assert!(window.shows("Layer contours"));
    // On a strip there are only those that can be seen there.
    window.key(Key::T);
    assert!(window.shows("Layer particles") && !window.shows("Layer contours"));
}

#[test]
fn the_control_that_a_card_points_at_is_in_view() {
    let lecture = BuiltIn::named("cannot").unwrap().lecture();
    let card = lecture
        .cards
        .iter()
        .position(|card| matches!(card.point_at, Some(Pointer::Control(_))))
        .unwrap();
    for size in [SIZE, vec2(1024.0, 600.0)] {
        let mut window = Window::of(small(), size, Options::default());
        window.open("cannot", lecture.clone(), card);
        window.play_out();
        window.0.run_steps(20);
        let control = window.0.get_by_role_and_label(Role::CheckBox, "debiased").rect();
        let buttons = window.0.get_by_role_and_label(Role::Button, "Next card").rect();
        assert!(
            control.bottom() <= buttons.top() && control.top() > 0.0,
            "{control:?} above {buttons:?}"
        );
    }
}

#[test]
fn a_step_is_taken_to_pieces_in_the_plane_even_where_a_card_showed_a_strip() {
    let mut window = opened(short());
    window.key(Key::T);
    window.key(Key::O);
    window.0.run_steps(4);
    assert!(window.says("One step under the microscope"));
    // What is drawn of it is in the panel, over the plane.
    let shapes = &window.0.output().shapes;
    assert!(shapes.iter().any(|clipped| paints(&clipped.shape, "particles shown")));
}

#[test]
fn the_audience_has_a_window_of_its_own() {
    let mut window = opened(short());
    window.open("short", short(), 2);
    window.press("Audience window");
    window.0.run_steps(3);
    assert!(
        window.says("Wait for it.") && window.says("Next: Fourth"),
        "the speaker's notes"
    );
    // Here it lies within the first, where Esc is heard.
    window.key(Key::Escape);
    window.0.run_steps(2);
    assert!(!window.says("Wait for it.") && window.app().card().is_some());
}

#[test]
fn cards_are_reached_on_a_thread_of_their_own_as_well() {
    let scenario = small();
    let engine = Engine::spawn(Simulation::new(scenario.clone()), || ()).unwrap();
    let mut window = Window::driven(engine, scenario, SIZE, Options::default());
    window.wait_for("Paused");
    window.open("short", short(), 0);
    window.wait_for("It is early: holds");
    assert_eq!(window.steps(), 25);
    while window.at().0 < 3 {
        window.key(Key::PageDown);
    }
    window.wait_for("How late?");
    // The run comes to where the card opens, and waits there.
    while window.steps() != 70 {
        std::thread::sleep(Duration::from_millis(10));
        window.0.run_steps(1);
    }
    window.0.run_steps(3);
    window.key(Key::PageDown);
    window.wait_for("Late.");
    window.key(Key::PageUp);
    window.key(Key::PageUp);
    window.wait_for("The time is right: holds");
    assert_eq!(window.steps(), 50);
}

#[test]
fn the_menu_opens_every_lecture() {
    for built_in in lectures() {
        let mut window = Window::of(small(), SIZE, Options::default());
        window.press("Lectures");
        let lecture = built_in.lecture();
        window.press(&format!("{}   {} cards", lecture.title, lecture.cards.len()));
        window.0.run_steps(2);
        assert_eq!(window.at().0, 0);
        assert!(window.says(&lecture.cards[0].title));
    }
}

#[test]
fn a_pointer_that_was_put_down_tells_nothing_of_what_is_beneath_it() {
    let lecture = BuiltIn::named("two-ways").expect("a built-in lecture").lecture();
    let mut window = Window::of(small(), SIZE, Options::default());
    let tells = |window: &Window| window.texts().iter().any(|written| written.text.contains("began here"));
    window.open("two-ways", lecture, 0);
    // The crowd is dense where it starts: left of the middle.
    let panel = window.0.get_by_label_contains("Picture of panel").rect();
    let crowd = panel.left_top() + vec2(0.41, 0.5) * panel.size();
    window.0.hover_at(crowd);
    window.0.run_steps(2);
    assert!(tells(&window));
    window.0.run_steps(20);
    assert!(!tells(&window), "it has been at rest for five seconds");
    window.0.hover_at(crowd + vec2(2.0, 0.0));
    window.0.run_steps(2);
    assert!(tells(&window));
}
