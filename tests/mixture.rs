//! Mixtures of diffusion models as scenarios: the target under noise, the run, its past, its reference, and what is refused.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

use std::io::Cursor;

use wfr_lab::flow::Flow;
use wfr_lab::reference::{ExactPanel, Reference};
use wfr_lab::reverse::{Densities, Drift, Reverse, Weights};
use wfr_lab::scenario::{Preset, Scenario};
use wfr_lab::score::{self, Directions, Divergence, Kind, Schedule};
use wfr_lab::share::{Session, ViewState};
use wfr_lab::sim::{Command, Dab, Frame, Simulation, Stroke};
use wfr_lab::space::{Point, Symmetric};
use wfr_lab::target::{Blend, Component, Mixture, Model, Scores, Shape};
use wfr_lab::timeline::{Journal, State, Timeline};

const LIMIT: f64 = 5.0;

/// Two models whose geometric mean is easily missed.
fn scenario(particles: usize, steps: usize) -> Scenario {
    let mut scenario = Preset::named("mixture").unwrap().scenario();
    // Without the panel of the networks, which are in tests/network.rs.
    scenario.panels.truncate(2);
    scenario.particles = particles;
    scenario.set_steps(steps);
    scenario
}

/// A component as a file gives it.
type Told = (f64, (f64, f64), (f64, f64, f64));

fn model(name: &str, components: &[Told]) -> Model {
    let component =
        |&(weight, (x, y), (xx, xy, yy)): &Told| Component::new(weight, Point::new(x, y), Symmetric::new(xx, xy, yy));
    Model {
        name: name.to_owned(),
        components: Mixture::new(components.iter().map(component).collect()).unwrap(),
        network: None,
    }
}

fn finish(run: &mut Simulation) {
    while !run.is_done() {
        run.step().unwrap();
        run.record();
    }
}

#[test]
fn the_mean_of_two_gaussians_is_a_gaussian_at_every_level_of_noise() {
    let models = vec![
        model("p", &[(1.0, (-1.0, 0.5), (0.3, 0.1, 0.5))]),
        model("q", &[(1.0, (0.8, -0.2), (0.2, -0.05, 0.4))]),
    ];
    let blend = Blend::new(models, score::Blend::of_two(0.0, 0.3), Schedule::Cosine).unwrap();
    for time in [0.0, 0.2, 0.7, 1.0] {
        let level = Schedule::Cosine.level(time);
        // Precisions add up: P = Σ wᵢ Sᵢ⁻¹, P m = Σ wᵢ Sᵢ⁻¹ mᵢ.
        let at = blend.at(time);
        let inverse = |s: Symmetric| {
            let determinant = s.xx * s.yy - s.xy * s.xy;
            [s.yy / determinant, -s.xy / determinant, s.xx / determinant]
        };
        let (mut precision, mut pull) = ([0.0; 3], [0.0; 2]);
        for (model, weight) in blend.models().iter().zip([0.7, 0.3]) {
            let c = model.components.components()[0];
            let a2 = level.signal * level.signal;
            let [a, b, d] = inverse(Symmetric::new(
                a2 * c.covariance.xx + level.variance,
                a2 * c.covariance.xy,
                a2 * c.covariance.yy + level.variance,
            ));
            for (sum, v) in precision.iter_mut().zip([a, b, d]) {
                *sum += weight * v;
            }
            let (mx, my) = (level.signal * c.mean.x, level.signal * c.mean.y);
            pull[0] += weight * (a * mx + b * my);
            pull[1] += weight * (b * mx + d * my);
        }
        let target = Shape::Blend(at);
        for p in [Point::new(0.1, 0.2), Point::new(-1.5, 1.0), Point::new(2.0, -0.7)] {
            let expected = Point::new(
                precision[0] * p.x + precision[1] * p.y - pull[0],
                precision[1] * p.x + precision[2] * p.y - pull[1],
            );
            let found = target.target().gradient(p);
            assert!(
                (found - expected).norm() < 1e-11,
                "{time} {p:?}: {found:?} {expected:?}"
            );
            let laplacian = target.target().laplacian(p);
            assert!(
                (laplacian - precision[0] - precision[2]).abs() < 1e-5,
                "{time}: {laplacian}"
            );
        }
    }
}

