//! Scenario files: what is read, what is refused and where, what can be set by name.

use proptest::prelude::*;
use wfr_lab::density::{Bandwidth, Estimator};
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting};
use wfr_lab::params;
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::scenario::{Blob, Preset, Scenario, SetError, Start, presets};
use wfr_lab::space::{Point, Symmetric};
use wfr_lab::target::Shape;

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
        assert!(
            scenario.particles == 10_000 && scenario.panels.len() == 3,
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
            bandwidth: Bandwidth::Fixed(0.08)
        }
    );
    assert_eq!(
        scenario.resampling,
        Resampling {
            scheme: Scheme::Systematic,
            threshold: 0.5
        }
    );
    assert_eq!(scenario.panels[0], Flow::new("A", 1.0, 0.0));
    assert_eq!(scenario.panels[0].rate, Rate::FisherRao);
    assert_eq!(scenario.panels[0].reaction, Reaction::Weights);
    assert_eq!(scenario.panels[0].splitting, Splitting::TransportReaction);
}

/// Replaces `from` by `to` in the small file and expects an error at the place where `at` begins, with all of `parts` in it.
#[track_caller]
fn refused(from: &str, to: &str, at: &str, parts: &[&str]) {
    assert!(SMALL.contains(from), "{from:?} is not in the file");
    let text = SMALL.replacen(from, to, 1);
    let byte = text.find(at).unwrap_or_else(|| panic!("{at:?} is not in the file"));
    let line = 1 + text[..byte].matches('\n').count();
    let column = 1 + text[..byte].chars().rev().take_while(|&c| c != '\n').count();
    let error = Scenario::from_ron(&text, "dir/bad.ron").expect_err("this should be refused");
    let message = error.to_string();
    eprintln!("{message}");
    assert!(
        message.starts_with(&format!("dir/bad.ron:{line}:{column}: ")),
        "expected {line}:{column} in {message:?}"
    );
    for part in parts {
        assert!(message.contains(part), "expected {part:?} in {message:?}");
    }
}

#[test]
fn syntax_errors_are_placed() {
    refused(
        "alpha: 1, beta: 0)",
        "alpha: 1 beta: 0)",
        "beta: 0",
        &["expected `,`", "found `beta`"],
    );
    refused("title: \"Small\"", "title \"Small\"", "\"Small\"", &["expected `:`"]);
    refused(
        "(-1, 0)",
        "(-1, 0]",
        "]",
        &["mean", "expected the closing `)`", "found `]`"],
    );
    refused(
        "(-1, 0)",
        "(-1, 0, 3)",
        "3)",
        &["expected the closing `)`", "mean", "`3`"],
    );
    refused("(-1, 0)", "(-1)", "(-1)", &["expected a group of 2 values, found 1"]);
    refused("\n)\n", "\n)\n more", "more", &["nothing more", "`more`"]);
    refused("\"Small\"", "\"Small", "\"Small", &["no closing `\"`"]);
    let error = Scenario::from_ron("(version: 1, title: \"A\",\n  target: DoubleWell(", "cut.ron").unwrap_err();
    assert_eq!((error.line, error.column), (2, 22));
    assert!(error.message.contains("ends here"), "{error}");
    assert_eq!(Scenario::from_ron("", "empty.ron").unwrap_err().line, 1);
}

