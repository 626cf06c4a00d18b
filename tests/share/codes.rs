//! Codes: what they survive, and what is refused.

use super::*;

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
