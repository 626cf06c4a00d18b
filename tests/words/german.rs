//! The window in German: whether every sentence has its translation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use wfr_lab::words::{Wording, names, row, sentences};

/// Sentences that may still be in English, of a hundred.
const BEHIND: usize = 5;

fn file() -> PathBuf {
    super::root().join("presets/words/de.ron")
}

fn pairs() -> Vec<(String, String)> {
    ron::from_str(&fs::read_to_string(file()).unwrap()).unwrap()
}

/// Writes the file anew in the order of a table, with room for what is new.
pub(crate) fn bring_up_to_date(table: &str) {
    let german: BTreeMap<String, String> = pairs().into_iter().collect();
    let mut text = "// German.\n".to_owned();
    for line in table.lines() {
        let pair = line.trim().strip_suffix(',');
        match pair.and_then(|pair| ron::from_str::<(String, String)>(pair).ok()) {
            Some((sentence, _)) => text += &row(&sentence, german.get(&sentence).map_or("", String::as_str)),
            None => text += line,
        }
        text += "\n";
    }
    fs::write(file(), text).unwrap();
}

#[test]
fn german_is_read_and_nearly_complete() {
    let text = fs::read_to_string(file()).unwrap();
    let german = Wording::from_ron(&text, "de.ron").unwrap_or_else(|error| panic!("{error}"));
    let table: BTreeSet<String> = sentences().into_iter().collect();
    let pairs = pairs();
    let unknown: Vec<_> = pairs.iter().filter(|(sentence, _)| !table.contains(sentence)).collect();
    assert!(unknown.is_empty(), "not in the table: {unknown:#?}");
    for (sentence, other) in pairs.iter().filter(|(_, other)| !other.is_empty()) {
        assert_eq!(names(sentence), names(other), "{sentence:?}");
        // What begins or ends with a space, or with a line of its own, does so in all languages.
        let edges = |text: &str| [text.starts_with(' '), text.ends_with(' '), text.contains('\n')];
        assert_eq!(edges(sentence), edges(other), "{sentence:?}");
    }
    let said: BTreeSet<&String> = pairs
        .iter()
        .filter(|(_, other)| !other.is_empty())
        .map(|(sentence, _)| sentence)
        .collect();
    let missing: Vec<_> = table.iter().filter(|sentence| !said.contains(sentence)).collect();
    println!("German: {} of {} sentences", german.len(), table.len());
    for sentence in &missing {
        println!("    in English still: {sentence:?}");
    }
    assert!(100 * missing.len() <= BEHIND * table.len(), "{missing:#?}");
}
