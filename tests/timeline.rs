//! The way back: a frame is the whole state; what was reached is reached again, to the last bit, within the memory allowed.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::unbalanced;
use proptest::prelude::*;
use wfr_lab::density::{Bandwidth, Estimator, Method};
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, Transport};
use wfr_lab::landscape::{Relief, Well};
use wfr_lab::resample::{Order, Resampling, Scheme};
use wfr_lab::scenario::{Pace, Scenario, presets};
use wfr_lab::share::{Code, Session, ViewState};
use wfr_lab::sim::{Command, Dab, Frame, Simulation, Stroke};
use wfr_lab::space::Point;
use wfr_lab::timeline::{State, Timeline};

/// A frame as bytes: equal bytes are equal bits, with −0 and NaN.
fn written<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    ciborium::from_reader(bytes).unwrap()
}

fn advance(simulation: &mut Simulation, steps: u64) {
    for _ in 0..steps {
        // A collapse is a state like any other.
        let _ = simulation.step();
        simulation.record();
    }
}

/// Goes on from a frame, in a run that has done other things and in one that has done nothing, and compares.
fn goes_on(scenario: &Scenario, before: u64, after: u64) {
    let mut plain = Simulation::new(scenario.clone());
    advance(&mut plain, before);
    let (frame, observed) = (plain.frame(), plain.observe(0));
    let file = written(&frame);
    let reread: Frame = read(&file);
    assert!(file == written(&reread), "a frame is written as it was read");
    advance(&mut plain, after);
    let expected = written(&plain.frame());
    // The workspaces of one are used and larger, those of the other have seen nothing.
    let mut used = Simulation::new(Scenario {
        particles: scenario.particles + 700,
        seed: 99,
        ..scenario.clone()
    });
    advance(&mut used, 3);
    used.restore(&frame);
    let mut fresh = Simulation::from(&reread);
    for run in [&mut used, &mut fresh] {
        assert!(written(&run.frame()) == file, "{}", scenario.title);
        assert_eq!(run.observe(0), observed, "{}", scenario.title);
        advance(run, after);
        assert!(written(&run.frame()) == expected, "{}", scenario.title);
    }
}

/// Two wells out of balance, at short steps.
fn busy(particles: usize, panels: Vec<Flow>) -> Scenario {
    Scenario {
        particles,
        dt: 0.02,
        scouts: 0.1,
        ..unbalanced(panels)
    }
}

#[test]
fn a_frame_is_the_whole_state_of_every_mechanism() {
    let estimators = [
        (Method::Grid, false, Bandwidth::Silverman(1.0)),
        (Method::Grid, true, Bandwidth::Fixed(0.2)),
        (Method::Exact, false, Bandwidth::Fixed(0.3)),
        (Method::Exact, true, Bandwidth::Silverman(0.8)),
        (Method::Transition, false, Bandwidth::Fixed(0.2)),
    ];
    for transport in Transport::ALL {
        for reaction in [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath] {
            for (i, (method, debiased, bandwidth)) in estimators.into_iter().enumerate() {
                if method == Method::Transition && transport != Transport::EulerMaruyama {
                    continue;
                }
                // Every scheme, order and splitting in turn, resampling now and then or always.
                let flows = Scheme::ALL.into_iter().enumerate().map(|(k, scheme)| Flow {
                    transport,
                    reaction,
                    resampling: Some(Resampling {
                        scheme,
                        order: Order::ALL[(i + k) % 2],
                        threshold: [0.97, 1.0, 0.5, 0.0][(i + k) % 4],
                    }),
                    splitting: if method == Method::Transition || k % 2 == 0 {
                        Splitting::TransportReaction
                    } else {
                        Splitting::Strang
                    },
                    rate: if k == 3 && i == 0 && transport.carries().is_none() {
                        Rate::Corrected(-0.5)
                    } else {
                        Rate::FisherRao
                    },
                    ..Flow::new(&format!("{transport:?} {reaction:?} {k}"), 1.0, 1.0)
                });
                let estimator = Estimator {
                    method,
                    debiased,
                    bandwidth,
                };
                let scenario = Scenario {
                    estimator,
                    title: format!("{transport:?} {reaction:?} {method:?}"),
                    ..busy(150, flows.collect())
                };
                scenario.check().unwrap();
                goes_on(&scenario, 5, 4);
            }
        }
    }
}