#[test]
fn a_scenario_runs_as_the_sampler_does_to_the_last_bit() {
    let mut scenario = scenario(3000, 40);
    let resampling = "(threshold: 0.95)";
    scenario.set("resampling", resampling).unwrap();
    scenario.panels = vec![
        Flow::reverse("exact", true),
        Flow::reverse("none", false),
        with(|m| m.weights = Weights::Rate, Flow::reverse("rate", true)),
        with(
            |m| m.densities = Densities::Stratonovich,
            Flow::reverse("tracked", true),
        ),
    ];
    let mut run = Simulation::new(scenario.clone());
    finish(&mut run);
    for panel in 0..4 {
        let sampler = scenario.sampler(panel).unwrap().unwrap();
        let mut alone = Reverse::new(sampler, 3000, scenario.seed).unwrap();
        alone.finish().unwrap();
        assert_eq!(alone.ensemble().positions(), run.ensemble(panel).positions());
        assert_eq!(alone.ensemble().weights(), run.ensemble(panel).weights());
        let observed = run.observe(panel);
        assert_eq!(observed.log_normaliser.to_bits(), alone.log_normaliser().to_bits());
        assert_eq!(observed.resamplings, alone.resamplings());
    }
    assert!(run.observe(0).resamplings > 0, "something was resampled");
    assert_eq!((run.time(), run.steps()), (1.0, 40));
    run.step().unwrap();
    assert_eq!(run.steps(), 40, "from the data there is no way on");
}

fn with(change: impl FnOnce(&mut wfr_lab::reverse::Method), mut flow: Flow) -> Flow {
    change(flow.reverse.as_mut().unwrap());
    flow
}

/// Everything that is remembered along the way, one panel for each.
fn varied() -> Vec<Flow> {
    let hutchinson = Divergence::Hutchinson {
        probes: 2,
        directions: Directions::Gaussian,
    };
    vec![
        Flow::reverse("exact", true),
        with(
            |m| {
                m.weights = Weights::Rate;
                m.densities = Densities::Ito;
                m.divergence = hutchinson;
                m.eta = 0.5;
                m.drift = Drift::Fixed(vec![0.5, 0.5]);
            },
            Flow::reverse("tracked and probed", true),
        ),
        with(
            |m| {
                m.drift = Drift::And;
                m.eta = 0.0;
                m.divergence = hutchinson;
            },
            Flow::reverse("and", false),
        ),
        with(|m| m.eta = 0.0, Flow::reverse("no noise", true)),
    ]
}

#[test]
fn any_step_is_reached_again_to_the_last_bit() {
    let written = |timeline: &Timeline| {
        let mut bytes = Vec::new();
        ciborium::into_writer(&timeline.simulation().frame(), &mut bytes).unwrap();
        bytes
    };
    let mut scenario = scenario(1500, 30);
    scenario.set("target.a", "0.5").unwrap();
    scenario.panels = varied();
    let mut timeline = Timeline::new(scenario);
    let mut past = vec![written(&timeline)];
    for _ in 0..30 {
        timeline.step().unwrap();
        past.push(written(&timeline));
    }
    for step in [7_u64, 29, 0, 18] {
        timeline.seek(step);
        assert!(written(&timeline) == past[step as usize], "step {step}");
    }
    // And from a file, which has the places and what was tracked but not what follows from them.
    let state: State = timeline.state();
    let bytes = Session::new(state, ViewState::default()).to_bytes().unwrap();
    let (read, damage) = Session::read(Cursor::new(bytes)).unwrap();
    assert!(damage.is_none(), "{damage:?}");
    let mut again = Timeline::resume(read.state().unwrap());
    assert!(written(&again) == past[18]);
    for (step, expected) in past.iter().enumerate().skip(19) {
        again.step().unwrap();
        assert!(written(&again) == *expected, "step {step} from a file");
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let mut scenario = scenario(9000, 12);
    scenario.panels = varied();
    scenario.set("target.a", "0.5").unwrap();
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut run = Simulation::new(scenario.clone());
            finish(&mut run);
            (0..4)
                .flat_map(|panel| {
                    let ensemble = run.ensemble(panel);
                    let values = ensemble.positions().into_iter().chain([ensemble.weights()]);
                    values.flatten().map(|v| v.to_bits()).collect::<Vec<u64>>()
                })
                .collect::<Vec<u64>>()
        })
    };
    assert!(bits(1) == bits(3));
}

/// Mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// log ∫ρ and the mass right of the axis at the data, by a sum over a fine grid: nothing of the program but log ρ.
fn quadrature(scenario: &Scenario) -> (f64, f64) {
    const CELLS: usize = 1200;
    const SIDE: f64 = 6.0;
    let cell = 2.0 * SIDE / CELLS as f64;
    let (mut all, mut right) = (0.0, 0.0);
    for j in 0..CELLS {
        for i in 0..CELLS {
            let p = Point::new(-SIDE + (i as f64 + 0.5) * cell, -SIDE + (j as f64 + 0.5) * cell);
            // √(p q), from the components as they stand in the file.
            let Shape::Blend(blend) = &scenario.target else {
                panic!()
            };
            let weights = &blend.law().weights;
            let mut log = 0.0;
            for (model, weight) in blend.models().iter().zip(weights) {
                let components = model.components.components();
                let total: f64 = components.iter().map(|c| c.weight).sum();
                let density: f64 = components
                    .iter()
                    .map(|c| {
                        let s = c.covariance;
                        let determinant = s.xx * s.yy - s.xy * s.xy;
                        let d = p - c.mean;
                        let form = (s.yy * d.x * d.x - 2.0 * s.xy * d.x * d.y + s.xx * d.y * d.y) / determinant;
                        c.weight / total * (-0.5 * form).exp() / (std::f64::consts::TAU * determinant.sqrt())
                    })
                    .sum();
                log += weight * density.ln();
            }
            all += log.exp() * cell * cell;
            if p.x > 0.0 {
                right += log.exp() * cell * cell;
            }
        }
    }
    (all.ln(), right / all)
}

#[test]
fn weights_reach_the_geometric_mean_and_scores_alone_miss_it() {
    let base = scenario(4000, 60);
    let (log_normaliser, right) = quadrature(&base);
    let runs: Vec<[(f64, f64); 2]> = (0..16)
        .map(|seed| {
            let mut run = Simulation::new(Scenario { seed, ..base.clone() });
            finish(&mut run);
            [0, 1].map(|panel| {
                let ensemble = run.ensemble(panel);
                let sides = ensemble.positions()[0].iter().zip(ensemble.weights());
                let mass = sides.filter(|(x, _)| **x > 0.0).map(|(_, w)| w).sum::<f64>();
                (mass, (ensemble.log_normaliser() - log_normaliser).exp())
            })
        })
        .collect();
    let z = |panel: usize, of: fn(&(f64, f64)) -> f64, expected: f64| {
        let values: Vec<f64> = runs.iter().map(|run| of(&run[panel])).collect();
        let (mean, error) = mean(&values);
        println!("panel {panel}: {mean:.4} ± {error:.4} for {expected:.4}");
        (mean - expected) / error
    };
    let [scores, weighted, normaliser] = [z(0, |v| v.0, right), z(1, |v| v.0, right), z(1, |v| v.1, 1.0)];
    println!("z: scores only {scores:.1}, weighted {weighted:.2}, normaliser {normaliser:.2}");
    assert!(weighted.abs() < LIMIT && normaliser.abs() < LIMIT);
    assert!(scores.abs() > 20.0, "the ablation shows nothing");
}

