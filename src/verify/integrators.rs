//! The four walks, each against the law of its own chain: no bias of the step is left to be tolerated.

use super::measure::{blob, estimate, mixture};
use super::quadrature::{integral, normal};
use super::{Outcome, Progress, Stop};
use crate::ensemble::Ensemble;
use crate::flow::{Flow, StepContext, StepInfo, Transport, Workspace};
use crate::landscape::Landscape;
use crate::rng::{Purpose, Streams};
use crate::target::{Shape, TextbookWell};

/// Steps of h without reaction; what happened in the last one.
fn walk(
    particles: &mut Ensemble,
    (landscape, transport): (&Landscape, Transport),
    h: f64,
    steps: u64,
    progress: &Progress,
) -> Result<StepInfo, Stop> {
    let flow = Flow {
        transport,
        ..Flow::new("walk", 1.0, 0.0)
    };
    let (mut work, mut info) = (Workspace::default(), StepInfo::default());
    for step in 0..steps {
        progress.at(step as usize, steps as usize)?;
        let context = StepContext::new(landscape, h, step, Streams::new(43));
        info = flow.step(particles, &context, &mut work)?;
    }
    Ok(info)
}

/// At rest on V = kx²/2: Euler–Maruyama has variance (1/k)/(1 − kh/2), the others 1/k; BAOAB's velocities have 1 − kh²/4.
pub(super) fn bowl(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let variances = [0.4, 1.0];
    let landscape = Landscape::new(mixture(&[blob((0.0, 0.0), (variances[0], variances[1]))])?, 1.0);
    for (name, transport, h) in [
        ("Euler–Maruyama", Transport::EulerMaruyama, 0.2),
        ("Leimkuhler–Matthews", Transport::LeimkuhlerMatthews, 0.2),
        ("MALA", Transport::Mala, 0.2),
        ("BAOAB", Transport::Underdamped(0.8), 0.6),
    ] {
        let mut particles = Ensemble::new([vec![0.8; 100_000], vec![-0.5; 100_000]]);
        walk(&mut particles, (&landscape, transport), h, 100, progress)?;
        for (axis, s) in variances.into_iter().enumerate() {
            let k = 1.0 / s;
            let expected = if transport == Transport::EulerMaruyama {
                s / (1.0 - 0.5 * k * h)
            } else {
                s
            };
            let seen = estimate(particles.positions()[axis].iter().map(|x| x * x));
            out.measured(format!("{name}, k = {k}: E x²"), seen, expected);
            if let Some(velocities) = particles.velocities() {
                let seen = estimate(velocities[axis].iter().map(|v| v * v));
                out.measured(format!("{name}, k = {k}: E v²"), seen, 1.0 - 0.25 * k * h * h);
            }
        }
    }
    Ok(out)
}

/// The double well k(x⁴/4 − x²/2), and its slope.
fn well(k: f64) -> (impl Fn(f64) -> f64 + Copy, impl Fn(f64) -> f64 + Copy) {
    (
        move |x: f64| k * x * x * (0.25 * x * x - 0.5),
        move |x: f64| k * x * (x * x - 1.0),
    )
}

/// The same double well as a landscape of the plane.
fn wells(k: f64) -> Landscape {
    Landscape::new(Shape::TextbookWell(TextbookWell { stiffness: k }), 1.0)
}

/// Exact draws of the double well.
fn draws(landscape: &Landscape, n: usize) -> Result<Ensemble, Stop> {
    let mut rng = Streams::new(44).stream(0, Purpose::Start, 1);
    let draws: Option<Vec<_>> = (0..n).map(|_| landscape.sample(&mut rng)).collect();
    let draws = draws.ok_or_else(|| Stop::Failed("no draws".to_owned()))?;
    let (xs, ys) = draws.into_iter().map(|p| (p.x, p.y)).unzip();
    Ok(Ensemble::new([xs, ys]))
}

