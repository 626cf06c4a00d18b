//! The probe, and everything brushed and probed at once.

use super::*;

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
