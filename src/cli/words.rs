//! `words`: the table of all sentences of the window, and wordings made from it.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::Error;
use crate::words::{BUILT_IN, Wording};

/// Prints the table, with what a wording has for it.
pub(super) fn words(out: &mut impl Write, of: Option<&Path>) -> Result<(), Error> {
    let wording = of.map_or_else(|| Ok(Wording::default()), wording)?;
    Ok(out.write_all(wording.to_ron().as_bytes())?)
}

/// A built-in wording, or one of a file.
pub(super) fn wording(path: &Path) -> Result<Wording, Error> {
    if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| path == Path::new(name)) {
        return Ok(Wording::from_ron(text, name)?);
    }
    let text = fs::read_to_string(path).map_err(|source| Error::Words {
        path: path.to_owned(),
        source,
    })?;
    Ok(Wording::from_ron(&text, &path.display().to_string())?)
}
