//! `run`: a scenario without a window.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::Error;
use super::arguments::Run;
use super::record::summary;
use super::source::{self, Found};
use crate::continuum::enclosure;
use crate::export::table::{self, Table};
use crate::export::{Draft, Failure};
use crate::landscape::Landscape;
use crate::observe::Observer;
use crate::reference::{Exact, ExactPanel, Reference};
use crate::share::Session;
use crate::sim::{Command, Simulation};
use crate::space::Rect;
use crate::timeline::{Condition, Journal, State, Watch};

/// Runs the scenario, writes the table and prints the summary.
pub(super) fn run(out: &mut (impl Write + Send), options: &Run) -> Result<(), Error> {
    let found = source::find(&options.source)?;
    if let Some(notice) = enclosure(&found.scenario.landscape(), found.scenario.view()).notice() {
        // The standard error may be closed; the run goes on all the same.
        let _ = writeln!(io::stderr(), "wfr-lab: {notice}");
    }
    let pool = super::pool(options.threads)?;
    let to_out = options.csv.as_deref() == Some(Path::new("-"));
    let target: Option<Box<dyn Write + Send + '_>> = match options.csv.as_deref() {
        None => None,
        Some(_) if to_out => Some(Box::new(&mut *out)),
        Some(path) => Some(Box::new(BufWriter::new(create(path, &found)?))),
    };
    let particles = match options.particles.as_deref() {
        None => None,
        Some(path) => {
            spare_scenario(path, &found)?;
            Some(Draft::new(path)?)
        }
    };
    let text = pool
        .install(|| advance(&found, options, (target, particles)))
        .map_err(|error| match (error, &options.csv) {
            (Error::Output(source), Some(path)) if !to_out => Error::Write {
                path: path.clone(),
                source,
            },
            (error, _) => error,
        })?;
    if to_out {
        // The table is what was asked for: it does not fail because nobody wants the summary.
        let _ = io::stderr().write_all(text.as_bytes());
    } else {
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Runs to the end, writes tables where they are wanted, and returns the summary.
fn advance(
    found: &Found,
    options: &Run,
    (target, particles): (Option<Box<dyn Write + Send + '_>>, Option<Draft>),
) -> Result<String, Error> {
    /// How long the window would take, in seconds, where nothing is said.
    const SHOW: f64 = 10.0;
    /// Recorded times where nothing is said.
    const ROWS: u64 = 100;
    let scenario = &found.scenario;
    let mut commands = found.commands().into_iter().peekable();
    // A run that was done once ends where it stood; what was done to it may have changed the time step.
    let last = scenario.last_step();
    let steps = match (options.until, &found.past) {
        (None, Some(past)) => past.step,
        (None, None) if last.is_some() => last.unwrap_or_default(),
        (until, None) => (until.unwrap_or(SHOW * scenario.speed) / scenario.dt).round() as u64,
        (Some(until), Some(_)) => found.journal().step_at(until),
    };
    let steps = last.map_or(steps, |last| steps.min(last));
    let every = options.every.unwrap_or((steps / ROWS).max(1));

    let mut simulation = Simulation::new(scenario.clone());
    let mut table = match target {
        Some(target) => Some(Table::new(target, most_basins(&found.journal()), options.exact)?),
        None => None,
    };
    let mut reference = options.exact.then(|| Reference::new(scenario));
    let mut watch = watch(found, &options.stop_when)?;
    let mut met = None;
    let bar = progress_bar(steps, "steps");
    for step in 0..=steps {
        if step > 0 {
            self::step(&mut simulation)?;
            if options.session.is_some() || !options.stop_when.is_empty() {
                simulation.record();
            }
        }
        while let Some((_, command)) = commands.next_if(|(at, _)| *at <= step) {
            let time = simulation.time();
            let done = simulation.apply(command.clone());
            if let Some(reference) = reference.as_mut().filter(|_| done) {
                reference.follow(simulation.tempo());
                reference.apply(&command, time);
            }
        }
        met = watch.look(simulation.just_measured());
        let last = step == steps || met.is_some();
        if let Some(table) = &mut table
            && (step % every == 0 || last)
        {
            let exact = exact(&mut reference, &simulation);
            for (panel, flow) in Arc::clone(simulation.scenario()).panels.iter().enumerate() {
                let now = simulation.observe(panel);
                let solution = exact.as_ref().map(|exact| match &exact.panels[panel] {
                    ExactPanel::Solved(solution) => Some((solution, simulation.cover(panel))),
                    ExactPanel::None(_) => None,
                });
                table.row(&flow.name, &now, solution)?;
            }
            table.flush()?;
        }
        bar.set_position(step);
        if met.is_some() {
            break;
        }
    }
    bar.finish_and_clear();
    if let Some(mut draft) = particles {
        let failed = Failure::at(draft.path());
        table::particles(&mut draft, &simulation).map_err(failed)?;
        draft.finish()?;
    }
    if let Some(path) = &options.session {
        spare_scenario(path, found)?;
        let mut journal = found.journal();
        journal.commands.retain(|(at, _)| *at <= simulation.steps());
        let frame = simulation.frame();
        Session::new(State { journal, frame }, found.view()).save(path)?;
    }
    let exact = exact(&mut reference, &simulation);
    let mut text = summary(&found.name, &mut simulation, exact.as_ref());
    if let Some(met) = met {
        text.push_str(&format!("stopped: {met}\n"));
    }
    Ok(text)
}

/// The most basins that a run has had to tell of: what was edited may have changed their number.
fn most_basins(journal: &Journal) -> usize {
    let edits = journal.commands.iter().filter_map(|(_, command)| match &**command {
        Command::Edit(scenario) => Some(&**scenario),
        _ => None,
    });
    let mut seen: Vec<(Landscape, Rect)> = Vec::new();
    for scenario in std::iter::once(&*journal.scenario).chain(edits) {
        let sight = (scenario.landscape(), scenario.view());
        if !seen.contains(&sight) {
            seen.push(sight);
        }
    }
    let basins = |(landscape, view): &(Landscape, Rect)| Observer::new(landscape, *view).basins().len();
    seen.iter().map(basins).max().unwrap_or(0)
}

/// Watches conditions, of which each names a panel that there is, or none.
fn watch(found: &Found, conditions: &[Condition]) -> Result<Watch, Error> {
    let there = |name: &String| found.scenario.panels.iter().any(|flow| flow.name == *name);
    if let Some(panel) = conditions
        .iter()
        .filter_map(|c| c.panel.as_ref())
        .find(|name| !there(name))
    {
        return Err(Error::Panel {
            name: panel.clone(),
            hint: crate::scenario::closest(panel, found.scenario.panels.iter().map(|flow| flow.name.as_str()))
                .map_or_else(String::new, |close| format!(" (did you mean `{close}`?)")),
            panels: found.scenario.panels.len(),
        });
    }
    let mut watch = Watch::default();
    watch.set(conditions.to_vec());
    Ok(watch)
}

/// The exact solutions at the time of the run, where they are wanted.
fn exact(reference: &mut Option<Reference>, simulation: &Simulation) -> Option<Exact> {
    let reference = reference.as_mut()?;
    reference.follow(simulation.tempo());
    reference.advance(simulation.time());
    Some(reference.exact())
}

/// One step of all panels.
pub(super) fn step(simulation: &mut Simulation) -> Result<(), Error> {
    simulation.step().map_err(|cause| Error::Step {
        time: simulation.time(),
        cause,
    })
}

/// A bar on the standard error if that is a terminal, otherwise nothing.
pub(super) fn progress_bar(steps: u64, what: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(steps);
    match ProgressStyle::with_template(&format!("{{wide_bar}} {{pos}}/{{len}} {what}, {{eta}} left")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Makes the file of the table, or empties it; but never the scenario itself.
fn create(path: &Path, found: &Found) -> Result<File, Error> {
    spare_scenario(path, found)?;
    File::create(path).map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })
}

/// Refuses to write over the scenario that runs.
fn spare_scenario(path: &Path, found: &Found) -> Result<(), Error> {
    let whole = |path: &Path| path.canonicalize().ok();
    let own = found.path.as_deref().and_then(whole);
    if own.is_some() && whole(path) == own {
        return Err(Error::Write {
            path: path.to_owned(),
            source: io::Error::other("it is the scenario that was asked for"),
        });
    }
    Ok(())
}