#[test]
fn unknown_names_are_placed_and_the_known_ones_listed() {
    refused(
        "title:",
        "titel:",
        "titel",
        &["`titel`", "did you mean `title`?", "panels"],
    );
    refused(
        "covariance: (0.02",
        "covarience: (0.02",
        "covarience",
        &["did you mean `covariance`?", "mean"],
    );
    refused(
        "alpha: 1, beta: 1",
        "gamma: 1, alpha: 1, beta: 1",
        "gamma",
        &["`gamma`", "alpha", "beta"],
    );
    refused("barrier: 5", "barier: 5", "barier", &["`barier`", "barrier", "tilt"]);
    refused(
        "DoubleWell(",
        "DoubleWall(",
        "DoubleWall",
        &["did you mean `DoubleWell`?", "Ring"],
    );
    refused(
        "start: Gaussian(",
        "start: Gauss(",
        "Gauss(",
        &["did you mean `Gaussian`?", "Uniform"],
    );
    refused(
        "beta: 0)",
        "beta: 0, reaction: Jumps)",
        "Jumps",
        &["Weights", "BirthDeath"],
    );
    refused(
        "alpha: 1, beta: 0",
        "alpha: 1, beta: 0, beta: 1",
        "beta: 1",
        &["`beta`", "twice"],
    );
    refused(
        "(barrier: 5)",
        "(barrier: 5, barrier: 6)",
        "barrier: 6",
        &["`barrier`", "twice"],
    );
}

#[test]
fn missing_fields_are_placed_at_the_group_that_lacks_them() {
    refused("    title: \"Small\",\n", "", "(", &["`title` is missing"]);
    refused("mean: (-1, 0), ", "", "Gaussian(", &["`mean` is missing"]);
    refused(
        "(name: \"A\", alpha: 1, beta: 0)",
        "(name: \"A\", alpha: 1)",
        "(name: \"A\"",
        &["`beta` is missing"],
    );
}

#[test]
fn wrong_types_are_placed() {
    refused(
        "title: \"Small\"",
        "title: 5",
        "5,",
        &["title", "text in double quotes", "`5`"],
    );
    refused(
        "barrier: 5",
        "barrier: \"high\"",
        "\"high\"",
        &["barrier", "expected a number", "high"],
    );
    refused("version: 1", "version: 1, seed: -3", "-3", &["seed", "whole number"]);
    refused(
        "version: 1",
        "version: 1, seed: 1.5",
        "1.5",
        &["seed", "whole number", "`1.5`"],
    );
    refused(
        "version: 1",
        "version: 1, particles: many",
        "many",
        &["particles", "expected a number", "`many`"],
    );
    refused("[\n", "(\n", "(\n        (name", &["panels", "list in square brackets"]);
    refused(
        "DoubleWell(barrier: 5)",
        "DoubleWell",
        ",\n    start",
        &["target", "opening `(`"],
    );
    refused("DoubleWell(barrier: 5)", "7", "7", &["target", "a name", "`7`"]);
}

#[test]
fn impossible_values_are_placed_at_the_value() {
    refused("version: 1", "version: 2", "2", &["version 2", "expected 1"]);
    refused(
        "barrier: 5",
        "barrier: 5000, tilt: 0",
        "5000",
        &["barrier = 5000", "from 0.1 to 20"],
    );
    refused("barrier: 5", "barrier: NaN", "NaN", &["barrier = NaN"]);
    refused("barrier: 5", "barrier: inf", "inf", &["barrier = inf"]);
    refused("beta: 1)", "beta: -1)", "-1)", &["beta = -1", "from 0 to 4"]);
    refused(
        "version: 1",
        "version: 1, particles: 0",
        "0,",
        &["particles = 0", "whole number from 1"],
    );
    refused("version: 1", "version: 1, particles: 2.5", "2.5", &["particles = 2.5"]);
    refused("version: 1", "version: 1, dt: 0", "0,", &["dt = 0"]);
    refused("version: 1", "version: 1, scouts: 2", "2,", &["scouts = 2"]);
    refused("version: 1", "version: 1, speed: -1", "-1,", &["speed"]);
    refused("version: 1", "version: 1, temperature: 0", "0,", &["temperature"]);
    refused(
        "version: 1",
        "version: 1, seed: 99999999999999999999",
        "999",
        &["seed", "18446744073709551615"],
    );
    refused(
        "version: 1",
        "version: 1, resampling: (threshold: 1.5)",
        "1.5",
        &["threshold = 1.5"],
    );
    refused(
        "version: 1",
        "version: 1, estimator: (bandwidth: Fixed(0))",
        "0))",
        &["bandwidth", "0.005"],
    );
    refused(
        "version: 1",
        "version: 1, estimator: (bandwidth: Silverman(9))",
        "9))",
        &["factor"],
    );
    refused(
        "version: 1",
        "version: 1, view: ((2, -2), (0, 1))",
        "(2, -2)",
        &["(2, -2)", "smaller end first"],
    );
    refused(
        "version: 1",
        "version: 1, view: ((-2, 2), (1, 1))",
        "(1, 1)",
        &["smaller end first"],
    );
    refused("title: \"Small\"", "title: \" \"", "\" \"", &["empty"]);
    refused("(0.02, 0, 1)", "(0.02, 1, 1)", "(0.02, 1, 1)", &["covariance", "xx"]);
    refused("(0.02, 0, 1)", "(0.02, 0, NaN)", "(0.02, 0, NaN)", &["covariance"]);
    refused("mean: (-1, 0)", "mean: (-1, inf)", "(-1, inf)", &["mean (-1, inf)"]);
    refused("mean: (-1, 0)", "weight: 0, mean: (-1, 0)", "0, mean", &["weight"]);
}

