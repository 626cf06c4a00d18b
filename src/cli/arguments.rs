//! What can be typed.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::lecture::Layer;
use crate::timeline::Condition;

const EXAMPLES: &str = "\
Examples:
  wfr-lab                                   open the window on the default scenario
  wfr-lab ring                              open it on another preset
  wfr-lab my.ron --set particles=1e5        open it on a file, with changes
  wfr-lab list                              what presets and targets there are
  wfr-lab show double-well > my.ron         start a scenario of your own
  wfr-lab lecture.wfr                       open it on a session that was saved
  wfr-lab code ring --at 2                  one line that reopens this run: wfr-lab wfr1:…
  wfr-lab run double-well --until 7         run without a window and print a summary
  wfr-lab run ring --set WFR.beta=2 --csv - | head
  wfr-lab run double-well --until 50 --stop-when 'WFR.kl<0.01'
  wfr-lab run muller-brown --exact          with the exact solution beside the particles
  wfr-lab render double-well --at 4 -o wells.png
  wfr-lab render ring --at 2 --panel WFR --scale 4 -o wfr.png
  wfr-lab render ring --at 2 --plots -o plots.svg
  wfr-lab --lecture two-ways                hold a lecture: PageDown goes on
  wfr-lab render --lecture stuck --card 3 -o card.png
  wfr-lab film double-well --to 5 -o wells.gif
  wfr-lab train mixture --out nets          train a network for each model of a mixture
  wfr-lab run mixture --networks nets       go along their scores
  wfr-lab verify                            recompute every identity that the lab rests on

Exit codes: 0 done, 1 failed (a bad file, nothing to write to, no display), 2 wrong usage, 130 stopped by Ctrl+C.";

/// See Wasserstein–Fisher–Rao gradient flows: weighted particles that walk, grow and teleport.
///
/// Without a command, opens the window on a scenario. All commands work without a display.
#[derive(Debug, Parser)]
#[command(name = "wfr-lab", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do instead of opening the window.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// What the window shows.
    #[command(flatten)]
    pub(super) window: Window,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the presets, the targets with their parameters, and what can be set
    List,
    /// Print a scenario as a file, to start your own from
    Show {
        #[command(flatten)]
        source: Source,
    },
    /// Print a run as a code of one line, which reopens exactly this run
    Code(Code),
    /// Read scenario, session and lecture files and say what is wrong with them
    Check {
        /// Scenario, session or lecture files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Run a scenario without a window, for a table of measurements and a summary
    Run(Run),
    /// Draw the window, a panel or the plots at a given time into a PNG or SVG file, without a display
    Render(Render),
    /// Film a run as a GIF file or a folder of PNG files, without a display
    ///
    /// Ctrl+C stops it; a film that is not finished leaves no file.
    Film(Film),
    /// Train a network on the score of each model of a mixture, and write them, their losses and a plot of these into a folder
    ///
    /// Each is trained by denoising score matching on fresh samples of its model. Ctrl+C stops it; then nothing is written.
    Train(Train),
    /// Recompute every identity that the lab rests on: computed, expected, error, tolerance
    ///
    /// Exits with 0 if all of them hold and with 1 if any does not.
    Verify(Verify),
    /// Play lectures from the first to the last card without a window, and check every claim
    ///
    /// Exits with 0 if all claims hold and with 1 if any does not.
    Rehearse(Rehearse),
    /// Print every sentence of the window as a file in which each can be said in another way or language
    ///
    /// Fill in the second half of a line; what is left empty stays English: wfr-lab words > mine.ron; wfr-lab --words mine.ron
    Words {
        /// The wording to begin with: de (German), or such a file of another version, to be brought up to date
        #[arg(value_name = "NAME|FILE")]
        file: Option<PathBuf>,
    },
    /// Print a completion script for a shell
    ///
    /// For bash: wfr-lab completions bash > ~/.local/share/bash-completion/completions/wfr-lab
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Args, Debug)]
pub(super) struct Window {
    /// Name of a preset, path of a scenario or session file, or a code [default: the first preset]
    #[arg(value_name = "PRESET|FILE|CODE")]
    pub(super) scenario: Option<String>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Open this lecture: a name that `wfr-lab rehearse --list` shows, or the path of a lecture file
    #[arg(long, value_name = "NAME|FILE", conflicts_with_all = ["scenario", "set", "seed", "networks"])]
    pub(super) lecture: Option<String>,
    /// The card on which the lecture opens, from 1
    // What is required is not asked for where it conflicts with what is there: so this conflicts, too.
    #[arg(long, value_name = "K", requires = "lecture", conflicts_with = "scenario")]
    pub(super) card: Option<usize>,
    /// Colours
    #[arg(long, value_enum, default_value_t)]
    pub(super) theme: Theme,
    /// For a projector: larger type, thicker lines, stronger colours
    #[arg(long)]
    pub(super) projector: bool,
    /// Say everything in the window in another language, de (German), or as a file does that was made from `wfr-lab words`
    #[arg(long, value_name = "NAME|FILE")]
    pub(super) words: Option<PathBuf>,
}

