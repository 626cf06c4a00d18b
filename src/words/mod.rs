//! Every sentence of the window, in one table.
//!
//! A sentence stands in English where it is shown, and is its own key: `t!("Reset")`, or with something filled in,
//! `t!("Zoom {percent} %", percent = 80)`. In a constant, where nothing can be looked up yet, `msg!("Reset")` marks it, and
//! [`said`] is what is shown of it. [`TABLE`] has them all; it is made from the sources by `tests/words.rs`, which also walks through a
//! window in which every sentence of the table is changed, and finds those that are not in it.
//!
//! `wfr-lab words > mine.ron` prints the table with room for another wording or language; `wfr-lab --words mine.ron` opens the window
//! with it. What is left empty stays English. Numbers, formulas, file formats and the command line are the same in all of them.

use std::collections::{BTreeSet, HashMap};
use std::fmt::{Display, Write as _};
use std::sync::OnceLock;

use crate::scenario::{ScenarioError, read};

/// All sentences, under the file in which each stands first.
pub const TABLE: &str = include_str!("table.ron");

/// Wordings that come with the program: how they are asked for, and their table.
pub const BUILT_IN: [(&str, &str); 1] = [("de", include_str!("../../presets/words/de.ron"))];

/// Sentences and how they are said. Set once, before the window opens.
static WORDING: OnceLock<Wording> = OnceLock::new();

/// A sentence as it is said: in English, or as in the [`Wording`] in use.
pub fn said(sentence: &str) -> &str {
    let other = WORDING.get().and_then(|wording| wording.0.get(sentence));
    other.map_or(sentence, String::as_str)
}

/// The same with something filled in for each `{name}`.
pub fn filled(sentence: &str, values: &[(&str, &dyn Display)]) -> String {
    filled_as_it_is(said(sentence), values)
}

/// The same in the words that are given: the English of it, to search for it and to remember it in any language.
pub fn filled_as_it_is(sentence: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut text = String::with_capacity(sentence.len() + 16);
    for piece in pieces(sentence) {
        match piece {
            Piece::Text(words) => text.push_str(words),
            Piece::Place(name) => match values.iter().find(|(of, _)| *of == name) {
                Some((_, value)) => write!(text, "{value}").expect("a string takes everything"),
                None => text.push_str(name),
            },
        }
    }
    text
}

/// How sentences are said instead of in English.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording(HashMap<String, String>);

impl Wording {
    /// Reads a table as `wfr-lab words` prints it. Sentences that this version does not have are passed over, since they were of another
    /// one.
    ///
    /// # Errors
    ///
    /// With line and column: what is no table, what stands there twice, and what has other places to fill than the sentence.
    pub fn from_ron(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        let pairs: Vec<(String, String)> = read(text, origin, |pairs: &Vec<(String, String)>, places| {
            let mut seen = BTreeSet::new();
            for (i, (sentence, other)) in pairs.iter().enumerate() {
                if !seen.insert(sentence) {
                    return Err((places.nth_text(2 * i), format!("“{sentence}” is here twice")));
                }
                let (wanted, found) = (names(sentence), names(other));
                if !other.is_empty() && wanted != found {
                    let sentence = format!("expected {} to be filled in, found {}", listed(&wanted), listed(&found));
                    return Err((places.nth_text(2 * i + 1), sentence));
                }
            }
            Ok(())
        })?;
        Ok(Self(pairs.into_iter().filter(|(_, other)| !other.is_empty()).collect()))
    }

    /// Whether a text is meant to be such a table: of all files only this is a list.
    pub fn looks_like_one(text: &str) -> bool {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().map(str::trim);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with("//"));
        first.is_some_and(|line| line.starts_with('['))
    }

    /// How many sentences of the table it has.
    pub fn len(&self) -> usize {
        sentences()
            .iter()
            .filter(|&sentence| self.0.contains_key(sentence))
            .count()
    }

    /// Whether all is said in English.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Another wording for each sentence of the table.
    pub fn of_all(other: impl Fn(&str) -> String) -> Self {
        Self(sentences().into_iter().map(|s| (s.clone(), other(&s))).collect())
    }

    /// From now on everything is said like this. Only the first wording of a program is used: a window does not change its language.
    pub fn speak(self) {
        // A second one is not an error: who tries has been told above.
        let _ = WORDING.set(self);
    }

    /// The table of this version, with what this wording has for it: how an older file is brought up to date.
    pub fn to_ron(&self) -> String {
        let mut text = String::with_capacity(TABLE.len());
        for line in TABLE.lines() {
            let other = pair(line).and_then(|sentence| Some((self.0.get(&sentence)?, sentence)));
            match other {
                Some((other, sentence)) => text.push_str(&row(&sentence, other)),
                None => text.push_str(line),
            }
            text.push('\n');
        }
        text
    }
}