#[test]
fn impossible_starts_and_panels_are_placed() {
    let gaussian = "Gaussian(mean: (-1, 0), covariance: (0.02, 0, 1))";
    refused(gaussian, "Mixture([])", "[]", &["list of 0", "1 to"]);
    refused(gaussian, "Points([])", "[]", &["list of 0"]);
    refused(gaussian, "Points([(0, 0), (NaN, 0)])", "NaN", &["coordinate = NaN"]);
    refused(gaussian, "Uniform((0, 1), (3, 2))", "(3, 2)", &["smaller end first"]);
    refused(
        gaussian,
        "Mixture([(mean: (0, 0), covariance: (1, 0, 1)), (mean: (0, 0), covariance: (1, 2, 1))])",
        "(1, 2, 1)",
        &["covariance"],
    );
    refused(
        "name: \"B\"",
        "name: \"A\"",
        "(name: \"A\", alpha: 1, beta: 1)",
        &["two panels", "\"A\""],
    );
    refused(
        "name: \"B\"",
        "name: \"\"",
        "(name: \"\"",
        &["name of the panel is empty"],
    );
    refused(
        "beta: 1),",
        "beta: 1, rate: Quadratic(inf, 1)),",
        "(name: \"B\"",
        &["curvature = inf"],
    );
    let panel = "        (name: \"A\", alpha: 1, beta: 0),\n";
    refused(
        panel,
        "(name: \"1\", alpha: 1, beta: 0),(name: \"2\", alpha: 1, beta: 0),(name: \"3\", alpha: 1, beta: 0),(name: \"4\", alpha: 1, beta: 0),",
        "(name: \"B\"",
        &["too many panels", "1 to 4"],
    );
    let both = &SMALL[SMALL.find("[\n").unwrap()..SMALL.find("],").unwrap()];
    refused(both, "[", "[]", &["no panels", "1 to 4"]);
}

#[test]
fn parts_that_do_not_fit_together_are_placed_at_the_field() {
    let gaussian = "Gaussian(mean: (-1, 0), covariance: (0.02, 0, 1))";
    let text = SMALL
        .replace(gaussian, "Points([(0, 0), (1, 0), (2, 0)])")
        .replace("version: 1,", "version: 1, particles: 2,");
    let error = Scenario::from_ron(&text, "few.ron").unwrap_err();
    assert_eq!((error.line, error.column), (5, 12));
    assert!(
        error.message.contains("3 places") && error.message.contains("particles is 2"),
        "{error}"
    );
}

