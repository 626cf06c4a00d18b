//! Spectral gaps: of Langevin, of a generator with a growth, of flows that walk in a tilted potential, and what particles make of them.
//!
//! Rates on a grid are off by c h². Two grids give the limit to about h⁴: 4/3 fine − 1/3 coarse, which is what is held against closed
//! forms and against the table of mathematics.md §4.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

mod common;

use common::{Estimate, LIMIT, advance, blob, mixture, moments, replicates, scenario};
use rand::SeedableRng as _;
use wfr_lab::continuum::{
    Continuum, Rates, Spectrum, SpectrumError, corrected, kramers, spectrum, spectrum_with_growth,
};
use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{Flow, Rate, Splitting, StepContext, Workspace};
use wfr_lab::landscape::Landscape;
use wfr_lab::observe::{Observer, decay};
use wfr_lab::rng::{Stream, Streams};
use wfr_lab::scenario::{Preset, Scenario, Start};
use wfr_lab::sim::Simulation;
use wfr_lab::space::{Field, Grid, Point, Rect};
use wfr_lab::target::{DoubleWell, Shape, TextbookWell};

/// The limit of fine grids, from n and 2n cells.
fn limit(n: usize, of: impl Fn(usize) -> f64) -> f64 {
    (4.0 * of(2 * n) - of(n)) / 3.0
}

fn double_well(barrier: f64) -> Landscape {
    Landscape::new(Shape::DoubleWell(DoubleWell { barrier, tilt: 0.0 }), 1.0)
}

/// V = k(x⁴/4 − x²/2) + k y²/2: the rate of y, k, is above λ₁.
fn quartic(k: f64) -> Landscape {
    Landscape::new(Shape::TextbookWell(TextbookWell { stiffness: 1.0 }), 1.0 / k)
}

/// Up to where V is 30 above its bottom.
fn room(k: f64) -> Rect {
    let x = (1.0 + (120.0 / k).sqrt()).sqrt();
    let y = (60.0 / k).sqrt();
    Rect::new(-x, x, -y, y)
}

/// The rate of the first mode that is odd in x and even in y, above the lowest: for targets that are a sum of two parts, that of the part in x.
fn along_x(s: &Spectrum, landscape: &Landscape) -> (usize, f64) {
    let grid = s.modes[0].grid;
    let slope = |mode: &Field| {
        expectation(landscape, grid, |k| {
            mode.values[k] * grid.center(k % grid.nx, k / grid.nx).x
        })
        .abs()
    };
    let mode = (1..s.modes.len()).find(|&m| slope(&s.modes[m]) > 1e-3).unwrap();
    (mode, s.rates[mode] - s.rates[0])
}

/// E f under the law of a landscape on a grid.
fn expectation(landscape: &Landscape, grid: Grid, f: impl Fn(usize) -> f64) -> f64 {
    let v = landscape.field(grid);
    let floor = v.range().unwrap().0;
    let (mut sum, mut total) = (0.0, 0.0);
    for (k, v) in v.values.iter().enumerate() {
        let mass = (floor - v).exp();
        sum += mass * f(k);
        total += mass;
    }
    sum / total
}