/// The sentences of the table, in its order.
pub fn sentences() -> Vec<String> {
    TABLE.lines().filter_map(pair).collect()
}

/// A line of the table.
pub fn row(sentence: &str, other: &str) -> String {
    let quoted = |text: &str| ron::to_string(text).expect("a text can always be written");
    format!("    ({}, {}),", quoted(sentence), quoted(other))
}

/// The sentence of a line of the table; other lines hold none.
fn pair(line: &str) -> Option<String> {
    let pair = line.trim().strip_suffix(',')?;
    ron::from_str::<(String, String)>(pair)
        .ok()
        .map(|(sentence, _)| sentence)
}

/// A part of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
}

/// Cuts a sentence at its `{name}`s. A bracket without such a name is a sign like any other.
fn pieces(sentence: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = sentence;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let place_at = |from: usize| {
            let inside = &rest[from + 1..];
            inside.find('}').map(|n| &inside[..n]).filter(|name| is_name(name))
        };
        if let Some(name) = rest.starts_with('{').then(|| place_at(0)).flatten() {
            rest = &rest[name.len() + 2..];
            return Some(Piece::Place(name));
        }
        let mut opening = rest.match_indices('{').map(|(i, _)| i);
        let end = opening.find(|&i| place_at(i).is_some()).unwrap_or(rest.len());
        let (words, left) = rest.split_at(end);
        rest = left;
        Some(Piece::Text(words))
    })
}

/// The places to fill of a sentence.
pub fn names(sentence: &str) -> BTreeSet<&str> {
    let place = |piece| match piece {
        Piece::Place(name) => Some(name),
        Piece::Text(_) => None,
    };
    pieces(sentence).filter_map(place).collect()
}

fn listed(names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<_> = names.iter().map(|name| format!("{{{name}}}")).collect();
    names.join(", ")
}

/// A sentence of the window, as it is said; with something filled in for each `{name}` of it, a `String`.
#[cfg(feature = "gui")]
macro_rules! t {
    ($sentence:literal) => {
        $crate::words::said($sentence)
    };
    ($sentence:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        $crate::words::filled($sentence, &[$((stringify!($name), &t!(@value $name $($value)?) as &dyn ::std::fmt::Display)),+])
    };
    (@value $name:ident) => { $name };
    (@value $name:ident $value:expr) => { $value };
}

/// A sentence of the window in a constant: [`said`] is what is shown of it.
#[cfg(feature = "gui")]
macro_rules! msg {
    ($sentence:literal) => {
        $sentence
    };
}

#[cfg(feature = "gui")]
pub(crate) use {msg, t};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_other_brackets_left() {
        let height = 7.25;
        let text = filled(
            "barrier {height} kT {of {well}} {2} {",
            &[("height", &format_args!("{height:.1}")), ("well", &"left")],
        );
        assert_eq!(text, "barrier 7.2 kT {of left} {2} {");
        assert_eq!(filled("{a}{a}{b}", &[("a", &1)]), "11b");
        assert_eq!(filled("", &[]), "");
    }

    #[test]
    fn a_table_is_read_back_and_brought_up_to_date() {
        let all = Wording::of_all(|s| format!("\"{s}\" \\ é"));
        let text = all.to_ron();
        assert_eq!(Wording::from_ron(&text, "mine").unwrap(), all);
        assert_eq!(Wording::from_ron(TABLE, "table").unwrap(), Wording::default());
        assert_eq!(Wording::default().to_ron(), TABLE);
        assert_eq!(all.len(), sentences().len());
        assert!(Wording::looks_like_one(TABLE) && !Wording::looks_like_one("(\n version: 1)"));
        let old = Wording::from_ron("[(\"a sentence of long ago\", \"x\")]", "old").unwrap();
        assert!(old.is_empty());
        assert_eq!(old.to_ron(), TABLE);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let refused = |text: &str| Wording::from_ron(text, "f").unwrap_err().to_string();
        assert_eq!(
            refused("[\n  (\"Zoom {percent} %\", \"{procent} %\"),\n]"),
            "f:2:24: expected {percent} to be filled in, found {procent}"
        );
        assert_eq!(refused("[(\"a\", \"\"),\n (\"a\", \"\")]"), "f:2:3: “a” is here twice");
        assert_eq!(
            refused("[(\"{n}\", \"none\")]"),
            "f:1:10: expected {n} to be filled in, found nothing"
        );
        assert!(
            refused("[(\"a\", 3)]").starts_with("f:1:8: expected a text"),
            "{}",
            refused("[(\"a\", 3)]")
        );
    }
}
