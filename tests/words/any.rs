//! Files with another wording come from people: whatever stands in one, the reader says what is wrong, and where, or has a wording.

use proptest::prelude::*;
use proptest::sample::Index;
use wfr_lab::words::{TABLE, Wording, filled, names, row, sentences};

/// Bits of which tables are made, right or wrong.
const BITS: [&str; 28] = [
    "[",
    "]",
    "(",
    ")",
    ",",
    "\"",
    "\\",
    "\\n",
    "\\u{1F600}",
    "{",
    "}",
    "{name}",
    "{n}",
    "{}",
    "{Name}",
    "//",
    "/*",
    "*/",
    "\n",
    " ",
    "\u{feff}",
    "Reset",
    "Zoom {percent} %",
    "…",
    "π",
    "r#\"",
    "\"#",
    "0",
];

/// A text of such bits, or of any letters.
fn any_text() -> impl Strategy<Value = String> {
    let of_bits = prop::collection::vec(prop::sample::select(BITS.to_vec()), 0..40).prop_map(|bits| bits.concat());
    prop_oneof![of_bits, any::<String>()]
}

/// A sentence with places to fill, and what stands between them.
fn any_sentence() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec!["{a}", "{b2}", "{long_name}", "{", "}", "{A}", "{{a}", " "]).prop_map(str::to_owned),
        any_text(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// A wording, or an error that says where.
fn read(text: &str) -> Result<Option<Wording>, TestCaseError> {
    match Wording::from_ron(text, "mine.ron") {
        Ok(wording) => Ok(Some(wording)),
        Err(error) => {
            let says = error.to_string();
            let place = says
                .strip_prefix("mine.ron:")
                .map(|rest| rest.splitn(3, ':').collect::<Vec<_>>());
            let place = place.unwrap_or_default();
            let is_number = |k: usize| {
                place
                    .get(k)
                    .is_some_and(|number| number.parse::<usize>().is_ok_and(|n| n > 0))
            };
            prop_assert!(is_number(0) && is_number(1) && place.len() == 3, "{says:?}");
            // What is told can be shown: it is one short line of text.
            prop_assert!(!place[2].trim().is_empty(), "{says:?}");
            Ok(None)
        }
    }
}

/// A wording of all sentences, as a file.
fn whole() -> String {
    Wording::of_all(|sentence| format!("é {sentence}")).to_ron()
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_its_place(text in any_text()) {
        read(&text)?;
        read(&format!("[({text}, \"\")]"))?;
    }

    #[test]
    fn any_damage_is_read_or_refused_with_its_place(
        at in any::<Index>(), length in 0_usize..60, other in any_text(),
    ) {
        let whole = whole();
        let places: Vec<usize> = whole.char_indices().map(|(i, _)| i).collect();
        let from = at.index(places.len());
        let end = places.get(from + length).copied().unwrap_or(whole.len());
        let damaged = format!("{}{other}{}", &whole[..places[from]], &whole[end..]);
        if let Some(wording) = read(&damaged)? {
            // What was read is written and read again as the same, but for sentences that are not of this version.
            let again = Wording::from_ron(&wording.to_ron(), "again").unwrap();
            prop_assert_eq!(again.len(), wording.len());
            prop_assert_eq!(again.to_ron(), wording.to_ron());
        }
    }

    #[test]
    fn any_sentence_and_wording_come_back_from_a_file(sentence in any_sentence(), other in any_sentence()) {
        let text = format!("[\n{}\n]", row(&sentence, &other));
        let taken = read(&text)?.is_some();
        prop_assert_eq!(taken, other.is_empty() || names(&sentence) == names(&other), "{}", text);
    }

    #[test]
    fn no_wording_loses_a_value(sentence in any_sentence(), values in prop::array::uniform3(any_text())) {
        let [a, b, c] = &values;
        let given: [(&str, &dyn std::fmt::Display); 3] = [("a", a), ("b2", b), ("long_name", c)];
        let text = filled(&sentence, &given);
        for (name, value) in given {
            prop_assert!(!names(&sentence).contains(name) || text.contains(&value.to_string()), "{name}: {text:?}");
        }
        // And what is between them stays: with each place filled by itself the sentence is what it was.
        let own = names(&sentence).into_iter().map(|name| (name, format!("{{{name}}}"))).collect::<Vec<_>>();
        let own: Vec<(&str, &dyn std::fmt::Display)> = own.iter().map(|(name, place)| (*name, place as _)).collect();
        prop_assert_eq!(filled(&sentence, &own), sentence);
    }
}

#[test]
fn a_table_cut_off_anywhere_is_refused() {
    let whole = whole();
    let end = whole.trim_end().len();
    let step = (end / 300).max(1);
    for cut in (0..end).step_by(step).filter(|cut| whole.is_char_boundary(*cut)) {
        assert!(read(&whole[..cut]).unwrap().is_none(), "cut off after {cut} bytes");
    }
    assert_eq!(read(&whole).unwrap().unwrap().len(), sentences().len());
    assert_eq!(read(TABLE).unwrap().unwrap().len(), 0);
}

#[test]
fn brackets_in_brackets_do_not_exhaust_the_stack() {
    for (open, close) in [("[", "]"), ("(", ")"), ("Some(", ")"), ("{", "}"), ("/*", "*/")] {
        let text = open.repeat(100_000) + &close.repeat(100_000);
        assert!(read(&text).unwrap().is_none());
        assert!(read(&open.repeat(100_000)).unwrap().is_none());
    }
}
