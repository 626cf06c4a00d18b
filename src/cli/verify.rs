//! `verify`: every identity recomputed, one line each.

use std::fs;
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::Error;
use super::arguments::Verify;
use crate::verify::{self, Check, Finished, Progress, Tolerance};

/// Performs the checks asked for, or lists them.
pub(super) fn verify(out: &mut (impl Write + Send), options: &Verify) -> Result<(), Error> {
    let checks = verify::named(&options.names).map_err(|(name, close)| Error::Check {
        name,
        hint: close.map_or_else(String::new, |close| format!(" (did you mean `{close}`?)")),
    })?;
    if options.list {
        return list(out, &checks);
    }
    let pool = super::pool(options.threads)?;
    let to_out = options.json.as_deref() == Some(Path::new("-"));
    let colored = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    // With a table on the standard output, what is meant for people goes beside it, and does not fail if nobody reads it.
    let finished = if to_out {
        pool.install(|| perform(&mut io::sink(), &checks, (false, options.rows)))?
    } else {
        pool.install(|| perform(out, &checks, (colored, options.rows)))?
    };
    if let Some(path) = &options.json {
        let text = json(&finished);
        if to_out {
            out.write_all(text.as_bytes())?;
        } else {
            fs::write(path, text).map_err(|source| Error::Write {
                path: path.clone(),
                source,
            })?;
        }
    }
    match finished.iter().filter(|f| !f.holds()).count() {
        0 => Ok(()),
        failed => Err(Error::Identities {
            failed,
            all: finished.len(),
        }),
    }
}

/// Groups, names, formulas.
fn list(out: &mut impl Write, checks: &[&'static Check]) -> Result<(), Error> {
    let width = checks.iter().map(|c| c.name.len()).max().unwrap_or(0);
    let mut group = "";
    for check in checks {
        if check.group != group {
            group = check.group;
            writeln!(out, "{group}")?;
        }
        writeln!(out, "  {:width$}  {}", check.name, check.statement)?;
    }
    Ok(())
}

/// Performs the checks one after the other and tells of each as it is finished.
fn perform(
    out: &mut impl Write,
    checks: &[&'static Check],
    (colored, rows): (bool, bool),
) -> Result<Vec<Finished>, Error> {
    let (good, bad, strong) = if colored {
        let of = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        (of(AnsiColor::Green), of(AnsiColor::Red).bold(), Style::new().bold())
    } else {
        (Style::new(), Style::new(), Style::new())
    };
    let width = checks.iter().map(|c| c.name.len()).max().unwrap_or(0);
    let bar = progress_bar(checks);
    let progress = Progress::default();
    let (mut finished, mut group): (Vec<Finished>, &str) = (Vec::new(), "");
    for check in checks {
        bar.set_message(check.name);
        let Some(result) = check.perform(&progress) else {
            break; // nobody here cancels
        };
        let mut lines = Vec::new();
        if check.group != group {
            group = check.group;
            lines.push(format!("{strong}{group}{strong:#}"));
        }
        let style = if result.holds() { good } else { bad };
        let tick = verify::tick(result.holds());
        lines.push(format!(
            "  {style}{tick}{style:#} {}",
            verify::aligned(&result, width).trim_end()
        ));
        if !result.holds() {
            lines.push(format!("      {}", check.statement));
        }
        if rows || !result.holds() {
            lines.extend(
                verify::details(&result, rows)
                    .iter()
                    .map(|line| format!("      {line}")),
            );
        }
        bar.suspend(|| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
        out.flush()?;
        bar.inc((1e3 * check.seconds) as u64);
        finished.push(result);
    }
    bar.finish_and_clear();
    writeln!(out, "{}", verify::verdict(&finished))?;
    Ok(finished)
}

/// A bar on the standard error if that is a terminal, otherwise nothing; it runs by the expected times.
fn progress_bar(checks: &[&'static Check]) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(checks.iter().map(|c| (1e3 * c.seconds) as u64).sum());
    match ProgressStyle::with_template("{wide_bar} {msg}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A finished check in the file.
#[derive(Serialize)]
struct Entry<'a> {
    group: &'a str,
    name: &'a str,
    statement: &'a str,
    holds: bool,
    failure: Option<&'a str>,
    seconds: f64,
    rows: Vec<Comparison<'a>>,
}

/// A comparison in the file. A number that JSON has no word for is null.
#[derive(Serialize)]
struct Comparison<'a> {
    what: &'a str,
    holds: bool,
    computed: f64,
    expected: f64,
    error: f64,
    /// How the two are compared: "absolute", "relative", "sigmas", "at most" or "at least".
    by: &'static str,
    /// The largest error allowed; null for a bound.
    tolerance: Option<f64>,
    /// The standard error, where there is one.
    standard_error: Option<f64>,
}

fn json(finished: &[Finished]) -> String {
    let comparison = |row: &'_ verify::Row| {
        let (by, tolerance, standard_error) = match row.tolerance {
            Tolerance::Absolute(most) => ("absolute", Some(most), None),
            Tolerance::Relative(most) => ("relative", Some(most * row.expected.abs()), None),
            Tolerance::Sigmas { error, most } => ("sigmas", Some(most * error), Some(error)),
            Tolerance::AtMost => ("at most", None, None),
            Tolerance::AtLeast => ("at least", None, None),
        };
        (by, tolerance, standard_error)
    };
    let entries: Vec<Entry<'_>> = finished
        .iter()
        .map(|f| Entry {
            group: f.check.group,
            name: f.check.name,
            statement: f.check.statement,
            holds: f.holds(),
            failure: f.failure.as_deref(),
            seconds: f.seconds,
            rows: f
                .rows
                .iter()
                .map(|row| {
                    let (by, tolerance, standard_error) = comparison(row);
                    Comparison {
                        what: &row.what,
                        holds: row.passes(),
                        computed: row.computed,
                        expected: row.expected,
                        error: row.error(),
                        by,
                        tolerance,
                        standard_error,
                    }
                })
                .collect(),
        })
        .collect();
    // Only maps with keys that are no text could fail.
    let mut text = serde_json::to_string_pretty(&entries).unwrap_or_default();
    text.push('\n');
    text
}
