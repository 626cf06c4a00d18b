//! The same scenario and seed give the same bits: on any number of threads, in the engine, from a journal, after a reset; and
//! panels share start and noise.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::{advance, bits, blob, fixed, mixture, on_threads, unbalanced, wait};
use wfr_lab::density::{Bandwidth, Estimator};
use wfr_lab::engine::{Control, Engine, Status};
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, Transport};
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::scenario::{Preset, Scenario, presets};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::snapshot::Probe;
use wfr_lab::timeline::Timeline;

/// Two wells out of balance, at long steps.
fn busy(particles: usize, panels: Vec<Flow>) -> Scenario {
    Scenario {
        particles,
        scouts: 0.05,
        dt: 0.05,
        estimator: fixed(0.1),
        ..unbalanced(panels)
    }
}

/// Every splitting with every reaction, transport, rate, scheme, threshold and bandwidth in turn.
fn all_flows() -> Vec<Flow> {
    let mut flows = Vec::new();
    for splitting in [
        Splitting::TransportReaction,
        Splitting::ReactionTransport,
        Splitting::Strang,
    ] {
        for reaction in [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath] {
            for (scheme, threshold) in Scheme::ALL.into_iter().zip([1.0, 0.95, 0.0, 0.9]) {
                let i = flows.len();
                flows.push(Flow {
                    // Other integrators with every scheme and reaction in turn; half of all flows keep the default.
                    transport: Transport::ALL[[0, 1, 0, 2, 0, 3][i % 6]],
                    splitting,
                    reaction,
                    rate: match i % 5 {
                        4 => Rate::Quadratic(1.0, -0.5),
                        2 => Rate::Corrected(if i < 12 { -0.5 } else { 0.5 }),
                        _ => Rate::FisherRao,
                    },
                    resampling: Some(Resampling {
                        scheme,
                        threshold,
                        ..Resampling::default()
                    }),
                    estimator: (i % 3 == 2).then_some(Estimator {
                        bandwidth: Bandwidth::Silverman(0.7),
                        ..Estimator::default()
                    }),
                    ..Flow::new(&format!("{i}"), 0.8, 1.1)
                });
            }
        }
    }
    flows
}

#[test]
fn bits_do_not_depend_on_threads() {
    // Numbers of particles around the chunks of 1024, a number that splits into several accumulators, and next to none.
    for particles in [1, 2, 3, 1023, 1024, 1025, 40_003] {
        let scenario = busy(particles, all_flows());
        let run = |threads| {
            on_threads(threads, || {
                let mut simulation = Simulation::new(scenario.clone());
                advance(&mut simulation, 4);
                bits(&simulation)
            })
        };
        let alone = run(1);
        assert!(alone == run(2), "2 threads differ for {particles} particles");
        assert!(alone == run(4), "4 threads differ for {particles} particles");
    }
}

#[test]
fn observables_do_not_depend_on_threads() {
    let scenario = busy(40_003, vec![Flow::langevin(), Flow::fisher_rao(), Flow::wfr()]);
    let run = |threads| {
        on_threads(threads, || {
            let mut simulation = Simulation::new(scenario.clone());
            advance(&mut simulation, 4);
            (0..3).map(|p| simulation.observe(p)).collect::<Vec<_>>()
        })
    };
    let alone = run(1);
    assert_eq!(alone, run(2));
    assert_eq!(alone, run(4));
}

#[test]
fn a_seed_is_the_whole_difference() {
    let scenario = busy(3000, vec![Flow::wfr()]);
    let run = |seed| {
        let mut simulation = Simulation::new(Scenario {
            seed,
            ..scenario.clone()
        });
        advance(&mut simulation, 3);
        bits(&simulation)
    };
    assert!(run(5) == run(5));
    assert!(run(5) != run(6));
}