/// A scenario with changes.
#[derive(Args, Debug)]
pub(super) struct Source {
    /// Name of a preset, path of a scenario or session file, or a code
    #[arg(value_name = "PRESET|FILE|CODE")]
    pub(super) scenario: String,
    #[command(flatten)]
    pub(super) changes: Changes,
}

#[derive(Args, Debug)]
pub(super) struct Changes {
    /// Seed of all randomness, instead of the scenario's own
    #[arg(long, value_name = "S")]
    pub(super) seed: Option<u64>,
    /// Change something, such as temperature=0.5, target.barrier=9, beta=2 (all panels) or WFR.beta=2 (one of them).
    /// Can be given often; `wfr-lab list` shows what can be set
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(super) set: Vec<(String, String)>,
    /// Go along the scores of networks, as `wfr-lab train` writes them: files, or folders of files. Can be given often; a network goes to the
    /// model of its name, the others in order to those that are left
    #[arg(long, value_name = "FILE|FOLDER")]
    pub(super) networks: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct Code {
    #[command(flatten)]
    pub(super) source: Source,
    /// Model time at which the run opens [default: where a session or a code stands; 0 of a scenario]
    #[arg(long, value_name = "T", value_parser = time, allow_negative_numbers = true)]
    pub(super) at: Option<f64>,
}

#[derive(Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) source: Source,
    /// Model time at which to stop [default: what the window reaches in ten seconds; where a session or a code stands]
    #[arg(long, value_name = "T", value_parser = time, allow_negative_numbers = true)]
    pub(super) until: Option<f64>,
    /// Stop when this comes to hold, as WFR.kl<0.01, ess<0.2, 'mass(1) >= 0.5', l1, energy, mmd or missed. Can be given often; looked at every 0.02
    /// of model time, in long runs less often
    #[arg(long, value_name = "CONDITION")]
    pub(super) stop_when: Vec<Condition>,
    /// Steps between two recorded times [default: about 100 recorded times]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) every: Option<u64>,
    /// Write one row per panel and recorded time to this file; - is the standard output
    #[arg(long, value_name = "FILE|-")]
    pub(super) csv: Option<PathBuf>,
    /// Solve the equation itself beside the particles: more columns in the table, and a figure beside each panel's in the summary
    #[arg(long)]
    pub(super) exact: bool,
    /// Write every particle at the end to this file: position, velocity, weight, ancestor
    #[arg(long, value_name = "FILE")]
    pub(super) particles: Option<PathBuf>,
    /// Write the run as it is at the end to this session file, which the window and all commands open
    #[arg(long, value_name = "FILE.wfr")]
    pub(super) session: Option<PathBuf>,
    /// Number of threads, 0 for all cores; the numbers are the same for all
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    pub(super) threads: u16,
}

#[derive(Args, Debug)]
pub(super) struct Render {
    /// Name of a preset, path of a scenario or session file, or a code
    #[arg(value_name = "PRESET|FILE|CODE", required_unless_present = "lecture")]
    pub(super) scenario: Option<String>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Draw the window on a card of this lecture, where the card ends, with its claims judged
    #[arg(long, value_name = "NAME|FILE", conflicts_with_all = ["scenario", "set", "seed", "networks", "at", "part"])]
    pub(super) lecture: Option<String>,
    /// The card, from 1
    #[arg(
        long,
        value_name = "K",
        requires = "lecture",
        conflicts_with = "scenario",
        default_value_t = 1
    )]
    pub(super) card: usize,
    /// All cards as they end on one sheet, each so many pixels wide; --size is that of the window that is shrunk [default: 480]
    #[arg(
        long,
        value_name = "WIDTH",
        requires = "lecture",
        conflicts_with_all = ["scenario", "card", "revealed"],
        num_args = 0..=1,
        default_missing_value = "480",
        value_parser = clap::value_parser!(u32).range(100..=1280)
    )]
    pub(super) cards: Option<u32>,
    /// Where the card asks a question: draw it with the answer, rather than as it waits
    #[arg(long, requires = "lecture", conflicts_with = "scenario")]
    pub(super) revealed: bool,
    /// Model time of the picture [default: where a session or a code stands; 0 of a scenario]
    #[arg(long, value_name = "T", value_parser = time, allow_negative_numbers = true)]
    pub(super) at: Option<f64>,
    /// The picture to write, a .png or .svg file
    #[arg(long, short, value_name = "FILE", value_parser = picture)]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) shown: Shown,
}