#[test]
fn an_ornstein_uhlenbeck_process_with_a_quadratic_growth_has_its_closed_form() {
    // L = ∂² − x ∂ and g = −c x²: with ω = √(1 + 4c) the top is (1 − ω)/2, the gap ω, the variance that stays 2/(1 + ω). Along y the rate is 5.
    let landscape = Landscape::new(mixture(&[blob(1.0, (0.0, 0.0), (1.0, 0.2))]), 1.0);
    let rect = Rect::new(-9.0, 9.0, -3.0, 3.0);
    for c in [1.0, 0.3, -0.1, -0.15f64] {
        let omega = (1.0 + 4.0 * c).sqrt();
        let on = |n: usize| {
            let growth = Grid::new(rect, n, 24).field(|p| -c * p.x * p.x); // along y nothing grows
            let s = spectrum_with_growth(&landscape, &growth, 2).unwrap();
            let ground = &s.modes[0].values;
            let x = |k: usize| growth.grid.center(k % n, k / n).x;
            let mass = expectation(&landscape, growth.grid, |k| ground[k]);
            let second = expectation(&landscape, growth.grid, |k| ground[k] * x(k) * x(k));
            [-s.rates[0], s.gap(), second / mass]
        };
        let (coarse, fine) = (on(90), on(180));
        for (k, (name, exact)) in [
            ("top", 0.5 * (1.0 - omega)),
            ("gap", omega),
            ("variance", 2.0 / (1.0 + omega)),
        ]
        .into_iter()
        .enumerate()
        {
            let seen = (4.0 * fine[k] - coarse[k]) / 3.0;
            let order = (coarse[k] - exact) / (fine[k] - exact);
            println!("c = {c}: {name} {seen:.7}, exact {exact:.7}, errors fall by {order:.3}");
            assert!((seen - exact).abs() < 3e-5, "c = {c}: {name} {seen}, exact {exact}");
            assert!(
                (order - 4.0).abs() < 0.15,
                "c = {c}: {name} is not of second order: {order}"
            );
        }
    }
    // At c ≤ −1/4 there is no ground state: the larger the box, the faster the growth, at the border.
    let top = |c: f64, x: f64| {
        let grid = Grid::new(Rect::new(-x, x, -3.0, 3.0), (20.0 * x) as usize, 40);
        let s = spectrum_with_growth(&landscape, &grid.field(|p| -c * p.x * p.x), 1).unwrap();
        -s.rates[0]
    };
    let [bound, free] = [-0.2, -0.3].map(|c| [5.0, 10.0].map(|x| top(c, x)));
    println!("top in boxes of ±5 and ±10: {bound:?} at c = −0.2, {free:?} at c = −0.3");
    assert!((bound[1] - bound[0]).abs() < 0.03 && free[1] > 3.0 * free[0]);
}

#[test]
fn double_wells_have_the_gaps_of_the_table_and_kramers_estimates_them() {
    let table = [
        (1.0, 0.792, 0.351),
        (4.0, 0.749, 0.662),
        (8.0, 0.455, 0.487),
        (16.0, 0.119, 0.132),
        (24.0, 0.0248, 0.0268),
        (32.0, 0.00457, 0.00483),
    ];
    let half_digit = |v: f64| 0.5 * 10f64.powf(v.log10().floor() - 2.0) * 1.02;
    let mut excess = Vec::new();
    for (k, gap, estimate) in table {
        let (landscape, rect) = (quartic(k), room(k));
        let seen = limit(80, |n| spectrum(&landscape, rect, n, 2).unwrap().gap());
        let observer = Observer::new(&landscape, landscape.view());
        let passes = kramers(&landscape, rect, observer.basins()).unwrap();
        let formula = 2f64.sqrt() * k / std::f64::consts::PI * (-k / 4.0).exp();
        println!(
            "k = {k}: λ₁ {seen:.6}, table {gap}; Kramers {:.6}, table {estimate}, formula {formula:.6}",
            passes.rates[0]
        );
        assert!((seen - gap).abs() < half_digit(gap), "k = {k}: {seen}, table {gap}");
        assert!((passes.rates[0] / formula - 1.0).abs() < 1e-8);
        assert!((formula - estimate).abs() < half_digit(estimate));
        assert!((passes.passes[0].heights[0] - 0.25 * k).abs() < 1e-9 && passes.passes[0].saddle.norm() < 1e-9);
        if k > 12.0 {
            excess.push(k * (passes.rates[0] / seen - 1.0));
        }
    }
    // The estimate is the limit of high barriers: its relative error goes like 1/k.
    println!("k (Kramers/λ₁ − 1) = {excess:.3?}");
    assert!(excess.windows(2).all(|e| (e[1] / e[0] - 1.0).abs() < 0.15) && (excess[2] - 1.75).abs() < 0.2);
}

