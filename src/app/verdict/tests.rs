use super::*;
use crate::scenario::presets;
use crate::sim::Simulation;

/// The double well with all particles at the left, and exact solutions in which the right well holds this much.
fn verdict(right: f64, lag: f64) -> Verdict {
    let mut scenario = presets()[0].scenario();
    (scenario.particles, scenario.scouts) = (2000, 0.0);
    let snapshot = Simulation::new(scenario.clone()).snapshot(&crate::snapshot::Probe::default());
    let mut exact = crate::reference::Reference::new(&scenario).exact();
    exact.time = snapshot.time - lag;
    let ExactPanel::Solved(solution) = &mut exact.panels[0] else {
        panic!("the double well has an exact solution");
    };
    let mut now = (*solution.now).clone();
    now.observed.basin_mass = vec![1.0 - right, right];
    solution.now = std::sync::Arc::new(now);
    Verdict::of(&snapshot, 0, &exact).unwrap()
}

#[test]
fn particles_agree_within_their_error_and_say_so_quietly() {
    let agrees = verdict(0.002, 0.0);
    assert!(!agrees.differs);
    assert!(
        agrees.details.contains("right: particles 0.0 ± 0.1 %, exact 0.2 %"),
        "{}",
        agrees.details
    );
}

#[test]
fn a_broad_error_bar_is_not_called_agreement() {
    let number = |particles: f64, error| Compared {
        name: "right".to_owned(),
        well: Some(1),
        exact: 0.49,
        particles,
        error,
    };
    let now = Observables {
        ess: 77.0,
        ..Observables::default()
    };
    let said = within_chance(&[number(0.42, 0.056)], &now, "").unwrap();
    assert!(!said.differs);
    assert_eq!(
        said.wordings[0],
        "exact 49 % right, particles 42 ± 6 %: few carry the weight (ESS 77)"
    );
    assert!(within_chance(&[number(0.48, 0.056)], &now, "").is_none());
    assert!(within_chance(&[number(0.42, 0.003)], &now, "").is_none());
}

#[test]
fn a_well_that_nobody_reached_is_the_reason() {
    let differs = verdict(0.47, 0.0);
    assert!(differs.differs);
    assert_eq!(
        differs.wordings[0],
        "exact 47 % right, particles 0 %: no particle stands there (scouts help)"
    );
    assert!(
        differs
            .wordings
            .contains(&"exact 47 % right: no particle there".to_owned())
    );
    let lengths: Vec<usize> = differs.wordings.iter().map(String::len).collect();
    assert!(
        lengths.windows(2).all(|w| w[0] > w[1]),
        "from the longest to the shortest: {lengths:?}"
    );
}

#[test]
fn velocities_are_named_where_there_is_little_room() {
    let mut scenario = presets()[0].scenario();
    scenario.particles = 200;
    scenario.panels[0].transport = crate::flow::Transport::Underdamped(1.0);
    let snapshot = Simulation::new(scenario.clone()).snapshot(&crate::snapshot::Probe::default());
    let exact = crate::reference::Reference::new(&scenario).exact();
    let said = Verdict::of(&snapshot, 0, &exact).unwrap();
    let short = "no exact solution: particles with velocities".to_owned();
    assert!(said.wordings.contains(&short), "{:?}", said.wordings);
}

#[test]
fn a_solution_that_is_behind_is_not_compared() {
    let behind = verdict(0.47, 1.0);
    assert!(!behind.differs);
    assert!(behind.wordings[0].starts_with("the exact solution has come to t = "));
    // As after a way back, before it is computed again.
    let ahead = verdict(0.47, -1.0);
    assert!(!ahead.differs);
    assert_eq!(ahead.wordings[0], "the exact solution is on its way");
}
