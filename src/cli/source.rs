//! Finding what was asked for: a preset, a scenario file, a session, a code.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::Error;
use super::arguments::{Changes, Source};
use crate::scenario::{Preset, Scenario, closest, presets};
use crate::score::Network;
use crate::share::{Code, PROGRAM, Session, ViewState};
use crate::sim::Command;
use crate::timeline::Journal;

/// What was found, and how to call it.
pub(super) struct Found {
    /// The scenario at time 0, with the changes asked for.
    pub(super) scenario: Scenario,
    /// Name of the preset, path of the file, or what a code begins with.
    pub(super) name: String,
    /// The file, where it is one.
    pub(super) path: Option<PathBuf>,
    /// The scenario file as it stands, where nothing was changed.
    pub(super) text: Option<String>,
    /// What was done to it since, where it is a run: a session or a code.
    pub(super) past: Option<Past>,
}

/// How a run went on from its start.
#[derive(Clone, Debug)]
pub(super) struct Past {
    /// What was done, each with the steps before it.
    pub(super) commands: Vec<(u64, Command)>,
    /// Where it stood.
    pub(super) step: u64,
    /// The session itself, where it is one, and what is wrong with its state.
    pub(super) session: Option<(Session, Option<String>)>,
}

impl Found {
    /// The scenario and what was done to it.
    pub(super) fn journal(&self) -> Journal {
        let commands = self.commands().into_iter();
        Journal {
            scenario: self.scenario.clone().into(),
            commands: commands.map(|(step, command)| (step, command.into())).collect(),
        }
    }

    /// What was done to it.
    pub(super) fn commands(&self) -> Vec<(u64, Command)> {
        self.past.as_ref().map_or_else(Vec::new, |past| past.commands.clone())
    }

    /// Where it stands: 0 for a scenario.
    pub(super) fn step(&self) -> u64 {
        self.past.as_ref().map_or(0, |past| past.step)
    }

    /// How it was looked at.
    pub(super) fn view(&self) -> ViewState {
        let session = self.past.as_ref().and_then(|past| past.session.as_ref());
        session.map_or_else(ViewState::default, |(session, _)| session.view.clone())
    }

    /// The scenario as it was last edited.
    pub(super) fn edited(&self) -> Scenario {
        let past = self.past.as_ref();
        if let Some(frame) = past.and_then(|past| past.session.as_ref()?.0.frame.as_ref()) {
            return (**frame.edited()).clone();
        }
        let [_, edited] = self.journal().scenarios();
        edited
    }

    /// A run that was shared.
    fn of(
        name: String,
        path: Option<PathBuf>,
        journal: &Journal,
        past: (u64, Option<(Session, Option<String>)>),
    ) -> Self {
        let (step, session) = past;
        let commands = journal.commands.iter().map(|(at, command)| (*at, (**command).clone()));
        Self {
            scenario: (*journal.scenario).clone(),
            name,
            path,
            text: None,
            past: Some(Past {
                commands: commands.collect(),
                step,
                session,
            }),
        }
    }
}

/// What goes by that name, with changes.
pub(super) fn find(source: &Source) -> Result<Found, Error> {
    named(&source.scenario, &source.changes)
}

/// What goes by that name, with changes: first the presets are searched, then it may be a code, then the files.
pub(super) fn named(name: &str, changes: &Changes) -> Result<Found, Error> {
    let changed = changes.seed.is_some() || !changes.set.is_empty() || !changes.networks.is_empty();
    let whole = |found: Found| if changed { Err(Error::Past) } else { Ok(found) };
    let path = Path::new(name);
    let (text, path) = match Preset::named(name) {
        Some(preset) => (preset.text.to_owned(), None),
        None if Code::looks_like_one(name) => return whole(code(name)?),
        None if is_session(path) => return whole(session(path)?),
        None if path.exists() => (read(path)?, Some(path.to_owned())),
        None => {
            let close = closest(name, presets().iter().map(|preset| preset.name));
            return Err(Error::Unknown {
                name: name.to_owned(),
                hint: close.map_or_else(String::new, |close| format!(" (did you mean `{close}`?)")),
            });
        }
    };
    let mut scenario = Scenario::from_ron(&text, name)?;
    for (key, value) in &changes.set {
        scenario.set(key, value)?;
    }
    if !changes.networks.is_empty() {
        scenario
            .set_networks(&networks(&changes.networks)?)
            .map_err(Error::Networks)?;
    }
    scenario.seed = changes.seed.unwrap_or(scenario.seed);
    scenario.check()?;
    Ok(Found {
        scenario,
        name: name.to_owned(),
        path,
        text: (!changed).then_some(text),
        past: None,
    })
}

