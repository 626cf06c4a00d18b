//! Where the command line asks for pictures and films.

use super::Error;
use super::arguments::{Film, Render};
use super::source::Found;

/// Runs to the time asked for, draws what was asked for as the window would, and writes the file.
#[cfg(feature = "gui")]
pub(super) fn draw(found: &Found, options: &Render) -> Result<(), Error> {
    use crate::app::{Figure, Take};
    use crate::export::file;

    let vector = options.is_vector();
    let scenario = &found.scenario;
    let at = options.at.unwrap_or_else(|| found.journal().time_at(found.step()));
    let (sight, shot) = gui::shot(scenario, &options.shown, Figure::Window)?;
    if let Some(side) = shot.too_long().filter(|_| !vector) {
        return Err(gui::too_large(side));
    }
    // Said before the run, not after it.
    drop(file::Draft::new(&options.output)?);
    let steps = found.journal().step_at(at);
    let bar = super::run::progress_bar(steps, "steps");
    let mut take = Take::new(found.journal(), &sight, &shot, vector);
    take.run_to(at, &mut |step| {
        bar.set_position(step);
        true
    })?;
    bar.finish_and_clear();
    write(take, options)
}

/// Draws the window on a card of a lecture, where it ends or, where it waits with a question, as it opens.
#[cfg(feature = "gui")]
pub(super) fn draw_card(card: (&str, crate::lecture::Lecture, usize), options: &Render) -> Result<(), Error> {
    use crate::export::file;

    let (_, lecture, index) = &card;
    let waits = lecture.cards[*index].question.is_some() && !options.revealed;
    drop(file::Draft::new(&options.output)?);
    let take = gui::on_card(card, waits, (&options.shown, options.is_vector()))?;
    write(take, options)
}

/// Writes the picture as the name of its file says.
#[cfg(feature = "gui")]
fn write(mut take: crate::app::Take, options: &Render) -> Result<(), Error> {
    use crate::export::{Failure, file};

    let failed = Failure::at(&options.output);
    let bytes = if options.is_vector() {
        take.svg().map_err(failed)?
    } else {
        gui::png(&take.picture()).map_err(failed)?
    };
    file::write(&options.output, &bytes)?;
    Ok(())
}

/// Draws all cards of a lecture where they end, on one sheet.
#[cfg(feature = "gui")]
pub(super) fn draw_cards(
    (name, lecture): (&str, &crate::lecture::Lecture),
    width: u32,
    options: &Render,
) -> Result<(), Error> {
    use crate::app::sheet;
    use crate::export::{Failure, file};

    if options.is_vector() {
        return Err(Error::Picture("a sheet of cards is a .png file".to_owned()));
    }
    drop(file::Draft::new(&options.output)?);
    let mut shown = options.shown.clone();
    shown.size = shown.size.or(Some([1280, 720]));
    let cards = lecture.cards.len();
    let bar = super::run::progress_bar(cards as u64, "cards");
    let draw = |card: usize| {
        let take = gui::on_card((name, lecture.clone(), card), false, (&shown, false));
        let picture = take.map(|mut take| take.picture());
        bar.inc(1);
        picture
    };
    let pictures = (0..cards).map(draw).collect::<Result<Vec<_>, _>>()?;
    bar.finish_and_clear();
    let bytes = sheet(&pictures, width, shown.theme.into()).map_err(Failure::at(&options.output))?;
    file::write(&options.output, &bytes)?;
    Ok(())
}

