//! One line that reopens a run: `wfr1:…`.
//!
//! A run is a function of its journal, so no particle is in the line. After `wfr1:` stands, in base64 without padding and with
//! `-` and `_` (RFC 4648 §5): the CRC-32 of the rest in four bytes, lowest first, then, compressed by DEFLATE, a JSON map of
//! the version of the program (`v`), the step (`n`), what the scenario has other than the base (`s`, a patch), and the
//! commands (`c`), each with the steps since the one before and, for an edit, a patch of the scenario as edited before.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{check, patch};
use crate::scenario::{Preset, Scenario, presets};
use crate::sim::Command;
use crate::timeline::Journal;

/// What every code begins with: the version of this format.
pub const PREFIX: &str = "wfr1:";
/// Longest code (characters): what a line of a message or a slide still takes.
pub const LONGEST: usize = 8000;
/// Longest text that is read as a code (characters).
const LONGEST_READ: usize = 1 << 20;
/// Longest JSON text in a code (bytes), whatever a few compressed bytes may claim.
const LONGEST_TEXT: u64 = 4 << 20;
/// Most memory for the scenarios of all edits (bytes): an edit of a few bytes stands for a whole scenario.
const LARGEST: usize = 64 << 20;

/// A run as a code tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// The scenario and everything that was done to it.
    pub journal: Journal,
    /// How many steps the run had done.
    pub step: u64,
    /// The version of the program that wrote the code: another one need not compute the same bits.
    pub program: String,
}

/// Why there is no code, or why a code cannot be read: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// More than fits into a line.
    #[error("this run needs a code of {0} characters: save a session instead")]
    Long(usize),
    /// No code at all.
    #[error("this is no code of a run: expected a line that begins with `{PREFIX}`")]
    Foreign,
    /// A code of a later program.
    #[error("this code is of a later version of the format (`{0}:`): a newer wfr-lab reads it")]
    Newer(String),
    /// A part was lost or changed on the way.
    #[error("the code is damaged or cut off: copy the whole line again")]
    Damaged,
    /// It says something impossible.
    #[error("the code says something that is not possible: {0}")]
    Impossible(String),
}

