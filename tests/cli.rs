//! The program as a user runs it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use wfr_lab::reference::{ExactPanel, Reference};
use wfr_lab::scenario::{Preset, Scenario, presets};
use wfr_lab::share::Code;
use wfr_lab::sim::{self, Simulation};
use wfr_lab::target::Shape;
use wfr_lab::timeline::Journal;

/// The program, on a machine without a display.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfr-lab"));
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    command
}

fn wfr_lab(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("the program starts")
}

/// What the program prints when all is well.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = wfr_lab(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("the output is text")
}

/// What the program complains of, after checking its exit code and that it is one plain sentence.
#[track_caller]
fn complaint(arguments: &[&str], code: i32) -> String {
    let output = wfr_lab(arguments);
    let text = String::from_utf8(output.stderr).expect("the complaint is text");
    eprintln!("{text}");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(!text.contains("panicked") && !text.contains("backtrace"), "{text}");
    if code == 1 {
        assert!(
            text.starts_with("wfr-lab: ") && text.trim_end().lines().count() == 1,
            "{text}"
        );
    }
    text
}

/// A fresh folder that is removed when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("the path is text").to_owned()
    }

    fn with(&self, name: &str, text: &str) -> String {
        fs::write(self.file(name), text).expect("a file can be written");
        self.file(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A short run of the default scenario.
const SHORT: [&str; 8] = [
    "run",
    "double-well",
    "--set",
    "particles=500",
    "--until",
    "0.1",
    "--seed",
    "7",
];

fn short(more: &[&'static str]) -> Vec<&'static str> {
    SHORT.iter().chain(more).copied().collect()
}

#[test]
fn list_names_every_preset_target_and_parameter() {
    let text = printed(&["list"]);
    for preset in presets() {
        assert!(text.contains(&format!("  {} ", preset.name)), "{}", preset.name);
        assert!(text.contains(&preset.scenario().title));
    }
    for shape in Shape::all() {
        assert!(text.contains(shape.name()), "{}", shape.name());
    }
    for word in [
        "barrier = 7 (",
        "temperature",
        "resampling.threshold",
        "panels.0",
        "seed",
    ] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn show_prints_a_file_that_is_good() {
    let folder = Folder::new("show");
    assert_eq!(
        printed(&["show", "ring"]).trim(),
        Preset::named("ring").unwrap().text.trim()
    );
    let text = printed(&["show", "ring", "--set", "WFR.beta=2", "--seed", "99"]);
    let mut expected = Preset::named("ring").unwrap().scenario();
    expected.panels[2].beta = 2.0;
    expected.seed = 99;
    assert_eq!(Scenario::from_ron(&text, "shown").unwrap(), expected);
    let file = folder.with("mine.ron", &text);
    assert!(printed(&["check", &file]).contains("mine.ron: good"));
}

#[test]
fn check_tells_good_files_from_bad_ones() {
    let folder = Folder::new("check");
    let good = folder.with("good.ron", presets()[0].text);
    let bad = folder.with("bad.ron", &presets()[0].text.replace("barrier: 7", "barrier: 700"));
    let worse = folder.with("worse.ron", "(version: 1");
    assert!(printed(&["check", &good]).contains("good.ron: good (DoubleWell; Langevin | Fisher–Rao | WFR)"));
    let line = 1 + presets()[0].text.lines().position(|l| l.contains("barrier")).unwrap();
    let text = complaint(&["check", &bad], 1);
    assert!(text.contains(&format!("{bad}:{line}:")), "{text}");
    assert!(
        text.contains("barrier = 700") && text.contains("from 0.1 to 20"),
        "{text}"
    );

    let output = wfr_lab(&["check", &good, &bad, &worse]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("2 of 3 files"), "{text}");

    assert!(complaint(&["check", &folder.file("none.ron")], 1).contains("cannot be read"));
    assert!(complaint(&["check", folder.0.to_str().unwrap()], 1).contains("folder"));
    fs::write(folder.file("binary.ron"), [0xff, 0xfe, 0x00]).unwrap();
    assert!(complaint(&["check", &folder.file("binary.ron")], 1).contains("cannot be read"));
    complaint(&["check"], 2);
}

#[test]
fn run_prints_a_summary() {
    let text = printed(&short(&[]));
    for word in [
        "double-well: ",
        "t = 0.1000 after 50 steps",
        "500 particles",
        "seed 7",
        "Langevin",
        "Fisher–Rao",
        "WFR",
    ] {
        assert!(text.contains(word), "{word} in {text}");
    }
    for row in [
        "mean x",
        "mean y",
        "KL",
        "ESS",
        "mass_0 at (-",
        "mass_1 at (",
        "births",
        "target",
    ] {
        assert!(text.contains(row), "{row} in {text}");
    }
    assert!(!text.contains('\r') && !text.contains('\u{1b}'));
}

#[test]
fn run_writes_the_table_it_promises() {
    let folder = Folder::new("table");
    let file = folder.file("out.csv");
    let mut arguments: Vec<&str> = SHORT.to_vec();
    arguments.extend(["--every", "20", "--csv", &file]);
    assert!(printed(&arguments).contains("mass_0 at"));
    let table = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[0],
        "panel,step,time,mean_x,mean_y,var_x,cov_xy,var_y,kl,information,variance,wasserstein_x,wasserstein_y,mmd,unreachable,\
         mass_0,mass_1,walked_0,grown_0,resampled_0,brushed_0,walked_1,grown_1,resampled_1,brushed_1,ess,births,deaths"
    );
    // Steps 0, 20, 40 and the last, 50, in each of three panels.
    assert_eq!(lines.len(), 1 + 4 * 3);
    let rows: Vec<Vec<&str>> = lines[1..].iter().map(|line| line.split(',').collect()).collect();
    let of = |column: usize| rows.iter().map(|row| row[column]).collect::<Vec<_>>();
    assert_eq!(of(0)[..3], ["Langevin", "Fisher–Rao", "WFR"]);
    assert_eq!(
        of(1),
        ["0", "0", "0", "20", "20", "20", "40", "40", "40", "50", "50", "50"]
    );

    // The same run in this process gives the same bits.
    let mut scenario = presets()[0].scenario();
    scenario.particles = 500;
    scenario.seed = 7;
    let mut simulation = Simulation::new(scenario);
    for _ in 0..50 {
        simulation.step().unwrap();
    }
    for (panel, row) in rows[9..].iter().enumerate() {
        let now = simulation.observe(panel);
        let expected = [
            now.time,
            now.mean.x,
            now.mean.y,
            now.covariance.xx,
            now.covariance.xy,
            now.covariance.yy,
            now.kl,
            now.information,
            now.variance,
            now.wasserstein.x,
            now.wasserstein.y,
            now.mmd,
            now.unreachable,
            now.basin_mass[0],
            now.basin_mass[1],
            now.ledger[0].walked,
            now.ledger[0].grown,
            now.ledger[0].resampled,
            now.ledger[0].brushed,
            now.ledger[1].walked,
            now.ledger[1].grown,
            now.ledger[1].resampled,
            now.ledger[1].brushed,
            now.ess,
        ];
        let read: Vec<f64> = row[2..26].iter().map(|cell| cell.parse().unwrap()).collect();
        assert_eq!(read, expected);
        assert_eq!(row[26..], [now.births.to_string(), now.deaths.to_string()]);
    }
}

#[test]
fn a_table_has_room_for_wells_that_come_later() {
    let folder = Folder::new("wells");
    let file = folder.file("wells.csv");
    let scenario = Scenario {
        particles: 300,
        ..presets()[0].scenario()
    };
    let mut edited = scenario.clone();
    edited.set("target", "TripleWell()").unwrap();
    let mut journal = Journal::new(scenario);
    journal.commands.push((5, sim::Command::Edit(Box::new(edited)).into()));
    let code = Code::new(journal, 10).write().unwrap();
    printed(&["run", &code, "--every", "1", "--exact", "--csv", &file]);
    let table = fs::read_to_string(&file).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|cell| *cell == name).unwrap();
    assert_eq!(rows.len(), 1 + 11 * 3);
    for row in &rows[1..] {
        assert_eq!(row.len(), rows[0].len());
        let three = row[column("step")].parse::<u64>().unwrap() >= 5;
        for name in ["mass_2", "walked_2", "exact_mass_2"] {
            assert_eq!(row[column(name)].is_empty(), !three, "{row:?}");
        }
        assert!(!row[column("ess")].is_empty() && !row[column("solution_kl")].is_empty());
    }
}

#[test]
fn the_exact_solution_stands_beside_the_particles() {
    let folder = Folder::new("exact");
    let file = folder.file("exact.csv");
    let mut arguments: Vec<&str> = SHORT.to_vec();
    // A time that is recorded anyway, and one that is not.
    arguments.extend(["--exact", "--every", "33", "--csv", &file]);
    arguments.extend([
        "--set",
        "panels.1.alpha=0.5",
        "--set",
        "panels.1.transport=Underdamped(1)",
    ]);
    let text = printed(&arguments);
    eprintln!("{text}");
    let header = text
        .lines()
        .find(|line| line.contains("WFR") && line.contains("target"))
        .unwrap();
    assert_eq!(header.matches("exact").count(), 3, "{header}");
    assert!(text.contains("uncovered") && text.contains("four dimensions"), "{text}");
    let table = fs::read_to_string(&file).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|n| *n == name).unwrap();
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let mut scenario = presets()[0].scenario();
    scenario.particles = 500;
    let mut reference = Reference::new(&scenario);
    for (row, time) in [(3, 0.0), (6, 0.066), (9, 0.1)] {
        reference.advance(time);
        let exact = reference.exact();
        let ExactPanel::Solved(solution) = &exact.panels[2] else {
            panic!()
        };
        let read = |name: &str| rows[row][column(name)].parse::<f64>().unwrap();
        assert!((read("time") - time).abs() < 1e-12);
        let now = &solution.now.observed;
        for (name, expected) in [
            ("exact_mean_x", now.mean.x),
            ("exact_kl", now.kl),
            ("exact_mass_1", now.basin_mass[1]),
            ("solution_kl", solution.now.functionals.kl),
            ("solution_information", solution.now.functionals.information),
            ("solution_variance", solution.now.functionals.variance),
        ] {
            assert!(
                (read(name) - expected).abs() < 1e-9 * expected.abs(),
                "{name} at {time}: {expected}"
            );
        }
        // Scouts alone cover the right well, and not all of its surroundings.
        assert!((0.0..0.02).contains(&read("exact_uncovered")));
        assert_eq!(rows[row - 1][column("exact_kl")], "", "no solution, no number");
        assert_ne!(rows[row - 2][column("exact_kl")], "");
    }
}

#[test]
fn a_table_on_the_output_stands_there_alone() {
    let output = wfr_lab(&short(&["--csv", "-", "--every", "50", "--threads", "2"]));
    assert!(output.status.success());
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(table.lines().count(), 1 + 2 * 3);
    assert!(table.starts_with("panel,step,time,"));
    assert!(String::from_utf8(output.stderr).unwrap().contains("mass_0 at"));
    assert_eq!(
        table,
        printed(&short(&["--csv", "-", "--every", "50", "--threads", "1"]))
    );
}

#[test]
fn run_records_about_a_hundred_times_by_default_and_the_start_alone_if_asked() {
    let arguments = [
        "run",
        "double-well",
        "--set",
        "particles=50",
        "--until",
        "1",
        "--csv",
        "-",
    ];
    assert_eq!(printed(&arguments).lines().count(), 1 + 101 * 3);
    assert_eq!(
        printed(&["run", "ring", "--set", "particles=50", "--until", "0", "--csv", "-"])
            .lines()
            .count(),
        1 + 3
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    for arguments in [
        [
            "run",
            "double-well",
            "--set",
            "particles=500",
            "--until",
            "100",
            "--csv",
            "-",
        ]
        .as_slice(),
        &["list"],
        &["completions", "bash"],
    ] {
        let mut child = program()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::with_capacity(64, child.stdout.take().expect("there is a pipe")).lines();
        assert!(lines.next().is_some());
        drop(lines);
        let output = child.wait_with_output().expect("the program ends");
        assert!(output.status.success(), "{arguments:?}: {:?}", output.status);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn unknown_scenarios_are_refused_with_a_close_name() {
    for command in ["run", "show"] {
        let text = complaint(&[command, "doublewell"], 1);
        assert!(
            text.contains("`doublewell`") && text.contains("did you mean `double-well`?"),
            "{text}"
        );
    }
    assert!(complaint(&["muller"], 1).contains("muller-brown"));
    assert!(complaint(&["run", "no/such/file.ron"], 1).contains("no preset and no file"));
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    let bad = |set| complaint(&["run", "double-well", "--until", "0", "--set", set], 2);
    assert!(bad("particles").contains("KEY=VALUE"));
    assert!(bad("particels=5").contains("did you mean `particles`?"));
    assert!(bad("particles=0").contains("particles = 0"));
    assert!(bad("target.barrier=high").contains("expected a number"));
    complaint(&["run"], 2);
    let stop = |condition| complaint(&["run", "double-well", "--until", "0", "--stop-when", condition], 2);
    assert!(stop("kll<1").contains("column 1"));
    assert!(stop("Nobody.kl<1").contains("Nobody"));
    assert!(complaint(&["run", "ring", "--until", "-1"], 2).contains("a time from 0"));
    complaint(&["run", "ring", "--until", "nan"], 2);
    complaint(&["run", "ring", "--every", "0"], 2);
    complaint(&["run", "ring", "--threads", "100000"], 2);
    complaint(&["render", "ring", "--at", "1", "-o", "x.jpg"], 2);
    complaint(&["render", "ring", "--at", "1", "-o", "x.png", "--size", "12"], 2);
    let text = complaint(
        &[
            "run",
            "ring",
            "--set",
            "start=Points([(0,0),(1,0)])",
            "--set",
            "particles=1",
        ],
        2,
    );
    assert!(text.contains("2 places") && text.contains("particles is 1"), "{text}");
}

#[test]
fn a_run_stops_when_a_condition_holds() {
    let text = printed(&[
        "run",
        "double-well",
        "--set",
        "particles=50",
        "--until",
        "1",
        "--stop-when",
        "kl<0",
        "--stop-when",
        "WFR.t>=0.1",
    ]);
    assert!(text.contains("stopped: WFR.t >= 0.1 at t = 0.1000"), "{text}");
    assert!(text.contains("t = 0.1000 after 50 steps"), "{text}");
}

#[test]
fn what_cannot_be_written_is_named() {
    let mut arguments: Vec<&str> = SHORT.to_vec();
    arguments.extend(["--csv", "no/such/folder/out.csv"]);
    let text = complaint(&arguments, 1);
    assert!(
        text.contains("no/such/folder/out.csv") && text.contains("cannot be written"),
        "{text}"
    );
}

/// The C library of Linux has elementary functions with and without fused multiply-add, and takes those that the processor can
/// do; it can be told to look away. Elsewhere this compares a run with itself.
#[test]
fn the_table_does_not_depend_on_the_processor() {
    for more in [
        "estimator.factor=0.5",
        "resampling.scheme=Multinomial",
        "reaction=BirthDeath",
    ] {
        let table = |tunables| {
            let output = program()
                .args([
                    "run",
                    "double-well",
                    "--set",
                    "particles=5000",
                    "--until",
                    "0.1",
                    "--csv",
                    "-",
                ])
                .args(["--set", more])
                .env("GLIBC_TUNABLES", tunables)
                .output()
                .unwrap();
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(table("") == table("glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2"), "{more}");
    }
}

#[test]
fn the_table_never_replaces_the_scenario() {
    let folder = Folder::new("own");
    let file = folder.file("own.ron");
    let text = Preset::named("ring").unwrap().text;
    fs::write(&file, text).unwrap();
    let other_name = folder.file(".") + "/own.ron";
    for table in [&file, &other_name] {
        assert!(
            complaint(&["run", &file, "--until", "0", "--csv", table], 1).contains("the scenario that was asked for")
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn files_may_begin_with_a_byte_order_mark_and_must_be_text() {
    let folder = Folder::new("bytes");
    let file = folder.file("bytes.ron");
    fs::write(&file, format!("\u{feff}{}", Preset::named("ring").unwrap().text)).unwrap();
    assert!(printed(&["check", &file]).contains("good"));
    fs::write(&file, [0xff, 0xfe, b'(']).unwrap();
    assert!(complaint(&["check", &file], 1).contains("not UTF-8"));
    if cfg!(unix) {
        assert!(complaint(&["check", "/dev/zero"], 1).contains("larger than"));
    }
}

#[test]
fn a_closed_standard_error_changes_no_exit_code() {
    let codes = [
        (["run", "ring", "--until", "0", "--csv", "-"].as_slice(), 0),
        (&["run", "nothing"], 1),
        (&["check", "nothing", "nowhere"], 1),
    ];
    for (arguments, code) in codes {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = program()
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(writer)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn without_a_display_the_window_says_so_in_one_sentence() {
    for arguments in [[].as_slice(), &["ring"], &["--theme", "dark"]] {
        let text = complaint(arguments, 1);
        assert!(text.contains("no window can be opened"), "{text}");
        assert!(
            text.contains("wfr-lab run") && text.contains("wfr-lab render"),
            "{text}"
        );
        #[cfg(feature = "gui")]
        assert!(text.contains("DISPLAY"), "{text}");
    }
}

/// A display that is named, but not there, is a longer way to the same sentence.
#[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
#[test]
fn a_display_that_is_not_there_is_no_panic() {
    for (name, value) in [("DISPLAY", ":7977"), ("WAYLAND_DISPLAY", "wayland-7977")] {
        let output = program().env(name, value).output().expect("the program starts");
        let text = String::from_utf8_lossy(&output.stderr);
        eprintln!("{text}");
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.starts_with("wfr-lab: no window can be opened"), "{text}");
        assert!(text.trim_end().lines().count() == 1 && !text.contains(".rs:"), "{text}");
    }
}

#[test]
fn help_is_complete() {
    let text = printed(&["--help"]);
    for word in [
        "list",
        "show",
        "check",
        "run",
        "render",
        "completions",
        "Examples:",
        "Exit codes:",
        "--set",
        "--seed",
    ] {
        assert!(text.contains(word), "{word}");
    }
    for (command, options) in [
        (
            "run",
            ["--until", "--seed", "--set", "--every", "--csv", "--threads"].as_slice(),
        ),
        (
            "render",
            &["--at", "--output", "--size", "--scale", "--theme", "--set", "--seed"],
        ),
        ("check", &["<FILE>"]),
        ("show", &["--set"]),
        ("list", &[]),
        ("completions", &["bash", "zsh", "fish"]),
    ] {
        let text = printed(&[command, "--help"]);
        for option in options {
            assert!(text.contains(option), "{option} in the help of {command}");
        }
    }
    assert!(printed(&["--version"]).starts_with("wfr-lab "));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let text = printed(&["completions", shell]);
        assert!(text.contains("render") && text.contains("completions"), "{shell}");
    }
    complaint(&["completions", "dos"], 2);
}

/// The picture itself is tested where it is made; here it counts that the command writes one of the size asked for, twice the
/// same, or says why not.
#[test]
fn render_writes_a_picture() {
    let folder = Folder::new("render");
    let (one, two) = (folder.file("one.png"), folder.file("two.png"));
    let arguments = |file| {
        let size = ["--size", "640x400", "--scale", "1.5", "--theme", "dark"];
        let run = [
            "render",
            "double-well",
            "--at",
            "0.1",
            "--set",
            "particles=500",
            "-o",
            file,
        ];
        run.into_iter().chain(size).map(str::to_owned).collect::<Vec<String>>()
    };
    if cfg!(not(feature = "gui")) {
        let output = program().args(arguments(&one)).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("without its `gui` feature"));
        return;
    }
    for file in [&one, &two] {
        let output = program().args(arguments(file)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty() && output.stderr.is_empty());
    }
    let bytes = fs::read(&one).unwrap();
    assert_eq!(&bytes[1..4], b"PNG");
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (960, 600));
    assert_eq!(bytes, fs::read(&two).unwrap());

    let nowhere = arguments("no/such/folder/picture.png");
    let output = program().args(nowhere).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written"));
}

#[test]
fn verify_recomputes_lists_and_refuses() {
    let list = printed(&["verify", "--list"]);
    for check in wfr_lab::verify::checks() {
        assert!(
            list.contains(&format!("  {} ", check.name)) && list.contains(check.statement),
            "{}",
            check.name
        );
    }
    let text = printed(&["verify", "weights", "papers"]);
    assert!(
        text.contains("weights\n  ✓ effective-sizes") && text.contains("  ✓ papers"),
        "{text}"
    );
    assert!(
        text.contains("3 of 3 identities hold") && !text.contains('\u{1b}'),
        "{text}"
    );
    let rows = printed(&["verify", "papers", "--rows"]);
    assert!(rows.contains("✓ banana, s² = 2: mean x"), "{rows}");

    let hint = complaint(&["verify", "wieghts"], 2);
    assert!(hint.contains("no group `wieghts` (did you mean `weights`?)"), "{hint}");
    complaint(&["verify", "--threads", "many"], 2);

    let folder = Folder::new("verify");
    let file = folder.file("results.json");
    printed(&["verify", "papers", "--json", &file]);
    let written = fs::read_to_string(&file).expect("the file is there");
    assert_eq!(written.matches("\"by\": \"absolute\"").count(), 15, "{written}");
    // On the standard output there is nothing but the JSON.
    let out = printed(&["verify", "papers", "--json", "-"]);
    assert!(out.starts_with('[') && out.trim_end().ends_with(']'), "{out}");
    let nowhere = folder.file("no/such/place.json");
    assert!(complaint(&["verify", "papers", "--json", &nowhere], 1).contains("cannot be written"));
}
