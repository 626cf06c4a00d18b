//! Parameters of a formula: numbers that the user named.

use std::fmt;

use super::parse::{FormulaError, built_in};
use crate::params::{Number, Scale};

/// A parameter as it is typed: `a = 1`, `a = 1 in [0, 3]`, `a = 1 in [0.1, 10] log` or `n = 2 in [1, 4] whole`.
#[derive(Clone, Debug)]
pub struct Own {
    name: String,
    pub(super) value: f64,
    range: Number,
}

/// Largest end of a range.
const LARGEST: f64 = 1e9;
/// What every own parameter says of itself.
const HELP: &str = "a parameter of the formula";
/// Names that `--set target.NAME` needs for something else.
const RESERVED: [&str; 3] = ["u", "parameters", "view"];

impl Own {
    /// Reads what is typed. Where no range is given it is three times the value to one side, and [−1, 1] around 0.
    ///
    /// # Errors
    ///
    /// Says at which place of the text something else was expected.
    pub fn read(text: &str) -> Result<Self, FormulaError> {
        const FORM: &str = "expected a parameter such as a = 1 in [0, 3]";
        let mut rest = Rest { text, at: 0 };
        let name = rest.word();
        if name.is_empty() {
            return rest.error(FORM);
        }
        let place = rest.at - name.len()..rest.at;
        let refuse = |message: String| Err(FormulaError::new(text, place.clone(), message));
        if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return refuse(format!("`{name}` is no name: {FORM}"));
        }
        if built_in().any(|known| known == name) {
            return refuse(format!(
                "`{name}` has a meaning of its own in formulas: expected another name"
            ));
        }
        if RESERVED.contains(&name) {
            return refuse(format!(
                "`{name}` is the name of a part of the target: expected another name"
            ));
        }
        let value = if rest.sign("=") || rest.sign(":") {
            rest.number()?
        } else {
            1.0
        };
        let (mut min, mut max) = match value {
            v if v > 0.0 => (0.0, 3.0 * v),
            v if v < 0.0 => (3.0 * v, 0.0),
            _ => (-1.0, 1.0),
        };
        if rest.sign("in") {
            if !rest.sign("[") {
                return rest.error("expected a range in square brackets such as [0, 3]");
            }
            min = rest.number()?;
            if !rest.sign(",") {
                return rest.error("expected `,` and the upper end of the range");
            }
            max = rest.number()?;
            if !rest.sign("]") {
                return rest.error("expected `]` after the range");
            }
        }
        let scale = match rest.word() {
            "" => Scale::Linear,
            "log" => Scale::Log,
            "whole" => Scale::Whole,
            _ => {
                rest.at = text.len();
                return rest.error("expected nothing more, or `log` or `whole`");
            }
        };
        rest.space();
        if rest.at < text.len() {
            return rest.error("expected nothing more, or a range such as in [0, 3]");
        }
        if scale == Scale::Log && min == 0.0 && !text.contains('[') {
            (min, max) = (value / 10.0, value * 10.0);
        }
        Self::new(name, value, (min, max), scale).map_err(|message| FormulaError::new(text, 0..text.len(), message))
    }

    /// A parameter of these parts, if they fit together.
    pub(super) fn new(name: &str, value: f64, (min, max): (f64, f64), scale: Scale) -> Result<Self, String> {
        let sound = min.abs() <= LARGEST && max.abs() <= LARGEST && min < max;
        if !sound {
            return Err(format!(
                "the range [{}, {}] of `{name}` is not possible: expected the smaller end first, and nothing beyond {LARGEST:e}",
                short(min),
                short(max)
            ));
        }
        if scale == Scale::Log && min <= 0.0 {
            return Err(format!(
                "a logarithmic range begins above 0, that of `{name}` at {}",
                short(min)
            ));
        }
        if scale == Scale::Whole && (min.fract() != 0.0 || max.fract() != 0.0) {
            return Err(format!("the ends of the range of `{name}` are no whole numbers"));
        }
        let range = Number {
            scale,
            ..Number::linear(min, max, value, "", HELP)
        };
        range.check(name, value).map_err(|error| error.to_string())?;
        Ok(Self {
            name: name.to_owned(),
            value,
            range,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its present value.
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// What it may be.
    pub const fn range(&self) -> &Number {
        &self.range
    }
}

/// What it began with, to which a double-click goes back, is not written in files and does not count.
impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        let parts = |own: &Self| (own.value, own.range.min, own.range.max, own.range.scale);
        self.name == other.name && parts(self) == parts(other)
    }
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Number { min, max, scale, .. } = self.range;
        let (value, min, max) = (short(self.value), short(min), short(max));
        write!(f, "{} = {value} in [{min}, {max}]", self.name)?;
        match scale {
            Scale::Linear => Ok(()),
            Scale::Log => write!(f, " log"),
            Scale::Whole => write!(f, " whole"),
        }
    }
}

/// A number in the fewest digits that mean it.
pub(super) fn short(value: f64) -> String {
    let (plain, scientific) = (format!("{value}"), format!("{value:e}"));
    if plain.len() > 2 + scientific.len() {
        scientific
    } else {
        plain
    }
}

/// What is left to be read.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Letters, digits and `_`, or nothing.
    fn word(&mut self) -> &'a str {
        self.space();
        let rest = &self.text[self.at..];
        let length = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Whether this comes next; then it is read.
    fn sign(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.text[self.at..].starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn number(&mut self) -> Result<f64, FormulaError> {
        self.space();
        let rest = &self.text[self.at..];
        let length = rest
            .find(|c: char| c == ',' || c == ']' || c == '[' || c.is_whitespace())
            .unwrap_or(rest.len());
        let number = rest[..length].replace('−', "-").parse::<f64>();
        match number {
            Ok(value) if value.is_finite() => {
                self.at += length;
                Ok(value)
            }
            _ => {
                let place = self.at..self.at + length;
                Err(FormulaError::new(
                    self.text,
                    place,
                    "expected a number such as 1.5 here",
                ))
            }
        }
    }

    fn error<T>(&self, message: &str) -> Result<T, FormulaError> {
        Err(FormulaError::new(self.text, self.at..self.text.len(), message))
    }
}
