//! What the past costs: a step with and without frames, a frame, and the way to another step.
//!
//! `cargo bench --bench past`. The default scenario, three panels, from t = 1. Prints how many frames fit, and their bytes.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::SIZES;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use wfr_lab::scenario::{Scenario, presets};
use wfr_lab::timeline::Timeline;

/// The default scenario after so many steps.
fn timeline(particles: usize, limit: usize, steps: usize) -> Timeline {
    let mut timeline = Timeline::new(Scenario {
        particles,
        ..presets()[0].scenario()
    });
    timeline.set_limit(limit);
    for _ in 0..steps {
        if let Err(error) = timeline.step() {
            panic!("{error}");
        }
    }
    timeline
}

fn past(c: &mut Criterion) {
    let mut group = c.benchmark_group("past");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n in SIZES {
        for (what, limit) in [
            ("step, no frames", 0),
            ("step, frames in 256 MiB", wfr_lab::timeline::LIMIT),
        ] {
            let mut run = timeline(n, limit, if n > 100_000 { 60 } else { 500 });
            group.bench_function(BenchmarkId::new(what, n), |b| b.iter(|| black_box(run.step())));
            let strip = run.strip();
            println!(
                "{n} particles, {what}: {} frames every {} of model time, {:.1} MiB",
                strip.frames.len(),
                strip.interval,
                strip.bytes as f64 / 1_048_576.0
            );
        }
        let run = timeline(n, wfr_lab::timeline::LIMIT, if n > 100_000 { 60 } else { 500 });
        group.bench_function(BenchmarkId::new("frame", n), |b| b.iter(|| run.simulation().frame()));
        let frame = run.simulation().frame();
        println!("{n} particles: {:.1} bytes each", frame.bytes() as f64 / (3 * n) as f64);
        let mut moving = timeline(n, wfr_lab::timeline::LIMIT, if n > 100_000 { 60 } else { 500 });
        group.bench_function(BenchmarkId::new("seek anywhere", n), |b| {
            let mut part = 0.0_f64;
            b.iter(|| {
                part = (part + 0.618_034) % 1.0;
                moving.seek((part * moving.end().step as f64) as u64);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, past);
criterion_main!(benches);
