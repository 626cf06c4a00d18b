//! One step under the microscope: what it tells is what the run does, and looking changes nothing.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::{advance, bits, fixed, unbalanced};
use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{Event, Flow, Rate, Reaction, Seen, Splitting, Stage, Transport};
use wfr_lab::resample::{Order, Resampling, Scheme};
use wfr_lab::scenario::Scenario;
use wfr_lab::sim::{Anatomy, Simulation};
use wfr_lab::space::Point;

const SPLITTINGS: [Splitting; 3] = [
    Splitting::TransportReaction,
    Splitting::ReactionTransport,
    Splitting::Strang,
];
const REACTIONS: [Reaction; 3] = [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath];

/// Two wells out of balance, one panel at a long step.
fn scenario(particles: usize, flow: Flow) -> Scenario {
    Scenario {
        particles,
        scouts: 0.05,
        dt: 0.05,
        estimator: fixed(0.1),
        ..unbalanced(vec![flow])
    }
}

fn flow(transport: Transport, reaction: Reaction, splitting: Splitting, threshold: f64) -> Flow {
    Flow {
        transport,
        reaction,
        splitting,
        resampling: Some(Resampling {
            threshold,
            ..Resampling::default()
        }),
        ..Flow::new("one", 0.8, 1.1)
    }
}

/// All that a particle is, as bits.
fn seen(s: &Seen) -> [u64; 5] {
    [s.at.x, s.at.y, s.carried.x, s.carried.y, s.log_weight].map(f64::to_bits)
}

fn particle(ensemble: &Ensemble, slot: u32) -> Seen {
    let (i, [xs, ys]) = (slot as usize, ensemble.positions());
    Seen {
        at: Point::new(xs[i], ys[i]),
        carried: ensemble
            .carried()
            .map_or_else(Point::default, |(_, [us, vs])| Point::new(us[i], vs[i])),
        log_weight: ensemble.log_weights()[i],
    }
}

fn is(stage: &Stage, ensemble: &Ensemble, slots: &[u32]) -> bool {
    let pairs = stage.particles.iter().zip(slots);
    stage.particles.len() == slots.len()
        && pairs
            .into_iter()
            .all(|(s, slot)| seen(s) == seen(&particle(ensemble, *slot)))
}

/// Takes the next step of a run apart, and then in truth; checks all that must hold of any step.
fn step(run: &mut Simulation, most: usize) -> Anatomy {
    let before = bits(run);
    let anatomy = run.dissect(0, most);
    assert_eq!(bits(run), before, "looking has changed the run");
    let (first, last) = (anatomy.stages.first().unwrap(), anatomy.stages.last().unwrap());
    assert_eq!(first.event, Event::Before);
    // What integrators carry is drawn when they first walk.
    if run.steps() > 0 {
        assert!(is(first, run.ensemble(0), &anatomy.slots));
    }
    let (births, n) = (run.observe(0).births, run.ensemble(0).len());
    run.step().unwrap();
    assert!(is(last, run.ensemble(0), &anatomy.slots), "{:?}", anatomy.flow);
    assert_eq!(run.observe(0).births - births, anatomy.replaced());
    assert_eq!(last.ess.to_bits(), run.observe(0).ess.to_bits());
    assert_eq!(last.families, run.observe(0).families);
    assert_eq!(anatomy.slots.len(), n.min(most));
    anatomy
}

#[test]
fn the_end_of_the_anatomy_is_the_state_after_the_step() {
    let mut resampled = 0;
    for transport in Transport::ALL {
        for reaction in REACTIONS {
            for splitting in SPLITTINGS {
                let flow = flow(transport, reaction, splitting, 0.995);
                // Whoever is looked at, all or a few; the run that nobody looked at is the same.
                let mut unseen = Simulation::new(scenario(1500, flow.clone()));
                let mut run = Simulation::new(scenario(1500, flow));
                for most in [1500, 40, 1500, 40] {
                    let anatomy = step(&mut run, most);
                    unseen.step().unwrap();
                    assert_eq!(bits(&run), bits(&unseen));
                    let resamples = |s: &&Stage| matches!(s.event, Event::Resampled { .. });
                    resampled += anatomy.stages.iter().filter(resamples).count();
                }
            }
        }
    }
    assert!(
        resampled > 12,
        "{resampled} resamplings: the threshold is never reached"
    );
}

