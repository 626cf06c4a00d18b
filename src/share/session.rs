//! Session files: a run with everything that was done to it, where it is, and how it was looked at.
//!
//! `NAME.wfr` is a ZIP archive of two parts. `session.ron` is for people, too: versions, step, view, and the journal, from which the
//! run can be repeated. `state.bin` holds the bits of the run at that step (`MessagePack` of a [`Frame`]), so that it need not be;
//! its length and CRC-32 stand in `session.ron`.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, Write as _};
use std::path::Path;
use std::sync::Arc;

use ron::ser::PrettyConfig;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use zip::read::read_zipfile_from_stream;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::check;
use super::view::ViewState;
use crate::export::{Failure, file};
use crate::scenario::{Scenario, options};
use crate::sim::{Command, Frame};
use crate::timeline::{Journal, State};

/// The version of the format written and read here.
const VERSION: u32 = 1;
/// Names of the parts.
const TEXT: &str = "session.ron";
const STATE: &str = "state.bin";
/// Longest `session.ron` (bytes).
const LONGEST_TEXT: u64 = 64 << 20;
/// Largest state (bytes): so much, and so many times the size of the file. Particles are noise and hardly shrink.
const LARGEST_STATE: (u64, u64) = (64 << 20, 100);

/// A run, where it is, and how it is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// What was done.
    pub journal: Journal,
    /// Steps that the run had done.
    pub step: u64,
    /// Its model time.
    pub time: f64,
    /// The bits of the run at that step; without them it is repeated.
    pub frame: Option<Frame>,
    /// How it was looked at.
    pub view: ViewState,
    /// The version of the program that wrote it: another one need not compute the same bits.
    pub program: String,
}

/// Why a session cannot be opened: one sentence.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It is something else.
    #[error("it is no session of wfr-lab")]
    Foreign,
    /// It is of a later program.
    #[error("it is of version {0} of the format: a newer wfr-lab opens it, this one knows version {VERSION}")]
    Newer(u32),
    /// A part was lost or changed.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It says something impossible.
    #[error("it says something that is not possible: {0}")]
    Impossible(String),
}

/// What stands in `session.ron`.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Session")]
struct Text {
    version: u32,
    #[serde(default)]
    program: String,
    step: u64,
    time: f64,
    #[serde(default)]
    state: Option<Sum>,
    #[serde(default)]
    view: ViewState,
    #[serde(deserialize_with = "read_journal")]
    journal: Journal,
}

/// Only the version, to be asked before anything else.
#[derive(Deserialize)]
#[serde(rename = "Session")]
struct Versioned {
    version: u32,
}

/// What `state.bin` has to be.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Sum {
    bytes: u64,
    crc32: u32,
}

impl Session {
    /// The session of a state.
    pub fn new(state: State, view: ViewState) -> Self {
        Self {
            step: state.frame.step(),
            time: state.frame.time(),
            journal: state.journal,
            frame: Some(state.frame),
            view,
            program: super::PROGRAM.to_owned(),
        }
    }

    /// Everything to go on with, where the bits are there.
    pub fn state(&self) -> Option<State> {
        let frame = self.frame.clone()?;
        Some(State {
            journal: self.journal.clone(),
            frame,
        })
    }

    /// The file as bytes.
    ///
    /// # Errors
    ///
    /// Where it could not be read back, being longer than a session may be, or where memory or the format end (an archive of more than
    /// 4 GiB).
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let state = match &self.frame {
            Some(frame) => Some(rmp_serde::to_vec_named(frame).map_err(io::Error::other)?),
            None => None,
        };
        let text = Text {
            version: VERSION,
            program: self.program.clone(),
            step: self.step,
            time: self.time,
            state: state.as_ref().map(|bytes| Sum {
                bytes: bytes.len() as u64,
                crc32: crc32fast::hash(bytes),
            }),
            view: self.view.clone(),
            journal: self.journal.clone(),
        };
        let pretty = PrettyConfig::new().new_line("\n").depth_limit(4);
        let text = options().to_string_pretty(&text, pretty).map_err(io::Error::other)?;
        let count = check::count(self.journal.commands.len(), check::edits(&self.journal));
        if let (Err(count), _) | (Ok(()), Err(count)) = (count, check_length(text.len() as u64)) {
            let sentence =
                format!("more was done to this run than a session holds ({count}); a reset begins a new one");
            return Err(io::Error::other(sentence));
        }
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        // Fast: a particle is noise, whatever the effort.
        let packed = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1));
        archive.start_file(TEXT, packed)?;
        archive.write_all(text.as_bytes())?;
        if let Some(state) = state {
            archive.start_file(STATE, packed)?;
            archive.write_all(&state)?;
        }
        Ok(archive.finish()?.into_inner())
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`Failure`], a sentence for people.
    pub fn save(&self, path: &Path) -> Result<(), Failure> {
        let bytes = self.to_bytes().map_err(Failure::at(path))?;
        file::write(path, &bytes).map(drop)
    }

    /// Opens a file. Where only the bits of the state are damaged there is no frame, and a sentence that says why: the run can
    /// be repeated.
    ///
    /// # Errors
    ///
    /// A [`SessionError`] that says what is wrong with it.
    pub fn open(path: &Path) -> Result<(Self, Option<String>), SessionError> {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(SessionError::Foreign);
        }
        Self::read(BufReader::new(file))
    }

    /// Reads a file, as [`Session::open`] does. Whatever the bytes are, this needs a limited piece of memory and never panics.
    ///
    /// # Errors
    ///
    /// A [`SessionError`] that says what is wrong with it.
    pub fn read(mut from: impl Read + Seek) -> Result<(Self, Option<String>), SessionError> {
        let size = from.seek(io::SeekFrom::End(0))?;
        from.rewind()?;
        let mut magic = [0; 4];
        if from.read_exact(&mut magic).is_err() || magic != *b"PK\x03\x04" {
            return Err(SessionError::Foreign);
        }
        from.rewind()?;
        match ZipArchive::new(&mut from) {
            Ok(mut archive) => {
                let text = match archive.by_name(TEXT) {
                    Ok(part) => read_text(part)?,
                    Err(_) => return Err(SessionError::Foreign),
                };
                let state = match (text.state, archive.by_name(STATE)) {
                    (None, _) => Ok(None),
                    (Some(_), Err(_)) => Err("its state is missing".to_owned()),
                    (Some(sum), Ok(part)) => read_state(part, sum, size).map(Some),
                };
                text.session(state)
            }
            // The list of the parts stands at the end: without it the first part may still be whole.
            Err(_) => {
                from.rewind()?;
                let part = read_zipfile_from_stream(&mut from).map_err(|e| SessionError::Damaged(e.to_string()))?;
                let part = part
                    .filter(|part| part.name().is_ok_and(|name| name == TEXT))
                    .ok_or(SessionError::Foreign)?;
                read_text(part)?.session(Err("it ends too early".to_owned()))
            }
        }
    }
}

