//! `render` and `film`: what the window shows as pictures, without a display.

use super::arguments::{Film, Render};
use super::{Error, picture, source};

/// Draws the window, or a part of it, at the time asked for.
pub(super) fn render(options: &Render) -> Result<(), Error> {
    if let Some(name) = &options.lecture {
        let lecture = super::rehearse::find(name)?;
        if let Some(width) = options.cards {
            return picture::draw_cards((name, &lecture), width, options);
        }
        let card = super::rehearse::nth_card(&lecture, options.card)?;
        return picture::draw_card((name, lecture, card), options);
    }
    let found = source::named(options.scenario.as_deref().unwrap_or_default(), &options.changes)?;
    picture::draw(&found, options)
}

/// Draws many times as a film.
pub(super) fn film(options: &Film) -> Result<(), Error> {
    let found = source::find(&options.source)?;
    picture::film(&found, options)
}
