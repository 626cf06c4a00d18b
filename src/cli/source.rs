//! Finding the scenario that was asked for.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::Error;
use super::arguments::{Changes, Source};
use crate::scenario::{Preset, Scenario, closest, presets};

/// A scenario, and how to call it.
pub(super) struct Found {
    /// The scenario, with the changes asked for.
    pub(super) scenario: Scenario,
    /// Name of the preset or path of the file.
    pub(super) name: String,
    /// The file, where it is one.
    pub(super) path: Option<PathBuf>,
    /// The file as it stands, where nothing was changed.
    pub(super) text: Option<String>,
}

/// The preset or file of that name, with changes.
pub(super) fn find(source: &Source) -> Result<Found, Error> {
    named(&source.scenario, &source.changes)
}

/// The preset or file of that name, with changes: first the presets are searched, then the files.
pub(super) fn named(name: &str, changes: &Changes) -> Result<Found, Error> {
    let (text, path) = match Preset::named(name) {
        Some(preset) => (preset.text.to_owned(), None),
        None if Path::new(name).exists() => (read(Path::new(name))?, Some(PathBuf::from(name))),
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
        path,
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