impl Text {
    /// The session with this state, if that is whole and belongs to it.
    fn session(self, state: Result<Option<Frame>, String>) -> Result<(Session, Option<String>), SessionError> {
        check::journal(&self.journal, self.step).map_err(SessionError::Impossible)?;
        if !self.time.is_finite() || self.time < 0.0 {
            return Err(SessionError::Impossible(format!("time {}", self.time)));
        }
        let [running, edited] = self.journal.scenarios();
        // The pace at which a run is watched is no part of it.
        let same = |a: &Scenario, b: &Scenario| {
            let speed = a.speed;
            *a == Scenario { speed, ..b.clone() }
        };
        let fits = |frame: Option<Frame>| match frame {
            Some(frame) if !same(frame.scenario(), &running) || !same(frame.edited(), &edited) => {
                Err("its state is that of another run".to_owned())
            }
            Some(frame) if frame.step() != self.step || frame.time() != self.time => {
                Err("its state is that of another step".to_owned())
            }
            other => Ok(other),
        };
        let (frame, damage) = match state.and_then(fits) {
            Ok(frame) => (frame, None),
            Err(damage) => (None, Some(damage)),
        };
        let session = Session {
            journal: self.journal,
            step: self.step,
            time: self.time,
            frame,
            view: self.view,
            program: self.program,
        };
        Ok((session, damage))
    }
}

fn read_text(part: impl Read) -> Result<Text, SessionError> {
    let mut bytes = Vec::new();
    part.take(LONGEST_TEXT + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| SessionError::Damaged(format!("{TEXT}: {e}")))?;
    check_length(bytes.len() as u64).map_err(SessionError::Impossible)?;
    let text = String::from_utf8(bytes).map_err(|_| SessionError::Damaged(format!("{TEXT} is not UTF-8 text")))?;
    let wrong = |e: ron::error::SpannedError| {
        let at = e.span.start;
        SessionError::Impossible(format!("{TEXT}:{}:{}: {}", at.line, at.col, e.code))
    };
    let versioned: Versioned = options().from_str(&text).map_err(wrong)?;
    if versioned.version != VERSION {
        return Err(SessionError::Newer(versioned.version));
    }
    options().from_str(&text).map_err(wrong)
}

/// Whether `session.ron` is not too long, else half a sentence.
fn check_length(bytes: u64) -> Result<(), String> {
    if bytes > LONGEST_TEXT {
        return Err(format!("{TEXT} is longer than {} MiB", LONGEST_TEXT >> 20));
    }
    Ok(())
}

/// Reads a journal that is then checked as a whole; here no more of it than there is room for.
fn read_journal<'de, D: Deserializer<'de>>(d: D) -> Result<Journal, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename = "Journal", deny_unknown_fields)]
    struct Unchecked {
        scenario: Arc<Scenario>,
        commands: Commands,
    }
    struct Commands(Vec<(u64, Arc<Command>)>);

    impl<'de> Deserialize<'de> for Commands {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            d.deserialize_seq(Listed)
        }
    }
    struct Listed;

    impl<'de> Visitor<'de> for Listed {
        type Value = Commands;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of commands")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Commands, A::Error> {
            let (mut list, mut edits) = (Vec::new(), 0);
            while let Some((at, command)) = seq.next_element::<(u64, Arc<Command>)>()? {
                edits += usize::from(matches!(*command, Command::Edit(_)));
                list.push((at, command));
                check::count(list.len(), edits).map_err(A::Error::custom)?;
            }
            Ok(Commands(list))
        }
    }

    let Unchecked { scenario, commands } = Unchecked::deserialize(d)?;
    Ok(Journal {
        scenario,
        commands: commands.0,
    })
}

fn read_state(part: impl Read, sum: Sum, size: u64) -> Result<Frame, String> {
    let most = LARGEST_STATE.0 + LARGEST_STATE.1 * size;
    if sum.bytes > most {
        return Err(format!("a state of {} bytes cannot be in it", sum.bytes));
    }
    let mut bytes = Vec::new();
    part.take(sum.bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| format!("its state cannot be read ({e})"))?;
    let found = Sum {
        bytes: bytes.len() as u64,
        crc32: crc32fast::hash(&bytes),
    };
    if found != sum {
        return Err("its state is damaged".to_owned());
    }
    // As it was written, by its sum: so by a program whose runs have other parts.
    rmp_serde::from_slice(&bytes).map_err(|e| format!("its state is of another version of wfr-lab ({e})"))
}
