//! The program as a user runs it, on a machine without a display, for the tests of the command line.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test is a crate of its own and uses a part of this"
)]

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

/// The program, on a machine without a display.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfr-lab"));
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    command
}

pub fn wfr_lab(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("the program starts")
}

/// What the program prints when all is well.
#[track_caller]
pub fn printed(arguments: &[&str]) -> String {
    let output = wfr_lab(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("the output is text")
}

/// Runs the program where all has to be well, and nothing to be said about it.
#[track_caller]
pub fn quietly(arguments: &[&str]) {
    let output = wfr_lab(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty() && said.is_empty(), "{arguments:?}: {said}");
}

/// What the program complains of, after checking its exit code and that it is one plain sentence.
#[track_caller]
pub fn complaint(arguments: &[&str], code: i32) -> String {
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
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made"))
    }

    /// The path of a file in it; of itself without a name.
    pub fn file(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("the path is text").to_owned()
    }

    /// Writes a file.
    pub fn with(&self, name: &str, text: &str) -> String {
        fs::write(self.file(name), text).expect("a file can be written");
        self.file(name)
    }

    /// How many things are in it.
    pub fn count(&self) -> usize {
        fs::read_dir(self.0.path()).expect("it can be listed").count()
    }
}
