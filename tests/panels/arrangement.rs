//! Panels that are copied and taken away, and their exact solutions.

use super::*;

#[test]
fn the_others_go_on_untouched() {
    let mut all = Simulation::new(small());
    let mut fewer = Simulation::new(small());
    go(&mut all, 105);
    go(&mut fewer, 105);
    fewer.apply(Command::Remove(1));
    assert_eq!(names(&fewer), ["Langevin", "WFR"]);
    assert_eq!(fewer.edited().panels, fewer.scenario().panels, "a reset keeps to it");
    assert!(!fewer.snapshot(&Probe::default()).needs_reset);
    go(&mut all, 200);
    go(&mut fewer, 200);
    let (all, fewer) = (panels(&mut all), panels(&mut fewer));
    assert_eq!(fewer.len(), 2);
    assert!(fewer[1].now.resamplings > 0, "and something happened");
    same(&all[0], &fewer[0]);
    same(&all[2], &fewer[1]);
}

#[test]
fn a_copy_is_a_twin_until_it_is_changed() {
    let mut run = Simulation::new(small());
    go(&mut run, 105);
    run.apply(Command::Duplicate(2));
    assert_eq!(names(&run), ["Langevin", "Fisher–Rao", "WFR", "WFR 2"]);
    assert_eq!(
        (run.steps(), run.scenario().panels[3].alpha),
        (105, 1.0),
        "nothing starts again"
    );
    let now = panels(&mut run);
    same(&now[2], &now[3]);
    go(&mut run, 200);
    assert_eq!(run.ensemble(2), run.ensemble(3), "weights and ancestors too");
    let later = panels(&mut run);
    same(&later[2], &later[3]);
    assert!(later[3].history.len() > 20, "the past is that of both");
    let mut scenario = (**run.scenario()).clone();
    scenario.panels[3].beta = 0.5;
    run.apply(edit(scenario));
    go(&mut run, 50);
    assert_ne!(run.ensemble(2), run.ensemble(3));
    // The others did not notice.
    let mut alone = Simulation::new(small());
    go(&mut alone, 355);
    for (a, b) in panels(&mut alone).iter().zip(&panels(&mut run)) {
        same(a, b);
    }
}

#[test]
fn four_are_the_most_and_one_the_least() {
    let mut run = Simulation::new(small());
    let before = |run: &Simulation| (names(run), run.ensemble(0).clone());
    run.apply(Command::Duplicate(0));
    for refused in [Command::Duplicate(0), Command::Duplicate(9), Command::Remove(4)] {
        let then = before(&run);
        run.apply(refused);
        assert_eq!(before(&run), then);
    }
    for _ in 0..9 {
        run.apply(Command::Remove(0));
    }
    assert_eq!(names(&run), ["Langevin 2"]);
    go(&mut run, 3);
}

#[test]
fn a_number_of_panels_that_waits_for_a_reset_is_given_up() {
    let mut run = Simulation::new(small());
    advance(&mut run, 5);
    let waiting = Scenario {
        panels: vec![Flow::wfr()],
        particles: 77,
        ..small()
    };
    run.apply(edit(waiting));
    assert!(run.snapshot(&Probe::default()).needs_reset);
    assert_eq!(run.scenario().panels.len(), 3, "panels of another number wait");
    run.apply(Command::Remove(0));
    assert_eq!(names(&run), ["Fisher–Rao", "WFR"]);
    assert_eq!(run.edited().panels, run.scenario().panels);
    assert_eq!(run.edited().particles, 77, "all else that waits still does");
    // An edit of what the window shows after that is live, panel by panel.
    let mut next = (**run.edited()).clone();
    next.panels[0].beta = 3.0;
    run.apply(edit(next));
    assert_eq!(run.scenario().panels[0].beta, 3.0);
    assert_eq!((run.steps(), run.ensemble(0).len()), (5, 500));
    run.apply(Command::Reset);
    assert_eq!((names(&run).len(), run.ensemble(0).len()), (2, 77));
}

/// A session with everything that concerns panels.
fn session() -> Vec<(u64, Command)> {
    let mut faster = small();
    faster.panels.remove(0);
    faster.panels[1].beta = 2.0;
    let mut steeper = faster.clone();
    steeper.duplicate_panel(1).unwrap();
    wfr_lab::params::set(steeper.target.parameters(), "barrier", 5.0).unwrap();
    vec![
        (25, Command::Remove(0)),
        (37, edit(faster)),
        (61, Command::Duplicate(1)),
        (61, edit(steeper)),
        (90, Command::Remove(1)),
        (90, Command::Duplicate(0)),
    ]
}