#[test]
fn the_reference_is_the_law_that_is_wanted_at_every_time() {
    let scenario = scenario(20_000, 50);
    let (log_normaliser, _) = quadrature(&scenario);
    let mut reference = Reference::new(&scenario);
    let mut run = Simulation::new(scenario.clone());
    for step in 0..=50 {
        if step > 0 {
            run.step().unwrap();
            run.record();
        }
        if step % 25 != 0 {
            continue;
        }
        reference.advance(run.time());
        let exact = reference.exact();
        let observed = run.observe(1);
        let ExactPanel::Solved(solution) = &exact.panels[1] else {
            panic!("there is a solution")
        };
        assert!(solution.now.functionals.kl.abs() < 1e-12);
        // Smoothed as the particles are, it is the target but for how its cells are binned.
        assert!(solution.now.observed.kl < 1e-5, "{step}: {}", solution.now.observed.kl);
        // The particles are that law but for what sampling adds: about the number of smoothing areas over 2 N.
        assert!(observed.kl < 0.01, "{step}: {}", observed.kl);
        assert!(
            step < 50 || run.observe(0).kl > 3.0 * observed.kl,
            "scores alone are as good"
        );
        if step == 50 {
            let found = solution.now.observed.log_normaliser;
            assert!((found - log_normaliser).abs() < 1e-6, "{found} {log_normaliser}");
            assert!((observed.log_normaliser - log_normaliser).abs() < 0.05);
        }
    }
    // Going back and looking again gives the same.
    let again = {
        let mut reference = Reference::new(&scenario);
        reference.advance(1.0);
        reference.exact()
    };
    let (ExactPanel::Solved(a), ExactPanel::Solved(b)) = (&again.panels[1], &reference.exact().panels[1]) else {
        panic!("there is a solution")
    };
    assert_eq!(a.now.observed.log_normaliser, b.now.observed.log_normaliser);
    assert!(a.density == b.density);
}

#[test]
fn what_should_fail_fails_and_the_figures_say_so() {
    let mut base = scenario(4000, 60);
    let dropped = Flow {
        scores: Scores::Dropped(1),
        ..Flow::reverse("a mode is missing", true)
    };
    let erring = Flow {
        scores: Scores::Erring { noise: 1.5, scale: 0.3 },
        ..with(|m| m.weights = Weights::Rate, Flow::reverse("erring", true))
    };
    base.panels = vec![
        Flow::reverse("right", true),
        with(|m| m.weights = Weights::Rate, dropped),
        erring,
    ];
    let mut run = Simulation::new(base.clone());
    finish(&mut run);
    let kl: Vec<f64> = (0..3).map(|panel| run.observe(panel).kl).collect();
    println!("KL {kl:?}");
    assert!(kl[1] > 5.0 * kl[0] && kl[2] > 5.0 * kl[0]);
    // A cube with next to no noise on the way: proposals collapse, and a few particles carry all.
    let mut cube = base;
    cube.set(
        "target",
        "Blend(models: [(name: \"p\", components: [(mean: (-1, 0), covariance: (0.1, 0, 0.1)), (mean: (1, 0), covariance: (0.2, 0, 0.1))])], law: (kind: Product, weights: [3]))",
    )
    .unwrap();
    cube.panels = vec![with(|m| m.eta = 0.1, Flow::reverse("p³", true))];
    cube.set("resampling.threshold", "0").unwrap();
    cube.check().unwrap();
    let mut run = Simulation::new(cube);
    finish(&mut run);
    let ess = run.observe(0).ess;
    println!("ESS {ess}");
    assert!(ess < 0.02 * 4000.0);
}

