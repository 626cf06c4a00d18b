//! Teleported mass: what is counted between basins is what the ledger says that they gained, and the way back in time keeps it. What the
//! snapshot says of growing weights and of the tangent of the flow is what the next step does, and what the observables measure.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::{LIMIT, advance, fixed, on_threads, unbalanced};
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, Transport};
use wfr_lab::observe::Traffic;
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::scenario::{Scenario, presets};
use wfr_lab::sim::{Command, Frame, Simulation};
use wfr_lab::snapshot::{Probe, Tangent};
use wfr_lab::space::Point;

fn wells(panels: Vec<Flow>) -> Scenario {
    Scenario {
        particles: 3000,
        dt: 0.05,
        estimator: fixed(0.15),
        ..unbalanced(panels)
    }
}

/// By every rule that replaces particles, with every splitting; and by none.
fn all_flows() -> Vec<Flow> {
    let mut flows = vec![Flow::langevin()];
    for reaction in [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath] {
        for splitting in [
            Splitting::TransportReaction,
            Splitting::ReactionTransport,
            Splitting::Strang,
        ] {
            let threshold = Some(Resampling {
                scheme: Scheme::ALL[flows.len() % 4],
                threshold: 0.97,
                ..Resampling::default()
            });
            flows.push(Flow {
                reaction,
                splitting,
                resampling: threshold,
                ..Flow::new(&format!("{reaction:?} {splitting:?}"), 0.8, 1.1)
            });
        }
    }
    flows
}

fn traffic(simulation: &mut Simulation) -> Vec<Traffic> {
    let snapshot = simulation.snapshot(&Probe::default());
    snapshot.panels.iter().map(|panel| (*panel.traffic).clone()).collect()
}

#[test]
fn equal_weights_gain_what_teleports() {
    let flows = all_flows();
    let mut simulation = Simulation::new(wells(flows.clone()));
    advance(&mut simulation, 60);
    let traffic = traffic(&mut simulation);
    for (p, flow) in flows.iter().enumerate() {
        let (ledger, traffic) = (simulation.observe(p).ledger, &traffic[p]);
        assert_eq!(traffic.basins(), 2);
        let all: f64 = traffic.lanes().iter().map(|lane| lane.total).sum();
        // Every replacement is counted, those within a basin too: each is a whole number of particles.
        let replaced = simulation.observe(p).births as f64;
        assert!(
            (all * 3000.0 - replaced).abs() < 1e-6,
            "{}: {all} of {replaced}",
            flow.name
        );
        assert!((traffic.gained(0) + traffic.gained(1)).abs() < 1e-12);
        if flow.beta == 0.0 {
            assert_eq!((all, traffic.lanes().len()), (0.0, 0));
            continue;
        }
        assert!(
            traffic.total(0, 1) > 0.1 && traffic.rate(0, 1) > 0.0,
            "{}: {traffic:?}",
            flow.name
        );
        if flow.reaction != Reaction::Weights {
            for (basin, account) in ledger.iter().enumerate() {
                let off = traffic.gained(basin) - (account.grown + account.resampled);
                assert!(off.abs() < 1e-12, "{}, basin {basin}: {off:e}", flow.name);
            }
        }
    }
}

/// With weights the reaction grows them and resampling turns them into numbers of particles: its chance has the mean 0, so what
/// teleports into a basin is what grew there, but for what grew since the last resampling and for that chance, which the ledger has as
/// `resampled`, and for what a heavy particle of one basin carries into another on foot. Without transport the last is nothing:
/// then all particles of the basin, each 1/N after a resampling, are those of the start and what teleported.
#[test]
fn weights_that_are_resampled_gain_what_teleports_when_nobody_walks() {
    let flow = Flow {
        resampling: Some(Resampling {
            threshold: 1.0,
            ..Resampling::default()
        }),
        ..Flow::new("every step", 0.0, 1.0)
    };
    let mut simulation = Simulation::new(wells(vec![flow]));
    advance(&mut simulation, 40);
    let traffic = &traffic(&mut simulation)[0];
    for (basin, account) in simulation.observe(0).ledger.iter().enumerate() {
        let off = traffic.gained(basin) - (account.grown + account.resampled);
        assert!(off.abs() < 1e-12, "basin {basin}: {off:e}");
    }
    assert!(traffic.gained(1) > 0.3, "{}", traffic.gained(1));
}