#[test]
fn panels_share_their_start_and_their_noise() {
    let never = Some(Resampling {
        scheme: Scheme::Systematic,
        threshold: 0.0,
        ..Resampling::default()
    });
    let panels = vec![
        Flow::langevin(),
        Flow::new("no reaction", 1.0, 0.0),
        Flow {
            splitting: Splitting::Strang,
            reaction: Reaction::BirthDeath,
            ..Flow::new("no reaction either", 1.0, 0.0)
        },
        Flow {
            resampling: never,
            ..Flow::wfr()
        },
        Flow {
            resampling: never,
            splitting: Splitting::Strang,
            ..Flow::new("halves", 1.0, 1.0)
        },
        Flow::fisher_rao(),
    ];
    let mut simulation = Simulation::new(busy(5000, panels));
    let start = simulation.ensemble(0).clone();
    for panel in 1..6 {
        assert_eq!(simulation.ensemble(panel), &start, "one start for all");
    }
    advance(&mut simulation, 20);
    let langevin = simulation.ensemble(0);
    for panel in [1, 2] {
        assert_eq!(
            simulation.ensemble(panel),
            langevin,
            "with β = 0 nothing but the name differs"
        );
    }
    for panel in [3, 4] {
        let ensemble = simulation.ensemble(panel);
        assert_eq!(ensemble.positions(), langevin.positions(), "weights move nobody");
        assert_ne!(ensemble.weights(), langevin.weights());
    }
    // The first resampling of a flow that never walks: each slot holds a particle of the start.
    let frozen = simulation.ensemble(5);
    for (i, &ancestor) in frozen.ancestors().iter().enumerate() {
        let at = |e: &wfr_lab::ensemble::Ensemble, k: usize| e.positions().map(|c| c[k].to_bits());
        assert_eq!(at(frozen, i), at(&start, ancestor as usize));
    }
}

/// A session: a scenario, and what was done to it after so many steps.
fn session() -> (Scenario, Vec<(u64, Command)>) {
    let first = busy(2500, vec![Flow::langevin(), Flow::wfr()]);
    let slow = Scenario {
        dt: 0.013,
        ..first.clone()
    };
    let mut strong = slow.clone();
    strong.panels[0].transport = Transport::Underdamped(0.5);
    strong.panels[1].alpha = 0.3;
    strong.panels[1].reaction = Reaction::BirthDeath;
    let moved = Scenario {
        target: mixture(&[blob(1.0, (0.5, 0.0), (0.3, 0.3))]),
        temperature: 1.7,
        ..strong.clone()
    };
    let mut halves = moved.clone();
    halves.panels[0].transport = Transport::LeimkuhlerMatthews;
    halves.panels[1].transport = Transport::Mala;
    let waiting = Scenario {
        particles: 1300,
        seed: 77,
        scouts: 0.0,
        ..halves.clone()
    };
    let preset = Scenario {
        particles: 700,
        ..presets()[2].scenario()
    };
    let edit = |s: &Scenario| Command::Edit(Box::new(s.clone()));
    let commands = vec![
        (3, edit(&slow)),
        (3, edit(&strong)),
        (8, edit(&moved)),
        (9, edit(&halves)),
        (11, edit(&waiting)),
        (17, Command::Reset),
        (0, edit(&strong)),
        (5, Command::Load(Box::new(preset.clone()))),
        (4, edit(&Scenario { dt: 0.001, ..preset })),
        (9, Command::Reset),
        (2, Command::Reset),
    ];
    (first, commands)
}

#[test]
fn a_journal_replays_to_the_same_bits() {
    let (first, commands) = session();
    let (mut live, mut plain) = (Timeline::new(first.clone()), Simulation::new(first));
    for (step, command) in &commands {
        // Whoever watches changes nothing.
        while live.now().step < *step {
            live.step().unwrap();
            live.observe(0);
            live.snapshot(&Probe::default());
            advance(&mut plain, 1);
        }
        live.apply(command.clone());
        plain.apply(command.clone());
        for _ in 0..2 {
            live.step().unwrap();
        }
        let step = live.now().step;
        let again = on_threads(1, || Timeline::replay(live.journal(), step));
        assert!(bits(live.simulation()) == bits(again.simulation()));
        assert_eq!(live.simulation().scenario(), again.simulation().scenario());
        assert_eq!(live.journal(), again.journal());
        live.seek(plain.steps());
        assert!(bits(live.simulation()) == bits(&plain));
    }
}