#[test]
fn the_slow_rates_of_many_wells_are_those_of_the_passes() {
    for (shape, within) in [("TripleWell", 0.12), ("WellGrid", 0.2), ("Himmelblau", 0.2)] {
        let shape = Shape::all().into_iter().find(|s| s.name() == shape).unwrap();
        let landscape = Landscape::new(shape, 1.0);
        let view = landscape.view();
        let observer = Observer::new(&landscape, view);
        let n = observer.basins().len();
        let passes = kramers(&landscape, view.scaled(1.5), observer.basins()).unwrap();
        let modes = spectrum(&landscape, view.scaled(1.5), 112, n + 1).unwrap();
        assert_eq!(passes.rates.len(), n - 1);
        for (estimate, rate) in passes.rates.iter().zip(&modes.rates[1..]) {
            println!(
                "{}: Kramers {estimate:.4e}, on the grid {rate:.4e}",
                landscape.shape.name()
            );
            assert!((estimate / rate - 1.0).abs() < within, "{estimate} and {rate}");
        }
        // Behind the slow modes comes what happens within the wells.
        assert!(modes.rates[n] > 5.0 * modes.rates[n - 1], "{:?}", modes.rates);
    }
    for shape in ["Ring", "Banana", "Funnel"] {
        let shape = Shape::all().into_iter().find(|s| s.name() == shape).unwrap();
        let landscape = Landscape::new(shape, 1.0);
        let view = landscape.view();
        let observer = Observer::new(&landscape, view);
        assert_eq!(kramers(&landscape, view.scaled(1.5), observer.basins()), None);
    }
}

#[test]
fn modes_are_orthonormal_complete_and_have_a_sign() {
    // 3 × 3 wells: the rates are sums of rates along x and y, every second of them double.
    let mut shape = Shape::all().into_iter().find(|s| s.name() == "WellGrid").unwrap();
    wfr_lab::params::set(shape.parameters(), "count", 3.0).unwrap();
    let landscape = Landscape::new(shape, 1.0);
    let rect = landscape.view().scaled(1.5);
    let s = spectrum(&landscape, rect, 120, 9).unwrap();
    println!("{:.6?}", s.rates);
    let (a, b) = (s.rates[1], s.rates[4]);
    let sums = [0.0, a, a, 2.0 * a, b, b, a + b, a + b, 2.0 * b];
    for (rate, sum) in s.rates.iter().zip(sums) {
        assert!((rate - sum).abs() < 1e-9, "{rate} is not the sum {sum}");
    }
    let grid = s.modes[0].grid;
    for (i, u) in s.modes.iter().enumerate() {
        for (j, v) in s.modes.iter().enumerate().take(i + 1) {
            let product = expectation(&landscape, grid, |k| u.values[k] * v.values[k]);
            assert!(
                (product - f64::from(u8::from(i == j))).abs() < 1e-8,
                "{i} {j} {product}"
            );
        }
    }
    assert!(s.modes[0].values.iter().all(|v| (v - 1.0).abs() < 1e-12));
    let wells = spectrum(&double_well(7.0), Rect::new(-3.0, 3.0, -5.0, 5.0), 96, 3).unwrap();
    // The slow mode of two wells is the step between them, the next one lies along y; both continue into the cells without mass.
    for (mode, p, value) in [
        (1, (1.0, 0.3), 1.0),
        (1, (-1.0, 4.9), -1.0),
        (1, (2.95, -4.9), 1.0),
        (2, (0.7, 1.0), 1.0),
    ] {
        let seen = wells.modes[mode].values[wells.modes[mode].grid.nearest(Point::new(p.0, p.1))];
        assert!((seen - value).abs() < 0.06, "mode {mode} at {p:?} is {seen}");
    }
    let rect = Rect::new(-3.0, 3.0, -5.0, 5.0);
    let of = |cells, count| spectrum(&double_well(7.0), rect, cells, count).err();
    assert_eq!(of(96, 0), Some(SpectrumError::Count(0)));
    assert_eq!(of(96, 99), Some(SpectrumError::Count(99)));
    assert_eq!(of(19, 1), Some(SpectrumError::Cells(361)));
    assert_eq!(of(5000, 1), Some(SpectrumError::Cells(25_000_000)));
    let bad = Grid::new(rect, 30, 30).field(|p| if p.x > 1.0 { f64::NAN } else { 0.0 });
    assert_eq!(
        spectrum_with_growth(&double_well(7.0), &bad, 2).err(),
        Some(SpectrumError::Growth)
    );
}

