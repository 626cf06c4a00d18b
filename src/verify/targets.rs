//! Targets: gradients, normalisers, moments and exact draws, against each other.

use super::measure::estimate;
use super::quadrature::{integral, integrals, slope};
use super::{Outcome, Progress, Stop};
use crate::params;
use crate::rng::{Purpose, Streams};
use crate::space::Point;
use crate::target::{Banana, Mixture, Moments, Ring, Shape, Target};

/// Every target, and a few that papers use.
fn all() -> Vec<(String, Shape)> {
    let named = |shape: Shape| (shape.name().to_owned(), shape);
    let mut all: Vec<_> = Shape::all().into_iter().map(named).collect();
    all.push(("four thin modes".to_owned(), Shape::Mixture(Mixture::four_modes())));
    all.push(("ten modes".to_owned(), Shape::Mixture(Mixture::ring_of(10, 3.0, 0.3))));
    all
}

/// Those whose moments are known, with them.
fn known() -> Vec<(String, Shape, Moments)> {
    let moments = |(name, shape): (String, Shape)| {
        let moments = shape.target().moments(1.0)?;
        Some((name, shape, moments))
    };
    all().into_iter().filter_map(moments).collect()
}

/// ∇U against differences of U, at places all over the view.
pub(super) fn gradients(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    for (name, shape) in all() {
        let (target, view) = (shape.target(), shape.target().view());
        let h = 3e-5 * view.width().min(view.height());
        let (mut worst, mut typical) = (0.0_f64, 0.0);
        let mut rng = Streams::new(3).stream(0, Purpose::Start, 0);
        for _ in 0..400 {
            let [u, v]: [f64; 2] = rand::RngExt::random(&mut rng);
            let p = view.min + Point::new(u * view.width(), v * view.height());
            let along_x = slope(|x| target.energy(Point::new(x, p.y)), p.x, h);
            let along_y = slope(|y| target.energy(Point::new(p.x, y)), p.y, h);
            let gradient = target.gradient(p);
            worst = worst.max((gradient - Point::new(along_x, along_y)).norm());
            typical += gradient.norm() / 400.0;
        }
        // The formula is of fourth order; the ring has a cusp at the origin.
        out.at_most(
            format!("{name}: largest error, in typical slopes"),
            worst / typical,
            1e-6,
        );
    }
    Ok(out)
}

/// The rectangle in which next to all of π lies, for quadrature; the banana is straightened first, which keeps areas.
fn wide(target: &dyn Target, moments: &Moments, straightened: bool) -> ((f64, f64), (f64, f64)) {
    let reach = 9.0;
    let (sx, sy) = (moments.covariance.xx.sqrt(), moments.covariance.yy.sqrt());
    let (m, view) = (moments.mean, target.view());
    if straightened {
        return ((m.x - reach * sx, m.x + reach * sx), (-reach, reach));
    }
    (
        (view.min.x.min(m.x - reach * sx), view.max.x.max(m.x + reach * sx)),
        (view.min.y.min(m.y - reach * sy), view.max.y.max(m.y + reach * sy)),
    )
}

/// Normaliser, mean and covariance against two-dimensional quadrature of e^(−U).
pub(super) fn moments(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let known = known();
    for (k, (name, shape, moments)) in known.iter().enumerate() {
        progress.at(k, known.len())?;
        // The mouth of the funnel is so wide, and its neck so narrow, that even spacing fits neither: it has its own check.
        if matches!(shape, Shape::Funnel(_)) {
            continue;
        }
        let target = shape.target();
        let bent = matches!(shape, Shape::Banana(_));
        let (x, y) = wide(target, moments, bent);
        let Moments {
            log_normaliser,
            mean: m,
            covariance: c,
        } = *moments;
        let [z, mx, my, xx, xy, yy] = integrals(x, y, (1600, 1600), |x, y| {
            let y = if bent { y + x * x } else { y };
            let w = (-target.energy(Point::new(x, y)) - log_normaliser).exp();
            let (dx, dy) = (x - m.x, y - m.y);
            [w, w * dx, w * dy, w * dx * dx, w * dx * dy, w * dy * dy]
        });
        let size = c.xx.max(c.yy);
        // Pieces that join with their second derivative leave an error of fourth order; all others are smooth.
        let most = if matches!(shape, Shape::WellGrid(_)) {
            1e-6
        } else {
            1e-8
        };
        out.absolute(
            format!("{name}: log ∫e^(−U)"),
            z.ln() + log_normaliser,
            log_normaliser,
            most,
        );
        out.absolute(format!("{name}: mean x"), m.x + mx, m.x, most * size.sqrt());
        out.absolute(format!("{name}: mean y"), m.y + my, m.y, most * size.sqrt());
        out.absolute(format!("{name}: var x"), xx, c.xx, most * size);
        out.absolute(format!("{name}: cov xy"), xy, c.xy, most * size);
        out.absolute(format!("{name}: var y"), yy, c.yy, most * size);
    }
    Ok(out)
}

