//! Cost of the WFR equation on a grid.
//!
//! `cargo bench --bench grid`. The common problem on 256 × 256 cells: one step, and the whole solution to t = 5 in the largest steps
//! whose error stays below 2e-5; and one step for a target that is not separable.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wfr_lab::continuum::{Continuum, Rates};
use wfr_lab::landscape::Landscape;
use wfr_lab::space::{Grid, Point, Rect};
use wfr_lab::target::{DoubleWell, MullerBrown, Shape};

const RATES: Rates = Rates { alpha: 1.0, beta: 0.5 };

/// Cells along each axis.
const CELLS: usize = 256;

/// The largest step within 2e-5 of the exact masses.
const LARGEST: f64 = 1.0 / 7.0;

/// The common problem.
fn common() -> Continuum {
    let shape = Shape::DoubleWell(DoubleWell {
        barrier: 6.0,
        tilt: 0.0,
    });
    let rect = Rect::new(-2.56, 2.56, -5.12, 5.12);
    start(shape, rect, [(0.95, -1.0, -0.8), (0.05, 1.0, 0.8)], (0.15, 0.6))
}

/// A target that is not separable.
fn muller_brown() -> Continuum {
    let shape = Shape::MullerBrown(MullerBrown::default());
    let rect = shape.target().view();
    start(shape, rect, [(0.95, -0.6, 1.4), (0.05, 0.6, 0.0)], (0.15, 0.15))
}

/// Two blobs (weight, x, y) of these widths.
fn start(shape: Shape, rect: Rect, blobs: [(f64, f64, f64); 2], (sx, sy): (f64, f64)) -> Continuum {
    let landscape = Landscape::new(shape, 1.0);
    let blob = |p: Point, x: f64, y: f64| (-0.5 * (((p.x - x) / sx).powi(2) + ((p.y - y) / sy).powi(2))).exp();
    let density = |p: Point| blobs.iter().map(|&(w, x, y)| w * blob(p, x, y)).sum();
    Continuum::new(&landscape, &Grid::new(rect, CELLS, CELLS).field(density))
}

/// The mass on the right at t = 1, 2 and 5, in steps of this size; the worst error against the exact values.
fn solve(mut law: Continuum, dt: f64) -> f64 {
    let mut worst: f64 = 0.0;
    for (span, exact) in [(1.0, 0.155_156_5), (1.0, 0.270_145_5), (3.0, 0.448_916_2)] {
        law.advance(RATES, span, dt);
        let right: f64 = law.mass().chunks(CELLS).flat_map(|row| &row[CELLS / 2..]).sum();
        worst = worst.max((right - exact).abs());
    }
    worst
}

fn w3(c: &mut Criterion) {
    let mut group = c.benchmark_group("W3 grid 256 × 256");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    let cells = Throughput::Elements((CELLS * CELLS) as u64);
    for (dt, steps) in [(0.01, 500), (LARGEST, 35)] {
        let worst = solve(common(), dt);
        assert!(worst < 2e-5, "{worst:.1e} off with steps of {dt}");
        group.bench_function(format!("to t = 5 in {steps} steps"), |b| {
            b.iter_batched(
                common,
                |law| black_box(solve(law, dt)),
                criterion::BatchSize::LargeInput,
            );
        });
    }
    group.throughput(cells);
    for (name, mut law) in [("double well", common()), ("Müller–Brown", muller_brown())] {
        group.bench_function(format!("step, {name}"), |b| b.iter(|| law.step(RATES, 0.01)));
        let kl = law.functionals().kl;
        assert!(kl > -1e-12 && kl < 5.0, "{kl}");
    }
    let mut law = common();
    group.bench_function("transport", |b| {
        b.iter(|| law.step(Rates { alpha: 1.0, beta: 0.0 }, 0.01));
    });
    group.bench_function("reaction", |b| {
        b.iter(|| law.step(Rates { alpha: 0.0, beta: 0.5 }, 0.01));
    });
    group.bench_function("functionals", |b| b.iter(|| black_box(law.functionals())));
}

criterion_group!(benches, w3);
criterion_main!(benches);
