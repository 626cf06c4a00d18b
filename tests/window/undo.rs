//! Undo and redo: back to what was, to the last bit.

use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::{App, Options};
use wfr_lab::timeline::State;

use crate::opened::{Window, small};

const UNDO: (Modifiers, Key) = (Modifiers::COMMAND, Key::Z);
const REDO: (Modifiers, Key) = (Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);

fn open() -> Window {
    Window::of(small(), vec2(1280.0, 2000.0), Options::default())
}

impl Window {
    pub(crate) fn app_now(&mut self) -> &mut App {
        self.0.state_mut().as_mut().expect("the first frame was drawn")
    }

    /// The bits of the run.
    pub(crate) fn bits(&mut self) -> State {
        self.app_now()
            .drive()
            .state()
            .recv()
            .expect("a run without a thread answers at once")
    }

    fn undo(&mut self) {
        self.key_with(UNDO.0, UNDO.1);
    }

    fn redo(&mut self) {
        self.key_with(REDO.0, REDO.1);
    }

    /// Waits until nobody can still be at the same edit.
    fn rest(&mut self) {
        self.0.run_steps(8);
    }

    fn barrier(&self) -> String {
        format!("{:?}", self.app().scenario().target)
    }
}

#[test]
fn an_edit_is_undone_and_done_again() {
    let mut window = open();
    let before = window.app().scenario().clone();
    window.slide("Barrier", 9.0);
    let after = window.app().scenario().clone();
    window.rest();
    window.undo();
    assert_eq!(window.app().scenario(), &before);
    assert_eq!(*window.report().snapshot.scenario, before, "the run has it");
    window.redo();
    assert_eq!(window.app().scenario(), &after);
    assert_eq!(*window.report().snapshot.scenario, after);
    window.key_with(UNDO.0, Key::Z);
    window.key_with(UNDO.0, Key::Y);
    assert_eq!(window.app().scenario(), &after);
}

#[test]
fn what_will_be_undone_is_told() {
    let mut window = open();
    let help = |window: &mut Window, button: &str| {
        let at = window.0.get_by_label(button).rect().center();
        window.0.hover_at(at);
        window.0.run_steps(12);
    };
    window.slide("Barrier", 9.0);
    window.rest();
    help(&mut window, "Undo");
    assert!(window.says("Undo: barrier from 7 to 9"));
    window.press("Undo");
    assert!(window.says("Undone: barrier from 7 to 9"));
    help(&mut window, "Redo");
    assert!(window.says("Redo: barrier from 7 to 9"));
}

#[test]
fn a_drag_is_one_step_and_another_drag_is_another() {
    let mut window = open();
    let start = window.barrier();
    for barrier in [8.0, 9.0, 10.0] {
        window
            .0
            .get_by_role_and_label(eframe::egui::accesskit::Role::Slider, "Barrier")
            .set_value_accesskit(barrier);
        window.0.run_steps(1);
    }
    window.rest();
    let middle = window.barrier();
    window.slide("Barrier", 3.0);
    window.undo();
    assert_eq!(
        window.barrier(),
        middle,
        "an edit can be undone before it has come to rest"
    );
    window.undo();
    assert_eq!(window.barrier(), start);
    window.undo();
    assert!(window.says("nothing to undo"));
}

#[test]
fn starts_are_undone_to_the_bit() {
    let mut window = open();
    window.app_now().drive().send(wfr_lab::engine::Control::Steps(25));
    window.slide("Barrier", 8.0);
    window.app_now().drive().send(wfr_lab::engine::Control::Steps(5));
    window.rest();
    let before = window.bits();
    for act in [Key::R, Key::N, Key::Num4] {
        window.key(act);
        window.rest();
        assert_eq!(window.steps(), 0, "{act:?}");
        window.undo();
        window.rest();
        assert_eq!(window.bits(), before, "{act:?}");
        assert_eq!(window.app().scenario(), &**before.frame.edited(), "{act:?}");
    }
    window.choose("Scenario", "Banana: down a narrow, bent valley");
    window.rest();
    let banana = window.bits();
    window.undo();
    window.rest();
    assert_eq!(window.bits(), before);
    window.redo();
    window.rest();
    assert_eq!(window.bits(), banana);
    assert_eq!(window.app().scenario().title, "Banana: down a narrow, bent valley");
}

#[test]
fn panels_come_back_with_their_past() {
    let mut window = open();
    window.app_now().drive().send(wfr_lab::engine::Control::Steps(20));
    window.rest();
    let before = window.bits();
    window.key_with(Modifiers::COMMAND, Key::D);
    window.rest();
    assert_eq!(window.app().scenario().panels.len(), 4);
    window.undo();
    window.rest();
    assert_eq!(window.bits(), before);
    assert_eq!(window.app().scenario().panels.len(), 3);
}

