//! What somebody was looking at: no part of a run, but of a session.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::params;

/// Everything of the window that is not the run. Words are those of the window; it passes over what it does not know, and takes
/// its default for what is missing, so that files of other versions open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewState {
    /// Centre of the pictures (length) and points of the screen per unit of length; fitted where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera: Option<(f64, f64, f64)>,
    /// Layers, charts, tool, theme and the like: a word for each.
    #[serde(deserialize_with = "read_map")]
    pub words: BTreeMap<String, String>,
    /// What is on or off.
    #[serde(deserialize_with = "read_map")]
    pub switches: BTreeMap<String, bool>,
    /// The selected panel, from 0.
    pub selected: usize,
    /// Hidden panels.
    #[serde(deserialize_with = "read_numbers")]
    pub hidden: Vec<usize>,
    /// The panel that has all the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximised: Option<usize>,
}

impl ViewState {
    /// Notes a word, as RON writes it.
    pub fn note<T: Serialize>(&mut self, name: &str, value: &T) {
        if let Ok(word) = ron::to_string(value) {
            self.words.insert(name.to_owned(), word);
        }
    }

    /// A word that was noted, if it is one that is known here.
    pub fn noted<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Option<T> {
        self.words.get(name).and_then(|word| ron::from_str(word).ok())
    }

    /// Puts a switch where it was.
    pub fn switch(&self, name: &str, on: &mut bool) {
        *on = self.switches.get(name).copied().unwrap_or(*on);
    }
}

/// What is read of a list or a map. More than any version writes is passed over, as everything unknown is: it needs no memory.
const MOST: usize = 1000;

fn read_numbers<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<usize>, D::Error> {
    params::bounded(d, MOST).map(|(list, _)| list)
}

fn read_map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<BTreeMap<String, T>, D::Error> {
    struct Kept<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Kept<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while map.len() < MOST {
                let Some((name, value)) = entries.next_entry()? else {
                    return Ok(map);
                };
                map.insert(name, value);
            }
            while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(map)
        }
    }

    d.deserialize_map(Kept(PhantomData))
}