/// Moments that papers state for their examples: closed forms.
pub(super) fn papers(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let mut compare = |name: &str, shape: &Shape, mean: (f64, f64), covariance: (f64, f64, f64)| {
        let moments = shape.target().moments(1.0);
        let moments = moments.ok_or_else(|| Stop::Failed(format!("{name} has no moments")))?;
        let (m, c) = (moments.mean, moments.covariance);
        for (what, computed, expected) in [
            ("mean x", m.x, mean.0),
            ("mean y", m.y, mean.1),
            ("var x", c.xx, covariance.0),
            ("cov xy", c.xy, covariance.1),
            ("var y", c.yy, covariance.2),
        ] {
            out.absolute(format!("{name}: {what}"), computed, expected, 1e-9);
        }
        Ok::<(), Stop>(())
    };
    // x = 1 + √2 ξ and y = x² + η/√2: E y = 1 + 2, Var y = 4·2 + 2·2² + ½.
    compare(
        "banana, s² = 2",
        &Shape::Banana(Banana { squeeze: 2.0 }),
        (1.0, 3.0),
        (2.0, 4.0, 16.5),
    )?;
    // Within and between the modes: (1.2 + 0.01)/2 + 9/2, (0.01 + 2)/2 + 9/2.
    compare(
        "four thin modes",
        &Shape::Mixture(Mixture::four_modes()),
        (0.0, 5.0),
        (5.105, 0.0, 5.505),
    )?;
    // r²/2 with r of density r e^(−(r−5)²/.25²): ½ (5² + 3·.25²/2), as the valley is far from the origin.
    let ring = Ring {
        radius: 5.0,
        width: 0.25,
    };
    let variance = 0.5 * (25.0 + 1.5 * 0.0625);
    compare(
        "donut, r = 5 ± .25",
        &Shape::Ring(ring),
        (0.0, 0.0),
        (variance, 0.0, variance),
    )?;
    Ok(out)
}

/// The funnel by one-dimensional quadrature of its own definition: y ~ N, x | y ~ N(0, e^y).
pub(super) fn funnel(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    for scale in [0.5, 1.0] {
        let mut shape = named("Funnel")?;
        params::set(shape.parameters(), "scale", scale).map_err(|e| Stop::Failed(e.to_string()))?;
        let target = shape.target();
        let moments = target
            .moments(1.0)
            .ok_or_else(|| Stop::Failed("no moments".to_owned()))?;
        let reach = 12.0 * moments.covariance.yy.sqrt();
        // Along x the law is a Gaussian whose width is read off the curvature at its middle.
        let slice = |y: f64| {
            let curvature = slope(|x| target.gradient(Point::new(x, y)).x, 0.0, 1e-3);
            let sd = 1.0 / curvature.sqrt();
            let z = integral(-10.0 * sd, 10.0 * sd, 200, |x| (-target.energy(Point::new(x, y))).exp());
            let second = integral(-10.0 * sd, 10.0 * sd, 200, |x| {
                x * x * (-target.energy(Point::new(x, y))).exp()
            });
            (z, second)
        };
        let z = integral(-reach, reach, 2000, |y| slice(y).0);
        let xx = integral(-reach, reach, 2000, |y| slice(y).1) / z;
        let yy = integral(-reach, reach, 2000, |y| y * y * slice(y).0) / z;
        out.absolute(
            format!("scale {scale}: log ∫e^(−U)"),
            z.ln(),
            moments.log_normaliser,
            1e-8,
        );
        out.relative(format!("scale {scale}: var x"), xx, moments.covariance.xx, 1e-8);
        out.relative(format!("scale {scale}: var y"), yy, moments.covariance.yy, 1e-8);
    }
    Ok(out)
}

fn named(name: &str) -> Result<Shape, Stop> {
    let found = Shape::all().into_iter().find(|shape| shape.name() == name);
    found.ok_or_else(|| Stop::Failed(format!("there is no target {name}")))
}

/// Draws from every target that can be drawn from.
fn draws(shape: &Shape, n: usize) -> Result<Vec<Point>, Stop> {
    let mut rng = Streams::new(17).stream(0, Purpose::Start, 9);
    let draws: Option<Vec<Point>> = (0..n).map(|_| shape.target().sample(1.0, &mut rng)).collect();
    draws.ok_or_else(|| Stop::Failed(format!("no draws of {}", shape.name())))
}

/// Exact draws against exact moments.
pub(super) fn samples(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let known = known();
    for (k, (name, shape, moments)) in known.iter().enumerate() {
        progress.at(k, known.len())?;
        let draws = draws(shape, 50_000)?;
        let (m, c) = (moments.mean, moments.covariance);
        out.measured(format!("{name}: mean x"), estimate(draws.iter().map(|p| p.x)), m.x);
        out.measured(format!("{name}: mean y"), estimate(draws.iter().map(|p| p.y)), m.y);
        let second = |of: fn(Point) -> f64| estimate(draws.iter().map(|p| of(*p - m)));
        out.measured(format!("{name}: var x"), second(|d| d.x * d.x), c.xx);
        out.measured(format!("{name}: cov xy"), second(|d| d.x * d.y), c.xy);
        out.measured(format!("{name}: var y"), second(|d| d.y * d.y), c.yy);
    }
    Ok(out)
}

/// Integration by parts: E ∂V/∂x = 0 and E x ∂V/∂x = 1 under π. It ties the gradient to the draws, whatever the moments are.
pub(super) fn virial(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let known = known();
    for (k, (name, shape, _)) in known.iter().enumerate() {
        progress.at(k, known.len())?;
        let draws = draws(shape, 50_000)?;
        let slopes: Vec<(Point, Point)> = draws.iter().map(|p| (*p, shape.target().gradient(*p))).collect();
        let mean = |of: fn(&(Point, Point)) -> f64| estimate(slopes.iter().map(of));
        out.measured(format!("{name}: E ∂V/∂x"), mean(|(_, g)| g.x), 0.0);
        out.measured(format!("{name}: E ∂V/∂y"), mean(|(_, g)| g.y), 0.0);
        out.measured(format!("{name}: E x ∂V/∂x"), mean(|(p, g)| p.x * g.x), 1.0);
        out.measured(format!("{name}: E y ∂V/∂y"), mean(|(p, g)| p.y * g.y), 1.0);
    }
    Ok(out)
}
