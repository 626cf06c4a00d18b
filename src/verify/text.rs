//! Results as text: the same on the command line and on the clipboard.

use super::{Finished, Row, Tolerance};
use crate::digits::{significant, trimmed};

/// A number with as many digits as one reads, and an exponent where it needs one.
///
/// ```
/// use wfr_lab::verify::number;
/// assert_eq!(number(0.75), "0.75");
/// assert_eq!(number(-40_960.0), "-40960");
/// assert_eq!(number(0.000_012_345_678_9), "1.234568e-5");
/// assert_eq!(number(1.0 / 3.0), "0.33333333");
/// ```
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (value.fract() == 0.0 && size < 1e9) {
        return format!("{value}");
    }
    if (1e-3..1e6).contains(&size) {
        significant(value, 8, 8)
    } else {
        trimmed(&format!("{value:.6e}"))
    }
}

/// A small number in two digits.
pub fn brief(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else {
        trimmed(&format!("{value:.1e}"))
    }
}

impl Row {
    /// What was expected, as text: a bound with its sign.
    pub fn expected_text(&self) -> String {
        let expected = number(self.expected);
        match self.tolerance {
            Tolerance::AtMost => format!("≤ {expected}"),
            Tolerance::AtLeast => format!("≥ {expected}"),
            _ => expected,
        }
    }

    /// How the comparison went, as text: the error beside its tolerance, or z. A bound says it all by itself.
    pub fn verdict(&self) -> String {
        let within = |most: f64| {
            let sign = if self.passes() { '≤' } else { '>' };
            format!("|error| {} {sign} {}", brief(self.error().abs()), brief(most))
        };
        match self.tolerance {
            Tolerance::Absolute(most) => within(most),
            Tolerance::Relative(most) => within(most * self.expected.abs()),
            Tolerance::Sigmas { error, most } => format!("z = {:.2}, |z| < {most}", self.error() / error),
            Tolerance::AtMost | Tolerance::AtLeast if self.passes() => "within".to_owned(),
            Tolerance::AtMost | Tolerance::AtLeast => format!("beyond by {}", brief(self.error().abs())),
        }
    }
}

/// A sign that tells whether it holds.
pub const fn tick(holds: bool) -> &'static str {
    if holds { "✓" } else { "✗" }
}

/// One finished check in a line, without its sign: the comparison closest to its tolerance, and how many there are. `width` is that of
/// the longest name.
pub fn aligned(finished: &Finished, width: usize) -> String {
    let name = finished.check.name;
    let Some(row) = finished.tightest() else {
        let why = finished.failure.as_deref().unwrap_or("nothing was compared");
        return format!("{name:width$}  {why}");
    };
    format!("{name:width$}  {}{}", columns(row), of_how_many(finished))
}

fn columns(row: &Row) -> String {
    let (computed, expected) = (number(row.computed), row.expected_text());
    format!("{computed:>14}  {expected:>14}  {:<26}", row.verdict())
}

fn of_how_many(finished: &Finished) -> String {
    match finished.rows.len() {
        1 => String::new(),
        n => format!("  tightest of {n}"),
    }
}

/// The comparisons of a check, one in a line, each with its sign: only those that fail, or all of them.
pub fn details(finished: &Finished, all: bool) -> Vec<String> {
    let shown: Vec<&Row> = finished.rows.iter().filter(|r| all || !r.passes()).collect();
    let width = shown.iter().map(|r| r.what.chars().count()).max().unwrap_or(0);
    let line = |row: &&Row| {
        let text = format!("{} {:width$}  {}", tick(row.passes()), row.what, columns(row));
        text.trim_end().to_owned()
    };
    shown.iter().map(line).collect()
}

/// How it went altogether.
pub fn verdict(finished: &[Finished]) -> String {
    let (held, all) = (finished.iter().filter(|f| f.holds()).count(), finished.len());
    let seconds: f64 = finished.iter().map(|f| f.seconds).sum();
    format!("{held} of {all} identities hold ({seconds:.1} s)")
}

/// All results as text, with the formulas.
pub fn report(finished: &[Finished]) -> String {
    let width = finished.iter().map(|f| f.check.name.len()).max().unwrap_or(0);
    let (mut text, mut group) = (String::new(), "");
    for result in finished {
        if result.check.group != group {
            group = result.check.group;
            text.push_str(&format!("{group}\n"));
        }
        let line = format!("  {} {}", tick(result.holds()), aligned(result, width));
        text.push_str(line.trim_end());
        text.push_str(&format!("\n      {}\n", result.check.statement));
        for line in details(result, false) {
            text.push_str(&format!("      {line}\n"));
        }
    }
    text.push_str(&verdict(finished));
    text.push('\n');
    text
}
