//! What a claim compares: `abs([WFR.mass(2)] - [exact WFR.mass(2)]) < 5*[WFR.se(2)] and [WFR.kl] < [Langevin.kl]`.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::measured::Measured;
use super::quantity::Quantity;
use crate::digits::significant;
use crate::target::Expression;
use crate::timeline::Sign;

/// A formula of [`Quantity`]s in square brackets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Value {
    text: String,
    expression: Arc<Expression>,
    quantities: Vec<Quantity>,
}

/// Chains of comparisons, joined by `and`, all of which must hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Statement {
    text: String,
    chains: Vec<(Value, Vec<(Sign, Value)>)>,
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The sentence of the claim.
    pub says: String,
    /// The chains of comparisons; in each the sides in order, with the sign before each but the first.
    pub chains: Vec<Vec<(Option<Sign>, Side)>>,
    /// Why there is no answer, if there is none.
    pub missing: Option<String>,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// As it was written.
    pub text: String,
    /// Its value.
    pub value: f64,
}

impl Statement {
    /// Compares.
    pub fn judge(&self, says: &str, measured: &Measured<'_>) -> Finding {
        let mut missing = None;
        let mut side = |value: &Value| {
            let number = value.measure(measured).unwrap_or_else(|reason| {
                missing.get_or_insert(reason);
                f64::NAN
            });
            Side {
                text: value.text.clone(),
                value: number,
            }
        };
        let chains = self.chains.iter().map(|(first, others)| {
            let first = (None, side(first));
            let others: Vec<_> = others.iter().map(|(sign, value)| (Some(*sign), side(value))).collect();
            std::iter::once(first).chain(others).collect()
        });
        let chains = chains.collect();
        Finding {
            says: says.to_owned(),
            chains,
            missing,
        }
    }

    /// Everything that it speaks of.
    pub fn quantities(&self) -> impl Iterator<Item = &Quantity> {
        let sides = self
            .chains
            .iter()
            .flat_map(|(first, others)| std::iter::once(first).chain(others.iter().map(|(_, value)| value)));
        sides.flat_map(Value::quantities)
    }
}

impl Finding {
    /// Whether every comparison holds.
    pub fn holds(&self) -> bool {
        let chain = |chain: &Vec<(Option<Sign>, Side)>| {
            chain.windows(2).all(|pair| {
                pair[1]
                    .0
                    .is_some_and(|sign| sign.holds(pair[0].1.value, pair[1].1.value))
            })
        };
        self.missing.is_none() && self.chains.iter().all(chain)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = &self.missing {
            return f.write_str(reason);
        }
        for (k, chain) in self.chains.iter().enumerate() {
            if k > 0 {
                f.write_str(" and ")?;
            }
            for (sign, side) in chain {
                if let Some(sign) = sign {
                    write!(f, " {sign} ")?;
                }
                f.write_str(&short(side.value))?;
            }
        }
        Ok(())
    }
}

/// A number with four digits that matter.
fn short(value: f64) -> String {
    let plain = value == 0.0 || (1e-3..1e5).contains(&value.abs());
    let text = if plain {
        significant(value, 4, 6)
    } else {
        format!("{value:.3e}")
    };
    text.replace('-', "−")
}

impl Value {
    /// The formula as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it comes to, or why that is not known: half a sentence.
    pub fn measure(&self, measured: &Measured<'_>) -> Result<f64, String> {
        let value = |quantity: &Quantity| {
            let said = |reason: String| format!("[{quantity}]: {reason}");
            measured.value(quantity).map_err(said)
        };
        let numbers = self.quantities.iter().map(value).collect::<Result<Vec<f64>, _>>()?;
        let value = self.expression.value(&numbers);
        if value.is_nan() {
            return Err(format!("`{}` is no number", self.text));
        }
        Ok(value)
    }

    /// Everything that it speaks of.
    pub fn quantities(&self) -> impl Iterator<Item = &Quantity> {
        self.quantities.iter()
    }

