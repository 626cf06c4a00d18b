//! Whether what a file or a code says can be run. Numbers of scenarios are checked where they are read.

use crate::scenario::MOST_PANELS;
use crate::sim::{Command, Dab, Stroke};
use crate::timeline::Journal;

/// Latest step that a file may ask for: days of computing, but whoever asks can cancel.
const LATEST: u64 = 1_000_000_000;
/// Most commands of a journal.
const MOST_COMMANDS: usize = 1_000_000;
/// Largest coordinate and radius of a brush, as for starts.
const FAR: f64 = 1e6;
/// Most particles of one touch of the brush.
const MOST_PER_DAB: u32 = 1_000_000;

/// Whether a journal can be replayed to a step, else half a sentence.
pub(super) fn journal(journal: &Journal, step: u64) -> Result<(), String> {
    journal.scenario.check().map_err(|e| e.to_string())?;
    if step > LATEST {
        return Err(format!("step {step}: expected at most {LATEST}"));
    }
    if journal.commands.len() > MOST_COMMANDS {
        return Err(format!(
            "{} commands: expected at most {MOST_COMMANDS}",
            journal.commands.len()
        ));
    }
    let (mut panels, mut last) = (journal.scenario.panels.len(), 0);
    for (at, command) in &journal.commands {
        if *at < last || *at > step {
            return Err(format!(
                "a command at step {at}, after step {} of a run of {step}",
                last
            ));
        }
        last = *at;
        match &**command {
            Command::Edit(scenario) => scenario.check().map_err(|e| e.to_string())?,
            Command::Reset | Command::Load(_) => {
                return Err("a new start in the middle of the journal".to_owned());
            }
            Command::Brush(dab) => brush(dab)?,
            Command::Duplicate(panel) if *panel < panels && panels < MOST_PANELS => panels += 1,
            Command::Remove(panel) if *panel < panels && panels > 1 => panels -= 1,
            Command::Duplicate(panel) | Command::Remove(panel) => {
                return Err(format!("a change to panel {} of {panels}", panel + 1));
            }
        }
    }
    Ok(())
}

/// The model time of a step of a run.
pub fn time_at(journal: &Journal, step: u64) -> f64 {
    let (time, from, dt) = before(journal, |at, _| at <= step);
    time + (step - from) as f64 * dt
}

/// The step of a run that is nearest to a model time.
pub fn step_at(journal: &Journal, time: f64) -> u64 {
    let (before, from, dt) = before(journal, |_, then| then <= time);
    from + ((time - before) / dt).round().max(0.0) as u64
}

/// Time and step at which the time step last changed while `before` holds, and that time step.
fn before(journal: &Journal, before: impl Fn(u64, f64) -> bool) -> (f64, u64, f64) {
    let (mut time, mut from, mut dt) = (0.0, 0, journal.scenario.dt);
    for (at, command) in &journal.commands {
        let then = time + (at - from) as f64 * dt;
        if !before(*at, then) {
            break;
        }
        if let Command::Edit(scenario) = &**command
            && scenario.dt != dt
        {
            (time, from, dt) = (then, *at, scenario.dt);
        }
    }
    (time, from, dt)
}

fn brush(dab: &Dab) -> Result<(), String> {
    let near = |x: f64| x.abs() <= FAR;
    let fits = near(dab.center.x) && near(dab.center.y) && dab.radius > 0.0 && dab.radius <= FAR;
    let few = match dab.stroke {
        Stroke::Add(n) => n <= MOST_PER_DAB,
        Stroke::Erase => true,
    };
    if fits && few {
        Ok(())
    } else {
        Err("a touch of the brush out of range".to_owned())
    }
}