/// One good value for everything that can be set.
const SAMPLES: [(&str, &str); 43] = [
    ("seed", "18446744073709551615"),
    ("particles", "1e5"),
    ("temperature", "0.5"),
    ("scouts", "0.1"),
    ("dt", "0.001"),
    ("speed", "2"),
    ("title", "Another title"),
    ("view", "((-2, 2), (-1, 1))"),
    ("start", "Uniform((-1, 1), (-1, 1))"),
    ("target", "Ring(radius: 2)"),
    ("target.barrier", "9"),
    ("target.tilt", "-0.5"),
    ("estimator", "Silverman(0.5)"),
    ("estimator.bandwidth", "0.1"),
    ("estimator.factor", "0.7"),
    ("resampling", "(scheme: Residual, threshold: 0.3)"),
    ("resampling.scheme", "Stratified"),
    ("resampling.threshold", "0.25"),
    ("alpha", "0.5"),
    ("beta", "2"),
    ("rate", "Quadratic(1, 0)"),
    ("reaction", "BirthDeath"),
    ("splitting", "Strang"),
    ("A.alpha", "0.5"),
    ("A.beta", "2"),
    ("A.rate", "Quadratic(1, 0)"),
    ("A.reaction", "BirthDeath"),
    ("A.splitting", "Strang"),
    ("A.estimator", "0.2"),
    ("A.estimator.bandwidth", "0.1"),
    ("A.estimator.factor", "0.7"),
    ("A.resampling", "(threshold: 0)"),
    ("A.resampling.scheme", "Multinomial"),
    ("A.resampling.threshold", "0"),
    ("A.name", "New name"),
    ("B.alpha", "0.5"),
    ("B.beta", "2"),
    ("B.rate", "Quadratic(1, 0)"),
    ("B.reaction", "BirthDeath"),
    ("B.splitting", "ReactionTransport"),
    ("B.estimator", "Fixed(0.2)"),
    ("B.resampling", "(threshold: 0)"),
    ("B.name", "New name"),
];

#[test]
fn every_listed_key_can_be_set_and_changes_something() {
    for (key, value) in SAMPLES {
        let mut scenario = small();
        scenario.set(key, value).unwrap_or_else(|e| panic!("{e}"));
        assert_ne!(scenario, small(), "{key}");
        assert_eq!(Scenario::from_ron(&scenario.to_ron(), key).unwrap(), scenario, "{key}");
    }
    for key in small().keys() {
        let sampled = SAMPLES
            .iter()
            .any(|(sample, _)| **sample == key.replacen("B.", "A.", 1));
        assert!(sampled, "{key} is listed, but not tried");
    }
}

#[test]
fn what_is_set_is_what_was_asked_for() {
    let mut s = Preset::named("double-well").unwrap().scenario();
    for (key, value) in [
        ("target.barrier", "9"),
        ("particles", "1e5"),
        ("alpha", "0.5"),
        ("WFR.beta", "2"),
        ("panels.0.beta", "0.25"),
        ("fisher-rao.beta", "3"),
        ("estimator", "0.1"),
        ("WFR.resampling.threshold", "1"),
        ("splitting", "TransportReaction"),
    ] {
        s.set(key, value).unwrap();
    }
    assert_eq!(s.particles, 100_000);
    assert_eq!(params::list(s.target.parameters())[0].1, 9.0);
    assert!(
        s.panels
            .iter()
            .all(|p| p.alpha == 0.5 && p.splitting == Splitting::TransportReaction)
    );
    assert_eq!([0, 1, 2].map(|i| s.panels[i].beta), [0.25, 3.0, 2.0]);
    assert_eq!(s.estimator.bandwidth, Bandwidth::Fixed(0.1));
    assert_eq!(
        s.panels[2].resampling,
        Some(Resampling {
            threshold: 1.0,
            ..Resampling::default()
        })
    );
    s.set("target", "Ring").unwrap();
    assert_eq!(s.target, Shape::all().into_iter().find(|t| t.name() == "Ring").unwrap());
    s.set("view", "None").unwrap();
    assert_eq!(s.view, None);
}

