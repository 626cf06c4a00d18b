//! W5: the geometric mixture of two exact score models in the plane (4 and 5 components), 500 reverse steps, systematic resampling below
//! half the particles. Figures are particle-steps per second.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use wfr_lab::reverse::{Method, Reverse, Sampler, Weights};
use wfr_lab::score::{Blend, Gaussian, Gaussians, Schedule, Score};

const STEPS: usize = 500;

fn models() -> Vec<Arc<dyn Score<2>>> {
    let around = |n: usize, radius: f64, turn: f64| {
        let component = |k: usize| {
            let angle = std::f64::consts::TAU * (k as f64 + turn) / n as f64;
            let mut gaussian = Gaussian::round(1.0 + k as f64, [radius * angle.cos(), radius * angle.sin()], 0.08);
            (gaussian.covariance[0][1], gaussian.covariance[1][0]) = (0.02, 0.02);
            gaussian
        };
        Arc::new(Gaussians::new((0..n).map(component).collect()).expect("a mixture")) as Arc<dyn Score<2>>
    };
    vec![around(4, 1.4, 0.0), around(5, 1.6, 0.4)]
}

fn run(particles: usize, weights: Weights) -> Reverse<2> {
    let sampler = Sampler {
        models: models(),
        blend: Blend::of_two(0.0, 0.5),
        method: Method {
            schedule: Schedule::Linear { from: 0.1, to: 20.0 },
            steps: STEPS,
            weights,
            ..Method::default()
        },
    };
    Reverse::new(sampler, particles, 1).expect("it can be sampled")
}

fn w5(c: &mut Criterion) {
    let mut group = c.benchmark_group("W5");
    group.sample_size(10).warm_up_time(Duration::from_secs(1));
    for particles in [10_000_usize, 100_000] {
        group.throughput(Throughput::Elements((particles * STEPS) as u64));
        for (name, weights) in [
            ("exact weights", Weights::Exact),
            ("rate", Weights::Rate),
            ("no weights", Weights::None),
        ] {
            group.bench_function(format!("{name}, {particles}"), |b| {
                b.iter_batched(
                    || run(particles, weights),
                    |mut run| {
                        run.finish().expect("weights are left");
                        black_box(run.log_normaliser())
                    },
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, w5);
criterion_main!(benches);
