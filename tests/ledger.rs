//! The ledger: for every basin, what walked in, what grew and what resampling brought make up the change of its mass, after every
//! step of any flow; and each cause takes from one basin what it gives to another.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::{advance, blob, fixed, mixture, replicates, scenario};
use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, StepContext, Transport, Workspace};
use wfr_lab::observe::{Account, Ledger, Observables};
use wfr_lab::resample::{Order, Resampling, Scheme};
use wfr_lab::rng::Streams;
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::space::Point;
use wfr_lab::target::{DoubleWell, Shape};

/// Two wells of unequal mass, the start out of balance.
fn wells(panels: Vec<Flow>) -> Scenario {
    let target = mixture(&[blob(0.3, (-1.0, 0.0), (0.1, 0.5)), blob(0.7, (1.0, 0.3), (0.2, 0.3))]);
    let start = Start::Mixture(vec![
        blob(0.8, (-1.0, 0.0), (0.2, 0.4)),
        blob(0.2, (1.2, 0.0), (0.1, 0.2)),
    ]);
    Scenario {
        particles: 3000,
        dt: 0.05,
        estimator: fixed(0.15),
        ..scenario(target, start, panels)
    }
}

/// Every transport with every reaction, splitting, scheme and order in turn.
fn all_flows() -> Vec<Flow> {
    let mut flows = Vec::new();
    for transport in [
        Transport::EulerMaruyama,
        Transport::LeimkuhlerMatthews,
        Transport::Mala,
        Transport::Underdamped(1.5),
    ] {
        for reaction in [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath] {
            for splitting in [
                Splitting::TransportReaction,
                Splitting::ReactionTransport,
                Splitting::Strang,
            ] {
                let i = flows.len();
                flows.push(Flow {
                    transport,
                    reaction,
                    splitting,
                    rate: if i % 5 == 4 {
                        Rate::Quadratic(1.0, -0.5)
                    } else {
                        Rate::FisherRao
                    },
                    resampling: Some(Resampling {
                        scheme: Scheme::ALL[i % 4],
                        order: Order::ALL[i % 2],
                        threshold: [1.0, 0.95, 0.0][i % 3],
                    }),
                    ..Flow::new(&format!("{transport:?} {reaction:?} {splitting:?}"), 0.8, 1.1)
                });
            }
        }
    }
    flows
}

const CAUSES: [fn(&Account) -> f64; 3] = [|a| a.walked, |a| a.grown, |a| a.resampled];

/// Holds the ledger to its promise.
fn balances(what: &str, before: &[f64], now: &Observables) {
    assert_eq!(now.ledger.len(), now.basin_mass.len(), "{what}");
    for (b, account) in now.ledger.iter().enumerate() {
        let gained: f64 = CAUSES.iter().map(|cause| cause(account)).sum();
        let off = gained - (now.basin_mass[b] - before[b]);
        assert!(off.abs() < 1e-12, "{what}, basin {b}: {off:e} of {account:?}");
    }
    for cause in CAUSES {
        let sum: f64 = now.ledger.iter().map(cause).sum();
        assert!(sum.abs() < 1e-12, "{what}: {sum:e}");
    }
}

#[test]
fn every_step_of_every_flow_balances() {
    let flows = all_flows();
    let mut simulation = Simulation::new(wells(flows.clone()));
    let start: Vec<Observables> = (0..flows.len()).map(|p| simulation.observe(p)).collect();
    assert!(start.iter().flat_map(|o| &o.ledger).all(|a| *a == Account::default()));
    for _ in 0..25 {
        advance(&mut simulation, 1);
        for (p, flow) in flows.iter().enumerate() {
            let now = simulation.observe(p);
            balances(&flow.name, &start[p].basin_mass, &now);
        }
    }
    for (p, flow) in flows.iter().enumerate() {
        let now = simulation.observe(p);
        let account = now.ledger[1];
        assert!(
            account.walked != 0.0 && account.grown != 0.0,
            "{}: {account:?}",
            flow.name
        );
        let threshold = flow.resampling.unwrap().threshold;
        if flow.reaction != Reaction::Weights || threshold == 0.0 {
            assert_eq!(account.resampled, 0.0, "{}: nothing was resampled", flow.name);
        } else if threshold == 1.0 {
            assert_ne!(account.resampled, 0.0, "{}", flow.name);
        }
    }
}

#[test]
fn walking_and_growing_are_told_apart() {
    let never = Some(Resampling {
        threshold: 0.0,
        ..Resampling::default()
    });
    let resampled = Flow {
        resampling: Some(Resampling {
            threshold: 1.0,
            ..Resampling::default()
        }),
        ..Flow::new("resampled", 0.0, 1.0)
    };
    let flows = vec![
        Flow::langevin(),
        Flow {
            resampling: never,
            ..Flow::fisher_rao()
        },
        resampled,
    ];
    let mut simulation = Simulation::new(wells(flows));
    advance(&mut simulation, 20);
    let [walk, growth, both] = [0, 1, 2].map(|p| simulation.observe(p).ledger[1]);
    println!("{walk:?}\n{growth:?}\n{both:?}");
    assert!(walk.walked != 0.0 && walk.grown == 0.0 && walk.resampled == 0.0);
    assert!(growth.grown > 0.1 && growth.walked == 0.0 && growth.resampled == 0.0);
    // Along the curve, resampling moves less than a few particles' worth from well to well in a step.
    assert!(both.grown > 0.1 && both.walked == 0.0);
    assert!(both.resampled != 0.0 && both.resampled.abs() < 20.0 * 3.0 / 3000.0);
}