impl Render {
    /// Whether paths are wanted rather than pixels.
    #[cfg(feature = "gui")]
    pub(super) fn is_vector(&self) -> bool {
        ends_in(&self.output, "svg")
    }
}

#[derive(Args, Debug)]
pub(super) struct Film {
    #[command(flatten)]
    pub(super) source: Source,
    /// Model time of the first frame
    #[arg(long, value_name = "T", default_value_t = 0.0, value_parser = time, allow_negative_numbers = true)]
    pub(super) from: f64,
    /// Model time at which the film ends
    #[arg(long, value_name = "T", value_parser = time, allow_negative_numbers = true)]
    pub(super) to: f64,
    /// Frames per second
    #[arg(long, value_name = "F", default_value_t = 20.0, value_parser = fps)]
    pub(super) fps: f64,
    /// Model time per second of the film [default: that of the scenario]
    #[arg(long, value_name = "S", value_parser = speed)]
    pub(super) speed: Option<f64>,
    /// The film to write: a .gif file, or a new folder for PNG files
    #[arg(long, short, value_name = "FILE|FOLDER", value_parser = reel)]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) shown: Shown,
    /// Number of threads, 0 for all cores; the film is the same for all
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    pub(super) threads: u16,
}

/// What is drawn, and how.
#[derive(Args, Clone, Debug)]
pub(super) struct Shown {
    /// One panel with its caption: its name, or its number from 1
    #[arg(long, value_name = "NAME|N", group = "part")]
    pub(super) panel: Option<String>,
    /// The panels side by side [default of a film]
    #[arg(long, group = "part")]
    pub(super) panels: bool,
    /// The three plots
    #[arg(long, group = "part")]
    pub(super) plots: bool,
    /// The whole window [default of a picture]
    #[arg(long, group = "part")]
    pub(super) window: bool,
    /// Width and height of what is drawn in points [default: 1280x800 for the window]
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub(super) size: Option<[u32; 2]>,
    /// Pixels per point: 2 for a picture of twice the resolution
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = scale)]
    pub(super) scale: f32,
    /// Colours
    #[arg(long, value_enum, default_value_t)]
    pub(super) theme: Theme,
    /// What the panels draw
    #[arg(long, value_enum, default_value_t)]
    pub(super) picture: Picture,
    /// What is drawn in the panels, these layers and no others [default: all but density, tangent and errors]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LAYER,...")]
    pub(super) layers: Vec<LayerName>,
    /// For a projector: larger type, thicker lines, stronger colours
    #[arg(long)]
    pub(super) projector: bool,
}

/// The training of networks.
#[derive(Args, Debug)]
pub(super) struct Train {
    /// Name of a preset, path of a scenario or session file, or a code: its target is a mixture of models
    #[arg(value_name = "PRESET|FILE|CODE")]
    pub(super) scenario: String,
    /// The folder of the networks, losses and plot; it is made if it is not there
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(super) out: PathBuf,
    /// Seed of the first weights and of all samples
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(super) seed: u64,
    /// Steps, if the loss does not stop getting better before
    #[arg(long, value_name = "N", default_value_t = 8000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(super) steps: u64,
    /// Units of each of the two hidden layers, a multiple of 8 up to 256
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(super) width: usize,
    /// Samples in each step
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub(super) batch: usize,
    /// The largest learning rate
    #[arg(long, value_name = "R", default_value_t = 5e-3)]
    pub(super) rate: f64,
    /// Number of threads, 0 for all cores; the networks are the same for all
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    pub(super) threads: u16,
}

#[derive(Args, Debug)]
pub(super) struct Verify {
    /// Names of checks or of groups, as `--list` shows them [default: all]
    #[arg(value_name = "NAME")]
    pub(super) names: Vec<String>,
    /// List groups, names and formulas instead
    #[arg(long)]
    pub(super) list: bool,
    /// Print every comparison, not only the tightest and those that fail
    #[arg(long)]
    pub(super) rows: bool,
    /// Write every comparison to this file as JSON; - is the standard output
    #[arg(long, value_name = "FILE|-")]
    pub(super) json: Option<PathBuf>,
    /// Number of threads, 0 for all cores; the numbers are the same for all
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    pub(super) threads: u16,
}

