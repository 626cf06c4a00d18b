//! Whether what a file or a code says can be run. Numbers of scenarios are checked where they are read.

use crate::scenario::MOST_PANELS;
use crate::sim::Command;
use crate::timeline::Journal;

/// Latest step that a file may ask for: days of computing, but whoever asks can cancel.
const LATEST: u64 = 1_000_000_000;
/// Most commands of a journal.
pub(super) const MOST_COMMANDS: usize = 1_000_000;
/// Most edits among them: each is a whole scenario. So many were made by somebody who dragged something for twenty minutes, in 60 frames per
/// second, while the run went on.
pub(super) const MOST_EDITS: usize = 1 << 16;

/// Whether there are no more commands than can be read back, and no more edits among them; else half a sentence.
pub(super) fn count(commands: usize, edits: usize) -> Result<(), String> {
    let most = |count: usize, most: usize, what: &str| {
        if count <= most {
            return Ok(());
        }
        Err(format!("{count} {what}: expected at most {most}"))
    };
    most(commands, MOST_COMMANDS, "commands")?;
    most(edits, MOST_EDITS, "edits")
}

/// The edits of a journal.
pub(super) fn edits(journal: &Journal) -> usize {
    let is_edit = |command: &Command| matches!(command, Command::Edit(_));
    journal.commands.iter().filter(|(_, command)| is_edit(command)).count()
}

/// Whether a journal can be replayed to a step, else half a sentence.
pub(super) fn journal(journal: &Journal, step: u64) -> Result<(), String> {
    journal.scenario.check().map_err(|e| e.to_string())?;
    if step > LATEST {
        return Err(format!("step {step}: expected at most {LATEST}"));
    }
    count(journal.commands.len(), edits(journal))?;
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
