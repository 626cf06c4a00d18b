//! A frame is the whole state.

use super::*;

#[test]
fn a_frame_is_the_whole_state_of_every_mechanism() {
    let estimators = [
        (Method::Grid, false, Bandwidth::Silverman(1.0)),
        (Method::Grid, true, Bandwidth::Fixed(0.2)),
        (Method::Exact, false, Bandwidth::Fixed(0.3)),
        (Method::Exact, true, Bandwidth::Silverman(0.8)),
        (Method::Transition, false, Bandwidth::Fixed(0.2)),
    ];
    for transport in Transport::ALL {
        for reaction in [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath] {
            for (i, (method, debiased, bandwidth)) in estimators.into_iter().enumerate() {
                if method == Method::Transition && transport != Transport::EulerMaruyama {
                    continue;
                }
                // Every scheme, order and splitting in turn, resampling now and then or always.
                let flows = Scheme::ALL.into_iter().enumerate().map(|(k, scheme)| Flow {
                    transport,
                    reaction,
                    resampling: Some(Resampling {
                        scheme,
                        order: Order::ALL[(i + k) % 2],
                        threshold: [0.97, 1.0, 0.5, 0.0][(i + k) % 4],
                    }),
                    splitting: if method == Method::Transition || k % 2 == 0 {
                        Splitting::TransportReaction
                    } else {
                        Splitting::Strang
                    },
                    rate: if k == 3 && i == 0 && transport.carries().is_none() {
                        Rate::Corrected(-0.5)
                    } else {
                        Rate::FisherRao
                    },
                    ..Flow::new(&format!("{transport:?} {reaction:?} {k}"), 1.0, 1.0)
                });
                let estimator = Estimator {
                    method,
                    debiased,
                    bandwidth,
                };
                let scenario = Scenario {
                    estimator,
                    title: format!("{transport:?} {reaction:?} {method:?}"),
                    ..busy(150, flows.collect())
                };
                scenario.check().unwrap();
                goes_on(&scenario, 5, 4);
            }
        }
    }
}

#[test]
fn a_frame_is_the_whole_state_of_every_preset() {
    for preset in presets() {
        let scenario = Scenario {
            particles: 1500,
            ..preset.scenario()
        };
        // The start is a state, too.
        goes_on(&scenario, 0, 3);
        goes_on(&scenario, 23, 7);
    }
}

#[test]
fn frames_that_cannot_be_are_refused() {
    let mut run = Simulation::new(busy(50, vec![Flow::wfr()]));
    advance(&mut run, 3);
    let value = ciborium::Value::serialized(&run.frame()).unwrap();
    let mut broken = 0;
    for (key, bad) in [
        ("clock", ciborium::Value::serialized(&(0.0, 9)).unwrap()),
        ("panels", ciborium::Value::Array(Vec::new())),
        (
            "start",
            ciborium::Value::serialized(&[vec![0.0; 5], vec![0.0; 5]]).unwrap(),
        ),
        (
            "start",
            ciborium::Value::serialized(&[vec![f64::NAN; 50], vec![0.0; 50]]).unwrap(),
        ),
        // More places than particles: then ancestors are counted beyond the last.
        (
            "start",
            ciborium::Value::serialized(&[vec![0.0; 51], vec![0.0; 51]]).unwrap(),
        ),
        ("something", ciborium::Value::Null),
    ] {
        let mut map = value.clone().into_map().unwrap();
        map.retain(|(k, _)| k.as_text() != Some(key));
        map.push((key.into(), bad));
        let error = ciborium::Value::Map(map).deserialized::<Frame>().unwrap_err();
        eprintln!("{key}: {error}");
        broken += 1;
    }
    assert_eq!(broken, 6);
    assert!(value.deserialized::<Frame>().is_ok());
}
