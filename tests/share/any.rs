//! Any run comes back.

use super::*;

/// Scenarios with numbers and lists of all kinds.
fn scenario() -> impl Strategy<Value = Scenario> {
    let numbers = (any::<u64>(), 100_usize..4_000_000, 0.05..20.0, 0.0..1.0, 1e-5..0.5);
    let start = prop_oneof![
        Just(None),
        prop::collection::vec((-9.0..9.0, -9.0..9.0), 1..6).prop_map(|points| {
            Some(Start::Points(
                points.into_iter().map(|(x, y)| Point::new(x, y)).collect(),
            ))
        }),
        (-9.0..0.0, 0.1..9.0).prop_map(|(a, b)| Some(Start::Uniform((a, b), (b, b + 1.0)))),
    ];
    let words = (
        "\\PC*[a-z]\\PC*",
        prop_oneof![Just(None), any::<String>().prop_map(Some)],
    );
    let flows = prop::collection::vec((0.0..4.0, 0.0..4.0), 1..=4);
    (0..presets().len(), numbers, start, words, flows).prop_map(
        |(preset, (seed, particles, temperature, scouts, dt), start, (title, description), flows)| {
            let mut scenario = presets()[preset].scenario();
            let reverse = scenario.is_reverse();
            scenario.start = start.filter(|_| !reverse).unwrap_or(scenario.start);
            if let Some(description) = description {
                (scenario.title, scenario.description) = (title, description);
            }
            let count = flows.len();
            if reverse {
                // Where panels come from the noise, there is no temperature and there are no scouts; η takes the place of α.
                scenario.panels = (0..count)
                    .map(|i| Flow::reverse(&format!("flow {i}"), flows[i].1 > 2.0))
                    .collect();
                for (panel, (eta, _)) in scenario.panels.iter_mut().zip(&flows) {
                    panel.reverse.as_mut().unwrap().eta = *eta;
                }
                scenario.set_steps((1.0 / dt) as usize);
                return Scenario {
                    seed,
                    particles,
                    ..scenario
                };
            }
            for (i, (alpha, beta)) in flows.into_iter().enumerate() {
                let flow = Flow::new(&format!("flow {i}"), alpha, beta);
                if i < scenario.panels.len() {
                    scenario.panels[i].alpha = alpha;
                } else {
                    scenario.panels.push(flow);
                }
            }
            scenario.panels.truncate(count);
            Scenario {
                seed,
                particles,
                temperature,
                scouts,
                dt,
                ..scenario
            }
        },
    )
}

fn journal() -> impl Strategy<Value = (Journal, u64)> {
    let commands = prop::collection::vec((0_u64..900, scenario()), 0..4);
    (scenario(), commands, 0_u64..9000).prop_map(|(scenario, commands, more)| {
        let (mut step, mut all) = (0, Vec::new());
        for (later, scenario) in commands {
            step += later;
            all.push((step, Command::Edit(Box::new(scenario)).into()));
        }
        let journal = Journal {
            scenario: scenario.into(),
            commands: all,
        };
        (journal, step + more)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn any_journal_comes_back_from_its_code((journal, step) in journal()) {
        let code = Code::new(journal, step);
        match code.write() {
            Ok(line) => prop_assert_eq!(Code::read(&line), Ok(code)),
            Err(error) => prop_assert!(matches!(error, CodeError::Long(_))),
        }
    }

    #[test]
    fn any_journal_comes_back_from_a_session((journal, step) in journal(), time in 0.0..1e6) {
        let session = Session {
            journal,
            step,
            time,
            frame: None,
            view: ViewState::default(),
            program: "any".to_owned(),
        };
        let bytes = session.to_bytes().unwrap();
        let (read, damage) = Session::read(Cursor::new(bytes)).unwrap();
        prop_assert_eq!(read, session);
        prop_assert_eq!(damage, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_of_codes_panic(text in any::<String>(), letters in "[A-Za-z0-9_-]{0,90}", inside in any::<Vec<u8>>()) {
        prop_assert!(Code::read(&text).is_err());
        let line = format!("wfr1:{letters}");
        prop_assert!(Code::read(&line).is_err());
        prop_assert!(Code::read(&sealed(&inside)).is_err());
    }

    #[test]
    fn nothing_sealed_makes_the_reader_of_codes_panic(
        step in any::<u64>(),
        key in prop::sample::select(&["seed", "target", "panels", "start", "particles", "dt", "view", "=", "n", "0", "title"][..]),
        value in prop::sample::select(&[
            "null", "-1", "1e999", "18446744073709551615", "[]", "{}", "{\"n\":99999}", "{\"n\":1e9}", "{\"7\":0}", "\"x\"",
            "{\"Gaussian\":null}", "{\"0\":{\"alpha\":null}}", "{\"0\":{\"alpha\":-0.0}}", "[[1,2],[3,4]]", "{\"=\":{\"=\":1}}",
        ][..]),
        command in prop::sample::select(&[
            "[0,\"Reset\"]", "[0,{\"Remove\":7}]", "[18446744073709551615,{\"e\":{}}]", "[1,{\"e\":{\"seed\":2}}]",
            "[0,{\"Brush\":{\"center\":[1e300,0],\"radius\":-1,\"stroke\":{\"Add\":4000000000}}}]", "[0,{\"e\":null}]", "[0,{\"e\":[]}]",
        ][..]),
    ) {
        let json = format!("{{\"v\":\"x\",\"n\":{step},\"s\":{{\"{key}\":{value}}},\"c\":[{command}]}}");
        let _ = Code::read(&sealed(json.as_bytes()));
    }

    #[test]
    fn no_bytes_make_the_reader_of_sessions_panic(bytes in any::<Vec<u8>>(), zip in any::<Vec<u8>>()) {
        prop_assert!(Session::read(Cursor::new(bytes)).is_err());
        prop_assert!(Session::read(Cursor::new([b"PK\x03\x04".to_vec(), zip].concat())).is_err());
    }
}