#[test]
fn an_edit_in_the_past_is_a_jump() {
    let mut window = open();
    window.app_now().drive().send(wfr_lab::engine::Control::Steps(40));
    window.rest();
    let end = window.bits();
    window.app_now().drive().send(wfr_lab::engine::Control::Seek(10));
    window.rest();
    window.slide("Barrier", 4.0);
    window.rest();
    assert_eq!(window.report().strip.last.step, 10, "what was to come is cut off");
    window.undo();
    window.rest();
    assert_eq!(window.report().strip.last.step, 40, "and back again");
    window.app_now().drive().send(wfr_lab::engine::Control::Seek(40));
    window.rest();
    assert_eq!(window.bits(), end);
}

#[test]
fn an_edit_is_undone_where_the_run_has_got_to() {
    let mut window = open();
    window.slide("Barrier", 9.0);
    window.rest();
    window.app_now().drive().send(wfr_lab::engine::Control::Steps(40));
    window.app_now().drive().send(wfr_lab::engine::Control::Seek(10));
    window.rest();
    window.undo();
    window.rest();
    assert_eq!(window.steps(), 40);
    assert_eq!(window.app().scenario(), &small());
    assert_eq!(*window.report().snapshot.scenario, small());
}

#[test]
fn a_new_edit_forgets_what_was_undone_and_looking_is_no_edit() {
    let mut window = open();
    window.slide("Barrier", 9.0);
    window.rest();
    window.undo();
    window.key(Key::C);
    window.press("Maximise panel 2");
    window.rest();
    window.redo();
    assert!(window.says("Done again"), "looking elsewhere forgets nothing");
    window.undo();
    window.slide("Temperature", 2.0);
    window.rest();
    window.redo();
    assert!(window.says("nothing to redo"));
}

#[test]
fn undo_is_the_identity_after_any_edits() {
    let mut window = open();
    let mut bits = 20_260_112_u64;
    let mut next = |below: u64| {
        bits = bits
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (bits >> 33) % below
    };
    window.app_now().drive().send(wfr_lab::engine::Control::Steps(3));
    window.rest();
    let mut known = vec![(window.app().scenario().clone(), window.steps())];
    for _ in 0..40 {
        match next(7) {
            0 => window.slide("Barrier", 1.0 + next(80) as f64 / 7.0),
            1 => window.slide("Temperature", 0.5 + next(30) as f64 / 10.0),
            2 => window.slide("Tilt", -1.0 + next(20) as f64 / 10.0),
            3 => window.key(Key::R),
            4 => window.key(Key::N),
            5 => window.slide("Particles", 100.0 + next(300) as f64),
            _ => window.key([Key::Num1, Key::Num2, Key::Num3][next(3) as usize]),
        }
        window.rest();
        let now = (window.app().scenario().clone(), window.steps());
        if *known.last().expect("there is a first") != now {
            known.push(now);
        }
    }
    // A reset of a run at its start is an entry, too, but changes nothing that is seen.
    let all = known.clone();
    let last = window.bits();
    while !window.says("nothing to undo") {
        let now = (window.app().scenario().clone(), window.steps());
        while known.last().is_some_and(|k| *k != now) {
            known.pop();
        }
        assert!(known.last().is_some(), "undo leads to {now:?}, which never was");
        window.undo();
        window.rest();
        assert!(known.len() < 60);
        if window.report().strip.undo == 0 && window.app().scenario() == &all[0].0 {
            break;
        }
    }
    assert_eq!((window.app().scenario(), window.steps()), (&all[0].0, all[0].1));
    for _ in 0..60 {
        window.redo();
        window.rest();
    }
    assert_eq!(window.bits().frame, last.frame);
}

#[test]
fn keys_that_come_faster_than_answers_lose_nothing() {
    let mut window = open();
    window.key(Key::N);
    window.rest();
    window.slide("Barrier", 9.0);
    window.rest();
    let (draft, bits) = (window.app().scenario().clone(), window.bits());
    for (modifiers, key) in [UNDO, REDO] {
        // Twice in one frame: the second before the run has answered the first.
        for _ in 0..2 {
            window.0.input_mut().events.push(eframe::egui::Event::Key {
                key,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers,
            });
        }
        window.0.run_steps(3);
        window.rest();
    }
    assert_eq!(window.app().scenario(), &draft);
    assert_eq!(*window.report().snapshot.scenario, draft, "the run has it");
    assert_eq!(window.bits(), bits);
}
