//! The WFR equation on a grid against closed forms, against itself on finer grids, and against the laws that hold for any target.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

use wfr_lab::continuum::{Continuum, FisherRao, Gaussian, Growth, Rates, TwoModes};
use wfr_lab::landscape::Landscape;
use wfr_lab::space::{Field, Grid, Point, Rect, Symmetric};
use wfr_lab::target::{Component, DoubleWell, Mixture, MullerBrown, Shape};

const fn rates(alpha: f64, beta: f64) -> Rates {
    Rates { alpha, beta }
}

fn at(shape: Shape, temperature: f64) -> Landscape {
    Landscape::new(shape, temperature)
}

fn double_well(barrier: f64, tilt: f64) -> Landscape {
    at(Shape::DoubleWell(DoubleWell { barrier, tilt }), 1.0)
}

/// A Gaussian target as a mixture of one.
fn gaussian(g: Gaussian) -> Landscape {
    let only = Component::new(1.0, g.mean, g.covariance);
    at(Shape::Mixture(Mixture::new(vec![only]).unwrap()), 1.0)
}

fn density(g: Gaussian, p: Point) -> f64 {
    let d = p - g.mean;
    (-0.5 * d.dot(g.covariance.inverse().apply(d))).exp() / g.covariance.determinant().sqrt()
}

fn round(x: f64, y: f64, sx: f64, sy: f64) -> Gaussian {
    Gaussian {
        mean: Point::new(x, y),
        covariance: Symmetric::new(sx * sx, 0.0, sy * sy),
    }
}

/// The common problem of the benchmarks on n × n cells.
fn common(n: usize) -> Continuum {
    let grid = Grid::new(Rect::new(-2.56, 2.56, -5.12, 5.12), n, n);
    let [left, right] = [round(-1.0, -0.8, 0.15, 0.6), round(1.0, 0.8, 0.15, 0.6)];
    let start = grid.field(|p| 0.95 * density(left, p) + 0.05 * density(right, p));
    Continuum::new(&double_well(6.0, 0.0), &start)
}

/// Two blobs on a target that is not separable, on n × n cells.
fn twisted(n: usize) -> Continuum {
    let landscape = at(Shape::MullerBrown(MullerBrown { scale: 0.03 }), 1.0);
    let grid = Grid::new(Rect::new(-2.0, 1.6, -0.9, 2.5), n, n);
    let [left, right] = [round(-0.6, 1.3, 0.3, 0.3), round(0.5, 0.1, 0.3, 0.25)];
    let start = grid.field(|p| 0.8 * density(left, p) + 0.2 * density(right, p));
    Continuum::new(&landscape, &start)
}

/// The mass where x > 0.
fn right(continuum: &Continuum) -> f64 {
    let grid = continuum.grid();
    let rows = continuum.mass().chunks(grid.nx);
    rows.flat_map(|row| &row[grid.nx / 2..]).sum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}

/// Masses of the cells of an n × n grid that divides this one.
fn coarse(law: &Continuum, n: usize) -> Vec<f64> {
    let grid = law.grid();
    let mut out = vec![0.0; n * n];
    for (k, m) in law.mass().iter().enumerate() {
        out[(k / grid.nx) * n / grid.ny * n + (k % grid.nx) * n / grid.nx] += m;
    }
    out
}

