//! The one place where the command line asks for a picture.

use super::Error;
use super::arguments::Render;
use crate::scenario::Scenario;

/// Runs to the time asked for, draws the interface and writes the file.
#[cfg(feature = "gui")]
pub(super) fn draw(scenario: Scenario, options: &Render) -> Result<(), Error> {
    let _ = (scenario, options);
    Err(Error::Picture("the interface is not wired up yet".to_owned()))
}

/// Says that this build draws nothing.
#[cfg(not(feature = "gui"))]
pub(super) fn draw(_: Scenario, _: &Render) -> Result<(), Error> {
    Err(Error::Picture(
        "this program was built without its `gui` feature".to_owned(),
    ))
}