#[test]
fn what_cannot_be_set_changes_nothing_and_says_why() {
    for (key, value, parts) in [
        (
            "temprature",
            "1",
            &["`temprature`", "did you mean `temperature`?", "particles"][..],
        ),
        ("target.barier", "1", &["did you mean `target.barrier`?", "target.tilt"]),
        ("panels.7.beta", "1", &["panels.7.beta"]),
        ("WFR.gamma", "1", &["WFR.gamma", "PANEL.KEY"]),
        ("A.gamma", "1", &["A.beta"]),
        ("estimator.kernel", "1", &["estimator.bandwidth"]),
        ("resampling.treshold", "1", &["resampling.threshold"]),
        ("particles", "0", &["particles = 0", "from 1"]),
        ("particles", "many", &["particles=many", "expected a number"]),
        ("particles", "", &["expected a number"]),
        ("A.beta", "-1", &["A.beta = -1", "from 0 to 4"]),
        ("beta", "nan", &["beta = NaN"]),
        ("seed", "-1", &["seed=-1", "whole number"]),
        ("seed", "1.5", &["seed=1.5"]),
        (
            "resampling.scheme",
            "Stratifed",
            &["did you mean `Stratified`?", "Multinomial"],
        ),
        ("reaction", "Jumps", &["Weights", "BirthDeath"]),
        ("target", "Rung", &["did you mean `Ring`?", "Funnel"]),
        ("target", "Ring(radius: -1)", &["radius = -1"]),
        ("start", "Uniform((1, 0), (0, 1))", &["smaller end first"]),
        ("start", "", &["start="]),
        ("view", "((0, 1), (1, 0))", &["smaller end first"]),
        ("title", "", &["empty"]),
        ("A.name", "B", &["two panels"]),
        ("rate", "Quadratic(inf, 0)", &["curvature"]),
        ("", "", &["``"]),
    ] {
        let mut scenario = small();
        let error = scenario.set(key, value).expect_err(key);
        let message = error.to_string();
        eprintln!("{message}");
        for part in parts {
            assert!(message.contains(part), "expected {part:?} in {message:?}");
        }
        assert_eq!(scenario, small(), "{key}");
        assert!(matches!(
            error,
            SetError::Key { .. } | SetError::Range(_) | SetError::Value { .. }
        ));
    }
}

/// A number a file can hold, within bounds.
fn within(low: f64, high: f64) -> impl Strategy<Value = f64> {
    prop_oneof![Just(low), Just(high), low..=high]
}

fn start() -> impl Strategy<Value = Start> {
    let point = || (-9.0..9.0, -9.0..9.0).prop_map(|(x, y)| Point::new(x, y));
    let blob = || {
        (0.1..9.0, point(), 0.01..4.0, -0.9..0.9, 0.01..4.0).prop_map(
            |(weight, mean, xx, r, yy): (f64, _, f64, f64, f64)| Blob {
                weight,
                mean,
                covariance: Symmetric::new(xx, r * (xx * yy).sqrt(), yy),
            },
        )
    };
    let interval = || (-9.0..9.0, 0.01..9.0).prop_map(|(from, length): (f64, f64)| (from, from + length));
    prop_oneof![
        blob().prop_map(Start::Gaussian),
        prop::collection::vec(blob(), 1..4).prop_map(Start::Mixture),
        (interval(), interval()).prop_map(|(x, y)| Start::Uniform(x, y)),
        prop::collection::vec(point(), 1..9).prop_map(Start::Points),
    ]
}

fn estimator() -> impl Strategy<Value = Estimator> {
    let bandwidth = prop_oneof![
        within(0.005, 2.0).prop_map(Bandwidth::Fixed),
        within(0.05, 3.0).prop_map(Bandwidth::Silverman)
    ];
    bandwidth.prop_map(|bandwidth| Estimator { bandwidth })
}

fn resampling() -> impl Strategy<Value = Resampling> {
    (prop::sample::select(&Scheme::ALL[..]), within(0.0, 1.0))
        .prop_map(|(scheme, threshold)| Resampling { scheme, threshold })
}

