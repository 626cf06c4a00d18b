//! The command line: everything the window shows, without a window.
//!
//! Commands write what was asked for to the standard output and everything else to the standard error. Whoever closes the
//! pipe behind the output has seen enough: that is no error.

mod arguments;
mod code;
mod list;
mod picture;
mod record;
mod rehearse;
mod render;
mod run;
mod source;
mod train;
mod verify;
mod window;
mod words;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::CommandFactory;

pub use arguments::Arguments;
use arguments::Command;

use crate::export::Failure;
use crate::scenario::{Mismatch, ScenarioError, SetError};
use crate::share::{CodeError, SessionError};
use crate::sim::StepError;

/// Why a command failed: one sentence each.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no preset and no file of that name.
    #[error(
        "there is no preset and no file `{name}`{hint}: expected a preset that `wfr-lab list` shows, the path of a scenario or session file, or a code"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// A close name, as half a sentence.
        hint: String,
    },
    /// A file cannot be read.
    #[error("`{}` cannot be read ({source}): expected a scenario file", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of words cannot be read.
    #[error("`{}` cannot be read ({source}): expected a file as `wfr-lab words` prints it", path.display())]
    Words {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A session cannot be opened.
    #[error("`{}` cannot be opened: {source}", path.display())]
    Session {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SessionError,
    },
    /// A code cannot be read, or there is none.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// A run that was done once cannot be changed before its start.
    #[error(
        "a session or a code is a run as it was: --set, --seed and --networks are for scenarios (`wfr-lab show` prints the scenario of a run)"
    )]
    Past,
    /// A file says something impossible.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// Some of several files are not good; each was reported.
    #[error("{bad} of {all} files cannot be used; see above")]
    Files {
        /// How many.
        bad: usize,
        /// Of how many.
        all: usize,
    },
    /// Something cannot be set.
    #[error("--set {0}")]
    Set(#[from] SetError),
    /// A network cannot be read.
    #[error("`{}` cannot be used: {reason}", path.display())]
    Network {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Networks do not fit the scenario.
    #[error("--networks: {0}")]
    Networks(String),
    /// What is asked for cannot be trained.
    #[error("nothing can be trained: {0}")]
    Train(String),
    /// What was set does not fit together.
    #[error("with what was set, {0}")]
    Fit(#[from] Mismatch),
    /// A file cannot be written.
    #[error("`{}` cannot be written ({source}): expected a place where files may be made", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is saved or exported cannot be written.
    #[error(transparent)]
    File(#[from] Failure),
    /// There is no panel of that name.
    #[error("there is no panel `{name}`{hint}: expected the name of a panel, or a number from 1 to {panels}")]
    Panel {
        /// What was asked for.
        name: String,
        /// A close name, as half a sentence.
        hint: String,
        /// How many panels there are.
        panels: usize,
    },
    /// Ctrl+C was pressed.
    #[error("stopped; nothing was written")]
    Stopped,
    /// The standard output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
    /// The run broke down.
    #[error("the run stopped at t = {time}, {cause}: try a smaller `--set dt=…`")]
    Step {
        /// Model time.
        time: f64,
        /// What happened.
        cause: StepError,
    },
    /// The threads that were asked for cannot be had.
    #[error("{threads} threads cannot be started ({reason}): try fewer with `--threads`")]
    Threads {
        /// How many.
        threads: usize,
        /// Why.
        reason: String,
    },
    /// There is no check and no group of checks of that name.
    #[error("there is no check and no group `{name}`{hint}: expected names that `wfr-lab verify --list` shows")]
    Check {
        /// What was asked for.
        name: String,
        /// A close name, as half a sentence.
        hint: String,
    },
    /// Not everything holds; what does not was shown.
    #[error("{failed} of {all} identities do not hold; see above")]
    Identities {
        /// How many.
        failed: usize,
        /// Of how many.
        all: usize,
    },
    /// There is no lecture of that name.
    #[error(
        "there is no lecture and no file `{name}`{hint}: expected a lecture that `wfr-lab rehearse --list` shows, or the path of a lecture file"
    )]
    Lecture {
        /// What was asked for.
        name: String,
        /// A close name, as half a sentence.
        hint: String,
    },
    /// There is no such card.
    #[error("there is no card {card}: the lecture has {all}, counted from 1")]
    Card {
        /// What was asked for.
        card: usize,
        /// How many there are.
        all: usize,
    },
    /// Not every claim holds; what does not was shown.
    #[error("{failed} of {all} cards cannot be shown as they are; see above")]
    Cards {
        /// How many.
        failed: usize,
        /// Of how many.
        all: usize,
    },
    /// There is no window.
    #[error(
        "no window can be opened, because {0}; `wfr-lab run` and `wfr-lab render` work without one (see `wfr-lab --help`)"
    )]
    Window(String),
    /// There are no pictures.
    #[error("no picture can be drawn, because {0}")]
    Picture(String),
}

impl Error {
    /// The exit code of the program: 2 for what was typed wrongly, 130 after Ctrl+C, 1 for everything else that failed.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Set(_)
            | Self::Past
            | Self::Fit(_)
            | Self::Networks(_)
            | Self::Train(_)
            | Self::Check { .. }
            | Self::Panel { .. }
            | Self::Card { .. } => 2,
            Self::Stopped => 130,
            _ => 1,
        }
    }

    /// Whether nobody reads the output any more.
    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Does what the arguments say.
pub fn run(arguments: Arguments) -> Result<(), Error> {
    let out = &mut io::stdout();
    let done = match arguments.command {
        None => window::open(&arguments.window),
        Some(Command::List) => list::list(out),
        Some(Command::Show { source }) => list::show(out, &source),
        Some(Command::Code(options)) => code::code(out, &options),
        Some(Command::Check { files }) => list::check(out, &files),
        Some(Command::Run(options)) => run::run(out, &options),
        Some(Command::Render(options)) => render::render(&options),
        Some(Command::Film(options)) => render::film(&options),
        Some(Command::Train(options)) => train::train(out, &options),
        Some(Command::Verify(options)) => verify::verify(out, &options),
        Some(Command::Rehearse(options)) => rehearse::rehearse(out, &options),
        Some(Command::Words { file }) => words::words(out, file.as_deref()),
        Some(Command::Completions { shell }) => completions(out, shell),
    };
    match done.and_then(|()| Ok(out.flush()?)) {
        Err(error) if error.is_closed_pipe() => Ok(()),
        other => other,
    }
}

/// The threads on which a command computes.
fn pool(threads: u16) -> Result<rayon::ThreadPool, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build();
    pool.map_err(|error| Error::Threads {
        threads: threads.into(),
        reason: error.to_string(),
    })
}

fn completions(out: &mut impl Write, shell: clap_complete::Shell) -> Result<(), Error> {
    // Into memory first: the generator panics when its output is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "wfr-lab", &mut script);
    Ok(out.write_all(&script)?)
}
