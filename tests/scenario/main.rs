//! Scenario files: what is read, what is refused and where, what can be set by name.

mod any;
mod refused;
mod set;

use wfr_lab::density::{Bandwidth, Estimator};
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting};
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::scenario::{Preset, Scenario, Start, presets};
use wfr_lab::sim::Simulation;
use wfr_lab::space::Point;

/// The smallest file there is: everything else has a default.
const SMALL: &str = r#"(
    version: 1,
    title: "Small",
    target: DoubleWell(barrier: 5),
    start: Gaussian(mean: (-1, 0), covariance: (0.02, 0, 1)),
    panels: [
        (name: "A", alpha: 1, beta: 0),
        (name: "B", alpha: 1, beta: 1),
    ],
)
"#;

fn small() -> Scenario {
    Scenario::from_ron(SMALL, "small.ron").expect("the small file is good")
}

#[test]
fn every_preset_is_read_written_and_read_back() {
    assert!(presets().len() >= 11);
    assert_eq!(presets()[0].name, "double-well");
    for preset in presets() {
        let scenario = Scenario::from_ron(preset.text, preset.name).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(scenario, preset.scenario());
        let text = scenario.to_ron();
        assert_eq!(
            Scenario::from_ron(&text, "written").unwrap_or_else(|e| panic!("{e}\n{text}")),
            scenario
        );
        assert_eq!(Preset::named(preset.name), Some(preset));

        let sentences = scenario.description.matches(". ").count() + 1;
        assert!((2..=4).contains(&sentences), "{}: {sentences} sentences", preset.name);
        let fewest = if scenario.is_reverse() { 2 } else { 3 };
        assert!(
            scenario.particles == 10_000 && (fewest..=3).contains(&scenario.panels.len()),
            "{}",
            preset.name
        );
    }
}

#[test]
fn presets_have_different_names_and_titles() {
    for (i, preset) in presets().iter().enumerate() {
        for other in &presets()[..i] {
            assert_ne!(preset.name, other.name);
            assert_ne!(preset.scenario().title, other.scenario().title);
        }
    }
}

/// Euler's step is stable where dt times the curvature of V is below 2 and accurate where it is well below 1.
#[test]
fn presets_step_well_below_the_stiffness_where_particles_start() {
    for preset in presets() {
        let scenario = preset.scenario();
        let Start::Gaussian(blob) = scenario.start else {
            continue;
        };
        let gradient = |p: Point| scenario.target.target().gradient(p);
        let (e, m) = (1e-5, blob.mean);
        let xx = (gradient(m + Point::new(e, 0.0)).x - gradient(m + Point::new(-e, 0.0)).x) / (2.0 * e);
        let yy = (gradient(m + Point::new(0.0, e)).y - gradient(m + Point::new(0.0, -e)).y) / (2.0 * e);
        let stiffness = scenario.dt * xx.max(yy) / scenario.temperature;
        assert!(stiffness < 0.2, "{}: dt·curvature = {stiffness}", preset.name);
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let scenario = small();
    assert_eq!(scenario.description, "");
    assert_eq!(scenario.seed, 1);
    assert_eq!(scenario.particles, 10_000);
    assert_eq!(scenario.temperature, 1.0);
    assert_eq!(scenario.scouts, 0.0);
    assert_eq!(scenario.dt, 2e-3);
    assert_eq!(scenario.speed, 0.5);
    assert_eq!(scenario.view, None);
    assert_eq!(
        scenario.estimator,
        Estimator {
            bandwidth: Bandwidth::Fixed(0.08),
            ..Estimator::default()
        }
    );
    assert_eq!(
        scenario.resampling,
        Resampling {
            scheme: Scheme::Systematic,
            threshold: 0.5,
            ..Resampling::default()
        }
    );
    assert_eq!(scenario.panels[0], Flow::new("A", 1.0, 0.0));
    assert_eq!(scenario.panels[0].rate, Rate::FisherRao);
    assert_eq!(scenario.panels[0].reaction, Reaction::Weights);
    assert_eq!(scenario.panels[0].splitting, Splitting::TransportReaction);
}

#[test]
fn every_preset_runs() {
    for preset in presets() {
        let mut scenario = preset.scenario();
        scenario.particles = 1000;
        let names: Vec<String> = scenario.panels.iter().map(|panel| panel.name.clone()).collect();
        let mut simulation = Simulation::new(scenario);
        for _ in 0..30 {
            simulation.step().unwrap_or_else(|e| panic!("{}: {e}", preset.name));
        }
        for (panel, name) in names.iter().enumerate() {
            let now = simulation.observe(panel);
            assert!(
                now.mean.is_finite() && now.kl.is_finite(),
                "{}, {name}: {now:?}",
                preset.name
            );
            assert!(
                (now.basin_mass.iter().sum::<f64>() - 1.0).abs() < 1e-9,
                "{}, {name}",
                preset.name
            );
            assert_eq!(now.lost, 0, "{}, {name}", preset.name);
        }
    }
}
