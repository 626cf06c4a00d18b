//! `render`: the window as a picture, without a display.

use super::arguments::Render;
use super::{Error, picture, source};

/// Draws the window at the time asked for into a PNG file.
pub(super) fn render(options: &Render) -> Result<(), Error> {
    let found = source::find(&options.source)?;
    picture::draw(found.scenario, options)
}