/// Films a run. Ctrl+C stops it and leaves nothing.
#[cfg(feature = "gui")]
pub(super) fn film(found: &Found, options: &Film) -> Result<(), Error> {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::app::{Figure, Reel, Take};
    use crate::export::Progress;

    /// How often the bar and Ctrl+C are looked at.
    const EVERY: Duration = Duration::from_millis(40);

    let scenario = &found.scenario;
    let (sight, shot) = gui::shot(scenario, &options.shown, Figure::Panels)?;
    if let Some(side) = shot.too_long() {
        return Err(gui::too_large(side));
    }
    let reel = Reel {
        from: options.from,
        to: options.to,
        speed: options.speed.unwrap_or(scenario.speed),
        rate: options.fps,
    };
    if reel.to < reel.from {
        return Err(Error::Picture("the film ends before it begins".to_owned()));
    }
    let (frames, most) = (reel.frames(), Reel::MAX_FRAMES);
    if frames > most {
        return Err(Error::Picture(format!(
            "{frames} frames are too many for a film: expected {most} at most"
        )));
    }
    let pool = super::pool(options.threads)?;
    let progress = Arc::new(Progress::default());
    let asked = Arc::clone(&progress);
    // Without a handler Ctrl+C ends the program at once, and only a hidden file beside the film's place may stay.
    let _ = ctrlc::set_handler(move || asked.cancel());
    let bar = super::run::progress_bar(frames, "frames");
    let done = std::thread::scope(|scope| {
        let film = || {
            pool.install(|| {
                let take = Take::new(found.journal(), &sight, &shot, false);
                reel.film(take, &options.output, &progress)
            })
        };
        let thread = std::thread::Builder::new()
            .name("wfr-lab film".to_owned())
            .spawn_scoped(scope, film)?;
        while !thread.is_finished() {
            bar.set_position(progress.done().0);
            std::thread::sleep(EVERY);
        }
        Ok::<_, Error>(thread.join())
    })?;
    bar.finish_and_clear();
    match done {
        Ok(outcome) => Ok(outcome.map(|_| ())?),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

#[cfg(feature = "gui")]
mod gui {
    use eframe::egui::{Vec2, vec2};

    use super::super::Error;
    use super::super::arguments::Shown;
    pub(super) use crate::app::png;
    use crate::app::{Figure, Options, Shot, Sight, Stop, Take};
    use crate::lecture::{Layer, Lecture};
    use crate::render::raster::MAX_SIDE;
    use crate::scenario::{Scenario, closest};

    /// What is drawn of a scenario, and how.
    pub(super) fn shot(scenario: &Scenario, shown: &Shown, unsaid: Figure) -> Result<(Sight, Shot), Error> {
        let look = Options {
            theme: shown.theme.into(),
            projector: shown.projector,
            ..Options::default()
        };
        let mut sight = Sight::new(scenario.clone(), look).showing(shown.picture.into());
        if !shown.layers.is_empty() {
            let layers: Vec<Layer> = shown.layers.iter().map(|name| (*name).into()).collect();
            sight = sight.with_layers(&layers);
        }
        let figure = match &shown.panel {
            Some(name) => Figure::Panel(sight.panel(name).ok_or_else(|| no_panel(scenario, name))?),
            None if shown.plots => Figure::Plots,
            None if shown.panels => Figure::Panels,
            None if shown.window => Figure::Window,
            None => unsaid,
        };
        let size = shown.size.map_or_else(
            || usual(figure, scenario.panels.len()),
            |[width, height]| vec2(width as f32, height as f32),
        );
        let scale = shown.scale;
        Ok((sight, Shot { figure, size, scale }))
    }

    /// A card of a lecture where it ends or, where it waits with a question, as it opens.
    pub(super) fn on_card(
        (name, lecture, card): (&str, Lecture, usize),
        waits: bool,
        (shown, vector): (&Shown, bool),
    ) -> Result<Take, Error> {
        let passage = lecture.passage(card);
        let [from, to] = passage.times();
        let (sight, shot) = shot(&passage.journal.scenario, shown, Figure::Window)?;
        if let Some(side) = shot.too_long().filter(|_| !vector) {
            return Err(too_large(side));
        }
        let sight = sight.on_card(name, lecture, card, !waits);
        let mut take = Take::new(passage.journal, &sight, &shot, vector);
        take.run_to(if waits { from } else { to }, &mut |_| true)?;
        Ok(take)
    }

    /// The size (points) of a figure where nothing is said.
    fn usual(figure: Figure, panels: usize) -> Vec2 {
        match figure {
            Figure::Window => vec2(1280.0, 800.0),
            Figure::Plots => vec2(1200.0, 330.0),
            Figure::Panel(_) => vec2(560.0, 620.0),
            Figure::Panels if panels == 4 => vec2(900.0, 1000.0),
            Figure::Panels => vec2(60.0 + 400.0 * panels as f32, 500.0),
        }
    }

    pub(super) fn too_large(side: usize) -> Error {
        Error::Picture(format!(
            "{side} pixels are too many for a side: expected {MAX_SIDE} at most"
        ))
    }

    fn no_panel(scenario: &Scenario, name: &str) -> Error {
        let close = closest(name, scenario.panels.iter().map(|flow| flow.name.as_str()));
        Error::Panel {
            name: name.to_owned(),
            hint: close.map_or_else(String::new, |close| format!(" (did you mean `{close}`?)")),
            panels: scenario.panels.len(),
        }
    }

    impl From<super::super::arguments::Theme> for crate::app::Theme {
        fn from(theme: super::super::arguments::Theme) -> Self {
            match theme {
                super::super::arguments::Theme::Light => Self::Light,
                super::super::arguments::Theme::Dark => Self::Dark,
            }
        }
    }

    impl From<super::super::arguments::Picture> for crate::lecture::Picture {
        fn from(picture: super::super::arguments::Picture) -> Self {
            match picture {
                super::super::arguments::Picture::Plane => Self::Plane,
                super::super::arguments::Picture::StripX => Self::StripX,
                super::super::arguments::Picture::StripY => Self::StripY,
                super::super::arguments::Picture::Phase => Self::Phase,
            }
        }
    }

    impl From<Stop> for Error {
        fn from(stop: Stop) -> Self {
            match stop {
                Stop::File(failure) => Self::File(failure),
                Stop::Run { time, cause } => Self::Step { time, cause },
                // Here the run and its film are on the same thread.
                Stop::Cancelled | Stop::NoRun => Self::Stopped,
            }
        }
    }
}

/// Says that this build draws nothing.
#[cfg(not(feature = "gui"))]
pub(super) fn draw(_: &Found, _: &Render) -> Result<(), Error> {
    Err(without_gui())
}

/// Says that this build draws nothing.
#[cfg(not(feature = "gui"))]
pub(super) fn draw_card(_: (&str, crate::lecture::Lecture, usize), _: &Render) -> Result<(), Error> {
    Err(without_gui())
}

/// Says that this build draws nothing.
#[cfg(not(feature = "gui"))]
pub(super) fn draw_cards(_: (&str, &crate::lecture::Lecture), _: u32, _: &Render) -> Result<(), Error> {
    Err(without_gui())
}

/// Says that this build films nothing.
#[cfg(not(feature = "gui"))]
pub(super) fn film(_: &Found, _: &Film) -> Result<(), Error> {
    Err(without_gui())
}

#[cfg(not(feature = "gui"))]
fn without_gui() -> Error {
    Error::Picture("this program was built without its `gui` feature".to_owned())
}
