//! Moments against quadrature over the plane, draws against both.

use super::*;
use crate::space::Symmetric;

/// Nodes and weights that integrate over [low, high] with the trapezoidal rule: spectrally accurate for what vanishes at
/// both ends. `fine` crowds them around 0, down to that spacing scale.
fn nodes(low: f64, high: f64, n: usize, fine: Option<f64>) -> Vec<(f64, f64)> {
    let (from, to) = match fine {
        Some(a) => ((low / a).asinh(), (high / a).asinh()),
        None => (low, high),
    };
    let h = (to - from) / n as f64;
    (0..n)
        .map(|i| {
            let v = from + (i as f64 + 0.5) * h;
            match fine {
                Some(a) => (a * v.sinh(), a * v.cosh() * h),
                None => (v, h),
            }
        })
        .collect()
}

/// Calls `f` with every node of a quadrature of exp(−U/T) and its mass; one row at a time through the fast path.
fn quadrature(shape: &Shape, temperature: f64, n: usize, mut f: impl FnMut(Point, f64)) {
    let target = shape.target();
    let (rect, fine) = match shape {
        Shape::Funnel(funnel) => {
            let reach = 8.0 * funnel.scale * temperature.sqrt();
            let width = 8.0 * (0.75 * reach).exp();
            (Rect::new(-width, width, -reach, reach), Some((-0.5 * reach).exp()))
        }
        Shape::Banana(_) => (target.view().scaled(5.0 * temperature.max(1.0)), None),
        _ => (target.view().scaled(2.5 * temperature.sqrt().max(1.0)), None),
    };
    let columns = nodes(rect.min.x, rect.max.x, n, fine);
    let xs: Vec<f64> = columns.iter().map(|c| c.0).collect();
    let mut u = vec![0.0; n];
    for (y, dy) in nodes(rect.min.y, rect.max.y, n, None) {
        target.energy_into(&xs, &vec![y; n], &mut u);
        for (&(x, dx), &u) in columns.iter().zip(&u) {
            f(Point::new(x, y), (-u / temperature).exp() * dx * dy);
        }
    }
}

/// Normaliser and moments by brute force.
fn moments(shape: &Shape, temperature: f64, n: usize) -> Moments {
    let (mut mass, mut first, mut second) = (0.0, Point::default(), Symmetric::default());
    quadrature(shape, temperature, n, |p, m| {
        mass += m;
        first += m * p;
        second = second.plus(Symmetric::outer(p).scaled(m));
    });
    let mean = (1.0 / mass) * first;
    Moments {
        log_normaliser: mass.ln(),
        mean,
        covariance: second.scaled(1.0 / mass).plus(Symmetric::outer(mean).scaled(-1.0)),
    }
}

/// The targets on which moments and draws are checked: the defaults, and others of a different character.
fn lawful() -> Vec<Shape> {
    let mut all = Shape::all();
    all.extend([
        Shape::DoubleWell(DoubleWell {
            barrier: 4.0,
            tilt: 2.5,
        }),
        Shape::DoubleWell(DoubleWell {
            barrier: 0.3,
            tilt: -3.0,
        }),
        Shape::TripleWell(TripleWell {
            barrier: 4.0,
            middle: -2.0,
        }),
        Shape::TripleWell(TripleWell {
            barrier: 5.0,
            middle: 1.5,
        }),
        Shape::Ring(Ring {
            radius: 0.2,
            width: 1.0,
        }),
        Shape::WellGrid(WellGrid {
            count: 3.0,
            spacing: 1.0,
            barrier: 2.0,
        }),
        Shape::Mixture(Mixture::four_modes()),
        Shape::Mixture(single()),
    ]);
    all
}

fn single() -> Mixture {
    let one = Component::new(3.0, Point::new(1.0, -2.0), Symmetric::new(1.0, 0.7, 0.8));
    Mixture::new(vec![one]).unwrap()
}

#[test]
fn moments_agree_with_quadrature_over_the_plane() {
    let mut checked = 0;
    for shape in lawful() {
        for temperature in [0.5, 1.0, 2.0] {
            let Some(known) = shape.target().moments(temperature) else {
                continue;
            };
            let (n, tolerance) = match shape {
                Shape::WellGrid(_) => (2800, 1e-8), // smooth only to the second derivative
                Shape::Ring(Ring { radius, .. }) if radius < 1.0 => (1400, 1e-6), // the cusp carries mass
                Shape::Banana(_) => (1500, 1e-8),
                _ => (700, 1e-8),
            };
            let close = |a: f64, b: f64, scale: f64| (a - b).abs() <= tolerance * scale;
            let found = moments(&shape, temperature, n);
            let (s, c) = (known.covariance, found.covariance);
            let scale = s.xx + s.yy;
            assert!(
                close(known.log_normaliser, found.log_normaliser, 1.0)
                    && close(known.mean.x, found.mean.x, scale.sqrt())
                    && close(known.mean.y, found.mean.y, scale.sqrt())
                    && close(s.xx, c.xx, scale)
                    && close(s.xy, c.xy, scale)
                    && close(s.yy, c.yy, scale),
                "{shape:?} at T = {temperature}: known {known:?}, found {found:?}"
            );
            checked += 1;
        }
    }
    assert_eq!(
        checked,
        3 * (lawful().len() - 6) + 2,
        "two mixtures at T = 1 only, four targets not at all"
    );
}