/// The same with transport: over many runs the mean of what teleports is the mean of what grew.
#[test]
fn weights_that_are_resampled_gain_on_average_what_grows() {
    let flow = Flow {
        resampling: Some(Resampling {
            threshold: 1.0,
            ..Resampling::default()
        }),
        ..Flow::wfr()
    };
    let differences: Vec<f64> = (0..40)
        .map(|seed| {
            let mut simulation = Simulation::new(Scenario {
                seed,
                particles: 1000,
                ..wells(vec![flow.clone()])
            });
            advance(&mut simulation, 12);
            let gained = traffic(&mut simulation)[0].gained(1);
            gained - simulation.observe(0).ledger[1].grown
        })
        .collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let z = mean / (variance / n).sqrt();
    println!(
        "teleported less grown: {mean:.2e} ± {:.2e}, z = {z:.2}",
        (variance / n).sqrt()
    );
    assert!(variance > 0.0 && z.abs() < LIMIT, "{z}");
}

#[test]
fn traffic_does_not_depend_on_threads_and_survives_the_way_back() {
    let scenario = Scenario {
        particles: 30_011,
        ..wells(all_flows())
    };
    let run = |threads| {
        on_threads(threads, || {
            let mut simulation = Simulation::new(scenario.clone());
            advance(&mut simulation, 9);
            let frame = simulation.frame();
            advance(&mut simulation, 6);
            (frame, traffic(&mut simulation))
        })
    };
    let (frame, end) = run(1);
    assert_eq!(run(4).1, end);
    let mut again = Simulation::from(&frame);
    advance(&mut again, 6);
    assert_eq!(traffic(&mut again), end);
    again.restore(&frame);
    advance(&mut again, 6);
    assert_eq!(traffic(&mut again), end);
    // To a file and back; and a file of before there was any traffic.
    let mut few = Simulation::new(wells(all_flows().split_off(6)));
    advance(&mut few, 9);
    let (frame, text) = (few.frame(), ron::to_string(&few.frame()).unwrap());
    let read: Frame = ron::from_str(&text).unwrap();
    assert!(read == frame && text.matches("traffic:").count() == 4);
    let mut old = text.clone();
    while let Some(start) = old.find("traffic:") {
        let end = start + old[start..].find("replaced:").unwrap();
        old.replace_range(start..end, "");
    }
    let old: Frame = ron::from_str(&old).unwrap();
    let mut from_old = Simulation::from(&old);
    assert!(traffic(&mut from_old).iter().all(|traffic| traffic.lanes().is_empty()));
    advance(&mut from_old, 6);
    assert!(traffic(&mut from_old).iter().any(|traffic| !traffic.lanes().is_empty()));
    // What cannot be is refused.
    let broken = text.replacen("from:0,to:1", "from:0,to:7", 1);
    assert!(broken != text && ron::from_str::<Frame>(&broken).is_err());
}

#[test]
fn traffic_begins_anew_with_the_run_and_with_other_basins() {
    let jumps = Flow {
        reaction: Reaction::Jump,
        ..Flow::wfr()
    };
    let mut simulation = Simulation::new(wells(vec![jumps]));
    let lanes = |simulation: &mut Simulation| traffic(simulation)[0].lanes().len();
    advance(&mut simulation, 30);
    assert!(lanes(&mut simulation) > 0);
    let mut edited = (**simulation.scenario()).clone();
    edited.panels[0].beta = 2.0;
    simulation.apply(Command::Edit(Box::new(edited.clone())));
    assert!(lanes(&mut simulation) > 0, "another rate is no other basin");
    edited.temperature = 1.1;
    simulation.apply(Command::Edit(Box::new(edited)));
    assert_eq!(lanes(&mut simulation), 0);
    advance(&mut simulation, 30);
    assert!(lanes(&mut simulation) > 0);
    simulation.apply(Command::Reset);
    assert_eq!(lanes(&mut simulation), 0);
}

fn growing() -> Probe {
    Probe {
        growth: true,
        tangent: true,
        ..Probe::default()
    }
}

