//! Runs that leave the program and come back: the same to the last bit, or a sentence.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

#[path = "common/program.rs"]
mod program;

use program::{Folder, complaint, printed};
use proptest::prelude::*;
use wfr_lab::flow::Flow;
use wfr_lab::scenario::{Scenario, Start, presets};
use wfr_lab::share::{Code, CodeError, LONGEST, Session, SessionError, ViewState};
use wfr_lab::sim::{Command, Dab, Stroke};
use wfr_lab::space::Point;
use wfr_lab::timeline::{Journal, Timeline};

/// A preset with few particles.
fn small(preset: usize) -> Scenario {
    let mut scenario = presets()[preset].scenario();
    scenario.particles = 200;
    scenario
}

/// A run with a past: steps, edits, steps.
fn lived() -> Timeline {
    let mut run = Timeline::new(small(0));
    for barrier in ["9", "6.5", "8"] {
        steps(&mut run, 12);
        edit(&mut run, "target.barrier", barrier);
    }
    edit(&mut run, "WFR.transport", "Mala");
    steps(&mut run, 9);
    run
}

fn steps(run: &mut Timeline, n: usize) {
    for _ in 0..n {
        run.step().unwrap();
    }
}

fn edit(run: &mut Timeline, key: &str, value: &str) {
    let mut scenario = (**run.simulation().edited()).clone();
    scenario.set(key, value).unwrap();
    run.apply(Command::Edit(Box::new(scenario)));
}

fn session() -> Session {
    let mut view = ViewState::default();
    view.switches.insert("arcs".to_owned(), false);
    view.camera = Some((0.25, -1.5, 130.0));
    Session::new(lived().state(), view)
}

#[test]
fn a_session_comes_back_to_the_bit_and_goes_on_as_if_it_had_never_stopped() {
    let (mut run, session) = (lived(), session());
    let bytes = session.to_bytes().unwrap();
    println!("{} bytes for 3 panels of 200 particles", bytes.len());
    let (read, damage) = Session::read(Cursor::new(&bytes)).unwrap();
    assert_eq!(damage, None);
    assert_eq!(read, session);
    let mut again = Timeline::resume(read.state().unwrap());
    steps(&mut run, 30);
    steps(&mut again, 30);
    assert_eq!(again.state(), run.state());
}

#[test]
fn a_code_reopens_exactly_this_run() {
    let run = lived();
    let state = run.state();
    let code = Code::new(state.journal.clone(), state.frame.step());
    let line = code.write().unwrap();
    println!("{} characters: {line}", line.len());
    let read = Code::read(&line).unwrap();
    assert_eq!(read, code);
    let again = Timeline::replay(read.journal, read.step);
    assert_eq!(again.state(), state);
}

#[test]
fn every_preset_has_a_short_code() {
    for preset in presets() {
        let code = Code::new(Journal::new(preset.scenario()), 5000);
        let line = code.write().unwrap();
        assert_eq!(Code::read(&line), Ok(code), "{}", preset.name);
        println!("{:20} {} characters", preset.name, line.len());
        assert!(line.len() < 600, "{}: {}", preset.name, line.len());
    }
}

#[test]
fn codes_survive_what_mail_does_to_them() {
    let code = Code::new(Journal::new(small(2)), 7);
    let line = code.write().unwrap();
    let folded: String = line
        .as_bytes()
        .chunks(40)
        .map(|c| format!("  {}\r\n", str::from_utf8(c).unwrap()))
        .collect();
    assert_eq!(Code::read(&folded), Ok(code));
    assert!(Code::looks_like_one(&folded));
}