#[test]
fn a_frame_is_the_whole_state_of_every_preset() {
    for preset in presets() {
        let scenario = Scenario {
            particles: 1500,
            ..preset.scenario()
        };
        // The start is a state, too.
        goes_on(&scenario, 0, 3);
        goes_on(&scenario, 23, 7);
    }
}

#[test]
fn frames_that_cannot_be_are_refused() {
    let mut run = Simulation::new(busy(50, vec![Flow::wfr()]));
    advance(&mut run, 3);
    let value = ciborium::Value::serialized(&run.frame()).unwrap();
    let mut broken = 0;
    for (key, bad) in [
        ("clock", ciborium::Value::serialized(&(0.0, 9)).unwrap()),
        ("panels", ciborium::Value::Array(Vec::new())),
        (
            "start",
            ciborium::Value::serialized(&[vec![0.0; 5], vec![0.0; 5]]).unwrap(),
        ),
        (
            "start",
            ciborium::Value::serialized(&[vec![f64::NAN; 50], vec![0.0; 50]]).unwrap(),
        ),
        // More places than particles: then ancestors are counted beyond the last.
        (
            "start",
            ciborium::Value::serialized(&[vec![0.0; 51], vec![0.0; 51]]).unwrap(),
        ),
        ("something", ciborium::Value::Null),
    ] {
        let mut map = value.clone().into_map().unwrap();
        map.retain(|(k, _)| k.as_text() != Some(key));
        map.push((key.into(), bad));
        let error = ciborium::Value::Map(map).deserialized::<Frame>().unwrap_err();
        eprintln!("{key}: {error}");
        broken += 1;
    }
    assert_eq!(broken, 6);
    assert!(value.deserialized::<Frame>().is_ok());
}

#[test]
fn frames_are_thinned_evenly_and_stay_within_their_memory() {
    for (particles, limit) in [(50, 2 << 20), (2000, 2 << 20), (20_000, 2 << 20), (20_000, 1000)] {
        let mut timeline = Timeline::new(busy(particles, vec![Flow::langevin(), Flow::wfr()]));
        timeline.set_limit(limit);
        // The start has no particles of its own to keep, but a frame is never nothing.
        let least = timeline.strip().bytes;
        for _ in 0..if particles > 10_000 { 60 } else { 700 } {
            timeline.step().unwrap();
            let strip = timeline.strip();
            assert!(
                strip.bytes <= limit.max(least),
                "{particles}: {} of {limit}",
                strip.bytes
            );
        }
        let strip = timeline.strip();
        eprintln!(
            "{particles}: {} frames every {}, {} bytes",
            strip.frames.len(),
            strip.interval,
            strip.bytes
        );
        assert_eq!(strip.frames[0], 0.0);
        let even = |w: &[f64]| (w[1] - w[0] - strip.interval).abs() < 1e-9;
        assert!(strip.frames.windows(2).all(even), "{:?}", strip.frames);
        assert_eq!(strip.frames.len() > 1, limit > 1000, "{particles}");
        // Whatever was kept, every step is reached.
        let end = written(&timeline.simulation().frame());
        timeline.seek(timeline.end().step / 2);
        timeline.seek(u64::MAX);
        assert!(written(&timeline.simulation().frame()) == end);
    }
}

#[test]
fn a_checkpoint_and_a_copy_of_the_run_survive_a_short_memory() {
    let mut timeline = Timeline::new(busy(3000, vec![Flow::wfr()]));
    let go = |timeline: &mut Timeline, n: u64| (0..n).for_each(|_| timeline.step().unwrap());
    go(&mut timeline, 30);
    timeline.mark();
    let marked = written(&timeline.simulation().frame());
    go(&mut timeline, 30);
    timeline.apply(Command::Reset);
    go(&mut timeline, 10);
    timeline.set_limit(100_000);
    assert!(timeline.strip().bytes <= 100_000, "{}", timeline.strip().bytes);
    assert!(timeline.undo());
    assert_eq!((timeline.now().step, timeline.strip().marks.len()), (60, 1));
    timeline.seek(timeline.strip().marks[0].step);
    assert!(written(&timeline.simulation().frame()) == marked);
    timeline.unmark(30);
    assert!(timeline.strip().marks.is_empty() && timeline.redo() && !timeline.redo());
    assert_eq!(timeline.now().step, 10);
}