/// Where nobody walks, log-weights change in the next step by (1 − e^(−β dt))/β times the growth of the dots, up to a constant; for a given
/// rate by dt times it.
#[test]
fn dots_grow_as_the_next_step_makes_them() {
    let never = Some(Resampling {
        threshold: 0.0,
        ..Resampling::default()
    });
    let still = |rate: Rate| Flow {
        rate,
        resampling: never,
        ..Flow::new("still", 0.0, 1.3)
    };
    let mut scenario = wells(vec![
        still(Rate::FisherRao),
        still(Rate::Quadratic(1.0, -0.5)),
        Flow::langevin(),
    ]);
    for debiased in [false, true] {
        scenario.estimator.debiased = debiased;
        let mut simulation = Simulation::new(scenario.clone());
        advance(&mut simulation, 3);
        let before = simulation.snapshot(&growing());
        let weights = |s: &Simulation, p: usize| s.ensemble(p).log_weights().to_vec();
        let first: Vec<Vec<f64>> = (0..2).map(|p| weights(&simulation, p)).collect();
        advance(&mut simulation, 1);
        for (p, factor) in [(0, (1.0 - (-1.3_f64 * 0.05).exp()) / 1.3), (1, 0.05)] {
            let dots = &before.panels[p].dots;
            let changes: Vec<f64> = weights(&simulation, p)
                .iter()
                .zip(&first[p])
                .map(|(a, b)| a - b)
                .collect();
            let mut most: f64 = 0.0;
            for (dot, change) in dots.iter().zip(&changes) {
                let (expected, found) = (factor * f64::from(dot.growth - dots[0].growth), change - changes[0]);
                assert!((found - expected).abs() < 2e-6, "panel {p}: {found} for {expected}");
                most = most.max(found.abs());
            }
            assert!(most > 0.05, "weights move");
            // Relative to the mean: of all weights no mass is made.
            let sum: f64 = dots.iter().map(|d| f64::from(d.weight * d.growth)).sum();
            assert!((sum / dots.len() as f64).abs() < 1e-5, "{sum}");
        }
        assert!(before.panels[2].dots.iter().all(|d| d.growth == 0.0), "no reaction");
        let unasked = simulation.snapshot(&Probe::default());
        assert!(unasked.panels.iter().flat_map(|p| &p.dots).all(|d| d.growth == 0.0));
        assert!(unasked.panels.iter().all(|p| p.tangent.is_none()));
    }
}

#[test]
fn looking_changes_nothing_that_evolves() {
    let mut looked = Simulation::new(wells(all_flows()));
    let mut alone = Simulation::new(wells(all_flows()));
    for _ in 0..4 {
        advance(&mut looked, 1);
        looked.snapshot(&growing());
        advance(&mut alone, 1);
    }
    assert!(looked.frame() == alone.frame());
}

/// The Fisher information of a map, by its edges, and by the gradients that are drawn.
fn information(map: &Tangent, alpha: f64) -> (f64, f64) {
    let (grid, mean) = (map.grid, |p: f64, q: f64| {
        if (p / q - 1.0).abs() < 1e-6 {
            p
        } else {
            (p - q) / (p / q).ln()
        }
    });
    let (mut edges, mut drawn) = (0.0, 0.0);
    let [vx, vy] = map.velocity.as_ref().unwrap();
    for k in 0..grid.len() {
        let (i, j) = (k % grid.nx, k / grid.nx);
        for (next, inside, h) in [
            (k + 1, i + 1 < grid.nx, grid.dx()),
            (k + grid.nx, j + 1 < grid.ny, grid.dy()),
        ] {
            if inside && map.mass[k] > 1e-300 && map.mass[next] > 1e-300 {
                let du = (map.log_ratio[next] - map.log_ratio[k]) / h;
                edges += mean(map.mass[k], map.mass[next]) * du * du;
            }
        }
        drawn += map.mass[k] * (vx[k] * vx[k] + vy[k] * vy[k]) / (alpha * alpha);
    }
    (edges, drawn)
}

#[test]
fn the_tangent_map_is_what_the_observables_measure() {
    let flows = vec![Flow::new("slow", 0.7, 1.3), Flow::langevin(), Flow::fisher_rao()];
    let mut simulation = Simulation::new(Scenario {
        particles: 20_000,
        dt: 0.01,
        ..wells(flows.clone())
    });
    advance(&mut simulation, 40);
    let snapshot = simulation.snapshot(&growing());
    for (panel, flow) in snapshot.panels.iter().zip(&flows) {
        let (map, now) = (panel.tangent.as_ref().unwrap(), &panel.now);
        let total = map.mass.iter().sum::<f64>() + map.beyond;
        assert!((total - 1.0).abs() < 1e-9, "{total}");
        let mean =
            map.mass.iter().zip(&map.log_ratio).map(|(p, u)| p * u).sum::<f64>() + map.beyond * map.log_ratio_beyond;
        assert!((mean - now.kl).abs() < 1e-9, "KL is the mean of u");
        let second = map
            .mass
            .iter()
            .zip(&map.log_ratio)
            .map(|(p, u)| p * (u - mean).powi(2))
            .sum::<f64>();
        let variance = second + map.beyond * (map.log_ratio_beyond - mean).powi(2);
        assert!(
            (variance / now.variance - 1.0).abs() < 1e-9,
            "{variance} {}",
            now.variance
        );
        for ((r, u), p) in map.rate.iter().zip(&map.log_ratio).zip(&map.mass) {
            let expected = if *p > 1e-300 { -flow.beta * (u - mean) } else { 0.0 };
            assert!((r - expected).abs() < 1e-9 * (1.0 + u.abs()), "{r} {expected}");
        }
        // No mass is made by the reaction.
        let made: f64 = map.mass.iter().zip(&map.rate).map(|(p, r)| p * r).sum();
        assert!(made.abs() < 1e-9 + 10.0 * map.beyond, "{made}");
        if flow.alpha > 0.0 {
            let (edges, drawn) = information(map, flow.alpha);
            println!(
                "{}: I {:.6}, edges {edges:.6}, drawn {drawn:.6}",
                flow.name, now.information
            );
            assert!(
                (edges / now.information - 1.0).abs() < 1e-6,
                "{edges} {}",
                now.information
            );
            // Cells are a quarter of the smoothing wide: a difference over two of them is flatter than one over one.
            assert!(
                (0.85..=1.0).contains(&(drawn / now.information)),
                "{drawn} {}",
                now.information
            );
        } else {
            assert!(map.velocity.as_ref().unwrap().iter().flatten().all(|v| *v == 0.0));
        }
    }
}

