//! Hands on: the brush, the drawn start and the probe, against closed forms and the exact solution.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use std::f64::consts::{PI, TAU};

use common::{Estimate, advance, bits, blob, fixed, mixture, moments, on_threads, replicates, scenario};
use wfr_lab::density::{Estimator, Method};
use wfr_lab::flow::{Flow, Rate, Reaction, Transport};
use wfr_lab::reference::{ExactPanel, Reference};
use wfr_lab::resample::Resampling;
use wfr_lab::scenario::{Disc, PARTICLES, Scenario, Start};
use wfr_lab::sim::{Command, Dab, Simulation, Stroke};
use wfr_lab::snapshot::{Probe, Probed};
use wfr_lab::space::Point;
use wfr_lab::target::{DoubleWell, Shape};
use wfr_lab::timeline::Timeline;

/// A standard normal target, and a start beside it.
const START: ((f64, f64), (f64, f64)) = ((0.8, -0.4), (0.5, 0.9));

fn bowl(particles: usize, panels: Vec<Flow>) -> Scenario {
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    Scenario {
        particles,
        dt: 0.004,
        ..scenario(target, Start::Gaussian(blob(1.0, START.0, START.1)), panels)
    }
}

const fn dab(x: f64, y: f64, radius: f64, stroke: Stroke) -> Dab {
    Dab {
        center: Point::new(x, y),
        radius,
        stroke,
    }
}

fn panels(flows: &[Flow]) -> Vec<Flow> {
    let named = |(k, flow): (usize, &Flow)| Flow {
        name: k.to_string(),
        ..flow.clone()
    };
    flows.iter().enumerate().map(named).collect()
}

/// Mean x, variance x, mean y of the exact solution of the only panel.
fn exact(reference: &Reference) -> [f64; 3] {
    match &reference.exact().panels[0] {
        ExactPanel::Solved(solution) => {
            let o = &solution.now.observed;
            [o.mean.x, o.covariance.xx, o.mean.y]
        }
        ExactPanel::None(reason) => panic!("{reason}"),
    }
}

#[track_caller]
fn close(what: &str, seen: f64, expected: f64, tolerance: f64) {
    println!("{what}: {seen:.7}, expected {expected:.7}");
    assert!(
        (seen - expected).abs() <= tolerance,
        "{what}: {seen} and not {expected}"
    );
}

#[test]
fn a_dab_is_even_over_its_disc_and_has_its_share_of_the_mass() {
    let (n, added) = (3000, 20_000);
    let flows = panels(&[
        Flow::langevin(),
        Flow {
            transport: Transport::Underdamped(1.0),
            ..Flow::wfr()
        },
        Flow {
            transport: Transport::LeimkuhlerMatthews,
            ..Flow::wfr()
        },
    ]);
    let mut run = Simulation::new(bowl(n, flows));
    advance(&mut run, 20);
    let before: Vec<Vec<f64>> = (0..3).map(|p| run.ensemble(p).weights().to_vec()).collect();
    let (center, radius) = (Point::new(0.7, -1.2), 0.6);
    assert!(run.apply(Command::Brush(dab(center.x, center.y, radius, Stroke::Add(added)))));
    let total = (n + added as usize) as f64;
    for (panel, before) in before.iter().enumerate() {
        let ensemble = run.ensemble(panel);
        for (now, was) in ensemble.weights().iter().zip(before) {
            assert!((now * total - was * n as f64).abs() < 1e-9);
        }
        assert!(ensemble.weights()[n..].iter().all(|w| (w * total - 1.0).abs() < 1e-12));
        assert_eq!(
            ensemble.positions().map(|v| v[n..].to_vec()),
            run.ensemble(0).positions().map(|v| v[n..].to_vec()),
            "all panels get the same particles"
        );
    }
    let [xs, ys] = run.ensemble(1).positions();
    let new = || {
        xs[n..]
            .iter()
            .zip(&ys[n..])
            .map(|(x, y)| ((x - center.x) / radius, (y - center.y) / radius))
    };
    assert!(new().all(|(x, y)| x * x + y * y <= 1.0));
    let of = |f: &dyn Fn(f64, f64) -> f64| Estimate::of(&new().map(|(x, y)| f(x, y)).collect::<Vec<_>>());
    of(&|x, _| x).agrees("x", 0.0);
    of(&|_, y| y).agrees("y", 0.0);
    of(&|x, _| x * x).agrees("x²", 0.25);
    of(&|_, y| y * y).agrees("y²", 0.25);
    of(&|x, y| x * y).agrees("xy", 0.0);
    of(&|x, _| x.powi(4)).agrees("x⁴", 0.125);
    of(&|x, y| f64::from(u8::from(x * x + y * y < 0.25))).agrees("inner half", 0.25);
    // Velocities, and noises, are those of rest.
    for panel in [1, 2] {
        let (_, [us, vs]) = run.ensemble(panel).carried().unwrap();
        let of = |f: &dyn Fn(f64, f64) -> f64| {
            Estimate::of(&us[n..].iter().zip(&vs[n..]).map(|(u, v)| f(*u, *v)).collect::<Vec<_>>())
        };
        of(&|u, _| u).agrees("u", 0.0);
        of(&|u, _| u * u).agrees("u²", 1.0);
        of(&|_, v| v * v).agrees("v²", 1.0);
        of(&|u, v| u * v).agrees("uv", 0.0);
    }
    // Another touch at the same step is another draw.
    assert!(run.apply(Command::Brush(dab(center.x, center.y, radius, Stroke::Add(5)))));
    let [xs, _] = run.ensemble(0).positions();
    assert_ne!(xs[n..n + 5], xs[xs.len() - 5..]);
    advance(&mut run, 5);
}