#[test]
fn the_stages_come_in_the_order_of_the_splitting() {
    let names = |transport, reaction, splitting| -> Vec<&'static str> {
        let mut run = Simulation::new(scenario(400, flow(transport, reaction, splitting, 1.0)));
        let anatomy = step(&mut run, 400);
        let name = |stage: &Stage| match stage.event {
            Event::Before => "before",
            Event::Drift { .. } => "drift",
            Event::Noise { .. } => "noise",
            Event::Refusals { .. } => "refusals",
            Event::Kick { .. } => "B",
            Event::Glide { .. } => "A",
            Event::Friction { .. } => "O",
            Event::Lost { .. } => "lost",
            Event::Equalised => "equal",
            Event::Weighed { .. } => "weight",
            Event::Jumped { .. } => "jump",
            Event::Checked { .. } => "check",
            Event::Resampled { .. } => "resample",
            Event::Collapsed => "collapse",
        };
        anatomy.stages.iter().map(name).collect()
    };
    use Reaction::{BirthDeath, Jump, Weights};
    use Splitting::{ReactionTransport, Strang, TransportReaction};
    assert_eq!(
        names(Transport::EulerMaruyama, Weights, TransportReaction),
        ["before", "drift", "noise", "weight", "check", "resample"]
    );
    assert_eq!(
        names(Transport::Mala, Jump, ReactionTransport),
        ["before", "jump", "check", "drift", "noise", "refusals"]
    );
    assert_eq!(
        names(Transport::Underdamped(1.0), Weights, Strang),
        [
            "before", "weight", "check", "resample", "B", "A", "O", "A", "B", "weight", "check", "resample"
        ]
    );
    assert_eq!(
        names(Transport::LeimkuhlerMatthews, BirthDeath, TransportReaction),
        ["before", "drift", "noise", "jump", "check"]
    );
}

#[test]
fn a_flow_without_transport_or_reaction_has_no_such_stage() {
    let still = |alpha, beta| {
        let flow = Flow {
            alpha,
            beta,
            ..flow(
                Transport::EulerMaruyama,
                Reaction::Weights,
                Splitting::TransportReaction,
                0.0,
            )
        };
        step(&mut Simulation::new(scenario(300, flow)), 300).stages.len()
    };
    assert_eq!([still(0.0, 0.0), still(1.0, 0.0), still(0.0, 1.0)], [1, 3, 3]);
}

/// The kick and the drift of every particle, from formulas of our own.
#[test]
fn drift_and_noise_are_those_of_the_formulas() {
    for transport in [Transport::EulerMaruyama, Transport::LeimkuhlerMatthews, Transport::Mala] {
        let mut run = Simulation::new(scenario(
            4000,
            flow(transport, Reaction::Weights, Splitting::TransportReaction, 0.0),
        ));
        advance(&mut run, 3);
        let landscape = run.scenario().landscape();
        let h = 0.8 * run.scenario().dt;
        let anatomy = step(&mut run, 4000);
        let [before, drifted, there] = [0, 1, 2].map(|k| &anatomy.stages[k].particles);
        let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
        for ((b, d), t) in before.iter().zip(drifted).zip(there) {
            // The gradient by central differences of the potential.
            let e = 1e-5;
            let slope = |dx: f64, dy: f64| {
                let at = |s: f64| landscape.potential(Point::new(b.at.x + s * dx, b.at.y + s * dy));
                (at(1.0) - at(-1.0)) / (2.0 * e)
            };
            let (gx, gy) = (slope(e, 0.0), slope(0.0, e));
            assert!((b.at.x - h * gx - d.at.x).abs() < 1e-7 && (b.at.y - h * gy - d.at.y).abs() < 1e-7);
            for z in [t.at.x - d.at.x, t.at.y - d.at.y] {
                (sum, squares, count) = (sum + z, squares + z * z, count + 1.0);
            }
        }
        let Event::Noise { size, .. } = anatomy.stages[2].event else {
            panic!("no noise after the drift")
        };
        // Fresh normals: the mean of z² has the standard error √(2/n); the averaged noise has variance h, not 2h.
        let variance = if transport == Transport::LeimkuhlerMatthews {
            h
        } else {
            2.0 * h
        };
        let scores = [
            sum / (variance * count).sqrt(),
            (squares / variance / count - 1.0) / (2.0_f64 / count).sqrt(),
        ];
        println!("{transport:?}: z = {:.2} and {:.2}", scores[0], scores[1]);
        assert!(scores.iter().all(|z| z.abs() < 5.0), "{transport:?}: {scores:?}");
        assert!((size * size / variance - 1.0).abs() < 1e-12);
    }
}