#[test]
fn a_reset_repeats_the_run() {
    let scenario = busy(
        2500,
        vec![
            Flow::wfr(),
            Flow {
                reaction: Reaction::BirthDeath,
                ..Flow::new("jumps", 1.0, 1.0)
            },
        ],
    );
    let mut simulation = Simulation::new(scenario);
    let start = bits(&simulation);
    advance(&mut simulation, 12);
    let (first, measured) = (bits(&simulation), simulation.observe(1));
    simulation.apply(Command::Reset);
    assert!(bits(&simulation) == start);
    advance(&mut simulation, 12);
    assert!(bits(&simulation) == first);
    assert_eq!(simulation.observe(1), measured, "counters begin again too");
}

#[test]
fn edits_of_what_does_not_evolve_leave_the_bits_alone() {
    let scenario = busy(2500, vec![Flow::langevin(), Flow::wfr()]);
    let (mut plain, mut edited) = (Simulation::new(scenario.clone()), Simulation::new(scenario.clone()));
    let mut other = scenario.clone();
    other.title = "Another".to_owned();
    other.description = "Other words".to_owned();
    other.speed = 17.0;
    other.view = Some(((-9.0, 9.0), (-8.0, 8.0)));
    other.panels[0].name = "Renamed".to_owned();
    for simulation in [&mut plain, &mut edited] {
        advance(simulation, 5);
    }
    edited.apply(Command::Edit(Box::new(other.clone())));
    assert!(bits(&plain) == bits(&edited));
    // What waits for a reset leaves them alone too, until then.
    let waiting = Scenario {
        seed: 9,
        particles: 100,
        scouts: 1.0,
        ..other
    };
    edited.apply(Command::Edit(Box::new(waiting)));
    for simulation in [&mut plain, &mut edited] {
        advance(simulation, 5);
    }
    assert!(bits(&plain) == bits(&edited));
    assert!(edited.snapshot(&Probe::default()).needs_reset);
    edited.apply(Command::Reset);
    assert_eq!(edited.ensemble(0).len(), 100);
}

/// Waits for a report that answers `epoch` controls and is at rest.
fn settled(engine: &Engine, epoch: u64) -> std::sync::Arc<wfr_lab::engine::Report> {
    wait(engine, |report| {
        report.epoch >= epoch && report.status != Status::Running
    })
}

#[test]
fn the_engine_reaches_the_same_bits_as_stepping_by_hand() {
    let preset = Preset::named("double-well").unwrap().scenario();
    for scenario in [
        Scenario {
            particles: 3000,
            ..preset
        },
        busy(1500, all_flows()[..4].to_vec()),
    ] {
        let end = 40.0 * scenario.dt;
        let mut edited = scenario.clone();
        edited.panels[0].beta = 0.5;
        let engine = Engine::spawn(Simulation::new(scenario.clone()), || {}).unwrap();
        engine.send(Control::Probe(Probe {
            max_dots: 5000,
            ..Probe::default()
        }));
        engine.send(Control::RunUntil(0.5 * end));
        settled(&engine, 2);
        engine.send(Control::Command(Command::Edit(Box::new(edited.clone()))));
        engine.send(Control::Steps(7));
        settled(&engine, 4);
        engine.send(Control::RunUntil(end));
        let report = settled(&engine, 5);
        assert_eq!(report.status, Status::Paused);

        let mut by_hand = Simulation::new(scenario.clone());
        advance(&mut by_hand, 20);
        by_hand.apply(Command::Edit(Box::new(edited)));
        advance(&mut by_hand, 20);
        let seen = &report.snapshot;
        let expected = by_hand.snapshot(&Probe {
            max_dots: 5000,
            ..Probe::default()
        });
        assert_eq!(
            (seen.step, seen.time.to_bits()),
            (expected.step, expected.time.to_bits())
        );
        for (seen, expected) in seen.panels.iter().zip(&expected.panels) {
            assert_eq!(seen.now, expected.now);
            assert_eq!(seen.dots, expected.dots);
            assert_eq!(seen.teleports, expected.teleports);
        }
    }
}