#[test]
fn what_is_put_in_follows_the_closed_form_in_particles_and_in_the_exact_solution() {
    // Langevin in the standard normal: means decay by e^{−t}, x² goes to 1 by e^{−2t}, whatever the law.
    let (n, added, at, then) = (2000, 1500, 50, 100);
    let base = bowl(n, vec![Flow::langevin()]);
    let touch = dab(-1.5, 1.1, 0.8, Stroke::Add(added));
    let (t0, t1) = (at as f64 * base.dt, then as f64 * base.dt);
    let share = f64::from(added) / (n as f64 + f64::from(added));
    let decayed = |mean: f64, square: f64, t: f64| (mean * (-t).exp(), 1.0 + (square - 1.0) * (-2.0 * t).exp());
    let ((mx, my), (cx, _)) = START;
    let (x, square) = decayed(mx, cx + mx * mx, t0);
    let (y, _) = decayed(my, 0.0, t0);
    let even = touch.radius * touch.radius / 4.0;
    let x = (1.0 - share) * x + share * touch.center.x;
    let y = (1.0 - share) * y + share * touch.center.y;
    let square = (1.0 - share) * square + share * (even + touch.center.x * touch.center.x);
    let mut reference = Reference::new(&base);
    reference.apply(&Command::Brush(touch), t0);
    let now = exact(&reference);
    close("mean x at once", now[0], x, 5e-4);
    close("variance x at once", now[1], square - x * x, 2e-3);
    close("mean y at once", now[2], y, 5e-4);
    let ((x, square), (y, _)) = (decayed(x, square, t1), decayed(y, 0.0, t1));
    reference.advance(t0 + t1);
    let now = exact(&reference);
    close("mean x later", now[0], x, 5e-4);
    close("variance x later", now[1], square - x * x, 2e-3);
    close("mean y later", now[2], y, 5e-4);
    let runs = replicates(1, 24, |seed| {
        let mut run = Simulation::new(Scenario { seed, ..base.clone() });
        advance(&mut run, at);
        run.apply(Command::Brush(touch));
        advance(&mut run, then);
        let [mx, cx, my, ..] = moments(run.ensemble(0));
        vec![mx, cx + mx * mx, my]
    });
    // Euler–Maruyama widens the law by dt/2.
    runs[0].agrees("mean x", x);
    runs[1].agrees("x²", square + 0.5 * base.dt);
    runs[2].agrees("mean y", y);
}