#[test]
fn edits_wait_for_the_next_start_and_what_cannot_be_is_refused() {
    let mut run = Simulation::new(scenario(500, 20));
    for _ in 0..5 {
        run.step().unwrap();
    }
    let mut edited = (**run.edited()).clone();
    edited.set("target.beta", "0.8").unwrap();
    edited.speed = 0.5;
    let before = run.ensemble(1).positions()[0].to_vec();
    assert!(run.apply(Command::Edit(Box::new(edited.clone()))));
    assert_eq!(run.ensemble(1).positions()[0], before);
    assert_eq!(run.scenario().speed, 0.5);
    assert!(run.scenario().needs_reset(run.edited()));
    run.step().unwrap();
    assert_ne!(run.ensemble(1).positions()[0], before, "it goes on");
    assert!(run.apply(Command::Reset));
    assert_eq!(run.scenario().target, edited.target);
    assert!(!run.scenario().needs_reset(run.edited()));
    // A scenario that cannot be leaves everything as it is.
    let mut wrong = edited.clone();
    wrong.panels[0].alpha = 0.5;
    assert!(!run.apply(Command::Edit(Box::new(wrong))));
    assert_eq!(run.edited().panels[0].alpha, 1.0);
    let brush = Dab {
        center: Point::default(),
        radius: 0.5,
        stroke: Stroke::Add(10),
    };
    assert!(!run.apply(Command::Brush(brush)));
    let refused = run.snapshot(&wfr_lab::snapshot::Probe::default()).refused.unwrap();
    assert!(refused.sentence.contains("brush is for flows"), "{}", refused.sentence);
}

#[test]
fn mistakes_are_named_with_their_place() {
    let text = Preset::named("mixture").unwrap().text;
    let wrong = |from: &str, to: &str, expected: &str| {
        assert!(text.contains(from), "{from}");
        let error = Scenario::from_ron(&text.replacen(from, to, 1), "file.ron").unwrap_err();
        let line = text[..text.find(from).unwrap()].lines().count();
        let said = error.to_string();
        assert!(said.contains(expected), "{said}");
        println!("{said}");
        // Where the mistake stands, or at the field that it makes impossible.
        assert!(error.line >= 1 && error.line <= text.lines().count(), "{said} ({line})");
    };
    wrong(
        "start: Noise",
        "start: Uniform((-1, 1), (-1, 1))",
        "begin in the noise: expected Noise",
    );
    wrong("dt: 0.005", "dt: 0.0052", "expected 1 divided by a whole number");
    wrong("weights: [0.5, 0.5]", "weights: [0.5]", "1 weights for 2 models");
    wrong("weights: [0.5, 0.5]", "weights: [0.5, 0.6]", "sum to 1.1");
    wrong("name: \"q\"", "name: \"p\"", "two models are called");
    wrong("seed: 1", "temperature: 2", "expected 1");
    wrong("seed: 1", "scouts: 0.1", "no scouts");
    wrong("reverse: ())", "reverse: (eta: -1))", "eta = -1");
    wrong(
        "alpha: 1, beta: 0, reverse: ()",
        "alpha: 1, beta: 0.3, reverse: ()",
        "beta 1 with weights or 0 without",
    );
    wrong(
        "beta: 0, reverse: ()",
        "beta: 0",
        "expected `reverse` in all or in none",
    );
    wrong(
        "beta: 1, reverse: ()",
        "beta: 1, reverse: (), scores: Dropped(7)",
        "cannot do without component 7",
    );
    wrong(
        "beta: 1, reverse: ()",
        "beta: 1, reverse: (drift: And)",
        "expected no weights",
    );
    wrong(
        "beta: 1, reverse: ()",
        "beta: 1, reverse: (), scores: Erring(noise: 9)",
        "noise = 9",
    );
}