#[test]
fn a_refused_move_is_taken_back_and_an_accepted_one_is_where_it_was_proposed() {
    let mut scenario = scenario(
        3000,
        flow(Transport::Mala, Reaction::Weights, Splitting::TransportReaction, 0.0),
    );
    scenario.dt = 0.3; // long, so that some are refused
    let anatomy = step(&mut Simulation::new(scenario), 3000);
    let [before, proposed, after] = [0, 2, 3].map(|k| &anatomy.stages[k].particles);
    let Event::Refusals {
        proposed: moves,
        accepted,
    } = anatomy.stages[3].event
    else {
        panic!("nobody was asked")
    };
    let mut moved = 0;
    for ((b, p), a) in before.iter().zip(proposed).zip(after) {
        if a.at == b.at {
            continue;
        }
        moved += 1;
        assert!((a.at.x - p.at.x).abs() < 1e-12 && (a.at.y - p.at.y).abs() < 1e-12);
    }
    assert_eq!((moves, accepted), (3000, moved));
    assert!((500..2900).contains(&moved), "{moved} of 3000");
}

#[test]
fn the_parts_of_baoab_fit_together() {
    let friction = 1.7;
    let flow = flow(
        Transport::Underdamped(friction),
        Reaction::Weights,
        Splitting::TransportReaction,
        0.0,
    );
    let mut run = Simulation::new(scenario(2500, flow));
    advance(&mut run, 2);
    let landscape = run.scenario().landscape();
    let half = 0.4 * run.scenario().dt;
    let anatomy = step(&mut run, 2500);
    let stages: Vec<&Vec<Seen>> = anatomy.stages[..6].iter().map(|s| &s.particles).collect();
    let near = |a: Point, b: Point| (a - b).norm() < 1e-12 * (1.0 + a.norm());
    let keep = (-friction * 2.0 * half).exp();
    let mut squares = 0.0;
    for ((((start, b), a), o), (glided, end)) in stages[0]
        .iter()
        .zip(stages[1])
        .zip(stages[2])
        .zip(stages[3])
        .zip(stages[4].iter().zip(stages[5]))
    {
        let kick = |s: &Seen| s.carried - half * landscape.gradient(s.at);
        assert!(near(b.carried, kick(start)) && b.at == start.at);
        assert!(near(a.at, b.at + half * b.carried) && a.carried == b.carried);
        assert!(o.at == a.at);
        // The last two parts end where the particles are in truth.
        assert!(near(end.at, o.at + half * o.carried) && near(end.at, glided.at));
        assert!(near(end.carried, kick(glided)));
        let shaken = o.carried - keep * a.carried;
        squares += shaken.x * shaken.x + shaken.y * shaken.y;
    }
    let expected = 2.0 * 2500.0 * (1.0 - keep * keep);
    let z = (squares / expected - 1.0) / (2.0_f64 / 5000.0).sqrt();
    println!("noise of O: z = {z:.2}");
    assert!(z.abs() < 5.0);
}