#[test]
fn what_is_taken_out_leaves_the_restricted_law() {
    // Of a standard normal beyond radius r: x² + y² − r² is as without the hole.
    let radius = 1.1;
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    let start = Start::Gaussian(blob(1.0, (0.0, 0.0), (1.0, 1.0)));
    let still = Flow::new("", 0.0, 0.0);
    let base = scenario(target, start, vec![still]);
    let touch = Command::Brush(dab(0.0, 0.0, radius, Stroke::Erase));
    let mut reference = Reference::new(&base);
    reference.apply(&touch, 0.0);
    let ExactPanel::Solved(solution) = reference.exact().panels.remove(0) else {
        panic!("a Gaussian has a solution");
    };
    let c = solution.now.observed.covariance;
    close("x² + y²", c.xx + c.yy, 2.0 + radius * radius, 2e-3);
    let density = &solution.density;
    let inside: f64 = (0..density.grid.len())
        .filter(|k| density.grid.center(k % density.grid.nx, k / density.grid.nx).norm() < radius - 0.1)
        .map(|k| density.values[k])
        .sum();
    assert!(inside < 1e-200, "{inside}");
    let runs = replicates(1, 20, |seed| {
        let mut run = Simulation::new(Scenario { seed, ..base.clone() });
        run.apply(touch.clone());
        let snapshot = run.snapshot(&Probe::default());
        let panel = &snapshot.panels[0];
        assert_eq!(panel.alive, panel.dots.iter().filter(|dot| dot.weight > 0.0).count());
        assert_eq!((panel.particles, panel.now.lost), (1000, 0));
        let [mx, cx, my, cy, _] = moments(run.ensemble(0));
        vec![cx + mx * mx + cy + my * my, panel.alive as f64 / 1000.0, panel.now.ess]
    });
    runs[0].agrees("x² + y²", 2.0 + radius * radius);
    runs[1].agrees("left", (-0.5 * radius * radius).exp());
    runs[2].agrees("ESS", 1000.0 * (-0.5 * radius * radius).exp());
}

#[test]
fn particles_and_exact_solution_obey_the_same_strokes() {
    // A rate that is given needs no estimate of the density: nothing but chance is between the two.
    let flow = Flow {
        rate: Rate::Quadratic(0.5, 0.2),
        ..Flow::wfr()
    };
    for reaction in [Reaction::Weights, Reaction::Jump] {
        let flow = Flow {
            reaction,
            ..flow.clone()
        };
        let base = Scenario {
            dt: 0.002,
            ..bowl(1500, vec![flow])
        };
        let strokes = [
            (40u32, dab(1.5, 0.5, 0.7, Stroke::Add(400))),
            (40, dab(0.2, -0.5, 0.9, Stroke::Erase)),
            (90, dab(-1.0, 0.0, 0.5, Stroke::Add(900))),
            (120, dab(1.5, 0.0, 1.0, Stroke::Erase)),
        ];
        let mut reference = Reference::new(&base);
        for (step, touch) in strokes {
            reference.apply(&Command::Brush(touch), f64::from(step) * base.dt);
        }
        reference.advance(160.0 * base.dt);
        let expected = exact(&reference);
        let runs = replicates(1, 20, |seed| {
            let mut run = Simulation::new(Scenario { seed, ..base.clone() });
            for (step, touch) in strokes {
                while run.steps() < u64::from(step) {
                    run.step().unwrap();
                }
                assert!(run.apply(Command::Brush(touch)));
            }
            while run.steps() < 160 {
                run.step().unwrap();
            }
            let [mx, cx, my, ..] = moments(run.ensemble(0));
            vec![mx, cx, my]
        });
        for ((what, seen), expected) in ["mean x", "variance x", "mean y"].iter().zip(&runs).zip(expected) {
            seen.agrees(&format!("{reaction:?}: {what}"), expected);
        }
        runs[0].differs("without a brush", START.0.0 * (-0.32f64).exp());
    }
}

