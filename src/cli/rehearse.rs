//! `rehearse`: lectures played from the first to the last card, and every claim checked.

use std::fs;
use std::io::{self, IsTerminal as _, Write};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use super::Error;
use super::arguments::Rehearse;
use crate::lecture::{BuiltIn, Lecture, Rehearsal, lectures, plain};
use crate::scenario::closest;

/// Plays the lectures asked for, or lists them.
pub(super) fn rehearse(out: &mut (impl Write + Send), options: &Rehearse) -> Result<(), Error> {
    if options.list {
        let width = lectures().iter().map(|l| l.name.len()).max().unwrap_or(0);
        for built_in in lectures() {
            let lecture = built_in.lecture();
            let cards = lecture.cards.len();
            writeln!(out, "{:width$}  {} ({cards} cards)", built_in.name, lecture.title)?;
        }
        return Ok(());
    }
    let all: Vec<String>;
    let names = if options.names.is_empty() {
        all = lectures().iter().map(|l| l.name.to_owned()).collect();
        &all
    } else {
        &options.names
    };
    // All are read before the first is played: a mistake in the last file is told at once.
    let lectures = names.iter().map(|name| find(name)).collect::<Result<Vec<_>, _>>()?;
    let (mut failed, mut cards) = (0, 0);
    super::pool(options.threads)?.install(|| -> Result<(), Error> {
        for lecture in &lectures {
            failed += play(out, lecture)?;
            cards += lecture.cards.len();
        }
        Ok(())
    })?;
    match failed {
        0 => Ok(()),
        failed => Err(Error::Cards { failed, all: cards }),
    }
}

/// A built-in lecture, or a file.
pub(super) fn find(name: &str) -> Result<Lecture, Error> {
    if let Some(built_in) = BuiltIn::named(name) {
        return Ok(built_in.lecture());
    }
    match fs::read_to_string(name) {
        Ok(text) => Ok(Lecture::from_ron(&text, name)?),
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            let close = closest(name, lectures().iter().map(|l| l.name));
            Err(Error::Lecture {
                name: name.to_owned(),
                hint: close.map_or_else(String::new, |close| format!(" (did you mean `{close}`?)")),
            })
        }
        Err(source) => Err(Error::Read {
            path: name.into(),
            source,
        }),
    }
}

/// The index of a card that is counted from 1.
pub(super) fn nth_card(lecture: &Lecture, card: usize) -> Result<usize, Error> {
    let all = lecture.cards.len();
    let index = card.checked_sub(1).filter(|k| *k < all);
    index.ok_or(Error::Card { card, all })
}

/// Plays one lecture and tells of each card as it ends; how many cards failed.
fn play(out: &mut impl Write, lecture: &Lecture) -> Result<usize, Error> {
    let colored = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    let style = |color: AnsiColor| match colored {
        true => Style::new().fg_color(Some(color.into())),
        false => Style::new(),
    };
    let bar = progress_bar(lecture.cards.len());
    let title = &lecture.title;
    bar.suspend(|| writeln!(out, "{title}"))?;
    let mut failed = 0;
    for played in Rehearsal::new(lecture) {
        let mut lines = vec![format!(
            "  {:2}  {} (t = {})",
            played.card + 1,
            played.title,
            played.time
        )];
        if let Some(error) = &played.stopped {
            lines.push(format!("      stopped: {error}"));
        }
        for finding in &played.findings {
            let style = style(if finding.holds() {
                AnsiColor::Green
            } else {
                AnsiColor::Red
            });
            let tick = crate::verify::tick(finding.holds());
            lines.push(format!("      {style}{tick}{style:#} {}", plain(&finding.says)));
            lines.push(format!("        {finding}"));
        }
        failed += usize::from(!played.holds());
        bar.suspend(|| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
        out.flush()?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(failed)
}

/// A bar on the standard error if that is a terminal, otherwise nothing.
fn progress_bar(cards: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(cards as u64);
    match ProgressStyle::with_template("{wide_bar} card {pos} of {len}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