fn flow() -> impl Strategy<Value = Flow> {
    let rate = prop_oneof![
        Just(Rate::FisherRao),
        (within(-9.0, 9.0), within(-9.0, 9.0)).prop_map(|(x, y)| Rate::Quadratic(x, y))
    ];
    let reaction = prop_oneof![Just(Reaction::Weights), Just(Reaction::BirthDeath)];
    let splitting = prop_oneof![
        Just(Splitting::TransportReaction),
        Just(Splitting::ReactionTransport),
        Just(Splitting::Strang)
    ];
    let own = (prop::option::of(estimator()), prop::option::of(resampling()));
    (within(0.0, 4.0), within(0.0, 4.0), rate, reaction, splitting, own).prop_map(
        |(alpha, beta, rate, reaction, splitting, (estimator, resampling))| Flow {
            rate,
            reaction,
            splitting,
            estimator,
            resampling,
            ..Flow::new("", alpha, beta)
        },
    )
}

prop_compose! {
    fn scenario()(
        title in "\\PC*[a-z]\\PC*",
        description in any::<String>(),
        seed in any::<u64>(),
        particles in 10_usize..4_000_000,
        target in prop::sample::select(Shape::all()),
        temperature in within(0.05, 20.0),
        start in start(),
        scouts in within(0.0, 1.0),
        (dt, speed) in (within(1e-5, 0.5), within(0.01, 100.0)),
        (estimator, resampling) in (estimator(), resampling()),
        view in prop::option::of(Just(((-1.5, 2.0), (0.1, 0.30000000000000004)))),
        mut panels in prop::collection::vec(flow(), 1..=4),
    ) -> Scenario {
        for (i, (panel, name)) in panels.iter_mut().zip(["WFR", "Fisher–Rao", "β = ½ \"x\"", "a\\b"]).enumerate() {
            panel.name = format!("{name}{i}");
        }
        Scenario {
            version: 1, title, description, seed, particles, target, temperature, start, scouts, dt, estimator, resampling,
            speed, view, panels,
        }
    }
}

proptest! {
    #[test]
    fn scenarios_are_written_and_read_back(scenario in scenario()) {
        let text = scenario.to_ron();
        let read = Scenario::from_ron(&text, "written");
        prop_assert_eq!(read.map_err(|e| format!("{e}\n{text}")), Ok(scenario));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), ron in "[()\\[\\]{}:,\"'/*a-z0-9.\\\\ \n#r-]{0,80}") {
        prop_assert!(Scenario::from_ron(&text, "any").is_err());
        prop_assert!(Scenario::from_ron(&ron, "any").is_err());
    }

    #[test]
    fn no_change_to_a_preset_makes_the_reader_panic(
        preset in prop::sample::select(presets()),
        cut in any::<prop::sample::Index>(),
        length in 0_usize..40,
        new in prop_oneof![Just(String::new()), "[()\\[\\]{}:,\"/*0-9.-]{1,4}", any::<String>()],
    ) {
        let mut characters: Vec<char> = preset.text.chars().collect();
        let from = cut.index(characters.len());
        let to = (from + length).min(characters.len());
        characters.splice(from..to, new.chars());
        let text: String = characters.into_iter().collect();
        if let Err(error) = Scenario::from_ron(&text, "changed") {
            let lines: Vec<&str> = text.split('\n').collect();
            prop_assert!((1..=lines.len()).contains(&error.line), "{}", error);
            prop_assert!(error.column >= 1 && error.column <= lines[error.line - 1].chars().count() + 1, "{}", error);
        }
    }

    #[test]
    fn no_key_or_value_makes_setting_panic(key in "\\PC{0,20}", value in any::<String>(), known in any::<prop::sample::Index>()) {
        let mut scenario = small();
        let _ = scenario.set(&key, &value);
        let known = known.get(&scenario.keys()).clone();
        let _ = scenario.set(&known, &value);
        prop_assert!(scenario.check().is_ok() || scenario.particles == 1);
    }
}