#[test]
fn everything_of_a_mixture_is_set_by_name() {
    let mut scenario = scenario(100, 20);
    for (key, value, expected) in [
        ("target.beta", "7", "target.beta = 7 is not possible"),
        ("steps", "0", "steps = 0 is not possible"),
        ("steps", "2.5", "whole number"),
        ("eta", "-1", "eta = -1 is not possible"),
    ] {
        let error = scenario.set(key, value).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    scenario.set("target.beta", "1.5").unwrap();
    // Guidance is for the geometric mean only.
    let error = scenario.set("target.a", "1").unwrap_err().to_string();
    assert!(error.contains("target.a = 1 is not possible"), "{error}");
    scenario.set("target.beta", "0.25").unwrap();
    scenario.set("target.a", "1").unwrap();
    scenario.set("steps", "120").unwrap();
    scenario.set("With weights.eta", "2").unwrap();
    for (key, value) in [
        ("With weights.scores", "Erring(noise: 0.3)"),
        ("With weights.weights", "Rate"),
        ("panels.1.drift", "Fixed([0.5, 0.5])"),
        ("densities", "Stratonovich"),
        ("divergence", "Hutchinson(probes: 4, directions: Gaussian)"),
    ] {
        scenario.set(key, value).unwrap_or_else(|error| panic!("{error}"));
    }
    scenario.check().unwrap();
    let panel = &scenario.panels[1];
    assert_eq!(panel.scores, Scores::Erring { noise: 0.3, scale: 0.0 });
    let method = panel.reverse.as_ref().unwrap();
    assert_eq!(
        (method.weights, &method.drift),
        (Weights::Rate, &Drift::Fixed(vec![0.5, 0.5]))
    );
    let other = scenario.panels[0].reverse.as_ref().unwrap();
    assert_eq!(
        (method.densities, other.densities),
        (Densities::Stratonovich, Densities::Stratonovich)
    );
    assert!(matches!(other.divergence, Divergence::Hutchinson { probes: 4, .. }));
    for (key, value, expected) in [
        ("scores", "Erring(noise: 30)", "noise = 30 is not possible"),
        ("drift", "And(2)", "drift=And(2)"),
        ("weigths", "Rate", "did you mean `weights`?"),
    ] {
        let error = scenario.set(key, value).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let Shape::Blend(blend) = &scenario.target else {
        panic!()
    };
    assert_eq!(
        (blend.law().kind, &blend.law().weights[..]),
        (Kind::PowerMean(1.0), &[0.75, 0.25][..])
    );
    assert_eq!(
        (scenario.steps(), scenario.panels[1].reverse.as_ref().unwrap().eta),
        (120, 2.0)
    );
    assert_eq!(Scenario::from_ron(&scenario.to_ron(), "again").unwrap(), scenario);
}

#[test]
fn nothing_leads_beyond_the_data() {
    // A line or a file may ask for steps that there are not.
    let journal = |commands| Journal {
        scenario: scenario(200, 20).into(),
        commands,
    };
    let timeline = Timeline::replay(journal(Vec::new()), 400);
    assert_eq!((timeline.now().step, timeline.end().step), (20, 20));
    let mut other = Timeline::new(scenario(300, 10));
    other.recall(journal(Vec::new()), 400);
    while !other.seek_towards(400, 7) {}
    assert_eq!((other.now().step, other.end().step), (20, 20));
    // No state of a run is later than its end.
    let mut bytes = Vec::new();
    ciborium::into_writer(&timeline.simulation().frame(), &mut bytes).unwrap();
    let mut value: ciborium::Value = ciborium::from_reader(&bytes[..]).unwrap();
    let fields = value.as_map_mut().unwrap();
    let step = fields
        .iter_mut()
        .find(|(key, _)| key.as_text() == Some("step"))
        .unwrap();
    step.1 = 21.into();
    let mut late = Vec::new();
    ciborium::into_writer(&value, &mut late).unwrap();
    assert!(ciborium::from_reader::<Frame, _>(&bytes[..]).is_ok());
    let error = ciborium::from_reader::<Frame, _>(&late[..]).unwrap_err().to_string();
    assert!(error.contains("gone on after its end"), "{error}");
}

#[test]
fn steps_that_wait_for_a_reset_change_no_times() {
    let mut timeline = Timeline::new(scenario(200, 20));
    (0..5).for_each(|_| timeline.step().unwrap());
    let mut edited = (**timeline.simulation().edited()).clone();
    edited.set_steps(50);
    timeline.apply(Command::Edit(Box::new(edited)));
    (0..10).for_each(|_| timeline.step().unwrap());
    assert_eq!(timeline.now().time, 15.0 * timeline.simulation().scenario().dt);
    for step in [4_u64, 9, 15] {
        let time = step as f64 / 20.0;
        assert_eq!(timeline.step_at(time), step);
        timeline.seek(step);
        assert!((timeline.now().time - time).abs() < 1e-12);
    }
}