#[test]
fn the_late_decay_of_the_wfr_flow_is_twice_its_rate() {
    for (k, alpha, beta) in [
        (4.0, 1.0, 0.0),
        (8.0, 0.7, 0.5),
        (16.0, 1.0, 0.5),
        (16.0, 1.0, 0.119),
        (24.0, 0.0, 1.0),
    ] {
        let (landscape, rect) = (quartic(k), room(k));
        let rates = Rates { alpha, beta };
        let gap = spectrum(&landscape, rect, 64, 2).unwrap().gap();
        let start = Grid::new(rect, 64, 64).field(|p| (-0.5 * k * (p.x + 0.7).powi(2) - 0.6 * k * p.y * p.y).exp());
        let mut law = Continuum::new(&landscape, &start);
        let expected = 2.0 * rates.decay(gap);
        let mut history = vec![(0.0, law.functionals().kl)];
        let (every, dt) = (0.25 / expected, 0.04 / expected);
        // Below, KL is a sum of terms of rounding.
        while history.last().unwrap().1 > 1e-11 {
            law.advance(rates, every, dt);
            history.push((history.len() as f64 * every, law.functionals().kl));
        }
        let fit = decay(history, 0.0, 1e-7).unwrap();
        println!(
            "k = {k}, α = {alpha}, β = {beta}: slope {:.5} ± {:.1e} over {:.1?}, 2(αλ₁ + β) = {expected:.5}",
            fit.rate, fit.error, fit.window
        );
        assert!((fit.rate / expected - 1.0).abs() < 5e-4, "{fit:?}, expected {expected}");
    }
}

/// g = θ(|∇V|² − ΔV) at the cells of a grid.
fn correction(landscape: &Landscape, theta: f64, grid: Grid) -> Field {
    let points: Vec<Point> = (0..grid.len()).map(|k| grid.center(k % grid.nx, k / grid.nx)).collect();
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().map(|p| (p.x, p.y)).unzip();
    let mut field = Field::zeros(grid);
    landscape.correction_into(theta, &xs, &ys, &mut field.values);
    field
}

#[test]
fn a_corrected_flow_has_the_gap_of_the_opposite_potential() {
    let well = double_well(3.0);
    let rect = Rect::new(-2.0, 2.0, -5.0, 5.0);
    for (theta, table) in [(-0.5, 0.0818), (0.0, 0.2419), (0.5, 0.5973)] {
        let law = well.steepened(-theta);
        let opposite = limit(80, |n| along_x(&corrected(&well, theta, rect, n, 3).unwrap(), &law).1);
        let rates: Vec<[f64; 2]> = [48, 96]
            .map(|n| {
                let growth = correction(&well, theta, Grid::new(rect, 5 * n, n));
                let s = spectrum_with_growth(&well.steepened(theta), &growth, 3).unwrap();
                [s.rates[0], along_x(&s, &well.steepened(theta)).1]
            })
            .to_vec();
        let [top, gap] = [0, 1].map(|k| (4.0 * rates[1][k] - rates[0][k]) / 3.0);
        println!("θ = {theta}: L + g has {top:.1e} and {gap:.5}, (1 − θ)V has {opposite:.5}, table {table}");
        assert!(
            (opposite - table).abs() < 6e-5 && (gap - table).abs() < 3e-4,
            "θ = {theta}"
        );
        assert!(top.abs() < 2e-3, "π is kept: {top}");
    }
    // A Gaussian: the gap is 1 − θ.
    let bowl = Landscape::new(mixture(&[blob(1.0, (0.0, 0.0), (1.0, 0.5))]), 1.0);
    let rect = Rect::new(-8.0, 8.0, -5.0, 5.0);
    for theta in [-0.5, 0.5] {
        let opposite = limit(90, |n| corrected(&bowl, theta, rect, n, 2).unwrap().gap());
        let direct = limit(90, |n| {
            let growth = correction(&bowl, theta, Grid::new(rect, n, n));
            spectrum_with_growth(&bowl.steepened(theta), &growth, 2).unwrap().gap()
        });
        println!("θ = {theta}: {opposite:.6} and {direct:.6}, exact {}", 1.0 - theta);
        assert!((opposite - 1.0 + theta).abs() < 1e-4 && (direct - 1.0 + theta).abs() < 1e-3);
    }
}