/// What stands in a code.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(rename = "v")]
    program: String,
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    step: u64,
    /// The preset that title and description are of: the longest texts by far, and no part of the run.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    described: Option<String>,
    #[serde(rename = "s", default, skip_serializing_if = "Value::is_null")]
    scenario: Value,
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    commands: Vec<(u64, Value)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Code {
    /// The run of this journal at this step.
    pub fn new(journal: Journal, step: u64) -> Self {
        Self {
            journal,
            step,
            program: super::PROGRAM.to_owned(),
        }
    }

    /// Whether a text is meant to be a code.
    pub fn looks_like_one(text: &str) -> bool {
        text.trim_start().starts_with("wfr") && Self::version(text).is_some()
    }

    /// `wfr1` of `wfr1:…`.
    fn version(text: &str) -> Option<&str> {
        let (version, _) = text.trim_start().split_once(':')?;
        let digits = version.strip_prefix("wfr")?;
        (!digits.is_empty() && digits.len() < 6 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(version)
    }

    /// The code, on one line.
    ///
    /// # Errors
    ///
    /// [`CodeError::Long`] if it has more than [`LONGEST`] characters.
    pub fn write(&self) -> Result<String, CodeError> {
        let mut before = value(&self.journal.scenario);
        let description = &self.journal.scenario.description;
        let title = &self.journal.scenario.title;
        let same = |preset: &&Preset| {
            let preset = preset.scenario();
            !description.is_empty() && preset.description == *description && preset.title == *title
        };
        let described = presets().iter().find(same).map(|preset| preset.name.to_owned());
        let mut shown = before.clone();
        if described.is_some() {
            describe(&mut shown, base_words());
        }
        let mut commands = Vec::with_capacity(self.journal.commands.len());
        let mut last = 0;
        for (step, command) in &self.journal.commands {
            let said = match &**command {
                Command::Edit(scenario) => {
                    let after = value(scenario);
                    let change = patch::diff(&before, &after).unwrap_or_else(|| json!({}));
                    before = after;
                    json!({ "e": change })
                }
                other => serde_json::to_value(other).map(patch::tidy).unwrap_or_default(),
            };
            commands.push((step.saturating_sub(last), said));
            last = *step;
        }
        let text = Text {
            program: self.program.clone(),
            step: self.step,
            described,
            scenario: patch::diff(&base(), &shown).unwrap_or_default(),
            commands,
        };
        let json = serde_json::to_vec(&text).unwrap_or_default();
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        let packed = packed
            .write_all(&json)
            .and_then(|()| packed.finish())
            .unwrap_or_default();
        let mut bytes = crc32fast::hash(&packed).to_le_bytes().to_vec();
        bytes.extend(packed);
        let code = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        if code.len() > LONGEST {
            return Err(CodeError::Long(code.len()));
        }
        Ok(code)
    }

    /// Reads a code. White space is no part of it: lines are broken on the way.
    ///
    /// # Errors
    ///
    /// A [`CodeError`] that says what is wrong with it. Whatever the text is, this needs little memory and never panics.
    pub fn read(text: &str) -> Result<Self, CodeError> {
        let version = Self::version(text).ok_or(CodeError::Foreign)?;
        let Some(rest) = text.trim_start().strip_prefix(PREFIX) else {
            return Err(CodeError::Newer(version.to_owned()));
        };
        if rest.len() > LONGEST_READ {
            return Err(CodeError::Damaged);
        }
        let letters: String = rest.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = URL_SAFE_NO_PAD.decode(letters).map_err(|_| CodeError::Damaged)?;
        let (sum, packed) = bytes.split_first_chunk().ok_or(CodeError::Damaged)?;
        if crc32fast::hash(packed) != u32::from_le_bytes(*sum) {
            return Err(CodeError::Damaged);
        }
        let mut json = Vec::new();
        let mut inflated = DeflateDecoder::new(packed).take(LONGEST_TEXT + 1);
        inflated.read_to_end(&mut json).map_err(|_| CodeError::Damaged)?;
        if json.len() as u64 > LONGEST_TEXT {
            return Err(CodeError::Damaged);
        }
        // The sum was right: what does not fit now was written so.
        serde_json::from_slice(&json).map_err(impossible).and_then(Self::of)
    }

    fn of(text: Text) -> Result<Self, CodeError> {
        let no_patch = || CodeError::Impossible("an edit of something that is not there".to_owned());
        let mut value = match text.scenario {
            Value::Null => base(),
            change => patch::apply(base(), change).ok_or_else(no_patch)?,
        };
        if let Some(preset) = text.described.as_deref().and_then(Preset::named) {
            let Scenario { title, description, .. } = preset.scenario();
            describe(&mut value, [title, description]);
        }
        let scenario = Arc::new(scenario(&value)?);
        let (mut commands, mut step, mut room) = (Vec::new(), 0_u64, LARGEST);
        let too_much = || CodeError::Impossible("more edits than there is room for".to_owned());
        for (later, said) in text.commands {
            step = step.saturating_add(later);
            let command = match said {
                Value::Object(mut map) if map.contains_key("e") => {
                    let change = map.remove("e").unwrap_or_default();
                    value = patch::apply(value, change).ok_or_else(no_patch)?;
                    room = room.checked_sub(patch::size(&value)).ok_or_else(too_much)?;
                    Command::Edit(Box::new(self::scenario(&value)?))
                }
                other => serde_json::from_value(other).map_err(impossible)?,
            };
            commands.push((step, Arc::new(command)));
        }
        let journal = Journal { scenario, commands };
        check::journal(&journal, text.step).map_err(CodeError::Impossible)?;
        Ok(Self {
            journal,
            step: text.step,
            program: text.program,
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn impossible(error: serde_json::Error) -> CodeError {
    CodeError::Impossible(error.to_string())
}

/// Gives a scenario another title and description.
fn describe(scenario: &mut Value, [title, description]: [String; 2]) {
    if let Some(map) = scenario.as_object_mut() {
        map.insert("title".to_owned(), Value::from(title));
        map.insert("description".to_owned(), Value::from(description));
    }
}

/// Title and description of the base.
fn base_words() -> [String; 2] {
    let base = base();
    ["title", "description"].map(|key| base[key].as_str().unwrap_or_default().to_owned())
}

/// A scenario as a tidy map.
fn value(scenario: &Scenario) -> Value {
    patch::tidy(serde_json::to_value(scenario).unwrap_or_default())
}

fn scenario(value: &Value) -> Result<Scenario, CodeError> {
    Scenario::deserialize(value).map_err(impossible)
}

/// What a code leaves out: the defaults of a scenario, and what most of them have.
fn base() -> Value {
    serde_json::from_str(BASE).unwrap_or_default()
}

/// Part of the format: never change it. A field that comes new has a default, and codes without it mean that.
const BASE: &str = r#"{
    "version": 1, "title": "DoubleWell", "description": "", "seed": 1, "particles": 10000,
    "target": {"DoubleWell": {"barrier": 7, "tilt": 0}}, "temperature": 1,
    "start": {"Gaussian": {"weight": 1, "mean": [-1, 0], "covariance": [0.04, 0, 0.04]}}, "scouts": 0, "dt": 0.002,
    "estimator": {"method": "Grid", "bandwidth": {"Fixed": 0.08}, "debiased": false},
    "resampling": {"scheme": "Systematic", "order": "Hilbert", "threshold": 0.5}, "speed": 0.5, "pace": "Rates",
    "panels": [
        {"name": "Langevin", "alpha": 1, "beta": 0,
         "transport": "EulerMaruyama", "rate": "FisherRao", "reaction": "Weights", "splitting": "TransportReaction"},
        {"name": "Fisher–Rao", "alpha": 0, "beta": 1, "resampling": {"scheme": "Systematic", "order": "Hilbert", "threshold": 0},
         "transport": "EulerMaruyama", "rate": "FisherRao", "reaction": "Weights", "splitting": "TransportReaction"},
        {"name": "WFR", "alpha": 1, "beta": 1,
         "transport": "EulerMaruyama", "rate": "FisherRao", "reaction": "Weights", "splitting": "TransportReaction"}
    ]
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_can_be_read_and_is_tidy() {
        assert_eq!(value(&scenario(&base()).unwrap()), base());
    }

    #[test]
    fn the_default_scenario_at_some_step_is_a_short_line() {
        let code = Code::new(Journal::new(presets()[0].scenario()), 1234);
        let line = code.write().unwrap();
        assert!(line.len() < 340, "{line}");
        assert_eq!(Code::read(&line), Ok(code));
    }
}
