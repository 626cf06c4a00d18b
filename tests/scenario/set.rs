//! Changing one thing by its name.

use wfr_lab::density::Bandwidth;
use wfr_lab::flow::{Rate, Splitting, Transport};
use wfr_lab::params;
use wfr_lab::resample::Resampling;
use wfr_lab::scenario::{Preset, Scenario, SetError};
use wfr_lab::target::Shape;

use super::small;

/// One good value for everything that can be set.
const SAMPLES: [(&str, &str); 59] = [
    ("seed", "18446744073709551615"),
    ("particles", "1e5"),
    ("temperature", "0.5"),
    ("scouts", "0.1"),
    ("dt", "0.001"),
    ("speed", "2"),
    ("title", "Another title"),
    ("pace", "EqualDissipation"),
    ("view", "((-2, 2), (-1, 1))"),
    ("start", "Uniform((-1, 1), (-1, 1))"),
    ("target", "Ring(radius: 2)"),
    ("target.barrier", "9"),
    ("target.tilt", "-0.5"),
    ("estimator", "Silverman(0.5)"),
    ("estimator.bandwidth", "0.1"),
    ("estimator.factor", "0.7"),
    ("estimator.method", "Transition"),
    ("estimator.debiased", "true"),
    ("resampling", "(scheme: Residual, threshold: 0.3)"),
    ("resampling.scheme", "Stratified"),
    ("resampling.order", "Slots"),
    ("resampling.threshold", "0.25"),
    ("alpha", "0.5"),
    ("beta", "2"),
    ("transport", "Underdamped(2)"),
    ("rate", "Quadratic(1, 0)"),
    ("reaction", "BirthDeath"),
    ("splitting", "Strang"),
    ("A.alpha", "0.5"),
    ("A.beta", "2"),
    ("A.transport", "LeimkuhlerMatthews"),
    ("A.rate", "Quadratic(1, 0)"),
    ("A.rate", "Corrected(-0.5)"),
    ("A.reaction", "BirthDeath"),
    ("A.splitting", "Strang"),
    ("A.estimator", "0.2"),
    ("A.estimator.bandwidth", "0.1"),
    ("A.estimator.factor", "0.7"),
    ("A.estimator.method", "Exact"),
    ("A.estimator.debiased", "true"),
    ("A.resampling", "(threshold: 0)"),
    ("A.resampling.scheme", "Multinomial"),
    ("A.resampling.order", "Slots"),
    ("A.resampling.threshold", "0"),
    ("relief", "(tilt: (1, 0))"),
    ("relief.shift", "(0.5, 0)"),
    ("relief.tilt", "(0, -1)"),
    ("relief.wells", "[(center: (0, 1), depth: 3)]"),
    ("A.name", "New name"),
    ("B.alpha", "0.5"),
    ("B.beta", "2"),
    ("B.transport", "Mala"),
    ("B.rate", "Quadratic(1, 0)"),
    ("B.reaction", "BirthDeath"),
    ("B.splitting", "ReactionTransport"),
    ("B.estimator", "(method: Transition, bandwidth: Fixed(0.2))"),
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
fn friction_is_set_where_there_is_some() {
    let mut s = small();
    assert!(!s.keys().iter().any(|key| key.contains("friction")));
    let before = s.clone();
    for key in ["friction", "A.friction"] {
        let error = s.set(key, "2").expect_err(key).to_string();
        assert!(
            error.contains(&format!("`{key}`")) && error.contains("transport=Underdamped"),
            "{error}"
        );
    }
    assert_eq!(s, before);
    s.set("B.transport", "Underdamped(2)").unwrap();
    assert_eq!(s.panels[1].transport, Transport::Underdamped(2.0));
    for key in ["friction", "B.friction"] {
        assert!(s.keys().iter().any(|known| known == key));
    }
    s.set("friction", "3").unwrap();
    assert_eq!(s.panels[1].transport, Transport::Underdamped(3.0));
    assert_eq!(s.panels[0], before.panels[0]);
    s.set("B.friction", "0.25").unwrap();
    assert_eq!(s.panels[1].transport, Transport::Underdamped(0.25));
    for (key, value, part) in [
        (
            "friction",
            "0",
            "friction = 0 is not possible: expected a number from 0.01 to 100",
        ),
        ("B.friction", "101", "B.friction = 101"),
        ("transport", "Underdamped(0)", "friction = 0"),
        ("transport", "Underdamped", "Underdamped"),
        ("transport", "Euler", "EulerMaruyama"),
    ] {
        let error = s.set(key, value).expect_err(key).to_string();
        assert!(error.contains(part), "{error}");
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
    s.set("WFR.rate", "Corrected(0.5)").unwrap();
    assert!(s.keys().contains(&"WFR.theta".to_owned()) && !s.keys().contains(&"Langevin.theta".to_owned()));
    s.set("WFR.theta", "-0.3").unwrap();
    assert_eq!(s.panels[2].rate, Rate::Corrected(-0.3));
    assert!(s.set("Langevin.theta", "-0.3").is_err());
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
        (
            "start",
            "Painted([(0, 0, 0, 1)])",
            &["radius = 0", "from 0.000001 to 1000000"],
        ),
        ("start", "Painted([(0, 0, 1, -1)])", &["weight = -1"]),
        ("start", "Painted([(0, 1e7, 1, 1)])", &["coordinate = 10000000"]),
        ("start", "Painted([(0, 1, 1)])", &["a group of 4 values, found 3"]),
        (
            "start",
            "Painted([])",
            &["a list of 0 is not possible: expected 1 to 4000"],
        ),
        ("start", "", &["start="]),
        ("view", "((0, 1), (1, 0))", &["smaller end first"]),
        ("title", "", &["empty"]),
        ("pace", "Equal", &["Rates", "EqualDissipation"]),
        ("A.name", "B", &["two panels"]),
        ("rate", "Quadratic(inf, 0)", &["curvature"]),
        ("rate", "Corrected(-1)", &["theta = -1", "-0.95 to 0.95"]),
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
