//! Targets in scenario files: what is written is read back, and what is wrong is said where it stands.

use proptest::prelude::*;
use ron::extensions::Extensions;

use super::*;
use crate::space::Symmetric;

fn ron() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES)
}

/// The message and the place (line, column) of what is wrong with a text.
fn error(text: &str) -> (String, (usize, usize)) {
    let error = ron().from_str::<Shape>(text).unwrap_err();
    (error.code.to_string(), (error.span.end.line, error.span.end.col))
}

#[test]
fn every_shape_is_read_back_as_it_was_written() {
    for shape in variants() {
        for text in [
            ron().to_string(&shape).unwrap(),
            ron()
                .to_string_pretty(&shape, ron::ser::PrettyConfig::default())
                .unwrap(),
        ] {
            let back: Shape = ron().from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(back, shape, "{text}");
            let p = shape.target().view().center();
            assert_eq!(back.target().energy(p), shape.target().energy(p), "{text}");
        }
    }
}

#[test]
fn numbers_that_are_not_given_have_their_defaults() {
    for shape in Shape::all()
        .into_iter()
        .filter(|s| !["Mixture", "Blend"].contains(&s.name()))
    {
        let back: Shape = ron().from_str(&format!("{}()", shape.name())).unwrap();
        assert_eq!(back, shape);
    }
    let well: Shape = ron().from_str("DoubleWell(barrier: 5)").unwrap();
    assert_eq!(
        well,
        Shape::DoubleWell(DoubleWell {
            barrier: 5.0,
            tilt: 0.0
        })
    );
}

#[test]
fn unknown_fields_are_named_where_they_stand() {
    for shape in Shape::all() {
        let (message, place) = error(&format!("{}(\n    wobble: 1,\n)", shape.name()));
        assert!(message.contains("wobble"), "{message}");
        assert_eq!(place.0, 2, "{}: {message} at {place:?}", shape.name());
    }
}

#[test]
fn numbers_out_of_range_are_refused_where_they_stand() {
    // The parameters of a formula stand in texts of their own, those of a blend in its law: tests/formula.rs, tests/mixture.rs.
    let apart = |s: &Shape| !["Formula", "Blend"].contains(&s.name());
    for mut shape in Shape::all().into_iter().filter(apart) {
        let name = shape.name();
        for (key, _, info) in params::list(shape.parameters()) {
            for bad in [info.min - 1.0, info.max + 1.0] {
                let (message, place) = error(&format!("{name}(\n  {key}: {bad:?})"));
                let expected = format!("from {} to {}", info.min, info.max);
                assert!(message.contains(&expected) && message.contains(&key), "{message}");
                assert_eq!(place.0, 2, "{name}: {message} at {place:?}");
            }
        }
    }
    assert!(error("WellGrid(count: 2.5)").0.contains("a whole number"));
    assert!(error("Ring(width: inf)").0.contains("expected a number"));
    assert!(error("Ring(width: NaN)").0.contains("expected a number"));
}

#[test]
fn mixtures_are_written_as_lists_of_components() {
    let text = "Mixture(components: [
        (weight: 1, mean: (0, 1), covariance: (1, 0.5, 2)),
        (weight: 3, mean: (-1, 0), covariance: (1, 0, 1)),
    ])";
    let Shape::Mixture(mixture) = ron().from_str(text).unwrap() else {
        panic!("not a mixture")
    };
    let expected = Component::new(1.0, Point::new(0.0, 1.0), Symmetric::new(1.0, 0.5, 2.0));
    assert_eq!(mixture.components()[0], expected);
    assert_eq!(mixture.components().len(), 2);
}

#[test]
fn errors_in_mixtures_stand_where_the_value_does() {
    let with = |component: &str| {
        error(&format!(
            "Mixture(components: [\n(weight: 1, mean: (0, 0), covariance: (1, 0, 1)),\n{component},\n])"
        ))
    };
    let cases = [
        (
            "(weight: 0, mean: (0, 0), covariance: (1, 0, 1))",
            "weight 0 is not possible",
            3..15,
        ),
        (
            "(weight: inf, mean: (0, 0), covariance: (1, 0, 1))",
            "weight inf",
            3..15,
        ),
        (
            "(weight: 1, mean: (0, NaN), covariance: (1, 0, 1))",
            "expected coordinates",
            12..30,
        ),
        (
            "(weight: 1, mean: (0, 0), covariance: (1, 2, 1))",
            "xx·yy > xy²",
            26..49,
        ),
        (
            "(weight: 1, mean: (0, 0), covariance: (1, 0, 1), colour: 1)",
            "colour",
            45..60,
        ),
        ("(weight: 1, mean: (0, 0))", "covariance", 1..30),
        ("(weight: 1, mean: (0, 0, 0), covariance: (1, 0, 1))", "", 12..30),
    ];
    for (component, expected, columns) in cases {
        let (message, (line, column)) = with(component);
        assert!(message.contains(expected), "{component}: {message}");
        assert!(
            line == 3 && columns.contains(&column),
            "{component}: {message} at {line}:{column}"
        );
    }
    assert!(error("Mixture(components: [])").0.contains("expected 1 to 64"));
    assert!(error("Mixture()").0.contains("components"));
    let many = "(weight: 1, mean: (0, 0), covariance: (1, 0, 1)),".repeat(1000);
    let (message, (_, column)) = error(&format!("Mixture(components: [{many}])"));
    assert!(message.contains("65 components"), "{message}");
    assert!(
        column < 66 * 50,
        "it stops at the first component too many, not at {column}"
    );
}

proptest! {
    #[test]
    fn any_mixture_is_read_back(parts in prop::collection::vec(
        (1e-3..1e3f64, (-1e3..1e3f64, -1e3..1e3f64), (1e-3..1e2f64, -0.99..0.99f64, 1e-3..1e2f64)), 1..8)
    ) {
        let component = |(w, m, (xx, r, yy)): (f64, (f64, f64), (f64, f64, f64))| {
            Component::new(w, m.into(), Symmetric::new(xx, r * (xx * yy).sqrt(), yy))
        };
        let shape = Shape::Mixture(Mixture::new(parts.into_iter().map(component).collect()).unwrap());
        let text = ron().to_string(&shape).unwrap();
        prop_assert_eq!(ron().from_str::<Shape>(&text).unwrap(), shape);
    }

    #[test]
    fn any_numbers_make_a_sound_mixture_or_a_sentence(
        w in any::<f64>(),
        m in (-1.2e6..1.2e6f64, -1.2e6..1.2e6f64),
        (a, r, b) in (-9.0..9.0f64, -1.1..1.1f64, -9.0..9.0f64),
    ) {
        let (xx, yy) = (10f64.powf(a), 10f64.powf(b));
        let s = (xx, r * (xx * yy).sqrt(), yy);
        let text = format!("Mixture(components: [(weight: {w:?}, mean: {m:?}, covariance: {s:?})])");
        match ron().from_str::<Shape>(&text) {
            Ok(shape) => {
                let far = shape.target().view().scaled(5.0);
                for p in [far.min, far.max, far.center()] {
                    prop_assert!(shape.target().energy(p).is_finite() && shape.target().gradient(p).is_finite());
                }
            }
            Err(e) => prop_assert!(e.code.to_string().contains("expected"), "{text}: {e}"),
        }
    }

    #[test]
    fn no_text_brings_the_reader_down(text in "(DoubleWell|Ring|Mixture|WellGrid)\\((barrier|components|radius|count): [-0-9a-z\\[\\](),.: ]{0,40}\\)") {
        let _ = ron().from_str::<Shape>(&text);
    }
}
