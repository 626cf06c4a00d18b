//! The brush: what it puts in and takes out, in particles and in the exact solution.

use super::*;

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