#[test]
fn a_long_run_that_was_reset_is_where_it_was_at_once() {
    let mut timeline = Timeline::new(busy(3000, vec![Flow::wfr()]));
    let go = |timeline: &mut Timeline, n: u64| (0..n).for_each(|_| timeline.step().unwrap());
    timeline.set_limit(2 << 20);
    go(&mut timeline, 60);
    let kept = timeline.strip();
    assert!(kept.bytes > kept.limit / 2, "{} of {}", kept.bytes, kept.limit);
    let left = written(&timeline.simulation().frame());
    timeline.apply(Command::Reset);
    go(&mut timeline, 5);
    // Its frame was kept: not one step is repeated.
    assert_eq!(timeline.begin_undo(), Some(60));
    assert_eq!(timeline.now().step, 60);
    assert!(written(&timeline.simulation().frame()) == left);
}

const fn dab(x: f64, radius: f64, stroke: Stroke) -> Command {
    Command::Brush(Dab {
        center: Point::new(x, 0.1),
        radius,
        stroke,
    })
}

#[test]
fn a_touch_of_the_brush_is_undone_at_once_where_one_frame_fits() {
    let first = busy(3000, vec![Flow::langevin(), Flow::wfr()]);
    let mut timeline = Timeline::new(first);
    let go = |timeline: &mut Timeline, n: u64| (0..n).for_each(|_| timeline.step().unwrap());
    go(&mut timeline, 60);
    // Room for one frame, and for no second beside it.
    let frame = timeline.simulation().frame();
    let limit = (frame.bytes() - frame.start_bytes()) * 3 / 2;
    timeline.set_limit(limit);
    let before = written(&timeline.state());
    timeline.apply(dab(-1.0, 0.4, Stroke::Add(30)));
    timeline.apply_joined(dab(-0.8, 0.4, Stroke::Add(30)));
    go(&mut timeline, 12);
    let left = written(&timeline.state());
    let within = |timeline: &Timeline| {
        let strip = timeline.strip();
        println!("{} of {} bytes, frames at {:?}", strip.bytes, strip.limit, strip.frames);
        assert!(strip.bytes <= limit && strip.frames.len() == 1);
    };
    within(&timeline);
    // The state before the touch is there: not one step is repeated.
    assert_eq!((timeline.begin_undo(), timeline.now().step), (Some(60), 60));
    assert!(written(&timeline.state()) == before);
    within(&timeline);
    // The way forth begins where both courses part: only the steps after it are repeated.
    assert_eq!(timeline.begin_redo(), Some(72));
    assert!(timeline.now().step >= 60, "{}", timeline.now().step);
    timeline.seek(72);
    assert!(written(&timeline.state()) == left);
    within(&timeline);
    // So does the way back to any step after the touch.
    timeline.seek_towards(65, 0);
    assert_eq!(timeline.now().step, 60);
    // A second touch takes the place of the first.
    timeline.seek(72);
    timeline.apply(dab(0.0, 0.6, Stroke::Erase));
    go(&mut timeline, 3);
    assert_eq!((timeline.begin_undo(), timeline.now().step), (Some(72), 72));
    assert!(written(&timeline.state()) == left);
    within(&timeline);
}

/// A landscape that somebody wrote.
const WRITTEN: &str = r#"(version: 1, title: "written", particles: 90, dt: 0.02,
    target: Formula(u: "h * ((x*x - 1)^2 + b*y*y) + 0.1*sin(3*x)", parameters: ["h = 3 in [0, 9]", "b = 1"]),
    relief: (shift: (0.1, -0.2), tilt: (0.3, 0), wells: [(center: (0.5, 0.5), depth: -2, widths: (0.3, 0.2), angle: 30)]),
    start: Painted([(-1, 0, 0.4, 1), (1, 0.2, 0.2, 0.3)]),
    pace: EqualDissipation,
    panels: [(name: "WFR", alpha: 1, beta: 1), (name: "Langevin", alpha: 1, beta: 0, transport: Underdamped(2))])"#;