/// A narrower Gaussian in a Gaussian: u = log(ρ/π) is quadratic, so velocity and rate are known.
#[test]
fn the_tangent_map_of_a_gaussian_is_known() {
    use common::{blob, mixture, scenario};
    use wfr_lab::scenario::Start;
    let (target, start) = ((0.8, 1.2), (0.5, 0.6));
    let mut simulation = Simulation::new(Scenario {
        particles: 400_000,
        ..scenario(
            mixture(&[blob(1.0, (0.0, 0.0), target)]),
            Start::Mixture(vec![blob(1.0, (0.3, 0.0), start)]),
            vec![
                Flow::new("both", 0.6, 0.8),
                Flow {
                    rate: Rate::Corrected(-0.5),
                    ..Flow::new("corrected", 1.0, 1.0)
                },
                Flow {
                    transport: Transport::Underdamped(1.0),
                    ..Flow::new("underdamped", 1.0, 0.0)
                },
            ],
        )
    });
    let snapshot = simulation.snapshot(&growing());
    let view = simulation.scenario().view();
    // The smoothing widens both laws by the square of 0.02 of the view.
    let wide = [0.02 * view.width(), 0.02 * view.height()].map(|s| s * s);
    let (cx, cy) = (
        (start.0 + wide[0], start.1 + wide[1]),
        (target.0 + wide[0], target.1 + wide[1]),
    );
    let slope = |p: Point| Point::new(p.x / cy.0 - (p.x - 0.3) / cx.0, p.y / cy.1 - p.y / cx.1);
    let map = snapshot.panels[0].tangent.as_ref().unwrap();
    let corrected = snapshot.panels[1].tangent.as_ref().unwrap();
    let ([vx, vy], [wx, wy]) = (map.velocity.as_ref().unwrap(), corrected.velocity.as_ref().unwrap());
    let (mut off, mut counted) = ([0.0_f64; 2], 0.0);
    for k in 0..map.grid.len() {
        let p = map.grid.center(k % map.grid.nx, k / map.grid.nx);
        // Where there are particles enough.
        if (p.x - 0.3).powi(2) / start.0 + p.y.powi(2) / start.1 < 2.0 {
            let s = slope(p);
            let pull = Point::new(p.x / target.0, p.y / target.1);
            off[0] += (vx[k] + 0.6 * s.x).powi(2) + (vy[k] + 0.6 * s.y).powi(2);
            off[1] += (wx[k] + s.x - 0.5 * pull.x).powi(2) + (wy[k] + s.y - 0.5 * pull.y).powi(2);
            counted += 1.0;
        }
    }
    let off = off.map(|o| (o / counted).sqrt());
    println!("root mean square error of the velocity: {off:.3?} in {counted} cells");
    // 4·10⁵ particles over about 30 smoothing areas leave a few parts in a thousand of ρ, over a length of 0.1.
    assert!(counted > 500.0 && off.iter().all(|o| *o < 0.15), "{off:?}");
    assert!(snapshot.panels[2].tangent.as_ref().unwrap().velocity.is_none());
}

/// The presets, none of which is small: what is counted is sound, whatever they do.
#[test]
fn presets_have_sound_traffic() {
    for preset in presets() {
        let mut simulation = Simulation::new(Scenario {
            particles: 400,
            ..preset.scenario()
        });
        advance(&mut simulation, 20);
        for (p, traffic) in traffic(&mut simulation).iter().enumerate() {
            assert!(traffic.is_sound(), "{} {p}", preset.name);
            let all: f64 = traffic.lanes().iter().map(|l| l.total).sum();
            let replaced = simulation.observe(p).births as f64 / simulation.ensemble(p).len() as f64;
            assert!((all - replaced).abs() < 1e-9, "{} {p}: {all} {replaced}", preset.name);
            assert_eq!(traffic.rates().len(), traffic.basins().pow(2));
        }
    }
}