#[test]
fn every_way_to_react_books_the_same_growth() {
    // The expected growth is that of the log-odds of two modes: jumps do what weights do, births and deaths to first order in dt.
    let kinds = [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath];
    let seen = replicates(40, 24, |seed| {
        let panels = kinds.map(|reaction| Flow {
            reaction,
            ..Flow::new(&format!("{reaction:?}"), 0.0, 1.0)
        });
        let mut simulation = Simulation::new(Scenario {
            seed,
            dt: 0.01,
            ..wells(panels.to_vec())
        });
        advance(&mut simulation, 20);
        let grown = [0, 1, 2].map(|p| simulation.observe(p).ledger[1].grown);
        vec![grown[1] - grown[0], grown[2] - grown[0], grown[0]]
    });
    seen[0].agrees("jumps beyond weights", 0.0);
    seen[1].agrees("births and deaths beyond weights", 0.0);
    seen[2].differs("growth by weights", 0.0);
}

#[test]
fn lost_particles_are_booked_and_a_collapse_too() {
    // A steep potential and a long step: particles fly off in every step, until none is left.
    let shape = Shape::DoubleWell(DoubleWell {
        barrier: 7.0,
        tilt: 0.0,
    });
    let kinds = [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath];
    let panels = kinds.map(|reaction| Flow {
        reaction,
        ..Flow::new(&format!("{reaction:?}"), 1.0, 0.5)
    });
    let start = Start::Gaussian(blob(1.0, (0.0, 0.0), (0.9, 1.0)));
    let mut simulation = Simulation::new(Scenario {
        dt: 0.05,
        ..scenario(shape, start, panels.to_vec())
    });
    let before: Vec<Vec<f64>> = (0..3).map(|p| simulation.observe(p).basin_mass).collect();
    let mut lost = 0;
    for _ in 0..30 {
        let result = simulation.step();
        for p in 0..3 {
            let now = simulation.observe(p);
            balances(&format!("{:?} {result:?}", kinds[p]), &before[p], &now);
            lost += now.lost;
        }
    }
    assert!(lost > 100, "{lost}");
}

#[test]
fn accounts_begin_anew_with_a_reset_and_when_basins_change() {
    let first = wells(vec![Flow::wfr()]);
    let mut simulation = Simulation::new(first.clone());
    let start = simulation.observe(0);
    advance(&mut simulation, 10);
    // An edit of something else goes on with them.
    let faster = Scenario {
        dt: 0.02,
        ..first.clone()
    };
    simulation.apply(Command::Edit(faster.clone().into()));
    advance(&mut simulation, 5);
    balances("after an edit of the step", &start.basin_mass, &simulation.observe(0));
    let target = mixture(&[
        blob(0.3, (-1.0, 0.0), (0.1, 0.5)),
        blob(0.3, (1.0, 1.2), (0.1, 0.1)),
        blob(0.4, (1.2, -1.2), (0.1, 0.1)),
    ]);
    simulation.apply(Command::Edit(Box::new(Scenario { target, ..faster })));
    let edited = simulation.observe(0);
    assert_eq!(edited.ledger, [Account::default(); 3]);
    advance(&mut simulation, 5);
    let now = simulation.observe(0);
    balances("after an edit of the target", &edited.basin_mass, &now);
    assert_ne!(now.ledger, edited.ledger);
    simulation.apply(Command::Reset);
    let again = simulation.observe(0);
    assert_eq!(again.ledger, [Account::default(); 3]);
    advance(&mut simulation, 5);
    balances("after a reset", &again.basin_mass, &simulation.observe(0));
}

#[test]
fn a_ledger_changes_nothing_and_is_not_kept_unless_asked_for() {
    let scenario = wells(vec![Flow::wfr()]);
    let with = Simulation::new(scenario.clone());
    let (landscape, basins) = (scenario.landscape(), with.basins().as_ref());
    let run = |kept: bool| {
        let mut particles: Ensemble = with.ensemble(0).clone();
        let mut work = Workspace::default();
        for step in 0..10 {
            let context = StepContext {
                estimator: scenario.estimator,
                resampling: scenario.resampling,
                basins: kept.then_some(basins),
                given: Some(&|p: Point| -0.5 * p.norm_squared()),
                ..StepContext::new(&landscape, scenario.dt, step, Streams::new(1))
            };
            Flow::wfr().step(&mut particles, &context, &mut work).unwrap();
        }
        (particles, work.ledger.accounts().to_vec())
    };
    let ((plain, none), (kept, accounts)) = (run(false), run(true));
    assert_eq!(plain, kept);
    assert!(none.is_empty());
    // Begun after the fact, a ledger knows nothing of what was before.
    let mut late = Ledger::default();
    late.begin(basins, &kept);
    assert_eq!(late.accounts(), vec![Account::default(); accounts.len()]);
    assert_ne!(late.accounts(), accounts);
}