/// A session of edits, starts, touches of the brush, and panels that come and go; every scenario has a pace of its own only where it
/// is loaded.
fn commands(first: &Scenario) -> Vec<Command> {
    let edit = |change: &dyn Fn(&mut Scenario)| {
        let mut edited = first.clone();
        change(&mut edited);
        edited.check().unwrap();
        Command::Edit(Box::new(edited))
    };
    vec![
        edit(&|s| s.panels[0].alpha = 0.4),
        edit(&|s| s.temperature = 1.7),
        edit(&|_| {}),
        edit(&|s| s.dt = 0.013),
        edit(&|s| s.panels[1].transport = Transport::Underdamped(0.5)),
        edit(&|s| s.panels[0].transport = Transport::Mala),
        edit(&|s| (s.particles, s.seed, s.scouts) = (170, 5, 0.3)),
        edit(&|s| s.panels[1].reaction = Reaction::Jump),
        edit(&|s| s.panels[0].transport = Transport::LeimkuhlerMatthews),
        Command::Reset,
        Command::Load(Box::new(Scenario {
            particles: 110,
            speed: first.speed,
            ..presets()[1].scenario()
        })),
        edit(&|s| s.panels.truncate(1)),
        // Of another number of panels than there are, or of as many when one has come or gone.
        edit(&|s| {
            s.panels.truncate(1);
            s.estimator.method = Method::Transition;
        }),
        edit(&|s| {
            s.panels.push(Flow::fisher_rao());
            s.pace = Pace::EqualDissipation;
        }),
        edit(&|s| s.pace = Pace::EqualDissipation),
        edit(&|s| {
            s.pace = Pace::EqualDissipation;
            s.relief = Relief {
                shift: Point::new(0.2, 0.1),
                tilt: Point::new(0.0, 0.5),
                wells: vec![Well::at(Point::new(0.3, 0.4))],
            };
        }),
        Command::Load(Box::new(Scenario::from_ron(WRITTEN, "test").unwrap())),
        edit(&|s| s.target = Scenario::from_ron(WRITTEN, "test").unwrap().target),
        dab(-1.0, 0.4, Stroke::Add(30)),
        dab(1.0, 0.6, Stroke::Add(7)),
        dab(-1.0, 0.5, Stroke::Erase),
        dab(0.0, 900.0, Stroke::Erase),
        Command::Duplicate(0),
        Command::Duplicate(1),
        Command::Remove(0),
        Command::Remove(1),
    ]
}

/// How many there are.
const COMMANDS: usize = 26;

