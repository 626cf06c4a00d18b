//! What it costs to change the landscape while a run goes on: a well that is dragged.
//!
//! `cargo bench --bench edit`. The default scenario, three panels, with one more well, which is somewhere else at every edit.

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::SIZES;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use wfr_lab::landscape::Well;
use wfr_lab::observe::Observer;
use wfr_lab::reference::{ExactPanel, Reference};
use wfr_lab::scenario::{Scenario, presets};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::space::Point;

/// A scenario with a well on a circle; every call moves it on.
fn dragged(scenario: &mut Scenario, turns: &mut u32) {
    *turns += 1;
    let angle = 0.1 * f64::from(*turns);
    scenario.relief.wells = vec![Well::at(Point::new(angle.cos(), angle.sin()))];
}

fn edit(c: &mut Criterion) {
    let mut group = c.benchmark_group("edit of the landscape");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    let mut turns = 0;
    for n in &SIZES[..2] {
        let mut scenario = Scenario {
            particles: *n,
            ..presets()[0].scenario()
        };
        let mut run = Simulation::new(scenario.clone());
        common::advance(&mut run, 20);
        group.bench_function(BenchmarkId::new("particles", n), |b| {
            b.iter(|| {
                dragged(&mut scenario, &mut turns);
                assert!(run.apply(Command::Edit(Box::new(scenario.clone()))));
            });
        });
    }
    for preset in ["double-well", "muller-brown"] {
        let mut scenario = presets()
            .iter()
            .find(|p| p.name == preset)
            .map_or_else(|| presets()[0].scenario(), |p| p.scenario());
        group.bench_function(BenchmarkId::new("observer", preset), |b| {
            b.iter(|| {
                dragged(&mut scenario, &mut turns);
                black_box(Observer::new(&scenario.landscape(), scenario.view()))
            });
        });
    }
    let mut scenario = presets()[0].scenario();
    let mut reference = Reference::new(&scenario);
    let mut time = 0.0;
    group.bench_function("exact solutions, and 0.01 of time", |b| {
        b.iter(|| {
            dragged(&mut scenario, &mut turns);
            reference.apply(&Command::Edit(Box::new(scenario.clone())), time);
            time += 0.01;
            reference.advance(time);
        });
    });
    assert!(matches!(reference.exact().panels[2], ExactPanel::Solved(_)));
    group.finish();
}

criterion_group!(benches, edit);
criterion_main!(benches);
