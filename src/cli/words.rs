//! `words`: the table of all sentences of the window, and files made from it.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::Error;
use crate::words::Wording;

/// Prints the table, with what a file has for it.
pub(super) fn words(out: &mut impl Write, file: Option<&Path>) -> Result<(), Error> {
    let wording = file.map_or_else(|| Ok(Wording::default()), wording)?;
    Ok(out.write_all(wording.to_ron().as_bytes())?)
}

/// Reads such a file.
pub(super) fn wording(path: &Path) -> Result<Wording, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Words {
        path: path.to_owned(),
        source,
    })?;
    Ok(Wording::from_ron(&text, &path.display().to_string())?)
}
