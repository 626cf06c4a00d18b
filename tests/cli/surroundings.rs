//! The program among others: pipes that close, and no display.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::program::{complaint, program};

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
        &["words"],
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