#[test]
fn a_brush_outside_the_grid_of_the_exact_solution_gets_a_larger_grid() {
    let base = bowl(1000, vec![Flow::langevin()]);
    let mut reference = Reference::new(&base);
    reference.apply(&Command::Brush(dab(9.0, 0.0, 0.5, Stroke::Add(1000))), 0.0);
    let [mean, ..] = exact(&reference);
    close("mean", mean, 0.5 * (9.0 + START.0.0), 2e-3);
    // Where no grid can hold both there is a sentence; a reset brings it back.
    reference.apply(&Command::Brush(dab(9e4, 0.0, 0.5, Stroke::Add(1000))), 0.0);
    assert!(matches!(reference.exact().panels[0], ExactPanel::None(_)));
    reference.apply(&Command::Reset, 0.0);
    close("mean after a reset", exact(&reference)[0], START.0.0, 1e-3);
}

#[test]
fn a_brushed_run_has_the_same_bits_on_any_number_of_threads_and_from_its_journal() {
    let flows = panels(&[
        Flow::wfr(),
        Flow {
            transport: Transport::Underdamped(1.0),
            ..Flow::wfr()
        },
        Flow {
            transport: Transport::LeimkuhlerMatthews,
            reaction: Reaction::BirthDeath,
            ..Flow::wfr()
        },
        Flow {
            transport: Transport::Mala,
            reaction: Reaction::Jump,
            ..Flow::wfr()
        },
    ]);
    let base = Scenario {
        particles: 2900,
        resampling: Resampling {
            threshold: 0.9,
            ..Resampling::default()
        },
        ..bowl(2900, flows)
    };
    let strokes = [
        dab(1.0, 0.0, 0.4, Stroke::Add(700)),
        dab(0.0, 0.0, 0.5, Stroke::Erase),
        dab(-1.0, 1.0, 0.3, Stroke::Add(3000)),
        dab(-1.0, 1.0, 0.2, Stroke::Erase),
    ];
    let play = || {
        let mut run = Simulation::new(base.clone());
        for touch in strokes {
            assert!(run.apply(Command::Brush(touch)));
            assert!(run.apply(Command::Brush(dab(0.3, 0.3, 0.1, Stroke::Add(10)))));
            advance(&mut run, 6);
            run.snapshot(&Probe::default());
        }
        run
    };
    let (one, four) = (on_threads(1, play), on_threads(4, play));
    assert_eq!(bits(&one), bits(&four));
    let mut line = Timeline::new(base.clone());
    for touch in strokes {
        line.apply(Command::Brush(touch));
        line.apply(Command::Brush(dab(0.3, 0.3, 0.1, Stroke::Add(10))));
        (0..6).for_each(|_| line.step().unwrap());
    }
    assert_eq!(bits(&one), bits(line.simulation()));
    let again = Timeline::replay(line.journal().clone(), one.steps());
    assert_eq!(bits(&one), bits(again.simulation()));
    // Slots that were there before keep their noise: a brush elsewhere leaves a Langevin particle where it goes.
    let langevin = Scenario {
        panels: vec![Flow::langevin()],
        ..base
    };
    let (mut plain, mut brushed) = (Simulation::new(langevin.clone()), Simulation::new(langevin));
    brushed.apply(Command::Brush(strokes[2]));
    brushed.apply(Command::Brush(strokes[1]));
    advance(&mut plain, 5);
    advance(&mut brushed, 5);
    assert_eq!(
        plain.ensemble(0).positions()[0][..],
        brushed.ensemble(0).positions()[0][..2900]
    );
}

#[test]
fn a_reset_begins_with_the_particles_of_the_scenario_again() {
    let base = bowl(500, vec![Flow::wfr()]);
    let fresh = bits(&Simulation::new(base.clone()));
    let mut run = Simulation::new(base);
    run.apply(Command::Brush(dab(0.0, 0.0, 1.0, Stroke::Add(300))));
    advance(&mut run, 3);
    assert_eq!(run.ensemble(0).len(), 800);
    run.apply(Command::Reset);
    assert_eq!(bits(&run), fresh);
}