#[test]
fn feeding_the_top_of_a_barrier_raises_the_gap_and_killing_there_lowers_it() {
    let well = double_well(4.0);
    let rect = Rect::new(-2.2, 2.2, -5.0, 5.0);
    let gap = |s: f64| {
        limit(64, |n| {
            let growth = Grid::new(rect, n, n).field(|p| s * (-8.0 * p.x * p.x).exp());
            spectrum_with_growth(&well, &growth, 2).unwrap().gap()
        })
    };
    for (s, table) in [(-4.0, 0.084), (0.0, 0.119), (4.0, 0.177)] {
        let seen = gap(s);
        println!("g = {s} e^(−8x²): gap {seen:.4}, table {table}");
        assert!((seen - table).abs() < 6e-4);
    }
}

/// Exact draws.
fn draws(landscape: &Landscape, n: usize, seed: u64) -> [Vec<f64>; 2] {
    let mut rng = Stream::seed_from_u64(seed);
    let sample = |_| landscape.sample(&mut rng).unwrap();
    let points: Vec<Point> = (0..n).map(sample).collect();
    [
        points.iter().map(|p| p.x).collect(),
        points.iter().map(|p| p.y).collect(),
    ]
}

/// Steps particles by hand.
fn walk(landscape: &Landscape, flow: &Flow, particles: &mut Ensemble, (dt, time): (f64, f64), seed: u64) {
    let mut work = Workspace::default();
    for step in 0..(time / dt).round() as u64 {
        let context = StepContext::new(landscape, dt, step, Streams::new(seed));
        flow.step(particles, &context, &mut work).unwrap();
    }
}

fn tilted(theta: f64, beta: f64) -> Flow {
    Flow {
        rate: Rate::Corrected(theta),
        splitting: Splitting::Strang,
        ..Flow::new(&format!("θ = {theta}"), 1.0, beta)
    }
}

/// The weighted mean of f.
fn mean(particles: &Ensemble, f: impl Fn(Point) -> f64) -> f64 {
    let [xs, ys] = particles.positions();
    let places = xs.iter().zip(ys).map(|(&x, &y)| Point::new(x, y));
    places.zip(particles.weights()).map(|(p, w)| w * f(p)).sum()
}

/// One step of a corrected flow takes Gaussians to Gaussians: half a reaction by e^{dt θ(x² − 1)/2}, Euler–Maruyama, half a reaction.
fn gaussian_step((m, c): (f64, f64), theta: f64, dt: f64) -> (f64, f64) {
    let weigh = |(m, c): (f64, f64)| {
        let precision = 1.0 / c - theta * dt;
        (m / c / precision, 1.0 / precision)
    };
    let (m, c) = weigh((m, c));
    let keep = 1.0 - (1.0 + theta) * dt;
    weigh((keep * m, keep * keep * c + 2.0 * dt))
}

fn gaussian_after(start: (f64, f64), theta: f64, dt: f64, time: f64) -> (f64, f64) {
    (0..(time / dt).round() as usize).fold(start, |g, _| gaussian_step(g, theta, dt))
}

