//! Finding the scenario that was asked for.

use std::fs;
use std::io;
use std::path::Path;

use super::Error;
use super::arguments::{Changes, Source};
use crate::scenario::{Preset, Scenario, closest, presets};

/// A scenario, and how to call it.
pub(super) struct Found {
    /// The scenario, with the changes asked for.
    pub(super) scenario: Scenario,
    /// Name of the preset or path of the file.
    pub(super) name: String,
    /// The file as it stands, where nothing was changed.
    pub(super) text: Option<String>,
}

/// The preset or file of that name, with changes.
pub(super) fn find(source: &Source) -> Result<Found, Error> {
    named(&source.scenario, &source.changes)
}

/// The preset or file of that name, with changes: first the presets are searched, then the files.
pub(super) fn named(name: &str, changes: &Changes) -> Result<Found, Error> {
    let text = match Preset::named(name) {
        Some(preset) => preset.text.to_owned(),
        None if Path::new(name).exists() => read(Path::new(name))?,
        None => {
            let close = closest(name, presets().iter().map(|preset| preset.name));
            return Err(Error::Unknown {
                name: name.to_owned(),
                hint: close.map_or_else(String::new, |close| format!(" (did you mean `{close}`?)")),
            });
        }
    };
    let mut scenario = Scenario::from_ron(&text, name)?;
    let changed = changes.seed.is_some() || !changes.set.is_empty();
    for (key, value) in &changes.set {
        scenario.set(key, value)?;
    }
    scenario.seed = changes.seed.unwrap_or(scenario.seed);
    scenario.check()?;
    Ok(Found {
        scenario,
        name: name.to_owned(),
        text: (!changed).then_some(text),
    })
}

/// The text of a scenario file.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    /// Nobody writes more by hand, and whoever names a video by mistake gets an answer.
    const LARGEST: u64 = 64 << 20;
    let error = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let about = fs::metadata(path).map_err(error)?;
    if about.is_dir() {
        return Err(error(io::Error::other("it is a folder")));
    }
    if about.len() > LARGEST {
        return Err(error(io::Error::other("it is larger than 64 MiB")));
    }
    fs::read_to_string(path).map_err(error)
}