#[test]
fn what_cannot_be_done_is_refused_with_a_sentence_and_changes_nothing() {
    let mut run = Simulation::new(bowl(400, panels(&[Flow::langevin(), Flow::wfr()])));
    advance(&mut run, 3);
    let before = bits(&run);
    let refusals = [
        (dab(0.0, 0.0, 50.0, Stroke::Erase), "no particle would be left"),
        (
            dab(0.0, 0.0, 1.0, Stroke::Add(PARTICLES.max as u32)),
            "There is no room for",
        ),
        (dab(0.0, 0.0, 1.0, Stroke::Add(0)), "number of particles"),
        (dab(f64::NAN, 0.0, 1.0, Stroke::Erase), "x = NaN"),
        (dab(0.0, 1e9, 1.0, Stroke::Erase), "y = 1000000000"),
        (dab(0.0, 0.0, -1.0, Stroke::Add(3)), "radius = -1"),
        (dab(0.0, 0.0, f64::INFINITY, Stroke::Erase), "radius = inf"),
    ];
    assert_eq!(run.snapshot(&Probe::default()).refused, None);
    for ((touch, part), number) in refusals.into_iter().zip(1..) {
        assert!(!run.apply(Command::Brush(touch)));
        let refused = run.snapshot(&Probe::default()).refused.unwrap();
        assert!(refused.sentence.contains(part), "{}", refused.sentence);
        assert_eq!(refused.number, number);
    }
    assert_eq!(bits(&run), before);
    // Where nobody is, nothing is taken out, and that is fine.
    assert!(run.apply(Command::Brush(dab(40.0, 0.0, 1.0, Stroke::Erase))));
    advance(&mut run, 3);
}

#[test]
fn erased_slots_are_used_again_by_the_next_resampling() {
    let flow = Flow {
        rate: Rate::Quadratic(0.1, 0.1),
        ..Flow::wfr()
    };
    let mut run = Simulation::new(bowl(1000, panels(&[flow, Flow::langevin()])));
    run.apply(Command::Brush(dab(0.8, -0.4, 1.2, Stroke::Erase)));
    let alive = run.ensemble(0).alive();
    assert!(alive < 500, "{alive} left");
    advance(&mut run, 2);
    assert_eq!(run.ensemble(0).alive(), 1000);
    // Without a reaction there is no resampling.
    assert_eq!(run.ensemble(1).alive(), alive);
    assert_eq!(run.observe(0).lost + run.observe(1).lost, 0);
}

#[test]
fn the_ledger_of_a_brushed_run_adds_up() {
    let base = Scenario {
        particles: 2000,
        ..wfr_lab::scenario::presets()[0].scenario()
    };
    let mut run = Simulation::new(base);
    let before = run.observe(2).basin_mass;
    advance(&mut run, 30);
    run.apply(Command::Brush(dab(1.0, 0.0, 0.4, Stroke::Add(500))));
    run.apply(Command::Brush(dab(-1.0, 0.5, 0.4, Stroke::Erase)));
    advance(&mut run, 30);
    for panel in 0..3 {
        let now = run.observe(panel);
        let mut columns = [0.0; 4];
        for (basin, account) in now.ledger.iter().enumerate() {
            let parts = [account.walked, account.grown, account.resampled, account.brushed];
            let sum: f64 = parts.iter().sum();
            assert!(
                (sum - (now.basin_mass[basin] - before[basin])).abs() < 1e-11,
                "{panel} {basin}"
            );
            assert!(account.brushed.abs() > 0.05);
            columns.iter_mut().zip(parts).for_each(|(c, p)| *c += p);
        }
        assert!(columns.iter().all(|c| c.abs() < 1e-11), "{columns:?}");
    }
}

