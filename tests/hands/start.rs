//! The drawn start.

use super::*;

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
