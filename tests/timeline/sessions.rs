//! Any session, there and back.

use super::*;

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