#[test]
fn a_drawn_start_is_the_mixture_of_its_discs_in_particles_and_in_the_exact_solution() {
    let disc = |x: f64, y: f64, radius: f64, weight: f64| Disc {
        center: Point::new(x, y),
        radius,
        weight,
    };
    let discs = vec![
        disc(-1.0, 0.3, 0.5, 2.0),
        disc(0.4, -0.2, 0.2, 1.0),
        disc(0.9, 0.8, 0.31, 0.5),
    ];
    let total = 3.5;
    let mean = |f: &dyn Fn(&Disc) -> f64| discs.iter().map(|d| d.weight / total * f(d)).sum::<f64>();
    let (mx, my) = (mean(&|d| d.center.x), mean(&|d| d.center.y));
    let square = mean(&|d| d.center.x * d.center.x + 0.25 * d.radius * d.radius);
    let target = Shape::DoubleWell(DoubleWell::default());
    let base = Scenario {
        particles: 1400,
        ..scenario(target, Start::Painted(discs.clone()), vec![Flow::langevin()])
    };
    let runs = replicates(1, 20, |seed| {
        let run = Simulation::new(Scenario { seed, ..base.clone() });
        let [xs, ys] = run.ensemble(0).positions();
        let inside = |x: f64, y: f64, d: &Disc| (Point::new(x, y) - d.center).norm() <= d.radius;
        assert!(xs.iter().zip(ys).all(|(x, y)| discs.iter().any(|d| inside(*x, *y, d))));
        // Each has its share exactly where shares are whole numbers.
        let second = xs.iter().zip(ys).filter(|(x, y)| inside(**x, **y, &discs[1])).count();
        assert_eq!(second, 400);
        let [mx, cx, my, ..] = moments(run.ensemble(0));
        vec![mx, my, cx + mx * mx]
    });
    runs[0].agrees("mean x", mx);
    runs[1].agrees("mean y", my);
    runs[2].agrees("x²", square);
    let now = exact(&Reference::new(&base));
    close("exact mean x", now[0], mx, 5e-4);
    close("exact variance x", now[1], square - mx * mx, 2e-3);
    close("exact mean y", now[2], my, 5e-4);
    // Compact in files, and the same when read again.
    let text = base.to_ron();
    assert!(text.contains("\n        (-1.0, 0.3, 0.5, 2.0),\n"), "{text}");
    assert_eq!(Scenario::from_ron(&text, "test").unwrap(), base);
    // With scouts, and with fewer particles than discs.
    let few = Scenario {
        particles: 2,
        scouts: 0.5,
        ..base
    };
    assert_eq!(Simulation::new(few).ensemble(0).len(), 2);
}

fn probed(run: &mut Simulation, x: f64, y: f64) -> Vec<Probed> {
    let probe = Probe {
        at: Some(Point::new(x, y)),
        ..Probe::default()
    };
    let snapshot = run.snapshot(&probe);
    snapshot.panels.iter().map(|p| **p.probed.as_ref().unwrap()).collect()
}