    /// Reads a part of a text that begins at its character `begin`, from 0. The error is a sentence that ends with its place.
    fn read(text: &str, begin: usize) -> Result<Self, String> {
        let at = |character: usize, message: &str| format!("{message} (character {})", begin + character);
        let (mut names, mut quantities, mut plain) = (Vec::new(), Vec::new(), String::new());
        let mut rest = text;
        while let Some(open) = rest.find(['[', ']']) {
            plain.push_str(&rest[..open]);
            let character = plain.chars().count() + 1;
            let inside = rest[open..].strip_prefix('[').and_then(|after| after.split_once(']'));
            let Some((inside, after)) = inside else {
                return Err(at(
                    character,
                    "this square bracket has no partner: expected [WFR.kl] or the like",
                ));
            };
            quantities.push(Quantity::read(inside).map_err(|message| at(character + 1, &message))?);
            // A name as long as what it stands for, so that places stay.
            let width = inside.chars().count() + 2;
            let name = format!("q{}", quantities.len());
            let name = format!("{name:_<width$}");
            plain.push_str(&name);
            names.push(name);
            rest = after;
        }
        plain.push_str(rest);
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let expression = Expression::read(&plain, &known).map_err(|error| {
            let mut message = error.message;
            for (name, quantity) in names.iter().zip(&quantities) {
                message = message.replace(name, &format!("[{quantity}]"));
            }
            at(error.character, &message)
        })?;
        Ok(Self {
            text: text.trim().to_owned(),
            expression: Arc::new(expression),
            quantities,
        })
    }
}

/// Byte and length of the first sign of comparison outside of square brackets, or of the word `and` there.
fn next_mark(text: &str) -> Option<(usize, usize, Option<Sign>)> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '≤' => return Some((at, c.len_utf8(), Some(Sign::AtMost))),
            '≥' => return Some((at, c.len_utf8(), Some(Sign::AtLeast))),
            _ => {
                let rest = &text[at..];
                if let Some((word, sign)) = Sign::ALL.iter().find(|(word, _)| rest.starts_with(word)) {
                    return Some((at, word.len(), Some(*sign)));
                }
                if rest.starts_with(" and ") {
                    return Some((at, 5, None));
                }
            }
        }
    }
    None
}

impl TryFrom<String> for Value {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::read(&text, 0)
    }
}

impl TryFrom<String> for Statement {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut chains: Vec<(Value, Vec<(Sign, Value)>)> = Vec::new();
        let (mut begin, mut before) = (0, None);
        loop {
            let mark = next_mark(&text[begin..]);
            let end = mark.map_or(text.len(), |(at, ..)| begin + at);
            let value = Value::read(&text[begin..end], text[..begin].chars().count())?;
            match (before, chains.last_mut()) {
                (Some(sign), Some((_, others))) => others.push((sign, value)),
                _ => chains.push((value, Vec::new())),
            }
            let Some((_, length, sign)) = mark else { break };
            if sign.is_none() && before.is_none() {
                break;
            }
            before = sign;
            begin = end + length;
        }
        if chains.iter().any(|(_, others)| others.is_empty()) {
            let sentence = "nothing is compared: expected two sides and one of <, <=, >, >= between them";
            return Err(format!("{sentence} (character {})", begin + 1));
        }
        Ok(Self { text, chains })
    }
}

impl From<Value> for String {
    fn from(value: Value) -> Self {
        value.text
    }
}

impl From<Statement> for String {
    fn from(statement: Statement) -> Self {
        statement.text
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Statement::try_from(text.to_owned()).unwrap_err()
    }

    #[test]
    fn chains_are_read_whole() {
        let text = "0.1 < [WFR.mass(2)] <= 2*[exact WFR.mass(2)] and [Fisher–Rao.kl] >= [gap]";
        let statement = Statement::try_from(text.to_owned()).unwrap();
        assert_eq!(statement.chains.len(), 2);
        assert_eq!(statement.chains[0].1.len(), 2);
        let spoken: Vec<String> = statement.quantities().map(ToString::to_string).collect();
        assert_eq!(spoken, ["WFR.mass(2)", "exact WFR.mass(2)", "Fisher–Rao.kl", "gap"]);
        assert_eq!(String::from(statement), text);
    }

    #[test]
    fn errors_name_the_place() {
        assert!(
            error("[WFR.kl] < [WFR.kll]").ends_with("(character 13)"),
            "{}",
            error("[WFR.kl] < [WFR.kll]")
        );
        assert!(
            error("[WFR.kl] < 1 + ").ends_with("(character 14)"),
            "{}",
            error("[WFR.kl] < 1 + ")
        );
        assert!(error("[WFR.kl").ends_with("(character 1)"));
        assert!(error("[WFR.kl]").contains("nothing is compared"));
        assert!(error("1 < 2 and [WFR.kl]").contains("nothing is compared"));
        assert!(error("2[WFR.kl] < 2 [WFR.mass(1)] [WFR.kl]").contains("[WFR.kl]"));
        assert!(error("x < 1").contains("no meaning"));
    }

    #[test]
    fn numbers_have_four_digits() {
        let texts = [0.0, 0.41234, -1.0, 123.456, 1e-7, 99_999.4].map(short);
        assert_eq!(texts, ["0", "0.4123", "−1", "123.5", "1.000e−7", "99999"]);
    }
}