/// How often MALA accepts at rest on the double well, against the integral of min(1, r) over places and noise; and that it stays at
/// rest. (Along y, where V = y²/2, the same integral is taken; a move is accepted or refused as a whole.)
pub(super) fn mala(progress: &Progress) -> Result<Outcome, Stop> {
    const K: f64 = 4.0;
    let mut out = Outcome::default();
    let (landscape, (v, dv)) = (wells(K), well(K));
    let z = integral(-3.5, 3.5, 2000, |x| (-v(x)).exp());
    let gauss = |xi: f64| (-0.5 * xi * xi).exp();
    for h in [0.02_f64, 0.1] {
        // log r = V(x) − V(x') + sξ − s²/2 per axis, s = √(h/2)(V'(x) + V'(x')).
        let log_ratio = |v: &dyn Fn(f64) -> f64, dv: &dyn Fn(f64) -> f64, x: f64, xi: f64| {
            let next = x - h * dv(x) + (2.0 * h).sqrt() * xi;
            let s = (0.5 * h).sqrt() * (dv(x) + dv(next));
            v(x) - v(next) + s * xi - 0.5 * s * s
        };
        // The law of log r of each axis, on the same evenly spaced places.
        const PLACES: usize = 16_001;
        let (reach, width) = (16.0, 32.0 / (PLACES - 1) as f64);
        let law_of = |v: &dyn Fn(f64) -> f64, dv: &dyn Fn(f64) -> f64, edge: f64| {
            let mut law = vec![0.0; PLACES];
            let (nx, nz) = (1200, 400);
            for i in 0..=nx {
                let x = edge * (2.0 * f64::from(i) / f64::from(nx) - 1.0);
                for j in 0..=nz {
                    let xi = 7.0 * (2.0 * f64::from(j) / f64::from(nz) - 1.0);
                    let place = (log_ratio(v, dv, x, xi).clamp(-reach, reach - 1e-9) + reach) / width;
                    let (k, share, w) = (place as usize, place.fract(), (-v(x)).exp() * gauss(xi));
                    law[k] += w * (1.0 - share);
                    law[k + 1] += w * share;
                }
            }
            let total: f64 = law.iter().sum();
            law.iter_mut().for_each(|p| *p /= total);
            law
        };
        let along = law_of(&v, &dv, 3.5);
        let across = law_of(&|y| 0.5 * y * y, &|y| y, 8.0);
        // E min(1, e^(a + b)): where b is beyond −a it counts 1, elsewhere e^(a + b).
        let at = |k: usize| k as f64 * width - reach;
        let (mut below, mut expected) = (0.0, 0.0);
        let mut beyond = 1.0;
        for (k, p) in across.iter().enumerate() {
            // a runs downwards as b runs upwards.
            let a = PLACES - 1 - k;
            beyond -= p;
            below += p * at(k).exp();
            expected += along[a] * (beyond + at(a).exp() * below);
        }
        let mut particles = draws(&landscape, 200_000)?;
        let info = walk(&mut particles, (&landscape, Transport::Mala), h, 30, progress)?;
        let share = info.accepted as f64 / info.proposed as f64;
        let error = (share * (1.0 - share) / info.proposed as f64).sqrt();
        out.measured(format!("h = {h}: accepted"), (share, error), expected);
        let second = integral(-3.5, 3.5, 2000, |x| x * x * (-v(x)).exp()) / z;
        out.measured(
            format!("h = {h}: E x²"),
            estimate(particles.positions()[0].iter().map(|x| x * x)),
            second,
        );
    }
    Ok(out)
}

/// At rest on the double well: the law of Euler–Maruyama's own chain, by powers of its transition matrix on a line of points. Its bias
/// is of first order in h, that of Leimkuhler and Matthews of second.
pub(super) fn double_well(progress: &Progress) -> Result<Outcome, Stop> {
    const K: f64 = 4.0;
    let mut out = Outcome::default();
    let (landscape, (v, dv)) = (wells(K), well(K));
    let z = integral(-3.5, 3.5, 2000, |x| (-v(x)).exp());
    let exact = integral(-3.5, 3.5, 2000, |x| x * x * (-v(x)).exp()) / z;
    // E x² of the chain x → x − hV' + √(2h) ξ at rest.
    let chain = |h: f64| {
        let n = 240;
        let width = 5.6 / f64::from(n);
        let xs: Vec<f64> = (0..n).map(|i| -2.8 + (f64::from(i) + 0.5) * width).collect();
        let kernel: Vec<Vec<f64>> = xs
            .iter()
            .map(|to| {
                xs.iter()
                    .map(|from| width * normal(*to, from - h * dv(*from), 2.0 * h))
                    .collect()
            })
            .collect();
        let mut law: Vec<f64> = xs.iter().map(|x| (-v(*x)).exp()).collect();
        // What is left of the start after so long is below 1e-6: the gap is about 0.7.
        for _ in 0..(20.0 / h) as usize {
            law = kernel
                .iter()
                .map(|row| row.iter().zip(&law).map(|(k, p)| k * p).sum())
                .collect();
            let total: f64 = law.iter().sum();
            law.iter_mut().for_each(|p| *p /= total);
        }
        xs.iter().zip(&law).map(|(x, p)| x * x * p).sum::<f64>()
    };
    let h = 0.02;
    let of_chain = chain(h);
    let bias = |seen: f64| seen / exact - 1.0;
    out.absolute(
        "bias of E x² by half the step, over that by all",
        (chain(0.5 * h) - exact) / (of_chain - exact),
        0.5,
        0.05,
    );
    progress.at(1, 3)?;
    for (name, transport, expected) in [
        ("Euler–Maruyama", Transport::EulerMaruyama, of_chain),
        ("Leimkuhler–Matthews", Transport::LeimkuhlerMatthews, exact),
    ] {
        let mut particles = draws(&landscape, 100_000)?;
        walk(&mut particles, (&landscape, transport), h, 400, progress)?;
        let (seen, error) = estimate(particles.positions()[0].iter().map(|x| x * x));
        if transport == Transport::EulerMaruyama {
            out.measured(format!("{name}: E x², h = {h}"), (seen, error), expected);
            out.at_least(
                format!("{name}: bias of E x², in its standard errors"),
                bias(seen).abs() * exact / error,
                5.0,
            );
        } else {
            // Its bias is below a thousandth, less than the error here.
            out.measured(format!("{name}: E x², h = {h}"), (seen, error), expected);
        }
    }
    Ok(out)
}
