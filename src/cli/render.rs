//! `render` and `film`: what the window shows as pictures, without a display.

use super::arguments::{Film, Render};
use super::{Error, picture, source};

/// Draws the window, or a part of it, at the time asked for.
pub(super) fn render(options: &Render) -> Result<(), Error> {
    let found = source::find(&options.source)?;
    picture::draw(&found, options)
}

/// Draws many times as a film.
pub(super) fn film(options: &Film) -> Result<(), Error> {
    let found = source::find(&options.source)?;
    picture::film(&found, options)
}