#[test]
fn a_gaussian_decays_at_one_minus_theta_in_the_maps_and_in_particles() {
    let time = 1.0;
    for theta in [-0.5, 0.5] {
        // With C = 1 nothing but the mean moves: m(t) = m(0) e^{−(1 − θ)t}. First order in dt.
        let at = |dt: f64| gaussian_after((1.5, 1.0), theta, dt, time);
        let [m, c] = [2.0 * at(5e-5).0 - at(1e-4).0, 2.0 * at(5e-5).1 - at(1e-4).1];
        let exact = 1.5 * (-(1.0 - theta) * time).exp();
        println!("θ = {theta}: mean {m:.8}, exact {exact:.8}, variance {c:.8}");
        assert!((m - exact).abs() < 1e-6 && (c - 1.0).abs() < 1e-6);
    }
    let dt = 0.02;
    let thetas = [-0.5, 0.5];
    let panels: Vec<Flow> = thetas.map(|theta| tilted(theta, 1.0)).to_vec();
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    let base = Scenario {
        dt,
        particles: 20_000,
        ..scenario(target, Start::Gaussian(blob(1.0, (1.5, 0.0), (1.0, 1.0))), panels)
    };
    let seen = replicates(500, 24, |seed| {
        let mut simulation = Simulation::new(Scenario { seed, ..base.clone() });
        advance(&mut simulation, (time / dt).round() as usize);
        (0..2).flat_map(|p| moments(simulation.ensemble(p))).collect()
    });
    for (theta, seen) in thetas.into_iter().zip(seen.chunks_exact(5)) {
        let (along, across) = ((1.5, 1.0), (0.0, 1.0));
        let [(mx, cx), (my, cy)] = [along, across].map(|start| gaussian_after(start, theta, dt, time));
        for ((seen, name), expected) in seen
            .iter()
            .zip(["mean x", "var x", "mean y", "var y", "cov xy"])
            .zip([mx, cx, my, cy, 0.0])
        {
            seen.agrees(&format!("θ = {theta}: {name}"), expected);
        }
        let plain = gaussian_after(along, 0.0, dt, time).0;
        seen[0].differs(&format!("θ = {theta}: mean x, not that of Langevin"), plain);
    }
}

/// 2 fine − coarse: what is left of a bias of first order in dt is of second.
fn without_step(fine: Estimate, coarse: Estimate) -> Estimate {
    fine.combine(2.0, coarse, -1.0)
}

#[test]
fn a_corrected_flow_keeps_a_double_well() {
    let landscape = double_well(2.0);
    let exact = landscape.moments().unwrap().covariance;
    let flows = [tilted(-0.4, 1.0), tilted(0.4, 1.0), tilted(-0.4, 0.0)];
    let measure = |dt: f64, first: u64| {
        replicates(first, 24, |seed| {
            let start = draws(&landscape, 4000, seed);
            let each = flows.iter().flat_map(|flow| {
                let mut particles = Ensemble::new(start.clone());
                walk(&landscape, flow, &mut particles, (dt, 1.0), seed);
                [
                    mean(&particles, |p| p.x * p.x),
                    mean(&particles, |p| p.y * p.y),
                    mean(&particles, |p| p.x),
                ]
            });
            each.collect()
        })
    };
    let (fine, coarse) = (measure(0.005, 9000), measure(0.01, 9100));
    let seen: Vec<Estimate> = fine.iter().zip(&coarse).map(|(f, c)| without_step(*f, *c)).collect();
    for (flow, seen) in flows.iter().zip(seen.chunks_exact(3)).take(2) {
        for (seen, (name, expected)) in seen.iter().zip([("x²", exact.xx), ("y²", exact.yy), ("x", 0.0)]) {
            seen.agrees(&format!("{}: E {name}", flow.name), expected);
        }
    }
    seen[7].differs("not weighed back: E y²", exact.yy);
}

