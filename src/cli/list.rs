//! `list`, `show` and `check`: what there is.

use std::io::{self, Write};
use std::path::PathBuf;

use super::arguments::Source;
use super::{Error, source};
use crate::continuum::enclosure;
use crate::landscape::{ANGLE, DEPTH, SHIFT, TILT, WIDTH};
use crate::lecture::Lecture;
use crate::params::{self, Scale};
use crate::scenario::{Scenario, presets};
use crate::share::SessionError;
use crate::target::Shape;
use crate::words::{self, Wording};

/// Prints the presets, the targets and what can be set.
pub(super) fn list(out: &mut impl Write) -> Result<(), Error> {
    writeln!(out, "Presets (the first is the default):")?;
    let widest = presets().iter().map(|p| p.name.len()).max().unwrap_or(0);
    for preset in presets() {
        writeln!(out, "  {:widest$}  {}", preset.name, preset.scenario().title)?;
    }

    writeln!(out, "\nTargets, and their numbers as --set target.NAME=…:")?;
    for mut shape in Shape::all() {
        writeln!(out, "  {}", shape.name())?;
        let numbers = params::list(shape.parameters());
        for (name, value, info) in &numbers {
            let kind = if info.scale == Scale::Whole { "whole, " } else { "" };
            let (min, max) = (info.min, info.max);
            writeln!(out, "    {name} = {value} ({kind}{min} to {max}): {}", info.help)?;
        }
        if let Shape::Formula(formula) = &shape {
            writeln!(
                out,
                "    u: {:?}, a formula of x, y and parameters of one's own,",
                formula.text()
            )?;
            let own = formula.parameters().iter().map(|own| format!("\"{own}\""));
            writeln!(out, "    parameters: [{}],", own.collect::<Vec<_>>().join(", "))?;
            writeln!(out, "    view: ((x0, x1), (y0, y1))")?;
        } else if numbers.is_empty() {
            writeln!(
                out,
                "    components: [(weight: 1, mean: (x, y), covariance: (xx, xy, yy)), …]"
            )?;
        }
    }

    let mut scenario = presets()[0].scenario();
    let panel = scenario.panels[0].name.clone();
    writeln!(out, "\nTo --set KEY=VALUE, beside those of the target:")?;
    for (name, _, info) in params::list(&mut scenario) {
        writeln!(out, "  {name} ({} to {}): {}", info.min, info.max, info.help)?;
    }
    writeln!(out, "  seed, title, view, start, target: as in a scenario file")?;
    writeln!(
        out,
        "  relief, relief.shift, relief.tilt, relief.wells: what lies over the target, as in a scenario file, with"
    )?;
    let ranges = [
        ("shift", SHIFT),
        ("tilt", TILT),
        ("depth", DEPTH),
        ("widths", WIDTH),
        ("angle", ANGLE),
    ];
    let ranges = ranges.map(|(name, info)| format!("{name} {} to {}", info.min, info.max));
    writeln!(out, "    {}", ranges.join(", "))?;
    let parts = |prefix: &str| {
        let keys = scenario.keys().into_iter();
        let own = keys.filter_map(|key| key.strip_prefix(prefix).map(str::to_owned));
        own.collect::<Vec<_>>().join(", ")
    };
    writeln!(
        out,
        "  in all panels: alpha, beta, transport, rate, reaction, splitting,"
    )?;
    writeln!(
        out,
        "    friction where the transport is Underdamped(FRICTION), theta where the rate is Corrected(THETA);"
    )?;
    writeln!(
        out,
        "    and where a panel has none of its own: estimator.method, estimator.bandwidth, estimator.factor, estimator.debiased,"
    )?;
    writeln!(out, "    resampling.scheme, resampling.order, resampling.threshold")?;
    writeln!(
        out,
        "  in one panel, after its name or panels.0, panels.1, …, as in {panel}.beta:"
    )?;
    writeln!(out, "    {}", parts(&format!("{panel}.")))?;
    Ok(())
}

/// Prints a scenario as a file.
pub(super) fn show(out: &mut impl Write, source: &Source) -> Result<(), Error> {
    let found = source::find(source)?;
    let text = found.text.clone().unwrap_or_else(|| found.edited().to_ron());
    writeln!(out, "{}", text.trim_end())?;
    Ok(())
}

/// Reads files and reports on each.
pub(super) fn check(out: &mut impl Write, files: &[PathBuf]) -> Result<(), Error> {
    let mut bad = Vec::new();
    for path in files {
        if source::is_session(path) {
            match source::open_session(path) {
                Ok((session, None)) => {
                    writeln!(out, "{}: good (session at t = {:.4})", path.display(), session.time)?;
                }
                Ok((_, Some(damage))) => bad.push(Error::Session {
                    path: path.clone(),
                    source: SessionError::Damaged(format!("{damage}; the run can be repeated from its start")),
                }),
                Err(error) => bad.push(error),
            }
            continue;
        }
        let text = source::read(path);
        if let Ok(text) = &text
            && Lecture::looks_like_one(text)
        {
            match Lecture::from_ron(text, &path.display().to_string()) {
                Ok(lecture) => {
                    let cards = lecture.cards.len();
                    writeln!(out, "{}: good (lecture of {cards} cards)", path.display())?;
                }
                Err(error) => bad.push(error.into()),
            }
            continue;
        }
        if let Ok(text) = &text
            && Wording::looks_like_one(text)
        {
            match Wording::from_ron(text, &path.display().to_string()) {
                Ok(wording) => {
                    let (said, all) = (wording.len(), words::sentences().len());
                    writeln!(out, "{}: good ({said} of {all} sentences)", path.display())?;
                }
                Err(error) => bad.push(error.into()),
            }
            continue;
        }
        let checked = text.and_then(|text| Ok(Scenario::from_ron(&text, &path.display().to_string())?));
        match checked {
            Ok(scenario) => {
                let panels: Vec<&str> = scenario.panels.iter().map(|p| p.name.as_str()).collect();
                let target = scenario.target.name();
                writeln!(out, "{}: good ({target}; {})", path.display(), panels.join(" | "))?;
                if let Some(notice) = enclosure(&scenario.landscape(), scenario.view()).notice() {
                    writeln!(out, "{}: {notice}", path.display())?;
                }
            }
            Err(error) => bad.push(error),
        }
    }
    match bad.len() {
        0 => Ok(()),
        1 => Err(bad.remove(0)),
        n => {
            for error in &bad {
                // The standard error may be closed; the exit code tells, too.
                let _ = writeln!(io::stderr(), "wfr-lab: {error}");
            }
            Err(Error::Files {
                bad: n,
                all: files.len(),
            })
        }
    }
}
