//! Whether what a file or a code says can be run. Numbers of scenarios are checked where they are read.

use crate::scenario::MOST_PANELS;
use crate::sim::Command;
use crate::timeline::Journal;

/// Latest step that a file may ask for: days of computing, but whoever asks can cancel.
const LATEST: u64 = 1_000_000_000;
/// Most commands of a journal.
const MOST_COMMANDS: usize = 1_000_000;

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
    let (mut panels, mut slots, mut last) = (journal.scenario.panels.len(), journal.scenario.particles, 0);
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
            Command::Brush(dab) => slots = dab.slots_after(slots)?,
            Command::Duplicate(panel) if *panel < panels && panels < MOST_PANELS => panels += 1,
            Command::Remove(panel) if *panel < panels && panels > 1 => panels -= 1,
            Command::Duplicate(panel) | Command::Remove(panel) => {
                return Err(format!("a change to panel {} of {panels}", panel + 1));
            }
        }
    }
    Ok(())
}
