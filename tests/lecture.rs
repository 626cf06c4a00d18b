//! Lectures: every built-in one is played and every claim holds; cards are the same however they are reached; files that are wrong say
//! where.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test prints what it finds and stops at what is wrong"
)]

use proptest::prelude::*;
use wfr_lab::lecture::{Guess, Layer, Lecture, Rehearsal, lectures};
use wfr_lab::sim::Simulation;
use wfr_lab::timeline::Timeline;

fn rehearse(name: &str) {
    let built_in = lectures().iter().find(|l| l.name == name).expect("a built-in lecture");
    let lecture = built_in.lecture();
    assert!(
        (10..=15).contains(&lecture.cards.len()),
        "{} cards",
        lecture.cards.len()
    );
    let (mut claims, mut failed) = (0, Vec::new());
    for played in Rehearsal::new(&lecture) {
        println!("{name} {:2} {} (t = {})", played.card + 1, played.title, played.time);
        assert_eq!(played.stopped, None);
        for finding in &played.findings {
            println!("    {} {}: {finding}", finding.holds(), finding.says);
            claims += 1;
            if !finding.holds() {
                failed.push(format!("card {}: {}: {finding}", played.card + 1, finding.says));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(claims >= lecture.cards.len(), "every card claims something");
}

#[test]
fn two_ways_to_move_mass() {
    rehearse("two-ways");
}

#[test]
fn why_langevin_gets_stuck() {
    rehearse("stuck");
}

#[test]
fn what_reweighting_cannot_do() {
    rehearse("cannot");
}

#[test]
fn lectures_are_the_three_played_above_and_survive_a_round_trip() {
    let names: Vec<&str> = lectures().iter().map(|l| l.name).collect();
    assert_eq!(names, ["two-ways", "stuck", "cannot"]);
    for built_in in lectures() {
        let lecture = built_in.lecture();
        let again = Lecture::from_ron(&lecture.to_ron(), "written").unwrap();
        assert_eq!(again, lecture);
    }
}

/// Three cards of one run: an edit and a brush on the way.
const SHORT: &str = r#"(
    version: 1,
    title: "Short",
    cards: [
        (title: "a", text: "", preset: "double-well", set: ["particles=400"], to: 0.05),
        (title: "b", text: "", set: ["temperature=1.5"], to: 0.1),
        (title: "c", text: "", commands: [Duplicate(2)], from: 0.12, to: 0.15,
            claims: [(says: "time", that: "abs([t] - 0.15) < 1e-9"), (says: "four", that: "[WFR 2.mass(1)] >= 0")]),
        (title: "d", text: "", restart: true, set: ["seed=5"], to: 0.02),
    ],
)"#;

#[test]
fn a_card_is_the_same_however_it_is_reached() {
    let lecture = Lecture::from_ron(SHORT, "short").unwrap();
    // Straight there.
    let passage = lecture.passage(2);
    assert_eq!((passage.first, passage.from, passage.to), (0, 60, 75));
    let mut straight = Timeline::replay(passage.journal.clone(), passage.to);
    // Card by card, by hand.
    let mut scenario = wfr_lab::scenario::presets()[0].scenario();
    scenario.set("particles", "400").unwrap();
    let mut walked = Simulation::new(scenario.clone());
    while walked.steps() < 25 {
        walked.step().unwrap();
    }
    scenario.set("temperature", "1.5").unwrap();
    walked.apply(wfr_lab::sim::Command::Edit(Box::new(scenario)));
    while walked.steps() < 60 {
        walked.step().unwrap();
    }
    walked.apply(wfr_lab::sim::Command::Duplicate(2));
    while walked.steps() < 75 {
        walked.step().unwrap();
    }
    for panel in 0..4 {
        assert_eq!(
            straight.simulation().ensemble(panel).positions(),
            walked.ensemble(panel).positions()
        );
        assert_eq!(
            straight.simulation().ensemble(panel).weights(),
            walked.ensemble(panel).weights()
        );
    }
    straight.seek(passage.from);
    assert_eq!(straight.now().step, 60);
    // And the rehearsal ends where the passage does.
    let played: Vec<_> = Rehearsal::new(&lecture).collect();
    assert!(played.iter().all(|card| card.holds()), "{played:#?}");
    assert_eq!(played[2].time, walked.time());
    // A later run may go on from an earlier one, and from no other.
    let (first, second) = (lecture.passage(0), lecture.passage(1));
    assert!(second.continues(&first.journal, first.to));
    assert!(!first.continues(&second.journal, second.to));
    assert!(!lecture.passage(3).continues(&first.journal, 0));
    assert_eq!(lecture.passage(3).scenario().particles, 400);
}

/// Going from any card to any other in one timeline gives the bits of going there alone: what both have in common is not done again, and
/// nothing else is kept. Undo leads back.
#[test]
fn what_runs_have_in_common_is_not_done_again() {
    let lecture = Lecture::from_ron(SHORT, "short").unwrap();
    let cards = lecture.cards.len();
    let places = (0..cards).flat_map(|card| {
        let passage = lecture.passage(card);
        [passage.from, passage.to].map(|step| (passage.journal.clone(), step))
    });
    let places: Vec<_> = places.collect();
    let bits = |timeline: &Timeline| {
        let run = timeline.simulation();
        let panels = 0..run.scenario().panels.len();
        let of = |k: usize| {
            let ensemble = run.ensemble(k);
            (ensemble.positions().map(<[f64]>::to_vec), ensemble.weights().to_vec())
        };
        (
            run.steps(),
            timeline.journal().commands,
            panels.map(of).collect::<Vec<_>>(),
        )
    };
    let alone: Vec<_> = places
        .iter()
        .map(|(journal, step)| bits(&Timeline::replay(journal.clone(), *step)))
        .collect();
    for (a, b) in (0..places.len()).flat_map(|a| (0..places.len()).map(move |b| (a, b))) {
        let mut timeline = Timeline::replay(places[a].0.clone(), places[a].1);
        // Beyond the place, as an audience that lets it run.
        for _ in 0..3 {
            timeline.step().unwrap();
        }
        let before = bits(&timeline);
        timeline.recall(places[b].0.clone(), places[b].1);
        timeline.seek(places[b].1);
        assert_eq!(bits(&timeline), alone[b], "from place {a} to place {b}");
        assert_eq!(timeline.end().step, places[b].1, "and what comes after is not known");
        assert!(timeline.undo());
        assert_eq!(bits(&timeline), before, "from place {b} back to place {a}");
    }
    // From a card to the next of the same run no step is repeated.
    let (first, second) = (lecture.passage(0), lecture.passage(1));
    let mut timeline = Timeline::replay(first.journal, first.to);
    timeline.recall(second.journal.clone(), second.from);
    assert_eq!(timeline.now().step, second.from);
}

#[test]
fn lectures_are_told_from_scenarios() {
    assert!(Lecture::looks_like_one(SHORT) && Lecture::looks_like_one("(version:1,title:\"\",cards :[])"));
    for built_in in lectures() {
        assert!(Lecture::looks_like_one(built_in.text), "{}", built_in.name);
    }
    for preset in wfr_lab::scenario::presets() {
        assert!(!Lecture::looks_like_one(preset.text), "{}", preset.name);
    }
    assert!(!Lecture::looks_like_one(
        "( // cards: none\n title: \"playing cards: a game\")"
    ));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases = [
        (
            "[WFR 2.mass(1)] >= 0",
            "[WFR 2.mass(9)] >= 0",
            "7:",
            "there is no well 9: the landscape has 2",
        ),
        (
            "[WFR 2.mass(1)] >= 0",
            "[WFr.mass(1)] >= 0",
            "7:",
            "there is no panel `WFr`: expected one of Langevin, Fisher–Rao, WFR, WFR 2",
        ),
        (
            "[WFR 2.mass(1)] >= 0",
            "[WFR.masss(1)] >= 0",
            "8:",
            "did you mean `mass`?",
        ),
        ("[WFR 2.mass(1)] >= 0", "[WFR.mass(1)]", "8:", "nothing is compared"),
        (
            "preset: \"double-well\"",
            "preset: \"double-wel\"",
            "5:",
            "did you mean `double-well`?",
        ),
        ("temperature=1.5", "particles=7", "6:", "takes effect with a start only"),
        ("temperature=1.5", "temperature", "6:", "expected KEY=VALUE"),
        ("from: 0.12", "from: 0.02", "7:", "0.02 is before 0.1"),
        (
            "restart: true",
            "restart: true, preset: \"ring\"",
            "9:",
            "several starts",
        ),
        ("Duplicate(2)", "Reset", "7:", "a start is none of them"),
        ("Duplicate(2)", "Remove(7)", "7:", "there is no panel"),
        ("version: 1", "version: 3", "2:", "expected 1"),
        ("title: \"b\"", "titel: \"b\"", "6:", "there is no field `titel`"),
    ];
    for (from, to, line, part) in cases {
        let text = SHORT.replacen(from, to, 1);
        let error = Lecture::from_ron(&text, "short").expect_err(to).to_string();
        assert!(error.starts_with(&format!("short:{line}")), "{to}: {error}");
        assert!(error.contains(part), "{to}: {error}");
    }
}

#[test]
fn built_in_lectures_use_what_can_be_shown() {
    let all: Vec<Lecture> = lectures().iter().map(|l| l.lecture()).collect();
    let cards = || all.iter().flat_map(|l| &l.cards);
    assert!(cards().any(|c| matches!(&c.question, Some(q) if matches!(q.guess, Guess::Masses { .. }))));
    for layer in [Layer::Ribbons, Layer::Pulses, Layer::Tangent, Layer::Exact] {
        assert!(
            cards().any(|c| c.show.layers.as_ref().is_some_and(|l| l.contains(&layer))),
            "{layer:?}"
        );
    }
    assert!(cards().any(|c| c.show.microscope.is_some()) && cards().any(|c| c.show.equation));
    assert!(cards().all(|c| c.text.chars().count() < 700), "a card is no page");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Damaged files are refused or read, and never panic.
    #[test]
    fn damaged_files_do_not_panic(at in 0..SHORT.len(), remove in 0..12_usize, insert in "[\\[\\]()<>=@.,:\"a-z0-9 -]{0,6}") {
        let mut text = SHORT.to_owned();
        let at = (0..=at).rev().find(|k| text.is_char_boundary(*k)).unwrap_or(0);
        let end = (at + remove..=text.len()).find(|k| text.is_char_boundary(*k)).unwrap_or(text.len());
        text.replace_range(at..end, &insert);
        if let Err(error) = Lecture::from_ron(&text, "damaged") {
            prop_assert!(error.line >= 1 && !error.message.is_empty());
        }
    }

    /// So are statements.
    #[test]
    fn any_statement_is_read_or_refused(text in "[\\[\\]()<>=@.,a-z0-9 *+/WFRé≤-]{0,40}") {
        let lecture = SHORT.replace("abs([t] - 0.15) < 1e-9", &text.replace(['"', '\\'], ""));
        drop(Lecture::from_ron(&lecture, "statement"));
    }
}