fn replay(commands: &[(u64, Command)], steps: u64) -> Simulation {
    let mut run = Simulation::new(small());
    let mut commands = commands.iter();
    let mut next = commands.next();
    while run.steps() < steps {
        while let Some((_, command)) = next.filter(|(step, _)| *step == run.steps()) {
            run.apply(command.clone());
            next = commands.next();
        }
        go(&mut run, 1);
    }
    run
}

#[test]
fn a_journal_replays_to_the_same_bits() {
    let mut first = replay(&session(), 130);
    assert_eq!(names(&first), ["Fisher–Rao", "WFR 2", "Fisher–Rao 2"]);
    let mut live = Timeline::new(small());
    for (step, command) in session() {
        while live.now().step < step {
            live.step().unwrap();
        }
        live.apply(command);
    }
    let kept = live.journal();
    assert!(
        kept.commands
            .iter()
            .map(|(step, c)| (*step, (**c).clone()))
            .eq(session())
    );
    let text = ron::to_string(&kept).unwrap();
    let read: Journal = ron::from_str(&text).unwrap();
    assert_eq!(read, kept);
    while live.now().step < 130 {
        live.step().unwrap();
    }
    live.seek(70);
    live.seek(130);
    let mut again = Timeline::replay(read, 130);
    for (i, a) in panels(&mut first).iter().enumerate() {
        for run in [&mut live, &mut again] {
            same(a, &panels(&mut Simulation::from(&run.state().frame))[i]);
        }
    }
}

#[track_caller]
#[test]
fn exact_solutions_come_and_go_with_their_panels() {
    let at = |reference: &mut Reference, time| {
        reference.advance(time);
        solved(&reference.exact())
    };
    let mut all = Reference::new(&small());
    let mut fewer = Reference::new(&small());
    all.advance(0.051);
    fewer.advance(0.051);
    fewer.apply(&Command::Remove(1), 0.051);
    fewer.apply(&Command::Remove(7), 0.051);
    fewer.apply(&Command::Duplicate(1), 0.055);
    let (all, fewer) = (at(&mut all, 0.131), at(&mut fewer, 0.131));
    assert_eq!(fewer.len(), 3);
    same_solution(&all[0], &fewer[0]);
    same_solution(&all[2], &fewer[1]);
    same_solution(&all[2], &fewer[2]);
    assert_eq!(fewer[2].history.len(), 7);
    // An edit tells the twins apart; the recorded times stay those of the particles.
    let commands = session();
    let mut reference = Reference::new(&small());
    let dt = small().dt;
    for (step, command) in &commands {
        reference.apply(command, *step as f64 * dt);
    }
    let solutions = at(&mut reference, 130.0 * dt);
    let mut run = replay(&commands, 130);
    for (particles, solution) in panels(&mut run).iter().zip(&solutions) {
        let theirs: Vec<f64> = particles.history.iter().map(|o| o.time).collect();
        let ours: Vec<f64> = solution.history.iter().map(|e| e.observed.time).collect();
        assert_eq!(ours, theirs);
    }
    same_solution(&solutions[0], &solutions[2]);
    assert_ne!(solutions[0].density, solutions[1].density);
    assert_eq!(reference.exact().arrangement, 4);
}

#[test]
fn the_engine_shows_every_panel_its_own_solution() {
    let engine = Engine::spawn(Simulation::new(small()), || {}).unwrap();
    let mut epoch = 0;
    let mut send = |control| {
        engine.send(control);
        epoch += 1;
        epoch
    };
    send(Control::Steps(55));
    send(Control::Command(Command::Remove(0)));
    send(Control::Command(Command::Duplicate(1)));
    send(Control::Command(Command::Remove(5)));
    let last = send(Control::Steps(60));
    let report = common::wait(&engine, |report| {
        let exact = report.exact.as_ref();
        // At no time has a report more or fewer solutions than panels.
        assert!(exact.is_none_or(|e| e.panels.len() == report.snapshot.panels.len()));
        report.epoch >= last && exact.is_some_and(|e| e.time == report.snapshot.time)
    });
    let exact = solved(report.exact.as_ref().unwrap());
    let mut alone = Reference::new(&small());
    alone.advance(report.snapshot.time);
    let alone = solved(&alone.exact());
    assert_eq!(exact.len(), 3);
    same_solution(&exact[0], &alone[1]);
    same_solution(&exact[1], &alone[2]);
    same_solution(&exact[2], &alone[2]);
}
