//! Integrators in a running simulation: switched, and shown in phase planes.

use wfr_lab::ensemble::{Carried, Ensemble};
use wfr_lab::flow::{Flow, StepContext, Transport, Workspace};
use wfr_lab::rng::Streams;
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::snapshot::{Plane, Probe};
use wfr_lab::space::Rect;

use super::common::{advance, blob, mixture, scenario};
use super::{LM, mean, product};

/// A run whose two panels can be given other transports.
fn switchable(particles: usize) -> Scenario {
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    let start = Start::Gaussian(blob(1.0, (2.0, 0.0), (0.1, 0.1)));
    Scenario {
        particles,
        dt: 0.1,
        ..scenario(target, start, vec![Flow::langevin(), Flow::wfr()])
    }
}

#[test]
fn transports_can_be_switched_while_running() {
    let mut now = switchable(200_000);
    let mut simulation = Simulation::new(now.clone());
    let carried = |s: &Simulation| s.ensemble(0).carried().map(|(what, _)| what);
    let mut switch = |s: &mut Simulation, transport| {
        now.panels[0].transport = transport;
        s.apply(Command::Edit(Box::new(now.clone())));
    };
    advance(&mut simulation, 2);
    assert_eq!((carried(&simulation), simulation.observe(0).acceptance), (None, None));

    switch(&mut simulation, Transport::Underdamped(1.0));
    let fresh = simulation.ensemble(0).clone();
    let velocities = fresh.velocities().unwrap();
    for (what, v) in [("u", velocities[0]), ("v", velocities[1])] {
        mean(v, |v| v).agrees(&format!("fresh {what}"), 0.0);
        mean(v, |v| v * v).agrees(&format!("fresh {what}²"), 1.0);
        mean(v, |v| v.powi(4)).agrees(&format!("fresh {what}⁴"), 3.0);
        product(v, fresh.positions()[0]).agrees(&format!("fresh {what} x"), 0.0);
    }
    product(velocities[0], velocities[1]).agrees("fresh u v", 0.0);
    // Another friction is another number, not another start.
    switch(&mut simulation, Transport::Underdamped(3.0));
    assert_eq!(simulation.ensemble(0), &fresh);
    advance(&mut simulation, 3);
    let moved = simulation.ensemble(0).clone();
    assert_ne!(moved.velocities(), fresh.velocities());
    // The noise of the velocities is not that of the steps.
    product(velocities[0], moved.velocities().unwrap()[1]).agrees("u before, v after", 0.0);

    switch(&mut simulation, LM);
    assert_eq!(carried(&simulation), Some(Carried::Noise));
    assert_eq!(simulation.ensemble(0).velocities(), None);
    advance(&mut simulation, 2);
    switch(&mut simulation, Transport::Mala);
    advance(&mut simulation, 2);
    assert_eq!(carried(&simulation), None);
    let acceptance = simulation.observe(0).acceptance.unwrap();
    println!("acceptance {acceptance}");
    assert!(acceptance > 0.9 && acceptance < 1.0);
    assert_eq!(simulation.observe(1).acceptance, None);
    switch(&mut simulation, Transport::Underdamped(3.0));
    assert_eq!(simulation.observe(0).acceptance, None);
    assert_ne!(simulation.ensemble(0).velocities(), moved.velocities());
    simulation.apply(Command::Reset);
    assert_eq!(carried(&simulation), Some(Carried::Velocity));
}

#[test]
fn what_is_carried_is_drawn_the_same_whether_early_or_late() {
    // A simulation equips its particles at the start, so that they can be seen; stepping by hand does so in the first step.
    for transport in Transport::ALL {
        let mut scenario = switchable(3000);
        scenario.panels[0].transport = transport;
        let landscape = scenario.landscape();
        let flow = scenario.panels[0].clone();
        let mut simulation = Simulation::new(scenario.clone());
        let mut by_hand = Ensemble::new(simulation.ensemble(0).positions().map(<[f64]>::to_vec));
        assert_eq!(by_hand.carried(), None);
        for step in 0..3 {
            let context = StepContext {
                estimator: scenario.estimator,
                resampling: scenario.resampling,
                ..StepContext::new(&landscape, scenario.dt, step, Streams::new(scenario.seed))
            };
            flow.step(&mut by_hand, &context, &mut Workspace::default()).unwrap();
        }
        advance(&mut simulation, 3);
        assert_eq!(&by_hand, simulation.ensemble(0), "{transport:?}");
    }
}

#[test]
fn phase_planes_show_velocities_where_there_are_some() {
    let mut scenario = switchable(5000);
    scenario.panels[1].transport = Transport::Underdamped(0.5);
    let mut simulation = Simulation::new(scenario);
    let rect = Rect::new(-9.0, 9.0, -9.0, 9.0);
    for steps in [0, 4] {
        advance(&mut simulation, steps);
        for plane in Plane::ALL {
            let show = |simulation: &mut Simulation, max_dots| {
                simulation.snapshot(&Probe {
                    max_dots,
                    picture: Some((rect, [30, 20])),
                    plane,
                    ..Probe::default()
                })
            };
            let (all, few) = (show(&mut simulation, 5000), show(&mut simulation, 50));
            assert_eq!(all.panels[0].plane, Plane::Positions);
            assert_eq!(all.panels[1].plane, plane);
            for (panel, shown) in [(0, Plane::Positions), (1, plane)] {
                let ensemble = simulation.ensemble(panel);
                let [xs, ys] = ensemble.positions();
                let coordinates = match (shown, ensemble.velocities()) {
                    (Plane::PhaseX, Some([us, _])) => [xs, us],
                    (Plane::PhaseY, Some([_, vs])) => [ys, vs],
                    _ => [xs, ys],
                };
                let dots = &all.panels[panel].dots;
                assert_eq!(dots.len(), 5000);
                for (i, dot) in dots.iter().enumerate() {
                    assert_eq!([dot.x, dot.y], coordinates.map(|c| c[i] as f32));
                }
                // The picture shows the same two coordinates: its first moments are theirs.
                let image = few.panels[panel].density.as_ref().unwrap();
                let (mut mass, mut at) = (0.0, [0.0; 2]);
                for (k, v) in image.values.iter().enumerate() {
                    let centre = [(k % 30) as f64 * 0.6 - 8.7, 8.55 - (k / 30) as f64 * 0.9];
                    mass += f64::from(*v) / 600.0;
                    (0..2).for_each(|d| at[d] += f64::from(*v) / 600.0 * centre[d]);
                }
                assert!((mass - 1.0).abs() < 1e-4, "{mass}");
                for d in 0..2 {
                    let mean: f64 = coordinates[d].iter().zip(ensemble.weights()).map(|(c, w)| c * w).sum();
                    assert!((at[d] - mean).abs() < 1e-3, "{shown:?} {d}: {} {mean}", at[d]);
                }
            }
        }
    }
    // Teleports are kept as positions.
    advance(&mut simulation, 30);
    let teleports = |simulation: &mut Simulation, plane| {
        let snapshot = simulation.snapshot(&Probe {
            plane,
            ..Probe::default()
        });
        snapshot.panels[1].teleports.len()
    };
    assert!(teleports(&mut simulation, Plane::Positions) > 0);
    assert_eq!(teleports(&mut simulation, Plane::PhaseY), 0);
}