#[test]
fn an_observable_of_a_double_well_decays_at_the_predicted_gap() {
    // h = ρ/π obeys ∂h/∂t = L h with L of (1 − θ)V, symmetric in its own law: with its slow mode φ, E_ρ[φ e^{θV}] = ∫ φ h e^{−(1 − θ)V}
    // decays at λ₁ exactly, from any start.
    let landscape = double_well(2.0);
    let time = 0.5;
    for theta in [-0.4, 0.4] {
        let rect = Rect::new(-2.6, 2.6, -6.5, 6.5);
        let s = corrected(&landscape, theta, rect, 160, 4).unwrap();
        let (number, lambda) = along_x(&s, &landscape.steepened(-theta));
        let mode = &s.modes[number];
        let plain = spectrum(&landscape, rect, 128, 2).unwrap().gap();
        let slow = |p: Point| {
            // Linear between the columns; along y the mode is constant.
            let row = &mode.values[mode.grid.ny / 2 * mode.grid.nx..][..mode.grid.nx];
            let place = ((p.x - rect.min.x) / mode.grid.dx() - 0.5).clamp(0.0, (mode.grid.nx - 2) as f64);
            let (i, t) = (place as usize, place.fract());
            ((1.0 - t) * row[i] + t * row[i + 1]) * (theta * landscape.potential(p)).exp()
        };
        let measure = |dt: f64, first: u64| {
            replicates(first, 24, |seed| {
                let [mut xs, ys] = draws(&landscape, 4000, seed);
                xs.iter_mut().for_each(|x| *x = x.abs());
                let mut particles = Ensemble::new([xs, ys]);
                let before = mean(&particles, slow);
                walk(&landscape, &tilted(theta, 1.0), &mut particles, (dt, time), seed);
                vec![mean(&particles, slow) / before]
            })[0]
        };
        let seen = without_step(measure(0.004, 700), measure(0.008, 800));
        seen.agrees(
            &format!("θ = {theta}: e^(−λ₁ t), λ₁ = {lambda:.4}"),
            (-lambda * time).exp(),
        );
        // Steepened particles have weights of a variance that hides the difference; the Gaussian above shows it.
        if theta < 0.0 {
            seen.differs(
                &format!("θ = {theta}: not at λ₁ = {plain:.4} of V"),
                (-plain * time).exp(),
            );
        }
    }
}

#[test]
fn the_rate_fitted_to_a_run_is_the_rate_of_its_flow() {
    // Langevin, moved along x: KL = m²/(2(1 + s²)) after any smoothing, and m ← (1 − dt/S) m.
    let (dt, n) = (0.01, 20_000);
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    let base = Scenario {
        dt,
        particles: n,
        ..scenario(
            target,
            Start::Gaussian(blob(1.0, (1.0, 0.0), (1.0, 1.0))),
            vec![Flow::langevin()],
        )
    };
    let landscape = Landscape::new(base.target.clone(), 1.0);
    let floor = Observer::new(&landscape, base.view()).kl_floor(n as f64);
    let expected = -2.0 * (1.0 - dt).ln() / dt;
    let fits = replicates(40, 16, |seed| {
        let mut simulation = Simulation::new(Scenario { seed, ..base.clone() });
        let mut history = Vec::new();
        for _ in 0..100 {
            let seen = simulation.observe(0);
            history.push((seen.time, seen.kl));
            advance(&mut simulation, 2);
        }
        let fit = decay(history, floor, 1.0).unwrap();
        vec![fit.rate, fit.error, fit.window.1]
    });
    println!(
        "floor {floor:.5}, error told {:.4}, error seen {:.4}, until t = {:.2}",
        fits[1].mean,
        fits[0].error * 4.0,
        fits[2].mean
    );
    fits[0].agrees("rate of KL", expected);
    assert!(fits[0].z(expected).abs() < LIMIT);
}

#[test]
fn the_presets_tell_the_rates_of_their_panels() {
    for (name, rates) in [
        ("flatten-gaussian", [1.5, 1.0, 0.5]),
        ("flatten-double-well", [0.129, 0.242, 0.429]),
    ] {
        let scenario = Preset::named(name).unwrap().scenario();
        let landscape = Landscape::new(scenario.target.clone(), scenario.temperature);
        for (flow, told) in scenario.panels.iter().zip(rates) {
            let theta = match flow.rate {
                Rate::Corrected(theta) => theta,
                _ => 0.0,
            };
            let s = corrected(&landscape, theta, scenario.view().scaled(1.5), 128, 4).unwrap();
            let (_, seen) = along_x(&s, &landscape.steepened(-theta));
            println!("{name}, {}: {seen:.4}", flow.name);
            assert!((seen / told - 1.0).abs() < 0.01 && scenario.description.contains(&format!("{told}")));
        }
    }
}
