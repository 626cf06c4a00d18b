//! Cost of drawing a frame on the interface thread, without rasterisation: layout, discs, textures, tessellation.
//!
//! `cargo bench --bench frame`. Three panels of 10² (the interface itself) and 10⁴ discs each, and of 10⁵ and 10⁶ particles as density pictures. The
//! run is played by hand, so that every frame has a new state to draw; its own cost is left out.

mod common;

use std::time::{Duration, Instant};

use common::scenario;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use eframe::egui;
use wfr_lab::app::{App, Drive, Options};
use wfr_lab::engine::{Control, Engine};
use wfr_lab::sim::Simulation;

fn frame(c: &mut Criterion) {
    let mut group = c.benchmark_group("frame of three panels");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    for n in [100, 10_000, 100_000, 1_000_000] {
        let scenario = scenario(n, 1.0, 0.5, 3);
        let ctx = egui::Context::default();
        // As in the window: the run, the exact solution and the lines drawn of it have threads of their own.
        let engine = Engine::spawn(Simulation::new(scenario.clone()), || {}).expect("a thread");
        let drive = Drive::from(engine);
        let mut app = App::new(&ctx, drive, scenario, Options::default());
        let (mut pass, mut step) = (0, 0);
        let mut draw = |app: &mut App| {
            pass += 1;
            let input = egui::RawInput {
                screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1400.0, 1000.0))),
                time: Some(f64::from(pass) / 60.0),
                ..Default::default()
            };
            let started = now();
            let mut output = ctx.run_ui(input, |ui| app.ui(ui));
            let primitives = ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
            let elapsed = started.elapsed();
            assert!(primitives.len() > 10);
            output.drop_without_applying_deltas();
            elapsed
        };
        for _ in 0..10 {
            draw(&mut app);
        }
        group.bench_function(BenchmarkId::from_parameter(n), |b| {
            b.iter_custom(|rounds| {
                let mut total = Duration::ZERO;
                for _ in 0..rounds {
                    step += 1;
                    app.drive().send(Control::Steps(1));
                    let there = |app: &mut App| app.drive().latest().is_some_and(|r| r.snapshot.step == step);
                    while !there(&mut app) {
                        std::thread::sleep(Duration::from_micros(50)); // the engine's work, not the interface's
                    }
                    total += draw(&mut app);
                }
                total
            });
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is what a clock is for")]
fn now() -> Instant {
    Instant::now()
}

criterion_group!(benches, frame);
criterion_main!(benches);