#[test]
fn moments_and_draws_are_known_together_and_only_for_proper_temperatures() {
    let mut rng = Stream::seed_from_u64(3);
    for shape in variants() {
        for t in [1e-3, 0.3, 1.0, 1e2, 0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9] {
            let (moments, draw) = (shape.target().moments(t), shape.target().sample(t, &mut rng));
            assert_eq!(moments.is_some(), draw.is_some(), "{shape:?} at T = {t}");
            assert!(draw.is_none_or(Point::is_finite), "{shape:?} at T = {t}: {draw:?}");
            let sound = |m: Moments| {
                // The widest funnel's variance, e^900, overflows: there is nothing better to say than infinity.
                let wide = matches!(shape, Shape::Funnel(_)) && t == 1e2;
                m.log_normaliser.is_finite() && m.mean.is_finite() && (wide || m.covariance.is_positive_definite())
            };
            assert!(moments.is_none_or(sound), "{shape:?} at T = {t}: {moments:?}");
            assert!(moments.is_none() || (1e-3..=1e2).contains(&t), "{shape:?} at T = {t}");
        }
    }
}

#[test]
fn draws_have_the_moments_and_the_shape_of_the_law() {
    const N: usize = 40_000;
    for (seed, shape) in lawful().into_iter().enumerate() {
        for t in [0.6, 1.0] {
            let Some(known) = shape.target().moments(t) else {
                continue;
            };
            let mut rng = Stream::seed_from_u64(100 + seed as u64);
            let draws: Vec<Point> = (0..N).map(|_| shape.target().sample(t, &mut rng).unwrap()).collect();
            let (c, m) = (known.covariance, known.mean);
            let statistics = |p: Point| {
                let square = Symmetric::outer(p - m);
                [p.x, p.y, square.xx, square.xy, square.yy]
            };
            for (k, expected) in [m.x, m.y, c.xx, c.xy, c.yy].into_iter().enumerate() {
                let values: Vec<f64> = draws.iter().map(|&p| statistics(p)[k]).collect();
                let mean = values.iter().sum::<f64>() / N as f64;
                let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / N as f64;
                let z = (mean - expected) / (variance / N as f64).sqrt();
                assert!(
                    z.abs() < 5.0,
                    "{shape:?} at T = {t}: moment {k} is {mean}, not {expected} (z = {z:.1})"
                );
            }
            cells_agree(&shape, t, &draws);
        }
    }
}

/// Counts in the cells of a 7 × 7 grid over the view and outside it, against the masses that quadrature finds there.
fn cells_agree(shape: &Shape, t: f64, draws: &[Point]) {
    let grid = Grid::new(shape.target().view(), 7, 7);
    let cell = |p: Point| {
        if grid.rect.contains(p) {
            grid.nearest(p)
        } else {
            grid.len()
        }
    };
    let mut masses = vec![0.0; grid.len() + 1];
    // Over 2.5 or 5 views a multiple of 7 · 5 nodes puts the borders of the cells between nodes, so that cells are made of
    // whole intervals; the funnel's uneven nodes just have to be many.
    let n = if matches!(shape, Shape::Funnel(_)) { 4200 } else { 1400 };
    quadrature(shape, t, n, |p, m| masses[cell(p)] += m);
    let total: f64 = masses.iter().sum();
    let mut counts = vec![0.0; grid.len() + 1];
    for &p in draws {
        counts[cell(p)] += 1.0;
    }
    let n = draws.len() as f64;
    for (k, (mass, count)) in masses.iter().zip(&counts).enumerate() {
        let expected = mass / total;
        // A small allowance for cells that hold almost nothing, where counts are Poisson rather than normal.
        let error = (n * expected * (1.0 - expected)).sqrt() + 1.0;
        let z = (count - n * expected) / error;
        assert!(
            z.abs() < 5.0,
            "{shape:?} at T = {t}, cell {k}: {count} draws, not {} (z = {z:.1})",
            n * expected
        );
    }
}

#[test]
fn views_hold_nearly_all_of_the_law() {
    let mut shapes = variants();
    // Of these only the defaults, added below: a low scale melts all wells together, the view of a formula is given, and guidance leads far away.
    let given = |s: &Shape| {
        matches!(
            s,
            Shape::MullerBrown(_) | Shape::Himmelblau(_) | Shape::Formula(_) | Shape::Blend(_)
        )
    };
    shapes.retain(|s| !given(s));
    // Quadrature cannot see spikes of a ten thousandth.
    shapes.retain(|s| !matches!(s, Shape::Mixture(m) if m.components()[0].covariance.xx < 1e-6));
    shapes.extend(Shape::all());
    for shape in shapes {
        let view = shape.target().view();
        let (mut inside, mut total) = (0.0, 0.0);
        quadrature(&shape, 1.0, 1400, |p, m| {
            total += m;
            if view.contains(p) {
                inside += m;
            }
        });
        // The funnel's mouth is too wide for any picture.
        let expected = if matches!(shape, Shape::Funnel(_)) { 0.9 } else { 0.999 };
        let fraction = inside / total;
        assert!(fraction > expected, "{shape:?}: the view {view:?} holds {fraction}");
    }
}
