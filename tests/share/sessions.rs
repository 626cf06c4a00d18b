//! Session files, whole and damaged.

use super::*;

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

/// Written by wfr-lab before the states of runs knew how their flows had been driven: 32 steps under equal dissipation, with an edit.
const OLD: &[u8] = include_bytes!("../data/before-tempo.wfr");

/// The code that the same program gave of the same run.
const OLD_CODE: &str = "wfr1:L63UdDVPvU7EMAx-lcpzqNICAiqx8bcxMJ46uI2PRkqTkrh3oKrvjn2IDJY_299PNjhBB7ZuagsGInTXrYEC3QaOobO1FUiF_Yycso4HjO7sHU8KXvw3OT1rdwOOBo9FMeeVZLDgSCL-_LViePKl-AXZpwi6iRQuLq2WTAXnJfj4qehRS8qOxA_efBgos3DKONGseh8_hUny-FGmPAl5SuGS4mGXp-pZloHE4MYqMa1c_j9TFvqLfCc9y6W6veIq8TBqP6YTZuk1-0E4zb2xpulVmD0HTfB-rDBWYkq5Oh_zVcABZD0K4dBaswGpkIRcKCOvWWBT3-573--_";

/// The weighted means of its panels, as it printed them.
const OLD_MEANS: [(f64, f64); 3] = [
    (-0.8318153255424715, 0.062132280663534614),
    (-0.9462824598667106, 0.04954149167644539),
    (-0.8120088486178232, 0.1181594853629065),
];

#[test]
fn a_session_of_an_older_program_is_repeated_from_its_journal_and_so_is_its_code() {
    let (session, damage) = Session::read(Cursor::new(OLD)).unwrap();
    let damage = damage.expect("its state has no tempo");
    println!("{damage}");
    assert!(
        damage.contains("another version of wfr-lab") && damage.contains("tempo"),
        "{damage}"
    );
    assert!(session.frame.is_none() && session.state().is_none());
    assert_eq!((session.step, session.time), (32, 0.64));
    let code = Code::read(OLD_CODE).unwrap();
    assert_eq!((&code.journal, code.step), (&session.journal, session.step));
    let mut run = Timeline::replay(session.journal.clone(), session.step);
    assert_eq!((run.now().step, run.now().time), (32, 0.64));
    let shot = run.snapshot(&Probe::default());
    let means: Vec<_> = shot.panels.iter().map(|p| (p.now.mean.x, p.now.mean.y)).collect();
    println!("{means:?}");
    assert_eq!(
        means, OLD_MEANS,
        "the same to the last bit as in the program that wrote it"
    );
    // What is saved now has all its parts.
    let bytes = Session::new(run.state(), session.view).to_bytes().unwrap();
    let (saved, damage) = Session::read(Cursor::new(bytes)).unwrap();
    assert_eq!((saved.state(), damage), (Some(run.state()), None));
}
