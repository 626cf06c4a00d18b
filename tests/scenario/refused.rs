//! What a file must not say, and where the complaint points.

use wfr_lab::scenario::Scenario;

use super::SMALL;

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
        "beta: 0, transport: Malla)",
        "Malla",
        &["did you mean `Mala`?", "EulerMaruyama"],
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
        "beta: 0)",
        "beta: 0, transport: Underdamped(1000))",
        "1000",
        &["friction = 1000", "from 0.01 to 100"],
    );
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
    for short in ["(0, 1e-322)", "(999999.9999999999, 1000000)"] {
        let view = format!("version: 1, view: ({short}, (0, 1))");
        refused("version: 1", &view, short, &["length", "0.000001"]);
    }
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
    refused(
        "beta: 1),",
        "beta: 1, rate: Corrected(1.5)),",
        "1.5",
        &["theta = 1.5", "-0.95 to 0.95"],
    );
    refused(
        "beta: 1),",
        "beta: 1, rate: Corrected(0.5), transport: Underdamped(1)),",
        "(name: \"B\"",
        &["has velocities", "another transport"],
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

#[test]
fn a_transition_estimator_needs_a_flow_that_it_suits() {
    let own = "estimator: (method: Transition, bandwidth: Fixed(0.1)";
    for (panel, what) in [
        ("alpha: 0, beta: 1", "alpha above 0"),
        ("alpha: 1, beta: 1, splitting: Strang", "splitting: TransportReaction"),
        (
            "alpha: 1, beta: 1, splitting: ReactionTransport",
            "splitting: TransportReaction",
        ),
        ("alpha: 1, beta: 1, transport: Mala", "transport: EulerMaruyama"),
    ] {
        // In the panel it stands in the panel, and so does the complaint.
        let to = format!("name: \"B\", {panel}, {own})");
        refused(
            "name: \"B\", alpha: 1, beta: 1",
            &to,
            "(name: \"B\"",
            &["Transition", "\"B\"", what],
        );
        // For all panels it stands at the top, and the complaint tells the panel.
        let text = SMALL
            .replace("version: 1,", &format!("version: 1, {own}),"))
            .replace("alpha: 1, beta: 1", panel);
        let error = Scenario::from_ron(&text, "bad.ron").unwrap_err();
        assert_eq!((error.line, error.column), (2, 28), "{error}");
        assert!(
            error.message.contains(what) && error.message.contains("\"B\""),
            "{error}"
        );
    }
    let debiased = format!("alpha: 1, beta: 1, {own}, debiased: true)");
    refused("alpha: 1, beta: 1", &debiased, "(name: \"B\"", &["debiased: false"]);
    // Without a reaction, or with a given rate, there is nothing to estimate.
    let rate = format!("alpha: 0, beta: 1, rate: Quadratic(1, 1), {own})");
    assert!(Scenario::from_ron(&SMALL.replace("alpha: 1, beta: 1", &rate), "good.ron").is_ok());
    let text = SMALL.replace("version: 1,", &format!("version: 1, {own}),"));
    let text = text.replace("alpha: 1, beta: 0", "alpha: 0, beta: 0");
    assert!(Scenario::from_ron(&text, "good.ron").is_ok());
    refused(
        "version: 1",
        "version: 1, estimator: (method: Exakt, bandwidth: Fixed(0.1))",
        "Exakt",
        &["`Exact`", "Grid"],
    );
    refused(
        "version: 1",
        "version: 1, estimator: (debiased: 1, bandwidth: Fixed(0.1))",
        "1, bandwidth",
        &["debiased"],
    );
}
