//! Any scenario, any text, any change.

use proptest::prelude::*;
use wfr_lab::density::{Bandwidth, Estimator, Method};
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, Transport};
use wfr_lab::landscape::{Relief, Well};
use wfr_lab::resample::{Order, Resampling, Scheme};
use wfr_lab::scenario::{Blob, Disc, Pace, RADIUS, STRENGTH, Scenario, Start, presets};
use wfr_lab::space::{Point, Rect, Symmetric};
use wfr_lab::target::{Formula, Own, Shape};

use super::small;

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
    let disc = (
        point(),
        within(RADIUS.min, RADIUS.max),
        within(STRENGTH.min, STRENGTH.max),
    );
    let disc = disc.prop_map(|(center, radius, weight)| Disc { center, radius, weight });
    let interval = || (-9.0..9.0, 0.01..9.0).prop_map(|(from, length): (f64, f64)| (from, from + length));
    prop_oneof![
        blob().prop_map(Start::Gaussian),
        prop::collection::vec(blob(), 1..4).prop_map(Start::Mixture),
        (interval(), interval()).prop_map(|(x, y)| Start::Uniform(x, y)),
        prop::collection::vec(point(), 1..9).prop_map(Start::Points),
        prop::collection::vec(disc, 1..9).prop_map(Start::Painted),
    ]
}

fn estimator() -> impl Strategy<Value = Estimator> {
    let bandwidth = prop_oneof![
        within(0.005, 2.0).prop_map(Bandwidth::Fixed),
        within(0.05, 3.0).prop_map(Bandwidth::Silverman)
    ];
    let method = prop_oneof![Just(Method::Grid), Just(Method::Exact), Just(Method::Transition)];
    (bandwidth, method, any::<bool>()).prop_map(|(bandwidth, method, debiased)| Estimator {
        method,
        bandwidth,
        debiased,
    })
}

fn resampling() -> impl Strategy<Value = Resampling> {
    (
        prop::sample::select(&Scheme::ALL[..]),
        prop::sample::select(&Order::ALL[..]),
        within(0.0, 1.0),
    )
        .prop_map(|(scheme, order, threshold)| Resampling {
            scheme,
            order,
            threshold,
        })
}

fn flow() -> impl Strategy<Value = Flow> {
    let rate = prop_oneof![
        Just(Rate::FisherRao),
        (within(-9.0, 9.0), within(-9.0, 9.0)).prop_map(|(x, y)| Rate::Quadratic(x, y)),
        within(-0.95, 0.95).prop_map(Rate::Corrected)
    ];
    let reaction = prop_oneof![
        Just(Reaction::Weights),
        Just(Reaction::Jump),
        Just(Reaction::BirthDeath)
    ];
    let transport = prop_oneof![
        prop::sample::select(&Transport::ALL[..]),
        within(0.01, 100.0).prop_map(Transport::Underdamped)
    ];
    let splitting = prop_oneof![
        Just(Splitting::TransportReaction),
        Just(Splitting::ReactionTransport),
        Just(Splitting::Strang)
    ];
    let own = (prop::option::of(estimator()), prop::option::of(resampling()));
    let rates = (within(0.0, 4.0), within(0.0, 4.0));
    (rates, transport, rate, reaction, splitting, own).prop_map(
        |((alpha, beta), transport, rate, reaction, splitting, (estimator, resampling))| Flow {
            // A correction is not for particles with velocities.
            transport: match (transport, &rate) {
                (Transport::Underdamped(_), Rate::Corrected(_)) => Transport::Mala,
                _ => transport,
            },
            rate,
            reaction,
            splitting,
            estimator,
            resampling,
            ..Flow::new("", alpha, beta)
        },
    )
}

fn relief() -> impl Strategy<Value = Relief> {
    let pair = || (within(-20.0, 20.0), within(-20.0, 20.0)).prop_map(|(x, y)| Point::new(x, y));
    let widths = (within(0.02, 20.0), within(0.02, 20.0));
    let well =
        (pair(), within(-50.0, 50.0), widths, within(-180.0, 180.0)).prop_map(|(center, depth, widths, angle)| Well {
            center,
            depth,
            widths,
            angle,
        });
    (pair(), pair(), prop::collection::vec(well, 0..4)).prop_map(|(shift, tilt, wells)| Relief { shift, tilt, wells })
}

/// Every target with its defaults, and formulas with any parameters and view.
fn target() -> impl Strategy<Value = Shape> {
    let texts = [
        "x^2 + y^2",
        "a*x^2 +\n 3y",
        "c_1*gauss(x - α, y, 0.5) + r²",
        "a*sin(3x) + y^4",
    ];
    let own = (within(-5.0, 5.0), within(-9.0, -5.5), within(5.5, 1e7)).prop_map(|(value, min, max)| {
        ["a", "c_1", "α"]
            .map(|name| Own::read(&format!("{name} = {value:?} in [{min:?}, {max:?}]")).expect("a parameter"))
            .to_vec()
    });
    let corner = (-9.0..9.0, -9.0..9.0, 0.01..9.0, 0.01..9.0);
    let formula = (prop::sample::select(texts.to_vec()), own, corner).prop_filter_map(
        "not every text is a formula",
        |(text, own, (x, y, w, h)): (_, _, (f64, f64, f64, f64))| {
            Formula::new(text, own, Rect::new(x, x + w, y, y + h))
                .ok()
                .map(Shape::Formula)
        },
    );
    prop_oneof![prop::sample::select(Shape::all()), formula]
}

prop_compose! {
    fn scenario()(
        title in "\\PC*[a-z]\\PC*",
        description in any::<String>(),
        seed in any::<u64>(),
        particles in 10_usize..4_000_000,
        target in target(),
        (temperature, relief) in (within(0.05, 20.0), prop_oneof![Just(Relief::default()), relief()]),
        start in start(),
        scouts in within(0.0, 1.0),
        (dt, speed) in (within(1e-5, 0.5), within(0.01, 100.0)),
        (estimator, resampling) in (estimator(), resampling()),
        pace in prop_oneof![Just(Pace::Rates), Just(Pace::EqualDissipation)],
        view in prop::option::of(Just(((-1.5, 2.0), (0.1, 0.30000000000000004)))),
        mut panels in prop::collection::vec(flow(), 1..=4),
    ) -> Scenario {
        for (i, (panel, name)) in panels.iter_mut().zip(["WFR", "Fisher–Rao", "β = ½ \"x\"", "a\\b"]).enumerate() {
            panel.name = format!("{name}{i}");
        }
        let mut scenario = Scenario {
            version: 1, title, description, seed, particles, target, relief, temperature, start, scouts, dt, estimator, resampling,
            speed, pace, view, panels,
        };
        // Not every panel can use the mixture of transition densities.
        let shared = scenario.estimator;
        let misfit = |panel: &Flow| panel.suits(panel.estimator.unwrap_or(shared)).is_err();
        if scenario.panels.iter().any(|panel| panel.estimator.is_none() && misfit(panel)) {
            scenario.estimator.method = Method::Exact;
        }
        for estimator in scenario.panels.iter_mut().filter(|p| misfit(p)).filter_map(|p| p.estimator.as_mut()) {
            estimator.method = Method::Exact;
        }
        scenario
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