/// A number in (0, 1) for each k, without pattern.
fn scrambled(k: usize) -> f64 {
    let mut x = (k as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// Ratios of successive differences when something is halved each time; the last must be this close to 2^order.
fn order(what: &str, results: &[Vec<f64>], order: i32, closest: f64) {
    let differences: Vec<f64> = results.windows(2).map(|w| distance(&w[0], &w[1])).collect();
    let ratios: Vec<f64> = differences.windows(2).map(|w| w[0] / w[1]).collect();
    println!(
        "{what}: last difference {:.1e}, ratios {ratios:.3?}",
        differences.last().unwrap()
    );
    let off = ratios[ratios.len() - 1] - f64::from(1 << order);
    assert!(off.abs() < closest, "{what}: {ratios:?}");
}

type Problem = fn(usize) -> Continuum;
const PROBLEMS: [(&str, Problem); 2] = [("double well", common), ("Müller–Brown", twisted)];

#[test]
fn the_right_well_fills_as_it_should() {
    for dt in [1.0 / 7.0, 0.05, 0.02] {
        let mut law = common(256);
        for (span, exact) in [(1.0, 0.1551565), (1.0, 0.2701455), (3.0, 0.4489162)] {
            law.advance(rates(1.0, 0.5), span, dt);
            let error = right(&law) - exact;
            println!("dt {dt:.3}: mass on the right {:.7}, error {error:.1e}", right(&law));
            assert!(error.abs() < 2e-5);
        }
    }
}

#[test]
fn errors_are_of_second_order_in_time() {
    for (name, problem) in PROBLEMS {
        // Along the axes alone the order is three, while no axis is mixed with the other and nothing reacts.
        for (r, expected) in [
            (rates(1.0, 0.0), if name == "double well" { 3 } else { 2 }),
            (rates(0.5, 3.0), 2),
        ] {
            let run = |k: u32| {
                let mut law = problem(64);
                law.advance(r, 0.5, 0.1 / f64::from(1 << k));
                law.mass().to_vec()
            };
            // What the next term of the error, which is of one order more, leaves at dt = 1/1280: a few times 0.1/16 of the ratio.
            let what = format!("{name}, {r:?}, dt halved");
            order(
                &what,
                &(2..8).map(run).collect::<Vec<_>>(),
                expected,
                if expected == 3 { 0.4 } else { 0.1 },
            );
        }
    }
}

#[test]
fn errors_are_of_second_order_in_space() {
    for (name, problem) in PROBLEMS {
        for r in [rates(1.0, 0.0), rates(1.0, 0.5)] {
            let run = |n: usize| {
                let mut law = problem(n);
                law.advance(r, 0.5, 0.05);
                coarse(&law, 32)
            };
            // Errors are even in h, so the ratio comes closer to 4 by a factor of 4.
            let what = format!("{name}, {r:?}, h halved");
            order(&what, &[32, 64, 128, 256].map(run), 2, 0.1);
        }
    }
}

#[test]
fn gaussians_on_the_grid_follow_the_closed_form() {
    let start = Gaussian {
        mean: Point::new(-1.0, 0.5),
        covariance: Symmetric::new(0.5, 0.2, 1.0),
    };
    let target = Gaussian {
        mean: Point::new(1.0, -1.0),
        covariance: Symmetric::new(1.0, 0.6, 0.9),
    };
    let (r, time) = (rates(0.7, 1.3), 0.8);
    let exact = start.flow(target, r, time);
    let functionals = exact.functionals(target);
    let error = |n: usize| {
        let grid = Grid::new(Rect::new(-6.0, 6.5, -6.5, 5.5), n, n);
        let mut law = Continuum::new(&gaussian(target), &grid.field(|p| density(start, p)));
        // Time and space are refined together.
        law.advance(r, time, 1.6 / n as f64);
        let mean = |f: &dyn Fn(Point) -> f64| -> f64 {
            law.mass()
                .iter()
                .enumerate()
                .map(|(k, m)| m * f(grid.center(k % n, k / n)))
                .sum()
        };
        let (x, y) = (mean(&|p| p.x), mean(&|p| p.y));
        let found = law.functionals();
        [
            (x - exact.mean.x).abs(),
            (y - exact.mean.y).abs(),
            (mean(&|p| (p.x - x).powi(2)) - exact.covariance.xx).abs(),
            (mean(&|p| (p.x - x) * (p.y - y)) - exact.covariance.xy).abs(),
            (mean(&|p| (p.y - y).powi(2)) - exact.covariance.yy).abs(),
            (found.kl - functionals.kl).abs(),
            (found.information - functionals.information).abs(),
            (found.variance - functionals.variance).abs(),
        ]
    };
    let [a, b, c] = [80, 160, 320].map(error);
    for (k, (a, (b, c))) in a.iter().zip(b.iter().zip(&c)).enumerate() {
        println!("{k}: errors {a:.1e} {b:.1e} {c:.1e}, ratios {:.3} {:.3}", a / b, b / c);
        // Were the error c h² alone, a third of the last difference would be what is left.
        assert!(*c < 1.2 * (b - c) / 3.0 && *c < 2e-3, "moment or functional {k}");
    }
}

#[test]
fn a_given_rate_and_another_walk_make_the_known_engine() {
    // dX = −X dt + √2 dW weighted with e^{A}, dA = −½ x² dt, from N(1.5, 0.6): moments and normaliser in closed form.
    let (mean, variance, log_normaliser) = (0.2755571980, 0.7277589880, -0.6738690859);
    let run = |n: usize| {
        let grid = Grid::new(Rect::new(-6.0, 6.0, -1.0, 1.0), n, 1);
        let start = grid.field(|p| (-(p.x - 1.5).powi(2) / 1.2).exp());
        // π is something else altogether: neither the walk nor the rate knows it.
        let mut law = Continuum::new(&double_well(3.0, 1.0), &start);
        law.set_walk(Some(&grid.field(|p| 0.5 * p.x * p.x)));
        law.set_growth(Growth::Given(grid.field(|p| -0.5 * p.x * p.x)));
        law.advance(rates(1.0, 1.0), 1.0, 2.0 / n as f64);
        let sum = |f: &dyn Fn(f64) -> f64| -> f64 {
            law.mass()
                .iter()
                .enumerate()
                .map(|(k, m)| m * f(grid.center(k, 0).x))
                .sum()
        };
        let m = sum(&|x| x);
        [
            m - mean,
            sum(&|x| (x - m).powi(2)) - variance,
            law.log_normaliser() - log_normaliser,
        ]
    };
    let [a, b] = [400, 800].map(run);
    for (a, b) in a.iter().zip(b) {
        println!("errors {a:.1e} {b:.1e}, ratio {:.3}", a / b);
        assert!((a / b - 4.0).abs() < 0.1 && b.abs() < 2e-5);
    }
}

#[test]
fn the_target_is_stationary() {
    let mut targets: Vec<Landscape> = Shape::all().into_iter().map(|shape| at(shape, 1.0)).collect();
    targets.push(gaussian(Gaussian {
        mean: Point::default(),
        covariance: Symmetric::new(1.0, 0.8, 0.9),
    }));
    let mut worst: f64 = 0.0;
    for landscape in targets {
        let view = landscape.view();
        // Neither count is a multiple of the lanes.
        let grid = Grid::new(view, 75, 50);
        let potential = landscape.field(grid);
        let lowest = potential.range().unwrap().0;
        let pi = Field {
            grid,
            values: potential.values.iter().map(|v| (lowest - v).exp()).collect(),
        };
        for r in [rates(1.0, 0.0), rates(0.0, 1.0), rates(1.0, 0.5), rates(30.0, 2.0)] {
            for dt in [1e-3, 0.1, 1.0, 100.0] {
                let mut law = Continuum::new(&landscape, &pi);
                for _ in 0..3 {
                    law.step(r, dt);
                }
                let off = distance(law.mass(), law.target());
                let found = law.functionals();
                assert!(off < 1e-13, "{landscape:?} {r:?} {dt}: {off:.1e}");
                assert!(
                    found.kl.abs() < 1e-13 && found.variance < 1e-20 && found.information < 1e-15,
                    "{found:?}"
                );
                worst = worst.max(off);
            }
        }
    }
    println!("largest 1-norm off π: {worst:.1e}");
}

#[test]
fn any_step_keeps_the_mass_and_lowers_the_divergence() {
    let mut worst: f64 = 0.0;
    let mut shapes: Vec<Landscape> = Shape::all().into_iter().map(|shape| at(shape, 1.0)).collect();
    shapes.extend(Shape::all().into_iter().map(|shape| at(shape, 0.01)));
    for (which, landscape) in shapes.iter().enumerate() {
        let view = landscape.view();
        for (nx, ny) in [(40, 33), (64, 1), (1, 64), (2, 3), (1, 1)] {
            let grid = Grid::new(view, nx, ny);
            let seed = 1000 * which;
            let mut rough = grid.field(|_| 0.0);
            for (k, v) in rough.values.iter_mut().enumerate() {
                *v = scrambled(seed + k).powi(40);
            }
            let mut lone = grid.field(|_| 0.0);
            lone.values[seed % grid.len()] = 1e300;
            for start in [rough, lone] {
                for dt in [1e-3, 0.05, 1.0, 30.0, 1e5] {
                    let mut law = Continuum::new(landscape, &start);
                    let r = [rates(1.0, 0.0), rates(1.0, 0.5), rates(0.0, 1.0), rates(5.0, 5.0)][which % 4];
                    let mut before = law.functionals().kl;
                    for step in 0..4 {
                        law.step(r, dt);
                        let mass: f64 = law.mass().iter().sum();
                        worst = worst.max((mass - 1.0).abs());
                        assert!(law.mass().iter().all(|m| *m >= f64::MIN_POSITIVE && *m < 1.0 + 1e-12));
                        let now = law.functionals();
                        assert!(now.information >= 0.0 && now.kl > -1e-12, "{now:?}");
                        let allowed = 1e-12 * before.abs().max(1.0);
                        assert!(
                            now.kl < before + allowed,
                            "{landscape:?} {nx} × {ny} {r:?} dt {dt} step {step}: {before} → {}",
                            now.kl
                        );
                        before = now.kl;
                    }
                }
            }
        }
    }
    println!("largest distance of the mass from 1: {worst:.1e}");
    assert!(worst < 1e-12);
}

#[test]
fn reaction_alone_is_the_closed_form() {
    let grid = Grid::new(Rect::new(-2.4, 2.4, -4.0, 4.0), 70, 60);
    let landscape = double_well(5.0, 0.5);
    let start = grid.field(|p| density(round(-1.0, 0.3, 0.2, 0.5), p));
    let exact = FisherRao::new(&landscape, &start);
    let mut law = Continuum::new(&landscape, &start);
    for step in 1..=20 {
        law.step(rates(0.0, 1.5), 0.1);
        let amount = 0.15 * f64::from(step);
        let off = distance(law.mass(), &exact.mass(amount).values);
        // Each step rounds the logarithms, which are about 100 where there is mass to come, to 1e-16 of themselves.
        assert!(off < 1e-14 * f64::from(step), "{off:.1e}");
        let (found, expected) = (law.functionals(), exact.functionals(amount));
        assert!((found.kl - expected.kl).abs() < 1e-12 && (found.variance - expected.variance).abs() < 1e-11);
    }
    // Two modes that do not overlap exchange mass by the logistic law: what they share is below e^−45.
    let apart = grid.field(|p| {
        (-landscape.potential(p)).exp() * if p.x < 0.0 { 0.02 } else { 1.0 } // the shape of π, another share
    });
    let mut law = Continuum::new(&landscape, &apart);
    let target: f64 = law.target().chunks(grid.nx).flat_map(|row| &row[grid.nx / 2..]).sum();
    let modes = TwoModes {
        start: right(&law),
        target,
    };
    law.advance(rates(0.0, 1.0), 2.0, 0.1);
    assert!((right(&law) - modes.mass(2.0)).abs() < 1e-13);
}

#[test]
fn the_laws_that_hold_for_every_target_hold() {
    let beta = 0.7;
    for alpha in [0.0, 0.05, 1.0] {
        for mut law in [common(64), twisted(64)] {
            // KL(ρ|π), KL(π|ρ) and the lowest log(ρ/π).
            let measure = |law: &Continuum| {
                let (mut forth, mut back, mut lowest) = (0.0, 0.0, f64::INFINITY);
                for (r, p) in law.mass().iter().zip(law.target()) {
                    let l = (r / p).ln();
                    forth += r * l;
                    back -= p * l;
                    lowest = l.min(lowest);
                }
                [forth + back, back, forth, -lowest]
            };
            let [jeffreys, back, mut last, depth] = measure(&law);
            for step in 1..=60 {
                law.step(rates(alpha, beta), 0.05);
                let s = (-beta * 0.05 * f64::from(step)).exp();
                let [j, b, forth, m] = measure(&law);
                assert!(j <= s * jeffreys * (1.0 + 1e-12), "Jeffreys at step {step}");
                assert!(b <= s * back * (1.0 + 1e-12), "KL(π|ρ) at step {step}");
                assert!(m <= s * depth * (1.0 + 1e-12), "the lowest ratio at step {step}");
                assert!(forth < last, "KL(ρ|π) at step {step}");
                last = forth;
            }
        }
    }
}

#[test]
fn what_is_lost_is_what_dissipates() {
    for (name, problem) in PROBLEMS {
        let r = rates(0.8, 0.6);
        let error = |dt: f64| {
            let mut law = problem(64);
            law.advance(r, 0.3 - dt, 0.002);
            let before = law.functionals().kl;
            law.advance(r, dt, 0.002);
            let now = law.functionals().dissipation(r);
            law.advance(r, dt, 0.002);
            (before - law.functionals().kl) / (2.0 * dt) / now - 1.0
        };
        let [a, b] = [error(0.02), error(0.01)];
        println!(
            "{name}: relative errors of the central difference {a:.1e} {b:.1e}, ratio {:.3}",
            a / b
        );
        assert!((a / b - 4.0).abs() < 0.3 && b.abs() < 1e-2);
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut law = twisted(90);
            law.advance(rates(1.0, 0.5), 0.2, 0.01);
            let found = law.functionals();
            (law.mass().to_vec(), found, law.log_normaliser())
        })
    };
    let one = run(1);
    assert!(run(3) == one && run(4) == one);
}

