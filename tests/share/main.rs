//! Runs that leave the program and come back: the same to the last bit, or a sentence.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

mod any;
mod codes;
#[path = "../common/program.rs"]
mod program;
mod program_line;
mod sessions;

use program::{Folder, complaint, printed};
use proptest::prelude::*;
use wfr_lab::flow::Flow;
use wfr_lab::scenario::{Scenario, Start, presets};
use wfr_lab::share::{Code, CodeError, LONGEST, Session, SessionError, ViewState};
use wfr_lab::sim::{Command, Dab, Stroke};
use wfr_lab::snapshot::Probe;
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