#[test]
fn what_a_reaction_changes_adds_up() {
    for reaction in REACTIONS {
        for rate in [Rate::FisherRao, Rate::Quadratic(1.0, -0.5)] {
            let flow = Flow {
                rate,
                ..flow(Transport::EulerMaruyama, reaction, Splitting::Strang, 0.9)
            };
            let mut run = Simulation::new(scenario(2000, flow));
            advance(&mut run, 2);
            let anatomy = step(&mut run, 2000);
            let mut reactions = 0;
            for pair in anatomy.stages.windows(2) {
                let (before, stage) = (&pair[0], &pair[1]);
                if stage.growth.is_empty() {
                    continue;
                }
                reactions += 1;
                // The share that each expects after it: together they are all.
                let shares = before.particles.iter().zip(&stage.growth);
                let total: f64 = shares.map(|(s, g)| (s.log_weight + g).exp()).sum();
                assert!((total - 1.0).abs() < 1e-11, "{reaction:?}: {total}");
                let squares: f64 = stage.particles.iter().map(|s| (2.0 * s.log_weight).exp()).sum();
                assert!((1.0 / squares / stage.ess - 1.0).abs() < 1e-9);
                let replaced = stage.landings.len() as u64;
                assert_eq!(replaced > 0, reaction != Reaction::Weights);
                assert!(replaced <= stage.replaced, "one slot may be refilled twice");
            }
            assert_eq!(reactions, 2);
        }
    }
}

#[test]
fn the_check_decides_and_a_copy_is_what_its_source_was() {
    for scheme in Scheme::ALL {
        for (order, threshold) in [(Order::Hilbert, 1.0), (Order::Slots, 0.0), (Order::Slots, 0.9999)] {
            let mut flow = flow(
                Transport::EulerMaruyama,
                Reaction::Weights,
                Splitting::TransportReaction,
                threshold,
            );
            flow.resampling = Some(Resampling {
                scheme,
                order,
                threshold,
            });
            let mut run = Simulation::new(scenario(2000, flow));
            let anatomy = step(&mut run, 2000);
            let (number, share, limit) = anatomy.check().unwrap();
            assert_eq!(limit, threshold);
            let Event::Checked { resamples, uniform, .. } = anatomy.stages[number].event else {
                panic!("no check")
            };
            assert_eq!(resamples, threshold > 0.0);
            assert!(!uniform && share < 0.9999 && share > 0.3);
            let Some(last) = anatomy.stages.get(number + 1) else {
                assert!(!resamples);
                continue;
            };
            assert_eq!(last.event, Event::Resampled { scheme });
            let before = &anatomy.stages[number].particles;
            assert!(!last.landings.is_empty() && last.landings.len() as u64 == last.replaced);
            for (k, after) in last.particles.iter().enumerate() {
                let landing = last.landings.iter().find(|l| l.particle as usize == k);
                let source = landing.map_or(k, |l| l.source as usize); // all slots, in order
                assert_eq!(after.at, before[source].at);
            }
        }
    }
}

#[test]
fn the_next_step_that_replaces_somebody_is_found() {
    let mut run = Simulation::new(scenario(
        1000,
        flow(
            Transport::EulerMaruyama,
            Reaction::Weights,
            Splitting::TransportReaction,
            0.97,
        ),
    ));
    let mut copy = Simulation::from(&run.frame());
    let steps = copy.steps_until_replacement(0, 1000).unwrap();
    assert!(steps > 1, "{steps}");
    for _ in 0..steps {
        assert_eq!(run.dissect(0, 10).replaced(), 0);
        run.step().unwrap();
    }
    assert!(run.dissect(0, 10).replaced() > 0);
    // Pure Langevin never does.
    let langevin = Simulation::new(scenario(100, Flow::langevin()));
    assert_eq!(Simulation::from(&langevin.frame()).steps_until_replacement(0, 50), None);
}

#[test]
fn memory_is_bounded_in_a_crowd() {
    let mut run = Simulation::new(scenario(
        200_000,
        flow(Transport::Mala, Reaction::Weights, Splitting::TransportReaction, 1.0),
    ));
    let anatomy = step(&mut run, 100);
    assert!(
        anatomy
            .stages
            .iter()
            .all(|s| s.particles.len() == 100 && s.landings.len() <= 100)
    );
    assert!(anatomy.replaced() > 1000 && anatomy.particles == 200_000);
    // Spread over all slots, not the first ones.
    assert!(anatomy.slots.iter().filter(|slot| **slot >= 100_000).count() > 40);
}
