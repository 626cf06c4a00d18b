//! Sessions and codes at the command line.

use super::*;

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