/// What a session does.
#[derive(Clone, Debug)]
enum Deed {
    Steps(u64),
    Command(usize),
    Seek(f64),
    Towards(f64, u64),
    Undo,
    Redo,
    Mark,
    Limit(usize),
    Resume,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => (1_u64..20).prop_map(Deed::Steps),
        5 => (0..COMMANDS).prop_map(Deed::Command),
        4 => (0.0..1.0).prop_map(Deed::Seek),
        2 => (0.0..1.0, 1_u64..9).prop_map(|(at, most)| Deed::Towards(at, most)),
        3 => Just(Deed::Undo),
        2 => Just(Deed::Redo),
        1 => Just(Deed::Mark),
        1 => (0_usize..200_000).prop_map(Deed::Limit),
        1 => Just(Deed::Resume),
    ];
    prop::collection::vec(deed, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// After anything, the state is the one that the journal gives by plain steps and commands; and undo and redo bring back what was.
    #[test]
    fn any_session_is_its_journal(deeds in deeds()) {
        let first = busy(120, vec![Flow::langevin(), Flow::wfr()]);
        let choices = commands(&first);
        prop_assert_eq!(choices.len(), COMMANDS);
        let mut timeline = Timeline::new(first);
        // What undo and redo must bring back.
        let (mut past, mut future): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
        for deed in deeds {
            let end = timeline.end().step as f64;
            let before = written(&timeline.state());
            match deed {
                Deed::Steps(n) => (0..n).for_each(|_| timeline.step().unwrap()),
                Deed::Command(which) => {
                    let command = choices[which].clone();
                    if timeline.apply(command) {
                        past.push(before);
                        future.clear();
                    }
                }
                Deed::Seek(part) => {
                    let step = (part * end) as u64;
                    timeline.seek(step);
                    prop_assert_eq!(timeline.now().step, step);
                }
                Deed::Towards(part, most) => {
                    timeline.seek_towards((part * end) as u64, most);
                }
                Deed::Undo => {
                    prop_assert_eq!(timeline.undo(), !past.is_empty());
                    if let Some(expected) = past.pop() {
                        future.push(before);
                        prop_assert!(written(&timeline.state()) == expected, "undo");
                    }
                }
                Deed::Redo => {
                    prop_assert_eq!(timeline.redo(), !future.is_empty());
                    if let Some(expected) = future.pop() {
                        past.push(before);
                        prop_assert!(written(&timeline.state()) == expected, "redo");
                    }
                }
                Deed::Mark => timeline.mark(),
                Deed::Limit(bytes) => timeline.set_limit(bytes),
                Deed::Resume => {
                    let state: State = read(&before);
                    prop_assert!(written(&Timeline::resume(state).state()) == before);
                }
            }
            let strip = timeline.strip();
            prop_assert!(strip.now.step <= strip.last.step);
            prop_assert_eq!((strip.undo, strip.redo), (past.len(), future.len()));
            // The frame of the start has no particles to hold but what these carry.
            prop_assert!(strip.bytes <= strip.limit.max(60_000), "{} of {}", strip.bytes, strip.limit);
        }
        let journal = timeline.journal();
        let (mut plain, now) = (Simulation::new((*journal.scenario).clone()), timeline.now());
        for (step, command) in &journal.commands {
            let missing = step - plain.steps();
            advance(&mut plain, missing);
            plain.apply((**command).clone());
        }
        let missing = now.step - plain.steps();
        advance(&mut plain, missing);
        // It leaves the program and comes back, as a file and as a line.
        let session = Session::new(timeline.state(), ViewState::default());
        let (reread, damage) = Session::read(std::io::Cursor::new(session.to_bytes().unwrap())).unwrap();
        prop_assert_eq!(damage, None);
        prop_assert!(reread == session);
        let code = Code::new(journal, now.step);
        prop_assert!(Code::read(&code.write().unwrap()).unwrap() == code);
        prop_assert_eq!(plain.time().to_bits(), now.time.to_bits());
        // How fast one watches is not of the past: the pace last chosen stays.
        plain.set_speed(timeline.simulation().scenario().speed);
        prop_assert!(written(&plain.frame()) == written(&timeline.simulation().frame()));
        // What follows is known, or the same.
        for _ in 0..5 {
            if timeline.is_behind() {
                break;
            }
            timeline.step().unwrap();
            advance(&mut plain, 1);
        }
        if !timeline.is_behind() {
            prop_assert!(written(&plain.frame()) == written(&timeline.simulation().frame()));
        }
    }
}

#[test]
fn what_was_measured_up_to_the_live_end_is_known_in_the_past_until_another_future_begins() {
    let scenario = Scenario {
        particles: 60,
        ..presets()[0].scenario()
    };
    let mut timeline = Timeline::new(scenario.clone());
    let go = |timeline: &mut Timeline, steps: u64| {
        for _ in 0..steps {
            let _ = timeline.step();
        }
    };
    let times = |timeline: &Timeline| -> Vec<f64> {
        let ahead = timeline.ahead();
        ahead.first().into_iter().flatten().map(|o| o.time).collect()
    };
    go(&mut timeline, 200);
    assert!(times(&timeline).is_empty(), "at the live end nothing is to come");
    let all: Vec<f64> = timeline
        .simulation()
        .histories()
        .next()
        .unwrap()
        .iter()
        .map(|o| o.time)
        .collect();
    timeline.seek(50);
    assert_eq!(times(&timeline), all);
    go(&mut timeline, 10);
    assert_eq!(times(&timeline), all, "replaying what is known");
    // Another future begins, and has no more to come; undone, the first is back.
    let mut edited = scenario.clone();
    edited.temperature *= 1.5;
    timeline.apply(Command::Edit(Box::new(edited)));
    assert!(times(&timeline).is_empty());
    go(&mut timeline, 30);
    timeline.seek(70);
    assert!(times(&timeline).last().is_some_and(|last| *last < *all.last().unwrap()));
    assert!(timeline.undo());
    assert_eq!((timeline.now().step, times(&timeline)), (60, all));
    // Where there will be other panels, curves of now have no future.
    timeline.seek(u64::MAX);
    timeline.apply(Command::Duplicate(0));
    go(&mut timeline, 40);
    timeline.seek(100);
    assert!(timeline.is_behind() && times(&timeline).is_empty());
    timeline.seek(220);
    assert_eq!(timeline.ahead().len(), scenario.panels.len() + 1);
}