#[test]
fn what_is_no_code_is_said_to_be_none() {
    assert_eq!(Code::read("double-well"), Err(CodeError::Foreign));
    assert_eq!(Code::read(""), Err(CodeError::Foreign));
    assert_eq!(Code::read("wfr2:abc"), Err(CodeError::Newer("wfr2".to_owned())));
    assert_eq!(Code::read("wfr1:"), Err(CodeError::Damaged));
    let line = Code::new(Journal::new(small(0)), 7).write().unwrap();
    for cut in 5..line.len() {
        assert_eq!(Code::read(&line[..cut]), Err(CodeError::Damaged), "cut at {cut}");
    }
}

#[test]
fn a_start_from_many_points_needs_a_session() {
    let mut scenario = small(0);
    scenario.particles = 5000;
    let point = |i: i32| Point::new(f64::from(i).sqrt().sin(), f64::from(i).sqrt().cos());
    scenario.start = Start::Points((0..4000).map(point).collect());
    let error = Code::new(Journal::new(scenario), 0).write().unwrap_err();
    assert!(matches!(error, CodeError::Long(n) if n > LONGEST));
    assert!(error.to_string().ends_with("save a session instead"), "{error}");
}

#[test]
fn impossible_journals_are_refused() {
    let refused = |commands: Vec<(u64, Command)>, step, part: &str| {
        let commands = commands.into_iter().map(|(at, c)| (at, c.into())).collect();
        let journal = Journal {
            scenario: small(0).into(),
            commands,
        };
        let line = Code::new(journal, step).write().unwrap();
        let error = Code::read(&line).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    refused(vec![], u64::MAX, "expected at most");
    refused(vec![(9, Command::Duplicate(0))], 8, "after step");
    refused(vec![(1, Command::Duplicate(3))], 8, "panel 4 of 3");
    refused(
        vec![(1, Command::Duplicate(0)), (1, Command::Duplicate(0))],
        8,
        "panel 1 of 4",
    );
    refused(vec![(1, Command::Remove(0)); 3], 8, "panel 1 of 1");
    refused(vec![(1, Command::Reset)], 8, "a new start");
    let mut bad = small(0);
    bad.start = Start::Points(vec![Point::new(0.0, 0.0); 300]);
    refused(vec![(1, Command::Edit(Box::new(bad)))], 8, "the start has 300 places");
}

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
            scenario.start = start.unwrap_or(scenario.start);
            if let Some(description) = description {
                (scenario.title, scenario.description) = (title, description);
            }
            let count = flows.len();
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

/// Something that a code can say, with the right sum: what is behind it is tested as well.
fn sealed(json: &[u8]) -> String {
    use base64::Engine as _;
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(json).unwrap();
    let packed = packed.finish().unwrap();
    let mut bytes = crc32fast::hash(&packed).to_le_bytes().to_vec();
    bytes.extend(packed);
    format!(
        "wfr1:{}",
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    )
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

#[test]
fn a_code_that_unpacks_to_gigabytes_is_refused() {
    let zeros = vec![b' '; 64 << 20];
    assert_eq!(Code::read(&sealed(&zeros)), Err(CodeError::Damaged));
    // A short edit stands for a whole scenario, however long its description is.
    let (long, edits) = ("a".repeat(100_000), "[0,{\"e\":{}}],".repeat(100_000));
    let json = format!("{{\"v\":\"x\",\"s\":{{\"description\":\"{long}\"}},\"c\":[{edits}[1,{{\"e\":{{}}}}]]}}");
    let refused = Code::read(&sealed(json.as_bytes())).unwrap_err();
    assert!(refused.to_string().contains("room"), "{refused}");
}

#[test]
fn the_state_of_another_run_is_not_taken_for_this_one() {
    let mut mixed = session();
    mixed.journal = Journal::new(small(1));
    mixed.time = mixed.frame.as_ref().unwrap().time();
    let (read, damage) = Session::read(Cursor::new(mixed.to_bytes().unwrap())).unwrap();
    assert_eq!(damage.as_deref(), Some("its state is that of another run"));
    assert!(read.frame.is_none());
}

#[test]
fn any_touch_of_the_brush_comes_back() {
    let mut run = Timeline::new(small(0));
    run.apply(Command::Brush(Dab {
        center: Point::new(0.0, 0.0),
        radius: 0.3,
        stroke: Stroke::Add(1_500_000),
    }));
    let code = Code::new(run.journal(), 0);
    assert_eq!(Code::read(&code.write().unwrap()), Ok(code));
}

#[test]
fn cut_anywhere_a_session_is_refused_or_can_be_repeated() {
    let session = session();
    let bytes = session.to_bytes().unwrap();
    let mut repeated = 0;
    // Every cut near the ends of parts, and many others.
    for cut in (0..bytes.len()).filter(|cut| cut % 61 == 0 || *cut < 4000 || *cut + 600 > bytes.len()) {
        match Session::read(Cursor::new(&bytes[..cut])) {
            Ok((read, damage)) => {
                assert!(damage.is_some() && read.frame.is_none(), "cut at {cut}");
                assert_eq!(read.journal, session.journal);
                repeated += 1;
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(repeated > 50, "only {repeated} cuts left the journal whole");
    // What is repeated is the same run.
    let (read, _) = Session::read(Cursor::new(&bytes[..bytes.len() - 100])).unwrap();
    assert_eq!(
        Timeline::replay(read.journal, read.step).state(),
        session.state().unwrap()
    );
}

#[test]
fn a_flipped_bit_never_passes_for_the_state() {
    let session = session();
    let bytes = session.to_bytes().unwrap();
    let mut bits = 0x1234_5678_9abc_def0_u64;
    let mut passed = 0;
    for _ in 0..10_000 {
        bits = bits
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mut flipped = bytes.clone();
        let at = (bits >> 20) as usize % flipped.len();
        flipped[at] ^= 1 << (bits >> 61);
        if let Ok((read, damage)) = Session::read(Cursor::new(flipped)) {
            // Names, dates and the like of the archive may change; what is read may not.
            assert_eq!(
                (&read.journal, read.step, &read.view),
                (&session.journal, session.step, &session.view),
                "byte {at}"
            );
            match damage {
                None => assert_eq!(read.frame, session.frame, "byte {at}"),
                Some(sentence) => assert!(read.frame.is_none() && !sentence.is_empty()),
            }
            passed += 1;
        }
    }
    println!("{passed} of 10000 flips left something to go on with");
    assert!(
        passed > 1000,
        "most bits are those of the state: without it the run can be repeated"
    );
}

/// An archive of these parts.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn hostile_archives_are_a_sentence() {
    let says = |bytes: Vec<u8>, part: &str| {
        let error = Session::read(Cursor::new(bytes)).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    };
    says(archive(&[("other.txt", b"hello")]), "no session");
    says(archive(&[("session.ron", b"\xff\xfe")]), "UTF-8");
    says(archive(&[("session.ron", b"(version: 2)")]), "newer wfr-lab");
    says(archive(&[("session.ron", b"(version: 1)")]), "session.ron:1:");
    let zeros = vec![b' '; 65 << 20];
    says(archive(&[("session.ron", &zeros)]), "session.ron is longer than 64 MiB");
    let deep = [b"(version: 1, view: ".to_vec(), vec![b'('; 100_000]].concat();
    says(archive(&[("session.ron", &deep)]), "session.ron:1:");

    // A state of another run, or one that is none, is not taken up.
    let text = |state: &[u8], bytes: u64| {
        let scenario = small(0).to_ron();
        let sum = crc32fast::hash(state);
        format!(
            "(version: 1, step: 0, time: 0, state: (bytes: {bytes}, crc32: {sum}), journal: (scenario: {scenario}, commands: []))"
        )
    };
    let damaged = |state: &[u8], bytes: u64, part: &str| {
        let whole = archive(&[("session.ron", text(state, bytes).as_bytes()), ("state.bin", state)]);
        let (read, damage) = Session::read(Cursor::new(whole)).unwrap();
        assert!(read.frame.is_none());
        assert!(damage.as_ref().unwrap().contains(part), "{damage:?}");
    };
    damaged(b"", 1 << 60, "cannot be in it");
    damaged(b"abc", 4, "damaged");
    damaged(b"\xdf\xff\xff\xff\xff", 5, "is none");
    damaged(b"\x90", 1, "is none");
}

/// A few bytes stand for a whole scenario in memory: a file may not have more of them than an honest one can have.
#[test]
fn a_session_of_very_many_edits_is_refused_before_they_fill_the_memory() {
    /// As in `share::check`.
    const MOST: usize = 1 << 16;
    let scenario =
        r#"version:1,title:"a",target:DoubleWell(),start:Points([(0,0)]),panels:[(name:"a",alpha:1,beta:0)]"#;
    let read = |edits: usize, view: &str| {
        let commands = format!("(0,Edit({scenario})),").repeat(edits);
        let text =
            format!("(version:1,step:0,time:0,view:({view}),journal:(scenario:({scenario}),commands:[{commands}]))");
        Session::read(Cursor::new(archive(&[("session.ron", text.as_bytes())])))
    };
    let (session, damage) = read(MOST, "").unwrap();
    assert!(session.journal.commands.len() == MOST && damage.is_none());
    let error = read(MOST + 1, "").unwrap_err().to_string();
    assert!(error.contains("65537 edits: expected at most 65536"), "{error}");
    // What is looked at is no reason to refuse a run, and needs no more memory either.
    let many: String = (0..3000).map(|k| format!("\"{k}\":\"\",")).collect();
    let view = format!("hidden:[{}],words:{{{many}}}", "1,".repeat(3000));
    let (session, _) = read(1, &view).unwrap();
    assert_eq!((session.view.hidden.len(), session.view.words.len()), (1000, 1000));

    // As it is written, an edit of any preset is so long that the text is full before there are so many.
    let lengths = presets().iter().map(|preset| preset.scenario().to_ron().len());
    let shortest = lengths.min().unwrap();
    println!("the shortest edit of a preset has {shortest} bytes");
    assert!(shortest * MOST > 64 << 20);
}

/// What could not be opened again is not written.
#[test]
fn a_session_that_is_too_long_is_not_saved() {
    let mut scenario = small(0);
    scenario.description = "a".repeat(1 << 20);
    let with = |edits: u64| {
        let mut session = session();
        session.frame = None;
        session.step = edits;
        session.journal = Journal::new(scenario.clone());
        for k in 0..edits {
            let edit = Command::Edit(Box::new(scenario.clone()));
            session.journal.commands.push((k, edit.into()));
        }
        session.to_bytes()
    };
    let (read, damage) = Session::read(Cursor::new(with(62).unwrap())).unwrap();
    assert!(read.journal.commands.len() == 62 && damage.is_none());
    let error = with(63).unwrap_err().to_string();
    assert!(
        error.contains("longer than 64 MiB") && error.contains("a reset begins"),
        "{error}"
    );
}

#[test]
fn views_of_other_versions_open() {
    let read: ViewState =
        ron::from_str("(selected: 2, something_new: [1, 2], words: {\"theme\": \"Dark\", \"tool\": \"Fly\"})").unwrap();
    assert_eq!(read.selected, 2);
    assert_eq!(read.noted::<u32>("theme"), None);
    let mut on = true;
    read.switch("map", &mut on);
    assert!(on);
    assert_eq!(ron::from_str::<ViewState>("()").unwrap(), ViewState::default());
}

#[test]
fn saving_replaces_the_file_as_a_whole_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let name = folder.with("run.wfr", "first");
    let path = Path::new(&name);
    session().save(path).unwrap();
    assert_eq!(Session::open(path).unwrap().0, session());
    assert_eq!(folder.count(), 1);
}

#[test]
fn a_folder_or_a_scenario_is_no_session() {
    let folder = Folder::new();
    let open = |path: &str| Session::open(Path::new(path));
    assert!(matches!(open(&folder.file("")), Err(SessionError::Foreign)));
    let scenario = folder.with("a.ron", presets()[0].text);
    assert!(matches!(open(&scenario), Err(SessionError::Foreign)));
    assert!(matches!(open(&folder.file("b.wfr")), Err(SessionError::Read(_))));
}

#[test]
fn the_command_line_writes_sessions_and_codes_and_goes_on_with_both() {
    let folder = Folder::new();
    let (a, b) = (folder.file("a.wfr"), folder.file("b.wfr"));
    let small = ["double-well", "--set", "particles=200"];
    let run = |more: &[&str]| printed(&[&["run"], more].concat());
    run(&[&small[..], &["--until", "0.2", "--session", &a]].concat());
    assert_eq!(printed(&["check", &a]), format!("{a}: good (session at t = 0.2000)\n"));
    let line = printed(&["code", &a]);
    let line = line.trim();
    assert_eq!(
        printed(&[&["code"], &small[..], &["--at", "0.2"]].concat()).trim(),
        line
    );
    run(&[line, "--session", &b]);
    assert_eq!(
        Session::open(Path::new(&a)).unwrap().0,
        Session::open(Path::new(&b)).unwrap().0
    );
    let shown = printed(&[&["show"], &small[..]].concat());
    assert_eq!(printed(&["show", &a]), shown);
    assert_eq!(printed(&["show", line]), shown);
    // Going on is as if nobody had stopped.
    let summary = |text: String| text.split_once('\n').unwrap().1.to_owned();
    let whole = summary(run(&[&small[..], &["--until", "0.4"]].concat()));
    assert_eq!(summary(run(&[&a, "--until", "0.4"])), whole);
    assert_eq!(summary(run(&[line, "--until", "0.4"])), whole);
}

#[test]
fn an_edited_run_is_repeated_with_its_edits() {
    let folder = Folder::new();
    let (state, path) = (lived().state(), folder.file("lived.wfr"));
    session().save(Path::new(&path)).unwrap();
    let again = folder.file("again.wfr");
    printed(&["run", &path, "--exact", "--session", &again]);
    assert_eq!(Session::open(Path::new(&again)).unwrap().0.state(), Some(state.clone()));
    // The time step changed on the way.
    let mut run = lived();
    edit(&mut run, "dt", "0.005");
    steps(&mut run, 20);
    let (journal, now) = (run.journal(), run.now());
    assert_eq!(journal.time_at(now.step), now.time);
    assert_eq!(journal.step_at(now.time), now.step);
    assert_eq!(journal.step_at(state.frame.time()), state.frame.step());
}

#[test]
fn what_the_command_line_cannot_open_it_says() {
    let folder = Folder::new();
    let name = folder.file("a.wfr");
    let bytes = session().to_bytes().unwrap();
    fs::write(&name, &bytes[..bytes.len() - 50]).unwrap();
    let says = |arguments: &[&str], code: i32, part: &str| {
        let said = complaint(arguments, code);
        assert!(said.contains(part), "{said}");
    };
    says(&["check", &name], 1, "the run can be repeated from its start");
    // It is repeated.
    printed(&["run", &name]);
    says(&["run", &name, "--set", "dt=0.1"], 2, "a run as it was");
    says(&["code", "wfr1:nonsense"], 1, "damaged or cut off");
    says(&["show", "wfr9:nonsense"], 1, "a newer wfr-lab");
    fs::write(&name, "nonsense").unwrap();
    says(&["run", &name], 1, "no session of wfr-lab");
    says(
        &["run", "double-well", "--until", "0", "--session", "/missing/a.wfr"],
        1,
        "its folder is not there",
    );
    #[cfg(target_os = "linux")]
    says(
        &["run", "double-well", "--until", "0", "--session", "/dev/full"],
        1,
        "there is no room left",
    );
}