/// The networks in files and folders, those of a folder by the names of their files.
fn networks(paths: &[PathBuf]) -> Result<Vec<Network>, Error> {
    let mut networks = Vec::new();
    for path in paths {
        let refused = |reason: &dyn std::fmt::Display| Error::Network {
            path: path.clone(),
            reason: reason.to_string(),
        };
        if !path.is_dir() {
            networks.push(network(path)?);
            continue;
        }
        let entries = fs::read_dir(path).map_err(|error| refused(&error))?;
        let mut files = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| refused(&error))?;
        files.retain(|file| file.extension().is_some_and(|e| e == "safetensors"));
        files.sort();
        if files.is_empty() {
            return Err(refused(&"there is no .safetensors file in it"));
        }
        for file in files {
            networks.push(network(&file)?);
        }
    }
    Ok(networks)
}

fn network(path: &Path) -> Result<Network, Error> {
    /// More than any network has; who names a film by mistake gets an answer at once.
    const LARGEST: u64 = 1 << 20;
    let refused = |reason: &dyn std::fmt::Display| Error::Network {
        path: path.to_owned(),
        reason: reason.to_string(),
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| refused(&error))?;
    file.take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| refused(&error))?;
    Network::read(&bytes).map_err(|error| refused(&error))
}

fn code(text: &str) -> Result<Found, Error> {
    let code = Code::read(text)?;
    warn_of_version(&code.program);
    let short: String = text.trim().chars().take(14).chain(['…']).collect();
    Ok(Found::of(short, None, &code.journal, (code.step, None)))
}

/// Whether a file begins as a session does, or is called like one.
pub(super) fn is_session(path: &Path) -> bool {
    let mut first = [0; 4];
    let begins = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    begins.is_ok() && first == *b"PK\x03\x04" || path.is_file() && path.extension().is_some_and(|e| e == "wfr")
}

fn session(path: &Path) -> Result<Found, Error> {
    let (session, damage) = open_session(path)?;
    if let Some(damage) = &damage {
        say(&format!(
            "{}: {damage}; the run is repeated from its start",
            path.display()
        ));
    }
    warn_of_version(&session.program);
    let journal = session.journal.clone();
    let name = path.display().to_string();
    Ok(Found::of(
        name,
        Some(path.to_owned()),
        &journal,
        (session.step, Some((session, damage))),
    ))
}

/// The session in a file, and what is wrong with its state.
pub(super) fn open_session(path: &Path) -> Result<(Session, Option<String>), Error> {
    Session::open(path).map_err(|source| Error::Session {
        path: path.to_owned(),
        source,
    })
}

/// Another version need not compute the same bits.
fn warn_of_version(program: &str) {
    if program != PROGRAM {
        say(&format!(
            "made by wfr-lab {program}; in this version, {PROGRAM}, the run may go another way"
        ));
    }
}

fn say(sentence: &str) {
    use io::Write as _;
    // Whoever has closed the standard error does not want to know.
    let _ = writeln!(io::stderr(), "wfr-lab: {sentence}");
}

/// The text of a scenario file.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    /// Nobody writes more by hand, and whoever names a video by mistake gets an answer.
    const LARGEST: u64 = 64 << 20;
    let error = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    if fs::metadata(path).map_err(error)?.is_dir() {
        return Err(error(io::Error::other("it is a folder")));
    }
    // Not by the length that is claimed: a device has none.
    let mut text = Vec::new();
    let mut file = File::open(path).map_err(error)?.take(LARGEST + 1);
    file.read_to_end(&mut text).map_err(error)?;
    if text.len() as u64 > LARGEST {
        return Err(error(io::Error::other("it is larger than 64 MiB")));
    }
    String::from_utf8(text).map_err(|_| error(io::Error::other("it is not UTF-8 text")))
}
