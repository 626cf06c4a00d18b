//! What there is, whether files are good, and how to ask: `list`, `show`, `check`, `verify`, help and completions.

use std::fs;

use wfr_lab::scenario::{Preset, Scenario, presets};
use wfr_lab::target::Shape;

use crate::program::{Folder, complaint, printed, wfr_lab};

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
    let folder = Folder::new();
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
    let folder = Folder::new();
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
    assert!(complaint(&["check", &folder.file("")], 1).contains("folder"));
    fs::write(folder.file("binary.ron"), [0xff, 0xfe, 0x00]).unwrap();
    assert!(complaint(&["check", &folder.file("binary.ron")], 1).contains("cannot be read"));
    complaint(&["check"], 2);
}

#[test]
fn files_may_begin_with_a_byte_order_mark_and_must_be_text() {
    let folder = Folder::new();
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

    let folder = Folder::new();
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
fn words_come_back_as_they_were_given() {
    let folder = Folder::new();
    let (table, mine) = (printed(&["words"]), folder.file("mine.ron"));
    let other = table.replace("(\"Reset\", \"\")", "(\"Reset\", \"Von vorn\")");
    fs::write(&mine, &other).expect("the folder is there");
    assert_eq!(printed(&["words", &mine]), other);
    assert!(printed(&["check", &mine]).contains(if other == table { "good (0 of" } else { "good (1 of" }));
    fs::write(&mine, "[(\"a {b}\", \"a {c}\")]").expect("the folder is there");
    for arguments in [&["words", mine.as_str()][..], &["check", &mine], &["--words", &mine]] {
        let text = complaint(arguments, 1);
        assert!(
            text.contains("mine.ron:1:12: expected {b} to be filled in, found {c}"),
            "{text}"
        );
    }
    // German is there by name.
    assert!(printed(&["words", "de"]).contains("(\"Reset\", \""));
    assert!(!printed(&["words", "de"]).contains("(\"Reset\", \"\")"));
    assert!(complaint(&["--words", &folder.file("none.ron")], 1).contains("as `wfr-lab words` prints it"));
}
