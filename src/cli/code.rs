//! `code`: a run as one line.

use std::io::Write;

use super::arguments::Code;
use super::{Error, source};
use crate::share;

/// Prints the code of a run at a time.
pub(super) fn code(out: &mut impl Write, options: &Code) -> Result<(), Error> {
    let found = source::find(&options.source)?;
    let mut journal = found.journal();
    let step = options.at.map_or_else(|| found.step(), |at| journal.step_at(at));
    journal.commands.retain(|(at, _)| *at <= step);
    let line = share::Code::new(journal, step).write()?;
    writeln!(out, "{line}")?;
    Ok(())
}