#[test]
fn the_probe_reads_what_a_sum_over_all_particles_says() {
    let sum = Estimator {
        method: Method::Exact,
        ..fixed(0.2)
    };
    let flows = panels(&[
        Flow {
            beta: 1.7,
            estimator: Some(sum),
            ..Flow::wfr()
        },
        Flow {
            beta: 1.7,
            ..Flow::wfr()
        },
        Flow {
            rate: Rate::Corrected(-0.4),
            beta: 0.6,
            ..Flow::wfr()
        },
        Flow::langevin(),
    ]);
    let base = Scenario {
        estimator: fixed(0.2),
        ..bowl(1300, flows)
    };
    let mut run = Simulation::new(base);
    advance(&mut run, 12);
    run.apply(Command::Brush(dab(1.4, 0.0, 0.5, Stroke::Erase)));
    let before = bits(&run);
    assert!(
        run.snapshot(&Probe::default())
            .panels
            .iter()
            .all(|p| p.probed.is_none())
    );
    let at = Point::new(0.5, -0.9);
    let read = probed(&mut run, at.x, at.y);
    assert_eq!(bits(&run), before, "looking changes nothing");
    let v = |p: Point| 0.5 * p.norm_squared() + TAU.ln();
    for (panel, read) in read.iter().enumerate() {
        let ensemble = run.ensemble(panel);
        let [xs, ys] = ensemble.positions();
        let particles = || {
            xs.iter()
                .zip(ys)
                .zip(ensemble.weights())
                .map(|((x, y), w)| (Point::new(*x, *y), *w))
        };
        let log_density = |p: Point| {
            let kernel = |q: Point| (-0.5 * (p - q).norm_squared() / 0.04).exp() / (TAU * 0.04);
            particles().map(|(q, w)| w * kernel(q)).sum::<f64>().ln()
        };
        assert_eq!((read.at, read.bandwidth), (at, 0.2));
        // The zero of a mixture is that of its density; sums over cells of the measuring grid make its π.
        assert!((read.potential - v(at)).abs() < 1e-9 && (read.slope - at.norm()).abs() < 1e-9);
        assert!((read.log_target + v(at)).abs() < 1e-4, "{}", read.log_target + v(at));
        let f = |p: Point| log_density(p) + v(p);
        let tolerance = if panel == 0 { 1e-9 } else { 0.02 };
        assert!((read.log_density.unwrap() - log_density(at)).abs() < tolerance);
        assert!((read.log_ratio.unwrap() - f(at)).abs() < tolerance + 1e-4);
        let g = |p: Point| match panel {
            0 | 1 => -f(p),
            2 => -0.4 * (p.norm_squared() - 2.0),
            _ => 0.0,
        };
        let beta = [1.7, 1.7, 0.6, 0.0][panel];
        let mean: f64 = particles().filter(|(_, w)| *w > 0.0).map(|(p, w)| w * g(p)).sum();
        let rate = beta * (g(at) - mean);
        println!("{panel}: rate {:.6}, expected {rate:.6}", read.rate.unwrap());
        assert!((read.rate.unwrap() - rate).abs() < if panel == 1 { 0.04 } else { 1e-9 });
    }
    // Far from all particles there is nothing to read but the landscape.
    for read in probed(&mut run, 60.0, 0.0) {
        assert_eq!((read.log_density, read.log_ratio), (None, None));
        assert!((read.potential - v(Point::new(60.0, 0.0))).abs() < 1e-9);
    }
    let rates: Vec<bool> = probed(&mut run, 60.0, 0.0).iter().map(|r| r.rate.is_some()).collect();
    assert_eq!(rates, [false, false, true, true]);
}

#[test]
fn the_density_under_the_probe_is_that_of_the_smoothed_law() {
    let h = 0.25;
    let at = Point::new(0.3, 0.2);
    let runs = replicates(1, 24, |seed| {
        let base = Scenario {
            estimator: fixed(h),
            seed,
            ..bowl(1500, vec![Flow::wfr()])
        };
        vec![
            probed(&mut Simulation::new(base), at.x, at.y)[0]
                .log_density
                .unwrap()
                .exp(),
        ]
    });
    let ((mx, my), (cx, cy)) = START;
    let (cx, cy) = (cx + h * h, cy + h * h);
    let density = (-0.5 * ((at.x - mx).powi(2) / cx + (at.y - my).powi(2) / cy)).exp() / (2.0 * PI * (cx * cy).sqrt());
    runs[0].agrees("density", density);
}

#[test]
fn every_estimator_and_every_transport_can_be_brushed_and_probed() {
    for method in [Method::Grid, Method::Exact, Method::Transition] {
        for transport in Transport::ALL {
            for debiased in [false, true] {
                let estimator = Estimator {
                    method,
                    debiased,
                    ..fixed(0.2)
                };
                let flow = Flow {
                    transport,
                    estimator: Some(estimator),
                    ..Flow::wfr()
                };
                if flow.suits(estimator).is_err() {
                    continue;
                }
                let mut run = Simulation::new(bowl(300, vec![flow]));
                for k in 0..4 {
                    run.apply(Command::Brush(dab(0.0, 0.3 * f64::from(k), 0.3, Stroke::Add(40))));
                    run.apply(Command::Brush(dab(1.0, 0.0, 0.3, Stroke::Erase)));
                    let read = probed(&mut run, 0.2, 0.1)[0];
                    assert!(
                        read.rate.unwrap().is_finite() && read.log_ratio.unwrap().is_finite(),
                        "{read:?}"
                    );
                    advance(&mut run, 2);
                }
                assert_eq!(run.ensemble(0).len(), 460);
            }
        }
    }
}