#[test]
fn a_new_landscape_keeps_the_law() {
    let mut law = common(40);
    law.step(rates(1.0, 0.5), 0.1);
    let before = law.mass().to_vec();
    let other = double_well(2.0, 1.0);
    law.set_landscape(&other);
    assert_eq!(law.mass(), before);
    law.advance(rates(1.0, 1.0), 60.0, 0.5);
    assert!(distance(law.mass(), law.target()) < 1e-9);
    let total: f64 = law.target().iter().sum();
    assert!((total - 1.0).abs() < 1e-14);
    let area = law.grid().dx() * law.grid().dy();
    let integral: f64 = law.density().values.iter().map(|d| d * area).sum();
    assert!((integral - 1.0).abs() < 1e-13);
}

#[test]
fn starts_and_rates_may_be_absurd() {
    let grid = Grid::new(Rect::new(-2.0, 2.0, -3.0, 3.0), 20, 30);
    for scale in [1e-300, 1.0, 1e300] {
        let start = grid.field(|p| if p.x < 0.0 { scale } else { 0.0 });
        let law = Continuum::new(&double_well(5.0, 0.0), &start);
        assert!((right(&law)).abs() < 1e-280 && (law.mass()[0] - 1.0 / 300.0).abs() < 1e-15);
    }
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0] {
        let uniform = Continuum::new(&double_well(5.0, 0.0), &grid.field(|_| bad));
        assert!(uniform.mass().iter().all(|m| (m - 1.0 / 600.0).abs() < 1e-15));
    }
    for extreme in [1e4, 1e300] {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, extreme] {
            let mut law = common(20);
            law.set_growth(Growth::Given(
                law.grid().field(|p| if p.x > 2.0 { bad } else { extreme * p.x }),
            ));
            law.set_walk(Some(
                &law.grid().field(|p| if p.x > 2.0 { bad } else { extreme * p.x * p.x }),
            ));
            law.advance(rates(1.0, 1.0), 1.0, 0.1);
            let mass: f64 = law.mass().iter().sum();
            assert!(
                (mass - 1.0).abs() < 1e-12 && !law.log_normaliser().is_nan(),
                "{extreme} {bad}: {mass}"
            );
        }
    }
}