#[derive(Args, Debug)]
pub(super) struct Rehearse {
    /// Names of lectures, as `--list` shows them, or paths of lecture files [default: all]
    #[arg(value_name = "LECTURE|FILE")]
    pub(super) names: Vec<String>,
    /// List the lectures instead
    #[arg(long)]
    pub(super) list: bool,
    /// Number of threads, 0 for all cores; the numbers are the same for all
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    pub(super) threads: u16,
}

/// What the panels draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Picture {
    /// The plane of positions
    #[default]
    Plane,
    /// The density of x over the potential: transport horizontal, reaction vertical
    StripX,
    /// The density of y over the potential
    StripY,
    /// x and the velocity along x, of underdamped particles
    Phase,
}

/// Colours of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Theme {
    /// Dark on light
    #[default]
    Light,
    /// Light on dark
    Dark,
}

/// A layer of the panels, by its word in the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LayerName {
    /// Discs whose area is the weight
    Particles,
    /// Mass per area, as a shade
    Density,
    /// The exact density, as lines
    Exact,
    /// Single teleports, as arcs
    Teleports,
    /// Teleported mass per unit of time, as ribbons
    Ribbons,
    /// Weights that change, as rings
    Pulses,
    /// Transport as arrows over the rate of the reaction
    Tangent,
    /// Lines of equal potential
    Contours,
    /// The potential as a shade
    Map,
    /// The mass of each well, in figures
    Masses,
    /// On strips, the density less that of π, by bins, with two standard errors
    Errors,
    /// The law of each diffusion model of a mixture, as lines
    Models,
}

impl From<LayerName> for Layer {
    fn from(name: LayerName) -> Self {
        match name {
            LayerName::Particles => Self::Discs,
            LayerName::Density => Self::Density,
            LayerName::Exact => Self::Exact,
            LayerName::Teleports => Self::Arcs,
            LayerName::Ribbons => Self::Ribbons,
            LayerName::Pulses => Self::Pulses,
            LayerName::Tangent => Self::Tangent,
            LayerName::Contours => Self::Contours,
            LayerName::Map => Self::Map,
            LayerName::Masses => Self::Masses,
            LayerName::Errors => Self::Errors,
            LayerName::Models => Self::Models,
        }
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("expected KEY=VALUE, such as temperature=0.5")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn time(text: &str) -> Result<f64, String> {
    const LONGEST: f64 = 1e6;
    match text.parse() {
        Ok(time) if (0.0..=LONGEST).contains(&time) => Ok(time),
        _ => Err(format!("expected a time from 0 to {LONGEST}")),
    }
}

fn size(text: &str) -> Result<[u32; 2], String> {
    const SIDES: std::ops::RangeInclusive<u32> = 200..=8000;
    let sides = text.split_once(['x', 'X', '×']).map(|(w, h)| (w.parse(), h.parse()));
    match sides {
        Some((Ok(width), Ok(height))) if SIDES.contains(&width) && SIDES.contains(&height) => Ok([width, height]),
        _ => Err(format!(
            "expected WIDTHxHEIGHT with sides from {} to {}, such as 1280x800",
            SIDES.start(),
            SIDES.end()
        )),
    }
}

fn scale(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(scale) if (0.5..=4.0).contains(&scale) => Ok(scale),
        _ => Err("expected a factor from 0.5 to 4".to_owned()),
    }
}

fn fps(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(fps) if (1.0..=50.0).contains(&fps) => Ok(fps),
        _ => Err("expected a number from 1 to 50".to_owned()),
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let info = crate::scenario::SPEED;
    match text.parse() {
        Ok(speed) if info.check("speed", speed).is_ok() => Ok(speed),
        _ => Err(format!("expected a number from {} to {}", info.min, info.max)),
    }
}

fn ends_in(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}

fn picture(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if ["png", "svg"].iter().any(|ending| ends_in(&path, ending)) {
        Ok(path)
    } else {
        Err("expected a file name that ends in .png or .svg".to_owned())
    }
}

fn reel(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.extension().is_none() || ends_in(&path, "gif") || text.ends_with('/') {
        Ok(path)
    } else {
        Err("expected a file name that ends in .gif, or a folder, such as frames/".to_owned())
    }
}
